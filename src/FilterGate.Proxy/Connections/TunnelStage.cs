using System.Net.Sockets;
using FilterGate.Matching;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace FilterGate.Proxy.Connections;

/// <summary>Passes bytes both ways between a client and the origin that Peek connected; nothing is read.</summary>
/// <remarks>A half-closed side is passed on as such. Ends when both sides are done, when neither moved for <see cref="GatewayLimits.TunnelIdleTimeout"/>, or when a change of policy cuts it.</remarks>
internal sealed class TunnelStage(CoverageCounter coverage, ConnectionWatch watch, GatewayOptions options, TimeProvider clock)
{
    // The largest piece taken from the origin at once: a jumbo TLS record and a half, so that a page moves in few system calls.
    private const int ReadBytes = 24 * 1024;

    /// <summary>Runs the tunnel to its end.</summary>
    public async Task RunAsync(ClientConnection connection)
    {
        var (context, origin, target) = (connection.Context, connection.Upstream!, connection.Target!);
        var url = CanonicalUrl.ForHost("https", target.Host, target.Port);
        using var exchange = connection.Live.Begin(url, Seen.Host, context.Abort, new AskedWith { Sign = connection.Sign }, connection.Names, connection.DialledHost);
        using var idle = new CancellationTokenSource(options.Limits.TunnelIdleTimeout, clock);
        // Kestrel asks for closing when the gateway drains.
        var closing = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, context.ConnectionClosed, closing);

        try
        {
            await Task.WhenAll(
                EndBothOnFailureAsync(CopyToOriginAsync(connection, origin, idle, end.Token), end),
                EndBothOnFailureAsync(CopyToClientAsync(origin, connection, idle, end.Token), end));
        }
        catch (Exception problem) when (problem is OperationCanceledException or SocketException or IOException or ConnectionResetException or ConnectionAbortedException)
        {
            // One side broke off or the tunnel was ended; the other went with it.
        }
        finally
        {
            connection.CountUnreadBytes(coverage, connection.BytesFromOrigin);
            watch.SeeClosed(connection);
        }
    }

    /// <summary>A side that breaks off ends the other at once instead of at its next byte.</summary>
    private static async Task EndBothOnFailureAsync(Task copy, CancellationTokenSource end)
    {
        try
        {
            await copy;
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }

    private async Task CopyToOriginAsync(ClientConnection connection, Socket origin, CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        var input = connection.Context.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var piece in read.Buffer)
            {
                for (var rest = piece; !rest.IsEmpty;)
                    rest = rest[await origin.SendAsync(rest, SocketFlags.None, cancellationToken)..];
            }

            connection.BytesToOrigin += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
            idle.CancelAfter(options.Limits.TunnelIdleTimeout);
        }

        origin.Shutdown(SocketShutdown.Send);
    }

    private async Task CopyToClientAsync(Socket origin, ClientConnection connection, CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        var output = connection.Context.Transport.Output;
        while (true)
        {
            var count = await origin.ReceiveAsync(output.GetMemory(ReadBytes), SocketFlags.None, cancellationToken);
            if (count == 0) break;
            output.Advance(count);
            connection.BytesFromOrigin += count;
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted) return;
            idle.CancelAfter(options.Limits.TunnelIdleTimeout);
        }

        await output.CompleteAsync();
    }
}
