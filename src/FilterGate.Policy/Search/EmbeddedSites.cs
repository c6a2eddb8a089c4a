using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Search;

/// <summary>Sites that are allowed only within a page of others: a video player within the pages of a scheme of lessons. Immutable; safe from any thread.</summary>
/// <remarks>
/// The page is known from the request itself (<see cref="Question.EmbeddedIn"/>), which a browser fills in and no script of a page can change. A person with another program can: this keeps a class on the page
/// that embeds the site, it is no wall. In a tunnel nobody sees the page, and the site is blocked.
/// </remarks>
public sealed class EmbeddedSites
{
    private readonly ListMatcher _sites;
    private readonly ImmutableArray<(string Site, ListMatcher Pages)> _entries;

    /// <summary>Lays out entries that <see cref="PolicyDocument.Parse"/> has accepted.</summary>
    public EmbeddedSites(ImmutableArray<EmbeddedEntry> entries)
    {
        _entries = [.. entries.Select(e => (e.Site.Text, OwnLists.Build(OwnLists.Embedding, e.On)))];
        // The matcher's line is the place in the array: two entries may stand on one line of the document.
        _sites = OwnLists.Build(OwnLists.Embedded, [.. entries.Select((e, place) => e.Site with { Line = place + 1 })]);
    }

    /// <summary>Not one.</summary>
    public static EmbeddedSites None { get; } = new([]);

    /// <summary>True when there is none.</summary>
    public bool IsEmpty => _entries.IsEmpty;

    /// <summary>What the rule says, an allow within an approved page and else a block; null for nothing.</summary>
    /// <param name="question">The request.</param>
    /// <param name="specificity">How specific the entry is, to be compared with own entries.</param>
    internal Decision? Judge(in Question question, out int specificity)
    {
        specificity = 0;
        if (_entries.IsEmpty || !_sites.TryFindMostSpecific(question.Url, question.Seen, out var match)) return null;
        specificity = match.Specificity;
        var (site, pages) = _entries[match.Line - 1];
        var isEmbedded = question is { Seen: Seen.Url, EmbeddedIn: { } page }
            && (pages.TryFindMostSpecific(page, Seen.Url, out _) || (!question.IsFrame && IsSite(page, match.Line)));
        return isEmbedded
            ? new Decision(Verdict.Allow, Reason.OwnAllow) { Rule = $"embedded: {site}", SearchRule = SearchRule.Embedded }
            : new Decision(Verdict.Block, Reason.OwnBlock) { Rule = $"embedded: {site}", SearchRule = SearchRule.EmbeddedOnly };
    }

    /// <summary>What the embedded page itself loads, scripts and pictures of the same entry: the page was judged when it was framed. A page that it leads to is framed anew, and judged anew.</summary>
    private bool IsSite(CanonicalUrl page, int line) => _sites.TryFindMostSpecific(page, Seen.Url, out var match) && match.Line == line;
}
