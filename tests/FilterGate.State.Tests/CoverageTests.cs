using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class CoverageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly CoverageKey Read = new(Noon, "pupil", DeviceKind.IPad, CoverageMode.Read, CoverageReason.None) { Holding = DeviceHolding.Trolley, Identity = CoverageIdentity.Device };
    private static readonly CoverageKey Tunnel = new(Noon, "guest", DeviceKind.Unknown, CoverageMode.NameOnly, CoverageReason.TierTunnels);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = StateStore.Open(_temp["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Test]
    public void AddCoverage_SameKeyTwice_AddsUp()
    {
        _store.AddCoverage([new CoverageCount(Read, 3, 1000), new CoverageCount(Tunnel, 1, 5)]);
        _store.AddCoverage([new CoverageCount(Read, 4, 24)]);

        Assert.That(_store.Coverage(Noon, Noon.AddHours(1)), Is.EqualTo([new CoverageCount(Tunnel, 1, 5), new CoverageCount(Read, 7, 1024)]));
        Assert.That(_store.AuditEntries(), Is.Empty, "a count is nobody's change");
    }

    [Test]
    public void AddCoverage_EachPartOfTheKey_HasARowOfItsOwn()
    {
        CoverageKey[] keys =
        [
            Read, Read with { Hour = Noon.AddHours(1) }, Read with { Tier = "staff" }, Read with { DeviceKind = DeviceKind.Chromebook }, Read with { Holding = DeviceHolding.Loan },
            Read with { Mode = CoverageMode.Exempt }, Read with { Reason = CoverageReason.HelpSite }, Read with { Identity = CoverageIdentity.Person },
        ];
        _store.AddCoverage([.. keys.Select(key => new CoverageCount(key, 1, 1))]);
        Assert.That(_store.Coverage(Noon, Noon.AddHours(2)).Select(c => c.Key), Is.EquivalentTo(keys));
    }

    [TestCase(-60, 0, 0, TestName = "Coverage_UntilTheHour_LeavesItOut")]
    [TestCase(0, 60, 1, TestName = "Coverage_TheHour_HasIt")]
    [TestCase(59, 61, 1, TestName = "Coverage_FromTheMiddleOfAnHour_CountsItWhole")]
    [TestCase(-60, 1, 1, TestName = "Coverage_UntilTheMiddleOfAnHour_CountsItWhole")]
    [TestCase(60, 120, 0, TestName = "Coverage_TheNextHour_HasNone")]
    public void Coverage(int sinceMinutes, int untilMinutes, int rows)
    {
        _store.AddCoverage([new CoverageCount(Read, 1, 1)]);
        Assert.That(_store.Coverage(Noon.AddMinutes(sinceMinutes), Noon.AddMinutes(untilMinutes)), Has.Count.EqualTo(rows));
    }

    [Test]
    public void AddCoverage_After400Days_ForgetsTheOldest()
    {
        _store.AddCoverage([new CoverageCount(Read, 1, 1)]);
        _clock.Advance(TimeSpan.FromDays(400));
        _store.AddCoverage([new CoverageCount(Read with { Hour = Noon.AddDays(400) }, 1, 1)]);
        Assert.That(_store.Coverage(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue), Has.Count.EqualTo(2), "400 days exactly are kept");

        _clock.Advance(TimeSpan.FromHours(1));
        _store.AddCoverage([new CoverageCount(Read with { Hour = Noon.AddDays(400) }, 1, 1)]);
        Assert.That(_store.Coverage(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue), Is.EqualTo([new CoverageCount(Read with { Hour = Noon.AddDays(400) }, 2, 2)]));
    }

    [Test]
    public void AddCoverage_Nothing_ChangesNothing()
    {
        var version = _store.DataVersion();
        _store.AddCoverage([]);
        Assert.That(_store.DataVersion(), Is.EqualTo(version), "every change makes each gateway read again what is in force");
    }

    [Test]
    public void CoverageTable_HasNeitherHostNorPerson()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_temp["state.db"]};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(name, ',') FROM pragma_table_info('coverage')";
        Assert.That(command.ExecuteScalar(), Is.EqualTo("hour,tier,device_kind,holding,mode,reason,identity,requests,bytes"));
    }
}
