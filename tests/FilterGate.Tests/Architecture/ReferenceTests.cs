using System.Xml.Linq;

namespace FilterGate.Tests.Architecture;

/// <summary>Who may know whom. A new arrow is a decision: write its record, then add it here.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["FilterGate.Matching"] = [],
        ["FilterGate.Lists"] = ["FilterGate.Matching"],
        ["FilterGate.Inspection"] = ["FilterGate.Matching"],
        ["FilterGate.Policy"] = ["FilterGate.Matching"],
        ["FilterGate.State"] = ["FilterGate.Policy"],
        ["FilterGate.Identity"] = ["FilterGate.Policy", "FilterGate.State"],
        ["FilterGate.Events"] = ["FilterGate.Policy"],
        ["FilterGate.Safeguarding"] = ["FilterGate.Lists", "FilterGate.Policy", "FilterGate.State", "FilterGate.Events"],
        ["FilterGate.Proxy"] = ["FilterGate.Inspection", "FilterGate.Policy", "FilterGate.Identity", "FilterGate.State", "FilterGate.Events", "FilterGate.Matching"],
        ["FilterGate.Review"] = ["FilterGate.Lists", "FilterGate.Policy", "FilterGate.State", "FilterGate.Events", "FilterGate.Safeguarding"],
    };

    private static IEnumerable<string> Projects() => Repository.Projects.Keys.Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Projects))]
    public void References_OfAProject_AreAllowedOnes(string project)
    {
        if (project == "FilterGate") Assert.Pass("the composition root may know everybody");
        Assert.That(Allowed, Contains.Key(project), "a new project needs its arrows written down here");
        Assert.That(References(project), Is.SubsetOf(Allowed[project]));
    }

    [TestCase("FilterGate.Proxy", "FilterGate.Review")]
    [TestCase("FilterGate.Review", "FilterGate.Proxy")]
    public void References_OfProxyAndReview_NeverLeadToEachOther(string from, string to) => Assert.That(Reachable(from), Has.None.EqualTo(to));

    [TestCaseSource(nameof(Projects))]
    public void References_OfAnyProject_DoNotLeadBackToIt(string project) => Assert.That(Reachable(project), Has.None.EqualTo(project));

    [Test]
    public void Packages_OfMatching_AreNone() => Assert.That(Load("FilterGate.Matching").Descendants("PackageReference"), Is.Empty);

    [Test]
    public void References_OfTheExecutable_AreReadAtAll() =>
        Assert.That(References("FilterGate"), Does.Contain("FilterGate.Proxy").And.Contain("FilterGate.Review"), "else the tests above look at nothing");

    private static HashSet<string> Reachable(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(References(project));
        while (open.TryDequeue(out var next))
            if (found.Add(next)) foreach (var below in References(next)) open.Enqueue(below);
        return found;
    }

    private static string[] References(string project) =>
        [.. Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];

    private static XDocument Load(string project) => XDocument.Load(Repository.Projects[project]);
}
