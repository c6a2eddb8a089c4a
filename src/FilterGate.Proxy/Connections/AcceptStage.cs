using System.Net;
using FilterGate.Proxy.Watching;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Connections;

/// <summary>Admits a connection or not: limits, the original destination of a redirected one, and whether the address belongs to the school (Accept and Identify).</summary>
/// <remarks>Reads the socket and the policy's networks; writes the <see cref="ClientConnection"/>. Never answers: a stranger learns nothing.</remarks>
internal sealed class AcceptStage(CurrentPolicy policy, LiveConnections live, DestinationGuard guard, GatewayOptions options, GatewayMeters meters, ConnectionWatch watch, ILogger<AcceptStage> log)
{
    /// <summary>The connection, or null when it is to be closed.</summary>
    public ClientConnection? Admit(ConnectionContext context, GatewayEndPoint endPoint)
    {
        var portTier = endPoint.Tier;
        if (context.RemoteEndPoint is not IPEndPoint remote) return null;
        var address = OriginalDestination.Normalize(remote.Address);
        var snapshot = policy.Snapshot;
        if (snapshot.Identify(address, portTier is null ? null : snapshot.FindTier(portTier)) is not { } client)
        {
            // Outside the school's networks: a gateway is never an open proxy.
            ConnectionLog.OutsideNetworks(log);
            meters.ConnectionRefused("outside-networks");
            watch.SeeTurnedAway(address, device: null, Trouble.OutsideNetworks);
            return null;
        }

        if (live.CountOf(address) >= options.Limits.ConnectionsPerClientMax)
        {
            ConnectionLog.TooManyConnections(log, options.Limits.ConnectionsPerClientMax);
            meters.ConnectionRefused("too-many");
            watch.SeeTurnedAway(address, client.Device, Trouble.TooManyConnections);
            return null;
        }

        var originalDestination = OriginalDestination.Of(context.Features.Get<IConnectionSocketFeature>()?.Socket, endPoint.Arrival, guard);
        if (originalDestination is not null && guard.IsListener(originalDestination))
        {
            // Redirected to where it was going anyway: forwarding it would come straight back.
            meters.ConnectionRefused("loop");
            return null;
        }

        if (originalDestination is null && endPoint.Arrival != Arrival.Proxy)
        {
            // Straight to the port for redirected traffic: there is nowhere that it was going.
            meters.ConnectionRefused("not-redirected");
            return null;
        }

        var connection = new ClientConnection(context, address, endPoint, originalDestination, live);
        context.Features.Set(connection);
        return connection;
    }
}
