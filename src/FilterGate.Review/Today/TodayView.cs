using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Acts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Reviews;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Review.Today;

/// <summary>Something that changed since yesterday morning.</summary>
/// <param name="Words">What, in the language of the page.</param>
/// <param name="Href">Where more of it is; null where the reader has no page for it.</param>
public sealed record Change(string Words, string? Href);

/// <summary>What the first page shows: what needs me, what changed, is the filter healthy.</summary>
public sealed record TodayView
{
    /// <summary>Refusals shown as the last ones.</summary>
    public const int LatestMax = 6;

    /// <summary>Items shown at once: ten minutes at a minute each. After a week away there are seventy, and they come up as those before them are concluded.</summary>
    public const int ItemsShown = 10;

    /// <summary>The page with every item.</summary>
    public const string AllPath = "/?show=all";

    /// <summary>Now, in school time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The policy in force.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>What somebody should look at; null for a reader who reads no acts.</summary>
    public Worklist? Work { get; init; }

    /// <summary>True when every item was asked for.</summary>
    public bool ShowsAll { get; init; }

    /// <summary>The items that are shown.</summary>
    public IReadOnlyList<WorkItem> Shown { get; init; } = [];

    /// <summary>How many of which day are not, the youngest day first.</summary>
    public IReadOnlyList<(DateOnly Day, int Items)> More => Work is null ? [] : [.. Work.Items.ExceptBy(Shown.Select(item => item.Key), item => item.Key, StringComparer.Ordinal).CountBy(item => item.Day).Select(day => (day.Key, day.Value))];

    /// <summary>Of whom only refusals are on record, as <c>pupil, Class 4B</c>; empty for nobody.</summary>
    public string OnlyRefusals { get; init; } = "";

    /// <summary>What was refused last, newest first, as far as the reader may see it.</summary>
    public IReadOnlyList<ActEntry> Latest { get; init; } = [];

    /// <summary>Requests that wait for somebody's answer; null for a reader who sees none.</summary>
    public int? Requests { get; init; }

    /// <summary>What the reader was told and has not marked as seen.</summary>
    public IReadOnlyList<Notice> Notices { get; init; } = [];

    /// <summary>Whether today is called done, and by whom.</summary>
    public DoneDay? Done { get; init; }

    /// <summary>Acts concluded today.</summary>
    public int Concluded { get; init; }

    /// <summary>What changed since yesterday morning; null for a reader without those pages.</summary>
    public IReadOnlyList<Change>? Changes { get; init; }

    /// <summary>How the filter stands, the worst first.</summary>
    public required IReadOnlyList<HealthLine> Health { get; init; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    internal static TodayView Of(Viewer viewer, EventStore events, StateStore state, PolicySnapshot policy, ReviewSiteOptions options, bool? gatewayAnswers, bool showsAll, DateTimeOffset now)
    {
        var today = policy.Timetable.DayOf(now);
        var view = new TodayView
        {
            Now = policy.Timetable.ToLocal(now), Policy = policy, ShowsAll = showsAll, Health = Today.Health.Of(events, state, policy, options, gatewayAnswers, viewer.Tongue, now),
            Requests = viewer.May(Need.Requests) ? state.OpenRequests().Count : null,
            Notices = viewer.Standing is { } standing ? [.. standing.Roles.Where(role => !Roles.WithoutKeys.Contains(role, StringComparer.Ordinal)).SelectMany(role => state.Notices(role)).OrderByDescending(notice => notice.Id).Take(10)] : [],
            Changes = viewer.May(Need.Policy) ? ChangesSince(policy.Timetable.StartOf(today.AddDays(-1)), viewer, state) : null,
        };
        if (!viewer.May(Need.Review)) return view;
        var sight = Sight.Of(viewer, policy);
        try
        {
            var work = Worklist.Of(events.Search, state, policy, now, sight.Sees, sight.OnlyPerson);
            var last = events.Search(new EventQuery { Kinds = [EventKind.Block, EventKind.Circumvention, EventKind.Override], Verdicts = [Verdict.Warn, Verdict.Quota, Verdict.Block], Since = now.AddDays(-1), Person = sight.OnlyPerson, Limit = 100 });
            return view with
            {
                Work = work, Shown = Worklist.Told(showsAll ? work.Items : work.MostUrgent(ItemsShown), events.Search, policy.Lists.Taxonomy), OnlyRefusals = viewer.Tongue.Say(RecordGaps.Of(policy)), Latest = [.. last.Events.Where(e => e.Act is null && sight.Sees(e)).Take(LatestMax).Select(e => new ActEntry(e, policy))], Problems = [.. work.Problems.Concat(last.Problems).Distinct(StringComparer.Ordinal)],
                Done = state.DaysDone(today, limit: 1) is [var done] ? done : null, Concluded = state.CountConcluded(policy.Timetable.StartOf(today)),
            };
        }
        catch (EventStoreException problem)
        {
            return view with { Problems = [problem.Message] };
        }
    }

    /// <summary>Counts of the audit by kind: who did it and why is on the pages that they lead to.</summary>
    private static List<Change> ChangesSince(DateTimeOffset since, Viewer viewer, StateStore state)
    {
        var done = state.AuditCounts(since);
        var changes = new List<Change>();
        Add(["policy.import", "policy.apply", "policy.rollback"], "The policy was changed once.", "The policy was changed {0} times.", Need.Policy, "/policy");
        Add(["override.grant", "override.extend", "session.start"], "1 site was opened or kept open.", "{0} sites were opened or kept open.", Need.Overrides, "/overrides");
        Add(["override.revoke", "session.end"], "1 opening was ended early.", "{0} openings were ended early.", Need.Overrides, "/overrides");
        Add(["block.emergency", "block.lift"], "1 emergency block was set or lifted.", "{0} emergency blocks were set or lifted.", Need.Overrides, "/overrides");
        Add(["lists.update", "lists.rollback", "lists.locked.import"], "The lists changed once.", "The lists changed {0} times.", Need.Lists, "/lists");
        Add(["lists.locked.import.failed"], "An illegal-content list could not be taken in.", "Illegal-content lists could not be taken in, {0} times.", Need.Lists, "/lists");
        Add(["shadow.begin", "shadow.end"], "Shadow mode was begun or ended.", "Shadow mode was begun or ended, {0} times.", Need.Audit, "/audit");
        Add(["pass-through.accept", "pass-through.end"], "1 decision was taken on sites that are passed unread.", "{0} decisions were taken on sites that are passed unread.", Need.Audit, "/audit");
        Add(["certificates.rotate"], "The certificate of the filter was changed once.", "The certificate of the filter was changed {0} times.", Need.Audit, "/audit");
        Add(["network.apply", "network.remove", "network.restore"], "The rules of the network were changed once.", "The rules of the network were changed {0} times.", Need.Audit, "/audit");
        Add(["network.staff-past"], "The web of staff passed the filter once, while it was down.", "The web of staff passed the filter {0} times, while it was down.", Need.Audit, "/audit");
        Add(["setup", "restore"], "The box was set up or put back from a backup.", "The box was set up or put back from a backup, {0} times.", Need.Audit, "/audit");
        Add(["events.purge", "state.forget"], "Records past their time were dropped once.", "Records past their time were dropped {0} times.", Need.Audit, "/audit");
        Add(["access.withdraw", "access.restore", "access.grant"], "1 person's access was changed.", "The access of people was changed {0} times.", Need.Audit, "/audit");
        Add(["account.invite", "account.enrol", "account.remove"], "1 step was taken with accounts of this site.", "{0} steps were taken with accounts of this site.", Need.Audit, "/audit");
        Add(["people.import", "people.add", "people.change", "people.remove", "devices.import", "devices.add", "devices.change", "devices.remove", "devices.assign", "devices.unassign"], "The records of people or devices changed once.", "The records of people or devices changed {0} times.", Need.Audit, "/audit");
        return changes;

        void Add(string[] actions, string one, string many, Need need, string href)
        {
            if (actions.Sum(action => done.GetValueOrDefault(action)) is var count and > 0)
                changes.Add(new Change(viewer.Tongue.Count(count, one, many), viewer.Places.Any(place => place.Href == href) && viewer.May(need) ? href : null));
        }
    }
}
