using FilterGate.Policy;

namespace FilterGate.Events.Tests;

/// <summary>What a person did, as stored and as counted.</summary>
internal sealed class ActsAndCountsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static FilterEvent Blocked(int minute, string person, string category, ActKind? act = ActKind.BlockedAct) => new()
    {
        Time = Noon.AddMinutes(minute), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = person, Tier = "pupil", Group = "class-4b", Category = category,
        Url = $"http://{category}.example/", Host = $"{category}.example", ActKind = act,
    };

    private static async Task WithStoreAsync(IEnumerable<FilterEvent> events, Action<EventReader> look)
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "acts-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using var store = EventStore.Open(folder, TimeProvider.System);
            foreach (var e in events) await store.CommitAsync(e, giveReference: false);
            look(store.Reader);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Search_AnAct_ComesBackAsItWasStored()
    {
        var page = Blocked(0, "p1", "games") with { Intent = Intent.Typed, Title = "Games, games", SearchWords = "free games", Referer = "http://search.example/" };
        var part = Blocked(0, "p1", "advertising", act: null) with { Act = page.Id, Intent = Intent.Background };
        await WithStoreAsync([page, part], reader => Assert.Multiple(() =>
        {
            Assert.That(reader.Search(new EventQuery { Acts = EventQuery.EveryAct }).Events, Is.EqualTo([page]));
            Assert.That(reader.Search(new EventQuery { PartsOf = page.Id }).Events, Is.EqualTo([part]));
            Assert.That(reader.Search(new EventQuery { Intent = Intent.Typed }).Events, Is.EqualTo([page]));
            Assert.That(reader.Search(new EventQuery { Text = "free" }).Events, Is.EqualTo([page]));
            Assert.That(reader.Search(new EventQuery { Text = "dear" }).Events, Is.Empty);
            Assert.That(reader.Find(page.Id), Is.EqualTo(page));
            Assert.That(reader.Find(EventId.Next(Noon)), Is.Null);
            // Addresses of pages bring ids that nobody made.
            foreach (var odd in new[] { "ffffffff-ffff-ffff-ffff-ffffffffffff", "00000000-0000-0000-0000-000000000000" }) Assert.That(reader.Find(Guid.Parse(odd)), Is.Null, odd);
            Assert.That(page.Who, Is.EqualTo("person:p1"));
        }));
    }

    [Test]
    public async Task Count_ByWhoAndCategory_AddsUpEventsAndActs()
    {
        FilterEvent[] events = [Blocked(0, "p1", "games"), Blocked(1, "p1", "games", act: null), Blocked(2, "p1", "chat-messaging"), Blocked(61, "p2", "games")];
        await WithStoreAsync(events, reader => Assert.Multiple(() =>
        {
            Assert.That(reader.Count(new CountQuery(Noon, Noon.AddHours(2), CountBy.Who | CountBy.Category)).Rows, Is.EquivalentTo(new[]
            {
                new CountRow(2, 1) { Who = "person:p1", Category = "games" }, new CountRow(1, 1) { Who = "person:p1", Category = "chat-messaging" }, new CountRow(1, 1) { Who = "person:p2", Category = "games" },
            }));
            Assert.That(reader.Count(new CountQuery(Noon, Noon.AddHours(1), CountBy.Nothing)).Rows, Is.EqualTo([new CountRow(3, 2)]));
            Assert.That(reader.Count(new CountQuery(Noon, Noon.AddHours(2), CountBy.Hour) { Category = "games" }).Rows,
                Is.EquivalentTo(new[] { new CountRow(2, 1) { Hour = Noon }, new CountRow(1, 1) { Hour = Noon.AddHours(1) } }));
            Assert.That(reader.Count(new CountQuery(Noon, Noon.AddHours(2), CountBy.Kind) { Who = "person:p2", Tier = "pupil", Group = "class-4b", Kinds = [EventKind.Block] }).Rows, Is.EqualTo([new CountRow(1, 1) { Kind = EventKind.Block }]));
            Assert.That(reader.Count(new CountQuery(Noon, Noon.AddHours(2), CountBy.Who) { Kinds = [EventKind.Override] }).Rows, Is.Empty);
            Assert.That(reader.CountHosts(Noon, Noon.AddHours(2), ["pupil"], [], 1).Rows, Is.EqualTo([new HostCount("games.example", 3, 2)]));
        }));
    }
}
