using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Acts;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.People;

/// <summary>A day with what somebody did on it.</summary>
public sealed record DayCount(DateOnly Day, long Refused, long Acts);

/// <summary>What the page of a person or device shows.</summary>
public sealed record PersonView
{
    /// <summary>Days of the strip above the timeline.</summary>
    private const int DaysShown = 14;

    /// <summary>Who: <c>person:p123</c> or <c>device:ipad-14</c>.</summary>
    public required string Who { get; init; }
    /// <summary>Name for people.</summary>
    public required string Name { get; init; }
    /// <summary>Class, or null.</summary>
    public string? Group { get; init; }
    /// <summary>The day shown.</summary>
    public required DateOnly Day { get; init; }
    /// <summary>Today.</summary>
    public required DateOnly Today { get; init; }
    /// <summary>Now, in school time.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>The policy.</summary>
    public required PolicySnapshot Policy { get; init; }
    /// <summary>Events of each hour of the day, from midnight: refused, and all.</summary>
    public IReadOnlyList<(long Refused, long All)> Hours { get; init; } = [];
    /// <summary>The last days, oldest first.</summary>
    public IReadOnlyList<DayCount> Days { get; init; } = [];
    /// <summary>What it was about in these days, most first.</summary>
    public IReadOnlyList<(string Category, long Events)> Subjects { get; init; } = [];
    /// <summary>Acts of the day, newest first.</summary>
    public IReadOnlyList<ActEntry> Acts { get; init; } = [];
    /// <summary>The last act looked at, where older ones of the day follow.</summary>
    public Guid? Older { get; init; }
    /// <summary>The act that the page begins after.</summary>
    public Guid? Before { get; init; }
    /// <summary>Words of searches of the day, newest first, each once.</summary>
    public IReadOnlyList<(string Words, int Times, bool IsRefused)> Searches { get; init; } = [];
    /// <summary>Overrides for this person, device or class in these days.</summary>
    public IReadOnlyList<OverrideRecord> Overrides { get; init; } = [];
    /// <summary>What could not be understood, in the language of the page.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
    /// <summary>What could not be read.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];
    /// <summary>Why nothing can be shown, or null.</summary>
    public string? Failure { get; init; }
    /// <summary>True to show what stands after the question mark.</summary>
    public bool ShowsQuery { get; init; }

    /// <summary>The page's own address.</summary>
    public string Path => ActEntry.HrefOf(Who)!;

    /// <summary>The address of a day.</summary>
    public string Link(DateOnly day, Guid? before = null, bool showsQuery = false) =>
        $"{Path}?day={day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{(before is { } id ? $"&before={id:N}" : "")}{(showsQuery ? "&query=show" : "")}";

    internal static PersonView Of(string? person, string? device, IQueryCollection query, Viewer viewer, EventReader events, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        var (reader, times, roster) = (new QueryReader(query, viewer.Tongue), policy.Timetable, policy.InForce.Roster);
        var today = times.DayOf(now);
        var day = reader.Time("day") is { } asked ? DateOnly.FromDateTime(asked) : today;
        if (day > today)
        {
            reader.Say("That day has not come yet; today is shown.");
            day = today;
        }
        var before = reader.Before();
        var who = person is not null ? $"person:{person}" : $"device:{device}";
        var group = (person is null ? roster.FindDeviceByName(device!)?.Group : roster.FindPerson(person)?.Group) is { } name ? policy.FindGroup(name) : null;
        var view = new PersonView
        {
            Who = who, Name = ActEntry.Whose(person, device, client: null, policy, viewer.Tongue), Group = group?.Title, Day = day, Today = today, Now = times.ToLocal(now), Policy = policy, Before = before, Problems = reader.Problems,
        };
        try
        {
            var (start, end) = (times.StartOf(day), times.StartOf(day.AddDays(1)));
            var first = times.StartOf((day < today.AddDays(1 - DaysShown) ? day : today).AddDays(1 - DaysShown));
            var last = times.StartOf((day < today.AddDays(1 - DaysShown) ? day : today).AddDays(1));
            // One question for the strip of days, the hours and the subjects: an hour belongs to the day in which it begins, by the school's clock.
            var counted = events.Count(new CountQuery(first, last, CountBy.Hour | CountBy.Category | CountBy.Kind | CountBy.Verdict) { Who = who, Limit = 20_000 });
            var ofDay = new EventQuery { Since = start, Until = end, Person = person, Device = device };
            var acts = ActSearch.Find(events, ofDay with { Acts = EventQuery.EveryAct, Before = before }, state, policy, Sight.Of(viewer, policy), _ => true);
            var searches = events.Search(ofDay with { Acts = [ActKind.Search], Limit = 200 });
            var hours = new (long Refused, long All)[24];
            foreach (var row in counted.Rows.Where(row => row.Hour >= start.AddHours(-1) && times.DayOf(row.Hour!.Value) == day))
            {
                var hour = times.ToLocal(row.Hour!.Value).Hour;
                hours[hour] = (hours[hour].Refused + (IsRefused(row) ? row.Events : 0), hours[hour].All + row.Events);
            }
            return view with
            {
                Hours = hours,
                Days = [.. counted.Rows.GroupBy(row => times.DayOf(row.Hour!.Value)).Select(rows => new DayCount(rows.Key, rows.Where(IsRefused).Sum(row => row.Events), rows.Sum(row => row.Acts))).OrderBy(count => count.Day)],
                Subjects = [.. counted.Rows.Where(row => row.Category is not null && IsRefused(row)).GroupBy(row => row.Category!, StringComparer.Ordinal).Select(rows => (policy.Lists.Taxonomy.Find(rows.Key)?.Name ?? rows.Key, rows.Sum(row => row.Events))).OrderByDescending(row => row.Item2).Take(8)],
                Acts = acts.Acts, Older = acts.Last,
                Searches = [.. searches.Events.Where(e => e.SearchWords is not null && e.Reason != Reason.Locked).GroupBy(e => e.SearchWords!.Trim(), StringComparer.OrdinalIgnoreCase).Select(same => (same.First().SearchWords!, same.Count(), same.Any(e => e.Decision >= Verdict.Warn)))],
                Overrides = [.. state.Overrides(500).Where(o => o.End >= first && o.Start < last && Concerns(o.Audience, person, device, group)).Take(20)],
                Unread = [.. counted.Problems.Concat(acts.Problems).Distinct(StringComparer.Ordinal)],
            };
        }
        catch (EventStoreException problem)
        {
            return view with { Failure = problem.Message };
        }
    }

    private static bool IsRefused(CountRow row) => row.Verdict >= Verdict.Warn;

    private static bool Concerns(Audience audience, string? person, string? device, Group? group) => audience.Kind switch
    {
        AudienceKind.Person => audience.Name == person, AudienceKind.Device => audience.Name == device, AudienceKind.Group => group?.IsWithin(audience.Name) == true, _ => false,
    };
}
