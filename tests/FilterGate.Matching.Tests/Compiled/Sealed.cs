using System.Buffers.Binary;
using System.Security.Cryptography;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>A compiled list and its provenance that somebody changed on purpose: every digest is made right again, so that only the checks of references can refuse it.</summary>
internal sealed record Sealed(byte[] List, byte[] Provenance)
{
    private const int ProvenanceListDigestAt = 8, ProvenanceExceptionsAt = 40 + 3 * 16;

    public static Sealed Of(IEnumerable<Given> entries, ulong seed)
    {
        var (list, provenance) = Sample.Builder(entries, seed).Compile();
        return new(list, provenance);
    }

    /// <summary>Changes a copy and seals it.</summary>
    public Sealed With(Action<byte[], byte[]> change)
    {
        var copy = new Sealed([.. List], [.. Provenance]);
        change(copy.List, copy.Provenance);
        Seal(copy.List, copy.Provenance);
        return copy;
    }

    /// <summary>Where a section begins, and how long it is.</summary>
    public (int Offset, int Length) this[Section section] => Place(List, ListHead.SectionsOffset + (int)section * 16);

    /// <summary>The first record's place for which a condition holds, as offset in the file.</summary>
    public int RecordAt(Func<RecordFlags, bool> condition)
    {
        var (buckets, length) = this[Section.Buckets];
        for (var bucket = buckets; bucket < buckets + length; bucket += ListBucket.Size)
        {
            for (var slot = 0; slot < ListBucket.Slots; slot++)
            {
                if (BinaryPrimitives.ReadUInt16LittleEndian(List.AsSpan(bucket + slot * 2)) == 0) continue;
                var record = (int)BinaryPrimitives.ReadUInt32LittleEndian(List.AsSpan(bucket + ListBucket.FirstRecordAt)) + BinaryPrimitives.ReadUInt16LittleEndian(List.AsSpan(bucket + ListBucket.OffsetsAt + slot * 2));
                var at = this[Section.Records].Offset + record;
                if (condition((RecordFlags)List[at])) return at;
            }
        }
        throw new InvalidOperationException("There is no such record.");
    }

    private static void Seal(Span<byte> list, Span<byte> provenance)
    {
        var (exceptions, length) = Place(list, ListHead.SectionsOffset + (int)Section.Exceptions * 16);
        var (theirs, theirLength) = Place(provenance, ProvenanceExceptionsAt);
        if (IsWithin(list, exceptions, length, ListHead.Length) && IsWithin(provenance, theirs, theirLength, ListProvenance.HeadLength)) Seal(list.Slice(exceptions, length), provenance.Slice(theirs, theirLength));
        SealOne(list, ListHead.DigestOffset);
        list.Slice(ListHead.DigestOffset, 32).CopyTo(provenance[ProvenanceListDigestAt..]);
        SealOne(provenance, ListProvenance.DigestOffset);
    }

    private static bool IsWithin(ReadOnlySpan<byte> file, int offset, int length, int headLength) => offset >= headLength && length >= headLength && offset <= file.Length - length;

    private static void SealOne(Span<byte> file, int digestAt)
    {
        file.Slice(digestAt, 32).Clear();
        SHA256.HashData(file, file.Slice(digestAt, 32));
    }

    private static (int Offset, int Length) Place(ReadOnlySpan<byte> file, int at) => ((int)BinaryPrimitives.ReadInt64LittleEndian(file[at..]), (int)BinaryPrimitives.ReadInt64LittleEndian(file[(at + 8)..]));
}
