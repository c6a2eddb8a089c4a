using System.Net;
using System.Text.Json.Nodes;
using FilterGate.Review.Site;
using FilterGate.State;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace FilterGate.Review.Accounts;

/// <summary>The pages of accounts: sign in and out, enrol, one's own account. Each form is answered with a redirect, so that "back" and "reload" send nothing twice.</summary>
internal sealed class AccountPages(StateStore state, SignInDesk desk, PasskeyCeremonies ceremonies, Log.EventLog log, Gate gate) : IPages
{
    /// <summary>Where a sign-in may lead: our own pages, by name. Whatever else stands in the address is not followed.</summary>
    private static readonly string[] Returns = [.. Place.All.Select(place => place.Href), "/account"];

    /// <summary>Longest answer of an authenticator that is read, in characters; real ones have about 1,500.</summary>
    private const int CredentialLengthMax = 16_384;

    /// <inheritdoc/>
    public void Map(WebApplication app)
    {
        gate.Page(app, "/sign-in", Need.Nothing, context => SignInPage(context));
        gate.Form(app, "/sign-in", Need.Nothing, SignInAsync);
        gate.Form(app, "/sign-in/passkey", Need.Nothing, AskForPasskeyAsync);
        gate.Form(app, "/sign-out", Need.SignIn, SignOutAsync);

        gate.Page(app, "/enrol/{token}", Need.Nothing, context => EnrolPage(context, context.Part("token")));
        gate.Form(app, "/enrol/{token}", Need.Nothing, context => EnrolAsync(context, context.Part("token")));
        gate.Form(app, "/enrol/{token}/passkey", Need.Nothing, context =>
            desk.MayTry(context.Connection.RemoteIpAddress) && state.FindInvitation(context.Part("token")) is { } invitation ? MakePasskeyAsync(context, invitation.Person) : Task.FromResult<IResult>(Results.NotFound()));

        gate.Page(app, "/account", Need.SignIn, AccountPage);
        gate.Form(app, "/account", Need.SignIn, ChangeAccountAsync);
        gate.Form(app, "/account/passkey", Need.SignIn, context => MakePasskeyAsync(context, SignedIn.Of(context)!.Session.Person));
    }

    /// <summary>The client's address as it is written down.</summary>
    internal static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    // Made for each request, for it reads the request's own services.
    private static IPasskeyHandler<AccountRecord> Passkeys(HttpContext context) => context.RequestServices.GetRequiredService<IPasskeyHandler<AccountRecord>>();

    private IResult SignInPage(HttpContext context, string? problem = null, int status = StatusCodes.Status200OK)
    {
        if (problem is null && SignedIn.Of(context) is { } already) return Results.Redirect(already.Standing.Home);
        var isPost = HttpMethods.IsPost(context.Request.Method);
        var notice = context.Request.Query["done"].ToString() switch
        {
            "enrolled" => "Your account is ready. Sign in with it once.",
            "signed-out" => "You are signed out.",
            _ => null,
        };
        return new RazorComponentResult<SignInPage>(new
        {
            Viewer = gate.See(context, hasForm: true), Problem = problem, Notice = notice, Return = (isPost ? context.Request.Form["return"] : context.Request.Query["return"]).ToString(),
        }) { StatusCode = status };
    }

    private async Task<IResult> SignInAsync(HttpContext context)
    {
        if (!desk.MayTry(context.Connection.RemoteIpAddress)) return SignInPage(context, SignInDesk.TooMany, StatusCodes.Status429TooManyRequests);
        var form = context.Request.Form;
        string? person, token;
        if (form["credential"].ToString() is { Length: > 0 } credential)
        {
            var result = await CheckAssertionAsync(context, credential);
            person = result?.User?.Person;
            token = result is { Succeeded: true } ? desk.SignIn(result.User, result.Passkey, AddressOf(context)) : null;
        }
        else
        {
            person = form["person"].ToString().Trim();
            token = desk.SignIn(person, form["password"].ToString(), form["code"].ToString(), AddressOf(context));
        }
        if (token is null || person is null) return SignInPage(context, SignInDesk.Failed, StatusCodes.Status403Forbidden);
        await SignedIn.StartAsync(context, person, token);
        // Whose page it is, is known once the session is looked up: the first page sends everybody to their own.
        var wanted = form["return"].ToString();
        return Results.Redirect(Returns.Contains(wanted, StringComparer.Ordinal) && wanted != "/" ? wanted : "/sign-in");
    }

    private async Task<IResult> AskForPasskeyAsync(HttpContext context)
    {
        if (!desk.MayTry(context.Connection.RemoteIpAddress)) return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        // No name is asked for: the passkey knows whose it is, and nobody learns which names exist.
        var made = await Passkeys(context).MakeRequestOptionsAsync(user: null, context);
        return Ceremony(made.AssertionState, made.RequestOptionsJson);
    }

    private async Task<IResult> SignOutAsync(HttpContext context)
    {
        var session = SignedIn.Of(context)!.Session;
        state.EndAccountSessions(session.Person, session.Id, session.Person);
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.Redirect("/sign-in?done=signed-out");
    }

    private IResult EnrolPage(HttpContext context, string token, string? problem = null)
    {
        if (!desk.MayTry(context.Connection.RemoteIpAddress)) return SignInPage(context, SignInDesk.TooMany, StatusCodes.Status429TooManyRequests);
        if (state.FindInvitation(token) is not { } invitation) return NoInvitation(context);
        var viewer = gate.See(context, hasForm: true);
        return new RazorComponentResult<EnrolPage>(new
        {
            Viewer = viewer with { Standing = null }, invitation.Person, Action = $"/enrol/{token}", Secret = Totp.SpellInGroups(invitation.TotpSecret), Link = Totp.Link(invitation.TotpSecret, viewer.School, invitation.Person), Problem = problem,
        }) { StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    private async Task<IResult> EnrolAsync(HttpContext context, string token)
    {
        if (!desk.MayTry(context.Connection.RemoteIpAddress)) return SignInPage(context, SignInDesk.TooMany, StatusCodes.Status429TooManyRequests);
        if (state.FindInvitation(token) is not { } invitation) return NoInvitation(context);
        var form = context.Request.Form;
        var tongue = Gate.TongueOf(context.Request);
        string? problem;
        if (form["credential"].ToString() is { Length: > 0 } credential)
        {
            var passkey = await CheckAttestationAsync(context, invitation.Person, credential);
            problem = passkey is null ? tongue["The passkey could not be checked. Please try again."] : desk.Enrol(token, passkey, tongue);
        }
        else
        {
            problem = desk.Enrol(token, invitation, form["password"].ToString(), form["again"].ToString(), form["code"].ToString(), tongue);
        }
        return problem is null ? Results.Redirect("/sign-in?done=enrolled") : EnrolPage(context, token, problem);
    }

    private RazorComponentResult<PlainPage> NoInvitation(HttpContext context) => new(new
    {
        Title = "This invitation is over", Text = "It was used, replaced by a newer one, or is too old. Ask your technician for a new one.", Href = "/sign-in", LinkText = "Sign in", Viewer = gate.See(context),
    }) { StatusCode = StatusCodes.Status404NotFound };

    private RazorComponentResult<AccountPage> AccountPage(HttpContext context)
    {
        var session = SignedIn.Of(context)!.Session;
        var notice = context.Request.Query["done"].ToString() switch
        {
            "ended" => "That session has ended.",
            "passkey" => "Your passkey is ready.",
            "removed" => "That passkey no longer signs in.",
            "kept" => "The last way to sign in stays: add another passkey first, or ask for a new invitation.",
            "no-passkey" => "No passkey was added. Please try again.",
            _ => null,
        };
        return new RazorComponentResult<AccountPage>(new
        {
            Viewer = gate.See(context), Sessions = state.AccountSessions(session.Person), Current = session.Id, Passkeys = state.Passkeys(session.Person), log.Zone, Notice = notice,
        });
    }

    private async Task<IResult> ChangeAccountAsync(HttpContext context)
    {
        var (form, person) = (context.Request.Form, SignedIn.Of(context)!.Session.Person);
        if (form["credential"].ToString() is { Length: > 0 } credential)
        {
            var passkey = await CheckAttestationAsync(context, person, credential);
            return Done(passkey is { IsUserVerified: true } && state.AddPasskey(person, AccountStore.ToRecord(passkey)) ? "passkey" : "no-passkey");
        }
        if (form["remove"].ToString() is { Length: > 0 and <= 2048 } hex && hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit))
            return Done(state.RemovePasskey(person, Convert.FromHexString(hex), person) ? "removed" : "kept");
        if (form["end"].ToString() == "all")
        {
            state.EndAccountSessions(person, id: null, person);
            return Results.Redirect("/sign-in?done=signed-out");
        }
        if (long.TryParse(form["end"], System.Globalization.CultureInfo.InvariantCulture, out var id)) state.EndAccountSessions(person, id, person);
        return Done("ended");

        static IResult Done(string what) => Results.Redirect($"/account?done={what}");
    }

    private async Task<IResult> MakePasskeyAsync(HttpContext context, string person)
    {
        var made = await Passkeys(context).MakeCreationOptionsAsync(new PasskeyUserEntity { Id = person, Name = person, DisplayName = person }, context);
        return Ceremony(made.AttestationState, made.CreationOptionsJson);
    }

    private IResult Ceremony(string? state, string options) =>
        Results.Json(new JsonObject { ["ceremony"] = ceremonies.Keep(state ?? ""), ["options"] = JsonNode.Parse(options) });

    private async Task<UserPasskeyInfo?> CheckAttestationAsync(HttpContext context, string person, string credential)
    {
        if (credential.Length > CredentialLengthMax || ceremonies.Take(context.Request.Form["ceremony"].ToString()) is not { } kept) return null;
        var result = await Passkeys(context).PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = context, CredentialJson = credential, AttestationState = kept });
        // The challenge was made for one person: another's invitation does not take the answer.
        return result.Succeeded && result.UserEntity.Id == person ? result.Passkey : null;
    }

    private async Task<PasskeyAssertionResult<AccountRecord>?> CheckAssertionAsync(HttpContext context, string credential)
    {
        if (credential.Length > CredentialLengthMax || ceremonies.Take(context.Request.Form["ceremony"].ToString()) is not { } kept) return null;
        var result = await Passkeys(context).PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = context, CredentialJson = credential, AssertionState = kept });
        return result.Succeeded ? result : null;
    }
}
