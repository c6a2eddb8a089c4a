using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FilterGate.Matching.Compiled;

/// <summary>The seeded hash of a node: chained from the top-level domain down, label by label, and on through the tokens of a path.</summary>
/// <remarks>Folded multiplication, as wyhash does it. The seed is drawn for each compile, so that nobody can prepare names that collide; names that do are told apart by their text.</remarks>
internal static class ListHash
{
    private const ulong K0 = 0xA0761D6478BD642F, K1 = 0xE7037ED1A0B428DB, K2 = 0x8EBC6AF09C88C6E3, K3 = 0x589965CC75374CC3, K4 = 0x9E3779B97F4A7C15;

    /// <summary>Where the chain of a name begins.</summary>
    public static ulong NameRoot(ulong seed) => seed;

    /// <summary>Where the chain of an address begins: an address is one label of a tree of its own.</summary>
    public static ulong AddressRoot(ulong seed) => seed ^ K2;

    /// <summary>Where the chain of a path begins below its host.</summary>
    public static ulong PathRoot(ulong host) => host ^ K4;

    /// <summary>One more label, or one more token of a path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Step(ulong hash, ReadOnlySpan<byte> label)
    {
        ulong a, b;
        var length = label.Length;
        if (length <= 16)
        {
            if (length >= 8)
            {
                a = BinaryPrimitives.ReadUInt64LittleEndian(label);
                b = BinaryPrimitives.ReadUInt64LittleEndian(label[(length - 8)..]);
            }
            else if (length >= 4)
            {
                a = BinaryPrimitives.ReadUInt32LittleEndian(label);
                b = BinaryPrimitives.ReadUInt32LittleEndian(label[(length - 4)..]);
            }
            else
            {
                a = length > 0 ? (ulong)label[0] << 16 | (ulong)label[length >> 1] << 8 | label[length - 1] : 0;
                b = 0;
            }
        }
        else
        {
            var rest = label;
            for (; rest.Length > 16; rest = rest[16..])
                hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest), BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ K3);
            a = BinaryPrimitives.ReadUInt64LittleEndian(label[(length - 16)..]);
            b = BinaryPrimitives.ReadUInt64LittleEndian(label[(length - 8)..]);
        }
        // The length goes through a multiplication of its own. XORed into a byte of the text it made unblock-2022euas.tk and unblock2022euas.tk of UT1 collide in all 64 bits.
        return Fold(Fold(hash ^ a, b ^ K1) ^ (uint)length, K0);
    }

    /// <summary>One more delimiter of a path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Step(ulong hash, byte delimiter) => Fold(hash ^ delimiter, K3);

    /// <summary>The bucket where a node belongs, monotone in its hash: nodes in order of hash are nodes in order of bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint BucketOf(ulong hash, uint bucketCount) => (uint)((hash >> 32) * bucketCount >> 32);

    /// <summary>What a bucket keeps of a hash; never 0, which marks an empty slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort FingerprintOf(ulong hash) => (ushort)((uint)hash % ushort.MaxValue + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b) => Math.BigMul(a, b, out var low) ^ low;
}
