using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Connections;

namespace FilterGate.Proxy.Requests;

/// <summary>Verifies the certificate of an origin: against the authorities that are trusted, else against the certificates that the policy says to believe.</summary>
/// <remarks>Everything of the gateway that speaks TLS to a site verifies here, for pupils' requests, a preview and <c>works</c> alike. Safe from any thread.</remarks>
internal sealed class OriginCertificates(CurrentPolicy policy, GatewayOptions options, TimeProvider clock)
{
    /// <summary>For <see cref="SslClientAuthenticationOptions.RemoteCertificateValidationCallback"/>: true, or a failure is thrown with its kind, for the page that says whose fault it is.</summary>
    /// <exception cref="UpstreamException">It is not believed; names the certificate.</exception>
    public bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        WhyNot(((SslStream)sender).TargetHostName, certificate, chain, errors) is { } why ? throw why : true;

    private UpstreamException? WhyNot(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (FailureOf(certificate, chain, errors) is not { } failure) return null;
        if (certificate is null) return new UpstreamException(failure, host);
        var fingerprint = CertificateExceptions.Format(certificate.GetCertHash(HashAlgorithmName.SHA256));
        var isException = CanonicalOf(host) is { } canonical && policy.Snapshot.CertificateExceptions.Cover(canonical, fingerprint, clock.GetUtcNow());
        return isException ? null : new UpstreamException(failure, host) { Certificate = fingerprint };
    }

    /// <summary>What is wrong with it by itself, or null.</summary>
    private ForwardFailure? FailureOf(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return null;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return ForwardFailure.CertificateNameMismatch;
        if (chain is null || certificate is not X509Certificate2 presented) return ForwardFailure.CertificateUntrusted;
        if (options.TrustedAuthorities.Count > 0 && IsTrustedByOption(presented, chain)) return null;
        return chain.ChainStatus.Any(s => s.Status.HasFlag(X509ChainStatusFlags.NotTimeValid)) ? ForwardFailure.CertificateExpired : ForwardFailure.CertificateUntrusted;
    }

    private bool IsTrustedByOption(X509Certificate2 presented, X509Chain sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(options.TrustedAuthorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var element in sent.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(presented);
    }

    /// <summary>A Host field names the site as its client wrote it, and TLS an IPv6 address without brackets.</summary>
    private static string? CanonicalOf(string host) =>
        IPAddress.TryParse(host, out var address) ? ConnectionTarget.HostOf(address) : CanonicalUrl.TryCanonicalizeHost(host, out var canonical) ? canonical : null;
}
