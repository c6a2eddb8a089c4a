using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>Bounds of the gateway that a school may change; null keeps the default that stands beside the code which uses it.</summary>
internal sealed record LimitSettings
{
    private static readonly string[] Keys =
        ["connections", "connections_per_client", "request_line_bytes", "request_head_bytes", "head_timeout", "connect_timeout", "activity_timeout", "tunnel_idle_timeout", "certificates", "events_megabytes"];

    /// <summary>Connections open at once, 10 to 1,000,000.</summary>
    public int? Connections { get; init; }

    /// <summary>Connections from one address, 1 to 1,000,000.</summary>
    public int? ConnectionsPerClient { get; init; }

    /// <summary>Longest request line in bytes, 1,024 to 1,048,576.</summary>
    public int? RequestLineBytes { get; init; }

    /// <summary>Longest request head in bytes, 1,024 to 1,048,576.</summary>
    public int? RequestHeadBytes { get; init; }

    /// <summary>How long a request head may take, 1 s to 1 h as all times here.</summary>
    public TimeSpan? HeadTimeout { get; init; }

    /// <summary>How long connecting to an origin may take.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>How long an exchange may show no activity.</summary>
    public TimeSpan? ActivityTimeout { get; init; }

    /// <summary>How long a tunnel may show no activity.</summary>
    public TimeSpan? TunnelIdleTimeout { get; init; }

    /// <summary>Minted certificates kept, 16 to 1,000,000.</summary>
    public int? Certificates { get; init; }

    /// <summary>Bytes that all files of events may take; written in megabytes, 100 to 10,000,000.</summary>
    public long? EventsBytes { get; init; }

    /// <summary>Reads the <c>limits</c> of the settings.</summary>
    public static LimitSettings Read(SettingsReader reader, DocumentNode node)
    {
        const int bytesMax = 1024 * 1024;
        var limits = new LimitSettings();
        foreach (var (key, value) in reader.Entries(node, Keys, "limits"))
        {
            limits = key.Text switch
            {
                "connections" => limits with { Connections = reader.Number(value, 10, 1_000_000) },
                "connections_per_client" => limits with { ConnectionsPerClient = reader.Number(value, 1, 1_000_000) },
                "request_line_bytes" => limits with { RequestLineBytes = reader.Number(value, 1024, bytesMax) },
                "request_head_bytes" => limits with { RequestHeadBytes = reader.Number(value, 1024, bytesMax) },
                "head_timeout" => limits with { HeadTimeout = reader.Duration(value) },
                "connect_timeout" => limits with { ConnectTimeout = reader.Duration(value) },
                "activity_timeout" => limits with { ActivityTimeout = reader.Duration(value) },
                "tunnel_idle_timeout" => limits with { TunnelIdleTimeout = reader.Duration(value) },
                "certificates" => limits with { Certificates = reader.Number(value, 16, 1_000_000) },
                "events_megabytes" => limits with { EventsBytes = reader.Number(value, 100, 10_000_000) * 1_000_000L },
                _ => throw new System.Diagnostics.UnreachableException(key.Text),
            };
        }
        return limits;
    }
}
