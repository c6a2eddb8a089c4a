using System.Diagnostics;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.WhatIf;

namespace FilterGate.Benchmarks;

/// <summary>How long does a week of a large school take to try against another policy? A made-up million of events, read from a store as <c>policy test</c> reads them.</summary>
/// <remarks><c>--events N</c> (1,000,000). A third of the addresses are asked for once; the rest are shared by many, as pages and their parts are.</remarks>
internal static class WhatIfFigures
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 16, 8, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(string[] args)
    {
        var count = Array.IndexOf(args, "--events") is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1_000_000;
        var root = Directory.CreateTempSubdirectory("filtergate-what-if-").FullName;
        try
        {
            var lists = BenchLists.Load(folder: null);
            using var reader = new StreamReader(typeof(WhatIfFigures).Assembly.GetManifestResourceStream("sample-school/policy.yaml")!);
            var text = await reader.ReadToEndAsync();
            var (inForce, proposed) = (Compile(text, lists), Compile(text.Replace("uncategorised: allow", "uncategorised: block", StringComparison.Ordinal), lists));
            var writing = Stopwatch.StartNew();
            await WriteAsync(root, count);
            Console.WriteLine($"{count:n0} events written in {writing.Elapsed.TotalSeconds:f1} s; load average {Load()}");

            // The first round compiles the program itself, which a person who runs the command once pays too.
            for (var round = 0; round < 4; round++)
            {
                var allocated = GC.GetTotalAllocatedBytes();
                var (trying, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                var report = new PolicyTrial(inForce, proposed).Run(new EventReader(root), Monday.AddDays(-1), Monday.AddDays(9));
                if (report.Requests != count || report.LeftOut.Count > 0) throw new InvalidOperationException($"{report.Requests} of {count} requests were tried, {report.LeftOut.Count} kinds left out.");
                Console.WriteLine($"round {round + 1}: {trying.Elapsed.TotalSeconds:f2} s, of it {(Environment.CpuUsage.TotalTime - processor).TotalSeconds:f2} s of a processor, {(GC.GetTotalAllocatedBytes() - allocated) >> 20} MiB allocated, {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB kept, "
                    + $"{report.Groups.Sum(g => g.BlockedSites.Length):n0} sites of {report.Groups.Length} groups newly blocked");
            }
            Console.WriteLine($"load average {Load()}");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        return 0;
    }

    private static PolicySnapshot Compile(string yaml, ListSet lists) =>
        PolicySnapshot.Compile(PolicyDocument.Parse(yaml, lists.Taxonomy, out _) ?? throw new InvalidOperationException("The sample policy is not valid."), lists, InForce.Nothing);

    private static async Task WriteAsync(string folder, int count)
    {
        var random = new Random(7);
        await using var events = EventStore.Open(folder, TimeProvider.System);
        var span = TimeSpan.FromDays(5) / count;
        for (var i = 0; i < count; i++)
        {
            var (device, host) = (random.Next(400), $"site{(int)(Math.Pow(random.NextDouble(), 3) * 20_000)}.example");
            var isStaff = device % 8 == 0;
            await events.EnqueueAsync(new FilterEvent
            {
                Time = Monday + (span * i), Kind = EventKind.Allow, Decision = Verdict.Allow, Reason = Reason.Uncategorised, Client = isStaff ? $"10.20.8.{device % 250}" : $"10.20.{device / 250}.{device % 250}", Device = $"ipad-{device}",
                Tier = isStaff ? "staff" : "pupil", Method = "GET", Url = $"https://{host}/{(random.Next(3) == 0 ? $"page/{i}" : $"part/{random.Next(6)}.js")}", Host = host, Status = 200, Bytes = 1000, PolicyVersion = "000000000000", ListsVersion = "000000000000",
            });
        }
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
