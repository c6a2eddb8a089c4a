using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Lookup;

/// <summary>What the lists know of an address, for other systems and for people who ask: <c>lists find</c>, <c>categorise</c> and the look-up service all ask here.</summary>
/// <remarks>Illegal-content lists are never consulted, or whoever asks often enough would have them. Own lists, overrides and tiers are not either: the question is what a site is, not who may see it. Immutable; safe from any thread.</remarks>
internal sealed class CategoryLookup(ListSet lists)
{
    /// <summary>What every answer says of illegal-content lists.</summary>
    public const string LockedLists = "not consulted";

    /// <summary>What stands for a site in no list.</summary>
    public const string Uncategorised = "uncategorised";

    private readonly CategorySet _help = lists.Taxonomy.Find("help-and-support") is { } help ? CategorySet.Of(help) : CategorySet.Empty;

    /// <summary>A short name of exactly these lists.</summary>
    public string ListsVersion => lists.Version;

    /// <summary>The categories of an address. No allocation.</summary>
    public CategorySet Classify(CanonicalUrl url)
    {
        var found = lists.Categories.Classify(url, Seen.Url);
        return lists.ProtectedHelp.Matches(url, Seen.Host) ? found | _help : found;
    }

    /// <summary>Slugs of a set, in the order of the taxonomy; <see cref="Uncategorised"/> for none.</summary>
    public IReadOnlyList<string> Slugs(in CategorySet set) => set.IsEmpty ? [Uncategorised] : lists.Taxonomy.Slugs(set);

    /// <summary>Every entry that matches, most specific first. Allocates.</summary>
    public ImmutableArray<ListMatch> Explain(CanonicalUrl url) =>
        [.. lists.Categories.Explain(url, Seen.Url).Concat(lists.ProtectedHelp.Explain(url, Seen.Host)).Order(ListMatch.MostSpecificFirst)];
}
