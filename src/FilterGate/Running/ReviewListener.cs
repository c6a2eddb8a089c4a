using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using FilterGate.Proxy.Certificates;
using FilterGate.Review;
using FilterGate.Samples;
using FilterGate.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FilterGate.Running;

/// <summary>How the review site is reached: on loopback plain HTTP; elsewhere TLS, with a certificate that the school's own authority signs, so that devices which trust it are content.</summary>
/// <remarks>Beside the gateway in one process it signs its own; as a process of its own it takes what the gateway has signed (<see cref="ReviewCertificates"/>) and never sees the authority's key.</remarks>
internal sealed class ReviewListener : IDisposable
{
    /// <summary>Names and addresses that certificates are kept for.</summary>
    private const int CertificatesMax = 16;

    private readonly CertificateAuthorities? _authorities;
    private readonly CertificateMinter? _minter;
    private readonly ReviewCertificates? _certificates;

    private ReviewListener(ReviewSiteOptions site, CertificateAuthorities? authorities, ReviewCertificates? certificates, TimeProvider clock)
    {
        (Site, _authorities, _certificates) = (site, authorities, certificates);
        if (authorities is not null) _minter = new CertificateMinter(authorities, clock, CertificatesMax);
    }

    /// <summary>What the site is told of it.</summary>
    public ReviewSiteOptions Site { get; }

    /// <summary>True off loopback.</summary>
    public static bool NeedsSignIn(IPEndPoint endPoint) => !IPAddress.IsLoopback(endPoint.Address);

    /// <summary>Opens what the listener needs.</summary>
    /// <param name="endPoint">Where the site listens.</param>
    /// <param name="names">Its DNS names.</param>
    /// <param name="dataFolder">Holds the authority and the keys of cookies.</param>
    /// <param name="isApart">True in a process of its own.</param>
    /// <param name="clock">When certificates are due.</param>
    /// <exception cref="CertificateAuthorityException">Off loopback: the authority cannot be used.</exception>
    public static ReviewListener Open(IPEndPoint endPoint, ImmutableArray<string> names, string dataFolder, bool isApart, TimeProvider clock)
    {
        var isSecure = NeedsSignIn(endPoint);
        var site = new ReviewSiteOptions { IsSecure = isSecure, Names = names, KeysFolder = Path.Combine(dataFolder, "review-keys"), IsInvented = File.Exists(SampleSchool.MarkIn(dataFolder)) };
        return new ReviewListener(site, isSecure && !isApart ? CertificateAuthorities.Open(Path.Combine(dataFolder, "ca"), clock) : null, isSecure && isApart ? new ReviewCertificates(dataFolder) : null, clock);
    }

    /// <summary>The address of the site as a person opens it, without a slash at the end; null when the settings do not tell.</summary>
    public static string? UrlOf(GatewaySettings settings)
    {
        var at = settings.ReviewListen ?? new IPEndPoint(IPAddress.Loopback, 8090);
        if (!NeedsSignIn(at)) return $"http://localhost:{at.Port}";
        var port = at.Port == 443 ? "" : $":{at.Port}";
        if (settings.ReviewNames is [var name, ..]) return $"https://{name}{port}";
        return at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any) ? null : $"https://{new IPEndPoint(at.Address, 0).ToString()[..^2]}{port}";
    }

    /// <summary>Sets the listener up.</summary>
    public void Configure(ListenOptions listen)
    {
        if (!Site.IsSecure)
        {
            listen.Protocols = HttpProtocols.Http1;
            return;
        }
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = hello => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = CertificateFor(NameFor(hello.ClientHelloInfo.ServerName, (hello.Connection.LocalEndPoint as IPEndPoint)?.Address)),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }),
        });
    }

    private SslStreamCertificateContext CertificateFor(string name) => _minter is not null ? _minter.For(name) : _certificates!.For(name);

    /// <summary>The one name of the certificate: one of ours, or the address that was dialled. A foreign name gets ours, never its own.</summary>
    private string NameFor(string serverName, IPAddress? local)
    {
        if (Site.Names.FirstOrDefault(name => name.Equals(serverName, StringComparison.OrdinalIgnoreCase)) is { } ours) return ours;
        if (local is { IsIPv4MappedToIPv6: true }) local = local.MapToIPv4();
        return local?.ToString() ?? (Site.Names is [var first, ..] ? first : "localhost");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _minter?.Dispose();
        _authorities?.Dispose();
        _certificates?.Dispose();
    }
}
