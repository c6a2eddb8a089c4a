using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests;

public sealed class UseCounterTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private FakeTimeProvider _clock = null!;

    [SetUp]
    public void SetUp() => _clock = new FakeTimeProvider(Noon);

    [Test]
    public void IsFirstUse_ByPersonAndDay_IsTrueOnce()
    {
        var counter = new UseCounter(_clock);
        Assert.That(counter.IsFirstUse(1, "p1"), Is.True);
        Assert.That(counter.IsFirstUse(1, "p1"), Is.False);
        Assert.That(counter.IsFirstUse(1, "p2"), Is.True, "another person");
        Assert.That(counter.IsFirstUse(2, "p1"), Is.True, "another override");
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That(counter.IsFirstUse(1, "p1"), Is.True, "another day");
    }

    [Test]
    public void IsFirstUse_SessionAndOverrideOfOneNumber_AreCountedApart()
    {
        var counter = new UseCounter(_clock);
        Assert.That(counter.IsFirstUse(1, "p1"), Is.True);
        Assert.That(counter.IsFirstUse(1, "p1", isSession: true), Is.True);
        Assert.That(counter.IsFirstUse(1, "p1", isSession: true), Is.False);
        Assert.That(counter.Take().Uses.Select(u => (u.IsSession, u.OverrideId, u.Count)), Is.EquivalentTo([(false, 1L, 1L), (true, 1L, 2L)]));
        counter.Remember([new State.OverrideUse(7, new DateOnly(2026, 11, 23), "p1", Noon, Noon, 3) { IsSession = true }]);
        Assert.That(counter.IsFirstUse(7, "p1", isSession: true), Is.False);
        Assert.That(counter.IsFirstUse(7, "p1"), Is.True);
    }

    [Test]
    public void Take_GivesWhatWasCountedSinceTheLastTime()
    {
        var counter = new UseCounter(_clock);
        counter.IsFirstUse(1, "p1");
        _clock.Advance(TimeSpan.FromMinutes(5));
        counter.IsFirstUse(1, "p1");
        counter.CountHelpVisit();
        counter.CountHelpVisit();

        var (uses, help) = counter.Take();
        var use = uses.Single();
        Assert.That((use.OverrideId, use.Who, use.Count, use.First, use.Last, use.Day), Is.EqualTo((1L, "p1", 2L, Noon, Noon.AddMinutes(5), new DateOnly(2026, 11, 23))));
        Assert.That(help, Is.EqualTo([(new DateOnly(2026, 11, 23), 2L)]));

        (uses, help) = counter.Take();
        Assert.That((uses.Count, help.Count), Is.EqualTo((0, 0)));
        Assert.That(counter.IsFirstUse(1, "p1"), Is.False, "what was taken has been seen all the same");
        Assert.That(counter.Take().Uses.Single().Count, Is.EqualTo(1));
    }

    [Test]
    public void GiveBack_WhatCouldNotBeStored_IsTakenAgain()
    {
        var counter = new UseCounter(_clock);
        counter.IsFirstUse(1, "p1");
        counter.CountHelpVisit();
        var (uses, help) = counter.Take();
        counter.IsFirstUse(1, "p1");
        counter.GiveBack(uses, help);
        var again = counter.Take();
        Assert.That((again.Uses.Single().Count, again.HelpVisits.Single().Count), Is.EqualTo((2L, 1L)));
    }

    [Test]
    public void Remember_UsesOfToday_AreNoFirstOnes()
    {
        var counter = new UseCounter(_clock);
        counter.Remember([new State.OverrideUse(7, new DateOnly(2026, 11, 23), "p1", Noon, Noon, 3)]);
        Assert.That(counter.IsFirstUse(7, "p1"), Is.False);
        Assert.That(counter.Take().Uses.Single().Count, Is.EqualTo(1), "what is on record is not counted twice");
    }

    [Test]
    public void IsFirstUse_ClockSetBack_CountsOnWithTheEarlierTimeFirst()
    {
        var counter = new UseCounter(_clock);
        counter.IsFirstUse(1, "p1");
        _clock.AdjustTime(Noon.AddHours(-1));
        Assert.That(counter.IsFirstUse(1, "p1"), Is.False);
        var use = counter.Take().Uses.Single();
        Assert.That((use.First, use.Last, use.Count), Is.EqualTo((Noon.AddHours(-1), Noon, 2L)));
    }

    [Test]
    public void IsFirstUse_ManyThreads_ExactlyOneIsFirst()
    {
        var counter = new UseCounter(_clock);
        var firsts = 0;
        Parallel.For(0, 10_000, _ =>
        {
            if (counter.IsFirstUse(1, "p1")) Interlocked.Increment(ref firsts);
        });
        Assert.That((firsts, counter.Take().Uses.Single().Count), Is.EqualTo((1, 10_000L)));
    }
}
