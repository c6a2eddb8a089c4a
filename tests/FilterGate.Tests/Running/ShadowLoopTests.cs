using FilterGate.Running;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Running;

/// <summary>That shadow mode is over is noted at its end, whenever that comes; a gateway that stops before leaves it on record.</summary>
public sealed class ShadowLoopTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _state = null!;
    private ShadowRun _run = null!;

    [SetUp]
    public void SetUp()
    {
        (_temp, _clock) = (new TempFolder(), new FakeTimeProvider(Noon));
        _state = StateStore.Open(_temp["state.db"], _clock);
        _run = _state.BeginShadow(Noon.AddMinutes(3), "a trial", "tech").Run!;
    }

    [TearDown]
    public void TearDown()
    {
        _state.Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task Loop_AtItsEnd_NotesThatItIsOver()
    {
        await using var loop = Start(() => _run.Mode.IsOn(_clock.GetUtcNow()));
        for (var i = 0; i < 4; i++, await Task.Delay(20)) _clock.Advance(TimeSpan.FromMinutes(1));
        await UntilEndedAsync();
    }

    /// <summary>A pause of the computer between two instructions is enough.</summary>
    [Test]
    public async Task Loop_EndThatComesBetweenAskingAndWaiting_NotesThatItIsOver()
    {
        var asked = 0;
        await using var loop = Start(() =>
        {
            if (asked++ > 0) return false;
            _clock.Advance(TimeSpan.FromMinutes(4));
            return true;
        });
        await UntilEndedAsync();
    }

    [Test]
    public async Task Loop_Stopped_LeavesItOnRecord()
    {
        await Start(() => true).DisposeAsync();
        Assert.That(_state.LastShadow()!.EndedAt, Is.Null);
    }

    private ShadowLoop Start(Func<bool> isOn) => new(_run, isOn, _state, _clock, NullLogger.Instance);

    private async Task UntilEndedAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (_state.LastShadow()!.EndedAt is null && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20)) await Task.Delay(10);
        Assert.That((_state.LastShadow()!.EndedBy, _state.AuditEntries(1).Single().Action), Is.EqualTo(("filtergate", "shadow.end")));
    }
}
