using System.Net;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>What a teacher does with his or her own account: a session for a class until the bell, and a look at a blocked site before pupils see it.</summary>
public sealed partial class UnblockDesk
{
    /// <summary>Sites that one class session names.</summary>
    public const int SessionSitesMax = 20;

    /// <summary>Begins the reason of a preview's override, which nothing else says.</summary>
    private const string PreviewReason = "preview: ";

    /// <summary>True for a look at a site on one device, which is neither extended nor for a class.</summary>
    public static bool IsPreview(OverrideRecord granted)
    {
        ArgumentNullException.ThrowIfNull(granted);
        return granted is { RequestReference: null, Audience.Kind: AudienceKind.Client } && granted.Reason.StartsWith(PreviewReason, StringComparison.Ordinal);
    }

    /// <summary>Opens or closes named sites for one class. It ends by itself; the head is told of what is opened.</summary>
    /// <param name="className">A group of the policy that is a class.</param>
    /// <param name="kind">What is done with the sites.</param>
    /// <param name="sites">One to <see cref="SessionSitesMax"/> of them; a video may be among them.</param>
    /// <param name="end">Until when; null for the bell. At most as long as the policy's <c>lesson.longest</c>.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="personId">The teacher, by id.</param>
    /// <param name="policy">The policy in force: what it forbids outright stays so, and is refused here.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the session stands.</param>
    public async Task<UnblockResult> StartSessionAsync(
        string className, SessionKind kind, IReadOnlyList<Site> sites, DateTimeOffset? end, string reason, string personId, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(policy);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        var actor = Actor.OfPerson(personId);
        if (!policy.Approvals.May(personId, Roles.Teacher)) return NotAllowed(actor, $"class session for {className}", "Only a teacher opens or closes sites for a class.");
        if (policy.FindGroup(className) is not { Kind: GroupKind.Class } group) return Bad($"The policy has no class {className}.");
        if (sites.Count is 0 or > SessionSitesMax) return Bad($"Name one site or more, at most {SessionSitesMax}.");

        var start = clock.GetUtcNow();
        if ((end ?? policy.Timetable.Bell(start)) is not { } until) return Bad("No lesson runs now, so there is no bell to end it. Choose a time.");
        if (until <= start) return Bad("The end is past. Choose a later time.");
        if (until > Whole(start + policy.Approvals.Lesson.Longest))
            return new UnblockResult(UnblockOutcome.RefusedByRule, $"For a class sites are opened or closed for at most {Hours(policy.Approvals.Lesson.Longest)}. For longer, ask for good: the {Approvals.Say(policy.Approvals.ForGood.DecidedBy)} decides.");
        var audience = Audience.ForGroup(group.Name);
        if (kind != SessionKind.Close && await RefusalAsync(sites.Where(s => s.Host.Length > 0), asked: null, audience, actor.Name, $"class session for {group.Name}", policy, cancellationToken) is { } refused) return refused;

        var named = string.Join(", ", sites);
        var what = kind switch { SessionKind.Open => $"{named} opened", SessionKind.Close => $"{named} closed", _ => $"nothing but {named} open" };
        var tell = kind == SessionKind.Close ? null : new NoticeDraft(policy.Approvals.Lesson.Tells, $"{what} for {group.Name} until {Iso(Whole(until))} by {actor.Name}: {reason}");
        var session = state.StartSession(group.Name, kind, sites, start, Whole(until), reason, actor.Name, tell);
        var problem = await RecordAsync(About(session) with { PolicyVersion = policy.Version, ListsVersion = policy.Lists.Version, Rule = $"class session {session.Id} started until {Iso(session.End)} by {actor.Name}: {what}: {reason}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"{char.ToUpperInvariant(what[0])}{what[1..]} for {group.Title} until {policy.Timetable.ToLocal(session.End):HH:mm}." + problem);
    }

    /// <summary>Ends a class session before its time. Any teacher may, and whoever holds a key: another class may be waiting.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="personId">Who, by id.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the end stands.</param>
    public async Task<UnblockResult> EndSessionAsync(long id, string personId, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var actor = Actor.OfPerson(personId);
        if (policy.Approvals.RolesOf(personId).IsEmpty) return NotAllowed(actor, $"end of class session {id}", "Only a teacher, or somebody who holds a key, ends a class session.");
        if (state.FindSession(id) is not { } session) return new UnblockResult(UnblockOutcome.NotFound, $"There is no class session {id}.");
        if (!state.EndSession(id, actor.Name)) return new UnblockResult(UnblockOutcome.AlreadyDecided, "This class session has ended already.");
        var problem = await RecordAsync(About(session) with { Rule = $"class session {id} ended by {actor.Name}{OverrideEndings.Used(state.SessionUsage(id))}" }, cancellationToken);
        return new UnblockResult(UnblockOutcome.Done, $"The session for {policy.FindGroup(session.Class)?.Title ?? session.Class} has ended." + problem);
    }

    /// <summary>Opens a site for a few minutes on the device that the person sits at, to see it before pupils do.</summary>
    /// <param name="address">A host or an address on it; a part of a site opens that part alone.</param>
    /// <param name="length">Over zero, at most <see cref="Approvals.PreviewLongest"/>.</param>
    /// <param name="reason">Why; must not be blank.</param>
    /// <param name="personId">Who looks, by id: a teacher, or somebody who holds a key.</param>
    /// <param name="device">The address that the person's device has. A pupils' device is refused: it may be handed on.</param>
    /// <param name="policy">The policy in force: it must not forbid the site outright.</param>
    /// <param name="cancellationToken">Ends the wait for the event; the preview stands.</param>
    public async Task<UnblockResult> PreviewAsync(string address, TimeSpan length, string reason, string personId, IPAddress device, PolicySnapshot policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(policy);
        if (WrongReason(ref reason) is { } wrong) return wrong;
        if (device.IsIPv4MappedToIPv6) device = device.MapToIPv4();
        var actor = Actor.OfPerson(personId);
        if (policy.Approvals.RolesOf(personId).IsEmpty) return NotAllowed(actor, "preview", "Only a teacher, or somebody who holds a key, previews a site.");
        if (!Site.TryParse(address, out var site, out var error)) return Bad(error);
        if (site.Host.Length == 0) return Bad("Name the address of a site, such as games.example.");
        if (length <= TimeSpan.Zero || length > policy.Approvals.PreviewLongest) return new UnblockResult(UnblockOutcome.RefusedByRule, $"A preview lasts at most {policy.Approvals.PreviewLongest.TotalMinutes:0} minutes.");
        if (IsPupilsDevice(device, policy)) return NotAllowed(actor, "preview", "This is a pupils' device. Preview the site on your own: a pupils' device may be handed on while it is open.");
        var audience = Audience.ForClient(device.ToString());
        if (await RefusalAsync([site], asked: null, audience, actor.Name, "preview", policy, cancellationToken) is { } refused) return refused;

        var start = clock.GetUtcNow();
        var granted = state.OpenSites([new OverrideDraft(audience, site, start, Whole(start + length))], PreviewReason + reason, actor.Name)!;
        return await OpenedAsync(granted, About(granted[0]) with { Person = personId }, actor, reason, " to preview", policy, request: null, cancellationToken);
    }

    private static bool IsPupilsDevice(IPAddress address, PolicySnapshot policy) => policy.Identify(address) is { } client
        && (client.Group?.Kind is GroupKind.Phase or GroupKind.Year or GroupKind.Class || (client.Person is { } id && policy.InForce.Roster.FindPerson(id)?.Role == PersonRole.Pupil));

    private UnblockResult NotAllowed(Actor actor, string what, string why)
    {
        state.Audit(actor.Name, "request.not-allowed", what, why);
        return new UnblockResult(UnblockOutcome.RefusedByRule, why);
    }

    private FilterEvent About(SessionRecord session) => new()
    {
        Time = clock.GetUtcNow(), Gateway = gateway, Kind = EventKind.Override, Group = session.Class, Host = session.Sites.FirstOrDefault(s => s.Host.Length > 0)?.Host,
    };
}
