using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy;

/// <summary>One certificate of one host that is believed although it does not hold by itself: an old box, or another body's system that staff must reach.</summary>
/// <param name="Host">Canonical host: a name, an IPv4 address, or an IPv6 address in brackets. Exactly this one, none below it.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, in the form of <see cref="CertificateExceptions.Format"/>.</param>
/// <param name="Until">Its last day, which counts whole.</param>
/// <param name="Why">Why the school believes it.</param>
/// <param name="Line">Its line in the document, from 1.</param>
public sealed record CertificateException(string Host, string Fingerprint, DateOnly Until, string Why, int Line);

/// <summary>The certificates of origins that the school believes although they do not hold by themselves. Immutable; safe from any thread.</summary>
/// <remarks>It says whether a certificate is believed and nothing else: whether the site may be seen at all has been decided before, by the order of decisions.</remarks>
public sealed class CertificateExceptions
{
    /// <summary>Bytes of a SHA-256.</summary>
    private const int FingerprintBytes = 32;

    private readonly FrozenDictionary<string, (string Fingerprint, DateTimeOffset End)[]> _byHost;

    internal CertificateExceptions(ImmutableArray<CertificateException> exceptions, Timetable timetable) =>
        _byHost = exceptions.GroupBy(e => e.Host, StringComparer.Ordinal).ToFrozenDictionary(
            e => e.Key,
            // The last day counts whole, by the school's own clock.
            e => e.Select(one => (one.Fingerprint, timetable.StartOf(one.Until.AddDays(1)))).ToArray(),
            StringComparer.Ordinal);

    /// <summary>True when this very certificate of this very host is believed now. No allocation.</summary>
    /// <param name="canonicalHost">The host that the connection is for.</param>
    /// <param name="fingerprint">Of the certificate that it showed, in the form of <see cref="Format"/>.</param>
    /// <param name="time">Now.</param>
    public bool Cover(string canonicalHost, string fingerprint, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(canonicalHost);
        if (!_byHost.TryGetValue(canonicalHost, out var believed)) return false;
        foreach (var (known, end) in believed)
            if (known == fingerprint && time < end) return true;
        return false;
    }

    /// <summary>A fingerprint as people compare it: upper-case hex with colons.</summary>
    public static string Format(ReadOnlySpan<byte> sha256)
    {
        var digits = Convert.ToHexString(sha256);
        return string.Join(':', Enumerable.Range(0, digits.Length / 2).Select(i => digits.Substring(i * 2, 2)));
    }

    /// <summary>Reads a SHA-256 as tools and browsers show it: 64 hex digits in either case, with a colon or a space between the pairs or with none.</summary>
    public static bool TryReadFingerprint(string text, [NotNullWhen(true)] out string? fingerprint)
    {
        ArgumentNullException.ThrowIfNull(text);
        fingerprint = null;
        var digits = text;
        if (text.Length == FingerprintBytes * 3 - 1)
        {
            if (text[2] is not (':' or ' ')) return false;
            var pairs = text.Split(text[2]);
            if (pairs.Length != FingerprintBytes || pairs.Any(p => p.Length != 2)) return false;
            digits = string.Concat(pairs);
        }
        if (digits.Length != FingerprintBytes * 2 || !digits.All(char.IsAsciiHexDigit)) return false;
        fingerprint = Format(Convert.FromHexString(digits));
        return true;
    }
}
