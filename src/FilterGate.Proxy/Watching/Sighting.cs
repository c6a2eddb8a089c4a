using FilterGate.Policy;

namespace FilterGate.Proxy.Watching;

/// <summary>What was done with the bytes of a connection.</summary>
public enum WatchedTls
{
    /// <summary>No TLS: plain HTTP.</summary>
    Clear,

    /// <summary>Read: our certificate is in between.</summary>
    Intercepted,

    /// <summary>Passed unread, because the tier says so of every site.</summary>
    Tunnel,

    /// <summary>Passed unread, because this host is never intercepted in a tier that reads the others.</summary>
    Exempt,

    /// <summary>Ended before it was either.</summary>
    Refused,
}

/// <summary>What came of it.</summary>
public enum WatchedOutcome
{
    /// <summary>The device got an answer.</summary>
    Answered,

    /// <summary>A tunnel begins; its end is another sighting.</summary>
    Opened,

    /// <summary>A tunnel has ended.</summary>
    Closed,

    /// <summary>The gateway said no.</summary>
    Refused,

    /// <summary>It broke on the way to the site, or between the device and us.</summary>
    Failed,

    /// <summary>The site is connected and has said nothing yet; what comes of it is another sighting.</summary>
    Waiting,

    /// <summary>The device went away before it was answered.</summary>
    GivenUp,
}

/// <summary>What is in the way of a connection. Shown as a code in kebab case (<c>pinned-app</c>): add, never rename.</summary>
public enum Trouble
{
    /// <summary>The policy refuses it, warns first, or its minutes are used up.</summary>
    Policy,
    /// <summary>An address of the school's own network.</summary>
    PrivateDestination,
    /// <summary>Neither TLS nor HTTP, in a tier that reads what passes.</summary>
    TlsPolicy,
    /// <summary>A port that is no web site's.</summary>
    PortRefused,
    /// <summary>The device is outside the policy's networks.</summary>
    OutsideNetworks,
    /// <summary>The device has as many connections as one may have.</summary>
    TooManyConnections,
    /// <summary>Our certificate was refused, and it is not clear yet whether by the device or by one app.</summary>
    CertificateRejected,
    /// <summary>Our certificate was refused for every host so far: the device does not have the school's authority.</summary>
    CaNotTrusted,
    /// <summary>Our certificate was refused for this host while others were fine: the app takes its maker's certificate alone.</summary>
    PinnedApp,
    /// <summary>The device and the gateway agreed on no TLS for another reason.</summary>
    ClientTls,
    /// <summary>The name has no address.</summary>
    NameNotFound,
    /// <summary>The name server did not answer.</summary>
    NameServerFailed,
    /// <summary>Nothing listens there.</summary>
    OriginRefused,
    /// <summary>The site took too long to be connected.</summary>
    OriginTimedOut,
    /// <summary>No way there from here.</summary>
    NetworkUnreachable,
    /// <summary>The site's certificate has expired or is not valid yet.</summary>
    OriginCertificateExpired,
    /// <summary>The site's certificate is for another name.</summary>
    OriginCertificateName,
    /// <summary>The site's certificate comes from an authority that is not trusted.</summary>
    OriginCertificateUntrusted,
    /// <summary>TLS with the site failed.</summary>
    OriginTls,
    /// <summary>The site closed the connection, or said what is not HTTP.</summary>
    OriginBroken,
    /// <summary>The site is connected and says nothing.</summary>
    OriginSlow,
    /// <summary>The site answered that it has failed (500 to 599).</summary>
    OriginError,
}

/// <summary>One thing that a watched device did: a request, a tunnel that began or ended, or a connection that came to nothing.</summary>
/// <remarks>Never of a protected help site. Of a locked hit host, path and rule are null. There is no query string in it, and no person.</remarks>
public sealed record Sighting
{
    /// <summary>Counts the sightings of a watch from 1.</summary>
    public long Number { get; init; }
    /// <summary>When it was seen, UTC.</summary>
    public required DateTimeOffset Time { get; init; }
    /// <summary>The device's address.</summary>
    public required string Address { get; init; }
    /// <summary>The device's name, where the school's records have one.</summary>
    public string? Device { get; init; }
    /// <summary>The tier that decided; null where nothing was decided.</summary>
    public string? Tier { get; init; }
    /// <summary>HTTP method; <c>CONNECT</c> where no request was read; null where nothing was said.</summary>
    public string? Method { get; init; }
    /// <summary>Canonical host.</summary>
    public string? Host { get; init; }
    /// <summary>Port.</summary>
    public int? Port { get; init; }
    /// <summary>Path without its query, at most <see cref="PathLengthMax"/> characters; null where it was not seen.</summary>
    public string? Path { get; init; }
    /// <summary>The verdict; null where nothing was decided.</summary>
    public Verdict? Verdict { get; init; }
    /// <summary>The reason; null where nothing was decided.</summary>
    public Reason? Reason { get; init; }
    /// <summary>The category that decided, else null.</summary>
    public string? Category { get; init; }
    /// <summary>The school's own entry or rule that decided, else null.</summary>
    public string? Rule { get; init; }
    /// <summary>What was done with its bytes.</summary>
    public required WatchedTls Tls { get; init; }
    /// <summary>What came of it.</summary>
    public required WatchedOutcome Outcome { get; init; }
    /// <summary>The status that the device got, or null.</summary>
    public int? Status { get; init; }
    /// <summary>Bytes that went to the device: of an answer's body where its length was given, of a tunnel when it has ended; else null.</summary>
    public long? BytesIn { get; init; }
    /// <summary>Bytes that a tunnel took to the site; null until it has ended.</summary>
    public long? BytesOut { get; init; }
    /// <summary>How long it took; null where that says nothing.</summary>
    public TimeSpan? Took { get; init; }
    /// <summary>What is in the way, or null.</summary>
    public Trouble? Trouble { get; init; }
    /// <summary>What exactly was said: <c>TLS alert 48, unknown_ca</c>; null where the trouble says it all.</summary>
    public string? Detail { get; init; }
    /// <summary>SHA-256 of the site's certificate where that is in the way, as people compare it; else null.</summary>
    public string? RefusedCertificate { get; init; }
    /// <summary>The JA4 of the program's ClientHello; null without TLS.</summary>
    public string? Ja4 { get; init; }

    /// <summary>Longest path kept, in characters: a line of a terminal and a half.</summary>
    public const int PathLengthMax = 160;
}
