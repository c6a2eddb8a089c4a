namespace FilterGate.Running;

/// <summary>What goes on beside the requests until it is disposed of. Each loop says what it does and how often; that it ends cleanly stands here.</summary>
internal abstract class BackgroundLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins, once: from a constructor as its last line, for the loop may run at once.</summary>
    /// <param name="run">The loop. Whatever the world may do to it is its own to catch; being stopped is not.</param>
    protected void Begin(Func<CancellationToken, Task> run) => _running = UntilStoppedAsync(run);

    private async Task UntilStoppedAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped. The next start goes on from what stands on record.
        }
    }

    /// <summary>Stops it, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
