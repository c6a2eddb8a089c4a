using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>A file of every earlier schema says the same before it is brought over, after, and when that was interrupted.</summary>
internal sealed class UpgradeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private string _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _folder = _temp["events"];
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    /// <summary>An audit, a block with everything, an override, and a thousand blocks of one another's millisecond.</summary>
    private static List<FilterEvent> Events() =>
    [
        new() { Time = Noon, Kind = EventKind.Audit, Rule = "policy 3 by head" },
        new()
        {
            Time = Noon.AddSeconds(1), Kind = EventKind.Block, Gateway = "north", Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14", Person = "p1", Group = "class-4b", Tier = "pupil",
            Method = "GET", Url = "http://games.example/ü?q=1", Host = "games.example", Status = 403, Bytes = 12, Category = "games", List = "games/domains", Entry = "games.example", EntryId = "0123", Rule = "override 1",
            PolicyVersion = "p1", ListsVersion = "l1", Reference = Reference.FromValue(((long)EventMonth.Of(Noon).Modulo << 35) | 5).ToString(), Line = 7, ListVersion = "2026-11-20", ActKind = ActKind.BlockedAct, Intent = Intent.Typed,
            Title = "Games", SearchWords = "free games", Referer = "http://search.example/",
        },
        new() { Time = Noon.AddSeconds(2), Kind = EventKind.Override, Decision = Verdict.Allow, Reason = Reason.Override, Person = "p2", Url = "http://shop.example/", Host = "shop.example" },
        .. Enumerable.Range(0, 1_000).Select(i => new FilterEvent { Time = Noon.AddSeconds(3), Kind = EventKind.Block, Person = "p3", Url = $"http://many.example/{i}", Host = "many.example" }),
    ];

    [Test]
    public async Task OlderFile_BeforeAndAfterItIsBroughtOver_SaysTheSame([ValueSource(typeof(OlderFile), nameof(OlderFile.Versions))] int version)
    {
        var events = Events();
        OlderFile.Make(_folder, "2026-11.db", version, events);
        var expected = events.Select(e => OlderFile.As(e, version)).Reverse().ToList();
        var before = Look(expected, version);

        await using var store = EventStore.Open(_folder, new FakeTimeProvider(Noon));

        var after = Look(expected, version);
        Assert.That(after, Is.EqualTo(before));
        Assert.That(new EventReader(_folder).Search(new EventQuery { Host = "games.example", Text = "gam" }).Events, version < 3 ? Has.Count.LessThanOrEqualTo(1) : Is.EqualTo([expected[^2]]), "words are looked for once it is brought over");
        Assert.That(Directory.GetFiles(_folder, "*.db").Select(Path.GetFileName), Is.EqualTo(["2026-11.db"]), "an older file keeps all that it holds");
    }

    [Test]
    public async Task OlderFile_InterruptedWhileBroughtOver_GoesOnAndHasNothingTwice([ValueSource(typeof(OlderFile), nameof(OlderFile.Versions))] int version)
    {
        var events = Events();
        OlderFile.Make(_folder, "2026-11.db", version, events);
        await EventStore.Open(_folder, new FakeTimeProvider(Noon)).DisposeAsync();
        // As it would be after a crash before the last step was noted: the older table is there, some of it has been brought over.
        using (var connection = new SqliteConnection($"Data Source={_folder}/2026-11.db;Pooling=false"))
        {
            connection.Open();
            OlderFile.Make(_temp["again"], "2026-11.db", 3, events.Select(e => OlderFile.As(e, version)).Append(new FilterEvent { Time = Noon.AddSeconds(9), Kind = EventKind.Block, Host = "last.example" }));
            using var command = connection.CreateCommand();
            command.CommandText = $"ATTACH '{_temp["again"]}/2026-11.db' AS older; CREATE TABLE events_before_4 AS SELECT * FROM older.events";
            command.ExecuteNonQuery();
        }

        await EventStore.Open(_folder, new FakeTimeProvider(Noon)).DisposeAsync();

        var found = new EventReader(_folder).Search(new EventQuery { Limit = 5_000 }).Events;
        Assert.That(found, Has.Count.EqualTo(events.Count + 1));
        Assert.That(found[0].Host, Is.EqualTo("last.example"));
        Assert.That(new EventReader(_folder).Count(new CountQuery(Noon, Noon.AddHours(1), CountBy.Nothing)).Rows.Single().Events, Is.EqualTo(events.Count + 1));
    }

    /// <summary>Schemas 4 and 5 counted within the commit, by hour and by day at once, and indexed behind it; schema 6 closed whole days.</summary>
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(6)]
    public async Task FileThatWasCountedOtherwise_BeforeAndAfterItIsBroughtOver_CountsTheSame(int version)
    {
        var old = Noon.AddHours(-50);
        await using (var store = EventStore.Open(_folder, new FakeTimeProvider(Noon)))
            foreach (var (i, e) in Events().Take(50).Index()) await store.CommitAsync(e with { Time = old.AddHours(i / 3), Id = EventId.Next(old.AddHours(i / 3)) }, giveReference: false);
        foreach (var file in Directory.GetFiles(_folder, "*.db"))
        {
            if (version == 6) OlderFile.CloseByDays(file);
            else OlderFile.CountAtOnce(file, version);
        }
        string Counts(EventReader reader) => string.Join('\n', [
            .. reader.Count(new CountQuery(Noon.AddDays(-9), Noon, CountBy.Category | CountBy.Kind)).Rows.Select(row => row.ToString()),
            .. reader.Count(new CountQuery(Noon.AddDays(-9), Noon, CountBy.Who | CountBy.Kind)).Rows.Select(row => row.ToString()).Order(StringComparer.Ordinal),
            .. reader.Count(new CountQuery(Noon.AddDays(-9), Noon, CountBy.Verdict) { Who = "person:p3" }).Rows.Select(row => row.ToString()),
            .. reader.CountHosts(Noon.AddDays(-9), Noon, [], [], 9).Rows.Select(row => row.ToString()),
        ]);
        var before = Counts(new EventReader(_folder));
        Assert.That(before, Does.Contain("many.example").And.Contain("Events = 47"));

        await using (var store = EventStore.Open(_folder, new FakeTimeProvider(Noon)))
        {
            Assert.That(store.BringOver(CancellationToken.None), Is.Empty);
            Assert.That(Counts(store.Reader), Is.EqualTo(before));
            // A day that was there before the update goes on: its counts are kept up by hour, by day and by month.
            await store.CommitAsync(new FilterEvent { Time = old.AddMinutes(1), Kind = EventKind.Block, Person = "p3", Host = "many.example" }, giveReference: false);
            Assert.That(Counts(store.Reader), Does.Contain("Events = 48"));
        }
        Assert.That(Counts(new EventReader(_folder)), Does.Contain("Events = 48").And.Not.Contain("Events = 47"));
        Assert.That(new EventIntegrity(_folder, TimeProvider.System).Verify([]).Files.Select(file => file.State), Has.All.EqualTo(IntegrityState.Whole));
    }

    [Test]
    public async Task OlderFile_LateEventOfItsMonth_IsBroughtOverAndWritten()
    {
        OlderFile.Make(_folder, "2026-09.db", 3, [new FilterEvent { Time = Noon.AddMonths(-2), Kind = EventKind.Block, Host = "september.example" }]);
        await using (var store = EventStore.Open(_folder, new FakeTimeProvider(Noon)))
            await store.CommitAsync(new FilterEvent { Time = Noon.AddMonths(-2).AddSeconds(-1), Kind = EventKind.Block, Host = "late.example" }, giveReference: false);
        Assert.That(new EventReader(_folder).Search(new EventQuery()).Events.Select(e => e.Host), Is.EqualTo(["september.example", "late.example"]));
    }

    private string Look(List<FilterEvent> expected, int version)
    {
        var reader = new EventReader(_folder);
        var all = reader.Search(new EventQuery { Limit = 2_000 });
        Assert.That(all.Problems, Is.Empty);
        Assert.That(all.Events.Take(1_000).Select(e => e.Url), Is.EquivalentTo(expected.Take(1_000).Select(e => e.Url)));
        Assert.That(all.Events.Skip(1_000), Is.EqualTo(expected.Skip(1_000)));
        Assert.That(reader.FindByReference(expected[^2].Reference!), Is.EqualTo(expected[^2]));
        Assert.That(reader.Find(expected[5].Id), Is.EqualTo(expected[5]));
        Assert.That(reader.Search(new EventQuery { Person = "p1", Kinds = [EventKind.Block] }).Events, Is.EqualTo([expected[^2]]));
        Assert.That(reader.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events, Is.EqualTo([expected[^1]]));
        Assert.That(reader.Search(new EventQuery { Intent = Intent.Typed }).Events, Has.Count.EqualTo(version < 3 ? 0 : 1));
        var requests = new List<string>();
        reader.ReadRequests(Noon.AddDays(-1), Noon.AddDays(1), (in PastRequest request) => requests.Add(request.Url));
        return string.Join('\n', [
            .. reader.Count(new CountQuery(Noon, Noon.AddHours(1), CountBy.Who | CountBy.Kind | CountBy.Verdict)).Rows.Select(row => row.ToString()).Order(StringComparer.Ordinal),
            .. reader.CountHosts(Noon, Noon.AddHours(1), [], [], 10).Rows.Select(row => row.ToString()),
            .. requests,
        ]);
    }
}
