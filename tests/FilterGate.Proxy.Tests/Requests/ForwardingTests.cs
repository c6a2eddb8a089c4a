using System.Text;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>What an origin gets of an allowed request, and what the client gets of its answer: as little changed as HTTP allows.</summary>
internal sealed class ForwardingTests
{
    [TestCase("/", TestName = "Target_Root")]
    [TestCase("/a%2Fb/../c;v=1?q=1%20x&y=%zz#f", TestName = "Target_EscapesAndDotSegments_GoOutByteForByte")]
    [TestCase("/%7Euser/%41", TestName = "Target_NeedlessEscapes_GoOutByteForByte")]
    [TestCase("/|{}[]^\"<>", TestName = "Target_CharactersOutsideTheGrammar_GoOutByteForByte")]
    public async Task Forward_AbsoluteForm_SendsTheTargetAsItCame(string target)
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET http://allowed.test:{origin.Port}{target} HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")));
        var sent = target.Split('#')[0];
        Assert.That(origin.Heads.Single(), Does.StartWith($"GET {sent} HTTP/1.1\r\n"));
        Assert.That(origin.Heads.Single(), Does.Contain($"Host: allowed.test:{origin.Port}\r\n"));
    }

    [Test]
    public async Task Forward_HostThatDiffersFromTheTarget_IsReplacedByTheTarget()
    {
        // RFC 9112 §3.2.2: a proxy ignores the Host field of a request in absolute form and sends the target's own.
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: forum.test\r\n\r\n")).Status, Is.EqualTo(200));
        Assert.That(origin.Heads.Single(), Does.Contain($"Host: allowed.test:{origin.Port}\r\n").And.Not.Contain("forum"));
    }

    [Test]
    public async Task Forward_AddsNothingOfItsOwn_AndKeepsHopByHopFieldsBack()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AskAsync(
            $"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nConnection: X-Private\r\nX-Private: 1\r\n" +
            "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic YTpi\r\nKeep-Alive: 5\r\nTE: gzip\r\nX-Odd: caf\u00e9\r\nCookie: a=1; b=2\r\n\r\n");
        var head = origin.Heads.Single();
        Assert.Multiple(() =>
        {
            foreach (var gone in new[] { "Via:", "X-Forwarded", "Forwarded:", "X-Private", "Proxy-", "Keep-Alive", "traceparent", "Connection:" })
                Assert.That(head, Does.Not.Contain(gone).IgnoreCase);
            Assert.That(head, Does.Contain("X-Odd: caf\u00e9\r\n"), "values are bytes");
            Assert.That(head, Does.Contain("Cookie: a=1; b=2\r\n"));
            Assert.That(head, Does.Not.Contain("127.0.0.1"), "the client's address stays here");
        });
    }

    [Test]
    public async Task Forward_Answer_LosesOnlyWhatWouldLeadPastTheFilter()
    {
        await using var origin = new FakeOrigin((stream, _) => stream.WriteAsync(
            "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Hop: 1\r\nConnection: X-Hop\r\nX-Odd: caf\u00e9\r\nServer: origin/1\r\nContent-Length: 2\r\n\r\nok"u8.ToArray()).AsTask());
        await using var gateway = await TestGateway.StartAsync();
        var answer = await gateway.AskAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.Multiple(() =>
        {
            Assert.That(answer["Alt-Svc"], Is.Null, "browsers would move to QUIC");
            Assert.That(answer["X-Hop"], Is.Null);
            Assert.That(answer["Via"], Is.Null);
            Assert.That(answer["Server"], Is.EqualTo("origin/1"));
            Assert.That(answer.Head, Does.Contain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"), "cookies stay apart");
            Assert.That(answer.Body, Is.EqualTo("ok"));
        });
    }

    [Test]
    public async Task Forward_ServerSentEvents_ArriveAsTheyAreSent()
    {
        var second = new TaskCompletionSource();
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n"u8.ToArray());
            await second.Task;
            await stream.WriteAsync("8\r\ndata: 2\n\r\n0\r\n\r\n"u8.ToArray());
        });
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        await client.ReadUntilAsync("data: 1\n"); // before the second is sent, or this never returns
        second.SetResult();
        await client.ReadUntilAsync("data: 2\n");
    }

    [Test]
    public async Task Forward_Upload_ReachesTheOriginBeforeItsEnd()
    {
        var seen = new TaskCompletionSource();
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            var text = new StringBuilder();
            var buffer = new byte[100];
            while (!text.ToString().Contains("first", StringComparison.Ordinal)) text.Append(Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer)));
            seen.SetResult();
            while (!text.ToString().Contains("0\r\n\r\n", StringComparison.Ordinal)) text.Append(Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer)));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"POST http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await client.SendAsync("4\r\nlast\r\n0\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Forward_Expect_AFinalAnswerReachesTheClientBeforeItsBody()
    {
        // HttpClient asks for a body of up to 1,024 bytes even then; that is cheaper than a new connection.
        await using var origin = new FakeOrigin((stream, _) => stream.WriteAsync("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno"u8.ToArray()).AsTask());
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"POST http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
        var answer = await client.ReadAnswerAsync();
        Assert.That((answer.Status, answer.Body), Is.EqualTo((417, "no")));
    }

    [Test]
    public async Task Forward_Expect_ContinueReachesTheClientAndItsBodyTheOrigin()
    {
        await using var origin = new FakeOrigin(async (stream, _) =>
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
            var body = new byte[5];
            await stream.ReadExactlyAsync(body);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{Encoding.Latin1.GetString(body)}"));
        });
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"POST http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(100));
        await client.SendAsync("hello");
        var answer = await client.ReadAnswerAsync();
        Assert.That((answer.Status, answer.Body), Is.EqualTo((200, "hello")));
    }

    [Test]
    public async Task Forward_ClientThatEndsItsSideAfterTheRequest_StillGetsItsAnswer()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nConnection: close\r\n\r\n");
        await client.EndAsync();
        Assert.That((await client.ReadAnswerAsync()).Body, Is.EqualTo("hello"));
    }

    [Test]
    public async Task Forward_WebSocket_PassesBothWays()
    {
        await using var origin = new FakeOrigin(async (stream, head) =>
        {
            Assert.That(head, Does.Contain("Upgrade: websocket\r\n").And.Contain("Connection: Upgrade\r\n"));
            await stream.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8.ToArray());
            var buffer = new byte[100];
            var count = await stream.ReadAsync(buffer);
            await stream.WriteAsync(buffer.AsMemory(0, count));
        });
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync(
            $"GET http://allowed.test:{origin.Port}/chat HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(101));
        await client.SendAsync("\u0081\u0002hi");
        await client.ReadUntilAsync("\u0081\u0002hi");
        Assert.That(gateway.Gateway.Connections.LongCount, Is.EqualTo(1));
    }

    [Test]
    public async Task Forward_KeepAlive_DecidesEachRequestAnew()
    {
        await using var origin = new FakeOrigin("hello");
        await using var gateway = await TestGateway.StartAsync();
        using var client = gateway.Connect();
        await client.SendAsync($"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(200));
        await client.SendAsync($"GET http://forum.test:{origin.Port}/ HTTP/1.1\r\nHost: forum.test:{origin.Port}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(403));
        await client.SendAsync($"GET http://allowed.test:{origin.Port}/2 HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync()).Status, Is.EqualTo(200));
        Assert.That(origin.Heads, Has.Count.EqualTo(2), "the blocked one never left");
    }

    [Test]
    public async Task Forward_OriginThatLogsInConnections_IsNotSharedBetweenClients([Values("NTLM", "Negotiate")] string scheme)
    {
        await using var origin = new FakeOrigin((stream, head) => stream.WriteAsync(Encoding.Latin1.GetBytes(
            head.Contains("Authorization:", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" : $"HTTP/1.1 401 No\r\nWWW-Authenticate: {scheme}\r\nContent-Length: 0\r\n\r\n")).AsTask());
        await using var gateway = await TestGateway.StartAsync();
        var request = $"GET http://allowed.test:{origin.Port}/ HTTP/1.1\r\nHost: allowed.test:{origin.Port}\r\n";
        using var alice = gateway.Connect();
        using var bob = gateway.Connect();
        await alice.SendAsync(request + "\r\n");
        Assert.That((await alice.ReadAnswerAsync())["WWW-Authenticate"], Is.EqualTo(scheme));
        await alice.SendAsync(request + "Authorization: NTLM abc\r\n\r\n");
        Assert.That((await alice.ReadAnswerAsync()).Status, Is.EqualTo(200));
        var connections = origin.ConnectionCount;
        await bob.SendAsync(request + "\r\n");
        await bob.ReadAnswerAsync();
        Assert.That(origin.ConnectionCount, Is.EqualTo(connections + 1), "Bob's request must not go over the connection that Alice logged in");
    }
}
