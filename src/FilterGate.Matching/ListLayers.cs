using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>The category lists in layers: a base that is compiled seldom, and what was added to it and taken from it since. Immutable; safe from any thread; <see cref="Classify"/> does not allocate, but where an entry taken away matches or an exception does.</summary>
/// <remarks>An update of a few thousand lines is compiled by itself, in milliseconds, and the base stays mapped where it is. The school's own lists are a layer too, but above these: the policy holds them, because they allow as well as block.</remarks>
public sealed class ListLayers
{
    private readonly ListMatcher _base;
    private readonly ListMatcher? _added;
    private readonly ListMatcher? _removed;

    /// <summary>A base alone.</summary>
    public ListLayers(ListMatcher @base)
    {
        ArgumentNullException.ThrowIfNull(@base);
        _base = @base;
    }

    /// <summary>A base and what has changed since.</summary>
    /// <param name="base">The base.</param>
    /// <param name="added">Entries that the lists have gained.</param>
    /// <param name="removed">Entries that they have lost, as the base has them: list and text are compared, not the line.</param>
    public ListLayers(ListMatcher @base, ListMatcher added, ListMatcher removed)
        : this(@base)
    {
        ArgumentNullException.ThrowIfNull(added);
        ArgumentNullException.ThrowIfNull(removed);
        (_added, _removed) = (added, removed.EntryCount > 0 ? removed : null);
    }

    /// <summary>No entries.</summary>
    public static ListLayers Empty { get; } = new(ListMatcher.Empty);

    /// <summary>How many entries are in force.</summary>
    public int EntryCount => _base.EntryCount + (_added?.EntryCount ?? 0) - (_removed?.EntryCount ?? 0);

    /// <summary>Bytes that look-ups need in memory.</summary>
    public long Length => _base.Length + (_added?.Length ?? 0) + (_removed?.Length ?? 0);

    /// <summary>The matchers that are asked, base first.</summary>
    public IEnumerable<ListMatcher> Matchers => _added is null ? [_base] : [_base, _added];

    /// <summary>The union of the categories of every entry in force that matches.</summary>
    public CategorySet Classify(CanonicalUrl url, Seen seen)
    {
        var found = _base.Classify(url, seen);
        if (_added is null) return found;
        // Only where something that was taken away matches are the entries gone through one by one.
        if (!found.IsEmpty && _removed is not null && _removed.Matches(url, seen))
        {
            found = CategorySet.Empty;
            foreach (var match in InForce(url, seen)) found = found.With(match.Category.Index);
        }
        var added = _added.Classify(url, seen);
        if (!added.IsEmpty && _base.IsExcepted(url, seen))
        {
            added = CategorySet.Empty;
            foreach (var match in _base.WithoutExcepted(_added.Explain(url, seen), url, seen)) added = added.With(match.Category.Index);
        }
        return found | added;
    }

    /// <summary>Finds lists by their names, to tell them apart with <see cref="ClassifyApart"/>.</summary>
    /// <param name="names">A list (<c>adult/domains</c>) or a folder of lists (<c>adult</c>); at most <see cref="ListPick.NamesMax"/>.</param>
    /// <param name="mayBePicked">False for a category whose lists are not told apart, whatever names them.</param>
    public ListPick Pick(IReadOnlyList<string> names, Func<Category, bool> mayBePicked)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(mayBePicked);
        return new(Matchers, names, mayBePicked);
    }

    /// <summary>The categories of the entries that match, by the list they are of.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="seen">Whether all of it is seen.</param>
    /// <param name="pick">Which lists are told apart, found in these layers.</param>
    /// <param name="sets">Empty sets, one more than the pick has names: first the categories of lists without a name, then those of each name.</param>
    /// <remarks>All of them together are what <see cref="Classify"/> gives. Does not allocate, but where a range of addresses, an expression, an exception or an entry taken away matches.</remarks>
    public void ClassifyApart(CanonicalUrl url, Seen seen, ListPick pick, Span<CategorySet> sets)
    {
        ArgumentNullException.ThrowIfNull(pick);
        if (_added is null)
        {
            _base.ClassifyApart(url, seen, pick, 0, sets);
            return;
        }
        if (_base.IsExcepted(url, seen) || _removed?.Matches(url, seen) == true)
        {
            ListMatcher.TakeApart(Explain(url, seen), pick, sets);
            return;
        }
        _base.ClassifyApart(url, seen, pick, 0, sets);
        _added.ClassifyApart(url, seen, pick, 1, sets);
    }

    /// <summary>True when any entry matches.</summary>
    public bool Matches(CanonicalUrl url, Seen seen) => !Classify(url, seen).IsEmpty;

    /// <summary>Every entry in force that matches, most specific first. Allocates; for explanations and events.</summary>
    public ImmutableArray<ListMatch> Explain(CanonicalUrl url, Seen seen)
    {
        if (_added is null) return _base.Explain(url, seen);
        return [.. InForce(url, seen).Concat(_base.WithoutExcepted(_added.Explain(url, seen), url, seen)).Order(ListMatch.MostSpecificFirst)];
    }

    /// <summary>Entries in force that contain a text, as <see cref="ListMatcher.Search"/> gives them.</summary>
    public ImmutableArray<ListMatch> Search(string text, int limit)
    {
        if (_added is null) return _base.Search(text, limit);
        var removed = (_removed?.Search(text, int.MaxValue) ?? []).Select(m => (m.List, m.Entry)).ToHashSet();
        // As many more as may turn out to be gone.
        var ofBase = _base.Search(text, (int)Math.Min(int.MaxValue, limit + (long)removed.Count)).Where(m => !removed.Contains((m.List, m.Entry)));
        return [.. ofBase.Concat(_added.Search(text, limit)).Take(limit)];
    }

    /// <summary>Addresses that entries in force of some categories are for, a few of each list: for trying what becomes of a site that is really listed.</summary>
    /// <param name="categories">Which.</param>
    /// <param name="perList">How many of each list, at most; fewer where it has fewer hosts and paths.</param>
    /// <remarks>The same ones each time for the same lists. Goes through all entries where a list has few: half a second for some millions, so not for each request.</remarks>
    public ImmutableArray<(ListSource List, CanonicalUrl Url)> Examples(CategorySet categories, int perList)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perList, 1);
        return [.. Matchers.SelectMany(matcher => matcher.Examples(categories, perList, (category, url) => Classify(url, Seen.Url).Contains(category.Index)))];
    }

    private IEnumerable<ListMatch> InForce(CanonicalUrl url, Seen seen)
    {
        var removed = _removed?.Explain(url, seen) ?? [];
        return _base.Explain(url, seen).Where(match => !removed.Any(gone => gone.List == match.List && gone.Entry == match.Entry));
    }

    /// <summary>A base alone.</summary>
    public static ListLayers FromListMatcher(ListMatcher matcher) => new(matcher);

    /// <summary>A base alone.</summary>
    public static implicit operator ListLayers(ListMatcher matcher) => new(matcher);
}
