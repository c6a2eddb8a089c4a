using FilterGate.Matching;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>Which devices take the certificate, which hosts are proposed to be passed unread, and what becomes of a proposal.</summary>
public sealed class TrustTests
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

    [TestCase(null, 2, true, TestName = "Untrusting_SeveralHostsAndNothingThrough_Is")]
    [TestCase(null, 1, false, TestName = "Untrusting_OneHost_MayBeAnApp")]
    [TestCase(-1, 5, false, TestName = "Untrusting_ARequestCameThroughYesterday_IsNot")]
    [TestCase(-8, 5, true, TestName = "Untrusting_NothingThroughForAWeek_Is")]
    public void IsUntrusting(int? acceptedDays, int hosts, bool expected)
    {
        if (acceptedDays is { } days) _state.AddTrust("A", [new("device:ipad-14", Noon.AddDays(days), null, 0, 0, null)], []);
        _state.AddTrust("A", [new("device:ipad-14", null, Noon, hosts, hosts, 48)], []);
        Assert.That(_state.DeviceTrusts().Single().IsUntrusting, Is.EqualTo(expected));
    }

    [Test]
    public void AddTrust_ARequestThatComesThrough_EndsIt_AndAnotherAuthorityBeginsAnew()
    {
        _state.AddTrust("A", [new("client:10.20.1.7", null, Noon, 6, 3, 46)], []);
        Assert.That(_state.DeviceTrusts().Single(), Is.EqualTo(new DeviceTrust("client:10.20.1.7", null, Noon, 6, 3, 46)));
        _state.AddTrust("A", [new("client:10.20.1.7", Noon.AddHours(1), null, 0, 0, null)], []);
        Assert.That(_state.DeviceTrusts().Single().IsUntrusting, Is.False);
        _state.AddTrust("B", [new("device:ipad-2", Noon, null, 0, 0, null)], []);
        Assert.That(_state.DeviceTrusts().Select(t => t.Who), Is.EqualTo(new[] { "device:ipad-2" }));
    }

    // Each row: refusals and devices of one day and of the day after.
    [TestCase(5, 2, 0, 0, true, TestName = "Proposals_SeveralDevices")]
    [TestCase(3, 1, 2, 1, true, TestName = "Proposals_SeveralDays")]
    [TestCase(50, 1, 0, 0, false, TestName = "Proposals_OneDeviceOnOneDay_None")]
    [TestCase(2, 2, 2, 2, false, TestName = "Proposals_FewAlerts_None")]
    public void PassThroughProposals(int refusals, int devices, int later, int laterDevices, bool expected)
    {
        var day = DateOnly.FromDateTime(Noon.UtcDateTime);
        _state.AddTrust("A", [], [new("api.app.example", day.AddDays(-1), refusals, devices, 48)]);
        if (later > 0) _state.AddTrust("A", [], [new("api.app.example", day, later, laterDevices, 48)]);
        var found = _state.PassThroughProposals(_ => false);
        Assert.That(found, Has.Count.EqualTo(expected ? 1 : 0));
        if (expected) Assert.That(found[0].Evidence, Does.Contain($"{refusals + later} TLS alerts (unknown authority)"));
        Assert.That(_state.PassThroughProposals(host => host == "api.app.example"), Is.Empty, "a host with a locked entry is never proposed");
        _clock.Advance(TimeSpan.FromDays(PassThroughProposal.DaysBack + 1));
        Assert.That(_state.PassThroughProposals(_ => false), Is.Empty, "what is long ago proposes nothing");
    }

    [Test]
    public void DecidePassThrough_IsInForceOnceAudited_UntilItIsEnded()
    {
        _state.AddTrust("A", [], [new("api.app.example", DateOnly.FromDateTime(Noon.UtcDateTime), 9, 3, 42)]);
        var proposal = _state.PassThroughProposals(_ => false).Single();
        Assert.That(_state.InForce(Noon, BundleCatalogue.Empty).PassedUnread, Is.Empty, "never silently");
        Assert.That(_state.DecidePassThrough(proposal, PassThroughDecision.Accepted, "the maths app", "tech")!.Evidence, Is.EqualTo(proposal.Evidence));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_state.InForce(Noon, BundleCatalogue.Empty).PassedUnread, Is.EqualTo(new[] { "api.app.example" }));
            Assert.That(_state.PassThroughProposals(_ => false), Is.Empty);
            Assert.That(_state.DecidePassThrough(proposal, PassThroughDecision.Refused, "no", "tech"), Is.Null, "once");
            Assert.That(_state.AuditEntries().Select(a => (a.Action, a.Reason)), Is.EqualTo(new[] { ("pass-through.accept", "the maths app") }));
        }
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That(_state.EndPassThrough("api.app.example", "gone", "tech"), Is.True);
        Assert.That(_state.EndPassThrough("api.app.example", "gone", "tech"), Is.False);
        Assert.That(_state.InForce(_clock.GetUtcNow(), BundleCatalogue.Empty).PassedUnread, Is.Empty);
        Assert.That(_state.WasInForce(Noon.AddMinutes(30), Noon.AddMinutes(30), BundleCatalogue.Empty).PassedUnread, Is.EqualTo(new[] { "api.app.example" }), "the past is as it was");
        Assert.That(_state.PassThroughProposals(_ => false), Has.Count.EqualTo(1), "and it may be proposed again");
    }
}
