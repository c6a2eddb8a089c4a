using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Search;

public sealed partial class SearchTerms
{
    /// <summary>Most definitions in a file; matomo's has some 360.</summary>
    private const int DefinitionsMax = 5_000;

    /// <summary>Longest pattern, in characters; matomo's longest has 68.</summary>
    private const int PatternLengthMax = 200;

    /// <summary>How long a pattern may look at one address. They run without going back, so this is never met but by a fault of ours.</summary>
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(50);

    private const string NotCountedKey = "not_counted";

    /// <summary>Reads a file of matomo's form.</summary>
    /// <param name="yaml">Its text; bounds are those of <see cref="DocumentSource"/>.</param>
    /// <param name="problems">Takes what was not understood, with its line: as warnings, where the rest is used.</param>
    /// <returns>The engines, or null when nothing can be made of the text.</returns>
    public static SearchTerms? Read(string yaml, ICollection<PolicyProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(problems);
        if (DocumentSource.Read(yaml, problems) is not { } root) return null;
        if (root is not DocumentMap map)
        {
            problems.Add(new PolicyProblem(root.Line, root.Column, "names of search engines are wanted here, each with its urls and params"));
            return null;
        }

        var engines = new List<(string, Engine)>();
        var notCounted = new List<(string, string)>();
        foreach (var entry in map.Entries)
        {
            if (entry.Key.Text == NotCountedKey)
            {
                foreach (var (host, path, _) in Addresses(entry.Value, problems)) notCounted.Add((host, path.Length == 0 ? "/" : path));
                continue;
            }
            if (entry.Value is not DocumentList definitions)
            {
                Warn(problems, entry.Key, $"{entry.Key.Text} is a list of definitions, each with urls and params");
                continue;
            }
            foreach (var definition in definitions.Items)
            {
                if (engines.Count > DefinitionsMax)
                {
                    problems.Add(new PolicyProblem(definition.Line, definition.Column, $"a file may have {DefinitionsMax} addresses of engines"));
                    return null;
                }
                ReadDefinition(entry.Key.Text, definition, engines, problems);
            }
        }
        return new SearchTerms(HostTable<Engine>.Of(engines), HostTable<string>.Of(notCounted));
    }

    private static void ReadDefinition(string name, DocumentNode node, List<(string, Engine)> engines, ICollection<PolicyProblem> problems)
    {
        if (node is not DocumentMap map)
        {
            Warn(problems, node, $"a definition of {name} has urls and params");
            return;
        }
        var keys = map.Entries.DistinctBy(e => e.Key.Text, StringComparer.Ordinal).ToDictionary(e => e.Key.Text, e => e.Value, StringComparer.Ordinal);
        if (!keys.TryGetValue("urls", out var urls))
        {
            Warn(problems, node, $"a definition of {name} has no urls");
            return;
        }
        // An engine that matomo knows by its address alone hides its words.
        if (!keys.TryGetValue("params", out var given)) return;
        var (parameters, patterns) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<Regex>());
        foreach (var item in Texts(given, problems))
        {
            if (item.Text is not ['/', .., '/'])
            {
                if (item.Text.Length is > 0 and <= PatternLengthMax) parameters.Add(item.Text);
            }
            else if (PatternOf(item.Text[1..^1]) is { } pattern) patterns.Add(pattern);
            else Warn(problems, item, $"the pattern {item.Text} of {name} is not understood");
        }
        if (parameters.Count == 0 && patterns.Count == 0) return;
        var charsets = keys.TryGetValue("charsets", out var named) ? Charsets(name, named, problems) : [];
        foreach (var (host, path, _) in Addresses(urls, problems)) engines.Add((host, new Engine(name, path, parameters.ToImmutable(), patterns.ToImmutable(), charsets)));
    }

    private static Regex? PatternOf(string pattern)
    {
        if (pattern.Length > PatternLengthMax) return null;
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static ImmutableArray<Encoding> Charsets(string name, DocumentNode node, ICollection<PolicyProblem> problems)
    {
        var found = ImmutableArray.CreateBuilder<Encoding>();
        foreach (var item in Texts(node, problems))
        {
            if (PlainText.FindCharset(item.Text, isStrict: true) is { } charset) found.Add(charset);
            else Warn(problems, item, $"the character set {item.Text} of {name} is not known");
        }
        return found.ToImmutable();
    }

    /// <summary>Hosts and beginnings of paths: <c>www.google.{}/search</c>.</summary>
    private static IEnumerable<(string Host, string Path, DocumentText Place)> Addresses(DocumentNode node, ICollection<PolicyProblem> problems)
    {
        foreach (var item in Texts(node, problems))
        {
            var slash = item.Text.IndexOf('/', StringComparison.Ordinal);
            var host = (slash < 0 ? item.Text : item.Text[..slash]).ToLowerInvariant();
            var inner = host.Replace("{}", "x", StringComparison.Ordinal);
            var isPlain = host.IndexOf("{}", StringComparison.Ordinal) is var at && (at < 0 || (host.LastIndexOf("{}", StringComparison.Ordinal) == at && (at == 0 || at == host.Length - 2)));
            if (!isPlain || inner.Length is < 3 or > 253 || !inner.Contains('.', StringComparison.Ordinal) || !inner.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
                Warn(problems, item, $"{item.Text} is no host that is understood; write www.search.example, www.search.{{}} or {{}}.search.example, and perhaps a path");
            else yield return (host, slash < 0 ? "" : item.Text[slash..], item);
        }
    }

    private static IEnumerable<DocumentText> Texts(DocumentNode node, ICollection<PolicyProblem> problems)
    {
        if (node is not DocumentList list)
        {
            Warn(problems, node, "a list is wanted here");
            yield break;
        }
        foreach (var item in list.Items)
        {
            if (item is DocumentText text) yield return text;
            else Warn(problems, item, "a text is wanted here");
        }
    }

    private static void Warn(ICollection<PolicyProblem> problems, DocumentNode at, string message) => problems.Add(new PolicyProblem(at.Line, at.Column, message, IsWarning: true));
}
