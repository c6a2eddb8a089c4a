using FilterGate.Policy;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Events.Tests;

/// <summary>By which means an attempt was made, from what is on record of it.</summary>
public sealed class WaysRoundTests
{
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "web-proxies", "proxy.example", null, WayRound.Proxy)]
    [TestCase(EventKind.Circumvention, Reason.WayRound, "web-proxies", "site.example", "SOCKS: its first message, version 5", WayRound.Proxy)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "vpn", "vpn.example", null, WayRound.Vpn)]
    [TestCase(EventKind.WouldGetRound, Reason.NoBypass, "vpn", "vpn.example", null, WayRound.Vpn)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "vpn", "mask.icloud.com", null, WayRound.PrivateRelay)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "vpn", "mask-h2.icloud.com", null, WayRound.PrivateRelay)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "vpn", "mask.icloud.com.example", null, WayRound.Vpn)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "tor", "tor.example", null, WayRound.Tor)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "encrypted-dns", "doh.example", null, WayRound.EncryptedDns)]
    [TestCase(EventKind.Circumvention, Reason.WayRound, null, "site.example", "SSH: its greeting, SSH-", WayRound.Tunnel)]
    [TestCase(EventKind.Circumvention, Reason.CategoryBlock, "games", "games.example", "fronting open.example", WayRound.Fronting)]
    [TestCase(EventKind.Circumvention, Reason.NoBypass, "vpn", "vpn.example", "fronting open.example", WayRound.Fronting)]
    [TestCase(EventKind.Circumvention, Reason.CategoryBlock, "games", "games-example.translate.goog", "embedded games.example", WayRound.Viewer)]
    [TestCase(EventKind.Block, Reason.NoBypass, "vpn", "vpn.example", null, null, Description = "What a page of such a site loads.")]
    [TestCase(EventKind.Tls, Reason.TlsPolicy, null, "site.example", "BitTorrent: its handshake", null)]
    public void Of(EventKind kind, Reason reason, string? category, string host, string? rule, WayRound? way) =>
        Assert.That(WaysRound.Of(Event(kind, reason) with { Category = category, Host = host, Rule = rule }), Is.EqualTo(way));

    [Test]
    public void Of_HiddenConnection_IsToldFromATunnel() => Assert.That(WaysRound.Of(Event(EventKind.Circumvention, Reason.WayRound) with { Rule = ConnectionSign.Hidden.Text }), Is.EqualTo(WayRound.Hidden));

    [Test]
    public void Of_HiddenName_IsToldFromATunnel() => Assert.That(WaysRound.Of(Event(EventKind.Circumvention, Reason.WayRound) with { Rule = ConnectionSign.HiddenName.Text }), Is.EqualTo(WayRound.HiddenName));

    [Test]
    public void EveryWay_HasACodeOfItsOwn_AndWords()
    {
        var ways = Enum.GetValues<WayRound>();
        Assert.That(ways.Select(way => way.Code()), Is.Unique);
        Assert.That(ways.Select(way => way.Title()), Is.Unique);
        Assert.That(ways.Select(way => way.Meaning()), Is.Unique.And.All.EndsWith("."));
    }

    private static FilterEvent Event(EventKind kind, Reason reason) => new() { Time = DateTimeOffset.UnixEpoch, Kind = kind, Decision = Verdict.Block, Reason = reason };
}
