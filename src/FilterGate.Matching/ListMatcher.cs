using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching;

/// <summary>Where a matched rule stands: enough for a person to find the line.</summary>
/// <param name="List">The list, such as <c>adult/domains</c>.</param>
/// <param name="Entry">The rule as written in the list.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Category">The category of the list.</param>
/// <param name="Specificity">Greater is more specific: the number of host labels first, then the length of the path. Compares entries that match one URL.</param>
public readonly record struct ListMatch(string List, string Entry, int Line, Category Category, int Specificity);

/// <summary>Which categories is this URL in? A trie of host labels, with path rules under their host, over many lists at once.</summary>
/// <remarks>
/// <para><c>example.com</c> covers itself and its sub-domains, <c>=example.com</c> itself only, <c>*.example.com</c> sub-domains only; <c>example.com/path</c> covers that host and its
/// sub-domains and matches at a boundary (end, or one of <c>/ ? &amp; =</c>), never within a segment, without regard to ASCII case. <c>www.</c> is ignored on both sides of a path rule, and so are
/// its scheme, its port and a slash at its end. <c>example.com/</c> is the host. An address matches whole. Built once, then immutable: safe from any thread; <see cref="Classify"/> does not allocate.</para>
/// <para>One flat array of nodes, found through one open-addressed table by (parent, text): a node is a host suffix or, below one, a path prefix. Every parent of an entry is a node, so a walk from the
/// top-level domain down stops at the first label that is absent: an unknown site costs one or two probes. What holds below a node is worked out when building, so the last node reached has the answer.
/// Table hits are confirmed by comparing text: names that collide, by chance or by intent, cost time and never an answer. About 85 bytes an entry (UT1), the text of the entries included.</para>
/// </remarks>
public sealed class ListMatcher
{
    private const int NameRoot = 0, AddressRoot = 1;

    private readonly Node[] _nodes;
    private readonly Slot[] _slots;
    private readonly Rule[] _rules;
    private readonly Source[] _sources;
    private readonly CategorySet[] _sets;
    private readonly byte[] _text;
    private readonly ulong _seed;
    private readonly int _pathLengthMax;
    // Entries found most specific, as strings: made once each, so that a busy rule does not allocate again and again.
    private string?[]? _entryTexts;

    private ListMatcher(Node[] nodes, Slot[] slots, Rule[] rules, Source[] sources, CategorySet[] sets, byte[] text, ulong seed, int pathLengthMax) =>
        (_nodes, _slots, _rules, _sources, _sets, _text, _seed, _pathLengthMax) = (nodes, slots, rules, sources, sets, text, seed, pathLengthMax);

    /// <summary>A matcher without entries.</summary>
    public static ListMatcher Empty { get; } = new Builder().Build();

    /// <summary>How many entries it holds.</summary>
    public int EntryCount => _rules.Length;

    /// <summary>The union of the categories of every entry that matches.</summary>
    public CategorySet Classify(CanonicalUrl url, Seen seen)
    {
        var ofPaths = CategorySet.Empty;
        var walk = new HostWalk(this, url);
        while (walk.MoveNext())
        {
            if (seen != Seen.Url || !_nodes[walk.Node].HasPaths) continue;
            var paths = new PathWalk(this, walk.Node, url);
            while (paths.MoveNext()) ofPaths |= _sets[walk.IsAtForPaths ? _nodes[paths.Node].SetAt : _nodes[paths.Node].SetBelow];
        }
        return ofPaths | _sets[walk.IsAt ? _nodes[walk.Node].SetAt : _nodes[walk.Node].SetBelow];
    }

    /// <summary>True when any entry matches. Does not allocate.</summary>
    public bool Matches(CanonicalUrl url, Seen seen) => !Classify(url, seen).IsEmpty;

    /// <summary>Every entry that matches, most specific first; equals by list and line, so that the order of loading does not show. Allocates; for explanations and events.</summary>
    public ImmutableArray<ListMatch> Explain(CanonicalUrl url, Seen seen)
    {
        var found = new List<ListMatch>();
        var walk = new RuleWalk(this, url, seen);
        while (walk.MoveNext()) found.Add(ToMatch(walk.Rule, walk.Specificity, DecodeText(walk.Rule)));
        found.Sort((a, b) =>
        {
            if (a.Specificity != b.Specificity) return b.Specificity.CompareTo(a.Specificity);
            var byList = string.CompareOrdinal(a.List, b.List);
            return byList != 0 ? byList : a.Line.CompareTo(b.Line);
        });
        return [.. found];
    }

    /// <summary>The most specific entry that matches; of equals the one that <see cref="Explain"/> names first. Does not allocate, but for the entry's text the first time it is found.</summary>
    public bool TryFindMostSpecific(CanonicalUrl url, Seen seen, out ListMatch match)
    {
        var (best, bestSpecificity) = (-1, -1);
        var walk = new RuleWalk(this, url, seen);
        while (walk.MoveNext())
        {
            if (walk.Specificity < bestSpecificity || (walk.Specificity == bestSpecificity && !ComesFirst(walk.Rule, best))) continue;
            (best, bestSpecificity) = (walk.Rule, walk.Specificity);
        }
        match = default;
        if (best < 0) return false;
        var texts = _entryTexts ?? Interlocked.CompareExchange(ref _entryTexts, new string?[_rules.Length], comparand: null) ?? _entryTexts;
        match = ToMatch(best, bestSpecificity, texts[best] ??= DecodeText(best));
        return true;
    }

    private bool ComesFirst(int rule, int other)
    {
        var byList = string.CompareOrdinal(_sources[_rules[rule].Source].List, _sources[_rules[other].Source].List);
        return byList != 0 ? byList < 0 : _rules[rule].Line < _rules[other].Line;
    }

    private ListMatch ToMatch(int rule, int specificity, string entry)
    {
        var source = _sources[_rules[rule].Source];
        return new(source.List, entry, _rules[rule].Line, source.Category, specificity);
    }

    private string DecodeText(int rule) => Encoding.UTF8.GetString(_text, _rules[rule].TextStart, _rules[rule].TextLength);

    private ReadOnlySpan<byte> TextOf(in Node node) => _text.AsSpan(node.TextStart, node.TextLength);

    /// <summary>The child of a node that a label leads to, or -1.</summary>
    private int FindLabel(int parent, ReadOnlySpan<char> label)
    {
        var hash = HashLabel(_seed, parent, label);
        for (var i = (int)hash & (_slots.Length - 1); ; i = (i + 1) & (_slots.Length - 1))
        {
            var slot = _slots[i];
            if (slot.Node == 0) return -1;
            if (slot.Fingerprint != (uint)(hash >> 32)) continue;
            ref readonly var node = ref _nodes[slot.Node];
            if (node.Parent == parent && Ascii.Equals(TextOf(node), label)) return slot.Node;
        }
    }

    /// <summary>The path rules of a host whose text is the first <paramref name="length"/> characters of path and query, or -1.</summary>
    private int FindPath(int parent, ulong hash, int length, ReadOnlySpan<char> path, ReadOnlySpan<char> query)
    {
        for (var i = (int)hash & (_slots.Length - 1); ; i = (i + 1) & (_slots.Length - 1))
        {
            var slot = _slots[i];
            if (slot.Node == 0) return -1;
            if (slot.Fingerprint != (uint)(hash >> 32)) continue;
            ref readonly var node = ref _nodes[slot.Node];
            if (node.Parent != parent || node.TextLength != length) continue;
            var text = TextOf(node);
            var isSame = length <= path.Length
                ? Ascii.EqualsIgnoreCase(text, path[..length])
                : Ascii.EqualsIgnoreCase(text[..path.Length], path) && text[path.Length] == '?' && Ascii.EqualsIgnoreCase(text[(path.Length + 1)..], query[..(length - path.Length - 1)]);
            if (isSame) return slot.Node;
        }
    }

    /// <summary>Folded multiplication over four characters at a time. The seed is drawn per matcher, so that nobody can prepare names that collide.</summary>
    private static ulong HashLabel(ulong seed, int parent, ReadOnlySpan<char> label)
    {
        var bytes = MemoryMarshal.AsBytes(label);
        var hash = seed ^ ((ulong)(uint)parent * 0x9E3779B97F4A7C15);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), 0xA0761D6478BD642F);
        var tail = 0ul;
        for (var i = bytes.Length - 1; i >= 0; i--) tail = tail << 8 | bytes[i];
        return Fold(hash ^ tail, 0xE7037ED1A0B428DB ^ (ulong)(uint)label.Length);
    }

    /// <summary>One more character of a path's hash. Character by character, because every prefix that ends at a delimiter needs its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashPathCharacter(ulong hash, char c) => (hash ^ char.ToLowerInvariant(c)) * 0x9FB21C651E98DF25 ^ hash >> 31;

    private static ulong HashPathStart(ulong seed) => seed ^ 0x8EBC6AF09C88C6E3;

    private static ulong HashPathEnd(ulong hash, int parent, int length) => Fold(hash ^ (uint)length, 0x589965CC75374CC3 ^ ((ulong)(uint)parent << 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b) => Math.BigMul(a, b, out var low) ^ low;

    /// <summary>A host suffix or, below one, a path prefix.</summary>
    private struct Node
    {
        public int Parent;
        public int TextStart;
        public ushort TextLength;
        public bool HasChildren;
        public bool HasPaths;
        /// <summary>Categories of a URL at exactly this host (for a path: whose host is exactly the parent's). Includes what is inherited.</summary>
        public int SetAt;
        /// <summary>Categories of anything deeper that has no node of its own.</summary>
        public int SetBelow;
        /// <summary>First of the entries at this node, linked by <see cref="Rule.Next"/>; -1 for none.</summary>
        public int FirstRule;
    }

    private readonly record struct Slot(uint Fingerprint, int Node);

    /// <summary>Where an entry stands.</summary>
    private readonly record struct Rule(int TextStart, ushort TextLength, ushort Source, RuleScope Scope, int Line, int Next);

    private readonly record struct Source(string List, Category Category);

    /// <summary>The nodes of a host, from the top-level domain down, as far as there are any.</summary>
    private ref struct HostWalk
    {
        private readonly ListMatcher _matcher;
        private readonly ReadOnlySpan<char> _host;
        // The part of the host that is not walked yet; -1 once all is.
        private int _rest;
        private bool _isDone;

        public HostWalk(ListMatcher matcher, CanonicalUrl url)
        {
            _matcher = matcher;
            _host = url.Host;
            _rest = url.Host.Length;
            if (!url.IsIpLiteral) return;
            // An address is one label: 1.2.3.4 is not a sub-domain of 4.
            IsAddress = true;
            Node = AddressRoot;
        }

        /// <summary>The node stood on: at first the root, which has no categories.</summary>
        public int Node { get; private set; }

        /// <summary>How many labels lead to the node.</summary>
        public int Labels { get; private set; }

        /// <summary>True when the node is the whole host.</summary>
        public readonly bool IsAt => _rest < 0;

        /// <summary>True when the node is the whole host but for <c>www.</c>, as <see cref="ListRule.WithoutWww"/> has it.</summary>
        public readonly bool IsAtForPaths => _rest < 0 || (Labels > 1 && _host[.._rest] is "www");

        private bool IsAddress { get; }

        public bool MoveNext()
        {
            if (_isDone || _rest <= 0 || !_matcher._nodes[Node].HasChildren) return false;
            var start = IsAddress ? 0 : _host[.._rest].LastIndexOf('.') + 1;
            var child = _matcher.FindLabel(Node, _host[start.._rest]);
            if (child < 0)
            {
                _isDone = true;
                return false;
            }
            Node = child;
            Labels++;
            _rest = start - 1;
            return true;
        }
    }

    /// <summary>The path rules below one host node that match path and query, shortest first.</summary>
    private ref struct PathWalk
    {
        private readonly ListMatcher _matcher;
        private readonly int _parent;
        private readonly ReadOnlySpan<char> _path;
        private readonly ReadOnlySpan<char> _query;
        // Length of path, question mark and query: what a rule's text is compared with.
        private readonly int _length;
        private ulong _hash;
        // How many characters are hashed, and how many delimiters are among them.
        private int _at;
        private int _delimiters;

        public PathWalk(ListMatcher matcher, int parent, CanonicalUrl url)
        {
            _matcher = matcher;
            _parent = parent;
            _path = url.Path;
            _query = url.Query;
            _length = url.Path.Length + (url.Query is null ? 0 : 1 + url.Query.Length);
            _hash = HashPathStart(matcher._seed);
        }

        public int Node { get; private set; }

        /// <remarks>A rule has at most <see cref="ListRule.DelimitersMax"/> delimiters and a longest one is known, so no more is looked at, however long the URL is.</remarks>
        public bool MoveNext()
        {
            while (_at < _length && _at < _matcher._pathLengthMax && _delimiters <= ListRule.DelimitersMax)
            {
                var c = this[_at++];
                _hash = HashPathCharacter(_hash, c);
                var isDelimiter = ListRule.IsDelimiter(c);
                if (isDelimiter) _delimiters++;
                // A rule may end in a delimiter (/watch?v=) but not in a slash.
                if (c == '/' || !(isDelimiter || _at == _length || ListRule.IsDelimiter(this[_at]))) continue;
                Node = _matcher.FindPath(_parent, HashPathEnd(_hash, _parent, _at), _at, _path, _query);
                if (Node >= 0) return true;
            }
            return false;
        }

        private readonly char this[int index] => index < _path.Length ? _path[index] : index == _path.Length ? '?' : _query[index - _path.Length - 1];
    }

    /// <summary>Every entry that matches, in no order.</summary>
    private ref struct RuleWalk(ListMatcher matcher, CanonicalUrl url, Seen seen)
    {
        private HostWalk _hosts = new(matcher, url);
        private PathWalk _paths;
        private bool _inPaths;
        private bool _isAt;
        private int _next = -1;

        public int Rule { get; private set; }

        public int Specificity { get; private set; }

        public bool MoveNext()
        {
            while (true)
            {
                while (_next >= 0)
                {
                    Rule = _next;
                    _next = matcher._rules[Rule].Next;
                    if (matcher._rules[Rule].Scope == (_isAt ? RuleScope.BelowOnly : RuleScope.HostOnly)) continue;
                    return true;
                }
                if (_inPaths && _paths.MoveNext())
                {
                    Enter(_paths.Node, _hosts.IsAtForPaths, matcher._nodes[_paths.Node].TextLength);
                    continue;
                }
                _inPaths = false;
                if (!_hosts.MoveNext()) return false;
                Enter(_hosts.Node, _hosts.IsAt, pathLength: 0);
                if (seen != Seen.Url || !matcher._nodes[_hosts.Node].HasPaths) continue;
                _inPaths = true;
                _paths = new(matcher, _hosts.Node, url);
            }
        }

        private void Enter(int node, bool isAt, int pathLength)
        {
            _next = matcher._nodes[node].FirstRule;
            _isAt = isAt;
            Specificity = _hosts.Labels << 16 | pathLength;
        }
    }

    /// <summary>Collects entries and lays out a matcher. Not safe from several threads.</summary>
    public sealed class Builder
    {
        private readonly ulong _seed;
        private readonly List<Node> _nodes = [new() { FirstRule = -1 }, new() { FirstRule = -1 }];
        private readonly List<ulong> _hashes = [0, 0];
        private readonly List<Rule> _rules = [];
        private readonly List<Source> _sources = [];
        private readonly Dictionary<Source, ushort> _sourceIndices = [];
        private Slot[] _slots = new Slot[16];
        private byte[] _text = new byte[256];
        private int _textLength;
        private int _pathLengthMax;
        private Source _lastSource;
        private ushort _lastSourceIndex;

        /// <summary>A builder without entries.</summary>
        public Builder()
            : this(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        {
        }

        /// <summary>A builder whose hash is known, for tests.</summary>
        internal Builder(ulong seed) => _seed = seed;

        /// <summary>Adds one entry.</summary>
        /// <param name="list">Name of the list.</param>
        /// <param name="category">Its category.</param>
        /// <param name="entry">The entry as written; blanks around it do not count.</param>
        /// <param name="line">Its line, from 1.</param>
        /// <param name="error">Why the entry cannot be used, in plain words.</param>
        /// <returns>False when the entry is malformed; the matcher is as before.</returns>
        /// <exception cref="InvalidOperationException">More than 65,536 lists, or more than 2 GB of entries.</exception>
        public bool TryAdd(string list, Category category, string entry, int line, [NotNullWhen(false)] out string? error)
        {
            if (!ListRule.TryParse(entry, out var rule, out error)) return false;
            var written = entry.AsSpan().Trim();
            var source = IndexOf(new(list, category));
            var (textStart, textLength) = AppendText(written);
            var host = new Located(rule.Host, this, textStart, textLength);

            var isAddress = CanonicalUrl.IsCanonicalIpLiteral(rule.Host);
            var node = isAddress ? AddressRoot : NameRoot;
            for (var rest = rule.Host.Length; rest > 0;)
            {
                var start = isAddress ? 0 : rule.Host.AsSpan(0, rest).LastIndexOf('.') + 1;
                var label = rule.Host.AsSpan(start, rest - start);
                node = FindOrAddChild(node, HashLabel(_seed, node, label), label, ref host, start);
                rest = start - 1;
            }
            if (rule.Path is { } pathText)
            {
                var hash = HashPathStart(_seed);
                foreach (var c in pathText) hash = HashPathCharacter(hash, c);
                hash = HashPathEnd(hash, node, pathText.Length);
                CollectionsMarshal.AsSpan(_nodes)[node].HasPaths = true;
                _pathLengthMax = Math.Max(_pathLengthMax, pathText.Length);
                var path = new Located(pathText, this, textStart, textLength);
                node = FindOrAddChild(node, hash, pathText, ref path, start: 0);
            }

            ref var owner = ref CollectionsMarshal.AsSpan(_nodes)[node];
            _rules.Add(new(textStart, (ushort)textLength, source, rule.Scope, line, owner.FirstRule));
            owner.FirstRule = _rules.Count - 1;
            return true;
        }

        /// <summary>Lays out the matcher. The builder may go on collecting.</summary>
        public ListMatcher Build()
        {
            var nodes = _nodes.ToArray();
            var sets = new List<CategorySet> { CategorySet.Empty };
            var indices = new Dictionary<CategorySet, int> { [CategorySet.Empty] = 0 };
            // Parents stand before their children, so what is inherited is ready when it is needed.
            for (var i = AddressRoot + 1; i < nodes.Length; i++)
            {
                ref var node = ref nodes[i];
                var isPath = _text[node.TextStart] == '/';
                var below = isPath ? CategorySet.Empty : sets[nodes[node.Parent].SetBelow];
                var at = below;
                for (var r = node.FirstRule; r >= 0; r = _rules[r].Next)
                {
                    var category = _sources[_rules[r].Source].Category.Index;
                    if (_rules[r].Scope != RuleScope.BelowOnly) at = at.With(category);
                    if (_rules[r].Scope != RuleScope.HostOnly) below = below.With(category);
                }
                node.SetAt = Intern(at);
                node.SetBelow = Intern(below);
            }
            return new(nodes, [.. _slots], [.. _rules], [.. _sources], [.. sets], _text[.._textLength], _seed, _pathLengthMax);

            int Intern(in CategorySet set)
            {
                if (indices.TryGetValue(set, out var index)) return index;
                sets.Add(set);
                indices.Add(set, sets.Count - 1);
                return sets.Count - 1;
            }
        }

        private ushort IndexOf(Source source)
        {
            // Entries come list by list.
            if (ReferenceEquals(source.List, _lastSource.List) && ReferenceEquals(source.Category, _lastSource.Category)) return _lastSourceIndex;
            if (!_sourceIndices.TryGetValue(source, out var index))
            {
                if (_sources.Count > ushort.MaxValue) throw new InvalidOperationException("A matcher holds at most 65,536 lists.");
                index = (ushort)_sources.Count;
                _sources.Add(source);
                _sourceIndices.Add(source, index);
            }
            (_lastSource, _lastSourceIndex) = (source, index);
            return index;
        }

        private int FindOrAddChild(int parent, ulong hash, ReadOnlySpan<char> text, ref Located located, int start)
        {
            var i = (int)hash & (_slots.Length - 1);
            for (; _slots[i].Node != 0; i = (i + 1) & (_slots.Length - 1))
            {
                if (_slots[i].Fingerprint != (uint)(hash >> 32)) continue;
                ref readonly var candidate = ref CollectionsMarshal.AsSpan(_nodes)[_slots[i].Node];
                if (candidate.Parent == parent && Ascii.Equals(_text.AsSpan(candidate.TextStart, candidate.TextLength), text)) return _slots[i].Node;
            }
            _nodes.Add(new() { Parent = parent, TextStart = located.Start + start, TextLength = (ushort)text.Length, FirstRule = -1 });
            _hashes.Add(hash);
            _slots[i] = new((uint)(hash >> 32), _nodes.Count - 1);
            if (text[0] != '/') CollectionsMarshal.AsSpan(_nodes)[parent].HasChildren = true;
            // Kept at most five eighths full: linear probing stays short.
            if ((long)_nodes.Count * 8 > (long)_slots.Length * 5) Grow();
            return _nodes.Count - 1;
        }

        private void Grow()
        {
            _slots = new Slot[_slots.Length * 2];
            for (var node = AddressRoot + 1; node < _nodes.Count; node++)
            {
                var i = (int)_hashes[node] & (_slots.Length - 1);
                while (_slots[i].Node != 0) i = (i + 1) & (_slots.Length - 1);
                _slots[i] = new((uint)(_hashes[node] >> 32), node);
            }
        }

        private (int Start, int Length) AppendText(ReadOnlySpan<char> text)
        {
            var lengthMax = Encoding.UTF8.GetMaxByteCount(text.Length);
            if (_text.Length - _textLength < lengthMax)
            {
                if (_textLength > Array.MaxLength - lengthMax) throw new InvalidOperationException("The entries take more than 2 GB.");
                Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(_text.Length * 2L, _textLength + lengthMax)));
            }
            var length = Encoding.UTF8.GetBytes(text, _text.AsSpan(_textLength));
            _textLength += length;
            return (_textLength - length, length);
        }

        /// <summary>Where the canonical host or path of an entry stands in the text: mostly within the entry as written, so that nothing is stored twice.</summary>
        private struct Located(string canonical, Builder builder, int writtenStart, int writtenLength)
        {
            private int _start = -1;

            /// <summary>Found, or appended, when first asked: an entry whose nodes all exist needs nothing.</summary>
            public int Start
            {
                get
                {
                    if (_start >= 0) return _start;
                    Span<byte> bytes = canonical.Length <= 1024 ? stackalloc byte[canonical.Length] : new byte[canonical.Length];
                    Encoding.ASCII.GetBytes(canonical, bytes);
                    var at = builder._text.AsSpan(writtenStart, writtenLength).IndexOf(bytes);
                    Debug.Assert(Ascii.IsValid(canonical), "Canonical text is ASCII.");
                    return _start = at >= 0 ? writtenStart + at : builder.AppendText(canonical).Start;
                }
            }
        }
    }
}
