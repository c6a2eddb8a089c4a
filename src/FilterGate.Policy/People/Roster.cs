using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace FilterGate.Policy.People;

/// <summary>Who is at the school and which devices it has. Immutable; safe from any thread; no look-up by address or id allocates.</summary>
/// <remarks>Its caller has checked it: ids, log-in names, names of devices and addresses are each there once. Of two alike the first counts, so that a look-up never throws.</remarks>
public sealed class Roster
{
    private readonly FrozenDictionary<string, Person> _byId;
    private readonly FrozenDictionary<string, Person> _byAccount;
    private readonly FrozenDictionary<string, Device> _byName;
    private readonly FrozenDictionary<IPAddress, Device> _byAddress;
    private readonly FrozenDictionary<PhysicalAddress, Device> _byMac;

    /// <summary>Makes a roster; the order is kept for lists.</summary>
    public Roster(IEnumerable<Person> people, IEnumerable<Device> devices)
    {
        People = [.. people];
        Devices = [.. devices];
        _byId = Index(People, p => p.Id, RosterIds.Comparer);
        _byAccount = Index(People, p => p.Account is { } account && AccountName.Normalise(account) is { Length: > 0 } form ? form : null, StringComparer.Ordinal);
        _byName = Index(Devices, d => d.Name, RosterIds.Comparer);
        _byMac = Index(Devices, d => d.Mac, comparer: null);
        _byAddress = Index(Devices, d => d.Address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : d.Address, comparer: null);
    }

    /// <summary>Nobody and nothing.</summary>
    public static Roster Empty { get; } = new([], []);

    /// <summary>Everybody, also those whose time has not come or is over.</summary>
    public ImmutableArray<Person> People { get; }

    /// <summary>Every device.</summary>
    public ImmutableArray<Device> Devices { get; }

    /// <summary>True when a device is known by its hardware address: then somebody has to look which address that has just now.</summary>
    public bool HasMacs => _byMac.Count > 0;

    /// <summary>The person with this id, in any case, or null.</summary>
    public Person? FindPerson(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The person with this log-in name, in any spelling that <see cref="AccountName.Normalise"/> takes for the same, or null.</summary>
    public Person? FindByAccount(string name) => _byAccount.GetValueOrDefault(AccountName.Normalise(name));

    /// <summary>The device with this address, or null.</summary>
    public Device? FindDevice(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _byAddress.GetValueOrDefault(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }

    /// <summary>The device with this hardware address, or null.</summary>
    public Device? FindDeviceByMac(PhysicalAddress mac) => _byMac.GetValueOrDefault(mac);

    /// <summary>The device with this name, in any case, or null.</summary>
    public Device? FindDeviceByName(string name) => _byName.GetValueOrDefault(name);

    private static FrozenDictionary<TKey, TItem> Index<TKey, TItem>(ImmutableArray<TItem> items, Func<TItem, TKey?> key, IEqualityComparer<TKey>? comparer)
        where TKey : class
    {
        var index = new Dictionary<TKey, TItem>(comparer);
        foreach (var item in items)
            if (key(item) is { } found) index.TryAdd(found, item);
        return index.ToFrozenDictionary(comparer);
    }
}
