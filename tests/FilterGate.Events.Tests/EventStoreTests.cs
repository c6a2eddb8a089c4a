using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

internal sealed class EventStoreTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private string _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _folder = _temp["events"];
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public async Task CommitAsync_EveryField_ReadsBackTheSame()
    {
        await using var store = Open();
        var full = new FilterEvent
        {
            Time = Noon.AddMilliseconds(123), Kind = EventKind.Block, Gateway = "north", Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14",
            Person = "p-1", Group = "year-5", Tier = "pupil", Method = "GET", Url = "http://games.example/ü?q='; DROP TABLE events", Host = "games.example", Status = 403, Bytes = 5_000_000_000, Category = "games",
            List = "games/domains", Entry = "games.example", EntryId = "0123456789ab", Rule = "override 12", PolicyVersion = "p1", ListsVersion = "l1",
            Line = 123_456, ListVersion = "2026-11-20",
        };
        var bare = new FilterEvent { Time = Noon, Kind = EventKind.Audit };

        var committed = await store.CommitAsync(full, giveReference: true);
        Assert.That(await store.CommitAsync(bare, giveReference: false), Is.EqualTo(bare));

        Assert.That(committed, Is.EqualTo(full with { Reference = committed.Reference }));
        Assert.That(Reference.Normalise(committed.Reference), Is.EqualTo(committed.Reference));
        Assert.That(store.Search(new EventQuery()).Events, Is.EqualTo(new[] { committed, bare }));
        Assert.That(store.FindByReference(committed.Reference!.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)), Is.EqualTo(committed));
        Assert.That(store.FindByReference("0000-0000"), Is.Null);
        Assert.That(store.FindByReference("no reference"), Is.Null);
    }

    [Test]
    public async Task CommitAsync_SameEventTwice_IsStoredOnceWithOneReference()
    {
        await using var store = Open();
        var filterEvent = Block("games.example");

        var first = await store.CommitAsync(filterEvent, giveReference: true);
        var second = await store.CommitAsync(filterEvent, giveReference: true);
        var asStored = await store.CommitAsync(first, giveReference: false);

        Assert.That((second.Reference, asStored.Reference), Is.EqualTo((first.Reference, first.Reference)));
        Assert.That(store.Search(new EventQuery()).Events, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task CommitAsync_ReferenceOfAnotherEvent_IsKeptOutButTheEventIsKept()
    {
        await using var store = Open();
        var first = await store.CommitAsync(Block("a.example"), giveReference: true);

        var second = Block("b.example") with { Reference = first.Reference };
        await store.CommitAsync(second, giveReference: false);

        Assert.That(store.FindByReference(first.Reference!)!.Host, Is.EqualTo("a.example"));
        Assert.That(store.Search(new EventQuery { Host = "b.example" }).Events.Single().Reference, Is.Null);
    }

    [Test]
    public async Task CommitAsync_TurnOfTheMonthInUtc_FilesByTheEventsMonth()
    {
        await using (var store = Open())
        {
            // Half past midnight in a zone east of Greenwich is still November in UTC.
            await store.CommitAsync(At(new DateTimeOffset(2026, 12, 1, 0, 30, 0, TimeSpan.FromHours(1)), "november.example"), giveReference: false);
            await store.CommitAsync(At(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), "december.example"), giveReference: false);
            await store.CommitAsync(At(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), "january.example"), giveReference: false);
            await store.CommitAsync(At(new DateTimeOffset(2026, 11, 2, 0, 0, 0, TimeSpan.Zero), "late.example"), giveReference: false);
        }
        Assert.That(Directory.GetFiles(_folder, "*.db").Select(Path.GetFileName), Is.EquivalentTo(["2026-11.db", "2026-12.db", "2027-01.db"]));
        Assert.That(Hosts(new EventQuery()), Is.EqualTo(["january.example", "december.example", "november.example", "late.example"]));
        Assert.That(Rows("2026-11.db"), Is.EqualTo(2));
    }

    [Test]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Open_NewFolder_MakesPrivateFiles()
    {
        await using var store = Open();
        await store.CommitAsync(Block("games.example"), giveReference: false);

        const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(_folder), Is.EqualTo(OwnerFile | UnixFileMode.UserExecute));
        foreach (var file in Directory.GetFiles(_folder)) Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnerFile), file);
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName), Does.Contain("2026-11.db-wal"));
    }

    [Test]
    public async Task Search_Pages_CoverEverythingOnceAcrossMonths()
    {
        await using var store = Open();
        var all = new List<FilterEvent>();
        for (var i = 0; i < 70; i++)
        {
            // Three to a millisecond, over the end of a month.
            var made = At(new DateTimeOffset(2026, 11, 30, 23, 59, 59, 990, TimeSpan.Zero).AddMilliseconds(i / 3), $"h{i}.example");
            all.Add(made);
            await store.EnqueueAsync(made);
        }
        await store.CommitAsync(At(Noon, "oldest.example"), giveReference: false);

        var found = new List<string?>();
        Guid? before = null;
        EventPage page;
        do
        {
            page = store.Search(new EventQuery { Limit = 10, Before = before });
            Assert.That(page.Problems, Is.Empty);
            found.AddRange(page.Events.Select(e => e.Host));
            before = page.Events[^1].Id;
        }
        while (page.HasMore);

        Assert.That(found, Is.EqualTo(all.Select(e => e.Host).Reverse().Append("oldest.example")));
    }

    private static IEnumerable<TestCaseData> Queries()
    {
        static TestCaseData Case(string name, EventQuery query, params string[] hosts) => new TestCaseData(query, hosts).SetName($"Search_{name}");
        yield return Case("Everything_NewestFirst", new(), "d.test", "www.example.org", "ample.org", "example.org");
        yield return Case("Since_IncludesItsInstant", new() { Since = Noon.AddMinutes(2) }, "d.test", "www.example.org");
        yield return Case("Since_ATickLater_LeavesItOut", new() { Since = Noon.AddMinutes(2).AddTicks(1) }, "d.test");
        yield return Case("Until_LeavesItsInstantOut", new() { Until = Noon.AddMinutes(2) }, "ample.org", "example.org");
        yield return Case("Tier_Exact", new() { Tier = "pupil" }, "www.example.org", "example.org");
        yield return Case("Tier_Unknown_None", new() { Tier = "pup" });
        yield return Case("Category_Exact", new() { Category = "games" }, "ample.org");
        yield return Case("Host_CoversSubDomainsByWholeLabels", new() { Host = "example.org" }, "www.example.org", "example.org");
        yield return Case("Host_SubDomain_DoesNotFindItsParent", new() { Host = "www.example.org" }, "www.example.org");
        yield return Case("Host_LikeWildcard_IsAnOrdinaryCharacter", new() { Host = "%ample.org" });
        yield return Case("Host_TopLevel_CoversAll", new() { Host = "org" }, "www.example.org", "ample.org", "example.org");
        yield return Case("Client_Exact", new() { Client = "10.20.1.7" }, "d.test");
        yield return Case("Person_Exact", new() { Person = "p-1" }, "ample.org");
        yield return Case("Kinds_AnyOfThem", new() { Kinds = [EventKind.Override, EventKind.Search] }, "d.test", "ample.org");
        yield return Case("SeveralFilters_AllHold", new() { Tier = "pupil", Host = "example.org", Until = Noon.AddMinutes(1) }, "example.org");
        yield return Case("Limit_StopsAtIt", new() { Limit = 1 }, "d.test");
    }

    [TestCaseSource(nameof(Queries))]
    public async Task Search(EventQuery query, string[] hosts)
    {
        await using var store = Open();
        await store.EnqueueAsync(At(Noon, "example.org") with { Tier = "pupil" });
        await store.EnqueueAsync(At(Noon.AddMinutes(1), "ample.org") with { Tier = "staff", Category = "games", Person = "p-1", Kind = EventKind.Override });
        await store.EnqueueAsync(At(Noon.AddMinutes(2), "www.example.org") with { Tier = "pupil", Category = "games-and-more" });
        await store.CommitAsync(At(Noon.AddMinutes(3), "d.test") with { Client = "10.20.1.7", Kind = EventKind.Search }, giveReference: false);

        Assert.That(store.Search(query).Events.Select(e => e.Host), Is.EqualTo(hosts));
    }

    [Test]
    public async Task Search_After_FindsOnlyYounger()
    {
        await using var store = Open();
        var events = Enumerable.Range(0, 5).Select(i => At(Noon.AddDays(10 * i), $"h{i}.example")).ToArray();
        foreach (var e in events) await store.CommitAsync(e, giveReference: false);

        Assert.That(store.Search(new EventQuery { After = events[2].Id }).Events.Select(e => e.Host), Is.EqualTo(["h4.example", "h3.example"]));
        Assert.That(store.Search(new EventQuery { After = events[4].Id }).Events, Is.Empty);
    }

    [Test]
    public async Task Search_DamagedMonth_IsReportedAndTheOthersAreRead()
    {
        await using (var store = Open())
            foreach (var month in (int[])[8, 9, 11]) await store.CommitAsync(At(new DateTimeOffset(2026, month, 5, 0, 0, 0, TimeSpan.Zero), $"m{month}.example"), giveReference: false);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "2026-09.db"), Enumerable.Repeat((byte)0x5A, 20_000).ToArray());

        var page = new EventReader(_folder).Search(new EventQuery());

        Assert.That(page.Events.Select(e => e.Host), Is.EqualTo(["m11.example", "m8.example"]));
        Assert.That(page.Problems, Has.Count.EqualTo(2));
        Assert.That(page.Problems[0], Does.Contain("no file for 2026-10"));
        Assert.That(page.Problems[1], Does.Contain("2026-09.db is damaged"));
    }

    [Test]
    public async Task Search_FileOfANewerVersion_IsReportedAndOpenRefusesIt()
    {
        await using (var store = Open()) await store.CommitAsync(Block("games.example"), giveReference: false);
        using (var connection = new SqliteConnection($"Data Source={_folder}/2026-11.db;Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        Assert.That(new EventReader(_folder).Search(new EventQuery()).Problems.Single(), Does.Contain("newer FilterGate").And.Contain("schema 99"));
        Assert.That(() => Open(), Throws.TypeOf<EventStoreException>().With.Message.Contain("newer FilterGate"));
    }

    [Test]
    public void Open_FolderIsAFile_SaysWhatToDo()
    {
        File.WriteAllText(_folder, "");
        Assert.That(() => Open(), Throws.TypeOf<EventStoreException>().With.Message.Contain(_folder));
    }

    [Test]
    public void Open_DamagedFile_SaysWhatToDo()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "2026-11.db"), new string('x', 10_000));
        Assert.That(() => Open(), Throws.TypeOf<EventStoreException>().With.Message.Contain("is damaged").And.Message.Contain("move the file aside"));
    }

    [Test]
    public async Task ReadNew_EventsWrittenOutOfOrder_AreAllSeenOnce()
    {
        await using var store = Open();
        await store.CommitAsync(At(Noon, "before.example"), giveReference: false);
        var position = store.Reader.Position();
        var query = new EventQuery { Limit = 2 };

        await store.CommitAsync(At(Noon.AddSeconds(5), "young.example"), giveReference: false);
        Assert.That(store.Reader.ReadNew(position, query).Events.Select(e => e.Host), Is.EqualTo(["young.example"]));
        // An hour-long request, recorded at its end under the time of its beginning.
        foreach (var (host, time) in new[] { ("old.example", Noon.AddSeconds(1)), ("b.example", Noon.AddSeconds(6)), ("next-month.example", Noon.AddDays(20)) })
            await store.CommitAsync(At(time, host), giveReference: false);

        Assert.That(store.Reader.ReadNew(position, query).Events.Select(e => e.Host), Is.EqualTo(["old.example", "b.example"]));
        Assert.That(store.Reader.ReadNew(position, query).Events.Select(e => e.Host), Is.EqualTo(["next-month.example"]));
        Assert.That(store.Reader.ReadNew(position, query).Events, Is.Empty);
    }

    [Test]
    public async Task DisposeAsync_EventsWaiting_AreWritten()
    {
        var store = Open(new EventStoreOptions { BatchTime = TimeSpan.FromMinutes(10) });
        for (var i = 0; i < 500; i++) await store.EnqueueAsync(Block($"h{i}.example"));
        await store.DisposeAsync();

        Assert.That(Rows("2026-11.db"), Is.EqualTo(500));
        Assert.That(async () => await store.EnqueueAsync(Block("late.example")), Throws.TypeOf<ObjectDisposedException>());
    }

    private EventStore Open(EventStoreOptions? options = null) => EventStore.Open(_folder, _clock, options);

    private static FilterEvent Block(string host) => At(Noon, host);

    private static FilterEvent At(DateTimeOffset time, string host) => new() { Time = time, Kind = EventKind.Block, Host = host };

    private IEnumerable<string?> Hosts(EventQuery query) => new EventReader(_folder).Search(query).Events.Select(e => e.Host);

    private long Rows(string file)
    {
        using var connection = new SqliteConnection($"Data Source={_folder}/{file};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM events";
        return (long)command.ExecuteScalar()!;
    }
}
