using FilterGate.Events;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.BlockPages;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>Looks the request up in the lists, asks the policy, and answers a refused one with the block page (Classify and Decide).</summary>
/// <remarks>Reads the client and the URL under every name given for it; writes the judgement. Nothing has gone upstream yet. A page is sent after its event is committed.</remarks>
internal sealed class DecideStage(CurrentPolicy policy, NameJudge judge, EventRecorder recorder, GatewayMeters meters, TimeProvider clock)
{
    /// <summary>True when the request may go on; false when it was answered.</summary>
    public async ValueTask<bool> RunAsync(Exchange exchange)
    {
        var settings = exchange.Client.Tier.Search;
        exchange.With = AskedWith.Read(exchange, settings);
        if (PlayerCall.Is(exchange, settings)) exchange.With = exchange.With with { PlayerVideo = await PlayerCall.ReadVideoAsync(exchange) };
        var judgement = judge.Judge(policy.Snapshot, exchange.Client, exchange.Url, Matching.Seen.Url, exchange.Connection.Names, with: exchange.With);
        exchange.Judgement = judgement;
        meters.Decided(judgement.Decision.Verdict, exchange.Client.Tier.Name);
        exchange.Act = Note(exchange, in judgement);
        if (judgement.Decision is { IsForwarded: true, Lesson: null }) return true;
        if (judgement.Decision is { IsForwarded: true, Lesson: { } video }) await SendToLessonAsync(exchange, video);
        else await RefuseAsync(exchange, judgement);
        return false;
    }

    private KeptAct? Note(Exchange exchange, in Judgement judgement) =>
        recorder.Note(in judgement, exchange.Client, SignsOfRequests.Read(exchange.Http.Request, exchange.Client, exchange.Url.Host, exchange.RawTarget, clock.GetUtcNow()));

    /// <summary>An approved video's own page has others beside it: the lesson page shows it alone.</summary>
    private static Task SendToLessonAsync(Exchange exchange, Policy.Search.VideoLink video)
    {
        exchange.Http.Response.Headers.Location = LessonStage.AddressOf(exchange.Url.Scheme, in video);
        return PageAnswers.WriteEmptyAsync(exchange, StatusCodes.Status302Found);
    }

    /// <summary>Answers a refusal: the page for what a person looks at, an empty 403 for what a page loads.</summary>
    public async ValueTask RefuseAsync(Exchange exchange, Judgement judgement)
    {
        var http = exchange.Http;
        exchange.Judgement = judgement;
        // What was to be forwarded and may not be after all (its name leads into the school) was a visit until now.
        if (exchange.Act is { Act.Kind: ActKind.PageView or ActKind.TypedAddress or ActKind.OverrideUse } act) act.Act = act.Act with { Kind = ActKind.BlockedAct };
        exchange.Act ??= Note(exchange, in judgement);
        if (!WantsPage(http.Request))
        {
            await PageAnswers.WriteEmptyAsync(exchange, 403);
            return; // Record queues the event.
        }

        try
        {
            var stored = await recorder.CommitPageAsync(judgement, exchange.Client, http.Request.Method, 403, exchange.Act, http.RequestAborted);
            exchange.IsRecorded = true;
            await PageAnswers.WriteHtmlAsync(exchange, 403, BlockPage.Render(BlockPageModels.Of(judgement, exchange.Client, stored, clock, exchange.RawTarget)));
        }
        catch (EventStoreException)
        {
            await PageAnswers.WriteTextAsync(exchange, 503, RequestMessages.CannotRecord);
        }
    }

    /// <summary>
    /// Browsers say over HTTPS what a request is for (<see href="https://www.w3.org/TR/fetch-metadata/">Sec-Fetch-Dest</see>). Without it a page is wanted where HTML is accepted by name,
    /// and where anything is accepted and no other page refers to it: a person with <c>curl</c>, not a script of a page.
    /// </summary>
    internal static bool WantsPage(HttpRequest request)
    {
        var destination = request.Headers["Sec-Fetch-Dest"].ToString();
        if (destination.Length > 0) return destination is "document" or "iframe" or "frame" or "fencedframe";
        var accept = request.Headers.Accept.ToString();
        if (accept.Contains("text/html", StringComparison.OrdinalIgnoreCase)) return true;
        return accept is "" or "*/*" && request.Headers.Referer.Count == 0 && request.Headers["X-Requested-With"].Count == 0;
    }
}
