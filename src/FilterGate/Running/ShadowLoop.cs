using FilterGate.State;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Notes each minute that the gateway is in shadow mode still, and at its end that it is over. It ends by itself, whatever becomes of this.</summary>
internal sealed partial class ShadowLoop : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
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
        _running = RunAsync(run, isOn, state, clock, _stop.Token);
    }

    private async Task RunAsync(ShadowRun run, Func<bool> isOn, StateStore state, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            while (isOn())
            {
                // A millisecond more than is left: a delay may be that much short.
                var left = run.Mode.Until - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1);
                await Task.Delay(left < Interval ? left : Interval, clock, cancellationToken);
                if (isOn()) TryWrite(() => state.SeeShadow(run.Id));
            }
            Ended(_log);
            while (!TryWrite(() => state.EndShadow("filtergate", "its time was over"))) await Task.Delay(Interval, clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopped: it stays on record until its end, or until a start without it.
        }
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [LoggerMessage(260, LogLevel.Warning, "Shadow mode is over: everything is enforced")]
    private static partial void Ended(ILogger log);

    [LoggerMessage(261, LogLevel.Warning, "That the gateway is in shadow mode could not be noted, and this is tried again each minute: {Problem}")]
    private static partial void NotWritten(ILogger log, string problem);
}
