using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Accounts;
using FilterGate.Review.Acts;
using FilterGate.Review.Audit;
using FilterGate.Review.Blocks;
using FilterGate.Review.Classes;
using FilterGate.Review.Coverage;
using FilterGate.Review.Decisions;
using FilterGate.Review.Governors;
using FilterGate.Review.Lists;
using FilterGate.Review.Log;
using FilterGate.Review.Overrides;
using FilterGate.Review.People;
using FilterGate.Review.Policies;
using FilterGate.Review.Requests;
using FilterGate.Review.Searches;
using FilterGate.Review.Shadow;
using FilterGate.Review.Signing;
using FilterGate.Review.Site;
using FilterGate.Review.Sites;
using FilterGate.Review.Today;
using FilterGate.Review.Watching;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.State;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FilterGate.Review;

/// <summary>The site of the people who answer for the filter: the lead reads the log, the head decides, teachers open sites for a class.</summary>
public static class ReviewSite
{
    /// <summary>Adds the services the pages need.</summary>
    /// <param name="builder">The web application that will be the site. Its listeners are the caller's: plain HTTP on loopback alone.</param>
    /// <param name="events">The events.</param>
    /// <param name="state">Accounts, requests and overrides.</param>
    /// <param name="policy">The policy in force, asked for each page.</param>
    /// <param name="clock">The time.</param>
    /// <param name="options">Where the site is and for whom.</param>
    /// <param name="zone">The school's time zone. Default Europe/London.</param>
    public static WebApplicationBuilder AddReviewSite(
        this WebApplicationBuilder builder, EventStore events, StateStore state, Func<PolicySnapshot> policy, TimeProvider clock, ReviewSiteOptions options, TimeZoneInfo? zone = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(policy);
        return builder.AddReviewSite(
            new EventLog(events.Search, () => School.Of(policy()), clock, zone ?? TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), () => state.OpenRequests().Count), events, state, clock,
            options, policy, new UnblockDesk(state, events, clock));
    }

    /// <summary>Maps the pages. A request whose Host header is not a name of ours is refused with 421: a page on another site cannot read the log through a name it points here.</summary>
    public static WebApplication MapReviewSite(this WebApplication app)
    {
        app.Use(app.Services.GetRequiredService<SiteRules>().ApplyAsync);
        app.UseResponseCompression();
        app.UseAuthentication();

        var gate = app.Services.GetRequiredService<Gate>();
        foreach (var pages in app.Services.GetServices<IPages>()) pages.Map(app);

        foreach (var asset in SiteAssets.All) app.MapMethods(asset.Path, Gate.Reading, asset.WriteAsync);
        // Browsers ask for it unbidden; the icon is in the page's head.
        gate.Page(app, "/favicon.ico", Need.Nothing, _ => Results.NoContent());
        gate.Page(app, "/{**path}", Need.Nothing, context => new RazorComponentResult<PlainPage>(new
        {
            Title = "There is no such page", Text = "It may have moved, or the address was cut off.", Href = "/", LinkText = "Go to the first page", Viewer = gate.See(context),
        }) { StatusCode = StatusCodes.Status404NotFound });
        return app;
    }

    /// <summary>The roles of a person, perhaps none; null for somebody who could not sign in: neither a role nor a place among the staff.</summary>
    public static IReadOnlyList<string>? WhoIs(string person, PolicySnapshot policy, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(policy);
        return Standing.Of(person, policy.Approvals, policy.InForce.Roster, time)?.Roles;
    }

    internal static WebApplicationBuilder AddReviewSite(
        this WebApplicationBuilder builder, EventLog log, EventStore events, StateStore state, TimeProvider clock, ReviewSiteOptions options, Func<PolicySnapshot> policy, UnblockDesk desk)
    {
        var services = builder.Services;
        services.AddSingleton(log);
        services.AddSingleton(_ => events);
        services.AddSingleton(_ => events.Reader);
        services.AddSingleton(_ => state);
        services.AddSingleton(clock);
        services.AddSingleton(options);
        services.AddSingleton<SiteRules>();
        services.AddSingleton<Gate>();
        services.AddSingleton(policy);
        services.AddSingleton(desk);
        services.AddSingleton<Looks>();
        services.AddSingleton(new PolicyCheck(state, events, clock, options.Memory));
        // The pages, each with its folder. A new one is a line here, and a row of Place.All where the frame leads to it.
        services.AddSingleton<IPages, AccountPages>();
        services.AddSingleton<IPages, TodayPages>();
        services.AddSingleton<IPages, ReviewPages>();
        services.AddSingleton<IPages, PersonPages>();
        services.AddSingleton<IPages, SearchPages>();
        services.AddSingleton<IPages, SitePages>();
        services.AddSingleton<IPages, SignPages>();
        services.AddSingleton<IPages, GovernorPages>();
        services.AddSingleton<IPages, LogPages>();
        services.AddSingleton<IPages, DecidePages>();
        services.AddSingleton<IPages, ClassPages>();
        services.AddSingleton<IPages, WatchPages>();
        services.TryAddSingleton<IGatewayWatch, NoGatewayWatch>();
        services.AddSingleton<IPages, RequestPages>();
        services.AddSingleton<IPages, OverridePages>();
        services.AddSingleton<IPages, BlockPages>();
        services.AddSingleton<IPages, PolicyPages>();
        services.AddSingleton<IPages, ListPages>();
        services.AddSingleton<IPages, CoveragePages>();
        services.AddSingleton<IPages, ShadowPages>();
        services.AddSingleton<IPages, AuditPages>();
        services.AddSingleton<IPages, TonguePages>();
        services.AddRazorComponents();
        services.AddResponseCompression(o =>
        {
            o.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
            // Over TLS too. Length gives a secret away only to somebody who can make the reader's browser ask for pages of their choice (BREACH): cookies here are SameSite=Strict, and a form's token differs each time.
            o.EnableForHttps = true;
        });
        AddAccounts(services, state, clock, options, policy);
        return builder;
    }

    private static void AddAccounts(IServiceCollection services, StateStore state, TimeProvider clock, ReviewSiteOptions options, Func<PolicySnapshot> policy)
    {
        Standing? StandingOf(string person)
        {
            var inForce = policy();
            return Standing.Of(person, inForce.Approvals, inForce.InForce.Roster, clock.GetUtcNow());
        }


        services.AddSingleton<AddressLimit>();
        services.AddSingleton<PasskeyCeremonies>();
        services.Configure<PasswordHasherOptions>(o => o.IterationCount = options.PasswordIterations);
        services.AddSingleton<IPasswordHasher<AccountRecord>, PasswordHasher<AccountRecord>>();
        services.AddSingleton(provider => new SignInDesk(state, provider.GetRequiredService<IPasswordHasher<AccountRecord>>(), StandingOf, provider.GetRequiredService<AddressLimit>(), clock));

        services.AddIdentityCore<AccountRecord>().AddUserStore<AccountStore>();
        services.AddScoped<IPasskeyHandler<AccountRecord>, PasskeyHandler<AccountRecord>>();
        services.Configure<IdentityPasskeyOptions>(o =>
        {
            (o.UserVerificationRequirement, o.ResidentKeyRequirement, o.AuthenticatorTimeout) = ("required", "required", PasskeyCeremonies.Lifetime);
            // Identity compares with the Origin header, which our Referrer-Policy makes "null"; the Host header has been checked by SiteRules, and says the same.
            o.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.Origin == $"{context.HttpContext.Request.Scheme}://{context.HttpContext.Request.Host}");
        });

        // The prefix makes a browser refuse the cookie from any other host and without TLS (RFC 6265bis §4.1.3.2); without TLS it may not be used.
        var prefix = options.IsSecure ? "__Host-" : "";
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(o =>
        {
            o.Cookie.Name = prefix + "filtergate";
            Seal(o.Cookie);
            o.ExpireTimeSpan = StateStore.SessionLifetime;
            o.SlidingExpiration = false;
            o.Events.OnValidatePrincipal = context => SignedIn.ValidateAsync(context, state, StandingOf);
        });
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = prefix + "filtergate-form";
            Seal(o.Cookie);
            o.FormFieldName = FormToken.FieldName;
            o.HeaderName = null;
            o.SuppressXFrameOptionsHeader = true;
        });
        var protection = services.AddDataProtection().SetApplicationName("filtergate-review");
        if (options.KeysFolder is { } folder) protection.PersistKeysToFileSystem(MakeKeysFolder(folder));
        else protection.UseEphemeralDataProtectionProvider();

        void Seal(CookieBuilder cookie) => (cookie.HttpOnly, cookie.SameSite, cookie.Path, cookie.SecurePolicy, cookie.IsEssential) =
            (true, SameSiteMode.Strict, "/", options.IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.None, true);
    }

    private static DirectoryInfo MakeKeysFolder(string folder) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(folder)
        : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
