using System.Collections.Immutable;

namespace FilterGate.Policy.Documents;

/// <summary>What became of a setting.</summary>
public enum PolicyChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It says something else.</summary>
    Changed,
}

/// <summary>One difference in meaning between two policy documents.</summary>
/// <param name="Key">Where: <c>tiers.pupil.own_allow</c>, <c>groups.4b.tier</c>, <c>clients[10.20.1.7].tier</c>. What a tier or a group does with categories has the key <c>tiers.pupil.categories</c>.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="Item">The entry of a list or the slug of a category that it is about, or null for the key itself.</param>
/// <param name="Before">What it said, or null for nothing. For a category the word: <c>block</c>, <c>warn</c>, <c>log</c>, <c>quota 60m</c>, <c>allow</c>.</param>
/// <param name="After">What it says, or null for nothing; a category of which nothing is said takes its default.</param>
public sealed record PolicyChange(string Key, PolicyChangeKind Kind, string? Item, string? Before, string? After);

/// <summary>Compares two policy documents by what they say rather than by their lines: comments, order of keys and entries, quotes and indentation make no difference.</summary>
/// <remarks>It walks the YAML and knows few keys by name, so a key that a later version brings is compared too. Cost by the size of both documents; static, without state, safe from any thread.</remarks>
public static class PolicyComparison
{
    /// <summary>Keys whose lists (or mappings) of slugs are one question: what is done with a category?</summary>
    private static readonly string[] CategoryKeys = ["block", "quota", "warn", "log", "allow"];

    /// <summary>What names an entry of a list of mappings, the first that it has.</summary>
    private static readonly string[] IdentityKeys = ["category", "id", "name", "address", "range", "network", "device", "person", "host", "site", "url"];

    /// <summary>Mappings by name of something that says what is done with categories.</summary>
    private static readonly string[] CategoryHolders = ["tiers", "groups", "lessons"];

    /// <summary>Compares two texts.</summary>
    /// <param name="before">The older.</param>
    /// <param name="after">The newer.</param>
    /// <returns>The differences, in order of the keys of the documents; null where one of them is not YAML at all.</returns>
    public static ImmutableArray<PolicyChange>? Of(string before, string after)
    {
        var problems = new List<PolicyProblem>();
        return DocumentSource.Read(before, problems) is { } a && DocumentSource.Read(after, problems) is { } b ? Of(a, b) : null;
    }

    /// <summary>Compares two documents that were read.</summary>
    public static ImmutableArray<PolicyChange> Of(DocumentNode before, DocumentNode after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var changes = ImmutableArray.CreateBuilder<PolicyChange>();
        Compare("", before, after, changes);
        return changes.ToImmutable();
    }

    private static void Compare(string key, DocumentNode? before, DocumentNode? after, ImmutableArray<PolicyChange>.Builder changes)
    {
        // `pupil:` with nothing after it is a tier with every default, as `pupil: {}` is; the key itself is there.
        switch (before, after)
        {
            case (DocumentMap or { IsNull: true }, DocumentMap or { IsNull: true }):
                CompareMaps(key, before as DocumentMap, after as DocumentMap, changes);
                break;
            case (DocumentList or { IsNull: true }, DocumentList or { IsNull: true }):
                CompareLists(key, before as DocumentList, after as DocumentList, changes);
                break;
            // A list that begins or ends is told entry by entry, as one that grows is.
            case (null, DocumentList { Items.IsEmpty: false } list):
                CompareLists(key, null, list, changes);
                break;
            case (DocumentList { Items.IsEmpty: false } list, null):
                CompareLists(key, list, null, changes);
                break;
            case (null, { } added):
                if (!IsEmpty(added) || IsNamed(key)) changes.Add(new(key, PolicyChangeKind.Added, null, null, Inline(added)));
                break;
            case ({ } removed, null):
                if (!IsEmpty(removed) || IsNamed(key)) changes.Add(new(key, PolicyChangeKind.Removed, null, Inline(removed), null));
                break;
            case ({ } a, { } b):
                var (was, willBe) = (Inline(a), Inline(b));
                if (was != willBe) changes.Add(new(key, PolicyChangeKind.Changed, null, was, willBe));
                break;
            default:
                break;
        }
    }

    private static void CompareMaps(string key, DocumentMap? before, DocumentMap? after, ImmutableArray<PolicyChange>.Builder changes)
    {
        var (old, young) = (Entries(before), Entries(after));
        var holdsCategories = key.Split('.') is [var holder, _] && CategoryHolders.Contains(holder, StringComparer.Ordinal);
        if (holdsCategories) CompareCategories(key + ".categories", old, young, changes);
        foreach (var name in Names(before, after))
        {
            if (holdsCategories && CategoryKeys.Contains(name, StringComparer.Ordinal)) continue;
            Compare(key.Length == 0 ? name : $"{key}.{name}", old.GetValueOrDefault(name), young.GetValueOrDefault(name), changes);
        }
    }

    /// <summary>A category that moves from one list of a tier to another is one change, not two.</summary>
    private static void CompareCategories(string key, Dictionary<string, DocumentNode> before, Dictionary<string, DocumentNode> after, ImmutableArray<PolicyChange>.Builder changes)
    {
        var (old, young) = (Words(before), Words(after));
        foreach (var slug in old.Keys.Union(young.Keys, StringComparer.Ordinal))
        {
            var (was, willBe) = (old.GetValueOrDefault(slug), young.GetValueOrDefault(slug));
            if (was != willBe) changes.Add(new(key, KindOf(was, willBe), slug, was, willBe));
        }

        static Dictionary<string, string> Words(Dictionary<string, DocumentNode> tier)
        {
            var words = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var word in CategoryKeys)
            {
                switch (tier.GetValueOrDefault(word))
                {
                    case DocumentList list:
                        foreach (var item in list.Items) words.TryAdd(IdentityOf(item), word);
                        break;
                    case DocumentMap map:
                        foreach (var (slug, value) in map.Entries) words.TryAdd(slug.Text, $"{word} {Inline(value)}");
                        break;
                    case DocumentText { IsNull: false } text:
                        words.TryAdd(Inline(text), word);
                        break;
                    default:
                        break;
                }
            }
            return words;
        }
    }

    private static void CompareLists(string key, DocumentList? before, DocumentList? after, ImmutableArray<PolicyChange>.Builder changes)
    {
        var (old, young) = (Items(before), Items(after));
        foreach (var (name, item) in old)
        {
            if (!young.TryGetValue(name, out var now)) changes.Add(new(key, PolicyChangeKind.Removed, name, Inline(item), null));
            else if (item is DocumentMap && now is DocumentMap) Compare($"{key}[{name}]", item, now, changes);
            else if (Inline(item) is var was && Inline(now) is var willBe && was != willBe) changes.Add(new(key, PolicyChangeKind.Changed, name, was, willBe));
        }
        foreach (var (name, item) in young)
            if (!old.ContainsKey(name)) changes.Add(new(key, PolicyChangeKind.Added, name, null, Inline(item)));
    }

    /// <summary>The entries of a list by what names them. Two that share a name (a mistake elsewhere) go by their whole text.</summary>
    private static Dictionary<string, DocumentNode> Items(DocumentList? list)
    {
        var items = new Dictionary<string, DocumentNode>(StringComparer.Ordinal);
        foreach (var item in list?.Items ?? [])
            if (!items.TryAdd(IdentityOf(item), item)) items.TryAdd(Inline(item), item);
        return items;
    }

    private static string IdentityOf(DocumentNode item)
    {
        if (item is not DocumentMap map) return Inline(item);
        foreach (var key in IdentityKeys)
            foreach (var (name, value) in map.Entries)
                if (name.Text == key && value is DocumentText { IsNull: false } text) return text.Text;
        return Inline(item);
    }

    private static Dictionary<string, DocumentNode> Entries(DocumentMap? map) => map?.Entries.ToDictionary(e => e.Key.Text, e => e.Value, StringComparer.Ordinal) ?? [];

    /// <summary>Keys in the order of the newer document, then those that only the older one has.</summary>
    private static IEnumerable<string> Names(DocumentMap? before, DocumentMap? after) =>
        (after?.Entries ?? []).Concat(before?.Entries ?? []).Select(e => e.Key.Text).Distinct(StringComparer.Ordinal);

    private static PolicyChangeKind KindOf(string? before, string? after) => before is null ? PolicyChangeKind.Added : after is null ? PolicyChangeKind.Removed : PolicyChangeKind.Changed;

    /// <summary>A list with nothing in it says the same as no list.</summary>
    private static bool IsEmpty(DocumentNode node) => node.IsNull || node is DocumentList { Items.IsEmpty: true } or DocumentMap { Entries.IsEmpty: true };

    /// <summary>True for a tier or a group: that it is there at all says something.</summary>
    private static bool IsNamed(string key) => key.Split('.') is [var holder, _] && CategoryHolders.Contains(holder, StringComparer.Ordinal);

    /// <summary>A node on one line, the same for each way to write it.</summary>
    private static string Inline(DocumentNode node) => node switch
    {
        { IsNull: true } => "nothing",
        DocumentText text => text.Text,
        DocumentList list => $"[{string.Join(", ", list.Items.Select(Inline))}]",
        DocumentMap map => map.Entries.IsEmpty ? "{}" : $"{{ {string.Join(", ", map.Entries.Select(e => $"{e.Key.Text}: {Inline(e.Value)}"))} }}",
        _ => throw new System.Diagnostics.UnreachableException(node.Kind),
    };
}
