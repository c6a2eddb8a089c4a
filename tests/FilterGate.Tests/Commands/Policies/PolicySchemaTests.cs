using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.Lists;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Tests.Architecture;

namespace FilterGate.Tests.Commands.Policies;

/// <summary>The schema for editors and the reader of policies know the same keys, whoever adds one.</summary>
public sealed partial class PolicySchemaTests
{
    private const string UnknownKey = "no_such_key";

    private static readonly JsonElement Schema = JsonElement.Parse(SeedPolicies.ReadSchema());
    private static readonly SchemaChecker Checker = new(Schema);

    /// <summary>Every object of the schema whose keys are listed: where it is, with a document that has an unknown key there.</summary>
    private static IEnumerable<TestCaseData> Objects() =>
        Below(Schema, "policy", inner => inner, [], []).Select(o => new TestCaseData(o.Yaml, o.Keys).SetArgDisplayNames(o.Place));

    [TestCaseSource(nameof(Objects))]
    public void Keys_OfSchemaAndReader_AreTheSame(string yaml, string[] keys)
    {
        PolicyDocument.Parse(yaml, ListLoader.ShippedTaxonomy, out var problems, BundleFile.Shipped);
        var unknown = problems.Where(p => p.Message.StartsWith($"'{UnknownKey}'", StringComparison.Ordinal)).ToList();
        Assert.That(unknown, Is.Not.Empty, $"the reader says nothing of an unknown key in {yaml}\n{string.Join('\n', problems)}");
        Assert.That(KnownKeys().Match(unknown[0].Message).Groups["keys"].Value.Split(", "), Is.EquivalentTo(keys), "the reader's keys, and those of docs/policy.schema.json");
    }

    [Test]
    public void Objects_OfTheSchema_AreFound() => Assert.That(Objects().Count(), Is.GreaterThanOrEqualTo(3), "else the test above looks at nothing");

    [Test]
    public void Categories_OfTheSchema_AreThoseThatADocumentMayName() =>
        Assert.That(Values("category"), Is.EqualTo(ListLoader.ShippedTaxonomy.Categories.Where(c => c.Pupil != Matching.CategoryDefault.Locked && c.Slug != CategoryRules.Uncategorised).Select(c => c.Slug)));

    [Test]
    public void Bundles_OfTheSchema_AreTheShippedOnes() => Assert.That(Values("bundle"), Is.EquivalentTo(BundleFile.Shipped.All.Select(b => b.Name)));

    private static IEnumerable<string> Examples() =>
        Directory.EnumerateFiles(Repository.Root, "policy*.yaml", SearchOption.AllDirectories)
            .Select(p => Path.GetRelativePath(Repository.Root, p)).Where(p => !p.Contains("bin/", StringComparison.Ordinal) && !p.Contains("obj/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Examples))]
    public void Check_PolicyOfTheSourceTree_IsInOrder(string path)
    {
        var yaml = File.ReadAllText(Path.Combine(Repository.Root, path));
        Assert.That(Checker.Check(yaml), Is.Empty);
        Assert.That(PolicyDocument.Parse(yaml, ListLoader.ShippedTaxonomy, out var problems, BundleFile.Shipped), Is.Not.Null, string.Join('\n', problems));
    }

    // What both refuse: a schema that lets everything through would pass the tests above.
    [TestCase("tiers: { pupil: }", "1:1: school is missing")]
    [TestCase("school: S", "1:1: tiers is missing")]
    [TestCase("school: S\ntiers: {}", "2:8: too few keys")]
    [TestCase("school: S\ntiers: { pupil: }\nnetwork: [10.0.0.0/8]", "3:1: unknown key network")]
    [TestCase("school: S\ntiers: { Pupil: }", "2:10: does not match ^[a-z][a-z0-9-]{0,31}$")]
    [TestCase("school: S\ntiers: { pupil: { tls: tunel } }", "2:24: not among the values")]
    [TestCase("school: S\ntiers: { pupil: { newly_seen_days: 400 } }", "2:36: too large")]
    [TestCase("school: S\ntiers: { pupil: { block: games } }", "2:26: not of type array or null")]
    [TestCase("school: S\ntiers: { pupil: }\nclients: [{ range: 10.0.0.0/8, address: 10.0.0.1, tier: pupil }]", "3:11: not of exactly one form")]
    [TestCase("school: S\ntiers: { pupil: }\nnever_intercept: [a.example/path]", "3:19: of none of the forms")]
    [TestCase("school: S\ntiers: { pupil: }\nnever_record: [a.example/path]", "3:16: of none of the forms")]
    public void Check_Mistake_IsFoundByBoth(string yaml, string expected)
    {
        Assert.That(Checker.Check(yaml), Does.Contain(expected));
        Assert.That(PolicyDocument.Parse(yaml, ListLoader.ShippedTaxonomy, out _, BundleFile.Shipped), Is.Null);
    }

    /// <summary>Walks the schema and builds a document around each object: JSON is YAML too.</summary>
    private static IEnumerable<(string Place, string Yaml, string[] Keys)> Below(JsonElement schema, string place, Func<string, string> around, HashSet<string> seen, string[] path)
    {
        schema = Checker.Follow(schema);
        if (path.Length > 12 || !seen.Add(place)) yield break;
        foreach (var form in Forms(schema))
        {
            if (form.TryGetProperty("properties", out var properties))
            {
                yield return (place, WithTiers(around($"{{ {UnknownKey}: 1 }}")), [.. properties.EnumerateObject().Select(p => p.Name)]);
                foreach (var property in properties.EnumerateObject())
                    foreach (var found in Below(property.Value, $"{place}.{property.Name}", inner => around($"{{ {property.Name}: {inner} }}"), seen, [.. path, property.Name])) yield return found;
            }
            if (form.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.Object)
            {
                var name = form.TryGetProperty("propertyNames", out var names) && names.TryGetProperty("examples", out var examples) ? examples[0].GetString()! : "pupil";
                foreach (var found in Below(additional, $"{place}.NAME", inner => around($"{{ {name}: {inner} }}"), seen, [.. path, name])) yield return found;
            }
            if (form.TryGetProperty("items", out var items))
                foreach (var found in Below(items, $"{place}[]", inner => around($"[{inner}]"), seen, [.. path, "[]"])) yield return found;
        }
    }

    private static IEnumerable<JsonElement> Forms(JsonElement schema)
    {
        yield return schema;
        foreach (var keyword in (string[])["anyOf", "oneOf", "allOf"])
            if (schema.TryGetProperty(keyword, out var forms))
                foreach (var form in forms.EnumerateArray())
                    foreach (var deeper in Forms(Checker.Follow(form))) yield return deeper;
    }

    /// <summary>A document has tiers, or the reader stops before it reads on.</summary>
    private static string WithTiers(string yaml) => yaml.StartsWith("{ tiers:", StringComparison.Ordinal) ? yaml : $"{{ tiers: {{ pupil: {{}} }}, {yaml[1..]}";

    private static IEnumerable<string> Values(string definition)
    {
        var schema = Schema.GetProperty("$defs").GetProperty(definition);
        if (schema.TryGetProperty("anyOf", out var forms)) schema = forms[0];
        return schema.GetProperty("enum").EnumerateArray().Select(v => v.GetString()!);
    }

    [GeneratedRegex(@"\(known: (?<keys>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnownKeys();
}
