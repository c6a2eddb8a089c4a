using System.Collections.Immutable;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Devices;

/// <summary>Where the gateway learns which hardware address is behind an address; key <c>devices</c> of the settings.</summary>
internal sealed record DeviceSettings
{
    private static readonly string[] Keys = ["neighbours", "dnsmasq_leases", "kea_leases"];

    /// <summary>The kernel's own table of neighbours. On unless said: it costs a read each few seconds.</summary>
    public bool Neighbours { get; init; } = true;

    /// <summary>Lease files of dnsmasq, absolute: <c>/var/lib/misc/dnsmasq.leases</c> on Debian.</summary>
    public ImmutableArray<string> DnsmasqLeases { get; init; } = [];

    /// <summary>Lease files of Kea, absolute: <c>/var/lib/kea/kea-leases4.csv</c>, <c>kea-leases6.csv</c>.</summary>
    public ImmutableArray<string> KeaLeases { get; init; } = [];

    /// <summary>Reads them; what is wrong goes to the reader's problems.</summary>
    public static DeviceSettings Read(SettingsReader reader, DocumentNode node)
    {
        var settings = new DeviceSettings();
        foreach (var (key, value) in reader.Entries(node, Keys, "devices"))
        {
            settings = key.Text switch
            {
                "neighbours" => settings with { Neighbours = ReadSwitch(reader, value) ?? settings.Neighbours },
                "dnsmasq_leases" => settings with { DnsmasqLeases = reader.Paths(value) },
                _ => settings with { KeaLeases = reader.Paths(value) },
            };
        }
        return settings;
    }

    private static bool? ReadSwitch(SettingsReader reader, DocumentNode node)
    {
        if (reader.Text(node, "on or off") is not { } text) return null;
        if (text is "on" or "off") return text == "on";
        reader.Wrong(node, $"on or off is wanted here, not '{text}'");
        return null;
    }
}
