using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>Makes a <see cref="PolicyDocument"/> of YAML. Every mistake goes to <see cref="Problems"/> and the reading goes on, so that a person mends a document in one go.</summary>
/// <remarks>Used for one document; not safe from several threads.</remarks>
internal sealed partial class PolicyReader(Taxonomy taxonomy, BundleCatalogue bundles)
{
    private const int SchoolLengthMax = 200;

    /// <summary>So many mistakes get a suggestion. Finding the nearest of a hundred categories takes microseconds; a hostile document of a megabyte holds a quarter of a million words.</summary>
    private const int SuggestionsMax = 100;

    // A line for each subject: its reader is in the file of its name.
    internal static readonly string[] RootKeys =
    [
        "school", "networks", "unknown_clients", "tiers", "clients", "never_intercept", "never_record", "private_destinations",
        "groups", "places", "rules", "approved_uses",
        "approvals",
        "timetable",
        "retention",
        "tls_programs",
        "certificate_exceptions",
    ];

    private static readonly string[] TierKeys =
    [
        "block", "allow", "warn", "log", "own_block", "own_allow", "bundles", "tls", "other_protocols", "uncategorised", "newly_seen", "newly_seen_days", "addresses", "embedded_urls",
        "approved_only", "why",
        "record",
        "quota", "continue", "lists",
        .. SearchKeys,
    ];

    private static readonly string[] ClientKeys = ["range", "address", "tier", "group", "device"];

    private const int WhyLengthMax = 500;

    /// <summary>Reasons of the tier that is being read, by category or entry.</summary>
    private ImmutableDictionary<string, string>.Builder _rationale = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

    /// <summary>Mistakes and warnings so far.</summary>
    public List<PolicyProblem> Problems { get; } = [];

    /// <summary>Reads the document; when <see cref="Problems"/> has a mistake the result must not be used.</summary>
    public PolicyDocument? Read(string yaml)
    {
        if (DocumentSource.Read(yaml, Problems) is not { } root) return null;
        if (root is not DocumentMap map)
        {
            Wrong(root, $"a policy is a mapping that begins with 'school:', not {root.Kind}");
            return null;
        }
        var keys = Known(map, RootKeys, [], "a policy");

        var tiers = ReadTiers(map, keys.GetValueOrDefault("tiers"));
        var tierNames = tiers.Select(t => t.Name).ToArray();
        var groups = ReadGroups(keys.GetValueOrDefault("groups"), tierNames);
        var groupNames = groups.Select(g => g.Name).ToArray();
        var networks = ReadNetworks(keys.GetValueOrDefault("networks"));
        if (networks.IsEmpty) Warn(keys.GetValueOrDefault("networks") ?? map, "no networks are named: only this machine itself is served; write networks: [10.20.0.0/16]");

        var places = ReadPlaces(keys.GetValueOrDefault("places"), tierNames, groupNames);
        var timetable = ReadTimetable(keys.GetValueOrDefault("timetable"));
        string[] whoNames = [.. groupNames, .. tierNames];

        return new PolicyDocument
        {
            School = ReadSchool(map, keys.GetValueOrDefault("school")),
            Networks = networks,
            UnknownClients = keys.GetValueOrDefault("unknown_clients") is { } unknown ? ReadTierName(unknown, tierNames) : null,
            Tiers = tiers,
            Groups = groups,
            Places = places,
            Rules = ReadRules(keys.GetValueOrDefault("rules"), whoNames, new WhoIsMeant(tierNames, groups), [.. places.Select(p => p.Name)], timetable, [.. tiers.Concat(groups.Select(g => g.Settings)).SelectMany(t => t.Quota).Select(q => q.Category)]),
            ApprovedUses = ReadApprovedUses(keys.GetValueOrDefault("approved_uses"), whoNames, tierNames),
            KnownBundles = bundles,
            Clients = ReadClients(keys.GetValueOrDefault("clients"), tierNames, groupNames, networks),
            NeverIntercept = ReadOwn(keys.GetValueOrDefault("never_intercept"), OwnLists.NeverIntercept, hostsOnly: true),
            NeverRecord = ReadNeverRecord(keys.GetValueOrDefault("never_record")),
            PrivateDestinations = ReadPrivateDestinations(keys.GetValueOrDefault("private_destinations")),
            Approvals = ReadApprovals(keys.GetValueOrDefault("approvals"), groupNames),
            Timetable = timetable,
            Retention = ReadRetention(keys.GetValueOrDefault("retention")),
            TlsPrograms = ReadTlsPrograms(keys.GetValueOrDefault("tls_programs")),
            CertificateExceptions = ReadCertificateExceptions(keys.GetValueOrDefault("certificate_exceptions")),
            Text = yaml,
            Version = PolicyDocument.VersionOf(yaml),
        };
    }

    private string ReadSchool(DocumentMap map, DocumentNode? node)
    {
        if (node is null) Wrong(map, "the school's name is missing; write school: Sample Primary");
        else if (Text(node, "the school's name") is { } name)
        {
            if (name.Length <= SchoolLengthMax && !name.Any(char.IsControl)) return name;
            Wrong(node, $"the school's name is longer than {SchoolLengthMax} characters or has control characters");
        }
        return "";
    }

    private ImmutableArray<IPNetwork> ReadNetworks(DocumentNode? node)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var item in Items(node, "networks"))
        {
            if (Network(item) is not { } network) continue;
            // 10.0.0.0/8 and fc00::/7 are the widest private ranges; anything wider is most of the internet, and the gateway an open proxy.
            if (network.PrefixLength < (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 8 : 7))
                Wrong(item, $"{network} is most of the internet: the gateway would serve anybody; name the school's own ranges");
            else networks.Add(network);
        }
        return networks.ToImmutable();
    }

    private ImmutableArray<TierDocument> ReadTiers(DocumentMap root, DocumentNode? node)
    {
        if (node is null or DocumentMap { Entries.IsEmpty: true } || node.IsNull)
        {
            Wrong(node ?? root, "there are no tiers; write at least tiers: { pupil: {} }");
            return [];
        }
        if (node is not DocumentMap map)
        {
            Wrong(node, $"tiers is a mapping of names to settings, not {node.Kind}; write tiers: {{ pupil: {{}} }}");
            return [];
        }
        var tiers = ImmutableArray.CreateBuilder<TierDocument>();
        foreach (var (key, value) in map.Entries)
        {
            if (!TierName().IsMatch(key.Text))
                Wrong(key, $"'{key.Text}' cannot name a tier: use lower-case letters, digits and '-', beginning with a letter, at most 32");
            tiers.Add(ReadTier(key.Text, value));
        }
        return tiers.ToImmutable();
    }

    private TierDocument ReadTier(string name, DocumentNode node)
    {
        var tier = new TierDocument { Name = name };
        if (node.IsNull) return tier;
        if (node is not DocumentMap map)
        {
            Wrong(node, $"the settings of tier {name} are a mapping, not {node.Kind}; write {name}: {{}} for every default");
            return tier;
        }
        return ReadTierSettings(name, Known(map, TierKeys, [], $"tier {name}"));
    }

    /// <summary>The settings of a tier, or those that a group lays over its tier's.</summary>
    private TierDocument ReadTierSettings(string name, Dictionary<string, DocumentNode> keys)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        _rationale = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var tier = new TierDocument
        {
            Name = name,
            Block = ReadCategories(keys.GetValueOrDefault("block"), "block", name, named),
            Allow = ReadCategories(keys.GetValueOrDefault("allow"), "allow", name, named),
            Warn = ReadCategories(keys.GetValueOrDefault("warn"), "warn", name, named),
            Log = ReadCategories(keys.GetValueOrDefault("log"), "log", name, named),
            Quota = ReadQuota(keys.GetValueOrDefault("quota"), name, named),
            Lists = ReadLists(keys.GetValueOrDefault("lists")),
            ContinueMinutes = ReadContinue(keys.GetValueOrDefault("continue")),
            OwnBlock = ReadOwn(keys.GetValueOrDefault("own_block"), OwnLists.Block),
            OwnAllow = ReadOwn(keys.GetValueOrDefault("own_allow"), OwnLists.Allow),
            Bundles = ReadBundles(keys.GetValueOrDefault("bundles"), name),
            Tls = ReadChoice(keys.GetValueOrDefault("tls"), "tls", TlsModes),
            OtherProtocols = ReadChoice(keys.GetValueOrDefault("other_protocols"), "other_protocols", PassWords),
            Uncategorised = ReadChoice(keys.GetValueOrDefault("uncategorised"), "uncategorised", UncategorisedWords),
            NewlySeen = ReadChoice(keys.GetValueOrDefault("newly_seen"), "newly_seen", UncategorisedWords),
            NewlySeenDays = ReadDays(keys.GetValueOrDefault("newly_seen_days")),
            Addresses = ReadChoice(keys.GetValueOrDefault("addresses"), "addresses", UncategorisedWords),
            EmbeddedUrls = ReadChoice(keys.GetValueOrDefault("embedded_urls"), "embedded_urls", EmbeddedWords),
            IsApprovedOnly = ReadChoice(keys.GetValueOrDefault("approved_only"), "approved_only", YesOrNo),
            Record = ReadRecord(keys.GetValueOrDefault("record")),
            Why = keys.TryGetValue("why", out var why) ? ReadWords(why, "the reason", WhyLengthMax) : null,
            Search = ReadSearch(keys, $"tier {name}"),
        };
        tier = tier with { Rationale = _rationale.ToImmutable() };
        WarnOfOwnEntriesInBoth(tier);
        WarnOfSearch(tier, keys);
        if (tier.NewlySeen < tier.Uncategorised) Warn(keys["newly_seen"], "newly_seen is looser than uncategorised and changes nothing: the stricter of the two holds");
        if (tier is { NewlySeen: null, NewlySeenDays: not null }) Warn(keys["newly_seen_days"], "newly_seen_days does nothing without newly_seen; write newly_seen: block");
        return tier;
    }

    private static readonly (string Word, TlsMode Value)[] TlsModes = [("intercept", TlsMode.Intercept), ("tunnel", TlsMode.Tunnel)];

    private static readonly (string Word, bool Value)[] PassWords = [("block", false), ("allow", true)];

    private static readonly (string Word, bool Value)[] YesOrNo = [("true", true), ("false", false)];

    private static readonly (string Word, EmbeddedRule Value)[] EmbeddedWords = [("block", EmbeddedRule.Block), ("ignore", EmbeddedRule.Ignore)];

    private static readonly (string Word, Verdict Value)[] UncategorisedWords = [("allow", Verdict.Allow), ("log", Verdict.LogOnly), ("warn", Verdict.Warn), ("block", Verdict.Block)];

    private int? ReadDays(DocumentNode? node)
    {
        if (node is null || Text(node, "a number of days") is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= Tier.NewlySeenDaysMax) return days;
        Wrong(node, $"'{text}' is no number of days from 1 to {Tier.NewlySeenDaysMax}");
        return null;
    }

    private T? ReadChoice<T>(DocumentNode? node, string key, (string Word, T Value)[] choices) where T : struct
    {
        if (node is null || Text(node, $"a word for {key}") is not { } text) return null;
        foreach (var (word, value) in choices)
            if (word == text) return value;
        var words = choices.Select(c => c.Word);
        Wrong(node, $"'{text}' is no value of {key}{Suggestion(text, words)} (known: {string.Join(", ", words)})");
        return null;
    }

    /// <summary>A word, or a word with the reason for it: <c>games</c> or <c>{ category: games, why: … }</c>.</summary>
    private string? WithReason(DocumentNode node, string key, string wanted)
    {
        if (node is not DocumentMap map) return Text(node, wanted);
        var keys = Known(map, [key, "why"], [], $"an entry with its reason ({key}, why)");
        if (!keys.TryGetValue(key, out var word))
        {
            Wrong(node, $"'{key}' is missing; write {{ {key}: …, why: … }}");
            return null;
        }
        var text = Text(word, wanted);
        if (text is not null && keys.TryGetValue("why", out var why) && ReadWords(why, "the reason", WhyLengthMax) is { } reason) _rationale[text] = reason;
        return text;
    }

    /// <summary>Reads the categories of one key of a tier. <paramref name="named"/> has the key that each category of this tier stands under.</summary>
    private ImmutableArray<string> ReadCategories(DocumentNode? node, string key, string tier, Dictionary<string, string> named)
    {
        var slugs = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(node, key))
        {
            if (WithReason(item, "category", "the slug of a category") is not { } slug) continue;
            if (taxonomy.Find(slug) is not { } category)
                Wrong(item, $"'{slug}' is no category{Suggestion(slug, taxonomy.Categories.Select(c => c.Slug))}");
            else if (WhyNot(category, key) is { } why)
                Problems.Add(new PolicyProblem(item.Line, item.Column, why) { IsRefused = category.Pupil == CategoryDefault.Locked });
            else if (!named.TryAdd(slug, key))
            {
                if (named[slug] == key) Warn(item, $"'{slug}' is written twice under {key} of tier {tier}");
                else Wrong(item, $"'{slug}' stands under {named[slug]} and under {key} of tier {tier}; keep one");
            }
            else slugs.Add(slug);
        }
        return slugs.ToImmutable();
    }

    private static string Locked(string list) => $"'{list}' is a locked list: it is in force for everybody, always, and no document names it; remove it";

    /// <summary>Why no school may put this category under this key; null when it may.</summary>
    private static string? WhyNot(Category category, string key)
    {
        var slug = category.Slug;
        if (category.Pupil == CategoryDefault.Locked)
            return Locked(slug);
        if (slug == CategoryRules.Uncategorised)
            return $"sites in no list have their own key; write uncategorised: {key}";
        if (key != "block" && CategoryRules.NoBypass.Contains(slug))
            return $"nothing bypasses '{slug}': it is blocked in every tier; remove it";
        if (key is "block" or "warn" or "quota" && slug == CategoryRules.HelpAndSupport)
            return $"'{slug}' is where a child looks for help: it can be neither blocked nor warned{(key == "quota" ? ", and has no minutes" : "")}; remove it";
        if (key is "log" or "quota" && CategoryRules.NeverLogged.Contains(slug))
            return $"'{slug}' is never recorded; remove it";
        return null;
    }

    private ImmutableArray<OwnEntry> ReadOwn(DocumentNode? node, OwnLists.OwnList list, bool hostsOnly = false)
    {
        var entries = ImmutableArray.CreateBuilder<OwnEntry>();
        var trial = new ListMatcher.Builder();
        foreach (var item in Items(node, list.Name))
        {
            if (WithReason(item, "site", "an entry such as example.com or example.com/path") is not { } text) continue;
            // Before TLS is read only the host is known: an entry with a path could never match.
            if (hostsOnly && text.Contains('/', StringComparison.Ordinal)) Wrong(item, $"'{text}' has a path, but {list.Name} knows only hosts; name the host");
            else if (trial.TryAdd(list.Name, list.Category, text, item.Line, out var error)) entries.Add(new OwnEntry(text, item.Line));
            else Wrong(item, $"'{text}' cannot be used in {list.Name}: {error}");
        }
        return entries.ToImmutable();
    }

    private ImmutableArray<Bundle> ReadBundles(DocumentNode? node, string tier)
    {
        var named = ImmutableArray.CreateBuilder<Bundle>();
        foreach (var item in Items(node, "bundles"))
        {
            if (Text(item, "the name of a bundle") is not { } name) continue;
            var known = bundles.All.Select(b => b.Name);
            if (bundles.Find(name) is not { } bundle) Wrong(item, $"'{name}' is no bundle{Suggestion(name, known)} (known: {string.Join(", ", known)})");
            else if (named.Contains(bundle)) Warn(item, $"'{name}' is written twice under bundles of tier {tier}");
            else named.Add(bundle);
        }
        return named.ToImmutable();
    }

    private void WarnOfOwnEntriesInBoth(TierDocument tier)
    {
        if (tier.OwnBlock.IsEmpty || tier.OwnAllow.IsEmpty) return;
        var blocked = tier.OwnBlock.Select(e => e.Text).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in tier.OwnAllow.Where(e => blocked.Contains(e.Text)))
            Problems.Add(new PolicyProblem(entry.Line, 1, $"'{entry.Text}' is in own_block of tier {tier.Name} too, and a block wins a tie", IsWarning: true));
    }

    private ImmutableArray<ClientEntry> ReadClients(DocumentNode? node, string[] tierNames, string[] groupNames, ImmutableArray<IPNetwork> networks)
    {
        var clients = ImmutableArray.CreateBuilder<ClientEntry>();
        var seen = new Dictionary<IPNetwork, int>();
        foreach (var item in Items(node, "clients"))
        {
            if (item is not DocumentMap map)
            {
                Wrong(item, $"a client is written as {{ range: 10.20.0.0/16, tier: pupil }}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, ClientKeys, [], "a client");
            var (range, address) = (keys.GetValueOrDefault("range"), keys.GetValueOrDefault("address"));
            if (range is null == address is null)
                Wrong(item, "a client has either a range or an address; write { range: 10.20.0.0/16, tier: pupil } or { address: 10.20.1.7, device: ipad-14, tier: pupil }");
            var (tierNode, groupNode) = (keys.GetValueOrDefault("tier"), keys.GetValueOrDefault("group"));
            if (tierNode is null && groupNode is null) Wrong(item, $"the client's tier is missing (tiers: {string.Join(", ", tierNames)})");
            if (tierNode is not null && groupNode is not null) Wrong(groupNode, "a client has a tier or a group; a group has its tier, keep one");
            var tier = tierNode is null ? null : ReadTierName(tierNode, tierNames);
            var group = groupNode is null ? null : ReadName(groupNode, groupNames, "group");
            var device = keys.TryGetValue("device", out var deviceNode) ? Text(deviceNode, "the device's name") : null;
            if (device is not null && address is null) Wrong(deviceNode!, "a device is one address; write address instead of range");
            var place = range ?? address;
            var network = range is not null ? Network(range) : address is not null && Address(address) is { } ip ? Single(ip) : null;
            if (network is not { } known || place is null) continue;
            if (!seen.TryAdd(known, place.Line))
                Wrong(place, string.Create(CultureInfo.InvariantCulture, $"{Show(known)} is named twice; it stands on line {seen[known]} already"));
            if (!networks.IsEmpty && !IPAddress.IsLoopback(known.BaseAddress) && !networks.Any(n => n.Contains(known.BaseAddress) && n.PrefixLength <= known.PrefixLength))
                Warn(place, $"{Show(known)} lies outside networks, wholly or in part, and clients there are refused");
            if (tier is not null || group is not null) clients.Add(new ClientEntry(known, tier, device, group));
        }
        return clients.ToImmutable();
    }

    private string? ReadTierName(DocumentNode node, string[] tierNames)
    {
        if (Text(node, "the name of a tier") is not { } name) return null;
        if (tierNames.Contains(name, StringComparer.Ordinal)) return name;
        Wrong(node, $"'{name}' is no tier of this policy{Suggestion(name, tierNames)} (tiers: {string.Join(", ", tierNames)})");
        return null;
    }

    private ImmutableArray<IPNetwork> ReadPrivateDestinations(DocumentNode? node)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var item in Items(node, "private_destinations"))
        {
            if (Text(item, "an address or a range") is not { } text) continue;
            var network = text.Contains('/', StringComparison.Ordinal) ? Network(item) : Address(item) is { } ip ? Single(ip) : null;
            if (network is not { } known) continue;
            if (IPAddress.IsLoopback(known.BaseAddress) || known.Contains(IPAddress.Loopback) || known.Contains(IPAddress.IPv6Loopback))
                Warn(item, $"{Show(known)} holds the gateway's own loopback: its clients reach what listens there, the review site too");
            networks.Add(known);
        }
        return networks.ToImmutable();
    }

    /// <summary>The entries of a mapping by key; an unknown key is a mistake with the nearest known one.</summary>
    private Dictionary<string, DocumentNode> Known(DocumentMap map, string[] known, string[] later, string what)
    {
        var keys = new Dictionary<string, DocumentNode>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            if (known.Contains(key.Text, StringComparer.Ordinal)) keys.Add(key.Text, value);
            else if (later.Contains(key.Text, StringComparer.Ordinal)) Wrong(key, $"'{key.Text}' is not yet in this version; remove it for now");
            else Wrong(key, $"'{key.Text}' is no key of {what}{Suggestion(key.Text, known)} (known: {string.Join(", ", known)})");
        }
        return keys;
    }

    private ImmutableArray<DocumentNode> Items(DocumentNode? node, string key)
    {
        if (node is DocumentList list) return list.Items;
        if (node is not null && !node.IsNull) Wrong(node, $"{key} is a list, not {node.Kind}; write {key}: [ … ]");
        return [];
    }

    private string? Text(DocumentNode node, string wanted)
    {
        if (node is DocumentText { IsNull: false } text && !string.IsNullOrWhiteSpace(text.Text)) return text.Text;
        Wrong(node, $"{wanted} is wanted here, not {(node is DocumentText ? "nothing" : node.Kind)}");
        return null;
    }

    private IPNetwork? Network(DocumentNode node)
    {
        if (Text(node, "a range such as 10.20.0.0/16") is not { } text) return null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IsWrittenOut(text) || !IPNetwork.TryParse(text, out var network) || !IPAddress.TryParse(text.AsSpan(0, slash), out var address))
            Wrong(node, $"'{text}' is not a range; write it as 10.20.0.0/16 or fd00:20::/48");
        // IPNetwork clears the bits after the prefix without a word. Somebody who wrote 10.20.1.7/16 may have meant one device, so it is asked instead.
        else if (!network.BaseAddress.Equals(address))
            Wrong(node, $"'{text}' is not the first address of its range; did you mean {network}?");
        else return Plain(network);
        return null;
    }

    private IPAddress? Address(DocumentNode node)
    {
        if (Text(node, "an address such as 10.20.1.7") is not { } text) return null;
        if (IPAddress.TryParse(text, out var address) && IsWrittenOut(text) && !text.Contains('[', StringComparison.Ordinal) && address is not { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 })
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Wrong(node, $"'{text}' is not an address; write it as 10.20.1.7 or fd00:20::7");
        return null;
    }

    /// <summary>IPAddress also reads <c>10.20</c>, <c>0x0a.1</c> and <c>010.1.1.1</c> (octal): nobody means those in a policy, and a reader would take them for something else.</summary>
    private static bool IsWrittenOut(string text)
    {
        var address = text.Split('/')[0];
        return address.Contains(':', StringComparison.Ordinal)
            || (address.Split('.') is { Length: 4 } parts && parts.All(p => p is "0" || (p is [>= '1' and <= '9', ..] && p.All(char.IsAsciiDigit))));
    }

    /// <summary>An IPv4 range written as IPv6 (<c>::ffff:10.20.0.0/112</c>) in its plain form; client addresses are plain too.</summary>
    private static IPNetwork Plain(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96 ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96) : network;

    private static IPNetwork Single(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    private static string Show(IPNetwork network) =>
        network.PrefixLength == (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) ? network.BaseAddress.ToString() : network.ToString();

    private string Suggestion(string word, IEnumerable<string> known) => Problems.Count < SuggestionsMax ? Nearest.Suggestion(word, known) : "";

    private void Wrong(DocumentNode node, string message) => Problems.Add(new PolicyProblem(node.Line, node.Column, message));

    private void Warn(DocumentNode node, string message) => Problems.Add(new PolicyProblem(node.Line, node.Column, message, IsWarning: true));

    [GeneratedRegex("^[a-z][a-z0-9-]{0,31}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TierName();
}
