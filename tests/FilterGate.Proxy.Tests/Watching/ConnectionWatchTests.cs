using System.Net;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Watching;

/// <summary>Whom a watch concerns, how much it keeps, when it ends, and what a refused certificate means.</summary>
internal sealed class ConnectionWatchTests
{
    private static readonly IPAddress Tablet = IPAddress.Parse("192.0.2.7");

    private static Sighting Seen(string host, WatchedOutcome outcome = WatchedOutcome.Answered, Trouble? trouble = null, string? path = "/", Verdict verdict = Verdict.Allow) => new()
    {
        Time = DateTimeOffset.UnixEpoch, Address = Tablet.ToString(), Host = host, Path = outcome == WatchedOutcome.Failed ? null : path, Verdict = verdict, Tls = WatchedTls.Intercepted, Outcome = outcome, Trouble = trouble,
    };

    private static Sighting Rejected(string host, Verdict verdict = Verdict.Allow) => Seen(host, WatchedOutcome.Failed, Trouble.CertificateRejected, verdict: verdict);

    private static (ConnectionWatch Watches, FakeTimeProvider Clock) Make()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        return (new ConnectionWatch(clock), clock);
    }

    // What came before, what is refused now, and what that is called.
    private static IEnumerable<TestCaseData> Rejections()
    {
        yield return Case("OneHostAlone_IsUndecided", [Rejected("a.test")], Trouble.CertificateRejected);
        yield return Case("TheSameHostTwice_IsUndecided", [Rejected("a.test"), Rejected("a.test")], Trouble.CertificateRejected);
        yield return Case("TwoHostsAndNoneAccepted_IsTheDevice", [Rejected("a.test"), Rejected("b.test")], Trouble.CaNotTrusted);
        yield return Case("AnotherHostAcceptedBefore_IsTheApp", [Seen("b.test"), Rejected("a.test")], Trouble.PinnedApp);
        yield return Case("AnotherHostAcceptedAfter_IsTheApp", [Rejected("a.test"), Seen("b.test")], Trouble.PinnedApp);
        yield return Case("ManyRefusedAndOneAccepted_IsTheApp", [Rejected("a.test"), Rejected("b.test"), Rejected("c.test"), Seen("d.test")], Trouble.PinnedApp);
        yield return Case("OneInClearText_ProvesNothing", [Seen("b.test") with { Tls = WatchedTls.Clear }, Rejected("a.test"), Rejected("c.test")], Trouble.CaNotTrusted);
        yield return Case("OneThroughATunnel_ProvesNothing", [Seen("b.test", path: null) with { Tls = WatchedTls.Exempt }, Rejected("a.test")], Trouble.CertificateRejected);
        yield return Case("SilentOnAHostThatIsFine_IsNone", [Rejected("a.test") with { Detail = ConnectionWatch.Silent }, Seen("a.test")], null);
        yield return Case("SilentOnAnotherHost_IsTheApp", [Rejected("a.test") with { Detail = ConnectionWatch.Silent }, Seen("b.test")], Trouble.PinnedApp);
        yield return Case("WithAnAlertOnAHostThatIsFineInTheBrowser_IsTheApp", [Seen("a.test"), Rejected("a.test") with { Detail = "TLS alert 46, certificate_unknown" }], Trouble.PinnedApp);
        yield return Case("OfABlockedSite_IsThePolicy", [Seen("b.test"), Rejected("a.test", Verdict.Block)], Trouble.Policy);
        yield return Case("ABlockPageInside_ShowsTheAuthority", [Seen("b.test", WatchedOutcome.Refused, Trouble.Policy, verdict: Verdict.Block), Rejected("a.test")], Trouble.PinnedApp);

        static TestCaseData Case(string name, Sighting[] seen, Trouble? expected) => new TestCaseData(seen, expected).SetName("RejectedCertificate_" + name);
    }

    [TestCaseSource(nameof(Rejections))]
    public void RejectedCertificate(Sighting[] seen, Trouble? expected)
    {
        var (watches, _) = Make();
        var watch = watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromMinutes(1))!;
        foreach (var sighting in seen) watch.Add(sighting);
        Assert.That(watch.Read().Sightings.Last(s => s.Host == "a.test" && s.Outcome != WatchedOutcome.Answered).Trouble, Is.EqualTo(expected));
    }

    [TestCase(48, Trouble.CertificateRejected, "TLS alert 48, unknown_ca")]
    [TestCase(42, Trouble.CertificateRejected, "TLS alert 42, bad_certificate")]
    [TestCase(46, Trouble.CertificateRejected, "TLS alert 46, certificate_unknown")]
    [TestCase(45, Trouble.CertificateRejected, "TLS alert 45, certificate_expired")]
    [TestCase(40, Trouble.ClientTls, "TLS alert 40, handshake_failure")]
    [TestCase(70, Trouble.ClientTls, "TLS alert 70, protocol_version")]
    [TestCase(120, Trouble.ClientTls, "TLS alert 120, no_application_protocol")]
    [TestCase(121, Trouble.ClientTls, "TLS alert 121, ech_required")]
    [TestCase(255, Trouble.ClientTls, "TLS alert 255, unknown")]
    public void Alert(int number, Trouble expected, string detail)
    {
        var ending = HandshakeEnding.OfAlert(number);
        Assert.That((ending.Trouble, ending.Detail, ending.IsAskedAgain), Is.EqualTo((expected, detail, number == 121)));
    }

    [TestCase("a broken pipe", Trouble.CertificateRejected)]
    [TestCase("a time-out", Trouble.ClientTls)]
    [TestCase("no cipher", Trouble.ClientTls)]
    public void HandshakeWithoutAnAlert(string how, Trouble expected) => Assert.That(HandshakeEnding.Of(how switch
    {
        "a broken pipe" => new IOException("Received an unexpected EOF or 0 bytes from the transport stream."),
        "a time-out" => new OperationCanceledException(),
        _ => new System.Security.Authentication.AuthenticationException("no cipher", new IOException()),
    }).Trouble, Is.EqualTo(expected));

    [Test]
    public void Ring_WhenFull_DropsTheOldestAndSaysHowMany()
    {
        var (watches, _) = Make();
        var watch = watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromMinutes(1))!;
        for (var i = 0; i < Watch.SightingsMax + 5; i++) watch.Add(Seen("a.test"));
        var all = watch.Read();
        Assert.Multiple(() =>
        {
            Assert.That(all.Sightings, Has.Count.EqualTo(Watch.SightingsMax));
            Assert.That((all.Sightings[0].Number, all.Sightings[^1].Number, all.Missed), Is.EqualTo((6L, (long)Watch.SightingsMax + 5, 5L)));
            Assert.That(watch.Read(Watch.SightingsMax + 4).Sightings.Single().Number, Is.EqualTo(Watch.SightingsMax + 5));
            Assert.That(watch.Read(Watch.SightingsMax + 5).Sightings, Is.Empty);
        });
    }

    [Test]
    public void Start_LongerThanAQuarterOfAnHour_EndsThenAndForgetsEverything()
    {
        var (watches, clock) = Make();
        var ended = new List<long>();
        var watch = watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromHours(3), w => ended.Add(w.Id))!;
        watch.Add(Seen("a.test"));
        clock.Advance(ConnectionWatch.LongestWatch - TimeSpan.FromSeconds(1));
        Assert.That((watches.IsOn, watch.Read().Sightings.Count, ended.Count), Is.EqualTo((true, 1, 0)));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((watches.IsOn, watch.HasEnded, watch.Read().Sightings.Count, watches.Find(watch.Id)), Is.EqualTo((false, true, 0, (Watch?)null)));
        watch.Add(Seen("b.test"));
        Assert.That(watch.Read().Sightings, Is.Empty, "nothing comes after the end");
        Assert.That(watches.Stop(watch.Id), Is.False);
        Assert.That(ended, Is.EqualTo(new[] { watch.Id }), "it ends once");
    }

    [Test]
    public async Task Wait_IsOverWithTheNextSightingAndWithTheEnd()
    {
        var (watches, _) = Make();
        var watch = watches.Start(new WatchSubject("ipad-14", null), TimeSpan.FromMinutes(1))!;
        var waiting = watch.WaitAsync(0, CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False);
        watch.Add(Seen("a.test"));
        await waiting;
        await watch.WaitAsync(0, CancellationToken.None);
        waiting = watch.WaitAsync(1, CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False);
        watches.Stop(watch.Id);
        await waiting;
    }

    [Test]
    public void Start_BeyondTheMost_IsRefused()
    {
        var (watches, _) = Make();
        for (var i = 0; i < ConnectionWatch.WatchesMax; i++) Assert.That(watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromMinutes(1)), Is.Not.Null);
        Assert.That(watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromMinutes(1)), Is.Null);
        watches.Stop(watches.Running[0].Id);
        Assert.That(watches.Start(new WatchSubject(null, Tablet), TimeSpan.FromMinutes(1)), Is.Not.Null);
    }

    [TestCase("ipad-14", null, "IPAD-14", "192.0.2.9", true)]
    [TestCase("ipad-14", null, "ipad-1", "192.0.2.9", false)]
    [TestCase("ipad-14", null, null, "192.0.2.9", false)]
    [TestCase(null, "192.0.2.7", "ipad-14", "192.0.2.7", true)]
    [TestCase(null, "192.0.2.7", null, "192.0.2.70", false)]
    public void Subject_Is(string? device, string? address, string? seenDevice, string seenAddress, bool expected) =>
        Assert.That(new WatchSubject(device, address is null ? null : IPAddress.Parse(address)).Is(seenDevice, IPAddress.Parse(seenAddress)), Is.EqualTo(expected));

    [Test]
    public void TroubleOf_EveryFailure_HasOneButTheDevicesOwn()
    {
        foreach (var failure in Enum.GetValues<ForwardFailure>())
            Assert.That(ConnectionWatch.TroubleOf(failure) is null, Is.EqualTo(failure == ForwardFailure.ClientGone), failure.ToString());
    }
}
