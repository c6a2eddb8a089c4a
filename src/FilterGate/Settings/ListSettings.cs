using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Lists;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>Which lists a school fetches, and when. Immutable.</summary>
internal sealed record ListSettings
{
    private static readonly string[] Keys = ["sources", "update", "keep", "own"];
    private static readonly string[] OwnKeys = ["id", "name", "address", "format", "category", "sha256"];

    /// <summary>The sources in use, or null: those that are on by default and have been fetched once.</summary>
    public ImmutableArray<string>? Sources { get; init; }

    /// <summary>When lists are updated each day, in the school's time, give or take the jitter of the loop; null for never. Default 04:30: nobody is there, and UT1 asks to keep away from 8:00 to 19:00 GMT.</summary>
    public TimeOnly? UpdateAt { get; init; } = new TimeOnly(4, 30);

    /// <summary>Good versions kept of each source, 2 to 50. Default 5.</summary>
    public int Keep { get; init; } = 5;

    /// <summary>Sources of the school's own.</summary>
    public ImmutableArray<CatalogueSource> Own { get; init; } = [];

    /// <summary>Reads the <c>lists</c> of the settings.</summary>
    public static ListSettings Read(SettingsReader reader, DocumentNode node)
    {
        var settings = new ListSettings();
        ImmutableArray<DocumentNode> named = [];
        var isEveryOwnGood = true;
        foreach (var (key, value) in reader.Entries(node, Keys, "lists"))
        {
            switch (key.Text)
            {
                case "sources":
                    named = SettingsReader.Items(value);
                    settings = settings with { Sources = [] };
                    break;
                case "update":
                    settings = settings with { UpdateAt = ReadTime(reader, value) };
                    break;
                case "keep":
                    settings = settings with { Keep = reader.Number(value, 2, 50) ?? settings.Keep };
                    break;
                case "own":
                    var own = SettingsReader.Items(value).Select(item => ReadOwn(reader, item)).ToArray();
                    isEveryOwnGood = !own.Contains(null);
                    settings = settings with { Own = [.. own.OfType<CatalogueSource>()] };
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException(key.Text);
            }
        }
        foreach (var twice in settings.Own.GroupBy(s => s.Id, StringComparer.Ordinal).Where(g => g.Count() > 1)) reader.Wrong(node, $"there are two own sources {twice.Key}; give each an id of its own");
        // Only now: a source may be named above its definition. When one of those has a mistake, that is the one to tell of.
        var known = Catalogue.Shipped.Sources.Select(s => s.Id).Concat(settings.Own.Select(s => s.Id)).ToArray();
        var sources = ImmutableArray.CreateBuilder<string>();
        foreach (var item in named)
        {
            if (reader.Text(item, "the id of a source") is not { } id) continue;
            if (!known.Contains(id, StringComparer.Ordinal) && isEveryOwnGood) reader.Wrong(item, $"'{id}' is no source{Nearest.Suggestion(id, known)} (see: filtergate lists sources)");
            else if (!sources.Contains(id)) sources.Add(id);
        }
        return settings.Sources is null ? settings : settings with { Sources = sources.ToImmutable() };
    }

    private static TimeOnly? ReadTime(SettingsReader reader, DocumentNode node)
    {
        if (reader.Text(node, "a time of day such as 04:30, or off") is not { } text || text == "off") return null;
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return time;
        reader.Wrong(node, $"'{text}' is neither a time of day such as 04:30 nor off");
        return null;
    }

    private static CatalogueSource? ReadOwn(SettingsReader reader, DocumentNode node)
    {
        string? id = null, name = null, category = null;
        Uri? address = null;
        var (layout, format) = (SourceLayout.List, ListFormat.Plain);
        SourceChecksum? checksum = null;
        var isGood = true;
        foreach (var (key, value) in reader.Entries(node, OwnKeys, "an own source"))
        {
            if (reader.Text(value, "a text") is not { } text)
            {
                isGood = false;
                continue;
            }
            switch (key.Text)
            {
                case "id":
                    id = text;
                    if (!CatalogueSource.IsId(text)) Wrong(value, $"'{text}' is no id: lower-case letters, digits and hyphens, a letter first, 40 at most");
                    else if (LockedFeedKind.Find(text) is not null) Wrong(value, $"'{text}' is the name of a feed of illegal content; give the source another id");
                    break;
                case "name":
                    name = text;
                    break;
                case "address":
                    if (CatalogueSource.TryParseAddress(text, out var uri, out var why)) address = uri;
                    else Wrong(value, why);
                    break;
                case "format":
                    if (!CatalogueSource.TryParseFormat(text, out layout, out format) || layout == SourceLayout.Reference)
                        Wrong(value, $"'{text}' is no format of a list (known: {string.Join(", ", CatalogueSource.FormatNames.Where(f => f != "reference"))})");
                    break;
                case "category":
                    category = text;
                    if (ListLoader.ShippedTaxonomy.Find(text) is not { } known) Wrong(value, $"'{text}' is no category{Nearest.Suggestion(text, ListLoader.ShippedTaxonomy.Categories.Select(c => c.Slug))}");
                    else if (ListLoader.ShippedTaxonomy.Locked.Contains(known.Index)) Wrong(value, $"{text} is a locked category: its lists come from their publishers' feeds and never from here");
                    break;
                case "sha256":
                    if (SourceChecksum(text) is { } given) checksum = given;
                    else Wrong(value, $"'{text}' is neither a digest of 64 hexadecimal digits nor an https address of a file with digests");
                    break;
            }
        }
        if (id is null) Wrong(node, "an own source needs an id");
        if (address is null && isGood) Wrong(node, "an own source needs an address");
        if (category is null && layout == SourceLayout.List && isGood) Wrong(node, "an own source that is one list needs a category");
        if (!isGood) return null;
        var source = new CatalogueSource
        {
            Id = id!, Name = name ?? id!, Addresses = [address!], Layout = layout, Format = format, Category = layout == SourceLayout.List ? category : null, Checksum = checksum, IsOwn = true,
            Purpose = "the school's own", Reason = "on: the settings name it",
        };
        if (source.TransportProblem() is not { } problem) return source;
        reader.Wrong(node, problem);
        return null;

        void Wrong(DocumentNode at, string message)
        {
            reader.Wrong(at, message);
            isGood = false;
        }
    }

    private static SourceChecksum? SourceChecksum(string text)
    {
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit)) return new SourceChecksum(ChecksumAlgorithm.Sha256, Address: null, text.ToLowerInvariant());
        return CatalogueSource.TryParseAddress(text, out var address, out _) && address.Scheme == Uri.UriSchemeHttps ? new SourceChecksum(ChecksumAlgorithm.Sha256, address, Digest: null) : null;
    }
}
