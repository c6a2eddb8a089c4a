using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Network;

/// <summary>Addresses from one to another, both included, of one family. Ranges that the policy lays within each other become disjoint ones, as nftables wants them.</summary>
/// <param name="Family">IPv4 or IPv6.</param>
/// <param name="First">The lowest address as a number.</param>
/// <param name="Last">The highest.</param>
internal readonly record struct AddressRange(AddressFamily Family, UInt128 First, UInt128 Last)
{
    /// <summary>The range of a network.</summary>
    public static AddressRange Of(IPNetwork network)
    {
        var first = ToNumber(network.BaseAddress);
        var hostBits = BitsOf(network.BaseAddress.AddressFamily) - network.PrefixLength;
        return new AddressRange(network.BaseAddress.AddressFamily, first, first + Below(hostBits));
    }

    /// <summary>The addresses of networks for which something holds, as disjoint ranges in order, neighbours joined.</summary>
    /// <param name="networks">Where to look.</param>
    /// <param name="borders">Networks at whose edges the answer may change.</param>
    /// <param name="holds">The question; asked once for each piece, of its first address.</param>
    public static IReadOnlyList<AddressRange> Where(IEnumerable<IPNetwork> networks, IEnumerable<IPNetwork> borders, Func<IPAddress, bool> holds)
    {
        var found = new List<AddressRange>();
        var edges = borders.Select(Of).ToArray();
        foreach (var whole in networks.Select(Of).OrderBy(r => r.Family).ThenBy(r => r.First).ThenByDescending(r => r.Last))
        {
            // A piece begins where a network begins, or right after one ends.
            var begins = edges.Where(e => e.Family == whole.Family).SelectMany(e => new[] { e.First, e.Last + 1 })
                .Where(at => at > whole.First && at <= whole.Last).Append(whole.First).Distinct().Order().ToArray();
            for (var i = 0; i < begins.Length; i++)
            {
                var piece = new AddressRange(whole.Family, begins[i], i + 1 < begins.Length ? begins[i + 1] - 1 : whole.Last);
                if (!holds(piece.FirstAddress)) continue;
                if (found.Count > 0 && found[^1] is var before && before.Family == piece.Family && (piece.First <= before.Last || before.Last + 1 == piece.First))
                    found[^1] = before with { Last = UInt128.Max(before.Last, piece.Last) };
                else found.Add(piece);
            }
        }

        return found;
    }

    /// <summary>The lowest address.</summary>
    public IPAddress FirstAddress => ToAddress(Family, First);

    /// <summary>As nftables reads it: a network where it is one, else first and last.</summary>
    public override string ToString()
    {
        var size = Last - First;
        for (var hostBits = 0; hostBits <= BitsOf(Family); hostBits++)
        {
            if (Below(hostBits) != size || (First & size) != 0) continue;
            return hostBits == 0 ? FirstAddress.ToString() : $"{FirstAddress}/{BitsOf(Family) - hostBits}";
        }

        return $"{FirstAddress}-{ToAddress(Family, Last)}";
    }

    private static int BitsOf(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? 128 : 32;

    private static UInt128 Below(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    private static UInt128 ToNumber(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? BinaryPrimitives.ReadUInt128BigEndian(address.GetAddressBytes())
        : BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(AddressFamily family, UInt128 number)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(family == AddressFamily.InterNetworkV6 ? bytes : bytes[12..]);
    }
}
