using System.Net;
using System.Net.Sockets;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>Requests that break the rules, and origins that do: a clear answer, and nothing ambiguous upstream.</summary>
internal sealed class BadInputTests
{
    private const string Ok = "Host: allowed.test\r\n";

    [TestCase("GARBAGE\r\n\r\n", 400, TestName = "Request_NoRequestLine")]
    [TestCase("GET http://allowed.test/\r\n\r\n", 400, TestName = "Request_NoVersion")]
    [TestCase("GET http://allowed.test/ HTTP/3.0\r\n" + Ok + "\r\n", 505, TestName = "Request_OtherVersion")]
    [TestCase("GET ftp://allowed.test/ HTTP/1.1\r\n" + Ok + "\r\n", 400, TestName = "Request_OtherScheme")]
    [TestCase("GET allowed.test HTTP/1.1\r\n" + Ok + "\r\n", 405, TestName = "Request_AuthorityFormOfAnotherMethod")]
    [TestCase("GET http:///path HTTP/1.1\r\nHost: \r\n\r\n", 400, TestName = "Request_EmptyHost")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\n\r\n", 400, TestName = "Request_NoHost")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\nHost: allowed.test\r\n\r\n", 400, TestName = "Request_TwoHosts")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\n" + Ok + "Broken Field: 1\r\n\r\n", 400, TestName = "Request_SpaceInFieldName")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\n" + Ok + "A : 1\r\n\r\n", 400, TestName = "Request_SpaceBeforeColon")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\n" + Ok + "A: 1\r\n folded\r\n\r\n", 400, TestName = "Request_FoldedField")]
    [TestCase("GET http://allowed.test/ HTTP/1.1\r\n" + Ok + "A: \u0000\r\n\r\n", 400, TestName = "Request_NulInField")]
    [TestCase("GET http://allowed.test/\u00e9 HTTP/1.1\r\n" + Ok + "\r\n", 400, TestName = "Request_RawBytesInTarget")]
    [TestCase("GET http://allowed.test:0/ HTTP/1.1\r\nHost: allowed.test:0\r\n\r\n", 400, TestName = "Request_PortZero")]
    [TestCase("GET http://allowed.test:99999/ HTTP/1.1\r\nHost: allowed.test:99999\r\n\r\n", 400, TestName = "Request_PortTooLarge")]
    [TestCase("POST http://allowed.test/ HTTP/1.1\r\n" + Ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, TestName = "Request_TwoContentLengths")]
    [TestCase("POST http://allowed.test/ HTTP/1.1\r\n" + Ok + "Content-Length: -1\r\n\r\n", 400, TestName = "Request_NegativeContentLength")]
    [TestCase("POST http://allowed.test/ HTTP/1.1\r\n" + Ok + "Content-Length: 1, 1\r\n\r\n", 400, TestName = "Request_ContentLengthList")]
    [TestCase("POST http://allowed.test/ HTTP/1.1\r\n" + Ok + "Transfer-Encoding: gzip\r\n\r\n", 400, TestName = "Request_OtherTransferEncoding")]
    [TestCase("OPTIONS * HTTP/1.1\r\n" + Ok + "\r\n", 200, TestName = "Request_OptionsStar_IsAnsweredByUs")]
    [TestCase("CONNECT allowed.test:0 HTTP/1.1\r\n\r\n", 400, TestName = "Connect_PortZero")]
    [TestCase("CONNECT allowed.test:70000 HTTP/1.1\r\n\r\n", 400, TestName = "Connect_PortTooLarge")]
    [TestCase("CONNECT allowed.test:25 HTTP/1.1\r\n\r\n", 403, TestName = "Connect_MailPort")]
    [TestCase("CONNECT 10.0.0.1:443 HTTP/1.1\r\n\r\n", 403, TestName = "Connect_PrivateAddress")]
    [TestCase("CONNECT 0xa000001:443 HTTP/1.1\r\n\r\n", 403, TestName = "Connect_PrivateAddressInHex")]
    [TestCase("CONNECT [fd00::1]:443 HTTP/1.1\r\n\r\n", 403, TestName = "Connect_PrivateIpv6")]
    [TestCase("CONNECT [::1]:443 HTTP/1.1\r\n\r\n", 403, TestName = "Connect_LoopbackIpv6")]
    public async Task Request_ThatBreaksARule(string request, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync(request)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Connect_ToTheGatewayItself_IsRefused([Values("pupil", "guest")] string tier)
    {
        await using var gateway = await TestGateway.StartAsync();
        var own = gateway.Gateway.EndPoints[0].EndPoint;
        var answer = await gateway.AskAsync($"CONNECT {own} HTTP/1.1\r\n\r\n", tier);
        Assert.That(answer.Status, Is.EqualTo(403), "though 127.0.0.0/8 is allowed here");
    }

    [Test]
    public async Task Get_OfTheGatewayItself_IsRefused()
    {
        await using var gateway = await TestGateway.StartAsync();
        var own = gateway.Gateway.EndPoints[0].EndPoint;
        Assert.That((await gateway.AskAsync($"GET http://{own}/ HTTP/1.1\r\nHost: {own}\r\n\r\n")).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Request_ContentLengthAndChunked_IsNeverAmbiguousUpstream()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync(
            $"POST http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://forum.test/smuggled HTTP/1.1\r\nHost: forum.test\r\n\r\n");
        var status = (await client.ReadAnswerAsync()).Status;
        Assert.That(status, Is.AnyOf(400, 200, 502));
        foreach (var head in origin.Heads) Assert.That(head, Does.Not.Contain("\r\nContent-Length").And.Not.Contain("smuggled"));
    }

    [TestCase("zz\r\n", TestName = "Chunk_NotHex")]
    [TestCase("-1\r\n", TestName = "Chunk_Negative")]
    [TestCase("FFFFFFFFFFFFFFFFF\r\n", TestName = "Chunk_Overflows")]
    [TestCase("5\r\nhelloX\r\n", TestName = "Chunk_LongerThanItSays")]
    public async Task Request_BadChunk_IsRefusedOrReset(string chunk)
    {
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            var buffer = new byte[1000];
            while (await stream.ReadAsync(buffer) > 0) { }
        });
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"POST http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
        var answer = await client.ReadToEndAsync();
        Assert.That(answer, Is.Empty.Or.StartsWith("HTTP/1.1 400").Or.StartsWith("HTTP/1.1 502"));
    }

    [Test]
    public async Task Request_LongLine_Is414() => Assert.That(
        await StatusOfAsync($"GET http://allowed.test/{new string('a', 20_000)} HTTP/1.1\r\n{Ok}\r\n"), Is.EqualTo(414));

    [Test]
    public async Task Request_LongHead_Is431() => Assert.That(
        await StatusOfAsync($"GET http://allowed.test/ HTTP/1.1\r\n{Ok}X: {new string('a', 70_000)}\r\n\r\n"), Is.EqualTo(431));

    [Test]
    public async Task Connect_LongLine_Is414() => Assert.That(await StatusOfAsync($"CONNECT {new string('a', 20_000)}:443 HTTP/1.1\r\n\r\n"), Is.EqualTo(414));

    [Test]
    public async Task Connect_LongHead_Is431() => Assert.That(await StatusOfAsync($"CONNECT allowed.test:443 HTTP/1.1\r\nX: {new string('a', 70_000)}\r\n\r\n"), Is.EqualTo(431));

    [TestCase("GET http://allowed.test/ HTTP/1.1\r\nHost: allo", TestName = "Head_Slow_Get")]
    [TestCase("CONNECT allowed.test:443 HTTP/1.1\r\nHost: allo", TestName = "Head_Slow_Connect")]
    public async Task Head_ThatDoesNotEnd_Is408(string begun)
    {
        await using var gateway = await TestGateway.StartAsync(limits: new GatewayLimits { HeadTimeout = TimeSpan.FromSeconds(1), DrainTimeout = TimeSpan.FromSeconds(1) });
        Assert.That((await gateway.AskAsync(begun)).Status, Is.EqualTo(408));
    }

    [Test]
    public async Task Tls_ThatNeverBegins_IsClosed()
    {
        await using var gateway = await TestGateway.StartAsync(limits: new GatewayLimits { HeadTimeout = TimeSpan.FromMilliseconds(300), DrainTimeout = TimeSpan.FromSeconds(1) });
        using var client = gateway.Connect();
        await client.SendAsync("CONNECT allowed.test:443 HTTP/1.1\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Origin_ThatRefuses_Is502AndSaysSo()
    {
        await using var gateway = await TestGateway.StartAsync();
        var port = FreePort();
        var answer = await gateway.AskAsync($"GET http://allowed.test:{port}/ HTTP/1.1\r\nHost: allowed.test:{port}\r\nAccept: text/html\r\n\r\n");
        Assert.That((answer.Status, answer.Body.Contains("allowed.test", StringComparison.Ordinal)), Is.EqualTo((502, true)));
    }

    [Test]
    public async Task Origin_WithoutAddress_Is502() => Assert.That(await StatusOfAsync("GET http://nowhere.test/ HTTP/1.1\r\nHost: nowhere.test\r\n\r\n"), Is.EqualTo(502));

    [Test]
    public async Task Origin_ThatResetsOrTalksNonsense_Is502([Values("", "NONSENSE\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Len")] string says)
    {
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(says));
            throw new IOException("reset");
        });
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nAccept: text/html\r\n\r\n");
        Assert.That(answer.Status, Is.EqualTo(502));
    }

    [Test]
    public async Task Post_ToAnOriginThatHangsUp_IsNeverRepeated([Values("", "Content-Length: 0\r\n", "Content-Length: 2\r\n")] string length)
    {
        // HttpClient tries a request again whose connection ended without a byte; for what changes something that is not ours to do (RFC 9110 §9.2.2).
        await using var origin = new FakeOrigin((_, _) => throw new IOException("hang up"));
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"POST http://allowed.test:{origin.Port}/order HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n{length}\r\nhi");
        Assert.That((answer.Status, origin.Heads.Count), Is.EqualTo((502, 1)));
    }

    [Test]
    public async Task Connect_ToARefusingOrigin_InATunnelTier_HidesNoError()
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync($"CONNECT allowed.test:{FreePort()} HTTP/1.1\r\n\r\n", "guest")).Status, Is.EqualTo(502), "no 200 before the origin connected");
    }

    private static async Task<int> StatusOfAsync(string request)
    {
        await using var gateway = await TestGateway.StartAsync();
        return (await gateway.AskAsync(request)).Status;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
