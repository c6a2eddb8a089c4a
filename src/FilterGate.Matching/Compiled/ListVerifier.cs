using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FilterGate.Matching.Compiled;

/// <summary>Checks a compiled list before it is trusted: after this no look-up, for whatever URL, reads outside of it or goes on without end.</summary>
/// <remarks>The digest finds what changed by itself. The references are checked all the same, because a digest says nothing of who wrote the file.</remarks>
internal static class ListVerifier
{
    /// <param name="list">The list.</param>
    /// <param name="provenance">Where its entries stand.</param>
    /// <exception cref="ListFormatException">Says what is wrong.</exception>
    public static void Verify(ReadOnlySpan<byte> list, ReadOnlyMemory<byte> provenance) => Verify(list, provenance, isOfExceptions: false);

    private static void Verify(ReadOnlySpan<byte> list, ReadOnlyMemory<byte> provenance, bool isOfExceptions)
    {
        Span<(long Offset, long Length)> sections = stackalloc (long, long)[ListHead.SectionCount];
        var head = ListHead.Read(list, sections);
        var exceptions = Of(list, sections, Section.Exceptions);
        // One within another, down to where the stack ends: there is no reason for it, and no way back from it.
        if (isOfExceptions && !exceptions.IsEmpty) throw new ListFormatException("its exceptions have exceptions of their own");
        VerifyDigest(list, ListHead.Length, ListHead.DigestOffset, "it");
        VerifyDigest(provenance.Span, ListProvenance.HeadLength, ListProvenance.DigestOffset, "its provenance");
        var names = ListNames.Read(Of(list, sections, Section.Names));
        VerifySets(MemoryMarshal.Cast<byte, CategorySet>(Of(list, sections, Section.Sets)), names);
        VerifyBuckets(Of(list, sections, Section.Buckets), Of(list, sections, Section.Records), head);
        VerifyNetworks(list, sections, head);
        var places = ListProvenance.Open(provenance, list.Slice(ListHead.DigestOffset, 32));
        places.Verify(names.Sources.Count);
        if (!exceptions.IsEmpty) Verify(exceptions, places.Exceptions, isOfExceptions: true);
    }

    public static void VerifyDigest(ReadOnlySpan<byte> file, int headLength, int digestOffset, string what)
    {
        if (file.Length < headLength) throw new ListFormatException($"{what} is cut short");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(file[..digestOffset]);
        Span<byte> digest = stackalloc byte[32];
        digest.Clear();
        hash.AppendData(digest);
        hash.AppendData(file[(digestOffset + 32)..]);
        hash.GetHashAndReset(digest);
        if (!digest.SequenceEqual(file.Slice(digestOffset, 32))) throw new ListFormatException($"{what} does not have the digest that stands in it: something changed it after it was written");
    }

    private static void VerifyBuckets(ReadOnlySpan<byte> buckets, ReadOnlySpan<byte> records, in ListHead head)
    {
        var count = 0;
        for (var bucket = buckets; !bucket.IsEmpty; bucket = bucket[ListBucket.Size..])
        {
            var first = BinaryPrimitives.ReadUInt32LittleEndian(bucket[ListBucket.FirstRecordAt..]);
            for (var slot = 0; slot < ListBucket.Slots; slot++)
            {
                if (BinaryPrimitives.ReadUInt16LittleEndian(bucket[(slot * 2)..]) == 0) continue;
                count++;
                VerifyRecord(records, first + (long)BinaryPrimitives.ReadUInt16LittleEndian(bucket[(ListBucket.OffsetsAt + slot * 2)..]), head);
            }
            if (bucket.Length == ListBucket.Size && BinaryPrimitives.ReadUInt32LittleEndian(bucket[ListBucket.OverflowAt..]) != 0) throw new ListFormatException("its last bucket overflows");
        }
        if (count != head.NodeCount) throw new ListFormatException("its buckets do not hold as many nodes as it says");
    }

    /// <summary>Checks a record and those above it, which explanations follow upwards: each must be whole, and no circle may lead back.</summary>
    private static void VerifyRecord(ReadOnlySpan<byte> records, long record, in ListHead head)
    {
        // A host has at most 127 labels, and a path one host.
        const int AncestorsMax = 128;
        for (var steps = 0; record >= 0; steps++)
        {
            if (steps > AncestorsMax) throw new ListFormatException("a record is its own ancestor");
            if (record >= records.Length) throw new ListFormatException("a record lies outside of it");
            record = VerifyOne(records[(int)record..], head);
        }
    }

    /// <returns>The record's parent, or -1.</returns>
    private static long VerifyOne(ReadOnlySpan<byte> record, in ListHead head)
    {
        try
        {
            var flags = (RecordFlags)record[0];
            int length = record[1];
            var at = 2;
            if ((flags & RecordFlags.LongText) != RecordFlags.None) length |= record[at++] << 8;
            var parent = -1L;
            if ((flags & RecordFlags.HasParent) != RecordFlags.None)
            {
                parent = BinaryPrimitives.ReadUInt32LittleEndian(record[at..]);
                at += 4;
            }
            at += length;
            if (ListProvenance.ReadVarint(record, ref at) >= head.SetCount) throw new ListFormatException("a record names a set that is not there");
            if ((flags & RecordFlags.HasSetBelow) != RecordFlags.None && ListProvenance.ReadVarint(record, ref at) >= head.SetCount) throw new ListFormatException("a record names a set that is not there");
            if ((flags & RecordFlags.HasPaths) != RecordFlags.None) _ = record.Slice(at, 4);
            return parent;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new ListFormatException("a record lies outside of it");
        }
    }

    private static void VerifySets(ReadOnlySpan<CategorySet> sets, ListNames names)
    {
        if (!sets[0].IsEmpty) throw new ListFormatException("its first set, that of unknown sites, is not empty");
        var known = CategorySet.Empty;
        foreach (var (index, _) in names.Categories) known = known.With(index);
        foreach (ref readonly var set in sets)
            if (!set.Except(known).IsEmpty) throw new ListFormatException("a set holds a category that none of its lists has");
    }

    private static void VerifyNetworks(ReadOnlySpan<byte> list, ReadOnlySpan<(long Offset, long Length)> sections, in ListHead head)
    {
        var index = Of(list, sections, Section.NetworkIndex);
        var table4 = Of(list, sections, Section.Networks4);
        var table6 = Of(list, sections, Section.Networks6);
        if (table4.Length % NetworkTable.Size4 != 0 || table6.Length % NetworkTable.Size6 != 0 || index.Length != (table4.IsEmpty ? 0 : NetworkTable.IndexLength * 4))
            throw new ListFormatException("its tables of address ranges have odd sizes");
        foreach (var place in MemoryMarshal.Cast<byte, uint>(index))
            if (place > table4.Length / NetworkTable.Size4) throw new ListFormatException("its index of address ranges leads out of them");
        for (var i = 0; i < table4.Length; i += NetworkTable.Size4)
            if (BinaryPrimitives.ReadUInt32LittleEndian(table4[(i + 4)..]) >= head.SetCount) throw new ListFormatException("an address range names a set that is not there");
        for (var i = 0; i < table6.Length; i += NetworkTable.Size6)
            if (BinaryPrimitives.ReadUInt32LittleEndian(table6[(i + 16)..]) >= head.SetCount) throw new ListFormatException("an address range names a set that is not there");
    }

    private static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> list, ReadOnlySpan<(long Offset, long Length)> sections, Section section) =>
        list.Slice((int)sections[(int)section].Offset, (int)sections[(int)section].Length);
}
