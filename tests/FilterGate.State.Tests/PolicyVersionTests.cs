using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class PolicyVersionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = Open();
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Test]
    public void PutPolicyInForce_OnANewBox_IsVersionOneWithItsAuditRow()
    {
        var put = _store.PutPolicyInForce("p1", "school: A", "tech", "first", startedFrom: 0, "policy.apply")!;
        Assert.That(put, Is.EqualTo(new PolicyVersion(1, "p1", "school: A", Noon, "tech", "first")));
        Assert.That(_store.CurrentPolicy(), Is.EqualTo(put));
        var audit = _store.AuditEntries().Single();
        Assert.That((audit.Actor, audit.Action, audit.Subject, audit.Reason), Is.EqualTo(("tech", "policy.apply", "policy 1 (p1)", "first")));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void PutPolicyInForce_AnotherIsInForce_ChangesNothing(long startedFrom)
    {
        Put("p1", 0);
        Put("p2", 1);
        Assert.That(_store.PutPolicyInForce("p3", "school: p3", "tech", "why", startedFrom, "policy.apply"), Is.Null);
        Assert.That(_store.CurrentPolicy()!.Version, Is.EqualTo("p2"));
        Assert.That(_store.AuditEntries(), Has.Count.EqualTo(2));
    }

    [Test]
    public void PutPolicyInForce_ManyFromTheSameStart_OneOfThemWins()
    {
        Put("p0", 0);
        var results = new PolicyVersion?[8];
        Parallel.For(0, results.Length, i =>
        {
            // A store each, as each process has.
            using var store = Open();
            results[i] = store.PutPolicyInForce($"r{i}", $"school: r{i}", $"actor {i}", "race", startedFrom: 1, "policy.apply");
        });
        Assert.That(results.OfType<PolicyVersion>().Single(), Is.EqualTo(_store.CurrentPolicy()));
        Assert.That(_store.PolicyVersions(), Has.Count.EqualTo(2));
    }

    [Test]
    public void FindPolicy_ByNumberAndVersion_FindsTheNewestOfOneName()
    {
        Put("p1", 0);
        Put("p2", 1);
        Put("p1", 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_store.FindPolicy(2)!.Version, Is.EqualTo("p2"));
            Assert.That(_store.FindPolicy("p1")!.Number, Is.EqualTo(3));
            Assert.That(_store.FindPolicy(4), Is.Null);
            Assert.That(_store.FindPolicy("p9"), Is.Null);
            Assert.That(_store.PolicyBefore(3, "p1")!.Number, Is.EqualTo(2));
            Assert.That(_store.PolicyBefore(long.MaxValue, "other")!.Number, Is.EqualTo(3));
            Assert.That(_store.PolicyBefore(1, "p1"), Is.Null);
        }
    }

    [Test]
    public void PolicyBefore_TheSameTextTwice_IsPassedOver()
    {
        Put("p1", 0);
        Put("p2", 1);
        Put("p2", 2);
        Assert.That(_store.PolicyBefore(3, "p2")!.Number, Is.EqualTo(1));
    }

    [Test]
    public void PolicyVersions_ChangedByHand_IsRefused()
    {
        Put("p1", 0);
        using var connection = new SqliteConnection($"Data Source={_temp["state.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE policy_versions SET yaml = 'school: B'";
        Assert.That(() => command.ExecuteNonQuery(), Throws.InstanceOf<SqliteException>().With.Message.Contains("never changed"));
    }

    private void Put(string version, long startedFrom) => Assert.That(_store.PutPolicyInForce(version, $"school: {version}", "tech", "why", startedFrom, "policy.apply"), Is.Not.Null);

    private StateStore Open() => StateStore.Open(_temp["state.db"], _clock);
}
