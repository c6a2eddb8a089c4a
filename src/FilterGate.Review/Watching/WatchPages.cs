using System.Globalization;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Watching;

/// <summary>Watching one device: a form that says whom and why, and a page that loads itself anew with what the device does.</summary>
/// <remarks>Everybody sees their own watches alone: to read another's would be to look at a child without a word in the audit.</remarks>
internal sealed class WatchPages(IGatewayWatch gateway, Func<PolicySnapshot> policy, TimeProvider clock, Gate gate) : IPages
{
    /// <summary>Longest reason, in characters.</summary>
    public const int ReasonLengthMax = 500;

    /// <summary>How often the page loads itself anew, in seconds: long enough to read what is new.</summary>
    private const int RefreshSeconds = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/watch", Need.Watch, context => FormAsync(context));
        gate.Form(app, "/watch", Need.Watch, StartAsync);
        gate.Page(app, "/watch/{id:long}", Need.Watch, context => ShowAsync(context, Id(context)));
        gate.Form(app, "/watch/{id:long}", Need.Watch, context => StopAsync(context, Id(context)));
    }

    private static long Id(HttpContext context) => long.Parse(context.Part("id"), CultureInfo.InvariantCulture);

    private static string Person(HttpContext context) => SignedIn.Of(context)!.Session.Person;

    private async Task<IResult> FormAsync(HttpContext context, Told? problem = null)
    {
        IReadOnlyList<WatchedDevice> running = [];
        try
        {
            running = [.. (await gateway.RunningAsync(context.RequestAborted)).Where(w => w.Actor == Person(context))];
        }
        catch (GatewayWatchException failure)
        {
            problem ??= new Told(failure.Message);
        }

        var sent = HttpMethods.IsPost(context.Request.Method) ? context.Request.Form : null;
        var view = new WatchFormView
        {
            Running = running, Policy = policy(), Now = clock.GetUtcNow(), Problem = problem,
            Target = sent?["target"].ToString() ?? context.Request.Query["device"].ToString(), Reason = sent?["reason"].ToString() ?? "",
            Done = context.Request.Query["done"].ToString() == "ended" ? "The watch has ended. What it showed is gone." : null,
        };
        return new RazorComponentResult<WatchFormPage>(new { Viewer = gate.See(context), View = view }) { StatusCode = sent is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        var form = context.Request.Form;
        var (target, reason) = (form["target"].ToString().Trim(), form["reason"].ToString().Trim());
        if (target.Length is 0 or > 200) return await FormAsync(context, new Told("Name a device of the school's records, or an address such as 10.20.1.7."));
        if (reason.Length is 0 or > ReasonLengthMax) return await FormAsync(context, new Told("Say why, in at most {0} characters. It is kept with your name.", ReasonLengthMax));
        var minutes = int.TryParse(form["minutes"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given is > 0 and <= 15 ? TimeSpan.FromMinutes(given) : Longest;
        try
        {
            var watch = await gateway.StartAsync(target, reason, Person(context), minutes, context.RequestAborted);
            return Results.Redirect(string.Create(CultureInfo.InvariantCulture, $"/watch/{watch.Id}"));
        }
        catch (GatewayWatchException failure)
        {
            return await FormAsync(context, new Told(failure.Message));
        }
    }

    private async Task<IResult> ShowAsync(HttpContext context, long id)
    {
        try
        {
            if ((await gateway.RunningAsync(context.RequestAborted)).FirstOrDefault(w => w.Id == id && w.Actor == Person(context)) is not { } watch) return Gone(context);
            var query = context.Request.Query;
            var view = WatchView.Of(watch, await gateway.ReadAsync(id, context.RequestAborted), policy(), clock.GetUtcNow(), onlyTrouble: query.ContainsKey("trouble"), isStill: query.ContainsKey("still"));
            // A header, not a tag: it needs no script and no place in the frame's head, and who wants to read in peace has a link.
            if (!view.IsStill) context.Response.Headers["Refresh"] = RefreshSeconds.ToString(CultureInfo.InvariantCulture);
            return new RazorComponentResult<WatchPage>(new { Viewer = gate.See(context), View = view });
        }
        catch (GatewayWatchException)
        {
            return Gone(context);
        }
    }

    private async Task<IResult> StopAsync(HttpContext context, long id)
    {
        try
        {
            if ((await gateway.RunningAsync(context.RequestAborted)).Any(w => w.Id == id && w.Actor == Person(context))) await gateway.StopAsync(id, context.RequestAborted);
        }
        catch (GatewayWatchException)
        {
            // It ends by itself.
        }

        return Results.Redirect("/watch?done=ended");
    }

    private RazorComponentResult<PlainPage> Gone(HttpContext context) => new(new
    {
        Title = "This watch has ended", Text = "A watch lasts fifteen minutes at most, and what it showed is kept nowhere.", Href = "/watch", LinkText = "Watch a device", Viewer = gate.See(context),
    }) { StatusCode = StatusCodes.Status404NotFound };
}
