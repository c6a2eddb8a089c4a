using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching;

/// <summary>On which day did this gateway first meet a host? A bounded memory of hosts that are in no list.</summary>
/// <remarks>
/// <para>It can answer for a host it is given and cannot be read for the hosts in it: each is kept as a part of its hash with a key of this table's own (<see cref="SipHash"/>, 55 bits of it), with two days: the first it was met and the last. No person, no address, no time finer than a day.</para>
/// <para>Laid out like a cache: 2^17 buckets of 8 hosts in one line of memory each, 8 MiB for a million hosts. A look-up reads one line; a new host takes an empty place, or the place of the one not met for the longest. Two hosts are
/// taken for one with a chance of 8 in 2^38 a look-up. Safe from any thread without a lock; meeting a host allocates nothing.</para>
/// </remarks>
public sealed class FirstSeenTable
{
    /// <summary>Most hosts remembered.</summary>
    public const int HostsMax = Buckets * Ways;

    private const int BucketBits = 17, Buckets = 1 << BucketBits, Ways = 8;

    /// <summary>A slot is 38 bits of the hash, 13 of the first day and 13 of the last; 0 is empty, for no day is 0.</summary>
    private const int DayBits = 13, TagShift = DayBits * 2, DayMax = (1 << DayBits) - 1;

    /// <summary>A thread that is overtaken so often while it writes leaves it: the next meeting writes.</summary>
    private const int TriesMax = 4;

    private const int HeaderLength = 4 + SipHash.KeyLength + 4 + 4, EntryLength = 4 + 8;

    private static readonly DateOnly Epoch = new(2025, 12, 31);

    private readonly byte[] _key;
    private readonly SipHash _hash;
    private readonly ulong[] _slots = new ulong[HostsMax];
    private readonly int _since;
    private long _changes;

    /// <summary>An empty table that begins to learn on this day, with a key drawn for it.</summary>
    public FirstSeenTable(DateOnly today) : this(RandomNumberGenerator.GetBytes(SipHash.KeyLength), NumberOf(today)) { }

    private FirstSeenTable(byte[] key, int since) => (_key, _hash, _since) = (key, new SipHash(key), since);

    private static ReadOnlySpan<byte> Magic => "FGS1"u8;

    /// <summary>Grows with every change, so that who keeps the table in a file knows whether there is anything to write.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>For how many days it has been learning: until that is as long as the window that is asked about, every host looks new, and nobody should act on it.</summary>
    public int DaysOfLearning(DateOnly today) => Math.Max(0, NumberOf(today) - _since);

    /// <summary>Days since the host was first met, 0 for today. Remembers it if it is new.</summary>
    /// <param name="canonicalHost">A host in canonical form, at most <see cref="CanonicalUrl.HostLengthMax"/> characters.</param>
    /// <param name="today">The day, in UTC.</param>
    public int Meet(string canonicalHost, DateOnly today)
    {
        var day = (ulong)NumberOf(today);
        var (bucket, tag) = PlaceOf(canonicalHost);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var (oldest, oldestSlot) = (0, ulong.MaxValue);
            for (var way = 0; way < Ways; way++)
            {
                ref var place = ref _slots[bucket + way];
                var slot = Volatile.Read(ref place);
                if (slot != 0 && slot >> TagShift == tag)
                {
                    if (LastOf(slot) != day && Interlocked.CompareExchange(ref place, slot & ~(ulong)DayMax | day, slot) == slot) Interlocked.Increment(ref _changes);
                    // A clock that was ahead once must not make a host older than today.
                    return (int)(day > FirstOf(slot) ? day - FirstOf(slot) : 0);
                }
                // An empty place has no last day, so it comes before the oldest host.
                if (oldestSlot == ulong.MaxValue || LastOf(slot) < LastOf(oldestSlot)) (oldest, oldestSlot) = (way, slot);
            }
            if (Interlocked.CompareExchange(ref _slots[bucket + oldest], tag << TagShift | day << DayBits | day, oldestSlot) != oldestSlot) continue;
            Interlocked.Increment(ref _changes);
            return 0;
        }
        return 0;
    }

    /// <summary>Days since the host was first met, or null when it never was. Remembers nothing.</summary>
    public int? Find(string canonicalHost, DateOnly today)
    {
        var (bucket, tag) = PlaceOf(canonicalHost);
        for (var way = 0; way < Ways; way++)
        {
            var slot = Volatile.Read(ref _slots[bucket + way]);
            if (slot != 0 && slot >> TagShift == tag) return Math.Max(0, NumberOf(today) - (int)FirstOf(slot));
        }
        return null;
    }

    /// <summary>The table as bytes, for a file: header, occupied places, SHA-256. Allocates; a host met meanwhile is in it or not.</summary>
    public byte[] ToBytes()
    {
        var count = 0;
        foreach (var slot in _slots)
            if (slot != 0) count++;
        var bytes = new byte[HeaderLength + count * EntryLength + SHA256.HashSizeInBytes];
        Magic.CopyTo(bytes);
        _key.CopyTo(bytes.AsSpan(4));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 + SipHash.KeyLength), _since);
        var at = HeaderLength;
        var written = 0;
        for (var i = 0; i < _slots.Length && written < count; i++)
        {
            var slot = Volatile.Read(ref _slots[i]);
            if (slot == 0) continue;
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), i);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + 4), slot);
            at += EntryLength;
            written++;
        }
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8 + SipHash.KeyLength), written);
        SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null when it is anything else, cut short or changed.</summary>
    public static FirstSeenTable? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength + SHA256.HashSizeInBytes || !bytes.StartsWith(Magic)) return null;
        var body = bytes[..^SHA256.HashSizeInBytes];
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[(8 + SipHash.KeyLength)..]);
        if (count is < 0 or > HostsMax || body.Length != HeaderLength + count * EntryLength || !SHA256.HashData(body).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..])) return null;
        var table = new FirstSeenTable(bytes.Slice(4, SipHash.KeyLength).ToArray(), BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 + SipHash.KeyLength)..]));
        for (var rest = body[HeaderLength..]; !rest.IsEmpty; rest = rest[EntryLength..])
        {
            var place = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if ((uint)place >= HostsMax) return null;
            table._slots[place] = BinaryPrimitives.ReadUInt64LittleEndian(rest[4..]);
        }
        return table;
    }

    private static ulong LastOf(ulong slot) => slot & DayMax;

    private static ulong FirstOf(ulong slot) => slot >> DayBits & DayMax;

    /// <summary>1 for the first day of 2026; 13 bits last until 2048.</summary>
    private static int NumberOf(DateOnly day) => Math.Clamp(day.DayNumber - Epoch.DayNumber, 1, DayMax);

    private (int Bucket, ulong Tag) PlaceOf(string host)
    {
        Span<byte> buffer = stackalloc byte[CanonicalUrl.HostLengthMax];
        var hash = _hash.Hash(buffer[..Encoding.ASCII.GetBytes(host.AsSpan(0, Math.Min(host.Length, CanonicalUrl.HostLengthMax)), buffer)]);
        return ((int)(hash & (Buckets - 1)) * Ways, hash >> TagShift);
    }
}
