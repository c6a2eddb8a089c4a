using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Notes each minute that the gateway is in shadow mode still, and at its end that it is over. It ends by itself, whatever becomes of this.</summary>
internal sealed partial class ShadowLoop : BackgroundLoop
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ILogger _log;
    private bool _hasFailed;

    /// <summary>Begins at once.</summary>
    /// <param name="run">What is on record.</param>
    /// <param name="isOn">Whether the gateway is in it still: it knows before the time of day where that is set back.</param>
    /// <param name="state">Where it is noted.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Where its end is said.</param>
    public ShadowLoop(ShadowRun run, Func<bool> isOn, StateStore state, TimeProvider clock, ILogger log)
    {
        _log = log;
        Begin(token => RunAsync(run, isOn, state, clock, token));
    }

    private async Task RunAsync(ShadowRun run, Func<bool> isOn, StateStore state, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (isOn())
        {
            // A millisecond more than is left: a delay may be that much short.
            var left = run.Mode.Until - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1);
            // And none at all where the end has come since it was asked.
            await Task.Delay(left > Interval ? Interval : left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellationToken);
            if (isOn()) TryWrite(() => state.SeeShadow(run.Id));
        }
        Ended(_log);
        while (!TryWrite(() => state.EndShadow("filtergate", "its time was over"))) await Task.Delay(Interval, clock, cancellationToken);
    }

    private bool TryWrite(Action write)
    {
        try
        {
            write();
            _hasFailed = false;
            return true;
        }
        catch (StateStoreException problem)
        {
            // Said once, not each minute.
            if (!_hasFailed) NotWritten(_log, problem.Message);
            _hasFailed = true;
            return false;
        }
    }

    [LoggerMessage(260, LogLevel.Warning, "Shadow mode is over: everything is enforced")]
    private static partial void Ended(ILogger log);

    [LoggerMessage(261, LogLevel.Warning, "That the gateway is in shadow mode could not be noted, and this is tried again each minute: {Problem}")]
    private static partial void NotWritten(ILogger log, string problem);
}
