using System.Collections.Immutable;

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
/// <remarks>Entries are kept as HMAC-SHA-256 with a per-box key of canonical host-suffix/path-prefix expressions; a host pre-filter spares ordinary hosts. Immutable; safe from any thread.</remarks>
public sealed class LockedMatcher
{
    /// <summary>A matcher without feeds.</summary>
    public static LockedMatcher Empty { get; } = new();

    /// <summary>The feeds it was built from.</summary>
    public ImmutableArray<LockedFeed> Feeds => throw new NotImplementedException();

    /// <summary>Is this URL on a locked list? Tried with and without query, the path as sent and lower-cased.</summary>
    /// <returns>The hit, or null. With <see cref="Seen.Host"/> only entries for a whole host are found.</returns>
    public LockedHit? Find(CanonicalUrl url, Seen seen) => throw new NotImplementedException();

    /// <summary>True when an entry below this host, or one of its parents, needs the URL to be seen: such a host is intercepted in every tier.</summary>
    public bool CarriesUrlEntry(string canonicalHost) => throw new NotImplementedException();

    /// <summary>Collects entries and builds a matcher.</summary>
    /// <param name="key">The box's key, 32 bytes.</param>
    public sealed class Builder(byte[] key)
    {
        /// <summary>The box's key.</summary>
        internal byte[] Key { get; } = key;

        /// <summary>Starts a feed; the entries that follow belong to it.</summary>
        public void BeginFeed(string list, Category category, bool isDemonstration) => throw new NotImplementedException();

        /// <summary>Adds an entry: a host or a URL. False when it is neither.</summary>
        public bool TryAdd(string entry) => throw new NotImplementedException();

        /// <summary>Builds the matcher.</summary>
        public LockedMatcher Build() => throw new NotImplementedException();
    }
}
