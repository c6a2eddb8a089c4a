using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Today;

/// <summary>The first page: what needs me, what changed, is the filter healthy.</summary>
internal sealed class TodayPages(EventStore events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Guard(app.MapMethods("/", SiteRules.Reading, (HttpContext context) => Page(context)), Need.Today);

    private RazorComponentResult<TodayPage> Page(HttpContext context)
    {
        var viewer = gate.See(context);
        return new RazorComponentResult<TodayPage>(new { Viewer = viewer, View = TodayView.Of(viewer, events, state, policy(), clock.GetUtcNow()) });
    }
}
