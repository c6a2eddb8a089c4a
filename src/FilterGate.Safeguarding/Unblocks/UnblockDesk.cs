using System.Globalization;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>What people do about a blocked site: ask, pass on, decide, approve, refuse, grant, extend, revoke. Each step is an event and an audit row.</summary>
/// <remarks>
/// A pupil's request goes to a teacher. For a lesson the technician opens, for one class, and the head is told the same day; for good the head decides and then the technician applies. Who holds which key is
/// <see cref="Approvals"/>, and nobody answers a request of their own. The state is changed first, in one transaction that decides who was first; the event follows. When the event cannot be written the step stands and its
/// message says so: the audit row has it. An attempt that a rule of the house refuses is recorded too, without the address where that is on a locked list. Safe from several threads and processes.
/// </remarks>
/// <param name="state">Where requests and overrides are.</param>
/// <param name="events">Where the steps are recorded.</param>
/// <param name="clock">When an override begins, and what "now" is.</param>
/// <param name="gateway">Name of this gateway in events.</param>
public sealed partial class UnblockDesk(StateStore state, EventStore events, TimeProvider clock, string gateway = "gateway")
{
    /// <summary>Characters of a note or reason that are kept.</summary>
    public const int WordsLengthMax = 500;

    /// <summary>Requests of one client address, or of one person, that may wait for an answer at once.</summary>
    public const int WaitingPerClientMax = 10;

    /// <summary>Other hosts that one approval opens beside what was asked for.</summary>
    public const int AlsoMax = 20;

    /// <summary>A request that nobody answers ends by itself after this time: two school weeks.</summary>
    public static TimeSpan RequestLife { get; } = TimeSpan.FromDays(14);

    /// <summary>A teacher passes a pupil's request on, and so asks for it.</summary>
    /// <param name="reference">The request.</param>
    /// <param name="route">For a lesson or for good.</param>
    /// <param name="audience">For whom; a class for a lesson.</param>
    /// <param name="until">Until when it is needed, or null.</param>
    /// <param name="reason">Why it is needed.</param>
    /// <param name="actor">The teacher.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the step stands.</param>
    public async Task<UnblockResult> PassOnAsync(
        string reference, RequestRoute route, Audience audience, DateTimeOffset? until, string reason, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (FindOpen(reference, out var request) is { } none) return none;
        if (request.Route != RequestRoute.Pupil) return new UnblockResult(UnblockOutcome.AlreadyDecided, $"Request {request.Reference} has been passed on already.", Request: request);
        if (route is not (RequestRoute.Lesson or RequestRoute.ForGood)) return Bad("A request is passed on for a lesson or for good.");
        if (policy.Approvals.WhyNot(KeyStep.PassOn, actor.Person, request.Keys) is { } why) return Refused(actor, request, why);
        if (route == RequestRoute.ForGood && !policy.Approvals.IsWritten) return Refused(actor, request, policy.Approvals.WhyNot(KeyStep.Decide, actor.Person, request.Keys)!);
        if (WrongAudience(audience, policy, isLesson: route == RequestRoute.Lesson) is { } unknown) return unknown;
        if (state.PassOn(reference, route, audience, until, reason, actor.Name) is not { } passed) return Decided(state.FindRequest(reference)!);
        if (passed.Reference != request.Reference) return new UnblockResult(UnblockOutcome.AlreadyDecided, $"This is asked for already: request {passed.Reference}.", Request: passed);
        var problem = await RecordAsync(About(passed) with { Rule = $"request {request.Reference} passed on by {actor.Name}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Request {request.Reference} goes to the {Approvals.Say(policy.Approvals.RoleFor(route == RequestRoute.Lesson ? KeyStep.Open : KeyStep.Decide))}." + problem, Request: passed);
    }

    /// <summary>The head decides about a request for good. What is approved is not open yet: the technician applies it.</summary>
    /// <param name="reference">The request.</param>
    /// <param name="approve">True for yes; false refuses it.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="until">The review date, at most as far away as the policy's <c>for_good.review</c>; null for that.</param>
    /// <param name="site">What: null for the host that was asked for.</param>
    /// <param name="audience">For whom: null for whom it was asked.</param>
    /// <param name="personId">Who decides, by id.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the decision stands.</param>
    public async Task<UnblockResult> DecideAsync(
        string reference, bool approve, string reason, DateTimeOffset? until, Site? site, Audience? audience, string personId, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (FindOpen(reference, out var request) is { } none) return none;
        var actor = Actor.OfPerson(personId);
        if (request.Agreed is not null) return new UnblockResult(UnblockOutcome.AlreadyDecided, $"Request {request.Reference} was decided at {Iso(request.Agreed.At)} by {request.Agreed.By}.", Request: request);
        if (request.Route != RequestRoute.ForGood) return new UnblockResult(UnblockOutcome.RefusedByRule, "Only a request for good is decided this way.", Request: request);
        if (policy.Approvals.WhyNot(KeyStep.Decide, personId, request.Keys) is { } why) return Refused(actor, request, why);
        if (!approve) return await RefuseOpenAsync(request, reason, actor, cancellationToken);

        var now = clock.GetUtcNow();
        var review = Whole(until ?? now + policy.Approvals.ForGood.Review);
        if (review <= now) return Bad("The review date is past.");
        if (review > Whole(now + policy.Approvals.ForGood.Review)) return new UnblockResult(UnblockOutcome.RefusedByRule, $"It is looked at again within {policy.Approvals.ForGood.Review.TotalDays:0} days: choose an earlier review date.", Request: request);
        var agreement = new Agreement(now, personId, reason, review, site ?? Site.ForHost(request.Host), audience ?? request.Audience ?? Audience.ForTier(request.Tier));
        if (WrongAudience(agreement.Audience, policy, isLesson: false) is { } unknown) return unknown;
        if (await RefusalAsync([agreement.Site], CanonicalUrl.TryParse(request.Url, out var asked, out _) ? asked : null, agreement.Audience, actor.Name, $"request {request.Reference}", policy, cancellationToken) is { } refused) return refused;

        var tell = new NoticeDraft(policy.Approvals.ForGood.AppliedBy, $"Request {request.Reference} is approved until {Day(review)}. Apply it: filtergate unblock approve {request.Reference}");
        if (!state.Agree(reference, agreement, tell)) return Decided(state.FindRequest(reference)!);
        var problem = await RecordAsync(
            About(request) with { PolicyVersion = policy.Version, Rule = $"request {request.Reference} approved by {personId} until {Iso(review)} for {agreement.Audience}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Approved until {Day(review)}. The {Approvals.Say(policy.Approvals.ForGood.AppliedBy)} applies it." + problem, Request: state.FindRequest(reference));
    }

    /// <summary>Opens what a request asks for: for a lesson at once, for good what the head has decided.</summary>
    /// <param name="reference">In any spelling.</param>
    /// <param name="opening">What, for whom, until when and why.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the approval stands.</param>
    public async Task<UnblockResult> ApproveAsync(string reference, Opening opening, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(opening);
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        var reason = opening.Reason;
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (FindOpen(reference, out var request) is { } none) return none;
        var approvals = policy.Approvals;
        switch (request.Route)
        {
            case RequestRoute.Report:
                return Bad($"Request {request.Reference} reports a site that ought to be closed. Look at it, then: filtergate block, or filtergate unblock refuse {request.Reference}");
            case RequestRoute.ForGood when request.Agreed is null:
                return Refused(actor, request, approvals.WhyNot(KeyStep.Apply, actor.Person, request.Keys)
                    ?? $"The {Approvals.Say(approvals.ForGood.DecidedBy)} decides first ({string.Join(" or ", approvals.WhoMay(KeyStep.Decide, request.Keys))}).");
            case RequestRoute.Pupil when approvals.IsWritten && approvals.PupilsGoTo != approvals.Lesson.OpenedBy:
                return Refused(actor, request, $"A pupil's request goes to the {Approvals.Say(approvals.PupilsGoTo)} first, who passes it on.");
        }
        var step = request.Agreed is null ? KeyStep.Open : KeyStep.Apply;
        if (approvals.WhyNot(step, actor.Person, request.Keys) is { } why) return Refused(actor, request, why);

        var start = clock.GetUtcNow();
        var site = opening.Site ?? request.Agreed?.Site ?? Site.ForHost(request.Host);
        var audience = opening.Audience ?? request.Agreed?.Audience ?? request.Audience ?? Audience.ForTier(request.Tier);
        if (WrongAudience(audience, policy, isLesson: step == KeyStep.Open && approvals.IsWritten) is { } unknown) return unknown;
        // What no time opens is refused first: nobody is told that a shorter one would do.
        if (!CanonicalUrl.TryParse(request.Url, out var asked, out var error)) return Bad($"The request's address cannot be read: {error}");
        if (await RefusalAsync([site, .. opening.Also], asked, audience, actor.Name, $"request {request.Reference}", policy, cancellationToken) is { } refused) return refused;
        var end = opening.End ?? request.Agreed?.Until ?? request.Until;
        if (WrongEnd(start, end, LongestOf(step, approvals)) is { } late) return late;
        if (request.Agreed is { } agreed && WhyNotAgreed(agreed, site, audience, end!.Value) is { } other) return Refused(actor, request, other);
        if (opening.Also.Count > AlsoMax) return Bad($"At most {AlsoMax} other hosts are opened with one approval.");

        var drafts = opening.Also.Prepend(site).Select(s => new OverrideDraft(audience, s, start, Whole(end!.Value)) { IsForGood = step == KeyStep.Apply }).ToList();
        var tell = step == KeyStep.Apply ? null : new NoticeDraft(approvals.Lesson.Tells, $"{site} was opened for {audience} until {Iso(drafts[0].End)} by {actor.Name}: {reason}");
        if (state.OpenSites(drafts, reason, actor.Name, request.Reference, request.Status, tell) is not { } granted) return Decided(state.FindRequest(reference)!);
        return await OpenedAsync(granted, About(request), actor, reason, $" for request {request.Reference}", policy, state.FindRequest(reference), cancellationToken);
    }

    /// <summary>Refuses a request that is open, or answers a pupil's with not now.</summary>
    public async Task<UnblockResult> RefuseAsync(string reference, string reason, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (FindOpen(reference, out var request) is { } none) return none;
        // Leaving a site closed needs a key, but no particular one: nothing is opened by it.
        if (policy.Approvals.IsWritten && policy.Approvals.RolesOf(actor.Person).IsEmpty) return Refused(actor, request, "Only somebody who holds a key of the policy's approvals, or a teacher, may refuse a request.");
        return await RefuseOpenAsync(request, reason, actor, cancellationToken);
    }

    /// <summary>Whoever asked takes the request back.</summary>
    public async Task<UnblockResult> WithdrawAsync(string reference, string reason, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (FindOpen(reference, out var request) is { } none) return none;
        if (actor.Person is null || (actor.Person != request.Person && actor.Person != request.PassedOnBy)) return Refused(actor, request, "Only who asked takes a request back.");
        if (!state.Withdraw(reference, reason, actor.Name)) return Decided(state.FindRequest(reference)!);
        var problem = await RecordAsync(About(request) with { Rule = $"request {request.Reference} withdrawn by {actor.Name}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Request {request.Reference} is withdrawn." + problem, Request: state.FindRequest(reference));
    }

    /// <summary>Opens a site without a request, for at most one school day; the head is told.</summary>
    /// <param name="address">A host or an address on it: its whole host is opened, sub-domains included, unless the opening names a part. Or a bundle.</param>
    /// <param name="audience">For whom.</param>
    /// <param name="opening">Until when and why; its audience is not looked at.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the grant stands.</param>
    public async Task<UnblockResult> GrantAsync(string address, Audience audience, Opening opening, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(opening);
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        var reason = opening.Reason;
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (!Site.TryParse(address, out var site, out var error)) return Bad(error);
        if (WrongAudience(audience, policy, isLesson: false) is { } unknown) return unknown;
        var asked = CanonicalUrl.TryParse(address, out var url, out _) && site.Host.Length > 0 ? url : null;
        site = opening.Site ?? (asked is null ? site : Site.ForHost(asked.Host));
        if (await RefusalAsync([site, .. opening.Also], asked, audience, actor.Name, "grant", policy, cancellationToken) is { } refused) return refused;
        var role = policy.Approvals.Lesson.OpenedBy;
        if (policy.Approvals.IsWritten && !policy.Approvals.May(actor.Person, role)) return Refused(actor, request: null, $"Only the {Approvals.Say(role)} or a deputy opens a site without a request.");
        var start = clock.GetUtcNow();
        if (WrongEnd(start, opening.End, Approvals.SchoolDay) is { } late) return late;
        if (opening.Also.Count > AlsoMax) return Bad($"At most {AlsoMax} other hosts are opened with one grant.");

        var drafts = opening.Also.Prepend(site).Select(s => new OverrideDraft(audience, s, start, Whole(opening.End!.Value))).ToList();
        var tell = new NoticeDraft(policy.Approvals.Lesson.Tells, $"{site} was opened for {audience} until {Iso(drafts[0].End)} without a request by {actor.Name}: {reason}");
        var granted = state.OpenSites(drafts, reason, actor.Name, tell: tell)!;
        return await OpenedAsync(granted, About(granted[0]), actor, reason, "", policy, request: null, cancellationToken);
    }

    /// <summary>Moves the end of a live override, within what it could have had from its beginning: one of a request the policy's longest lesson, one without a request a school day. A preview keeps its end.</summary>
    /// <param name="id">The override.</param>
    /// <param name="end">The new end; rounded up to a whole second.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="actor">Who.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the new end stands.</param>
    public async Task<UnblockResult> ExtendAsync(long id, DateTimeOffset end, string reason, Actor actor, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(policy);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (state.FindOverride(id) is not { } found) return NoOverride(id);
        var now = clock.GetUtcNow();
        if (found.RevokedAt is not null || found.End <= now) return EndedAlready(found);
        var request = found.RequestReference is { } reference ? state.FindRequest(reference) : null;
        if (found.IsForGood) return Refused(actor, request, "What is open for good is looked at again at its review: ask anew, and the head decides.");
        if (IsPreview(found)) return Refused(actor, request, "A preview is a short look at a site and is not extended: begin another, or open the site for a lesson.");
        var keys = request?.Keys ?? new KeyRequest(RequestRoute.Lesson, null);
        if (policy.Approvals.WhyNot(KeyStep.Open, actor.Person, keys) is { } why) return Refused(actor, request, why);
        if (await RefusalAsync([found.Site], asked: null, found.Audience, actor.Name, $"override {id}", policy, cancellationToken) is { } refused) return refused;
        if (end <= now) return Bad("The new end is past. To close the site now: filtergate unblock revoke");
        var longest = found.RequestReference is null ? Approvals.SchoolDay : LongestOf(KeyStep.Open, policy.Approvals);
        if (end > Whole(found.Start + longest)) return new UnblockResult(UnblockOutcome.RefusedByRule, $"From its beginning at {Iso(found.Start)} it is open for at most {Hours(longest)}. For longer, ask for good: the head decides.", found);

        var tell = new NoticeDraft(policy.Approvals.Lesson.Tells, $"{found.Site} stays open for {found.Audience} until {Iso(Whole(end))}, extended by {actor.Name}: {reason}");
        if (state.Extend(id, Whole(end), reason, actor.Name, tell) is not { } extended) return EndedAlready(state.FindOverride(id)!);
        var problem = await RecordAsync(About(extended) with { PolicyVersion = policy.Version, Rule = $"override {id} extended until {Iso(extended.End)} by {actor.Name}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, Opened(extended) + problem, extended);
    }

    /// <summary>Ends an override now. Closing needs no key.</summary>
    public async Task<UnblockResult> RevokeAsync(long id, string reason, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (state.FindOverride(id) is not { } found) return NoOverride(id);
        if (!state.Revoke(id, reason, actor.Name)) return EndedAlready(state.FindOverride(id)!);
        var problem = await RecordAsync(About(found) with { Rule = $"override {id} revoked by {actor.Name}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"Override {id} is revoked: {found.Site} is closed again for {found.Audience.LabelUnnamed}." + problem, state.FindOverride(id));
    }

    private async Task<UnblockResult> RefuseOpenAsync(UnblockRequest request, string reason, Actor actor, CancellationToken cancellationToken)
    {
        if (!state.Refuse(request.Reference, reason, actor.Name)) return Decided(state.FindRequest(request.Reference)!);
        var problem = await RecordAsync(About(request) with { Rule = $"request {request.Reference} refused by {actor.Name}: {reason}" }, cancellationToken);
        var what = request.Route == RequestRoute.Report ? "nothing is blocked because of it" : $"{request.Host} stays closed for {(request.Audience ?? Audience.ForTier(request.Tier)).LabelUnnamed}";
        return new UnblockResult(UnblockOutcome.Done, $"Request {request.Reference} is refused: {what}." + problem, Request: state.FindRequest(request.Reference));
    }

    private async Task<UnblockResult> OpenedAsync(
        IReadOnlyList<OverrideRecord> granted, FilterEvent about, Actor actor, string reason, string forWhat, PolicySnapshot policy, UnblockRequest? request, CancellationToken cancellationToken)
    {
        var problem = "";
        foreach (var one in granted)
        {
            var made = about with
            {
                Id = EventId.Next(one.Start), Host = one.Site.Host.Length > 0 ? one.Site.Host : about.Host, Group = GroupOf(one.Audience) ?? about.Group, PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version,
                Rule = $"override {one.Id} granted until {Iso(one.End)} by {actor.Name}{forWhat}: {reason}",
            };
            problem = await RecordAsync(made, cancellationToken);
        }
        return new UnblockResult(UnblockOutcome.Done, string.Join(' ', granted.Select(Opened)) + problem, granted[0], request) { Overrides = granted };
    }

    private static TimeSpan LongestOf(KeyStep step, Approvals approvals) =>
        step == KeyStep.Apply ? Approvals.ReviewLongest : approvals.IsWritten ? approvals.Lesson.Longest : Approvals.SchoolDay;

    private static UnblockResult? WrongEnd(DateTimeOffset start, DateTimeOffset? end, TimeSpan longest)
    {
        if (end is null) return Bad("How long? Give a time, such as --for 1h.");
        if (end <= start) return Bad("How long? Give a time over zero, such as 1h.");
        // Ends are whole seconds; a person who writes 3h means three hours from the moment they press the key.
        if (end <= Whole(start + longest)) return null;
        return new UnblockResult(UnblockOutcome.RefusedByRule, longest <= Approvals.SchoolDay
            ? $"It is opened for at most {Hours(longest)}. For longer, ask for good: the head decides first."
            : $"It is looked at again within {longest.TotalDays:0} days.");
    }

    private static string? WhyNotAgreed(Agreement agreed, Site site, Audience audience, DateTimeOffset end)
    {
        if (end > agreed.Until) return $"It was decided until {Iso(agreed.Until)}, not longer.";
        if (agreed.Audience != audience && agreed.Audience != Audience.Everyone) return $"It was decided for {agreed.Audience.LabelUnnamed}.";
        return site == agreed.Site || (agreed.Site.Host.Length > 0 && agreed.Site.Path is null && site.Host == agreed.Site.Host) ? null : $"It was decided about {agreed.Site}.";
    }

    private static UnblockResult? WrongAudience(Audience audience, PolicySnapshot policy, bool isLesson)
    {
        var known = audience.Kind switch
        {
            AudienceKind.Tier => policy.FindTier(audience.Name) is not null,
            AudienceKind.Group => policy.FindGroup(audience.Name) is not null,
            AudienceKind.Person => policy.InForce.Roster.FindPerson(audience.Name) is not null,
            AudienceKind.Client => System.Net.IPAddress.TryParse(audience.Name, out _),
            _ => true,
        };
        if (!known)
        {
            return Bad(audience.Kind switch
            {
                AudienceKind.Tier => $"The policy has no tier {audience.Name}. It has: {string.Join(", ", policy.Tiers.Select(t => t.Name))}.",
                AudienceKind.Group => $"The policy has no group {audience.Name}. It has: {string.Join(", ", policy.Groups.Select(g => g.Name))}.",
                AudienceKind.Person => $"The roster has nobody with the id {audience.Name}.",
                _ => $"{audience.Name} is no address.",
            });
        }
        return isLesson && audience.Kind is AudienceKind.Tier or AudienceKind.Everyone
            ? new UnblockResult(UnblockOutcome.RefusedByRule, $"A lesson is for one class: name it with --class. For {audience.LabelUnnamed}, ask for good: the head decides.") : null;
    }

    /// <summary>A step that somebody else's key is needed for: on record, because trying it is.</summary>
    private UnblockResult Refused(Actor actor, UnblockRequest? request, string why)
    {
        state.Audit(actor.Name, "request.not-allowed", request is null ? "grant" : $"request {request.Reference}", why);
        return new UnblockResult(UnblockOutcome.RefusedByRule, why, Request: request);
    }

    private UnblockResult? FindOpen(string reference, out UnblockRequest request)
    {
        request = state.FindRequest(reference)!;
        if (request is null) return new UnblockResult(UnblockOutcome.NotFound, $"There is no request {Reference.Normalise(reference) ?? "with this reference"}. See: filtergate unblock list");
        return request.IsOpen ? null : Decided(request);
    }

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
        Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Override, Client = request.Client, Device = request.Device, Person = request.Person, Group = request.Class, Tier = request.Tier, Url = request.Url, Host = request.Host,
        Category = request.Category,
    };

    private FilterEvent About(OverrideRecord granted)
    {
        var (kind, name) = (granted.Audience.Kind, granted.Audience.Name);
        return new()
        {
            Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Override, Host = granted.Site.Host.Length > 0 ? granted.Site.Host : null, Tier = kind == AudienceKind.Tier ? name : null, Group = GroupOf(granted.Audience),
            Person = kind == AudienceKind.Person ? name : null, Device = kind == AudienceKind.Device ? name : null, Client = kind == AudienceKind.Client ? name : null,
        };
    }

    private static string? GroupOf(Audience audience) => audience.Kind == AudienceKind.Group ? audience.Name : null;

    private static UnblockResult? WrongReason(ref string reason)
    {
        reason = Words.Clean(reason, WordsLengthMax);
        return reason.Length > 0 ? null : Bad("Why? A reason is needed: it is kept with the override.");
    }

    private static UnblockResult Bad(string message) => new(UnblockOutcome.BadRequest, message);

    private static UnblockResult NoOverride(long id) => new(UnblockOutcome.NotFound, $"There is no override {id}. See: filtergate overrides list");

    private static UnblockResult EndedAlready(OverrideRecord found)
    {
        var how = found.RevokedAt is { } at ? $"was revoked at {Iso(at)} by {found.RevokedBy}" : $"ended at {Iso(found.End)}";
        return new UnblockResult(UnblockOutcome.AlreadyDecided, $"Override {found.Id} {how}.", found);
    }

    private static UnblockResult Decided(UnblockRequest request) => new(
        UnblockOutcome.AlreadyDecided,
        request.DecidedBy is { } by ? $"Request {request.Reference} was {Say(request.Status)} at {Iso(request.DecidedAt ?? request.Time)} by {by}."
            : request.Agreed is { } agreed ? $"Request {request.Reference} was decided at {Iso(agreed.At)} by {agreed.By}." : $"Request {request.Reference} has been {Say(request.Status)}.",
        Request: request);

    private static string Say(RequestStatus status) => status switch
    {
        RequestStatus.Waiting => "asked",
        RequestStatus.PassedOn => "passed on",
        _ => status.ToString().ToLowerInvariant(),
    };

    private static string Opened(OverrideRecord granted) => $"{granted.Site} is open for {granted.Audience.LabelUnnamed} until {Iso(granted.End)} (override {granted.Id}).";

    private static string Hours(TimeSpan length) => length.TotalMinutes % 60 == 0 ? $"{length.TotalHours:0} hours" : $"{length.TotalMinutes:0} minutes";

    /// <summary>Rounded up to a whole second: what is said to a person is what happens.</summary>
    private static DateTimeOffset Whole(DateTimeOffset time) => new((time.UtcTicks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
