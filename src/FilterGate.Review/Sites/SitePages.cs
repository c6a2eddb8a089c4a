using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Acts;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Sites;

/// <summary>What the page counts.</summary>
public enum SiteShow
{
    /// <summary>What was refused, and ways round the filter.</summary>
    Refused,
    /// <summary>What was let through and searched, as far as the policy keeps it.</summary>
    Visited,
}

/// <summary>Minutes of a limited category used today.</summary>
/// <param name="Tier">In which tier.</param>
/// <param name="Category">The category's slug.</param>
/// <param name="Users">By how many people or devices.</param>
/// <param name="Minutes">All together.</param>
/// <param name="Most">By whoever used most.</param>
public sealed record MinutesRow(string Tier, string Category, int Users, int Minutes, int Most);

/// <summary>What the page of sites shows: counts without names.</summary>
/// <param name="Show">What is counted.</param>
/// <param name="When">In which time.</param>
/// <param name="Tier">In this tier alone, or null.</param>
/// <param name="Tiers">The tiers that may be chosen.</param>
/// <param name="Rows">The sites, those with most first.</param>
/// <param name="HasMore">True when there are more sites than are shown.</param>
/// <param name="Minutes">Minutes of limited categories today.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Problems">What could not be understood, in the language of the page.</param>
/// <param name="Unread">What could not be read.</param>
/// <param name="Failure">Why nothing can be shown, or null.</param>
public sealed record SitesView(
    SiteShow Show, When When, string? Tier, IReadOnlyList<string> Tiers, IReadOnlyList<HostCount> Rows, bool HasMore, IReadOnlyList<MinutesRow> Minutes, PolicySnapshot Policy, IReadOnlyList<string> Problems, IReadOnlyList<string> Unread, string? Failure)
{
    /// <summary>Where the acts behind a row are.</summary>
    public string ActsOf(string host) => new ReviewFilter { When = When, Tier = Tier, Acts = Show == SiteShow.Refused ? ActChoice.Blocked : ActChoice.All, State = StateChoice.All, Text = host }.Link;
}

/// <summary>Which sites were refused and visited most, and how the minutes of limited categories are used: counts, and nobody's name.</summary>
internal sealed class SitePages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    private const int RowsMax = 100;

    private static readonly EventKind[] Refusals = [EventKind.Block, EventKind.Circumvention, EventKind.Tls], Visits = [EventKind.Allow, EventKind.Search];

    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, "/sites", Need.Review, Page);

    private RazorComponentResult<SitesPage> Page(HttpContext context)
    {
        var (viewer, inForce, now) = (gate.See(context), policy(), clock.GetUtcNow());
        var sight = Sight.Of(viewer, inForce);
        string[] tiers = [.. inForce.Tiers.Select(tier => tier.Name).Where(tier => sight.SeesWho(who: null, group: null, tier))];
        var reader = new QueryReader(context.Request.Query, viewer.Tongue);
        var (show, when) = (reader.Choice<SiteShow>("show", "what was refused is shown"), reader.Choice<When>("when", "today is shown"));
        var tier = reader.Among("tier", tiers, "every tier is shown");
        var (since, until) = new ReviewFilter { When = when == When.Between ? When.Today : when }.Range(now, inForce.Timetable.Zone);
        var (rows, unread, failure) = ((IReadOnlyList<HostCount>)[], (IReadOnlyList<string>)[], (string?)null);
        try
        {
            if (tiers.Length > 0)
            {
                var counted = events.CountHosts(since ?? now, until ?? now.AddHours(1), tier is null ? tiers : [tier], show == SiteShow.Refused ? Refusals : Visits, RowsMax + 1);
                rows = counted.Rows;
                unread = counted.Problems;
            }
        }
        catch (EventStoreException problem)
        {
            failure = problem.Message;
        }
        var minutes = state.QuotaUses(inForce.Timetable.DayOf(now)).Where(use => tier is null ? tiers.Contains(use.Tier, StringComparer.Ordinal) : use.Tier == tier).GroupBy(use => (use.Tier, use.Category))
            .Select(uses => new MinutesRow(uses.Key.Tier, uses.Key.Category, uses.Count(), uses.Sum(use => use.Minutes), uses.Max(use => use.Minutes))).ToList();
        var view = new SitesView(show, when, tier, tiers, [.. rows.Take(RowsMax)], rows.Count > RowsMax, minutes, inForce, reader.Problems, unread, failure);
        return new RazorComponentResult<SitesPage>(new { Viewer = viewer, View = view }) { StatusCode = failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
    }
}
