using System.Collections.Immutable;
using System.Text;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching;

public sealed unsafe partial class ListMatcher
{
    /// <summary>Bytes of records that one thread searches at a time: enough parts for every core, few enough that starting one costs nothing.</summary>
    private const int PartLength = 4 << 20;

    /// <summary>Entries whose host and path, range or pattern contains a text.</summary>
    /// <param name="text">Compared without regard to ASCII case with entries in canonical form, so an international name is searched for in Punycode. At least one character.</param>
    /// <param name="limit">Most entries wanted.</param>
    /// <returns>At most <paramref name="limit"/> entries, exceptions too, in no order that says anything; the same ones each time for the same compiled list. Their specificity is 0.</returns>
    /// <remarks>
    /// <para>Reads every record once or twice, on all cores. Safe from any thread. Not for the way of a request.</para>
    /// <list type="number">
    /// <item>The records are searched with vectors for the longest piece of the text that no border between records parts. A hit is counted where it lies within a record, and the record where its text, together with its parents', has all that was searched for.</item>
    /// <item>A record that holds a label or a path alone has the rest of its text in its parents: what stands below one with the piece may contain the text as well. Those are found by going through all records for their parents, once for each step down.</item>
    /// <item>The provenance names the entries of each record.</item>
    /// </list>
    /// </remarks>
    public ImmutableArray<ListMatch> Search(string text, int limit)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var found = ImmutableArray.CreateBuilder<ListMatch>();
        if (Ascii.IsValid(text))
            foreach (var record in RecordsThatContain(Encoding.ASCII.GetBytes(text.ToLowerInvariant()), limit))
            {
                // Step 3.
                var key = KeyOf(record);
                foreach (var entry in _provenance.EntriesAt(record)) found.Add(ToMatch(entry, key, specificity: 0));
                if (found.Count >= limit) break;
            }
        foreach (var (network, entry) in _provenance.AllNetworks())
        {
            if (found.Count >= limit) break;
            if (network.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)) found.Add(ToMatch(entry, network.ToString(), specificity: 0));
        }
        foreach (var pattern in _patterns?.All ?? [])
        {
            if (found.Count >= limit) break;
            if (pattern.Text.Contains(text, StringComparison.OrdinalIgnoreCase)) found.Add(ToMatch(new(pattern.Source, pattern.Line, RuleScope.HostAndBelow, pattern.Written), pattern.Text, specificity: 0));
        }
        if (_exceptions is not null && found.Count < limit) found.AddRange(_exceptions.Search(text, limit - found.Count));
        GC.KeepAlive(this);
        return [.. found.Take(limit)];
    }

    /// <summary>Looks entries up as a request would be, spread evenly over the list, and gives those that are not found: none, unless the compiled form is broken in a way that no digest shows.</summary>
    /// <param name="sampleSize">How many entries to try, at least 1.</param>
    /// <param name="tried">How many were.</param>
    /// <remarks>Reads the whole provenance. Ranges and patterns are not tried.</remarks>
    public ImmutableArray<ListMatch> FindUnreachable(int sampleSize, out int tried)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleSize, 1);
        var step = Math.Max(1, EntryCount / sampleSize);
        var lost = ImmutableArray.CreateBuilder<ListMatch>();
        var at = 0;
        tried = 0;
        foreach (var (record, entry) in _provenance.All())
        {
            if (at++ % step != 0) continue;
            var key = KeyOf(record);
            if (AddressFor(entry, key) is not { } url) continue;
            tried++;
            var match = ToMatch(entry, key, specificity: 0);
            var isExplained = AllThatMatch(url, Seen.Url).Exists(m => m.List == match.List && m.Line == match.Line);
            // An exception may rightly take the category away.
            var isClassified = _exceptions is not null || Classify(url, Seen.Url).Contains(match.Category.Index);
            if (!isExplained || !isClassified) lost.Add(match);
        }
        return lost.ToImmutable();
    }

    /// <summary>Addresses that entries of some categories are for, a few of each list, as they come.</summary>
    /// <param name="categories">Which.</param>
    /// <param name="perList">How many of each list, at most.</param>
    /// <param name="isInForce">False for one that does not count, because another layer takes it away.</param>
    /// <remarks>Reads the provenance to its end where a list has fewer. Ranges and patterns give none.</remarks>
    internal IEnumerable<(ListSource List, CanonicalUrl Url)> Examples(CategorySet categories, int perList, Func<Category, CanonicalUrl, bool> isInForce)
    {
        var left = Sources.Where(s => categories.Contains(s.Category.Index)).Select(s => (s.List, s.Category.Index)).Distinct().ToDictionary(s => s, _ => perList);
        foreach (var (record, entry) in _provenance.All())
        {
            if (left.Count == 0) yield break;
            var source = Sources[entry.Source];
            var list = (source.List, source.Category.Index);
            if (!left.TryGetValue(list, out var wanted) || AddressFor(entry, KeyOf(record)) is not { } url || !isInForce(source.Category, url)) continue;
            if (wanted > 1) left[list] = wanted - 1;
            else left.Remove(list);
            yield return (source, url);
        }
    }

    /// <summary>An address that an entry is for; null where it has none. Of sub-domains alone any will do.</summary>
    private static CanonicalUrl? AddressFor(in ProvenanceEntry entry, string key) =>
        CanonicalUrl.TryParse(entry.Scope == RuleScope.BelowOnly ? $"http://x.{key}" : $"http://{key}", out var url, out _) ? url : null;

    /// <summary>Records with entries, their own text or their parents' containing the text; at least <paramref name="limit"/> where there are so many.</summary>
    private List<uint> RecordsThatContain(byte[] text, int limit)
    {
        // Step 1. Parts begin where the provenance knows that a record does.
        uint[] milestones = [0, .. _provenance.Milestones()];
        var parts = new List<Range>();
        for (var (from, to) = (0, 1); from < milestones.Length; (from, to) = (to, to + 1))
        {
            while (to < milestones.Length && milestones[to] - milestones[from] < PartLength) to++;
            parts.Add(from..to);
        }
        var piece = LongestPiece(text);
        var found = new List<uint>();
        var parents = new RecordSet();
        foreach (var part in InParts(part => Containing(piece, text, milestones, part, limit)))
        {
            found.AddRange(part.Found);
            foreach (var parent in part.Parents) parents.Add(parent);
        }
        // Step 2. Every part was read to its end, or the limit would have been met.
        var known = found.ToHashSet();
        // Each is gone below once: whatever stands in a list that nobody checked, this ends.
        var gone = new HashSet<uint>();
        while (found.Count < limit && parents.Count > 0)
        {
            var above = parents;
            var children = InParts(part => ChildrenOf(above, milestones, part));
            parents = new();
            foreach (var child in children.SelectMany(c => c))
            {
                var record = View(child);
                if (record.HasEntries && IsInKey(text, child) && known.Add(child)) found.Add(child);
                if ((record.HasChildren || record.HasPaths) && gone.Add(child)) parents.Add(child);
            }
        }
        return found;

        T[] InParts<T>(Func<Range, T> read)
        {
            var results = new T[parts.Count];
            Parallel.For(0, results.Length, i => results[i] = read(parts[i]));
            return results;
        }
    }

    /// <summary>The longest piece of a text without a dot or a slash; the text itself when it has nothing else. Records part at those alone, so the piece lies within one record wherever the text lies.</summary>
    private static byte[] LongestPiece(byte[] text)
    {
        var longest = Range.All;
        var length = 0;
        foreach (var piece in text.AsSpan().SplitAny((byte)'.', (byte)'/'))
            if (piece.End.Value - piece.Start.Value > length) (longest, length) = (piece, piece.End.Value - piece.Start.Value);
        return text[longest];
    }

    /// <summary>Step 1, for the records of some milestones: which contain the text, and which others may have it together with what stands below them.</summary>
    private RecordSearch Containing(ReadOnlySpan<byte> piece, ReadOnlySpan<byte> text, ReadOnlySpan<uint> milestones, Range part, int limit)
    {
        var search = new RecordSearch([], []);
        var (next, milestonesEnd) = (part.Start.Value, part.End.Value);
        var walk = WalkOf(milestones, part);
        for (var hit = walk.Next(piece, walk.At); hit < walk.End && search.Found.Count < limit; hit = walk.Next(piece, walk.At))
        {
            while (next < milestonesEnd && _records + milestones[next] <= hit) next++;
            walk.JumpTo(_records + milestones[next - 1]);
            while (walk.MoveNext() && walk.At <= hit)
            {
            }
            // Between the texts of records are numbers that may look like the piece.
            if (walk.Text.IndexOf(piece) < 0) continue;
            var record = View(walk.Record);
            if (record.HasEntries && (walk.Text.IndexOf(text) >= 0 || (walk.HasParent && IsInKey(text, walk.Record)))) search.Found.Add(walk.Record);
            if (record.HasChildren || record.HasPaths) search.Parents.Add(walk.Record);
        }
        return search;
    }

    /// <summary>Step 2, for the records of some milestones: those whose parent is one of some.</summary>
    private List<uint> ChildrenOf(RecordSet parents, ReadOnlySpan<uint> milestones, Range part)
    {
        var children = new List<uint>();
        var walk = WalkOf(milestones, part);
        while (walk.MoveNext())
            if (walk.HasParent && parents.Contains(walk.Parent)) children.Add(walk.Record);
        return children;
    }

    private bool IsInKey(ReadOnlySpan<byte> text, uint record) => Encoding.ASCII.GetBytes(KeyOf(record)).AsSpan().IndexOf(text) >= 0;

    private RecordWalk WalkOf(ReadOnlySpan<uint> milestones, Range part) =>
        new(_records, milestones[part.Start], part.End.Value < milestones.Length ? milestones[part.End] : (uint)RecordsLength);

    /// <summary>Goes from record to record in the order in which they lie.</summary>
    /// <remarks>Through pointers, as every look-up. It leaves the records by no more than a record's last numbers, whatever stands in them, and the sets of categories lie behind.</remarks>
    private ref struct RecordWalk(byte* records, uint start, uint end)
    {
        private readonly byte* _records = records;
        private byte* _text;
        private int _length;

        /// <summary>Where the next record begins.</summary>
        public byte* At { get; private set; } = records + start;

        /// <summary>Where the last record ends.</summary>
        public byte* End { get; } = records + end;

        /// <summary>The record stood on.</summary>
        public uint Record { get; private set; }

        public bool HasParent { get; private set; }

        /// <summary>The record above it, if it has one.</summary>
        public uint Parent { get; private set; }

        /// <summary>Its own text.</summary>
        public readonly ReadOnlySpan<byte> Text => new(_text, _length);

        /// <summary>The first place from one on where some bytes stand, or the end.</summary>
        public readonly byte* Next(ReadOnlySpan<byte> bytes, byte* from)
        {
            var index = from >= End ? -1 : new ReadOnlySpan<byte>(from, (int)(End - from)).IndexOf(bytes);
            return index < 0 ? End : from + index;
        }

        /// <summary>Goes on at a record, unless that lies behind.</summary>
        public void JumpTo(byte* record)
        {
            if (record > At) At = record;
        }

        public bool MoveNext()
        {
            const RecordFlags Head = RecordFlags.LongText | RecordFlags.HasParent, Tail = RecordFlags.HasSetBelow | RecordFlags.HasPaths;
            var at = At;
            if (at >= End) return false;
            Record = (uint)(at - _records);
            var flags = (RecordFlags)at[0];
            int length = at[1];
            at += 2;
            HasParent = false;
            if ((flags & Head) != RecordFlags.None)
            {
                if ((flags & RecordFlags.LongText) != RecordFlags.None) length |= *at++ << 8;
                if ((flags & RecordFlags.HasParent) != RecordFlags.None)
                {
                    (HasParent, Parent) = (true, *(uint*)at);
                    at += 4;
                }
            }
            _text = at;
            _length = length;
            at += length;
            // No record ends without the number of a set.
            if (at >= End)
            {
                At = End;
                _length = 0;
                return false;
            }
            at = AfterNumber(at);
            if ((flags & Tail) != RecordFlags.None)
            {
                if ((flags & RecordFlags.HasSetBelow) != RecordFlags.None) at = AfterNumber(at);
                if ((flags & RecordFlags.HasPaths) != RecordFlags.None) at += 4;
            }
            At = at;
            return true;
        }

        private static byte* AfterNumber(byte* at)
        {
            for (var length = 0; *at++ >= 0x80 && length < 4; length++)
            {
            }
            return at;
        }
    }

    /// <summary>What a part of the records holds.</summary>
    /// <param name="Found">Records with entries that contain the text.</param>
    /// <param name="Parents">Records that contain a piece of it and have others below them.</param>
    private readonly record struct RecordSearch(List<uint> Found, List<uint> Parents);

    /// <summary>Some records, asked for by many that are none of them.</summary>
    private sealed class RecordSet
    {
        private readonly HashSet<uint> _records = [];
        // One bit for what a record's place ends in: most are told apart by it.
        private readonly ulong[] _endings = new ulong[1024];

        public int Count => _records.Count;

        public void Add(uint record)
        {
            if (_records.Add(record)) _endings[record >> 6 & 1023] |= 1UL << (int)(record & 63);
        }

        public bool Contains(uint record) => (_endings[record >> 6 & 1023] >> (int)(record & 63) & 1) != 0 && _records.Contains(record);
    }
}
