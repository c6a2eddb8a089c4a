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
        if (!IsAnywhere(LongestPiece(text), starts)) return [];
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

    /// <summary>The longest piece of a text without a dot or a slash. Records part at those alone, so the piece lies within one record wherever the text lies.</summary>
    private static byte[] LongestPiece(byte[] text)
    {
        var longest = Range.All;
        var length = 0;
        foreach (var piece in text.AsSpan().SplitAny((byte)'.', (byte)'/'))
            if (piece.End.Value - piece.Start.Value > length) (longest, length) = (piece, piece.End.Value - piece.Start.Value);
        return length == 0 ? [] : text[longest];
    }

    /// <summary>False when the bytes stand nowhere among the records: then nothing need be walked, and most searches that find nothing end here.</summary>
    private bool IsAnywhere(byte[] piece, List<uint> starts)
    {
        if (piece.Length == 0) return true;
        var isFound = false;
        Parallel.For(0, starts.Count, (i, state) =>
        {
            // A part ends where a record begins: no text lies across.
            var end = i + 1 < starts.Count ? starts[i + 1] : (uint)RecordsLength;
            if (new ReadOnlySpan<byte>(_records + starts[i], (int)(end - starts[i])).IndexOf(piece) < 0) return;
            isFound = true;
            state.Stop();
        });
        return isFound;
    }

    /// <summary>Steps 1 and 2, for the records from one place to another.</summary>
    /// <remarks>Through pointers, as every look-up. It leaves the records by no more than a record's last numbers, whatever stands in them, and the sets of categories lie behind.</remarks>
    private RecordSearch SearchPart(ReadOnlySpan<byte> text, uint start, uint end, int limit)
    {
        const RecordFlags Head = RecordFlags.LongText | RecordFlags.HasParent, Tail = RecordFlags.HasSetBelow | RecordFlags.HasPaths;
        var search = new RecordSearch([], []);
        // A text that lies across a border ends the label of a sub-domain with what it has before its first dot, or begins a path with what it has from its first slash on.
        var (dot, slash) = (text.IndexOf((byte)'.'), text.IndexOf((byte)'/'));
        var at = _records + start;
        var last = _records + end;
        var hit = Next(at, last, text);
        for (var withEntries = 0; at < last && withEntries < limit;)
        {
            var record = (uint)(at - _records);
            var flags = (RecordFlags)at[0];
            int length = at[1];
            at += 2;
            var parent = NoRecord;
            if ((flags & Head) != RecordFlags.None)
            {
                if ((flags & RecordFlags.LongText) != RecordFlags.None) length |= *at++ << 8;
                if ((flags & RecordFlags.HasParent) != RecordFlags.None)
                {
                    parent = *(uint*)at;
                    at += 4;
                }
            }
            var after = at + length;
            // No record ends without the number of a set.
            if (after >= last) break;
            var isFound = false;
            if (hit < after)
            {
                // Between the texts of records are numbers that may look like the text.
                if (hit < at) hit = Next(at, last, text);
                isFound = hit + text.Length <= after;
            }
            if (parent != NoRecord && !isFound)
            {
                if (MayLieAcross(new(at, length), text, dot, slash)) isFound = KeyOf(record).Contains(Encoding.ASCII.GetString(text), StringComparison.Ordinal);
                if (!isFound) search.Below.Add((record, parent));
            }
            if (isFound)
            {
                search.Found.Add(record);
                if ((flags & RecordFlags.HasEntries) != RecordFlags.None) withEntries++;
            }
            at = AfterNumber(after);
            if ((flags & Tail) == RecordFlags.None) continue;
            if ((flags & RecordFlags.HasSetBelow) != RecordFlags.None) at = AfterNumber(at);
            if ((flags & RecordFlags.HasPaths) != RecordFlags.None) at += 4;
        }
        return search;

        static bool MayLieAcross(ReadOnlySpan<byte> own, ReadOnlySpan<byte> sought, int dot, int slash) =>
            own is [(byte)'/', ..] ? slash > 0 && own.StartsWith(sought[slash..]) : dot >= 0 && own.EndsWith(sought[..dot]);

        static byte* Next(byte* from, byte* end, ReadOnlySpan<byte> text)
        {
            var index = from >= end ? -1 : new ReadOnlySpan<byte>(from, (int)(end - from)).IndexOf(text);
            return index < 0 ? end : from + index;
        }

        static byte* AfterNumber(byte* at)
        {
            for (var length = 0; *at++ >= 0x80 && length < 4; length++)
            {
            }
            return at;
        }
    }

    /// <summary>What a part of the records holds.</summary>
    /// <param name="Found">Records that contain the text.</param>
    /// <param name="Below">Records that do not by themselves, each with its parent.</param>
    private readonly record struct RecordSearch(List<uint> Found, List<(uint Record, uint Parent)> Below);
}
