using System.Net;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Who is refused what over plain HTTP, what they see, and what is on record when they see it.</summary>
internal sealed class RefusalTests
{
    [TestCase("http://forum.test/", "pupil", 403, "category-block")]
    [TestCase("http://forum.test/", "staff", 200, null)]
    [TestCase("http://sub.forum.test/x", "pupil", 403, "category-block")]
    [TestCase("http://FORUM.test./x", "pupil", 403, "category-block")]
    [TestCase("http://forum.test/allowed-part/x", "pupil", 200, null)]
    [TestCase("http://forum.test/allowed-parts", "pupil", 403, "category-block")]
    [TestCase("http://notforum.test/", "pupil", 200, null)]
    [TestCase("http://own-blocked.test/", "pupil", 403, "own-block")]
    [TestCase("http://own-blocked.test/", "staff", 200, null)]
    [TestCase("http://allowed.test/blocked-part", "pupil", 403, "own-block")]
    [TestCase("http://allowed.test/a/../blocked%2dpart", "pupil", 403, "own-block")]
    [TestCase("http://adult.test/", "staff", 403, "no-bypass")]
    [TestCase("http://warned.test/", "pupil", 403, "category-warn")]
    [TestCase("http://warned.test/", "staff", 200, null)]
    [TestCase("http://help.test/", "pupil", 200, null)]
    [TestCase("http://locked-host.test/", "staff", 403, "locked")]
    [TestCase("http://locked.test/forbidden/page", "staff", 403, "locked")]
    [TestCase("http://locked.test/forbidden/page?x=1", "guest", 403, "locked")]
    [TestCase("http://locked.test/forbidden/other", "pupil", 200, null)]
    [TestCase("http://192.168.1.1/", "staff", 403, "private-destination")]
    [TestCase("http://3232235777/", "staff", 403, "private-destination")]
    [TestCase("http://private.test/", "staff", 403, "private-destination")]
    [TestCase("http://half-private.test/", "staff", 403, "private-destination")]
    [TestCase("http://[::ffff:192.168.1.1]/", "staff", 403, "private-destination")]
    [TestCase("http://[64:ff9b::c0a8:101]/", "staff", 403, "private-destination")]
    [TestCase("http://169.254.169.254/latest/meta-data", "staff", 403, "private-destination")]
    public async Task Request_IsDecidedByTier(string url, string tier, int status, string? reason)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        var uri = new Uri(url);
        var authority = $"{(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : url.Split('/')[2])}:{origin.Port}";
        var answer = await gateway.AskAsync($"GET http://{authority}{url[(url.IndexOf('/', 8))..]} HTTP/1.1\r\nHost: {authority}\r\nAccept: text/html\r\n\r\n", tier);
        Assert.That(answer.Status, Is.EqualTo(status));
        if (reason is null) return;

        // What the page shows is on record before it is shown.
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That(stored.Reason!.Value.Code(), Is.EqualTo(reason));
            Assert.That(stored.Reference, Is.Not.Null.And.Length.EqualTo(9));
            Assert.That(answer.Body, Does.Contain(stored.Reference));
            Assert.That((stored.Tier, stored.Status, stored.Method, stored.Client), Is.EqualTo((tier, 403, "GET", "127.0.0.1")));
            Assert.That(answer["Content-Security-Policy"], Is.EqualTo(BlockPage.ContentSecurityPolicy));
            Assert.That(answer["Cache-Control"], Is.EqualTo("no-store"));
            Assert.That(origin.Heads, Is.Empty, "nothing goes upstream");
        });
    }

    [Test]
    public async Task Locked_Hit_LeavesNoAddressAnywhere()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync("GET http://locked.test/forbidden/page HTTP/1.1\r\nHost: locked.test\r\nAccept: text/html\r\n\r\n");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That((stored.Url, stored.Host, stored.Entry, stored.Rule), Is.EqualTo(((string?)null, (string?)null, (string?)null, (string?)null)));
            Assert.That((stored.List, stored.Category), Is.EqualTo(("locked/test", "csam-iwf")));
            Assert.That(stored.EntryId, Has.Length.EqualTo(12));
            Assert.That(answer.Body, Does.Not.Contain("locked.test").And.Not.Contain("forbidden").And.Not.Contain("<form"));
        });
    }

    [Test]
    public async Task Locked_VerificationAddress_IsBlockedAndRecordedAsATest()
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync("GET http://locked.test/try/me HTTP/1.1\r\nHost: locked.test\r\nAccept: text/html\r\n\r\n");
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(403));
            Assert.That((stored.Kind, stored.Reason, stored.Rule), Is.EqualTo((EventKind.Block, Reason.Locked, FilterEvent.VerificationRule)));
            Assert.That((stored.Url, stored.Host, stored.Entry), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
        });
    }

    // Browsers say over HTTPS what a request is for; over plain HTTP the Accept field tells.
    [TestCase("Sec-Fetch-Dest: document\r\n", true)]
    [TestCase("Sec-Fetch-Dest: iframe\r\n", true)]
    [TestCase("Sec-Fetch-Dest: image\r\nAccept: text/html\r\n", false)]
    [TestCase("Sec-Fetch-Dest: empty\r\n", false)]
    [TestCase("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", true)]
    [TestCase("Accept: */*\r\n", true)]
    [TestCase("", true)]
    [TestCase("Accept: */*\r\nReferer: http://allowed.test/\r\n", false)]
    [TestCase("Accept: image/avif,image/webp,*/*;q=0.8\r\n", false)]
    [TestCase("Accept: text/css,*/*;q=0.1\r\n", false)]
    [TestCase("Accept: */*\r\nX-Requested-With: XMLHttpRequest\r\n", false)]
    public async Task Block_PageOrEmpty_ByWhatAsks(string fields, bool isPage)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET http://forum.test/ HTTP/1.1\r\nHost: forum.test\r\n{fields}\r\n");
        Assert.That((answer.Status, answer.Body.Length > 0), Is.EqualTo((403, isPage)));
        var stored = (await gateway.EventsAsync(atLeast: 1)).Single();
        Assert.That(stored.Reference is not null, Is.EqualTo(isPage), "only a page shows a reference");
    }

    [Test]
    public async Task Request_FromOutsideTheNetworks_IsClosedUnanswered([Values("203.0.113.5", "10.99.0.1", "2001:db8::1")] string from)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect(tier: null, from);
        await client.SendAsync("GET http://allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n");
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [TestCase("192.0.2.7", null, "pupil", "ipad-14")]
    [TestCase("192.0.2.200", null, "staff", null)]
    [TestCase("::ffff:192.0.2.200", null, "staff", null)]
    [TestCase("192.0.2.9", null, "pupil", null)]
    [TestCase("192.0.2.7", "staff", "pupil", "ipad-14")]
    [TestCase("192.0.2.200", "pupil", "pupil", null)]
    public async Task Client_TierComesFromThePolicy_AndAPortNeverLoosensIt(string from, string? port, string tier, string? device)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect(port, from);
        await client.SendAsync("GET http://adult.test/ HTTP/1.1\r\nHost: adult.test\r\n\r\n");
        await client.ReadAnswerAsync();
        var stored = gateway.Events.Search(new EventQuery()).Events.Single();
        Assert.That((stored.Tier, stored.Device, stored.Client), Is.EqualTo((tier, device, IPAddress.Parse(from).IsIPv4MappedToIPv6 ? from[7..] : from)));
    }

    [Test]
    public async Task Override_OpensTheHostForItsTier_IsRecorded_AndEndsToTheSecond()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(clock: clock);
        var now = clock.GetUtcNow();
        gateway.Grant(new Override(12, "pupil", "forum.test", now, now.AddHours(1)));
        var request = $"GET http://www.forum.test:{origin.Port}/ HTTP/1.1\r\nHost: www.forum.test:{origin.Port}\r\n\r\n";

        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(200));
        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(200));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(403));

        gateway.Policy.Publish(gateway.Policy.Snapshot.With(OverrideTable.Empty));
        // The first use of the day is an event, the second a count.
        var kinds = (await gateway.EventsAsync(atLeast: 2)).Select(e => (e.Kind, e.Rule)).ToArray();
        Assert.That(kinds, Is.EqualTo(new[] { (EventKind.Override, "override 12"), (EventKind.Block, (string?)null) }));
    }

    [Test]
    public async Task ClassSession_OpensTheHostForItsClass_TheFirstUseOfEachDeviceIsRecorded()
    {
        const string School = """
            school: Test Primary
            networks: [192.0.2.0/24]
            unknown_clients: pupil
            tiers: { pupil: { tls: intercept, uncategorised: allow } }
            groups: { 4b: { kind: class, tier: pupil } }
            clients:
              - { address: 192.0.2.7, device: ipad-14, group: 4b }
              - { address: 192.0.2.8, device: ipad-15, group: 4b }
            """;
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync(School);
        var now = DateTimeOffset.UtcNow;
        gateway.Policy.Publish(gateway.Policy.Snapshot.With(InForce.Nothing with { Sessions = new SessionTable([new ClassSession(5, "4b", SessionKind.Open, [Site.ForHost("forum.test")], now.AddMinutes(-1), now.AddHours(1))]) }));
        var request = $"GET http://forum.test:{origin.Port}/ HTTP/1.1\r\nHost: forum.test:{origin.Port}\r\n\r\n";
        foreach (var from in (string[])["192.0.2.7", "192.0.2.7", "192.0.2.8", "192.0.2.7", "192.0.2.8"]) Assert.That((await gateway.AskAsync(request, tier: null, from)).Status, Is.EqualTo(200));
        Assert.That((await gateway.AskAsync(request, tier: null, "192.0.2.9")).Status, Is.EqualTo(403), "of no class");

        var events = await gateway.EventsAsync(atLeast: 3);
        Assert.That(events.Select(e => (e.Kind, e.Rule, e.Device)), Is.EqualTo(new[] { (EventKind.Override, "class session 5", "ipad-14"), (EventKind.Override, "class session 5", "ipad-15"), (EventKind.Block, (string?)null, (string?)null) }));
    }

    [Test]
    public async Task RequestForm_OnAnyHost_IsAnsweredHereAndNeverForwarded()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        const string body = "reference=K7Q4-M2XD&note=For+our+topic%21";
        var answer = await gateway.AskAsync(
            $"POST http://allowed.test:{origin.Port}{BlockPage.RequestPath} HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.That(answer.Status, Is.EqualTo(200));
        Assert.That(gateway.Asked.Single(), Is.EqualTo(("K7Q4-M2XD", "127.0.0.1", "For our topic!")));
        Assert.That(origin.Heads, Is.Empty);
    }

    [TestCase("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n", TestName = "RequestForm_TooLong_IsRefused")]
    [TestCase("Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n", TestName = "RequestForm_WithoutLength_IsRefused")]
    [TestCase("Content-Type: text/plain\r\nContent-Length: 0\r\n", TestName = "RequestForm_OtherType_IsRefused")]
    public async Task RequestForm_Bad(string fields)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"POST http://forum.test{BlockPage.RequestPath} HTTP/1.1\r\nHost: forum.test\r\n{fields}\r\n");
        Assert.That(answer.Status, Is.EqualTo(400));
        Assert.That(gateway.Asked, Is.Empty);
    }

    [Test]
    public async Task OwnName_IsAnsweredHere_WithTheCertificate()
    {
        await using var gateway = await TestGateway.StartAsync();
        var status = await gateway.AskAsync("GET http://filtergate.internal/ HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n");
        Assert.That((status.Status, status.Body.Contains("Test Primary", StringComparison.Ordinal)), Is.EqualTo((200, true)));
        var direct = await gateway.AskAsync("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        Assert.That(direct.Status, Is.EqualTo(200));
        var certificate = await gateway.AskAsync("GET http://filtergate.internal/certificate HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n");
        Assert.That((certificate.Status, certificate["Content-Type"]), Is.EqualTo((200, "application/x-x509-ca-cert")));
    }
}
