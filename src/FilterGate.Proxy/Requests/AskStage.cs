using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Proxy.BlockPages;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Proxy.Requests;

/// <summary>What somebody sent with one of the forms.</summary>
/// <param name="Note">What they wrote; may be empty.</param>
public sealed record AskForm(string Note)
{
    /// <summary>The reference on a block page; null on the page at the gateway's own name.</summary>
    public string? Reference { get; init; }

    /// <summary>The address that was typed; null on a block page.</summary>
    public string? Address { get; init; }

    /// <summary>For a lesson, for good, or a report; null where nothing was chosen.</summary>
    public RequestRoute? Route { get; init; }

    /// <summary>The class, or null.</summary>
    public string? Group { get; init; }

    /// <summary>The end of the lesson, or null.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What became of a form.</summary>
/// <param name="IsAccepted">True when the request waits for an answer.</param>
/// <param name="Message">A sentence for the person.</param>
/// <param name="Reference">The request's reference, where there is one to show.</param>
public sealed record AskAnswer(bool IsAccepted, string Message, string? Reference);

/// <summary>What the forms lead to. The gateway's host wires it to the unblock desk, which the data plane does not know.</summary>
/// <param name="form">What was sent.</param>
/// <param name="client">Who sent it.</param>
/// <param name="cancellationToken">Ends the wait.</param>
public delegate Task<AskAnswer> AskToUnblock(AskForm form, Client client, CancellationToken cancellationToken);

/// <summary>Takes the forms of block pages, and shows and takes the one at the gateway's own name.</summary>
/// <remarks>Reads the form; always answers. Needs no script. What cannot be read is answered with a sentence, never guessed.</remarks>
internal sealed class AskStage(CurrentPolicy policy, AskToUnblock ask, TimeProvider clock)
{
    // A note holds at most 500 characters, an address 2,000, the rest little; percent-encoded UTF-8 makes up to 12 bytes of one character.
    private const int FormBytesMax = 32 * 1024;

    /// <summary>Answers what is posted to the form's path on any host.</summary>
    public async ValueTask AnswerBlockPageAsync(Exchange exchange)
    {
        var school = policy.Snapshot.School;
        if (!HttpMethods.IsPost(exchange.Http.Request.Method))
        {
            exchange.Http.Response.Headers.Allow = "POST";
            await PageAnswers.WriteHtmlAsync(exchange, 405, BlockPage.RenderRequestAnswer(school, accepted: false, "Please use the button on the page that was blocked.", reference: null));
            return;
        }
        if (await ReadAsync(exchange) is { } fields) await AskAsync(exchange, Form(fields) with { Reference = fields[BlockPage.ReferenceField].ToString() });
    }

    /// <summary>Answers at the gateway's own name: shows the form, or takes it.</summary>
    public async ValueTask AnswerOwnPageAsync(Exchange exchange)
    {
        var snapshot = policy.Snapshot;
        var request = exchange.Http.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            await PageAnswers.WriteHtmlAsync(exchange, 200, BlockPage.RenderRequestForm(snapshot.School, exchange.Client.Tier.Name, RequestChoice.Of(snapshot, exchange.Client)));
            return;
        }
        if (!HttpMethods.IsPost(request.Method))
        {
            exchange.Http.Response.Headers.Allow = "GET, HEAD, POST";
            await PageAnswers.WriteTextAsync(exchange, 405, RequestMessages.IsProxy);
            return;
        }
        // A block page's form carries a code that nobody guesses. This one has none, so it must come from our own page: another site could send it in a child's name.
        if (IsFromElsewhere(exchange))
        {
            await PageAnswers.WriteHtmlAsync(exchange, 403, BlockPage.RenderRequestAnswer(snapshot.School, accepted: false, "Please send the form from this page itself.", reference: null));
            return;
        }
        if (await ReadAsync(exchange) is { } fields) await AskAsync(exchange, Form(fields) with { Address = fields[BlockPage.AddressField].ToString() });
    }

    private async ValueTask AskAsync(Exchange exchange, AskForm form)
    {
        var school = policy.Snapshot.School;
        try
        {
            var answer = await ask(form, exchange.Client, exchange.Http.RequestAborted);
            await PageAnswers.WriteHtmlAsync(exchange, answer.IsAccepted ? 200 : 400, BlockPage.RenderRequestAnswer(school, answer.IsAccepted, answer.Message, answer.Reference));
        }
        catch (EventStoreException)
        {
            await PageAnswers.WriteTextAsync(exchange, 503, RequestMessages.CannotRecord);
        }
    }

    private async ValueTask<IFormCollection?> ReadAsync(Exchange exchange)
    {
        var request = exchange.Http.Request;
        if (request.HasFormContentType && request.ContentLength is >= 0 and <= FormBytesMax) return await request.ReadFormAsync(exchange.Http.RequestAborted);
        await PageAnswers.WriteHtmlAsync(
            exchange, 400, BlockPage.RenderRequestAnswer(policy.Snapshot.School, accepted: false, "The form could not be read. Please go back and try again with fewer words.", reference: null));
        return null;
    }

    private AskForm Form(IFormCollection fields) => new(fields[BlockPage.NoteField].ToString())
    {
        Route = fields[BlockPage.RouteField].ToString() switch
        {
            "lesson" => RequestRoute.Lesson,
            "for-good" => RequestRoute.ForGood,
            "report" => RequestRoute.Report,
            _ => null,
        },
        Group = fields[BlockPage.GroupField].ToString() is { Length: > 0 } group ? group : null,
        Until = UntilOf(fields[BlockPage.UntilField].ToString()),
    };

    /// <summary>A time of today in the school's own time; null for none, and for one that the clocks leap over.</summary>
    private DateTimeOffset? UntilOf(string text)
    {
        if (!TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return null;
        var local = clock.GetLocalNow().Date + time.ToTimeSpan();
        return clock.LocalTimeZone.IsInvalidTime(local) ? null : new DateTimeOffset(local, clock.LocalTimeZone.GetUtcOffset(local));
    }

    /// <summary>True when the browser says that another site sent the form. One that says neither is an old one, or no browser.</summary>
    internal static bool IsFromElsewhere(Exchange exchange)
    {
        var headers = exchange.Http.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site) return site is not ("same-origin" or "none");
        return headers.Origin.ToString() is { Length: > 0 } origin && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || !string.Equals(from.Host, exchange.Url.Host, StringComparison.OrdinalIgnoreCase));
    }
}
