using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FilterGate.Lookup.Rows;

/// <summary>Writes answers as CSV or as JSON lines, UTF-8. Not safe from several threads.</summary>
internal sealed class RowWriter(bool isJson)
{
    private static readonly SearchValues<char> WantsQuotes = SearchValues.Create(",\"\r\n");
    private static readonly JsonWriterOptions JsonForm = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);

    /// <summary>What CSV begins with.</summary>
    public static ReadOnlyMemory<byte> CsvHead { get; } = "url,host,categories,list,error\n"u8.ToArray();

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>Writes one row.</summary>
    /// <param name="url">As it was given.</param>
    /// <param name="host">Canonical, or null for a row that cannot be read.</param>
    /// <param name="categories">Slugs.</param>
    /// <param name="list">The list of the most specific entry, or null.</param>
    /// <param name="error">Why the row cannot be read, or null.</param>
    public void Write(string url, string? host, IReadOnlyList<string> categories, string? list, string? error)
    {
        if (isJson) WriteJson(url, host, categories, list, error);
        else WriteCsv(url, host, categories, list, error);
    }

    private void WriteCsv(string url, string? host, IReadOnlyList<string> categories, string? list, string? error)
    {
        Field(url, ","u8);
        Field(host, ","u8);
        for (var i = 0; i < categories.Count; i++)
        {
            if (i > 0) _bytes.Write(" "u8);
            Field(categories[i], default);
        }
        _bytes.Write(","u8);
        Field(list, ","u8);
        Field(error, "\n"u8);
    }

    private void Field(string? text, ReadOnlySpan<byte> end)
    {
        if (!string.IsNullOrEmpty(text))
        {
            if (text.AsSpan().ContainsAny(WantsQuotes)) text = $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            Encoding.UTF8.GetBytes(text, _bytes);
        }
        _bytes.Write(end);
    }

    private void WriteJson(string url, string? host, IReadOnlyList<string> categories, string? list, string? error)
    {
        using (var json = new Utf8JsonWriter(_bytes, JsonForm))
        {
            json.WriteStartObject();
            json.WriteString("url", url);
            json.WriteString("host", host);
            json.WriteStartArray("categories");
            foreach (var category in categories) json.WriteStringValue(category);
            json.WriteEndArray();
            json.WriteString("list", list);
            json.WriteString("error", error);
            json.WriteEndObject();
        }
        _bytes.Write("\n"u8);
    }
}
