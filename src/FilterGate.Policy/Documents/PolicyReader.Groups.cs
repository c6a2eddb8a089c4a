using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace FilterGate.Policy.Documents;

/// <summary>Who and where: groups and places.</summary>
internal sealed partial class PolicyReader
{
    /// <summary>A large trust has some hundred classes.</summary>
    private const int GroupsMax = 1000;

    private const int PlacesMax = 200;

    /// <summary>Phase, year, class, and one more.</summary>
    private const int GroupDepthMax = 8;

    private static readonly string[] GroupKeys = ["kind", "title", "tier", "within"];
    private static readonly string[] PlaceKeys = ["title", "range", "ranges", "port", "ports", "vlan", "tier", "group"];

    private static readonly (string Word, GroupKind Value)[] GroupKinds =
        [("phase", GroupKind.Phase), ("year", GroupKind.Year), ("class", GroupKind.Class), ("staff", GroupKind.Staff), ("office", GroupKind.Office), ("guest", GroupKind.Guest)];

    private ImmutableArray<GroupDocument> ReadGroups(DocumentNode? node, string[] tierNames)
    {
        var groups = ImmutableArray.CreateBuilder<GroupDocument>();
        if (Mapping(node, "groups", "groups: { ks2: { kind: phase, tier: pupil } }") is not { } map) return [];
        if (map.Entries.Length > GroupsMax)
        {
            Wrong(map, string.Create(CultureInfo.InvariantCulture, $"there are {map.Entries.Length} groups, more than {GroupsMax}"));
            return [];
        }
        var names = map.Entries.Select(e => e.Key.Text).ToArray();
        foreach (var (key, value) in map.Entries)
        {
            if (!GroupName().IsMatch(key.Text)) Wrong(key, $"'{key.Text}' cannot name a group: use lower-case letters, digits and '-', at most 32");
            if (value is not DocumentMap settings)
            {
                Wrong(value, $"the group {key.Text} is a mapping, not {value.Kind}; write {key.Text}: {{ kind: class, within: year-4 }}");
                continue;
            }
            var keys = Known(settings, [.. GroupKeys, .. TierKeys], [], $"group {key.Text}");
            var tier = keys.TryGetValue("tier", out var tierNode) ? ReadTierName(tierNode, tierNames) : null;
            var within = keys.TryGetValue("within", out var withinNode) ? ReadName(withinNode, names, "group") : null;
            if (tierNode is null && withinNode is null) Wrong(key, $"group {key.Text} has no tier; write tier: (tiers: {string.Join(", ", tierNames)}) or within: another group");
            if (!keys.TryGetValue("kind", out var kindNode)) Wrong(key, $"group {key.Text} has no kind; write kind: {string.Join(", ", GroupKinds.Select(k => k.Word))}");
            groups.Add(new GroupDocument(
                key.Text, kindNode is null ? GroupKind.Class : ReadChoice(kindNode, "kind", GroupKinds) ?? GroupKind.Class, ReadTitle(keys), tier, within, ReadTierSettings(key.Text, keys), key.Line));
        }
        RefuseCircles(map, groups);
        return groups.ToImmutable();
    }

    private void RefuseCircles(DocumentMap map, ImmutableArray<GroupDocument>.Builder groups)
    {
        var byName = groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var way = new List<string> { group.Name };
            for (var at = group.Within; at is not null && byName.TryGetValue(at, out var around); at = around.Within)
            {
                if (way.Contains(at) || way.Count >= GroupDepthMax)
                {
                    var key = map.Entries.First(e => e.Key.Text == group.Name).Key;
                    Wrong(key, way.Contains(at) ? $"group {group.Name} lies within itself: {string.Join(" within ", way)} within {at}; take one 'within' away" : $"group {group.Name} lies within more than {GroupDepthMax} others");
                    break;
                }
                way.Add(at);
            }
        }
    }

    private ImmutableArray<PlaceDocument> ReadPlaces(DocumentNode? node, string[] tierNames, string[] groupNames)
    {
        var places = ImmutableArray.CreateBuilder<PlaceDocument>();
        if (Mapping(node, "places", "places: { ict-suite: { range: 10.20.5.0/24 } }") is not { } map) return [];
        if (map.Entries.Length > PlacesMax) Wrong(map, string.Create(CultureInfo.InvariantCulture, $"there are {map.Entries.Length} places, more than {PlacesMax}"));
        var ranges = new List<(IPNetwork Network, string Place, int Line)>();
        var ports = new Dictionary<int, string>();
        foreach (var (key, value) in map.Entries.Take(PlacesMax))
        {
            if (!GroupName().IsMatch(key.Text)) Wrong(key, $"'{key.Text}' cannot name a place: use lower-case letters, digits and '-', at most 32");
            if (value is not DocumentMap settings)
            {
                Wrong(value, $"the place {key.Text} is a mapping, not {value.Kind}; write {key.Text}: {{ range: 10.20.5.0/24 }}");
                continue;
            }
            var keys = Known(settings, PlaceKeys, [], $"place {key.Text}");
            var networks = ImmutableArray.CreateBuilder<IPNetwork>();
            foreach (var item in OneOrMany(keys, "range", "ranges"))
            {
                if (Network(item) is not { } network) continue;
                // The narrowest range wins, so one within another has a meaning; the same one twice has none.
                if (ranges.Find(r => r.Network.Equals(network)) is { Place: { } other } twice) Wrong(item, string.Create(CultureInfo.InvariantCulture, $"{network} is place {other} already (line {twice.Line}); a client is in one place"));
                else
                {
                    ranges.Add((network, key.Text, item.Line));
                    networks.Add(network);
                }
            }
            var ofPlace = ImmutableArray.CreateBuilder<int>();
            foreach (var item in OneOrMany(keys, "port", "ports"))
            {
                if (Number(item, "a port of the gateway", 1, 65535) is not { } port) continue;
                if (!ports.TryAdd(port, key.Text)) Wrong(item, string.Create(CultureInfo.InvariantCulture, $"port {port} is place {ports[port]} already"));
                else ofPlace.Add(port);
            }
            if (!keys.Keys.Any(k => k is "range" or "ranges" or "port" or "ports")) Wrong(key, $"place {key.Text} has neither a range nor a port; write range: 10.20.5.0/24 or port: 8083");
            var vlan = keys.TryGetValue("vlan", out var vlanNode) ? Number(vlanNode, "the number of a VLAN", 1, 4094) : null;
            var tier = keys.TryGetValue("tier", out var tierNode) ? ReadTierName(tierNode, tierNames) : null;
            var group = keys.TryGetValue("group", out var groupNode) ? ReadName(groupNode, groupNames, "group") : null;
            if (tierNode is not null && groupNode is not null) Wrong(groupNode, $"place {key.Text} has a tier and a group; a group has its tier, keep one");
            places.Add(new PlaceDocument(key.Text, ReadTitle(keys), networks.ToImmutable(), ofPlace.ToImmutable(), vlan, tier, group, key.Line));
        }
        return places.ToImmutable();
    }

    /// <summary>A mapping, or null when there is none or it is something else.</summary>
    private DocumentMap? Mapping(DocumentNode? node, string key, string example)
    {
        if (node is DocumentMap map) return map;
        if (node is { IsNull: false }) Wrong(node, $"{key} is a mapping, not {node.Kind}; write {example}");
        return null;
    }

    /// <summary>The items of a key that may be written for one (<c>range: …</c>) and for several (<c>ranges: [ … ]</c>).</summary>
    private IEnumerable<DocumentNode> OneOrMany(Dictionary<string, DocumentNode> keys, string one, string many)
    {
        if (keys.TryGetValue(one, out var single)) yield return single;
        foreach (var item in Items(keys.GetValueOrDefault(many), many)) yield return item;
    }

    private string? ReadTitle(Dictionary<string, DocumentNode> keys) => keys.TryGetValue("title", out var node) ? ReadWords(node, "a name for people", 100) : null;

    /// <summary>Words of a person: one line, bounded.</summary>
    private string? ReadWords(DocumentNode node, string wanted, int lengthMax)
    {
        if (Text(node, wanted) is not { } text) return null;
        if (text.Length <= lengthMax && !text.Any(char.IsControl)) return text;
        Wrong(node, string.Create(CultureInfo.InvariantCulture, $"{wanted} has at most {lengthMax} characters and no line ends"));
        return null;
    }

    private string? ReadName(DocumentNode node, string[] known, string what)
    {
        if (Text(node, $"the name of a {what}") is not { } name) return null;
        if (known.Contains(name)) return name;
        Wrong(node, $"'{name}' is no {what} of this policy{Suggestion(name, known)}{(known.Length is > 0 and <= 20 ? $" (known: {string.Join(", ", known)})" : "")}");
        return null;
    }

    private int? Number(DocumentNode node, string wanted, int min, int max)
    {
        if (Text(node, wanted) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Wrong(node, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not {wanted}: a number from {min} to {max}"));
        return null;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,31}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex GroupName();
}
