using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Watching;

namespace FilterGate.Proxy.Requests;

/// <summary>Counts a request and records what came of a request, however it ended: forwarded, refused, failed or given up by the client.</summary>
/// <remarks>Reads the judgement and the answer; writes to the event queue, which waits rather than drops. Never answers.</remarks>
internal sealed class RecordStage(EventRecorder recorder, CoverageCounter coverage, TrustLedger trust)
{
    /// <summary>Queues the event, unless the page's own is stored already.</summary>
    public async ValueTask RunAsync(Exchange exchange)
    {
        if (exchange.Connection.IsIntercepted) trust.SeeAccepted(exchange.Client);
        using var title = exchange.Act?.Title;
        if (exchange.Judgement is not null) exchange.Connection.CountRead(coverage, exchange.Client, exchange.Http.Request.Headers.UserAgent, exchange.Http.Response.ContentLength ?? 0);
        if (exchange.IsRecorded || exchange.Judgement is not { } judgement) return;
        exchange.IsRecorded = true;
        var method = exchange.Http.Request.Method;
        int? status = exchange.Http.Response.HasStarted || exchange.Failure is not null || !judgement.Decision.IsForwarded ? exchange.Http.Response.StatusCode : null;
        if (exchange.Failure is ForwardFailure.CertificateExpired or ForwardFailure.CertificateNameMismatch or ForwardFailure.CertificateUntrusted)
            await recorder.RecordTlsAsync(judgement, exchange.Client, method, status, RuleOf(exchange), CancellationToken.None);
        await recorder.RecordAsync(judgement, exchange.Client, method, status, exchange.Http.Response.ContentLength, exchange.Act, CancellationToken.None);
    }

    /// <summary>What is wrong with the certificate and which one it is: whoever looks at the event can ask the site's owner whether it is theirs.</summary>
    private static string RuleOf(Exchange exchange) => $"origin certificate: {exchange.Failure}{(exchange.RefusedCertificate is { } fingerprint ? $", SHA-256 {fingerprint}" : "")}";
}
