using System.Net;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests.Fixtures;

/// <summary>A school's network in four namespaces: a pupil's iPad, a desk of staff on VLAN 50, the gateway's box, and the internet. IPv4 and IPv6. Needs root.</summary>
/// <remarks>
/// <c>pad</c> 10.77.1.2 and fd77:1::2 behind <c>lan0</c> of the box; <c>desk</c> 10.77.3.2 and fd77:3::2 behind <c>lan0.50</c>; <c>internet</c> 10.77.2.2 and fd77:2::2 behind <c>wan0</c>. The box is .1 (::1) in each and routes between them.
/// </remarks>
internal sealed class BoxNetwork : IAsyncDisposable
{
    /// <summary>The policy of this school; every test of the box begins with it.</summary>
    public const string Policy = """
        school: Sample Primary
        networks: [10.77.1.0/24, 10.77.3.0/24, "fd77:1::/64", "fd77:3::/64"]
        unknown_clients: pupil
        tiers:
          pupil: { tls: intercept, uncategorised: allow }
          staff: { tls: intercept, uncategorised: allow }
          guest: { tls: tunnel, uncategorised: allow }
        groups:
          4b: { kind: class, tier: pupil }
        places:
          staff-room: { ranges: [10.77.3.0/24, "fd77:3::/64"], vlan: 50, tier: staff }
        clients:
          - { address: 10.77.1.2, device: ipad-14, tier: pupil }
          - { address: 10.77.1.3, device: visitor, tier: guest }
        """;

    private BoxNetwork(NetworkNamespace pad, NetworkNamespace desk, NetworkNamespace box, NetworkNamespace internet) => (Pad, Desk, Box, Internet) = (pad, desk, box, internet);

    public static IPAddress Internet4 { get; } = IPAddress.Parse("10.77.2.2");

    public static IPAddress Internet6 { get; } = IPAddress.Parse("fd77:2::2");

    /// <summary>Of the internet too; nothing listens there.</summary>
    public static IPAddress Nothing { get; } = IPAddress.Parse("10.77.2.3");

    public static IPAddress Box4 { get; } = IPAddress.Parse("10.77.1.1");

    public static IPAddress Box6 { get; } = IPAddress.Parse("fd77:1::1");

    public NetworkNamespace Pad { get; }

    public NetworkNamespace Desk { get; }

    public NetworkNamespace Box { get; }

    public NetworkNamespace Internet { get; }

    /// <summary>Makes it.</summary>
    /// <param name="names">Names that clients and the gateway can look up.</param>
    public static async Task<BoxNetwork> MakeAsync(IReadOnlyCollection<(string Name, IPAddress Address)> names)
    {
        Programs.RequireRoot("network namespaces");
        Programs.Require("nft", "nftables");
        var network = new BoxNetwork(await NetworkNamespace.MakeAsync("pad", names), await NetworkNamespace.MakeAsync("desk", names), await NetworkNamespace.MakeAsync("box", names), await NetworkNamespace.MakeAsync("net", []));
        try
        {
            await network.ConnectAsync();
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }

        return network;
    }

    private async Task ConnectAsync()
    {
        var (pad, desk, box, internet) = (Pad, Desk, Box, Internet);
        await NetworkNamespace.JoinAsync(pad, "wlan0", "10.77.1.2/24", box, "lan0", $"{Box4}/24");
        await NetworkNamespace.JoinAsync(box, "wan0", "10.77.2.1/24", internet, "net0", $"{Internet4}/24");
        // A cable of its own under the name that a VLAN interface has: a kernel of a test machine often has no VLANs, and to the rules it is a name.
        await NetworkNamespace.JoinAsync(desk, "eth0", "10.77.3.2/24", box, "lan0.50", "10.77.3.1/24");
        // A second address for a visitor on the pupils' network.
        await Add(pad, "wlan0", "10.77.1.3/24", "fd77:1::2/64", "fd77:1::3/64");
        await Add(box, "lan0", $"{Box6}/64");
        await Add(box, "lan0.50", "fd77:3::1/64");
        await Add(desk, "eth0", "fd77:3::2/64");
        await Add(box, "wan0", "fd77:2::1/64");
        await Add(internet, "net0", $"{Internet6}/64", $"{Nothing}/24");
        await Through(pad, "10.77.1.1", $"{Box6}");
        await Through(desk, "10.77.3.1", "fd77:3::1");
        await Through(internet, "10.77.2.1", "fd77:2::1");
        await SetKernelAsync(box);
        // The first packets to a neighbour wait until the two have found each other.
        foreach (var place in new[] { pad, desk })
            foreach (var address in new[] { Internet4, Internet6 })
                await Programs.UntilAsync(async () => await NamespaceSockets.TcpAsync(place, new IPEndPoint(address, 9)) == Reached.Refused, $"{place.Name} reaches {address}");

        static async Task Add(NetworkNamespace place, string link, params string[] addresses)
        {
            // Nobody else is here to have the address: without `nodad` it could not be used for a second.
            foreach (var address in addresses) await place.IpAsync(["addr", "add", address, "dev", link, .. address.Contains(':', StringComparison.Ordinal) ? (string[])["nodad"] : []]);
            await place.IpAsync("link", "set", link, "up");
        }

        static async Task Through(NetworkNamespace place, params string[] routers)
        {
            foreach (var router in routers) await place.IpAsync(router.Contains(':', StringComparison.Ordinal) ? "-6" : "-4", "route", "add", "default", "via", router);
        }
    }

    /// <summary>What the repository ships for the box's kernel.</summary>
    private static async Task SetKernelAsync(NetworkNamespace box)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "deploy", "sysctl.d", "60-filtergate.conf"));
        var settings = lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=', StringSplitOptions.TrimEntries));
        // Some of these belong to the whole machine on older kernels, and are not there for a namespace.
        var script = string.Join('\n', settings.Select(s => $"f=/proc/sys/{s[0].Replace('.', '/')}; [ ! -e $f ] || echo {s[1]} > $f"));
        await Programs.MustAsync([.. box.Place.Command("sh", "-e", "-c", script)]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in new[] { Pad, Desk, Box, Internet }) await place.DisposeAsync();
    }
}
