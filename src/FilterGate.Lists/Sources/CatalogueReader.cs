using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Matching;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FilterGate.Lists.Sources;

/// <summary>Reads <c>catalogue.yaml</c>; collects every mistake with its line and column.</summary>
/// <remarks>Not the reader of policies: Lists and Policy do not know each other, and this file comes with the program, so its size needs no bound.</remarks>
internal sealed class CatalogueReader(Taxonomy taxonomy)
{
    private static readonly string[] Keys = ["id", "name", "address", "mirrors", "format", "category", "folders", "licence", "purpose", "reason", "default", "cadence", "checksum", "report"];
    private static readonly string[] Required = ["id", "name", "address", "format", "licence", "purpose", "reason", "default"];

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>What is wrong, each as <c>line:column: message</c>.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Reads the document; what has a mistake is left out.</summary>
    public IReadOnlyList<CatalogueSource> Read(string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException wrong)
        {
            Add(wrong.Start, $"this is not YAML: {wrong.Message}");
            return [];
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidOperationException)
        {
            // YamlDotNet's own slips on broken text: some of it leads to a state that it thinks impossible.
            Problems.Add("1:1: this is not YAML");
            return [];
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            Problems.Add("1:1: a mapping with the key 'sources' is wanted");
            return [];
        }
        var sources = new List<CatalogueSource>();
        foreach (var (key, value) in Entries(root, ["sources"]))
        {
            if (value is not YamlSequenceNode list) Add(value.Start, $"{key} must be a list");
            else sources.AddRange(list.Children.Select(ReadSource).OfType<CatalogueSource>());
        }
        return sources;
    }

    private CatalogueSource? ReadSource(YamlNode node)
    {
        if (node is not YamlMappingNode map)
        {
            Add(node.Start, "a source is a mapping of keys to values");
            return null;
        }
        var before = Problems.Count;
        var values = Entries(map, Keys).ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
        foreach (var missing in Required.Where(k => !values.ContainsKey(k))) Add(map.Start, $"the key '{missing}' is missing");
        if (Problems.Count > before) return null;

        var id = Text(values["id"]);
        if (!CatalogueSource.IsId(id)) Add(values["id"].Start, $"'{id}' is no id: lower-case letters, digits and hyphens, a letter first, 40 at most");
        else if (!_ids.Add(id)) Add(values["id"].Start, $"there is a source {id} already");
        if (!CatalogueSource.TryParseFormat(Text(values["format"]), out var layout, out var format))
            Add(values["format"].Start, $"'{Text(values["format"])}' is no format (known: {string.Join(", ", CatalogueSource.FormatNames)})");
        var source = new CatalogueSource
        {
            Id = id,
            Name = Text(values["name"]),
            Addresses = [.. Addresses(values["address"]), .. values.TryGetValue("mirrors", out var mirrors) ? Addresses(mirrors) : []],
            Layout = layout,
            Format = format,
            Category = Category(map, layout, values.GetValueOrDefault("category")),
            Folders = Folders(layout, values.GetValueOrDefault("folders")),
            Licence = Text(values["licence"]),
            Purpose = Text(values["purpose"]),
            Reason = Text(values["reason"]),
            IsOnByDefault = OneOf(values["default"], "on", "off") == "on",
            Cadence = values.TryGetValue("cadence", out var cadence) ? OneOf(cadence, "daily", "weekly") == "weekly" ? TimeSpan.FromDays(7) : TimeSpan.FromDays(1) : TimeSpan.FromDays(1),
            Checksum = values.TryGetValue("checksum", out var checksum) ? Checksum(checksum) : null,
            Report = values.TryGetValue("report", out var report) ? Addresses(report).FirstOrDefault() : null,
        };
        if (Problems.Count == before && source.TransportProblem() is { } problem) Add(values["address"].Start, problem);
        return Problems.Count == before ? source : null;
    }

    private string? Category(YamlNode source, SourceLayout layout, YamlNode? node)
    {
        if (layout != SourceLayout.List)
        {
            if (node is not null) Add(node.Start, "only a source that is one list has a category of its own");
            return null;
        }
        if (node is null)
        {
            Add(source.Start, "the key 'category' is missing");
            return null;
        }
        return Slug(node);
    }

    private ImmutableDictionary<string, string> Folders(SourceLayout layout, YamlNode? node)
    {
        if (node is null) return ImmutableDictionary<string, string>.Empty;
        if (layout == SourceLayout.Ut1 && node is YamlMappingNode map) return map.Children.ToImmutableDictionary(e => Text(e.Key), e => Slug(e.Value) ?? "", StringComparer.Ordinal);
        Add(node.Start, "folders is a mapping of folders to categories, of a source in the format ut1");
        return ImmutableDictionary<string, string>.Empty;
    }

    private string? Slug(YamlNode node)
    {
        var slug = Text(node);
        if (taxonomy.Find(slug) is not { } category) Add(node.Start, $"'{slug}' is no category of the taxonomy");
        else if (taxonomy.Locked.Contains(category.Index)) Add(node.Start, $"{slug} is a locked category: its lists come from their publishers' feeds and from nowhere else");
        return slug;
    }

    private SourceChecksum? Checksum(YamlNode node)
    {
        if (node is not YamlMappingNode map)
        {
            Add(node.Start, "a checksum is a mapping: md5 or sha256, to an address or a digest");
            return null;
        }
        SourceChecksum? checksum = null;
        foreach (var (key, value) in Entries(map, ["md5", "sha256"]))
        {
            var algorithm = key == "md5" ? ChecksumAlgorithm.Md5 : ChecksumAlgorithm.Sha256;
            var text = Text(value);
            if (text.Contains("://", StringComparison.Ordinal)) checksum = new SourceChecksum(algorithm, Addresses(value).FirstOrDefault(), Digest: null);
            else if (SourceChecks.IsDigest(text, algorithm)) checksum = new SourceChecksum(algorithm, Address: null, text.ToLowerInvariant());
            else Add(value.Start, $"'{text}' is neither an address nor a digest of {key}");
        }
        return checksum;
    }

    private IEnumerable<Uri> Addresses(YamlNode node)
    {
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (CatalogueSource.TryParseAddress(Text(item), out var address, out var why)) yield return address;
            else Add(item.Start, why);
        }
    }

    private string OneOf(YamlNode node, params string[] choices)
    {
        var text = Text(node);
        if (!choices.Contains(text, StringComparer.Ordinal)) Add(node.Start, $"'{text}' is none of {string.Join(", ", choices)}");
        return text;
    }

    private IEnumerable<(string Key, YamlNode Value)> Entries(YamlMappingNode map, string[] known)
    {
        foreach (var (key, value) in map.Children)
        {
            var text = Text(key);
            if (known.Contains(text, StringComparer.Ordinal)) yield return (text, value);
            else Add(key.Start, $"'{text}' is no key here (known: {string.Join(", ", known)})");
        }
    }

    private string Text(YamlNode node)
    {
        if (node is YamlScalarNode { Value: { Length: > 0 } text }) return text;
        Add(node.Start, "a text is wanted here");
        return "";
    }

    private void Add(in Mark at, string message) =>
        Problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, at.Line)}:{Math.Max(1, at.Column)}: {message}"));
}
