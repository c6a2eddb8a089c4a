using BenchmarkDotNet.Attributes;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>What does it cost to bring a request's address into its one form? Most addresses are clean already; a few have escapes, capitals or dot segments.</summary>
[MemoryDiagnoser]
public class CanonicalizeBenchmarks
{
    private readonly string _host = "news.example.org", _target = "/articles/2026/11/school-trip-photographs.html?page=2&sort=newest";
    private readonly string _oddHost = "News.EXAMPLE.org.", _oddTarget = "/articles/./2026/%31%31/../11//school%20trip%7Ephotographs.html?q=caf%c3%a9";
    private readonly string _internationalHost = "www.b\u00fccher.example";

    /// <summary>As Kestrel hands it over: a lower-case name, a clean target.</summary>
    [Benchmark(Baseline = true)]
    public CanonicalUrl? Clean() => CanonicalUrl.TryCreate("http", _host, 80, _target, out var url) ? url : null;

    /// <summary>The same from spans, which copies the host and the path.</summary>
    [Benchmark]
    public CanonicalUrl? CleanFromSpans() => CanonicalUrl.TryCreate("http", _host.AsSpan(), 80, _target.AsSpan(), out var url) ? url : null;

    /// <summary>Capitals, escapes, dot segments, doubled slashes.</summary>
    [Benchmark]
    public CanonicalUrl? Odd() => CanonicalUrl.TryCreate("http", _oddHost, 80, _oddTarget, out var url) ? url : null;

    /// <summary>An international name, which ICU maps.</summary>
    [Benchmark]
    public CanonicalUrl? International() => CanonicalUrl.TryCreate("http", _internationalHost, 80, _target, out var url) ? url : null;
}
