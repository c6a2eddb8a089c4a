using System.Net;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching;

/// <summary>What an entry is compared with.</summary>
public enum EntryKind : byte
{
    /// <summary>A host, or a host and a path: <c>example.com</c>, <c>=example.com</c>, <c>*.example.com</c>, <c>example.com/path</c>.</summary>
    Place,

    /// <summary>A range of addresses in CIDR notation: <c>192.0.2.0/24</c>, <c>2001:db8::/32</c>. Matches a host that is an address.</summary>
    Network,

    /// <summary>A regular expression over the canonical host.</summary>
    HostPattern,

    /// <summary>A regular expression over the canonical path.</summary>
    PathPattern,

    /// <summary>A regular expression over the query, without its question mark.</summary>
    QueryPattern,

    /// <summary>A regular expression over host, path and query (<c>example.com/path?query</c>, without <c>www.</c>), as squidGuard and e2guardian have it.</summary>
    UrlPattern,
}

/// <summary>One entry, as every format is brought to: what the parsers of lists give and the compiler takes.</summary>
/// <param name="Kind">What it is compared with.</param>
/// <param name="Text">A place or a network in our own notation, or a regular expression (without delimiters; ASCII case never counts).</param>
/// <param name="Line">Its line in the list, from 1.</param>
public readonly record struct ListEntry(EntryKind Kind, string Text, int Line)
{
    /// <summary>True for an exception: what it matches is not in this list's category by this list. Of one list the most specific entry wins, and of a block and an exception that are equal the block.</summary>
    public bool IsException { get; init; }

    /// <summary>The entry as the list writes it, where that differs from <see cref="Text"/>: for people.</summary>
    public string? Written { get; init; }

    /// <summary>Why a matcher would not take it, in plain words; null when it would. For whoever counts entries without compiling them.</summary>
    public string? WhyUnusable() => Kind switch
    {
        EntryKind.Place => ListRule.TryParse(Text, out _, out var why) ? null : why,
        EntryKind.Network => IPNetwork.TryParse(Text, out _) ? null : NoNetwork,
        _ => PatternSet.WhyNot(Text),
    };

    internal const string NoNetwork = "not a range of addresses; write it as 192.0.2.0/24";
}

/// <summary>A list that entries come from.</summary>
/// <param name="List">Its name, such as <c>adult/domains</c>.</param>
/// <param name="Category">The category of every entry.</param>
/// <param name="Version">Which state of the list: a date or a short digest; empty where nobody says.</param>
public readonly record struct ListSource(string List, Category Category, string Version);
