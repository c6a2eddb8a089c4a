namespace FilterGate.State;

/// <summary>What a gateway saw since it last told: whether one device takes our certificate.</summary>
/// <param name="Who"><c>device:ipad-14</c>, or <c>client:10.20.1.7</c>.</param>
/// <param name="AcceptedAt">When a request last came through our certificate, or null.</param>
/// <param name="RefusedAt">When it last refused it with an alert, or null.</param>
/// <param name="Refused">Alerts since the last request that came through.</param>
/// <param name="Hosts">Hosts among them.</param>
/// <param name="Alert">The number of the last alert.</param>
public sealed record DeviceTrust(string Who, DateTimeOffset? AcceptedAt, DateTimeOffset? RefusedAt, int Refused, int Hosts, int? Alert)
{
    /// <summary>One host refused alone may be an app; so many say something of the device.</summary>
    public const int HostsMin = 2;

    /// <summary>True for a device that refused our certificate for several hosts and has let nothing through since the authority was changed, or for a week before.</summary>
    public bool IsUntrusting => Hosts >= HostsMin && RefusedAt is { } refused && (AcceptedAt is not { } accepted || refused - accepted > TimeSpan.FromDays(7));

    /// <summary>The device's name, or null for an address.</summary>
    public string? Device => Who.StartsWith("device:", StringComparison.Ordinal) ? Who["device:".Length..] : null;

    /// <summary>The address, or null for a device with a name.</summary>
    public string? Address => Who.StartsWith("client:", StringComparison.Ordinal) ? Who["client:".Length..] : null;
}

/// <summary>Alerts for one host on one day, of devices that take our certificate for others.</summary>
/// <param name="Host">Canonical host.</param>
/// <param name="Day">The UTC day.</param>
/// <param name="Refusals">How many alerts.</param>
/// <param name="Devices">From how many devices.</param>
/// <param name="Alert">The number of the last.</param>
public sealed record RefusedHost(string Host, DateOnly Day, int Refusals, int Devices, int Alert);

/// <summary>A host whose app seems to take no certificate but its own: proposed to be passed unread, with what speaks for it. Nothing follows from it by itself.</summary>
/// <param name="Host">Canonical host.</param>
/// <param name="Refusals">Alerts in the last <see cref="DaysBack"/> days.</param>
/// <param name="Devices">The most devices on one day.</param>
/// <param name="Days">On how many days.</param>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Alert">The number of the last alert.</param>
public sealed record PassThroughProposal(string Host, int Refusals, int Devices, int Days, DateOnly First, DateOnly Last, int Alert)
{
    /// <summary>How far back alerts count.</summary>
    public const int DaysBack = 14;

    /// <summary>Fewer alerts are an app that was opened once or twice.</summary>
    public const int RefusalsMin = 5;

    /// <summary>The evidence in one sentence.</summary>
    public string Evidence => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Refusals} TLS alerts ({Name(Alert)}) on {Days} day{(Days == 1 ? "" : "s")} from {First:yyyy-MM-dd} to {Last:yyyy-MM-dd}, from up to {Devices} device{(Devices == 1 ? "" : "s")} a day that take the certificate for other hosts");

    /// <summary>An alert that is about a certificate, by its name in RFC 8446 §6.2.</summary>
    public static string Name(int alert) => alert switch
    {
        42 => "bad certificate",
        46 => "certificate unknown",
        48 => "unknown authority",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"alert {alert}"),
    };
}

/// <summary>What was said of a proposal. Stored: add, never renumber.</summary>
public enum PassThroughDecision : byte
{
    /// <summary>HTTPS to the host is passed unread.</summary>
    Accepted = 1,
    /// <summary>It is read as before, and not proposed again.</summary>
    Refused = 2,
}

/// <summary>A proposal that somebody decided.</summary>
public sealed record PassThroughRecord(long Id, string Host, PassThroughDecision Decision, string Evidence, DateTimeOffset DecidedAt, string DecidedBy, string Reason, DateTimeOffset? EndedAt, string? EndedBy, string? EndReason);
