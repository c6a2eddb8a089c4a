using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;
using FilterGate.Proxy.BlockPages;

namespace FilterGate.Proxy.Requests;

/// <summary>Sites that the lists in force have in the categories of the check page's tests, by list. Found once for each set of lists.</summary>
/// <remarks>Immutable but for what <see cref="In"/> remembers; safe from any thread.</remarks>
internal sealed class ListedSites
{
    /// <summary>Of each list: one of them may be opened by name.</summary>
    private const int PerList = 3;

    private static readonly FrozenDictionary<DeviceTest, string> Slugs = new Dictionary<DeviceTest, string> { [DeviceTest.Adult] = "pornography", [DeviceTest.Language] = "hate-speech" }.ToFrozenDictionary();

    private readonly ListSet _lists;
    private readonly FrozenDictionary<string, ImmutableArray<ImmutableArray<CanonicalUrl>>> _sites;
    private readonly Lock _finding = new();
    private ListedSites? _newest;

    /// <summary>None; <see cref="In"/> finds them.</summary>
    public ListedSites() : this(ListSet.Empty) { }

    private ListedSites(ListSet lists)
    {
        _lists = lists;
        var categories = CategorySet.Of([.. Slugs.Values.Select(slug => lists.Taxonomy.Find(slug)).OfType<Category>()]);
        _sites = lists.Categories.Examples(categories, PerList).GroupBy(e => e.List.Category.Slug, StringComparer.Ordinal)
            .ToFrozenDictionary(c => c.Key, c => c.GroupBy(e => e.List.List, StringComparer.Ordinal).Select(list => list.Select(e => e.Url).ToImmutableArray()).ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>Those of these lists. The first call after the lists have changed goes through them.</summary>
    public ListedSites In(ListSet lists)
    {
        if (Volatile.Read(ref _newest) is { } known && ReferenceEquals(known._lists, lists)) return known;
        // A class that opens the page at once waits for the one that goes through them.
        lock (_finding)
        {
            if (_newest is { } newest && ReferenceEquals(newest._lists, lists)) return newest;
            newest = new ListedSites(lists);
            Volatile.Write(ref _newest, newest);
            return newest;
        }
    }

    /// <summary>Those of a test, each list by itself; empty where no list has any.</summary>
    public ImmutableArray<ImmutableArray<CanonicalUrl>> Of(DeviceTest test) => Slugs.TryGetValue(test, out var slug) && _sites.TryGetValue(slug, out var sites) ? sites : [];
}
