using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Events;

/// <summary>Makes the ids of events: version 7 UUIDs (<see href="https://www.rfc-editor.org/rfc/rfc9562#section-5.7">RFC 9562 §5.7</see>) that sort by time.</summary>
/// <remarks>
/// 48 bits of Unix milliseconds, then 18 bits that count the ids this process made in that millisecond (RFC 9562 §6.2, method 1), then 56 random bits. So the events of one process
/// keep the order in which they were made (up to 262,144 a millisecond); between two processes within one millisecond the random bits decide, which is arbitrary but the same for every reader.
/// Order is that of the big-endian bytes, which is also the order of <see cref="Guid.CompareTo(Guid)"/>.
/// </remarks>
public static class EventId
{
    private const int CounterBits = 18;
    private const long CounterMask = (1L << CounterBits) - 1;

    /// <summary>Milliseconds of the last id, shifted, and its counter.</summary>
    private static long Last;

    /// <summary>A new id for an event of this instant. Safe from any thread; no lock.</summary>
    /// <param name="time">From 1970 on; an earlier instant counts as 1970.</param>
    public static Guid Next(DateTimeOffset time)
    {
        var milliseconds = Math.Max(0, time.ToUnixTimeMilliseconds());
        long last, next;
        do
        {
            last = Volatile.Read(ref Last);
            // A clock that was set back simply starts counting anew: the order follows the clock.
            next = last >> CounterBits == milliseconds ? (milliseconds << CounterBits) | Math.Min((last & CounterMask) + 1, CounterMask) : milliseconds << CounterBits;
        }
        while (Interlocked.CompareExchange(ref Last, next, last) != last);

        Span<byte> bytes = stackalloc byte[16];
        var counter = next & CounterMask;
        BinaryPrimitives.WriteInt64BigEndian(bytes, (milliseconds << 16) | 0x7000L | (counter >> 6)); // 7 is the version
        bytes[8] = (byte)(0x80 | (counter & 0x3F)); // 10 in the upper bits is the variant
        RandomNumberGenerator.Fill(bytes[9..]);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The id of an event that may be written again after a crash: the same instant and name always give the same id, and an id is stored once.</summary>
    /// <param name="time">As for <see cref="Next"/>.</param>
    /// <param name="name">Names exactly this event, such as <c>gateway/override 12 ended</c>.</param>
    public static Guid Derive(DateTimeOffset time, string name)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), bytes);
        // The count is zero: it stands before the events that this process makes in the same millisecond. 56 bits of the hash keep names apart.
        BinaryPrimitives.WriteInt64BigEndian(bytes, (Math.Max(0, time.ToUnixTimeMilliseconds()) << 16) | 0x7000L);
        bytes[8] = 0x80;
        return new Guid(bytes[..16], bigEndian: true);
    }

    /// <summary>The instant an id was made for, to the millisecond.</summary>
    public static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        // An id that is no version 7 UUID may hold more milliseconds than a DateTimeOffset can; a day less, so that whoever looks around that time does not run over.
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16, DateTimeOffset.MaxValue.AddDays(-1).ToUnixTimeMilliseconds()));
    }

    /// <summary>The 16 bytes as stored: big-endian, so that their order is time order.</summary>
    internal static byte[] ToBytes(Guid id) => id.ToByteArray(bigEndian: true);

    /// <summary>An id as stored.</summary>
    internal static Guid FromBytes(ReadOnlySpan<byte> bytes) => new(bytes, bigEndian: true);

    /// <summary>The least id of an instant, as stored.</summary>
    internal static byte[] FirstOf(DateTimeOffset time)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Max(0, time.ToUnixTimeMilliseconds()) << 16);
        return bytes;
    }
}
