using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Connections;

namespace FilterGate.Proxy.Requests;

/// <summary>A pool of connections to origins.</summary>
internal sealed class UpstreamPool(HttpMessageInvoker invoker) : IDisposable
{
    /// <summary>Sends over the pool.</summary>
    public HttpMessageInvoker Invoker { get; } = invoker;

    public void Dispose() => Invoker.Dispose();
}

/// <summary>Picks the connections that a request may use: shared by default; the client connection's own once an origin asked for NTLM or Negotiate, because those log a connection in, not a request.</summary>
/// <remarks>A shared connection that somebody logged in would lend that log-in to the next person. Safe from any thread.</remarks>
internal sealed class UpstreamPools : IDisposable
{
    // Origins that asked for a connection's log-in are few; beyond this the table starts again and each is noted at its next 401.
    private const int ConnectionBoundMax = 10_000;

    private readonly UpstreamDialer _dialer;
    private readonly CertificateMinter _minter;
    private readonly OriginCertificates _certificates;
    private readonly GatewayOptions _options;
    private readonly UpstreamPool _shared;
    private readonly ConcurrentDictionary<ConnectionTarget, byte> _connectionBound = new();

    // One for each safe address of a search engine, a handful: a connection to the site's own address must never serve a tier that is held to the safe one.
    private readonly ConcurrentDictionary<string, Lazy<UpstreamPool>> _forced = new(StringComparer.Ordinal);

    public UpstreamPools(UpstreamDialer dialer, CertificateMinter minter, OriginCertificates certificates, GatewayOptions options)
    {
        (_dialer, _minter, _certificates, _options) = (dialer, minter, certificates, options);
        _shared = Create();
    }

    /// <summary>The pool for a request.</summary>
    public UpstreamPool For(Exchange exchange)
    {
        // A connection in one client's name must never carry another's request.
        if (exchange.Connection.SourceToKeep is { } source) return Own(exchange.Connection, exchange.Forced.DialHost, source);
        if (exchange.Forced.DialHost is { } dialHost) return _forced.GetOrAdd(dialHost, static (host, pools) => new Lazy<UpstreamPool>(() => pools.Create(host)), this).Value;
        if (_connectionBound.IsEmpty || !_connectionBound.ContainsKey(exchange.Target)) return _shared;
        return Own(exchange.Connection, dialHost: null, source: null);
    }

    private UpstreamPool Own(ClientConnection connection, string? dialHost, IPAddress? source)
    {
        lock (connection.OwnPools)
        {
            if (!connection.OwnPools.TryGetValue(dialHost ?? "", out var pool)) connection.OwnPools[dialHost ?? ""] = pool = Create(dialHost, source);
            return pool;
        }
    }

    /// <summary>Looks at an origin's answer for a log-in that belongs to the connection.</summary>
    public void Note(Exchange exchange, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.ProxyAuthenticationRequired)) return;
        if (!response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges)) return;
        foreach (var challenge in challenges)
        {
            if (!challenge.StartsWith("NTLM", StringComparison.OrdinalIgnoreCase) && !challenge.StartsWith("Negotiate", StringComparison.OrdinalIgnoreCase)) continue;
            if (_connectionBound.Count >= ConnectionBoundMax) _connectionBound.Clear();
            _connectionBound[exchange.Target] = 0;
        }
    }

    /// <param name="dialHost">Connects to this instead of each request's host; the certificate is still verified for that.</param>
    /// <param name="source">Connects with this address; null for the gateway's own.</param>
    private UpstreamPool Create(string? dialHost = null, IPAddress? source = null) => new(new HttpMessageInvoker(new BodyHandler(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        // A name's address is looked up and judged anew at least this often.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        MaxConnectionsPerServer = 512,
        ConnectTimeout = _options.Limits.ConnectTimeout,
        // Kilobytes. Origins with long cookies and policies reach 32.
        MaxResponseHeadersLength = 128,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = async (context, cancellationToken) =>
            new NetworkStream(await _dialer.DialAsync(dialHost ?? context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken, source), ownsSocket: true),
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = VerifyOrigin,
        },
    })));

    /// <summary>The origin's certificate is always verified, and the one that the client sees ends no later.</summary>
    private bool VerifyOrigin(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is X509Certificate2 leaf) _minter.NoteOriginEnd(((SslStream)sender).TargetHostName, new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        return _certificates.Verify(sender, certificate, chain, errors);
    }

    public void Dispose()
    {
        _shared.Dispose();
        foreach (var pool in _forced.Values) pool.Value.Dispose();
    }
}
