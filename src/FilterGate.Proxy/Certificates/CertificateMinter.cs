using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FilterGate.Proxy.Certificates;

/// <summary>Mints the leaf certificate that an intercepted client sees: one name, P-256, short-lived, kept in a bounded cache.</summary>
/// <remarks>
/// One name only: a certificate mirrored from the origin would let a browser send requests for its other names over the same connection, past the host decision
/// (<see href="https://www.rfc-editor.org/rfc/rfc9113#section-9.1.1">RFC 9113 §9.1.1</see>). It ends no later than the origin's own certificate once that has been seen.
/// Minting costs about 0.2 ms (one signature); a hit costs a look-up. Safe from any thread; several first requests for one host mint once.
/// </remarks>
public sealed class CertificateMinter : IDisposable
{
    /// <summary>How long a leaf is valid. Far below the 825 days Apple accepts of a private authority; long enough to survive a suspended iPad's clock.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>A leaf is minted anew when less than this is left.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromHours(12);

    private readonly CertificateAuthorities _authorities;
    private readonly TimeProvider _clock;
    private readonly int _capacity;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, Lazy<Leaf>> _leaves = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _originEnds = new(StringComparer.Ordinal);

    /// <summary>The one host whose certificate the next authority signs already: a page that loads from there has a device that is ready for the change. Null for none.</summary>
    private readonly string? _previewHost;

    /// <summary>Makes a minter whose leaves are signed by the authority that mints at the time; all leaves share one key made for this process.</summary>
    public CertificateMinter(CertificateAuthorities authorities, TimeProvider clock, int capacity, string? previewHost = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_authorities, _clock, _capacity, _previewHost) = (authorities, clock, capacity, previewHost);
    }

    /// <summary>How many leaves are kept just now.</summary>
    public int Count => _leaves.Count;

    /// <summary>The certificate for a host.</summary>
    /// <param name="host">Canonical host: a name, an IPv4 address, or an IPv6 address in brackets.</param>
    public SslStreamCertificateContext For(string host)
    {
        var leaf = _leaves.GetOrAdd(host, static (name, self) => new Lazy<Leaf>(() => self.Mint(name)), this).Value;
        // A leaf of the authority before is minted anew at its next use: nobody empties a cache at the moment of the change.
        if (leaf.RenewAt <= _clock.GetUtcNow() || !ReferenceEquals(leaf.Authority, AuthorityFor(host)))
        {
            leaf = Mint(host);
            _leaves[host] = new Lazy<Leaf>(leaf);
        }
        if (_leaves.Count > _capacity) Trim(host);
        return leaf.Context;
    }

    /// <summary>Notes when an origin's certificate ends; a leaf that would outlive it is dropped, so that the next connection sees one that does not.</summary>
    public void NoteOriginEnd(string host, DateTimeOffset end)
    {
        if (_clock.GetUtcNow() + Lifetime < end) return;
        if (_originEnds.Count >= _capacity) _originEnds.Clear();
        _originEnds[host] = end;
        if (_leaves.TryGetValue(host, out var leaf) && leaf.Value.NotAfter > end) _leaves.TryRemove(host, out _);
    }

    /// <summary>Drops a quarter of the cache. Which quarter hardly matters: a dropped leaf costs one signature at its next use.</summary>
    private void Trim(string keep)
    {
        var surplus = _leaves.Count - _capacity * 3 / 4;
        foreach (var host in _leaves.Keys)
        {
            if (surplus <= 0) break;
            if (host != keep && _leaves.TryRemove(host, out _)) surplus--;
        }
    }

    private CertificateAuthority AuthorityFor(string host) => _authorities.Current is var set && host == _previewHost && set.Next is { } next ? next : set.Minting;

    private Leaf Mint(string host)
    {
        var authority = AuthorityFor(host);
        // By a clock that is wrong now may lie outside the authority's own time. A leaf that lies outside it can't be made, and a browser is to say what is wrong rather than meet a reset.
        var (begins, ends) = authority.Validity;
        var now = Within(_clock.GetUtcNow(), begins.AddDays(1), ends.AddDays(-1));
        var notAfter = now + Lifetime;
        if (_originEnds.TryGetValue(host, out var originEnd) && originEnd > now && originEnd < notAfter) notAfter = originEnd;
        if (ends < notAfter) notAfter = ends;

        // A common name holds at most 64 characters (RFC 5280, ub-common-name); the name that counts is the alternative name below.
        var request = new CertificateRequest(new X500DistinguishedName("CN=FilterGate"), _key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority.Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7F;
        using var bare = request.Create(authority.Certificate, now.AddDays(-1), notAfter, serial);
        var certificate = bare.CopyWithPrivateKey(_key);
        return new Leaf(authority, SslStreamCertificateContext.Create(certificate, [authority.Certificate], offline: true), notAfter, notAfter - RenewBefore < now ? notAfter : notAfter - RenewBefore);

        static DateTimeOffset Within(DateTimeOffset time, DateTimeOffset first, DateTimeOffset last) => time < first ? first : time > last && last > first ? last : time;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private sealed record Leaf(CertificateAuthority Authority, SslStreamCertificateContext Context, DateTimeOffset NotAfter, DateTimeOffset RenewAt);
}
