using System.Net;
using System.Net.Sockets;

namespace FilterGate.Proxy;

/// <summary>An address that cannot be listened on; the message says why and ends in a full stop.</summary>
public sealed class ListenException(IPEndPoint endPoint, SocketException problem) : IOException(Describe(endPoint, problem), problem)
{
    private static string Describe(IPEndPoint endPoint, SocketException problem) => problem.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"{endPoint} is in use by another program (perhaps another filtergate).",
        SocketError.AccessDenied when endPoint is Connections.HandedOverEndPoint => $"{endPoint} may not take connections in other names by this user: TPROXY needs CAP_NET_RAW.",
        SocketError.AccessDenied => $"{endPoint} may not be listened on by this user: ports below 1024 need CAP_NET_BIND_SERVICE.",
        SocketError.AddressNotAvailable => $"{endPoint.Address} is no address of this computer.",
        _ => $"{endPoint} cannot be listened on: {problem.Message}.",
    };
}
