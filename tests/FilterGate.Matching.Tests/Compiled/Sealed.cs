using System.Buffers.Binary;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>A compiled list and its provenance that somebody changed on purpose: every digest is made right again, so that only the checks of references can refuse it.</summary>
internal sealed record Sealed(byte[] List, byte[] Provenance)
{
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
        Seal.Make(copy.List, copy.Provenance);
        return copy;
    }

    /// <summary>Where a section begins, and how long it is.</summary>
    public (int Offset, int Length) this[Section section] => Seal.Place(List, ListHead.SectionsOffset + (int)section * 16);

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
}
