using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>Where a matched rule stands: enough for a person to find the line.</summary>
/// <param name="List">The list, such as <c>adult/domains</c>.</param>
/// <param name="Entry">The rule as written in the list.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Category">The category of the list.</param>
/// <param name="Specificity">Greater is more specific: the number of host labels first, then the length of the path. Compares entries that match one URL.</param>
public readonly record struct ListMatch(string List, string Entry, int Line, Category Category, int Specificity);

/// <summary>Which categories is this URL in? A trie of host labels, with path rules under their host, over many lists at once.</summary>
/// <remarks>
/// <c>example.com</c> covers itself and its sub-domains, <c>=example.com</c> itself only, <c>*.example.com</c> sub-domains only; <c>example.com/path</c> covers that host and its
/// sub-domains and matches at a boundary (end, or one of <c>/ ? &amp; =</c>), never within a segment, without regard to ASCII case. <c>www.</c> is ignored on both sides of a path rule.
/// An address matches whole. Built once, then immutable: safe from any thread; <see cref="Classify"/> does not allocate.
/// </remarks>
public sealed class ListMatcher
{
    /// <summary>A matcher without entries.</summary>
    public static ListMatcher Empty { get; } = new();

    /// <summary>How many entries it holds.</summary>
    public int EntryCount => throw new NotImplementedException();

    /// <summary>The union of the categories of every entry that matches.</summary>
    public CategorySet Classify(CanonicalUrl url, Seen seen) => throw new NotImplementedException();

    /// <summary>Every entry that matches, most specific first. Allocates; for explanations and events.</summary>
    public ImmutableArray<ListMatch> Explain(CanonicalUrl url, Seen seen) => throw new NotImplementedException();

    /// <summary>The most specific entry that matches. Does not allocate.</summary>
    public bool TryFindMostSpecific(CanonicalUrl url, Seen seen, out ListMatch match) => throw new NotImplementedException();

    /// <summary>Collects entries and lays out a matcher. Not safe from several threads.</summary>
    public sealed class Builder
    {
        /// <summary>Adds one entry.</summary>
        /// <param name="list">Name of the list.</param>
        /// <param name="category">Its category.</param>
        /// <param name="entry">The entry as written.</param>
        /// <param name="line">Its line, from 1.</param>
        /// <param name="error">Why the entry cannot be used, in plain words.</param>
        /// <returns>False when the entry is malformed; the matcher is as before.</returns>
        public bool TryAdd(string list, Category category, string entry, int line, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error) => throw new NotImplementedException();

        /// <summary>Lays out the matcher.</summary>
        public ListMatcher Build() => throw new NotImplementedException();
    }
}
