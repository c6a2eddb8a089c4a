using System.CommandLine;
using FilterGate.Proxy.Certificates;

namespace FilterGate.Commands;

/// <summary><c>certificates export</c>: the CA's certificate, for devices to trust.</summary>
internal static class CertificatesCommand
{
    /// <summary>Makes the group.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("certificates", "The certificate authority that devices trust.", new CommandExample("filtergate certificates export --out filtergate-ca.crt", "for device management")) { new Export(host) };

    private enum Format
    {
        Pem,
        Der,
    }

    private sealed class Export : GatewayCommand
    {
        private readonly Option<Format> _format = new("--format") { HelpName = "pem|der", Description = "PEM (default), or DER for Windows and Android" };
        private readonly Option<FileInfo?> _out = new("--out") { HelpName = "FILE", Description = "write to a file instead of standard output" };

        public Export(CommandHost host) : base(host, "export", "Print the CA's certificate; its key never leaves the box.",
            new CommandExample("filtergate certificates export > filtergate-ca.crt", "PEM, for iPads, Chromebooks and Linux"),
            new CommandExample("filtergate certificates export --format der --out filtergate-ca.cer", "DER, for Windows"))
        {
            Options.Add(_format);
            Options.Add(_out);
        }

        protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            var folder = Path.Combine(context.DataFolder, "ca");
            if (!File.Exists(Path.Combine(folder, "ca.crt")))
                throw new UserErrorException($"there is no certificate authority in {folder} yet. `filtergate run` makes one at its first start; or name another data folder with --data DIR.");
            CertificateAuthority authority;
            try
            {
                authority = CertificateAuthority.Open(folder, context.Clock);
            }
            catch (CertificateAuthorityException problem)
            {
                throw new UserErrorException(problem.Message, inner: problem);
            }

            using (authority) return await WriteAsync(context, authority, cancellationToken);
        }

        private async Task<int> WriteAsync(CommandContext context, CertificateAuthority authority, CancellationToken cancellationToken)
        {
            var isDer = context.Value(_format) == Format.Der;
            if (context.Value(_out) is { } file)
            {
                try
                {
                    if (isDer) await File.WriteAllBytesAsync(file.FullName, authority.CertificateDer, cancellationToken);
                    else await File.WriteAllTextAsync(file.FullName, authority.CertificatePem + "\n", cancellationToken);
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    throw new UserErrorException($"{file.FullName} cannot be written: {problem.Message}", inner: problem);
                }

                context.Error.WriteLine($"Written to {file.FullName}. Its SHA-256 fingerprint, to compare on a device: {authority.Fingerprint}");
                return ExitCode.Done;
            }

            if (isDer) throw new UserErrorException("DER is not text; name a file with --out FILE");
            if (context.Json) context.WriteJson(new { Pem = authority.CertificatePem, authority.Fingerprint });
            else context.Output.WriteLine(authority.CertificatePem);
            return ExitCode.Done;
        }
    }
}
