using System.Net;
using System.Net.Sockets;

namespace FilterGate.Proxy.Connections;

/// <summary>A connection that the rules of the box refused, to a port that says what it is (<see cref="Policy.WaysRound.PortSigns"/>). It never reached the gateway.</summary>
/// <param name="Client">Who tried.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Port">The port of the destination.</param>
/// <param name="Destination">Where to.</param>
public sealed record RefusedTry(IPAddress Client, ProtocolType Protocol, int Port, IPAddress Destination);
