using FilterGate.Events;
using FilterGate.Network;
using FilterGate.Proxy.Connections;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Makes events of what the rules of the box refused, each second, as the keeper of the rules hands it over. What cannot be stored stays in line and is tried again.</summary>
internal sealed partial class TriesLoop : BackgroundLoop
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Begins at once.</summary>
    /// <param name="spool">Where they wait.</param>
    /// <param name="record">Commits one to the event store.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Hears what goes wrong; never who tried what.</param>
    public TriesLoop(TriesSpool spool, Func<RefusedTry, DateTimeOffset, CancellationToken, Task> record, TimeProvider clock, ILogger log) => Begin(token => RunAsync(spool, record, clock, log, token));

    private static async Task RunAsync(TriesSpool spool, Func<RefusedTry, DateTimeOffset, CancellationToken, Task> record, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        var lastSuccess = clock.GetUtcNow();
        var hasFailed = false;
        do
        {
            try
            {
                foreach (var file in spool.Waiting()) await TakeAsync(file, record, log, cancellationToken);
                lastSuccess = clock.GetUtcNow();
                hasFailed = false;
            }
            catch (Exception problem) when (problem is EventStoreException or IOException or UnauthorizedAccessException)
            {
                // Said once, not each second.
                if (!hasFailed) NotRecorded(log, lastSuccess, problem.Message);
                hasFailed = true;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static async Task TakeAsync(string file, Func<RefusedTry, DateTimeOffset, CancellationToken, Task> record, ILogger log, CancellationToken cancellationToken)
    {
        // All at once: the store writes them in one batch, in this order.
        if (TriesSpool.Read(file) is { } batch) await Task.WhenAll(batch.Tries.Select(refused => record(refused, batch.Time, cancellationToken)));
        else NotUnderstood(log, Path.GetFileName(file));
        File.Delete(file);
    }

    [LoggerMessage(265, LogLevel.Warning, "What the rules of the box refused could not be recorded (last time it could: {LastSuccess:u}); it was refused all the same, and this is tried again each second: {Problem}")]
    private static partial void NotRecorded(ILogger log, DateTimeOffset lastSuccess, string problem);

    [LoggerMessage(266, LogLevel.Warning, "{File} in network/tries is not what the keeper of the rules writes, and was thrown away")]
    private static partial void NotUnderstood(ILogger log, string file);
}
