using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;

namespace FilterGate.Review;

/// <summary>The site of the online-safety lead: reads the event store, changes nothing yet.</summary>
public static class ReviewSite
{
    /// <summary>Adds the services the pages need.</summary>
    /// <param name="builder">The web application that will be the site. Its listeners are the caller's: until there is a sign-in, on loopback only.</param>
    /// <param name="events">The events.</param>
    /// <param name="policy">The policy in force, asked for each page.</param>
    /// <param name="clock">The time.</param>
    /// <param name="requestsWaiting">How many requests to open a site wait for an answer, or null to leave the figure out.</param>
    /// <param name="zone">The school's time zone. Default Europe/London.</param>
    public static WebApplicationBuilder AddReviewSite(
        this WebApplicationBuilder builder, EventStore events, Func<PolicySnapshot> policy, TimeProvider clock, Func<int>? requestsWaiting = null, TimeZoneInfo? zone = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        return builder.AddReviewSite(new EventLog(events.Search, () => School.Of(policy()), clock, zone ?? TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), requestsWaiting));
    }

    /// <summary>Maps the pages. A request whose Host header is not a loopback name or address is refused with 421: a page on another site cannot read the log through a name it points here.</summary>
    public static WebApplication MapReviewSite(this WebApplication app)
    {
        app.Use(SiteRules.ApplyAsync);
        app.UseResponseCompression();

        app.MapMethods("/", SiteRules.Methods, (HttpContext context, EventLog log) =>
        {
            var view = log.Read(context.Request.Query);
            return new RazorComponentResult<LogPage>(new { View = view }) { StatusCode = view.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
        });
        app.MapMethods(SiteAssets.Stylesheet.Path, SiteRules.Methods, SiteAssets.Stylesheet.WriteAsync);
        app.MapMethods(SiteAssets.Icon.Path, SiteRules.Methods, SiteAssets.Icon.WriteAsync);
        // Browsers ask for it unbidden; the icon is in the page's head.
        app.MapMethods("/favicon.ico", SiteRules.Methods, () => Results.NoContent());
        app.MapMethods("/{**path}", SiteRules.Methods, (EventLog log) => new RazorComponentResult<NotFoundPage>(new { School = log.SchoolName }) { StatusCode = StatusCodes.Status404NotFound });
        return app;
    }

    internal static WebApplicationBuilder AddReviewSite(this WebApplicationBuilder builder, EventLog log)
    {
        builder.Services.AddSingleton(log);
        builder.Services.AddRazorComponents();
        builder.Services.AddResponseCompression(options => options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"]);
        return builder;
    }
}
