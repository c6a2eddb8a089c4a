using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy;

/// <summary>Policy, lists and overrides in force, swapped whole. A request holds one for its decision and no longer. Immutable; safe from any thread.</summary>
public sealed class PolicySnapshot
{
    private readonly FrozenDictionary<string, Tier> _tierByName;
    private readonly ClientMap _clients;
    private readonly string _unknownClients;
    private readonly ListMatcher _neverIntercept;
    private readonly ImmutableArray<IPNetwork> _privateDestinations;

    private PolicySnapshot(
        PolicySnapshot? source, string school, string version, ImmutableArray<Tier> tiers, ListSet lists, OverrideTable overrides,
        ClientMap clients, string unknownClients, ListMatcher neverIntercept, ImmutableArray<IPNetwork> privateDestinations)
    {
        (School, Version, Tiers, Lists, Overrides) = (school, version, tiers, lists, overrides);
        (_clients, _unknownClients, _neverIntercept, _privateDestinations) = (clients, unknownClients, neverIntercept, privateDestinations);
        _tierByName = source is not null && source.Tiers == tiers ? source._tierByName : tiers.ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);
        AsksForNewlySeen = tiers.Any(t => t.NewlySeen is not null);
        NoBypass = CategoryRules.NoBypassOf(lists.Taxonomy);
        foreach (var category in lists.Taxonomy.Categories) Known = Known.With(category.Index);
    }

    /// <summary>The school's name, for pages.</summary>
    public string School { get; }

    /// <summary>A short name of exactly this document, stored with each event.</summary>
    public string Version { get; }

    /// <summary>The tiers, strictest first: by the number of categories they block, then by what they do with a site in no list, then in the order of the document.</summary>
    public ImmutableArray<Tier> Tiers { get; }

    /// <summary>The lists in force.</summary>
    public ListSet Lists { get; }

    /// <summary>The overrides granted.</summary>
    public OverrideTable Overrides { get; }

    /// <summary>Categories that nothing bypasses (step 5).</summary>
    public CategorySet NoBypass { get; }

    /// <summary>The tier of clients that no entry of the policy names: <c>unknown_clients</c>, else the strictest.</summary>
    public Tier UnknownClients => _tierByName[_unknownClients];

    /// <summary>True when a tier asks on which day a site was first met: otherwise nobody needs to remember any.</summary>
    public bool AsksForNewlySeen { get; }

    /// <summary>Every category of the taxonomy.</summary>
    internal CategorySet Known { get; }

    /// <summary>Compiles a valid document against the lists in force.</summary>
    /// <remarks>A category that the document names and these lists lack is passed over: nothing can be in it.</remarks>
    public static PolicySnapshot Compile(PolicyDocument document, ListSet lists, OverrideTable overrides)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(overrides);
        var tiers = TierCompiler.Compile(document, lists.Taxonomy);
        return new PolicySnapshot(
            null, document.School, document.Version, tiers, lists, overrides,
            new ClientMap(document.Networks, document.Clients), document.UnknownClients ?? tiers[0].Name,
            OwnLists.Build(OwnLists.NeverIntercept, document.NeverIntercept), document.PrivateDestinations);
    }

    /// <summary>The same policy with other overrides; shares all else.</summary>
    public PolicySnapshot With(OverrideTable overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        return new PolicySnapshot(this, School, Version, Tiers, Lists, overrides, _clients, _unknownClients, _neverIntercept, _privateDestinations);
    }

    /// <summary>The same policy with every tier's TLS mode replaced (<c>run --tls</c>, for trials).</summary>
    public PolicySnapshot With(TlsMode tls) =>
        new(this, School, Version, [.. Tiers.Select(t => t.WithTls(tls))], Lists, Overrides, _clients, _unknownClients, _neverIntercept, _privateDestinations);

    /// <summary>The tier with this name, or null.</summary>
    public Tier? FindTier(string name) => _tierByName.GetValueOrDefault(name);

    /// <summary>Who is behind this address? Null when it lies outside the school's networks and is refused.</summary>
    /// <param name="address">Source address; an IPv4-mapped one is taken as IPv4.</param>
    /// <param name="portTier">The tier of the port it came to, or null where the policy's clients decide. On loopback the port decides; elsewhere it never loosens:
    /// the stricter of the port's tier and the client's own holds, and for a client that no entry names its own is <c>unknown_clients</c>. A tier of an earlier snapshot is looked up by its name.</param>
    public Client? Identify(IPAddress address, Tier? portTier = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var isLoopback = IPAddress.IsLoopback(address);
        if (!isLoopback && !_clients.Belongs(address)) return null;

        var entry = _clients.Find(address);
        var tier = entry is null ? UnknownClients : _tierByName[entry.Tier];
        if (portTier is not null && FindTier(portTier.Name) is { } port && (isLoopback || port.Strictness < tier.Strictness)) tier = port;
        return new Client(address, tier, entry?.Device, IsKnown: entry is not null);
    }

    /// <summary>Looks the URL up and decides.</summary>
    public Decision Decide(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time) =>
        Decide(new Question(client, url, seen, Lists.Classify(url, seen), time));

    /// <summary>The one function that decides: the order of decisions, first answer holds, for the address and for those that stand in it. No allocation but on a locked hit; no I/O.</summary>
    public Decision Decide(in Question question)
    {
        var decision = OrderOfDecisions.Decide(this, in question);
        return !question.Classification.Embedded.IsEmpty && EmbeddedAddresses.TryFindStricter(this, in question, in decision, out _, out var stricter) ? stricter : decision;
    }

    /// <summary>Decides and says how: every step, what it said, and which decided. Allocates; for <c>check</c>, <c>why</c> and events.</summary>
    /// <remarks>Where an address that stands in the one asked for decides, the steps are those walked for it.</remarks>
    public DecisionTrace Explain(in Question question)
    {
        var trace = OrderOfDecisions.Explain(this, in question);
        var answer = trace.Decision;
        if (question.Classification.Embedded.IsEmpty || !EmbeddedAddresses.TryFindStricter(this, in question, in answer, out var inner, out var stricter)) return trace;
        var innerTrace = OrderOfDecisions.Explain(this, in inner);
        return innerTrace with { Decision = stricter, Explanation = $"Another address stands in this one, and its answer is the stricter. {innerTrace.Explanation}" };
    }

    /// <summary>True when the policy lets clients reach this private address.</summary>
    public bool AllowsPrivateDestination(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in _privateDestinations)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>What is done with TLS to this host: never intercepted are help sites, the never-intercept lists, and what a bundle of the tier says so of; always intercepted is a host that carries a locked URL entry.</summary>
    /// <remarks>A locked URL entry comes first, before help sites too: otherwise one host name would hide an illegal page from every rule.</remarks>
    public TlsMode TlsFor(Client client, string canonicalHost)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (Lists.Locked.CarriesUrlEntry(canonicalHost)) return TlsMode.Intercept;
        // A translator that has the site's name in its own shows that site's pages.
        if (EmbeddedUrls.HostShownBy(canonicalHost) is { } shown && Lists.Locked.CarriesUrlEntry(shown)) return TlsMode.Intercept;
        var url = CanonicalUrl.ForHost("https", canonicalHost, 443);
        return Has(Lists.ProtectedHelp, url) || Has(Lists.NeverIntercept, url) || Has(_neverIntercept, url) || Has(client.Tier.NeverIntercept, url) ? TlsMode.Tunnel : client.Tier.Tls;
    }

    private static bool Has(ListMatcher matcher, CanonicalUrl url) => !ReferenceEquals(matcher, ListMatcher.Empty) && matcher.TryFindMostSpecific(url, Seen.Host, out _);
}
