using System.Net;
using BenchmarkDotNet.Attributes;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;

namespace FilterGate.Benchmarks;

/// <summary>What does one decision cost, look-up in every list included, for a pupil of the sample school?</summary>
[MemoryDiagnoser]
public class DecideBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 30, 0, TimeSpan.Zero);

    private PolicySnapshot _policy = null!;
    private Client _pupil = null!;
    private CanonicalUrl _unknown = null!, _blocked = null!, _opened = null!;

    /// <summary>Compiles the policy and checks that each address is decided as its benchmark says.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var lists = BenchLists.Load(folder: null);
        using var text = new StreamReader(typeof(DecideBenchmarks).Assembly.GetManifestResourceStream("sample-school/policy.yaml")!);
        var document = PolicyDocument.Parse(text.ReadToEnd(), lists.Taxonomy, out _) ?? throw new InvalidOperationException("The sample policy is not valid.");
        var overrides = new OverrideTable([new Override(1, "pupil", "reddit.com", Now.AddMinutes(-5), Now.AddMinutes(55))]);
        _policy = PolicySnapshot.Compile(document, lists, overrides);
        _pupil = _policy.Identify(IPAddress.Parse("10.20.3.4")) ?? throw new InvalidOperationException("The sample school has no such network.");
        _unknown = Expect("http://no-such-site.example/index.html", Verdict.Allow);
        _blocked = Expect("http://www.ebay.co.uk/item/1", Verdict.Block);
        _opened = Expect("http://www.reddit.com/r/chemistry", Verdict.Allow);
    }

    private CanonicalUrl Expect(string address, Verdict verdict)
    {
        if (!CanonicalUrl.TryParse(address, out var url, out var error)) throw new InvalidOperationException(error);
        var decision = _policy.Decide(_pupil, url, Seen.Url, Now);
        return decision.Verdict == verdict ? url : throw new InvalidOperationException($"{address}: {decision.Verdict} ({decision.Reason})");
    }

    /// <summary>A site in no list.</summary>
    [Benchmark(Baseline = true)]
    public Verdict Unknown() => _policy.Decide(_pupil, _unknown, Seen.Url, Now).Verdict;

    /// <summary>A shop.</summary>
    [Benchmark]
    public Verdict Blocked() => _policy.Decide(_pupil, _blocked, Seen.Url, Now).Verdict;

    /// <summary>A blocked site that a technician has opened for an hour.</summary>
    [Benchmark]
    public Verdict Overridden() => _policy.Decide(_pupil, _opened, Seen.Url, Now).Verdict;
}
