using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Blocks;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Blocks;

/// <summary>The page on which a site is closed for everybody at once, and one for each block with the text to report it. Closing needs no key and no technician: it is safe, and every step is on record.</summary>
internal sealed class BlockPages(EventStore events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    private const string One = BlocksView.Path + "/{id:long}";

    private readonly EmergencyDesk _desk = new(state, events, clock);

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, BlocksView.Path, Need.Overrides, context => Page(context));
        gate.Form(app, BlocksView.Path, Need.Block, CloseAsync);
        gate.Page(app, One, Need.Overrides, context => Show(context));
        gate.Form(app, One, Need.EndOverrides, LiftAsync);
    }

    private static long Id(HttpContext context) => long.TryParse(context.Part("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    private RazorComponentResult<BlocksPage> Page(HttpContext context, string? problem = null)
    {
        var viewer = gate.See(context);
        var view = BlocksView.Of(context.Request, viewer.May(Need.Block), state, policy(), viewer.Tongue, clock.GetUtcNow());
        return new RazorComponentResult<BlocksPage>(new { Viewer = viewer, View = view, Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private IResult Show(HttpContext context, string? problem = null)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        if (state.FindBlock(Id(context)) is not { } block)
        {
            return new RazorComponentResult<PlainPage>(new
            {
                Title = "There is no such block", Text = "The number may be mistyped.", Href = BlocksView.Path, LinkText = "See what is closed", Viewer = viewer,
            }) { StatusCode = StatusCodes.Status404NotFound };
        }
        var done = context.Request.Query["done"].ToString() switch
        {
            "closed" => viewer.Tongue["It is closed for everybody, from this second on."],
            "lifted" => viewer.Tongue["It is lifted: the policy decides about the site again."],
            _ => null,
        };
        return new RazorComponentResult<BlockPage>(new
        {
            Viewer = viewer, Block = block, Policy = inForce, Now = clock.GetUtcNow(), Report = SiteReport.Of(block, inForce, inForce.Timetable.Zone),
            Done = problem is null ? done : null, Problem = problem,
        }) { StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    private async Task<IResult> CloseAsync(HttpContext context)
    {
        var (form, person) = (context.Request.Form, SignedIn.Of(context)!.Session.Person);
        var reason = form["reason"].ToString();
        var answers = form["answers"].ToString();
        if (answers.Length > 0 && state.FindRequest(answers) is null) return Page(context, "There is no such report. Close the site without its reference.");
        var result = await _desk.BlockAsync(form["address"].ToString(), reason, form["nature"].ToString(), Actor.OfPerson(person), policy(), context.RequestAborted);
        if (result.Outcome != UnblockOutcome.Done) return Page(context, result.Message);
        if (answers.Length > 0) state.AnswerReport(answers, $"emergency block {result.Block!.Id}: {reason}", person);
        return Results.Redirect($"{BlocksView.Link(result.Block!.Id)}?done=closed");
    }

    private async Task<IResult> LiftAsync(HttpContext context)
    {
        var result = await _desk.LiftAsync(Id(context), context.Request.Form["reason"].ToString(), Actor.OfPerson(SignedIn.Of(context)!.Session.Person), policy(), context.RequestAborted);
        return result.Outcome == UnblockOutcome.Done ? Results.Redirect($"{BlocksView.Link(result.Block!.Id)}?done=lifted") : Show(context, result.Message);
    }
}
