using FilterGate.Events.Sqlite;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>What somebody types is words to look for, whatever signs are in it; found the same before the index knows an event and after.</summary>
internal sealed class TextTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly (string Host, string Url, string? Title, string? Words)[] Pages =
    [
        ("mine.example", "http://www.mine.example/craft/index.html?player=Zoë", "Minecraft: home of blocks", null),
        ("search.example", "http://search.example/find?q=how+to+minecraft", null, "how to minecraft"),
        ("wales.example", "http://wales.example/hanes", "Hanes Cymru – Llŷn ac Eryri", "llŷn"),
        ("quote.example", "http://quote.example/", "Robert'); DROP TABLE events;-- \"and\" OR NOT NEAR", null),
        ("xn--caf-dma.example", "http://xn--caf-dma.example/menu", "CAFÉ ΑΘΗΝΑ Straße 東京 2³", null),
        ("long.example", "http://long.example/" + new string('a', 600) + "/hidden", null, null),
    ];

    private static IEnumerable<TestCaseData> Questions()
    {
        static TestCaseData Case(string text, params string[] hosts) => new TestCaseData(text, hosts).SetName($"Search_Text({text.Replace('"', '\'').Replace('(', '[').Replace(')', ']')})");
        yield return Case("minecraft", "mine.example", "search.example");
        yield return Case("MINECRAFT", "mine.example", "search.example");
        yield return Case("minec", "mine.example", "search.example");
        yield return Case("minec home");
        yield return Case("home minec", "mine.example");
        yield return Case("craft", "mine.example");
        yield return Case("inecraft");
        yield return Case("minecraft how", "search.example");
        yield return Case("how minecraft blocks");
        yield return Case("zoe", "mine.example");
        yield return Case("Llyn", "wales.example");
        yield return Case("LLŶN ERYRI", "wales.example");
        yield return Case("cafe", "xn--caf-dma.example");
        yield return Case("café", "xn--caf-dma.example");
        yield return Case("αθηνα", "xn--caf-dma.example");
        yield return Case("straße", "xn--caf-dma.example");
        yield return Case("東京", "xn--caf-dma.example");
        yield return Case("東");
        yield return Case("hidden");
        yield return Case("mi");
        // Signs of SQL and of full-text queries.
        yield return Case("Robert'); DROP TABLE events;--", "quote.example");
        yield return Case("' OR 1=1 --");
        yield return Case("\"");
        yield return Case("\"minecraft", "mine.example", "search.example");
        yield return Case("minecraft OR hanes");
        yield return Case("minecraft NOT home");
        yield return Case("NEAR(minecraft home)");
        yield return Case("robert AND NOT", "quote.example");
        yield return Case("or not near", "quote.example");
        yield return Case("title:minecraft");
        yield return Case("{title}:home");
        yield return Case("tags : k1");
        yield return Case("k1");
        yield return Case("minecraft*", "mine.example", "search.example");
        yield return Case("*");
        yield return Case("^minecraft", "mine.example", "search.example");
        yield return Case("-minecraft", "mine.example", "search.example");
        yield return Case("minecraft + home", "mine.example");
        yield return Case("(minecraft", "mine.example", "search.example");
        yield return Case("mine.example/craft", "mine.example");
        yield return Case("");
        yield return Case("   ");
        yield return Case("%_?@;'`\\");
        yield return Case("\0minecraft\0", "mine.example", "search.example");
        yield return Case("\ud800minecraft", "mine.example", "search.example");
        yield return Case("😀");
    }

    [TestCaseSource(nameof(Questions))]
    public async Task Search_Text(string text, string[] hosts)
    {
        using var temp = new TempFolder();
        await using (var store = Open(temp))
        {
            for (var i = 0; i < Pages.Length; i++) await store.CommitAsync(Event(i), giveReference: false);
            var waiting = store.Search(new EventQuery { Text = text });
            Assert.That(waiting.Problems, Is.Empty);
            Assert.That(waiting.Events.Select(e => e.Host), Is.EqualTo(hosts), "before the index knows them, or just after");
        }
        // Closed, everything is in the index.
        var page = new EventReader(temp["events"]).Search(new EventQuery { Text = text });
        Assert.That(page.Problems, Is.Empty);
        Assert.That(page.Events.Select(e => e.Host), Is.EqualTo(hosts), "by the index");
    }

    /// <summary>Many words are looked for in several months at once, and found in the same order.</summary>
    [TestCase("minecr")]
    [TestCase("craft home blocks minecr")]
    public async Task Search_TextWithOtherFilters_AllHold(string text)
    {
        using var temp = new TempFolder();
        await using (var store = Open(temp))
        {
            for (var i = 0; i < 40; i++)
                await store.CommitAsync(Event(0) with { Time = Noon.AddDays(i), Id = EventId.Next(Noon.AddDays(i)), Person = $"p{i % 2}", Kind = i % 3 == 0 ? EventKind.Block : EventKind.Allow, ActKind = ActKind.PageView }, giveReference: false);
        }
        var reader = new EventReader(temp["events"]);
        var found = reader.Search(new EventQuery { Text = text, Person = "p1", Kinds = [EventKind.Block], Acts = EventQuery.EveryAct, Since = Noon.AddDays(5), Limit = 3 });
        Assert.That(found.Events.Select(e => (e.Time - Noon).Days), Is.EqualTo([39, 33, 27]));
        Assert.That(found.HasMore);
        Assert.That(reader.Search(new EventQuery { Text = text, Person = "p1", Kinds = [EventKind.Block], Since = Noon.AddDays(5), Before = found.Events[^1].Id }).Events.Select(e => (e.Time - Noon).Days), Is.EqualTo([21, 15, 9]));
    }

    [Test]
    public void Search_SearchedForAndCategories_AreFoundByTheIndexAndWithoutIt([Values] bool isIndexed)
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp["events"]);
        (string? Words, string? Category)[] said = [("How to BULLY somebody", "search-engines"), ("how to bake", "search-engines"), ("bully", null), (null, "adult"), ("hit me at home", "drugs"), (null, "games"), ("somebody, how to: bully!", "adult")];
        using (var writer = EventFileWriter.Open(temp["events"], new EventFile(EventMonth.Of(Noon), EventClass.Attention), new FakeTimeProvider(Noon), Reference.Draw))
        {
            writer.Write([.. said.Select((each, i) => new PendingEvent(new FilterEvent { Time = Noon.AddSeconds(i), Kind = EventKind.Search, SearchWords = each.Words, Title = "how to bully", Category = each.Category, Line = i + 1 }, giveReference: false, enqueued: 0, committed: null))]);
            if (isIndexed) writer.Index(100);
        }
        int?[] Found(EventQuery query) => [.. new EventReader(temp["events"]).Search(query) is { Problems: [] } page ? page.Events.Select(e => e.Line) : throw new AssertionException("problems")];
        Assert.Multiple(() =>
        {
            Assert.That(Found(new EventQuery { SearchedFor = ["how to bully", "home hit"] }), Is.EqualTo(new int?[] { 7, 5, 1 }));
            Assert.That(Found(new EventQuery { SearchedFor = ["bake|hit how|me"] }), Is.EqualTo(new int?[] { 5, 2 }));
            Assert.That(Found(new EventQuery { SearchedFor = ["bake|how's bully"] }), Is.EqualTo(new int?[] { 7, 1 }));
            Assert.That(Found(new EventQuery { SearchedFor = ["how to bully"], Categories = ["search-engines", "nowhere"] }), Is.EqualTo(new int?[] { 1 }));
            Assert.That(Found(new EventQuery { Categories = ["adult", "drugs"] }), Is.EqualTo(new int?[] { 7, 5, 4 }));
            Assert.That(Found(new EventQuery { Categories = ["nowhere"] }), Is.Empty);
        });
    }

    [TestCase(3)]
    [TestCase(64)]
    [TestCase(65)]
    [TestCase(200)]
    public async Task Search_BeginningOfManyWords_FindsThemAllNewestFirst(int count)
    {
        using var temp = new TempFolder();
        await using (var store = Open(temp))
            for (var i = 0; i < count; i++) await store.EnqueueAsync(Event(0) with { Time = Noon.AddSeconds(i), Id = EventId.Next(Noon.AddSeconds(i)), Title = $"volcano{(char)('a' + (i % 26))}{i}", SearchWords = "volcan" });
        var reader = new EventReader(temp["events"]);
        Assert.That(reader.Search(new EventQuery { Text = "volcano", Limit = 1_000 }).Events.Select(e => (e.Time - Noon).TotalSeconds), Is.EqualTo(Enumerable.Range(0, count).Reverse()));
        Assert.That(reader.Search(new EventQuery { Text = "volcanob", Limit = 1_000 }).Events, Has.Count.EqualTo((count + 24) / 26));
    }

    [Test]
    public async Task Search_PartOfWhatWasAllowed_IsFoundByItsHostAndItsPage()
    {
        using var temp = new TempFolder();
        var page = Event(0) with { Kind = EventKind.Allow, ActKind = ActKind.PageView };
        var part = new FilterEvent { Time = Noon, Kind = EventKind.Allow, Act = page.Id, Host = "cdn.example", Url = "http://cdn.example/minecraft.png" };
        var blocked = part with { Kind = EventKind.Block, Id = EventId.Next(Noon) };
        await using (var store = Open(temp))
        {
            foreach (var e in (FilterEvent[])[page, part, blocked]) await store.CommitAsync(e, giveReference: false);
            Look(store.Reader);
        }
        Look(new EventReader(temp["events"]));

        void Look(EventReader reader) => Assert.Multiple(() =>
        {
            Assert.That(reader.Search(new EventQuery { Text = "minecraft" }).Events, Is.EquivalentTo([page, blocked]));
            Assert.That(reader.Search(new EventQuery { Host = "cdn.example" }).Events, Is.EquivalentTo([part, blocked]));
            Assert.That(reader.Search(new EventQuery { PartsOf = page.Id }).Events, Is.EquivalentTo([part, blocked]));
        });
    }

    [Test]
    public async Task Search_EveryCharacterWithinAWord_IsNoError()
    {
        using var temp = new TempFolder();
        await using (var store = Open(temp)) await store.CommitAsync(Event(0), giveReference: false);
        var reader = new EventReader(temp["events"]);
        // Where a word were split otherwise than the index splits it, SQLite would complain of a phrase. U+19B1 is one that .NET and SQLite take for different things.
        foreach (var block in Enumerable.Range(1, 0x2FFFF).Where(c => c == 0x19B1 || (c % 97 == 0 && System.Text.Rune.IsValid(c))).Chunk(16))
        {
            var page = reader.Search(new EventQuery { Text = string.Join(' ', block.Select(c => $"a{char.ConvertFromUtf32(c)}b")) });
            Assert.That(page.Problems, Is.Empty, $"from U+{block[0]:X4}");
        }
    }

    private static FilterEvent Event(int page)
    {
        var (host, url, title, words) = Pages[page];
        return new FilterEvent { Time = Noon.AddSeconds(-page), Kind = EventKind.Block, Decision = Verdict.Block, Host = host, Url = url, Title = title, SearchWords = words };
    }

    private static EventStore Open(TempFolder temp) => EventStore.Open(temp["events"], new FakeTimeProvider(Noon));
}
