using FilterGate.Events.Sqlite;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>Counts that were added up behind the writing are those of the events, over hours, days and months, files and restarts, and whatever is not added up yet.</summary>
internal sealed class CountsTests
{
    private static readonly DateTimeOffset First = new(2026, 10, 28, 22, 30, 0, TimeSpan.Zero);

    [Test]
    public async Task Count_AnyWindowAndColumns_AreThoseOfTheEvents()
    {
        using var temp = new TempFolder();
        var random = new Random(5);
        string?[] people = ["p1", "p2", "p3", null, "p4"], groups = ["4b", "5a", null], categories = ["games", "news", null], hosts = ["a.example", "b.example", "c.example", null];
        var events = new List<FilterEvent>();
        for (var i = 0; i < 3_000; i++)
        {
            // One of them stays in a class and a tier, as most do; the others change between any two events.
            var person = people[random.Next(5)];
            var stays = person == "p4";
            events.Add(new FilterEvent
            {
                Time = First.AddMinutes(random.Next(7 * 24 * 60)), Kind = (EventKind)random.Next(1, 8), Decision = random.Next(3) == 0 ? null : (Verdict)random.Next(3), Person = person, Client = person is null && random.Next(2) == 0 ? null : "10.20.1.7",
                Group = stays ? "4b" : groups[random.Next(3)], Tier = stays || random.Next(2) == 0 ? "pupil" : "staff", Category = categories[random.Next(3)], Host = hosts[random.Next(4)], ActKind = random.Next(2) == 0 ? null : ActKind.PageView,
            });
        }
        foreach (var third in events.Chunk(1_000).Take(2))
        {
            // Closed and opened in between: what was added up goes on.
            await using var store = EventStore.Open(temp["events"], new FakeTimeProvider(First));
            foreach (var e in third) await store.EnqueueAsync(e);
        }
        // The last third is on disk and not counted yet, but for a step of it: most of it late events of days that are closed.
        foreach (var file in events.Skip(2_000).GroupBy(EventFile.Of))
        {
            using var writer = EventFileWriter.Open(temp["events"], file.Key, new FakeTimeProvider(First), Reference.Draw);
            writer.Write(file.Select(e => new PendingEvent(e, giveReference: false, enqueued: 0, committed: null)).ToArray());
            writer.Index(100);
        }

        var reader = new EventReader(temp["events"]);
        for (var i = 0; i < 200; i++)
        {
            var since = First.AddHours(random.Next(-5, 100)).AddMinutes(random.Next(60));
            // Every third time of people, as the pages ask.
            var by = i % 3 == 0 ? CountBy.Who | ((CountBy)random.Next(64) & (CountBy.Kind | CountBy.Tier | CountBy.Group)) : (CountBy)random.Next(128);
            var query = new CountQuery(since, since.AddHours(random.Next(1, 120)), by)
            {
                Who = random.Next(3) == 0 ? "person:p1" : null, Tier = random.Next(4) == 0 ? "pupil" : null, Group = random.Next(4) == 0 ? "4b" : null, Category = random.Next(4) == 0 ? "games" : null,
                Kinds = random.Next(3) == 0 ? [EventKind.Block, EventKind.Allow] : [], AddsRefused = random.Next(2) == 0, Limit = 100_000,
            };
            Assert.That(reader.Count(query).Rows.Select(row => row.ToString()), Is.EquivalentTo(Expected(events, query)), query.ToString());
            string[] tiers = query.Tier is null ? random.Next(4) == 0 ? ["staff", "pupil", "nobody"] : [] : [query.Tier];
            Assert.That(reader.CountHosts(query.Since, query.Until, tiers, query.Kinds, 10).Rows, Is.EquivalentTo(Within(events, query.Since, query.Until)
                .Where(e => e.Host is not null && (tiers.Length == 0 || tiers.Contains(e.Tier)) && (query.Kinds.Count == 0 || query.Kinds.Contains(e.Kind)))
                .GroupBy(e => e.Host!).Select(host => new HostCount(host.Key, host.Count(), host.Count(e => e.ActKind is not null)))));
        }
    }

    [Test]
    public async Task Count_WholeMonth_IsReadInOneCount()
    {
        using var temp = new TempFolder();
        await using (var store = EventStore.Open(temp["events"], new FakeTimeProvider(First)))
            for (var day = 0; day < 3; day++) await store.CommitAsync(new FilterEvent { Time = First.AddDays(day), Kind = EventKind.Block, Person = "p1", Host = "a.example" }, giveReference: false);
        using var connection = new SqliteConnection($"Data Source={temp["events"]}/2026-10.db;Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var names = new NameReader(connection);
        var counted = Counted.Of(connection, EventTable.SchemaVersion, EventMonth.Of(First));

        string[] Tables(DateTimeOffset since, DateTimeOffset until) => [.. StoredCounts.Plan(new CountQuery(since, until, CountBy.Who), counted, names, () => []).Select(each => $"{each.Sign:+0;-0} {each.Sql.Split(' ')[Array.IndexOf(each.Sql.Split(' '), "FROM") + 1]}")];
        var month = new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(Tables(month, month.AddMonths(1)), Is.EqualTo(["+1 who_months", "+1 who_hours"]), "the last hour is not closed");
            Assert.That(Tables(month.AddDays(2), month.AddYears(1)), Is.EqualTo(["+1 who_months", "-1 who_days", "+1 who_hours"]));
            Assert.That(Tables(month.AddDays(-9), month.AddDays(9)), Is.EqualTo(["+1 who_days"]));
            Assert.That(Tables(month.AddDays(29), month.AddMonths(1)), Is.EqualTo(["+1 who_days", "+1 who_hours"]), "today as far as its hours are closed");
            Assert.That(Tables(month.AddDays(27).AddHours(3), month.AddDays(29)), Is.EqualTo(["+1 who_hours", "+1 who_days"]));
            Assert.That(Tables(month.AddDays(29), month.AddDays(29).AddHours(5)), Is.EqualTo(["+1 who_hours"]));
        });
    }

    /// <summary>A school where half of the people changed class in the month is read row by row: that takes no longer than asking for each of them.</summary>
    [TestCase(0, "sum(events)")]
    [TestCase(500, "sum(events)", "events")]
    [TestCase(501, "events")]
    public async Task Plan_PeopleOfSeveralGroups_AreAskedForApart(int people, params string[] counts)
    {
        using var temp = new TempFolder();
        await using (var store = EventStore.Open(temp["events"], new FakeTimeProvider(First)))
            for (var day = 0; day < 3; day++) await store.CommitAsync(new FilterEvent { Time = First.AddDays(day), Kind = EventKind.Block, Person = "p1" }, giveReference: false);
        using var connection = new SqliteConnection($"Data Source={temp["events"]}/2026-10.db;Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var names = new NameReader(connection);
        var plan = StoredCounts.Plan(new CountQuery(First.AddDays(-9), First.AddDays(1), CountBy.Who | CountBy.Group), Counted.Of(connection, EventTable.SchemaVersion, EventMonth.Of(First)), names, () => [.. Enumerable.Range(1, people).Select(who => (long)who)]);
        Assert.That(plan.Where(each => each.Sql.Contains("who_days", StringComparison.Ordinal)).Select(each => each.Sql.Split(' ', ',')[1]), Is.EqualTo(counts));
    }

    private static IEnumerable<string> Expected(IEnumerable<FilterEvent> events, CountQuery query) => Within(events, query.Since, query.Until)
        .Where(e => (query.Who is null || e.Who == query.Who) && (query.Tier is null || e.Tier == query.Tier) && (query.Group is null || e.Group == query.Group) && (query.Category is null || e.Category == query.Category)
            && (query.Kinds.Count == 0 || query.Kinds.Contains(e.Kind)))
        .GroupBy(e => new CountRow(0, 0)
        {
            Hour = query.By.HasFlag(CountBy.Hour) ? Floor(e.Time) : null, Who = query.By.HasFlag(CountBy.Who) ? e.Who : null, Tier = query.By.HasFlag(CountBy.Tier) ? e.Tier : null, Group = query.By.HasFlag(CountBy.Group) ? e.Group : null,
            Category = query.By.HasFlag(CountBy.Category) ? e.Category : null, Kind = query.By.HasFlag(CountBy.Kind) ? e.Kind : null, Verdict = query.By.HasFlag(CountBy.Verdict) ? e.Decision : null,
        })
        .Select(rows => (rows.Key with { Events = rows.Count(), Acts = rows.Count(e => e.ActKind is not null), Refused = query.AddsRefused ? rows.Count(e => e.Decision >= Verdict.Warn) : 0 }).ToString());

    private static IEnumerable<FilterEvent> Within(IEnumerable<FilterEvent> events, DateTimeOffset since, DateTimeOffset until)
    {
        var (from, to) = (Floor(since), Floor(until) is var floor && floor < until ? floor.AddHours(1) : floor);
        return events.Where(e => e.Time >= from && e.Time < to);
    }

    private static DateTimeOffset Floor(DateTimeOffset time) => new(time.Year, time.Month, time.Day, time.Hour, 0, 0, TimeSpan.Zero);
}
