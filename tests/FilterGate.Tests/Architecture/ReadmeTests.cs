using System.Reflection;
using System.Text.RegularExpressions;

namespace FilterGate.Tests.Architecture;

/// <summary>A README stays true: the types and members that it names in code font exist.</summary>
public sealed partial class ReadmeTests
{
    /// <summary>Words in code font that look like a type and are none: header fields.</summary>
    private static readonly HashSet<string> OtherWords = new(StringComparer.Ordinal) { "Host" };

    private static readonly Lazy<ILookup<string, Type>> Types = new(() =>
        Repository.Projects.Keys.SelectMany(p => Assembly.LoadFrom(Repository.AssemblyPath(p)).GetTypes())
            .ToLookup(t => t.Name.Split('`')[0], StringComparer.Ordinal));

    private static IEnumerable<string> Readmes() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "README.md", SearchOption.AllDirectories)
            .Select(p => Path.GetRelativePath(Repository.Root, p)).Where(p => !p.Contains("/bin/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Readmes))]
    public void Names_InCodeFont_Exist(string readme)
    {
        var named = CodeFont().Matches(File.ReadAllText(Path.Combine(Repository.Root, readme))).Select(m => m.Groups["name"].Value);
        Assert.That(named.Where(n => !OtherWords.Contains(n) && !Repository.Projects.ContainsKey(n) && !Exists(n)), Is.Empty);
    }

    /// <summary>Each picture is shown in a page, with words for whoever does not see it, and none is missing.</summary>
    [Test]
    public void Pictures_EachIsShown_WithWords()
    {
        string[] pages = [Path.Combine(Repository.Root, "README.md"), .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md")];
        var shown = pages.SelectMany(page => Picture().Matches(File.ReadAllText(page)).Select(m => (Words: m.Groups["words"].Value, Path: Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, m.Groups["path"].Value))))).ToList();
        Assert.That(shown.Select(picture => picture.Path).Distinct(), Is.EquivalentTo(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "images"))));
        Assert.That(shown.Where(picture => picture.Words.Length < 30), Is.Empty);
    }

    [TestCase("PolicySnapshot", true)]
    [TestCase("PolicySnapshot.Decide", true)]
    [TestCase("PolicySnapshot.Forget", false)]
    [TestCase("NoSuchType", false)]
    public void Exists_KnownAndUnknown_AreToldApart(string name, bool expected) => Assert.That(Exists(name), Is.EqualTo(expected));

    private static bool Exists(string name)
    {
        var parts = name.Split('.');
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        return Types.Value[parts[0]].Any(t => parts.Length == 1 || t.GetMember(parts[1], any).Length > 0);
    }

    [GeneratedRegex(@"!\[(?<words>[^\]]*)\]\((?<path>[^)]+)\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Picture();

    /// <summary>A name in Pascal case, alone or with a member; a file (<c>Program.cs</c>) or a path is neither.</summary>
    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(\\.[A-Z][A-Za-z0-9]*)?)(\\([^`]*\\))?`", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeFont();
}
