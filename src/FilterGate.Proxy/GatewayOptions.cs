using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Events.Acts;
using FilterGate.Policy.Search;

namespace FilterGate.Proxy;

/// <summary>One address the gateway listens on.</summary>
/// <param name="EndPoint">Address and port; port 0 takes a free one.</param>
/// <param name="Tier">The tier of the port, or null where the policy's clients decide.</param>
/// <param name="Arrival">How connections come to it.</param>
public sealed record GatewayEndPoint(IPEndPoint EndPoint, string? Tier, Arrival Arrival = Arrival.Proxy);

/// <summary>How connections come to a port.</summary>
public enum Arrival
{
    /// <summary>From clients that know of the proxy; what nftables redirects to it is taken too.</summary>
    Proxy,

    /// <summary>Redirected by nftables (REDIRECT), and no other way: whoever connects to it straight is cut off.</summary>
    Redirected,

    /// <summary>Handed over by nftables as it is (TPROXY): the origin's address is the connection's own, and origins see the client's. Needs <c>CAP_NET_RAW</c>.</summary>
    HandedOver,
}

/// <summary>How a gateway is set up. Immutable; what can change while it runs lives in the policy.</summary>
public sealed record GatewayOptions
{
    /// <summary>Where to listen. Explicit proxy requests and redirected connections may come to the same port.</summary>
    public required ImmutableArray<GatewayEndPoint> EndPoints { get; init; }

    /// <summary>Private networks that may be reached whatever the policy says (<c>run --allow-private</c>, for trials and tests).</summary>
    public ImmutableArray<IPNetwork> AllowedPrivate { get; init; } = [];

    /// <summary>Authorities trusted for origins beside the system's (<c>run --trust-ca</c>, for trials and tests).</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];

    /// <summary>How a name becomes addresses; the system's resolver by default.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; init; } = static (name, cancellationToken) => Dns.GetHostAddressesAsync(name, cancellationToken);

    /// <summary>Which addresses are searches, and where their words stand. Default: those that FilterGate ships.</summary>
    public SearchTerms SearchTerms { get; init; } = SearchTerms.Shipped;

    /// <summary>How requests are folded into acts.</summary>
    public FoldingLimits Folding { get; init; } = new();

    /// <summary>What each network input may cost.</summary>
    public GatewayLimits Limits { get; init; } = new();
}

/// <summary>Every bound on what comes from the network.</summary>
public sealed record GatewayLimits
{
    /// <summary>Connections open at once. Default 10,000: a large school; a connection costs about 10 KB idle.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>Connections from one address. Default 1,000: a browser keeps some dozens, a class behind one address some hundreds.</summary>
    public int ConnectionsPerClientMax { get; init; } = 1_000;

    /// <summary>How long a new connection may stay silent. Default 130 s, Kestrel's keep-alive time-out: browsers open connections ahead of need.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a request head, a CONNECT head or a ClientHello may take once it has begun, and a TLS handshake. Default 10 s, as Kestrel's handshake time-out.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest request line in bytes, 414 beyond. Default 16 KiB.</summary>
    public int RequestLineBytesMax { get; init; } = 16 * 1024;

    /// <summary>Longest request head in bytes without its first line, 431 beyond. Default 64 KiB.</summary>
    public int RequestHeadBytesMax { get; init; } = 64 * 1024;

    /// <summary>Longest ClientHello in bytes over all its records. Default 16 KiB; hybrid post-quantum key shares bring a usual one to about 2 KiB.</summary>
    public int ClientHelloBytesMax { get; init; } = 16 * 1024;

    /// <summary>How long connecting to an origin may take, all its addresses together. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an exchange may show no activity in either direction. Default 5 minutes: server-sent events and long polls are often silent for one or two.</summary>
    public TimeSpan ActivityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a tunnel may show no activity. Default 30 minutes: push services send a keep-alive every 15 to 28.</summary>
    public TimeSpan TunnelIdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Minted certificates kept. Default 4,096, about 4 KB each.</summary>
    public int CertificatesMax { get; init; } = 4_096;

    /// <summary>How long stopping may take before what still runs is cut. Default 3 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(3);
}
