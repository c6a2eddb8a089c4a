using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary><c>filtergate watch</c> as a technician runs it: lines as they come, until Ctrl-C.</summary>
internal sealed class WatchProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _isWatching = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private WatchProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            Messages.Enqueue(line.Data);
            if (line.Data.Contains("watching ", StringComparison.Ordinal)) _isWatching.TrySetResult();
        };
        _process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>What it wrote to standard output, line by line.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>What it wrote to standard error.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Starts it and waits until it watches.</summary>
    public static async Task<WatchProcess> StartAsync(params IEnumerable<string> arguments)
    {
        var watch = new WatchProcess(Process.Start(Programs.Describe([GatewayProcess.Executable, "watch", .. arguments]))!);
        using var late = new CancellationTokenSource(Programs.WaitMax);
        await Task.WhenAny(watch._isWatching.Task, watch._process.WaitForExitAsync(late.Token));
        if (watch._isWatching.Task.IsCompleted) return watch;
        var said = string.Join('\n', watch.Messages);
        await watch.DisposeAsync();
        throw new InvalidOperationException($"It did not begin to watch: {said}");
    }

    /// <summary>Waits for a line (of <c>--json</c>) that is as asked.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isIt, string what)
    {
        JsonElement found = default;
        await Programs.UntilAsync(() =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"It ended before {what}: {string.Join('\n', Messages)}");
            foreach (var line in Lines)
            {
                var seen = JsonDocument.Parse(line).RootElement;
                if (!isIt(seen)) continue;
                found = seen;
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        }, what);
        return found;
    }

    /// <summary>Ctrl-C; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Programs.SignalAsync(_process, "INT");
        using var late = new CancellationTokenSource(Programs.WaitMax);
        await _process.WaitForExitAsync(late.Token);
        await _reading;
        return _process.ExitCode;
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line) Lines.Enqueue(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }
}
