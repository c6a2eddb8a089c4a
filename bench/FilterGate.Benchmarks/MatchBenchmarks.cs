using BenchmarkDotNet.Attributes;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>Which categories is this URL in: what does the matcher take, and what would a dictionary of hosts take that is asked once for each suffix?</summary>
/// <remarks>The dictionary knows hosts and host/path only, no scopes, no list, entry and line: it is the least one could do. Each call takes the next of 1,024 addresses spread over the lists: no branch is learnt by heart, but caches hold most of what they touch.</remarks>
[MemoryDiagnoser]
public class MatchBenchmarks
{
    private const int Asked = 1024;

    private ListLayers _matcher = ListLayers.Empty;
    private Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private CanonicalUrl[] _urls = [];
    private int _next;

    /// <summary>What is asked for: a host in no list, a listed host under a sub-domain, a listed URL.</summary>
    public enum Kind
    {
        /// <summary>In no list.</summary>
        HostMiss,

        /// <summary>A sub-domain of a listed host.</summary>
        HostHit,

        /// <summary>A listed path.</summary>
        UrlHit,
    }

    /// <summary>What is asked for.</summary>
    [ParamsAllValues]
    public Kind Ask { get; set; }

    /// <summary>Loads the lists and picks what to ask.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _matcher = BenchLists.Load(BenchLists.Ut1Folder).Categories;
        var dictionary = new Dictionary<string, string>(StringComparer.Ordinal);
        var picked = new List<CanonicalUrl>();
        foreach (var (entry, category) in BenchLists.Entries(BenchLists.Ut1Folder))
        {
            if (!CanonicalUrl.TryParse(entry, out var url, out _)) continue;
            dictionary.TryAdd(url.Path == "/" ? url.Host : url.Host + url.Path, category);
            if (Wanted(url) is { } asked) picked.Add(asked);
        }

        _byText = dictionary.GetAlternateLookup<ReadOnlySpan<char>>();
        // A step that is no divisor spreads the picks over all lists.
        _urls = [.. Enumerable.Range(0, Asked).Select(i => picked[(int)(i * 7919L % picked.Count)])];
    }

    private CanonicalUrl? Wanted(CanonicalUrl entry) => Ask switch
    {
        Kind.HostHit when entry.Path == "/" && !entry.IsIpLiteral => Url("www." + entry.Host, "/index.html"),
        Kind.UrlHit when entry.Path != "/" => entry,
        // Neighbours of listed hosts, under the same ends: as long, as many labels, and the walk goes as deep as it would for a real site.
        Kind.HostMiss when entry.Path == "/" && !entry.IsIpLiteral && Url("not-" + entry.Host, "/index.html") is { } neighbour && !_matcher.Matches(neighbour, Seen.Url) => neighbour,
        _ => null,
    };

    private static CanonicalUrl? Url(string host, string path) => CanonicalUrl.TryCreate("http", host, 80, path, out var url) ? url : null;

    /// <summary>The trie.</summary>
    [Benchmark(Baseline = true)]
    public CategorySet Trie() => _matcher.Classify(_urls[_next++ & (Asked - 1)], Seen.Url);

    /// <summary>The same in a tunnel, where the host alone is seen: without paths, and without the lists' regular expressions over URLs, which a dictionary has not either.</summary>
    [Benchmark]
    public CategorySet TrieInATunnel() => _matcher.Classify(_urls[_next++ & (Asked - 1)], Seen.Host);

    /// <summary>One look-up for each host suffix, and for each path prefix under it that ends at a slash.</summary>
    [Benchmark]
    public int Dictionary()
    {
        var url = _urls[_next++ & (Asked - 1)];
        var found = 0;
        Span<char> text = stackalloc char[2048];
        url.Host.CopyTo(text);
        var path = url.Path.AsSpan(0, Math.Min(url.Path.Length, text.Length - url.Host.Length));
        path.CopyTo(text[url.Host.Length..]);
        for (var start = 0; ;)
        {
            if (_byText.TryGetValue(text[start..url.Host.Length], out var category)) found += category.Length;
            for (var end = 1; end <= path.Length; end++)
            {
                if (end != path.Length && path[end] != '/') continue;
                if (end > 1 && _byText.TryGetValue(text[start..(url.Host.Length + end)], out category)) found += category.Length;
            }

            var dot = url.Host.IndexOf('.', start);
            if (dot < 0) return found;
            start = dot + 1;
        }
    }
}
