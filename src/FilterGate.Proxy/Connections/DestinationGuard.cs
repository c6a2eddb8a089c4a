using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FilterGate.Policy;

namespace FilterGate.Proxy.Connections;

/// <summary>Which addresses clients may not reach through the gateway: its own, those of the school's networks, loopback, link-local, private and other special-purpose ones, unless the policy lists them.</summary>
/// <remarks>Judged on the address that is dialled, never on a name: a public name may point at a private address (DNS rebinding). Safe from any thread.</remarks>
internal sealed class DestinationGuard : IDisposable
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

    private readonly GatewayOptions _options;
    private FrozenSet<IPAddress> _own = FrozenSet<IPAddress>.Empty;
    private IPEndPoint[] _listeners = [];

    public DestinationGuard(GatewayOptions options)
    {
        _options = options;
        ReadOwnAddresses();
        NetworkChange.NetworkAddressChanged += OnAddressChanged;
    }

    /// <summary>Notes the ports that were bound: a connection to one of them would be a loop and is refused whatever the policy lists.</summary>
    public void SetListeners(IEnumerable<IPEndPoint> listeners) => Volatile.Write(ref _listeners, [.. listeners]);

    /// <summary>True when the end point is one of the gateway's own listeners.</summary>
    public bool IsListener(IPEndPoint destination)
    {
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            if (listener.Port != destination.Port) continue;
            var anyAddress = listener.Address.Equals(IPAddress.Any) || listener.Address.Equals(IPAddress.IPv6Any);
            if (anyAddress ? IsOwn(destination.Address) : listener.Address.Equals(destination.Address)) return true;
        }

        return false;
    }

    /// <summary>True when the destination may not be dialled.</summary>
    public bool Refuses(IPAddress address, int port, PolicySnapshot snapshot)
    {
        address = OriginalDestination.Normalize(address);
        if (IsListener(new IPEndPoint(address, port))) return true;
        if (!IsInside(address, snapshot) && !(Embedded(address) is { } inner && IsInside(inner, snapshot))) return false;
        foreach (var allowed in _options.AllowedPrivate)
            if (allowed.Contains(address)) return false;
        return !snapshot.AllowsPrivateDestination(address);
    }

    /// <summary>True when the host is an address that may not be dialled. A name is judged when it has been looked up.</summary>
    public bool RefusesLiteral(string canonicalHost, int port, PolicySnapshot snapshot) =>
        (char.IsAsciiDigit(canonicalHost[^1]) || canonicalHost[0] == '[') && IPAddress.TryParse(canonicalHost, out var address) && Refuses(address, port, snapshot);

    private bool IsInside(IPAddress address, PolicySnapshot snapshot) => IsSpecial(address) || IsOwn(address) || snapshot.IsOfTheSchool(address);

    private bool IsOwn(IPAddress address) => IPAddress.IsLoopback(address) || Volatile.Read(ref _own).Contains(address);

    private static bool IsSpecial(IPAddress address)
    {
        foreach (var network in Special)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>The IPv4 address that a NAT64 or 6to4 address stands for: a private one is no less private in that dress.</summary>
    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address)) return new IPAddress(bytes.AsSpan(12, 4));
        return SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4)) : null;
    }

    private void OnAddressChanged(object? sender, EventArgs e) => ReadOwnAddresses();

    private void ReadOwnAddresses() => Volatile.Write(ref _own, NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().UnicastAddresses)
        .Select(a => OriginalDestination.Normalize(a.Address))
        .ToFrozenSet());

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnAddressChanged;
}
