using System.Net;
using System.Net.Sockets;
using FilterGate.Policy;
using FilterGate.Policy.WaysRound;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using FilterGate.State;
using Microsoft.AspNetCore.Connections;

namespace FilterGate.Proxy.Connections;

/// <summary>What is known of a connection, for all its stages and for the requests that come over it. A feature of the connection.</summary>
/// <remarks>Written by the connection's stages before any request is read, then only read; requests of an HTTP/2 connection read it at once.</remarks>
internal sealed class ClientConnection : IDisposable
{
    private ClientInSnapshot? _client;
    private DeviceKind _kind;
    private (CoverageMode Mode, CoverageReason Reason)? _unread;

    public ClientConnection(ConnectionContext context, IPAddress address, GatewayEndPoint endPoint, IPEndPoint? originalDestination, LiveConnections registry)
    {
        (Context, Address, PortTier, OriginalDestination) = (context, address, endPoint.Tier, originalDestination);
        SourceToKeep = endPoint.Arrival == Arrival.HandedOver && originalDestination is not null ? address : null;
        // A connection that was handed over has the origin's port for its own.
        Live = registry.Add(address, endPoint.Tier, Cut, endPoint.Arrival == Arrival.HandedOver ? endPoint.EndPoint.Port : (context.LocalEndPoint as IPEndPoint)?.Port ?? 0);
    }

    /// <summary>Kestrel's side of the connection.</summary>
    public ConnectionContext Context { get; }

    /// <summary>The client's address; never IPv4-mapped.</summary>
    public IPAddress Address { get; }

    /// <summary>The tier of the port it came to, or null.</summary>
    public string? PortTier { get; }

    /// <summary>Where it was going when it was redirected here; null for a client that uses the proxy knowingly.</summary>
    public IPEndPoint? OriginalDestination { get; }

    /// <summary>The address that origins are to see, where it is the client's and not the gateway's; else null.</summary>
    public IPAddress? SourceToKeep { get; }

    /// <summary>True while a CONNECT waits for its answer: only then a page may be written to the connection itself.</summary>
    public bool IsAwaitingAnswer { get; set; }

    /// <summary>Where the requests of this connection go: the CONNECT target, else SNI, else the redirected address. Null for a plain proxy connection, where each request says it.</summary>
    public ConnectionTarget? Target { get; set; }

    /// <summary>Every host named so far (CONNECT, its Host field, SNI), canonical, each once: all are decided, the strictest answer holds.</summary>
    public List<string> Names { get; } = new(capacity: 2);

    /// <summary>The name in the ClientHello, canonical; null without one. The client checks our certificate against it.</summary>
    public string? ServerName { get; set; }

    /// <summary>True where that name stands for others, and the site's own is encrypted (ECH).</summary>
    public bool HidesSite { get; set; }

    /// <summary>True once TLS is terminated here: the URL of each request is seen.</summary>
    public bool IsIntercepted { get; set; }

    /// <summary>The JA4 of its ClientHello; null without TLS.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>What it shows itself to be, where that is not simply the web.</summary>
    public ConnectionSign? Sign { get; set; }

    /// <summary>The socket to the origin of a tunnel.</summary>
    public Socket? Upstream { get; set; }

    /// <summary>The safe address that <see cref="Upstream"/> was connected to; null for the target itself.</summary>
    public string? DialledHost { get; set; }

    /// <summary>Pools of this connection alone: once an origin has asked for NTLM or Negotiate over it, and always where origins see the client's address. By what they dial; empty for each request's own host.</summary>
    public Dictionary<string, UpstreamPool> OwnPools { get; } = new(0, StringComparer.Ordinal);

    /// <summary>Holds a half-close back from Kestrel; plain HTTP only, TLS has its own farewell.</summary>
    public HalfCloseLifetime? HalfClose { get; set; }

    /// <summary>True where its names are open to the client: what it refuses then is our certificate and not the page that says no.</summary>
    public bool IsToBeForwarded { get; set; }

    /// <summary>True once a request has come over it.</summary>
    public bool HasRequest { get; set; }

    /// <summary>What a tunnel has taken to its origin, in bytes.</summary>
    public long BytesToOrigin { get; set; }

    /// <summary>What a tunnel has brought back, in bytes.</summary>
    public long BytesFromOrigin { get; set; }

    /// <summary>What somebody who watches this device was told, or will be, of the connection itself; null while nobody does.</summary>
    public Sighting? Opening { get; set; }

    /// <summary>Its entry in the registry.</summary>
    public LiveConnection Live { get; }

    /// <summary>Who is behind it under this snapshot; null when the policy (now) refuses the address. Asked once per snapshot, not per request.</summary>
    public Client? ClientIn(PolicySnapshot snapshot)
    {
        if (_client is { } known && ReferenceEquals(known.Snapshot.Target, snapshot)) return known.Client;
        var client = snapshot.Identify(Address, PortTier is null ? null : snapshot.FindTier(PortTier), Live.Port);
        _client = new ClientInSnapshot(new WeakReference(snapshot), client, client is null ? DeviceHolding.Unknown : DeviceKinds.HoldingOf(client, snapshot));
        return client;
    }

    /// <summary>What kind of device it is, as its <c>CONNECT</c> says.</summary>
    public void SayKind(DeviceKind kind) => _kind = kind;

    /// <summary>Counts a request that was read whole. What the device is, the first <c>User-Agent</c> that tells says for all.</summary>
    public void CountRead(CoverageCounter coverage, Client client, string? userAgent, long bytes)
    {
        if (_kind == DeviceKind.Unknown) _kind = DeviceKinds.Of(userAgent);
        coverage.Count(client, _kind, _client?.Holding ?? DeviceHolding.Unknown, CoverageMode.Read, CoverageReason.None, requests: 1, bytes);
    }

    /// <summary>Counts this connection, of which the host alone was seen, if that.</summary>
    public void CountUnread(CoverageCounter coverage, CoverageMode mode, CoverageReason reason)
    {
        _unread = (mode, reason);
        if (_client?.Client is { } client) coverage.Count(client, _kind, _client.Holding, mode, reason, requests: 1, bytes: 0);
    }

    /// <summary>Counts the bytes of such a connection once it has ended.</summary>
    public void CountUnreadBytes(CoverageCounter coverage, long bytes)
    {
        if (_client?.Client is { } client && _unread is var (mode, reason)) coverage.Count(client, _kind, _client.Holding, mode, reason, requests: 0, bytes);
    }

    /// <summary>Adds a host that the client named.</summary>
    public void AddName(string canonicalHost)
    {
        if (!Names.Contains(canonicalHost)) Names.Add(canonicalHost);
    }

    /// <summary>Ends the connection at once.</summary>
    public void Cut()
    {
        if (HalfClose is { } lifetime) lifetime.Abort();
        else Context.Abort();
    }

    public void Dispose()
    {
        Upstream?.Dispose();
        foreach (var pool in OwnPools.Values) pool.Dispose();
        HalfClose?.Dispose();
        Live.Dispose();
    }

    // Weak: an idle connection must not keep an old policy and its lists in memory.
    private sealed record ClientInSnapshot(WeakReference Snapshot, Client? Client, DeviceHolding Holding);
}

/// <summary>Where a connection goes.</summary>
/// <param name="Host">Canonical host.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record ConnectionTarget(string Host, int Port)
{
    /// <summary>An address as a canonical host: an IPv6 one in brackets.</summary>
    public static string HostOf(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
