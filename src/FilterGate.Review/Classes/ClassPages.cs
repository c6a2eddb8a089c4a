using System.Globalization;
using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Trolleys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Classes;

/// <summary>The teacher's page: what a class sees until the bell, one video, pupils' requests, and a look at a site before the class.</summary>
/// <remarks>Every step is the desk's, which says no to what no teacher may open.</remarks>
internal sealed class ClassPages(UnblockDesk desk, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/class", Need.Teach, context => Page(context, context.Request.Query["class"].ToString()));
        gate.Form(app, "/class", Need.Teach, ChangeAsync);
    }

    private RazorComponentResult<ClassPage> Page(HttpContext context, string chosen, Told? problem = null)
    {
        var done = context.Request.Query["done"].ToString() switch
        {
            "started" => "It is in force now.",
            "ended" => "That has ended.",
            "passed" => "Passed on.",
            "refused" => "Answered: not now.",
            "given" => "The class has it now, with its own policy.",
            "back" => "It is back.",
            "preview" => "It is open on this device now. Reload the blocked page.",
            _ => null,
        };
        var view = ClassView.Of(SignedIn.Of(context)!.Standing, chosen, context.Connection.RemoteIpAddress ?? IPAddress.None, state, policy(), clock.GetUtcNow());
        return new RazorComponentResult<ClassPage>(new { Viewer = gate.See(context), View = view, Done = problem is null ? done : null, Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        var (form, person, token, now, inForce) = (context.Request.Form, SignedIn.Of(context)!.Session.Person, context.RequestAborted, clock.GetUtcNow(), policy());
        var (ofClass, reason) = (form["class"].ToString(), form["reason"].ToString());

        if (long.TryParse(form["end"], NumberStyles.None, CultureInfo.InvariantCulture, out var session)) return Answer(await desk.EndSessionAsync(session, person, inForce, token), "ended");
        if (form["back"].ToString() is { Length: > 0 } back) return Said(new TrolleyDesk(state, clock).TakeBack(back, ofClass, person, inForce), "back");
        if (form["preview"].ToString() is { Length: > 0 } address)
        {
            _ = int.TryParse(form["minutes"], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes);
            return Answer(await desk.PreviewAsync(address, TimeSpan.FromMinutes(Math.Min(minutes, 1_000)), reason, person, context.Connection.RemoteIpAddress ?? IPAddress.None, inForce, token), "preview");
        }
        if (form["reference"].ToString() is { Length: > 0 } reference)
        {
            var (actor, audience) = (Actor.OfPerson(person), Audience.ForGroup(ofClass));
            return form["answer"].ToString() switch
            {
                "lesson" => Answer(await desk.PassOnAsync(reference, RequestRoute.Lesson, audience, inForce.Timetable.Bell(now), reason, actor, inForce, token), "passed"),
                "good" => Answer(await desk.PassOnAsync(reference, RequestRoute.ForGood, audience, until: null, reason, actor, inForce, token), "passed"),
                "refuse" => Answer(await desk.RefuseAsync(reference, reason, actor, inForce, token), "refused"),
                _ => Page(context, ofClass, new Told("Pass it on, or not now? Nothing was changed.")),
            };
        }

        DateTimeOffset? until = null;
        if (form["until"].ToString() is { Length: > 0 } time && (until = inForce.Timetable.Today(time, now)) is null) return Page(context, ofClass, new Told("That is not a time of today. Write it as 14:30."));
        if (form["video"].ToString() is { Length: > 0 } pasted)
        {
            if (!VideoLink.TryParseVideo(pasted, out var link, out var wrong)) return Page(context, ofClass, new Told("That link shows no video: {0}.", wrong));
            return Answer(await desk.StartSessionAsync(ofClass, SessionKind.Open, [Policy.Site.ForVideo(link.Id)], until, "a video for the lesson", person, inForce, token), "started");
        }

        if (form["trolley"].ToString() is { Length: > 0 } trolley) return Said(new TrolleyDesk(state, clock).Give(trolley, ofClass, until, person, inForce), "given");

        var sites = new List<Policy.Site>();
        foreach (var line in form["sites"].ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Policy.Site.TryParse(line, out var site, out var wrong)) return Page(context, ofClass, new Told(wrong));
            sites.Add(site);
        }
        var kind = form["kind"].ToString() switch { "close" => SessionKind.Close, "only" => SessionKind.Only, _ => SessionKind.Open };
        return Answer(await desk.StartSessionAsync(ofClass, kind, sites, until, reason, person, inForce, token), "started");

        IResult Said(TrolleyResult result, string done) => Answer(new UnblockResult(result.Outcome, result.Message), done);

        IResult Answer(UnblockResult result, string done) =>
            result.Outcome == UnblockOutcome.Done ? Results.Redirect($"/class?class={Uri.EscapeDataString(ofClass)}&done={done}") : Page(context, ofClass, new Told(result.Message));
    }
}
