using System.Diagnostics;
using System.Text;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary><c>network keep</c>, the service of the rules, in a box.</summary>
internal sealed class KeeperProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private KeeperProcess(Process process) => _process = process;

    /// <summary>Starts it, and waits until it has put rules in place.</summary>
    /// <param name="box">Where it runs.</param>
    /// <param name="options">Settings and data folder.</param>
    public static async Task<KeeperProcess> StartAsync(Place box, params IEnumerable<string> options)
    {
        var keeper = new KeeperProcess(Process.Start(Programs.Describe(box.Command([GatewayProcess.Executable, "network", "keep", .. options])))!);
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        keeper._process.ErrorDataReceived += (_, line) =>
        {
            lock (keeper._said) keeper._said.AppendLine(line.Data);
            if (line.Data?.Contains("in place", StringComparison.Ordinal) == true || line.Data?.Contains("nothing passes", StringComparison.Ordinal) == true) isReady.TrySetResult();
        };
        keeper._process.BeginErrorReadLine();
        await isReady.Task.WaitAsync(Programs.WaitMax);
        return keeper;
    }

    /// <summary>Ends it as a service manager does, and gives back what it has said.</summary>
    public async Task<string> StopAsync()
    {
        await Programs.SignalAsync(_process, "TERM");
        await _process.WaitForExitAsync();
        lock (_said) return _said.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await StopAsync();
        _process.Dispose();
    }
}
