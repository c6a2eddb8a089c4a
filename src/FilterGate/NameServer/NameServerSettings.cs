using System.Collections.Immutable;
using System.Net;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.NameServer;

/// <summary>How the box's name server is to be set up; key <c>name_server</c> of the settings. What <c>dns show</c>, <c>write</c> and <c>check</c> take where their options say nothing, and what <c>doctor</c> looks at.</summary>
internal sealed record NameServerSettings
{
    private static readonly string[] Keys = ["file", "gateway", "listen", "upstream", "domains", "tier"];

    /// <summary>The file that dnsmasq reads: <c>/etc/dnsmasq.d/filtergate.conf</c>. Null where the box has none of ours.</summary>
    public string? File { get; init; }

    /// <summary>Addresses of the box, where devices find <c>filtergate.internal</c>.</summary>
    public ImmutableArray<IPAddress> Gateway { get; init; } = [];

    /// <summary>Addresses that it answers on; none for all of the box.</summary>
    public ImmutableArray<IPAddress> Listen { get; init; } = [];

    /// <summary>Resolvers that it asks; none for those of the box.</summary>
    public ImmutableArray<IPEndPoint> Upstream { get; init; } = [];

    /// <summary>Search domains of the school's devices.</summary>
    public ImmutableArray<string> Domains { get; init; } = [];

    /// <summary>The tier whose safe search it holds devices to; null for that of unknown devices.</summary>
    public string? Tier { get; init; }

    /// <summary>An address at which this box can ask it; null where nobody says.</summary>
    public IPEndPoint? Server(int? port) => (Listen.IsEmpty ? Gateway : Listen) is [var first, ..] ? new IPEndPoint(first, port ?? 53) : null;

    /// <summary>Reads them; what is wrong goes to the reader's problems.</summary>
    public static NameServerSettings Read(SettingsReader reader, DocumentNode node)
    {
        var settings = new NameServerSettings();
        foreach (var (key, value) in reader.Entries(node, Keys, "name_server"))
        {
            settings = key.Text switch
            {
                "file" => settings with { File = reader.Path(value) },
                "gateway" => settings with { Gateway = Addresses(reader, value) },
                "listen" => settings with { Listen = Addresses(reader, value) },
                "upstream" => settings with { Upstream = [.. SettingsReader.Items(value).Select(item => Server(reader, item)).OfType<IPEndPoint>()] },
                "domains" => settings with { Domains = reader.HostNames(value) },
                _ => settings with { Tier = reader.Text(value, "a tier") },
            };
        }
        if (settings.File is not null && settings.Gateway.IsEmpty) reader.Wrong(node, "name_server: file needs gateway, an address of the box in the school's network");
        return settings;
    }

    /// <summary>An address, with a port where one is written; null for what is none.</summary>
    public static IPEndPoint? ServerOf(string text) =>
        AddressOf(text) is { } address ? new IPEndPoint(address, 53) : IPEndPoint.TryParse(text, out var both) && both.Port > 0 ? both : null;

    /// <summary>An address; null for what is none. <c>10.20.1</c> is none, whatever old programs make of it.</summary>
    public static IPAddress? AddressOf(string text) => IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3) ? address : null;

    private static ImmutableArray<IPAddress> Addresses(SettingsReader reader, DocumentNode node)
    {
        var addresses = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (var item in SettingsReader.Items(node))
        {
            if (reader.Text(item, "an address such as 10.20.0.1") is not { } text) continue;
            if (AddressOf(text) is { } address) addresses.Add(address);
            else reader.Wrong(item, $"'{text}' is no address; write 10.20.0.1 or \"fd00::1\"");
        }
        return addresses.ToImmutable();
    }

    private static IPEndPoint? Server(SettingsReader reader, DocumentNode node)
    {
        if (reader.Text(node, "an address such as 9.9.9.9") is not { } text) return null;
        if (ServerOf(text) is { } server) return server;
        reader.Wrong(node, $"'{text}' is no address; write 9.9.9.9, 9.9.9.9:5353 or \"[fd00::1]:53\"");
        return null;
    }
}
