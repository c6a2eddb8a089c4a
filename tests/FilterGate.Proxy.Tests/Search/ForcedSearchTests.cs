using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Search;

/// <summary>What goes out on the wire for each engine, seen by an origin: the target, the fields, and the name that was dialled; in clear text, read, and in a tunnel.</summary>
internal sealed class ForcedSearchTests
{
    private const string Document = """
        school: Test Primary
        networks: [192.0.2.0/24]
        tiers:
          pupil:
            uncategorised: allow
            google_domains: [a.sch.example, b.sch.example]
            microsoft_tenants: [a.sch.example]
            microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef
          staff: { uncategorised: allow }
          guest: { tls: tunnel, uncategorised: allow }
        """;

    private OriginAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    [TestCase("www.google.com", "/search?q=x&safe=off", "/search?q=x&safe=active", "forcesafesearch.google.com")]
    [TestCase("www.google.co.uk", "/search?q=a%2Fb", "/search?q=a%2Fb&safe=active", "forcesafesearch.google.com")]
    [TestCase("www.bing.com", "/search?q=x", "/search?q=x&adlt=strict", "strict.bing.com")]
    [TestCase("edgeservices.bing.com", "/edgesvc/chat", "/edgesvc/chat", "strict.bing.com")]
    [TestCase("duckduckgo.com", "/?q=x&kp=-2", "/?q=x&kp=1", "safe.duckduckgo.com")]
    [TestCase("start.duckduckgo.com", "/?q=x", "/?q=x&kp=1", "safe.duckduckgo.com")]
    [TestCase("www.ecosia.org", "/search?q=x", "/search?q=x", "strict-safe-search.ecosia.org")]
    [TestCase("pixabay.com", "/images/search/x/", "/images/search/x/", "safesearch.pixabay.com")]
    [TestCase("uk.search.yahoo.com", "/search?p=x&vm=p", "/search?p=x&vm=r", "uk.search.yahoo.com")]
    [TestCase("search.brave.com", "/search?q=x", "/search?q=x&safesearch=strict", "search.brave.com")]
    [TestCase("api.qwant.com", "/v3/search/web?q=x", "/v3/search/web?q=x&safesearch=2", "api.qwant.com")]
    public async Task Forward_SearchEngine_IsHeldToItsSafeMode(string host, string target, string sent, string dialled)
    {
        await using var origin = new FakeOrigin("found");
        await using var tlsOrigin = new FakeOrigin("found", _authority.Issue(host));
        await using var gateway = await StartAsync();

        var plain = await gateway.AskAsync($"GET http://{host}:{origin.Port}{target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n\r\n");
        var read = await GetAsync(gateway, "pupil", host, tlsOrigin.Port, target);
        var staff = await gateway.AskAsync($"GET http://{host}:{origin.Port}{target} HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n\r\n", "staff");

        Assert.Multiple(() =>
        {
            Assert.That((plain.Status, read.Status, staff.Status), Is.EqualTo((200, 200, 200)), "the certificate is the asked name's, at the safe address too");
            Assert.That(origin.Heads.First(), Does.StartWith($"GET {sent} HTTP/1.1\r\n").And.Contain($"Host: {host}:{origin.Port}\r\n"));
            Assert.That(tlsOrigin.Heads.Single(), Does.StartWith($"GET {sent} HTTP/1.1\r\n").And.Contain($"Host: {host}:{tlsOrigin.Port}\r\n"));
            Assert.That(origin.Heads.Last(), Does.StartWith($"GET {target} HTTP/1.1\r\n"), "staff");
            // Staff share the connection of pupils only where both go to the same address.
            Assert.That(gateway.LookedUp, Is.EqualTo(dialled == host ? [host, host] : new[] { dialled, dialled, host }));
        });
    }

    [TestCase("www.google.com", "forcesafesearch.google.com")]
    [TestCase("www.bing.com", "strict.bing.com")]
    [TestCase("duckduckgo.com", "safe.duckduckgo.com")]
    [TestCase("www.ecosia.org", "strict-safe-search.ecosia.org")]
    [TestCase("pixabay.com", "safesearch.pixabay.com")]
    [TestCase("www.youtube.com", "restrictmoderate.youtube.com")]
    [TestCase("youtubei.googleapis.com", "restrictmoderate.youtube.com")]
    [TestCase("mail.google.com", "mail.google.com")]
    public async Task Tunnel_IsConnectedToTheSafeAddress(string host, string dialled)
    {
        await using var origin = new FakeOrigin("found", _authority.Issue(host));
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "guest", host, origin.Port, "/search?q=x");
        Assert.That((answer.Status, gateway.LookedUp), Is.EqualTo((200, new[] { dialled })));
        Assert.That(origin.Heads.Single(), Does.StartWith("GET /search?q=x HTTP/1.1\r\n"), "nothing in a tunnel is changed");
    }

    [Test]
    public async Task Tunnel_NameInTheClientHelloIsAnEngines_IsConnectedAnew()
    {
        await using var origin = new FakeOrigin("found", _authority.Issue("www.google.com"));
        await using var gateway = await StartAsync();
        var answer = await GetAsync(gateway, "guest", "front.test", origin.Port, "/", serverName: "www.google.com");
        Assert.That((answer.Status, gateway.LookedUp), Is.EqualTo((200, new[] { "front.test", "forcesafesearch.google.com" })));
    }

    [Test]
    public async Task Forward_EngineNamedOnlyByTheHostField_IsHeldToItsSafeMode()
    {
        await using var origin = new FakeOrigin("found", _authority.Issue("www.google.com"));
        await using var gateway = await StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", $"front.test:{origin.Port}");
        await using var tls = await client.StartTlsAsync("front.test");
        var answer = await TlsClient.AskAsync(tls, "GET /search?q=x HTTP/1.1\r\nHost: www.google.com\r\n\r\n");
        Assert.That((answer.Status, gateway.LookedUp), Is.EqualTo((200, new[] { "forcesafesearch.google.com" })));
        Assert.That(origin.Heads.Single(), Does.StartWith("GET /search?q=x&safe=active HTTP/1.1\r\n"));
    }

    [Test]
    public async Task Tunnel_EngineWithoutASafeAddress_IsRefused()
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.AskAsync("CONNECT search.brave.com:443 HTTP/1.1\r\nHost: search.brave.com:443\r\n\r\n", "guest");
        Assert.That((answer.Status, gateway.LookedUp.Count), Is.EqualTo((403, 0)));
    }

    [Test]
    public async Task Forward_StaffAndPupils_NeverShareAConnectionToAnEngine()
    {
        await using var origin = new FakeOrigin("found");
        await using var gateway = await StartAsync();
        var request = $"GET http://www.google.com:{origin.Port}/search?q=x HTTP/1.1\r\nHost: www.google.com:{origin.Port}\r\n\r\n";
        await gateway.AskAsync(request, "staff");
        await gateway.AskAsync(request);
        await gateway.AskAsync(request, "staff");
        await gateway.AskAsync(request);
        Assert.That((origin.ConnectionCount, gateway.LookedUp), Is.EqualTo((2, new[] { "www.google.com", "forcesafesearch.google.com" })));
    }

    [TestCase("pupil", "www.youtube.com", "YouTube-Restrict: Strict")]
    [TestCase("pupil", "WWW.youtube.com.", "YouTube-Restrict: Strict", TestName = "Fields_TrailingDot")]
    [TestCase("pupil", "youtubei.googleapis.com", "YouTube-Restrict: Strict")]
    [TestCase("staff", "www.youtube.com", "")]
    [TestCase("pupil", "www.example.test", "", TestName = "Fields_AnotherSite_GetsNone")]
    [TestCase("pupil", "mail.google.com", "X-GoogApps-Allowed-Domains: a.sch.example,b.sch.example")]
    [TestCase("pupil", "google.com.", "X-GoogApps-Allowed-Domains: a.sch.example,b.sch.example", TestName = "Fields_TrailingDotOfGoogle")]
    [TestCase("pupil", "notgoogle.com", "", TestName = "Fields_NameThatEndsAlike_GetsNone")]
    [TestCase("pupil", "login.microsoftonline.com", "Restrict-Access-To-Tenants: a.sch.example|Restrict-Access-Context: 01234567-89ab-cdef-0123-456789abcdef")]
    [TestCase("pupil", "login.live.com", "sec-Restrict-Tenant-Access-Policy: restrict-msa")]
    [TestCase("staff", "login.live.com", "")]
    public async Task Forward_Fields_AreSetAtTheirHostsAndTheClientsOwnTakenOff(string tier, string host, string fields)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await StartAsync();
        const string Forged = "youtube-restrict: Off\r\nX-GoogApps-Allowed-Domains: evil.example\r\nRestrict-Access-To-Tenants: evil.example\r\nRestrict-Access-Context: evil\r\nSec-Restrict-Tenant-Access-Policy: none\r\n";
        var answer = await gateway.AskAsync($"GET http://{host}:{origin.Port}/ HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n{Forged}\r\n", tier);
        Assert.That(answer.Status, Is.EqualTo(200));
        var found = origin.Heads.Single().Split("\r\n").Where(l => l.StartsWith("youtube-restrict", StringComparison.OrdinalIgnoreCase) || l.StartsWith("x-googapps", StringComparison.OrdinalIgnoreCase) || l.Contains("restrict-", StringComparison.OrdinalIgnoreCase)).Distinct();
        Assert.That(string.Join('|', found), Is.EqualTo(fields));
    }

    [Test]
    public async Task Publish_SafeSearchComes_CutsATunnelToTheOrdinaryAddress()
    {
        await using var origin = new FakeOrigin("found", _authority.Issue("www.google.com"));
        await using var gateway = await StartAsync(Document.Replace("guest: { ", "guest: { safe_search: off, ", StringComparison.Ordinal));
        using var client = await TlsClient.ConnectAsync(gateway, "guest", $"www.google.com:{origin.Port}");
        await using var tls = await client.StartTlsAsync("www.google.com");
        Assert.That((await TlsClient.AskAsync(tls, "GET / HTTP/1.1\r\nHost: www.google.com\r\n\r\n")).Status, Is.EqualTo(200));
        Assert.That(gateway.Gateway.Connections.LongCount, Is.EqualTo(1));
        Assert.That(gateway.Gateway.Connections.CutRefused(gateway.Policy.Snapshot, DateTimeOffset.UtcNow), Is.Zero);

        Assert.That(gateway.Gateway.Connections.CutRefused(TestGateway.Compile(Document), DateTimeOffset.UtcNow), Is.EqualTo(1));
    }

    private Task<TestGateway> StartAsync(string document = Document) => TestGateway.StartAsync(document, trust: _authority.Root);

    private static async Task<RawAnswer> GetAsync(TestGateway gateway, string tier, string host, int port, string target, string? serverName = null)
    {
        using var client = await TlsClient.ConnectAsync(gateway, tier, $"{host}:{port}");
        await using var tls = await client.StartTlsAsync(serverName ?? host);
        return await TlsClient.AskAsync(tls, $"GET {target} HTTP/1.1\r\nHost: {serverName ?? host}:{port}\r\n\r\n");
    }
}
