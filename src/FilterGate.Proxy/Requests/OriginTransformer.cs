using FilterGate.Policy.Search;
using FilterGate.Proxy.Acts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace FilterGate.Proxy.Requests;

/// <summary>What changes between the client's request and the one the origin gets, and back: as little as HTTP allows.</summary>
/// <remarks>
/// The target goes out byte for byte, but for the parameter that holds a search engine to its safe mode; no <c>Via</c>, no client address; hop-by-hop fields and those that <c>Connection</c> names stay behind (RFC 9110 §7.6.1), both ways;
/// the fields that tell YouTube, Google and Microsoft what the school allows are the gateway's alone; <c>Alt-Svc</c> is taken from answers, or browsers would move to QUIC, past the filter. One per request; the title of a page that is kept is read as it passes; inspection of bodies will have its place here.
/// </remarks>
internal sealed class OriginTransformer(Exchange exchange, UpstreamPools pools, EventRecorder recorder) : HttpTransformer
{
    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var target = exchange.Forced.Engine is { } engine ? ForcedSearch.SetParameter(engine, exchange.RawTarget) : exchange.RawTarget;
        proxyRequest.RequestUri = new Uri(destinationPrefix + target, AsSent);

        // The URI carries the host; only a Host field that names another goes along.
        if (exchange.NamedHost is null || exchange.NamedHost == exchange.Target.Host) proxyRequest.Headers.Host = null;
        else proxyRequest.Headers.Host = httpContext.Request.Host.Value;

        // Kestrel cuts "keep-alive, x" and "close, x" down to their first word before we see them; what it leaves is honoured.
        var headers = proxyRequest.Headers;
        foreach (var name in NamedInConnection(httpContext.Request.Headers.Connection))
        {
            if (!name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) headers.Remove(name);
        }

        foreach (var name in RequestFields.NeverFromClients) headers.Remove(name);
        foreach (var field in exchange.Forced.Fields) headers.TryAddWithoutValidation(field.Name, field.Value);

        headers.Remove("Proxy-Connection");
        headers.Remove("Proxy-Authorization");
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (!await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken)) return false;
        if (proxyResponse is null) return true;
        pools.Note(exchange, proxyResponse);

        var headers = httpContext.Response.Headers;
        if (proxyResponse.Headers.NonValidated.TryGetValues("Connection", out var connection))
        {
            foreach (var name in NamedInConnection(new StringValues([.. connection])))
            {
                if (!name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) headers.Remove(name);
            }
        }

        headers.Remove("Alt-Svc");
        headers.Remove("Proxy-Authenticate");
        if ((int)proxyResponse.StatusCode is 301 or 302 or 303 or 307 or 308 && headers.Location.Count > 0) recorder.NoteRedirect(exchange.Client, exchange.Act, exchange.Url.Host, exchange.RawTarget, headers.Location.ToString());
        else if (exchange.Act is { Act.Kind: not null } act && (act.Title = TitleReader.For(proxyResponse, HttpMethods.IsHead(httpContext.Request.Method))) is { } title) proxyResponse.Content = new TitledContent(proxyResponse.Content, title);
        return true;
    }

    private static IEnumerable<string> NamedInConnection(StringValues connection) =>
        StringValues.IsNullOrEmpty(connection)
            ? []
            : connection.SelectMany(static v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
