using FilterGate.Policy;
using FilterGate.Events;
using FilterGate.Safeguarding.Unblocks;

namespace FilterGate.Safeguarding.Tests;

internal sealed class OverrideEndingsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    public async Task RecordAsync_EverySecond_RecordsEachEndOnceAtItsTime()
    {
        await using var box = new Box();
        var endings = new OverrideEndings(box.State, box.Events);
        var first = box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("a.example"), Box.Noon, Box.Noon + Hour, "why", "tech")!;
        var second = box.State.Grant(Audience.ForTier("staff"), Site.ForHost("b.example"), Box.Noon, Box.Noon + (2 * Hour), "why", "tech")!;

        Assert.That(await endings.RecordAsync(Box.Noon + Hour - TimeSpan.FromMilliseconds(1), default), Is.Zero);
        Assert.That(await endings.RecordAsync(Box.Noon + Hour, default), Is.EqualTo(1));
        Assert.That(await endings.RecordAsync(Box.Noon + Hour, default), Is.Zero);
        Assert.That(await endings.RecordAsync(Box.Noon + (3 * Hour), default), Is.EqualTo(1));

        var events = box.Events.Search(new EventQuery()).Events;
        Assert.That(events.Select(e => (e.Rule, e.Time, e.Tier, e.Host, e.Kind)), Is.EqualTo([
            ($"override {second.Id} ended", second.End, "staff", "b.example", EventKind.Override),
            ($"override {first.Id} ended", first.End, "pupil", "a.example", EventKind.Override),
        ]));
    }

    [Test]
    public async Task RecordAsync_RestartBetweenEventAndMark_DoesNotRepeatIt()
    {
        await using var box = new Box();
        var ended = box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("a.example"), Box.Noon, Box.Noon + Hour, "why", "tech")!;
        // What a first run wrote before it was killed: the event, not the mark.
        await box.Events.CommitAsync(
            new FilterEvent { Id = EventId.Derive(ended.End, $"gateway/override {ended.Id} ended"), Time = ended.End, Kind = EventKind.Override, Rule = $"override {ended.Id} ended" }, giveReference: false);

        Assert.That(await new OverrideEndings(box.State, box.Events).RecordAsync(Box.Noon + Hour, default), Is.EqualTo(1));
        Assert.That(box.Events.Search(new EventQuery()).Events, Has.Count.EqualTo(1));
        Assert.That(box.State.UnrecordedEndings(Box.Noon + Hour), Is.Empty);
    }

    [Test]
    public async Task RecordAsync_TwoAtOnce_RecordOnce()
    {
        await using var box = new Box();
        for (var i = 0; i < 20; i++) box.State.Grant(Audience.ForTier("pupil"), Site.ForHost($"h{i}.example"), Box.Noon, Box.Noon + Hour, "why", "tech");

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => new OverrideEndings(box.State, box.Events).RecordAsync(Box.Noon + Hour, default))));

        Assert.That(box.Rules(), Has.Count.EqualTo(20).And.Unique);
    }

    [Test]
    public async Task RecordAsync_Revoked_HasNoEndOfItsOwn()
    {
        await using var box = new Box();
        var revoked = box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("a.example"), Box.Noon, Box.Noon + Hour, "why", "tech")!;
        await box.Desk.RevokeAsync(revoked.Id, "mistake", new Actor("lead", null), default);
        Assert.That(await new OverrideEndings(box.State, box.Events).RecordAsync(Box.Noon + Hour, default), Is.Zero);
        Assert.That(box.Rules(), Is.EqualTo([$"override {revoked.Id} revoked by lead: mistake"]));
    }

    [Test]
    public async Task RecordAsync_ClassSessionAtItsBell_SaysOnceHowOftenItWasUsed()
    {
        await using var box = new Box();
        var endings = new OverrideEndings(box.State, box.Events);
        var session = box.State.StartSession("4b", SessionKind.Open, [Site.ForHost("quiz.example")], Box.Noon, Box.Noon + Hour, "fractions", "t-hill");
        var unused = box.State.StartSession("4b", SessionKind.Open, [Site.ForHost("maths.example")], Box.Noon, Box.Noon + (2 * Hour), "fractions", "t-hill");
        var day = DateOnly.FromDateTime(Box.Noon.DateTime);
        box.State.AddUses([new State.OverrideUse(session.Id, day, "p1", Box.Noon, Box.Noon, 9) { IsSession = true }, new State.OverrideUse(session.Id, day, "p2", Box.Noon, Box.Noon, 3) { IsSession = true }], []);

        Assert.That(await endings.RecordAsync(Box.Noon + Hour - TimeSpan.FromMilliseconds(1), default), Is.Zero);
        Assert.That(await endings.RecordAsync(Box.Noon + Hour, default), Is.EqualTo(1));
        Assert.That(await endings.RecordAsync(Box.Noon + Hour, default), Is.Zero);
        Assert.That(await endings.RecordAsync(Box.Noon + (2 * Hour), default), Is.EqualTo(1));
        Assert.That(box.Events.Search(new EventQuery()).Events.Select(e => (e.Rule, e.Time, e.Group, e.Host)), Is.EqualTo([
            ($"class session {unused.Id} ended", unused.End, "4b", "maths.example"),
            ($"class session {session.Id} ended after 12 uses by 2", session.End, "4b", "quiz.example"),
        ]));
    }
}
