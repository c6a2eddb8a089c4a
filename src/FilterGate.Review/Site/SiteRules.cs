using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace FilterGate.Review.Site;

/// <summary>What holds for every answer of the site: who may ask, how, and what the browser may do with it.</summary>
internal static class SiteRules
{
    /// <summary>The site changes nothing, so there is nothing else to ask with.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Our own stylesheet and icon, forms back to us, and nothing else: no script, no frame, no other site.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Pages hold pupils' addresses: no copy stays on a disk. The stylesheet and the icon say otherwise for themselves.
        headers.CacheControl = "no-store";

        if (!IsLoopback(context.Request.Host))
            return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "This site answers to localhost only: there is no sign-in yet, so it is for people at this computer.\n");
        if (!Methods.Contains(context.Request.Method, StringComparer.Ordinal))
        {
            headers.Allow = string.Join(", ", Methods);
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "This site is for reading: GET and HEAD only.\n");
        }
        return next(context);
    }

    /// <summary>True for <c>localhost</c>, a name below it (RFC 6761 §6.3 keeps them on loopback), 127.0.0.0/8 and [::1], with any port. A name that merely resolves to loopback is foreign: that is how DNS rebinding reads a local site.</summary>
    internal static bool IsLoopback(HostString host)
    {
        var name = host.Host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.Headers[HeaderNames.ContentType] = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
