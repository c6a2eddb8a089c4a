using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching;

/// <summary>A hit on an illegal-content list. It names the list and a keyed hash, never the entry.</summary>
/// <param name="List">The list, such as <c>locked/iwf-style-sample</c>.</param>
/// <param name="EntryId">The first 12 hex digits of the entry's HMAC with the box's key.</param>
/// <param name="Category">The locked category.</param>
public sealed record LockedHit(string List, string EntryId, Category Category)
{
    /// <summary>True for an address that the list's publisher put there so that filters can be tried: blocked as any other, and reported as a test.</summary>
    public bool IsVerification { get; init; }
}

/// <summary>One feed of an illegal-content list.</summary>
/// <param name="List">Its name.</param>
/// <param name="Category">Its locked category.</param>
/// <param name="EntryCount">How many different entries were loaded.</param>
/// <param name="IsDemonstration">True for the shipped sample on reserved names, which protects nobody.</param>
public sealed record LockedFeed(string List, Category Category, int EntryCount, bool IsDemonstration)
{
    /// <summary>How many entries are verification addresses.</summary>
    public int VerificationCount { get; init; }

    /// <summary>True when some entries came as hashes without their hosts': in a tier that tunnels, only whole hosts of it are found.</summary>
    public bool IsBlind { get; init; }
}

/// <summary>The illegal-content lists: apart from all others, keyed hashes only, with no way to switch them off.</summary>
/// <remarks>
/// <para>A host entry covers the host and its sub-domains. A URL entry covers that URL on the host and its sub-domains, whatever the request's query adds, and what lies below it where it ends in a slash;
/// <c>www.</c> at its front does not count, nor does ASCII case. An entry with a query asks for that query.</para>
/// <para>Cost. Ordinary hosts: a SipHash a label (about 15 ns) and a look-up. On a host that entries name: a SipHash more for the host, one or two for the URL and one a folder, as deep as the deepest folder entry and no longer than the longest entry.
/// HMAC-SHA-256, about a microsecond, is computed for what a 64-bit keyed fingerprint says is there: once for a hit, and for a miss once in 2⁶⁴ divided by the number of entries. Feeds that came as hashes cost more: see <see cref="LockedEntries.Builder.TryAddHash"/>.
/// Nothing is allocated but the <see cref="LockedHit"/>.</para>
/// <para>Memory: 8 bytes of fingerprint, 32 of hash and 3 of origin an entry, in flat arrays. Immutable; safe from any thread.</para>
/// </remarks>
public sealed class LockedMatcher
{
    /// <summary>Host suffixes and path prefixes that Safe Browsing makes of a URL: the exact one and four more.</summary>
    private const int HashedHostsMax = 5, HashedFoldersMax = 4;

    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly LockedHasher _hasher;
    private readonly FrozenDictionary<ulong, LockedEntries.HostKinds> _hosts;
    // Sorted; the digest at the same index decides.
    private readonly ulong[] _fingerprints;
    private readonly byte[] _digests;
    private readonly Origin[] _origins;
    private readonly Hashing[] _hashings;
    private readonly int _folderDepthMax, _lengthMax;

    private LockedMatcher(LockedHasher hasher, ImmutableArray<LockedFeed> feeds, IReadOnlyList<LockedEntries> entries)
    {
        (_hasher, Feeds) = (hasher, feeds);
        var hosts = new Dictionary<ulong, LockedEntries.HostKinds>();
        var all = new List<(LockedEntries.Entry Entry, int Feed)>();
        for (var feed = 0; feed < entries.Count; feed++)
        {
            var index = feed;
            foreach (var host in entries[feed].Hosts) hosts[host.Fingerprint] = hosts.GetValueOrDefault(host.Fingerprint) | host.Kinds;
            all.AddRange(entries[feed].Entries.Select(e => (e, index)));
            var shape = entries[feed].Of;
            (_folderDepthMax, _lengthMax) = (Math.Max(_folderDepthMax, shape.FolderDepthMax), Math.Max(_lengthMax, shape.LengthMax));
        }
        // Of feeds with one entry the first one loaded is named; one that means it before one that only tests.
        all.Sort(static (a, b) => a.Entry.CompareTo(b.Entry) is var order and not 0 ? order
            : a.Entry.IsVerification != b.Entry.IsVerification ? a.Entry.IsVerification.CompareTo(b.Entry.IsVerification)
            : a.Feed.CompareTo(b.Feed));
        var kept = all.Where((e, i) => i == 0 || all[i - 1].Entry.CompareTo(e.Entry) != 0).ToArray();

        _hosts = hosts.ToFrozenDictionary();
        _fingerprints = [.. kept.Select(e => e.Entry.Fingerprint)];
        _digests = new byte[kept.Length * LockedHasher.DigestLength];
        for (var i = 0; i < kept.Length; i++) kept[i].Entry.Digest.CopyTo(_digests, i * LockedHasher.DigestLength);
        _origins = [.. kept.Select(e => new Origin((ushort)e.Feed, e.Entry.IsVerification))];
        _hashings =
        [
            .. entries.Where(e => e.Of.IsHashed && e.Count > 0)
                .GroupBy(e => e.Of.HashKey is { } key ? Convert.ToHexString(key) : "")
                .Select(g => new Hashing(g.First().Of.HashKey, g.Any(e => e.IsBlind))),
        ];
    }

    /// <summary>A matcher without feeds.</summary>
    public static LockedMatcher Empty { get; } = new Builder(new byte[Builder.KeyLength]).Build();

    /// <summary>The feeds it was built from.</summary>
    public ImmutableArray<LockedFeed> Feeds { get; }

    /// <summary>Is this URL on a locked list? Tried with and without query, the path as sent and lower-cased.</summary>
    /// <returns>The hit, or null. With <see cref="Seen.Host"/> only entries for a whole host are found.</returns>
    public LockedHit? Find(CanonicalUrl url, Seen seen)
    {
        if (_fingerprints.Length == 0) return null;
        Span<byte> buffer = stackalloc byte[CanonicalUrl.HostLengthMax];
        var host = buffer[..Encoding.ASCII.GetBytes(url.Host, buffer)];
        for (var start = 0; start >= 0; start = NextSuffix(url.Host, start))
        {
            var suffix = host[start..];
            if (!_hosts.TryGetValue(_hasher.Host(suffix), out var kinds)) continue;
            if ((kinds & LockedEntries.HostKinds.WholeHost) != LockedEntries.HostKinds.None && FindExpression(suffix) is { } ofHost) return ofHost;
            if (seen == Seen.Url && (kinds & LockedEntries.HostKinds.Urls) != LockedEntries.HostKinds.None && FindUrl(suffix, url) is { } ofUrl) return ofUrl;
        }
        foreach (var hashing in _hashings)
            if (FindHashed(hashing, host, url, seen) is { } hashed) return hashed;
        return null;
    }

    /// <summary>True when an entry for this host, or for one of its parents, needs the URL to be seen: such a host is intercepted in every tier. No allocation.</summary>
    public bool CarriesUrlEntry(string canonicalHost)
    {
        if (_fingerprints.Length == 0 || canonicalHost.Length is 0 or > CanonicalUrl.HostLengthMax) return false;
        Span<byte> buffer = stackalloc byte[CanonicalUrl.HostLengthMax];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var host = buffer[..Encoding.ASCII.GetBytes(canonicalHost, buffer)];
        for (var start = 0; start >= 0; start = NextSuffix(canonicalHost, start))
        {
            if (IsNamed(host[start..])) return true;
            foreach (var hashing in _hashings)
            {
                hashing.Hash(host[start..], hash);
                if (IsNamed(hash)) return true;
            }
        }
        return false;
    }

    private bool IsNamed(ReadOnlySpan<byte> host) => _hosts.TryGetValue(_hasher.Host(host), out var kinds) && (kinds & LockedEntries.HostKinds.Urls) != LockedEntries.HostKinds.None;

    /// <summary>Where the parent of a host begins, or -1: an address has no parent and is nobody's.</summary>
    private static int NextSuffix(string host, int start)
    {
        if (start == 0 && CanonicalUrl.IsCanonicalIpLiteral(host)) return -1;
        var next = host.IndexOf('.', start) + 1;
        return next == 0 || CanonicalHost.IsDottedQuad(host.AsSpan(next)) ? -1 : next;
    }

    private LockedHit? FindUrl(ReadOnlySpan<byte> host, CanonicalUrl url)
    {
        var withoutQueryLength = host.Length + url.Path.Length;
        var length = withoutQueryLength + (string.IsNullOrEmpty(url.Query) ? 0 : 1 + url.Query.Length);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            host.CopyTo(rented);
            LockedEntries.Builder.WriteTarget(url, rented.AsSpan(host.Length, length - host.Length));
            // Nothing longer than the longest entry is one, so a client cannot make work with a long address.
            if (length <= _lengthMax && FindExpression(rented.AsSpan(0, length)) is { } whole) return whole;
            if (length > withoutQueryLength && withoutQueryLength <= _lengthMax && FindExpression(rented.AsSpan(0, withoutQueryLength)) is { } withoutQuery) return withoutQuery;

            var path = rented.AsSpan(0, Math.Min(withoutQueryLength, _lengthMax));
            var folder = host.Length;
            for (var depth = 0; depth < _folderDepthMax && folder + 1 < path.Length; depth++)
            {
                // Past the slash of the root first: no entry ends there, that would be a host entry.
                var slash = path[(folder + 1)..].IndexOf((byte)'/');
                if (slash < 0) break;
                folder += slash + 1;
                if (FindExpression(path[..(folder + 1)]) is { } below) return below;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Host suffixes and path prefixes as Safe Browsing makes them, for feeds that came as hashes: at most 5 hashes of hosts and 30 of expressions, twice those where the path has capitals.</summary>
    private LockedHit? FindHashed(Hashing hashing, ReadOnlySpan<byte> host, CanonicalUrl url, Seen seen)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var labels = host.Count((byte)'.') + 1;
        var tried = 0;
        for (var start = 0; start >= 0 && tried < HashedHostsMax; start = NextSuffix(url.Host, start), labels--)
        {
            // The host itself, then from its last five labels on; a top-level domain alone is nobody's entry.
            if (start > 0 && (labels > HashedHostsMax || labels < 2)) continue;
            tried++;
            hashing.Hash(host[start..], hash);
            if (!hashing.IsBlind && !_hosts.ContainsKey(_hasher.Host(hash))) continue;
            if (FindHashedPaths(hashing, host[start..], url, seen, isLowered: false) is { } asSent) return asSent;
            if (seen == Seen.Url && HasCapitals(url) && FindHashedPaths(hashing, host[start..], url, seen, isLowered: true) is { } lowered) return lowered;
        }
        return null;

        static bool HasCapitals(CanonicalUrl url) => url.Path.AsSpan().ContainsAny(Capitals) || url.Query.AsSpan().ContainsAny(Capitals);
    }

    private LockedHit? FindHashedPaths(Hashing hashing, ReadOnlySpan<byte> host, CanonicalUrl url, Seen seen, bool isLowered)
    {
        var query = string.IsNullOrEmpty(url.Query) ? "" : url.Query;
        var rented = ArrayPool<byte>.Shared.Rent(host.Length + url.Path.Length + 1 + query.Length);
        try
        {
            host.CopyTo(rented);
            var pathEnd = host.Length + Encoding.ASCII.GetBytes(url.Path, rented.AsSpan(host.Length));
            rented[pathEnd] = (byte)'?';
            var end = pathEnd + 1 + Encoding.ASCII.GetBytes(query, rented.AsSpan(pathEnd + 1));
            if (isLowered) Ascii.ToLowerInPlace(rented.AsSpan(host.Length, end - host.Length), out _);

            if (seen == Seen.Url)
            {
                if (query.Length > 0 && FindHash(hashing, rented.AsSpan(0, end)) is { } whole) return whole;
                if (FindHash(hashing, rented.AsSpan(0, pathEnd)) is { } withoutQuery) return withoutQuery;
            }
            // The root, which stands for the whole host, then three folders below it.
            var folder = host.Length;
            for (var depth = 0; depth < HashedFoldersMax; depth++)
            {
                if (FindHash(hashing, rented.AsSpan(0, folder + 1)) is { } below) return below;
                var slash = rented.AsSpan(folder + 1, pathEnd - folder - 1).IndexOf((byte)'/');
                if (slash < 0 || seen == Seen.Host) break;
                folder += slash + 1;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private LockedHit? FindHash(Hashing hashing, ReadOnlySpan<byte> expression)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        hashing.Hash(expression, hash);
        return FindExpression(hash);
    }

    private LockedHit? FindExpression(ReadOnlySpan<byte> expression)
    {
        var fingerprint = _hasher.Expression(expression);
        var at = Array.BinarySearch(_fingerprints, fingerprint);
        if (at < 0) return null;
        Span<byte> digest = stackalloc byte[LockedHasher.DigestLength];
        _hasher.Digest(expression, digest);
        while (at > 0 && _fingerprints[at - 1] == fingerprint) at--;
        for (; at < _fingerprints.Length && _fingerprints[at] == fingerprint; at++)
        {
            if (!CryptographicOperations.FixedTimeEquals(_digests.AsSpan(at * LockedHasher.DigestLength, LockedHasher.DigestLength), digest)) continue;
            var feed = Feeds[_origins[at].Feed];
            return new(feed.List, Convert.ToHexStringLower(digest[..6]), feed.Category) { IsVerification = _origins[at].IsVerification };
        }
        return null;
    }

    private readonly record struct Origin(ushort Feed, bool IsVerification);

    /// <summary>How a supplier hashed its list: SHA-256, or HMAC-SHA-256 with a key.</summary>
    private sealed record Hashing(byte[]? Key, bool IsBlind)
    {
        public void Hash(ReadOnlySpan<byte> text, Span<byte> hash)
        {
            if (Key is null) SHA256.HashData(text, hash);
            else HMACSHA256.HashData(Key, text, hash);
        }
    }

    /// <summary>Collects feeds and builds a matcher. Not safe from several threads.</summary>
    /// <param name="key">The box's key, 32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public sealed class Builder(byte[] key)
    {
        /// <summary>Length of the box's key, in bytes: the output of SHA-256, as RFC 2104 advises.</summary>
        public const int KeyLength = LockedHasher.KeyLength;

        private readonly LockedHasher _hasher = new(key);
        private readonly List<(LockedFeed Feed, LockedEntries.Builder? Open, LockedEntries? Ready)> _feeds = [];

        /// <summary>Starts a feed; the entries that follow belong to it.</summary>
        public void BeginFeed(string list, Category category, bool isDemonstration) => Add(new(list, category, 0, isDemonstration), new(_hasher), null);

        /// <summary>Adds an entry: a host or a URL. False when it is neither. Only its keyed hash is kept.</summary>
        /// <param name="entry">As the feed writes it.</param>
        /// <param name="isVerification">True when its publisher put it there so that filters can be tried.</param>
        /// <exception cref="InvalidOperationException">No feed was begun.</exception>
        public bool TryAdd(string entry, bool isVerification = false) =>
            (_feeds is [.., { Open: { } open }] ? open : throw new InvalidOperationException("An entry belongs to a feed: call BeginFeed first.")).TryAdd(entry, isVerification);

        /// <summary>Adds a feed whose entries are hashed already.</summary>
        /// <param name="list">Its name.</param>
        /// <param name="category">Its locked category.</param>
        /// <param name="isDemonstration">True for the shipped sample.</param>
        /// <param name="entries">Its entries, hashed with the same key.</param>
        /// <exception cref="ArgumentException">They were hashed with another key: nothing would ever be found.</exception>
        public void AddFeed(string list, Category category, bool isDemonstration, LockedEntries entries)
        {
            if (entries.KeyCheck != _hasher.KeyCheck) throw new ArgumentException("These entries were hashed with another key.", nameof(entries));
            Add(new(list, category, 0, isDemonstration), null, entries);
        }

        /// <summary>Builds the matcher.</summary>
        public LockedMatcher Build()
        {
            var entries = _feeds.Select(f => f.Ready ?? f.Open!.Build()).ToArray();
            var feeds = _feeds.Select((f, i) => f.Feed with { EntryCount = entries[i].Count, VerificationCount = entries[i].VerificationCount, IsBlind = entries[i].IsBlind });
            return new(_hasher, [.. feeds], entries);
        }

        private void Add(LockedFeed feed, LockedEntries.Builder? open, LockedEntries? ready)
        {
            if (_feeds.Count == ushort.MaxValue) throw new InvalidOperationException($"There are {ushort.MaxValue} feeds already.");
            _feeds.Add((feed, open, ready));
        }
    }
}
