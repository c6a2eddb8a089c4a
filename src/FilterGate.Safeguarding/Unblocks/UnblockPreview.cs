using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>How a list has a site.</summary>
/// <param name="Category">The category's slug.</param>
/// <param name="List">The list.</param>
/// <param name="Entry">Its entry, as written.</param>
/// <param name="Line">The entry's line, from 1.</param>
public sealed record Listing(string Category, string List, string Entry, int Line);

/// <summary>A host that the page loads something from.</summary>
/// <param name="Host">The host.</param>
/// <param name="Kinds">What it loads from there.</param>
/// <param name="IsBlocked">True when the audience could not load it.</param>
/// <param name="IsOverridable">False when nothing opens it.</param>
/// <param name="Category">The category that blocks it, or null.</param>
public sealed record DependentHost(string Host, PartKinds Kinds, bool IsBlocked, bool IsOverridable, string? Category);

/// <summary>What somebody should know before a site is opened: how it is listed, what its page needs, whom it concerns, what was asked before.</summary>
/// <param name="Decision">What the policy says of it now for the audience.</param>
/// <param name="Explanation">The same as a sentence.</param>
/// <param name="Listings">Where it is listed, most specific first.</param>
/// <param name="Bundles">Names of bundles that open it with everything it needs.</param>
/// <param name="People">How many people of the roster the audience has.</param>
/// <param name="Devices">How many devices.</param>
/// <param name="Similar">Earlier requests for the same site, newest first.</param>
public sealed record UnblockPreview(
    Decision Decision, string Explanation, IReadOnlyList<Listing> Listings, IReadOnlyList<string> Bundles, int People, int Devices, IReadOnlyList<UnblockRequest> Similar)
{
    private const int ListingsMax = 20, SimilarMax = 10;

    /// <summary>Looks at a request. No network; one read of the state.</summary>
    public static UnblockPreview Of(UnblockRequest request, StateStore state, PolicySnapshot policy, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        if (!CanonicalUrl.TryParse(request.Url, out var url, out var error)) throw new ArgumentException(error, nameof(request));
        var audience = AudienceOf(request);
        var client = ClientOf(audience, policy);
        var trace = policy.Explain(new Question(client, url, Seen.Url, policy.Lists.Classify(url, Seen.Url), time));
        var roster = policy.InForce.Roster;
        return new(
            trace.Decision, trace.Explanation,
            [.. policy.Lists.Categories.Explain(url, Seen.Url).Take(ListingsMax).Select(m => new Listing(m.Category.Slug, m.List, m.Entry, m.Line))],
            [.. BundleFile.Shipped.All.Where(b => b.Entries.Any(entry => IsCovered(entry.Text, url.Host))).Select(b => b.Name)],
            roster.People.Count(person => person.IsCurrent(time) && Has(audience, person, policy)),
            roster.Devices.Count(device => Has(audience, device, policy)),
            [.. state.RequestsFor(url.Host, SimilarMax + 1).Where(r => r.Reference != request.Reference).Take(SimilarMax)]);
    }

    /// <summary>What the audience could load of some hosts, those that are closed first.</summary>
    /// <param name="hosts">Canonical hosts, with what the page loads from them.</param>
    /// <param name="request">The request.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="time">Now.</param>
    public static IReadOnlyList<DependentHost> Judge(IEnumerable<KeyValuePair<string, PartKinds>> hosts, UnblockRequest request, PolicySnapshot policy, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        var client = ClientOf(AudienceOf(request), policy);
        var judged = new List<DependentHost>();
        foreach (var (host, kinds) in hosts)
        {
            // The request's own host is what is asked for; what lies below it opens with it.
            if (host == request.Host || host.EndsWith("." + request.Host, StringComparison.Ordinal)) continue;
            var decision = policy.Decide(client, CanonicalUrl.ForHost("https", host, 443), Seen.Host, time);
            judged.Add(decision.Locked is null
                ? new DependentHost(host, kinds, !decision.IsForwarded, decision.IsForwarded || decision.IsOverridable, decision.Category?.Slug)
                : new DependentHost("(on an illegal-content list)", kinds, IsBlocked: true, IsOverridable: false, decision.Locked.Category.Slug));
        }
        return [.. judged.OrderByDescending(j => j.IsBlocked).ThenBy(j => j.Host, StringComparer.Ordinal)];
    }

    /// <summary>Why an address must not be read for a preview, or null: what nothing could open, nobody makes the box fetch.</summary>
    public static string? WhyNotRead(CanonicalUrl url, UnblockRequest request, PolicySnapshot policy, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        var decision = policy.Decide(ClientOf(AudienceOf(request), policy), url, Seen.Url, time);
        return decision.IsForwarded || decision.IsOverridable ? null : "nothing opens it";
    }

    private static Audience AudienceOf(UnblockRequest request) => request.Agreed?.Audience ?? request.Audience ?? Audience.ForTier(request.Tier);

    private static Client ClientOf(Audience audience, PolicySnapshot policy) => new(System.Net.IPAddress.Loopback, UnblockDesk.TierOf(audience, policy), Device: null, IsKnown: true)
    {
        Group = audience.Kind == AudienceKind.Group ? policy.FindGroup(audience.Name) : null, Person = audience.Kind == AudienceKind.Person ? audience.Name : null,
    };

    private static bool Has(Audience audience, Person person, PolicySnapshot policy)
    {
        var group = policy.FindGroup(person.Group);
        return audience.Kind switch
        {
            AudienceKind.Everyone => true,
            AudienceKind.Tier => (group?.Tier ?? policy.UnknownClients).Name == audience.Name,
            AudienceKind.Group => group?.IsWithin(audience.Name) == true,
            AudienceKind.Person => RosterIds.Comparer.Equals(person.Id, audience.Name),
            _ => false,
        };
    }

    private static bool Has(Audience audience, Device device, PolicySnapshot policy)
    {
        var owner = device.Person is { } id ? policy.InForce.Roster.FindPerson(id) : null;
        var group = policy.FindGroup(device.Group) ?? policy.FindGroup(owner?.Group);
        return audience.Kind switch
        {
            AudienceKind.Everyone => true,
            AudienceKind.Tier => (group?.Tier ?? policy.UnknownClients).Name == audience.Name,
            AudienceKind.Group => group?.IsWithin(audience.Name) == true,
            AudienceKind.Person => owner is not null && RosterIds.Comparer.Equals(owner.Id, audience.Name),
            AudienceKind.Device => RosterIds.Comparer.Equals(device.Name, audience.Name),
            AudienceKind.Client => device.Address?.ToString() == audience.Name,
            _ => false,
        };
    }

    private static bool IsCovered(string entry, string host) =>
        ListPlace.TryParse(entry, out var place, out _) && ((place.IncludesHost && host == place.Host) || (place.IncludesBelow && host.EndsWith("." + place.Host, StringComparison.Ordinal)));
}
