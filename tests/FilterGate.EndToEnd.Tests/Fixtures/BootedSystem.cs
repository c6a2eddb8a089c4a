using System.Diagnostics;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A Debian of a test's own with its own systemd as the first process, its own network, users and journal: booted by <c>systemd-nspawn</c>, ended with the test. Needs root.</summary>
internal sealed class BootedSystem : IAsyncDisposable
{
    private static readonly TimeSpan BootMax = TimeSpan.FromSeconds(60);

    private readonly Process _container;
    private readonly Task<string> _console;
    private readonly string _firstProcess;

    private BootedSystem(Process container, Task<string> console, string firstProcess) => (_container, _console, _firstProcess) = (container, console, firstProcess);

    /// <summary>Boots a root folder, or ignores the test where systemd does not start in a container.</summary>
    /// <param name="root">The root, with systemd installed.</param>
    /// <param name="options">More for <c>systemd-nspawn</c>, such as <c>--overlay</c>.</param>
    public static async Task<BootedSystem> BootAsync(string root, params string[] options)
    {
        Programs.RequireRoot("a system of its own is booted");
        Programs.Require("systemd-nspawn", "systemd-container");
        // This machine's service manager has no part in it, and need not be systemd.
        string[] command = ["systemd-nspawn", "--boot", "--quiet", "--register=no", "--keep-unit", "--private-network", "--console=read-only", $"--machine=fg{Guid.NewGuid().ToString("N")[..8]}", $"--directory={root}", .. options];
        var container = Process.Start(Programs.Describe(command, new Dictionary<string, string> { ["SYSTEMD_SECCOMP"] = "1" }))!;
        container.StandardInput.Close();
        var (console, complaints) = (container.StandardOutput.ReadToEndAsync(), container.StandardError.ReadToEndAsync());
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < BootMax && !container.HasExited)
        {
            await Task.Delay(200);
            // Its one child that is the first of a process name space.
            var children = await Programs.RunAsync(["pgrep", "--parent", $"{container.Id}"]);
            if (children.Lines is not [.., var first]) continue;
            var booted = new BootedSystem(container, console, first);
            var state = await booted.RunAsync("systemctl is-system-running --wait 2>/dev/null");
            if (state.Output.Trim() is "running" or "degraded") return booted;
        }

        if (!container.HasExited) container.Kill(entireProcessTree: true);
        Assert.Ignore($"systemd does not start in a container here: {await complaints}{await console}");
        throw new UnreachableException();
    }

    /// <summary>Runs a script inside, as root.</summary>
    public Task<Ended> RunAsync(string script, TimeSpan? within = null) =>
        Programs.RunAsync(["nsenter", $"--target={_firstProcess}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--", "/bin/bash", "-c", script], Surroundings, within);

    /// <summary>Runs a script inside that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> MustAsync(string script, TimeSpan? within = null)
    {
        var ended = await RunAsync(script, within);
        return ended.ExitCode == 0 ? ended.Output : throw new InvalidOperationException($"{script} ended with {ended.ExitCode}: {ended.Output}{ended.Error}\n{(await RunAsync("journalctl --no-pager -o cat -n 40")).Output}");
    }

    /// <summary>Looks inside until a script succeeds.</summary>
    public Task UntilAsync(string script, string what) => Programs.UntilAsync(async () => (await RunAsync(script)).ExitCode == 0, what);

    public async ValueTask DisposeAsync()
    {
        // SIGTERM to it is an orderly halt of what runs inside.
        if (!_container.HasExited)
        {
            await Programs.SignalAsync(_container, "TERM");
            try
            {
                await _container.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
            }
            catch (OperationCanceledException)
            {
                _container.Kill(entireProcessTree: true);
            }
        }

        await _console;
        _container.Dispose();
    }

    private static readonly Dictionary<string, string> Surroundings = new() { ["DEBIAN_FRONTEND"] = "noninteractive", ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
}
