using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Connections;

/// <summary>Log lines of connections: ids 100 to 149, next free 104. No host, no URL, no client address ever.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(100, LogLevel.Warning, "A connection from outside the policy's networks was refused. If a network of the school is missing, add it under `networks:`.")]
    public static partial void OutsideNetworks(ILogger log);

    [LoggerMessage(101, LogLevel.Warning, "A client was refused: it has {Limit} connections open already.")]
    public static partial void TooManyConnections(ILogger log, int limit);

    [LoggerMessage(102, LogLevel.Debug, "A client gave up the TLS handshake: it may not trust the gateway's CA.")]
    public static partial void HandshakeFailed(ILogger log, Exception problem);

    [LoggerMessage(103, LogLevel.Error, "A connection failed in an unexpected way.")]
    public static partial void Unexpected(ILogger log, Exception problem);
}
