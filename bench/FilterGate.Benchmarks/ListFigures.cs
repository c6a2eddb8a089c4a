using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FilterGate.Lists;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Locked;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>What full lists cost to compile, to load and to swap, and what squidGuard takes for the same questions. Writes a results file with <c>--json FILE</c>.</summary>
/// <remarks><c>--domains N</c> (5,000,000), a fifth as many URL rules; <c>--seconds N</c> for each half of the soak (20; 0 leaves it out); <c>--squidguard N</c> domains for the peer (1,000,000; 0 leaves it out), which needs the program; <c>--filtergate FILE</c> is the built program, for <c>categorise</c>.</remarks>
internal static class ListFigures
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static int Run(string[] args)
    {
        var domains = Number(args, "--domains", 5_000_000);
        var seconds = Number(args, "--seconds", 20);
        var squidGuard = Number(args, "--squidguard", 1_000_000);
        var results = new Dictionary<string, object?>
        {
            ["date"] = DateTimeOffset.UtcNow,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["cores"] = Environment.ProcessorCount,
            ["cpu"] = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1],
            ["load_average_before"] = Load(),
        };
        var root = Directory.CreateTempSubdirectory("filtergate-figures-").FullName;
        try
        {
            Say($"load average {Load()}; making {domains:n0} domains and {domains / 5:n0} URL rules");
            var lists = SyntheticLists.Make(domains, domains / 5);
            var folder = Path.Combine(root, "lists");
            lists.Write(folder);
            results["compile"] = Compile(root, folder, out var box, out var taxonomy);
            results["load"] = LoadTimes(box, taxonomy);
            results["find"] = Find(box, taxonomy, lists);
            if (Array.IndexOf(args, "--filtergate") is var given and >= 0) results["categorise"] = Categorise(root, args[given + 1], folder, lists);
            if (seconds > 0) results["swaps"] = Swaps(box, lists, seconds);
            if (squidGuard > 0) results["squidguard"] = SquidGuardPeer.Run(Path.Combine(root, "peer"), squidGuard);
            results["load_average_after"] = Load();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        var text = JsonSerializer.Serialize(results, Json);
        Console.WriteLine(text);
        if (Array.IndexOf(args, "--json") is var at and >= 0 && at + 1 < args.Length) File.WriteAllText(args[at + 1], text + "\n");
        return 0;
    }

    /// <summary>Text to compiled list, as the gateway does it: read, parse, guard, compile.</summary>
    private static object Compile(string root, string folder, out ListFolder box, out Taxonomy taxonomy)
    {
        var lines = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => File.ReadLines(f).LongCount());
        var key = new byte[LockedKey.Length];
        // The first times the program itself is compiled, twice over for what is busy.
        for (var i = 0; i < 3; i++) ListLoader.Load(folder, key);
        var processor = Environment.CpuUsage.TotalTime;
        var all = Median(5, () => ListLoader.Load(folder, key)).TotalSeconds;
        var busy = (Environment.CpuUsage.TotalTime - processor).TotalSeconds / 5;
        box = new ListFolder(Path.Combine(root, "box"));
        Directory.CreateDirectory(box.Root);
        var lists = ListLoader.Load(box, folder, key, LockedFeeds.None, out _);
        taxonomy = lists.Taxonomy;
        var entries = lists.Categories.EntryCount;
        var provenance = new FileInfo(Directory.EnumerateFiles(box.Compiled, "*.fgp").Single()).Length;
        Say($"compiled {entries:n0} entries: {lists.Categories.Length / (double)entries:f1} bytes an entry, {all / lines * 1e6:f2} s a million lines, {busy / lines * 1e6:f2} s of a processor, on {Environment.ProcessorCount} cores");
        return new { lines, entries, bytes_per_entry = lists.Categories.Length / (double)entries, provenance_bytes_per_entry = provenance / (double)entries, seconds_per_million_lines = all / lines * 1e6, processor_seconds_per_million_lines = busy / lines * 1e6 };
    }

    private static object LoadTimes(ListFolder box, Taxonomy taxonomy)
    {
        var list = Directory.EnumerateFiles(box.Compiled, "*.fgl").Single();
        var provenance = Path.ChangeExtension(list, ".fgp");
        var open = Median(15, () => ListMatcher.Open(MappedFile.Open(list, isResident: true), MappedFile.Open(provenance, isResident: false), taxonomy, isTrusted: true)).TotalMilliseconds;
        var verify = Median(5, () => { ListMatcher.Verify(MappedFile.Open(list, isResident: true), MappedFile.Open(provenance, isResident: false)); return 0; }).TotalMilliseconds;
        Say($"warm load {open:f1} ms; every byte and reference checked in {verify:f0} ms");
        return new { megabytes = new FileInfo(list).Length / 1e6, warm_load_ms = open, verify_ms = verify };
    }

    /// <summary>What a technician waits for at <c>lists find</c>, once the lists are open: an address, and parts of one that stand in many entries, in few and in none.</summary>
    private static object Find(ListFolder box, Taxonomy taxonomy, SyntheticLists lists)
    {
        const int Limit = 50;
        var list = Directory.EnumerateFiles(box.Compiled, "*.fgl").Single();
        var matcher = ListMatcher.Open(MappedFile.Open(list, isResident: true), MappedFile.Open(Path.ChangeExtension(list, ".fgp"), isResident: false), taxonomy, isTrusted: true);
        if (!CanonicalUrl.TryParse("http://" + Encoding.ASCII.GetString(lists[lists.Domains / 2]), out var url, out _)) throw new InvalidOperationException("a made-up host is no host");
        // What stands in few: a whole host that is in the lists, without its last letter; a letter that no made-up name has makes it one that stands in none.
        var few = url.Host[..^1];
        var address = Median(9, () => matcher.Explain(url, Seen.Url)).TotalMilliseconds;
        var parts = new[] { ("many", "online"), ("few", few), ("few_in_paths", "/" + few[..4] + "online/" + few[..3]), ("none", "qqqq"), ("none_across", "qq.qq") }
            .ToDictionary(p => p.Item1, p => Median(9, () => matcher.Search(p.Item2, Limit)).TotalMilliseconds, StringComparer.Ordinal);
        Say($"find: an address {address:f1} ms, a part {string.Join(", ", parts.Select(p => $"{p.Key} {p.Value:f0} ms"))}");
        return new { address_ms = address, part_ms = parts };
    }

    /// <summary>A million addresses through <c>categorise</c>, as a process with its start: such as a school's traffic, and all of them listed.</summary>
    private static object Categorise(string root, string filtergate, string folder, SyntheticLists lists)
    {
        const int Addresses = 1_000_000;
        var mixed = Path.Combine(root, "mixed.txt");
        File.WriteAllLines(mixed, lists.Trace(TraceKind.Mix, Addresses).Select(url => url.ToString()));
        var listed = Path.Combine(root, "listed.txt");
        File.WriteAllLines(listed, Enumerable.Range(0, Addresses).Select(i => Encoding.ASCII.GetString(lists[(int)((long)i * 7 % lists.Count)])));
        // Compiled once, as the gateway does: the folder's compiled form is kept in the data folder.
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Run(mixed);
        var (ofMix, ofListed) = (Median(3, () => Run(mixed)).TotalSeconds, Median(3, () => Run(listed)).TotalSeconds);
        Say($"categorise: a million addresses of a mixed trace {ofMix:f1} s, all of them listed {ofListed:f1} s, with its start");
        return new { addresses = Addresses, mixed_seconds = ofMix, listed_seconds = ofListed };

        int Run(string file)
        {
            using var process = Process.Start(new ProcessStartInfo(filtergate, ["categorise", file, "--lists", folder, "--data", Path.Combine(root, "data")]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var error = process.StandardError.ReadToEndAsync();
            var (buffer, lines, read) = (new char[1 << 16], 0, 0);
            while ((read = process.StandardOutput.Read(buffer)) > 0) lines += buffer.AsSpan(0, read).Count('\n');
            process.WaitForExit();
            if (process.ExitCode != 0 || lines < Addresses) throw new InvalidOperationException($"categorise answered {lines} of {Addresses} lines: {error.GetAwaiter().GetResult()}");
            return lines;
        }
    }

    /// <summary>One reader asks without a pause; first alone, then while another thread opens, checks and publishes the lists anew each second, as a gateway does. What each look-up is held against is the first answer: whether that is right, the reference says.</summary>
    private static object Swaps(ListFolder box, SyntheticLists lists, int seconds)
    {
        var list = Directory.EnumerateFiles(box.Compiled, "*.fgl").Single();
        var taxonomy = new Taxonomy(ListLoader.Load(Path.Combine(Path.GetDirectoryName(box.Root)!, "lists"), new byte[LockedKey.Length]).Taxonomy.Categories);
        var current = Open();
        var trace = lists.Trace(TraceKind.Mix, 500_000);
        var expected = Array.ConvertAll(trace, url => current.Classify(url, Seen.Url));
        var idle = Read(() => current, trace, expected, seconds);
        var swaps = 0;
        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() =>
        {
            // One each second, however long the opening takes.
            for (var next = Stopwatch.GetTimestamp() + Stopwatch.Frequency; !stop.Token.WaitHandle.WaitOne(Math.Max(0, (int)((next - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency))); next += Stopwatch.Frequency)
            {
                Volatile.Write(ref current, Open());
                swaps++;
            }
        });
        swapper.Start();
        var swapping = Read(() => Volatile.Read(ref current), trace, expected, seconds);
        stop.Cancel();
        swapper.Join();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Say($"{swaps} swaps; p99.9 {idle.P999:f1} µs idle, {swapping.P999:f1} µs swapping; {MappedFile.Count} files still mapped");
        return new { swaps, idle, swapping, files_mapped_after = MappedFile.Count };

        // With the check of every byte, on the other core.
        ListMatcher Open() => ListMatcher.Open(MappedFile.Open(list, isResident: true), MappedFile.Open(Path.ChangeExtension(list, ".fgp"), isResident: false), taxonomy);
    }

    private sealed record Latencies(long Lookups, long WrongAnswers, double P50, double P99, double P999, double P9999, double Max);

    private static Latencies Read(Func<ListMatcher> current, CanonicalUrl[] trace, CategorySet[] expected, int seconds)
    {
        // Nanoseconds up to 64 µs one by one, what is longer apart.
        var counts = new long[65_536];
        var long_ = new List<double>();
        var (lookups, wrong) = (0L, 0L);
        var end = Stopwatch.GetTimestamp() + seconds * Stopwatch.Frequency;
        for (var at = 0; ; at = at + 1 < trace.Length ? at + 1 : 0)
        {
            var start = Stopwatch.GetTimestamp();
            if (start > end) break;
            var found = current().Classify(trace[at], Seen.Url);
            var ns = (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency);
            lookups++;
            if (found != expected[at]) wrong++;
            if (ns < counts.Length) counts[(int)ns]++;
            else long_.Add(ns);
        }
        long_.Sort();
        return new(lookups, wrong, At(0.5), At(0.99), At(0.999), At(0.9999), long_.Count > 0 ? long_[^1] / 1000 : Array.FindLastIndex(counts, c => c > 0) / 1000.0);

        double At(double share)
        {
            var rank = (long)(lookups * share);
            for (var ns = 0; ns < counts.Length; ns++)
                if ((rank -= counts[ns]) < 0) return ns / 1000.0;
            return long_[(int)Math.Min(rank, long_.Count - 1)] / 1000;
        }
    }

    internal static TimeSpan Median<T>(int runs, Func<T> run)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < runs; i++)
        {
            GC.Collect();
            var start = Stopwatch.GetTimestamp();
            GC.KeepAlive(run());
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        times.Sort();
        return times[times.Count / 2];
    }

    internal static void Say(string text) => Console.WriteLine($"// {text}");

    private static string Load() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], NumberStyles.Integer, CultureInfo.InvariantCulture) : otherwise;
}
