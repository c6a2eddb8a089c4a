using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Matching.Compiled;

/// <summary>Ranges of addresses, laid out without overlaps: each place where the set of categories changes, in order.</summary>
/// <remarks>Nested and overlapping ranges are resolved when they are laid out, so a look-up is one search for the last change at or before the address: an index of the first sixteen bits and a few steps for IPv4, a binary search for IPv6.</remarks>
internal static class NetworkTable
{
    public const int Size4 = 8, Size6 = 20, IndexLength = 65_537;

    /// <summary>Both tables: first address, little-endian, and number of the set.</summary>
    public static (byte[] Networks4, byte[] Networks6) Lay(IReadOnlyList<DraftNetwork> networks, Func<ushort, CategorySet> categoryOf, Func<CategorySet, int> intern)
    {
        var changes4 = Changes(networks.Where(n => n.Network.BaseAddress.AddressFamily == AddressFamily.InterNetwork), 32, categoryOf);
        var changes6 = Changes(networks.Where(n => n.Network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6), 128, categoryOf);
        var table4 = new byte[changes4.Count * Size4];
        for (var i = 0; i < changes4.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table4.AsSpan(i * Size4), (uint)changes4[i].First);
            BinaryPrimitives.WriteInt32LittleEndian(table4.AsSpan(i * Size4 + 4), intern(changes4[i].Set));
        }
        var table6 = new byte[changes6.Count * Size6];
        for (var i = 0; i < changes6.Count; i++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(table6.AsSpan(i * Size6), changes6[i].First);
            BinaryPrimitives.WriteInt32LittleEndian(table6.AsSpan(i * Size6 + 16), intern(changes6[i].Set));
        }
        return (table4, table6);
    }

    /// <summary>For each /16 the number of changes before it; empty for an empty table.</summary>
    public static uint[] Index(ReadOnlySpan<byte> table4)
    {
        if (table4.IsEmpty) return [];
        var index = new uint[IndexLength];
        for (var i = 0; i < table4.Length; i += Size4) index[(BinaryPrimitives.ReadUInt32LittleEndian(table4[i..]) >> 16) + 1]++;
        for (var i = 1; i < index.Length; i++) index[i] += index[i - 1];
        return index;
    }

    /// <summary>The set of an IPv4 address, 0 for none.</summary>
    public static uint Find4(ReadOnlySpan<byte> index, ReadOnlySpan<byte> table, uint address)
    {
        if (table.IsEmpty) return 0;
        var low = (int)BinaryPrimitives.ReadUInt32LittleEndian(index[(int)((address >> 16) * 4)..]);
        var high = (int)BinaryPrimitives.ReadUInt32LittleEndian(index[(int)((address >> 16) * 4 + 4)..]);
        // The last change at or before the address stands in this /16, or it is the last one before it.
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (BinaryPrimitives.ReadUInt32LittleEndian(table[(middle * Size4)..]) <= address) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(table[((low - 1) * Size4 + 4)..]);
    }

    /// <summary>The set of an IPv6 address, 0 for none.</summary>
    public static uint Find6(ReadOnlySpan<byte> table, UInt128 address)
    {
        var (low, high) = (0, table.Length / Size6);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (BinaryPrimitives.ReadUInt128LittleEndian(table[(middle * Size6)..]) <= address) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(table[((low - 1) * Size6 + 16)..]);
    }

    public static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The number of an address as a canonical URL writes it. Does not allocate.</summary>
    public static UInt128 NumberOf(ReadOnlySpan<char> canonicalHost, out bool isVersion6)
    {
        isVersion6 = canonicalHost[0] == '[';
        if (isVersion6)
        {
            var text = canonicalHost[1..^1];
            var gap = text.IndexOf("::");
            if (gap < 0) return Groups(text, out _);
            var before = Groups(text[..gap], out var count);
            return before << (8 - count) * 16 | Groups(text[(gap + 2)..], out _);
        }
        var (number, part) = (0u, 0u);
        foreach (var c in canonicalHost)
        {
            if (c != '.')
            {
                part = part * 10 + c - '0';
                continue;
            }
            number = number << 8 | part;
            part = 0;
        }
        return number << 8 | part;
    }

    private static UInt128 Groups(ReadOnlySpan<char> text, out int count)
    {
        (var number, count) = (UInt128.Zero, 0);
        if (text.IsEmpty) return number;
        foreach (var group in text.Split(':'))
        {
            number = number << 16 | ushort.Parse(text[group], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            count++;
        }
        return number;
    }

    /// <summary>Goes along the addresses and notes each change of the set: a range begins, a range ends.</summary>
    private static List<(UInt128 First, CategorySet Set)> Changes(IEnumerable<DraftNetwork> networks, int bits, Func<ushort, CategorySet> categoryOf)
    {
        var ends = new List<(UInt128 At, bool IsBegin, CategorySet Category)>();
        foreach (var network in networks)
        {
            var first = ToNumber(network.Network.BaseAddress);
            var category = categoryOf(network.Source);
            ends.Add((first, true, category));
            var hostBits = bits - network.Network.PrefixLength;
            var last = hostBits == 128 ? UInt128.MaxValue : first + ((UInt128.One << hostBits) - 1);
            if (last != (bits == 32 ? uint.MaxValue : UInt128.MaxValue)) ends.Add((last + 1, false, category));
        }
        ends.Sort((a, b) => a.At.CompareTo(b.At));

        var open = new int[CategorySet.Capacity];
        var changes = new List<(UInt128 First, CategorySet Set)>();
        var set = CategorySet.Empty;
        for (var i = 0; i < ends.Count;)
        {
            var at = ends[i].At;
            for (; i < ends.Count && ends[i].At == at; i++)
                foreach (var category in ends[i].Category) open[category] += ends[i].IsBegin ? 1 : -1;
            var now = CategorySet.Empty;
            for (var category = 0; category < open.Length; category++)
                if (open[category] > 0) now = now.With(category);
            if (now == set) continue;
            changes.Add((at, now));
            set = now;
        }
        return changes;
    }
}
