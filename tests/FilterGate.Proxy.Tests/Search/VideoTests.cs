using System.IO.Compression;
using System.Text;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Search;

/// <summary>Approved videos, the lesson page and embedded sites through the gateway. The ids are made up.</summary>
internal sealed class VideoTests
{
    private const string Listed = "aB3-_xYz012", Other = "zzzzzzzzzzz", List = "PLabcdefghij0123456789";

    private const string Document = $$"""
        school: Test Primary
        networks: [192.0.2.0/24]
        tiers:
          pupil:
            uncategorised: block
            youtube: approved
            youtube_videos: ['{{Listed}}']
            youtube_playlists: ['{{List}}']
            embedded: [{ site: player.test, on: [lessons.test] }]
          staff: { uncategorised: allow }
          guest: { tls: tunnel, uncategorised: allow, youtube: approved, youtube_videos: ['{{Listed}}'] }
        """;

    private OriginAuthority _authority = null!;

    [OneTimeSetUp]
    public void MakeAuthority() => _authority = new OriginAuthority();

    [OneTimeTearDown]
    public void DropAuthority() => _authority.Dispose();

    [TestCase("www.youtube.com", $"/watch?v={Listed}&list=RDzzzzzzzzzzz", Listed)]
    [TestCase("youtu.be", $"/{Listed}?si=x", Listed)]
    [TestCase("www.youtube.com", $"/playlist?list={List}", List)]
    public async Task Get_PageOfAnApprovedVideo_LeadsToTheLessonPageAndNeverOut(string host, string target, string id)
    {
        await using var gateway = await StartAsync();
        var answer = await TlsClient.GetAsync(gateway, "pupil", $"{host}:443", $"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.That((answer.Status, answer["Location"], answer["Cache-Control"]), Is.EqualTo((302, $"https://filtergate.internal/video/{id}", "no-store")));
        Assert.That(gateway.LookedUp, Is.Empty);
    }

    [TestCase($"/watch?v={Other}")]
    [TestCase("/results?search_query=x")]
    [TestCase($"/embed/{Other}")]
    public async Task Get_AnythingElseOfYouTube_IsBlockedAndRecorded(string target)
    {
        await using var gateway = await StartAsync();
        var answer = await TlsClient.GetAsync(gateway, "pupil", "www.youtube.com:443", $"GET {target} HTTP/1.1\r\nHost: www.youtube.com\r\nAccept: text/html\r\n\r\n");
        var stored = (await gateway.EventsAsync(1)).Single();
        Assert.That((answer.Status, stored.Reason, stored.Rule), Is.EqualTo((403, (Reason?)Reason.OwnBlock, "youtube: approved")));
    }

    [Test]
    public async Task Get_ApprovedEmbed_GoesToItsOriginWithoutRestrictedMode()
    {
        await using var origin = new FakeOrigin("player", _authority.Issue("www.youtube-nocookie.com"));
        await using var gateway = await StartAsync();
        var authority = $"www.youtube-nocookie.com:{origin.Port}";
        var answer = await TlsClient.GetAsync(gateway, "pupil", authority, $"GET /embed/{Listed}?rel=0&autoplay=0 HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "player")));
        Assert.That(origin.Heads.Single(), Does.StartWith($"GET /embed/{Listed}?rel=0&autoplay=0 HTTP/1.1\r\n").And.Not.Contain("YouTube-Restrict").IgnoreCase);
    }

    [TestCase($"{{\"context\":{{}},\"videoId\":\"{Listed}\"}}", 200, TestName = "PlayerCall_ListedVideo_GoesOutWhole")]
    [TestCase($"{{\"videoId\":\"{Other}\"}}", 403, TestName = "PlayerCall_OtherVideo_IsRefused")]
    [TestCase($"{{\"videoId\":\"{Listed}\",\"videoId\":\"{Other}\"}}", 403, TestName = "PlayerCall_NamedTwice_IsRefused")]
    [TestCase($"{{\"videoId\":\"{Listed}\",\"video_id\":\"{Other}\"}}", 403, TestName = "PlayerCall_OtherSpelling_IsRefused")]
    [TestCase($"{{\"videoId\":\"{Listed}\",\"v\\u0069deoId\":\"{Other}\"}}", 403, TestName = "PlayerCall_EscapedName_IsRefused")]
    [TestCase("{\"context\":{}}", 403, TestName = "PlayerCall_NoVideo_IsRefused")]
    [TestCase("no json", 403, TestName = "PlayerCall_NoJson_IsRefused")]
    public async Task Post_PlayerCall_IsDecidedByItsBody(string body, int status)
    {
        var received = new TaskCompletionSource<string>();
        await using var origin = await PlayerOriginAsync(received, Encoding.UTF8.GetByteCount(body));
        await using var gateway = await StartAsync();
        var answer = await PostPlayerCallAsync(gateway, origin.Port, Encoding.UTF8.GetBytes(body));
        Assert.That(answer.Status, Is.EqualTo(status));
        if (status == 200) Assert.That(await received.Task, Is.EqualTo(body), "byte for byte");
        else Assert.That(origin.Heads, Is.Empty);
    }

    [TestCase(Listed, 200)]
    [TestCase(Other, 403)]
    public async Task Post_CompressedPlayerCall_IsReadToo(string video, int status)
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync(Encoding.UTF8.GetBytes($"{{\"videoId\":\"{video}\"}}"));
        var received = new TaskCompletionSource<string>();
        await using var origin = await PlayerOriginAsync(received, (int)packed.Length);
        await using var gateway = await StartAsync();
        Assert.That((await PostPlayerCallAsync(gateway, origin.Port, packed.ToArray(), "Content-Encoding: gzip\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase("br")]
    [TestCase("gzip")]
    public async Task Post_PlayerCallInAnUnknownOrBrokenCoding_IsRefused(string coding)
    {
        await using var gateway = await StartAsync();
        var answer = await PostPlayerCallAsync(gateway, 443, Encoding.UTF8.GetBytes($"{{\"videoId\":\"{Listed}\"}}"), $"Content-Encoding: {coding}\r\n");
        Assert.That(answer.Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Post_PlayerCallThatIsTooLong_IsRefused()
    {
        await using var gateway = await StartAsync();
        var answer = await PostPlayerCallAsync(gateway, 443, new byte[PlayerCall.BodyBytesMax + 1]);
        Assert.That(answer.Status, Is.EqualTo(403));
    }

    [TestCase("pupil", $"/video/{Listed}", 200, TestName = "LessonPage_ApprovedVideo")]
    [TestCase("pupil", $"/video/{List}", 200, TestName = "LessonPage_ApprovedPlaylist")]
    [TestCase("pupil", $"/video/{Other}", 403, TestName = "LessonPage_OtherVideo_IsRefused")]
    [TestCase("staff", $"/video/{Other}", 200, TestName = "LessonPage_OpenTier_AnyVideo")]
    [TestCase("guest", $"/video/{Listed}", 403, TestName = "LessonPage_TierThatTunnels_PromisesNothing")]
    [TestCase("pupil", "/video/tooshort", 404, TestName = "LessonPage_NoVideo")]
    [TestCase("pupil", "/video/videoseries", 404, TestName = "LessonPage_WordOfAnEmbed")]
    [TestCase("pupil", "/video", 200, TestName = "LessonPage_Form")]
    [TestCase("pupil", "/videos", 404, TestName = "LessonPage_Neighbour_IsNoPage")]
    public async Task Get_LessonPage_GoesByTheEmbedsDecision(string tier, string target, int status)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.AskAsync($"GET http://filtergate.internal{target} HTTP/1.1\r\nHost: filtergate.internal\r\nAccept: text/html\r\n\r\n", tier);
        Assert.That(answer.Status, Is.EqualTo(status));
        if (status == 403) Assert.That((await gateway.EventsAsync(1)).Single().Url, Does.StartWith("https://www.youtube-nocookie.com/embed/"));
    }

    [Test]
    public async Task Get_LessonPage_HoldsOneFrameAndNothingElse()
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.AskAsync($"GET http://filtergate.internal/video/{Listed} HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n");
        Assert.Multiple(() =>
        {
            Assert.That(answer.Body, Does.Contain($"src=\"https://www.youtube-nocookie.com/embed/{Listed}?rel=0&amp;autoplay=0&amp;iv_load_policy=3&amp;playsinline=1\""));
            Assert.That(answer.Body, Does.Contain("referrerpolicy=\"strict-origin-when-cross-origin\""), "without it the player refuses to play");
            Assert.That(answer.Body, Does.Contain("sandbox=\"allow-scripts allow-same-origin allow-presentation\""), "no link leaves the frame");
            Assert.That(answer.Body, Does.Not.Contain("<script").And.Not.Contain("allow=\"autoplay"));
            Assert.That(answer["Content-Security-Policy"], Does.Contain("default-src 'none'").And.Contain("frame-src https://www.youtube-nocookie.com").And.Contain("frame-ancestors 'none'"));
        });
    }

    [TestCase($"https%3A%2F%2Fyoutu.be%2F{Listed}%3Fsi%3Dx", 303, $"/video/{Listed}")]
    [TestCase(List, 303, $"/video/{List}")]
    [TestCase("https%3A%2F%2Fother.test%2F", 400, null)]
    [TestCase("%3Cscript%3E", 400, null)]
    public async Task Get_Form_TakesAPastedLinkToItsPage(string pasted, int status, string? location)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.AskAsync($"GET http://filtergate.internal/video?link={pasted} HTTP/1.1\r\nHost: filtergate.internal\r\n\r\n", "staff");
        Assert.That((answer.Status, answer["Location"]), Is.EqualTo((status, location)));
    }

    [TestCase("iframe", "https://lessons.test/", 200, TestName = "Embedded_OnTheNamedPage")]
    [TestCase("script", "https://player.test/v/1", 200, TestName = "Embedded_WhatItLoads")]
    [TestCase("iframe", "https://other.test/", 403, TestName = "Embedded_OnAnotherPage")]
    [TestCase("iframe", null, 403, TestName = "Embedded_WithoutReferer")]
    [TestCase("document", "https://lessons.test/", 403, TestName = "Embedded_LinkThatWasFollowed")]
    [TestCase(null, "https://lessons.test/", 403, TestName = "Embedded_WithoutDestination")]
    [TestCase("iframe", "lessons.test", 403, TestName = "Embedded_RefererThatIsNoAddress")]
    [TestCase("iframe", "https://lessons.test/\r\nReferer: https://lessons.test/", 403, TestName = "Embedded_TwoReferers")]
    public async Task Get_EmbeddedSite_OpensOnlyWithinItsPages(string? destination, string? referer, int status)
    {
        await using var origin = new FakeOrigin("film", _authority.Issue("player.test"));
        await using var gateway = await StartAsync();
        var authority = $"player.test:{origin.Port}";
        var fields = (destination is null ? "" : $"Sec-Fetch-Dest: {destination}\r\n") + (referer is null ? "" : $"Referer: {referer}\r\n");
        var answer = await TlsClient.GetAsync(gateway, "pupil", authority, $"GET /v/1 HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n");
        Assert.That(answer.Status, Is.EqualTo(status));
    }

    [Test]
    public async Task CutRefused_WebSocketOfAnEmbeddedSite_StaysWhileItsRuleDoes()
    {
        await using var origin = new FakeOrigin(
            (stream, _) => stream.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8.ToArray()).AsTask(), _authority.Issue("player.test"));
        await using var gateway = await StartAsync();
        using var client = await TlsClient.ConnectAsync(gateway, "pupil", $"player.test:{origin.Port}");
        await using var tls = await client.StartTlsAsync("player.test");
        await tls.WriteAsync(Encoding.Latin1.GetBytes(
            $"GET /live HTTP/1.1\r\nHost: player.test:{origin.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
            "Sec-Fetch-Dest: empty\r\nReferer: https://player.test/v/1\r\n\r\n"));
        Assert.That(await FakeOrigin.ReadHeadAsync(tls), Does.StartWith("HTTP/1.1 101"));
        Assert.That(gateway.Gateway.Connections.CutRefused(gateway.Policy.Snapshot, DateTimeOffset.UtcNow), Is.Zero);
        Assert.That(gateway.Gateway.Connections.CutRefused(TestGateway.Compile(Document.Replace("on: [lessons.test]", "on: [other.test]", StringComparison.Ordinal).Replace("site: player.test", "site: player.test/none", StringComparison.Ordinal)), DateTimeOffset.UtcNow), Is.EqualTo(1));
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(Document, trust: _authority.Root);

    private static async Task<RawAnswer> PostPlayerCallAsync(TestGateway gateway, int port, byte[] body, string fields = "")
    {
        var authority = $"www.youtube-nocookie.com:{port}";
        return await TlsClient.GetAsync(gateway, "pupil", authority,
            $"POST /youtubei/v1/player?prettyPrint=false HTTP/1.1\r\nHost: {authority}\r\nSec-Fetch-Dest: empty\r\nContent-Type: application/json\r\n{fields}Content-Length: {body.Length}\r\n\r\n{Encoding.Latin1.GetString(body)}");
    }

    private Task<FakeOrigin> PlayerOriginAsync(TaskCompletionSource<string> received, int length) => Task.FromResult(new FakeOrigin(
        async (stream, _) =>
        {
            var body = new byte[length];
            await stream.ReadExactlyAsync(body);
            received.TrySetResult(Encoding.UTF8.GetString(body));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        },
        _authority.Issue("www.youtube-nocookie.com")));
}
