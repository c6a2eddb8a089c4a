using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Passes;
using FilterGate.Policy.Rules;
using FilterGate.Policy.Timetables;
using FilterGate.Policy.TwoKeys;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy;

/// <summary>Policy, lists and overrides in force, swapped whole. A request holds one for its decision and no longer. Immutable; safe from any thread.</summary>
public sealed class PolicySnapshot
{
    private readonly PolicyDocument _document;
    private readonly FrozenDictionary<string, Tier> _tierByName;
    private readonly FrozenDictionary<string, Group> _groupByName;
    private readonly ClientMap _clients;
    private readonly string _unknownClients;
    private readonly ListMatcher _neverIntercept, _neverRecord;

    private PolicySnapshot(PolicyDocument document, ListSet lists, InForce inForce, TlsMode? tls)
    {
        (_document, School, Version, Lists, InForce) = (document, document.School, document.Version, lists, inForce);
        var compiler = new TierCompiler(document, lists, tls);
        Tiers = compiler.Tiers;
        Groups = compiler.Groups;
        Places = compiler.Places;
        ApprovedUses =
        [
            // The last day counts whole, by the school's own clock.
            .. document.ApprovedUses.Select(u => new ApprovedUse(u.Name, u.Sites, u.Who, u.Until is { } day ? document.Timetable.StartOf(day.AddDays(1)) : null, document.KnownBundles)),
        ];
        _tierByName = Tiers.ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);
        _groupByName = Groups.ToFrozenDictionary(g => g.Name, StringComparer.Ordinal);
        _clients = new ClientMap(document, Places);
        _unknownClients = document.UnknownClients ?? Tiers[0].Name;
        _neverIntercept = OwnLists.Build(OwnLists.NeverIntercept, document.NeverIntercept);
        _neverRecord = OwnLists.Build(OwnLists.NeverRecord, document.NeverRecord);
        AsksForNewlySeen = Tiers.Concat(Groups.Select(g => g.Tier)).Any(t => t.NewlySeen is not null);
        var named = document.Tiers.Concat(document.Groups.Select(g => g.Settings)).SelectMany(t => t.Lists).DistinctBy(l => l.Key, StringComparer.Ordinal).ToImmutableDictionary(StringComparer.Ordinal);
        if (!named.IsEmpty) UnknownLists = [.. ListActions.Unknown(named, lists)];
        NoBypass = CategoryRules.NoBypassOf(lists.Taxonomy);
        TlsPrograms = TlsPrograms.Shipped.With(document.TlsPrograms);
        CertificateExceptions = new CertificateExceptions(document.CertificateExceptions, document.Timetable);
        foreach (var category in lists.Taxonomy.Categories) Known = Known.With(category.Index);
    }

    // Everything but what is in force is shared.
    private PolicySnapshot(PolicySnapshot source, InForce inForce)
    {
        (_document, School, Version, Lists, InForce) = (source._document, source.School, source.Version, source.Lists, inForce);
        (Tiers, Groups, Places, ApprovedUses) = (source.Tiers, source.Groups, source.Places, source.ApprovedUses);
        (_tierByName, _groupByName, _clients, _unknownClients) = (source._tierByName, source._groupByName, source._clients, source._unknownClients);
        (_neverIntercept, _neverRecord) = (source._neverIntercept, source._neverRecord);
        (AsksForNewlySeen, NoBypass, Known, UnknownLists) = (source.AsksForNewlySeen, source.NoBypass, source.Known, source.UnknownLists);
        (TlsPrograms, CertificateExceptions) = (source.TlsPrograms, source.CertificateExceptions);
    }

    /// <summary>The school's name, for pages.</summary>
    public string School { get; }

    /// <summary>A short name of exactly this document, stored with each event.</summary>
    public string Version { get; }

    /// <summary>The document that this was compiled from, for pages that say what it says and why.</summary>
    public PolicyDocument Document => _document;

    /// <summary>The tiers, strictest first: by the number of categories they block, then by what they do with a site in no list, then in the order of the document.</summary>
    public ImmutableArray<Tier> Tiers { get; }

    /// <summary>The lists in force.</summary>
    public ListSet Lists { get; }

    /// <summary>The groups, in the order of the document.</summary>
    public ImmutableArray<Group> Groups { get; }

    /// <summary>The places, in the order of the document.</summary>
    public ImmutableArray<Place> Places { get; }

    /// <summary>The times of the school.</summary>
    public Timetable Timetable => _document.Timetable;

    /// <summary>How long what happened is kept.</summary>
    public Retention Retention => _document.Retention;

    /// <summary>The uses that somebody has approved by name.</summary>
    internal ImmutableArray<ApprovedUse> ApprovedUses { get; }

    /// <summary>What people have opened, closed, given and withdrawn.</summary>
    public InForce InForce { get; }

    /// <summary>Who may open what.</summary>
    public Approvals Approvals => _document.Approvals.With((person, group) => FindGroup(InForce.Roster.FindPerson(person)?.Group)?.IsWithin(group) == true);

    /// <summary>The overrides granted.</summary>
    public OverrideTable Overrides => InForce.Overrides;

    /// <summary>Categories that nothing bypasses (step 5).</summary>
    public CategorySet NoBypass { get; }

    /// <summary>The programs that are told by their ClientHello.</summary>
    public TlsPrograms TlsPrograms { get; }

    /// <summary>Certificates of origins that are believed although they do not hold by themselves. No decision asks them.</summary>
    public CertificateExceptions CertificateExceptions { get; }

    /// <summary>The tier of clients that no entry of the policy names: <c>unknown_clients</c>, else the strictest.</summary>
    public Tier UnknownClients => _tierByName[_unknownClients];

    /// <summary>True when a tier asks on which day a site was first met: otherwise nobody needs to remember any.</summary>
    public bool AsksForNewlySeen { get; }

    /// <summary>Lists that the document names and that are not in force: what it says of them does nothing.</summary>
    public ImmutableArray<string> UnknownLists { get; } = [];

    /// <summary>Every category of the taxonomy.</summary>
    internal CategorySet Known { get; }

    /// <summary>Compiles a valid document against the lists in force.</summary>
    /// <remarks>A category that the document names and these lists lack is passed over: nothing can be in it.</remarks>
    /// <param name="document">The document.</param>
    /// <param name="lists">The lists.</param>
    /// <param name="inForce">What else decides.</param>
    /// <param name="tls">Replaces the TLS mode of every tier (<c>run --tls</c>, for trials); null for none.</param>
    public static PolicySnapshot Compile(PolicyDocument document, ListSet lists, InForce inForce, TlsMode? tls = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(inForce);
        return new PolicySnapshot(document, lists, inForce, tls);
    }

    /// <summary>As <see cref="Compile(PolicyDocument, ListSet, InForce, TlsMode?)"/>, with overrides alone.</summary>
    public static PolicySnapshot Compile(PolicyDocument document, ListSet lists, OverrideTable overrides) => Compile(document, lists, InForce.Nothing with { Overrides = overrides });

    /// <summary>The same policy with other things in force; shares all else.</summary>
    public PolicySnapshot With(InForce inForce)
    {
        ArgumentNullException.ThrowIfNull(inForce);
        return new PolicySnapshot(this, inForce);
    }

    /// <summary>The same policy with other overrides; shares all else.</summary>
    public PolicySnapshot With(OverrideTable overrides) => With(InForce with { Overrides = overrides });

    /// <summary>The same policy with every tier's TLS mode replaced (<c>run --tls</c>, for trials).</summary>
    public PolicySnapshot With(TlsMode tls) => new(_document, Lists, InForce, tls);

    /// <summary>The tier with this name, or null.</summary>
    public Tier? FindTier(string name) => _tierByName.GetValueOrDefault(name);

    /// <summary>The group with this name, or null.</summary>
    public Group? FindGroup(string? name) => name is null ? null : _groupByName.GetValueOrDefault(name);

    /// <summary>Who is behind this address? Null when it lies outside the school's networks and is refused.</summary>
    /// <param name="address">Source address; an IPv4-mapped one is taken as IPv4.</param>
    /// <param name="portTier">The tier of the port it came to, or null where the policy's clients decide. On loopback the port decides; elsewhere it never loosens:
    /// the stricter of the port's tier and the client's own holds, and for a client that no entry names its own is <c>unknown_clients</c>. A tier of an earlier snapshot is looked up by its name.</param>
    /// <param name="port">The port of the gateway that it came to, for places that are ports; 0 for none.</param>
    public Client? Identify(IPAddress address, Tier? portTier = null, int port = 0)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var isLoopback = IPAddress.IsLoopback(address);
        if (!isLoopback && !_clients.Belongs(address)) return null;

        var place = _clients.FindPlace(address, port);
        var device = InForce.FindDevice(address);
        var person = device?.Person is { } owner ? InForce.Roster.FindPerson(owner) : null;
        // The roster knows this very device; an entry of the document perhaps only its range.
        var group = (device is null ? null : ClassThatHas(device)) ?? FindGroup(device?.Group) ?? FindGroup(person?.Group);
        var entry = group is null ? _clients.Find(address, place?.Name) : null;
        group ??= FindGroup(entry?.Group);
        var tier = group?.Tier ?? (entry?.Tier is { } tierName ? _tierByName[tierName] : UnknownClients);
        if (portTier is not null && FindTier(portTier.Name) is { } ofPort && (isLoopback || ofPort.Strictness < tier.Strictness)) (tier, group) = (ofPort, null);
        return new Client(address, tier, device?.Name ?? entry?.Device, IsKnown: device is not null || entry is not null) { Person = person?.Id, Group = group, Place = place };
    }

    /// <summary>The class that has booked a device just now. A booking is for pupils: where the policy has since made the class one of staff, it says nothing.</summary>
    private Group? ClassThatHas(People.Device device) => FindGroup(InForce.ClassThatHas(device)) is { } group && !CategoryRules.IsOf(group.Tier.Name, "staff") ? group : null;

    /// <summary>A person wherever they are: for <c>check --as</c>. Null when the roster has nobody with this id. Without a group the person is in the tier of unknown clients.</summary>
    public Client? IdentifyPerson(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (InForce.Roster.FindPerson(id) is not { } person) return null;
        var group = FindGroup(person.Group);
        return new Client(IPAddress.Loopback, group?.Tier ?? UnknownClients, Device: null, IsKnown: true) { Person = person.Id, Group = group };
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

    /// <summary>How a client stands with the minutes of a category today; null where its tier sets no limit.</summary>
    public QuotaState? QuotaOf(Client client, Category category, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(category);
        return client.Tier.QuotaOf(category) is { } rule ? new QuotaState(rule, InForce.Passes.UsedMinutes(client, category.Slug, Timetable.DayOf(time))) : null;
    }

    /// <summary>True when the address is of the school's own networks, which need not be private ones: those of IPv6 seldom are.</summary>
    public bool IsOfTheSchool(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _clients.Belongs(address);
    }

    /// <summary>True for a canonical host that is an address of the internet: no name, and nothing inside the school.</summary>
    internal bool IsAddressOfTheInternet(string canonicalHost) =>
        (char.IsAsciiDigit(canonicalHost[^1]) || canonicalHost[0] == '[') && IPAddress.TryParse(canonicalHost, out var address) && !IsInside(address) && !(SpecialAddresses.Embedded(address) is { } inner && IsInside(inner));

    private bool IsInside(IPAddress address) => SpecialAddresses.Contains(address) || IsOfTheSchool(address);

    /// <summary>True when the policy lets clients reach this private address.</summary>
    public bool AllowsPrivateDestination(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in _document.PrivateDestinations)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>What is done with TLS to this host: never intercepted are help sites, the never-intercept lists, what a bundle of the tier says so of, and what a technician let pass; always intercepted is a host that carries a locked URL entry.</summary>
    /// <remarks>A locked URL entry comes first, before help sites too: otherwise one host name would hide an illegal page from every rule.</remarks>
    public TlsMode TlsFor(Client client, string canonicalHost)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (Lists.Locked.CarriesUrlEntry(canonicalHost)) return TlsMode.Intercept;
        // A translator that has the site's name in its own shows that site's pages.
        if (EmbeddedUrls.HostShownBy(canonicalHost) is { } shown && Lists.Locked.CarriesUrlEntry(shown)) return TlsMode.Intercept;
        var url = CanonicalUrl.ForHost("https", canonicalHost, 443);
        return Has(Lists.ProtectedHelp, url) || Has(Lists.NeverIntercept, url) || Has(_neverIntercept, url) || Has(client.Tier.NeverIntercept, url) || InForce.PassedUnread.Contains(canonicalHost) ? TlsMode.Tunnel : client.Tier.Tls;
    }

    /// <summary>True for a request that is not recorded while it is allowed: a protected help site, telemetry and updates, and the hosts of the document's <c>never_record</c>. No allocation.</summary>
    public bool IsNeverRecorded(CanonicalUrl url, Seen seen) => Has(_neverRecord, url) || CategoryRules.IsNeverRecorded(Lists.Classify(url, seen), Lists.Taxonomy);

    /// <summary>True for the hosts of the document's <c>never_record</c> alone. No allocation.</summary>
    public bool IsNeverRecordedHere(CanonicalUrl url) => Has(_neverRecord, url);

    private static bool Has(ListMatcher matcher, CanonicalUrl url) => !ReferenceEquals(matcher, ListMatcher.Empty) && matcher.TryFindMostSpecific(url, Seen.Host, out _);
}
