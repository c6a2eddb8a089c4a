using System.Globalization;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Decisions;

/// <summary>The head's page: one screen on which requests are decided, today's openings seen and closed, and notices read.</summary>
/// <remarks>Who may decide what is the desk's to say, each time; this page shows nobody a form that the desk would refuse.</remarks>
internal sealed class DecidePages(UnblockDesk desk, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/decide", Need.Decide, context => Page(context));
        gate.Form(app, "/decide", Need.Decide, ChangeAsync);
    }

    private RazorComponentResult<DecidePage> Page(HttpContext context, string? problem = null)
    {
        var viewer = gate.See(context);
        var tongue = viewer.Tongue;
        var done = context.Request.Query["done"].ToString() switch
        {
            "approve" => tongue.Say("Approved. {0} is told and applies it.", tongue.Capital(tongue.TheRole(policy().Approvals.ForGood.AppliedBy))),
            "refuse" => tongue["Refused. The site stays closed."],
            "closed" => tongue["Closed again."],
            "seen" => tongue["Noted as seen."],
            _ => null,
        };
        var view = DecideView.Of(SignedIn.Of(context)!.Standing, state, policy(), tongue, clock.GetUtcNow());
        return new RazorComponentResult<DecidePage>(new { Viewer = viewer, View = view, Done = problem is null ? done : null, Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        var (form, person, token) = (context.Request.Form, SignedIn.Of(context)!.Session.Person, context.RequestAborted);
        var reason = form["reason"].ToString();
        if (long.TryParse(form["seen"], NumberStyles.None, CultureInfo.InvariantCulture, out var notice))
        {
            state.MarkNoticeSeen(notice, person);
            return Results.Redirect("/decide?done=seen");
        }
        if (form["end"].ToString() is { Length: > 0 } end)
        {
            var ended = end.Split(' ') is [var kind, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? kind switch
                {
                    "override" => await desk.RevokeAsync(id, reason, Actor.OfPerson(person), token),
                    "session" => await desk.EndSessionAsync(id, person, policy(), token),
                    _ => null,
                }
                : null;
            return Answer(context, ended, "closed");
        }

        var isApproval = form["answer"].ToString() == "approve";
        if (!isApproval && form["answer"].ToString() != "refuse") return Page(context, "Approve or refuse? Nothing was changed.");
        DateTimeOffset? until = null;
        Policy.Site? site = null;
        Audience? audience = null;
        if (isApproval)
        {
            if (form["until"].ToString() is { Length: > 0 } day && (until = policy().Timetable.EndOfDay(day)) is null) return Page(context, "That is not a date. Choose the day on which it is looked at again.");
            if (form["site"].ToString() is { Length: > 0 } named && !Policy.Site.TryParse(named, out site, out var error)) return Page(context, error);
            if (form["audience"].ToString() is { Length: > 0 } whom)
            {
                if (!Audience.TryParse(whom, out var chosen)) return Page(context, "For whom? Choose one of the groups.");
                audience = chosen;
            }
        }
        return Answer(context, await desk.DecideAsync(form["reference"].ToString(), isApproval, reason, until, site, audience, person, policy(), token), isApproval ? "approve" : "refuse");
    }

    private IResult Answer(HttpContext context, UnblockResult? result, string done) =>
        result?.Outcome == UnblockOutcome.Done ? Results.Redirect($"/decide?done={done}") : Page(context, result?.Message ?? "That could not be read. Nothing was changed.");
}
