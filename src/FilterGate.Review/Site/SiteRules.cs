using System.Net;
using FilterGate.Events;
using FilterGate.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace FilterGate.Review.Site;

/// <summary>What holds for every answer of the site: under which names it answers, and what the browser may do with it.</summary>
/// <param name="options">Where and for whom the site is.</param>
internal sealed class SiteRules(ReviewSiteOptions options)
{
    /// <summary>Fields of forms that hold a person's own sentences.</summary>
    private static readonly string[] WrittenFields = ["note", "reason"];

    /// <summary>Our own stylesheet, icon and script files, forms and requests back to us, and nothing else: nothing within a page, no frame, no other site.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Applies them.</summary>
    public async Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // A browser that has once been here over TLS does not try without.
        if (options.IsSecure) headers.StrictTransportSecurity = "max-age=31536000";
        // Pages hold pupils' addresses: no copy stays on a disk. The stylesheet and the icon say otherwise for themselves.
        headers.CacheControl = "no-store";

        if (!IsOurs(context.Request.Host, context.Connection.LocalIpAddress, options))
        {
            var tongue = Gate.TongueOf(context.Request);
            await RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, (options.IsSecure
                ? tongue["This site answers to its own names and address only. The technician sets them with review_names in the gateway's settings."]
                : tongue["This site answers to localhost only: it is for people at this computer."]) + "\n");
            return;
        }
        try
        {
            await next(context);
        }
        catch (StateStoreException problem) when (!context.Response.HasStarted)
        {
            await FailAsync(context, "The gateway's state cannot be read or changed just now", problem.Message);
        }
        catch (EventStoreException problem) when (!context.Response.HasStarted)
        {
            await FailAsync(context, "The events cannot be read just now", problem.Message);
        }
    }

    /// <summary>Says what cannot be read: a page to whoever asked for one, and to whoever sent a form plain text with what they wrote.</summary>
    private static async Task FailAsync(HttpContext context, string what, string why)
    {
        if (HttpMethods.IsGet(context.Request.Method) && !Fragment.IsAsked(context) && TrySee(context) is { } viewer)
        {
            await new RazorComponentResult<PlainPage>(new
            {
                Title = what, Text = "So this page cannot be shown; nothing was changed. Please try again, and if it stays so, tell the technician: {0}", Values = new[] { why }, Href = context.Request.Path + context.Request.QueryString, LinkText = "Try again", Viewer = viewer,
            }) { StatusCode = StatusCodes.Status503ServiceUnavailable }.ExecuteAsync(context);
            return;
        }
        var tongue = Gate.TongueOf(context.Request);
        await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"{tongue.Say("{0}, so nothing was done. Please try again; if it stays so, tell the technician.", tongue[what])}\n{Written(context, tongue)}");
    }

    /// <summary>Who looks; null where not even that can be known.</summary>
    private static Viewer? TrySee(HttpContext context)
    {
        try
        {
            return context.RequestServices.GetRequiredService<Gate>().See(context);
        }
        catch (StateStoreException)
        {
            return null;
        }
    }

    /// <summary>True for a name that the site has: on loopback a loopback name or address; behind TLS the names of the settings, and the address that the connection came to. Another name that merely resolves here is
    /// foreign: that is how DNS rebinding reads a site.</summary>
    internal static bool IsOurs(HostString host, IPAddress? local, ReviewSiteOptions options)
    {
        if (!options.IsSecure) return IsLoopback(host);
        return options.Names.Contains(host.Host.TrimEnd('.'), StringComparer.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Host, out var address) && local is not null && address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local));
    }

    /// <summary>True for <c>localhost</c>, a name below it (RFC 6761 §6.3 keeps them on loopback), 127.0.0.0/8 and [::1], with any port. A name that merely resolves to loopback is foreign.</summary>
    internal static bool IsLoopback(HostString host)
    {
        var name = host.Host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    /// <summary>What somebody wrote into the form that could not be kept: to be copied, not typed again.</summary>
    private static string Written(HttpContext context, Tongue tongue)
    {
        // The gate has read the form, within its bounds; nothing more is read from the client here.
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IFormFeature>()?.Form is not { } form) return "";
        var texts = WrittenFields.SelectMany(field => form[field].OfType<string>()).Where(text => !string.IsNullOrWhiteSpace(text)).ToList();
        return texts.Count == 0 ? "" : $"\n{tongue["What you wrote, to copy:"]}\n\n{string.Join("\n\n", texts)}\n";
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.Headers[HeaderNames.ContentType] = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
