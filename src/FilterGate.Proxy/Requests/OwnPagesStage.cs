using FilterGate.Proxy.BlockPages;
using Microsoft.AspNetCore.Http.Features;

namespace FilterGate.Proxy.Requests;

/// <summary>Answers what is the gateway's own: its pages at <c>filtergate.internal</c> and at its own address, and the request form that every block page posts to.</summary>
/// <remarks>Reads the URL; answers or lets pass. The form's path is answered on every host, because it is posted to the blocked site's own name; it is never forwarded.</remarks>
internal sealed class OwnPagesStage(CurrentPolicy policy, DevicePagesStage devices, AskStage asks, ContinueStage continues, GatewayOptions options)
{
    /// <summary>The gateway's own name: never forwarded (contract, "Files").</summary>
    public const string OwnHost = "filtergate.internal";

    /// <summary>True for the gateway's own name and every name below it: always read, never forwarded, in every tier.</summary>
    public static bool IsOwn(string canonicalHost) =>
        canonicalHost.EndsWith(OwnHost, StringComparison.Ordinal) && (canonicalHost.Length == OwnHost.Length || canonicalHost[^(OwnHost.Length + 1)] == '.');

    /// <summary>Answers <c>OPTIONS *</c>, which asks about a server as a whole (RFC 9110 §9.3.7): the only server it reaches is this one.</summary>
    public static bool TryAnswerOptions(Exchange exchange)
    {
        if (exchange.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget != "*") return false;
        exchange.Http.Response.Headers.Allow = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, CONNECT";
        exchange.Http.Response.ContentLength = 0;
        return true;
    }

    /// <summary>True when the request was the gateway's own and has been answered.</summary>
    public async ValueTask<bool> TryAnswerAsync(Exchange exchange)
    {
        if (exchange.Url.Path == BlockPage.RequestPath)
        {
            await asks.AnswerBlockPageAsync(exchange);
            return true;
        }

        if (exchange.Url.Path == BlockPage.ContinuePath)
        {
            await continues.AnswerAsync(exchange);
            return true;
        }

        var isOwn = IsOwn(exchange.Url.Host) || CanonicalizeStage.IsForGateway(exchange);
        if (ProxyConfiguration.IsAsked(exchange, isOwn))
        {
            await PageAnswers.WriteAsync(exchange, 200, ProxyConfiguration.ContentType, ProxyConfiguration.Make(ProxyConfiguration.ProxyFor(exchange, options)));
            return true;
        }

        if (!isOwn) return false;
        if (await devices.TryAnswerAsync(exchange)) return true;
        var snapshot = policy.Snapshot;
        switch (exchange.Url.Path)
        {
            case BlockPage.ReportPath:
                await asks.AnswerOwnPageAsync(exchange);
                break;
            case "/":
                await PageAnswers.WriteHtmlAsync(exchange, 200, BlockPage.RenderStatus(snapshot.School, exchange.Client.Tier.Name, exchange.Client.Address.ToString(), exchange.Client.Device, DevicePages.CertificatesPath));
                break;
            default:
                await PageAnswers.WriteTextAsync(exchange, 404, RequestMessages.IsProxy);
                break;
        }

        return true;
    }
}
