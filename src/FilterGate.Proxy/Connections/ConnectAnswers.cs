using System.Text;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.Connections;

/// <summary>Answers that are written to a connection itself, because Kestrel has no part in it: to a CONNECT, and to a ClientHello.</summary>
/// <remarks>Every refusal closes the connection after it. Browsers show their own page for a refused CONNECT; the body is for people with <c>curl</c> and for the technician.</remarks>
internal sealed class ConnectAnswers(EventRecorder recorder, TimeProvider clock)
{
    // RFC 8446 §6: an alert record of TLS 1.2's number, fatal, access_denied (49): "a valid request was refused by policy".
    private static ReadOnlySpan<byte> AccessDeniedAlert => [21, 3, 3, 0, 2, 2, 49];

    /// <summary>200: the client's TLS may begin.</summary>
    public static async ValueTask EstablishedAsync(ClientConnection connection) =>
        await connection.Context.Transport.Output.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());

    /// <summary>A refusal in one sentence.</summary>
    public static ValueTask RefuseAsync(ClientConnection connection, int status, string sentence) => WriteAsync(connection, status, "text/plain", sentence + "\n");

    /// <summary>An origin that could not be reached.</summary>
    public static ValueTask FailAsync(ClientConnection connection, ForwardFailure failure, string school) =>
        WriteAsync(connection, BlockPage.StatusOf(failure), "text/html", BlockPage.RenderFailure(school, failure, connection.Target!.Host));

    /// <summary>A refusal by the policy: stored first, then shown with its reference.</summary>
    public async ValueTask RefuseWithPageAsync(ClientConnection connection, Client client, Judgement judgement)
    {
        try
        {
            var stored = await recorder.CommitPageAsync(judgement, client, "CONNECT", 403, recorder.NoteTunnel(in judgement, client), connection.Context.ConnectionClosed);
            await WriteAsync(connection, 403, "text/html", BlockPage.Render(BlockPages.BlockPageModels.Of(judgement, client, stored, clock)));
        }
        catch (EventStoreException)
        {
            await RefuseAsync(connection, 503, RequestMessages.CannotRecord);
        }
    }

    /// <summary>Ends a TLS connection that may not go on, in TLS's own words.</summary>
    public static async ValueTask AlertAsync(ClientConnection connection) => await connection.Context.Transport.Output.WriteAsync(AccessDeniedAlert.ToArray());

    private static async ValueTask WriteAsync(ClientConnection connection, int status, string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = $"HTTP/1.1 {status} {Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status)}\r\n" +
            $"Content-Type: {type}; charset=utf-8\r\nContent-Length: {bytes.Length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
        var output = connection.Context.Transport.Output;
        await output.WriteAsync(Encoding.ASCII.GetBytes(head));
        await output.WriteAsync(bytes);
    }
}
