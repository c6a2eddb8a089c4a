using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FilterGate.Commands.People;
using FilterGate.Proxy.Certificates;

namespace FilterGate.Commands.Certificates;

/// <summary><c>certificates profile</c>: the authorities as an Apple configuration profile, signed where a key is given.</summary>
internal sealed class CertificatesProfileCommand : GatewayCommand
{
    private readonly Option<FileInfo?> _out = new("--out") { HelpName = "FILE", Description = "write to a file instead of standard output" };
    private readonly Option<FileInfo?> _certificate = new("--sign-certificate") { HelpName = "FILE", Description = "PEM with the certificate to sign with, then those between it and its root" };
    private readonly Option<FileInfo?> _key = new("--sign-key") { HelpName = "FILE", Description = "PEM with its private key, RSA or ECDSA" };

    /// <summary>Makes the command.</summary>
    public CertificatesProfileCommand(CommandHost host) : base(host, "profile", "Make the Apple profile (.mobileconfig) that has an iPad or a Mac trust the gateway; while one authority follows another it has both.",
        new CommandExample("filtergate certificates profile --out filtergate.mobileconfig", "for device management, which signs it itself"),
        new CommandExample("filtergate certificates profile --sign-certificate school.pem --sign-key school.key --out filtergate.mobileconfig", "signed, for devices that people set up by hand"))
    {
        Options.Add(_out);
        Options.Add(_certificate);
        Options.Add(_key);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Value(_certificate) is null != (context.Value(_key) is null)) throw new UserErrorException("--sign-certificate and --sign-key go together");
        using var authorities = CertificatesCommand.Open(context);
        using var state = UnblockCommand.OpenState(context);
        var set = authorities.Current;
        var isSigned = context.Value(_key) is not null;
        var profile = AppleProfile.Make(set, SchoolRecords.Load(context, state).Document.School);
        if (isSigned) profile = Sign(profile, context.Value(_certificate)!, context.Value(_key)!);
        if (context.Value(_out) is { } file)
        {
            await CertificatesCommand.WriteAsync(file, profile, cancellationToken);
            context.Error.WriteLine($"Written to {file.FullName}: {set.Trusted.Length} certificate{(set.Trusted.Length == 1 ? "" : "s")}, {(isSigned ? "signed" : "not signed")}.");
            return ExitCode.Done;
        }
        if (isSigned) throw new UserErrorException("a signed profile is not text; name a file with --out FILE");
        if (context.Json) context.WriteJson(new { Profile = Encoding.UTF8.GetString(profile), Certificates = set.Trusted.Select(a => a.Fingerprint) });
        else context.Output.Write(Encoding.UTF8.GetString(profile));
        return ExitCode.Done;
    }

    /// <summary>Puts a signature around it (CMS, DER): a device shows who it is from, and as <em>Verified</em> where it trusts the signer already.</summary>
    /// <exception cref="UserErrorException">Certificate or key cannot be read, or they do not belong together.</exception>
    private static byte[] Sign(byte[] profile, FileInfo certificate, FileInfo key)
    {
        try
        {
            using var signer = X509Certificate2.CreateFromPemFile(certificate.FullName, key.FullName);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate.FullName);
            var signed = new SignedCms(new ContentInfo(profile), detached: false);
            var by = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, signer) { IncludeOption = X509IncludeOption.None, DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1", "sha256") };
            by.SignedAttributes.Add(new Pkcs9SigningTime());
            by.Certificates.AddRange(chain);
            signed.ComputeSignature(by, silent: true);
            return signed.Encode();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new UserErrorException($"the profile cannot be signed with {certificate.Name} and {key.Name}: {problem.Message}", inner: problem);
        }
    }
}
