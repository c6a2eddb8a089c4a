using System.Net.Security;
using System.Security.Authentication;
using FilterGate.Proxy.Tests.Fixtures;
using FilterGate.Proxy.Watching;

namespace FilterGate.Proxy.Tests.Watching;

/// <summary>Real handshakes: what counts against a device, what against a host, and what against nobody.</summary>
internal sealed class TrustLedgerTests
{
    [Test]
    public async Task ADeviceThatSendsAlerts_IsKnownByName_AndItsHostsAreNot()
    {
        await using var gateway = await TestGateway.StartAsync();
        foreach (var host in new[] { "allowed.test", "other.test", "third.test" }) await RefuseAsync(gateway, host, "192.0.2.7");
        var news = await TakeAsync(gateway, n => n.Devices.Sum(d => d.Refused) >= 3);
        using (Assert.EnterMultipleScope())
        {
            var device = news.Devices.Single();
            Assert.That((device.Who, device.Hosts, device.Alert is 42 or 46 or 48, device.IsUntrusting), Is.EqualTo(("device:ipad-14", 3, true, true)));
            Assert.That(news.Hosts, Is.Empty, "a device without the authority says nothing of any app");
        }
    }

    [Test]
    public async Task ADeviceThatTakesItForOthers_ProposesTheHost_Once()
    {
        await using var gateway = await TestGateway.StartAsync();
        for (var i = 0; i < 4; i++) await RefuseAsync(gateway, "app.test", "192.0.2.7");
        await AcceptAsync(gateway, "192.0.2.7");
        var news = await TakeAsync(gateway, n => n.Hosts.Count > 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(news.Hosts.Select(h => (h.Host, h.Refusals, h.Devices)), Is.EqualTo(new[] { ("app.test", 4, 1) }));
            Assert.That(news.Devices.Single().IsUntrusting, Is.False);
            Assert.That(gateway.Trust.Take().Hosts, Is.Empty, "told once");
        }
    }

    [TestCase("adult.test", TestName = "ABlockedHost_ProposesNothing")]
    [TestCase("locked.test", TestName = "AHostWithALockedEntry_ProposesNothing")]
    public async Task Host_ThatMustNotBeOpened_IsNotNoted(string host)
    {
        await using var gateway = await TestGateway.StartAsync();
        for (var i = 0; i < 3; i++) await RefuseAsync(gateway, host, "192.0.2.7");
        await RefuseAsync(gateway, "app.test", "192.0.2.7");
        await AcceptAsync(gateway, "192.0.2.7");
        var news = await TakeAsync(gateway, n => n.Hosts.Count > 0);
        Assert.That(news.Hosts.Select(h => h.Host), Is.EqualTo(new[] { "app.test" }));
    }

    [Test]
    public async Task AHandshakeThatBreaksOtherwise_CountsAgainstNobody()
    {
        await using var gateway = await TestGateway.StartAsync();
        // Alerts that are about something else, closed without a word, and an old version.
        foreach (var alert in new byte[] { 40, 70, 80, 90 }) await RefuseAsync(gateway, "allowed.test", "192.0.2.9", alert);
        using (await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443")) { }
        using (var old = await TlsClient.ConnectAsync(gateway, "pupil", "allowed.test:443"))
        {
#pragma warning disable SYSLIB0039, CA5397 // An old version is what is tried.
            Assert.That(async () => await StartAsync(old, "allowed.test", SslProtocols.Tls11, _ => true), Throws.Exception);
#pragma warning restore SYSLIB0039, CA5397
        }
        await AcceptAsync(gateway, "192.0.2.7");
        Assert.That((await TakeAsync(gateway, n => n.Devices.Count > 0)).Devices.Select(d => (d.Who, d.Refused)), Is.EqualTo(new[] { ("device:ipad-14", 0) }));
    }

    [TestCase(42, true)]
    [TestCase(46, true)]
    [TestCase(48, true)]
    [TestCase(0, false)]
    [TestCase(40, false)]
    [TestCase(43, false)]
    [TestCase(70, false)]
    [TestCase(90, false)]
    [TestCase(null, false)]
    public void IsDistrust(int? alert, bool expected) => Assert.That(TrustLedger.IsDistrust(alert), Is.EqualTo(expected));

    /// <summary>Answers the gateway's certificate with an alert, as a device does that does not trust it. In TLS 1.2 that is seven bytes in clear text.</summary>
    private static async Task RefuseAsync(TestGateway gateway, string host, string from, byte alert = 48)
    {
        using var client = gateway.Connect(null, from);
        await client.SendAsync($"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200));
        await using (var hello = new SslStream(new OnlyWrites(client.AsStream())))
#pragma warning disable CA5398 // The version whose alerts are in clear text.
            Assert.That(async () => await hello.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = SslProtocols.Tls12 }), Throws.InstanceOf<IOException>());
#pragma warning restore CA5398
        await client.SendAsync(new byte[] { 21, 3, 3, 0, 2, 2, alert });
        await client.ReadToEndAsync();
    }

    /// <summary>Lets a ClientHello out and nothing in.</summary>
    private sealed class OnlyWrites(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanWrite => true;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("enough");
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("enough");
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private static async Task AcceptAsync(TestGateway gateway, string from)
    {
        using var client = gateway.Connect(null, from);
        await client.SendAsync("CONNECT filtergate.internal:443 HTTP/1.1\r\nHost: filtergate.internal:443\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200));
        await using var tls = await client.StartTlsAsync("filtergate.internal");
        Assert.That((await TlsClient.AskAsync(tls, "GET /check/trusted.css HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n")).Status, Is.EqualTo(200));
    }

    private static async Task StartAsync(RawConnection client, string host, SslProtocols protocols, Func<object?, bool> accepts)
    {
        await using var tls = new SslStream(client.AsStream(), leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = protocols, RemoteCertificateValidationCallback = (_, certificate, _, _) => accepts(certificate) });
    }

    /// <summary>The gateway reads an alert a moment after it was sent.</summary>
    private static async Task<TrustNews> TakeAsync(TestGateway gateway, Func<TrustNews, bool> isThere)
    {
        var all = new TrustNews("", [], []);
        for (var i = 0; i < 200; i++)
        {
            var news = gateway.Trust.Take();
            all = new TrustNews(news.Authority, [.. all.Devices.Where(d => news.Devices.All(n => n.Who != d.Who)), .. news.Devices.Select(n => all.Devices.FirstOrDefault(d => d.Who == n.Who) is { } before && n.AcceptedAt is null ? n with { Refused = n.Refused + before.Refused } : n)], [.. all.Hosts, .. news.Hosts]);
            if (isThere(all)) return all;
            await Task.Delay(25);
        }
        throw new AssertionException("it did not come");
    }
}
