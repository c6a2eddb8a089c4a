using System.Net.Sockets;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy.Tests;

/// <summary>What a port alone says, and what it does not.</summary>
public sealed class PortSignsTests
{
    [TestCase(ProtocolType.Udp, 51820, "WireGuard", "vpn")]
    [TestCase(ProtocolType.Udp, 1194, "OpenVPN", "vpn")]
    [TestCase(ProtocolType.Tcp, 1194, "OpenVPN", "vpn")]
    [TestCase(ProtocolType.Tcp, 1723, "PPTP", "vpn")]
    [TestCase(ProtocolType.Tcp, 9001, "Tor", "tor")]
    [TestCase(ProtocolType.Tcp, 1080, "SOCKS", "web-proxies")]
    [TestCase(ProtocolType.Tcp, 853, "Encrypted DNS", "encrypted-dns")]
    [TestCase(ProtocolType.Udp, 853, "Encrypted DNS", "encrypted-dns")]
    [TestCase(ProtocolType.Tcp, 22, "SSH", null)]
    public void Find_PortOfAWayRound_NamesIt(ProtocolType protocol, int port, string name, string? category)
    {
        var sign = PortSigns.Find(protocol, port);
        Assert.That((sign?.Name, sign?.Category, sign?.IsWayRound), Is.EqualTo((name, category, true)));
        Assert.That(PortSigns.All, Does.Contain((protocol, port)));
    }

    [TestCase(ProtocolType.Udp, 4500, TestName = "a phone's calls over Wi-Fi")]
    [TestCase(ProtocolType.Udp, 500, TestName = "the same, at its beginning")]
    [TestCase(ProtocolType.Tcp, 8080, TestName = "a web server's second port")]
    [TestCase(ProtocolType.Udp, 3478, TestName = "a video call")]
    [TestCase(ProtocolType.Tcp, 51820, TestName = "WireGuard has no TCP")]
    [TestCase(ProtocolType.Tcp, 443, TestName = "the web")]
    [TestCase(ProtocolType.Udp, 53, TestName = "names")]
    [TestCase(ProtocolType.Tcp, 587, TestName = "mail")]
    public void Find_PortOfSomethingElse_SaysNothing(ProtocolType protocol, int port) => Assert.That(PortSigns.Find(protocol, port), Is.Null);
}
