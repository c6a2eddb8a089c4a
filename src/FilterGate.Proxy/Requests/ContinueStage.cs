using System.Globalization;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.BlockPages;
using FilterGate.State;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>What somebody wants to go past.</summary>
/// <param name="Client">Who.</param>
/// <param name="Decision">What the policy says of it: a warning, or minutes a day.</param>
/// <param name="Host">The host that it says so of.</param>
/// <param name="Policy">The policy that said so.</param>
public sealed record PassRequest(Client Client, Decision Decision, string Host, PolicySnapshot Policy);

/// <summary>How going past a warning, or beginning a slice, ended.</summary>
public enum PassOutcome
{
    /// <summary>It is in force already: the policy that is published now knows it.</summary>
    Granted,

    /// <summary>Today's minutes are used up.</summary>
    UsedUp,

    /// <summary>This client is past so many warnings that no more are taken.</summary>
    TooMany,
}

/// <summary>Notes that a client goes past a warning, or begins a slice, and puts it in force before it answers. The gateway's host wires it to the state, whose changes the data plane does not make.</summary>
/// <exception cref="StateStoreException">It could not be written.</exception>
public delegate Task<PassOutcome> ContinuePast(PassRequest request, CancellationToken cancellationToken);

/// <summary>Answers the form of the page that warns and of the page with the day's minutes: notes it, and sends the browser back to what it asked for.</summary>
/// <remarks>
/// The form says only where to go back to. What is granted follows from what the policy says of that address now, so a form made up by somebody can open nothing that a page would not have offered.
/// A form of another site is refused where the browser says so (<c>Sec-Fetch-Site</c>, else <c>Origin</c>): no site may go past a warning for its visitor.
/// </remarks>
internal sealed class ContinueStage(CurrentPolicy policy, NameJudge judge, DecideStage decide, EventRecorder recorder, ContinuePast continuePast)
{
    // The address may be percent-encoded three times as long, and the field has a name.
    private const int FormBytesMax = 3 * BlockPage.TargetCharsMax + 64;

    /// <summary>Answers the form.</summary>
    public async ValueTask AnswerAsync(Exchange exchange)
    {
        var http = exchange.Http;
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = "POST";
            await AnswerAsync(exchange, 405, EnglishWords.ContinueNotFromPage);
            return;
        }

        if (!IsOwnPage(exchange))
        {
            await AnswerAsync(exchange, 403, EnglishWords.ContinueNotFromPage);
            return;
        }

        if (!http.Request.HasFormContentType || http.Request.ContentLength is not (>= 0 and <= FormBytesMax)
            || (await http.Request.ReadFormAsync(http.RequestAborted))[BlockPage.TargetField].ToString() is not { } target || !BlockPage.IsTarget(target)
            || !CanonicalUrl.TryCreate(exchange.Url.Scheme, exchange.Url.Host, exchange.Url.Port, target, out var url))
        {
            await AnswerAsync(exchange, 400, EnglishWords.ContinueUnreadable);
            return;
        }

        exchange.Url = url;
        exchange.RawTarget = target;
        try
        {
            await GoOnAsync(exchange, target);
        }
        catch (Exception problem) when (problem is StateStoreException or EventStoreException)
        {
            await PageAnswers.WriteTextAsync(exchange, 503, RequestMessages.CannotRecord);
        }
    }

    private async ValueTask GoOnAsync(Exchange exchange, string target)
    {
        var judgement = Judge(exchange);
        if (judgement.Decision.IsForwarded)
        {
            Return(exchange, target); // Perhaps another tab was quicker.
            return;
        }

        if (judgement.Decision.Verdict is not (Verdict.Warn or Verdict.Quota))
        {
            await decide.RefuseAsync(exchange, judgement);
            return;
        }

        var decided = judgement.Decision.Embedded ?? judgement.Url;
        switch (await continuePast(new PassRequest(exchange.Client, judgement.Decision, decided.Host, judgement.Snapshot), exchange.Http.RequestAborted))
        {
            case PassOutcome.Granted:
                await recorder.CommitContinuedAsync(judgement, exchange.Client, exchange.Http.Request.Method, exchange.Http.RequestAborted);
                Return(exchange, target);
                break;
            case PassOutcome.TooMany:
                await AnswerAsync(exchange, 429, EnglishWords.ContinueTooMany);
                break;
            default:
                await decide.RefuseAsync(exchange, Judge(exchange)); // The page then says that nothing is left.
                break;
        }
    }

    private Judgement Judge(Exchange exchange) => judge.Judge(policy.Snapshot, exchange.Client, exchange.Url, Seen.Url, exchange.Connection.Names);

    /// <summary>Back to what was asked for, on this host: 303, so that the browser asks for it with GET (RFC 9110 §15.4.4).</summary>
    private static void Return(Exchange exchange, string target)
    {
        var (url, response) = (exchange.Url, exchange.Http.Response);
        var port = url.Port == (url.Scheme == "https" ? 443 : 80) ? "" : string.Create(CultureInfo.InvariantCulture, $":{url.Port}");
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = $"{url.Scheme}://{url.Host}{port}{target}";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = 0;
    }

    private Task AnswerAsync(Exchange exchange, int status, string message) =>
        PageAnswers.WriteHtmlAsync(exchange, status, BlockPage.RenderMessage(policy.Snapshot.School, EnglishWords.ContinueFailedTitle, message));

    /// <summary>False for a form that the browser says was sent by another site. Over plain HTTP browsers send no <c>Sec-Fetch-Site</c>, but an Origin with every POST; a client that sends neither is no browser, and has no visitor to trick.</summary>
    private static bool IsOwnPage(Exchange exchange)
    {
        var headers = exchange.Http.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site) return site == "same-origin";
        if (headers.Origin.Count == 0) return true;
        return Uri.TryCreate(headers.Origin.ToString(), UriKind.Absolute, out var origin)
            && origin.Scheme == exchange.Url.Scheme && origin.Port == exchange.Url.Port
            && CanonicalUrl.TryCanonicalizeHost(origin.Host, out var host) && host == exchange.Url.Host;
    }
}
