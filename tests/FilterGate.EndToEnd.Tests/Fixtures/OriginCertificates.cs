using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A certificate authority of the test's own and a server certificate of it, as PEM files: what origins of the internet have, for names that are not real.</summary>
internal sealed class OriginCertificates
{
    /// <summary>Makes both.</summary>
    /// <param name="folder">Where the files go.</param>
    /// <param name="names">Names that the server certificate holds.</param>
    public OriginCertificates(string folder, IEnumerable<string> names)
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Origin test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, critical: false));
        using var authority = authorityRequest.CreateSelfSigned(from, to);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=origin", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var server = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(8).Prepend((byte)1).ToArray());

        (AuthorityPath, ServerPath, KeyPath) = (Path.Combine(folder, "origin-ca.crt"), Path.Combine(folder, "origin.crt"), Path.Combine(folder, "origin.key"));
        File.WriteAllText(AuthorityPath, authority.ExportCertificatePem());
        File.WriteAllText(ServerPath, server.ExportCertificatePem());
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The authority, for <c>--trust-ca</c> and <c>curl --cacert</c>.</summary>
    public string AuthorityPath { get; }

    /// <summary>The server's certificate.</summary>
    public string ServerPath { get; }

    /// <summary>Its key.</summary>
    public string KeyPath { get; }
}
