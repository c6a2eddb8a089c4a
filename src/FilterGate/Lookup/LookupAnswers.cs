using FilterGate.Matching;

namespace FilterGate.Lookup;

/// <summary>One entry that matches. Names and order are a public interface.</summary>
internal sealed record LookupMatch(string List, string Entry, int Line, string Category, string Version);

/// <summary>What is known of one address of several.</summary>
/// <param name="Url">As it was asked for.</param>
/// <param name="Host">Canonical; null for what is no address.</param>
/// <param name="Categories">Slugs; <c>uncategorised</c> for a site in no list, none for what is no address.</param>
/// <param name="Uncategorised">True for a site in no list.</param>
/// <param name="Matches">Every entry that matches, most specific first.</param>
/// <param name="Error">Why it is no address, or null.</param>
internal sealed record LookupResult(string Url, string? Host, IReadOnlyList<string> Categories, bool Uncategorised, IReadOnlyList<LookupMatch> Matches, string? Error)
{
    public static LookupResult Of(CategoryLookup lookup, string text)
    {
        if (!CanonicalUrl.TryParse(text, out var url, out var wrong)) return new(text, Host: null, [], Uncategorised: false, [], wrong);
        var categories = lookup.Classify(url);
        return new(text, url.Host, lookup.Slugs(categories), categories.IsEmpty, [.. lookup.Explain(url).Select(m => new LookupMatch(m.List, m.Entry, m.Line, m.Category.Slug, m.Version))], Error: null);
    }
}

/// <summary>The answer about one address.</summary>
internal sealed record LookupAnswer(string Url, string? Host, IReadOnlyList<string> Categories, bool Uncategorised, IReadOnlyList<LookupMatch> Matches, string ListsVersion, string LockedLists)
{
    public static LookupAnswer Of(LookupResult result, CategoryLookup lookup) =>
        new(result.Url, result.Host, result.Categories, result.Uncategorised, result.Matches, lookup.ListsVersion, CategoryLookup.LockedLists);
}

/// <summary>The answer about several, in the order they were asked for.</summary>
internal sealed record LookupAnswers(IReadOnlyList<LookupResult> Results, string ListsVersion, string LockedLists);
