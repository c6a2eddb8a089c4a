using System.Globalization;
using System.Net;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>How an attempt to open a site ended.</summary>
public enum UnblockOutcome
{
    /// <summary>Done.</summary>
    Done,
    /// <summary>No such request or override.</summary>
    NotFound,
    /// <summary>The request or override has been dealt with already.</summary>
    AlreadyDecided,
    /// <summary>A rule of the house refuses it: a locked list or a category that nothing bypasses (exit 4).</summary>
    RefusedByRule,
    /// <summary>The words of the call are wrong (exit 2).</summary>
    BadRequest,
}

/// <summary>What became of a step, with a sentence for the person who took it.</summary>
public sealed record UnblockResult(UnblockOutcome Outcome, string Message, OverrideRecord? Override = null, UnblockRequest? Request = null);

/// <summary>What people do about a blocked site: ask, approve, refuse, grant, revoke. Each step is an event and an audit row.</summary>
/// <remarks>
/// The state is changed first, in one transaction that decides who was first; the event follows. When the event cannot be written the step stands and its message says so: the audit row has it.
/// An attempt that a rule of the house refuses is recorded too, without the address where that is on a locked list. Safe from several threads and processes.
/// </remarks>
/// <param name="state">Where requests and overrides are.</param>
/// <param name="events">Where the steps are recorded.</param>
/// <param name="clock">When an override begins, and what "now" is.</param>
/// <param name="gateway">Name of this gateway in events.</param>
public sealed class UnblockDesk(StateStore state, EventStore events, TimeProvider clock, string gateway = "gateway")
{
    /// <summary>Characters of a note or reason that are kept.</summary>
    public const int WordsLengthMax = 500;

    /// <summary>Requests of one client address that may wait for an answer at once.</summary>
    public const int WaitingPerClientMax = 10;

    /// <summary>Longest override without a decided request: one school day (10 hours).</summary>
    public static TimeSpan LongestGrant { get; } = TimeSpan.FromHours(10);

    /// <summary>Longest override that answers a request: a school year with its holidays. What is to stay open longer belongs into the policy's <c>own_allow</c>, where it is seen.</summary>
    public static TimeSpan LongestApproval { get; } = TimeSpan.FromDays(366);

    /// <summary>A person asks from a block page. The reference must be of a block that this client was shown.</summary>
    /// <param name="reference">In any spelling.</param>
    /// <param name="clientAddress">Source address, as events have it.</param>
    /// <param name="note">Why; cut to <see cref="WordsLengthMax"/> characters, control characters removed. May be empty.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the request stands.</param>
    /// <returns>A site that somebody of the tier has asked for already is <see cref="UnblockOutcome.Done"/> with the request that waits.</returns>
    public async Task<UnblockResult> AskAsync(string reference, string clientAddress, string note, CancellationToken cancellationToken)
    {
        if (Reference.Normalise(reference) is not { } spelt) return Bad("That is not a reference. It has eight letters and digits, such as K7Q4-M2XD.");
        if (state.FindRequest(spelt) is { } known && known.Client == clientAddress) return Asked(known);

        // Another client's reference is answered like one that does not exist: references are not for guessing.
        if (events.FindByReference(spelt) is not { Decision: { } verdict, Reason: { } reason, Tier: { } tier } blocked || blocked.Client != clientAddress)
            return new UnblockResult(UnblockOutcome.NotFound, "There is no page with this reference on this device.");
        if (!new Decision(verdict, reason).IsOverridable || blocked.Url is not { } url || blocked.Host is not { } host)
            return new UnblockResult(UnblockOutcome.RefusedByRule, "This page cannot be opened on request.");
        if (state.CountWaiting(clientAddress) >= WaitingPerClientMax)
            return new UnblockResult(UnblockOutcome.RefusedByRule, $"{WaitingPerClientMax} requests from this device are waiting for an answer. Please ask again when they have been answered.");

        var request = state.AddRequest(new UnblockRequest(spelt, clock.GetUtcNow(), clientAddress, blocked.Device, tier, url, host, blocked.Category, Words.Clean(note, WordsLengthMax), RequestStatus.Waiting));
        if (request.Reference != spelt || request.Client != clientAddress) return Asked(request);
        // The id is derived: a form sent twice at once is one request and one event.
        var problem = await RecordAsync(
            About(request) with { Id = EventId.Derive(request.Time, $"{gateway}/request {spelt} asked"), Time = request.Time, Rule = $"request {spelt} asked" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, "Your request has been sent." + problem, Request: request);
    }

    /// <summary>Approves a waiting request for a time.</summary>
    /// <param name="reference">In any spelling.</param>
    /// <param name="duration">Over zero, at most <see cref="LongestApproval"/>; the end is rounded up to a whole second.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the approval stands.</param>
    public async Task<UnblockResult> ApproveAsync(string reference, TimeSpan duration, string reason, string actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (duration <= TimeSpan.Zero) return Bad("How long? Give a time over zero, such as 1h.");
        if (duration > LongestApproval) return Bad($"An approval lasts at most {LongestApproval.TotalDays} days. For a site that is to stay open, add it to own_allow in the policy.");
        if (state.FindRequest(reference) is not { } request) return NoRequest(reference);
        if (request.Status != RequestStatus.Waiting) return Decided(request);
        if (!CanonicalUrl.TryParse(request.Url, out var url, out var error)) return Bad($"The request's address cannot be read: {error}");
        if (await RefusalAsync(url, request.Tier, actor, $"request {request.Reference}", policy, cancellationToken) is { } refused) return refused;

        var start = clock.GetUtcNow();
        if (state.Grant(Audience.ForTier(request.Tier), Site.ForHost(request.Host), start, EndOf(start, duration), reason, actor, request.Reference) is not { } granted) return Decided(state.FindRequest(reference)!);
        var problem = await RecordAsync(
            About(request) with { PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version, Rule = $"override {granted.Id} granted until {Iso(granted.End)} by {actor} for request {request.Reference}: {reason}" },
            cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, Opened(granted) + problem, granted, state.FindRequest(reference));
    }

    /// <summary>Refuses a waiting request.</summary>
    public async Task<UnblockResult> RefuseAsync(string reference, string reason, string actor, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (state.FindRequest(reference) is not { } request) return NoRequest(reference);
        if (!state.Refuse(reference, reason, actor)) return Decided(state.FindRequest(reference)!);
        var problem = await RecordAsync(About(request) with { Rule = $"request {request.Reference} refused by {actor}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Request {request.Reference} is refused: {request.Host} stays closed for {request.Tier}." + problem, Request: state.FindRequest(reference));
    }

    /// <summary>Opens a host for a tier without a request.</summary>
    /// <param name="url">A host or a URL; its whole host is opened, sub-domains included.</param>
    /// <param name="tier">A tier of the policy.</param>
    /// <param name="duration">Over zero, at most <see cref="LongestGrant"/>; the end is rounded up to a whole second.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the grant stands.</param>
    public async Task<UnblockResult> GrantAsync(string url, string tier, TimeSpan duration, string reason, string actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (duration <= TimeSpan.Zero) return Bad("How long? Give a time over zero, such as 1h.");
        if (!CanonicalUrl.TryParse(url, out var canonical, out var error)) return Bad(error);
        if (policy.FindTier(tier) is null) return NoTier(tier, policy);
        // Locked lists first: nobody is told "a shorter time will do" for a site that no time opens.
        if (await RefusalAsync(canonical, tier, actor, "grant", policy, cancellationToken) is { } refused) return refused;
        if (duration > LongestGrant)
            return new UnblockResult(UnblockOutcome.RefusedByRule, $"Without a request a site is opened for at most {LongestGrant.TotalHours} hours, one school day. Grant a shorter time, or add the site to own_allow in the policy.");

        var start = clock.GetUtcNow();
        var granted = state.Grant(Audience.ForTier(tier), Site.ForHost(canonical.Host), start, EndOf(start, duration), reason, actor)!;
        var problem = await RecordAsync(
            About(granted) with { PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version, Rule = $"override {granted.Id} granted until {Iso(granted.End)} by {actor}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, Opened(granted) + problem, granted);
    }

    /// <summary>Ends an override now.</summary>
    public async Task<UnblockResult> RevokeAsync(long id, string reason, string actor, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (state.FindOverride(id) is not { } found) return new UnblockResult(UnblockOutcome.NotFound, $"There is no override {id}. See: filtergate overrides list");
        if (!state.Revoke(id, reason, actor))
        {
            found = state.FindOverride(id)!;
            var how = found.RevokedAt is { } at ? $"was revoked at {Iso(at)} by {found.RevokedBy}" : $"ended at {Iso(found.End)}";
            return new UnblockResult(UnblockOutcome.AlreadyDecided, $"Override {id} {how}.", found);
        }
        var problem = await RecordAsync(About(found) with { Rule = $"override {id} revoked by {actor}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Override {id} is revoked: {found.Site} is closed again for {found.Audience.Label}." + problem, state.FindOverride(id));
    }

    /// <summary>What forbids to open this site whatever anybody says, or null. A refused attempt is on record when this returns.</summary>
    private async Task<UnblockResult?> RefusalAsync(CanonicalUrl url, string tierName, string actor, string what, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (policy.FindTier(tierName) is not { } tier) return NoTier(tierName, policy);

        // The override would open the whole host, so the host is asked about as well as the address. A locked address elsewhere on the host stays closed by itself: step 1 comes before overrides.
        var site = CanonicalUrl.ForHost(url.Scheme, url.Host, url.Port);
        var client = new Client(IPAddress.Loopback, tier, Device: null, IsKnown: true);
        var time = clock.GetUtcNow();
        var locked = policy.Lists.Locked.Find(url, Seen.Url) ?? policy.Lists.Locked.Find(site, Seen.Host);
        var decision = locked is null ? Decision.Stricter(policy.Decide(client, url, Seen.Url, time), policy.Decide(client, site, Seen.Host, time)) : new Decision(Verdict.Block, Reason.Locked) { Locked = locked };
        if (decision.IsForwarded || decision.IsOverridable) return null;

        var attempt = new FilterEvent
        {
            Time = time, Gateway = gateway, Kind = EventKind.Audit, Reason = decision.Reason, Tier = tierName, PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
            Category = (locked?.Category ?? decision.Category)?.Slug, List = locked?.List, EntryId = locked?.EntryId, Host = locked is null ? url.Host : null,
            Rule = $"override refused ({decision.Reason.Code()}) to {actor}: {what}",
        };
        var subject = locked is null ? url.Host : $"{locked.List} {locked.EntryId}";
        state.Audit(actor, "override.refused", $"{subject} for {tierName} ({decision.Reason.Code()}, {what})", reason: null);
        var problem = await RecordAsync(attempt, cancellationToken);
        return new UnblockResult(UnblockOutcome.RefusedByRule, Why(decision) + " This attempt is on record." + problem);
    }

    private static string Why(in Decision decision) => decision.Reason switch
    {
        Reason.Locked => "This address is on an illegal-content list. Nothing opens it.",
        Reason.NoBypass => $"Nothing opens sites in the category {decision.Category?.Slug ?? "that this one is in"}, for anybody.",
        Reason.EmergencyBlock => "This site is blocked in an emergency. Lift that first.",
        _ => $"This site cannot be opened by an override ({decision.Reason.Code()}).",
    };

    /// <summary>Writes an event; answers with nothing, or with a sentence to add when that failed.</summary>
    private async Task<string> RecordAsync(FilterEvent filterEvent, CancellationToken cancellationToken)
    {
        try
        {
            await events.CommitAsync(filterEvent, giveReference: false, cancellationToken);
            return "";
        }
        catch (EventStoreException e)
        {
            return $" It could not be written to the events: {e.Message} The audit has it.";
        }
    }

    private FilterEvent About(UnblockRequest request) => new()
    {
        Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Override, Client = request.Client, Device = request.Device, Tier = request.Tier, Url = request.Url, Host = request.Host, Category = request.Category,
    };

    private FilterEvent About(OverrideRecord granted) => new() { Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Override, Tier = granted.Audience.TierName, Host = granted.Site.Host };

    private static UnblockResult? WrongReason(ref string reason)
    {
        reason = Words.Clean(reason, WordsLengthMax);
        return reason.Length > 0 ? null : Bad("Why? A reason is needed: it is kept with the override.");
    }

    private static UnblockResult Bad(string message) => new(UnblockOutcome.BadRequest, message);

    private static UnblockResult NoTier(string tier, PolicySnapshot policy) => Bad($"The policy has no tier {tier}. It has: {string.Join(", ", policy.Tiers.Select(t => t.Name))}.");

    private static UnblockResult NoRequest(string reference) =>
        new(UnblockOutcome.NotFound, $"There is no request {Reference.Normalise(reference) ?? "with this reference"}. See: filtergate unblock list");

    private static UnblockResult Asked(UnblockRequest request) => request.Status == RequestStatus.Waiting
        ? new UnblockResult(UnblockOutcome.Done, "Somebody has already asked for this site. It is waiting for an answer.", Request: request)
        : new UnblockResult(UnblockOutcome.AlreadyDecided, $"This request has been answered already: {request.Status.ToString().ToLowerInvariant()}.", Request: request);

    private static UnblockResult Decided(UnblockRequest request) =>
        new(UnblockOutcome.AlreadyDecided, $"Request {request.Reference} was {request.Status.ToString().ToLowerInvariant()} at {Iso(request.DecidedAt ?? request.Time)} by {request.DecidedBy}.", Request: request);

    private static string Opened(OverrideRecord granted) => $"{granted.Site} is open for {granted.Audience.Label} until {Iso(granted.End)} (override {granted.Id}).";

    /// <summary>Rounded up to a whole second: what is said to a person is what happens.</summary>
    private static DateTimeOffset EndOf(DateTimeOffset start, TimeSpan duration)
    {
        var end = start + duration;
        return new DateTimeOffset((end.UtcTicks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
