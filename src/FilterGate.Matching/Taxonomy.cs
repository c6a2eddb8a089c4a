using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FilterGate.Matching;

/// <summary>What the taxonomy says a tier does with a category unless the school's policy says otherwise.</summary>
public enum CategoryDefault
{
    /// <summary>Reached freely.</summary>
    Allow,

    /// <summary>A page asks first.</summary>
    Warn,

    /// <summary>Refused; an override may open it unless nothing bypasses the category.</summary>
    Block,

    /// <summary>Refused for everybody, always: an illegal-content list, matched apart from all others.</summary>
    Locked,
}

/// <summary>One category of the taxonomy.</summary>
/// <param name="Index">Its bit in a <see cref="CategorySet"/>, 0 to 255. Only valid together with the taxonomy that gave it.</param>
/// <param name="Slug">Its stable name in policies, events and on the command line, such as <c>social-networks</c>.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Pupil">Default for pupils.</param>
/// <param name="Staff">Default for staff.</param>
/// <param name="Guest">Default for guests.</param>
/// <param name="Theme">The alert theme it belongs to, or null.</param>
/// <param name="Ut1Folders">Folders of the UT1 lists that hold it.</param>
public sealed record Category(
    int Index, string Slug, string Name, CategoryDefault Pupil, CategoryDefault Staff, CategoryDefault Guest, string? Theme, ImmutableArray<string> Ut1Folders)
{
    /// <summary>The slug.</summary>
    public override string ToString() => Slug;
}

/// <summary>All categories there are. Immutable; safe from any thread.</summary>
public sealed class Taxonomy
{
    private readonly FrozenDictionary<string, Category> _bySlug;
    private readonly FrozenDictionary<string, Category> _byUt1Folder;

    /// <summary>Makes a taxonomy of categories whose indices are their places in the sequence.</summary>
    /// <exception cref="ArgumentException">Two categories share a slug, there are more than 256, or an index is not the place.</exception>
    public Taxonomy(IEnumerable<Category> categories)
    {
        Categories = [.. categories];
        if (Categories.Length > CategorySet.Capacity) throw new ArgumentException($"A taxonomy holds at most {CategorySet.Capacity} categories.", nameof(categories));
        for (var i = 0; i < Categories.Length; i++)
            if (Categories[i].Index != i) throw new ArgumentException($"Category {Categories[i].Slug} has index {Categories[i].Index}, not its place {i}.", nameof(categories));
        _bySlug = Categories.ToFrozenDictionary(c => c.Slug, StringComparer.Ordinal);
        _byUt1Folder = Categories.SelectMany(c => c.Ut1Folders, (c, folder) => (c, folder))
            .DistinctBy(p => p.folder, StringComparer.Ordinal)
            .ToFrozenDictionary(p => p.folder, p => p.c, StringComparer.Ordinal);
        foreach (var category in Categories)
            if (category.Pupil == CategoryDefault.Locked) Locked = Locked.With(category.Index);
    }

    /// <summary>Every category, in the order of the taxonomy.</summary>
    public ImmutableArray<Category> Categories { get; }

    /// <summary>The categories of illegal-content lists.</summary>
    public CategorySet Locked { get; }

    /// <summary>The category with this index.</summary>
    public Category this[int index] => Categories[index];

    /// <summary>The category with this slug, or null.</summary>
    public Category? Find(string slug) => _bySlug.GetValueOrDefault(slug);

    /// <summary>The category of a list folder: the one whose <c>ut1</c> column names it, else the one with that slug, else null.</summary>
    public Category? ForFolder(string folder) => _byUt1Folder.GetValueOrDefault(folder) ?? _bySlug.GetValueOrDefault(folder);

    /// <summary>This taxonomy and a category of a school's own: blocked in every tier until the policy names it.</summary>
    public Taxonomy WithOwnCategory(string slug, out Category category)
    {
        category = new Category(Categories.Length, slug, slug, CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, null, []);
        return new Taxonomy(Categories.Append(category));
    }

    /// <summary>The slugs of a set, in the order of the taxonomy.</summary>
    public IReadOnlyList<string> Slugs(in CategorySet set)
    {
        var slugs = new List<string>(set.Count);
        foreach (var index in set) slugs.Add(Categories[index].Slug);
        return slugs;
    }
}
