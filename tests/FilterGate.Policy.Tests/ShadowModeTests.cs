using CsCheck;
using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

/// <summary>What shadow mode lifts and what it leaves standing, and when it is on.</summary>
public sealed class ShadowModeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [TestCase(Verdict.Allow, Reason.CategoryAllow, null)]
    [TestCase(Verdict.LogOnly, Reason.CategoryLog, null)]
    [TestCase(Verdict.Allow, Reason.ProtectedHelp, null)]
    [TestCase(Verdict.Block, Reason.PrivateDestination, null)]
    [TestCase(Verdict.Block, Reason.TlsPolicy, null)]
    [TestCase(Verdict.Block, Reason.WayRound, null)]
    [TestCase(Verdict.Block, Reason.EmergencyBlock, null)]
    [TestCase(Verdict.Block, Reason.AccessWithdrawn, null)]
    [TestCase(Verdict.Block, Reason.NoBypass, Verdict.Block)]
    [TestCase(Verdict.Block, Reason.Lesson, Verdict.Block)]
    [TestCase(Verdict.Block, Reason.OwnBlock, Verdict.Block)]
    [TestCase(Verdict.Block, Reason.CategoryBlock, Verdict.Block)]
    [TestCase(Verdict.Quota, Reason.CategoryQuota, Verdict.Quota)]
    [TestCase(Verdict.Warn, Reason.CategoryWarn, Verdict.Warn)]
    [TestCase(Verdict.Block, Reason.ApprovedOnly, Verdict.Block)]
    [TestCase(Verdict.Warn, Reason.Uncategorised, Verdict.Warn)]
    [TestCase(Verdict.Block, Reason.NewlySeen, Verdict.Block)]
    [TestCase(Verdict.Warn, Reason.ByAddress, Verdict.Warn)]
    [TestCase(Verdict.Block, Reason.Default, Verdict.Block)]
    public void Lift(Verdict verdict, Reason reason, Verdict? lifted)
    {
        var decision = new Decision(verdict, reason) { Rule = "as before" };
        var carriedOut = ShadowMode.Lift(in decision);
        Assert.That(carriedOut, Is.EqualTo(lifted is null ? decision : decision with { Verdict = Verdict.LogOnly, Lifted = lifted }));
    }

    /// <summary>A reason that comes later is looked at here before it is lifted without a thought.</summary>
    [Test]
    public void Lift_EveryReason_IsOfTheLawTheBoxAndPeople_OrOfThePolicy()
    {
        var stand = Enum.GetValues<Reason>().Where(reason => ShadowMode.Lift(new Decision(Verdict.Block, reason)).Verdict == Verdict.Block);
        Assert.That(stand, Is.EquivalentTo(new[] { Reason.Locked, Reason.PrivateDestination, Reason.TlsPolicy, Reason.WayRound, Reason.EmergencyBlock, Reason.AccessWithdrawn }));
    }

    [Test]
    public void Lift_LockedHit_IsNeverLetThrough_WhateverElseIsSaidOfTheConnection() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 23], Gen.Bool, Gen.Bool).Sample((verdict, reason, lockedFirst, alsoStands) =>
        {
            var locked = new Decision(Verdict.Block, Reason.Locked) { Locked = Given.LockedHit };
            var other = alsoStands ? new Decision(Verdict.Block, Reason.EmergencyBlock) : new Decision((Verdict)verdict, (Reason)reason);
            var (first, second) = lockedFirst ? (locked, other) : (other, locked);
            var strictest = second.IsStricterThan(in first) ? second : first;
            return ShadowMode.Lift(in strictest) is { Verdict: Verdict.Block, Reason: Reason.Locked, Lifted: null };
        });

    [TestCase(-1, false)]
    [TestCase(0, true)]
    [TestCase(59.99, true)]
    [TestCase(60, false)]
    [TestCase(100_000, false)]
    public void IsOn_FromItsBeginningUntilJustBeforeItsEnd(double minutes, bool expected) => Assert.That(new ShadowMode(Noon, Noon.AddHours(1)).IsOn(Noon.AddMinutes(minutes)), Is.EqualTo(expected));

    /// <summary>A refusal that would be lifted must not hide one that stands.</summary>
    [Test]
    public void Decide_BlockedPageThatShowsAnEmergencyBlock_IsTheEmergencyBlock()
    {
        var policy = Given.Policy("school: S\nnetworks: [10.0.0.0/8]\ntiers:\n  pupil: { uncategorised: allow, own_block: [outer.example] }\n");
        policy = policy.With(policy.InForce with { EmergencyBlocks = new EmergencyBlockTable([new EmergencyBlock(1, Site.ForHost("inner.example"), Given.Noon.AddHours(-1), null)]) });
        Assert.That(CanonicalUrl.TryParse("https://outer.example/?url=https://inner.example/", out var url, out _), Is.True);
        var decision = policy.Decide(Given.ClientOf(policy, "pupil"), url!, Seen.Url, Given.Noon);
        Assert.That((decision.Reason, ShadowMode.Lift(in decision).Verdict), Is.EqualTo((Reason.EmergencyBlock, Verdict.Block)));
    }
}
