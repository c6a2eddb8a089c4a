using System.Text;
using FilterGate.Proxy.BlockPages;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Writes the gateway's own answers, with the header fields they all share.</summary>
internal static class PageAnswers
{
    public static Task WriteHtmlAsync(Exchange exchange, int status, string html, string? contentSecurityPolicy = null)
    {
        exchange.Http.Response.Headers.ContentSecurityPolicy = contentSecurityPolicy ?? BlockPage.ContentSecurityPolicy;
        return WriteAsync(exchange, status, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(html));
    }

    public static Task WriteTextAsync(Exchange exchange, int status, string sentence) => WriteAsync(exchange, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(sentence + "\n"));

    /// <summary>An empty refusal for a picture, a script and the like: nobody would see a page.</summary>
    public static Task WriteEmptyAsync(Exchange exchange, int status) => WriteAsync(exchange, status, contentType: null, ReadOnlyMemory<byte>.Empty);

    public static async Task WriteAsync(Exchange exchange, int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        var response = exchange.Http.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        // A block that is lifted must not live on in a cache.
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsHead(exchange.Http.Request.Method)) await response.Body.WriteAsync(body, exchange.Http.RequestAborted);
    }
}
