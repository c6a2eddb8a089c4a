using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace FilterGate.Matching.Compiled;

/// <summary>One entry, or a parent that an entry needs, on its way into a node.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DraftItem : IDealt
{
    public ulong Hash;
    /// <summary>Place of the whole key (host, or host and path) in the texts.</summary>
    public uint Text;
    public ushort Length;
    public ushort Source;
    public int Line;
    /// <summary>Labels of the host.</summary>
    public byte Depth;
    /// <summary>Length of the host of a path; else of the first label.</summary>
    public byte Split;
    public RuleScope Scope;
    public DraftFlags Flags;

    readonly ulong IDealt.DealtBy => Hash;

    public readonly bool IsImplied => (Flags & DraftFlags.IsImplied) != DraftFlags.None;
    public readonly bool IsPath => (Flags & DraftFlags.IsPath) != DraftFlags.None;
    public readonly bool IsAddress => (Flags & DraftFlags.IsAddress) != DraftFlags.None;
    public readonly bool HasWritten => (Flags & DraftFlags.HasWritten) != DraftFlags.None;
}

[Flags]
internal enum DraftFlags : byte
{
    None = 0,

    /// <summary>No entry: only a parent of one.</summary>
    IsImplied = 1,

    IsPath = 2,

    IsAddress = 4,

    /// <summary>The entry as written follows the key in the texts: two bytes of length, UTF-8.</summary>
    HasWritten = 8,

    /// <summary>The parent's hash stands before the key in the texts, eight bytes: what is asked for together lies together.</summary>
    HasParentHash = 16,
}

/// <summary>A range of addresses in a draft.</summary>
internal readonly record struct DraftNetwork(IPNetwork Network, ushort Source, int Line, string? Written);

/// <summary>A regular expression in a draft.</summary>
internal readonly record struct DraftPattern(EntryKind Kind, string Text, ushort Source, int Line, string? Written);

/// <summary>Text of keys in blocks of one megabyte: a place is 32 bits, and nothing is moved while it grows. Safe from several threads; each takes blocks of its own.</summary>
internal sealed class DraftTexts
{
    public const int BlockBits = 20, BlockLength = 1 << BlockBits;

    // 4,096 blocks of a megabyte: what 32 bits can name.
    private readonly byte[]?[] _blocks = new byte[1 << 32 - BlockBits][];
    private int _count;

    /// <exception cref="InvalidOperationException">More than 4 GB of entries.</exception>
    public (byte[] Block, uint Start) TakeBlock()
    {
        var index = Interlocked.Increment(ref _count) - 1;
        if (index >= _blocks.Length) throw new InvalidOperationException("The entries take more than 4 GB.");
        var block = GC.AllocateUninitializedArray<byte>(BlockLength);
        Volatile.Write(ref _blocks[index], block);
        return (block, (uint)index << BlockBits);
    }

    public ReadOnlySpan<byte> this[uint start, int length] => _blocks[start >> BlockBits].AsSpan((int)(start & BlockLength - 1), length);

    public ReadOnlySpan<byte> KeyOf(in DraftItem item) => this[item.Text, item.Length];

    public ulong ParentHashOf(in DraftItem item) => BinaryPrimitives.ReadUInt64LittleEndian(this[item.Text - sizeof(ulong), sizeof(ulong)]);

    /// <summary>Has the processor fetch a key that will be asked for soon: keys lie in no order, and most of the time of a compile would be waiting for them.</summary>
    public unsafe void Prefetch(in DraftItem item)
    {
        if (Sse.IsSupported) Sse.Prefetch0((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_blocks[item.Text >> BlockBits]!)) + (item.Text & BlockLength - 1));
    }

    /// <summary>The entry as written, where it is kept; else the empty string.</summary>
    public ReadOnlySpan<byte> WrittenOf(in DraftItem item)
    {
        if (!item.HasWritten) return default;
        var length = this[item.Text + item.Length, 2];
        return this[item.Text + item.Length + 2u, length[0] | length[1] << 8];
    }
}

/// <summary>What one thread has collected. Not safe from several threads; several drafts may share their texts.</summary>
internal sealed class ListDraft(ulong seed, DraftTexts texts)
{
    private const int BlockLength = 1 << 16;

    private readonly List<DraftItem[]> _blocks = [];
    // Parents lately added: names stand beside their siblings in most lists, so most parents are asked for again and again.
    private readonly DraftItem[] _recentParents = new DraftItem[1024];
    private byte[] _text = [];
    private uint _textStart;
    private int _textLength;
    private int _keyStart;
    private int _inBlock = BlockLength;

    public DraftTexts Texts { get; } = texts;

    public List<DraftNetwork> Networks { get; } = [];

    public List<DraftPattern> Patterns { get; } = [];

    public long ItemCount => _blocks.Count == 0 ? 0 : (_blocks.Count - 1L) * BlockLength + _inBlock;

    /// <summary>Entries of hosts and paths, without the parents they need.</summary>
    public int EntryCount { get; private set; }

    public int PathLengthMax { get; private set; }

    public IEnumerable<ReadOnlyMemory<DraftItem>> Items => _blocks.Select((b, i) => (ReadOnlyMemory<DraftItem>)b.AsMemory(0, i == _blocks.Count - 1 ? _inBlock : BlockLength));

    /// <summary>Adds an entry and the parents it needs.</summary>
    /// <param name="host">Canonical.</param>
    /// <param name="path">In lower case, beginning with a slash; empty for a whole host.</param>
    /// <param name="isAddress">True when the host is an address, which has no parents.</param>
    /// <param name="scope">Which hosts it means.</param>
    /// <param name="source">Number of its list.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="written">As the list has it, where that is something else; cut after 4,096 bytes.</param>
    public void Add(ReadOnlySpan<byte> host, ReadOnlySpan<byte> path, bool isAddress, RuleScope scope, ushort source, int line, ReadOnlySpan<byte> written)
    {
        if (written.Length > ListRule.TextLengthMax) written = written[..ListRule.TextLengthMax];
        var length = host.Length + path.Length;
        var text = Append(host, path, written);
        ulong hash, parentHash = 0;
        hash = isAddress ? ListHash.AddressRoot(seed) : ListHash.NameRoot(seed);
        var depth = (byte)0;
        for (var rest = host.Length; rest > 0;)
        {
            var start = isAddress ? 0 : host[..rest].LastIndexOf((byte)'.') + 1;
            parentHash = hash;
            hash = ListHash.Step(hash, host[start..rest]);
            depth++;
            rest = start - 1;
            // Top-level domains have no node unless they are listed themselves; of a path's host every one has.
            var isParent = rest > 0 ? depth > 1 : !path.IsEmpty;
            if (isParent) AddParent(new() { Hash = hash, Text = text + (uint)start, Length = (ushort)(host.Length - start), Depth = depth, Split = SplitOf(host[start..]), Flags = DraftFlags.IsImplied | (isAddress ? DraftFlags.IsAddress : DraftFlags.None) });
        }
        if (!path.IsEmpty)
        {
            var tokens = new PathTokens(path, hash);
            while (tokens.MoveNext()) { }
            parentHash = hash;
            Debug.Assert(tokens.Length == path.Length, "A rule's path is walked to its end: it has no more delimiters than may be.");
            hash = tokens.Hash;
            PathLengthMax = Math.Max(PathLengthMax, path.Length);
        }
        var flags = (path.IsEmpty ? DraftFlags.None : DraftFlags.IsPath) | (isAddress ? DraftFlags.IsAddress : DraftFlags.None) | (written.IsEmpty ? DraftFlags.None : DraftFlags.HasWritten);
        if (!path.IsEmpty || depth > 2)
        {
            flags |= DraftFlags.HasParentHash;
            BinaryPrimitives.WriteUInt64LittleEndian(_text.AsSpan(_keyStart - sizeof(ulong)), parentHash);
        }
        AddItem(new() { Hash = hash, Text = text, Length = (ushort)length, Source = source, Line = line, Depth = depth, Split = path.IsEmpty ? SplitOf(host) : (byte)host.Length, Scope = scope, Flags = flags });
        EntryCount++;
    }

    private static byte SplitOf(ReadOnlySpan<byte> host) => host.IndexOf((byte)'.') is var dot and >= 0 ? (byte)dot : (byte)host.Length;

    private void AddParent(in DraftItem parent)
    {
        ref var recent = ref _recentParents[parent.Hash & (ulong)(_recentParents.Length - 1)];
        if (recent.Hash == parent.Hash && recent.Length == parent.Length && Texts.KeyOf(recent).SequenceEqual(Texts.KeyOf(parent))) return;
        recent = parent;
        AddItem(parent);
    }

    private void AddItem(in DraftItem item)
    {
        if (_inBlock == BlockLength)
        {
            _blocks.Add(GC.AllocateUninitializedArray<DraftItem>(BlockLength));
            _inBlock = 0;
        }
        _blocks[^1][_inBlock++] = item;
    }

    private uint Append(ReadOnlySpan<byte> host, ReadOnlySpan<byte> path, ReadOnlySpan<byte> written)
    {
        // Names of two labels, most of all, ask for no parent.
        var before = !path.IsEmpty || host.Count((byte)'.') > 1 ? sizeof(ulong) : 0;
        var length = before + host.Length + path.Length + (written.IsEmpty ? 0 : 2 + written.Length);
        if (_text.Length - _textLength < length)
        {
            (_text, _textStart) = Texts.TakeBlock();
            _textLength = 0;
        }
        _keyStart = _textLength + before;
        var start = _textStart + (uint)_keyStart;
        var to = _text.AsSpan(_keyStart, length - before);
        host.CopyTo(to);
        path.CopyTo(to[host.Length..]);
        if (!written.IsEmpty)
        {
            to = to[(host.Length + path.Length)..];
            (to[0], to[1]) = ((byte)written.Length, (byte)(written.Length >> 8));
            written.CopyTo(to[2..]);
        }
        _textLength += length;
        return start;
    }

    /// <summary>Adds an entry whose text is known as strings.</summary>
    public void Add(in ListRule rule, bool isAddress, ushort source, int line, string? written)
    {
        Span<byte> host = stackalloc byte[CanonicalUrl.HostLengthMax];
        Span<byte> path = stackalloc byte[rule.Path?.Length ?? 0];
        host = host[..Encoding.ASCII.GetBytes(rule.Host, host)];
        if (rule.Path is not null) Encoding.ASCII.GetBytes(rule.Path, path);
        Add(host, path, isAddress, rule.Scope, source, line, written is null ? default : Encoding.UTF8.GetBytes(written));
    }
}
