using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FilterGate.Matching.Compiled;

/// <summary>Checks a compiled list before it is trusted: after this no look-up, for whatever URL, reads outside of it or goes on without end.</summary>
/// <remarks>The digest finds what changed by itself. The references are checked all the same, because a digest says nothing of who wrote the file.</remarks>
internal static class ListVerifier
{
    public static void Verify(ReadOnlySpan<byte> list)
    {
        Span<(long Offset, long Length)> sections = stackalloc (long, long)[ListHead.SectionCount];
        var head = ListHead.Read(list, sections);
        VerifyDigest(list, ListHead.Length, ListHead.DigestOffset, "it");
        var records = Of(list, sections, Section.Records);
        VerifyBuckets(Of(list, sections, Section.Buckets), records, head);
        VerifyNetworks(list, sections, head);
        if (Of(list, sections, Section.Exceptions) is { Length: > 0 } exceptions) Verify(exceptions);
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

    private static void VerifyRecord(ReadOnlySpan<byte> records, long record, in ListHead head)
    {
        try
        {
            var at = records[(int)record..];
            var flags = (RecordFlags)at[0];
            int length = at[1];
            at = at[2..];
            if ((flags & RecordFlags.LongText) != RecordFlags.None)
            {
                length |= at[0] << 8;
                at = at[1..];
            }
            if ((flags & RecordFlags.HasParent) != RecordFlags.None)
            {
                // Parents are followed upwards for explanations: each must be a record, and no circle leads back. One that is a path or has a longer text above it than a host may have would be neither.
                VerifyParents(records, record);
                at = at[4..];
            }
            at = at[length..];
            var place = 0;
            if (ListProvenance.ReadVarint(at, ref place) >= head.SetCount) throw new ListFormatException("a record names a set that is not there");
            if ((flags & RecordFlags.HasSetBelow) != RecordFlags.None && ListProvenance.ReadVarint(at, ref place) >= head.SetCount) throw new ListFormatException("a record names a set that is not there");
            if ((flags & RecordFlags.HasPaths) != RecordFlags.None) _ = at.Slice(place, 4);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new ListFormatException("a record lies outside of it");
        }
    }

    private static void VerifyParents(ReadOnlySpan<byte> records, long record)
    {
        // A host has at most 127 labels, and a path one host.
        for (var steps = 0; steps < 130; steps++)
        {
            var flags = (RecordFlags)records[(int)record];
            _ = records[(int)record + 1];
            if ((flags & RecordFlags.HasParent) == RecordFlags.None) return;
            record = BinaryPrimitives.ReadUInt32LittleEndian(records[((int)record + ((flags & RecordFlags.LongText) != RecordFlags.None ? 3 : 2))..]);
            if (record >= records.Length) throw new ListFormatException("a record has a parent outside of it");
        }
        throw new ListFormatException("a record is its own ancestor");
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
