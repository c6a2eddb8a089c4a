using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching;

/// <summary>A hit on an illegal-content list. It names the list and a keyed hash, never the entry.</summary>
/// <param name="List">The list, such as <c>locked/iwf-style-sample</c>.</param>
/// <param name="EntryId">The first 12 hex digits of the entry's HMAC with the box's key.</param>
/// <param name="Category">The locked category.</param>
public sealed record LockedHit(string List, string EntryId, Category Category);

/// <summary>One feed of an illegal-content list.</summary>
/// <param name="List">Its name.</param>
/// <param name="Category">Its locked category.</param>
/// <param name="EntryCount">How many entries were loaded.</param>
/// <param name="IsDemonstration">True for the shipped sample on reserved names, which protects nobody.</param>
public sealed record LockedFeed(string List, Category Category, int EntryCount, bool IsDemonstration);

/// <summary>The illegal-content lists: apart from all others, keyed hashes only, with no way to switch them off.</summary>
/// <remarks>
/// <para>A host entry covers the host and its sub-domains. A URL entry covers that URL on the host and its sub-domains, whatever the request's query adds, and what lies below it where it ends in a slash;
/// <c>www.</c> at its front does not count, nor does ASCII case. An entry with a query asks for that query.</para>
/// <para>Entries are kept as HMAC-SHA-256 with a per-box key of canonical host-suffix/path-prefix expressions: the text of a feed is in memory only while it is read. A host pre-filter (keyed 64-bit
/// fingerprints of the hosts that entries name) spares ordinary hosts: a few short hashes, no allocation. Only on a host that is named does a request cost HMACs, about a microsecond each: one for the host, one or two
/// for the URL and one per folder, as deep as the deepest folder entry. Immutable; safe from any thread.</para>
/// </remarks>
public sealed class LockedMatcher
{
    private readonly byte[] _key;
    private readonly SipHash _fingerprint;
    private readonly FrozenDictionary<ulong, HostEntries> _hosts;
    // Sorted by the first eight bytes of the digest; the whole digest decides.
    private readonly ulong[] _prefixes;
    private readonly Digest[] _digests;
    private readonly int _folderDepthMax;

    private LockedMatcher(
        byte[] key, SipHash fingerprint, FrozenDictionary<ulong, HostEntries> hosts, Digest[] digests, ImmutableArray<LockedFeed> feeds, int folderDepthMax)
    {
        (_key, _fingerprint, _hosts, _digests, Feeds, _folderDepthMax) = (key, fingerprint, hosts, digests, feeds, folderDepthMax);
        _prefixes = [.. digests.Select(d => d.Prefix)];
    }

    [Flags]
    private enum HostEntries : byte
    {
        WholeHost = 1,
        Urls = 2,
    }

    /// <summary>A matcher without feeds.</summary>
    public static LockedMatcher Empty { get; } = new Builder(new byte[Builder.KeyLength]).Build();

    /// <summary>The feeds it was built from.</summary>
    public ImmutableArray<LockedFeed> Feeds { get; }

    /// <summary>Is this URL on a locked list? Tried with and without query, the path as sent and lower-cased.</summary>
    /// <returns>The hit, or null. With <see cref="Seen.Host"/> only entries for a whole host are found.</returns>
    public LockedHit? Find(CanonicalUrl url, Seen seen)
    {
        if (_digests.Length == 0) return null;
        Span<byte> buffer = stackalloc byte[CanonicalUrl.HostLengthMax];
        var host = buffer[..Encoding.ASCII.GetBytes(url.Host, buffer)];
        for (var start = 0; start >= 0; start = NextSuffix(url.Host, start))
        {
            var suffix = host[start..];
            if (!_hosts.TryGetValue(_fingerprint.Hash(suffix), out var entries)) continue;
            if (entries.HasFlag(HostEntries.WholeHost) && FindExpression(suffix) is { } ofHost) return ofHost;
            if (seen == Seen.Url && entries.HasFlag(HostEntries.Urls) && FindUrl(suffix, url) is { } ofUrl) return ofUrl;
        }
        return null;
    }

    /// <summary>True when an entry for this host, or for one of its parents, needs the URL to be seen: such a host is intercepted in every tier. No allocation.</summary>
    public bool CarriesUrlEntry(string canonicalHost)
    {
        if (_digests.Length == 0 || canonicalHost.Length is 0 or > CanonicalUrl.HostLengthMax) return false;
        Span<byte> buffer = stackalloc byte[CanonicalUrl.HostLengthMax];
        var host = buffer[..Encoding.ASCII.GetBytes(canonicalHost, buffer)];
        for (var start = 0; start >= 0; start = NextSuffix(canonicalHost, start))
            if (_hosts.TryGetValue(_fingerprint.Hash(host[start..]), out var entries) && entries.HasFlag(HostEntries.Urls)) return true;
        return false;
    }

    /// <summary>Where the parent of a host begins, or -1: an address has no parent and is nobody's.</summary>
    private static int NextSuffix(string host, int start)
    {
        if (start == 0 && CanonicalUrl.IsCanonicalIpLiteral(host)) return -1;
        var next = host.IndexOf('.', start) + 1;
        return next == 0 || CanonicalHost.IsDottedQuad(host.AsSpan(next)) ? -1 : next;
    }

    private LockedHit? FindUrl(ReadOnlySpan<byte> host, CanonicalUrl url)
    {
        var queryLength = string.IsNullOrEmpty(url.Query) ? 0 : url.Query.Length + 1;
        var rented = ArrayPool<byte>.Shared.Rent(host.Length + url.Path.Length + queryLength);
        try
        {
            var whole = rented.AsSpan(0, WriteExpression(host, url, rented));
            var withoutQuery = whole[..(whole.Length - queryLength)];
            var hit = FindExpression(whole);
            if (hit is null && queryLength > 0) hit = FindExpression(withoutQuery);

            var folder = host.Length;
            for (var depth = 0; hit is null && depth < _folderDepthMax; depth++)
            {
                // Past the slash of the root first: no entry ends there, that would be a host entry.
                var slash = withoutQuery[(folder + 1)..].IndexOf((byte)'/');
                if (slash < 0) break;
                folder += slash + 1;
                hit = FindExpression(withoutQuery[..(folder + 1)]);
            }
            return hit;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Host, path and query in lower case: that finds what was entered as it was sent too, and a feed's capitals are no way round.</summary>
    private static int WriteExpression(ReadOnlySpan<byte> host, CanonicalUrl url, Span<byte> expression)
    {
        host.CopyTo(expression);
        var length = host.Length;
        length += Encoding.ASCII.GetBytes(url.Path, expression[length..]);
        if (!string.IsNullOrEmpty(url.Query))
        {
            expression[length++] = (byte)'?';
            length += Encoding.ASCII.GetBytes(url.Query, expression[length..]);
        }
        Ascii.ToLowerInPlace(expression[..length], out _);
        return length;
    }

    private LockedHit? FindExpression(ReadOnlySpan<byte> expression)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, expression, hash);
        var prefix = BinaryPrimitives.ReadUInt64BigEndian(hash);
        var at = Array.BinarySearch(_prefixes, prefix);
        if (at < 0) return null;
        while (at > 0 && _prefixes[at - 1] == prefix) at--;
        for (; at < _prefixes.Length && _prefixes[at] == prefix; at++)
        {
            var digest = _digests[at];
            if (!CryptographicOperations.FixedTimeEquals(digest.Hash, hash)) continue;
            var feed = Feeds[digest.Feed];
            return new(feed.List, Convert.ToHexStringLower(hash[..6]), feed.Category);
        }
        return null;
    }

    private readonly record struct Digest(byte[] Hash, int Feed)
    {
        public ulong Prefix => BinaryPrimitives.ReadUInt64BigEndian(Hash);
    }

    /// <summary>Collects entries and builds a matcher. Not safe from several threads.</summary>
    /// <param name="key">The box's key, 32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public sealed class Builder(byte[] key)
    {
        /// <summary>Length of the box's key, in bytes: the output of SHA-256, as RFC 2104 advises.</summary>
        public const int KeyLength = 32;

        private readonly SipHash _fingerprint = new(HMACSHA256.HashData(key, "filtergate host pre-filter"u8).AsSpan(0, SipHash.KeyLength));
        private readonly Dictionary<ulong, HostEntries> _hosts = [];
        private readonly List<Digest> _digests = [];
        private readonly List<LockedFeed> _feeds = [];
        private int _folderDepthMax;

        /// <summary>The box's key.</summary>
        internal byte[] Key { get; } = key.Length == KeyLength ? [.. key] : throw new ArgumentException($"The key has {key.Length} bytes, not {KeyLength}.", nameof(key));

        /// <summary>Starts a feed; the entries that follow belong to it.</summary>
        public void BeginFeed(string list, Category category, bool isDemonstration) => _feeds.Add(new(list, category, 0, isDemonstration));

        /// <summary>Adds an entry: a host or a URL. False when it is neither. Only its keyed hash is kept.</summary>
        /// <exception cref="InvalidOperationException">No feed was begun.</exception>
        public bool TryAdd(string entry)
        {
            if (_feeds.Count == 0) throw new InvalidOperationException("An entry belongs to a feed: call BeginFeed first.");
            if (!CanonicalUrl.TryParse(entry.Trim(), out var url, out _) || !(url.IsIpLiteral || CanonicalHost.IsPlainName(url.Host))) return false;

            var isWholeHost = url.Path == "/" && string.IsNullOrEmpty(url.Query);
            var host = Encoding.ASCII.GetBytes(isWholeHost ? url.Host : ListRule.WithoutWww(url.Host).ToString());
            var expression = host;
            if (!isWholeHost)
            {
                var buffer = new byte[host.Length + url.Path.Length + 1 + (url.Query?.Length ?? 0)];
                expression = buffer[..WriteExpression(host, url, buffer)];
                if (url.Path.EndsWith('/') && string.IsNullOrEmpty(url.Query)) _folderDepthMax = Math.Max(_folderDepthMax, url.Path.Count(c => c == '/') - 1);
            }
            var fingerprint = _fingerprint.Hash(host);
            _hosts[fingerprint] = _hosts.GetValueOrDefault(fingerprint) | (isWholeHost ? HostEntries.WholeHost : HostEntries.Urls);
            _digests.Add(new(HMACSHA256.HashData(Key, expression), _feeds.Count - 1));
            _feeds[^1] = _feeds[^1] with { EntryCount = _feeds[^1].EntryCount + 1 };
            return true;
        }

        /// <summary>Builds the matcher.</summary>
        public LockedMatcher Build()
        {
            // OrderBy is stable: of two feeds with one entry, the first one loaded is named.
            var digests = _digests.OrderBy(d => d.Prefix).ToArray();
            return new(Key, _fingerprint, _hosts.ToFrozenDictionary(), digests, [.. _feeds], _folderDepthMax);
        }
    }
}
