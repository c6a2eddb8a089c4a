using System.Text.Json;
using FilterGate.Load.Targets;

namespace FilterGate.Load;

/// <summary>One target's rounds and their medians.</summary>
internal sealed class TargetReport(Target target, IReadOnlyList<Measurement> rounds)
{
    public string Name => target.Name;
    public string Version => target.Version;
    public double RequestsPerSecond => MedianOf(m => m.RequestsPerSecond);
    public double CpuPerRequest => MedianOf(m => m.CpuPerRequest);
    public double OriginCpuPerRequest => MedianOf(m => m.OriginCpuPerRequest);
    public double ClientCpuPerRequest => MedianOf(m => m.ClientCpuPerRequest);
    public double P50 => MedianOf(m => m.P50);
    public double P90 => MedianOf(m => m.P90);
    public double P99 => MedianOf(m => m.P99);
    public double P999 => MedianOf(m => m.P999);
    public double ResidentMebibytes => MedianOf(m => m.ResidentMebibytes);
    public int Errors => rounds.Sum(m => m.Errors);
    public IReadOnlyList<Measurement> Rounds => rounds;

    /// <summary>The middle one; of an even number the mean of the middle two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private double MedianOf(Func<Measurement, double> figure) => Median(rounds.Select(figure));
}

/// <summary>What came out, for people and for a file.</summary>
internal sealed class Report(Machine machine, LoadOptions options, string loadBefore, string loadAfter, IReadOnlyList<TargetReport> targets)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Connections that failed, over all targets and rounds. Anything but 0 makes the figures worthless.</summary>
    public int Errors => targets.Sum(t => t.Errors);

    /// <summary>Our processor time for a request as a share of another target's: the median over the rounds of the two measured in the same round. Null without both.</summary>
    private double? RatioTo(string name)
    {
        var (ours, theirs) = (targets.FirstOrDefault(t => t.Name == "gateway"), targets.FirstOrDefault(t => t.Name == name));
        return ours is null || theirs is null ? null : TargetReport.Median(ours.Rounds.Zip(theirs.Rounds, (our, their) => our.CpuPerRequest / their.CpuPerRequest));
    }

    /// <summary>Requests a second of redirected traffic as a share of explicit: the median over the rounds of the two measured in the same round. Null without both.</summary>
    private double? ThroughputOfRedirect => targets.FirstOrDefault(t => t.Name == "redirect") is { } redirect && targets.FirstOrDefault(t => t.Name == "gateway") is { } gateway
        ? TargetReport.Median(redirect.Rounds.Zip(gateway.Rounds, (over, plain) => over.RequestsPerSecond / plain.RequestsPerSecond))
        : null;

    /// <summary>Prints a table.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(string.Create(InvariantCulture, $"plain HTTP, 1 KiB, keep-alive, {options.Connections} connections; medians of {options.Rounds} rounds of {options.Window.TotalSeconds:F0} s each"));
        output.WriteLine(string.Create(InvariantCulture, $"{machine.Date:yyyy-MM-dd HH:mm}Z, commit {machine.Commit}, {machine.Cpu}, {machine.Cores} cores, {machine.Runtime}, {machine.System}"));
        output.WriteLine($"load average {loadBefore} before, {loadAfter} after");
        output.WriteLine();
        output.WriteLine("target    requests/s   CPU us/request   of origin   of client   p50 us   p90 us   p99 us  p99.9 us   MiB  errors");
        foreach (var t in targets)
        {
            output.WriteLine(string.Create(InvariantCulture,
                $"{t.Name,-8} {t.RequestsPerSecond,11:F0} {t.CpuPerRequest,16:F1} {t.OriginCpuPerRequest,11:F1} {t.ClientCpuPerRequest,11:F1} {t.P50,8:F0} {t.P90,8:F0} {t.P99,8:F0} {t.P999,9:F0} {t.ResidentMebibytes,5:F0} {t.Errors,7}"));
        }

        output.WriteLine();
        if (ThroughputOfRedirect is { } share) output.WriteLine(string.Create(InvariantCulture, $"requests a second, redirect / gateway: {share:F2}"));
        foreach (var name in (string[])["squid", "peer", "redirect"])
        {
            if (RatioTo(name) is { } ratio) output.WriteLine(string.Create(InvariantCulture, $"CPU a request, gateway / {name}: {ratio:F2} (median of the rounds)"));
        }

        foreach (var t in targets.Where(t => t.Errors > 0)) output.WriteLine($"ERROR: {t.Name}: {t.Rounds.First(r => r.FirstError is not null).FirstError}");
    }

    /// <summary>Writes everything measured as JSON.</summary>
    /// <returns>The file.</returns>
    public string Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var content = new
        {
            scenario = "plain-1k-keep-alive",
            machine,
            load_average_before = loadBefore,
            load_average_after = loadAfter,
            seconds = options.Window.TotalSeconds,
            options.Rounds,
            options.Connections,
            cpu_ratio_to_squid = RatioTo("squid"),
            cpu_ratio_to_peer = RatioTo("peer"),
            throughput_of_redirect = ThroughputOfRedirect,
            targets,
        };
        File.WriteAllText(file, JsonSerializer.Serialize(content, Json) + Environment.NewLine);
        return file;
    }
}
