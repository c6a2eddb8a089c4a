using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
    /// <para>Reads every record once, on all cores. Allocates 8 bytes for each sub-domain and path of the list while it runs. Safe from any thread. Not for the way of a request.</para>
    /// <list type="number">
    /// <item>Each part of the records is searched with vectors for the text, and walked: a hit counts where it lies within the text of a record.</item>
    /// <item>A record that holds a label or a path alone has the rest of its text in its parents. Where the text searched for may lie across that border, the whole is put together and looked at.</item>
    /// <item>What stands below a record that was found contains the text as well: found by going down from parent to child until nothing is new.</item>
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
                // Step 4.
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
            // Sub-domains alone: any will do.
            if (!CanonicalUrl.TryParse(entry.Scope == RuleScope.BelowOnly ? $"http://x.{key}" : $"http://{key}", out var url, out _)) continue;
            tried++;
            var match = ToMatch(entry, key, specificity: 0);
            var isExplained = AllThatMatch(url, Seen.Url).Exists(m => m.List == match.List && m.Line == match.Line);
            // An exception may rightly take the category away.
            var isClassified = _exceptions is not null || Classify(url, Seen.Url).Contains(match.Category.Index);
            if (!isExplained || !isClassified) lost.Add(match);
        }
        return lost.ToImmutable();
    }

    /// <summary>Records with entries, their own text or their parents' containing the text; at least <paramref name="limit"/> where there are so many.</summary>
    private List<uint> RecordsThatContain(byte[] text, int limit)
    {
        // Steps 1 and 2. A part begins where the provenance knows that a record does.
        var starts = new List<uint> { 0 };
        foreach (var record in _provenance.Milestones())
            if (record - starts[^1] >= PartLength) starts.Add(record);
        var parts = new RecordSearch[starts.Count];
        Parallel.For(0, parts.Length, i => parts[i] = SearchPart(text, starts[i], i + 1 < starts.Count ? starts[i + 1] : (uint)RecordsLength, limit));

        var found = new List<uint>();
        foreach (var part in parts) found.AddRange(part.Found.Where(record => View(record).HasEntries));
        if (found.Count >= limit) return found;

        // Step 3. Every part was read to its end, or the limit would have been met.
        var containing = new HashSet<uint>(parts.SelectMany(p => p.Found));
        if (containing.Count == 0) return found;
        for (var isAnyNew = true; isAnyNew && found.Count < limit;)
        {
            isAnyNew = false;
            foreach (var part in parts)
                foreach (var (record, parent) in CollectionsMarshal.AsSpan(part.Below))
                    if (containing.Contains(parent) && containing.Add(record))
                    {
                        isAnyNew = true;
                        if (View(record).HasEntries) found.Add(record);
                    }
        }
        return found;
    }

    /// <summary>Steps 1 and 2, for the records from one place to another.</summary>
    private RecordSearch SearchPart(ReadOnlySpan<byte> text, uint start, uint end, int limit)
    {
        var search = new RecordSearch([], []);
        var records = new ReadOnlySpan<byte>(_records + start, (int)(end - start));
        // A text that lies across a border ends the label of a sub-domain with what it has before its first dot, or begins a path with what it has from its first slash on.
        var (dot, slash) = (text.IndexOf((byte)'.'), text.IndexOf((byte)'/'));
        var (at, withEntries) = (0, 0);
        var hit = records.IndexOf(text);
        while (at < records.Length && withEntries < limit)
        {
            var record = start + (uint)at;
            var flags = (RecordFlags)records[at];
            int length = records[at + 1];
            at += 2;
            if (Has(RecordFlags.LongText)) length |= records[at++] << 8;
            var parent = NoRecord;
            if (Has(RecordFlags.HasParent))
            {
                parent = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(records[at..]);
                at += 4;
            }
            // Between the texts of records are numbers that may look like the text.
            if (hit >= 0 && hit < at) hit = IndexFrom(records, text, at);
            var isFound = hit >= 0 && hit + text.Length <= at + length;
            if (!isFound && parent != NoRecord && MayLieAcross(records.Slice(at, length), text))
                isFound = KeyOf(record).Contains(Encoding.ASCII.GetString(text), StringComparison.Ordinal);
            if (isFound)
            {
                search.Found.Add(record);
                if (Has(RecordFlags.HasEntries)) withEntries++;
            }
            else if (parent != NoRecord)
            {
                search.Below.Add((record, parent));
            }
            at += length;
            while (records[at++] >= 0x80)
            {
            }
            if (Has(RecordFlags.HasSetBelow))
                while (records[at++] >= 0x80)
                {
                }
            if (Has(RecordFlags.HasPaths)) at += 4;

            bool Has(RecordFlags flag) => (flags & flag) != RecordFlags.None;
        }
        return search;

        bool MayLieAcross(ReadOnlySpan<byte> own, ReadOnlySpan<byte> sought) =>
            own is [(byte)'/', ..] ? slash > 0 && own.StartsWith(sought[slash..]) : dot >= 0 && own.EndsWith(sought[..dot]);

        static int IndexFrom(ReadOnlySpan<byte> records, ReadOnlySpan<byte> text, int from)
        {
            var index = records[from..].IndexOf(text);
            return index < 0 ? -1 : from + index;
        }
    }

    /// <summary>What a part of the records holds.</summary>
    /// <param name="Found">Records that contain the text.</param>
    /// <param name="Below">Records that do not by themselves, each with its parent.</param>
    private readonly record struct RecordSearch(List<uint> Found, List<(uint Record, uint Parent)> Below);
}
