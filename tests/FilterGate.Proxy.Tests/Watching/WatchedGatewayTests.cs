using System.Net;
using System.Security.Cryptography;
using FilterGate.Policy;
using FilterGate.Proxy.Tests.Fixtures;
using FilterGate.Proxy.Watching;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Watching;

/// <summary>What a watch of a running gateway shows, and what it never shows.</summary>
internal sealed class WatchedGatewayTests
{
    private OriginAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    private Task<TestGateway> StartAsync(TimeProvider? clock = null) => TestGateway.StartAsync(trust: _authority.Root, clock: clock);

    private static Watch Begin(TestGateway gateway, string address = "127.0.0.1") => gateway.Gateway.Watch.Start(new WatchSubject(null, IPAddress.Parse(address)), TimeSpan.FromMinutes(5))!;

    /// <summary>The sightings, once there are so many; a sighting comes after the answer it is about.</summary>
    private static async Task<IReadOnlyList<Sighting>> ReadAsync(Watch watch, int atLeast = 1)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (watch.Read().Sightings.Count < atLeast) await watch.WaitAsync(watch.Read().Sightings.Count, patience.Token);
        return watch.Read().Sightings;
    }

    [Test]
    public async Task PlainRequest_Allowed_IsSeenWithoutItsQuery()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/a/page?q=secret HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        var seen = (await ReadAsync(watch)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((seen.Method, seen.Host, seen.Port, seen.Path), Is.EqualTo(("GET", "allowed.test", (int?)origin.Port, "/a/page")));
            Assert.That((seen.Verdict, seen.Tls, seen.Outcome, seen.Status, seen.BytesIn, seen.Trouble), Is.EqualTo(((Verdict?)Verdict.Allow, WatchedTls.Clear, WatchedOutcome.Answered, (int?)200, (long?)5, (Trouble?)null)));
            Assert.That(seen.ToString(), Does.Not.Contain("secret"));
        });
    }

    [TestCase("GET http://forum.test/x HTTP/1.1\r\nHost: forum.test\r\n\r\n", WatchedOutcome.Refused, 403, Trouble.Policy, TestName = "Request_Blocked")]
    [TestCase("GET http://private.test/ HTTP/1.1\r\nHost: private.test\r\n\r\n", WatchedOutcome.Refused, 403, Trouble.PrivateDestination, TestName = "Request_ToAPrivateAddress")]
    [TestCase("GET http://nowhere.test/ HTTP/1.1\r\nHost: nowhere.test\r\n\r\n", WatchedOutcome.Failed, 502, Trouble.NameNotFound, TestName = "Request_NameWithoutAddress")]
    [TestCase("GET http://allowed.test:1/ HTTP/1.1\r\nHost: allowed.test:1\r\n\r\n", WatchedOutcome.Failed, 502, Trouble.OriginRefused, TestName = "Request_NothingListens")]
    [TestCase("CONNECT allowed.test:25 HTTP/1.1\r\n\r\n", WatchedOutcome.Refused, 403, Trouble.PortRefused, TestName = "Connect_ToAPortOfMail")]
    [TestCase("CONNECT nowhere.test:443 HTTP/1.1\r\n\r\n", WatchedOutcome.Failed, null, Trouble.NameNotFound, "guest", TestName = "Connect_TunnelToANameWithoutAddress")]
    [TestCase("CONNECT adult.test:443 HTTP/1.1\r\n\r\n", WatchedOutcome.Refused, 403, Trouble.Policy, "guest", TestName = "Connect_TunnelToABlockedHost")]
    public async Task InTheWay(string request, WatchedOutcome outcome, int? status, Trouble trouble, string tier = "pupil")
    {
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await gateway.AskAsync(request, tier);
        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Outcome, seen.Status, seen.Trouble), Is.EqualTo((outcome, status, (Trouble?)trouble)));
    }

    [Test]
    public async Task Intercepted_IsSeenAsRead()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await TlsClient.GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "GET /p?x=1 HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n");
        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Tls, seen.Outcome, seen.Path, seen.Trouble), Is.EqualTo((WatchedTls.Intercepted, WatchedOutcome.Answered, "/p", (Trouble?)null)));
    }

    [TestCase(-1, Trouble.OriginCertificateExpired)]
    [TestCase(5, Trouble.OriginCertificateName)]
    public async Task Origin_WithABadCertificate_IsTheSitesFault(int days, Trouble expected)
    {
        using var certificate = _authority.Issue(days > 0 ? "other.test" : "allowed.test", days);
        await using var origin = new FakeOrigin("hello", certificate);
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await TlsClient.GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n");
        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Outcome, seen.Status, seen.Trouble), Is.EqualTo((WatchedOutcome.Failed, (int?)502, (Trouble?)expected)));
        Assert.That(seen.RefusedCertificate, Is.EqualTo(CertificateExceptions.Format(certificate.GetCertHash(HashAlgorithmName.SHA256))), "which one, so that somebody can ask its owner");
    }

    [TestCase("guest", "allowed.test", WatchedTls.Tunnel)]
    [TestCase("pupil", "pinned.test", WatchedTls.Exempt)]
    public async Task Tunnel_IsSeenWhenItBeginsAndWhenItEnds(string tier, string host, WatchedTls tls)
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue(host));
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await TlsClient.GetAsync(gateway, tier, $"{host}:{origin.Port}", $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        var seen = await ReadAsync(watch, atLeast: 2);
        Assert.Multiple(() =>
        {
            Assert.That(seen.Select(s => (s.Tls, s.Outcome, s.Host, s.Path, s.Trouble)), Is.EqualTo(new[] { (tls, WatchedOutcome.Opened, host, (string?)null, (Trouble?)null), (tls, WatchedOutcome.Closed, host, null, null) }));
            Assert.That(seen[1].BytesIn, Is.GreaterThan(100));
            Assert.That(seen[1].BytesOut, Is.GreaterThan(100));
        });
    }

    [Test]
    public async Task Handshake_RefusedByTheDevice_TellsTheDeviceFromAnApp()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await RefuseCertificateAsync(gateway, "one.test");
        Assert.That((await ReadAsync(watch)).Single().Trouble, Is.EqualTo(Trouble.CertificateRejected));
        await RefuseCertificateAsync(gateway, "two.test");
        Assert.That((await ReadAsync(watch, 2)).Select(s => s.Trouble), Is.All.EqualTo(Trouble.CaNotTrusted));
        await TlsClient.GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n");
        var seen = await ReadAsync(watch, 3);
        Assert.That(seen.Select(s => s.Trouble), Is.EqualTo(new Trouble?[] { Trouble.PinnedApp, Trouble.PinnedApp, null }));
    }

    [Test]
    public async Task Handshake_ThenNothing_IsARefusalOfOurCertificate()
    {
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        using (var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443"))
        {
            await using var tls = await client.StartTlsAsync("allowed.test");
            // Read to the end: what is closed with bytes unread is reset, and may reach the gateway before its side of the handshake is done.
            await tls.ShutdownAsync();
            while (await tls.ReadAsync(new byte[256]) > 0) { }
        }

        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Trouble, seen.Outcome, seen.Detail), Is.EqualTo(((Trouble?)Trouble.CertificateRejected, WatchedOutcome.Failed, "closed without a request right after the handshake")));
    }

    [Test]
    public async Task HelpSite_IsNeverSeen()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("help.test"));
        await using var plain = new FakeOrigin("hello");
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await TlsClient.GetAsync(gateway, "pupil", $"help.test:{origin.Port}", "GET / HTTP/1.1\r\nHost: help.test\r\nConnection: close\r\n\r\n");
        await gateway.AskAsync($"GET http://help.test:{plain.Port}/ HTTP/1.1\r\nHost: help.test\r\n\r\n");
        await gateway.AskAsync("GET http://help.test:1/ HTTP/1.1\r\nHost: help.test:1\r\n\r\n");
        await gateway.AskAsync("CONNECT help.test:25 HTTP/1.1\r\n\r\n");
        await gateway.AskAsync("CONNECT help.test:1025 HTTP/1.1\r\nHost: adult.test\r\n\r\n", "guest");
        await gateway.AskAsync($"GET http://allowed.test:{plain.Port}/?url=http://help.test/talk HTTP/1.1\r\nHost: allowed.test\r\n\r\n");
        // One that may be seen, after them all: what is not there before it never comes.
        await gateway.AskAsync("GET http://forum.test/last HTTP/1.1\r\nHost: forum.test\r\n\r\n");
        var seen = await ReadAsync(watch);
        Assert.That(seen.Select(s => s.Path), Is.EqualTo(new[] { "/last" }));
        Assert.That(seen[0].Number, Is.EqualTo(1), "not even as a gap in the numbers");
    }

    [Test]
    public async Task LockedHit_HasNeitherHostNorPath()
    {
        await using var gateway = await StartAsync();
        var watch = Begin(gateway);
        await gateway.AskAsync("GET http://locked.test/forbidden/page HTTP/1.1\r\nHost: locked.test\r\n\r\n");
        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Host, seen.Path, seen.Port, seen.Rule, seen.Reason), Is.EqualTo(((string?)null, "", (int?)null, (string?)null, (Reason?)Reason.Locked)));
        Assert.That(seen.ToString(), Does.Not.Contain("locked.test").And.Not.Contain("forbidden"));
    }

    [TestCase("192.0.2.7", true)]
    [TestCase("192.0.2.8", false)]
    public async Task Device_ByName_IsThatDeviceAlone(string from, bool isSeen)
    {
        await using var gateway = await StartAsync();
        var watch = gateway.Gateway.Watch.Start(new WatchSubject("ipad-14", null), TimeSpan.FromMinutes(5))!;
        await gateway.AskAsync("GET http://forum.test/one HTTP/1.1\r\nHost: forum.test\r\n\r\n", tier: null, from);
        await gateway.AskAsync("GET http://forum.test/two HTTP/1.1\r\nHost: forum.test\r\n\r\n", tier: null, "192.0.2.7");
        var seen = await ReadAsync(watch, isSeen ? 2 : 1);
        Assert.That(seen.Select(s => s.Path), Is.EqualTo(isSeen ? new[] { "/one", "/two" } : ["/two"]));
        Assert.That(seen.Select(s => s.Device), Is.All.EqualTo("ipad-14"));
    }

    [Test]
    public async Task Address_OutsideTheNetworks_IsSeenAsTurnedAway()
    {
        await using var gateway = await StartAsync();
        var watch = Begin(gateway, "203.0.113.9");
        using var client = gateway.Connect(tier: null, "203.0.113.9");
        var seen = (await ReadAsync(watch)).Single();
        Assert.That((seen.Trouble, seen.Outcome, seen.Host), Is.EqualTo(((Trouble?)Trouble.OutsideNetworks, WatchedOutcome.Refused, (string?)null)));
    }

    [Test]
    public async Task Origin_ThatSaysNothing_IsSeenBeforeItsTimeIsUp()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            asked.TrySetResult();
            await answer.Task;
            await stream.WriteAsync("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });
        await using var gateway = await StartAsync(clock);
        var watch = Begin(gateway);
        var asking = gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        await asked.Task;
        clock.Advance(ConnectionWatch.SlowAfter);
        Assert.That((await ReadAsync(watch)).Select(s => (s.Outcome, s.Trouble)), Is.EqualTo(new[] { (WatchedOutcome.Waiting, (Trouble?)Trouble.OriginSlow) }));
        answer.SetResult();
        await asking;
        Assert.That((await ReadAsync(watch, 2))[1] is { Outcome: WatchedOutcome.Answered, Status: 503, Trouble: Trouble.OriginError }, watch.Read().Sightings[1].ToString());
    }

    [Test]
    public async Task Nobody_Watching_NothingIsKept()
    {
        await using var gateway = await StartAsync();
        await gateway.AskAsync("GET http://forum.test/before HTTP/1.1\r\nHost: forum.test\r\n\r\n");
        var watch = Begin(gateway);
        Assert.That(gateway.Gateway.Watch.IsOn, Is.True);
        await gateway.AskAsync("GET http://forum.test/now HTTP/1.1\r\nHost: forum.test\r\n\r\n");
        Assert.That((await ReadAsync(watch)).Select(s => s.Path), Is.EqualTo(new[] { "/now" }), "nothing from before");
        gateway.Gateway.Watch.Stop(watch.Id);
        Assert.That(gateway.Gateway.Watch.IsOn, Is.False);
    }

    /// <summary>A client that trusts nobody, and says so.</summary>
    private static async Task RefuseCertificateAsync(TestGateway gateway, string host)
    {
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", $"{host}:443");
        Assert.That(async () => await client.StartTlsAsync(host, _ => throw new InvalidOperationException("not mine")), Throws.Exception);
    }
}
