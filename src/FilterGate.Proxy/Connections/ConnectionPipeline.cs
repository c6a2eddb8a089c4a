using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Connections;

/// <summary>Where a connection goes after Peek.</summary>
internal enum Route
{
    /// <summary>Answered and done.</summary>
    Closed,

    /// <summary>Plain HTTP: to Kestrel.</summary>
    Http,

    /// <summary>TLS that is terminated here, then to Kestrel.</summary>
    Intercept,

    /// <summary>Bytes both ways.</summary>
    Tunnel,
}

/// <summary>A connection's way: Accept → Identify → Peek → TerminateTls | Tunnel. The order stands here and nowhere else.</summary>
internal sealed class ConnectionPipeline(AcceptStage accept, PeekStage peek, TerminateTlsStage terminateTls, TunnelStage tunnel, TimeProvider clock, ILogger<ConnectionPipeline> log)
{
    /// <summary>Takes a connection from its first byte to its last.</summary>
    /// <param name="context">The accepted connection.</param>
    /// <param name="endPoint">The port that it came to.</param>
    /// <param name="http">Kestrel's HTTP, which runs the <see cref="RequestPipeline"/> for each request.</param>
    public async Task RunAsync(ConnectionContext context, GatewayEndPoint endPoint, ConnectionDelegate http)
    {
        using var connection = accept.Admit(context, endPoint);
        if (connection is null)
        {
            context.Abort();
            return;
        }

        try
        {
            switch (await peek.RunAsync(connection))
            {
                case Route.Http:
                    connection.HalfClose = new HalfCloseLifetime(context, clock);
                    await http(context);
                    break;
                case Route.Intercept: await terminateTls.RunAsync(connection, http); break;
                case Route.Tunnel: await tunnel.RunAsync(connection); break;
                case Route.Closed: break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        catch (Exception problem) when (problem is ConnectionResetException or ConnectionAbortedException or OperationCanceledException or IOException)
        {
            // The client went away, or the connection was cut: nobody is left to tell.
        }
        catch (Exception problem) when (!context.ConnectionClosed.IsCancellationRequested)
        {
            ConnectionLog.Unexpected(log, problem);
            context.Abort();
        }
    }
}
