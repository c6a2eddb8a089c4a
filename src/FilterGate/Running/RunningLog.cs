using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>What the start of a gateway has to say. Ids 231 to 239; the next free one is 232.</summary>
internal static partial class RunningLog
{
    [LoggerMessage(231, LogLevel.Warning, "{File}: {Count} of its lines are passed over, the first of them line {Line}: {Message}")]
    public static partial void SearchEnginesNotUnderstood(ILogger log, string file, int count, int line, string message);
}
