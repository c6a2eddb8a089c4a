using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FilterGate.Matching.Compiled;

/// <summary>Lays drafts out as a compiled list and its provenance.</summary>
/// <remarks>
/// <para>1. Items are sorted by hash: dealt into parts by the hash's first bits, then each part by itself. Everything after is one pass in that order, without a look-up, in as many threads as there are processors: a thread takes a part, and writes where no other does.</para>
/// <para>2. Items of one key become a node; what differs and hashes alike is told apart by text.</para>
/// <para>3. Parents are found and what holds below a node is worked out, from the top-level domain down.</para>
/// <para>4. Nodes are dealt into buckets and records get their places, both in order of hash.</para>
/// <para>5. All is written.</para>
/// </remarks>
internal sealed class ListWriter
{
    private const int PartBits = 13, BinBits = 13;
    private const int None = -1;

    // How many items ahead a key is fetched: about as many as arrive from memory at once.
    private const int Ahead = 16;

    private readonly ulong _seed;
    private readonly DraftTexts _texts;
    private readonly IReadOnlyList<ListSource> _sources;
    private readonly CategorySet[] _categoryOfSource;
    private readonly int[] _setOfSource;
    private readonly DraftItem[] _items;
    private readonly int[] _partStarts;
    private readonly int[] _nodeStarts;
    private readonly int _partBits;
    // Of hosts with paths, part by part.
    private readonly Dictionary<int, uint>[] _pathDepths;
    private readonly SetTable _sets = new();
    private readonly byte[] _topLevels = new byte[TopLevelBits.Length];
    // Where the slots of each part begin, and what its provenance needs to know of the parts before it.
    private readonly SlotWalk[] _slotStarts;
    private readonly PartBefore[] _before;
    private Node[] _nodes = [];
    private uint _bucketCount;
    private uint _bucketsWithSpill;
    private long _recordsLength;

    private ListWriter(ulong seed, IReadOnlyList<ListDraft> drafts, IReadOnlyList<ListSource> sources)
    {
        (_seed, _texts, _sources) = (seed, drafts[0].Texts, sources);
        _categoryOfSource = [.. sources.Select(s => CategorySet.Of(s.Category))];
        _setOfSource = Array.ConvertAll(_categoryOfSource, set => _sets.Intern(set));
        var count = drafts.Sum(d => d.ItemCount);
        if (count > Array.MaxLength / 2) throw new InvalidOperationException("A list holds at most about a thousand million entries.");
        // Parts small enough to be sorted within the cache, few enough to be dealt into at one go.
        _partBits = Math.Clamp(BitOperations.Log2((ulong)count + 1) - PartBits, 0, 9);
        // Step 1.
        (_items, _partStarts) = Dealing.Deal<DraftItem>([.. drafts.SelectMany(d => d.Items)], _partBits);
        _nodeStarts = new int[_partStarts.Length];
        _pathDepths = new Dictionary<int, uint>[PartCount];
        _slotStarts = new SlotWalk[PartCount];
        _before = new PartBefore[PartCount];
        ForEachPart(SortPart);
    }

    /// <summary>A host suffix, an address, or a path below a host.</summary>
    private struct Node
    {
        public int FirstItem;
        public int Parent;
        public int Set;
        public int SetBelow;
        public uint Record;
        public RecordFlags Flags;

        public readonly bool Has(RecordFlags flag) => (Flags & flag) != RecordFlags.None;
    }

    /// <param name="seed">Seed of the hash, the drafts' own.</param>
    /// <param name="drafts">What was collected; at least one. All share their texts.</param>
    /// <param name="sources">Where entries come from, by number.</param>
    /// <param name="exceptions">The exceptions, written already, or null.</param>
    /// <exception cref="InvalidOperationException">The list would take 2 GB or more.</exception>
    public static (byte[] List, byte[] Provenance) Write(ulong seed, IReadOnlyList<ListDraft> drafts, IReadOnlyList<ListSource> sources, (byte[] List, byte[] Provenance)? exceptions)
    {
        var writer = new ListWriter(seed, drafts, sources);
        writer.MakeNodes();
        writer.FindParents();
        writer.WorkOutSets();
        writer.Place();
        return writer.Write(drafts, exceptions);
    }

    private int PartCount => _partStarts.Length - 1;

    private void ForEachPart(Action<int> work) => Parallel.For(0, PartCount, work);

    private void SortPart(int part)
    {
        var items = _items.AsSpan(_partStarts[part].._partStarts[part + 1]);
        SortByHash(items);
        var nodes = 0;
        for (var first = 0; first < items.Length;)
        {
            var end = first + 1;
            var isOne = true;
            for (; end < items.Length && items[end].Hash == items[first].Hash; end++) isOne &= IsSameKey(items[first], items[end]);
            nodes++;
            if (!isOne)
            {
                // Different names, one hash: brought together by text, so that each is one run.
                items[first..end].Sort((a, b) => _texts.KeyOf(a).SequenceCompareTo(_texts.KeyOf(b)));
                for (var i = first + 1; i < end; i++)
                    if (!IsSameKey(items[i - 1], items[i])) nodes++;
            }
            first = end;
        }
        _nodeStarts[part + 1] = nodes;
    }

    /// <summary>Deals into bins by the bits after the part's, two or three items each, and puts those right by insertion.</summary>
    private void SortByHash(Span<DraftItem> items)
    {
        var shift = 64 - _partBits - BinBits;
        // Borrowed: fresh blocks of this size for each part would set the collector to work more than the sorting takes.
        var borrowedBins = ArrayPool<int>.Shared.Rent((1 << BinBits) + 1);
        var borrowedItems = ArrayPool<DraftItem>.Shared.Rent(items.Length);
        var bins = borrowedBins.AsSpan(0, (1 << BinBits) + 1);
        bins.Clear();
        foreach (ref readonly var item in items) bins[BinOf(item.Hash) + 1]++;
        for (var i = 1; i < bins.Length; i++) bins[i] += bins[i - 1];
        var dealt = borrowedItems.AsSpan(0, items.Length);
        items.CopyTo(dealt);
        foreach (ref readonly var item in dealt) items[bins[BinOf(item.Hash)]++] = item;
        for (var i = 1; i < items.Length; i++)
        {
            if (items[i - 1].Hash <= items[i].Hash) continue;
            var item = items[i];
            var to = i;
            for (; to > 0 && items[to - 1].Hash > item.Hash; to--) items[to] = items[to - 1];
            items[to] = item;
        }
        ArrayPool<int>.Shared.Return(borrowedBins);
        ArrayPool<DraftItem>.Shared.Return(borrowedItems);

        int BinOf(ulong hash) => (int)(hash >> shift) & (1 << BinBits) - 1;
    }

    private bool IsSameKey(in DraftItem a, in DraftItem b) => a.Hash == b.Hash && a.Length == b.Length && _texts.KeyOf(a).SequenceEqual(_texts.KeyOf(b));

    // Step 2.
    private void MakeNodes()
    {
        for (var i = 1; i < _nodeStarts.Length; i++) _nodeStarts[i] += _nodeStarts[i - 1];
        _nodes = GC.AllocateUninitializedArray<Node>(_nodeStarts[^1]);
        ForEachPart(part =>
        {
            var node = _nodeStarts[part] - 1;
            for (var i = _partStarts[part]; i < _partStarts[part + 1]; i++)
            {
                ref readonly var item = ref _items[i];
                if (i == _partStarts[part] || !IsSameKey(_items[i - 1], item))
                {
                    var flags = (item.IsPath ? RecordFlags.IsPath : RecordFlags.None) | (item.IsAddress ? RecordFlags.IsAddress : RecordFlags.None);
                    _nodes[++node] = new() { FirstItem = i, Parent = None, Flags = flags };
                    // A byte of these bits is of one part: parts are dealt by fewer bits than name it.
                    if (IsTopLevel(item)) _topLevels[TopLevelBits.ByteOf(item.Hash)] |= (byte)TopLevelBits.BitOf(item.Hash);
                }
                if (!item.IsImplied) _nodes[node].Flags |= RecordFlags.HasEntries;
            }
        });
    }

    private static bool IsTopLevel(in DraftItem item) => item.Depth == 1 && !item.IsPath && !item.IsAddress;

    private int EndOf(int node) => node + 1 < _nodes.Length ? _nodes[node + 1].FirstItem : _items.Length;

    private ref readonly DraftItem ItemOf(int node) => ref _items[_nodes[node].FirstItem];

    // Step 3.
    private void FindParents()
    {
        // Who looks for which parent, dealt by the parent's hash and put in its order: then parents and children are walked side by side, without one look-up.
        var depthMin = _topLevels.AsSpan().ContainsAnyExcept((byte)0) ? 2 : 3;
        var seekers = new ReadOnlyMemory<Seeker>[PartCount];
        ForEachPart(part => seekers[part] = SeekersOf(part, depthMin));
        var (dealt, starts) = Dealing.Deal<Seeker>(seekers, _partBits);
        ForEachPart(part => JoinParents(part, dealt.AsSpan(starts[part]..starts[part + 1])));
    }

    /// <summary>A node that looks for its parent.</summary>
    /// <param name="ParentHash">Hash of the parent.</param>
    /// <param name="Node">The node.</param>
    /// <param name="PathDepth">Of a path, its depth; else 0.</param>
    /// <param name="IsSure">True when the parent was added with it; false below a top-level domain, which may not be listed.</param>
    private readonly record struct Seeker(ulong ParentHash, int Node, byte PathDepth, bool IsSure) : IDealt
    {
        public ulong DealtBy => ParentHash;
    }

    private ReadOnlyMemory<Seeker> SeekersOf(int part, int depthMin)
    {
        var found = new Seeker[_nodeStarts[part + 1] - _nodeStarts[part]];
        var count = 0;
        for (var i = _nodeStarts[part]; i < _nodeStarts[part + 1]; i++)
        {
            if (i + Ahead < _nodeStarts[part + 1] && (ItemOf(i + Ahead).IsPath || ItemOf(i + Ahead).Depth >= depthMin)) _texts.Prefetch(ItemOf(i + Ahead));
            ref readonly var item = ref ItemOf(i);
            if (!item.IsPath && (item.IsAddress || item.Depth < depthMin)) continue;
            var depth = 0;
            if (item.IsPath)
            {
                var tokens = new PathTokens(_texts.KeyOf(item)[item.Split..], 0);
                while (tokens.MoveNext()) { }
                depth = tokens.Depth;
            }
            found[count++] = new((item.Flags & DraftFlags.HasParentHash) != DraftFlags.None ? _texts.ParentHashOf(item) : HashOfHost(ParentKeyOf(item), item.IsAddress), i, (byte)depth, item.IsPath || item.Depth > 2);
        }
        return found.AsMemory(0, count);
    }

    private ReadOnlySpan<byte> ParentKeyOf(in DraftItem item) => item.IsPath ? _texts.KeyOf(item)[..item.Split] : _texts.KeyOf(item)[(item.Split + 1)..];

    private void JoinParents(int part, Span<Seeker> seekers)
    {
        var hashes = new ulong[seekers.Length];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = seekers[i].ParentHash;
        hashes.AsSpan().Sort(seekers);
        var depths = _pathDepths[part] = [];
        var node = _nodeStarts[part];
        foreach (var seeker in seekers)
        {
            while (node < _nodeStarts[part + 1] && ItemOf(node).Hash < seeker.ParentHash) node++;
            for (var i = node; i < _nodeStarts[part + 1] && ItemOf(i).Hash == seeker.ParentHash; i++)
            {
                // The parent is there, so the only node with its hash is it. Where several share one, or a top-level domain may be absent, the text decides.
                var isOnly = seeker.IsSure && i == node && (i + 1 == _nodeStarts[part + 1] || ItemOf(i + 1).Hash != seeker.ParentHash);
                if (!isOnly && !_texts.KeyOf(ItemOf(i)).SequenceEqual(ParentKeyOf(ItemOf(seeker.Node)))) continue;
                _nodes[seeker.Node].Parent = i;
                // Parents are of this part alone: no other thread writes their flags.
                _nodes[i].Flags |= seeker.PathDepth > 0 ? RecordFlags.HasPaths : RecordFlags.HasChildren;
                if (seeker.PathDepth > 0) CollectionsMarshal.GetValueRefOrAddDefault(depths, i, out _) |= 1u << seeker.PathDepth;
                break;
            }
            Debug.Assert(_nodes[seeker.Node].Parent != None || !seeker.IsSure, "Every parent but a top-level domain was added with the entry.");
        }
    }

    private ulong HashOfHost(ReadOnlySpan<byte> host, bool isAddress)
    {
        if (isAddress) return ListHash.Step(ListHash.AddressRoot(_seed), host);
        var hash = ListHash.NameRoot(_seed);
        for (var rest = host.Length; rest > 0;)
        {
            var start = host[..rest].LastIndexOf((byte)'.') + 1;
            hash = ListHash.Step(hash, host[start..rest]);
            rest = start - 1;
        }
        return hash;
    }

    private void WorkOutSets()
    {
        // Parents before children: by number of labels, paths last. Most nodes have no parent, and go in one pass.
        var later = new SortedDictionary<int, List<int>>[PartCount];
        ForEachPart(part =>
        {
            later[part] = [];
            for (var i = _nodeStarts[part]; i < _nodeStarts[part + 1]; i++)
            {
                if (_nodes[i].Parent == None)
                {
                    WorkOutSet(i);
                    continue;
                }
                ref readonly var item = ref ItemOf(i);
                var turn = item.IsPath ? int.MaxValue : item.Depth;
                if (!later[part].TryGetValue(turn, out var nodes)) later[part].Add(turn, nodes = []);
                nodes.Add(i);
            }
        });
        foreach (var turn in later.SelectMany(l => l.Keys).Distinct().Order())
        {
            ForEachPart(part =>
            {
                if (!later[part].TryGetValue(turn, out var nodes)) return;
                foreach (var node in nodes) WorkOutSet(node);
            });
        }
    }

    private void WorkOutSet(int index)
    {
        ref var node = ref _nodes[index];
        // What the host inherits a path does not repeat: both are looked up.
        var isPath = node.Has(RecordFlags.IsPath);
        var below = isPath || node.Parent == None ? CategorySet.Empty : _sets[_nodes[node.Parent].SetBelow];
        var at = below;
        var end = EndOf(index);
        ref readonly var first = ref _items[node.FirstItem];
        if (end == node.FirstItem + 1 && !first.IsImplied && first.Scope == RuleScope.HostAndBelow && below.IsEmpty)
        {
            // One entry on its own, as nearly all are.
            node.Set = node.SetBelow = _setOfSource[first.Source];
            return;
        }
        for (var i = node.FirstItem; i < end; i++)
        {
            ref readonly var item = ref _items[i];
            if (item.IsImplied) continue;
            var category = _categoryOfSource[item.Source];
            if (item.Scope != RuleScope.BelowOnly) at |= category;
            if (item.Scope != RuleScope.HostOnly) below |= category;
        }
        node.Set = _sets.Intern(at);
        node.SetBelow = at == below ? node.Set : _sets.Intern(below);
        if (node.Set != node.SetBelow) node.Flags |= RecordFlags.HasSetBelow;
    }

    private int[] CountUses()
    {
        var all = new int[_sets.Count];
        Parallel.For(0, PartCount, () => new int[all.Length], (part, _, uses) =>
        {
            foreach (ref readonly var node in NodesOf(part))
            {
                uses[node.Set]++;
                uses[node.SetBelow]++;
            }
            return uses;
        }, uses =>
        {
            lock (all)
                for (var i = 0; i < all.Length; i++) all[i] += uses[i];
        });
        return all;
    }

    private Span<Node> NodesOf(int part) => _nodes.AsSpan(_nodeStarts[part].._nodeStarts[part + 1]);

    // Step 4.
    private void Place()
    {
        _bucketCount = (uint)Math.Max(1, Math.Ceiling(_nodes.Length / (ListBucket.Slots * ListBucket.Load)));
        var numbers = _sets.Renumber(CountUses());
        var lengths = new long[PartCount];
        ForEachPart(part =>
        {
            var slots = default(SlotWalk);
            foreach (ref var node in NodesOf(part)) slots.Next(ListHash.BucketOf(_items[node.FirstItem].Hash, _bucketCount));
            // As if no part before it spilt into its buckets: where it ends otherwise is worked out below.
            _slotStarts[part] = slots;
            for (var i = _nodeStarts[part]; i < _nodeStarts[part + 1]; i++)
            {
                ref var node = ref _nodes[i];
                (node.Set, node.SetBelow) = (numbers[node.Set], numbers[node.SetBelow]);
                node.Record = (uint)lengths[part];
                lengths[part] += RecordLength(i);
                if (!node.Has(RecordFlags.HasEntries)) continue;
                _before[part] = new(_before[part].Records + 1, node.Record);
            }
        });
        var (slot, before) = (default(SlotWalk), default(PartBefore));
        for (var part = 0; part < PartCount; part++)
        {
            // A node goes to the next slot or, if that is farther, to the first of its own bucket: so a part ends where it would on its own, or as many slots on from where it begins as it has nodes.
            (_slotStarts[part], slot) = (slot, SlotWalk.Later(_slotStarts[part], slot.Plus(_nodeStarts[part + 1] - _nodeStarts[part])));
            var own = _before[part];
            _before[part] = before;
            if (own.Records > 0) before = new(before.Records + own.Records, (uint)(_recordsLength + own.Last));
            (lengths[part], _recordsLength) = (_recordsLength, _recordsLength + lengths[part]);
            if (_recordsLength > uint.MaxValue) throw new InvalidOperationException("The records take more than 4 GB.");
        }
        ForEachPart(part =>
        {
            foreach (ref var node in NodesOf(part)) node.Record += (uint)lengths[part];
        });
        _bucketsWithSpill = Math.Max(_bucketCount, slot.Bucket + 1);
    }

    /// <summary>How many records with entries the parts before have, and the last of them.</summary>
    private readonly record struct PartBefore(int Records, uint Last);

    /// <summary>Which slot each node gets, in order of hash: the first free one from its own bucket on.</summary>
    private struct SlotWalk
    {
        // Of all slots, counted from 1; 0 is before the first.
        private long _at;

        public readonly uint Bucket => _at == 0 ? 0 : (uint)((_at - 1) / ListBucket.Slots);

        public readonly int Slot => (int)((_at - 1) % ListBucket.Slots);

        public void Next(uint home) => _at = Math.Max(_at + 1, home * (long)ListBucket.Slots + 1);

        public readonly SlotWalk Plus(int nodes) => new() { _at = _at + nodes };

        public static SlotWalk Later(SlotWalk a, SlotWalk b) => a._at >= b._at ? a : b;
    }

    private int RecordLength(int index)
    {
        ref readonly var node = ref _nodes[index];
        var text = TextLengthOf(index);
        return 1 + (text > byte.MaxValue ? 2 : 1) + (HasParentRecord(index) ? 4 : 0) + text + VarintLength((uint)node.Set)
            + (node.Has(RecordFlags.HasSetBelow) ? VarintLength((uint)node.SetBelow) : 0) + (node.Has(RecordFlags.HasPaths) ? 4 : 0);
    }

    // A name of two labels holds all of its text: its top-level domain mostly has no record.
    private bool HasParentRecord(int index) => _nodes[index].Has(RecordFlags.IsPath) || (ItemOf(index).Depth > 2 && !_nodes[index].Has(RecordFlags.IsAddress));

    private int TextLengthOf(int index)
    {
        ref readonly var item = ref ItemOf(index);
        return item.IsPath ? item.Length - item.Split : HasParentRecord(index) ? item.Split : item.Length;
    }

    private ReadOnlySpan<byte> TextOf(int index)
    {
        ref readonly var item = ref ItemOf(index);
        var key = _texts.KeyOf(item);
        return item.IsPath ? key[item.Split..] : key[..TextLengthOf(index)];
    }

    // Step 5.
    private (byte[] List, byte[] Provenance) Write(IReadOnlyList<ListDraft> drafts, (byte[] List, byte[] Provenance)? exceptions)
    {
        DraftNetwork[] networks = [.. drafts.SelectMany(d => d.Networks)];
        DraftPattern[] patterns = [.. drafts.SelectMany(d => d.Patterns)];
        var (networks4, networks6) = NetworkTable.Lay(networks, source => _categoryOfSource[source], set => _sets.Intern(set));
        var networkIndex = NetworkTable.Index(networks4);
        var names = ListNames.Write(_sources, patterns);

        Span<(long Offset, long Length)> sections = stackalloc (long, long)[ListHead.SectionCount];
        Span<long> lengths =
        [
            _bucketsWithSpill * (long)ListBucket.Size, _recordsLength, _sets.Count * 32L, _topLevels.Length, networkIndex.Length * 4L, networks4.Length, networks6.Length, names.Length, exceptions?.List.Length ?? 0, FilterWords * sizeof(ulong),
        ];
        var total = (long)ListHead.Length;
        for (var i = 0; i < lengths.Length; i++)
        {
            sections[i] = (total, lengths[i]);
            total = total + lengths[i] + 63 & ~63L;
        }
        if (total > Array.MaxLength) throw new InvalidOperationException("A compiled list takes at most 2 GB.");
        // Pinned where it is: a matcher reads it in place.
        var list = GC.AllocateArray<byte>((int)total, pinned: true);
        var head = new ListHead
        {
            Seed = _seed,
            TotalLength = total,
            EntryCount = (uint)(drafts.Sum(d => d.EntryCount) + networks.Length + patterns.Length),
            NodeCount = (uint)_nodes.Length,
            BucketCount = _bucketsWithSpill,
            SetCount = (uint)_sets.Count,
            PathLengthMax = drafts.Max(d => d.PathLengthMax),
            HomeBucketCount = _bucketCount,
        };
        head.Write(list, sections);

        var (bucketsAt, recordsAt, filterAt) = ((int)sections[(int)Section.Buckets].Offset, (int)sections[(int)Section.Records].Offset, (int)sections[(int)Section.Filter].Offset);
        var filterLength = (int)sections[(int)Section.Filter].Length;
        var provenance = new ProvenanceWriter(PartCount);
        ForEachPart(part =>
        {
            WriteRecords(list.AsSpan(recordsAt), part);
            WriteBuckets(list.AsSpan(bucketsAt), part);
            WriteFilter(MemoryMarshal.Cast<byte, ulong>(list.AsSpan(filterAt, filterLength)), part);
            WriteProvenance(provenance, part);
        });
        MemoryMarshal.AsBytes(_sets.Sets).CopyTo(list.AsSpan(Range(sections[(int)Section.Sets])));
        _topLevels.CopyTo(list.AsSpan(Range(sections[(int)Section.TopLevels])));
        MemoryMarshal.AsBytes<uint>(networkIndex).CopyTo(list.AsSpan(Range(sections[(int)Section.NetworkIndex])));
        networks4.CopyTo(list.AsSpan(Range(sections[(int)Section.Networks4])));
        networks6.CopyTo(list.AsSpan(Range(sections[(int)Section.Networks6])));
        names.CopyTo(list.AsSpan(Range(sections[(int)Section.Names])));
        exceptions?.List.CopyTo(list.AsSpan(Range(sections[(int)Section.Exceptions])));
        SHA256.HashData(list, list.AsSpan(ListHead.DigestOffset, 32));
        return (list, provenance.Finish(list.AsSpan(ListHead.DigestOffset, 32), networks, exceptions?.Provenance));

        static Range Range((long Offset, long Length) section) => new((int)section.Offset, (int)(section.Offset + section.Length));
    }

    private void WriteBuckets(Span<byte> buckets, int part)
    {
        var slots = _slotStarts[part];
        for (var i = _nodeStarts[part]; i < _nodeStarts[part + 1]; i++)
        {
            var hash = ItemOf(i).Hash;
            var home = ListHash.BucketOf(hash, _bucketCount);
            slots.Next(home);
            var fingerprint = ListHash.FingerprintOf(hash);
            // The part before may spill into the first buckets of this one.
            for (var passed = home; passed < slots.Bucket; passed++)
                Interlocked.Or(ref MemoryMarshal.AsRef<uint>(buckets.Slice((int)(passed * ListBucket.Size + ListBucket.OverflowAt), sizeof(uint))), 1u << (fingerprint & 31));
            var bucket = buckets.Slice((int)(slots.Bucket * ListBucket.Size), ListBucket.Size);
            var slot = slots.Slot;
            // Nodes fill a bucket one after another, so its first slot is this many nodes back, perhaps in the part before.
            var first = _nodes[i - slot].Record;
            if (slot == 0) BinaryPrimitives.WriteUInt32LittleEndian(bucket[ListBucket.FirstRecordAt..], first);
            var offset = _nodes[i].Record - first;
            // Fourteen of the longest records fit: a text has at most 4,096 bytes and a host 253.
            Debug.Assert(offset <= ushort.MaxValue, "Records of one bucket lie close together.");
            BinaryPrimitives.WriteUInt16LittleEndian(bucket[(slot * 2)..], fingerprint);
            BinaryPrimitives.WriteUInt16LittleEndian(bucket[(ListBucket.OffsetsAt + slot * 2)..], (ushort)offset);
        }
    }

    private long FilterWords => _nodes.Length < ListFilter.NodesMin ? 0 : (_nodes.Length * (long)ListFilter.BitsPerNode + 63) / 64;

    private void WriteFilter(Span<ulong> words, int part)
    {
        if (words.IsEmpty) return;
        foreach (ref readonly var node in NodesOf(part))
        {
            var hash = _items[node.FirstItem].Hash;
            // The first and the last word of a part are another part's as well.
            Interlocked.Or(ref words[(int)ListFilter.WordOf(hash, (uint)words.Length)], ListFilter.BitsOf(hash));
        }
    }

    private void WriteRecords(Span<byte> records, int part)
    {
        var end = _nodeStarts[part + 1];
        for (var i = _nodeStarts[part]; i < end; i++)
        {
            if (i + Ahead < end) _texts.Prefetch(ItemOf(i + Ahead));
            ref readonly var node = ref _nodes[i];
            var text = TextOf(i);
            var hasParent = HasParentRecord(i);
            var flags = node.Flags | (hasParent ? RecordFlags.HasParent : RecordFlags.None) | (text.Length > byte.MaxValue ? RecordFlags.LongText : RecordFlags.None);
            var to = records[(int)node.Record..];
            to[0] = (byte)flags;
            to[1] = (byte)text.Length;
            var at = 2;
            if (text.Length > byte.MaxValue) to[at++] = (byte)(text.Length >> 8);
            if (hasParent)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(to[at..], _nodes[node.Parent].Record);
                at += 4;
            }
            text.CopyTo(to[at..]);
            at += text.Length;
            at += WriteVarint(to[at..], (uint)node.Set);
            if ((flags & RecordFlags.HasSetBelow) != RecordFlags.None) at += WriteVarint(to[at..], (uint)node.SetBelow);
            if ((flags & RecordFlags.HasPaths) != RecordFlags.None) BinaryPrimitives.WriteUInt32LittleEndian(to[at..], _pathDepths[part][i]);
        }
    }

    private void WriteProvenance(ProvenanceWriter writer, int part)
    {
        var to = writer.Begin(part, _before[part].Records, _before[part].Last, _nodeStarts[part + 1] - _nodeStarts[part]);
        for (var i = _nodeStarts[part]; i < _nodeStarts[part + 1]; i++)
        {
            if (!_nodes[i].Has(RecordFlags.HasEntries)) continue;
            to.BeginRecord(_nodes[i].Record, EntriesOf(i));
            var end = EndOf(i);
            for (var item = _nodes[i].FirstItem; item < end; item++)
                if (!_items[item].IsImplied) to.AddEntry(_items[item].Source, _items[item].Line, _items[item].Scope, _texts.WrittenOf(_items[item]));
        }
    }

    private int EntriesOf(int node)
    {
        var count = 0;
        var end = EndOf(node);
        for (var i = _nodes[node].FirstItem; i < end; i++)
            if (!_items[i].IsImplied) count++;
        return count;
    }

    private static int VarintLength(uint value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;

    internal static int WriteVarint(Span<byte> to, uint value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) to[at++] = (byte)(value | 0x80);
        to[at++] = (byte)value;
        return at;
    }
}
