using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.State;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FilterGate.Review.Site;

/// <summary>The <see cref="Site.Need"/> of an endpoint, as it stands in its metadata: a test asks every endpoint for it.</summary>
internal sealed record Needed(Need Need);

/// <summary>Stands before every page: who asks, may they, and is a form ours. Each page names its <see cref="Need"/> where it is mapped, and no page asks by itself.</summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class Gate(ReviewSiteOptions options, Func<PolicySnapshot> policy, StateStore state, TimeProvider clock, IAntiforgery antiforgery, EndpointDataSource endpoints)
{
    /// <summary>The cookie with the language that somebody chose.</summary>
    public const string LanguageCookie = "filtergate-language";

    /// <summary>How a page is asked for.</summary>
    public static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private static readonly string[] Sending = [HttpMethods.Post];

    private readonly Lazy<IReadOnlyList<Place>> _places = new(() =>
    {
        var mapped = endpoints.Endpoints.OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText).ToHashSet(StringComparer.Ordinal);
        return [.. Place.All.Where(place => mapped.Contains(place.Href))];
    });

    /// <summary>Maps a page that is read.</summary>
    /// <param name="app">The site.</param>
    /// <param name="path">Its address; parts in braces are read with <see cref="RouteParts.Part"/>.</param>
    /// <param name="need">For whom it is.</param>
    /// <param name="answer">The page, for a request that was let through.</param>
    public void Page(WebApplication app, string path, Need need, Func<HttpContext, IResult> answer) => Map(app, path, Reading, need, context => Task.FromResult(answer(context)));

    /// <inheritdoc cref="Page(WebApplication, string, Need, Func{HttpContext, IResult})"/>
    public void Page(WebApplication app, string path, Need need, Func<HttpContext, Task<IResult>> answer) => Map(app, path, Reading, need, answer);

    /// <summary>Maps a form that is sent, from a page of ours in the same session and from nowhere else.</summary>
    /// <inheritdoc cref="Page(WebApplication, string, Need, Func{HttpContext, IResult})"/>
    public void Form(WebApplication app, string path, Need need, Func<HttpContext, IResult> answer) => Map(app, path, Sending, need, context => Task.FromResult(answer(context)));

    /// <inheritdoc cref="Form(WebApplication, string, Need, Func{HttpContext, IResult})"/>
    public void Form(WebApplication app, string path, Need need, Func<HttpContext, Task<IResult>> answer) => Map(app, path, Sending, need, answer);

    // A plain delegate: what minimal APIs bind parameters with is compiled anew at each start, ten milliseconds an endpoint.
    private void Map(WebApplication app, string path, string[] methods, Need need, Func<HttpContext, Task<IResult>> answer) =>
        app.MapMethods(path, methods, async context =>
        {
            var result = Refusal(context, need) ?? (HttpMethods.IsPost(context.Request.Method) && !await IsOurFormAsync(context) ? TooOld(context) : await answer(context));
            await result.ExecuteAsync(context);
        }).WithMetadata(new Needed(need));

    /// <summary>What somebody gets for whom a page is not; null for those it is for.</summary>
    private IResult? Refusal(HttpContext context, Need need)
    {
        var standing = SignedIn.Of(context)?.Standing;
        if (Permissions.Allow(need, RolesOf(standing))) return null;
        if (standing is not null)
        {
            var viewer = See(context);
            return new RazorComponentResult<PlainPage>(new
            {
                Title = "This page is for somebody else", Text = "It is for {0}. What you may do is in the policy of your school, under approvals.", Values = new[] { Permissions.Whom(need, viewer.Tongue) },
                Href = standing.Home, LinkText = "Go to your own page", Viewer = viewer,
            }) { StatusCode = StatusCodes.Status403Forbidden };
        }
        if (HttpMethods.IsPost(context.Request.Method)) return TooOld(context);
        var signIn = $"/sign-in?return={Uri.EscapeDataString(context.Request.Path)}";
        if (!Fragment.IsAsked(context)) return Results.Redirect(signIn);
        // A part of a page cannot be the page to sign in: the whole window goes there.
        context.Response.Headers["HX-Redirect"] = signIn;
        return Results.StatusCode(StatusCodes.Status401Unauthorized);
    }

    /// <summary>Who looks, with a token for the page's forms where it has any.</summary>
    public Viewer See(HttpContext context, bool hasForm = false)
    {
        var standing = SignedIn.Of(context)?.Standing;
        // Signed in, every page has the form to sign out.
        var token = hasForm || standing is not null ? antiforgery.GetAndStoreTokens(context).RequestToken : null;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Remove("Pragma");
        var roles = RolesOf(standing);
        var inForce = policy();
        return new Viewer(inForce.School, standing, token, roles)
        {
            ShadowUntil = state.ShadowAt(clock.GetUtcNow()) is { } mode ? inForce.Timetable.ToLocal(mode.Until) : null,
            StaffPastSince = options.StaffPastSince() is { } since ? inForce.Timetable.ToLocal(since) : null,
            Tongue = TongueOf(context.Request), IsInvented = options.IsInvented, Places = [.. _places.Value.Where(place => Permissions.Allow(place.Need, roles))],
            Address = context.Request.Path + context.Request.QueryString,
        };
    }

    /// <summary>The language that was chosen, else the first of ours that the browser asks for, else English.</summary>
    internal static Tongue TongueOf(HttpRequest request)
    {
        if (Tongue.Find(request.Cookies[LanguageCookie]) is { } chosen) return chosen;
        foreach (var wanted in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language.Quality ?? 1))
            if (wanted.Quality is not 0 && Tongue.Find(wanted.Value.Value) is { } found) return found;
        return Tongue.English;
    }

    private SiteRole RolesOf(Standing? standing)
    {
        if (standing is not null) return standing.Is;
        if (options.IsSecure) return SiteRole.Nobody;
        // Once a school has named who holds which key, the log of its children is theirs, at this computer too.
        return options.IsInvented || !policy().Approvals.IsWritten ? SiteRole.Trial : SiteRole.AtComputer;
    }

    /// <summary>True when the form came from a page of ours in this session.</summary>
    private async Task<bool> IsOurFormAsync(HttpContext context)
    {
        try
        {
            if (!context.Request.HasFormContentType) return false;
            await context.Request.ReadFormAsync(context.RequestAborted);
            await antiforgery.ValidateRequestAsync(context);
            return true;
        }
        catch (Exception problem) when (problem is AntiforgeryValidationException or InvalidDataException)
        {
            return false;
        }
    }

    private RazorComponentResult<PlainPage> TooOld(HttpContext context) => new(new
    {
        Title = "This page was too old", Text = "Nothing was changed. A page can be sent while you are signed in, and only from this site. Go back, and send it again.",
        Href = SignedIn.Of(context)?.Standing.Home ?? "/sign-in", LinkText = "Go on", Viewer = See(context),
    }) { StatusCode = StatusCodes.Status400BadRequest };
}

/// <summary>Parts of an address that a page was mapped with.</summary>
internal static class RouteParts
{
    /// <summary>A part in braces, decoded.</summary>
    public static string Part(this HttpContext context, string name) => (string)context.GetRouteValue(name)!;
}
