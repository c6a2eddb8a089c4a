using System.Net;
using System.Text.RegularExpressions;

namespace FilterGate.Matching.Tests;

/// <summary>One entry of one list, for the reference and for what is compared with it.</summary>
internal sealed record Given(string List, Category Category, ListEntry Entry);

/// <summary>The published semantics once more, as plainly as they can be written: every entry is asked, one by one.</summary>
internal static class PlainReference
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>The entries in force that match: blocks, less those that an exception of their list takes away.</summary>
    public static List<Given> Matching(IReadOnlyCollection<Given> entries, CanonicalUrl url, Seen seen)
    {
        var matching = entries.Where(e => IsIn(e.Entry, url, seen)).ToList();
        return [.. matching.Where(e => !e.Entry.IsException && !matching.Exists(x => x.Entry.IsException && x.List == e.List && x.Category == e.Category && TakesAway(x.Entry, e.Entry)))];
    }

    public static CategorySet Classify(IReadOnlyCollection<Given> entries, CanonicalUrl url, Seen seen)
    {
        var set = CategorySet.Empty;
        foreach (var entry in Matching(entries, url, seen)) set = set.With(entry.Category.Index);
        return set;
    }

    /// <summary>True when a host, or a host and path, matches.</summary>
    public static bool IsInPlace(string entry, CanonicalUrl url, Seen seen)
    {
        if (!TryReadPlace(entry, out var scope, out var rule, out var path)) return false;
        var (ruleHost, host) = path.Length == 0 ? (rule.Host, url.Host) : (Bare(rule.Host), Bare(url.Host));
        // A sub-domain called www is no sub-domain to a path rule, so both the host and the bare host are looked at.
        var isAt = url.Host == ruleHost || host == ruleHost;
        var isBelow = url.Host.EndsWith("." + ruleHost, StringComparison.Ordinal) && !isAt && !url.IsIpLiteral;
        if (!(isAt ? scope != '*' : isBelow && scope != '=')) return false;
        if (path.Length == 0) return true;
        var request = $"{url.Path}{(url.Query is null ? "" : "?" + url.Query)}";
        return seen == Seen.Url && request.StartsWith(path, StringComparison.OrdinalIgnoreCase)
            && (request.Length == path.Length || "/?&=".Contains(request[path.Length]) || "?&=".Contains(path[^1]));
    }

    // The most specific wins, the block on a tie. A pattern looks at the whole URL: as an exception it beats every block.
    private static bool TakesAway(in ListEntry exception, in ListEntry block) => Rank(exception) is (0, _, _) || Rank(exception).CompareTo(Rank(block)) > 0;

    private static (int Kind, int Labels, int Path) Rank(in ListEntry entry)
    {
        switch (entry.Kind)
        {
            case EntryKind.Place:
                TryReadPlace(entry.Text, out _, out var rule, out var path);
                var host = path.Length == 0 ? rule.Host : Bare(rule.Host);
                return (2, rule.IsIpLiteral ? 1 : host.Count(c => c == '.') + 1, path.Length);
            case EntryKind.Network:
                return (1, IPNetwork.Parse(entry.Text).PrefixLength, 0);
            default:
                return (0, 0, 0);
        }
    }

    private static bool IsIn(in ListEntry entry, CanonicalUrl url, Seen seen) => entry.Kind switch
    {
        EntryKind.Place => IsInPlace(entry.Text, url, seen),
        EntryKind.Network => url.IsIpLiteral && IPNetwork.Parse(entry.Text) is var network && network.Contains(IPAddress.Parse(url.Host.Trim('[', ']'))),
        EntryKind.HostPattern => Regex.IsMatch(url.Host, entry.Text, Options),
        EntryKind.PathPattern => seen == Seen.Url && Regex.IsMatch(url.Path, entry.Text, Options),
        EntryKind.QueryPattern => seen == Seen.Url && Regex.IsMatch(url.Query ?? "", entry.Text, Options),
        _ => seen == Seen.Url && Regex.IsMatch($"{Bare(url.Host)}{url.Path}{(url.Query is null ? "" : "?" + url.Query)}", entry.Text, Options),
    };

    private static bool TryReadPlace(string entry, out char scope, out CanonicalUrl rule, out string path)
    {
        (scope, path) = (entry[0] is '=' ? '=' : entry.StartsWith("*.", StringComparison.Ordinal) ? '*' : ' ', "");
        if (!CanonicalUrl.TryParse(entry.TrimStart('=', '*'), out var read, out _))
        {
            rule = CanonicalUrl.ForHost("http", "none.test", 80);
            return false;
        }
        rule = read;
        path = $"{rule.Path}{(string.IsNullOrEmpty(rule.Query) ? "" : "?" + rule.Query)}".TrimEnd('/');
        // *.1.2.3.4 is refused: an address has no sub-domains.
        return !(scope == '*' && rule.IsIpLiteral);
    }

    private static string Bare(string h) => h.StartsWith("www.", StringComparison.Ordinal) && h.Count(c => c == '.') > 1 ? h[4..] : h;
}
