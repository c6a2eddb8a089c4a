using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Shadow;

/// <summary>The page of shadow mode, to which the banner of every page leads.</summary>
internal sealed class ShadowPages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, ShadowView.Path, Need.Coverage, context => new RazorComponentResult<ShadowPage>(new
    {
        Viewer = gate.See(context), View = ShadowView.Of(events, state, policy(), clock.GetUtcNow()),
    }));
}
