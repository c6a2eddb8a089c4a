using System.Collections.Frozen;
using BenchmarkDotNet.Attributes;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>Which categories is this URL in, of five million domains and a million URL rules? The compiled matcher, a dictionary and a frozen dictionary over the same entries and the same trace, one thread.</summary>
/// <remarks>Each look-up waits for the last one's answer, as a request does. The dictionaries hold hosts and host/path as strings, are asked once for each suffix and prefix, and know no scope, list or line: the least one could do.
/// Their memory is not measured here. `FILTERGATE_BENCH_DOMAINS` sets another size.</remarks>
[MemoryDiagnoser]
public class ScaleBenchmarks
{
    /// <summary>More look-ups than caches hold entries for.</summary>
    private const int TraceLength = 1_000_000;

    private static readonly int Domains = int.TryParse(Environment.GetEnvironmentVariable("FILTERGATE_BENCH_DOMAINS"), out var domains) ? domains : 5_000_000;
    private static readonly Lazy<SyntheticLists> Lists = new(() => SyntheticLists.Make(Domains, Domains / 5));
    private static readonly Lazy<ListMatcher> Matcher = new(Compile);
    private static readonly Lazy<Dictionary<string, int>> ByText = new(() =>
    {
        var all = new Dictionary<string, int>(Lists.Value.Count, StringComparer.Ordinal);
        for (var i = 0; i < Lists.Value.Count; i++) all.TryAdd(Lists.Value.TextOf(i), i);
        return all;
    });

    private static readonly Lazy<FrozenDictionary<string, int>> Frozen = new(() => ByText.Value.ToFrozenDictionary(StringComparer.Ordinal));

    private CanonicalUrl[] _trace = [];

    /// <summary>What is asked for.</summary>
    [ParamsAllValues]
    public TraceKind Ask { get; set; }

    /// <summary>Makes what has not been made yet.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Console.WriteLine($"// load average {File.ReadAllText("/proc/loadavg").Trim()}; {Lists.Value.Count:n0} entries");
        _trace = Lists.Value.Trace(Ask, TraceLength);
        _ = (Matcher.Value, ByText.Value, Frozen.Value);
        GC.Collect();
    }

    /// <summary>The compiled matcher.</summary>
    [Benchmark(OperationsPerInvoke = TraceLength)]
    public int Compiled()
    {
        var (matcher, seen, at, sum) = (Matcher.Value, Ask == TraceKind.Mix ? Seen.Url : Seen.Host, 0, 0);
        for (var i = 0; i < TraceLength; i++)
        {
            var first = matcher.Classify(_trace[at], seen).FirstIndex;
            sum += first;
            at = Next(i, first);
        }
        return sum;
    }

    /// <summary>A dictionary, asked with spans.</summary>
    [Benchmark(OperationsPerInvoke = TraceLength, Baseline = true)]
    public int Dictionary()
    {
        var all = ByText.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        return Walk(text => all.TryGetValue(text, out var value) ? value : -1);
    }

    /// <summary>A frozen dictionary, asked with spans.</summary>
    [Benchmark(OperationsPerInvoke = TraceLength)]
    public int FrozenDictionary()
    {
        var all = Frozen.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        return Walk(text => all.TryGetValue(text, out var value) ? value : -1);
    }

    private delegate int Look(ReadOnlySpan<char> text);

    private int Walk(Look look)
    {
        var (at, sum) = (0, 0);
        for (var i = 0; i < TraceLength; i++)
        {
            var found = LookUp(_trace[at], Ask == TraceKind.Mix, look);
            sum += found;
            at = Next(i, found);
        }
        return sum;
    }

    // Zero, which the compiler cannot know: with a constant it leaves the answer out, and look-ups overlap.
    private readonly int _nothing = Environment.TickCount64 < 0 ? 1 : 0;

    /// <summary>The next place, which cannot be known before the answer is.</summary>
    private int Next(int i, int answer)
    {
        var next = i + 1 + (answer & _nothing);
        return next < TraceLength ? next : 0;
    }

    private static int LookUp(CanonicalUrl url, bool asksPaths, Look look)
    {
        var found = 0;
        Span<char> text = stackalloc char[512];
        url.Host.CopyTo(text);
        var path = asksPaths ? url.Path.AsSpan(0, Math.Min(url.Path.Length, text.Length - url.Host.Length)) : default;
        for (var start = 0; ;)
        {
            found += look(text[start..url.Host.Length]);
            path.CopyTo(text[url.Host.Length..]);
            for (var end = 2; end <= path.Length; end++)
                if (end == path.Length || path[end] == '/') found += look(text[start..(url.Host.Length + end)]);
            var dot = url.Host.IndexOf('.', start);
            if (dot < 0) return found;
            start = dot + 1;
        }
    }

    private static ListMatcher Compile()
    {
        var (list, provenance) = Lists.Value.Compile(out var entries);
        Console.WriteLine($"// compiled: {list.Length:n0} bytes, {list.Length / (double)entries:f1} an entry");
        return ListMatcher.Open(list, provenance, new Taxonomy(Lists.Value.Categories), isTrusted: true);
    }
}
