using System.Net;
using System.Net.Sockets;

namespace FilterGate.Policy;

/// <summary>Addresses that are nobody's on the internet: private, loopback, link-local and other special-purpose ones. Static and without state: safe from any thread.</summary>
public static class SpecialAddresses
{
    // IANA special-purpose registries (RFC 6890 and successors): everything that is not a public unicast destination.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // With ::1 and :: the whole of ::/96 (IPv4-compatible), and what stands for an IPv4 address in a dress that nobody can undo for certain: local NAT64, Teredo, SIIT. A site that uses one lists it under private_destinations.
            "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "2001::/32", "100::/63", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>True for such an address; of NAT64 and 6to4 the address itself is asked, not the one within (<see cref="Embedded"/>).</summary>
    public static bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        foreach (var network in Special)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>The IPv4 address that a NAT64 or 6to4 address stands for: a private one is no less private in that dress. Null for any other.</summary>
    public static IPAddress? Embedded(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address)) return new IPAddress(bytes.AsSpan(12, 4));
        return SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4)) : null;
    }
}
