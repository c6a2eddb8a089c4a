using System.Security.Claims;
using FilterGate.State;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Accounts;

/// <summary>Who is signed in on this request: a session of <c>state.db</c> and the person's standing.</summary>
/// <remarks>The cookie carries nothing but the session's token, sealed: ending the session in the state ends it everywhere at once, and a role taken away is gone with the next page.</remarks>
/// <param name="Session">The session.</param>
/// <param name="Standing">What the person is.</param>
internal sealed record SignedIn(AccountSession Session, Standing Standing)
{
    private const string TokenClaim = "session";

    /// <summary>Who is signed in, or null.</summary>
    public static SignedIn? Of(HttpContext context) => context.Features.Get<SignedIn>();

    /// <summary>Gives the browser a session.</summary>
    public static Task StartAsync(HttpContext context, string person, string token) => context.SignInAsync(
        CookieAuthenticationDefaults.AuthenticationScheme,
        new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, person), new Claim(TokenClaim, token)], CookieAuthenticationDefaults.AuthenticationScheme)),
        new AuthenticationProperties { IsPersistent = false });

    /// <summary>Looks the session up; an ended one, or one of somebody who has left, is as none.</summary>
    public static Task ValidateAsync(CookieValidatePrincipalContext context, StateStore state, Func<string, Standing?> standing)
    {
        if (context.Principal?.FindFirstValue(TokenClaim) is { } token && state.ContinueSession(token) is { } session && standing(session.Person) is { } person)
        {
            context.HttpContext.Features.Set(new SignedIn(session, person));
            return Task.CompletedTask;
        }
        context.RejectPrincipal();
        return context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }
}
