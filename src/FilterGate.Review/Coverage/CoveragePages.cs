using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Coverage;

/// <summary>The page of coverage.</summary>
internal sealed class CoveragePages(StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, CoverageView.Path, Need.Coverage, context => new RazorComponentResult<CoveragePage>(new
        {
            Viewer = gate.See(context), View = CoverageView.Of(context.Request.Query, state, policy(), clock.GetUtcNow()),
        }));
}
