using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace FilterGate.Lists.Formats;

/// <summary>Hosts with a mark each, found by their bytes.</summary>
/// <remarks>For what we trust (public suffixes, help sites): the hash has no seed, so do not fill it from a stranger's list. One look-up costs about 10 ns and allocates nothing. Immutable; safe from any thread.</remarks>
internal sealed class HostTable
{
    private readonly byte[] _text;
    private readonly Slot[] _slots;
    private readonly int _lengthMax;

    /// <param name="hosts">Hosts in canonical form. The marks of one that occurs twice are joined.</param>
    public HostTable(IEnumerable<KeyValuePair<string, byte>> hosts)
    {
        var marks = new Dictionary<string, byte>(StringComparer.Ordinal);
        foreach (var (host, mark) in hosts) marks[host] = (byte)(marks.GetValueOrDefault(host) | mark);
        _text = new byte[marks.Keys.Sum(h => h.Length)];
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)marks.Count * 2 + 1)];
        var start = 0;
        foreach (var (host, mark) in marks)
        {
            var length = Encoding.ASCII.GetBytes(host, _text.AsSpan(start));
            var i = Hash(_text.AsSpan(start, length)) & (_slots.Length - 1);
            while (_slots[i].Length != 0) i = (i + 1) & (_slots.Length - 1);
            _slots[i] = new(start, (byte)length, mark);
            _lengthMax = Math.Max(_lengthMax, length);
            start += length;
        }
    }

    /// <summary>The marks of a host, 0 for one that is not there.</summary>
    public byte this[ReadOnlySpan<byte> host]
    {
        get
        {
            if (host.IsEmpty || host.Length > _lengthMax) return 0;
            for (var i = Hash(host) & (_slots.Length - 1); _slots[i].Length != 0; i = (i + 1) & (_slots.Length - 1))
                if (_slots[i].Length == host.Length && _text.AsSpan(_slots[i].Start, host.Length).SequenceEqual(host)) return _slots[i].Mark;
            return 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Hash(ReadOnlySpan<byte> text)
    {
        var hash = (ulong)text.Length;
        for (; text.Length >= 8; text = text[8..]) hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text)) * 0x9E3779B97F4A7C15;
        var tail = 0ul;
        for (var i = 0; i < text.Length; i++) tail = tail << 8 | text[i];
        hash = (hash ^ tail) * 0xA0761D6478BD642F;
        return (int)(hash >> 33);
    }

    private readonly record struct Slot(int Start, byte Length, byte Mark);
}
