using FilterGate.Review.Accounts;
using FilterGate.Review.Log;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FilterGate.Review.Site;

/// <summary>What somebody must be for a page.</summary>
internal enum Need
{
    /// <summary>Anybody: the way in.</summary>
    Nothing,
    /// <summary>Signed in.</summary>
    SignIn,
    /// <summary>Head, lead or technician; on loopback, without sign-in, the person at the computer.</summary>
    ReadLog,
    /// <summary>Who decides what stays open.</summary>
    Decide,
    /// <summary>A teacher.</summary>
    Teach,
}

/// <summary>Stands before every page: who asks, may they, and is a form ours. Each page names its <see cref="Need"/> where it is mapped, and no page asks by itself.</summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class Gate(ReviewSiteOptions options, EventLog log, IAntiforgery antiforgery)
{
    /// <summary>The filter for an endpoint.</summary>
    public Func<EndpointFilterInvocationContext, EndpointFilterDelegate, ValueTask<object?>> For(Need need) => async (invocation, next) =>
    {
        var context = invocation.HttpContext;
        var standing = SignedIn.Of(context)?.Standing;
        if (!IsMet(need, standing))
        {
            if (standing is null)
                return HttpMethods.IsPost(context.Request.Method) ? TooOld(context) : Results.Redirect($"/sign-in?return={Uri.EscapeDataString(context.Request.Path)}");
            return new RazorComponentResult<PlainPage>(new
            {
                Title = "This page is for somebody else", Text = $"It is for {Whom(need)}. What you may do is in the policy of your school, under approvals.", Href = standing.Home, LinkText = "Go to your own page",
                Viewer = See(context),
            }) { StatusCode = StatusCodes.Status403Forbidden };
        }
        return !HttpMethods.IsPost(context.Request.Method) || await IsOurFormAsync(context) ? await next(invocation) : TooOld(context);
    };

    /// <summary>Who looks, with a token for the page's forms where it has any.</summary>
    public Viewer See(HttpContext context, bool hasForm = false)
    {
        var standing = SignedIn.Of(context)?.Standing;
        // Signed in, every page has the form to sign out.
        var token = hasForm || standing is not null ? antiforgery.GetAndStoreTokens(context).RequestToken : null;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Remove("Pragma");
        return new Viewer(log.SchoolName, standing, token, IsOpenHere: !options.IsSecure);
    }

    private bool IsMet(Need need, Standing? standing) => need switch
    {
        Need.Nothing => true,
        Need.SignIn => standing is not null,
        Need.ReadLog => standing?.ReadsLog ?? !options.IsSecure,
        Need.Decide => standing?.Decides ?? false,
        Need.Teach => standing?.Teaches ?? false,
        _ => throw new System.Diagnostics.UnreachableException($"need {need}"),
    };

    private static string Whom(Need need) => need switch
    {
        Need.ReadLog => "the head, the online-safety lead and the technician",
        Need.Decide => "whoever decides what stays open",
        Need.Teach => "teachers",
        _ => "people who are signed in",
    };

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
