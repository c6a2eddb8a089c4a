using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy;

/// <summary>Which entry of the policy names an address, and which place it lies in: one device's own, else the narrowest range that holds it. Immutable.</summary>
internal sealed class ClientMap
{
    private readonly ImmutableArray<IPNetwork> _networks;
    private readonly FrozenDictionary<IPAddress, ClientEntry> _byAddress;
    private readonly ImmutableArray<ClientEntry> _ranges;
    private readonly ImmutableArray<(IPNetwork Network, Place Place)> _places;
    private readonly FrozenDictionary<int, Place> _placeByPort;
    private readonly FrozenDictionary<string, ClientEntry> _byPlace;

    public ClientMap(PolicyDocument document, ImmutableArray<Place> places)
    {
        _networks = document.Networks;
        // A school names hundreds of devices but a handful of ranges: a look-up for the first, a walk for the second.
        _byAddress = document.Clients.Where(IsSingle).ToFrozenDictionary(c => c.Network.BaseAddress);
        _ranges = [.. document.Clients.Where(c => !IsSingle(c)).OrderByDescending(c => c.Network.PrefixLength)];
        _places = [.. places.SelectMany(p => p.Networks, (p, network) => (network, p)).OrderByDescending(p => p.network.PrefixLength)];
        _placeByPort = places.SelectMany(p => p.Ports, (p, port) => (Port: port, Place: p)).ToFrozenDictionary(p => p.Port, p => p.Place);
        // A place with a tier or a group is an entry for whoever is there.
        _byPlace = document.Places.Where(p => p.Tier is not null || p.Group is not null).ToFrozenDictionary(p => p.Name, p => new ClientEntry(default, p.Tier, Device: null, p.Group), StringComparer.Ordinal);
    }

    /// <summary>True when the address lies in the school's networks.</summary>
    public bool Belongs(IPAddress address)
    {
        foreach (var network in _networks)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>The place of an address: the port's, else the narrowest range's; null for none.</summary>
    public Place? FindPlace(IPAddress address, int port)
    {
        if (_placeByPort.TryGetValue(port, out var ofPort)) return ofPort;
        foreach (var (network, place) in _places)
            if (network.Contains(address)) return place;
        return null;
    }

    /// <summary>The entry that names the address, else the one for its place, else the narrowest range; null for none.</summary>
    public ClientEntry? Find(IPAddress address, string? place)
    {
        if (_byAddress.TryGetValue(address, out var single)) return single;
        if (place is not null && _byPlace.TryGetValue(place, out var ofPlace)) return ofPlace;
        foreach (var range in _ranges)
            if (range.Network.Contains(address)) return range;
        return null;
    }

    private static bool IsSingle(ClientEntry entry) => entry.Network.PrefixLength == entry.Network.BaseAddress.GetAddressBytes().Length * 8;
}
