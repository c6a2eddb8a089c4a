using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>A row of the audit that somebody changed, removed, put in or moved is found.</summary>
internal sealed class AuditChainTests
{
    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;

    [SetUp]
    public void SetUp() => (_temp, _clock) = (new TempFolder(), new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero)));

    [TearDown]
    public void TearDown() => _temp.Dispose();

    private StateStore Open() => StateStore.Open(_temp["state.db"], _clock);

    private void Write(int rows)
    {
        using var store = Open();
        for (var i = 0; i < rows; i++) store.Audit("tech", "try", $"row {i}", i % 2 == 0 ? null : "wörds");
    }

    [Test]
    public void VerifyAudit_NothingTouched_IsWhole()
    {
        Write(5);
        Write(5);
        using var store = Open();
        var found = store.VerifyAudit();
        Assert.That((found.Rows, found.BrokenFrom, found.Last), Is.EqualTo((10L, (long?)null, 10L)));
        Assert.That(store.AuditDigest(10), Is.EqualTo(found.Head));
        Assert.That(store.AuditDigest(11), Is.Null);
    }

    [Test]
    public void VerifyAudit_NoRow_IsWhole()
    {
        using var store = Open();
        Assert.That(store.VerifyAudit(), Has.Property("Rows").Zero.And.Property("BrokenFrom").Null.And.Property("Last").Zero);
    }

    [TestCase("UPDATE audit SET time = time + 1 WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET actor = 'head' WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET action = 'look' WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET subject = subject || ' ' WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET reason = NULL WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET reason = '' WHERE id = 3", 3)]
    [TestCase("UPDATE audit SET digest = NULL WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET digest = randomblob(32) WHERE id = 4", 4)]
    [TestCase("UPDATE audit SET action = 'tryrow', subject = ' 3' WHERE id = 4", 4)]
    [TestCase("DELETE FROM audit WHERE id = 4", 5)]
    [TestCase("DELETE FROM audit WHERE id = 1", 2)]
    [TestCase("INSERT INTO audit (time, actor, action, subject, digest) VALUES (0, 'head', 'put in', '', randomblob(32))", 9)]
    [TestCase("UPDATE audit SET id = -4 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = -4", 4)]
    [TestCase("INSERT INTO audit_removed (id, time, digest) VALUES (1, 0, randomblob(32))", 1)]
    public void VerifyAudit_Tampered_IsFound(string sql, long from)
    {
        Write(8);
        Tamper(sql);
        Write(1); // Opening the file again must not put it right.
        using var store = Open();
        Assert.That(store.VerifyAudit().BrokenFrom, Is.EqualTo(from));
    }

    [Test]
    public void Open_AuditOfAnOlderVersion_GetsDigestsOnce()
    {
        Write(3);
        Tamper("UPDATE audit SET digest = NULL");
        Write(1);
        using var store = Open();
        Assert.That(store.VerifyAudit(), Has.Property("Rows").EqualTo(4).And.Property("BrokenFrom").Null);
    }

    private void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_temp["state.db"]};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
