using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>A part of a page that htmx asks for and swaps in. Every address answers with a whole page too, so that nothing needs a script and every link can be shared.</summary>
internal static class Fragment
{
    /// <summary>True when the part alone is wanted.</summary>
    public static bool IsAsked(HttpContext context) => context.Request.Headers.ContainsKey("HX-Request") && context.Request.Headers["HX-Request-Type"] != "full";
}
