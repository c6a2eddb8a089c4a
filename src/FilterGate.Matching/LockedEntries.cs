using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching;

/// <summary>The entries of a locked feed in the only form in which they are kept, in memory and on disk: fingerprints and hashes with the box's key.</summary>
/// <remarks>
/// <para>An entry is hashed as one <em>expression</em>: the host alone, or the host without <c>www.</c> and the path and query, in lower case. Of a feed that comes as hashes already, the expression is the hash: see <see cref="Builder.TryAddHash"/>.</para>
/// <para>41 bytes an entry and 9 a host. Immutable; safe from any thread.</para>
/// </remarks>
public sealed class LockedEntries
{
    /// <summary>Most entries of one feed: far more than any there is, and a bound for a file that is something else. 84 MB.</summary>
    public const int CountMax = 2_000_000;

    /// <summary>Length of the key of a list of keyed hashes, in bytes, at most.</summary>
    public const int HashKeyLengthMax = 64;

    private const int EntryLength = 8 + LockedHasher.DigestLength + 1, HostLength = 8 + 1, HeadLength = 5 * 4;

    private LockedEntries(ulong keyCheck, Entry[] entries, Host[] hosts, Shape shape) => (KeyCheck, Entries, Hosts, Of) = (keyCheck, entries, hosts, shape);

    [Flags]
    internal enum HostKinds : byte
    {
        /// <summary>Nothing.</summary>
        None = 0,
        /// <summary>The host itself is an entry.</summary>
        WholeHost = 1,
        /// <summary>An entry names a URL on it.</summary>
        Urls = 2,
    }

    /// <summary>How many different entries there are.</summary>
    public int Count => Entries.Length;

    /// <summary>How many of them are verification addresses.</summary>
    public int VerificationCount => Entries.Count(e => e.IsVerification);

    /// <summary>True when some entries came as hashes without the hash of their host: such an entry matches what the gateway sees, but no host can be intercepted for its sake.</summary>
    public bool IsBlind => Of.IsBlind;

    internal ulong KeyCheck { get; }

    /// <summary>Sorted by fingerprint, then digest; no digest twice.</summary>
    internal Entry[] Entries { get; }

    internal Host[] Hosts { get; }

    internal Shape Of { get; }

    /// <summary>The bytes to keep: <see cref="TryRead"/> reads them. They carry no check against damage; whoever stores them adds one.</summary>
    public byte[] ToArray()
    {
        var key = Of.HashKey ?? [];
        var bytes = new byte[HeadLength + key.Length + (Entries.Length * EntryLength) + (Hosts.Length * HostLength)];
        var at = bytes.AsSpan();
        Put(ref at, Entries.Length);
        Put(ref at, Hosts.Length);
        Put(ref at, Of.FolderDepthMax);
        Put(ref at, Of.LengthMax);
        Put(ref at, (Of.IsHashed ? 1 : 0) | (Of.IsBlind ? 2 : 0) | (key.Length << 8));
        key.CopyTo(at);
        at = at[key.Length..];
        foreach (var entry in Entries)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(at, entry.Fingerprint);
            entry.Digest.CopyTo(at[8..]);
            at[EntryLength - 1] = entry.IsVerification ? (byte)1 : (byte)0;
            at = at[EntryLength..];
        }
        foreach (var host in Hosts)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(at, host.Fingerprint);
            at[HostLength - 1] = (byte)host.Kinds;
            at = at[HostLength..];
        }
        return bytes;

        static void Put(ref Span<byte> at, int number)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, number);
            at = at[4..];
        }
    }

    /// <summary>Reads what <see cref="ToArray"/> wrote.</summary>
    /// <param name="bytes">Those bytes and nothing more.</param>
    /// <param name="key">The box's key that the entries were hashed with; with another one nothing would ever be found, so whoever stores the bytes keeps <see cref="KeyCheckOf"/> beside them.</param>
    /// <param name="entries">The entries.</param>
    /// <returns>False when they are something else. Never throws for bad bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, byte[] key, [NotNullWhen(true)] out LockedEntries? entries)
    {
        entries = null;
        if (bytes.Length < HeadLength) return false;
        var (count, hostCount) = (Number(bytes), Number(bytes[4..]));
        var (depth, length, flags) = (Number(bytes[8..]), Number(bytes[12..]), Number(bytes[16..]));
        var keyLength = flags >> 8;
        if (count is < 0 or > CountMax || hostCount is < 0 or > CountMax || depth is < 0 or > Builder.FolderDepthMax || length is < 0 or > Builder.ExpressionLengthMax) return false;
        if ((flags & 0xFF) > 3 || keyLength is < 0 or > HashKeyLengthMax) return false;
        if (bytes.Length != HeadLength + keyLength + ((long)count * EntryLength) + ((long)hostCount * HostLength)) return false;

        var shape = new Shape(depth, length, (flags & 1) != 0, (flags & 2) != 0, keyLength == 0 ? null : bytes.Slice(HeadLength, keyLength).ToArray());
        var at = bytes[(HeadLength + keyLength)..];
        var read = new Entry[count];
        for (var i = 0; i < count; i++, at = at[EntryLength..])
        {
            read[i] = new(BinaryPrimitives.ReadUInt64LittleEndian(at), at.Slice(8, LockedHasher.DigestLength).ToArray(), at[EntryLength - 1] != 0);
            if (i > 0 && read[i - 1].CompareTo(read[i]) >= 0) return false;
        }
        var hosts = new Host[hostCount];
        for (var i = 0; i < hostCount; i++, at = at[HostLength..]) hosts[i] = new(BinaryPrimitives.ReadUInt64LittleEndian(at), (HostKinds)at[HostLength - 1]);
        entries = new(KeyCheckOf(key), read, hosts, shape);
        return true;

        static int Number(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadInt32LittleEndian(at);
    }

    /// <summary>Eight bytes that say which key this is, and nothing else of it.</summary>
    /// <exception cref="ArgumentException">The key has not <see cref="LockedMatcher.Builder.KeyLength"/> bytes.</exception>
    public static ulong KeyCheckOf(byte[] key) => new LockedHasher(key).KeyCheck;

    /// <param name="Fingerprint">Keyed, 64 bits.</param>
    /// <param name="Digest">HMAC-SHA-256 with the box's key.</param>
    /// <param name="IsVerification">Put on the list by its publisher so that filters can be tried.</param>
    internal readonly record struct Entry(ulong Fingerprint, byte[] Digest, bool IsVerification) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => Fingerprint.CompareTo(other.Fingerprint) is var order and not 0 ? order : Digest.AsSpan().SequenceCompareTo(other.Digest);
    }

    internal readonly record struct Host(ulong Fingerprint, HostKinds Kinds);

    /// <param name="FolderDepthMax">Folders in the deepest folder entry.</param>
    /// <param name="LengthMax">Bytes of the longest expression: no longer one is ever looked for.</param>
    /// <param name="IsHashed">Entries came as hashes.</param>
    /// <param name="IsBlind">Some without their host's.</param>
    /// <param name="HashKey">The key that they were hashed with by their supplier, or null for plain SHA-256.</param>
    internal sealed record Shape(int FolderDepthMax, int LengthMax, bool IsHashed, bool IsBlind, byte[]? HashKey);

    /// <summary>Collects the entries of one feed. Not safe from several threads.</summary>
    public sealed class Builder
    {
        /// <summary>Deepest folder entry taken. Real pages lie a handful deep; a bound keeps a request's cost bounded.</summary>
        public const int FolderDepthMax = 64;

        /// <summary>Longest expression taken, in bytes: host, path and query.</summary>
        public const int ExpressionLengthMax = 8 * 1024;

        private readonly LockedHasher _hasher;
        private readonly byte[]? _hashKey;
        private readonly bool _isHashed;
        private readonly Dictionary<ulong, HostKinds> _hosts = [];
        private readonly List<Entry> _entries = [];
        private int _folderDepthMax, _lengthMax;
        private bool _isBlind;

        /// <summary>Makes a builder for entries that are text.</summary>
        /// <param name="key">The box's key, <see cref="LockedMatcher.Builder.KeyLength"/> bytes.</param>
        /// <exception cref="ArgumentException">The key has another length.</exception>
        public Builder(byte[] key) => _hasher = new(key);

        internal Builder(LockedHasher hasher) => _hasher = hasher;

        /// <summary>Makes a builder for entries that are hashes.</summary>
        /// <param name="key">The box's key.</param>
        /// <param name="hashKey">The supplier's key, 1 to <see cref="HashKeyLengthMax"/> bytes, when the hashes are HMAC-SHA-256; null when they are SHA-256.</param>
        /// <exception cref="ArgumentException">A key has another length.</exception>
        public Builder(byte[] key, byte[]? hashKey) : this(key)
        {
            if (hashKey is { Length: 0 or > HashKeyLengthMax }) throw new ArgumentException($"The supplier's key has {hashKey.Length} bytes, not 1 to {HashKeyLengthMax}.", nameof(hashKey));
            (_isHashed, _hashKey) = (true, hashKey);
        }

        /// <summary>Entries so far, one given twice counted twice.</summary>
        public int Count => _entries.Count;

        /// <summary>Adds an entry: a host or a URL. Only its keyed hash is kept.</summary>
        /// <param name="entry">As the feed writes it.</param>
        /// <param name="isVerification">True when its publisher put it there so that filters can be tried.</param>
        /// <returns>False when it is neither, or beyond a bound.</returns>
        public bool TryAdd(string entry, bool isVerification = false)
        {
            if (_isHashed || _entries.Count == CountMax) return false;
            if (!CanonicalUrl.TryParse(entry.Trim(), out var url, out _) || !(url.IsIpLiteral || CanonicalHost.IsPlainName(url.Host))) return false;

            var isWholeHost = url.Path == "/" && string.IsNullOrEmpty(url.Query);
            var host = isWholeHost ? url.Host : ListRule.WithoutWww(url.Host).ToString();
            var length = isWholeHost ? host.Length : host.Length + url.Path.Length + (string.IsNullOrEmpty(url.Query) ? 0 : 1 + url.Query.Length);
            if (length > ExpressionLengthMax) return false;
            var expression = new byte[length];
            Encoding.ASCII.GetBytes(host, expression);
            if (!isWholeHost)
            {
                if (url.Path.EndsWith('/') && string.IsNullOrEmpty(url.Query))
                {
                    var depth = url.Path.Count(c => c == '/') - 1;
                    if (depth > FolderDepthMax) return false;
                    _folderDepthMax = Math.Max(_folderDepthMax, depth);
                }
                WriteTarget(url, expression.AsSpan(host.Length));
            }
            _lengthMax = Math.Max(_lengthMax, length);
            Add(expression, expression.AsSpan(0, host.Length), isWholeHost ? HostKinds.WholeHost : HostKinds.Urls, isVerification);
            return true;
        }

        /// <summary>Adds an entry that is a hash: SHA-256, or HMAC-SHA-256 with the supplier's key, of an expression as Safe Browsing makes them (<c>host/path?query</c>, <c>host/</c> for a whole host;
        /// <see href="https://developers.google.com/safe-browsing/v4/urls-hashing#suffixprefix-expressions"/>).</summary>
        /// <param name="hash">32 bytes.</param>
        /// <param name="hostHash">The same of the expression's host alone, 32 bytes; or empty where the feed has none.</param>
        /// <param name="isVerification">True when its publisher put it there so that filters can be tried.</param>
        /// <remarks>
        /// A hash cannot be read back, so what it stands for is found by hashing each request as well. With the hosts' hashes a request costs a hash a label and no more; without them every request costs up to thirty (sixty where its path has capitals),
        /// and a host cannot be intercepted for the sake of an entry that nobody can name: in a tier that tunnels only whole hosts are then found.
        /// </remarks>
        /// <returns>False when a length is wrong.</returns>
        public bool TryAddHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> hostHash, bool isVerification = false)
        {
            if (!_isHashed || _entries.Count == CountMax) return false;
            if (hash.Length != SHA256.HashSizeInBytes || hostHash.Length is not (0 or SHA256.HashSizeInBytes)) return false;
            _isBlind |= hostHash.IsEmpty;
            // Whether it is a whole host nobody can tell: its host is intercepted all the same.
            Add(hash, hostHash, HostKinds.Urls, isVerification);
            return true;
        }

        /// <summary>Lays the entries out. An entry that is there twice counts once, and as a test only when both say so.</summary>
        public LockedEntries Build()
        {
            var entries = _entries.ToArray();
            Array.Sort(entries, static (a, b) => a.CompareTo(b) is var order and not 0 ? order : a.IsVerification.CompareTo(b.IsVerification));
            var last = -1;
            foreach (var entry in entries)
                if (last < 0 || entries[last].CompareTo(entry) != 0) entries[++last] = entry;
            return new(_hasher.KeyCheck, entries[..(last + 1)], [.. _hosts.Select(h => new Host(h.Key, h.Value)).OrderBy(h => h.Fingerprint)], new(_folderDepthMax, _lengthMax, _isHashed, _isBlind, _hashKey));
        }

        /// <summary>Path and query in lower case: that finds what was entered as it was sent too, and a feed's capitals are no way round.</summary>
        internal static void WriteTarget(CanonicalUrl url, Span<byte> target)
        {
            var length = Encoding.ASCII.GetBytes(url.Path, target);
            if (!string.IsNullOrEmpty(url.Query))
            {
                target[length++] = (byte)'?';
                length += Encoding.ASCII.GetBytes(url.Query, target[length..]);
            }
            Ascii.ToLowerInPlace(target[..length], out _);
        }

        private void Add(ReadOnlySpan<byte> expression, ReadOnlySpan<byte> host, HostKinds kind, bool isVerification)
        {
            if (!host.IsEmpty)
            {
                var fingerprint = _hasher.Host(host);
                _hosts[fingerprint] = _hosts.GetValueOrDefault(fingerprint) | kind;
            }
            var digest = new byte[LockedHasher.DigestLength];
            _hasher.Digest(expression, digest);
            _entries.Add(new(_hasher.Expression(expression), digest, isVerification));
        }
    }
}
