namespace FilterGate.State;

/// <summary>How much of a request the filter could see. Stored: add, never renumber.</summary>
public enum CoverageMode : byte
{
    /// <summary>The whole of it: its HTTPS was read, or it came in clear text.</summary>
    Read = 1,
    /// <summary>The host name alone, because the policy passes the HTTPS of this tier unread.</summary>
    NameOnly = 2,
    /// <summary>The host name alone, because the school or FilterGate exempts the site: a help site, or one that is never read.</summary>
    Exempt = 3,
    /// <summary>Nothing came of it: it was to be read, and the client did not take the gateway's certificate.</summary>
    Failed = 4,
    /// <summary>It was refused by its host name before anything of it could be read.</summary>
    Refused = 5,
}

/// <summary>Why something was not read. Stored: add, never renumber.</summary>
public enum CoverageReason : byte
{
    /// <summary>It was read.</summary>
    None = 0,
    /// <summary>The tier passes HTTPS unread (<c>tls: tunnel</c>).</summary>
    TierTunnels = 1,
    /// <summary>The site is on a never-intercept list: the shipped one, the school's own or a bundle's.</summary>
    NeverIntercept = 2,
    /// <summary>A protected help site. Counted, never named.</summary>
    HelpSite = 3,
    /// <summary>The client ended the handshake: it does not trust the gateway's certificate, or an app trusts its own alone.</summary>
    CertificateRefused = 4,
    /// <summary>The policy refused the host.</summary>
    Policy = 5,
    /// <summary>What came was neither HTTP nor TLS.</summary>
    NotTls = 6,
}

/// <summary>What a device is, as far as its browser says plainly. Stored: add, never renumber.</summary>
public enum DeviceKind : byte
{
    /// <summary>Nobody says: an app, or a tunnel.</summary>
    Unknown = 0,
    /// <summary>An iPad or iPhone.</summary>
    IPad = 1,
    /// <summary>A Chromebook.</summary>
    Chromebook = 2,
    /// <summary>Windows.</summary>
    Windows = 3,
    /// <summary>A Mac; an iPad that asks for desktop pages says the same.</summary>
    Mac = 4,
    /// <summary>Android.</summary>
    Android = 5,
    /// <summary>Something else that says what it is.</summary>
    Other = 6,
}

/// <summary>How the school holds a device. Stored: add, never renumber.</summary>
public enum DeviceHolding : byte
{
    /// <summary>The school's records and its policy do not name it.</summary>
    Unknown = 0,
    /// <summary>They name it, and it is nobody's own.</summary>
    Named = 1,
    /// <summary>On loan to one person.</summary>
    Loan = 2,
    /// <summary>Of a trolley.</summary>
    Trolley = 3,
}

/// <summary>Whose traffic it is, as far as the gateway knows. Stored: add, never renumber.</summary>
public enum CoverageIdentity : byte
{
    /// <summary>An address and no more.</summary>
    Neither = 0,
    /// <summary>A device that is named.</summary>
    Device = 1,
    /// <summary>A person.</summary>
    Person = 2,
}

/// <summary>Requests of one hour that were alike to the filter. It holds no host and no person.</summary>
/// <param name="Hour">The beginning of the UTC hour.</param>
/// <param name="Tier">The tier.</param>
/// <param name="DeviceKind">What the device is.</param>
/// <param name="Mode">How much was seen.</param>
/// <param name="Reason">Why it was not read; <see cref="CoverageReason.None"/> for what was.</param>
public readonly record struct CoverageKey(DateTimeOffset Hour, string Tier, DeviceKind DeviceKind, CoverageMode Mode, CoverageReason Reason)
{
    /// <summary>How the school holds the device.</summary>
    public DeviceHolding Holding { get; init; }

    /// <summary>Whose it is.</summary>
    public CoverageIdentity Identity { get; init; }
}

/// <summary>A count of <see cref="CoverageKey"/>.</summary>
/// <param name="Key">What was counted.</param>
/// <param name="Requests">How many: requests of what was read, connections of what was not.</param>
/// <param name="Bytes">Bytes of answers; of a connection that was not read, the bytes that came from the site.</param>
public sealed record CoverageCount(CoverageKey Key, long Requests, long Bytes)
{
    /// <summary>The beginning of the UTC hour.</summary>
    public DateTimeOffset Hour => Key.Hour;

    /// <summary>The tier.</summary>
    public string Tier => Key.Tier;

    /// <summary>What the device is.</summary>
    public DeviceKind DeviceKind => Key.DeviceKind;

    /// <summary>How the school holds the device.</summary>
    public DeviceHolding Holding => Key.Holding;

    /// <summary>How much was seen.</summary>
    public CoverageMode Mode => Key.Mode;

    /// <summary>Why it was not read.</summary>
    public CoverageReason Reason => Key.Reason;

    /// <summary>Whose it is.</summary>
    public CoverageIdentity Identity => Key.Identity;

    /// <summary>True where a person or a device is known.</summary>
    public bool IsIdentified => Key.Identity != CoverageIdentity.Neither;
}
