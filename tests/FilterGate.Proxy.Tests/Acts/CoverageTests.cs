using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Tests.Fixtures;
using FilterGate.State;

namespace FilterGate.Proxy.Tests.Acts;

/// <summary>What real connections are counted as.</summary>
internal sealed class CoverageTests
{
    private const string Chromebook = "User-Agent: Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n";

    private OriginAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    [Test]
    public async Task Count_ClearRequest_IsReadWithTheBytesOfItsAnswer()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n{Chromebook}\r\n");
        var count = await CountAsync(gateway);
        Assert.That((count.Tier, count.DeviceKind, count.Mode, count.Reason, count.Identity, count.Requests, count.Bytes), Is.EqualTo(("pupil", DeviceKind.Chromebook, CoverageMode.Read, CoverageReason.None, CoverageIdentity.Neither, 1L, 5L)));
        Assert.That(count.Hour.Minute, Is.Zero);
    }

    [Test]
    public async Task Count_NamedDevice_IsIdentified()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AskAsync("GET http://forum.test/ HTTP/1.1\r\nHost: forum.test\r\n\r\n", tier: null, from: "192.0.2.7");
        var count = await CountAsync(gateway);
        Assert.That((count.Mode, count.Identity, count.Holding, count.IsIdentified), Is.EqualTo((CoverageMode.Read, CoverageIdentity.Device, DeviceHolding.Named, true)), "a refusal that was read is read");
    }

    [TestCase("guest", "allowed.test", CoverageMode.NameOnly, CoverageReason.TierTunnels, TestName = "Count_TierThatTunnels_IsNameOnly")]
    [TestCase("pupil", "pinned.test", CoverageMode.Exempt, CoverageReason.NeverIntercept, TestName = "Count_NeverIntercepted_IsExempt")]
    [TestCase("pupil", "help.test", CoverageMode.Exempt, CoverageReason.HelpSite, TestName = "Count_HelpSite_IsExemptAndNotNamed")]
    [TestCase("guest", "help.test", CoverageMode.Exempt, CoverageReason.HelpSite, TestName = "Count_HelpSiteOfATierThatTunnels_IsExempt")]
    public async Task Count_Tunnel(string tier, string host, CoverageMode mode, CoverageReason reason)
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue(host));
        await using var gateway = await TestGateway.StartAsync();
        using (var client = await TlsClient.ConnectAsync(gateway, tier, $"{host}:{origin.Port}"))
        {
            await using var tls = await client.StartTlsAsync(host);
            await TlsClient.AskAsync(tls, $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        }
        var counts = new List<CoverageCount>();
        for (var i = 0; i < 200 && counts.Sum(c => c.Bytes) == 0; i++)
        {
            counts.AddRange(gateway.Coverage.Take());
            await Task.Delay(10);
        }
        Assert.That(counts.Select(c => (c.Mode, c.Reason)), Is.All.EqualTo((mode, reason)));
        Assert.That(counts.Sum(c => c.Requests), Is.EqualTo(1));
        Assert.That(counts.Sum(c => c.Bytes), Is.GreaterThan(100));
    }

    /// <summary>What a Chromebook's own system asks is never read, and with a proxy says all the same what it is.</summary>
    [TestCase(Chromebook, DeviceKind.Chromebook)]
    [TestCase("user-agent: Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X)\r\n", DeviceKind.IPad)]
    [TestCase("User-Agent: curl/8.14.1\r\n", DeviceKind.Unknown)]
    [TestCase("", DeviceKind.Unknown)]
    public async Task Count_Tunnel_IsOfTheKindThatItsConnectSays(string fields, DeviceKind kind)
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("pinned.test"));
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect("pupil");
        await client.SendAsync($"CONNECT pinned.test:{origin.Port} HTTP/1.1\r\nHost: pinned.test:{origin.Port}\r\n{fields}\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200));
        await using var tls = await client.StartTlsAsync("pinned.test");
        var count = await CountAsync(gateway);
        Assert.That((count.Mode, count.DeviceKind), Is.EqualTo((CoverageMode.Exempt, kind)));
    }

    /// <summary>A program that says nothing of the device in its CONNECT, and a browser's words within.</summary>
    [Test]
    public async Task Count_ReadWithinATunnel_IsOfTheKindThatItsFirstRequestSays()
    {
        await using var origin = new FakeOrigin("hello", _authority.Issue("allowed.test"));
        await using var gateway = await TestGateway.StartAsync(trust: _authority.Root);
        await TlsClient.GetAsync(gateway, "pupil", $"allowed.test:{origin.Port}", $"GET / HTTP/1.1\r\nHost: allowed.test\r\n{Chromebook}\r\n");
        var count = await CountAsync(gateway);
        Assert.That((count.Mode, count.DeviceKind), Is.EqualTo((CoverageMode.Read, DeviceKind.Chromebook)));
    }

    [Test]
    public async Task Count_RefusedTunnel_IsRefused()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect("guest");
        await client.SendAsync("CONNECT adult.test:443 HTTP/1.1\r\nHost: adult.test:443\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(403));
        var count = await CountAsync(gateway);
        Assert.That((count.Tier, count.Mode, count.Reason), Is.EqualTo(("guest", CoverageMode.Refused, CoverageReason.Policy)));
    }

    [Test]
    public async Task Count_HandshakeThatFails_IsFailed()
    {
        await using var gateway = await TestGateway.StartAsync();
        using (var client = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443"))
        {
            await Assert.CatchAsync(() => client.StartTlsAsync("allowed.test", inspect: null, new System.Net.Security.SslApplicationProtocol("nothing-we-speak")));
        }
        var count = await CountAsync(gateway);
        Assert.That((count.Mode, count.Reason), Is.EqualTo((CoverageMode.Failed, CoverageReason.CertificateRefused)));
    }

    [TestCase("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15", DeviceKind.IPad)]
    [TestCase("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36", DeviceKind.Chromebook)]
    [TestCase("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101", DeviceKind.Windows)]
    [TestCase("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", DeviceKind.Mac)]
    [TestCase("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36", DeviceKind.Android)]
    [TestCase("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101", DeviceKind.Other)]
    [TestCase("curl/8.14.1", DeviceKind.Unknown)]
    [TestCase("", DeviceKind.Unknown)]
    [TestCase(null, DeviceKind.Unknown)]
    public void DeviceKind_Of(string? userAgent, DeviceKind kind) => Assert.That(DeviceKinds.Of(userAgent), Is.EqualTo(kind));

    [Test]
    public void Take_GivenBack_IsCountedOnce()
    {
        var counter = new CoverageCounter(TimeProvider.System);
        var counts = new[] { new CoverageCount(new CoverageKey(DateTimeOffset.UnixEpoch, "pupil", DeviceKind.IPad, CoverageMode.Read, CoverageReason.None), 3, 9) };
        counter.GiveBack(counts);
        Assert.That(counter.Take(), Is.EqualTo(counts));
        Assert.That(counter.Take(), Is.Empty);
    }

    private static async Task<CoverageCount> CountAsync(TestGateway gateway)
    {
        for (var i = 0; i < 200; i++)
        {
            if (gateway.Coverage.Take().SingleOrDefault() is { } count) return count;
            await Task.Delay(10);
        }
        throw new AssertionException("Nothing was counted.");
    }
}
