using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching.Compiled;

/// <summary>An entry that stands at a record.</summary>
internal readonly record struct ProvenanceEntry(ushort Source, int Line, RuleScope Scope, string? Written);

/// <summary>Where each entry of a compiled list stands, in a file beside it (<c>FGP1</c>): asked for explanations and events alone, so it need not be in memory.</summary>
/// <remarks>
/// <code>
///   0  magic "FGP1"     4  form, 1     8  digest of the list it belongs to (32)
///  40  index, entries, networks, exceptions: offset and length, 64 bits each
/// 104  SHA-256 of the whole with these 32 bytes zero; 136  the sections
/// </code>
/// Entries are in the order of their records: distance from the last record, number of entries, and for each of them list, scope, line and, where it is not the key, the text as written; varints.
/// The index has the record and the place of every 128th, so a look-up is a binary search and a walk over at most 128.
/// </remarks>
internal sealed class ListProvenance
{
    public const int HeadLength = 136, DigestOffset = 104;
    public const uint Magic = 0x31504746; // "FGP1"
    public const int IndexStep = 128;

    private readonly ReadOnlyMemory<byte> _index, _entries, _networks;

    private ListProvenance(ReadOnlyMemory<byte> index, ReadOnlyMemory<byte> entries, ReadOnlyMemory<byte> networks, ReadOnlyMemory<byte> exceptions) =>
        (_index, _entries, _networks, Exceptions) = (index, entries, networks, exceptions);

    /// <summary>The provenance of the exceptions, or empty.</summary>
    public ReadOnlyMemory<byte> Exceptions { get; }

    /// <exception cref="ListFormatException">It is no provenance, a broken one, or another list's.</exception>
    public static ListProvenance Open(ReadOnlyMemory<byte> file, ReadOnlySpan<byte> listDigest)
    {
        var span = file.Span;
        if (span.Length < HeadLength || BinaryPrimitives.ReadUInt32LittleEndian(span) != Magic) throw new ListFormatException("its provenance is no file of this kind");
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[4..]) != 1) throw new ListFormatException("its provenance is of another version");
        if (!span.Slice(8, 32).SequenceEqual(listDigest)) throw new ListFormatException("the provenance beside it belongs to another compiled list");
        var parts = new ReadOnlyMemory<byte>[4];
        for (var i = 0; i < parts.Length; i++)
        {
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(span[(40 + i * 16)..]), BinaryPrimitives.ReadInt64LittleEndian(span[(48 + i * 16)..]));
            if (offset < HeadLength || length < 0 || offset > span.Length - length) throw new ListFormatException("a section of its provenance lies outside of it");
            parts[i] = file.Slice((int)offset, (int)length);
        }
        return new(parts[0], parts[1], parts[2], parts[3]);
    }

    /// <summary>Reads all of it once: after this no look-up leaves it, and every entry is of a list that is there.</summary>
    /// <exception cref="ListFormatException">Something in it leads astray.</exception>
    public void Verify(int sourceCount)
    {
        try
        {
            var index = _index.Span;
            var entries = _entries.Span;
            var (at, records) = (0, 0);
            while (at < entries.Length)
            {
                var start = at;
                var record = ReadVarint(entries, ref at);
                if (records % IndexStep == 0)
                {
                    var known = index.Slice(records / IndexStep * 8, 8);
                    if (BinaryPrimitives.ReadUInt32LittleEndian(known) != record || BinaryPrimitives.ReadUInt32LittleEndian(known[4..]) != (uint)start) throw new ListFormatException("the index of its provenance leads astray");
                }
                records++;
                var count = ReadVarint(entries, ref at);
                for (var i = 0u; i < count; i++) VerifyEntry(ReadEntry(entries, ref at, decodesText: false));
                if (at > entries.Length) throw new ListFormatException("an entry of its provenance goes on beyond its end");
            }
            if (index.Length != (records + IndexStep - 1) / IndexStep * 8) throw new ListFormatException("the index of its provenance has another size");
            for (var network = 0; network < _networks.Length;) VerifyEntry(ReadNetwork(ref network).Entry);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw new ListFormatException("an entry of its provenance goes on beyond its end");
        }

        void VerifyEntry(in ProvenanceEntry entry)
        {
            if (entry.Source >= sourceCount || !Enum.IsDefined(entry.Scope)) throw new ListFormatException("an entry of its provenance is of a list that is not there");
        }
    }

    /// <summary>The entries at a record, in no order. None when there is no such record.</summary>
    public List<ProvenanceEntry> EntriesAt(uint record)
    {
        var found = new List<ProvenanceEntry>(2);
        var walk = WalkEntries(record, decodesText: true);
        while (walk.MoveNext()) found.Add(walk.Current);
        return found;
    }

    /// <summary>Goes through the entries at a record without an allocation, unless texts are decoded.</summary>
    public EntryWalk WalkEntries(uint record, bool decodesText)
    {
        var index = _index.Span;
        var entries = _entries.Span;
        var (low, high) = (0, index.Length / 8);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (BinaryPrimitives.ReadUInt32LittleEndian(index[(middle * 8)..]) <= record) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return default;
        var at = (int)BinaryPrimitives.ReadUInt32LittleEndian(index[((low - 1) * 8 + 4)..]);
        var current = 0u;
        for (var step = 0; step < IndexStep && at < entries.Length; step++)
        {
            // The first of a step has its own place, the others their distance.
            var distance = ReadVarint(entries, ref at);
            current = step == 0 ? distance : current + distance;
            if (current > record) break;
            var count = ReadVarint(entries, ref at);
            if (current == record) return new(entries, at, count, decodesText);
            for (var i = 0u; i < count; i++) ReadEntry(entries, ref at, decodesText: false);
        }
        return default;
    }

    /// <summary>The entries at one record.</summary>
    public ref struct EntryWalk(ReadOnlySpan<byte> entries, int at, uint count, bool decodesText)
    {
        private readonly ReadOnlySpan<byte> _entries = entries;
        private int _at = at;
        private uint _left = count;

        public ProvenanceEntry Current { get; private set; }

        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            Current = ReadEntry(_entries, ref _at, decodesText);
            return true;
        }
    }

    /// <summary>Every range that holds an address.</summary>
    public IEnumerable<(IPNetwork Network, ProvenanceEntry Entry)> NetworksOf(IPAddress address)
    {
        var at = 0;
        while (at < _networks.Length)
        {
            var (network, entry) = ReadNetwork(ref at);
            if (network.Contains(address)) yield return (network, entry);
        }
    }

    /// <summary>Every record with entries, in order, for reading a compiled list as a whole.</summary>
    public IEnumerable<(uint Record, ProvenanceEntry Entry)> All()
    {
        var (at, current, record) = (0, 0u, 0);
        while (at < _entries.Length)
        {
            var distance = ReadVarint(_entries.Span, ref at);
            current = record++ % IndexStep == 0 ? distance : current + distance;
            var count = ReadVarint(_entries.Span, ref at);
            for (var i = 0u; i < count; i++) yield return (current, ReadEntry(_entries.Span, ref at, decodesText: true));
        }
    }

    /// <summary>Every <see cref="IndexStep"/>th record with entries, in order: places from which the records can be walked.</summary>
    public IEnumerable<uint> Milestones()
    {
        for (var at = 0; at < _index.Length; at += 8) yield return BinaryPrimitives.ReadUInt32LittleEndian(_index.Span[at..]);
    }

    /// <summary>Every range.</summary>
    public IEnumerable<(IPNetwork Network, ProvenanceEntry Entry)> AllNetworks()
    {
        var at = 0;
        while (at < _networks.Length) yield return ReadNetwork(ref at);
    }

    private (IPNetwork Network, ProvenanceEntry Entry) ReadNetwork(ref int at)
    {
        var networks = _networks.Span;
        var prefix = networks[at++];
        var length = networks[at++] == 4 ? 4 : 16;
        var network = new IPNetwork(new IPAddress(networks.Slice(at, length)), prefix);
        at += length;
        return (network, ReadEntry(networks, ref at, decodesText: true));
    }

    private static ProvenanceEntry ReadEntry(ReadOnlySpan<byte> from, ref int at, bool decodesText)
    {
        var first = ReadVarint(from, ref at);
        var line = (int)ReadVarint(from, ref at);
        string? written = null;
        if ((first & 1) != 0)
        {
            var length = (int)ReadVarint(from, ref at);
            var text = from.Slice(at, length);
            if (decodesText) written = Encoding.UTF8.GetString(text);
            at += length;
        }
        return new((ushort)Math.Min(first >> 3, ushort.MaxValue), line, (RuleScope)(first >> 1 & 3), written);
    }

    internal static uint ReadVarint(ReadOnlySpan<byte> from, ref int at)
    {
        var value = 0u;
        for (var shift = 0; ; shift += 7)
        {
            var b = from[at++];
            value |= (uint)(b & 0x7F) << shift;
            // Five bytes at most, as look-ups read them: a sixth would be read here and not there.
            if (b < 0x80 || shift == 28) return value;
        }
    }
}

/// <summary>Writes the provenance of a list, part by part: parts may be written by several threads, each by one, and are put together at the end.</summary>
/// <param name="parts">How many parts there are.</param>
internal sealed class ProvenanceWriter(int parts)
{
    private readonly Part[] _parts = new Part[parts];

    /// <summary>Begins a part.</summary>
    /// <param name="part">Its number.</param>
    /// <param name="records">How many records the parts before it have.</param>
    /// <param name="last">The last of them.</param>
    /// <param name="expected">About how many records it will have: room for them is taken at once.</param>
    public Part Begin(int part, int records, uint last, int expected) => _parts[part] = new(records, last, expected);

    /// <summary>Puts the parts together.</summary>
    /// <exception cref="InvalidOperationException">It would take 2 GB or more.</exception>
    public byte[] Finish(ReadOnlySpan<byte> listDigest, IReadOnlyList<DraftNetwork> networks, byte[]? exceptions)
    {
        var ranges = new ArrayBufferWriter<byte>();
        foreach (var network in networks)
        {
            var address = network.Network.BaseAddress.GetAddressBytes();
            ranges.Write([(byte)network.Network.PrefixLength, (byte)(address.Length == 4 ? 4 : 6)]);
            ranges.Write(address);
            Entry(ranges, network.Source, network.Line, RuleScope.HostAndBelow, network.Written is null ? default : Encoding.UTF8.GetBytes(network.Written));
        }
        ReadOnlySpan<long> lengths = [_parts.Sum(p => (long)p.Index.WrittenCount), _parts.Sum(p => (long)p.Entries.WrittenCount), ranges.WrittenCount, exceptions?.Length ?? 0];
        var (total, offsets) = ((long)ListProvenance.HeadLength, new long[lengths.Length]);
        for (var i = 0; i < lengths.Length; i++) (offsets[i], total) = (total, total + lengths[i]);
        if (total > Array.MaxLength) throw new InvalidOperationException("The provenance of a compiled list takes at most 2 GB.");
        var file = GC.AllocateUninitializedArray<byte>((int)total);
        file.AsSpan(0, ListProvenance.HeadLength).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(file, ListProvenance.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), 1);
        listDigest.CopyTo(file.AsSpan(8));
        for (var i = 0; i < lengths.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(40 + i * 16), offsets[i]);
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(48 + i * 16), lengths[i]);
        }
        var index = file.AsSpan((int)offsets[0]);
        var entries = file.AsSpan((int)offsets[1], (int)lengths[1]);
        var entriesAt = 0;
        foreach (var part in _parts)
        {
            part.Index.WrittenSpan.CopyTo(index);
            // The part counted from its own beginning.
            for (var at = 4; at < part.Index.WrittenCount; at += 8) BinaryPrimitives.WriteUInt32LittleEndian(index[at..], BinaryPrimitives.ReadUInt32LittleEndian(index[at..]) + (uint)entriesAt);
            index = index[part.Index.WrittenCount..];
            part.Entries.WrittenSpan.CopyTo(entries[entriesAt..]);
            entriesAt += part.Entries.WrittenCount;
        }
        ranges.WrittenSpan.CopyTo(file.AsSpan((int)offsets[2]));
        exceptions?.CopyTo(file.AsSpan((int)offsets[3]));
        SHA256.HashData(file, file.AsSpan(ListProvenance.DigestOffset, 32));
        return file;
    }

    /// <summary>One part, record by record. Not safe from several threads.</summary>
    internal sealed class Part(int records, uint last, int expected)
    {
        private int _records = records;
        private uint _last = last;

        public ArrayBufferWriter<byte> Index { get; } = new((expected / ListProvenance.IndexStep + 1) * 8);

        public ArrayBufferWriter<byte> Entries { get; } = new((int)Math.Clamp(expected * 9L, 256, 1 << 30));

        public void BeginRecord(uint record, int entries)
        {
            var distance = record - _last;
            if (_records++ % ListProvenance.IndexStep == 0)
            {
                var at = Index.GetSpan(8);
                BinaryPrimitives.WriteUInt32LittleEndian(at, record);
                BinaryPrimitives.WriteUInt32LittleEndian(at[4..], (uint)Entries.WrittenCount);
                Index.Advance(8);
                distance = record;
            }
            var to = Entries.GetSpan(10);
            var length = ListWriter.WriteVarint(to, distance);
            Entries.Advance(length + ListWriter.WriteVarint(to[length..], (uint)entries));
            _last = record;
        }

        public void AddEntry(ushort source, int line, RuleScope scope, ReadOnlySpan<byte> written) => Entry(Entries, source, line, scope, written);
    }

    private static void Entry(ArrayBufferWriter<byte> to, ushort source, int line, RuleScope scope, ReadOnlySpan<byte> written)
    {
        var span = to.GetSpan(15 + written.Length);
        var length = ListWriter.WriteVarint(span, (uint)source << 3 | (uint)scope << 1 | (written.IsEmpty ? 0u : 1u));
        length += ListWriter.WriteVarint(span[length..], (uint)line);
        if (!written.IsEmpty)
        {
            length += ListWriter.WriteVarint(span[length..], (uint)written.Length);
            written.CopyTo(span[length..]);
            length += written.Length;
        }
        to.Advance(length);
    }
}
