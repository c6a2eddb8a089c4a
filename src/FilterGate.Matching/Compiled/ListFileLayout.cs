using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FilterGate.Matching.Compiled;

/// <summary>The parts of a compiled list, in the order of its table of sections.</summary>
internal enum Section
{
    /// <summary>64-byte buckets, see <see cref="ListMatcher"/>.</summary>
    Buckets,

    /// <summary>Records: flags, text, sets.</summary>
    Records,

    /// <summary>Sets of categories, 32 bytes each; the first is empty.</summary>
    Sets,

    /// <summary>One bit for each 16-bit hash of a top-level domain that has a record.</summary>
    TopLevels,

    /// <summary>Where each /16 begins among the IPv4 ranges: 65,537 32-bit numbers, or empty when there is no range.</summary>
    NetworkIndex,

    /// <summary>IPv4 ranges, without gaps: 32-bit first address and 32-bit set.</summary>
    Networks4,

    /// <summary>IPv6 ranges, without gaps: 128-bit first address and 32-bit set.</summary>
    Networks6,

    /// <summary>Categories, lists and patterns as JSON (UTF-8).</summary>
    Names,

    /// <summary>The exceptions: a compiled list of their own, or empty.</summary>
    Exceptions,

    /// <summary>A filter over all nodes, or empty for a small list: see <see cref="ListFilter"/>.</summary>
    Filter,
}

/// <summary>The head of a compiled list (<c>FGL1</c>): 512 bytes, little-endian.</summary>
/// <remarks>
/// <code>
///   0  magic "FGL1"            4  version of the form, 1     8  seed of the hash
///  16  length in bytes        24  entries                   28  nodes
///  32  buckets                36  sets                      40  longest path of a rule
///  64  sections: offset and length, 64 bits each, ten of them
/// 480  SHA-256 of the whole with these 32 bytes zero
/// </code>
/// Offsets are from the beginning of the list, so it may lie anywhere, also within another one. Sections begin at multiples of 64.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct ListHead
{
    public const int Length = 512, DigestOffset = 480, SectionCount = 10, SectionsOffset = 64;
    public const uint Magic = 0x314C4746; // "FGL1"
    public const uint FormVersion = 1;

    public ulong Seed;
    public long TotalLength;
    public uint EntryCount;
    public uint NodeCount;
    public uint BucketCount;
    public uint SetCount;
    public int PathLengthMax;
    public uint HomeBucketCount;

    /// <summary>Reads the head. The digest is not looked at.</summary>
    /// <exception cref="ListFormatException">It is no compiled list, one of another version, or cut short.</exception>
    public static ListHead Read(ReadOnlySpan<byte> list, Span<(long Offset, long Length)> sections)
    {
        if (list.Length < Length) throw new ListFormatException($"it has {list.Length} bytes, less than a head");
        if (BinaryPrimitives.ReadUInt32LittleEndian(list) != Magic) throw new ListFormatException("it is no compiled list: it does not begin with FGL1");
        if (BinaryPrimitives.ReadUInt32LittleEndian(list[4..]) is var version and not FormVersion)
            throw new ListFormatException($"it has form {version}, and this version of FilterGate reads form {FormVersion}");
        var head = new ListHead
        {
            Seed = BinaryPrimitives.ReadUInt64LittleEndian(list[8..]),
            TotalLength = BinaryPrimitives.ReadInt64LittleEndian(list[16..]),
            EntryCount = BinaryPrimitives.ReadUInt32LittleEndian(list[24..]),
            NodeCount = BinaryPrimitives.ReadUInt32LittleEndian(list[28..]),
            BucketCount = BinaryPrimitives.ReadUInt32LittleEndian(list[32..]),
            SetCount = BinaryPrimitives.ReadUInt32LittleEndian(list[36..]),
            PathLengthMax = BinaryPrimitives.ReadInt32LittleEndian(list[40..]),
            HomeBucketCount = BinaryPrimitives.ReadUInt32LittleEndian(list[44..]),
        };
        if (head.TotalLength != list.Length) throw new ListFormatException($"it has {list.Length:n0} bytes and should have {head.TotalLength:n0}: it is cut short, or something is appended");
        for (var i = 0; i < SectionCount; i++)
        {
            var at = list[(SectionsOffset + i * 16)..];
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]));
            if (offset < Length || length < 0 || offset > head.TotalLength - length) throw new ListFormatException($"its section {(Section)i} lies outside of it");
            sections[i] = (offset, length);
        }
        if (sections[(int)Section.Buckets].Length != head.BucketCount * (long)ListBucket.Size || head.HomeBucketCount == 0 || head.HomeBucketCount > head.BucketCount) throw new ListFormatException("its buckets are not as many as it says");
        if (sections[(int)Section.Sets].Length != head.SetCount * 32L || head.SetCount == 0) throw new ListFormatException("its sets are not as many as it says");
        if (sections[(int)Section.TopLevels].Length != TopLevelBits.Length) throw new ListFormatException("its table of top-level domains has another size");
        if (head.EntryCount > int.MaxValue || head.NodeCount > int.MaxValue) throw new ListFormatException("it says that it has more entries than there can be");
        if (sections[(int)Section.Filter].Length % sizeof(ulong) != 0) throw new ListFormatException("its filter has an odd size");
        if (head.PathLengthMax is < 0 or > ListRule.PathLengthMax) throw new ListFormatException("its longest path is longer than any may be");
        return head;
    }

    /// <summary>Writes the head, without the digest.</summary>
    public readonly void Write(Span<byte> list, ReadOnlySpan<(long Offset, long Length)> sections)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(list, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(list[4..], FormVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(list[8..], Seed);
        BinaryPrimitives.WriteInt64LittleEndian(list[16..], TotalLength);
        BinaryPrimitives.WriteUInt32LittleEndian(list[24..], EntryCount);
        BinaryPrimitives.WriteUInt32LittleEndian(list[28..], NodeCount);
        BinaryPrimitives.WriteUInt32LittleEndian(list[32..], BucketCount);
        BinaryPrimitives.WriteUInt32LittleEndian(list[36..], SetCount);
        BinaryPrimitives.WriteInt32LittleEndian(list[40..], PathLengthMax);
        BinaryPrimitives.WriteUInt32LittleEndian(list[44..], HomeBucketCount);
        for (var i = 0; i < SectionCount; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(list[(SectionsOffset + i * 16)..], sections[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(list[(SectionsOffset + i * 16 + 8)..], sections[i].Length);
        }
    }
}

/// <summary>One cache line: fourteen slots of a 16-bit fingerprint and a 16-bit offset of a record from the bucket's first, that record's place, and which fingerprints went on to the next bucket.</summary>
/// <remarks><code>0 fingerprints (14 x 2)   28 offsets (14 x 2)   56 first record (4)   60 overflow, a bit for each fingerprint modulo 32 (4)</code>
/// Records stand in the order of their buckets, so sixteen bits are enough for an offset: fourteen slots a line instead of ten with 32-bit references.</remarks>
internal static class ListBucket
{
    public const int Size = 64, Slots = 14, OffsetsAt = 28, FirstRecordAt = 56, OverflowAt = 60;

    /// <summary>How full buckets are made. Fuller ones take less memory and more second looks.</summary>
    public const double Load = 0.85;
}

/// <summary>What stands first in a record, and what else stands in it.</summary>
/// <remarks><code>flags (1)   length of the text (1, or 2 with LongText)   [parent record (4)]   text   set (varint)   [set below (varint)]   [depths of paths (4)]</code></remarks>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,

    /// <summary>There are hosts below it.</summary>
    HasChildren = 1,

    /// <summary>There are paths below it; their depths follow the sets.</summary>
    HasPaths = 2,

    /// <summary>What holds below differs from what holds for the host itself; the second set follows the first.</summary>
    HasSetBelow = 4,

    /// <summary>The text is the last label or the path alone, and the rest is the parent's.</summary>
    HasParent = 8,

    /// <summary>Entries of lists end here, which the provenance names.</summary>
    HasEntries = 16,

    /// <summary>The length takes two bytes.</summary>
    LongText = 32,

    /// <summary>An address.</summary>
    IsAddress = 64,

    /// <summary>A path below its parent.</summary>
    IsPath = 128,
}

/// <summary>A register-blocked Bloom filter over the hashes of all nodes: a site in no list is told from one 64-bit word, five times smaller in all than the buckets, so that it is more often in the cache.</summary>
/// <remarks>Twelve bits a node, four of them set within one word: about one absent name in sixty is looked up all the same. A name that is there is never missed.</remarks>
internal static class ListFilter
{
    /// <summary>Fewer nodes have no filter: their buckets are in the cache anyway.</summary>
    public const int NodesMin = 50_000;

    public const int BitsPerNode = 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint WordOf(ulong hash, uint words) => (uint)((hash >> 32) * words >> 32);

    /// <summary>The bits of a word that a hash sets: from its lower half, which the place of the word does not use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong BitsOf(ulong hash) => 1UL << (int)(hash & 63) | 1UL << (int)(hash >> 6 & 63) | 1UL << (int)(hash >> 12 & 63) | 1UL << (int)(hash >> 18 & 63);
}

/// <summary>Which top-level domains have a record: others are not looked for.</summary>
internal static class TopLevelBits
{
    public const int Length = 8192;

    public static int ByteOf(ulong hash) => (int)(hash >> 48) >> 3;

    public static int BitOf(ulong hash) => 1 << ((int)(hash >> 48) & 7);
}
