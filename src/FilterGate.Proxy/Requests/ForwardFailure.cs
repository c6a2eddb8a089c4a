namespace FilterGate.Proxy.Requests;

/// <summary>Where a request broke on its way to the origin. Each value says whose fault it is; turned into a status and a page in one place.</summary>
public enum ForwardFailure
{
    /// <summary>The name has no address. The site's, or a typing mistake.</summary>
    NameNotFound,
    /// <summary>The school's name server did not answer. Ours.</summary>
    NameServerFailed,
    /// <summary>Nothing listens there. The site's.</summary>
    ConnectionRefused,
    /// <summary>No answer to the connection in time. The site's or the line's.</summary>
    ConnectTimedOut,
    /// <summary>The network is down or has no way there. Ours.</summary>
    NetworkUnreachable,
    /// <summary>The certificate has expired or is not valid yet. The site's.</summary>
    CertificateExpired,
    /// <summary>The certificate is for another name. The site's, or somebody stands between.</summary>
    CertificateNameMismatch,
    /// <summary>The certificate comes from an authority that is not trusted. The site's, or somebody stands between.</summary>
    CertificateUntrusted,
    /// <summary>TLS could not be agreed. The site's.</summary>
    TlsFailed,
    /// <summary>The site closed or reset the connection before it answered, or answered what is not HTTP. The site's.</summary>
    BrokenAnswer,
    /// <summary>The site was connected but did not answer in time. The site's.</summary>
    AnswerTimedOut,
    /// <summary>The client went away. Nobody's.</summary>
    ClientGone,
}
