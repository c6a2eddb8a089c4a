using System.Collections.Frozen;
using System.Net.Sockets;

namespace FilterGate.Policy.WaysRound;

/// <summary>What a connection is by the port that it goes to, where that port is used for nothing else: the rules of the box refuse it, and CONNECT does, before a byte is sent that would say more.</summary>
/// <remarks>
/// Ports that something harmless uses too are left out, for a child must not be called a cheat for it: 500 and 4500 of UDP (IKE) carry the VPN of a phone and its calls over Wi-Fi alike, 8080 is the web on many servers, 3478 is any video call.
/// Immutable; safe from any thread.
/// </remarks>
public static class PortSigns
{
    private static readonly FrozenDictionary<(ProtocolType Protocol, int Port), ConnectionSign> Signs = new (string Name, string? Category, int Port, ProtocolType[] Protocols)[]
    {
        ("SSH", null, 22, [ProtocolType.Tcp]), // IANA: ssh
        ("Encrypted DNS", "encrypted-dns", 853, [ProtocolType.Tcp, ProtocolType.Udp]), // RFC 7858 and RFC 9250
        ("SOCKS", "web-proxies", 1080, [ProtocolType.Tcp]), // IANA: socks
        ("OpenVPN", "vpn", 1194, [ProtocolType.Tcp, ProtocolType.Udp]), // IANA: openvpn
        ("L2TP", "vpn", 1701, [ProtocolType.Udp]), // RFC 2661
        ("PPTP", "vpn", 1723, [ProtocolType.Tcp]), // RFC 2637
        ("Web proxy", "web-proxies", 3128, [ProtocolType.Tcp]), // Squid's http_port
        ("Tor", "tor", 9001, [ProtocolType.Tcp]), // Tor's manual: what a relay listens on
        ("ZeroTier", "vpn", 9993, [ProtocolType.Udp]), // ZeroTier's documentation: its primary port
        ("WireGuard", "vpn", 51820, [ProtocolType.Udp]), // WireGuard's quick start
    }.SelectMany(line => line.Protocols.Select(protocol => (Key: (protocol, line.Port), Sign: new ConnectionSign(line.Name, "its port, which is refused", line.Category, IsWayRound: true))))
        .ToFrozenDictionary(pair => pair.Key, pair => pair.Sign);

    /// <summary>The ports, in order of protocol and number.</summary>
    public static IReadOnlyList<(ProtocolType Protocol, int Port)> All { get; } = [.. Signs.Keys.OrderBy(key => key.Protocol).ThenBy(key => key.Port)];

    /// <summary>What goes to this port; null where that says nothing.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="port">The port of the destination.</param>
    public static ConnectionSign? Find(ProtocolType protocol, int port) => Signs.GetValueOrDefault((protocol, port));
}
