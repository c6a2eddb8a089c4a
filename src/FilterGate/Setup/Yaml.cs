using System.Text.Encodings.Web;
using System.Text.Json;

namespace FilterGate.Setup;

/// <summary>Writes texts into a YAML document.</summary>
internal static class Yaml
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text in double quotes: a JSON string is a YAML one.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, Readable);

    /// <summary>A list of texts on one line.</summary>
    public static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Quote))}]";
}
