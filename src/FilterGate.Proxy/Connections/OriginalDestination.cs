using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FilterGate.Proxy.Connections;

/// <summary>Where a connection was going before nftables redirected it here.</summary>
internal static class OriginalDestination
{
    // linux/netfilter_ipv4.h and netfilter_ipv6/ip6_tables.h: SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST are both 80.
    private const int SoOriginalDestination = 80;
    private const int SolIp = 0;
    private const int SolIpv6 = 41;

    /// <summary>Where the connection was going.</summary>
    /// <returns>The destination, or null when nothing brought it here but the client.</returns>
    public static IPEndPoint? Of(Socket? socket, Arrival arrival, DestinationGuard guard)
    {
        if (Of(socket) is { } redirected) return redirected;
        // Handed over, the connection has the origin's address for its own; on one of ours it came to us (or was redirected, above).
        if (arrival != Arrival.HandedOver || socket?.LocalEndPoint is not IPEndPoint local) return null;
        var origin = new IPEndPoint(Normalize(local.Address), local.Port);
        return guard.IsListener(origin) ? null : origin;
    }

    /// <summary>Asks the kernel's connection tracking.</summary>
    /// <returns>The destination, or null when the connection was not redirected: no entry, or the entry names the address it came to.</returns>
    public static IPEndPoint? Of(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux() || socket.LocalEndPoint is not IPEndPoint local) return null;
        var isIpv6 = local.AddressFamily == AddressFamily.InterNetworkV6 && !local.Address.IsIPv4MappedToIPv6;
        try
        {
            Span<byte> address = stackalloc byte[28];
            var length = socket.GetRawSocketOption(isIpv6 ? SolIpv6 : SolIp, SoOriginalDestination, address[..(isIpv6 ? 28 : 16)]);
            var destination = Read(address[..length], isIpv6);
            var own = new IPEndPoint(Normalize(local.Address), local.Port);
            return destination.Equals(own) ? null : destination;
        }
        catch (SocketException)
        {
            return null; // ENOENT: the kernel tracks no such connection, so nothing redirected it.
        }
    }

    /// <summary>An IPv4-mapped IPv6 address as plain IPv4; any other as it is.</summary>
    public static IPAddress Normalize(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // struct sockaddr_in: family, port, address at 4; struct sockaddr_in6: family, port, flow info, address at 8. Port in network order.
    private static IPEndPoint Read(ReadOnlySpan<byte> sockaddr, bool isIpv6) =>
        new(new IPAddress(isIpv6 ? sockaddr.Slice(8, 16) : sockaddr.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]));
}
