using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace FilterGate.Lists.Formats;

/// <summary>Reads ranges of addresses, and gives them in CIDR notation.</summary>
internal static class AddressRange
{
    /// <summary>Reads a range in CIDR notation whose address has no bits set beyond its length: <c>192.0.2.0/24</c>, not <c>192.0.2.7/24</c>, which <see cref="IPNetwork"/> takes for the same.</summary>
    /// <param name="text">As the list writes it.</param>
    /// <param name="range">In the one spelling of the range.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? range)
    {
        range = null;
        var slash = text.IndexOf('/');
        if (slash < 0 || !IPNetwork.TryParse(text, out var network) || !IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !network.BaseAddress.Equals(address)) return false;
        range = network.ToString();
        return true;
    }

    /// <summary>Reads a range in the other forms of lists of addresses: <c>192.0.2.0/255.255.255.0</c> and <c>192.0.2.10-192.0.2.99</c>. Version 4 only.</summary>
    /// <param name="text">As the list writes it.</param>
    /// <returns>The ranges that make it up, at most 62; null for anything else.</returns>
    public static IReadOnlyList<string>? Split(string text)
    {
        var mark = text.IndexOfAny(['/', '-']);
        if (mark <= 0 || !TryReadV4(text.AsSpan(0, mark), out var first) || !TryReadV4(text.AsSpan(mark + 1), out var second)) return null;
        if (text[mark] == '/')
        {
            // A mask is ones and then zeros.
            var length = BitOperations.LeadingZeroCount(~second);
            return second == Mask(length) ? [Write(first & second, length)] : null;
        }
        if (first > second) return null;
        var ranges = new List<string>();
        for (ulong at = first; at <= second;)
        {
            // The largest range that begins here and does not reach past the end.
            var length = 32 - (at == 0 ? 32 : Math.Min(32, BitOperations.TrailingZeroCount(at)));
            while (at + (1ul << (32 - length)) - 1 > second) length++;
            ranges.Add(Write((uint)at, length));
            at += 1ul << (32 - length);
        }
        return ranges;
    }

    /// <summary>True for a text that begins with an address and a hyphen.</summary>
    public static bool BeginsLikeOne(string text) => text.IndexOf('-') is var hyphen and > 0 && TryReadV4(text.AsSpan(0, hyphen), out _);

    private static uint Mask(int length) => length == 0 ? 0 : uint.MaxValue << (32 - length);

    private static string Write(uint address, int length) => $"{address >> 24}.{address >> 16 & 0xFF}.{address >> 8 & 0xFF}.{address & 0xFF}/{length}";

    private static bool TryReadV4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        if (text.Count('.') != 3 || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetwork) return false;
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return true;
    }
}
