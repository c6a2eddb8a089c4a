using FilterGate.Events.Sqlite;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>No question that a page asks makes SQLite look through a table or sort one.</summary>
internal sealed class QueryPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly FilterEvent Full = new()
    {
        Time = Noon, Kind = EventKind.Block, Decision = Verdict.Block, Person = "p1", Device = "ipad-14", Client = "10.20.1.7", Group = "class-4b", Tier = "pupil", Category = "games", Host = "games.example",
        Url = "http://games.example/", ActKind = ActKind.BlockedAct, Intent = Intent.Typed,
    };

    private TempFolder _temp = null!;
    private SqliteConnection _connection = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        await using (var store = EventStore.Open(_temp["events"], new FakeTimeProvider(Noon))) await store.CommitAsync(Full, giveReference: true);
        _connection = new SqliteConnection($"Data Source={_temp["events"]}/2026-11.db;Mode=ReadOnly;Pooling=false");
        _connection.Open();
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        _connection.Dispose();
        _temp.Dispose();
    }

    private static IEnumerable<TestCaseData> Pages()
    {
        static TestCaseData Case(string name, EventQuery query) => new TestCaseData(query).SetName($"Search_{name}_ByAnIndex");
        yield return Case("Newest", new());
        yield return Case("OfADay", new() { Since = new DateTimeOffset(Noon.Date, TimeSpan.Zero), Until = Noon });
        yield return Case("NextPage", new() { Before = Full.Id });
        yield return Case("Acts", new() { Acts = EventQuery.EveryAct });
        yield return Case("OneKindOfAct", new() { Acts = [ActKind.Search], Since = Noon.AddDays(-7) });
        yield return Case("Person", new() { Person = "p1", Acts = EventQuery.EveryAct, Before = Full.Id });
        yield return Case("Device", new() { Device = "ipad-14" });
        yield return Case("Client", new() { Client = "10.20.1.7" });
        yield return Case("Category", new() { Category = "games" });
        yield return Case("Kinds", new() { Kinds = [EventKind.Block, EventKind.Circumvention] });
        yield return Case("Verdict", new() { Verdicts = [Verdict.Warn] });
        yield return Case("Group", new() { Group = "class-4b" });
        yield return Case("Tier", new() { Tier = "pupil" });
        yield return Case("Intent", new() { Intent = Intent.Typed });
        yield return Case("Host", new() { Host = "example" });
        yield return Case("PartsOfAnAct", new() { PartsOf = Full.Id });
        yield return Case("Text", new() { Text = "free games" });
        yield return Case("SearchedFor", new() { Acts = EventQuery.EveryAct, SearchedFor = ["hit me at home", "bully"], Since = Noon.AddDays(-1) });
        yield return Case("Categories", new() { Acts = EventQuery.EveryAct, Categories = ["games", "news"] });
        yield return Case("Everything", new() { Text = "free", Person = "p1", Tier = "pupil", Category = "games", Acts = [ActKind.Search], Kinds = [EventKind.Search], Since = Noon.AddDays(-1), Host = "games.example" });
    }

    [TestCaseSource(nameof(Pages))]
    public void Search(EventQuery query)
    {
        using var stored = new StoredEvents(_connection, EventTable.SchemaVersion, EventMonth.Of(Noon));
        var statements = stored.Statements(query).ToList();
        Assert.That(statements, Is.Not.Empty);
        foreach (var statement in statements) AssertBySearch(statement);
    }

    private static IEnumerable<TestCaseData> Reports()
    {
        static TestCaseData Case(string name, CountQuery query) => new TestCaseData(query).SetName($"Count_{name}_ByAnIndex");
        var (since, until) = (Noon.AddDays(-30).AddHours(3), Noon.AddHours(1));
        yield return Case("Everything", new(since, until, CountBy.Nothing));
        yield return Case("ByHour", new(since, until, CountBy.Hour) { Tier = "pupil" });
        yield return Case("ByCategoryAndVerdict", new(since, until, CountBy.Category | CountBy.Verdict) { Kinds = [EventKind.Block] });
        yield return Case("ByWho", new(since, until, CountBy.Who) { Kinds = [EventKind.Block] });
        yield return Case("ByWhoAndKind", new(since, until, CountBy.Who | CountBy.Kind));
        yield return Case("ByWhoAndKindAndGroup", new(since, until, CountBy.Who | CountBy.Kind | CountBy.Group | CountBy.Tier) { AddsRefused = true });
        yield return Case("ByWhoAndTierOfAGroup", new(since, until, CountBy.Who | CountBy.Tier) { Group = "class-4b" });
        yield return Case("ByWhoAndCategory", new(since, until, CountBy.Who | CountBy.Category));
        yield return Case("ByWhoAndHour", new(since, until, CountBy.Who | CountBy.Hour));
        yield return Case("OfOnePerson", new(since, until, CountBy.Hour | CountBy.Category) { Who = "person:p1" });
        yield return Case("OfOnePersonByCategory", new(since, until, CountBy.Category) { Who = "person:p1" });
    }

    [TestCaseSource(nameof(Reports))]
    public void Count(CountQuery query)
    {
        using var names = new NameReader(_connection);
        var statements = StoredCounts.Plan(query, Everything(), names, () => [1, 2]);
        Assert.That(statements, Is.Not.Empty);
        foreach (var (sql, _) in statements)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            AssertBySearch(command);
            Assert.That(sql, Does.Not.Contain("FROM events"), "counts are read, never made");
        }
    }

    [Test]
    public void CountHosts_ByAnIndex()
    {
        using var names = new NameReader(_connection);
        foreach (var (sql, _) in StoredCounts.HostsPlan(Everything(), Noon.AddDays(-9), Noon, ["pupil"], [EventKind.Block], names))
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            AssertBySearch(command);
        }
    }

    /// <summary>As if the month were closed but for its last eight days, so that every table is asked.</summary>
    private Counted Everything() => Counted.Of(_connection, EventTable.SchemaVersion, EventMonth.Of(Noon)) is var counted ? counted with { ClosedBefore = 24 * (counted.NextDay - 8) } : default;

    private static void AssertBySearch(SqliteCommand command)
    {
        var sql = command.CommandText;
        command.CommandText = "EXPLAIN QUERY PLAN " + sql;
        var steps = new List<string>();
        using (var row = command.ExecuteReader())
            while (row.Read()) steps.Add(row.GetString(3));
        Assert.That(steps, Is.Not.Empty);
        // The count of a whole file is read whole: that is what it is for.
        steps.RemoveAll(step => step is "SCAN months" or "SCAN who_months" or "SCAN host_months");
        // "SCAN … VIRTUAL TABLE INDEX" is how SQLite calls a question to the full-text index; the number says that words (M) are asked for.
        Assert.That(steps.Where(step => (step.StartsWith("SCAN", StringComparison.Ordinal) && !(step.Contains("VIRTUAL TABLE INDEX", StringComparison.Ordinal) && step.Contains('M', StringComparison.Ordinal) && !step.EndsWith(':'))) || step.Contains("TEMP B-TREE", StringComparison.Ordinal)), Is.Empty, $"{sql}\n{string.Join('\n', steps)}");
    }
}
