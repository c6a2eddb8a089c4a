using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>Lists that a policy names, found once in the layers in force, so that a look-up can tell their entries from those of others. Immutable; safe from any thread; made by <see cref="ListLayers.Pick"/>.</summary>
public sealed class ListPick
{
    /// <summary>Most names.</summary>
    public const int NamesMax = 60;

    // The place of the name that a list goes by, from 1; 0 and absent for a list that nobody named.
    private readonly FrozenDictionary<string, byte> _placeOfList;
    private readonly byte[][] _placesOfSources;

    internal ListPick(IEnumerable<ListMatcher> matchers, IReadOnlyList<string> names, Func<Category, bool> mayBePicked)
    {
        if (names.Count > NamesMax) throw new ArgumentException($"At most {NamesMax} lists are named.", nameof(names));
        var categories = new CategorySet[names.Count];
        var places = new Dictionary<string, byte>(StringComparer.Ordinal);
        var layers = matchers.ToList();
        foreach (var source in layers.SelectMany(matcher => matcher.Sources))
        {
            var place = mayBePicked(source.Category) ? PlaceOf(names, source.List) : 0;
            if (place == 0) continue;
            places[source.List] = (byte)place;
            categories[place - 1] = categories[place - 1].With(source.Category.Index);
        }
        _placeOfList = places.ToFrozenDictionary(StringComparer.Ordinal);
        _placesOfSources = [.. layers.Select(matcher => matcher.Sources.Select(source => places.GetValueOrDefault(source.List)).ToArray())];
        CategoriesOf = [.. categories];
        foreach (var ofName in CategoriesOf) Categories |= ofName;
    }

    /// <summary>The categories of the lists of each name; none for a name that no list in force has.</summary>
    public ImmutableArray<CategorySet> CategoriesOf { get; }

    /// <summary>The categories of all of them: a site in none of these is in none of the lists.</summary>
    public CategorySet Categories { get; }

    /// <summary>The places by the number of a source in one of the layers, in their order.</summary>
    internal ReadOnlySpan<byte> PlacesOf(int layer) => _placesOfSources[layer];

    /// <summary>The place of a list.</summary>
    internal int PlaceOf(string list) => _placeOfList.GetValueOrDefault(list);

    /// <summary>A name means the list itself, or every list of a folder; of several names that do, the longest.</summary>
    private static int PlaceOf(IReadOnlyList<string> names, string list)
    {
        var (best, length) = (0, 0);
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            if (list.StartsWith(name, StringComparison.Ordinal) && (list.Length == name.Length || list[name.Length] == '/') && name.Length > length) (best, length) = (i + 1, name.Length);
        }
        return best;
    }
}
