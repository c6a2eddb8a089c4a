using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class StateWatcherTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!, _other = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider();
        _store = StateStore.Open(_temp["state.db"], _clock);
        _other = StateStore.Open(_temp["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _other.Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task Look_AnotherConnectionChanges_CallsOnceWithinTheInterval()
    {
        var calls = 0;
        await using var watcher = new StateWatcher(_store, _clock, () => calls++);
        watcher.Start();

        _clock.Advance(Interval * 4);
        Assert.That(calls, Is.Zero, "nothing has changed");

        Change();
        Assert.That(calls, Is.Zero, "not yet looked");
        _clock.Advance(Interval);
        Assert.That(calls, Is.EqualTo(1));
        _clock.Advance(Interval * 4);
        Assert.That(calls, Is.EqualTo(1), "one change, one call");

        Change();
        Change();
        _clock.Advance(Interval);
        Assert.That(calls, Is.EqualTo(2), "two changes between looks, one call");
    }

    [Test]
    public async Task Look_ChangeDuringTheCall_CallsAgain()
    {
        var calls = 0;
        await using var watcher = new StateWatcher(_store, _clock, () =>
        {
            if (++calls == 1) Change();
        });
        watcher.Start();
        Change();

        _clock.Advance(Interval);
        _clock.Advance(Interval);
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public async Task Look_CallFails_TellsAndTriesAgain()
    {
        var calls = 0;
        var problems = new List<string>();
        await using var watcher = new StateWatcher(_store, _clock, () =>
        {
            if (++calls == 1) throw new StateStoreException("held by another");
        }, e => problems.Add(e.Message));
        watcher.Start();
        Change();

        _clock.Advance(Interval);
        Assert.That((calls, problems.Single()), Is.EqualTo((1, "held by another")));
        _clock.Advance(Interval);
        _clock.Advance(Interval);
        Assert.That((calls, problems.Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task DisposeAsync_Stopped_CallsNoMore()
    {
        var calls = 0;
        var watcher = new StateWatcher(_store, _clock, () => calls++);
        watcher.Start();
        await watcher.DisposeAsync();
        Change();
        _clock.Advance(Interval * 4);
        Assert.That(calls, Is.Zero);
    }

    private void Change() => _other.Audit("tech", "trial", "nothing", null);
}
