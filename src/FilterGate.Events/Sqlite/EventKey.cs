using System.Buffers.Binary;

namespace FilterGate.Events.Sqlite;

/// <summary>The key of an event in its month's files: order of time, and the same in every file, so that pages are read without sorting and files are merged by it.</summary>
/// <remarks>
/// <para>The milliseconds of the id since the month began, times 64, and the place of the id among those that its process made in that millisecond. Where another event has that key (another process, more
/// than 64 in a millisecond), the next free one above is taken. Rows are never deleted from a file, so an event is found by walking up from <see cref="Of"/> as long as keys follow without a gap.</para>
/// <para>An id may lie a little outside its event's month (given by hand): the key is then negative or beyond the month's end, which does no harm.</para>
/// </remarks>
internal static class EventKey
{
    private const int PlaceBits = 6;
    private const int PlaceMax = (1 << PlaceBits) - 1;

    /// <summary>The key that an id asks for.</summary>
    internal static long Of(Guid id, EventMonth month)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var high = BinaryPrimitives.ReadInt64BigEndian(bytes);
        // The 18 bits that EventId counts in: 12 below the version, 6 below the variant.
        var place = ((high & 0xFFF) << 6) | (long)(bytes[8] & 0x3F);
        return First(high >>> 16, month) + Math.Min(place, PlaceMax);
    }

    /// <summary>The least key of an instant.</summary>
    internal static long First(DateTimeOffset time, EventMonth month) => First(time.ToUnixTimeMilliseconds(), month);

    // An id that is no version 7 UUID may hold more milliseconds than fit: it then stands at the end.
    private static long First(long milliseconds, EventMonth month) => Math.Clamp(milliseconds - month.Start.ToUnixTimeMilliseconds(), -(1L << 48), 1L << 48) << PlaceBits;
}
