using System.Net;
using System.Net.Sockets;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>Ways round the filter through a whole gateway: each is refused and is an event of its own kind, and many tries are one story.</summary>
internal sealed class WaysRoundTests
{
    private const string OpenVpn = "\0\u000e\u0038s\u00e0\u00a7\u00c2%?\u0089K\0\0\0\0\0";

    [TestCase("pupil", OpenVpn, "vpn", WayRound.Vpn, "OpenVPN", TestName = "Connect_OpenVpn")]
    [TestCase("guest", OpenVpn, "vpn", WayRound.Vpn, "OpenVPN", TestName = "Connect_OpenVpn_OfATierThatTunnels")]
    [TestCase("staff", "\u0005\u0001\0", "web-proxies", WayRound.Proxy, "SOCKS", TestName = "Connect_Socks")]
    [TestCase("pupil", "CONNECT blocked.test:443 HTTP/1.1\r\n\r\n", "web-proxies", WayRound.Proxy, "Proxy within a tunnel", TestName = "Connect_WithinConnect")]
    [TestCase("guest", "CONNECT blocked.test:443 HTTP/1.1\r\n\r\n", "web-proxies", WayRound.Proxy, "Proxy within a tunnel", TestName = "Connect_WithinConnect_OfATierThatTunnels")]
    [TestCase("pupil", "SSH-2.0-OpenSSH_9.2\r\n", null, WayRound.Tunnel, "SSH", TestName = "Connect_Ssh")]
    public async Task Connect_IsEndedUnsent_AndOnRecordAsItsOwnKind(string tier, string bytes, string? category, WayRound way, string name)
    {
        await using var origin = new FakeOrigin("never");
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, tier, $"allowed.test:{origin.Port}");
        await client.SendAsync(bytes);
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((stored.Kind, stored.Decision, stored.Reason, stored.ActKind), Is.EqualTo((EventKind.Circumvention, (Verdict?)Verdict.Block, (Reason?)Reason.WayRound, (ActKind?)ActKind.Circumvention)));
            Assert.That((stored.Category, WaysRound.Of(stored), stored.Host), Is.EqualTo((category, (WayRound?)way, "allowed.test")));
            Assert.That(stored.Rule, Does.StartWith(name + ": "));
            Assert.That(origin.Heads, Is.Empty);
        });
    }

    /// <summary>A tier that is passed unread and lets other protocols through: what a server takes for a request is read as one, or an address in the place of the name would hide a locked page.</summary>
    [TestCase("GET /forbidden/page HTTP/1.1\r\nHost: locked.test\r\nConnection: close\r\n\r\n")]
    [TestCase("\r\nGET /forbidden/page HTTP/1.1\r\nHost: locked.test\r\nConnection: close\r\n\r\n")]
    [TestCase("\n\n\nGET /forbidden/page HTTP/1.1\nHost: locked.test\nConnection: close\n\n")]
    [TestCase("get /forbidden/page HTTP/1.1\r\nHost: locked.test\r\nConnection: close\r\n\r\n")]
    public async Task Connect_ToAnAddress_PlainRequestForALockedPage_IsNeverPassedUnread(string request)
    {
        await using var origin = new FakeOrigin("never");
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "guest", $"127.0.0.1:{origin.Port}");
        await client.SendAsync(request);
        var answer = await client.ReadToEndAsync();
        Assert.That((origin.Heads.Count, answer.Contains("never", StringComparison.Ordinal)), Is.EqualTo((0, false)), answer);
    }

    /// <summary>A port that no site uses is refused before a byte is sent, and is on record as what it is for.</summary>
    [TestCase("allowed.test:22", EventKind.Circumvention, Reason.WayRound, "SSH: its port, which is refused")]
    [TestCase("allowed.test:853", EventKind.Circumvention, Reason.WayRound, "Encrypted DNS: its port, which is refused")]
    [TestCase("allowed.test:25", EventKind.Tls, Reason.TlsPolicy, "port 25")]
    [TestCase("own-blocked.test:25", EventKind.Block, Reason.OwnBlock, null)]
    public async Task Connect_ToAPortOfSomethingElse_IsOnRecord(string authority, EventKind kind, Reason reason, string? rule)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n")).Status, Is.EqualTo(403));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason, stored.Host), Is.EqualTo((kind, (Reason?)reason, authority.Split(':')[0])));
        if (rule is not null) Assert.That(stored.Rule, Is.EqualTo(rule));
    }

    [Test]
    public async Task Connect_ToAPortOfAHelpSite_IsRefusedAndNotOnRecord()
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync("CONNECT help.test:25 HTTP/1.1\r\nHost: help.test:25\r\n\r\n")).Status, Is.EqualTo(403));
        await gateway.AskAsync("CONNECT allowed.test:25 HTTP/1.1\r\nHost: allowed.test:25\r\n\r\n");
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Select(e => e.Host), Is.EqualTo(["allowed.test"]));
    }

    /// <summary>What the rules of the box refused before it came here: the policy says what it is, and whose.</summary>
    [Test]
    public async Task RefusedByTheRules_IsAnAttempt_AndManyAreOneStory()
    {
        await using var gateway = await TestGateway.StartAsync();
        var began = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.AddSeconds(-5), TimeSpan.Zero);
        for (var minute = 0; minute < 3; minute++) await gateway.Gateway.RecordAsync(Refused(ProtocolType.Udp, 51820), began.AddMilliseconds(minute), default);
        var stored = (await gateway.EventsAsync(atLeast: 3)).OrderBy(e => e.Time).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(stored.Select(e => (e.Kind, e.Reason, e.Rule, WaysRound.Of(e), e.Method, e.Host)), Has.All.EqualTo((EventKind.Circumvention, (Reason?)Reason.WayRound, "WireGuard: its port, which is refused", (WayRound?)WayRound.Vpn, "UDP", "11.22.33.44")));
            Assert.That(stored.Select(e => e.ActKind), Is.EqualTo([ActKind.Circumvention, (ActKind?)null, null]));
            Assert.That(stored.Skip(1).Select(e => e.Act), Has.All.EqualTo(stored[0].Id));
            Assert.That(stored[^1].Time, Is.EqualTo(began.AddMilliseconds(2)).Within(TimeSpan.FromMilliseconds(1)), "the time of the try, not of its storing");
        });
    }

    /// <summary>Nobody tried to get round anything: something in the school, an address that is none of its own, a port that says nothing.</summary>
    [TestCase("127.0.0.1", "10.20.3.4", 22)]
    [TestCase("127.0.0.1", "192.0.2.9", 22)]
    [TestCase("203.0.113.9", "11.22.33.44", 22)]
    [TestCase("127.0.0.1", "11.22.33.44", 25)]
    public async Task RefusedByTheRules_WhatIsNoWayRound_IsNotOnRecord(string client, string destination, int port)
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.Gateway.RecordAsync(new RefusedTry(IPAddress.Parse(client), ProtocolType.Tcp, port, IPAddress.Parse(destination)), DateTimeOffset.UtcNow, default);
        await gateway.Gateway.RecordAsync(Refused(ProtocolType.Udp, 1194), DateTimeOffset.UtcNow, default);
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Select(e => e.Category), Is.EqualTo(["vpn"]));
    }

    private static RefusedTry Refused(ProtocolType protocol, int port) => new(IPAddress.Loopback, protocol, port, IPAddress.Parse("11.22.33.44"));

    [Test]
    public async Task Connect_OneByteAtATime_IsTheSame()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443");
        foreach (var letter in "SSH-2.0-x\r\n") await client.SendAsync(letter.ToString());
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Single().Reason, Is.EqualTo(Reason.WayRound));
    }

    [Test]
    public async Task Connect_WhatStopsHalfWay_IsTakenForWhatThereIs()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443");
        await client.SendAsync("\u0005\u0002"); // SOCKS says how many methods it knows, and then does not name them.
        var end = client.ReadToEndAsync();
        for (var i = 0; i < 200 && !end.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        Assert.That(await end, Is.Empty);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason, stored.Rule), Is.EqualTo((EventKind.Tls, (Reason?)Reason.TlsPolicy, ConnectionSign.Other.Text)));
    }

    [Test]
    public async Task Connect_NoSignOfAWayRound_IsNoAttempt()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443");
        await client.SendAsync("\u0013BitTorrent protocol");
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason, stored.Rule, WaysRound.Of(stored)), Is.EqualTo((EventKind.Tls, (Reason?)Reason.TlsPolicy, "BitTorrent: its handshake", (WayRound?)null)));
    }

    /// <summary>A tunnel dressed in TLS that ends here is looked at like one that is not.</summary>
    [TestCase("pupil", "SSH-2.0-OpenSSH_9.2\r\n", EventKind.Circumvention, "SSH")]
    [TestCase("staff", OpenVpn, EventKind.Circumvention, "OpenVPN")]
    [TestCase("pupil", "SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", EventKind.Circumvention, "SSTP")]
    [TestCase("pupil", "POST / HTTP/1.1\r\nHost: allowed.test\r\nX-Transcend-Version: 1\r\nContent-Length: 0\r\n\r\n", EventKind.Circumvention, "AnyConnect")]
    [TestCase("pupil", "\u0001\u0002\u0003 something else", EventKind.Tls, "Not the web")]
    [TestCase("loose", "SSH-2.0-OpenSSH_9.2\r\n", EventKind.Tls, "SSH", Description = "It might have passed unread, but nobody can pass it on from here.")]
    public async Task WithinTls_IsEnded(string tier, string bytes, EventKind kind, string name)
    {
        var school = tier == "loose" ? TestGateway.School.Replace("pupil: { tls: intercept,", "pupil: { tls: intercept, other_protocols: allow,", StringComparison.Ordinal) : TestGateway.School;
        await using var gateway = await TestGateway.StartAsync(school);
        using var client = await TlsClient.ConnectAsync(gateway, tier == "loose" ? "pupil" : tier, "allowed.test:443");
        await using var tls = await client.StartTlsAsync("allowed.test");
        await tls.WriteAsync(System.Text.Encoding.Latin1.GetBytes(bytes));
        Assert.That(await tls.ReadAsync(new byte[1]), Is.Zero);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Rule![..name.Length]), Is.EqualTo((kind, name)));
    }

    /// <summary>A program that is told by its ClientHello; the school names the one of this test, whatever version of OpenSSL it runs on.</summary>
    [TestCase("pupil")]
    [TestCase("guest")]
    public async Task ClientHello_OfAProgramThatTheSchoolNames_IsEndedInEveryTier(string tier)
    {
        await using var gateway = await TestGateway.StartAsync();
        var ja4 = await FingerprintOfThisAsync();
        gateway.Policy.Publish(TestGateway.Compile($"{TestGateway.School}\ntls_programs: [ {{ ja4: {ja4}, name: Some VPN, category: vpn }} ]"));
        await using var origin = new FakeOrigin("never");
        using var client = await TlsClient.ConnectAsync(gateway, tier, $"allowed.test:{origin.Port}");
        Assert.That(async () => await client.StartTlsAsync("allowed.test"), Throws.InstanceOf<Exception>());
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason, stored.Category, stored.Rule), Is.EqualTo((EventKind.Circumvention, (Reason?)Reason.WayRound, "vpn", $"Some VPN: its ClientHello, JA4 {ja4}")));

        gateway.Policy.Publish(TestGateway.Compile($"{TestGateway.School}\ntls_programs: [ {{ ja4: {ja4}, name: Our booking program, category: none }} ]"));
        using var again = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443");
        await using var tls = await again.StartTlsAsync("allowed.test");
    }

    private static async Task<string> FingerprintOfThisAsync()
    {
        var sent = await ClientHelloTests.RealHelloAsync("allowed.test");
        Assert.That(ClientHello.TryRead(new System.Buffers.ReadOnlySequence<byte>(sent), 16 * 1024, out var hello), Is.EqualTo(ClientHelloStatus.Complete));
        return hello.Fingerprint!;
    }

    /// <summary>Nobody can tell where it goes: it passes nowhere, also where what is not the web passes unread.</summary>
    [TestCase("pupil")]
    [TestCase("guest")]
    public async Task BrokenTls_IsEnded_AndOnRecord(string tier)
    {
        await using var origin = new FakeOrigin("never");
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, tier, $"allowed.test:{origin.Port}");
        await client.SendAsync("\u0016\u0003\u0001\0\u0006\u0002\0\0\u0002xx"); // A ServerHello.
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason, stored.Rule), Is.EqualTo((EventKind.Tls, (Reason?)Reason.TlsPolicy, ConnectionSign.BrokenTls.Text)));
        Assert.That(origin.Heads, Is.Empty);
    }

    [Test]
    public async Task OtherProtocols_Allowed_ReachTheirServer_EvenWhereHttpsIsRead()
    {
        await using var origin = new FakeOrigin(async (stream, _) => await stream.WriteAsync("SSH-2.0-server\r\n"u8.ToArray()));
        await using var gateway = await TestGateway.StartAsync(TestGateway.School.Replace("staff: { tls: intercept,", "staff: { tls: intercept, other_protocols: allow,", StringComparison.Ordinal));
        using var client = await TlsClient.ConnectAsync(gateway, "staff", $"allowed.test:{origin.Port}");
        await client.SendAsync("SSH-2.0-client\r\n\r\n");
        Assert.That(await client.ReadUntilAsync("server\r\n"), Is.EqualTo("SSH-2.0-server\r\n"));

        // The school changes its mind: what runs is cut.
        gateway.Policy.Publish(TestGateway.Compile(TestGateway.School));
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task ManyTries_AreOneStory_WithAnEventEach()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        for (var i = 0; i < 14; i++)
        {
            using var client = await TlsClient.ConnectAsync(gateway, "pupil", i % 2 == 0 ? "allowed.test:443" : "other.test:443");
            await client.SendAsync(OpenVpn);
            await client.ReadToEndAsync();
            clock.Advance(TimeSpan.FromSeconds(90));
        }

        var events = await gateway.EventsAsync(atLeast: 14);
        var story = events.Single(e => e.ActKind is not null);
        Assert.That(events.Select(e => e.Kind), Is.All.EqualTo(EventKind.Circumvention));
        Assert.That(events.Where(e => e.Id != story.Id).Select(e => e.Act), Is.All.EqualTo(story.Id));
    }

    [Test]
    public async Task BlockedSiteBehindAnOpenName_IsFronting()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443");
        await using var tls = await client.StartTlsAsync("allowed.test");
        Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: forum.test\r\nAccept: text/html\r\n\r\n")).Status, Is.EqualTo(403));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Host, stored.Reason, stored.Rule, WaysRound.Of(stored)), Is.EqualTo((EventKind.Circumvention, "forum.test", (Reason?)Reason.CategoryBlock, "fronting allowed.test", (WayRound?)WayRound.Fronting)));
    }

    [TestCase("forum.test", "allowed.test", TestName = "Fronting_AnOpenSiteOverABlockedConnection_IsNone")]
    [TestCase("forum.test", "forum.test", TestName = "Fronting_TheSameName_IsNone")]
    public async Task Fronting_IsNone(string connection, string host)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", $"{connection}:443");
        await using var tls = await client.StartTlsAsync(connection);
        Assert.That((await TlsClient.AskAsync(tls, $"GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n")).Status, Is.EqualTo(403));
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Single().Kind, Is.EqualTo(EventKind.Block));
    }

    [Test]
    public async Task Fronting_AddressInsteadOfAName_IsNoCover()
    {
        // An app that looks names up by itself connects to an address and then says which site it wants.
        await using var gateway = await TestGateway.StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", "127.0.0.1:443");
        await using var tls = await client.StartTlsAsync("127.0.0.1");
        Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: forum.test\r\nAccept: text/html\r\n\r\n")).Status, Is.EqualTo(403));
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Single().Kind, Is.EqualTo(EventKind.Block));
    }

    [TestCase("GET http://forum-test.translate.goog/ HTTP/1.1\r\nHost: forum-test.translate.goog\r\n", EventKind.Circumvention, WayRound.Viewer)]
    [TestCase("GET http://web.archive.org/web/2020/http://forum.test/x HTTP/1.1\r\nHost: web.archive.org\r\n", EventKind.Circumvention, WayRound.Viewer)]
    [TestCase("GET http://allowed.test/?url=http://forum.test/ HTTP/1.1\r\nHost: allowed.test\r\n", EventKind.Block, null, Description = "A link is no try.")]
    public async Task Viewer_OfABlockedSite_IsAWayRound(string request, EventKind kind, WayRound? way)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync(request + "Accept: text/html\r\n\r\n")).Status, Is.EqualTo(403));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, WaysRound.Of(stored)), Is.EqualTo((kind, way)));
    }

    [Test]
    public async Task ShadowMode_AVpnConnectionStaysRefused_AndASiteOfOneIsLetThroughAndStillAnAttempt()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        gateway.Gateway.BeginShadow(new ShadowMode(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)));
        using (var client = await TlsClient.ConnectAsync(gateway, "guest", $"allowed.test:{origin.Port}"))
        {
            await client.SendAsync(OpenVpn);
            Assert.That(await client.ReadToEndAsync(), Is.Empty);
        }

        Assert.That((await gateway.AskAsync($"GET http://vpn.test:{origin.Port}/ HTTP/1.1\r\nHost: vpn.test:{origin.Port}\r\nAccept: text/html\r\n\r\n")).Status, Is.EqualTo(200));
        var events = await gateway.EventsAsync(atLeast: 2);
        Assert.That(events.Select(e => (e.Kind, e.ActKind, WaysRound.Of(e))), Is.EqualTo(new[]
        {
            (EventKind.Circumvention, (ActKind?)ActKind.Circumvention, (WayRound?)WayRound.Vpn),
            (EventKind.WouldGetRound, (ActKind?)ActKind.Circumvention, (WayRound?)WayRound.Vpn),
        }));
    }
}
