using System.Net;
using System.Text;

namespace FilterGate.Proxy.Requests;

/// <summary>The file by which browsers find the proxy by themselves (PAC), also under the name that they look for unasked (WPAD).</summary>
/// <remarks>
/// It names no second way: a browser that cannot reach the gateway reaches nothing. Where the gateway has no port for clients that know of it, the network takes their traffic anyway, and the file says so (<c>DIRECT</c>).
/// Syntax: MDN, "Proxy Auto-Configuration (PAC) file"; the name <c>wpad</c> and DHCP option 252: draft-ietf-wrec-wpad-01.
/// </remarks>
internal static class ProxyConfiguration
{
    public const string PacPath = "/proxy.pac", WpadPath = "/wpad.dat", ContentType = "application/x-ns-proxy-autoconfig";

    /// <summary>The host that a device asks which was told of nothing; with its search domain behind it, it is a name of the school's own DNS.</summary>
    public const string WpadHost = "wpad";

    /// <summary>True for the file at the gateway's own name or address, and for the one that a device looks for unasked.</summary>
    public static bool IsAsked(Exchange exchange, bool isOwn) =>
        exchange.Url.Path is WpadPath && (isOwn || exchange.Url.Host == WpadHost) || (isOwn && exchange.Url.Path is PacPath);

    /// <summary>Where this client is to send its requests; null for straight on.</summary>
    public static IPEndPoint? ProxyFor(Exchange exchange, GatewayOptions options)
    {
        if (exchange.Connection.Context.LocalEndPoint is not IPEndPoint here) return null;
        // A mapped address means nothing to a browser.
        var address = here.Address.IsIPv4MappedToIPv6 ? here.Address.MapToIPv4() : here.Address;
        if (exchange.Connection.OriginalDestination is null) return new IPEndPoint(address, here.Port);
        // It came by the network: the port without a tier, where the policy's clients decide, else the one of its tier.
        var open = options.EndPoints.Where(e => e.Arrival == Arrival.Proxy && !IPAddress.IsLoopback(e.EndPoint.Address));
        return open.OrderBy(e => e.Tier is null ? 0 : 1).FirstOrDefault(e => e.Tier is null || e.Tier == exchange.Client.Tier.Name) is { } port ? new IPEndPoint(address, port.EndPoint.Port) : null;
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
