using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class StateStoreTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    private string FilePath => _temp["data/state.db"];

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = StateStore.Open(FilePath, _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Test]
    public void Open_CopyOutOfABackup_IsInWalModeAgain()
    {
        _store.CopyTo(_temp["copy.db"]);
        Assert.That(JournalMode(), Is.EqualTo("delete"), "a copy has no log beside it");
        StateStore.Open(_temp["copy.db"], _clock).Dispose();
        Assert.That(JournalMode(), Is.EqualTo("wal"), "else every reader would wait for a writer");

        string? JournalMode()
        {
            using var connection = new SqliteConnection($"Data Source={_temp["copy.db"]};Pooling=false");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode";
            return command.ExecuteScalar() as string;
        }
    }

    [Test]
    public void Grant_WithoutRequest_IsStoredWithItsAuditRow()
    {
        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "chess club", "tech")!;

        var expected = new OverrideRecord(granted.Id, Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "chess club", "tech", null, null, null, null);
        Assert.That(granted, Is.EqualTo(expected));
        Assert.That(_store.FindOverride(granted.Id), Is.EqualTo(expected));
        Assert.That(_store.Overrides(), Is.EqualTo([expected]));
        var audit = _store.AuditEntries().Single();
        Assert.That((audit.Time, audit.Actor, audit.Action, audit.Reason), Is.EqualTo((Noon, "tech", "override.grant", "chess club")));
        Assert.That(audit.Subject, Does.Contain("games.example").And.Contain("pupil").And.Contain("2026-11-22T13:00:00"));
    }

    [TestCase(0, TestName = "Grant_EndIsStart_Throws")]
    [TestCase(-1, TestName = "Grant_EndBeforeStart_Throws")]
    [TestCase(0.5, TestName = "Grant_LessThanAMillisecond_Throws")]
    public void Grant_EndNotAfterStart(double milliseconds)
    {
        Assert.That(() => _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond)), "why", "tech"), Throws.ArgumentException);
        Assert.That(_store.Overrides(), Is.Empty);
        Assert.That(_store.AuditEntries(), Is.Empty);
    }

    [TestCase("", "games.example", "why", "tech")]
    [TestCase("pupil", "games.example", "", "tech")]
    [TestCase("pupil", "games.example", "why", "")]
    public void Grant_BlankWord_Throws(string tier, string host, string reason, string actor) =>
        Assert.That(() => _store.Grant(Audience.ForTier(tier), Site.ForHost(host), Noon, Noon.AddHours(1), reason, actor), Throws.ArgumentException);

    [Test]
    public void LiveOverrides_RevokedAndEndedOnes_AreNotAmongThem()
    {
        var live = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("live.example"), Noon, Noon.AddHours(1), "why", "tech")!;
        var later = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("later.example"), Noon.AddHours(5), Noon.AddHours(6), "why", "tech")!;
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("short.example"), Noon, Noon.AddMinutes(1), "why", "tech");
        var revoked = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("revoked.example"), Noon, Noon.AddHours(1), "why", "tech")!;
        Assert.That(_store.Revoke(revoked.Id, "mistake", "lead"));

        Assert.That(_store.InForce(Noon.AddMinutes(1), BundleCatalogue.Empty).Overrides.All.Select(o => o.Id), Is.EqualTo([live.Id, later.Id]), "an override ends at its end, not after it");
        Assert.That(_store.InForce(Noon.AddMinutes(1).AddMilliseconds(-1), BundleCatalogue.Empty).Overrides.All.Select(o => o.Site.Host), Does.Contain("short.example"));
    }

    [Test]
    public void Revoke_OnceOnly_RecordsWhoAndWhy()
    {
        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "why", "tech")!;
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.That(_store.Revoke(granted.Id, "mistake", "lead"), Is.True);
        Assert.That(_store.Revoke(granted.Id, "again", "tech"), Is.False);
        Assert.That(_store.Revoke(granted.Id + 1, "no such", "tech"), Is.False);

        Assert.That(_store.FindOverride(granted.Id), Is.EqualTo(granted with { RevokedAt = Noon.AddMinutes(10), RevokedBy = "lead", RevokeReason = "mistake" }));
        Assert.That(_store.AuditEntries().Select(a => a.Action), Is.EqualTo(["override.revoke", "override.grant"]));
    }

    [Test]
    public void Revoke_Ended_IsFalse()
    {
        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "why", "tech")!;
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That(_store.Revoke(granted.Id, "too late", "lead"), Is.False);
    }

    [Test]
    public void AddRequest_EveryField_ReadsBackInAnySpelling()
    {
        var request = Request("K7Q4-M2XD") with { Device = "ipad-14", Category = "games", Note = "for maths, please" };

        Assert.That(_store.AddRequest(request), Is.EqualTo(request));
        Assert.That(_store.FindRequest("k7q4m2xd"), Is.EqualTo(request));
        Assert.That(_store.Requests(), Is.EqualTo([request]));
        Assert.That(_store.FindRequest("K7Q4-M2XE"), Is.Null);
        Assert.That(_store.FindRequest("nonsense"), Is.Null);
        Assert.That(_store.AuditEntries().Single().Action, Is.EqualTo("request.ask"));
    }

    [Test]
    public void AddRequest_SameTierAndHostWaits_ReturnsTheOneThatWaits()
    {
        var first = _store.AddRequest(Request("K7Q4-M2XD"));

        Assert.That(_store.AddRequest(Request("AAAA-AAAA") with { Note = "me too" }), Is.EqualTo(first));
        Assert.That(_store.AddRequest(Request("BBBB-BBBB") with { Tier = "staff" }).Reference, Is.EqualTo("BBBB-BBBB"));
        Assert.That(_store.AddRequest(Request("CCCC-CCCC") with { Host = "www.games.example" }).Reference, Is.EqualTo("CCCC-CCCC"));
        Assert.That(_store.Requests(), Has.Count.EqualTo(3));

        _store.Refuse("K7Q4-M2XD", "no", "lead");
        Assert.That(_store.AddRequest(Request("DDDD-DDDD")).Reference, Is.EqualTo("DDDD-DDDD"), "an answered request no longer stands in the way");
        Assert.That(_store.AddRequest(Request("K7Q4-M2XD")).Status, Is.EqualTo(RequestStatus.Refused), "one page asks once");
    }

    [Test]
    public void Grant_ForARequest_MarksItApproved()
    {
        _store.AddRequest(Request("K7Q4-M2XD"));
        _clock.Advance(TimeSpan.FromMinutes(3));

        var granted = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), _clock.GetUtcNow(), Noon.AddHours(1), "ok", "lead", "k7q4m2xd")!;

        var request = _store.FindRequest("K7Q4-M2XD")!;
        Assert.That((request.Status, request.DecidedAt, request.DecidedBy, request.DecisionReason, request.OverrideId),
            Is.EqualTo((RequestStatus.Approved, (DateTimeOffset?)Noon.AddMinutes(3), "lead", "ok", (long?)granted.Id)));
        Assert.That(granted.RequestReference, Is.EqualTo("K7Q4-M2XD"));
        Assert.That(_store.Requests(), Is.Empty);
        Assert.That(_store.Requests(RequestStatus.Approved), Has.Count.EqualTo(1));
        Assert.That(_store.Requests(status: null), Has.Count.EqualTo(1));
    }

    [Test]
    public void Grant_RequestNotWaiting_LeavesNothingBehind()
    {
        _store.AddRequest(Request("K7Q4-M2XD"));
        Assert.That(_store.Refuse("K7Q4-M2XD", "no", "lead"));
        var before = _store.AuditEntries().Count;

        Assert.That(_store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "ok", "tech", "K7Q4-M2XD"), Is.Null);
        Assert.That(_store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "ok", "tech", "ZZZZ-ZZZZ"), Is.Null);
        Assert.That(_store.Refuse("K7Q4-M2XD", "again", "tech"), Is.False);

        Assert.That(_store.Overrides(), Is.Empty);
        Assert.That(_store.AuditEntries(), Has.Count.EqualTo(before));
    }

    [Test]
    public void Grant_OneRequestFromManyConnections_OneWins()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => StateStore.Open(FilePath, _clock)).ToArray();
        for (var round = 0; round < 10; round++)
        {
            var reference = $"K7Q4-M2X{round}";
            _store.AddRequest(Request(reference) with { Host = $"h{round}.example" });
            var won = 0;
            Parallel.ForEach(stores, new ParallelOptions { MaxDegreeOfParallelism = stores.Length }, store =>
            {
                // Approve and refuse race too.
                if (store == stores[0] ? store.Refuse(reference, "no", "other") : store.Grant(Audience.ForTier("pupil"), Site.ForHost($"h{round}.example"), Noon, Noon.AddHours(1), "ok", "tech", reference) is not null)
                    Interlocked.Increment(ref won);
            });
            Assert.That(won, Is.EqualTo(1), $"round {round}");
        }
        foreach (var store in stores) store.Dispose();
        Assert.That(_store.Overrides(), Has.Count.EqualTo(_store.Requests(RequestStatus.Approved).Count));
        Assert.That(_store.Requests(RequestStatus.Waiting), Is.Empty);
    }

    [Test]
    public void CountWaiting_CountsOnlyThisClientsWaitingOnes()
    {
        _store.AddRequest(Request("AAAA-AAAA") with { Host = "a.example" });
        _store.AddRequest(Request("BBBB-BBBB") with { Host = "b.example" });
        _store.AddRequest(Request("CCCC-CCCC") with { Host = "c.example", Client = "10.20.1.8" });
        _store.Refuse("AAAA-AAAA", "no", "lead");
        Assert.That(_store.CountWaiting("10.20.1.7"), Is.EqualTo(1));
    }

    [Test]
    public void UnrecordedEndings_UntilMarked_ListsEndedOnesThatWereNotRevoked()
    {
        var ended = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("ended.example"), Noon, Noon.AddMinutes(1), "why", "tech")!;
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("live.example"), Noon, Noon.AddHours(1), "why", "tech");
        var revoked = _store.Grant(Audience.ForTier("pupil"), Site.ForHost("revoked.example"), Noon, Noon.AddMinutes(1), "why", "tech")!;
        _store.Revoke(revoked.Id, "mistake", "lead");

        Assert.That(_store.UnrecordedEndings(Noon.AddMinutes(1).AddMilliseconds(-1)), Is.Empty);
        Assert.That(_store.UnrecordedEndings(Noon.AddMinutes(1)).Select(o => o.Id), Is.EqualTo([ended.Id]));
        _store.MarkEndingRecorded(ended.Id);
        Assert.That(_store.UnrecordedEndings(Noon.AddMinutes(1)), Is.Empty);
    }

    [Test]
    public void ImportPolicy_SameVersionAgain_ChangesNothing()
    {
        Assert.That(_store.CurrentPolicy(), Is.Null);
        var first = _store.ImportPolicy("p1", "school: A", "tech", "first");
        Assert.That(first, Is.EqualTo(new PolicyVersion(first.Number, "p1", "school: A", Noon, "tech", "first")));
        Assert.That(_store.ImportPolicy("p1", "school: A", "lead", "again"), Is.EqualTo(first));

        var second = _store.ImportPolicy("p2", "school: B", "lead", "second");
        Assert.That(_store.CurrentPolicy(), Is.EqualTo(second));
        var back = _store.ImportPolicy("p1", "school: A", "lead", "back again");
        Assert.That(_store.CurrentPolicy(), Is.EqualTo(back));
        Assert.That(_store.PolicyVersions().Select(p => p.Version), Is.EqualTo(["p1", "p2", "p1"]));
        Assert.That(_store.AuditEntries().Count(a => a.Action == "policy.import"), Is.EqualTo(3));
    }

    [Test]
    public void DataVersion_ChangesWithEveryChangeAndOnlyThen()
    {
        using var other = StateStore.Open(FilePath, _clock);
        var before = _store.DataVersion();
        Assert.That(_store.DataVersion(), Is.EqualTo(before));

        other.Audit("tech", "trial", "nothing", null);
        var afterOther = _store.DataVersion();
        Assert.That(afterOther, Is.Not.EqualTo(before), "another connection's change");

        _store.Audit("tech", "trial", "nothing", null);
        Assert.That(_store.DataVersion(), Is.Not.EqualTo(afterOther), "its own change");
    }

    [Test]
    public void Open_Again_FindsWhatWasThere()
    {
        _store.Grant(Audience.ForTier("pupil"), Site.ForHost("games.example"), Noon, Noon.AddHours(1), "why", "tech");
        _store.Dispose();
        _store = StateStore.Open(FilePath, _clock);
        Assert.That(_store.Overrides().Single().Site.Host, Is.EqualTo("games.example"));
    }

    [Test]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Open_NewFile_IsPrivate()
    {
        const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(_temp["data"]), Is.EqualTo(OwnerFile | UnixFileMode.UserExecute));
        foreach (var file in Directory.GetFiles(_temp["data"])) Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnerFile), file);
    }

    [Test]
    public void Open_TwentyAtOnceOnANewFile_AllSucceed()
    {
        Parallel.For(0, 20, i => StateStore.Open(_temp["fresh/state.db"], _clock).Dispose());
        using var store = StateStore.Open(_temp["fresh/state.db"], _clock);
        Assert.That(store.AuditEntries(), Is.Empty);
    }

    [Test]
    public void Open_NewerSchema_IsRefused()
    {
        _store.Dispose();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }
        Assert.That(() => StateStore.Open(FilePath, _clock), Throws.TypeOf<StateStoreException>().With.Message.Contain("newer FilterGate"));
    }

    [Test]
    public void Open_DamagedFile_SaysWhatToDo()
    {
        File.WriteAllText(_temp["broken.db"], new string('x', 10_000));
        Assert.That(() => StateStore.Open(_temp["broken.db"], _clock), Throws.TypeOf<StateStoreException>().With.Message.Contain("is damaged").And.Message.Contain("backup"));
    }

    [Test]
    public void Open_FolderIsAFile_SaysSo()
    {
        File.WriteAllText(_temp["file"], "");
        Assert.That(() => StateStore.Open(_temp["file/state.db"], _clock), Throws.TypeOf<StateStoreException>().With.Message.Contain("file"));
    }

    private static UnblockRequest Request(string reference) =>
        new(reference, Noon, "10.20.1.7", null, "pupil", "http://games.example/a", "games.example", null, "please", RequestStatus.Waiting);
}
