using System.Net;
using System.Net.Sockets;
using System.Text;
using FilterGate.Policy;
using FilterGate.Proxy.Connections;

namespace FilterGate.Proxy.Requests;

/// <summary>The file by which browsers find the proxy by themselves (PAC), also under the name that they look for unasked (WPAD).</summary>
/// <remarks>
/// It names no second way: a browser that cannot reach the gateway reaches nothing. Where the gateway has no port for clients that know of it, the network takes their traffic anyway, and the file says so (<c>DIRECT</c>).
/// Syntax: MDN, "Proxy Auto-Configuration (PAC) file"; the name <c>wpad</c> and DHCP option 252: draft-ietf-wrec-wpad-01.
/// </remarks>
internal static class ProxyConfiguration
{
    public const string PacPath = "/proxy.pac", WpadPath = "/wpad.dat", ContentType = "application/x-ns-proxy-autoconfig";

    private const string WpadName = "wpad";

    /// <summary>True for the file at the gateway's own name or address, and for the one that a device looks for unasked: at <c>wpad</c>, and at <c>wpad</c> with its search domain behind it, as Windows does.</summary>
    /// <remarks>Whatever the domain: who rules the network names its proxy, and a name that got out of the school (<c>wpad.com</c>) would let a stranger do it (US-CERT TA16-144A, name collision).</remarks>
    public static bool IsAsked(Exchange exchange, bool isOwn) =>
        exchange.Url.Path switch { WpadPath => isOwn || IsWpad(exchange.Url.Host), PacPath => isOwn, _ => false };

    /// <summary>Where this client is to send its requests; null for straight on.</summary>
    public static IPEndPoint? ProxyFor(Exchange exchange, GatewayOptions options)
    {
        if (exchange.Connection.Context.LocalEndPoint is not IPEndPoint here) return null;
        if (exchange.Connection.OriginalDestination is null) return new IPEndPoint(OriginalDestination.Normalize(here.Address), here.Port);
        // It came by the network: the port of its place, else the one without a tier, where the policy's clients decide, else the one of its tier.
        var open = options.EndPoints.Where(e => e.Arrival == Arrival.Proxy && !IPAddress.IsLoopback(e.EndPoint.Address));
        var port = open.Select(e => (Rank: RankFor(exchange.Client, e), e.EndPoint.Port)).Where(p => p.Rank is not null).OrderBy(p => p.Rank).FirstOrDefault().Port;
        if (port == 0) return null;
        // The address of a connection that was handed over is the origin's.
        var address = exchange.Connection.SourceToKeep is { } client ? AddressTowards(client) : OriginalDestination.Normalize(here.Address);
        return address is null ? null : new IPEndPoint(address, port);
    }

    private static bool IsWpad(string canonicalHost) =>
        canonicalHost.StartsWith(WpadName, StringComparison.Ordinal) && (canonicalHost.Length == WpadName.Length || canonicalHost[WpadName.Length] == '.');

    private static int? RankFor(Client client, GatewayEndPoint endPoint) =>
        client.Place?.Ports.Contains(endPoint.EndPoint.Port) == true ? 0 : endPoint.Tier is null ? 1 : endPoint.Tier == client.Tier.Name ? 2 : null;

    /// <summary>The address of this box that a client reaches it at: the one that the kernel would answer it from. Nothing is sent.</summary>
    private static IPAddress? AddressTowards(IPAddress client)
    {
        try
        {
            using var socket = new Socket(client.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            // Any port does: connecting such a socket only looks the way up.
            socket.Connect(client, 9);
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            // No way back to it: then the network goes on bringing its traffic.
            return null;
        }
    }

    /// <summary>The file.</summary>
    public static byte[] Make(IPEndPoint? proxy) => Encoding.ASCII.GetBytes($$"""
        // FilterGate: {{(proxy is null ? "the network brings every request to the filter by itself." : "no second way is named, so that what is not filtered is not open.")}}
        function FindProxyForURL(url, host) {
          if (isPlainHostName(host) || host === "127.0.0.1" || host === "[::1]" || host === "::1") return "DIRECT";
          return "{{(proxy is null ? "DIRECT" : $"PROXY {proxy}")}}";
        }

        """.ReplaceLineEndings("\n"));
}
