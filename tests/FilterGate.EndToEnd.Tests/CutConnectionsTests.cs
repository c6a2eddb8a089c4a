using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A command closes a site while a tunnel and a WebSocket to it are open: both end, new requests are refused within a second, and what is still allowed goes on.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class CutConnectionsTests
{
    private const string Site = "sub." + School.Open;

    /// <summary>A second is what is promised; a busy machine adds the rest.</summary>
    private static readonly TimeSpan WithinMax = TimeSpan.FromSeconds(3);

    private School _school = null!;
    private TcpListener _chat = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _school = await School.OpenAsync();
        // An origin that takes every WebSocket and says nothing, on the address of the sites, at a port of its own.
        _chat = new TcpListener(_school.Origin.Address, 0);
        _chat.Start();
        _ = ServeAsync(_chat);
        using var files = new TempFolder();
        await File.WriteAllTextAsync(files["policy.yaml"], $$"""
            school: Sample Primary
            networks: [10.20.0.0/16]
            tiers:
              pupil: { tls: intercept, uncategorised: allow, own_block: [{{Site}}] }
              staff: { tls: intercept, uncategorised: allow }
              guest: { tls: tunnel, uncategorised: allow, own_block: [{{Site}}] }

            """);
        await DoneAsync("policy", "apply", files["policy.yaml"], "--reason", "one site is closed", "--yes");
        // The sample's own policy refuses both to guests, as nobody has sorted them.
        await Programs.UntilAsync(async () => await IsBlockedAsync("guest", Site) && !await IsBlockedAsync("guest", School.Open), "the policy takes force");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _chat?.Dispose();
        if (_school is not null) await _school.DisposeAsync();
    }

    [Test]
    public async Task Revoke_WhileConnectionsAreOpen_EndsThemAndNothingElse()
    {
        var ids = new List<string>();
        foreach (var tier in (string[])["pupil", "guest"])
        {
            var granted = await DoneAsync("unblock", "grant", Site, "--tier", tier, "--for", "1h", "--reason", "a club", "--json");
            ids.Add(JsonElement.Parse(granted).GetProperty("override").GetProperty("id").GetRawText());
            await Programs.UntilAsync(async () => !await IsBlockedAsync(tier, Site), "the site opens");
        }
        await using var allowed = await Tunnel.OpenAsync(_school.Gateway.Address("guest"), School.Open);
        await using var tunnel = await Tunnel.OpenAsync(_school.Gateway.Address("guest"), Site);
        using var chat = await OpenChatAsync(Site);

        var ends = Watch(Site, tunnel, chat);
        foreach (var id in ids) await DoneAsync("unblock", "revoke", id, "--reason", "the club is over");
        await CheckAsync("the last revoke had ended", DateTimeOffset.UtcNow, ends);
        Assert.That(await allowed.AskAsync("/1k"), Does.StartWith("HTTP/1.1 200"), "a tunnel that is still allowed goes on");
    }

    [Test]
    public async Task Block_WhileConnectionsAreOpen_IsInForceWithinASecond()
    {
        await using var allowed = await Tunnel.OpenAsync(_school.Gateway.Address("guest"), School.Encyclopaedia);
        await using var tunnel = await Tunnel.OpenAsync(_school.Gateway.Address("guest"), School.Open);
        using var chat = await OpenChatAsync(School.Open);

        var ends = Watch(School.Open, tunnel, chat);
        var block = JsonElement.Parse(await DoneAsync("block", School.Open, "--reason", "seen by year 5", "--yes", "--json")).GetProperty("block");
        await CheckAsync("the block was on record", block.GetProperty("start").GetDateTimeOffset(), ends);
        Assert.That(await IsBlockedAsync("staff", School.Open), "for everybody");
        Assert.That(await allowed.AskAsync("/1k"), Does.StartWith("HTTP/1.1 200"), "a tunnel to another site goes on");

        await DoneAsync("block", "lift", block.GetProperty("id").GetRawText(), "--reason", "taken down");
        await Programs.UntilAsync(async () => !await IsBlockedAsync("pupil", School.Open), "the policy decides again");
    }

    /// <summary>When new requests of both tiers are refused, and when the tunnel and the WebSocket end.</summary>
    private Task<DateTimeOffset>[] Watch(string host, Tunnel tunnel, TcpClient chat) =>
    [
        TimedAsync(Programs.UntilAsync(async () => await IsBlockedAsync("pupil", host) && await IsBlockedAsync("guest", host), "new requests are refused")),
        TimedAsync(tunnel.EndAsync()),
        TimedAsync(EndAsync(chat)),
    ];

    private static async Task CheckAsync(string what, DateTimeOffset since, Task<DateTimeOffset>[] ends)
    {
        var after = (await Task.WhenAll(ends).WaitAsync(Programs.WaitMax)).Select(at => at - since).ToArray();
        await TestContext.Progress.WriteLineAsync($"after {what}: new requests refused {after[0].TotalMilliseconds:0} ms, tunnel cut {after[1].TotalMilliseconds:0} ms, WebSocket cut {after[2].TotalMilliseconds:0} ms");
        Assert.That(after, Has.All.LessThan(WithinMax));
    }

    private async Task<bool> IsBlockedAsync(string tier, string host) => (await _school.GetAsync(tier, $"http://{host}/1k")).Status == 403;

    private async Task<string> DoneAsync(params IEnumerable<string> arguments)
    {
        var ended = await _school.CommandAsync(arguments);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        return ended.Output;
    }

    private static async Task<DateTimeOffset> TimedAsync(Task ended)
    {
        await ended;
        return DateTimeOffset.UtcNow;
    }

    /// <summary>A WebSocket of a pupil through the gateway, which reads requests of this tier.</summary>
    private async Task<TcpClient> OpenChatAsync(string host)
    {
        var proxy = _school.Gateway.Address("pupil");
        var client = new TcpClient();
        await client.ConnectAsync(proxy.Host, proxy.Port);
        var authority = $"{host}:{((IPEndPoint)_chat.LocalEndpoint).Port}";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET http://{authority}/chat HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        Assert.That(await ReadHeadAsync(client.GetStream()), Does.StartWith("HTTP/1.1 101"));
        return client;
    }

    /// <summary>Waits until the other side ends it, properly or not.</summary>
    private static async Task EndAsync(TcpClient client)
    {
        try
        {
            while (await client.GetStream().ReadAsync(new byte[100]) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    private static async Task ServeAsync(TcpListener listener)
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                open.Add(client);
                await ReadHeadAsync(client.GetStream());
                await client.GetStream().WriteAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            // The tests are over.
        }
        finally
        {
            foreach (var client in open) client.Dispose();
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1) head.Append((char)one[0]);
        return head.ToString();
    }
}
