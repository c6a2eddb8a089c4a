using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>Changes the language of the pages in one browser.</summary>
internal sealed class TonguePages(ReviewSiteOptions options, Gate gate) : IPages
{
    /// <inheritdoc/>
    public void Map(WebApplication app) => gate.Form(app, "/language", Need.Nothing, Change);

    private IResult Change(HttpContext context)
    {
        var form = context.Request.Form;
        if (Tongue.Find(form["to"]) is { } tongue)
        {
            context.Response.Cookies.Append(Gate.LanguageCookie, tongue.Tag, new CookieOptions
            {
                HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", Secure = options.IsSecure, IsEssential = true, MaxAge = TimeSpan.FromDays(365),
            });
        }
        // Back to where they were: a path of ours, never another site's.
        var back = form["return"].ToString();
        return Results.Redirect(back.StartsWith('/') && !back.StartsWith("//", StringComparison.Ordinal) && !back.Contains('\\', StringComparison.Ordinal) && Uri.IsWellFormedUriString(back, UriKind.Relative) ? back : "/");
    }
}
