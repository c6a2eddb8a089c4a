using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Audit;

/// <summary>The page of the audit. It changes nothing, and nobody can change it.</summary>
internal sealed class AuditPages(ReviewSiteOptions options, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Page(app, AuditView.Path, Need.Audit, context =>
    {
        var viewer = gate.See(context);
        return new RazorComponentResult<AuditPage>(new { Viewer = viewer, View = AuditView.Of(context.Request.Query, state, options.Keeping(), policy(), viewer.Tongue, clock.GetUtcNow()) });
    });
}
