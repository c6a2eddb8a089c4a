using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Requests;

/// <summary>Log lines of requests: ids 150 to 199, next free 151. No host, no URL, no client address ever.</summary>
internal static partial class RequestLog
{
    [LoggerMessage(150, LogLevel.Error, "A request was refused because of a fault of ours ({Type}):\n{Place}")]
    public static partial void Unexpected(ILogger log, string type, string? place);
}
