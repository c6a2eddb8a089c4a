using System.Collections.Immutable;
using FilterGate.Lists.Locked;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>Reads the <c>locked</c> of the settings: where the supplier's client puts the feeds of illegal-content lists.</summary>
/// <remarks>What is left out here turns nothing off: a feed that was put in force once stays in force.</remarks>
internal static class LockedSettings
{
    private static readonly string[] Keys = ["feed", "file", "format", "key_file", "entry_column", "category_column", "verification_column"];

    /// <summary>The formats by the words that settings and command line have for them.</summary>
    public static ImmutableSortedDictionary<string, LockedFormat> Formats { get; } =
        Enum.GetValues<LockedFormat>().ToImmutableSortedDictionary(f => f.ToString().ToLowerInvariant(), f => f, StringComparer.Ordinal);

    /// <summary>Reads a list of <c>{ feed: iwf-csam, file: PATH, format: urls|csv|hashed|bundle, key_file: PATH, entry_column: url }</c>.</summary>
    public static ImmutableArray<LockedFeedSource> Read(SettingsReader reader, DocumentNode node)
    {
        var sources = ImmutableArray.CreateBuilder<LockedFeedSource>();
        foreach (var item in SettingsReader.Items(node))
        {
            if (ReadOne(reader, item) is not { } source) continue;
            if (sources.Any(s => s.Feed == source.Feed)) reader.Wrong(item, $"{source.Feed.Name} is named twice; keep one");
            else sources.Add(source);
        }
        return sources.ToImmutable();
    }

    private static LockedFeedSource? ReadOne(SettingsReader reader, DocumentNode item)
    {
        var given = reader.Entries(item, Keys, "a locked feed").ToDictionary(e => e.Key.Text, e => e.Value, StringComparer.Ordinal);
        if (!given.TryGetValue("feed", out var feedNode) || !given.TryGetValue("file", out var fileNode) || !given.TryGetValue("format", out var formatNode))
        {
            reader.Wrong(item, "a locked feed needs feed, file and format: { feed: iwf-csam, file: /srv/iwf/list.csv, format: csv }");
            return null;
        }
        var feed = Word(reader, feedNode, "the name of a feed", LockedFeedKind.All.ToDictionary(k => k.Name, k => k, StringComparer.Ordinal));
        var format = Word(reader, formatNode, "a format", Formats.ToDictionary(f => f.Key, f => (LockedFormat?)f.Value, StringComparer.Ordinal));
        var file = reader.Path(fileNode);
        var keyFile = given.TryGetValue("key_file", out var keyNode) ? reader.Path(keyNode) : null;
        if (format == LockedFormat.Bundle && keyNode is null) reader.Wrong(item, "a bundle needs the file of its key; add key_file");
        if (feed is null || format is not { } known || file is null) return null;

        var source = new LockedFeedSource(feed, file, known) { KeyFile = keyFile };
        return source with
        {
            EntryColumn = Column("entry_column") ?? source.EntryColumn,
            CategoryColumn = Column("category_column"),
            VerificationColumn = Column("verification_column") ?? source.VerificationColumn,
        };

        string? Column(string key) => given.TryGetValue(key, out var value) ? reader.Text(value, "the heading of a column") : null;
    }

    private static T? Word<T>(SettingsReader reader, DocumentNode node, string wanted, Dictionary<string, T> words)
    {
        if (reader.Text(node, wanted) is not { } text) return default;
        if (words.TryGetValue(text, out var value)) return value;
        reader.Wrong(node, $"'{text}' is not {wanted}{Nearest.Suggestion(text, words.Keys)} (known: {string.Join(", ", words.Keys)})");
        return default;
    }
}
