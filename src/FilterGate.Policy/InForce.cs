using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using FilterGate.Policy.Passes;
using FilterGate.Policy.People;

namespace FilterGate.Policy;

/// <summary>Everything beside the document and the lists that decides: what people have opened, closed, given and withdrawn. Read from <c>state.db</c> and swapped whole. Immutable.</summary>
public sealed record InForce
{
    /// <summary>Nothing: a new box.</summary>
    public static InForce Nothing { get; } = new();

    /// <summary>The people and devices of the school.</summary>
    public Roster Roster { get; init; } = Roster.Empty;

    /// <summary>Which hardware address is behind which address just now. Not from <c>state.db</c>: the gateway reads it from the network.</summary>
    public AddressBook Addresses { get; init; } = AddressBook.Empty;

    /// <summary>The trolleys that classes have just now. A snapshot has those of its moment; a new one is published when one begins or ends.</summary>
    public ImmutableArray<Booking> Bookings { get; init; } = [];

    /// <summary>Whose access is withdrawn (step 4).</summary>
    public WithdrawalTable Withdrawals { get; init; } = WithdrawalTable.Empty;

    /// <summary>Overrides (step 6).</summary>
    public OverrideTable Overrides { get; init; } = OverrideTable.Empty;

    /// <summary>Emergency blocks (step 3).</summary>
    public EmergencyBlockTable EmergencyBlocks { get; init; } = EmergencyBlockTable.Empty;

    /// <summary>Class sessions (step 7).</summary>
    public SessionTable Sessions { get; init; } = SessionTable.Empty;

    /// <summary>Hosts whose HTTPS a technician has let pass unread, canonical: each by itself, without its sub-domains.</summary>
    public FrozenSet<string> PassedUnread { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Warnings gone past, slices that run, and minutes used (steps 9 and 12).</summary>
    public PassTable Passes { get; init; } = PassTable.Empty;

    /// <summary>The device of the roster behind an address, or null. No allocation.</summary>
    /// <remarks>The hardware address counts more than the address: addresses are given anew. A device whose hardware address is on record is not believed to be behind another one.</remarks>
    public Device? FindDevice(IPAddress address)
    {
        var seen = Addresses.Find(address);
        if (seen is not null && Roster.FindDeviceByMac(seen) is { } device) return device;
        return Roster.FindDevice(address) is { } named && (seen is null || named.Mac is null) ? named : null;
    }

    /// <summary>The class that has a device just now, or null: of two bookings the later one.</summary>
    public string? ClassThatHas(Device device)
    {
        for (var i = Bookings.Length - 1; i >= 0; i--)
            if (Bookings[i].Has(device)) return Bookings[i].Class;
        return null;
    }
}
