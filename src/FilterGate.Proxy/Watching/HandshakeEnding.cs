using System.Security.Authentication;

namespace FilterGate.Proxy.Watching;

/// <summary>Why a client ended a TLS handshake with us, as far as it said.</summary>
/// <param name="Trouble"><see cref="Watching.Trouble.CertificateRejected"/> or <see cref="Watching.Trouble.ClientTls"/>.</param>
/// <param name="Detail">What it said, for people.</param>
internal readonly record struct HandshakeEnding(Trouble Trouble, string Detail)
{
    /// <summary>The number of its alert; null where it sent none.</summary>
    public int? Alert { get; init; }

    // RFC 9849 §5: the client has seen that its ECH was not taken, and asks again without.
    private const int EncryptedNameRequired = 121;

    /// <summary>True where nothing went wrong: a browser that hid a site's name has seen that it cannot here, and asks again by the name.</summary>
    public bool IsAskedAgain => Alert == EncryptedNameRequired;

    // RFC 8446 §6.2 and RFC 5246 §7.2.2, by number.
    private static readonly Dictionary<int, (string Name, bool IsAboutCertificate)> Alerts = new()
    {
        [0] = ("close_notify", true),
        [10] = ("unexpected_message", false),
        [40] = ("handshake_failure", false),
        [42] = ("bad_certificate", true),
        [43] = ("unsupported_certificate", true),
        [44] = ("certificate_revoked", true),
        [45] = ("certificate_expired", true),
        [46] = ("certificate_unknown", true),
        [47] = ("illegal_parameter", false),
        [48] = ("unknown_ca", true),
        [49] = ("access_denied", true),
        [50] = ("decode_error", false),
        [51] = ("decrypt_error", false),
        [70] = ("protocol_version", false),
        [71] = ("insufficient_security", false),
        [80] = ("internal_error", false),
        [90] = ("user_canceled", true),
        [112] = ("unrecognized_name", false),
        [120] = ("no_application_protocol", false),
        [EncryptedNameRequired] = ("ech_required", false),
    };

    /// <summary>Reads it from what <see cref="System.Net.Security.SslStream"/> threw.</summary>
    /// <remarks>
    /// OpenSSL's reason for an alert that came in is 1000 and the alert's number; .NET hands the whole error code on as the <see cref="Exception.HResult"/> of the innermost exception.
    /// Many clients, Apple's among them, only close the connection when they do not like a certificate: that counts as a rejection.
    /// </remarks>
    public static HandshakeEnding Of(Exception problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem is OperationCanceledException) return new HandshakeEnding(Trouble.ClientTls, "the device stopped in the middle of the handshake");
        for (var inner = problem; inner is not null; inner = inner.InnerException)
        {
            // The library's number stands above: 23 bits of reason in OpenSSL 3, 12 before.
            if (inner.GetType().Name == "OpenSslCryptographicException" && (inner.HResult & 0xFFF) - 1000 is >= 0 and <= 255 and var number) return OfAlert(number);
        }

        return problem is AuthenticationException
            ? new HandshakeEnding(Trouble.ClientTls, "no TLS version or cipher in common, or not TLS at all")
            : new HandshakeEnding(Trouble.CertificateRejected, "closed without a word after our certificate");
    }

    /// <summary>What an alert of this number says.</summary>
    internal static HandshakeEnding OfAlert(int number)
    {
        var (name, isAboutCertificate) = Alerts.GetValueOrDefault(number, ("unknown", false));
        return new HandshakeEnding(isAboutCertificate ? Trouble.CertificateRejected : Trouble.ClientTls, $"TLS alert {number}, {name}") { Alert = number };
    }
}
