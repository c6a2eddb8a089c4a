using System.Buffers;
using System.Text.Json;

namespace FilterGate.Matching.Compiled;

/// <summary>The small part of a compiled list that people could read: categories, lists, patterns. JSON, so that a technician can look into a file without us.</summary>
internal sealed record ListNames(IReadOnlyList<(int Index, string Slug)> Categories, IReadOnlyList<(string List, int Category, string Version)> Sources, IReadOnlyList<DraftPattern> Patterns)
{
    private static readonly JsonReaderOptions Bounded = new() { MaxDepth = 4 };

    public static byte[] Write(IReadOnlyList<ListSource> sources, IReadOnlyList<DraftPattern> patterns)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("categories");
        foreach (var category in sources.Select(s => s.Category).Distinct().OrderBy(c => c.Index))
        {
            json.WriteStartObject();
            json.WriteNumber("index", category.Index);
            json.WriteString("slug", category.Slug);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("lists");
        foreach (var source in sources)
        {
            json.WriteStartObject();
            json.WriteString("list", source.List);
            json.WriteNumber("category", source.Category.Index);
            json.WriteString("version", source.Version);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("patterns");
        foreach (var pattern in patterns)
        {
            json.WriteStartObject();
            json.WriteNumber("kind", (int)pattern.Kind);
            json.WriteString("text", pattern.Text);
            json.WriteNumber("list", pattern.Source);
            json.WriteNumber("line", pattern.Line);
            if (pattern.Written is not null) json.WriteString("written", pattern.Written);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="ListFormatException">It is in no such form, or names what is not there.</exception>
    public static ListNames Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Bounded);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            var categories = root.GetProperty("categories").EnumerateArray().Select(c => (c.GetProperty("index").GetInt32(), TextOf(c, "slug"))).ToList();
            var sources = root.GetProperty("lists").EnumerateArray()
                .Select(l => (TextOf(l, "list"), l.GetProperty("category").GetInt32(), TextOf(l, "version"))).ToList();
            var patterns = root.GetProperty("patterns").EnumerateArray()
                .Select(p => new DraftPattern(
                    (EntryKind)p.GetProperty("kind").GetInt32(), TextOf(p, "text"), p.GetProperty("list").GetUInt16(), p.GetProperty("line").GetInt32(),
                    p.TryGetProperty("written", out var written) ? written.GetString() : null))
                .ToList();
            if (categories.Any(c => c.Item1 is < 0 or >= CategorySet.Capacity) || sources.Any(s => !categories.Exists(c => c.Item1 == s.Item2)) || sources.Count > ushort.MaxValue
                || patterns.Any(p => p.Source >= sources.Count || p.Kind is < EntryKind.HostPattern or > EntryKind.UrlPattern))
                throw new ListFormatException("its names refer to what is not there");
            return new(categories, sources, patterns);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ListFormatException($"its names cannot be read: {e.Message}");
        }
    }

    /// <exception cref="FormatException">It is null, which no name is.</exception>
    private static string TextOf(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"a {name} is null");
}
