using System.Text.RegularExpressions;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests;

/// <summary>All of UT1, 416,000 entries, against plain dictionaries that hold the same semantics: for every entry, and for what stands just beside it.</summary>
[Category("Reference")]
public sealed class Ut1ReferenceTests
{
    private const string HelpSite = "would block a site where a child finds help";

    private ListSet _lists = ListSet.Empty;
    private ListLoadReport _report = new([], [], []);
    private PlainReference _reference = new();

    [OneTimeSetUp]
    public void Load()
    {
        var folder = SharedData.PathOrIgnore("ut1");
        var start = TimeProvider.System.GetTimestamp();
        _lists = ListLoader.Load(folder, new byte[LockedKey.Length], out _report);
        TestContext.Progress.WriteLine($"UT1: {_lists.Categories.EntryCount:n0} entries loaded in {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:n0} ms");
        _reference = PlainReference.Read(folder, _lists.Taxonomy, [.. _report.SyntaxErrors.Select(e => (e.List, e.Line))]);
    }

    [Test]
    public void Load_AllOfUt1_NoLineIsLost()
    {
        using (Assert.EnterMultipleScope())
        {
            // Two sites of games where a child finds help too: what would block them is refused, and said.
            Assert.That(_report.SyntaxErrors.Select(e => (e.List, e.Why)), Is.EquivalentTo(new[] { ("games/domains", HelpSite), ("games/urls", HelpSite) }));
            Assert.That(_lists.Categories.EntryCount, Is.EqualTo(_reference.Entries.Count + _reference.PatternCount));
            Assert.That(_reference.PatternCount, Is.GreaterThan(0));
            Assert.That(_report.Notes.Select(n => n[..n.IndexOf(' ')]), Is.EquivalentTo(new[] { "exceptions_liste_bu", "liste_blanche", "special", "strong_redirector/expressions" }));
            Assert.That(_lists.Warnings.Where(w => !w.Contains("becomes a category of its own")), Has.Exactly(2).Contains(HelpSite));
        }
    }

    [Test, Category("Slow")]
    public void Classify_EveryDomainAndItsNeighbours_AgreesWithPlainDictionaries() =>
        AssertAgrees(_reference.Entries.Where(e => !e.Text.Contains('/')).SelectMany(e => HostsAround(e.Text)).Select(host => (host, "/")));

    [Test]
    public void Classify_EveryUrlAndItsNeighbours_AgreesWithPlainDictionaries() =>
        AssertAgrees(_reference.Entries.Where(e => e.Text.Contains('/')).SelectMany(e => UrlsAround(e.Text)));

    [Test]
    public void Explain_EveryEntry_NamesItsListAndLine()
    {
        var lost = new List<string>();
        foreach (var entry in _reference.Entries)
        {
            if (!CanonicalUrl.TryParse(entry.Text, out var url, out _)) continue;
            if (!_lists.Categories.Explain(url, Seen.Url).Any(m => m.List == entry.List && m.Line == entry.Line && m.Entry == entry.Text)) lost.Add($"{entry.List}:{entry.Line} {entry.Text}");
        }
        Assert.That(lost, Is.Empty);
    }

    private static IEnumerable<string> HostsAround(string host)
    {
        yield return host;
        yield return "sub." + host;
        yield return "x" + host;
        yield return host + "x";
        yield return host + ".test";
        yield return host[1..];
        yield return host[(host.IndexOf('.') + 1)..];
        yield return host.Replace('-', '.');
    }

    private static IEnumerable<(string Host, string Target)> UrlsAround(string entry)
    {
        var slash = entry.IndexOf('/');
        var (host, target) = (entry[..slash], entry[slash..]);
        if (target.IndexOf('#') is var fragment and >= 0) target = target[..fragment];
        string[] targets =
        [
            target, target + "x", target + "/deeper/still", target + "?q=1", target + "&q=1", target + "=", target[..^1], target.TrimEnd('/'), target.ToUpperInvariant(), "/x" + target, "/?x=" + target,
            target[..(target.TrimEnd('/').LastIndexOf('/') + 1)], "/",
        ];
        foreach (var t in targets)
            if (t.StartsWith('/')) yield return (host, t);
        yield return ("www." + host, target);
        yield return ("sub." + host, target);
        yield return ("x" + host, target);
        yield return (host[(host.IndexOf('.') + 1)..], target);
    }

    private void AssertAgrees(IEnumerable<(string Host, string Target)> requests)
    {
        var (compared, matched) = (0, 0);
        var different = new List<string>();
        foreach (var (host, target) in requests)
        {
            if (!CanonicalUrl.TryCreate("http", host, 80, target, out var url)) continue;
            var expected = _reference.Classify(url);
            compared++;
            if (!expected.IsEmpty) matched++;
            if (_lists.Categories.Classify(url, Seen.Url) != expected && different.Count < 20) different.Add(url.ToString());
        }
        TestContext.Progress.WriteLine($"{compared:n0} URLs compared, {matched:n0} of them in a category");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(different, Is.Empty);
            Assert.That(matched, Is.GreaterThan(compared / 4));
            Assert.That(matched, Is.LessThan(compared * 9 / 10));
        }
    }

    /// <summary>The semantics as plainly as they can be written: a dictionary of hosts, and below each host that has them a list of paths.</summary>
    private sealed class PlainReference
    {
        private static readonly string[] LeftOut = ["exceptions_liste_bu", "liste_blanche", "special"];

        private readonly List<(Regex Pattern, int Category)> _patterns = [];
        private readonly Dictionary<string, CategorySet> _addresses = new(StringComparer.Ordinal);
        private readonly Dictionary<string, CategorySet> _hosts = new(StringComparer.Ordinal);
        private readonly Dictionary<string, List<(string Path, int Category)>> _paths = new(StringComparer.Ordinal);

        public List<(string Text, string List, int Line)> Entries { get; } = [];

        public static PlainReference Read(string folder, Taxonomy taxonomy, HashSet<(string List, int Line)> refused)
        {
            var reference = new PlainReference();
            foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) is "domains" or "urls" or "expressions"))
            {
                var name = Path.GetFileName(Path.GetDirectoryName(file))!;
                if (LeftOut.Contains(name) || (name == "strong_redirector" && file.EndsWith("expressions", StringComparison.Ordinal))) continue;
                var category = (taxonomy.ForFolder(name) ?? taxonomy.Find(name))!.Index;
                var line = 0;
                foreach (var text in File.ReadLines(file).Select(l => l.Trim()))
                {
                    line++;
                    if (text.Length == 0 || refused.Contains(($"{name}/{Path.GetFileName(file)}", line))) continue;
                    if (Path.GetFileName(file) is "expressions")
                    {
                        if (!text.StartsWith('#')) reference._patterns.Add((new Regex(text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), category));
                        continue;
                    }
                    reference.Entries.Add((text, $"{name}/{Path.GetFileName(file)}", line));
                    reference.Add(text, category);
                }
            }
            return reference;
        }

        public int PatternCount => _patterns.Count;

        public CategorySet Classify(CanonicalUrl url)
        {
            var found = ClassifyPlaces(url);
            var bare = url.Host.StartsWith("www.", StringComparison.Ordinal) && url.Host.Count(c => c == '.') > 1 ? url.Host[4..] : url.Host;
            var text = $"{bare}{url.Path}{(url.Query is null ? "" : "?" + url.Query)}";
            foreach (var (pattern, category) in _patterns)
                if (!found.Contains(category) && pattern.IsMatch(text)) found = found.With(category);
            return found;
        }

        private CategorySet ClassifyPlaces(CanonicalUrl url)
        {
            if (url.IsIpLiteral) return _addresses.GetValueOrDefault(url.Host) | ClassifyPath(OfAddress(url.Host), url);
            var found = CategorySet.Empty;
            for (var host = url.Host; ; host = host[(host.IndexOf('.') + 1)..])
            {
                found = found | _hosts.GetValueOrDefault(host) | ClassifyPath(host, url);
                if (!host.Contains('.')) return found;
            }
        }

        // An address is nobody's parent: sub.1.2.3.4 is a name below 4, if it is anything.
        private static string OfAddress(string host) => $"address {host}";

        private CategorySet ClassifyPath(string host, CanonicalUrl url)
        {
            var found = CategorySet.Empty;
            if (!_paths.TryGetValue(host, out var rules)) return found;
            var request = url.Query is null ? url.Path : $"{url.Path}?{url.Query}";
            foreach (var (path, category) in rules)
                if (request.StartsWith(path, StringComparison.OrdinalIgnoreCase)
                    && (request.Length == path.Length || "/?&=".Contains(request[path.Length]) || "?&=".Contains(path[^1])))
                    found = found.With(category);
            return found;
        }

        private void Add(string text, int category)
        {
            if (!CanonicalUrl.TryParse(text, out var url, out var error)) throw new InvalidOperationException($"{text}: {error}");
            var path = (string.IsNullOrEmpty(url.Query) ? url.Path : $"{url.Path}?{url.Query}").TrimEnd('/');
            if (path.Length == 0)
            {
                var set = url.IsIpLiteral ? _addresses : _hosts;
                set[url.Host] = set.GetValueOrDefault(url.Host).With(category);
                return;
            }
            var host = url.IsIpLiteral ? OfAddress(url.Host) : url.Host.StartsWith("www.", StringComparison.Ordinal) && url.Host.Count(c => c == '.') > 1 ? url.Host[4..] : url.Host;
            if (!_paths.TryGetValue(host, out var rules)) _paths[host] = rules = [];
            rules.Add((path, category));
        }
    }
}
