using System.Globalization;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Overrides;

/// <summary>The page of overrides: what is open that the policy closes, and whether it still should be. Closing and extending are the desk's.</summary>
internal sealed class OverridePages(UnblockDesk desk, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <summary>Maps it.</summary>
    public void Map(WebApplication app)
    {
        gate.Page(app, OverridesView.Path, Need.Overrides, context => Page(context));
        gate.Form(app, OverridesView.Path, Need.EndOverrides, ChangeAsync);
    }

    private RazorComponentResult<OverridesPage> Page(HttpContext context, string? problem = null)
    {
        var viewer = gate.See(context);
        var done = context.Request.Query["done"].ToString() switch
        {
            "closed" => viewer.Tongue["It is closed again, from this second on."],
            "extended" => viewer.Tongue["It stays open until then."],
            _ => null,
        };
        var view = OverridesView.Of(context.Request.Query, viewer.Standing, viewer.May(Need.EndOverrides), state, policy(), viewer.Tongue, clock.GetUtcNow());
        return new RazorComponentResult<OverridesPage>(new { Viewer = viewer, View = view, Done = problem is null ? done : null, Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        var (form, actor, inForce, token) = (context.Request.Form, Actor.OfPerson(SignedIn.Of(context)!.Session.Person), policy(), context.RequestAborted);
        if (!long.TryParse(form["override"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return Page(context, "Which one? Nothing was changed.");
        var reason = form["reason"].ToString();
        switch (form["answer"].ToString())
        {
            case "close":
                return Answer(await desk.RevokeAsync(id, reason, actor, token), "closed");
            case "extend":
                return inForce.Timetable.Today(form["until"].ToString(), clock.GetUtcNow()) is { } end
                    ? Answer(await desk.ExtendAsync(id, end, reason, actor, inForce, token), "extended")
                    : Page(context, "Until when? Give a time of today, such as 14:30.");
            default:
                return Page(context, "Close or extend? Nothing was changed.");
        }

        // Back to the rows that the person was looking at.
        IResult Answer(UnblockResult result, string done) => result.Outcome == UnblockOutcome.Done
            ? Results.Redirect(AddressFields.Link(OverridesView.Path, ("show", context.Request.Query["show"]), ("site", context.Request.Query["site"]), ("done", done))) : Page(context, result.Message);
    }
}
