using System.Diagnostics;
using System.Text;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>The real executable as a process of its own: <c>filtergate run</c> and the commands beside it.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private bool _isDisposed;
    private readonly TaskCompletionSource _isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            lock (_output) _output.AppendLine(line.Data);
            // The last line of what `run` prints.
            if (line.Data.StartsWith("Ctrl-C", StringComparison.Ordinal)) _isReady.TrySetResult();
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error) _error.AppendLine(line.Data);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The executable, beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "filtergate");

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error
    {
        get { lock (_error) return _error.ToString(); }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts <c>filtergate run</c> and waits until it listens.</summary>
    /// <param name="place">Where it runs.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="arguments">What follows <c>run</c>.</param>
    public static async Task<GatewayProcess> StartAsync(Place place, IReadOnlyDictionary<string, string>? environment, params IEnumerable<string> arguments)
    {
        var gateway = new GatewayProcess(Process.Start(Programs.Describe(place.Command([Executable, "run", .. arguments]), environment))!);
        using var late = new CancellationTokenSource(Programs.WaitMax);
        await Task.WhenAny(gateway._isReady.Task, gateway._process.WaitForExitAsync(late.Token));
        if (gateway._isReady.Task.IsCompleted) return gateway;
        await gateway.DisposeAsync();
        throw new InvalidOperationException($"The gateway did not begin to listen.\n{gateway.Output}\n{gateway.Error}");
    }

    /// <summary>Runs another command of the executable to its end, such as <c>unblock list</c>.</summary>
    public static Task<Ended> CommandAsync(params IEnumerable<string> arguments) => Programs.RunAsync([Executable, .. arguments]);

    /// <summary>Where it listens for a tier, or for <c>review</c>.</summary>
    public Uri Address(string tier)
    {
        foreach (var line in Output.Split('\n', StringSplitOptions.TrimEntries))
            if (line.StartsWith("listening on ", StringComparison.Ordinal) && (tier.Length == 0 ? !line.EndsWith(')') : line.EndsWith($" ({tier})", StringComparison.Ordinal)))
                return new Uri($"http://{line.Split(' ')[2]}");
        throw new InvalidOperationException($"The gateway does not listen for '{tier}':\n{Output}");
    }

    /// <summary>Ctrl-C (<c>INT</c>) or what a service manager sends (<c>TERM</c>): waits for the end and says how long it took.</summary>
    public async Task<TimeSpan> StopAsync(string signal = "INT")
    {
        var started = Stopwatch.GetTimestamp();
        await Programs.SignalAsync(_process, signal);
        await EndAsync();
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Kills it as a power cut would: nothing more runs of it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    private async Task EndAsync()
    {
        using var late = new CancellationTokenSource(Programs.WaitMax);
        await _process.WaitForExitAsync(late.Token);
    }

    /// <summary>Ends it where it still runs. A test that ends it itself, to start another, and the fixture's end may both do so.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await EndAsync();
        }

        _process.Dispose();
    }
}
