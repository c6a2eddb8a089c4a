using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Governors;

/// <summary>A count for governors: under five it says so and not how many, for a small number may be one known child.</summary>
/// <param name="Number">The number.</param>
public readonly record struct SafeCount(long Number)
{
    /// <summary>The least number that is said.</summary>
    public const int Least = 5;

    /// <inheritdoc/>
    public override string ToString() => Say(Tongue.English);

    /// <summary>As it is said: the number, or that it is too small.</summary>
    public string Say(Tongue tongue)
    {
        ArgumentNullException.ThrowIfNull(tongue);
        return Number is > 0 and < Least ? tongue.Say("under {0}", Least) : tongue.Number(Number);
    }
}

/// <summary>What governors see: counts of a time, never a name.</summary>
/// <param name="Since">First day.</param>
/// <param name="Until">Today.</param>
/// <param name="Refused">Events that were refused.</param>
/// <param name="Searches">Searches.</param>
/// <param name="Ways">Tries to get round the filter, also those that shadow mode let through. An app that tries all afternoon is one.</param>
/// <param name="Subjects">What was refused, by category, most first; what is under five is together in the last.</param>
/// <param name="Tiers">The same by tier.</param>
/// <param name="Reviews">What was concluded.</param>
/// <param name="DaysDone">Days that were called done.</param>
/// <param name="SchoolDays">School days of the time.</param>
/// <param name="Signed">Terms that were signed.</param>
/// <param name="HasLicensedList">False while only the demonstration of an illegal-content list is loaded.</param>
/// <param name="Policy">For names.</param>
/// <param name="Problems">What could not be read.</param>
public sealed record GovernorView(
    DateOnly Since, DateOnly Until, SafeCount Refused, SafeCount Searches, SafeCount Ways, IReadOnlyList<(string Name, SafeCount Count)> Subjects, IReadOnlyList<(string Name, SafeCount Count)> Tiers, ReviewCounts Reviews, int DaysDone, int SchoolDays,
    IReadOnlyList<TermSignature> Signed, bool HasLicensedList, PolicySnapshot Policy, IReadOnlyList<string> Problems);

/// <summary>One page for governors.</summary>
internal sealed class GovernorPages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    private const int Days = 91;

    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, "/governors", Need.Governors, Page);

    private RazorComponentResult<GovernorPage> Page(HttpContext context)
    {
        var (viewer, inForce, now) = (gate.See(context), policy(), clock.GetUtcNow());
        var times = inForce.Timetable;
        var (today, problems) = (times.DayOf(now), new List<string>());
        var since = today.AddDays(1 - Days);
        IReadOnlyList<CountRow> rows = [];
        try
        {
            var counted = events.Count(new CountQuery(times.StartOf(since), now, CountBy.Category | CountBy.Kind | CountBy.Tier | CountBy.Verdict) { Limit = 20_000 });
            rows = counted.Rows;
            problems.AddRange(counted.Problems);
        }
        catch (EventStoreException problem)
        {
            problems.Add(problem.Message);
        }
        var refused = rows.Where(row => row.Verdict >= Verdict.Warn).ToList();
        var view = new GovernorView(
            since, today, new(refused.Sum(row => row.Events)), new(rows.Where(row => row.Kind == EventKind.Search).Sum(row => row.Events)), new(rows.Where(row => row.Kind is { } kind && FilterEvent.AttemptKinds.Contains(kind)).Sum(row => row.Acts)),
            Together(refused, row => row.Category is { } slug ? inForce.Lists.Taxonomy.Find(slug)?.Name ?? slug : "No category"), Together(refused, row => row.Tier ?? "Unknown"),
            state.CountReviews(times.StartOf(since), now), state.DaysDone(since).Select(day => day.Day).Distinct().Count(), Enumerable.Range(0, Days).Count(day => times.IsSchoolDay(since.AddDays(day))),
            state.TermSignatures(), inForce.Lists.Locked.Feeds.Any(feed => !feed.IsDemonstration), inForce, problems);
        return new RazorComponentResult<GovernorPage>(new { Viewer = viewer, View = view });
    }

    /// <summary>Counts by a name. What is under five stands together, so that no difference of sums tells one of them.</summary>
    internal static IReadOnlyList<(string Name, SafeCount Count)> Together(IEnumerable<CountRow> rows, Func<CountRow, string> nameOf)
    {
        var counts = rows.GroupBy(nameOf, StringComparer.Ordinal).Select(same => (Name: same.Key, Count: same.Sum(row => row.Events))).OrderByDescending(count => count.Count).ThenBy(count => count.Name, StringComparer.Ordinal).ToList();
        var large = counts.Where(count => count.Count >= SafeCount.Least).ToList();
        var small = counts.Skip(large.Count).ToList();
        var rest = small.Sum(count => count.Count);
        // One small number alone would be told by the sum of all: it takes the next larger one along.
        if (small.Count > 0 && rest < SafeCount.Least && large.Count > 0)
        {
            small.Add(large[^1]);
            large.RemoveAt(large.Count - 1);
            rest = small.Sum(count => count.Count);
        }
        IEnumerable<(string, SafeCount)> shown = large.Take(12).Select(count => (count.Name, new SafeCount(count.Count)));
        var left = large.Skip(12).Sum(count => count.Count) + rest;
        return left > 0 ? [.. shown, ("Others", new SafeCount(left))] : [.. shown];
    }
}
