using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching;

/// <summary>Where a matched rule stands: enough for a person to find the line.</summary>
/// <param name="List">The list, such as <c>adult/domains</c>.</param>
/// <param name="Entry">The rule as written in the list.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Category">The category of the list.</param>
/// <param name="Specificity">Greater is more specific: the number of host labels first, then the length of the path; a range of addresses and a pattern are below every host. Compares entries that match one URL.</param>
public readonly record struct ListMatch(string List, string Entry, int Line, Category Category, int Specificity)
{
    /// <summary>Which state of the list: a date or a short digest; empty where nobody says.</summary>
    public string Version { get; init; } = "";

    /// <summary>The order of explanations: most specific first; equals by list and line, so that the order of loading does not show.</summary>
    public static IComparer<ListMatch> MostSpecificFirst { get; } = Comparer<ListMatch>.Create(static (a, b) =>
    {
        if (a.Specificity != b.Specificity) return b.Specificity.CompareTo(a.Specificity);
        var byList = string.CompareOrdinal(a.List, b.List);
        return byList != 0 ? byList : a.Line.CompareTo(b.Line);
    });
}

/// <summary>Which categories is this URL in? A trie of host labels, with path rules under their host, over many lists at once, laid flat.</summary>
/// <remarks>
/// <para><c>example.com</c> covers itself and its sub-domains, <c>=example.com</c> itself only, <c>*.example.com</c> sub-domains only; <c>example.com/path</c> covers that host and its
/// sub-domains and matches at a boundary (end, or one of <c>/ ? &amp; =</c>), never within a segment, without regard to ASCII case. <c>www.</c> is ignored on both sides of a path rule, and so are
/// its scheme, its port and a slash at its end. <c>example.com/</c> is the host. An address matches whole; ranges of addresses and regular expressions match beside. Immutable: safe from any thread; <see cref="Classify"/> does not allocate.</para>
/// <para>Read in place from one block of bytes (<c>FGL1</c>), in memory or mapped from a file, wherever it lies. A node is a host suffix or, below one, a path prefix, found by a hash that is chained from the
/// top-level domain down: one 64-byte bucket has fourteen fingerprints, and the record that one leads to has the exact text, the set of categories with all that is inherited, and whether anything stands below.
/// Every parent of an entry is a node, so the walk stops at the first label that is absent: an unknown site costs one cache line, a listed one two. Top-level domains are passed over unless one is listed.
/// Names that hash alike, by chance or by intent, cost time and never an answer. About 25 bytes an entry; where each entry stands is kept apart.</para>
/// </remarks>
public sealed unsafe partial class ListMatcher
{
    /// <summary>Names the <see cref="AppContext"/> switch that leaves the filter of a compiled list aside: for comparing the two on a box. It changes no answer.</summary>
    public const string NoFilterSwitch = "FilterGate.Matching.NoFilter";

    private const uint NoRecord = uint.MaxValue;

    private readonly PinnedBytes _bytes;
    private readonly byte* _buckets;
    private readonly byte* _records;
    private readonly byte* _topLevels;
    private readonly ulong* _filter;
    private readonly uint _filterWords;
    private readonly CategorySet* _sets;
    private readonly ulong _seed;
    private readonly uint _homeBuckets;
    private readonly int _pathLengthMax;
    private readonly (int Offset, int Length) _networkIndex, _networks4, _networks6;
    private readonly bool _hasNetworks;
    private readonly PatternSet? _patterns;
    private readonly ListMatcher? _exceptions;
    private readonly ListProvenance _provenance;
    // Entries found most specific: made once each, so that a busy rule does not allocate again and again. Bounded.
    private readonly ConcurrentDictionary<(uint Record, bool IsAt), ListMatch?> _mostSpecific = new();

    private ListMatcher(PinnedBytes bytes, ReadOnlyMemory<byte> provenance, Func<ListNames, ImmutableArray<ListSource>> sourcesOf)
    {
        _bytes = bytes;
        Span<(long Offset, long Length)> sections = stackalloc (long, long)[ListHead.SectionCount];
        var head = ListHead.Read(bytes.Span, sections);
        var start = bytes.Pointer;
        _buckets = start + sections[(int)Section.Buckets].Offset;
        _records = start + sections[(int)Section.Records].Offset;
        _topLevels = start + sections[(int)Section.TopLevels].Offset;
        _sets = (CategorySet*)(start + sections[(int)Section.Sets].Offset);
        _filter = (ulong*)(start + sections[(int)Section.Filter].Offset);
        _filterWords = AppContext.TryGetSwitch(NoFilterSwitch, out var isOff) && isOff ? 0 : (uint)(sections[(int)Section.Filter].Length / sizeof(ulong));
        (_seed, _homeBuckets, _pathLengthMax) = (head.Seed, head.HomeBucketCount, head.PathLengthMax);
        (_networkIndex, _networks4, _networks6) = (Place(sections, Section.NetworkIndex), Place(sections, Section.Networks4), Place(sections, Section.Networks6));
        _hasNetworks = _networks4.Length + _networks6.Length > 0;
        var names = ListNames.Read(SpanOf(Place(sections, Section.Names)));
        Sources = sourcesOf(names);
        _patterns = PatternSet.Create(names.Patterns, source => CategorySet.Of(Sources[source].Category));
        _provenance = ListProvenance.Open(provenance, bytes.Span.Slice(ListHead.DigestOffset, 32));
        if (Place(sections, Section.Exceptions) is { Length: > 0 } exceptions) _exceptions = new(bytes.Slice(exceptions.Offset, exceptions.Length), _provenance.Exceptions, sourcesOf);
        (EntryCount, NodeCount, RecordsLength) = ((int)head.EntryCount + (_exceptions?.EntryCount ?? 0), (int)head.NodeCount, sections[(int)Section.Records].Length);

        static (int Offset, int Length) Place(ReadOnlySpan<(long Offset, long Length)> sections, Section section) => ((int)sections[(int)section].Offset, (int)sections[(int)section].Length);
    }

    /// <summary>A matcher without entries.</summary>
    public static ListMatcher Empty { get; } = new Builder().Build();

    /// <summary>How many entries it holds, exceptions too.</summary>
    public int EntryCount { get; }

    /// <summary>Bytes of the compiled form: what stays in memory for look-ups.</summary>
    public long Length => _bytes.Span.Length;

    /// <summary>The lists that its entries come from, by number.</summary>
    public ImmutableArray<ListSource> Sources { get; }

    internal int NodeCount { get; }

    internal long RecordsLength { get; }

    /// <summary>Opens a compiled list in place.</summary>
    /// <param name="list">The compiled list, at most 2 GB. Kept, and must not change while the matcher lives; memory that is mapped from a file may be released when nothing refers to the matcher any more.</param>
    /// <param name="provenance">Where its entries stand, from the file beside it. Kept.</param>
    /// <param name="taxonomy">The categories it was compiled with.</param>
    /// <param name="isTrusted">True when <see cref="Verify"/> has passed on these very bytes: the digest and each reference are not looked at again.</param>
    /// <exception cref="ListFormatException">It is no compiled list, is cut short or changed, or was compiled with other categories.</exception>
    public static ListMatcher Open(ReadOnlyMemory<byte> list, ReadOnlyMemory<byte> provenance, Taxonomy taxonomy, bool isTrusted = false)
    {
        ArgumentNullException.ThrowIfNull(taxonomy);
        if (!isTrusted) Verify(list, provenance);
        return new(new PinnedBytes(list), provenance, names => Resolve(names, taxonomy));
    }

    /// <summary>The categories that a compiled list uses: their indices and slugs, in order of index.</summary>
    /// <exception cref="ListFormatException">It is no compiled list, or is cut short.</exception>
    public static IReadOnlyList<(int Index, string Slug)> ReadCategories(ReadOnlyMemory<byte> list)
    {
        Span<(long Offset, long Length)> sections = stackalloc (long, long)[ListHead.SectionCount];
        _ = ListHead.Read(list.Span, sections);
        var (offset, length) = sections[(int)Section.Names];
        return ListNames.Read(list.Span.Slice((int)offset, (int)length)).Categories;
    }

    private static ImmutableArray<ListSource> Resolve(ListNames names, Taxonomy taxonomy)
    {
        foreach (var (index, slug) in names.Categories)
            if (taxonomy.Find(slug)?.Index != index) throw new ListFormatException($"it was compiled with other categories ({slug} was number {index}); compile it again");
        return [.. names.Sources.Select(s => s.Category >= 0 && s.Category < taxonomy.Categories.Length
            ? new ListSource(s.List, taxonomy[s.Category], s.Version)
            : throw new ListFormatException($"its list {s.List} is in a category that is not there"))];
    }

    /// <summary>The union of the categories of every entry that matches, less those that an exception of the same list takes away.</summary>
    [SkipLocalsInit]
    public CategorySet Classify(CanonicalUrl url, Seen seen)
    {
        Span<byte> host = stackalloc byte[CanonicalUrl.HostLengthMax + 3];
        var walk = new HostWalk(this, url, host);
        var ofPaths = CategorySet.Empty;
        while (walk.MoveNext())
            if (walk.Record.HasPaths && seen == Seen.Url) ofPaths |= ClassifyPaths(ref walk, url);
        var found = ofPaths | _sets[walk.IsAt ? walk.Record.Set : walk.Record.SetBelow];
        if (_hasNetworks && url.IsIpLiteral) found |= ClassifyAddress(url);
        if (_patterns is not null) found |= _patterns.Classify(url, seen);
        if (_exceptions is not null && !found.IsEmpty && _exceptions.Matches(url, seen)) found = ClassifyExactly(url, seen);
        // The bytes are read through pointers: they must not be released before the last one is read.
        GC.KeepAlive(this);
        return found;
    }

    /// <summary>The categories of the entries that match, by the list they are of, which <see cref="Classify"/> does not say.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="seen">Whether all of it is seen.</param>
    /// <param name="pick">Which lists are told apart.</param>
    /// <param name="layer">Which of the pick's layers this matcher is.</param>
    /// <param name="sets">Added to: first the categories of lists that the pick does not name, then those of each name.</param>
    /// <remarks>Does not allocate, but where a range of addresses, an expression or an exception matches. Some hundred nanoseconds for each record that matches: the provenance is read.</remarks>
    [SkipLocalsInit]
    internal void ClassifyApart(CanonicalUrl url, Seen seen, ListPick pick, int layer, Span<CategorySet> sets)
    {
        var isPlain = (!_hasNetworks || !url.IsIpLiteral) && (_patterns is null || _patterns.Classify(url, seen).IsEmpty) && !IsExcepted(url, seen);
        if (!isPlain)
        {
            TakeApart(Explain(url, seen), pick, sets);
            return;
        }
        var places = pick.PlacesOf(layer);
        Span<byte> host = stackalloc byte[CanonicalUrl.HostLengthMax + 3];
        Span<byte> buffer = stackalloc byte[PathBuffer(url)];
        var walk = new HostWalk(this, url, host);
        while (walk.MoveNext())
        {
            TakeRecord(walk.Record, walk.IsAt, places, sets);
            if (!walk.Record.HasPaths || seen != Seen.Url) continue;
            var paths = new PathWalk(this, walk.Offset, walk.Hash, walk.Record.PathDepths, TextOf(url, buffer));
            while (paths.MoveNext()) TakeRecord(paths.Record, walk.IsAtForPaths, places, sets);
        }
        GC.KeepAlive(this);
    }

    private void TakeRecord(in RecordView record, bool isAt, ReadOnlySpan<byte> places, Span<CategorySet> sets)
    {
        if (!record.HasEntries) return;
        var entries = _provenance.WalkEntries(record.Offset, decodesText: false);
        while (entries.MoveNext())
        {
            var entry = entries.Current;
            if (entry.Scope == (isAt ? RuleScope.BelowOnly : RuleScope.HostOnly)) continue;
            ref var set = ref sets[places[entry.Source]];
            set = set.With(Sources[entry.Source].Category.Index);
        }
    }

    /// <summary>As <see cref="ClassifyApart"/>, of matches that are known.</summary>
    internal static void TakeApart(ImmutableArray<ListMatch> matches, ListPick pick, Span<CategorySet> sets)
    {
        foreach (var match in matches)
        {
            ref var set = ref sets[pick.PlaceOf(match.List)];
            set = set.With(match.Category.Index);
        }
    }

    /// <summary>True when any entry matches. Does not allocate.</summary>
    public bool Matches(CanonicalUrl url, Seen seen) => !Classify(url, seen).IsEmpty;

    /// <summary>Every entry that matches, most specific first; equals by list and line, so that the order of loading does not show. Allocates; for explanations and events.</summary>
    public ImmutableArray<ListMatch> Explain(CanonicalUrl url, Seen seen)
    {
        var found = AllThatMatch(url, seen);
        if (_exceptions is not null) RemoveExcepted(found, _exceptions.AllThatMatch(url, seen));
        found.Sort(ListMatch.MostSpecificFirst);
        return [.. found];
    }

    /// <summary>The most specific host or path entry that matches; of equals the one that <see cref="Explain"/> names first. Ranges, patterns and exceptions are not looked at: own lists have none.
    /// Does not allocate, but the first time that an entry is found.</summary>
    [SkipLocalsInit]
    public bool TryFindMostSpecific(CanonicalUrl url, Seen seen, out ListMatch match)
    {
        Span<byte> host = stackalloc byte[CanonicalUrl.HostLengthMax + 3];
        var walk = new HostWalk(this, url, host);
        Span<byte> buffer = stackalloc byte[PathBuffer(url)];
        var (best, specificity, isFound) = (default(ListMatch), -1, false);
        while (walk.MoveNext())
        {
            Take(walk.Record, walk.IsAt, walk.Labels << 16, ref best);
            if (!walk.Record.HasPaths || seen != Seen.Url) continue;
            var paths = new PathWalk(this, walk.Offset, walk.Hash, walk.Record.PathDepths, TextOf(url, buffer));
            while (paths.MoveNext()) Take(paths.Record, walk.IsAtForPaths, walk.Labels << 16 | paths.Length, ref best);
        }
        GC.KeepAlive(this);
        match = best;
        return isFound;

        void Take(in RecordView record, bool isAt, int recordSpecificity, ref ListMatch best)
        {
            if (!record.HasEntries || recordSpecificity <= specificity || FindFirst(record.Offset, isAt, recordSpecificity) is not { } first) return;
            (best, specificity, isFound) = (first, recordSpecificity, true);
        }
    }

    private ListMatch? FindFirst(uint record, bool isAt, int specificity)
    {
        const int Remembered = 4096;
        if (_mostSpecific.TryGetValue((record, isAt), out var known)) return known;
        ListMatch? first = null;
        foreach (var entry in _provenance.EntriesAt(record))
        {
            if (entry.Scope == (isAt ? RuleScope.BelowOnly : RuleScope.HostOnly)) continue;
            var match = ToMatch(entry, KeyOf(record), specificity);
            if (first is not { } other || ListMatch.MostSpecificFirst.Compare(match, other) < 0) first = match;
        }
        if (_mostSpecific.Count < Remembered) _mostSpecific.TryAdd((record, isAt), first);
        return first;
    }

    /// <summary>Checks every byte against the digest and every reference against its bounds. Half a second for ten million entries: before a list is put in force, never while it is asked.</summary>
    /// <exception cref="ListFormatException">Says what is wrong.</exception>
    public static void Verify(ReadOnlyMemory<byte> list, ReadOnlyMemory<byte> provenance) => ListVerifier.Verify(list.Span, provenance);

    [SkipLocalsInit]
    private CategorySet ClassifyPaths(ref HostWalk walk, CanonicalUrl url)
    {
        Span<byte> buffer = stackalloc byte[PathBuffer(url)];
        var paths = new PathWalk(this, walk.Offset, walk.Hash, walk.Record.PathDepths, TextOf(url, buffer));
        var found = CategorySet.Empty;
        while (paths.MoveNext()) found |= _sets[walk.IsAtForPaths ? paths.Record.Set : paths.Record.SetBelow];
        return found;
    }

    /// <summary>One byte more than the longest rule: whether a rule ends at a boundary is seen from what follows.</summary>
    private int PathBuffer(CanonicalUrl url) => _pathLengthMax == 0 ? 0 : Math.Min(_pathLengthMax + 1, url.Path.Length + (url.Query is null ? 0 : 1 + url.Query.Length));

    /// <summary>Path and query in lower case, as much as the longest rule may need.</summary>
    private static ReadOnlySpan<byte> TextOf(CanonicalUrl url, Span<byte> buffer)
    {
        var path = url.Path.AsSpan(0, Math.Min(url.Path.Length, buffer.Length));
        Ascii.ToLower(path, buffer, out var length);
        if (url.Query is null || length == buffer.Length) return buffer;
        buffer[length++] = (byte)'?';
        Ascii.ToLower(url.Query.AsSpan(0, Math.Min(url.Query.Length, buffer.Length - length)), buffer[length..], out _);
        return buffer;
    }

    private CategorySet ClassifyAddress(CanonicalUrl url)
    {
        var address = NetworkTable.NumberOf(url.Host, out var isVersion6);
        return isVersion6 ? _sets[NetworkTable.Find6(SpanOf(_networks6), address)] : _sets[NetworkTable.Find4(SpanOf(_networkIndex), SpanOf(_networks4), (uint)address)];
    }

    private static IPAddress AddressOf(CanonicalUrl url) => IPAddress.Parse(url.Host[0] == '[' ? url.Host.AsSpan(1, url.Host.Length - 2) : url.Host);

    /// <summary>Only where an exception matches too: entry by entry.</summary>
    private CategorySet ClassifyExactly(CanonicalUrl url, Seen seen)
    {
        var found = AllThatMatch(url, seen);
        RemoveExcepted(found, _exceptions!.AllThatMatch(url, seen));
        var set = CategorySet.Empty;
        foreach (var match in found) set = set.With(match.Category.Index);
        return set;
    }

    /// <summary>True when an exception of any of these lists matches.</summary>
    internal bool IsExcepted(CanonicalUrl url, Seen seen) => _exceptions is not null && _exceptions.Matches(url, seen);

    /// <summary>Of entries that match, those that no exception of these lists takes away: for what a list has gained since it was compiled.</summary>
    internal ImmutableArray<ListMatch> WithoutExcepted(ImmutableArray<ListMatch> found, CanonicalUrl url, Seen seen)
    {
        if (found.IsEmpty || _exceptions is null) return found;
        List<ListMatch> left = [.. found];
        RemoveExcepted(left, _exceptions.AllThatMatch(url, seen));
        return [.. left];
    }

    // Within one list the most specific entry wins, and the block on a tie; an exception that is a pattern looks at the whole URL and beats every block.
    private static void RemoveExcepted(List<ListMatch> found, List<ListMatch> exceptions) =>
        found.RemoveAll(block => exceptions.Exists(e => e.List == block.List && e.Category == block.Category && (e.Specificity == 0 || e.Specificity > block.Specificity)));

    private List<ListMatch> AllThatMatch(CanonicalUrl url, Seen seen)
    {
        Span<byte> host = stackalloc byte[CanonicalUrl.HostLengthMax + 3];
        var found = new List<ListMatch>();
        var walk = new HostWalk(this, url, host);
        while (walk.MoveNext())
        {
            AddEntries(found, walk.Record, walk.IsAt, walk.Labels << 16);
            if (!walk.Record.HasPaths || seen != Seen.Url) continue;
            var paths = new PathWalk(this, walk.Offset, walk.Hash, walk.Record.PathDepths, TextOf(url, new byte[PathBuffer(url)]));
            while (paths.MoveNext()) AddEntries(found, paths.Record, walk.IsAtForPaths, walk.Labels << 16 | paths.Length);
        }
        if (_hasNetworks && url.IsIpLiteral)
            foreach (var (network, entry) in _provenance.NetworksOf(AddressOf(url))) found.Add(ToMatch(entry, network.ToString(), 1 + network.PrefixLength));
        if (_patterns is not null)
            foreach (var pattern in _patterns.Explain(url, seen)) found.Add(ToMatch(new(pattern.Source, pattern.Line, RuleScope.HostAndBelow, pattern.Written), pattern.Text, specificity: 0));
        GC.KeepAlive(this);
        return found;
    }

    private void AddEntries(List<ListMatch> found, in RecordView record, bool isAt, int specificity)
    {
        if (!record.HasEntries) return;
        var key = KeyOf(record.Offset);
        foreach (var entry in _provenance.EntriesAt(record.Offset))
            if (entry.Scope != (isAt ? RuleScope.BelowOnly : RuleScope.HostOnly)) found.Add(ToMatch(entry, key, specificity));
    }

    private ListMatch ToMatch(in ProvenanceEntry entry, string key, int specificity)
    {
        var source = Sources[entry.Source];
        return new(source.List, entry.Written ?? Prefix(entry.Scope) + key, entry.Line, source.Category, specificity) { Version = source.Version };
    }

    internal static string Prefix(RuleScope scope) => scope switch { RuleScope.HostOnly => "=", RuleScope.BelowOnly => "*.", _ => "" };

    /// <summary>The whole text of a record: its own and its parents'.</summary>
    private string KeyOf(uint record)
    {
        var view = View(record);
        var text = Encoding.ASCII.GetString(view.Text);
        if (!view.HasParent) return text;
        var parent = KeyOf(view.Parent);
        return view.IsPath ? parent + text : $"{text}.{parent}";
    }

    private ReadOnlySpan<byte> SpanOf((int Offset, int Length) place) => _bytes.Span.Slice(place.Offset, place.Length);

    private RecordView View(uint record) => new(_records, record);

    /// <summary>The record of a node, or <see cref="NoRecord"/>.</summary>
    /// <param name="hash">The node's, chained.</param>
    /// <param name="text">Its exact text, as the record has it.</param>
    /// <param name="parent">The parent's record, where the record has one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Find(ulong hash, ReadOnlySpan<byte> text, uint parent)
    {
        if (_filterWords != 0 && (~_filter[ListFilter.WordOf(hash, _filterWords)] & ListFilter.BitsOf(hash)) != 0) return NoRecord;
        var fingerprint = ListHash.FingerprintOf(hash);
        for (var bucket = _buckets + (nuint)ListHash.BucketOf(hash, _homeBuckets) * ListBucket.Size; ; bucket += ListBucket.Size)
        {
            // Sixteen lanes are compared, fourteen are fingerprints.
            var hits = Vector256.Equals(Vector256.Load((ushort*)bucket), Vector256.Create(fingerprint)).ExtractMostSignificantBits() & 0x3FFF;
            for (; hits != 0; hits &= hits - 1)
            {
                var slot = System.Numerics.BitOperations.TrailingZeroCount(hits);
                var record = *(uint*)(bucket + ListBucket.FirstRecordAt) + ((ushort*)(bucket + ListBucket.OffsetsAt))[slot];
                if (IsAt(record, text, parent)) return record;
            }
            if ((*(uint*)(bucket + ListBucket.OverflowAt) >> (fingerprint & 31) & 1) == 0) return NoRecord;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsAt(uint record, ReadOnlySpan<byte> text, uint parent)
    {
        var at = _records + record;
        var flags = (RecordFlags)at[0];
        int length = at[1];
        at += 2;
        if ((flags & RecordFlags.LongText) != RecordFlags.None) length |= *at++ << 8;
        if (length != text.Length) return false;
        if ((flags & RecordFlags.HasParent) != RecordFlags.None)
        {
            if (*(uint*)at != parent) return false;
            at += 4;
        }
        else if (parent != NoRecord)
        {
            return false;
        }
        return text.SequenceEqual(new ReadOnlySpan<byte>(at, length));
    }

    /// <summary>What a record says.</summary>
    private readonly struct RecordView
    {
        private readonly byte* _text;
        private readonly int _length;
        private readonly RecordFlags _flags;

        public RecordView(byte* records, uint offset)
        {
            Offset = offset;
            var at = records + offset;
            _flags = (RecordFlags)at[0];
            _length = at[1];
            at += 2;
            if ((_flags & RecordFlags.LongText) != RecordFlags.None) _length |= *at++ << 8;
            Parent = NoRecord;
            if ((_flags & RecordFlags.HasParent) != RecordFlags.None)
            {
                Parent = *(uint*)at;
                at += 4;
            }
            _text = at;
            at += _length;
            Set = ReadVarint(ref at);
            SetBelow = (_flags & RecordFlags.HasSetBelow) != RecordFlags.None ? ReadVarint(ref at) : Set;
            if ((_flags & RecordFlags.HasPaths) != RecordFlags.None) PathDepths = *(uint*)at;
        }

        public uint Offset { get; }
        public uint Parent { get; }
        public uint Set { get; }
        public uint SetBelow { get; }
        public uint PathDepths { get; }
        public bool HasChildren => (_flags & RecordFlags.HasChildren) != RecordFlags.None;
        public bool HasPaths => (_flags & RecordFlags.HasPaths) != RecordFlags.None;
        public bool HasEntries => (_flags & RecordFlags.HasEntries) != RecordFlags.None;
        public bool HasParent => (_flags & RecordFlags.HasParent) != RecordFlags.None;
        public bool IsPath => (_flags & RecordFlags.IsPath) != RecordFlags.None;
        public ReadOnlySpan<byte> Text => new(_text, _length);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static uint ReadVarint(ref byte* at)
        {
            uint value = *at++;
            if (value < 0x80) return value;
            value &= 0x7F;
            for (var shift = 7; shift < 35; shift += 7)
            {
                uint more = *at++;
                value |= (more & 0x7F) << shift;
                if (more < 0x80) break;
            }
            return value;
        }
    }

    /// <summary>The records of a host, from the top-level domain down, as far as there are any.</summary>
    private ref struct HostWalk
    {
        private readonly ListMatcher _matcher;
        private readonly ReadOnlySpan<byte> _host;
        private readonly bool _isAddress;
        // The part of the host that is not walked yet, or -1 once all is; and where that ended when the last record was found.
        private int _rest, _restAtRecord;
        private bool _isDone;

        public HostWalk(ListMatcher matcher, CanonicalUrl url, Span<byte> buffer)
        {
            _matcher = matcher;
            var host = url.Host;
            Ascii.FromUtf16(host, buffer, out var length);
            _host = buffer[..length];
            _rest = _restAtRecord = length;
            _isAddress = url.IsIpLiteral;
            Hash = _isAddress ? ListHash.AddressRoot(matcher._seed) : ListHash.NameRoot(matcher._seed);
            Offset = NoRecord;
        }

        /// <summary>The record stood on: at first none, which has no categories.</summary>
        public RecordView Record { get; private set; }

        /// <summary>Its place.</summary>
        public uint Offset { get; private set; }

        /// <summary>Its hash.</summary>
        public ulong Hash { get; private set; }

        /// <summary>How many labels lead to it.</summary>
        public int Labels { get; private set; }

        /// <summary>True when the record is the whole host.</summary>
        public readonly bool IsAt => _restAtRecord < 0;

        /// <summary>True when the record is the whole host but for <c>www.</c>, as <see cref="ListRule.WithoutWww"/> has it.</summary>
        public readonly bool IsAtForPaths => _restAtRecord < 0 || (_restAtRecord == 3 && Labels > 1 && _host[..3].SequenceEqual("www"u8));

        public bool MoveNext()
        {
            var hash = Hash;
            while (!_isDone && _rest > 0)
            {
                var start = _isAddress ? 0 : _host[.._rest].LastIndexOf((byte)'.') + 1;
                var label = _host[start.._rest];
                hash = ListHash.Step(hash, label);
                Labels++;
                _rest = start - 1;
                uint record;
                if (Labels > 2)
                {
                    record = _matcher.Find(hash, label, Offset);
                }
                else
                {
                    if (Labels == 1 && !_isAddress && (_matcher._topLevels[TopLevelBits.ByteOf(hash)] & TopLevelBits.BitOf(hash)) == 0) continue;
                    record = _matcher.Find(hash, _host[start..], NoRecord);
                    // What stands below a top-level domain is found whether that has a record or not.
                    if (record == NoRecord && Labels == 1 && !_isAddress) continue;
                }
                if (record == NoRecord) break;
                Record = new(_matcher._records, record);
                (Offset, Hash, _restAtRecord) = (record, hash, _rest);
                _isDone = Labels > 1 && !Record.HasChildren;
                return true;
            }
            _isDone = true;
            return false;
        }
    }

    /// <summary>The path rules below one host that match, shortest first.</summary>
    private ref struct PathWalk(ListMatcher matcher, uint host, ulong hash, uint depths, ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private PathTokens _tokens = new(text, hash);

        public RecordView Record { get; private set; }

        /// <summary>Length of the rule's path.</summary>
        public readonly int Length => _tokens.Length;

        public bool MoveNext()
        {
            while (_tokens.MoveNext())
            {
                if (_tokens.Length > matcher._pathLengthMax) return false;
                if ((depths >> _tokens.Depth & 1) == 0) continue;
                var record = matcher.Find(_tokens.Hash, _text[.._tokens.Length], host);
                if (record == NoRecord) continue;
                Record = new(matcher._records, record);
                return true;
            }
            return false;
        }
    }

    /// <summary>Bytes at one place, kept there: read through a pointer.</summary>
    private sealed class PinnedBytes
    {
        private readonly ReadOnlyMemory<byte> _memory;
        private MemoryHandle _handle;

        public PinnedBytes(ReadOnlyMemory<byte> memory)
        {
            _memory = memory;
            _handle = memory.Pin();
        }

#pragma warning disable MA0055 // Nobody disposes of a matcher: requests hold it as long as they like, and its bytes are released when the last one is done.
        ~PinnedBytes() => _handle.Dispose();
#pragma warning restore MA0055

        public byte* Pointer => (byte*)_handle.Pointer;

        public ReadOnlySpan<byte> Span => new(_handle.Pointer, _memory.Length);

        public PinnedBytes Slice(int start, int length) => new(_memory.Slice(start, length));
    }
}
