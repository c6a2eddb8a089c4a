using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;
using FilterGate.Policy;

namespace FilterGate.Proxy.Connections;

/// <summary>Which addresses clients may not reach through the gateway: its own, those of the school's networks, loopback, link-local, private and other special-purpose ones, unless the policy lists them.</summary>
/// <remarks>Judged on the address that is dialled, never on a name: a public name may point at a private address (DNS rebinding). Safe from any thread.</remarks>
internal sealed class DestinationGuard : IDisposable
{
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
        if (!IsInside(address, snapshot) && !(SpecialAddresses.Embedded(address) is { } inner && IsInside(inner, snapshot))) return false;
        foreach (var allowed in _options.AllowedPrivate)
            if (allowed.Contains(address)) return false;
        return !snapshot.AllowsPrivateDestination(address);
    }

    /// <summary>True when the host is an address that may not be dialled. A name is judged when it has been looked up.</summary>
    public bool RefusesLiteral(string canonicalHost, int port, PolicySnapshot snapshot) =>
        (char.IsAsciiDigit(canonicalHost[^1]) || canonicalHost[0] == '[') && IPAddress.TryParse(canonicalHost, out var address) && Refuses(address, port, snapshot);

    private bool IsInside(IPAddress address, PolicySnapshot snapshot) => SpecialAddresses.Contains(address) || IsOwn(address) || snapshot.IsOfTheSchool(address);

    private bool IsOwn(IPAddress address) => IPAddress.IsLoopback(address) || Volatile.Read(ref _own).Contains(address);

    private void OnAddressChanged(object? sender, EventArgs e) => ReadOwnAddresses();

    private void ReadOwnAddresses() => Volatile.Write(ref _own, NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().UnicastAddresses)
        .Select(a => OriginalDestination.Normalize(a.Address))
        .ToFrozenSet());

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnAddressChanged;
}
