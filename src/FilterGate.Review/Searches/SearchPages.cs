using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Acts;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Searches;

/// <summary>The same words of one person, once.</summary>
/// <param name="Latest">The latest search with them.</param>
/// <param name="Times">How often.</param>
/// <param name="IsRefused">True when one of them was refused.</param>
/// <param name="Engines">Hosts of the engines.</param>
public sealed record SearchRow(ActEntry Latest, int Times, bool IsRefused, IReadOnlyList<string> Engines);

/// <summary>What the page of searches shows.</summary>
/// <param name="Filter">The choice: time, class, words, who.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Now">Now, in school time.</param>
/// <param name="Rows">Repeated ones together, newest first.</param>
/// <param name="Older">Where older ones are, or null.</param>
/// <param name="Problems">What could not be read.</param>
/// <param name="Failure">Why nothing can be shown, or null.</param>
public sealed record SearchView(ReviewFilter Filter, PolicySnapshot Policy, DateTimeOffset Now, IReadOnlyList<SearchRow> Rows, string? Older, IReadOnlyList<string> Problems, string? Failure)
{
    /// <summary>The address of a choice on this page.</summary>
    public static string LinkOf(ReviewFilter filter) => "/searches" + filter.Query;
}

/// <summary>What was searched for.</summary>
internal sealed class SearchPages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Looks looks, Gate gate) : IPages
{
    /// <summary>Searches on a page, before repeated ones are put together.</summary>
    private const int PageSize = 100;

    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, "/searches", Need.Searches, Page);

    private RazorComponentResult<SearchPage> Page(HttpContext context)
    {
        var (viewer, inForce, now) = (gate.See(context), policy(), clock.GetUtcNow());
        // Always searches, whether concluded or not.
        var filter = ReviewFilter.Parse(context.Request.Query, inForce, viewer.Tongue) with { Acts = ActChoice.Notable, State = StateChoice.Open, By = ByChoice.Acts };
        looks.Note(viewer, "searches", filter.Who ?? "searches");
        var (rows, older, problems, failure) = (new List<SearchRow>(), (string?)null, (IReadOnlyList<string>)[], (string?)null);
        try
        {
            var query = filter.ToQuery(now, inForce.Timetable.Zone) with { Acts = [ActKind.Search] };
            var page = ActSearch.Find(events, query, state, inForce, Sight.Of(viewer, inForce), _ => true, PageSize);
            rows.AddRange(page.Acts.GroupBy(act => (act.Event.Who, Words: act.Words?.Trim().ToUpperInvariant())).Select(same => new SearchRow(
                same.First(), same.Count(), same.Any(act => act.IsRefused), [.. same.Select(act => act.Host).OfType<string>().Distinct(StringComparer.Ordinal)])));
            (older, problems) = (page.Last is { } last ? SearchView.LinkOf(filter with { Before = last }) : null, page.Problems);
        }
        catch (EventStoreException problem)
        {
            failure = problem.Message;
        }
        var view = new SearchView(filter, inForce, inForce.Timetable.ToLocal(now), rows, older, problems, failure);
        return new RazorComponentResult<SearchPage>(new { Viewer = viewer, View = view }) { StatusCode = failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
    }
}
