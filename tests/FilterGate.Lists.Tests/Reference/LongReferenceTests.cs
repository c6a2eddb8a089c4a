using System.Text;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Tests.Compiled;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Reference;

/// <summary>Two million requests at ten million entries, against a dictionary. Some three minutes and 4 GB: <c>tests/run --long lists</c>.</summary>
[Category("Reference")]
[Category("Slow")]
public sealed class LongReferenceTests
{
    private const int Entries = 10_000_000, Requests = 2_000_000, CategoryCount = 100;

    private static readonly Category[] Categories =
        [.. Enumerable.Range(0, CategoryCount).Select(i => new Category(i, $"category-{i}", $"Category {i}", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []))];

    // What real names become when there are too few of them.
    private static readonly string[] Before = ["", "my-", "the", "2", "a.", "shop-", "m.", "go"];

    [Test]
    public void Classify_TwoMillionRequestsAtTenMillionEntries_NoneIsWrong()
    {
        if (Environment.GetEnvironmentVariable("FILTERGATE_LONG") is not "1") Assert.Ignore("A long run: FILTERGATE_LONG=1, or tests/run --long.");
        using var box = new Box();
        var names = RealNames(box);
        var random = new Random(20261123);
        var builder = new ListMatcher.Builder();
        var sources = Categories.Select((c, i) => builder.AddSource(new($"list-{i}", c, ""))).ToArray();
        var part = builder.NewPart();
        // First category, second or none, and whether a path stands below: all that a request can ask for.
        var reference = new Dictionary<string, (byte First, byte Second, byte OfPath)>(Entries, StringComparer.Ordinal);
        var hosts = new List<string>(Entries);
        for (var i = 0; reference.Count < Entries && i < names.Count * Before.Length; i++)
        {
            var host = Before[i / names.Count] + names[i % names.Count];
            var (first, second, ofPath) = (Zipf(random), random.Next(10) == 0 ? Zipf(random) : byte.MaxValue, random.Next(10) == 0 ? Zipf(random) : byte.MaxValue);
            if (host.Length > CanonicalUrl.HostLengthMax || !reference.TryAdd(host, (first, second, ofPath))) continue;
            hosts.Add(host);
            var bytes = Encoding.ASCII.GetBytes(host);
            part.AddHost(sources[first], bytes, i);
            if (second != byte.MaxValue) part.AddHost(sources[second], bytes, i);
            if (ofPath != byte.MaxValue && !builder.TryAdd(sources[ofPath], new(EntryKind.Place, host + PathOf(host), i), out var error)) Assert.Fail(error);
        }
        Assert.That(reference, Has.Count.EqualTo(Entries));
        var matcher = OnDisk(box, builder);
        TestContext.Progress.WriteLine($"{matcher.EntryCount:n0} entries, {matcher.Length / (double)matcher.EntryCount:n1} bytes an entry");

        var (wrong, matched) = (new List<string>(), 0);
        for (var i = 0; i < Requests; i++)
        {
            var url = Request(random, hosts);
            var expected = Expected(reference, url);
            if (!expected.IsEmpty) matched++;
            if (matcher.Classify(url, Seen.Url) != expected && wrong.Count < 20) wrong.Add(url.ToString());
        }
        TestContext.Progress.WriteLine($"{Requests:n0} requests, {matched:n0} in a category, {wrong.Count} wrong");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Empty);
            Assert.That(matched, Is.GreaterThan(Requests / 5).And.LessThan(Requests * 4 / 5));
        }
    }

    private static List<string> RealNames(Box box)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in RealFiles.Unpack(Directory.CreateDirectory(box["unpacked"]).FullName, ListLoader.ShippedTaxonomy))
        {
            var sink = new DictionaryReference();
            using var stream = File.OpenRead(file.Path);
            using var digest = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
            FilterGate.Lists.Formats.ListParser.Parse(file.Format, new LineReader(stream, digest), sink.Sink(0, 0));
            names.UnionWith(sink.Hosts.Where(h => h.Contains('.') && !char.IsAsciiDigit(h[^1]) && h[0] != '['));
        }
        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static ListMatcher OnDisk(Box box, ListMatcher.Builder builder)
    {
        var (list, provenance) = builder.Compile();
        File.WriteAllBytes(box["long.fgl"], list);
        File.WriteAllBytes(box["long.fgp"], provenance);
        return ListMatcher.Open(MappedFile.Open(box["long.fgl"], isResident: true), MappedFile.Open(box["long.fgp"], isResident: false), new Taxonomy(Categories));
    }

    private static CanonicalUrl Request(Random random, List<string> hosts)
    {
        var host = hosts[random.Next(hosts.Count)];
        var target = random.Next(3) switch { 0 => "/", 1 => PathOf(host) + (random.Next(2) == 0 ? "" : "/x?y=1"), _ => PathOf(host) + "x" };
        // As many strangers as sites of the lists: a letter more, less or other, another end.
        var asked = random.Next(8) switch { 0 => host, 1 => "www." + host, 2 => "a.b." + host, 3 => "x" + host, 4 => host + "x", 5 => host[1..], 6 => string.Concat(host.AsSpan(0, host.LastIndexOf('.')), ".test"), _ => "not-" + host };
        return CanonicalUrl.TryCreate("http", asked, 80, target, out var url) ? url : CanonicalUrl.ForHost("http", host, 80);
    }

    private static CategorySet Expected(Dictionary<string, (byte First, byte Second, byte OfPath)> reference, CanonicalUrl url)
    {
        var set = CategorySet.Empty;
        for (var host = url.Host; ; host = host[(host.IndexOf('.') + 1)..])
        {
            if (reference.TryGetValue(host, out var marks))
            {
                set = set.With(marks.First);
                if (marks.Second != byte.MaxValue) set = set.With(marks.Second);
                if (marks.OfPath != byte.MaxValue && !host.StartsWith("www.", StringComparison.Ordinal) && IsUnder(url, PathOf(host))) set = set.With(marks.OfPath);
            }
            // The rule for www.example.com/path stands at example.com.
            if (!host.StartsWith("www.", StringComparison.Ordinal) && reference.TryGetValue("www." + host, out var bare) && bare.OfPath != byte.MaxValue && host.Contains('.') && IsUnder(url, PathOf("www." + host))) set = set.With(bare.OfPath);
            if (!host.Contains('.')) return set;
        }
    }

    private static bool IsUnder(CanonicalUrl url, string path)
    {
        var request = url.Query is null ? url.Path : $"{url.Path}?{url.Query}";
        return request.StartsWith(path, StringComparison.Ordinal) && (request.Length == path.Length || request[path.Length] is '/' or '?');
    }

    private static string PathOf(string host) => host.Length % 2 == 0 ? "/p/" + host[0] : "/users/gallery";

    private static byte Zipf(Random random) => (byte)Math.Min(CategoryCount - 1, Math.Exp(random.NextDouble() * Math.Log(CategoryCount)) - 1);
}
