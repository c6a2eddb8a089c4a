using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Coverage;

/// <summary>The page of coverage.</summary>
internal sealed class CoveragePages(StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, CoverageView.Path, Need.Coverage, context => Show(context));
        gate.Form(app, CoverageView.Path, Need.PassUnread, context => Task.FromResult(Decide(context)));
    }

    private RazorComponentResult<CoveragePage> Show(HttpContext context, string? problem = null)
    {
        var viewer = gate.See(context);
        return new(new { Viewer = viewer, View = CoverageView.Of(context.Request.Query, viewer.May(Need.PassUnread), state, policy(), viewer.Tongue, clock.GetUtcNow()), Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    /// <summary>Decides a host that is proposed, or takes a decision back; the page then shows it among the others.</summary>
    private IResult Decide(HttpContext context)
    {
        var (form, actor, desk) = (context.Request.Form, Actor.OfPerson(SignedIn.Of(context)!.Session.Person), new PassThroughDesk(state));
        var (host, reason) = (form["host"].ToString(), form["reason"].ToString());
        var result = form["step"].ToString() switch
        {
            "accept" => desk.Decide(host, PassThroughDecision.Accepted, reason, actor, policy()),
            "refuse" => desk.Decide(host, PassThroughDecision.Refused, reason, actor, policy()),
            "end" => desk.End(host, reason, actor),
            _ => new PassThroughResult(UnblockOutcome.BadRequest, "That is no step. Use the buttons of this page."),
        };
        return result.Outcome == UnblockOutcome.Done ? Results.Redirect($"{CoverageView.Path}#apps") : Show(context, result.Message);
    }
}
