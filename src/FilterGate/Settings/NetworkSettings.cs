using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>How traffic comes to the gateway that no device was told to send there.</summary>
internal enum InterceptionMode
{
    /// <summary>The rules rewrite the destination; sites see the gateway's address. Needs no capability and survives asymmetric routing.</summary>
    Redirect,

    /// <summary>The rules hand packets over as they are; sites, and a router behind the gateway, see the client's address. Needs <c>CAP_NET_RAW</c> and answers that come back this way.</summary>
    Tproxy,
}

/// <summary>What the box's own network looks like: the part of the rules that no policy can know. Immutable.</summary>
internal sealed partial record NetworkSettings
{
    /// <summary>The port of DNS: rules send look-ups to the box's own resolver there unless told otherwise.</summary>
    public const int DnsPortDefault = 53;

    // Fifteen bytes are what Linux allows (IFNAMSIZ less its end); these characters need no quoting anywhere.
    private const int InterfacesMax = 64;
    private const int LetOutMax = 100;
    private static readonly string[] Keys = ["lan", "mode", "dns", "let_out", "when_down"];

    /// <summary>Interfaces behind which the school's devices are, VLAN interfaces included. Everything else is the side of the line.</summary>
    public ImmutableArray<string> Lan { get; init; } = [];

    /// <summary>How traffic is brought to the gateway.</summary>
    public InterceptionMode Mode { get; init; }

    /// <summary>The port of this box that look-ups are sent to, or null where the rules leave DNS alone.</summary>
    public int? DnsPort { get; init; } = DnsPortDefault;

    /// <summary>What closed networks may reach beside the web and DNS.</summary>
    public ImmutableArray<LetOut> LetOut { get; init; } = Settings.LetOut.Shipped;

    /// <summary>That the web of staff passes straight while the gateway is down; null where it is refused like everybody's.</summary>
    public StaffWhenDown? StaffWhenDown { get; init; }

    /// <summary>Reads the <c>network</c> of the settings.</summary>
    public static NetworkSettings Read(SettingsReader reader, DocumentNode node)
    {
        var network = new NetworkSettings();
        foreach (var (key, value) in reader.Entries(node, Keys, "network"))
        {
            network = key.Text switch
            {
                "lan" => network with { Lan = ReadInterfaces(reader, value) },
                "mode" => network with { Mode = ReadMode(reader, value) },
                "dns" => network with { DnsPort = value is DocumentText { Text: "off" } ? null : reader.Number(value, 1, IPEndPoint.MaxPort) ?? DnsPortDefault },
                "let_out" => network with { LetOut = ReadLetOut(reader, value) },
                "when_down" => network with { StaffWhenDown = Settings.StaffWhenDown.Read(reader, value) },
                _ => throw new System.Diagnostics.UnreachableException(key.Text),
            };
        }

        return network;
    }

    /// <summary>True for a name that a network interface can have and that the rules can hold without quoting.</summary>
    public static bool IsInterfaceName(string text) => InterfaceName().IsMatch(text);

    private static ImmutableArray<string> ReadInterfaces(SettingsReader reader, DocumentNode node)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in SettingsReader.Items(node).Take(InterfacesMax))
        {
            if (reader.Text(item, "an interface such as eth1 or eth1.50") is not { } name) continue;
            if (!IsInterfaceName(name)) reader.Wrong(item, $"'{name}' names no interface: letters, digits, '.', '-' and '_', at most 15, as `ip link` shows it");
            else if (!names.Contains(name)) names.Add(name);
        }

        return names.ToImmutable();
    }

    private static InterceptionMode ReadMode(SettingsReader reader, DocumentNode node)
    {
        var text = reader.Text(node, "redirect or tproxy");
        if (text is "tproxy") return InterceptionMode.Tproxy;
        if (text is not (null or "redirect")) reader.Wrong(node, $"'{text}' is neither redirect nor tproxy");
        return InterceptionMode.Redirect;
    }

    private static ImmutableArray<LetOut> ReadLetOut(SettingsReader reader, DocumentNode node)
    {
        var entries = ImmutableArray.CreateBuilder<LetOut>();
        foreach (var item in SettingsReader.Items(node).Take(LetOutMax))
        {
            if (reader.Text(item, "what may go out, such as tcp 5223 17.0.0.0/8") is not { } text) continue;
            if (Settings.LetOut.TryParse(text, out var entry, out var error)) entries.Add(entry);
            else reader.Wrong(item, error);
        }

        return entries.ToImmutable();
    }

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,14}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex InterfaceName();
}

/// <summary>One thing that closed networks may reach beside the web: <c>tcp 5223,2197 17.0.0.0/8</c>, or <c>udp 3478</c> for anywhere outside.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Ports">Destination ports, in order.</param>
/// <param name="Network">Where to, or null for everywhere but the school's own networks.</param>
internal sealed record LetOut(string Protocol, ImmutableArray<int> Ports, IPNetwork? Network)
{
    private const int PortsMax = 15;

    /// <summary>What is let out when the settings name nothing: Apple's push service, without which device management is deaf.
    /// Ports and ranges: Apple, <see href="https://support.apple.com/102266">If your Apple devices aren't getting Apple push notifications</see>.</summary>
    public static ImmutableArray<LetOut> Shipped { get; } =
        [.. new[] { "17.0.0.0/8", "2620:149:a44::/48", "2403:300:a42::/48", "2403:300:a51::/48", "2a01:b740:a42::/48" }.Select(n => new LetOut("tcp", [2197, 5223], IPNetwork.Parse(n)))];

    /// <summary>Reads one. The web's own ports and DNS over TLS are refused: what the gateway has not seen does not go there.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LetOut? letOut, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        letOut = null;
        error = $"'{text}' cannot be let out; write it as tcp 5223,2197 17.0.0.0/8 or udp 3478";
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [("tcp" or "udp") and var protocol, var portWord, .. var rest] || rest.Length > 1) return false;
        IPNetwork? network = null;
        if (rest is [var where])
        {
            if (!IPNetwork.TryParse(where, out var parsed)) return false;
            network = parsed;
        }

        var ports = new SortedSet<int>();
        foreach (var word in portWord.Split(','))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > IPEndPoint.MaxPort || ports.Count == PortsMax) return false;
            if (port is 80 or 443 or 853)
            {
                error = $"'{text}': port {port} is never let out unread; the web goes through the gateway, and DNS over TLS is refused";
                return false;
            }

            ports.Add(port);
        }

        (letOut, error) = (new LetOut(protocol, [.. ports], network), null);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(LetOut? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>As it is written in the settings.</summary>
    public override string ToString() => $"{Protocol} {string.Join(',', Ports)}{(Network is { } network ? $" {network}" : "")}";
}
