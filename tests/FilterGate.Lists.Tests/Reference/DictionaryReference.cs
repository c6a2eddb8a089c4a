using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Reference;

/// <summary>Millions of entries in one dictionary by host, asked once for each suffix: the published semantics without a trie, a hash of our own or a compiled form. For comparison only.</summary>
internal sealed class DictionaryReference
{
    private readonly Dictionary<string, int> _firstOfHost = new(StringComparer.Ordinal);
    private readonly List<Rule> _rules = [];
    private readonly List<(IPNetwork Network, Mark Mark)> _networks = [];
    private readonly List<Pattern> _patterns = [];

    /// <summary>Which list says so, in which category, and whether it takes away.</summary>
    private readonly record struct Mark(ushort List, byte Category, bool IsException);

    private readonly record struct Rule(int Next, Mark Mark, bool IncludesHost, bool IncludesBelow, string? Path);

    private readonly record struct Pattern(EntryKind Kind, Regex Regex, Mark Mark);

    public int EntryCount => _rules.Count + _networks.Count + _patterns.Count;

    /// <summary>Every host that an entry names.</summary>
    public IEnumerable<string> Hosts => _firstOfHost.Keys;

    /// <summary>Every path that an entry names, with its host.</summary>
    public IEnumerable<(string Host, string Path)> Paths => _firstOfHost.SelectMany(h => RulesAt(h.Value).Where(r => r.Path is not null).Select(r => (h.Key, r.Path!)));

    /// <summary>Takes what a parser gives, for one list.</summary>
    public IEntrySink Sink(ushort list, int category) => new ReferenceSink(this, list, (byte)category);

    public CategorySet Classify(CanonicalUrl url)
    {
        var found = new List<(Mark Mark, int Rank)>();
        if (url.IsIpLiteral)
        {
            TakeHost(found, url.Host, url, isWhole: true, labels: 1);
            if (_networks.Count > 0)
            {
                var address = IPAddress.Parse(url.Host.Trim('[', ']'));
                foreach (var (network, mark) in _networks)
                    if (network.Contains(address)) found.Add((mark, 1 + network.PrefixLength));
            }
        }
        else
        {
            for (var (start, labels) = (0, url.Host.Count(c => c == '.') + 1); labels > 0; labels--)
            {
                // sub.192.0.2.1 is a name, and no sub-domain of the address.
                if (!IsAddress(url.Host[start..])) TakeHost(found, url.Host[start..], url, isWhole: start == 0, labels);
                start = url.Host.IndexOf('.', start) + 1;
            }
        }
        foreach (var pattern in _patterns)
            if (pattern.Regex.IsMatch(TextOf(pattern.Kind, url))) found.Add((pattern.Mark, 0));

        var set = CategorySet.Empty;
        foreach (var (mark, rank) in found)
        {
            if (!mark.IsException && !found.Exists(e => e.Mark.IsException && e.Mark.List == mark.List && e.Mark.Category == mark.Category && (e.Rank == 0 || e.Rank > rank))) set = set.With(mark.Category);
        }
        return set;
    }

    private void TakeHost(List<(Mark, int)> found, string host, CanonicalUrl url, bool isWhole, int labels)
    {
        if (!_firstOfHost.TryGetValue(host, out var first)) return;
        // To a rule with a path, www.example.com is example.com.
        var isBare = !isWhole && labels > 1 && url.Host.Length == host.Length + 4 && url.Host.StartsWith("www.", StringComparison.Ordinal);
        foreach (var rule in RulesAt(first))
        {
            if (rule.Path is null)
            {
                if (isWhole ? rule.IncludesHost : rule.IncludesBelow) found.Add((rule.Mark, labels << 16));
            }
            else if ((isWhole || isBare ? rule.IncludesHost : rule.IncludesBelow) && IsUnder(url, rule.Path))
            {
                found.Add((rule.Mark, labels << 16 | rule.Path.Length));
            }
        }
    }

    private IEnumerable<Rule> RulesAt(int first)
    {
        for (var i = first; i >= 0; i = _rules[i].Next) yield return _rules[i];
    }

    private static bool IsAddress(string host) => char.IsAsciiDigit(host[^1]) && CanonicalUrl.ForHost("http", host, 80).IsIpLiteral;

    private static bool IsUnder(CanonicalUrl url, string path)
    {
        var request = url.Query is null ? url.Path : $"{url.Path}?{url.Query}";
        return request.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (request.Length == path.Length || "/?&=".Contains(request[path.Length]) || "?&=".Contains(path[^1]));
    }

    private static string TextOf(EntryKind kind, CanonicalUrl url) => kind switch
    {
        EntryKind.HostPattern => url.Host,
        EntryKind.PathPattern => url.Path,
        EntryKind.QueryPattern => url.Query ?? "",
        _ => $"{(url.Host.StartsWith("www.", StringComparison.Ordinal) && url.Host.Count(c => c == '.') > 1 ? url.Host[4..] : url.Host)}{url.Path}{(url.Query is null ? "" : "?" + url.Query)}",
    };

    private void Add(string host, string? path, bool includesHost, bool includesBelow, Mark mark)
    {
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_firstOfHost, host, out var exists);
        _rules.Add(new(exists ? first : -1, mark, includesHost, includesBelow, path));
        first = _rules.Count - 1;
    }

    private sealed class ReferenceSink(DictionaryReference reference, ushort list, byte category) : IEntrySink
    {
        public void Add(in ListEntry entry)
        {
            var mark = new Mark(list, category, entry.IsException);
            switch (entry.Kind)
            {
                case EntryKind.Place:
                    if (!ListPlace.TryParse(entry.Text, out var place, out var error)) throw new InvalidOperationException($"{entry.Text}: {error}");
                    reference.Add(place.Host, place.Path, place.IncludesHost, place.IncludesBelow, mark);
                    break;
                case EntryKind.Network:
                    reference._networks.Add((IPNetwork.Parse(entry.Text), mark));
                    break;
                default:
                    reference._patterns.Add(new(entry.Kind, new Regex(entry.Text, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), mark));
                    break;
            }
        }

        public void AddHost(ReadOnlySpan<byte> host, int line) => reference.Add(Encoding.ASCII.GetString(host), path: null, includesHost: true, includesBelow: true, new(list, category, IsException: false));

        public void Reject(int line, string text, string why)
        {
        }

        public void LeaveOut(string why)
        {
        }
    }
}
