using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.Policy.Documents;

namespace FilterGate.Tests.Commands.Policies;

/// <summary>As much of JSON Schema as the policy's schema uses, over YAML as an editor sees it: a plain 7 is a number there. An unknown keyword is a mistake of the schema.</summary>
internal sealed class SchemaChecker(JsonElement root)
{
    private static readonly HashSet<string> Silent = new(StringComparer.Ordinal) { "$schema", "title", "description", "$defs", "default", "examples", "deprecated" };

    /// <summary>What is wrong with a document, with its place; nothing when it is in order.</summary>
    public IReadOnlyList<string> Check(string yaml)
    {
        var problems = new List<PolicyProblem>();
        var node = DocumentSource.Read(yaml, problems) ?? throw new AssertionException(string.Join('\n', problems));
        return [.. Check(root, node)];
    }

    /// <summary>A schema with its reference followed; what stands beside the reference is a description.</summary>
    public JsonElement Follow(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
            schema = root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]);
        return schema;
    }

    private IEnumerable<string> Check(JsonElement schema, DocumentNode node)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            foreach (var problem in Check(keyword.Name, keyword.Value, schema, node)) yield return problem;
        }
    }

    private IEnumerable<string> Check(string keyword, JsonElement value, JsonElement schema, DocumentNode node)
    {
        if (Silent.Contains(keyword)) return [];
        return keyword switch
        {
            "$ref" => Check(Follow(schema), node),
            "type" => Expect(Words(value).Any(t => Types(node).Contains(t)), node, $"not of type {string.Join(" or ", Words(value))}"),
            "enum" => Expect(value.EnumerateArray().Any(v => Same(v, node)), node, "not among the values"),
            "const" => Expect(Same(value, node), node, $"not {value}"),
            "anyOf" => Expect(value.EnumerateArray().Any(s => !Check(s, node).Any()), node, "of none of the forms"),
            "oneOf" => Expect(value.EnumerateArray().Count(s => !Check(s, node).Any()) == 1, node, "not of exactly one form"),
            "allOf" => value.EnumerateArray().SelectMany(s => Check(s, node)),
            "not" => Expect(Check(value, node).Any(), node, "of a form that is not allowed"),
            "required" => node is DocumentMap map ? value.EnumerateArray().Where(k => map.Entries.All(e => e.Key.Text != k.GetString())).Select(k => At(node, $"{k} is missing")) : [],
            "properties" => node is DocumentMap map
                ? map.Entries.SelectMany(e => value.TryGetProperty(e.Key.Text, out var s) ? Check(s, e.Value) : [])
                : [],
            "additionalProperties" => node is DocumentMap map ? map.Entries.Where(e => !Names(schema).Contains(e.Key.Text)).SelectMany(e =>
                value.ValueKind == JsonValueKind.False ? [At(e.Key, $"unknown key {e.Key.Text}")] : value.ValueKind == JsonValueKind.True ? [] : Check(value, e.Value)) : [],
            "propertyNames" => node is DocumentMap map ? map.Entries.SelectMany(e => Check(value, e.Key)) : [],
            "minProperties" => node is DocumentMap map ? Expect(map.Entries.Length >= value.GetInt32(), node, "too few keys") : [],
            "items" => node is DocumentList list ? list.Items.SelectMany(i => Check(value, i)) : [],
            "minItems" => node is DocumentList list ? Expect(list.Items.Length >= value.GetInt32(), node, "too few") : [],
            "maxItems" => node is DocumentList list ? Expect(list.Items.Length <= value.GetInt32(), node, "too many") : [],
            "pattern" => IsString(node, out var text) ? Expect(Regex.IsMatch(text, value.GetString()!, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)), node, $"does not match {value}") : [],
            "minLength" => IsString(node, out var text) ? Expect(text.Length >= value.GetInt32(), node, "too short") : [],
            "maxLength" => IsString(node, out var text) ? Expect(text.Length <= value.GetInt32(), node, "too long") : [],
            "minimum" => IsNumber(node, out var number) ? Expect(number >= value.GetDouble(), node, "too small") : [],
            "maximum" => IsNumber(node, out var number) ? Expect(number <= value.GetDouble(), node, "too large") : [],
            _ => throw new AssertionException($"the checker does not know the keyword {keyword}; teach it"),
        };
    }

    private static string[] Types(DocumentNode node) => node switch
    {
        { IsNull: true } => ["null"],
        DocumentMap => ["object"],
        DocumentList => ["array"],
        DocumentText { IsPlain: true, Text: "true" or "false" } => ["boolean"],
        _ when IsNumber(node, out var number) => double.IsInteger(number) ? ["integer", "number"] : ["number"],
        _ => ["string"],
    };

    private static bool IsNumber(DocumentNode node, out double number)
    {
        number = 0;
        return node is DocumentText { IsPlain: true } text && double.TryParse(text.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsString(DocumentNode node, out string text)
    {
        text = node is DocumentText { Text: var value } ? value : "";
        return Types(node)[0] == "string";
    }

    private static bool Same(JsonElement value, DocumentNode node) => node is DocumentText text && (value.ValueKind switch
    {
        JsonValueKind.Null => node.IsNull,
        JsonValueKind.String => value.GetString() == text.Text && Types(node)[0] == "string",
        _ => value.GetRawText() == text.Text && text.IsPlain,
    });

    private static IEnumerable<string> Words(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(v => v.GetString()!) : [value.GetString()!];

    private static IEnumerable<string> Names(JsonElement schema) => schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(p => p.Name) : [];

    private static IEnumerable<string> Expect(bool isRight, DocumentNode node, string wrong) => isRight ? [] : [At(node, wrong)];

    private static string At(DocumentNode node, string wrong) => $"{node.Line}:{node.Column}: {wrong}";
}
