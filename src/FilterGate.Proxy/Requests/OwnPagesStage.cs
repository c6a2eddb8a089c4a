using FilterGate.Events;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FilterGate.Proxy.Requests;

/// <summary>What a request form of a block page leads to. The gateway's host wires it to the unblock desk, which the data plane does not know.</summary>
/// <param name="reference">The reference on the page.</param>
/// <param name="clientAddress">Who sent the form.</param>
/// <param name="note">What the person wrote.</param>
/// <param name="cancellationToken">Ends the wait.</param>
/// <returns>True when the request waits for an answer, and a sentence for the person.</returns>
public delegate Task<(bool Accepted, string Message)> AskToUnblock(string reference, string clientAddress, string note, CancellationToken cancellationToken);

/// <summary>Answers what is the gateway's own: its pages at <c>filtergate.internal</c> and at its own address, and the request form that every block page posts to.</summary>
/// <remarks>Reads the URL; answers or lets pass. The form's path is answered on every host, because it is posted to the blocked site's own name; it is never forwarded.</remarks>
internal sealed class OwnPagesStage(CurrentPolicy policy, CertificateAuthority authority, AskToUnblock ask, ContinueStage continues)
{
    /// <summary>The gateway's own name: never forwarded (contract, "Files").</summary>
    public const string OwnHost = "filtergate.internal";

    private const string CertificatePath = "/certificate";

    // A note holds at most 500 characters, the reference 9; percent-encoded UTF-8 makes up to 12 bytes of one character.
    private const int FormBytesMax = 8 * 1024;

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
            await AnswerFormAsync(exchange);
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
            case "/":
                await PageAnswers.WriteHtmlAsync(exchange, 200, BlockPage.RenderStatus(snapshot.School, exchange.Client.Tier.Name, exchange.Client.Address.ToString(), exchange.Client.Device, CertificatePath));
                break;
            default:
                await PageAnswers.WriteTextAsync(exchange, 404, RequestMessages.IsProxy);
                break;
        }

        return true;
    }

    private async ValueTask AnswerFormAsync(Exchange exchange)
    {
        var http = exchange.Http;
        var school = policy.Snapshot.School;
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = "POST";
            await PageAnswers.WriteHtmlAsync(exchange, 405, BlockPage.RenderRequestAnswer(school, accepted: false, "Please use the button on the page that was blocked.", reference: null));
            return;
        }

        if (!http.Request.HasFormContentType || http.Request.ContentLength is not (>= 0 and <= FormBytesMax))
        {
            await PageAnswers.WriteHtmlAsync(exchange, 400, BlockPage.RenderRequestAnswer(school, accepted: false, "The form could not be read. Please go back and try again with fewer words.", reference: null));
            return;
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var reference = form["reference"].ToString();
        try
        {
            var (accepted, message) = await ask(reference, exchange.Client.Address.ToString(), form["note"].ToString(), http.RequestAborted);
            await PageAnswers.WriteHtmlAsync(exchange, accepted ? 200 : 400, BlockPage.RenderRequestAnswer(school, accepted, message, accepted ? reference : null));
        }
        catch (EventStoreException)
        {
            await PageAnswers.WriteTextAsync(exchange, 503, RequestMessages.CannotRecord);
        }
    }
}
