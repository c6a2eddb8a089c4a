using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Certificates;
using Microsoft.AspNetCore.Http.Features;

namespace FilterGate.Proxy.Requests;

/// <summary>Answers what is the gateway's own: its pages at <c>filtergate.internal</c> and at its own address, and the request form that every block page posts to.</summary>
/// <remarks>Reads the URL; answers or lets pass. The form's path is answered on every host, because it is posted to the blocked site's own name; it is never forwarded.</remarks>
internal sealed class OwnPagesStage(CurrentPolicy policy, CertificateAuthority authority, AskStage asks, ContinueStage continues)
{
    /// <summary>The gateway's own name: never forwarded (contract, "Files").</summary>
    public const string OwnHost = "filtergate.internal";

    private const string CertificatePath = "/certificate";

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

        if (exchange.Url.Host != OwnHost && !CanonicalizeStage.IsForGateway(exchange)) return false;
        var snapshot = policy.Snapshot;
        switch (exchange.Url.Path)
        {
            case CertificatePath:
                exchange.Http.Response.Headers.ContentDisposition = "attachment; filename=\"filtergate-ca.crt\"";
                await PageAnswers.WriteAsync(exchange, 200, "application/x-x509-ca-cert", authority.CertificateDer);
                break;
            case BlockPage.ReportPath:
                await asks.AnswerOwnPageAsync(exchange);
                break;
            case "/":
                await PageAnswers.WriteHtmlAsync(exchange, 200, BlockPage.RenderStatus(snapshot.School, exchange.Client.Tier.Name, exchange.Client.Address.ToString(), exchange.Client.Device, CertificatePath));
                break;
            default:
                await PageAnswers.WriteTextAsync(exchange, 404, RequestMessages.IsProxy);
                break;
        }

        return true;
    }
}
