using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Files;

namespace FilterGate.Running;

/// <summary>Certificates that the gateway signs for a review site of another account: <c>review-tls/NAME.pem</c> in the data folder, each with its key and the authority's certificate.</summary>
/// <remarks>Safe from any thread. A file that was replaced is read again with the next connection.</remarks>
internal sealed class ReviewCertificates(string dataFolder) : IDisposable
{
    /// <summary>The folder.</summary>
    public const string FolderName = "review-tls";

    private readonly ConcurrentDictionary<string, (DateTime Written, SslStreamCertificateContext Context)> _read = new(StringComparer.Ordinal);

    /// <summary>The certificate for a name or an address of the site.</summary>
    /// <exception cref="IOException">The gateway has made none yet: the connection is refused.</exception>
    public SslStreamCertificateContext For(string name)
    {
        var path = PathOf(dataFolder, name);
        var written = File.GetLastWriteTimeUtc(path);
        if (_read.TryGetValue(name, out var known) && known.Written == written) return known.Context;
        var pem = File.ReadAllText(path);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPem(pem);
        var context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem, pem), [.. authority.Skip(1)], offline: true);
        _read[name] = (written, context);
        return context;
    }

    /// <summary>Puts a certificate in place, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    public static void Write(string dataFolder, string name, SslStreamCertificateContext context)
    {
        var folder = Path.Combine(dataFolder, FolderName);
        if (!Directory.Exists(folder))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, FileModes.FolderIn(dataFolder));
        }

        var path = PathOf(dataFolder, name);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileModes.FileIn(folder);
        using (var writer = new StreamWriter(path + ".new", options))
        {
            using var key = context.TargetCertificate.GetECDsaPrivateKey()!;
            writer.WriteLine(context.TargetCertificate.ExportCertificatePem());
            foreach (var authority in context.IntermediateCertificates) writer.WriteLine(authority.ExportCertificatePem());
            writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, context) in _read.Values) context.TargetCertificate.Dispose();
    }

    // Names are the settings' own and addresses; none holds a slash.
    private static string PathOf(string dataFolder, string name) => Path.Combine(dataFolder, FolderName, name + ".pem");
}
