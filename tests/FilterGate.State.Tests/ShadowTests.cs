using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>When shadow mode may begin, how long a pilot may last however often it is started, and what is on record of it.</summary>
public sealed class ShadowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private FakeTimeProvider _clock = null!;
    private TempFolder _folder = null!;
    private StateStore _state = null!;

    [SetUp]
    public void SetUp()
    {
        _clock = new FakeTimeProvider(Noon);
        _state = StateStore.Open((_folder = new TempFolder())["state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _state.Dispose();
        _folder.Dispose();
    }

    private ShadowStart Begin(double days) => _state.BeginShadow(Noon.AddDays(days), null, "tech").Outcome;

    [TestCase(1, ShadowStart.Begun)]
    [TestCase(14, ShadowStart.Begun)]
    [TestCase(14.001, ShadowStart.TooLong)]
    [TestCase(365, ShadowStart.TooLong)]
    [TestCase(0, ShadowStart.InThePast)]
    [TestCase(-1, ShadowStart.InThePast)]
    public void Begin_OnANewBox(double days, ShadowStart expected)
    {
        Assert.That(_state.MayBeginShadow(Noon.AddDays(days)).Outcome, Is.EqualTo(expected));
        Assert.That(_state.LastShadow(), Is.Null, "asking begins nothing");
        Assert.That(Begin(days), Is.EqualTo(expected));
        Assert.That(_state.LastShadow()?.IsOn(Noon), expected == ShadowStart.Begun ? Is.True : Is.Null);
    }

    [Test]
    public void Begin_SaysByWhomSinceWhenAndWhy_AndIsAudited()
    {
        var (_, run) = _state.BeginShadow(Noon.AddDays(2), "pilot", "tech");
        Assert.That((run!.Mode.Since, run.Mode.Until, run.Start, run.Reason, run.Actor, run.EndedAt), Is.EqualTo((Noon, Noon.AddDays(2), Noon, "pilot", "tech", (DateTimeOffset?)null)));
        Assert.That(_state.AuditEntries().Select(a => (a.Actor, a.Action, a.Reason)), Is.EqualTo(new[] { ("tech", "shadow.begin", (string?)"pilot") }));
        Assert.That((run.IsOn(Noon.AddDays(1.99)), run.IsOn(Noon.AddDays(2))), Is.EqualTo((true, false)));
    }

    // Started anew each day, it is one pilot: its fortnight counts from its first start.
    [TestCase(10, 14, ShadowStart.Begun, TestName = "BeginAgain_WithinTheFortnight_GoesOn")]
    [TestCase(10, 14.1, ShadowStart.TooLong, TestName = "BeginAgain_BeyondTheFortnight_IsTooLong")]
    [TestCase(16, 17, ShadowStart.TooLong, TestName = "BeginAgain_InThePause_IsTooLong")]
    [TestCase(22.9, 23, ShadowStart.TooLong, TestName = "BeginAgain_AtTheEndOfThePause_IsTooLong")]
    [TestCase(23, 37, ShadowStart.Begun, TestName = "BeginAgain_AfterThePause_IsAnotherPilot")]
    public void BeginAgain(double day, double until, ShadowStart expected)
    {
        Begin(9);
        _clock.Advance(TimeSpan.FromDays(day));
        Assert.That(Begin(until), Is.EqualTo(expected));
        if (expected == ShadowStart.Begun) Assert.That(_state.LastShadow()!.Mode.Since, Is.EqualTo(day < 14 ? Noon : Noon.AddDays(day)));
    }

    [Test]
    public void BeginAgain_AfterItWasEndedByHand_GoesOnWithTheSameFortnight()
    {
        Begin(14);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That((_state.EndShadow("tech", "enough"), _state.EndShadow("tech", "enough")), Is.EqualTo((true, false)));
        Assert.That((_state.LastShadow()!.IsOn(_clock.GetUtcNow()), _state.LastShadow()!.Ends), Is.EqualTo((false, Noon.AddDays(1))));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That((Begin(14.1), Begin(14)), Is.EqualTo((ShadowStart.TooLong, ShadowStart.Begun)));
    }

    /// <summary>A unit file with its flags still in it starts a gateway that filters.</summary>
    [Test]
    public void BeginAgain_AfterItsEnd_IsOver()
    {
        Begin(1);
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.That((Begin(1), Begin(1.5)), Is.EqualTo((ShadowStart.Over, ShadowStart.InThePast)));
    }

    [Test]
    public void BeginAgain_ClockSetBack_IsRefused()
    {
        Begin(14);
        _clock.Advance(TimeSpan.FromDays(7));
        _state.SeeShadow(_state.LastShadow()!.Id);
        using var later = StateStore.Open(_folder["state.db"], new FakeTimeProvider(Noon.AddDays(2)));
        Assert.That(later.BeginShadow(Noon.AddDays(14), null, "tech").Outcome, Is.EqualTo(ShadowStart.ClockSetBack));
        using var slack = StateStore.Open(_folder["state.db"], new FakeTimeProvider(Noon.AddDays(7).AddMinutes(-4)));
        Assert.That(slack.BeginShadow(Noon.AddDays(14), null, "tech").Outcome, Is.EqualTo(ShadowStart.Begun), "two clocks differ a little");
    }

    /// <summary>A second gateway on the same data must not make the first one's shadow mode invisible.</summary>
    [Test]
    public void See_OfAGatewayThatIsInItStill_BringsItBack()
    {
        Begin(14);
        var run = _state.LastShadow()!;
        _state.EndShadow("tech", "the gateway was started without it");
        _state.SeeShadow(run.Id);
        Assert.That(_state.LastShadow()!.IsOn(Noon), Is.True);
    }
}
