using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Safeguarding.Tests.Keeping;

/// <summary>The daily round: what is due goes and is on record, what is there is anchored, what was changed is found.</summary>
internal sealed class RecordKeeperTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _state = null!;
    private EventStore _events = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_temp, _clock) = (new TempFolder(), new FakeTimeProvider(Noon));
        _state = StateStore.Open(_temp["state.db"], _clock);
        _events = EventStore.Open(_temp["events"], _clock);
        foreach (var months in (int[])[0, -1, -14])
            await _events.CommitAsync(new FilterEvent { Time = Noon.AddMonths(months), Kind = EventKind.Block, Host = "a.example" }, giveReference: false);
        _state.Audit("tech", "try", "something", null);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _events.DisposeAsync();
        _state.Dispose();
        _temp.Dispose();
    }

    private Task<KeepingReport> RunAsync() => new RecordKeeper(_state, _events, _temp["events"], _clock).RunAsync(Retention.Default, new PurgeLimits { FreeBytesMin = 0 }, "gateway", CancellationToken.None);

    [Test]
    public async Task RunAsync_FirstAndNextDay_ForgetsAnchorsAndFindsAllWhole()
    {
        var first = await RunAsync();
        Assert.That(first.IsWell, string.Join('\n', first.Problems.Concat(first.Integrity.AnchorProblems)));
        Assert.That(first.Purged.Select(file => file.File), Is.EqualTo(["2025-09.db"]));
        Assert.That(first.Integrity.Anchored, Is.EqualTo(Noon));
        Assert.That(_events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Single().Rule, Does.Contain("2025-09.db").And.Contain("purged by gateway"));

        _clock.Advance(TimeSpan.FromDays(1));
        await _events.CommitAsync(new FilterEvent { Time = _clock.GetUtcNow(), Kind = EventKind.Block, Host = "b.example" }, giveReference: false);
        var second = await RunAsync();
        Assert.That(second.IsWell);
        Assert.That(second.Purged, Is.Empty);
        // A line for each file that grew, one for what was dropped, and the audit of state.db twice.
        Assert.That(await File.ReadAllLinesAsync(Path.Combine(_temp["events"], EventIntegrity.AnchorsFile)), Has.Length.EqualTo(6));
    }

    [Test]
    public async Task RunAsync_OldAuditForgotten_TheAnchorsKnowIt()
    {
        Assert.That((await RunAsync()).IsWell);
        _clock.Advance(TimeSpan.FromDays(800));
        var report = await RunAsync();
        Assert.That(report.Forgotten, Does.ContainKey("rows of the audit"));
        Assert.That(report.IsWell, string.Join('\n', report.Problems.Concat(report.Integrity.AnchorProblems)));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That((await RunAsync()).IsWell);
    }

    [TestCase("events/2026-10.db", "UPDATE events SET status = 200")]
    [TestCase("state.db", "UPDATE audit SET subject = 'nothing'")]
    [TestCase("state.db", "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")]
    public async Task RunAsync_SomethingWasChanged_SaysSoUntilItIsPutRight(string file, string sql)
    {
        Assert.That((await RunAsync()).IsWell);
        using (var connection = new SqliteConnection($"Data Source={_temp[file]};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
        var report = await RunAsync();
        Assert.That(report.IsWell, Is.False);

        var status = KeepingStatus.After(report, new KeepingStatus { LastRun = Noon, LastSuccess = Noon }, Noon.AddDays(1));
        status.Write(_temp.Path);
        var read = KeepingStatus.Read(_temp.Path)!;
        Assert.That((read.LastRun, read.LastSuccess, read.IsWhole), Is.EqualTo((Noon.AddDays(1), (DateTimeOffset?)Noon, false)));
        Assert.That(read.Problems.Single(), Does.Contain(Path.GetFileName(file)));
        Assert.That(read.Sentence(at => at.ToString("O")), Does.Contain("did not end well").And.Contain("2026-11-23"));
    }

    [Test]
    public async Task RunAsync_DiskNearlyFull_SaysWhatItCannotDoAsAnEvent()
    {
        var report = await new RecordKeeper(_state, _events, _temp["events"], _clock).RunAsync(Retention.Default, new PurgeLimits { FreeBytesMin = long.MaxValue / 4 }, "gateway", CancellationToken.None);
        Assert.That(report.Problems.Single(), Does.Contain("nothing that needs attention is dropped for room"));
        Assert.That(_events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Select(e => e.Rule), Has.Some.Contain("nothing that needs attention is dropped"));
        Assert.That(File.Exists(Path.Combine(_temp["events"], "2026-10.db")));
    }
}
