using FilterGate.Events.Sqlite;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>Searches for several things at once find all that is there, whether it is counted and in a closed hour, in an open one, or not counted yet; and what was never seen together is said at once.</summary>
internal sealed class CombinationsTests
{
    private static readonly DateTimeOffset First = new(2026, 10, 30, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Tiers = ["pupil", "staff", "guest"];
    private static readonly string[] Hosts = ["site1.example", "www.site1.example", "site2.co.uk", "images.site2.co.uk", "a-school.sch.uk", "10.20.0.1", "10.20.0.2", "com"];

    private TempFolder _temp = null!;
    private List<FilterEvent> _events = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        var random = new Random(11);
        _events = [.. Enumerable.Range(0, 1_200).Select(i => new FilterEvent
        {
            Time = First.AddMinutes(i * 4), Kind = (EventKind)random.Next(1, 6), Decision = random.Next(3) == 0 ? null : (Verdict)random.Next(5), Client = "10.20.1.7",
            Group = random.Next(9) == 0 ? null : $"class-{random.Next(12)}", Tier = Tiers[random.Next(3)], Category = random.Next(9) == 0 ? null : $"category-{random.Next(8)}", Host = Hosts[random.Next(Hosts.Length)],
        })];
        var counted = _events.GetRange(0, 1_000);
        await using (var store = EventStore.Open(_temp["events"], new FakeTimeProvider(First)))
            foreach (var e in counted) await store.EnqueueAsync(e);
        foreach (var file in _events.Skip(1_000).GroupBy(EventFile.Of))
        {
            using var writer = EventFileWriter.Open(_temp["events"], file.Key, new FakeTimeProvider(First), Reference.Draw);
            writer.Write(file.Select(e => new PendingEvent(e, giveReference: false, enqueued: 0, committed: null)).ToArray());
            writer.Index(20);
        }
    }

    [OneTimeTearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void Search_AnyTwoOrMore_FindsAllThatIsThere()
    {
        var random = new Random(12);
        var (reader, nowhere) = (new EventReader(_temp["events"]), 0);
        for (var i = 0; i < 400; i++)
        {
            var query = new EventQuery
            {
                Limit = 2_000, Group = random.Next(2) == 0 ? $"class-{random.Next(12)}" : null, Tier = random.Next(2) == 0 ? Tiers[random.Next(3)] : null, Category = random.Next(2) == 0 ? $"category-{random.Next(8)}" : null,
                Categories = random.Next(4) == 0 ? ["category-1", "category-2", "category-of-nothing"] : [], Kinds = random.Next(2) == 0 ? [(EventKind)random.Next(1, 6)] : [], Verdicts = random.Next(2) == 0 ? [(Verdict)random.Next(5)] : [],
                Host = random.Next(5) == 0 ? Hosts[random.Next(Hosts.Length)] : null,
            };
            var expected = _events.Where(e => (query.Group is null || e.Group == query.Group) && (query.Tier is null || e.Tier == query.Tier) && (query.Category is null || e.Category == query.Category)
                && (query.Categories.Count == 0 || query.Categories.Contains(e.Category)) && (query.Kinds.Count == 0 || query.Kinds.Contains(e.Kind)) && (query.Verdicts.Count == 0 || (e.Decision is { } verdict && query.Verdicts.Contains(verdict)))
                && (query.Host is null || e.Host == query.Host || e.Host!.EndsWith('.' + query.Host, StringComparison.Ordinal))).Select(e => e.Id).ToList();
            if (expected.Count == 0) nowhere++;
            Assert.That(reader.Search(query).Events.Select(e => e.Id), Is.EquivalentTo(expected), query.ToString());
        }
        Assert.That(nowhere, Is.InRange(40, 360), "both kinds of question were asked");
    }

    [Test]
    public void Search_NeverSeenTogether_AsksNoIndex()
    {
        var path = $"{_temp["events"]}/2026-10.db";
        EventReader.Read(path, problems: null, (connection, version) =>
        {
            var seen = _events.First(e => e is { Kind: EventKind.Block, Category: not null });
            using var stored = new StoredEvents(connection, version, EventMonth.Of(First));
            Assert.Multiple(() =>
            {
                Assert.That(stored.Statements(new EventQuery { Category = seen.Category, Tier = seen.Tier }).Any(IsOfIndex), Is.True);
                Assert.That(stored.Statements(new EventQuery { Categories = ["category-1"], Kinds = [EventKind.Block], Verdicts = [Verdict.Allow], Group = "class-1", Tier = "guest" }).Any(IsOfIndex), Is.False);
            });
        });

        static bool IsOfIndex(Microsoft.Data.Sqlite.SqliteCommand statement) => statement.CommandText.Contains("MATCH", StringComparison.Ordinal);
    }
}
