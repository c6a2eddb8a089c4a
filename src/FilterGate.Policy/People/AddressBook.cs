using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;

namespace FilterGate.Policy.People;

/// <summary>Which hardware address is behind which address of the network just now, as far as the box sees it. Immutable; a look-up does not allocate.</summary>
/// <remarks>The last one named for an address counts. An address behind a router has the router's, or none: then the device is known by its address, as before.</remarks>
public sealed class AddressBook
{
    private readonly FrozenDictionary<IPAddress, PhysicalAddress> _macs;

    /// <summary>Makes a book; IPv4-mapped addresses are taken as IPv4.</summary>
    public AddressBook(IEnumerable<KeyValuePair<IPAddress, PhysicalAddress>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var macs = new Dictionary<IPAddress, PhysicalAddress>();
        foreach (var (address, mac) in entries) macs[address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address] = mac;
        _macs = macs.ToFrozenDictionary();
    }

    /// <summary>Nothing is seen.</summary>
    public static AddressBook Empty { get; } = new([]);

    /// <summary>How many addresses are in it.</summary>
    public int Count => _macs.Count;

    /// <summary>The hardware address, or null.</summary>
    public PhysicalAddress? Find(IPAddress address) => _macs.GetValueOrDefault(address);

    /// <summary>True when both say the same of every address.</summary>
    public bool IsSameAs(AddressBook other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count != Count) return false;
        foreach (var (address, mac) in _macs)
            if (!mac.Equals(other.Find(address))) return false;
        return true;
    }
}
