using BenchmarkDotNet.Attributes;
using FilterGate.Matching;

namespace FilterGate.Benchmarks;

/// <summary>What does it cost to look for an address within an address? Nearly none has one, and then it must cost next to nothing.</summary>
[MemoryDiagnoser]
public class EmbeddedUrlBenchmarks
{
    private readonly CanonicalUrl _plain = Parse("https://news.example.org/articles/2026/11/school-trip-photographs.html");
    private readonly CanonicalUrl _query = Parse("https://news.example.org/articles/2026/11/school-trip-photographs.html?page=2&sort=newest");
    private readonly CanonicalUrl _search = Parse("https://www.google.com/search?q=river+severn&hl=en&source=hp");
    private readonly CanonicalUrl _named = Parse("https://accounts.example.org/login?continue=https%3A%2F%2Fclassroom.example.org%2F&hl=en");
    private readonly CanonicalUrl _shown = Parse("https://www-example-org.translate.goog/articles/1?_x_tr_sl=en&_x_tr_tl=fr");

    /// <summary>A path alone: most requests.</summary>
    [Benchmark(Baseline = true)]
    public int Plain() => EmbeddedUrls.Find(_plain, Seen.Url).Length;

    /// <summary>With a query in which nothing looks like an address.</summary>
    [Benchmark]
    public int Query() => EmbeddedUrls.Find(_query, Seen.Url).Length;

    /// <summary>On a host that has forms of its own.</summary>
    [Benchmark]
    public int Search() => EmbeddedUrls.Find(_search, Seen.Url).Length;

    /// <summary>A log-in that comes back: one address.</summary>
    [Benchmark]
    public int Named() => EmbeddedUrls.Find(_named, Seen.Url).Length;

    /// <summary>A translated page: one address, from the host.</summary>
    [Benchmark]
    public int Shown() => EmbeddedUrls.Find(_shown, Seen.Url).Length;

    private static CanonicalUrl Parse(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new InvalidOperationException(error);
}
