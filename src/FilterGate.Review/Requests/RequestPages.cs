using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Requests;

/// <summary>The page of requests, and one for each: whoever has the next key answers there. Every step is the desk's.</summary>
internal sealed class RequestPages(UnblockDesk desk, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, ReviewSiteOptions options, Gate gate, Looks looks) : IPages, IDisposable
{
    private const string One = RequestsView.Path + "/{reference}";

    /// <summary>Reading a page takes a thread's attention for seconds: one at a time is plenty for a school.</summary>
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    /// <summary>Maps them.</summary>
    public void Map(WebApplication app)
    {
        gate.Page(app, RequestsView.Path, Need.Requests, List);
        gate.Page(app, One, Need.Requests, context => Page(context, context.Part("reference")));
        // Who has the next key is the desk's to say.
        gate.Form(app, One, Need.Requests, context => AnswerAsync(context, context.Part("reference")));
    }

    private RazorComponentResult<RequestsPage> List(HttpContext context)
    {
        var viewer = gate.See(context);
        return new(new { Viewer = viewer, View = RequestsView.Of(context.Request.Query, viewer.Standing, state, policy(), viewer.Tongue, clock.GetUtcNow()) });
    }

    private IResult Page(HttpContext context, string reference, string? problem = null, PageNeeds? needs = null)
    {
        var (person, inForce) = (SignedIn.Of(context)?.Standing, policy());
        if (state.FindRequest(reference) is not { } request || !RequestsView.MaySee(request, person)) return NoSuch(context);
        var viewer = gate.See(context);
        var tongue = viewer.Tongue;
        // A query string says what somebody did. Who wants to see it leaves a trace.
        var isWhole = context.Request.Query["address"] == "whole";
        if (isWhole) looks.Note(viewer, "address", $"request:{request.Reference}");
        var done = context.Request.Query["done"].ToString() switch
        {
            "passed" => tongue["Passed on."],
            "opened" => tongue["It is open now. Whoever asked may reload the page."],
            "approved" => tongue.Say("Approved. {0} is told and applies it.", tongue.Capital(tongue.TheRole(inForce.Approvals.ForGood.AppliedBy))),
            "refused" => tongue["Refused. The site stays closed."],
            _ => null,
        };
        // What was written comes back with whatever is said about it.
        var view = RequestView.Of(request, isWhole, person, state, inForce, tongue, clock.GetUtcNow()) with
        {
            Sent = HttpMethods.IsPost(context.Request.Method) ? context.Request.Form : null, Needs = needs, MayLook = options.Needs is not null,
        };
        return new RazorComponentResult<RequestPage>(new { Viewer = viewer, View = view, Done = problem is null ? done : null, Problem = problem })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private async Task<IResult> AnswerAsync(HttpContext context, string reference)
    {
        var (form, standing, inForce, token, now) = (context.Request.Form, SignedIn.Of(context)!.Standing, policy(), context.RequestAborted, clock.GetUtcNow());
        if (state.FindRequest(reference) is not { } request || !RequestsView.MaySee(request, standing)) return NoSuch(context);
        var (actor, reason, answer) = (Actor.OfPerson(standing.Person), form["reason"].ToString(), form["answer"].ToString());
        if (answer == "look")
        {
            return options.Needs is { } read && request.IsOpen && RequestStanding.Of(request, standing, inForce, Tongue.English).Step is RequestStepOffered.Open or RequestStepOffered.Apply
                ? await LookAsync(read) : Page(context, reference, "This page is not read here. Nothing was changed.");
        }
        if (answer == "refuse") return Answer(await desk.RefuseAsync(request.Reference, reason, actor, inForce, token), "refused");

        Audience? audience = null;
        if (form["audience"].ToString() is { Length: > 0 } whom)
        {
            if (!Audience.TryParse(whom, out var chosen)) return Page(context, reference, "For whom? Choose one of them.");
            audience = chosen;
        }
        Policy.Site? site = null;
        if (form["site"].ToString() is { Length: > 0 } named && !Policy.Site.TryParse(named, out site, out var error)) return Page(context, reference, error);
        var also = new List<Policy.Site>();
        foreach (var host in form["also"].ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Policy.Site.TryParse(host, out var other, out var wrong)) return Page(context, reference, wrong);
            also.Add(other);
        }

        switch (answer)
        {
            case "lesson" or "good":
                if (audience is null) return Page(context, reference, "For which class? Choose one.");
                var isLesson = answer == "lesson";
                if (!TryReadTime(out var needed)) return NoTime();
                return Answer(await desk.PassOnAsync(request.Reference, isLesson ? RequestRoute.Lesson : RequestRoute.ForGood, audience.Value, isLesson ? needed ?? inForce.Timetable.Bell(now) : null, reason, actor, inForce, token), "passed");
            case "open":
                if (!TryReadTime(out var end)) return NoTime();
                return Answer(await desk.ApproveAsync(request.Reference, new Opening { Reason = reason, Site = site, Also = also, Audience = audience, End = end ?? request.Until }, actor, inForce, token), "opened");
            case "apply":
                return Answer(await desk.ApproveAsync(request.Reference, new Opening { Reason = reason, Also = also }, actor, inForce, token), "opened");
            case "approve":
                DateTimeOffset? review = null;
                if (form["until"].ToString() is { Length: > 0 } day && (review = inForce.Timetable.EndOfDay(day)) is null) return Page(context, reference, "That is not a date. Choose the day on which it is looked at again.");
                return Answer(await desk.DecideAsync(request.Reference, approve: true, reason, review, site, audience, standing.Person, inForce, token), "approved");
            default:
                return Page(context, reference, "Which answer? Nothing was changed.");
        }

        async Task<IResult> LookAsync(Func<UnblockRequest, PolicySnapshot, CancellationToken, Task<PageNeeds>> read)
        {
            await _reading.WaitAsync(token);
            try
            {
                return Page(context, reference, needs: await read(request, inForce, token));
            }
            finally
            {
                _reading.Release();
            }
        }

        bool TryReadTime(out DateTimeOffset? time)
        {
            time = null;
            return form["until"].ToString() is not { Length: > 0 } text || (time = inForce.Timetable.Today(text, now)) is not null;
        }

        IResult NoTime() => Page(context, reference, "That is not a time of today. Write it as 14:30.");

        IResult Answer(UnblockResult result, string done) =>
            result.Outcome == UnblockOutcome.Done ? Results.Redirect($"{RequestView.Link(request.Reference)}?done={done}") : Page(context, reference, result.Message);
    }

    /// <summary>The same words for a request that is not there and for somebody else's.</summary>
    private RazorComponentResult<PlainPage> NoSuch(HttpContext context) => new(new
    {
        Title = "There is no such request", Text = "The reference may be mistyped, or the request is for somebody else to answer.", Href = RequestsView.Path, LinkText = "See the requests", Viewer = gate.See(context),
    }) { StatusCode = StatusCodes.Status404NotFound };
}
