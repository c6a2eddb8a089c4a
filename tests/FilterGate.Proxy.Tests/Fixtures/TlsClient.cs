using System.Net.Security;
using System.Text;

namespace FilterGate.Proxy.Tests.Fixtures;

/// <summary>A client that goes through CONNECT and speaks HTTP/1.1 over TLS.</summary>
internal static class TlsClient
{
    /// <summary>Opens a connection that was answered 200.</summary>
    public static async Task<RawConnection> ConnectAsync(TestGateway gateway, string tier, string authority)
    {
        var client = gateway.Connect(tier);
        await client.SendAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        Assert.That((await client.ReadAnswerAsync(hasBody: false)).Status, Is.EqualTo(200));
        return client;
    }

    /// <summary>Sends one request and reads its answer, which must have a length.</summary>
    public static async Task<RawAnswer> AskAsync(SslStream tls, string request)
    {
        await tls.WriteAsync(Encoding.Latin1.GetBytes(request));
        var head = await FakeOrigin.ReadHeadAsync(tls) ?? throw new AssertionException("no answer");
        var answer = new RawAnswer(head);
        var body = new byte[int.Parse(answer["Content-Length"]!, System.Globalization.CultureInfo.InvariantCulture)];
        await tls.ReadExactlyAsync(body);
        return answer with { Body = Encoding.UTF8.GetString(body) };
    }

    /// <summary>Opens a connection of a tier to a host on 443, sends one request over it and reads the answer.</summary>
    public static async Task<RawAnswer> GetAsync(TestGateway gateway, string tier, string authority, string request)
    {
        using var client = await ConnectAsync(gateway, tier, authority);
        await using var tls = await client.StartTlsAsync(authority.Split(':')[0]);
        return await AskAsync(tls, request);
    }
}
