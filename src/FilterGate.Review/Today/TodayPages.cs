using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Acts;
using FilterGate.Review.Site;
using FilterGate.Review.Watching;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Today;

/// <summary>The first page: what needs me, what changed, is the filter healthy.</summary>
internal sealed class TodayPages(EventStore events, StateStore state, Func<PolicySnapshot> policy, ReviewSiteOptions options, IGatewayWatch gateway, TimeProvider clock, Looks looks, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, "/", Need.Today, PageAsync);

    private async Task<IResult> PageAsync(HttpContext context)
    {
        var viewer = gate.See(context);
        // Its items name people, with what they did in a sentence.
        if (viewer.May(Need.Review)) looks.Note(viewer, "today", "today");
        var answers = await GatewayAnswer.OfAsync(gateway, clock, context.RequestAborted);
        return new RazorComponentResult<TodayPage>(new { Viewer = viewer, View = TodayView.Of(viewer, events, state, policy(), options, answers, context.Request.Query["show"] == "all", clock.GetUtcNow()), Notice = StepDone.Of(context) });
    }
}
