using System.Net;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>How a request is made: from a block page, or at the gateway's own name. And what no request can open.</summary>
public sealed partial class UnblockDesk
{
    /// <summary>A person asks from a block page. The reference must be of a block that this client was shown.</summary>
    /// <param name="ask">What is asked.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the request stands.</param>
    /// <returns>A site that somebody has asked for already is <see cref="UnblockOutcome.Done"/> with the request that waits.</returns>
    public async Task<UnblockResult> AskAsync(UnblockAsk ask, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(policy);
        if (Reference.Normalise(ask.Reference) is not { } spelt) return Bad("That is not a reference. It has eight letters and digits, such as K7Q4-M2XD.");
        if (state.FindRequest(spelt) is { } known && known.Client == ask.Client) return Asked(known);

        // Another client's reference is answered like one that does not exist: references are not for guessing.
        if (events.FindByReference(spelt) is not { Decision: { } verdict, Reason: { } reason, Tier: { } tier } blocked || blocked.Client != ask.Client)
            return new UnblockResult(UnblockOutcome.NotFound, "There is no page with this reference on this device.");
        if (!new Decision(verdict, reason).IsOverridable || blocked.Url is not { } url || blocked.Host is not { } host) return NotOnRequest();
        if (TooMany(ask.Client, blocked.Person) is { } many) return many;
        var route = RouteFor(ask.Route, tier, blocked.Person, policy);
        if (WrongGroup(ask.Group, route, policy) is { } unknown) return unknown;
        if (WrongUntil(ask.Until) is { } past) return past;

        var draft = new UnblockRequest(spelt, clock.GetUtcNow(), ask.Client, blocked.Device, tier, url, host, blocked.Category, Words.Clean(ask.Note, WordsLengthMax), RequestStatus.Waiting)
        {
            Route = route, Person = blocked.Person, Class = blocked.Group, Audience = AudienceOf(ask.Group, route), Until = route == RequestRoute.Pupil ? null : ask.Until,
        };
        var request = state.AddRequest(draft, Tell(draft, policy));
        if (request.Reference != spelt || request.Client != ask.Client) return Asked(request);
        // The id is derived: a form sent twice at once is one request and one event.
        var problem = await RecordAsync(
            About(request) with { Id = EventId.Derive(request.Time, $"{gateway}/request {spelt} asked"), Time = request.Time, Rule = $"request {spelt} asked" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, Sent(route, policy) + problem, Request: request);
    }

    /// <summary>A person asks for a site, or reports one, at the gateway's own name. The request gets a reference of its own.</summary>
    /// <param name="ask">What is asked.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event that gives the reference.</param>
    /// <exception cref="EventStoreException">The event that gives the reference cannot be written: there is no request then.</exception>
    public async Task<UnblockResult> AskAsync(SiteAsk ask, Client client, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(policy);
        if (!CanonicalUrl.TryParse(ask.Address.Trim(), out var url, out _)) return Bad("That is no address of a website. Write it as in the browser: www.example.org/page");
        var time = clock.GetUtcNow();
        var locked = policy.Lists.Locked.Find(url, Seen.Url);
        var decision = locked is null ? policy.Decide(client, url, Seen.Url, time) : new Decision(Verdict.Block, Reason.Locked) { Locked = locked };
        var isReport = ask.Route == RequestRoute.Report;
        if (locked is not null)
        {
            // The same words as for anything else that is closed for good: nobody finds out here what is on such a list. Who asked is on record, what for is not.
            await RecordAsync(
                new FilterEvent
                {
                    Time = time, Gateway = gateway, Kind = EventKind.Audit, Reason = Reason.Locked, Client = client.AddressText, Device = client.Device, Person = client.Person, Group = client.Group?.Name, Tier = client.Tier.Name,
                    Category = locked.Category.Slug, List = locked.List, EntryId = locked.EntryId, Rule = isReport ? "reported" : "asked for",
                    PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
                },
                cancellationToken);
            return isReport ? new UnblockResult(UnblockOutcome.Done, "Thank you. It is closed for everybody already.") : NotOnRequest();
        }
        if (!isReport && decision.IsForwarded) return new UnblockResult(UnblockOutcome.AlreadyDecided, "This site is open to you already.");
        if (!isReport && !decision.IsOverridable) return NotOnRequest();
        if (TooMany(client.AddressText, client.Person) is { } many) return many;
        var route = isReport ? RequestRoute.Report : RouteFor(ask.Route, client.Tier.Name, client.Person, policy);
        if (WrongGroup(ask.Group, route, policy) is { } unknown) return unknown;
        if (WrongUntil(ask.Until) is { } past) return past;

        var draft = new UnblockRequest("0000-0000", time, client.AddressText, client.Device, client.Tier.Name, url.ToString(), url.Host, decision.Category?.Slug, Words.Clean(ask.Note, WordsLengthMax), RequestStatus.Waiting)
        {
            Route = route, Person = client.Person, Class = client.Group?.Name, Audience = AudienceOf(ask.Group, route), Until = route is RequestRoute.Pupil or RequestRoute.Report ? null : ask.Until,
        };
        if (state.OpenRequests().FirstOrDefault(r => r.Route == route && r.Tier == draft.Tier && r.Host == draft.Host && r.Audience == draft.Audience) is { } there) return Asked(there);
        var asked = await events.CommitAsync(About(draft) with { Rule = isReport ? "reported as unsafe" : "asked for" }, giveReference: true, cancellationToken);
        draft = draft with { Reference = asked.Reference! };
        var request = state.AddRequest(draft, Tell(draft, policy));
        return request.Reference != draft.Reference ? Asked(request) : new UnblockResult(UnblockOutcome.Done, Sent(route, policy), Request: request);
    }

    /// <summary>Without <c>approvals</c> nobody decides for good: such a request goes to whoever opens for a lesson, and is answered.</summary>
    private static RequestRoute RouteFor(RequestRoute? wanted, string tier, string? person, PolicySnapshot policy) =>
        !RequestRoutes.AreOffered(policy, tier, person) ? RequestRoute.Pupil : wanted is RequestRoute.ForGood && policy.Approvals.IsWritten ? RequestRoute.ForGood : RequestRoute.Lesson;

    private static Audience? AudienceOf(string? group, RequestRoute route) =>
        string.IsNullOrWhiteSpace(group) || route is RequestRoute.Pupil or RequestRoute.Report ? null : Audience.ForGroup(group);

    private static UnblockResult? WrongGroup(string? group, RequestRoute route, PolicySnapshot policy) =>
        AudienceOf(group, route) is { } audience && policy.FindGroup(audience.Name) is null ? Bad("There is no such class in the school's policy.") : null;

    private UnblockResult? WrongUntil(DateTimeOffset? until) => until <= clock.GetUtcNow() ? Bad("That time is past. Until when is the site needed?") : null;

    private UnblockResult? TooMany(string client, string? person) => state.CountWaiting(client, person) < WaitingPerClientMax ? null
        : new UnblockResult(UnblockOutcome.RefusedByRule, $"{WaitingPerClientMax} requests from this device are waiting for an answer. Please ask again when they have been answered.");

    private static UnblockResult NotOnRequest() => new(UnblockOutcome.RefusedByRule, "This page cannot be opened on request.");

    private static NoticeDraft? Tell(UnblockRequest request, PolicySnapshot policy) => request.Route == RequestRoute.Report
        ? new NoticeDraft(policy.Approvals.Lesson.OpenedBy, $"Somebody reports a site as unsafe: {request.Reference}. Look at it: filtergate unblock show {request.Reference}") : null;

    private static string Sent(RequestRoute route, PolicySnapshot policy)
    {
        var approvals = policy.Approvals;
        var role = route switch
        {
            RequestRoute.Pupil => approvals.PupilsGoTo,
            RequestRoute.ForGood => approvals.ForGood.DecidedBy,
            _ => approvals.Lesson.OpenedBy,
        };
        return route == RequestRoute.Report ? "Thank you for telling us. The technician looks at it."
            : approvals.IsWritten && route != RequestRoute.Pupil ? $"Your request has been sent. It goes to the {Approvals.Say(role)}." : "Your request has been sent.";
    }

    private static UnblockResult Asked(UnblockRequest request) => request.IsOpen
        ? new UnblockResult(UnblockOutcome.Done, "Somebody has already asked for this site. It is waiting for an answer.", Request: request)
        : new UnblockResult(UnblockOutcome.AlreadyDecided, $"This request has been answered already: {Say(request.Status)}.", Request: request);

    /// <summary>What forbids to open these sites whatever anybody says, or null. A refused attempt is on record when this returns.</summary>
    /// <param name="sites">What would be opened.</param>
    /// <param name="asked">The address that was asked for, which may be more than what is opened says; or null.</param>
    /// <param name="audience">For whom.</param>
    /// <param name="actor">Who tries.</param>
    /// <param name="what">By which step.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event.</param>
    private async Task<UnblockResult?> RefusalAsync(IEnumerable<Site> sites, CanonicalUrl? asked, Audience audience, string actor, string what, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        var urls = new List<CanonicalUrl>();
        if (asked is not null) urls.Add(asked);
        foreach (var site in sites)
        {
            if (site.Bundle is { } bundle)
            {
                if (BundleFile.Shipped.Find(bundle) is null) return Bad($"There is no bundle {bundle}. See: filtergate lists bundles");
                continue;
            }
            if (site.Host.Length == 0 || !CanonicalUrl.TryParse(site.ToString(), out var url, out _)) return Bad($"{site} is no site that an override opens.");
            // The override opens all below it, so the host is asked about as well as the address. A locked address elsewhere on the host stays closed by itself: step 1 comes before overrides.
            urls.AddRange([url, CanonicalUrl.ForHost(url.Scheme, url.Host, url.Port)]);
        }

        var client = new Client(IPAddress.Loopback, TierOf(audience, policy), Device: null, IsKnown: true);
        foreach (var url in urls)
            if (await RefusalAsync(url, client, audience, actor, what, policy, cancellationToken) is { } refused) return refused;
        return null;
    }

    private async Task<UnblockResult?> RefusalAsync(CanonicalUrl url, Client client, Audience audience, string actor, string what, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        var time = clock.GetUtcNow();
        var locked = policy.Lists.Locked.Find(url, Seen.Url) ?? policy.Lists.Locked.Find(CanonicalUrl.ForHost(url.Scheme, url.Host, url.Port), Seen.Host);
        var decision = locked is null ? policy.Decide(client, url, Seen.Url, time) : new Decision(Verdict.Block, Reason.Locked) { Locked = locked };
        if (decision.IsForwarded || decision.IsOverridable) return null;

        var attempt = new FilterEvent
        {
            Time = time, Gateway = gateway, Kind = EventKind.Audit, Reason = decision.Reason, Tier = client.Tier.Name, Group = GroupOf(audience), PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
            Category = (locked?.Category ?? decision.Category)?.Slug, List = locked?.List, EntryId = locked?.EntryId, Host = locked is null ? url.Host : null,
            Rule = $"override refused ({decision.Reason.Code()}) to {actor}: {what}",
        };
        var subject = locked is null ? url.Host : $"{locked.List} {locked.EntryId}";
        state.Audit(actor, "override.refused", $"{subject} for {audience} ({decision.Reason.Code()}, {what})", reason: null);
        var problem = await RecordAsync(attempt, cancellationToken);
        return new UnblockResult(UnblockOutcome.RefusedByRule, Why(decision) + " This attempt is on record." + problem);
    }

    /// <summary>The tier that an audience is mostly of; what is refused outright is refused in every tier.</summary>
    internal static Tier TierOf(Audience audience, PolicySnapshot policy) => audience.Kind switch
    {
        AudienceKind.Tier => policy.FindTier(audience.Name),
        AudienceKind.Group => policy.FindGroup(audience.Name)?.Tier,
        AudienceKind.Person => policy.InForce.Roster.FindPerson(audience.Name)?.Group is { } group ? policy.FindGroup(group)?.Tier : null,
        _ => null,
    } ?? policy.Tiers[0];

    private static string Why(in Decision decision) => decision.Reason switch
    {
        Reason.Locked => "This address is on an illegal-content list. Nothing opens it.",
        Reason.NoBypass => $"Nothing opens sites in the category {decision.Category?.Slug ?? "that this one is in"}, for anybody.",
        Reason.EmergencyBlock => "This site is blocked in an emergency. Lift that first: filtergate block lift",
        _ => $"This site cannot be opened by an override ({decision.Reason.Code()}).",
    };
}
