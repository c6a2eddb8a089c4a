using System.Buffers.Binary;
using System.Security.Cryptography;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching.Tests.Compiled;

/// <summary>Makes every digest of a compiled list and its provenance right again, as somebody would who changes them on purpose.</summary>
internal static class Seal
{
    private const int ProvenanceListDigestAt = 8, ProvenanceExceptionsAt = 40 + 3 * 16;

    /// <summary>Seals both in place. What lies where no list can be is left as it is.</summary>
    public static void Make(Span<byte> list, Span<byte> provenance)
    {
        var (exceptions, length) = Place(list, ListHead.SectionsOffset + (int)Section.Exceptions * 16);
        var (theirs, theirLength) = Place(provenance, ProvenanceExceptionsAt);
        if (IsWithin(list, exceptions, length, ListHead.Length) && IsWithin(provenance, theirs, theirLength, ListProvenance.HeadLength)) Make(list.Slice(exceptions, length), provenance.Slice(theirs, theirLength));
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

    /// <summary>An offset and a length of 64 bits each, cut to 32: those out of bounds are seen to be.</summary>
    public static (int Offset, int Length) Place(ReadOnlySpan<byte> file, int at) => ((int)BinaryPrimitives.ReadInt64LittleEndian(file[at..]), (int)BinaryPrimitives.ReadInt64LittleEndian(file[(at + 8)..]));
}
