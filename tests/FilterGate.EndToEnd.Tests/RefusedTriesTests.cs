using System.Net;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>What the kernel refuses to the ports of VPNs, Tor, proxies and tunnels: an event of its own kind each, IPv4 and IPv6, with whose it was.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[NonParallelizable]
public sealed class RefusedTriesTests : BoxTests
{
    [Test]
    public async Task Try_ThatTheRulesRefuse_IsAnEvent()
    {
        await WriteAsync();
        await StartKeeperAsync();
        await StartGatewayAsync();
        foreach (var to in new[] { BoxNetwork.Internet4, BoxNetwork.Internet6 })
        {
            foreach (var port in new[] { 51820, 1194, 853, 9 }) Assert.That(await NamespaceSockets.UdpAsync(Network.Pad, new IPEndPoint(to, port)), Is.EqualTo(Reached.Refused), $"UDP {port}");
            foreach (var port in new[] { 22, 1723, 9001, 1080, 853, 25 }) Assert.That(await NamespaceSockets.TcpAsync(Network.Pad, new IPEndPoint(to, port)), Is.EqualTo(Reached.Refused), $"TCP {port}");
            // Staff may have a shell; that nobody answers is another matter.
            await NamespaceSockets.TcpAsync(Network.Desk, new IPEndPoint(to, 22));
        }

        string[] expected = ["TCP encrypted-dns Encrypted DNS", "TCP proxy SOCKS", "TCP tor Tor", "TCP tunnel SSH", "TCP vpn PPTP", "UDP encrypted-dns Encrypted DNS", "UDP vpn OpenVPN", "UDP vpn WireGuard"];
        await Programs.UntilAsync(async () => (await EventsAsync()).Count >= 2 * expected.Length, "the tries are on record");
        var events = await EventsAsync();
        using (Assert.EnterMultipleScope())
        {
            foreach (var address in new[] { $"{BoxNetwork.Internet4}", $"[{BoxNetwork.Internet6}]" })
                Assert.That(events.Where(e => Text(e, "host") == address).Select(e => $"{Text(e, "method")} {Text(e, "means")} {Text(e, "rule")!.Split(':')[0]}").Order(StringComparer.Ordinal), Is.EqualTo(expected), address);
            Assert.That(events.Select(e => (Text(e, "kind"), Text(e, "reason"))).Distinct(), Is.EqualTo([("circumvention", "way-round")]));
            Assert.That(events.Where(e => Text(e, "client") == "10.77.1.2").Select(e => Text(e, "device")).Distinct(), Is.EqualTo(["ipad-14"]));
            Assert.That(Directory.EnumerateFiles(Path.Combine(Data, "network", "tries")), Is.Empty, "taken away");
            Assert.That((await CommandAsync("network", "check")).Output, Does.Contain("rules: as policy"), "what the kernel remembers is no change of the rules");
        }
    }

    private static string? Text(JsonElement e, string key) => e.GetProperty(key).GetString();

    private async Task<IReadOnlyList<JsonElement>> EventsAsync()
    {
        var found = await CommandAsync("events", "search", "--json", "--limit", "100");
        Assert.That(found.ExitCode, Is.Zero, found.Error);
        return [.. found.Lines.Select(line => JsonElement.Parse(line))];
    }
}
