using System.Net;
using System.Net.Sockets;
using System.Text;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Tests.Site;

[TestFixture]
public sealed class SiteRulesTests
{
    private RunningSite _site = null!;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now))));
        _client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = _site.Address };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _site.DisposeAsync();
    }

    [TestCase("localhost", true)]
    [TestCase("localhost:8090", true)]
    [TestCase("LOCALHOST", true)]
    [TestCase("review.localhost:1", true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("127.8.9.10:65535", true)]
    [TestCase("[::1]", true)]
    [TestCase("[::1]:8090", true)]
    [TestCase("", false)]
    [TestCase("games.example", false)]
    [TestCase("localhost.games.example", false)]
    [TestCase("notlocalhost", false)]
    [TestCase("127.0.0.1.games.example", false)]
    [TestCase("10.20.1.1", false)]
    [TestCase("0.0.0.0", false)]
    [TestCase("[::]", false)]
    [TestCase("[fe80::1]", false)]
    [TestCase("filtergate.internal", false)]
    public void IsLoopback(string host, bool expected) => Assert.That(SiteRules.IsLoopback(new HostString(host)), Is.EqualTo(expected));

    [TestCase("/")]
    [TestCase("/favicon.ico")]
    [TestCase("/no-such-page")]
    public async Task Get_ForeignHost_Is421WithoutTheLog(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "rebinding.example:8090";
        using var response = await _client.SendAsync(request);

        Assert.That((int)response.StatusCode, Is.EqualTo(421));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("localhost").And.Not.Contain("games.example").And.Not.Contain("Sample Primary"));
    }

    [Test]
    public async Task Get_Http10WithoutHost_Is421()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _site.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.That(await reader.ReadLineAsync(), Does.StartWith("HTTP/1.1 421"));
    }

    [TestCase("POST")]
    [TestCase("PUT")]
    [TestCase("DELETE")]
    [TestCase("OPTIONS")]
    [TestCase("PROPFIND")]
    public async Task Request_OtherMethod_Is405WithTheTwoThatWork(string method)
    {
        foreach (var path in new[] { "/", "/no-such-page", SiteAssets.Stylesheet.Path })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await _client.SendAsync(request);
            Assert.That((int)response.StatusCode, Is.EqualTo(405), path);
            Assert.That(response.Content.Headers.Allow, Is.EqualTo(new[] { "GET", "HEAD" }));
        }
    }

    [TestCase("/", 200)]
    [TestCase("/no-such-page", 404)]
    [TestCase("/a/b.c", 404)]
    public async Task Get_Page_HasTheHeadersOfAPrivatePage(string path, int status)
    {
        using var response = await _client.GetAsync(path);
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(status));
            Assert.That(response.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/html; charset=utf-8"));
            Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'; style-src 'self';").And.Contain("form-action 'self'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"));
            Assert.That(response.Headers.CacheControl!.NoStore, Is.True);
            Assert.That(response.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
            Assert.That(response.Headers.GetValues("Referrer-Policy"), Is.EqualTo(new[] { "no-referrer" }));
            Assert.That(response.Headers.Contains("Set-Cookie"), Is.False);
        });
    }

    [Test]
    public async Task Head_Page_HasNoBody()
    {
        using var response = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"));
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [Test]
    public async Task Get_Favicon_IsEmpty() => Assert.That((int)(await _client.GetAsync("/favicon.ico")).StatusCode, Is.EqualTo(204));

    [Test]
    public async Task Get_Asset_IsKeptByTheBrowserAndAskedForByTag()
    {
        foreach (var (asset, type) in new[] { (SiteAssets.Stylesheet, "text/css"), (SiteAssets.Icon, "image/svg+xml") })
        {
            using var first = await _client.GetAsync(asset.Path);
            Assert.That(first.Content.Headers.ContentType!.MediaType, Is.EqualTo(type));
            Assert.That(first.Headers.CacheControl!.ToString(), Does.Contain("immutable").And.Not.Contain("no-store"));

            using var request = new HttpRequestMessage(HttpMethod.Get, asset.Path);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var second = await _client.SendAsync(request);
            Assert.That((int)second.StatusCode, Is.EqualTo(304));
        }
    }

    [TestCase("br")]
    [TestCase("gzip")]
    public async Task Get_Page_IsCompressed(string coding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.AcceptEncoding.ParseAdd(coding);
        using var response = await _client.SendAsync(request);
        Assert.That(response.Content.Headers.ContentEncoding, Is.EqualTo(new[] { coding }));
    }
}
