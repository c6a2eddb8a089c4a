using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FilterGate.Proxy.Certificates;

/// <summary>The school's own certificate authority: an ECDSA P-256 key that never leaves the box and a certificate that devices are told to trust.</summary>
/// <remarks>Files <c>NAME.key</c> (PKCS#8 PEM, mode 0600) and <c>NAME.crt</c> (PEM) in a folder of mode 0700; the first authority of a box is called <c>ca</c>. Safe from any thread.</remarks>
public sealed class CertificateAuthority : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private CertificateAuthority(string name, X509Certificate2 certificate) => (Name, Certificate) = (name, certificate);

    /// <summary>What its files are called.</summary>
    public string Name { get; }

    /// <summary>The authority's certificate together with its private key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>The certificate alone, as devices install it.</summary>
    public string CertificatePem => Certificate.ExportCertificatePem();

    /// <summary>The certificate alone, DER.</summary>
    public byte[] CertificateDer => Certificate.Export(X509ContentType.Cert);

    /// <summary>The first and the last instant at which devices take it, UTC.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Validity => (new(Certificate.NotBefore.ToUniversalTime()), new(Certificate.NotAfter.ToUniversalTime()));

    /// <summary>The name that devices show it under.</summary>
    public string Title => Certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>SHA-256 of the certificate in upper-case hex with colons: what a person compares.</summary>
    public string Fingerprint => FilterGate.Policy.CertificateExceptions.Format(Certificate.GetCertHash(HashAlgorithmName.SHA256));

    /// <summary>Reads the authority from a folder, or makes one there.</summary>
    /// <exception cref="CertificateAuthorityException">A file cannot be read or written, or the two do not belong together: says which and what to do.</exception>
    public static CertificateAuthority Open(string folder, TimeProvider clock) => Open(folder, FirstName, clock, mayMake: true);

    internal const string FirstName = "ca";

    internal static CertificateAuthority Open(string folder, string name, TimeProvider clock, bool mayMake)
    {
        var keyFile = Path.Combine(folder, name + ".key");
        var certificateFile = Path.Combine(folder, name + ".crt");
        try
        {
            if (mayMake && !File.Exists(keyFile) && !File.Exists(certificateFile)) Create(folder, keyFile, certificateFile, name == FirstName ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", clock);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(keyFile) & ~OwnerOnly) != UnixFileMode.None)
                throw new CertificateAuthorityException($"The CA key {keyFile} can be read by others. Run: chmod 600 {keyFile}");
            return new CertificateAuthority(name, X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile), File.ReadAllText(keyFile)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CertificateAuthorityException($"The CA in {folder} cannot be used: {problem.Message} Check that both {name}.key and {name}.crt are there and belong to this user; restore them from a backup rather than making new ones, or every device must be set up again.", problem);
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            throw new CertificateAuthorityException($"The CA in {folder} is damaged: {problem.Message} Restore {name}.key and {name}.crt from a backup, or move both away to make a new CA (every device must then trust the new one).", problem);
        }
    }

    private static void Create(string folder, string keyFile, string certificateFile, string dateForm, TimeProvider clock)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = clock.GetUtcNow();
        // The date tells two authorities of one school apart in a device's list, and in a chain, which is built by name.
        var request = new CertificateRequest($"CN=FilterGate school CA {now.ToString(dateForm, CultureInfo.InvariantCulture)}, O=FilterGate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));

        // The key is written with its final mode from the first byte on, and the certificate last: a half-made CA is noticed, not used.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (var writer = new StreamWriter(keyFile, options)) writer.Write(key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
    }

    /// <inheritdoc/>
    public void Dispose() => Certificate.Dispose();
}

/// <summary>The CA cannot be used; the message says what to do.</summary>
public sealed class CertificateAuthorityException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CertificateAuthorityException(string message, Exception? inner = null) : base(message, inner) { }
}
