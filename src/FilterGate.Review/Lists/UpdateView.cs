using FilterGate.Lists;
using FilterGate.Lists.Sources;

namespace FilterGate.Review.Lists;

/// <summary>What an update changed in one list.</summary>
/// <param name="List">The list.</param>
/// <param name="Category">Its category, by name.</param>
/// <param name="Added">Entries gained; null for another list altogether.</param>
/// <param name="Removed">Entries lost.</param>
/// <param name="Examples">The first few, with <c>+</c> or <c>−</c>.</param>
public sealed record ChangedList(string List, string Category, int? Added, int Removed, IReadOnlyList<string> Examples);

/// <summary>What the page of one source shows: its versions, and what the last update changed.</summary>
/// <param name="Line">The source.</param>
/// <param name="IsComparing">True while it is still being compared.</param>
/// <param name="Changes">The lists that differ, the most changed first; null while it is being compared, or where there is nothing to compare.</param>
/// <param name="Problem">Why it cannot be compared, or null.</param>
public sealed record UpdateView(SourceLine Line, bool IsComparing, IReadOnlyList<ChangedList>? Changes, string? Problem)
{
    /// <summary>Lists that are shown; the most changed come first.</summary>
    public const int ListsMax = 60;

    /// <summary>Entries shown of each.</summary>
    public const int ExamplesMax = 6;

    /// <summary>Where the page of a source is.</summary>
    public static string Link(CatalogueSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return $"{ListsView.Path}/{source.Id}";
    }

    /// <summary>Puts a comparison in words.</summary>
    /// <param name="comparisons">The lists that differ.</param>
    /// <param name="name">Names a category.</param>
    public static IReadOnlyList<ChangedList> Say(IReadOnlyList<ListComparison> comparisons, Func<string, string> name)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        ArgumentNullException.ThrowIfNull(name);
        return
        [
            .. comparisons.Select(c => c.Changes is { } changes
                    ? new ChangedList(c.List, name(c.Category), changes.Count(x => x.IsAdded), changes.Count(x => !x.IsAdded), [.. changes.Take(ExamplesMax).Select(x => (x.IsAdded ? "+ " : "− ") + (x.Entry.Written ?? x.Entry.Text))])
                    : new ChangedList(c.List, name(c.Category), Added: null, 0, []))
                .OrderByDescending(c => c.Added is { } added ? added + c.Removed : int.MaxValue).ThenBy(c => c.List, StringComparer.Ordinal),
        ];
    }
}
