using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;

namespace FilterGate.Review.Acts;

/// <summary>A person or device with what they did in a time.</summary>
/// <param name="Who">As <c>person:p123</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Group">Class or tier.</param>
/// <param name="Acts">Acts.</param>
/// <param name="Refused">Events that were refused, of every kind: pages, searches, ways round the filter, connections.</param>
/// <param name="Searches">Searches that were let through; a refused one is among <paramref name="Refused"/>.</param>
public sealed record WhoRow(string? Who, string Name, string? Group, long Acts, long Refused, long Searches);

/// <summary>What the Review page shows.</summary>
public sealed record ReviewView
{
    /// <summary>Rows by person.</summary>
    private const int PeopleMax = 100;

    /// <summary>Counts that the rows are added up from: a large school has a few thousand people, each with a handful of kinds.</summary>
    private const int CountsMax = 100_000;

    /// <summary>What was asked for.</summary>
    public required ReviewFilter Filter { get; init; }
    /// <summary>The policy, for names and times.</summary>
    public required PolicySnapshot Policy { get; init; }
    /// <summary>Now, in school time.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>The acts, newest first.</summary>
    public IReadOnlyList<ActEntry> Acts { get; init; } = [];
    /// <summary>By person, those with most acts first.</summary>
    public IReadOnlyList<WhoRow> People { get; init; } = [];
    /// <summary>Where the older ones are, or null.</summary>
    public string? Older { get; init; }
    /// <summary>Months that cannot be read.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
    /// <summary>Why nothing can be shown, or null.</summary>
    public string? Failure { get; init; }
    /// <summary>Choices that the reader keeps.</summary>
    public IReadOnlyList<SavedView> Kept { get; init; } = [];

    internal static ReviewView Of(ReviewFilter filter, Viewer viewer, EventReader events, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        var view = new ReviewView
        {
            Filter = filter, Policy = policy, Now = policy.Timetable.ToLocal(now), Kept = viewer.Standing is { } standing ? state.SavedViews(standing.Person, "review") : [],
        };
        try
        {
            var sight = Sight.Of(viewer, policy);
            if (filter.By == ByChoice.People)
            {
                var (since, until) = filter.Range(now, policy.Timetable.Zone);
                var counted = events.Count(new CountQuery(since ?? now.AddDays(-31), until ?? now, CountBy.Who | CountBy.Group | CountBy.Tier | CountBy.Kind)
                {
                    Tier = filter.Tier, Group = filter.Group, Category = filter.Category, Who = filter.Who ?? (sight.OnlyPerson is { } only ? $"person:{only}" : null), AddsRefused = true, Limit = CountsMax,
                });
                return view with
                {
                    Problems = counted.Problems,
                    People =
                    [
                        .. counted.Rows.Where(row => row.Who is not null && sight.SeesWho(row.Who, row.Group, row.Tier)).GroupBy(row => row.Who, StringComparer.Ordinal)
                            .Select(rows => new WhoRow(rows.Key, ActEntry.Whose(rows.Key, policy, viewer.Tongue), policy.FindGroup(rows.First().Group)?.Title ?? rows.First().Tier, rows.Sum(row => row.Acts),
                                rows.Sum(row => row.Refused), rows.Where(row => row.Kind == EventKind.Search).Sum(row => row.Events)))
                            .OrderByDescending(row => row.Refused).ThenByDescending(row => row.Acts).Take(PeopleMax),
                    ],
                };
            }
            var page = filter.Wanted is { } wanted
                ? ActSearch.FindConcluded(events, filter, wanted, state, policy, sight, now)
                : ActSearch.Find(events, filter.ToQuery(now, policy.Timetable.Zone), state, policy, sight, filter.Shows);
            return view with { Acts = page.Acts, Older = page.Last is { } last ? (filter with { Before = last }).Link : null, Problems = page.Problems };
        }
        catch (EventStoreException problem)
        {
            return view with { Failure = problem.Message };
        }
    }
}
