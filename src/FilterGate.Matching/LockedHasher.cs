using System.Security.Cryptography;

namespace FilterGate.Matching;

/// <summary>What the box's key makes of an entry of a locked list: two short fingerprints to find it by and one full hash to be sure.</summary>
/// <remarks>Fingerprints are SipHash with 128-bit keys that are derived from the box's key, so they say no more to somebody without it than the full hash does. Immutable; safe from any thread.</remarks>
internal sealed class LockedHasher
{
    /// <summary>Length of the box's key, in bytes: the output of SHA-256, as RFC 2104 advises.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a full hash, in bytes.</summary>
    public const int DigestLength = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key;
    private readonly SipHash _hosts, _expressions;

    /// <exception cref="ArgumentException">The key has another length.</exception>
    public LockedHasher(byte[] key)
    {
        if (key.Length != KeyLength) throw new ArgumentException($"The key has {key.Length} bytes, not {KeyLength}.", nameof(key));
        _key = [.. key];
        _hosts = Derive("filtergate host pre-filter"u8);
        _expressions = Derive("filtergate entry fingerprint"u8);
    }

    /// <summary>Eight bytes that say which key this is, and nothing else of it: a file made with another key is told from a broken one.</summary>
    public ulong KeyCheck => Derive("filtergate key check"u8).Hash([]);

    /// <summary>Fingerprint of a host that entries name.</summary>
    public ulong Host(ReadOnlySpan<byte> host) => _hosts.Hash(host);

    /// <summary>Fingerprint of a host and what follows it. Ten times quicker than <see cref="Digest"/>, which is asked only when this one is known.</summary>
    public ulong Expression(ReadOnlySpan<byte> expression) => _expressions.Hash(expression);

    /// <summary>The full hash: what decides. About a microsecond.</summary>
    /// <param name="expression">What to hash.</param>
    /// <param name="digest"><see cref="DigestLength"/> bytes.</param>
    public void Digest(ReadOnlySpan<byte> expression, Span<byte> digest) => HMACSHA256.HashData(_key, expression, digest);

    private SipHash Derive(ReadOnlySpan<byte> purpose) => new(HMACSHA256.HashData(_key, purpose).AsSpan(0, SipHash.KeyLength));
}
