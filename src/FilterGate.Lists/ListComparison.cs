using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists;

/// <summary>What two states of one list differ in.</summary>
/// <param name="List">Its name.</param>
/// <param name="Category">Slug of its category, or the name of its folder.</param>
/// <param name="Changes">Entries gained, then entries lost, each once; null for more than <see cref="ChangesMax"/>.</param>
public sealed record ListComparison(string List, string Category, IReadOnlyList<ListChange>? Changes)
{
    /// <summary>Most changes of one list that are held: some 100 MB. Beyond that it is another list.</summary>
    public const int ChangesMax = 1_000_000;

    /// <summary>Compares the files of two states of a source.</summary>
    /// <param name="before">The files in force; empty for a source that was never in force.</param>
    /// <param name="after">The files that would be.</param>
    /// <param name="publicSuffixes">The Public Suffix List, as for a compile, or null for the short one that is built in.</param>
    /// <returns>The lists that differ, in order of name. What a compile would refuse is in neither state.</returns>
    /// <exception cref="ListLoadException">A file cannot be read.</exception>
    public static IReadOnlyList<ListComparison> Of(IReadOnlyList<ListFile> before, IReadOnlyList<ListFile> after, string? publicSuffixes = null)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        try
        {
            var guard = EntryGuard.Shipped(SuffixesOf(publicSuffixes));
            var (old, next) = (before.ToDictionary(f => f.List, StringComparer.Ordinal), after.ToDictionary(f => f.List, StringComparer.Ordinal));
            var comparisons = new List<ListComparison>();
            foreach (var list in old.Keys.Union(next.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var (from, to) = (old.GetValueOrDefault(list), next.GetValueOrDefault(list));
                if (from is not null && to is not null && from.Category == to.Category && ListDiff.DigestOf(from.Path) == ListDiff.DigestOf(to.Path)) continue;
                var category = (to ?? from)!.Category;
                var isGuarded = ListLoader.ShippedTaxonomy.ForFolder(category) is not { } known || ListCompilation.IsBlockedSomewhere(known);
                var changes = ListDiff.Between(from, to, isGuarded ? guard : null, ChangesMax)?.DistinctBy(c => (c.IsAdded, c.Entry.Kind, c.Entry.IsException, c.Entry.Text)).ToList();
                if (changes is not { Count: 0 }) comparisons.Add(new(list, category, changes));
            }
            return comparisons;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"A list cannot be read: {e.Message}", e);
        }
    }

    private static PublicSuffixes? SuffixesOf(string? path)
    {
        if (path is null) return null;
        using var reader = new StreamReader(path);
        return PublicSuffixes.Parse(reader);
    }
}
