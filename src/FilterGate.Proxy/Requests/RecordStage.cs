namespace FilterGate.Proxy.Requests;

/// <summary>Records what came of a request, however it ended: forwarded, refused, failed or given up by the client.</summary>
/// <remarks>Reads the judgement and the answer; writes to the event queue, which waits rather than drops. Never answers.</remarks>
internal sealed class RecordStage(EventRecorder recorder)
{
    /// <summary>Queues the event, unless the page's own is stored already.</summary>
    public async ValueTask RunAsync(Exchange exchange)
    {
        if (exchange.IsRecorded || exchange.Judgement is not { } judgement) return;
        exchange.IsRecorded = true;
        var method = exchange.Http.Request.Method;
        int? status = exchange.Http.Response.HasStarted || exchange.Failure is not null || !judgement.Decision.IsForwarded ? exchange.Http.Response.StatusCode : null;
        if (exchange.Failure is ForwardFailure.CertificateExpired or ForwardFailure.CertificateNameMismatch or ForwardFailure.CertificateUntrusted)
            await recorder.RecordTlsAsync(judgement, exchange.Client, method, status, $"origin certificate: {exchange.Failure}", CancellationToken.None);
        await recorder.RecordAsync(judgement, exchange.Client, method, status, exchange.Http.Response.ContentLength, CancellationToken.None);
    }
}
