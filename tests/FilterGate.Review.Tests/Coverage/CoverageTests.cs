using System.Globalization;
using System.Net;
using FilterGate.Policy.People;
using FilterGate.Review.Coverage;
using FilterGate.Review.Site;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Coverage;

/// <summary>How much the filter could see: sums, shares, reasons, and the chart with its table.</summary>
public sealed class CoverageTests
{
    private TempFolder _folder = null!;
    private StateStore _state = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        _state = StateStore.Open(_folder["state.db"], new FakeTimeProvider(RunningSite.Now));
    }

    [TearDown]
    public void TearDown()
    {
        _state.Dispose();
        _folder.Dispose();
    }

    internal static CoverageCount Count(DateTimeOffset time, CoverageMode mode, CoverageReason reason, long requests, DeviceKind kind = DeviceKind.IPad, string tier = "pupil", CoverageIdentity identity = CoverageIdentity.Device, DeviceHolding holding = DeviceHolding.Trolley) =>
        new(new CoverageKey(new DateTimeOffset(time.UtcDateTime.Date.AddHours(time.UtcDateTime.Hour), TimeSpan.Zero), tier, kind, mode, reason) { Identity = identity, Holding = holding }, requests, requests * 10_000);

    private CoverageView View(string? days = null) =>
        CoverageView.Of(days is null ? new QueryCollection() : new QueryCollection(new Dictionary<string, StringValues> { ["days"] = days }), mayPassUnread: false, _state, SamplePolicy.With(Roster.Empty), Tongue.English, RunningSite.Now);

    [Test]
    public void View_AddsUpByKindTierHoldingAndReason()
    {
        _state.AddCoverage(
        [
            Count(RunningSite.Now, CoverageMode.Read, CoverageReason.None, 600),
            Count(RunningSite.Now.AddHours(-3), CoverageMode.Read, CoverageReason.None, 200, DeviceKind.Windows, "staff", CoverageIdentity.Person, DeviceHolding.Loan),
            Count(RunningSite.Now.AddDays(-1), CoverageMode.NameOnly, CoverageReason.TierTunnels, 100, DeviceKind.Unknown, "guest", CoverageIdentity.Neither, DeviceHolding.Unknown),
            Count(RunningSite.Now.AddDays(-2), CoverageMode.Exempt, CoverageReason.HelpSite, 40),
            Count(RunningSite.Now.AddDays(-2), CoverageMode.Exempt, CoverageReason.NeverIntercept, 20),
            Count(RunningSite.Now.AddDays(-6), CoverageMode.Failed, CoverageReason.CertificateRefused, 30),
            Count(RunningSite.Now.AddDays(-6), CoverageMode.Refused, CoverageReason.Policy, 10),
            Count(RunningSite.Now.AddDays(-7), CoverageMode.Refused, CoverageReason.Policy, 5_000),
        ]);
        var view = View();
        Assert.That(view.All.Parts, Is.EqualTo(new long[] { 800, 100, 60, 30, 10 }), "a week, today among it");
        Assert.That((view.All.Total, view.All.Unidentified), Is.EqualTo((1_000, 100)));
        Assert.That(view.ByKind.Select(k => $"{k.Name} {k.Total}"), Is.EqualTo(["iPad or iPhone 700", "Windows 200", "No kind known 100"]));
        Assert.That(view.ByTier.Select(k => $"{k.Name} {k.Total} {k.Unidentified}"), Is.EqualTo(["pupil 700 0", "staff 200 0", "guest 100 100"]));
        Assert.That(view.ByHolding.Select(k => k.Total), Is.EqualTo(new long[] { 700, 200, 100 }));
        Assert.That(view.Reasons.Select(r => $"{CoverageView.Say(r.Mode)} {r.Requests}"), Is.EqualTo(["name only 100", "exempt 40", "failed 30", "exempt 20", "refused by name 10"]));
        Assert.That(view.Trend.Select(d => d.Total), Is.EqualTo(new long[] { 40, 0, 0, 0, 60, 100, 800 }));
        Assert.That(View("28").All.Total, Is.EqualTo(6_000));
        Assert.That(View("1").All.Total, Is.EqualTo(800));
        Assert.That(View("5").Problems, Has.Count.EqualTo(1));
    }

    [Test]
    public void View_ADayBeginsAtSchoolMidnight()
    {
        // In summer the school's day begins an hour before that of UTC.
        var clock = new DateTimeOffset(2026, 7, 1, 10, 0, 0, TimeSpan.Zero);
        _state.AddCoverage([Count(clock.AddHours(-11), CoverageMode.Read, CoverageReason.None, 7), Count(clock.AddHours(-12), CoverageMode.Read, CoverageReason.None, 5)]);
        var view = CoverageView.Of(new QueryCollection(new Dictionary<string, StringValues> { ["days"] = "1" }), mayPassUnread: false, _state, SamplePolicy.With(Roster.Empty), Tongue.English, clock);
        Assert.That(view.All.Total, Is.EqualTo(7));
    }

    [TestCase(0, 0, "–")]
    [TestCase(0, 10, "0 %")]
    [TestCase(1, 1_000, "under 1 %")]
    [TestCase(999, 1_000, "over 99 %")]
    [TestCase(1_000, 1_000, "100 %")]
    [TestCase(1, 3, "33 %")]
    public void Percent(long part, long total, string expected) => Assert.That(CoverageView.Percent(part, total, Tongue.English), Is.EqualTo(expected));

    [TestCase(0, 4)]
    [TestCase(4, 4)]
    [TestCase(5, 8)]
    [TestCase(9, 20)]
    [TestCase(21, 40)]
    [TestCase(4_000_001, 8_000_000)]
    public void NiceTop(long most, long expected) => Assert.That(TrendChart.NiceTop(most), Is.EqualTo(expected));

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(90)]
    public void Chart_BarsStandInTheirPlaceAndAddUp(int days)
    {
        var trend = Enumerable.Range(0, days).Select(i => new CoverageDay(new DateOnly(2026, 9, 1).AddDays(i), 10, [4, 3, 0, 2, 1])).ToList();
        var chart = TrendChart.Of(trend, CultureInfo.GetCultureInfo("en-GB"));
        Assert.That(chart.Pieces, Has.Count.EqualTo(days * 4), "a part that is nothing is not drawn");
        Assert.That(chart.Pieces, Is.All.Matches<BarPiece>(p => p!.X >= 0 && p.X + p.Width <= TrendChart.Width && p.Y >= 0 && p.Y + p.Height <= TrendChart.Height));
        foreach (var bar in chart.Pieces.GroupBy(p => p.X))
        {
            var parts = bar.OrderByDescending(p => p.Y).ToList();
            for (var i = 1; i < parts.Count; i++) Assert.That(parts[i].Y + parts[i].Height, Is.EqualTo(parts[i - 1].Y).Within(0.15), "one on the other");
            Assert.That(bar.Sum(p => p.Height), Is.EqualTo((TrendChart.Height - 44) * 10 / 20.0).Within(0.5), "half of a scale that goes to 20");
        }
        Assert.That(chart.Days, Has.Count.InRange(1, 11));
        Assert.That(chart.Days[^1].Text, Is.EqualTo(trend[^1].Day.ToString("d MMM", CultureInfo.GetCultureInfo("en-GB"))), "today is named");
        Assert.That(chart.Steps.Select(s => s.Text), Is.EqualTo(["0", "5", "10", "15", "20"]));
    }

    /// <summary>A host whose app refused the certificate on two devices: seen by everybody who sees coverage, decided by the technician or the head, with a reason, and on record.</summary>
    [TestCase("technician", true)]
    [TestCase("head", true)]
    [TestCase("dsl", false)]
    [TestCase("a-moss", false)]
    public async Task App_ThatTakesNoCertificateButItsOwn_IsDecidedByWhomItIsFor(string person, bool mayDecide)
    {
        const string Host = "api.zoom.us";
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), clock: clock);
        site.State.AddTrust("authority", [], [new RefusedHost(Host, DateOnly.FromDateTime(RunningSite.Now.UtcDateTime), Refusals: 9, Devices: 3, Alert: 48)]);
        using var visitor = await Visitor.SignedInAsync(site, person, clock);
        var page = WebUtility.HtmlDecode(await visitor.ReadAsync("/coverage"));
        Assert.That(page, Does.Contain($"<bdi>{Host}</bdi></b> (Zoom) is proposed to be passed unread").And.Contain("bundles: [zoom]"));
        Assert.That(page.Contains("Pass it unread", StringComparison.Ordinal), Is.EqualTo(mayDecide));
        if (!mayDecide)
        {
            using var refused = await visitor.PostAsync("/coverage", ("host", Host), ("step", "accept"), ("reason", "because"));
            Assert.That(((int)refused.StatusCode, site.State.PassThroughs()), Is.EqualTo((403, Array.Empty<PassThroughRecord>())));
            return;
        }

        foreach (var (host, step, reason) in new[] { (Host, "accept", " "), ("other.example", "accept", "because"), (Host, "elsewhere", "because"), (Host, "end", "because") })
        {
            using var wrong = await visitor.SendAsync("/coverage", "/coverage", ("host", host), ("step", step), ("reason", reason));
            Assert.That((int)wrong.StatusCode, Is.EqualTo(422), $"{host} {step} '{reason}'");
        }
        Assert.That(site.State.PassThroughs(), Is.Empty);
        foreach (var (step, says) in new[] { ("accept", "is passed unread, said"), ("end", "is proposed to be passed unread"), ("refuse", "stays as it is and is proposed no more"), ("end", "is proposed to be passed unread") })
        {
            using var done = await visitor.SendAsync("/coverage", "/coverage", ("host", Host), ("step", step), ("reason", $"to {step} it"));
            Assert.That((int)done.StatusCode, Is.EqualTo(302), step);
            Assert.That(WebUtility.HtmlDecode(await visitor.ReadAsync("/coverage")), Does.Contain(says), step);
        }
        var audit = site.State.AuditEntries().Where(a => a.Action.StartsWith("pass-through.", StringComparison.Ordinal)).Select(a => (a.Actor, a.Action, a.Reason)).Reverse();
        Assert.That(audit, Is.EqualTo(new[] { (person, "pass-through.accept", "to accept it"), (person, "pass-through.end", "to end it"), (person, "pass-through.refuse", "to refuse it"), (person, "pass-through.end", "to end it") }));
    }

    [Test]
    public async Task Page_SaysItInWordsAndInATable()
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), clock: clock);
        using var auditor = await Visitor.SignedInAsync(site, "a-moss", clock);
        Assert.That(await auditor.ReadAsync("/coverage"), Does.Contain("Nothing was counted").And.Contain("What no gateway can see"));
        site.State.AddCoverage([Count(RunningSite.Now, CoverageMode.Read, CoverageReason.None, 90), Count(RunningSite.Now.AddDays(-1), CoverageMode.Failed, CoverageReason.CertificateRefused, 10, identity: CoverageIdentity.Neither)]);
        var page = WebUtility.HtmlDecode(await auditor.ReadAsync("/coverage"));
        Assert.That(page, Does.Contain("role=\"img\"").And.Contain("<dd>90 %</dd>").And.Contain("did not take the school's certificate").And.Contain("Sat 21 Nov").And.Contain("Of 100 requests"));
    }
}
