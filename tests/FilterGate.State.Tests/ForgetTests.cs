using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>What says something of a person goes when its time is over; what waits or is in force stays.</summary>
internal sealed class ForgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        (_temp, _clock) = (new TempFolder(), new FakeTimeProvider(Now.AddDays(-800)));
        _store = StateStore.Open(_temp["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    private Forgotten Forget()
    {
        _clock.SetUtcNow(Now);
        return _store.Forget(Now.AddDays(-60), Now.AddDays(-366), Now.AddDays(-731), "gateway");
    }

    private UnblockRequest Request(string reference, RequestStatus status) => new(reference, _clock.GetUtcNow(), "10.20.1.7", "ipad-14", "pupil", $"http://{reference}.example/", $"{reference}.example", "games", "please", status);

    [Test]
    public void Forget_NothingOld_ChangesNothing()
    {
        _clock.SetUtcNow(Now.AddDays(-1));
        _store.Audit("tech", "try", "young", null);
        var before = _store.DataVersion();
        Assert.That(Forget(), Has.Property("Rows").Empty.And.Property("AuditUpTo").Null);
        Assert.That(_store.DataVersion(), Is.EqualTo(before));
    }

    [Test]
    public void Forget_AnsweredRequest_GoesAndAWaitingOneStays()
    {
        _store.AddRequest(Request("AAAA-AAAA", RequestStatus.Waiting));
        _store.AddRequest(Request("BBBB-BBBB", RequestStatus.Waiting));
        Execute("UPDATE requests SET status = 2 WHERE reference = 'AAAA-AAAA'");
        var forgotten = Forget();
        Assert.That(forgotten.Rows["requests"], Is.EqualTo(1));
        Assert.That(_store.FindRequest("AAAA-AAAA"), Is.Null);
        Assert.That(_store.FindRequest("BBBB-BBBB"), Is.Not.Null);
        Assert.That(_store.AuditEntries()[0], Has.Property("Action").EqualTo("state.forget").And.Property("Subject").Contain("1 requests"));
    }

    [Test]
    public void Forget_EndedOverride_GoesAndALiveOneStays()
    {
        Assert.That(Site.TryParse("a.example", out var site, out _));
        var ended = _store.Grant(Audience.ForTier("pupil"), site!, _clock.GetUtcNow(), _clock.GetUtcNow().AddHours(1), "maths", "tech")!;
        var live = _store.Grant(Audience.ForTier("pupil"), site!, _clock.GetUtcNow(), Now.AddDays(1), "for long", "tech")!;
        _store.MarkEndingRecorded(ended.Id);
        Assert.That(Forget().Rows["overrides"], Is.EqualTo(1));
        Assert.That(_store.Overrides().Select(granted => granted.Id), Is.EqualTo([live.Id]));
    }

    [Test]
    public void Forget_OldBooking_GoesAndAYoungOneStays()
    {
        _store.Book("ipad", "4b", _clock.GetUtcNow(), _clock.GetUtcNow().AddHours(1), null, "tech");
        _store.Book("netbook", "5a", Now.AddDays(-30), Now.AddDays(-30).AddHours(1), null, "tech");
        Assert.That(Forget().Rows["bookings of trolleys"], Is.EqualTo(1));
        Assert.That(_store.Bookings(Now.AddDays(-900)).Select(b => b.Booking.Trolley), Is.EqualTo(["netbook"]));
    }

    [Test]
    public void Forget_OldAudit_GoesAndTheChainGoesOn()
    {
        for (var i = 0; i < 5; i++) _store.Audit("tech", "try", $"old {i}", null);
        _clock.SetUtcNow(Now.AddDays(-1));
        for (var i = 0; i < 3; i++) _store.Audit("tech", "try", $"young {i}", null);
        var digest = _store.AuditDigest(5);

        var forgotten = Forget();

        Assert.That(forgotten.Rows["rows of the audit"], Is.EqualTo(5));
        Assert.That((forgotten.AuditUpTo!.Value.Id, forgotten.AuditUpTo.Value.Digest), Is.EqualTo((5L, digest)));
        Assert.That(_store.AuditEntries().Select(entry => entry.Subject), Is.EqualTo(["5 rows of the audit", "young 2", "young 1", "young 0"]));
        Assert.That(_store.VerifyAudit(), Has.Property("BrokenFrom").Null.And.Property("Rows").EqualTo(4));
        Execute("DELETE FROM audit WHERE id = 6");
        Assert.That(_store.VerifyAudit().BrokenFrom, Is.EqualTo(7), "and whoever takes another row away is found");
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_temp["state.db"]};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
