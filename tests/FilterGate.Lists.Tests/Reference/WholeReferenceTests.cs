using System.Security.Cryptography;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Tests.Compiled;
using FilterGate.Matching;
using FilterGate.Testing;

namespace FilterGate.Lists.Tests.Reference;

/// <summary>All real lists, compiled as a box compiles them, against one dictionary: for every host and path that any of them names, and for what stands just beside it.</summary>
[Category("Reference")]
[Category("Slow")]
public sealed class WholeReferenceTests
{
    [Test]
    public void Classify_AllRealListsCompiled_AgreesWithADictionary()
    {
        using var box = new Box();
        var suffixes = SharedData.PathOrIgnore("psl/public_suffix_list.dat");
        var files = RealFiles.Unpack(Directory.CreateDirectory(box["unpacked"]).FullName, ListLoader.ShippedTaxonomy);
        var start = TimeProvider.System.GetTimestamp();
        var result = box.Store.Compile(files, suffixes);
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var lists = box.Open().Layers;
        var reference = Read(files, suffixes, result.Report);
        TestContext.Progress.WriteLine($"{files.Count} lists, {result.EntryCount:n0} entries compiled in {elapsed.TotalSeconds:n1} s, {lists.Length / (double)result.EntryCount:n1} bytes an entry");
        Assert.That(result.EntryCount, Is.GreaterThan(2_000_000).And.EqualTo(reference.EntryCount));

        var (compared, matched) = (0L, 0L);
        var different = new List<string>();
        foreach (var (host, target) in Hosts(reference).Concat(Paths(reference)))
        {
            if (!CanonicalUrl.TryCreate("http", host, 80, target, out var url)) continue;
            var expected = reference.Classify(url);
            compared++;
            if (!expected.IsEmpty) matched++;
            if (lists.Classify(url, Seen.Url) != expected && different.Count < 20) different.Add(url.ToString());
        }
        TestContext.Progress.WriteLine($"{compared:n0} URLs compared, {matched:n0} of them in a category");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(different, Is.Empty);
            Assert.That(compared, Is.GreaterThan(4_000_000));
            Assert.That(matched, Is.GreaterThan(compared / 4).And.LessThan(compared * 9 / 10));
        }
    }

    private static DictionaryReference Read(IReadOnlyList<ListFile> files, string suffixes, CompiledReport report)
    {
        var reference = new DictionaryReference();
        var taxonomy = ListLoader.ShippedTaxonomy;
        using var reader = new StreamReader(suffixes);
        var guard = EntryGuard.Shipped(PublicSuffixes.Parse(reader));
        for (var i = 0; i < files.Count; i++)
        {
            var category = taxonomy.ForFolder(files[i].Category)!;
            using var stream = File.OpenRead(files[i].Path);
            Parse(stream, files[i].Format, reference.Sink((ushort)i, category.Index), ListCompilation.IsBlockedSomewhere(category) ? guard : null);
        }
        // The starter lists are in every base.
        foreach (var (source, number) in report.Sources.Where(s => s.Version == "starter").Select((s, i) => (s, files.Count + i)))
        {
            var category = taxonomy.Find(source.Category)!;
            using var stream = ShippedLists.Open("starter/" + source.List);
            Parse(stream, ListFormat.Plain, reference.Sink((ushort)number, category.Index), ListCompilation.IsBlockedSomewhere(category) ? guard : null);
        }
        return reference;
    }

    private static void Parse(Stream stream, ListFormat format, IEntrySink sink, EntryGuard? guard)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ListParser.Parse(format, new LineReader(stream, digest), guard is null ? sink : new GuardedSink(sink, guard));
    }

    // One neighbour of each host in turn, all of them over the whole: five times as many would show no more.
    private static IEnumerable<(string Host, string Target)> Hosts(DictionaryReference reference)
    {
        var i = 0;
        foreach (var host in reference.Hosts)
        {
            yield return (host, "/");
            var neighbour = (i++ % 8) switch
            {
                0 => "x" + host,
                1 => host + "x",
                2 => "sub." + host,
                3 => host[1..],
                4 => host + ".test",
                5 => host[(host.IndexOf('.') + 1)..],
                6 => "www." + host,
                _ => host.Replace('-', '.'),
            };
            yield return (neighbour, i % 3 == 0 ? "/index.html?x=1" : "/");
        }
    }

    private static IEnumerable<(string Host, string Target)> Paths(DictionaryReference reference)
    {
        foreach (var (host, path) in reference.Paths)
            foreach (var target in new[] { path, path + "x", path + "/deeper", path + "?q=1", path[..^1], path.ToUpperInvariant(), "/x" + path, path[..(path.LastIndexOf('/') + 1)] })
                if (target.StartsWith('/')) yield return (host, target);
        foreach (var (host, path) in reference.Paths)
        {
            yield return ("www." + host, path);
            yield return ("sub." + host, path);
            yield return ("x" + host, path);
        }
    }
}
