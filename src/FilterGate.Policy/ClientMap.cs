using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy;

/// <summary>Which entry of the policy names an address: one device's own, else the narrowest range that holds it. Immutable.</summary>
internal sealed class ClientMap
{
    private readonly ImmutableArray<IPNetwork> _networks;
    private readonly FrozenDictionary<IPAddress, ClientEntry> _byAddress;
    private readonly ImmutableArray<ClientEntry> _ranges;

    public ClientMap(ImmutableArray<IPNetwork> networks, ImmutableArray<ClientEntry> clients)
    {
        _networks = networks;
        // A school names hundreds of devices but a handful of ranges: a look-up for the first, a walk for the second.
        _byAddress = clients.Where(IsSingle).ToFrozenDictionary(c => c.Network.BaseAddress);
        _ranges = [.. clients.Where(c => !IsSingle(c)).OrderByDescending(c => c.Network.PrefixLength)];
    }

    /// <summary>True when the address lies in the school's networks.</summary>
    public bool Belongs(IPAddress address)
    {
        foreach (var network in _networks)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>The entry that names the address, or null.</summary>
    public ClientEntry? Find(IPAddress address)
    {
        if (_byAddress.TryGetValue(address, out var single)) return single;
        foreach (var range in _ranges)
            if (range.Network.Contains(address)) return range;
        return null;
    }

    private static bool IsSingle(ClientEntry entry) => entry.Network.PrefixLength == entry.Network.BaseAddress.GetAddressBytes().Length * 8;
}
