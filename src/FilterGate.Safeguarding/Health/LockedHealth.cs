using FilterGate.Events;
using FilterGate.Lists.Locked;

namespace FilterGate.Safeguarding.Health;

/// <summary>How one illegal-content list stands.</summary>
/// <param name="Status">What lies on disk.</param>
/// <param name="Health">How fresh it is.</param>
/// <param name="TestHits">Tries of the filter with a verification address of it, within <see cref="LockedHealth.TestHitsWindow"/>.</param>
public sealed record LockedFeedLine(LockedFeedStatus Status, LockedFeedHealth Health, int TestHits)
{
    /// <summary>True when it is in force, given by its publisher, and fresh: nothing else is shown as well.</summary>
    public bool IsGood => Status is { IsInForce: true, IsDemonstration: false } && Health == LockedFeedHealth.Fresh;
}

/// <summary>How the illegal-content lists stand, and whether what is asked of a school's filter is met.</summary>
/// <param name="IsMet">True when both required lists are in force and fresh enough, and every tier can see what they name.</param>
/// <param name="Why">Why not, each with the words that a report quotes; empty when it is met.</param>
/// <param name="Feeds">Each list there could be, the required ones first.</param>
public sealed record LockedHealth(bool IsMet, IReadOnlyList<string> Why, IReadOnlyList<LockedFeedLine> Feeds)
{
    /// <summary>How far back test hits are counted: what a school's quarterly self-test looks at.</summary>
    public static TimeSpan TestHitsWindow { get; } = TimeSpan.FromDays(92);

    private const int TestHitsMax = 10_000;

    /// <summary>Judges what lies on disk.</summary>
    /// <param name="statuses">Each list there could be. A broken one is shown, not thrown.</param>
    /// <param name="tunnellingTiers">Tiers whose HTTPS is passed unread, asked for only where it matters: there a page is not seen unless its host is known to carry one that is listed.</param>
    /// <param name="events">Where tries are counted, or null where nothing was ever recorded.</param>
    /// <param name="now">Now.</param>
    public static LockedHealth Of(IReadOnlyList<LockedFeedStatus> statuses, Func<IEnumerable<string>> tunnellingTiers, Func<EventQuery, EventPage>? events, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(statuses);
        ArgumentNullException.ThrowIfNull(tunnellingTiers);
        var feeds = statuses.Select(s => new LockedFeedLine(s, s.Health(now), events is null ? 0 : CountTests(events, s.Feed, now))).ToList();
        var why = new List<string>();
        if (feeds.All(f => !f.Status.IsInForce || f.Status.IsDemonstration)) why.Add("not met: demonstration list");
        else
        {
            foreach (var (status, health, _) in feeds)
            {
                if (status.Feed.IsRequired && (!status.IsInForce || status.IsDemonstration)) why.Add($"not met: {status.Feed.Title} is missing");
                else if (health is LockedFeedHealth.Overdue) why.Add($"not met: {status.Feed.Title} is older than {LockedFeedStatus.AlarmsAfter.TotalHours} hours");
                else if (health is LockedFeedHealth.Broken or LockedFeedHealth.Previous) why.Add($"not met: {status.Feed.Title} is broken on disk");
            }
        }
        if (feeds.Any(f => f.Status is { IsInForce: true, IsBlind: true })) why.AddRange(tunnellingTiers().Select(tier => $"locked URLs: not met for tier {tier}"));
        return new(why.Count == 0, why, feeds);
    }

    private static int CountTests(Func<EventQuery, EventPage> events, LockedFeedKind feed, DateTimeOffset now) =>
        events(new EventQuery { Since = now - TestHitsWindow, Category = feed.Category, Kinds = [EventKind.Block], Limit = TestHitsMax }).Events.Count(e => e.List == feed.List && e.Rule == FilterEvent.VerificationRule);
}
