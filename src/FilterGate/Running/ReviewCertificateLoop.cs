using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using FilterGate.Proxy.Certificates;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>Signs the certificates of a review site that runs as another account, and keeps them fresh: for its names, and for the addresses at which it listens. It signs nothing else: a review site that somebody has taken over can ask for no other name.</summary>
internal sealed partial class ReviewCertificateLoop : BackgroundLoop
{
    // A new address of the box, or another authority, reaches the site this late.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Begins at once.</summary>
    /// <param name="authorities">Who signs.</param>
    /// <param name="dataFolder">Where they go.</param>
    /// <param name="names">DNS names of the site.</param>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="clock">When certificates are due.</param>
    /// <param name="log">Hears of what could not be written.</param>
    public ReviewCertificateLoop(CertificateAuthorities authorities, string dataFolder, ImmutableArray<string> names, IPEndPoint endPoint, TimeProvider clock, ILogger log) =>
        Begin(token => RunAsync(authorities, dataFolder, names, endPoint, clock, log, token));

    private static async Task RunAsync(CertificateAuthorities authorities, string dataFolder, ImmutableArray<string> names, IPEndPoint endPoint, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        var written = new Dictionary<string, SslStreamCertificateContext>(StringComparer.Ordinal);
        using var minter = new CertificateMinter(authorities, clock, capacity: 64);
        using var timer = new PeriodicTimer(Every, clock);
        var (lastSuccess, hasFailed) = (clock.GetUtcNow(), false);
        do
        {
            try
            {
                foreach (var name in names.Concat(AddressesOf(endPoint.Address)).Distinct(StringComparer.Ordinal))
                {
                    var context = minter.For(name);
                    if (written.TryGetValue(name, out var last) && ReferenceEquals(last, context)) continue;
                    ReviewCertificates.Write(dataFolder, name, context);
                    written[name] = context;
                }

                (lastSuccess, hasFailed) = (clock.GetUtcNow(), false);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                if (!hasFailed) NotWritten(log, lastSuccess, problem.Message);
                hasFailed = true;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static IEnumerable<string> AddressesOf(IPAddress listened) => !listened.Equals(IPAddress.Any) && !listened.Equals(IPAddress.IPv6Any)
        ? [listened.ToString()]
        : NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address).Where(a => !a.IsIPv6LinkLocal).Select(a => a.ToString());

    [LoggerMessage(245, LogLevel.Warning, "The certificates of the review site could not be written (last time they could: {LastSuccess:u}); this is tried again every half minute: {Problem}")]
    private static partial void NotWritten(ILogger log, DateTimeOffset lastSuccess, string problem);
}
