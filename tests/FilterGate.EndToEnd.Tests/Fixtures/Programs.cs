using System.Diagnostics;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Ended(int ExitCode, string Output, string Error)
{
    /// <summary>Lines of standard output that are not empty.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Starts programs as a person in a terminal would, without this machine's own proxy settings, and waits for them with an end to the waiting.</summary>
internal static class Programs
{
    /// <summary>Longest wait for a program or for something that should happen.</summary>
    public static TimeSpan WaitMax { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Ignores the running test where a program is missing.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="package">Debian's package that has it.</param>
    public static void Require(string program, string package)
    {
        var folders = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program)))) Assert.Ignore($"Needs {program}: install Debian's package `{package}`.");
    }

    /// <summary>Ignores the running test where it is not root on Linux.</summary>
    /// <param name="why">What root is needed for.</param>
    public static void RequireRoot(string why)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Assert.Ignore($"Needs root on Linux: {why}.");
    }

    /// <summary>How a program is to be started, with both outputs read and nothing to read itself.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    public static ProcessStartInfo Describe(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var words = command.ToArray();
        var start = new ProcessStartInfo(words[0], words[1..]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(IsOfThisMachine).ToArray()) start.Environment.Remove(name);
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs a program to its end. One that takes longer than <paramref name="within"/> (<see cref="WaitMax"/> by default) is killed and fails the test.</summary>
    public static async Task<Ended> RunAsync(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? within = null)
    {
        var start = Describe(command, environment);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var late = new CancellationTokenSource(within ?? WaitMax);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException tooLate)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end within {(within ?? WaitMax).TotalSeconds} s", tooLate);
        }

        return new Ended(process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that must succeed, for what prepares a test.</summary>
    public static async Task<string> MustAsync(params string[] command)
    {
        var ended = await RunAsync(command);
        return ended.ExitCode == 0 ? ended.Output : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {ended.ExitCode}: {ended.Error}");
    }

    /// <summary>Sends a signal to one process, which the caller started.</summary>
    public static Task SignalAsync(Process process, string signal) => MustAsync("sh", "-c", $"kill -{signal} {process.Id}");

    /// <summary>Looks again and again until something is so.</summary>
    /// <param name="isSo">The question.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="within">Longest wait; <see cref="WaitMax"/> by default.</param>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > (within ?? WaitMax)) Assert.Fail($"Waited {(within ?? WaitMax).TotalSeconds} s in vain: {what}");
            await Task.Delay(50);
        }
    }

    private static bool IsOfThisMachine(string variable) =>
        variable.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase) || variable.StartsWith("FILTERGATE_", StringComparison.Ordinal) || variable is "SUDO_UID" or "XDG_DATA_HOME";
}
