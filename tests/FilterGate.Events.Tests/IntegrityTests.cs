using System.Text;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Events.Tests;

/// <summary>Whoever changes what was written is found out, and what nobody changed is whole.</summary>
internal sealed class IntegrityTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

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

    /// <summary>Ten commits of three events, of which the middle one says everything that an event can say.</summary>
    private async Task WriteAsync(int commits = 10)
    {
        await using var store = EventStore.Open(_folder, _clock);
        for (var i = 0; i < commits; i++)
        {
            await store.EnqueueAsync(Event(i * 3));
            await store.EnqueueAsync(Event((i * 3) + 1) with
            {
                Client = "10.20.1.7", Device = "ipad-14", Group = "class-4b", Tier = "pupil", Method = "GET", Status = 403, Bytes = 12, Category = "games", List = "games/domains", Entry = "games.example", EntryId = "01", Line = 3,
                ListVersion = "v", Rule = "override 1", PolicyVersion = "p", ListsVersion = "l", ActKind = ActKind.Search, Act = EventId.Next(Noon), Intent = Intent.Typed, Title = "Zoë\0 \ud83d\ude00", SearchWords = "wörds \ud800", Referer = "http://a.example/",
            });
            await store.CommitAsync(Event((i * 3) + 2), giveReference: true);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private FilterEvent Event(int number) => new()
    {
        Time = _clock.GetUtcNow(), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = "p1", Url = $"http://site{number}.example/", Host = $"site{number}.example",
    };

    private IntegrityReport Verify(params OtherChain[] others) => new EventIntegrity(_folder, _clock).Verify(others);

    [Test]
    public async Task Verify_NothingTouched_IsWhole()
    {
        await WriteAsync();
        await using (var other = EventStore.Open(_folder, _clock))
        {
            await other.CommitAsync(new FilterEvent { Time = _clock.GetUtcNow(), Kind = EventKind.Audit, Rule = "looked" }, giveReference: false);
            var report = Verify();
            Assert.That(report.IsWhole);
            Assert.That(report.Files.Select(file => (file.File, file.State, file.Events)), Is.EqualTo([("2026-11.db", IntegrityState.Whole, 30L), ("2026-11.audit.db", IntegrityState.Whole, 1L)]));
            Assert.That(report.Files.SelectMany(file => file.ClockNotes), Is.Empty);
        }
        Assert.That(Verify().IsWhole, "closed");
    }

    [Test]
    public async Task Verify_OlderFileBroughtOver_IsWholeFromThen([ValueSource(typeof(OlderFile), nameof(OlderFile.Versions))] int version)
    {
        OlderFile.Make(_folder, "2026-11.db", version, Enumerable.Range(0, 20).Select(Event));
        Assert.That(Verify().Files.Single().State, Is.EqualTo(IntegrityState.WithoutDigests));
        await WriteAsync(1);
        Assert.That(Verify().Files.Single(), Has.Property("State").EqualTo(IntegrityState.Whole).And.Property("Events").EqualTo(23));
        Tamper("UPDATE events SET url = 'http://other.example/' WHERE seq = 5");
        Assert.That(Verify().Files.Single().State, Is.EqualTo(IntegrityState.Broken));
    }

    private static IEnumerable<TestCaseData> Tamperings()
    {
        static TestCaseData Case(string name, string sql, long from) => new TestCaseData(sql, from).SetName($"Verify_{name}_IsFound");
        foreach (var column in "time kind decision reason act_kind intent device client \"group\" tier category method status bytes list entry entry_id line list_version rule policy_version lists_version".Split(' '))
            yield return Case($"Changed_{column.Trim('"')}", $"UPDATE events SET {column} = {column} + 1 WHERE seq = 14", 13);
        foreach (var column in "person host gateway reference".Split(' ')) yield return Case($"Changed_{column}", $"UPDATE events SET {column} = 1 + {column} WHERE seq = 15", 13);
        foreach (var column in "url title search_words referer".Split(' ')) yield return Case($"Changed_{column}", $"UPDATE events SET {column} = {column} || ' ' WHERE seq = 14", 13);
        foreach (var column in "url person title search_words category act decision".Split(' ')) yield return Case($"Blanked_{column}", $"UPDATE events SET {column} = NULL WHERE seq = 14", 13);
        yield return Case("MovedFromOneColumnToAnother", "UPDATE events SET title = search_words, search_words = title WHERE seq = 14", 13);
        yield return Case("ChangedId", "UPDATE events SET id = randomblob(16) WHERE seq = 14", 13);
        yield return Case("ChangedAct", "UPDATE events SET act = randomblob(16) WHERE seq = 14", 13);
        yield return Case("ARenamedPerson", "UPDATE names SET text = 'p2' WHERE text = 'p1'", 1);
        yield return Case("ARenamedHost", "UPDATE names SET text = 'innocent.example' WHERE text = 'site13.example'", 13);
        yield return Case("ANameTakenAway", "DELETE FROM names WHERE text = 'site13.example'", 13);
        yield return Case("RemovedFromTheMiddle", "DELETE FROM events WHERE seq = 14", 13);
        yield return Case("RemovedFromTheBeginning", "DELETE FROM events WHERE seq = 1", 1);
        yield return Case("RemovedFromTheEnd", "DELETE FROM events WHERE seq = 30", 28);
        yield return Case("RemovedAndClosedUp", "DELETE FROM events WHERE seq = 14; UPDATE events SET seq = -seq + 1 WHERE seq > 14; UPDATE events SET seq = -seq WHERE seq < 0", 13);
        yield return Case("AllRemoved", "DELETE FROM events", 1);
        yield return Case("Inserted", "CREATE TABLE copy AS SELECT * FROM events WHERE seq = 14; UPDATE copy SET key = key + 1000000, seq = 31; INSERT INTO events SELECT * FROM copy; DROP TABLE copy", 31);
        yield return Case("Exchanged", "UPDATE events SET seq = -14 WHERE seq = 14; UPDATE events SET seq = 14 WHERE seq = 17; UPDATE events SET seq = 17 WHERE seq = -14", 13);
        yield return Case("ExchangedWithinACommit", "UPDATE events SET seq = -14 WHERE seq = 14; UPDATE events SET seq = 14 WHERE seq = 15; UPDATE events SET seq = 15 WHERE seq = -14", 13);
        yield return Case("ADigestChanged", "UPDATE chain SET digest = randomblob(32) WHERE seq = 15", 13);
        yield return Case("ACommitTakenOut", "DELETE FROM chain WHERE seq = 15", 13);
        yield return Case("ACommitTakenOutWithItsEvents", "DELETE FROM chain WHERE seq = 15; DELETE FROM events WHERE seq BETWEEN 13 AND 15", 13);
        yield return Case("TheFirstCommitTakenOutWithItsEvents", "DELETE FROM chain WHERE seq = 3; DELETE FROM events WHERE seq <= 3", 1);
    }

    [TestCaseSource(nameof(Tamperings))]
    public async Task Verify_Tampered(string sql, long from)
    {
        await WriteAsync();
        Tamper(sql);

        var file = Verify().Files.Single();

        Assert.That(file.State, Is.EqualTo(IntegrityState.Broken));
        Assert.That(file.BrokenFrom, Is.EqualTo(from));
        Assert.That(file.Problems, Is.Not.Empty);
    }

    [Test]
    public async Task Verify_CountsChanged_IsFound()
    {
        await WriteAsync();
        Tamper("UPDATE hours SET events = events - 1");
        Assert.That(Verify().Files.Single().Problems.Single(), Does.Contain("counts"));
    }

    [Test]
    public async Task Verify_TailRemovedWithItsDigests_IsFoundByTheAnchor()
    {
        await WriteAsync();
        Assert.That(Anchor(), Is.EqualTo(1));
        Assert.That(Anchor(), Is.Zero, "nothing new");
        Tamper("DELETE FROM chain WHERE seq > 24; DELETE FROM events WHERE seq > 24; UPDATE hours SET events = events * 8 / 10");
        Assert.That(Verify().Files.Single().State, Is.EqualTo(IntegrityState.Whole), "as far as the file itself says");
        Assert.That(Verify().AnchorProblems.Single(), Does.Contain("2026-11.db is not what it was").And.Contain("row 30"));
        Assert.That(Verify().IsWhole, Is.False);
    }

    [Test]
    public async Task Verify_FileMadeAnew_IsFoundByTheAnchor()
    {
        await WriteAsync();
        Anchor();
        foreach (var file in Directory.GetFiles(_folder, "2026-11.db*")) File.Delete(file);
        await WriteAsync();
        Assert.That(Verify().Files.Single().State, Is.EqualTo(IntegrityState.Whole));
        Assert.That(Verify().AnchorProblems.Single(), Does.Contain("2026-11.db is not what it was"));
    }

    [Test]
    public async Task Verify_FileTakenAway_IsFoundByTheAnchor()
    {
        await WriteAsync();
        Anchor();
        foreach (var file in Directory.GetFiles(_folder, "2026-11.db*")) File.Delete(file);
        Assert.That(Verify().AnchorProblems.Single(), Does.Contain("2026-11.db is missing"));
    }

    [Test]
    public async Task Verify_FilePassedOffAsAnother_IsFound()
    {
        await WriteAsync();
        File.Move(Path.Combine(_folder, "2026-11.db"), Path.Combine(_folder, "2026-10.db"));
        Assert.That(Verify().Files.Single(), Has.Property("State").EqualTo(IntegrityState.Broken).And.Property("BrokenFrom").EqualTo(1));
    }

    [Test]
    public async Task Verify_GrownSinceTheAnchor_IsWhole()
    {
        await WriteAsync();
        Anchor();
        await WriteAsync();
        Assert.That(Anchor(), Is.EqualTo(1));
        Assert.That(Verify(), Has.Property("IsWhole").True.And.Property("Anchored").EqualTo(_clock.GetUtcNow()));
    }

    [TestCase("a line changed", 2)]
    [TestCase("a line removed", 1)]
    [TestCase("a line that cannot be read", 2)]
    public async Task Verify_AnchorsTamperedWith_IsFound(string how, int problems)
    {
        for (var i = 0; i < 3; i++)
        {
            await WriteAsync(1);
            Anchor();
        }
        var path = Path.Combine(_folder, AnchorLog.FileName);
        var lines = (await File.ReadAllLinesAsync(path)).ToList();
        if (how == "a line removed") lines.RemoveAt(1);
        else lines[1] = how == "a line changed" ? lines[1].Replace(" 6 ", " 5 ", StringComparison.Ordinal) : "something else";
        await File.WriteAllLinesAsync(path, lines);
        Assert.That(Verify().AnchorProblems, Has.Count.EqualTo(problems));
    }

    [Test]
    public async Task Anchor_LineCutShortByACrash_IsWrittenAnew()
    {
        await WriteAsync(1);
        Anchor();
        await File.AppendAllTextAsync(Path.Combine(_folder, AnchorLog.FileName), "2026-11-23T12:0");
        Assert.That(Verify().IsWhole);
        await WriteAsync(1);
        Assert.That(Anchor(), Is.EqualTo(1));
        Assert.That(Verify().IsWhole);
        Assert.That(await File.ReadAllLinesAsync(Path.Combine(_folder, AnchorLog.FileName)), Has.Length.EqualTo(2));
    }

    [Test]
    public void Verify_AnotherChain_IsHeldAgainstTheAnchor()
    {
        Directory.CreateDirectory(_folder);
        var digest = new byte[32];
        var chain = new OtherChain("state.db", 7, digest, row => row == 7 ? digest : null);
        new EventIntegrity(_folder, _clock).Anchor([chain]);
        Assert.That(Verify(chain).IsWhole);
        Assert.That(Verify(chain with { DigestAt = _ => Encoding.ASCII.GetBytes(new string('x', 32)) }).AnchorProblems.Single(), Does.Contain("state.db is not what it was"));
        Assert.That(Verify(chain with { DigestAt = _ => null }).IsWhole, Is.False);
    }

    [Test]
    public async Task Verify_ClockSetBackBetweenCommits_IsNamedAndWhole()
    {
        await WriteAsync(2);
        await using (var store = EventStore.Open(_folder, new FakeTimeProvider(Noon.AddHours(-1))))
            await store.CommitAsync(new FilterEvent { Time = Noon.AddHours(-1), Kind = EventKind.Block, Host = "early.example" }, giveReference: false);
        var file = Verify().Files.Single();
        Assert.That(file.State, Is.EqualTo(IntegrityState.Whole));
        Assert.That(file.ClockNotes.Single(), Does.Contain("set back from 2026-11-23 12:01:00 to 2026-11-23 11:00:00").And.Contain("event 7"));
    }

    [Test]
    public async Task Verify_EventFarFromItsCommit_IsNamed()
    {
        await WriteAsync(1);
        await using (var store = EventStore.Open(_folder, _clock))
            foreach (var days in (int[])[-3, 3]) await store.CommitAsync(Event(9) with { Time = _clock.GetUtcNow().AddDays(days), Id = EventId.Next(_clock.GetUtcNow().AddDays(days)) }, giveReference: false);
        Assert.That(Verify().Files.Single().ClockNotes, Has.Count.EqualTo(2));
        Assert.That(Verify().IsWhole);
    }

    [Test]
    public async Task Verify_UnreadableFile_LeavesTheOthers()
    {
        await WriteAsync(1);
        await File.WriteAllTextAsync(Path.Combine(_folder, "2026-10.db"), new string('x', 10_000));
        Assert.That(Verify().Files.Select(file => file.State), Is.EqualTo([IntegrityState.Whole, IntegrityState.Unreadable]));
        Assert.That(Verify().IsWhole, Is.False);
    }

    private int Anchor() => new EventIntegrity(_folder, _clock).Anchor([]);

    private void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder}/2026-11.db;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
