using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Network;

/// <summary>What the rules of this box are to say: the policy's networks and places, and the box's own interfaces and ports. Immutable.</summary>
/// <remarks>The rules know networks, not people: who is on loan an iPad is decided with each request, and a range's tier here says only what it may reach beside the web.</remarks>
internal sealed record NetworkPlan
{
    /// <summary>The school's name, for the head of the rules.</summary>
    public required string School { get; init; }

    /// <summary>The version of the policy.</summary>
    public required string PolicyVersion { get; init; }

    /// <summary>Interfaces of the school's side.</summary>
    public required ImmutableArray<string> Lan { get; init; }

    /// <summary>How traffic is brought to the gateway.</summary>
    public required InterceptionMode Mode { get; init; }

    /// <summary>The port for redirected traffic.</summary>
    public required int TransparentPort { get; init; }

    /// <summary>The port of the box's resolver, or null where DNS is left alone.</summary>
    public required int? DnsPort { get; init; }

    /// <summary>The ports of the gateway that clients may use knowingly, and its sites: nothing on the line's side reaches them.</summary>
    public required ImmutableArray<int> GatewayPorts { get; init; }

    /// <summary>Ports 80 and 443 of the box on which the gateway itself serves something, with their addresses: what is meant for those is not redirected.</summary>
    public required ImmutableArray<IPEndPoint> OwnWeb { get; init; }

    /// <summary>The school's networks.</summary>
    public required ImmutableArray<AddressRange> School4And6 { get; init; }

    /// <summary>Those of staff: they may reach the internet beside the web too. All others are closed.</summary>
    public required ImmutableArray<AddressRange> Open { get; init; }

    /// <summary>Those of them that are whole networks: a single device of staff among pupils is known by its address alone, and that is no ground to let it past the gateway.</summary>
    public required ImmutableArray<AddressRange> StaffNetworks { get; init; }

    /// <summary>That the web of those passes straight while the gateway is down; null where it is refused like everybody's.</summary>
    public required StaffWhenDown? StaffWhenDown { get; init; }

    /// <summary>True while it does: the gateway is down. Never so in what is recorded or applied by hand.</summary>
    public bool LetsStaffPast { get; init; }

    /// <summary>Addresses inside that clients may reach (the policy's <c>private_destinations</c>).</summary>
    public required ImmutableArray<AddressRange> Reachable { get; init; }

    /// <summary>What closed networks may reach beside the web and DNS.</summary>
    public required ImmutableArray<LetOut> LetOut { get; init; }

    /// <summary>What a technician should know and nothing stops at.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Puts it together.</summary>
    /// <param name="settings">The gateway's settings.</param>
    /// <param name="document">The policy.</param>
    /// <param name="policy">The same, compiled: it alone says which tier an address has.</param>
    /// <exception cref="UserErrorException">Something is missing that only the technician knows.</exception>
    public static NetworkPlan Make(GatewaySettings settings, PolicyDocument document, PolicySnapshot policy)
    {
        var network = settings.Network;
        if (network.Lan.IsEmpty) throw new UserErrorException("which interfaces lead to the school's devices? Write network: { lan: [eth1, eth1.50] } into the settings, or give --lan eth1; `ip link` shows them");
        if (document.Networks.IsEmpty) throw new UserErrorException("the policy names no networks, so there is nobody to filter; write networks: [10.20.0.0/16] into it");
        var needsIpv6 = document.Networks.Any(n => n.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6);
        var borders = document.Networks.Concat(document.Clients.Select(c => c.Network)).Concat(document.Places.SelectMany(p => p.Networks)).ToArray();
        var networksAlone = PolicySnapshot.Compile(document with { Clients = [.. document.Clients.Where(c => !IsOneAddress(c.Network))] }, policy.Lists, InForce.Nothing);
        return new NetworkPlan
        {
            School = document.School,
            PolicyVersion = document.Version,
            Lan = network.Lan,
            Mode = network.Mode,
            TransparentPort = TransparentPortOf(settings, needsIpv6),
            DnsPort = network.DnsPort,
            GatewayPorts = [.. PortsOf(settings)],
            OwnWeb = [.. OwnWebOf(settings)],
            School4And6 = [.. AddressRange.Where(document.Networks, document.Networks, static _ => true)],
            Open = [.. AddressRange.Where(document.Networks, borders, address => IsOfStaff(policy, address))],
            StaffNetworks = [.. AddressRange.Where(document.Networks, borders, address => IsOfStaff(policy, address) && IsOfStaff(networksAlone, address))],
            StaffWhenDown = network.StaffWhenDown,
            Reachable = [.. AddressRange.Where(document.PrivateDestinations, document.PrivateDestinations, static _ => true)],
            LetOut = network.LetOut,
            Notes = [.. NotesOn(network, document), .. NotesOnOwnWeb(settings)],
        };
    }

    private static bool IsOfStaff(PolicySnapshot policy, IPAddress address) => policy.Identify(address) is { } client && CategoryRules.IsOf(client.Tier.Name, "staff");

    private static bool IsOneAddress(IPNetwork network) => network.PrefixLength == (network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32);

    private static int TransparentPortOf(GatewaySettings settings, bool needsIpv6)
    {
        if (settings.TransparentListen.FirstOrDefault(e => e.Address.Equals(IPAddress.IPv6Any)) is { Port: > 0 } both) return both.Port;
        var any = settings.TransparentListen.FirstOrDefault(e => e.Address.Equals(IPAddress.Any));
        if (any is { Port: > 0 } && !needsIpv6) return any.Port;
        throw new UserErrorException(any is { Port: > 0 }
            ? "the policy has IPv6 networks, and transparent_listen hears IPv4 alone; write transparent_listen: \"[::]:8129\", which hears both"
            : "the rules need a port of the gateway on every address of the box; write transparent_listen: \"[::]:8129\" into the settings");
    }

    private static IEnumerable<int> PortsOf(GatewaySettings settings) => EndPointsOf(settings).Select(e => e.Port).Distinct().Order();

    private static IEnumerable<IPEndPoint> EndPointsOf(GatewaySettings settings) =>
        settings.Listen.Concat(settings.TierListen.Select(t => t.EndPoint)).Append(settings.ReviewListen).Append(settings.LookupListen)
            .OfType<IPEndPoint>().Where(e => e.Port > 0 && !IPAddress.IsLoopback(e.Address));

    private static IEnumerable<IPEndPoint> OwnWebOf(GatewaySettings settings) => EndPointsOf(settings).Where(e => e.Port is 80 or 443).Distinct().OrderBy(e => e.ToString(), StringComparer.Ordinal);

    /// <summary>What takes the web port of the address at which devices find <c>filtergate.internal</c> takes the gateway's pages away from them.</summary>
    private static IEnumerable<string> NotesOnOwnWeb(GatewaySettings settings) =>
        OwnWebOf(settings).Where(e => IsAny(e.Address) || settings.NameServer.Gateway.Contains(e.Address))
            .Select(e => $"{e} is a web port of the address that devices find filtergate.internal at: what they ask there goes to what listens on it, so the check page calls every device untrusted; give it an address of its own (review_listen: 10.20.0.2:443) or another port");

    /// <summary>True for every address of the box.</summary>
    internal static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IEnumerable<string> NotesOn(NetworkSettings network, PolicyDocument document)
    {
        if (network.DnsPort is null) yield return "dns is off: names are looked up wherever a device likes, and port 53 is open to the internet; a tunnel can use it";
        foreach (var place in document.Places.Where(p => p.Vlan is not null))
        {
            var tag = place.Vlan!.Value.ToString(CultureInfo.InvariantCulture);
            if (!network.Lan.Any(lan => lan.EndsWith("." + tag, StringComparison.Ordinal) || lan == "vlan" + tag))
                yield return $"place {place.Name} is VLAN {tag}, and no interface of lan is called so (eth1.{tag}, vlan{tag}); right if another router brings it here";
        }

        foreach (var place in document.Places)
            foreach (var range in place.Networks.Where(range => !document.Networks.Any(n => n.Contains(range.BaseAddress) && n.PrefixLength <= range.PrefixLength)))
                yield return $"place {place.Name}: {range} is outside the policy's networks, so its devices get nowhere";
    }
}
