using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>CONNECT and what follows: tunnel or intercept by tier and host, every name decided, the origin's certificate always verified.</summary>
internal sealed class TlsTests
{
    private OriginAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    [Test]
    public async Task Intercept_AllowedSite_IsSeenWithACertificateOfOneName()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        await using var gateway = await StartAsync();
        X509Certificate2? seen = null;
        var answer = await GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "allowed.test", "/page", certificate => seen = new X509Certificate2(certificate));
        Assert.Multiple(() =>
        {
            Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")));
            Assert.That(seen!.Issuer, Does.Contain("FilterGate school CA"));
            Assert.That(seen.MatchesHostname("allowed.test"), Is.True);
            Assert.That(seen.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames(), Is.EqualTo(new[] { "allowed.test" }));
            Assert.That(seen.GetECDsaPublicKey()!.KeySize, Is.EqualTo(256));
            Assert.That(origin.Heads.Single(), Does.StartWith("GET /page HTTP/1.1\r\n"));
        });
    }

    [TestCase("h2")]
    [TestCase("http/1.1")]
    public async Task Intercept_Alpn_IsTheClientsChoice(string protocol)
    {
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "pupil", "forum.test:443");
        await using var tls = await client.StartTlsAsync("forum.test", inspect: null, new SslApplicationProtocol(protocol));
        Assert.That(tls.NegotiatedApplicationProtocol.ToString(), Is.EqualTo(protocol));
    }

    [Test]
    public async Task Intercept_BlockedSite_ShowsItsPageInsideTls()
    {
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "pupil", "forum.test:443", "forum.test", "/topic?id=1");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.That(answer.Status, Is.EqualTo(403));
        Assert.That((stored.Url, stored.Method, stored.Reason), Is.EqualTo(("https://forum.test/topic?id=1", "GET", (Reason?)Reason.CategoryBlock)));
        Assert.That(answer.Body, Does.Contain(stored.Reference));
    }

    [Test]
    public async Task Intercept_PathRule_DecidesWithinAnAllowedHost()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        await using var gateway = await StartAsync();
        Assert.That((await GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "allowed.test", "/blocked-part/x")).Status, Is.EqualTo(403));
        Assert.That((await GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "allowed.test", "/other")).Status, Is.EqualTo(200));
    }

    [TestCase("guest", "allowed.test", TestName = "Tunnel_TierThatTunnels")]
    [TestCase("pupil", "help.test", TestName = "Tunnel_HelpSite_IsNeverIntercepted")]
    [TestCase("pupil", "pinned.test", TestName = "Tunnel_NeverInterceptHost")]
    public async Task Tunnel_ShowsTheOriginsOwnCertificate(string tier, string host)
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue(host));
        await using var gateway = await StartAsync();
        X509Certificate2? seen = null;
        var answer = await GetAsync(gateway, tier, $"{host}:{origin.Port}", host, "/", certificate => seen = new X509Certificate2(certificate));
        Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")));
        Assert.That(seen!.Issuer, Is.EqualTo("CN=Origins of the test"));
    }

    [Test]
    public async Task Tunnel_BlockedHost_IsRefusedInTheOpen()
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.AskAsync("CONNECT adult.test:443 HTTP/1.1\r\n\r\n", "guest");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.That((answer.Status, stored.Reason, stored.Method), Is.EqualTo((403, (Reason?)Reason.NoBypass, "CONNECT")));
    }

    [Test]
    public async Task Tunnel_AnotherNameInTheClientHello_IsDecidedToo()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("adult.test"));
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "guest", $"allowed.test:{origin.Port}");
        Assert.That(async () => await client.StartTlsAsync("adult.test"), Throws.InstanceOf<Exception>());
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Host, stored.Reason), Is.EqualTo(("adult.test", (Reason?)Reason.NoBypass)));
        Assert.That(origin.Heads, Is.Empty);
    }

    [Test]
    public async Task Intercept_AnotherNameInTheClientHello_IsDecidedToo()
    {
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "pupil", "allowed.test:443", "forum.test", "/");
        Assert.That(answer.Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Intercept_AnotherNameInHost_IsDecidedToo()
    {
        // Domain fronting: the connection is for an allowed site, the request inside it for a blocked one.
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "pupil", "allowed.test:443");
        await using var tls = await client.StartTlsAsync("allowed.test");
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: forum.test\r\nAccept: text/html\r\n\r\n"u8.ToArray());
        Assert.That(await FakeOrigin.ReadHeadAsync(tls), Does.StartWith("HTTP/1.1 403"));
        Assert.That(gateway.Events.Search(new EventQuery()).Events.Single().Host, Is.EqualTo("forum.test"));
    }

    [Test]
    public async Task Intercept_AllowedHostOverABlockedConnection_IsBlocked()
    {
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "pupil", "forum.test:443");
        await using var tls = await client.StartTlsAsync("forum.test");
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: allowed.test\r\nAccept: text/html\r\n\r\n"u8.ToArray());
        Assert.That(await FakeOrigin.ReadHeadAsync(tls), Does.StartWith("HTTP/1.1 403"));
    }

    [Test]
    public async Task LockedUrl_IsInterceptedInATierThatTunnels()
    {
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "guest", "locked.test:443", "locked.test", "/forbidden/page");
        Assert.That(answer.Status, Is.EqualTo(403));
        Assert.That(gateway.Events.Search(new EventQuery()).Events.Single().Reason, Is.EqualTo(Reason.Locked));
    }

    [TestCase("other.test", 5, "another", TestName = "Origin_CertificateForAnotherName")]
    [TestCase("allowed.test", -1, "expired", TestName = "Origin_CertificateExpired")]
    public async Task Origin_WrongCertificate_IsA502PageThatSaysWhoseFault(string name, int daysFromNow, string _)
    {
        await using var origin = new FakeOrigin("never-shown", _authority.Issue(name, daysFromNow));
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "allowed.test", "/");
        Assert.That(answer.Status, Is.EqualTo(502));
        Assert.That(answer.Body, Does.Contain("allowed.test").And.Not.Contain("never-shown"));
        Assert.That((await gateway.EventsAsync(atLeast: 1)).Single().Kind, Is.EqualTo(EventKind.Tls));
        Assert.That(origin.Heads, Is.Empty, "nothing is sent to an origin that is not who it says");
    }

    [Test]
    public async Task Origin_UntrustedAuthority_IsA502Page()
    {
        await using var origin = new FakeOrigin("never-shown", _authority.Issue("allowed.test"));
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", "allowed.test", "/")).Status, Is.EqualTo(502));
    }

    [TestCase("\u0001\u0002\u0003 something else", EventKind.Tls, Reason.TlsPolicy, TestName = "NotTls_Binary_IsRefusedAndRecorded")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", EventKind.Circumvention, Reason.WayRound, TestName = "NotTls_Ssh_IsRefusedAndRecorded")]
    public async Task NotTls_InATierThatIntercepts(string bytes, EventKind kind, Reason reason)
    {
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "pupil", "allowed.test:443");
        await client.SendAsync(bytes);
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That((stored.Kind, stored.Reason), Is.EqualTo((kind, (Reason?)reason)));
    }

    [Test]
    public async Task HttpInsideConnect_IsDecidedByUrl()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "pupil", $"allowed.test:{origin.Port}");
        await client.SendAsync($"GET /fine HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(200));
        await client.SendAsync($"GET /blocked-part HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Tunnel_OpenedByAnOverride_IsCutWhenItEnds()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = new FakeOrigin("hello", _authority.Issue("forum.test"));
        await using var gateway = await TestGateway.StartAsync(TestGateway.School.Replace("tls: tunnel, uncategorised: allow", "tls: tunnel, uncategorised: allow, block: [forums]", StringComparison.Ordinal), clock: clock);
        gateway.Grant(new Override(3, "guest", "forum.test", clock.GetUtcNow(), clock.GetUtcNow().AddMinutes(10)));
        using var client = await ConnectAsync(gateway, "guest", $"forum.test:{origin.Port}");
        await using var tls = await client.StartTlsAsync("forum.test");
        clock.Advance(TimeSpan.FromMinutes(9));
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: forum.test\r\n\r\n"u8.ToArray());
        Assert.That(await FakeOrigin.ReadHeadAsync(tls), Does.StartWith("HTTP/1.1 200"));
        clock.Advance(TimeSpan.FromMinutes(1));
        await WaitForEndAsync(tls); // the tunnel ends with the override, or this never returns
        Assert.That((await gateway.EventsAsync(atLeast: 1))[0].Kind, Is.EqualTo(EventKind.Override));
    }

    [Test]
    public async Task Stop_EndsIdleTunnelsWithinItsTime()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        var gateway = await StartAsync();
        using var client = await ConnectAsync(gateway, "guest", $"allowed.test:{origin.Port}");
        await using var tls = await client.StartTlsAsync("allowed.test");
        var stopping = gateway.DisposeAsync().AsTask();
        await stopping.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(gateway.Gateway.Connections.Count, Is.Zero);
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(trust: _authority.Root);

    private static async Task<RawConnection> ConnectAsync(TestGateway gateway, string tier, string authority)
    {
        var client = gateway.Connect(tier);
        await client.SendAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Does.StartWith("HTTP/1.1 200 "));
        return client;
    }

    private static async Task<RawAnswer> GetAsync(TestGateway gateway, string tier, string authority, string name, string target, Action<X509Certificate2>? inspect = null)
    {
        using var client = await ConnectAsync(gateway, tier, authority);
        await using var tls = await client.StartTlsAsync(name, inspect);
        await tls.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {authority.Split(':')[0]}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"));
        var head = await FakeOrigin.ReadHeadAsync(tls) ?? throw new AssertionException("no answer");
        var answer = new RawAnswer(head);
        var body = new byte[int.Parse(answer["Content-Length"]!, System.Globalization.CultureInfo.InvariantCulture)];
        await tls.ReadExactlyAsync(body);
        return answer with { Body = Encoding.UTF8.GetString(body) };
    }

    private static async Task WaitForEndAsync(Stream stream)
    {
        var buffer = new byte[100];
        try
        {
            while (await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20)) > 0) { }
        }
        catch (IOException)
        {
            // Cut without TLS's farewell.
        }
    }
}
