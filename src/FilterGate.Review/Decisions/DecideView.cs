using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using PolicySite = FilterGate.Policy.Site;

namespace FilterGate.Review.Decisions;

/// <summary>A request that waits for this person.</summary>
/// <param name="Request">The request.</param>
/// <param name="Who">Who asked, as the page may say it: a member of staff by name, a pupil by class.</param>
/// <param name="Site">The site in a word.</param>
/// <param name="Page">The part of it that was asked for, <c>games.example/maths</c>, or null for the front page.</param>
/// <param name="Audience">For whom it was asked.</param>
/// <param name="Preview">What there is to know before deciding.</param>
public sealed record WaitingRequest(UnblockRequest Request, string Who, string Site, string? Page, Audience Audience, UnblockPreview Preview);

/// <summary>Something opened today.</summary>
/// <param name="Key">What the form to end it names: <c>override 12</c> or <c>session 3</c>; null when it is over.</param>
/// <param name="What">Site or sites.</param>
/// <param name="Whom">For whom.</param>
/// <param name="When">From when until when.</param>
/// <param name="By">Who opened it.</param>
/// <param name="Reason">Why.</param>
public sealed record OpenedToday(string? Key, string What, string Whom, string When, string By, string Reason);

/// <summary>What the head's page shows.</summary>
public sealed record DecideView
{
    /// <summary>Requests on one page; a school that has more has another question to ask.</summary>
    public const int RequestsMax = 50;

    /// <summary>Requests that this person may decide, oldest first.</summary>
    public required IReadOnlyList<WaitingRequest> Waiting { get; init; }

    /// <summary>How many wait for somebody else, because they are this person's own.</summary>
    public required int WaitingForOthers { get; init; }

    /// <summary>Decided, and not applied yet.</summary>
    public required IReadOnlyList<UnblockRequest> Decided { get; init; }

    /// <summary>Opened today for a lesson, newest first.</summary>
    public required IReadOnlyList<OpenedToday> Today { get; init; }

    /// <summary>Notices that nobody has seen yet.</summary>
    public required IReadOnlyList<Notice> Notices { get; init; }

    /// <summary>The policy, for names.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Audiences that can be chosen instead of the one that was asked for.</summary>
    public required IReadOnlyList<Audience> Audiences { get; init; }

    /// <summary>The last day that a review can be set to, in school time.</summary>
    public DateOnly LatestReview => Policy.Timetable.DayOf(Now + Policy.Approvals.ForGood.Review).AddDays(-1);

    /// <summary>Gathers it. Reads the state a few times and classifies each request's address; no network.</summary>
    public static DecideView Of(Standing person, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var approvals = policy.Approvals;
        var open = state.OpenRequests();
        var undecided = open.Where(r => r.Route == RequestRoute.ForGood && r.Agreed is null).ToList();
        var mine = undecided.Where(r => approvals.WhyNot(KeyStep.Decide, person.Person, r.Keys) is null).ToList();
        return new DecideView
        {
            Waiting = [.. mine.Take(RequestsMax).Select(r => Describe(r, state, policy, tongue, now))],
            WaitingForOthers = undecided.Count - mine.Count,
            Decided = [.. open.Where(r => r.Agreed is not null)],
            Today = Opened(state, policy, tongue, now),
            Notices = [.. person.Roles.Where(role => role != Roles.Teacher).SelectMany(role => state.Notices(role)).OrderByDescending(n => n.Id).Take(RequestsMax)],
            Policy = policy,
            Now = now,
            Audiences = [.. policy.Groups.Select(g => Audience.ForGroup(g.Name)), .. policy.Tiers.Select(t => Audience.ForTier(t.Name))],
        };
    }

    /// <summary>Who asked: a pupil's name has no place on a page that decides about a site.</summary>
    public static string WhoAsked(UnblockRequest request, PolicySnapshot policy, Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(policy);
        var roster = policy.InForce.Roster;
        var asker = request.Person is { } id ? roster.FindPerson(id) : null;
        if (request.Person is { } staff && asker?.Role != PersonRole.Pupil)
        {
            var roles = policy.Approvals.RolesOf(staff);
            return (asker?.Name ?? staff) + (roles.IsEmpty ? "" : $" ({string.Join(", ", roles.Select(tongue.Role))})");
        }
        var ofClass = policy.FindGroup(request.Class ?? asker?.Group)?.Title;
        var who = ofClass is null ? tongue.Say("somebody in the tier {0}", request.Tier) : tongue.Say("a pupil of {0}", ofClass);
        return request.PassedOnBy is { } teacher ? tongue.Say("{0}, passed on by {1}", who, roster.FindPerson(teacher)?.Name ?? teacher) : who;
    }

    private static WaitingRequest Describe(UnblockRequest request, StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now) => new(
        request, WhoAsked(request, policy, tongue), request.Host,
        CanonicalUrl.TryParse(request.Url, out var url, out _) && PolicySite.ForUrl(url) is { Path: not null } part ? part.ToString() : null,
        request.Audience ?? Audience.ForTier(request.Tier), UnblockPreview.Of(request, state, policy, now));

    private static IReadOnlyList<OpenedToday> Opened(StateStore state, PolicySnapshot policy, Tongue tongue, DateTimeOffset now)
    {
        var times = policy.Timetable;
        var morning = times.StartOf(times.DayOf(now));
        var overrides = state.Overrides(500).Where(o => !o.IsForGood && o.Start >= morning).Select(o => (o.Start, new OpenedToday(
            o.RevokedAt is null && o.End > now ? $"override {o.Id}" : null, o.Site.ToString(), policy.Say(o.Audience, tongue), Span(o.Start, o.RevokedAt ?? o.End), Name(o.Actor), o.Reason)));
        var sessions = state.Sessions(500).Where(s => s.Start >= morning && s.Kind != SessionKind.Close).Select(s => (s.Start, new OpenedToday(
            s.EndedAt is null && s.End > now ? $"session {s.Id}" : null, s.Kind == SessionKind.Only ? tongue.Say("{0} and nothing else", string.Join(", ", s.Sites)) : string.Join(", ", s.Sites), policy.Say(Audience.ForGroup(s.Class), tongue), Span(s.Start, s.EndedAt ?? s.End),
            Name(s.Actor), s.Reason)));
        return [.. overrides.Concat(sessions).OrderByDescending(o => o.Start).Select(o => o.Item2).Take(RequestsMax)];

        string Span(DateTimeOffset from, DateTimeOffset to) => tongue.Say("{0} to {1}", times.Say(from, now, tongue), times.Say(to, now, tongue));

        string Name(string actor) => policy.InForce.Roster.FindPerson(actor)?.Name ?? actor;
    }
}
