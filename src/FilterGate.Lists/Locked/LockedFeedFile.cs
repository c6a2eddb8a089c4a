using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>A locked feed as it is kept: <c>FEED.fgk</c>, keyed hashes and nothing that can be read.</summary>
/// <param name="Sections">Its entries by category.</param>
/// <param name="IsDemonstration">True for the shipped sample.</param>
/// <remarks>
/// <code>
/// FGK1 | version, 2 bytes | flags, 2 (1: demonstration) | key check, 8 | sections, 4
/// a section: length of its category's slug, 2 | slug | length, 4 | LockedEntries
/// HMAC-SHA-256 with the box's key of all before, 32
/// </code>
/// Numbers are little-endian. The HMAC finds damage and files of another box; the key check tells the two apart.
/// </remarks>
internal sealed record LockedFeedFile(IReadOnlyList<(Category Category, LockedEntries Entries)> Sections, bool IsDemonstration)
{
    /// <summary>Largest file read, in bytes: eight categories of 41 MB would be a thousand times the largest feed known.</summary>
    public const long LengthMax = 256L << 20;

    private const int HeadLength = 20, SealLength = HMACSHA256.HashSizeInBytes, Version = 1, SectionsMax = 64;

    private static ReadOnlySpan<byte> Magic => "FGK1"u8;

    /// <summary>Different entries of all sections.</summary>
    public int EntryCount => Sections.Sum(s => s.Entries.Count);

    /// <summary>The file's last bytes: what stands for its content in the version of the lists.</summary>
    public byte[] Seal { get; private init; } = [];

    /// <summary>The bytes to keep.</summary>
    public byte[] ToArray(byte[] key)
    {
        using var stream = new MemoryStream();
        Span<byte> head = stackalloc byte[HeadLength];
        head.Clear();
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], IsDemonstration ? (ushort)1 : (ushort)0);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], LockedEntries.KeyCheckOf(key));
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], Sections.Count);
        stream.Write(head);
        Span<byte> number = stackalloc byte[4];
        foreach (var (category, entries) in Sections)
        {
            var slug = Encoding.ASCII.GetBytes(category.Slug);
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)slug.Length);
            stream.Write(number[..2]);
            stream.Write(slug);
            var bytes = entries.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(number, bytes.Length);
            stream.Write(number);
            stream.Write(bytes);
        }
        stream.Write(HMACSHA256.HashData(key, stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="key">The box's key.</param>
    /// <param name="taxonomy">Where its categories are found.</param>
    /// <exception cref="ListLoadException">It cannot be read, is damaged, or was made with another key.</exception>
    public static LockedFeedFile Read(string path, byte[] key, Taxonomy taxonomy)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LengthMax) throw new ListLoadException($"{path} is larger than any locked feed.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Parse(path, bytes, key, taxonomy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static LockedFeedFile Parse(string path, ReadOnlySpan<byte> bytes, byte[] key, Taxonomy taxonomy)
    {
        if (bytes.Length < HeadLength + SealLength || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) != Version)
            throw new ListLoadException($"{path} is no compiled locked feed of this version, or is cut.");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) != LockedEntries.KeyCheckOf(key))
            throw new ListLoadException($"{path} was made with another key than this box's lists/locked.key. Restore that key from a backup.");
        var content = bytes[..^SealLength];
        var seal = bytes[^SealLength..];
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, content), seal)) throw new ListLoadException($"{path} is damaged: its check sum is wrong.");

        var sections = new List<(Category, LockedEntries)>();
        var count = BinaryPrimitives.ReadInt32LittleEndian(content[16..]);
        var at = content[HeadLength..];
        if (count is < 0 or > SectionsMax) throw Foreign(path);
        for (var i = 0; i < count; i++)
        {
            if (!TryTake(ref at, 2, out var length) || !TryTake(ref at, BinaryPrimitives.ReadUInt16LittleEndian(length), out var slug) || !TryTake(ref at, 4, out length)
                || !TryTake(ref at, BinaryPrimitives.ReadInt32LittleEndian(length), out var blob) || !LockedEntries.TryRead(blob, key, out var entries)) throw Foreign(path);
            if (taxonomy.Find(Encoding.ASCII.GetString(slug)) is not { Pupil: CategoryDefault.Locked } category) throw Foreign(path);
            sections.Add((category, entries));
        }
        if (!at.IsEmpty) throw Foreign(path);
        return new(sections, (BinaryPrimitives.ReadUInt16LittleEndian(content[6..]) & 1) != 0) { Seal = seal.ToArray() };

        static bool TryTake(ref ReadOnlySpan<byte> at, int length, out ReadOnlySpan<byte> taken)
        {
            taken = default;
            if (length < 0 || length > at.Length) return false;
            taken = at[..length];
            at = at[length..];
            return true;
        }
    }

    // The seal is ours, so this was written by another version of us.
    private static ListLoadException Foreign(string path) => new($"{path} was written by another version of FilterGate. Import the feed again.");
}
