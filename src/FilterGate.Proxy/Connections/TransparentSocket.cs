using System.Net;
using System.Net.Sockets;

namespace FilterGate.Proxy.Connections;

/// <summary>An address whose socket takes connections that are meant for any address (TPROXY).</summary>
internal sealed class HandedOverEndPoint(IPEndPoint endPoint) : IPEndPoint(endPoint.Address, endPoint.Port);

/// <summary>Sockets in other machines' names: listening for every address, and dialling with the client's.</summary>
internal static class TransparentSocket
{
    // linux/in.h: IP_TRANSPARENT is 19 and IP_BIND_ADDRESS_NO_PORT 24; linux/in6.h: IPV6_TRANSPARENT is 75.
    private const int SolIp = 0;
    private const int SolIpv6 = 41;
    private const int IpTransparent = 19;
    private const int IpBindAddressNoPort = 24;
    private const int Ipv6Transparent = 75;

    /// <summary>Lets a socket have an address that is not this box's. Before it is bound.</summary>
    /// <exception cref="SocketException">The process may not: <see cref="SocketError.AccessDenied"/> without <c>CAP_NET_RAW</c>.</exception>
    public static void Allow(Socket socket)
    {
        // A socket of both families wants both.
        socket.SetRawSocketOption(SolIp, IpTransparent, One);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6) socket.SetRawSocketOption(SolIpv6, Ipv6Transparent, One);
    }

    /// <summary>Makes a socket that dials with somebody else's address, on a port that the kernel picks once it knows where to.</summary>
    /// <exception cref="SocketException">The process may not.</exception>
    public static void DialAs(Socket socket, IPAddress source)
    {
        Allow(socket);
        socket.SetRawSocketOption(SolIp, IpBindAddressNoPort, One);
        socket.Bind(new IPEndPoint(source, 0));
    }

    private static ReadOnlySpan<byte> One => BitConverter.IsLittleEndian ? [1, 0, 0, 0] : [0, 0, 0, 1];
}
