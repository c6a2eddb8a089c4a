using FilterGate.Events;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Log;

/// <summary>Answers a query string with a page of the log.</summary>
/// <param name="search">The event store's search.</param>
/// <param name="school">What the policy in force says; asked once a page.</param>
/// <param name="clock">The time.</param>
/// <param name="zone">The school's time zone.</param>
/// <param name="requestsWaiting">Counts requests that wait, or null.</param>
/// <remarks>Safe from any thread. A page costs three searches, each bounded.</remarks>
internal sealed class EventLog(Func<EventQuery, EventPage> search, Func<School> school, TimeProvider clock, TimeZoneInfo zone, Func<int>? requestsWaiting = null)
{
    /// <summary>Events on a page: enough to read at a stretch, and under 100 KB with everything unfolded.</summary>
    public const int PageSize = 50;

    /// <summary>How far the totals count. Beyond it the number says less than "many", and counting would read rows that nobody sees.</summary>
    public const int TotalMax = 1_000;

    /// <summary>Live overrides that a page lists; the soonest to end come first.</summary>
    public const int LiveOverridesMax = 20;

    /// <summary>The school's time zone.</summary>
    public TimeZoneInfo Zone => zone;

    public string SchoolName => school().Name;

    /// <summary>Answers a query.</summary>
    /// <param name="query">As sent.</param>
    /// <param name="tongue">The language of what is wrong with it.</param>
    /// <param name="showsPerson">True for an event of which the reader may see whose it is and which page it was.</param>
    public LogView Read(IQueryCollection query, Tongue tongue, Func<FilterEvent, bool> showsPerson)
    {
        var facts = school();
        var now = clock.GetUtcNow();
        var filter = LogFilter.Parse(query, facts.Tiers, tongue);
        var live = facts.Overrides.Where(o => o.IsLive(now)).OrderBy(o => o.End).ToList();
        var view = new LogView
        {
            School = facts.Name,
            Filter = filter,
            Tiers = facts.Tiers,
            Now = TimeZoneInfo.ConvertTime(now, zone),
            Zone = zone,
            HasLicensedList = facts.HasLicensedList,
            LiveOverrides = live,
        };

        var (since, until) = filter.Range(now, zone);
        var asked = new EventQuery { Since = since, Until = until, Tier = filter.Tier };
        try
        {
            var page = search(asked with { Kinds = filter.Kinds, Before = filter.Before, Limit = PageSize });
            return view with
            {
                Entries = [.. page.Events.Select(e => new LogEntry(e, slug => facts.CategoryNames.GetValueOrDefault(slug, slug), group => facts.GroupTitles.GetValueOrDefault(group, group), view.Local(e.Time), showsPerson(e), filter.ShowsQuery))],
                Older = page.HasMore ? filter.Link(page.Events[^1].Id) : null,
                Unreadable = page.Problems,
                Blocked = Count(asked, EventKind.Block, EventKind.Circumvention),
                Overridden = Count(asked, EventKind.Override),
                RequestsWaiting = requestsWaiting?.Invoke(),
            };
        }
        catch (EventStoreException e)
        {
            return view with { Failure = e.Message };
        }
    }

    private Total Count(EventQuery asked, params EventKind[] kinds)
    {
        var page = search(asked with { Kinds = kinds, Limit = TotalMax });
        return new Total(page.Events.Count, page.HasMore);
    }
}
