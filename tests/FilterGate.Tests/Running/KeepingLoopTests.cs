using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Running;
using FilterGate.Safeguarding.Keeping;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Running;

/// <summary>The records are looked after each night, and soon after the start where a night was missed: forgotten, anchored, held against their digests.</summary>
public sealed class KeepingLoopTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5), Patience = TimeSpan.FromSeconds(30);

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
        await CommitAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _events.DisposeAsync();
        _state.Dispose();
        _temp.Dispose();
    }

    private KeepingLoop Start() => new(new RecordKeeper(_state, _events, _temp["events"], _clock), () => Retention.Default, new PurgeLimits { FreeBytesMin = 0 }, _events, _temp.Path, _clock, NullLogger.Instance);

    private Task<FilterEvent> CommitAsync() => _events.CommitAsync(new FilterEvent { Time = _clock.GetUtcNow(), Kind = EventKind.Block, Host = "games.example" }, giveReference: false);

    private DateTimeOffset? LastRun => KeepingStatus.Read(_temp.Path)?.LastRun;

    private int Anchors => File.Exists(Path.Combine(_temp["events"], EventIntegrity.AnchorsFile)) ? File.ReadAllLines(Path.Combine(_temp["events"], EventIntegrity.AnchorsFile)).Length : 0;

    [Test]
    public async Task Loop_FirstStart_RunsSoonAndThenEachNight()
    {
        await using var loop = Start();
        _clock.Advance(Soon - TimeSpan.FromSeconds(1));
        Assert.That(LastRun, Is.Null, "the school's first requests come first");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await UntilRunAsync(Noon + Soon);
        var anchored = Anchors;
        Assert.That(anchored, Is.GreaterThan(0));

        for (var night = 1; night <= 2; night++)
        {
            await CommitAsync();
            var at = new DateTimeOffset(2026, 11, 23 + night, 3, 40, 0, TimeSpan.Zero);
            await AdvanceToAsync(at - TimeSpan.FromMinutes(1));
            Assert.That(LastRun, Is.LessThan(at - TimeSpan.FromMinutes(1)));
            _clock.Advance(TimeSpan.FromMinutes(1));
            await UntilRunAsync(at);
            Assert.That(Anchors, Is.GreaterThan(anchored), "what was written since is anchored");
            anchored = Anchors;
        }
    }

    [TestCase(2, false, TestName = "Loop_StartedAfterANightThatWasKept_WaitsForTheNext")]
    [TestCase(30, true, TestName = "Loop_StartedAfterANightThatWasMissed_RunsSoon")]
    public async Task Loop_Started(int hoursSince, bool runs)
    {
        new KeepingStatus { LastRun = Noon.AddHours(-hoursSince), IsWhole = true }.Write(_temp.Path);
        await using var loop = Start();
        _clock.Advance(Soon);
        if (runs) await UntilRunAsync(Noon + Soon);
        await AdvanceToAsync(Noon.AddHours(15));
        Assert.That(LastRun, Is.EqualTo(runs ? Noon + Soon : Noon.AddHours(-hoursSince)));
        await AdvanceToAsync(new DateTimeOffset(2026, 11, 24, 3, 40, 0, TimeSpan.Zero));
        await UntilRunAsync(new DateTimeOffset(2026, 11, 24, 3, 40, 0, TimeSpan.Zero));
    }

    [Test]
    public async Task Loop_FindsAFileChanged_SaysSoInTheStatusAndAsAnEvent()
    {
        await using var loop = Start();
        _clock.Advance(Soon);
        await UntilRunAsync(Noon + Soon);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_temp["events"]}/2026-11.db;Pooling=false"))
        {
            connection.Open();
            using var change = connection.CreateCommand();
            change.CommandText = "UPDATE events SET category = NULL, line = 77";
            change.ExecuteNonQuery();
        }
        var night = new DateTimeOffset(2026, 11, 24, 3, 40, 0, TimeSpan.Zero);
        await AdvanceToAsync(night);
        await UntilRunAsync(night);
        var began = TimeProvider.System.GetTimestamp();
        while (Told().Count == 0 && TimeProvider.System.GetElapsedTime(began) < Patience) await Task.Delay(10);
        var status = KeepingStatus.Read(_temp.Path)!;
        Assert.Multiple(() =>
        {
            Assert.That((status.IsWhole, status.LastSuccess), Is.EqualTo((false, (DateTimeOffset?)(Noon + Soon))));
            Assert.That(status.Problems, Has.Some.EqualTo("2026-11.db is not as it was written"));
            Assert.That(Told(), Has.Some.StartsWith("keeping of records: "));
        });

        List<string?> Told() => [.. _events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Select(e => e.Rule)];
    }

    /// <summary>In steps, and giving way after each: the loop sets its next alarm on another thread.</summary>
    private async Task AdvanceToAsync(DateTimeOffset time)
    {
        for (; _clock.GetUtcNow() < time; await Task.Delay(5)) _clock.Advance(time - _clock.GetUtcNow() is var left && left < TimeSpan.FromHours(1) ? left : TimeSpan.FromHours(1));
    }

    private async Task UntilRunAsync(DateTimeOffset time)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (LastRun != time && TimeProvider.System.GetElapsedTime(began) < Patience) await Task.Delay(10);
        Assert.That(LastRun, Is.EqualTo(time));
        // The status is written last but for the loop's own next alarm.
        await Task.Delay(50);
    }
}
