using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy;

/// <summary>A request's way: Identify → Canonicalize → own pages → Classify and Decide → Forward → Record. The order stands here and nowhere else.</summary>
/// <remarks>Record runs however the request ended. Every permission comes from the policy (<see cref="NameJudge"/>); no stage has its own opinion. Connections come here by way of <see cref="ConnectionPipeline"/>.</remarks>
internal sealed class RequestPipeline(CurrentPolicy policy, LessonStage lessons, OwnPagesStage ownPages, DecideStage decide, ForwardStage forward, RecordStage record, ConnectionWatch watch, ILogger<RequestPipeline> log)
{
    /// <summary>Answers one request.</summary>
    public async Task RunAsync(HttpContext http)
    {
        try
        {
            await RunStagesAsync(http);
        }
#pragma warning disable CA1031 // the outermost frame of a request: whatever it is, nothing is let through
        catch (Exception problem) when (!http.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            // The message of an unforeseen exception may hold an address; its type and place do not.
            RequestLog.Unexpected(log, problem.GetType().Name, problem.StackTrace);
            if (http.Response.HasStarted) http.Abort();
            else http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task RunStagesAsync(HttpContext http)
    {
        var exchange = new Exchange(http, http.Features.GetRequiredFeature<ClientConnection>());
        exchange.Connection.HasRequest = true;
        if (exchange.Connection.ClientIn(policy.Snapshot) is not { } client)
        {
            http.Abort(); // The policy no longer counts this address to the school.
            return;
        }

        exchange.Client = client;
        if (OwnPagesStage.TryAnswerOptions(exchange)) return;
        if (!CanonicalizeStage.TryRun(exchange))
        {
            await PageAnswers.WriteTextAsync(exchange, 400, RequestMessages.BadAddress);
            return;
        }

        try
        {
            if (await lessons.TryAnswerAsync(exchange) || await ownPages.TryAnswerAsync(exchange)) return;
            if (!await decide.RunAsync(exchange)) return;
            using var awaited = watch.Await(exchange);
            await forward.RunAsync(exchange);
        }
        finally
        {
            await record.RunAsync(exchange);
            watch.SeeRequest(exchange);
        }
    }
}
