using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

/// <summary>Over the shipped lists and the sample school.</summary>
public sealed class BlockCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public void Block_Site_IsInForceEndsOverridesAndNamesThem()
    {
        var over = _box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("www.unsafe.example"), StoreBox.Noon, StoreBox.Noon.AddHours(1), "lesson", "tech")!;
        var other = _box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("other.example"), StoreBox.Noon, StoreBox.Noon.AddHours(1), "lesson", "tech")!;

        var run = _box.Run("block", "unsafe.example", "--reason", "seen by year 5", "--nature", "violence");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("unsafe.example is closed for everybody").And.Contain($"override {over.Id} (www.unsafe.example for pupil").And.Contain("filtergate block lift 1"));
        var inForce = _box.State.InForce(StoreBox.Noon, BundleCatalogue.Empty);
        Assert.That(inForce.Overrides.All.Select(o => o.Id), Is.EqualTo([other.Id]));
        Assert.That(inForce.EmergencyBlocks.Find(CanonicalUrl.ForHost("https", "a.unsafe.example", 443), Seen.Host, StoreBox.Noon), Is.Not.Null);
        Assert.That(_box.Events.Search(new EventQuery()).Events.Select(e => e.Rule!.Split(':')[0]).Order(), Is.EqualTo(["emergency block 1 by tech", $"override {over.Id} revoked by tech"]));
        Assert.That(_box.State.AuditEntries().Select(a => a.Action), Does.Contain("block.emergency"));

        Assert.That(_box.Run("block", "list").Output, Does.Contain("unsafe.example").And.Contain("violence").And.Contain("seen by year 5"));
        Assert.That(_box.Run("block", "lift", "1", "--reason", "taken down").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.Run("block", "list").Output, Is.Empty);
        Assert.That(_box.Run("block", "list", "--all").Output, Does.Contain("lifted").And.Contain("taken down"));
        Assert.That(_box.State.InForce(StoreBox.Noon, BundleCatalogue.Empty).EmergencyBlocks.All, Is.Empty);
    }

    [Test]
    public void Block_Report_NamesTheSiteAndNobody()
    {
        var run = _box.Run("block", "https://unsafe.example/page?pupil=name", "--reason", "seen in class", "--nature", "violence", "--report");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("REPORT OF AN UNSUITABLE SITE").And.Contain("unsafe.example/page").And.Contain("violence").And.Contain("Monday 23 November 2026, 12:00").And.Contain("Internet Watch Foundation"));
        var report = run.Output[run.Output.IndexOf("REPORT", StringComparison.Ordinal)..];
        Assert.That(report, Does.Not.Contain("tech").And.Not.Contain("pupil=name"));
        Assert.That(run.Output, Does.Contain("block the host to close it there"), "a part of a site is not seen in a tunnel");
    }

    [Test]
    public async Task Block_AnswersAReport_TheReportIsDone()
    {
        var reference = await _box.BlockedAsync("unsafe.example");
        _box.State.AddRequest(new UnblockRequest(reference, StoreBox.Noon, "10.20.1.7", null, "staff", "http://unsafe.example/", "unsafe.example", null, "not for us", RequestStatus.Waiting) { Route = RequestRoute.Report });
        Assert.That(_box.Run("unblock", "list").Output, Does.Contain("report"));
        Assert.That(_box.Run("unblock", "approve", reference, "--for", "1h", "--reason", "why").Error, Does.Contain("ought to be closed"));

        Assert.That(_box.Run("block", "unsafe.example", "--reason", "reported", "--answers", reference).ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.State.FindRequest(reference)!.Status, Is.EqualTo(RequestStatus.Approved));
        Assert.That(_box.Run("unblock", "list").Output, Is.Empty);
    }

    [TestCase("childline.org.uk", TestName = "Block_HelpSite_ExitsFour")]
    [TestCase("https://www.childline.org.uk/get-support/", TestName = "Block_PageOfAHelpSite_ExitsFour")]
    [TestCase("co.uk", TestName = "Block_PublicSuffix_ExitsFour")]
    [TestCase("com", TestName = "Block_TopLevel_ExitsFour")]
    public void Block_TooMuch(string url)
    {
        var run = _box.Run("block", url, "--reason", "why");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Refused, "")), run.Error);
        Assert.That(_box.State.EmergencyBlocks(), Is.Empty);
        Assert.That(_box.State.AuditEntries().Single().Action, Is.EqualTo("block.refused"));
    }

    [TestCase(new[] { "block" }, "which site")]
    [TestCase(new[] { "block", "unsafe.example" }, "--reason")]
    [TestCase(new[] { "block", "unsafe.example", "--reason", " " }, "reason")]
    [TestCase(new[] { "block", "http://", "--reason", "why" }, "")]
    [TestCase(new[] { "block", "unsafe.example", "--reason", "why", "--answers", "0000-0000" }, "no request")]
    [TestCase(new[] { "block", "lift", "7", "--reason", "why" }, "no emergency block 7")]
    public void Block_WrongWords(string[] line, string message)
    {
        var run = _box.Run(line);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")), run.Error);
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.EmergencyBlocks(), Is.Empty);
    }

    [Test]
    public void Block_Twice_SaysSo()
    {
        _box.Run("block", "unsafe.example", "--reason", "why");
        var run = _box.Run("block", "https://unsafe.example/", "--reason", "again", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        var row = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.That((row.GetProperty("outcome").GetString(), row.GetProperty("block").GetProperty("id").GetInt64()), Is.EqualTo(("already-decided", 1L)));
    }
}

/// <summary>What comes up for review.</summary>
public sealed class OverridesListTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    // Days since it was granted, days since its last use (none: never), days the clock is set on or back, and why it comes up.
    [TestCase(29, null, null, TestName = "Stale_UnusedFor29Days_DoesNot")]
    [TestCase(30, null, "unused", TestName = "Stale_UnusedFor30Days_ComesUp")]
    [TestCase(60, 29, null, TestName = "Stale_UsedAMonthAgo_DoesNot")]
    [TestCase(60, 30, "unused", TestName = "Stale_UsedLongAgo_ComesUp")]
    [TestCase(90, 0, "old", TestName = "Stale_OldAndUsedToday_ComesUp")]
    [TestCase(-400, null, null, TestName = "Stale_ClockSetBack_DoesNot")]
    public void Stale(int grantedDaysAgo, int? usedDaysAgo, string? expected)
    {
        var now = StoreBox.Noon;
        var granted = new OverrideRecord(1, Audience.Everyone, Site.ForHost("a.example"), now.AddDays(-grantedDaysAgo), now.AddDays(300), "why", "tech", null, null, null, null);
        var usage = usedDaysAgo is { } days ? new OverrideUsage(1, 5, 2, now.AddDays(-days)) : null;
        Assert.That(OverrideReview.WhyStale(granted, usage, now), Is.EqualTo(expected));
    }

    [Test]
    public void List_UsesAndStale_AreShown()
    {
        var draft = new OverrideDraft(Audience.ForGroup("4b"), Site.ForHost("used.example"), StoreBox.Noon, StoreBox.Noon.AddDays(300)) { IsForGood = true };
        var used = _box.State.OpenSites([draft], "each week", "technician")![0];
        var unused = _box.State.OpenSites([draft with { Site = Site.ForHost("unused.example") }], "once", "technician")![0];
        _box.Clock.Advance(TimeSpan.FromDays(40));
        var now = _box.Clock.GetUtcNow();
        _box.State.AddUses([new OverrideUse(used.Id, DateOnly.FromDateTime(now.UtcDateTime), "p1", now, now, 12)], []);

        Assert.That(_box.Run("overrides", "list").Output, Does.Contain("used 12 times by 1").And.Contain("never used").And.Contain("review by").And.Contain("40 days"));
        var stale = _box.Run("overrides", "list", "--stale", "--json").Lines.Select(line => JsonDocument.Parse(line).RootElement).Single();
        Assert.That((stale.GetProperty("id").GetInt64(), stale.GetProperty("review").GetString(), stale.GetProperty("uses").GetInt64()), Is.EqualTo((unused.Id, "unused", 0L)));
    }

    [Test]
    public void List_AcrossARestartAndAClockThatIsSetBack_IsExactToTheSecond()
    {
        var granted = _box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("a.example"), StoreBox.Noon, StoreBox.Noon.AddHours(1), "why", "tech")!;
        bool IsOpen()
        {
            // Each run opens state.db anew, as after a restart.
            var isListed = _box.Run("overrides", "list", "--json").Lines.Length == 1;
            var inForce = _box.State.InForce(_box.Clock.GetUtcNow(), BundleCatalogue.Empty).Overrides.All.Any(o => o.IsLive(_box.Clock.GetUtcNow()));
            Assert.That(isListed, Is.EqualTo(inForce));
            return inForce;
        }
        _box.Clock.Advance(TimeSpan.FromSeconds(3599));
        Assert.That(IsOpen(), Is.True);
        _box.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(IsOpen(), Is.False);
        _box.Clock.AdjustTime(granted.End.AddSeconds(-1));
        Assert.That(IsOpen(), Is.True, "the clock was wrong before: what it says now counts");
        _box.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(IsOpen(), Is.False);
    }
}
