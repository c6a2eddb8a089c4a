using System.Globalization;
using FilterGate.Policy;
using FilterGate.Review.Acts;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Reviews;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Signing;

/// <summary>What there is to sign.</summary>
/// <param name="Since">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Counts">What was concluded, as it stands now.</param>
/// <param name="Days">Days that were called done.</param>
/// <param name="WhyNot">Why this reader may not sign it, or null.</param>
/// <param name="Signed">What was signed before, newest first.</param>
/// <param name="Policy">For names and times.</param>
/// <param name="Now">Now.</param>
/// <param name="Note">What the reader wrote already.</param>
public sealed record SignView(DateOnly Since, DateOnly Until, ReviewCounts Counts, IReadOnlyList<DoneDay> Days, string? WhyNot, IReadOnlyList<TermSignature> Signed, PolicySnapshot Policy, DateTimeOffset Now, string Note);

/// <summary>The head, a senior colleague or the chair of governors signs a term.</summary>
internal sealed class SignPages(StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    private readonly ReviewDesk _desk = new(state);

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/review/sign", Need.Sign, Page);
        gate.Form(app, "/review/sign", Need.Sign, Sign);
    }

    private RazorComponentResult<SignPage> Page(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query, Gate.TongueOf(context.Request));
        var (since, until) = Term(reader.Time("since"), reader.Time("until"));
        return Show(context, since, until, note: "", reader.Problems, problem: null);
    }

    private IResult Sign(HttpContext context)
    {
        var form = context.Request.Form;
        var (since, until) = (DayOf(form["since"]), DayOf(form["until"]));
        var problem = since is null || until is null
            ? "Choose the term's first and last day."
            : _desk.Sign(since.Value, until.Value, form["note"], Looks.ActorOf(gate.See(context)), policy().Timetable, clock.GetUtcNow());
        if (problem is null) return Results.Redirect("/review/sign?done=signed");
        var (first, last) = Term(since?.ToDateTime(TimeOnly.MinValue), until?.ToDateTime(TimeOnly.MinValue));
        return Show(context, first, last, form["note"].ToString(), [], problem);
    }

    private RazorComponentResult<SignPage> Show(HttpContext context, DateOnly since, DateOnly until, string note, IReadOnlyList<string> problems, string? problem)
    {
        var (viewer, inForce, now) = (gate.See(context), policy(), clock.GetUtcNow());
        var times = inForce.Timetable;
        var counts = until < since ? new ReviewCounts(0, 0, 0, []) : state.CountReviews(times.StartOf(since), times.StartOf(until.AddDays(1)));
        var view = new SignView(since, until, counts, [.. state.DaysDone(since).Where(day => day.Day <= until)], viewer.Standing is { } standing ? ReviewDesk.WhyNotSign(counts, standing.Person) : null, state.TermSignatures(), inForce, now, note);
        return new RazorComponentResult<SignPage>(new { Viewer = viewer, View = view, Problems = problems, Problem = problem, Notice = problem is null ? StepDone.Of(context) : null })
        {
            StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    /// <summary>The days asked for, else the term that runs or ran last, else the last three months.</summary>
    private (DateOnly Since, DateOnly Until) Term(DateTime? since, DateTime? until)
    {
        var times = policy().Timetable;
        var today = times.DayOf(clock.GetUtcNow());
        var term = times.Terms.Where(dates => dates.From <= today).OrderByDescending(dates => dates.From).Select(dates => ((DateOnly, DateOnly)?)(dates.From, dates.To < today ? dates.To : today)).FirstOrDefault();
        var (first, last) = term ?? (today.AddMonths(-3), today);
        return (since is { } from ? DateOnly.FromDateTime(from) : first, until is { } to ? DateOnly.FromDateTime(to) : last);
    }

    private static DateOnly? DayOf(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200 ? day : null;
}
