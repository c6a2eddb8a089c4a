using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using FilterGate.Testing;

namespace FilterGate.Matching.Tests.Compiled;

public sealed class CompiledListTests
{
    // Half of the tests here are about bytes that are not what was written; this one is about those that are.
    [Test]
    public void Classify_AnyListsOfEveryKind_AgreesWithReadingThemOneByOneInMemoryAndOpened() =>
        Gen.Select(Sample.BlockOrException.Array[0, 14], Sample.Request.Array[1, 8], Gen.ULong).Sample((given, requests, seed) =>
        {
            var entries = Sample.Numbered(given);
            var builder = Sample.Builder(entries, seed);
            var inMemory = builder.Build();
            var opened = Sample.Open(builder.Compile());
            foreach (var request in requests)
            {
                if ((Sample.Difference(entries, inMemory, request) ?? Sample.Difference(inMemory, opened, request)) is { } difference) throw new InvalidOperationException(difference);
            }
            return inMemory.EntryCount == opened.EntryCount;
        }, iter: 1_500);

    [Test]
    public void Compile_EntriesInAnyOrderAndFromTwoThreads_AnswersTheSame() =>
        Gen.Select(Sample.BlockOrException.Array[0, 14], Sample.Request.Array[1, 6], Gen.ULong, Gen.Int).Sample((given, requests, seed, order) =>
        {
            var entries = Sample.Numbered(given);
            var one = Sample.Builder(entries, seed).Build();
            var builder = new ListMatcher.Builder(seed + 1);
            var shuffled = entries.ToArray();
            new Random(order).Shuffle(shuffled);
            var sources = shuffled.Select(e => builder.AddSource(new(e.List, e.Category, "v1"))).ToArray();
            ListMatcher.Builder.Part[] parts = [builder.NewPart(), builder.NewPart()];
            Parallel.For(0, parts.Length, part =>
            {
                for (var i = part; i < shuffled.Length; i += parts.Length) parts[part].TryAdd(sources[i], shuffled[i].Entry, out _);
            });
            var two = Sample.Open(builder.Compile());
            foreach (var request in requests)
                if (Sample.Difference(one, two, request) is { } difference) throw new InvalidOperationException(difference);
            return one.EntryCount == two.EntryCount;
        }, iter: 800);

    // Large enough for several parts to be sorted, which a dozen entries never are.
    [Test]
    public void Compile_ManyEntriesFromTwoThreads_FindsEachAndNothingBesides()
    {
        const int Count = 60_000;
        var builder = new ListMatcher.Builder(7);
        var source = builder.AddSource(new("many", Sample.Categories[1], ""));
        ListMatcher.Builder.Part[] parts = [builder.NewPart(), builder.NewPart()];
        Parallel.For(0, parts.Length, part =>
        {
            for (var i = part; i < Count; i += parts.Length) parts[part].AddHost(source, Encoding.ASCII.GetBytes(NameOf(i)), i + 1);
        });
        var matcher = Sample.Open(builder.Compile());
        Assert.That(matcher.EntryCount, Is.EqualTo(Count));
        for (var i = 0; i < Count; i++)
        {
            var url = CanonicalUrl.ForHost("http", NameOf(i), 80);
            if (!matcher.TryFindMostSpecific(url, Seen.Host, out var match) || match.Line != i + 1) Assert.Fail($"{url.Host}: {match}");
            if (matcher.Matches(CanonicalUrl.ForHost("http", NameOf(i) + "x", 80), Seen.Host)) Assert.Fail($"{url.Host}x matches");
        }

        static string NameOf(int i) => i % 3 == 0 ? $"s{i % 17}.h{i}.example.test" : $"n{i}.test";
    }

    // Below few hosts, so that parents, depths and texts as written cross the borders of the parts that threads write.
    [Test]
    public void Compile_ManyPagesBelowFewHosts_FindsEachTheQuickWayAsTheLongWay()
    {
        const int Count = 30_000;
        ListMatcher[] matchers = [.. new[] { true, false }.Select(isQuick =>
        {
            var builder = new ListMatcher.Builder(11);
            var source = builder.AddSource(new("pages", Sample.Categories[1], ""));
            var part = builder.NewPart();
            for (var i = 0; i < Count; i++)
            {
                var page = PageOf(i);
                if (isQuick) part.AddPage(source, Encoding.ASCII.GetBytes(page), page.IndexOf('/', StringComparison.Ordinal), i + 1);
                else if (!part.TryAdd(source, new(EntryKind.Place, page, i + 1) { Written = i % 4 == 0 ? "HTTP://" + page : null }, out var error)) Assert.Fail(error);
            }
            return Sample.Open(builder.Compile());
        })];
        for (var i = 0; i < Count; i++)
        {
            foreach (var matcher in matchers)
            {
                if (!matcher.TryFindMostSpecific(Sample.Url(PageOf(i) + "/more"), Seen.Url, out var match) || match.Line != i + 1) Assert.Fail($"{PageOf(i)}: {match}");
                if (matcher.Matches(Sample.Url(PageOf(i) + "x"), Seen.Url)) Assert.Fail($"{PageOf(i)}x matches");
            }
        }

        static string PageOf(int i) => $"h{i % 700}.example.test/{(i % 3 == 0 ? "" : $"d{i % 90}/")}p{i}";
    }

    [TestCaseSource(nameof(LongNames))]
    public void Classify_AtTheLimitsOfNames_FindsTheWholeNameAndNotItsNeighbours(string entry, string url, bool expected)
    {
        var matcher = Sample.Open(Sample.Builder([Sample.Place(0, entry)], seed: 1).Compile());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.EntryCount, Is.EqualTo(1));
            Assert.That(matcher.Matches(Sample.Url(url), Seen.Url), Is.EqualTo(expected));
            Assert.That(matcher.Explain(Sample.Url(url), Seen.Url).Select(m => m.Entry), Is.EqualTo(expected ? new[] { entry } : []));
        }
    }

    private static IEnumerable<TestCaseData> LongNames()
    {
        var labels127 = string.Join('.', Enumerable.Repeat("a", 127));
        var bytes253 = string.Join('.', Enumerable.Repeat(new string('b', 62), 4)) + ".c";
        var label63 = new string('d', 63) + ".test";
        // Six bytes for each of the first hundred once it is escaped: 4,096 in all, from fewer characters than an entry may have.
        var path = "example.test/" + new string('\u00fc', 100) + new string('p', 3495);
        foreach (var (name, entry, url, expected) in new[]
        {
            ("127Labels_Matches", labels127, labels127, true),
            ("127LabelsOtherFirst_DoesNot", labels127, "b" + labels127[1..], false),
            ("127LabelsOtherLast_DoesNot", labels127, labels127[..^1] + "b", false),
            ("126OfThem_DoNot", labels127, labels127[2..], false),
            ("BelowOnlyOf126Labels_Matches", "*." + labels127[2..], labels127, true),
            ("ExactlyOf126Labels_DoesNot", "=" + labels127[2..], labels127, false),
            ("253Bytes_Match", bytes253, bytes253, true),
            ("253BytesOtherFirst_DoNot", bytes253, "c" + bytes253[1..], false),
            ("LabelOf63_Matches", label63, label63, true),
            ("SubdomainOfLabelOf63_Matches", label63, "x." + label63, true),
            ("LabelOf62_DoesNot", label63, label63[1..], false),
            ("LabelOf64_DoesNot", label63, "d" + label63, false),
            ("OneLabelOf253_Matches", new string('e', 253), new string('e', 253), true),
            ("OneLabelOf252_DoesNot", new string('e', 253), new string('e', 252), false),
            ("LongestPath_Matches", path, path, true),
            ("LongestPathAndMore_Matches", path, path + "/more?and=more", true),
            ("LongestPathOneMore_DoesNot", path, path + "p", false),
            ("LongestPathOneLess_DoesNot", path, path[..^1], false),
        })
            yield return new TestCaseData(entry, url, expected).SetName($"Classify_{name}");
    }

    [Test]
    public void Open_AtAnyPlaceInALargerBuffer_AnswersTheSame([Values(1, 3, 7, 63, 4095)] int offset)
    {
        var builder = Sample.Builder(Sample.Everything, seed: 5);
        var (list, provenance) = builder.Compile();
        var buffer = GC.AllocateArray<byte>(offset + list.Length + 5, pinned: true);
        list.CopyTo(buffer, offset);
        var matcher = ListMatcher.Open(MemoryMarshal.CreateFromPinnedArray(buffer, offset, list.Length), provenance, Sample.Taxonomy);
        Assert.That(Sample.Requests.Select(url => Sample.Difference(builder.Build(), matcher, url)), Is.All.Null);
    }

    [Test]
    public void Open_WithNothingReadableBehindIt_AnswersTheSame()
    {
        var builder = Sample.Builder(Sample.Everything, seed: 6);
        var (list, provenance) = builder.Compile();
        var matcher = ListMatcher.Open(new GuardedMemory(list).Memory, new GuardedMemory(provenance).Memory, Sample.Taxonomy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sample.Requests.Select(url => Sample.Difference(builder.Build(), matcher, url)), Is.All.Null);
            Assert.That(Sample.Requests.Select(url => Sample.Difference(Sample.Everything, matcher, url)), Is.All.Null);
        }
    }

    [Test]
    public void Classify_EveryKindOfEntry_DoesNotAllocate()
    {
        // Without exceptions: where one matches, the entries are gone through one by one, and that allocates.
        var matcher = Sample.Open(Sample.Builder(Sample.Everything.Where(e => !e.Entry.IsException), seed: 3).Compile());
        var failures = new List<string>();
        foreach (var url in Sample.Requests)
        {
            // A pattern's automaton is built as far as it is used, by the first request of a kind.
            for (var i = 0; i < 3; i++) matcher.Classify(url, Seen.Url);
            var allocated = Allocations.Of(() =>
            {
                for (var i = 0; i < 100; i++) matcher.Classify(url, Seen.Url);
            });
            if (allocated > 0) failures.Add($"{allocated / 100} bytes: {url}");
        }
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void Open_AnyByteChanged_IsRefused()
    {
        var (list, provenance) = Sample.Builder(Sample.Everything.Where(e => e.Entry.Kind != EntryKind.Network), seed: 2).Compile();
        var accepted = new List<string>();
        foreach (var (file, name) in new[] { (list, "list"), (provenance, "provenance") })
        {
            for (var i = 0; i < file.Length; i++)
            {
                file[i] ^= 0x10;
                if (WhyNot(list, provenance) is not { Length: > 10 }) accepted.Add($"{name} at {i}");
                file[i] ^= 0x10;
            }
        }
        using (Assert.EnterMultipleScope())
        {
            Assert.That(accepted, Is.Empty);
            Assert.That(WhyNot(list, provenance), Is.Null);
        }
    }

    [Test]
    public void Open_CutAnywhere_IsRefused()
    {
        var (list, provenance) = Sample.Builder(Sample.Everything.Where(e => e.Entry.Kind != EntryKind.Network), seed: 2).Compile();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Enumerable.Range(0, list.Length).Where(length => WhyNot(list[..length], provenance) is null), Is.Empty);
            Assert.That(Enumerable.Range(0, provenance.Length).Where(length => WhyNot(list, provenance[..length]) is null), Is.Empty);
        }
    }

    [TestCase("empty", "less than a head")]
    [TestCase("short", "less than a head")]
    [TestCase("foreign", "does not begin with FGL1")]
    [TestCase("later form", "form 2, and this version of FilterGate reads form 1")]
    [TestCase("cut", "cut short")]
    [TestCase("appended", "something is appended")]
    [TestCase("flipped", "something changed it")]
    [TestCase("foreign provenance", "its provenance")]
    [TestCase("flipped provenance", "its provenance does not have the digest")]
    [TestCase("another's provenance", "belongs to another compiled list")]
    [TestCase("the other way round", "does not begin with FGL1")]
    [TestCase("other categories", "compiled with other categories")]
    [TestCase("a category less", "compiled with other categories")]
    public void Open_WhatIsNoListOfOurs_IsRefusedAndSaysWhy(string what, string why)
    {
        var (list, provenance) = Sample.Builder(Sample.Everything, seed: 2).Compile();
        var taxonomy = Sample.Taxonomy;
        switch (what)
        {
            case "empty": list = []; break;
            case "short": list = list[..511]; break;
            case "foreign": Encoding.ASCII.GetBytes("PNG!").CopyTo(list, 0); break;
            case "later form": BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(4), 2); break;
            case "cut": list = list[..^1]; break;
            case "appended": list = [.. list, 0]; break;
            case "flipped": list[^1] ^= 1; break;
            case "foreign provenance": provenance = [.. list]; break;
            case "flipped provenance": provenance[^1] ^= 1; break;
            case "another's provenance": provenance = Sample.Builder(Sample.Everything, seed: 3).Compile().Provenance; break;
            case "the other way round": (list, provenance) = (provenance.Concat(new byte[1024]).ToArray(), list); break;
            case "other categories": taxonomy = new(Sample.Categories.Select(c => c with { Slug = c.Slug + "x" })); break;
            default: taxonomy = new(Sample.Categories[..^2]); break;
        }
        Assert.That(() => ListMatcher.Open(list, provenance, taxonomy), Throws.InstanceOf<ListFormatException>().With.Message.Contains(why));
    }

    private static string? WhyNot(byte[] list, byte[] provenance)
    {
        try
        {
            ListMatcher.Verify(list, provenance);
            return null;
        }
        catch (ListFormatException e)
        {
            return e.Message;
        }
    }
}
