using System.Globalization;
using CsCheck;

namespace FilterGate.Matching.Tests;

public sealed class ListSearchTests
{
    private static readonly Category Games = new(0, "games", "Games", CategoryDefault.Block, CategoryDefault.Block, CategoryDefault.Block, Theme: null, []);

    private const string Long =
        "a-very-long-label-that-goes-on-and-on-until-there-is-no-room-lef.another-very-long-label-that-goes-on-and-on-until-there-is-no-ro.example/a-path-so-long-that-its-length-takes-more-than-one-byte/and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on/nearly-there";

    private static readonly string[] Entries =
    [
        "example.com", "www.deep.example.com", "*.shop.example.com", "=exact.example", "example.com/Games/Chess?level=2", "mixed.example/games", "192.0.2.1", "[2001:db8::1]", "com.example", "notexample.org",
        Long,
    ];

    [TestCase("example.com", new[] { "example.com", "www.deep.example.com", "*.shop.example.com", "example.com/Games/Chess?level=2" }, TestName = "Search_Host_FindsItAndWhatStandsBelow")]
    [TestCase("EXAMPLE.Com", new[] { "example.com", "www.deep.example.com", "*.shop.example.com", "example.com/Games/Chess?level=2" }, TestName = "Search_UpperCase_IsTheSame")]
    [TestCase("deep.ex", new[] { "www.deep.example.com" }, TestName = "Search_AcrossTwoLabels_IsFound")]
    [TestCase("www.deep.example.com", new[] { "www.deep.example.com" }, TestName = "Search_AcrossThreeRecords_IsFound")]
    [TestCase("ww.dee", new[] { "www.deep.example.com" }, TestName = "Search_EndOfOneLabelAndBeginningOfTheNext_IsFound")]
    [TestCase("ww.ee", new string[0], TestName = "Search_LabelsThatDoNotFollow_AreNotFound")]
    [TestCase("com/games", new[] { "example.com/Games/Chess?level=2" }, TestName = "Search_AcrossHostAndPath_IsFound")]
    [TestCase("/games", new[] { "example.com/Games/Chess?level=2", "mixed.example/games" }, TestName = "Search_BeginningOfAPath_IsFound")]
    [TestCase("chess?level", new[] { "example.com/Games/Chess?level=2" }, TestName = "Search_PathAndQuery_IsFound")]
    [TestCase(".com/", new[] { "example.com/Games/Chess?level=2" }, TestName = "Search_DotFirstAndAcross_IsFound")]
    [TestCase("192.0", new[] { "192.0.2.1", "192.0.2.0/24" }, TestName = "Search_Address_FindsItAndTheRange")]
    [TestCase("db8", new[] { "[2001:db8::1]" }, TestName = "Search_AddressOfVersion6_IsFound")]
    [TestCase("nearly", new[] { Long }, TestName = "Search_LongPath_IsFound")]
    [TestCase("lef.another", new[] { Long }, TestName = "Search_AcrossLongLabels_IsFound")]
    [TestCase("poker", new[] { "poker[0-9]+" }, TestName = "Search_Pattern_IsFound")]
    [TestCase("b\u00fccher", new string[0], TestName = "Search_OtherLetters_AreNoPartOfCanonicalNames")]
    [TestCase("nothing-like-it", new string[0], TestName = "Search_Unknown_FindsNothing")]
    [TestCase("\u0000", new string[0], TestName = "Search_ANumberBetweenRecords_IsNoText")]
    public void Search(string text, string[] expected) => Assert.That(Made().Search(text, 100).Select(m => m.Entry), Is.EquivalentTo(expected));

    [Test]
    public void Search_AMatch_HasListLineCategoryAndVersion()
    {
        var match = Made().Search("exact", 10).Single();
        Assert.That((match.List, match.Line, match.Category.Slug, match.Version), Is.EqualTo(("games/domains", 4, "games", "v1")));
    }

    [Test]
    public void Search_Limit_IsKeptAndTheSameEachTime()
    {
        var matcher = Made();
        var first = matcher.Search("e", 3);
        Assert.That(first, Has.Length.EqualTo(3));
        Assert.That(matcher.Search("e", 3), Is.EqualTo(first));
    }

    [Test]
    public void Search_Exceptions_AreFoundAsWritten()
    {
        var builder = new ListMatcher.Builder();
        var source = builder.AddSource(new("ads", Games, ""));
        builder.TryAdd(source, new ListEntry(EntryKind.Place, "shop.example", 7) { IsException = true, Written = "@@||shop.example^" }, out _);
        Assert.That(builder.Build().Search("shop", 10).Select(m => (m.Entry, m.Line)), Is.EqualTo(new[] { ("@@||shop.example^", 7) }));
    }

    [Test]
    public void Search_OfManyEntries_IsWhatGoingThroughThemGives()
    {
        // Random trees of hosts over few labels, so that texts lie across borders; as many that several parts are searched side by side.
        var label = OneOf("a", "b", "ab", "ba", "aab", "c-d", "longer-label-to-fill-parts");
        var host = Gen.Select(label.Array[1, 4], Gen.Int[0, 3000], (labels, number) => $"{string.Join('.', labels)}.n{number.ToString(CultureInfo.InvariantCulture)}.example");
        var entry = Gen.Select(host, OneOf("", "", "/a/b", "/ab?c=a.b"), (h, path) => h + path);
        Gen.Select(entry.Array[500, 3000], OneOf("a.b", "b.n1", ".a", "ab.example", "b/a", "e/a", "n7", "example/ab", "a.aab.c-d", "b?c", "a.n2"), (entries, text) => (entries, text)).Sample(
            sample =>
            {
                var builder = new ListMatcher.Builder();
                var entries = sample.entries.Distinct(StringComparer.Ordinal).ToArray();
                for (var i = 0; i < entries.Length; i++) Assert.That(builder.TryAdd("games/domains", Games, entries[i], i + 1, out var why), Is.True, why);
                return builder.Build().Search(sample.text, int.MaxValue).Select(m => m.Entry).Order(StringComparer.Ordinal)
                    .SequenceEqual(entries.Where(e => e.Contains(sample.text, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            },
            iter: 30);
    }

    [Test]
    public void Search_Layers_LeavesOutWhatIsGoneAndHasWhatIsNew()
    {
        var layers = new ListLayers(Of("old.example", "stays.example"), Of("new.example"), Of("old.example"));
        Assert.That(layers.Search("example", 10).Select(m => m.Entry), Is.EquivalentTo(["stays.example", "new.example"]));
        Assert.That(layers.Search("example", 1), Has.Length.EqualTo(1));
    }

    [TestCase(1, 1)]
    [TestCase(4, 5)]
    [TestCase(1000, 11)]
    public void FindUnreachable_WholeList_FindsAllItTries(int sampleSize, int triedMax)
    {
        Assert.That(Made().FindUnreachable(sampleSize, out var tried), Is.Empty);
        Assert.That(tried, Is.InRange(Math.Min(sampleSize, 11), Math.Max(sampleSize * 2, triedMax)));
    }

    [Test]
    public void FindUnreachable_BrokenBuckets_NamesWhatIsLost()
    {
        var builder = new ListMatcher.Builder();
        var source = builder.AddSource(new("games/domains", Games, ""));
        for (var i = 0; i < 100; i++) builder.TryAdd(source, new ListEntry(EntryKind.Place, $"n{i}.example", i + 1), out _);
        var (list, provenance) = builder.Compile();
        // What no check of references shows: every fingerprint is another one. The digest would show it, and is told not to look.
        for (var bucket = 512; bucket < 512 + 64; bucket++) list[bucket] ^= bucket < 512 + 28 ? (byte)0x55 : (byte)0;
        Assert.That(ListMatcher.Open(list, provenance, new Taxonomy([Games]), isTrusted: true).FindUnreachable(1000, out _), Is.Not.Empty);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ListMatcher Of(params string[] entries)
    {
        var builder = new ListMatcher.Builder();
        for (var i = 0; i < entries.Length; i++) builder.TryAdd("games/domains", Games, entries[i], i + 1, out _);
        return builder.Build();
    }

    private static ListMatcher Made()
    {
        var builder = new ListMatcher.Builder();
        var source = builder.AddSource(new("games/domains", Games, "v1"));
        for (var i = 0; i < Entries.Length; i++) Assert.That(builder.TryAdd(source, new ListEntry(EntryKind.Place, Entries[i], i + 1), out var why), Is.True, why);
        builder.TryAdd(source, new ListEntry(EntryKind.Network, "192.0.2.0/24", 40), out _);
        builder.TryAdd(source, new ListEntry(EntryKind.UrlPattern, "poker[0-9]+", 41), out _);
        return builder.Build();
    }
}
