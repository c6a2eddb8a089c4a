using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Lists.Sources;

/// <summary>The sources that there are: those of <c>blocklists/catalogue.yaml</c> and a school's own. Immutable; safe from any thread.</summary>
public sealed class Catalogue
{
    private static readonly Lazy<Catalogue> Lazy = new(() =>
    {
        using var reader = new StreamReader(ShippedLists.Open("catalogue.yaml"));
        return Parse(reader.ReadToEnd(), ListLoader.ShippedTaxonomy);
    });

    private readonly FrozenDictionary<string, CatalogueSource> _byId;

    /// <summary>Makes a catalogue.</summary>
    /// <exception cref="ArgumentException">Two sources share an id.</exception>
    public Catalogue(IEnumerable<CatalogueSource> sources)
    {
        Sources = [.. sources];
        _byId = Sources.ToFrozenDictionary(s => s.Id, StringComparer.Ordinal);
    }

    /// <summary>The catalogue that is built into the program, read once.</summary>
    public static Catalogue Shipped => Lazy.Value;

    /// <summary>Every source, in the order of the file; a school's own come last.</summary>
    public ImmutableArray<CatalogueSource> Sources { get; }

    /// <summary>The source of this id, or null.</summary>
    public CatalogueSource? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>This catalogue and a school's own sources; one that has the id of a shipped one takes its place.</summary>
    public Catalogue With(IEnumerable<CatalogueSource> own)
    {
        var added = own.ToArray();
        return added.Length == 0 ? this : new Catalogue(Sources.Where(s => !added.Any(o => o.Id == s.Id)).Concat(added));
    }

    /// <summary>Reads a catalogue.</summary>
    /// <param name="yaml">The text of <c>catalogue.yaml</c>.</param>
    /// <param name="taxonomy">The categories that it may name.</param>
    /// <exception cref="ListLoadException">It has mistakes: every one as <c>catalogue.yaml:line:column: message</c>.</exception>
    public static Catalogue Parse(string yaml, Taxonomy taxonomy)
    {
        var reader = new CatalogueReader(taxonomy);
        var sources = reader.Read(yaml);
        if (reader.Problems.Count > 0)
            throw new ListLoadException($"The catalogue of list sources has mistakes:{Environment.NewLine}{string.Join(Environment.NewLine, reader.Problems.Select(p => $"  catalogue.yaml:{p}"))}");
        return new Catalogue(sources);
    }
}
