using System.Runtime.InteropServices;
using FilterGate.Load.Targets;

namespace FilterGate.Load;

/// <summary>Where and on what the figures were taken: without it they say nothing.</summary>
internal sealed record Machine
{
    public required DateTimeOffset Date { get; init; }
    public required string Commit { get; init; }
    public required string Cpu { get; init; }
    public required int Cores { get; init; }
    public required string System { get; init; }
    public required string Runtime { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="repository">The tree whose commit is named.</param>
    public static Machine Read(string repository) => new()
    {
        Date = DateTimeOffset.UtcNow,
        Commit = ChildProcess.Ask("git", "-C", repository, "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*") is (0, var commit) ? commit : "unknown",
        Cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "unknown",
        Cores = Environment.ProcessorCount,
        System = RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
    };

    /// <summary>The load averages over 1, 5 and 15 minutes: what else the computer does.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);
}
