using FilterGate.Events;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Records each second which overrides have ended. They end by themselves, whatever becomes of this; what could not be recorded is recorded later.</summary>
internal sealed partial class EndingsLoop : BackgroundLoop
{

    /// <summary>Begins at once.</summary>
    public EndingsLoop(OverrideEndings endings, TimeProvider clock, ILogger log) => Begin(token => RunAsync(endings, clock, log, token));

    private static async Task RunAsync(OverrideEndings endings, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        var lastSuccess = clock.GetUtcNow();
        var hasFailed = false;
        do
        {
            try
            {
                await endings.RecordAsync(clock.GetUtcNow(), cancellationToken);
                lastSuccess = clock.GetUtcNow();
                hasFailed = false;
            }
            catch (Exception problem) when (problem is EventStoreException or StateStoreException)
            {
                // Said once, not each second.
                if (!hasFailed) NotRecorded(log, lastSuccess, problem.Message);
                hasFailed = true;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    [LoggerMessage(202, LogLevel.Warning, "The end of an override could not be recorded (last time it could: {LastSuccess:u}); it has ended all the same, and this is tried again each second: {Problem}")]
    private static partial void NotRecorded(ILogger log, DateTimeOffset lastSuccess, string problem);
}
