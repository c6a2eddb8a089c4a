using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Matching;

namespace FilterGate.Policy.Documents;

/// <summary>Certificates of origins that the school believes although they do not hold by themselves.</summary>
internal sealed partial class PolicyReader
{
    private const int CertificateExceptionsMax = 100;

    private const string CertificateExceptionShape = "{ host: box.example, sha256: \"AB:CD:…\", until: 2027-07-31, why: … }";

    private static readonly string[] CertificateExceptionKeys = ["host", "sha256", "until", "why"];

    private ImmutableArray<CertificateException> ReadCertificateExceptions(DocumentNode? node)
    {
        var exceptions = ImmutableArray.CreateBuilder<CertificateException>();
        foreach (var item in Items(node, "certificate_exceptions"))
        {
            if (exceptions.Count == CertificateExceptionsMax)
            {
                Wrong(item, string.Create(CultureInfo.InvariantCulture, $"there are more than {CertificateExceptionsMax} certificate_exceptions"));
                break;
            }
            if (item is not DocumentMap map)
            {
                Wrong(item, $"an exception for a certificate is written as {CertificateExceptionShape}, not {item.Kind}");
                continue;
            }
            var keys = Known(map, CertificateExceptionKeys, [], "an exception of certificate_exceptions");
            // None of them has a default: whatever is left out would make the exception wider than somebody meant.
            if (CertificateExceptionKeys.Where(key => !keys.ContainsKey(key)).ToArray() is { Length: > 0 } missing)
            {
                Wrong(item, $"{string.Join(" and ", missing)} of an exception of certificate_exceptions is missing; write {CertificateExceptionShape}");
                continue;
            }
            var (host, fingerprint, until) = (ReadHost(keys["host"]), ReadFingerprint(keys["sha256"]), ReadDay(keys["until"]));
            if (ReadWords(keys["why"], "the reason", WhyLengthMax) is not { } why || host is null || fingerprint is null || until is not { } day) continue;
            if (exceptions.Any(e => e.Host == host && e.Fingerprint == fingerprint)) Wrong(item, $"this certificate of '{host}' is written twice under certificate_exceptions; keep one");
            else exceptions.Add(new CertificateException(host, fingerprint, day, why, item.Line));
        }
        return exceptions.ToImmutable();
    }

    /// <summary>One host, not those below it: a canonical name or an address.</summary>
    private string? ReadHost(DocumentNode node)
    {
        if (Text(node, "a host such as box.example") is not { } text) return null;
        // A name may hold a * in DNS; here it would be meant for many, and match none.
        if (!text.Contains('*', StringComparison.Ordinal) && CanonicalUrl.TryCanonicalizeHost(text, out var host)) return host;
        Wrong(node, $"'{text}' is no host; write one name such as box.example or one address, without https://, port, path or *");
        return null;
    }

    private string? ReadFingerprint(DocumentNode node)
    {
        if (Text(node, "the SHA-256 of a certificate") is not { } text) return null;
        if (CertificateExceptions.TryReadFingerprint(text, out var fingerprint)) return fingerprint;
        Wrong(node, $"'{text}' is no SHA-256 of a certificate: that has 64 hex digits, such as \"AB:CD:…\"; filtergate watch and filtergate works show that of a certificate that was refused");
        return null;
    }
}
