using System.Globalization;
using System.Text;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Review.Today;
using FilterGate.Safeguarding.Reviews;
using FilterGate.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Acts;

/// <summary>Acts to look at, what was around one, and what came of it.</summary>
internal sealed class ReviewPages(EventReader events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, Looks looks, Gate gate) : IPages
{
    /// <summary>Rows of an export.</summary>
    private const int ExportMax = 10_000;

    /// <summary>Acts concluded with one form.</summary>
    private const int ConcludeMax = 500;

    private readonly ReviewDesk _desk = new(state);

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/review", Need.Review, Page);
        gate.Page(app, "/review/act/{id}", Need.Review, context => Act(context, context.Part("id")));
        gate.Page(app, "/review/acts.csv", Need.Export, Export);
        gate.Form(app, "/review/conclude", Need.Conclude, Conclude);
        gate.Form(app, "/review/undo", Need.Conclude, Undo);
        gate.Form(app, "/review/done", Need.Conclude, Done);
        // Keeps what the reader chose to look at; it says nothing of anybody.
        gate.Form(app, "/review/views", Need.Conclude, Keep);
    }

    private RazorComponentResult<ReviewPage> Page(HttpContext context)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        var filter = ReviewFilter.Parse(context.Request.Query, inForce, viewer.Tongue);
        looks.Note(viewer, "review", filter.Who ?? "acts");
        var view = ReviewView.Of(filter, viewer, events, state, inForce, clock.GetUtcNow());
        return new RazorComponentResult<ReviewPage>(new { Viewer = viewer, View = view, Notice = StepDone.Of(context) })
        {
            StatusCode = view.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        };
    }

    private IResult Act(HttpContext context, string id)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        var problems = new List<string>();
        var found = Guid.TryParse(id, CultureInfo.InvariantCulture, out var guid) ? events.Find(guid, problems) : null;
        if (found is null && problems.Count > 0) return CannotBeRead(viewer, problems);
        // What somebody may not see is not there: the answer does not tell whether it is.
        if (found is null || !Sight.Of(viewer, inForce).Sees(found)) return NotThere(viewer);
        looks.Note(viewer, "act", found.Who ?? $"act {found.Id:N}");
        var showsQuery = context.Request.Query["query"] == "show";
        if (showsQuery) looks.Note(viewer, "address", found.Who ?? $"act {found.Id:N}");
        var view = ContextView.Of(found, viewer, events, state, inForce, clock.GetUtcNow()) with { ShowsQuery = showsQuery };
        return Fragment.IsAsked(context)
            ? new RazorComponentResult<ActContext>(new { Viewer = viewer, View = view, IsDrawer = true })
            : new RazorComponentResult<ActPageDocument>(new { Viewer = viewer, View = view });
    }

    private IResult Export(HttpContext context)
    {
        var (viewer, inForce) = (gate.See(context), policy());
        var filter = ReviewFilter.Parse(context.Request.Query, inForce, viewer.Tongue) with { Before = null };
        looks.Note(viewer, "export", $"acts{filter.Query}");
        var query = filter.ToQuery(clock.GetUtcNow(), inForce.Timetable.Zone);
        var (csv, rows) = (new StringBuilder(), 0);
        Csv.Row(csv, "time", "what", "who", "class_or_tier", "host", "path", "title", "search_words", "category", "how", "why", "reference", "concluded", "note", "concluded_by", "concluded_at", "event");
        var problems = new HashSet<string>(StringComparer.Ordinal);
        for (var before = (Guid?)null; ;)
        {
            var page = ActSearch.Find(events, query with { Before = before }, state, inForce, Sight.Of(viewer, inForce), filter.Shows, Math.Min(500, ExportMax - rows));
            foreach (var act in page.Acts)
            {
                Csv.Row(csv, act.Time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture), act.What, act.Who(Tongue.English), act.Group, act.Host, act.Path(withQuery: false), act.Title, act.Words, act.Category, act.How, act.Why,
                    act.Event.Reference, act.Concluded, act.Review?.Note, act.Review?.By, act.Review?.At.ToString("u", CultureInfo.InvariantCulture), act.Id.ToString("N"));
            }
            rows += page.Acts.Count;
            problems.UnionWith(page.Problems);
            if (page.Last is null) break;
            if (rows == ExportMax)
            {
                Csv.Row(csv, $"Not all: this table ends at {ExportMax.ToString("N0", CultureInfo.InvariantCulture)} acts, and there may be older ones. Choose a shorter time.");
                break;
            }
            before = page.Last;
        }
        foreach (var problem in problems) Csv.Row(csv, $"A part is missing: {problem}");
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"acts-{inForce.Timetable.DayOf(clock.GetUtcNow()):yyyy-MM-dd}.csv\"";
        // A spreadsheet takes UTF-8 for what it is by the mark at its beginning.
        return Results.Bytes([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(csv.ToString())], "text/csv; charset=utf-8");
    }

    private IResult Conclude(HttpContext context)
    {
        var (viewer, inForce, now, form) = (gate.See(context), policy(), clock.GetUtcNow(), context.Request.Form);
        var sight = Sight.Of(viewer, inForce);
        // A button of one item names it with the conclusion; those below a list conclude what is ticked.
        var (word, key) = form["conclude"].ToString().Split(' ', 2) is [var first, var rest] ? (first, rest) : (form["conclude"].ToString(), null);
        var acts = new Dictionary<Guid, DateTimeOffset>();
        var unread = new List<string>();
        foreach (var text in key is null ? form["act"] : [])
            if (acts.Count < ConcludeMax && Guid.TryParse(text, CultureInfo.InvariantCulture, out var id) && events.Find(id, unread) is { } act && sight.Sees(act)) acts[act.Id] = act.Time;
        var keys = key is null ? form["item"].OfType<string>().ToList() : [key];
        if (keys.Count > 0)
        {
            foreach (var (day, item, _) in Worklist.Of(events.Search, state, inForce, now, sight.Sees, sight.OnlyPerson).Items)
                foreach (var id in keys.Select(text => SeenUpTo(text, day, item)).OfType<Guid>().Take(1))
                    foreach (var act in item.Acts.Where(act => Compare(act, id) <= 0)) acts[act] = EventId.TimeOf(act);
        }

        long batch = 0;
        var problem = unread.Count > 0 ? new Told("Nothing was changed: a part of what was chosen cannot be read just now. {0}", unread[0])
            : _desk.Conclude([.. acts.Select(pair => (pair.Key, pair.Value))], ConclusionOf(word), form["note"], Looks.ActorOf(viewer), out batch) is { } said ? new Told(said) : null;
        var back = BackTo(form["return"].ToString());
        if (problem is null) return Results.Redirect(With(back, $"done=concluded-{acts.Count.ToString(CultureInfo.InvariantCulture)}-{batch.ToString(CultureInfo.InvariantCulture)}"));
        // What was chosen and written is in the page again.
        var filter = ReviewFilter.Parse(QueryOf(back), inForce, viewer.Tongue);
        return new RazorComponentResult<ReviewPage>(new
        {
            Viewer = viewer, View = ReviewView.Of(filter, viewer, events, state, inForce, now), Problem = problem, Note = form["note"].ToString(), Chosen = acts.Keys.ToHashSet(),
        }) { StatusCode = StatusCodes.Status422UnprocessableEntity };
    }

    private IResult Undo(HttpContext context)
    {
        var form = context.Request.Form;
        var count = long.TryParse(form["batch"], NumberStyles.None, CultureInfo.InvariantCulture, out var batch) ? state.TakeBack(batch, Looks.ActorOf(gate.See(context))) : 0;
        return Results.Redirect(With(BackTo(form["return"].ToString()), $"done=undone-{count.ToString(CultureInfo.InvariantCulture)}"));
    }

    private IResult Done(HttpContext context)
    {
        var (viewer, inForce, now) = (gate.See(context), policy(), clock.GetUtcNow());
        var sight = Sight.Of(viewer, inForce);
        var today = inForce.Timetable.DayOf(now);
        var open = Worklist.Of(events.Search, state, inForce, now, sight.Sees, sight.OnlyPerson).Items.Count;
        state.MarkDayDone(today, state.CountConcluded(inForce.Timetable.StartOf(today)), open, Looks.ActorOf(viewer));
        return Results.Redirect("/?done=day-done");
    }

    private IResult Keep(HttpContext context)
    {
        var (viewer, form) = (gate.See(context), context.Request.Form);
        var person = Looks.ActorOf(viewer);
        var back = BackTo(form["return"].ToString());
        if (long.TryParse(form["remove"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return Results.Redirect(With(back, state.RemoveView(person, id) ? "done=view-removed" : "done=view-gone"));
        var name = form["name"].ToString().Trim();
        if (name.Length is 0 or > 40) return Results.Redirect(With(back, "done=view-no-name"));
        var filter = ReviewFilter.Parse(QueryOf(back), policy(), viewer.Tongue) with { Before = null };
        return Results.Redirect(With(filter.Link, state.SaveView(person, "review", name, filter.Query) ? "done=view-kept" : "done=view-full"));
    }

    private static RazorComponentResult<PlainPage> NotThere(Viewer viewer) => new(new
    {
        Title = "There is no such act", Text = "It was never written, its month was removed, or it is not for you to see.", Href = "/review", LinkText = "Go to Review", Viewer = viewer,
    }) { StatusCode = StatusCodes.Status404NotFound };

    private static RazorComponentResult<PlainPage> CannotBeRead(Viewer viewer, IReadOnlyList<string> problems) => new(new
    {
        Title = "Whether there is such an act is not known", Text = "A part of the log cannot be read just now. {0}", Values = new[] { string.Join(' ', problems) }, Href = "/review", LinkText = "Go to Review", Viewer = viewer,
    }) { StatusCode = StatusCodes.Status503ServiceUnavailable };

    private static Conclusion ConclusionOf(string word) => word switch { "none" => Conclusion.NoConcern, "talk" => Conclusion.Talk, "concern" => Conclusion.Concern, _ => Conclusion.None };

    /// <summary>The latest act of the item that its reader was shown, when the key is of this item.</summary>
    private static Guid? SeenUpTo(string key, DateOnly day, Safeguarding.Today.TodayItem item) =>
        key.Split('|', 4) is [var ofDay, var act, var subject, var who] && ofDay == day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) && subject == item.Subject && who == (item.Who ?? "")
        && Guid.TryParse(act, CultureInfo.InvariantCulture, out var id) ? id : null;

    // Ids are in the order of time by their bytes, which is not how Guid compares.
    private static int Compare(Guid a, Guid b) => a.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(b.ToByteArray(bigEndian: true));

    /// <summary>Where a form came from: our own pages of acts alone.</summary>
    private static string BackTo(string address) => address is "/" or TodayView.AllPath or "/review" || address.StartsWith("/review?", StringComparison.Ordinal) ? address : "/review";

    private static QueryCollection QueryOf(string address) => new(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Contains('?', StringComparison.Ordinal) ? address[address.IndexOf('?', StringComparison.Ordinal)..] : ""));

    private static string With(string address, string query)
    {
        var kept = address.Split('?', 2) is [var path, var rest] ? (path, string.Join('&', rest.Split('&').Where(part => !part.StartsWith("done=", StringComparison.Ordinal)))) : (address, "");
        return kept.Item2.Length == 0 ? $"{kept.Item1}?{query}" : $"{kept.Item1}?{kept.Item2}&{query}";
    }
}
