using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Matching;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FilterGate.Lists;

/// <summary>Reads <c>blocklists/bundles/NAME.yaml</c>: which hosts a service needs, each with its reason and where that is known from.</summary>
/// <remarks>Strict: a key that is missing, unknown or written twice, an entry that is no host, and a bundle that would open a whole top-level domain are mistakes, with file and line. Static and without state.</remarks>
public static class BundleFile
{
    private static readonly string[] Keys = ["name", "title", "purpose", "address", "checked", "notes", "hosts"];
    private static readonly string[] HostKeys = ["host", "reason", "source", "never_intercept"];

    private static readonly Lazy<BundleCatalogue> Read = new(ReadShipped);

    /// <summary>The bundles built into the program; read once.</summary>
    public static BundleCatalogue Shipped => Read.Value;

    /// <summary>Reads one bundle.</summary>
    /// <param name="file">The file's name, for messages: <c>zoom.yaml</c>. The bundle in it has the name before the dot.</param>
    /// <param name="yaml">Its text.</param>
    /// <exception cref="ListLoadException">It is not in this form: file, line and what to write.</exception>
    internal static Bundle Parse(string file, string yaml)
    {
        var map = Map(file, Root(file, yaml), Keys);
        var name = Text(file, map, "name");
        if (name != Path.GetFileNameWithoutExtension(file)) throw Wrong(file, map["name"], $"the name is {name}, but the file is called {file}; call them alike");
        if (!name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')) throw Wrong(file, map["name"], "a name has lower-case letters, digits and '-'");
        if (!DateOnly.TryParseExact(Text(file, map, "checked"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            throw Wrong(file, map["checked"], "checked is a day; write it as 2026-11-23");
        var hosts = List(file, map, "hosts");
        if (hosts.Count == 0) throw Wrong(file, map["hosts"], "a bundle without hosts opens nothing; name at least one");
        return new Bundle
        {
            Name = name,
            Title = Text(file, map, "title"),
            Purpose = Text(file, map, "purpose"),
            Address = Text(file, map, "address"),
            Checked = day,
            Notes = map.ContainsKey("notes") ? [.. List(file, map, "notes").Select(n => Scalar(file, n, "a note"))] : [],
            Entries = ReadHosts(file, name, hosts),
        };
    }

    private static ImmutableArray<BundleEntry> ReadHosts(string file, string name, IList<YamlNode> hosts)
    {
        // Only whether an entry can be read is asked of these; the policy lays them out.
        var trial = new ListMatcher.Builder();
        var category = ListLoader.ShippedTaxonomy.Categories[0];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var entries = ImmutableArray.CreateBuilder<BundleEntry>(hosts.Count);
        foreach (var node in hosts)
        {
            var map = Map(file, node, HostKeys);
            var host = Text(file, map, "host");
            var place = map["host"];
            if (host.Contains('/', StringComparison.Ordinal)) throw Wrong(file, place, $"'{host}' has a path; a bundle opens hosts, because a tunnel shows no path");
            if (!host.Contains('.', StringComparison.Ordinal) || host.AsSpan(host.StartsWith("*.", StringComparison.Ordinal) ? 2 : 0).IndexOf('.') < 0)
                throw Wrong(file, place, $"'{host}' is a whole top-level domain; name the service's hosts");
            var line = (int)place.Start.Line;
            if (!trial.TryAdd(name, category, host, line, out var why)) throw Wrong(file, place, $"'{host}' cannot be used: {why}");
            if (!seen.Add(host)) throw Wrong(file, place, $"'{host}' is written twice");
            entries.Add(new BundleEntry(host, line, Text(file, map, "reason"), Text(file, map, "source"), IsTrue(file, map, "never_intercept"), $"bundle {name}: {host}"));
        }
        return entries.ToImmutable();
    }

    private static BundleCatalogue ReadShipped() => new(ShippedLists.PathsUnder("bundles/").Select(path =>
    {
        using var reader = new StreamReader(ShippedLists.Open(path));
        return Parse(path["bundles/".Length..], reader.ReadToEnd());
    }));

    private static YamlNode Root(string file, string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count == 1) return stream.Documents[0].RootNode;
            throw new ListLoadException($"bundles/{file}: there must be one document in it, not {stream.Documents.Count}.");
        }
        catch (YamlException wrong)
        {
            throw new ListLoadException($"bundles/{file}, line {wrong.Start.Line}: this is not YAML: {wrong.Message}", wrong);
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidOperationException)
        {
            // YamlDotNet's own slips on broken text: some of it leads to a state that it thinks impossible.
            throw new ListLoadException($"bundles/{file}: this is not YAML.", wrong);
        }
    }

    private static Dictionary<string, YamlNode> Map(string file, YamlNode node, string[] known)
    {
        if (node is not YamlMappingNode map) throw Wrong(file, node, $"a mapping with {string.Join(", ", known)} is wanted here");
        var entries = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Children)
        {
            var text = Scalar(file, key, "a key");
            if (!known.Contains(text, StringComparer.Ordinal)) throw Wrong(file, key, $"'{text}' is no key here (known: {string.Join(", ", known)})");
            entries.Add(text, value);
        }
        return entries;
    }

    private static string Text(string file, Dictionary<string, YamlNode> map, string key) =>
        map.TryGetValue(key, out var node) ? Scalar(file, node, key)
        : throw new ListLoadException($"bundles/{file}, line {(map.Count > 0 ? map.Values.First().Start.Line : 1)}: {key} is missing.");

    private static IList<YamlNode> List(string file, Dictionary<string, YamlNode> map, string key) =>
        map.TryGetValue(key, out var node)
            ? node is YamlSequenceNode list ? list.Children : throw Wrong(file, node, $"{key} is a list")
            : throw new ListLoadException($"bundles/{file}: {key} is missing.");

    private static bool IsTrue(string file, Dictionary<string, YamlNode> map, string key) => map.TryGetValue(key, out var node) && Scalar(file, node, key) switch
    {
        "true" => true,
        "false" => false,
        var other => throw Wrong(file, node, $"{key} is true or false, not {other}"),
    };

    private static string Scalar(string file, YamlNode node, string what) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(file, node, $"{what} is a text");

    private static ListLoadException Wrong(string file, YamlNode node, string message) => new($"bundles/{file}, line {node.Start.Line}: {message}.");
}
