using System.Collections.Concurrent;
using System.Net;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Requests;

namespace FilterGate.Proxy.Connections;

/// <summary>Every connection that is open, and what the long ones carry. Serves limits, drain, and cutting what a change of policy forbids.</summary>
/// <remarks>Safe from any thread. Only what must be asked again is kept (address, port tier, URL), never a snapshot.</remarks>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<long, LiveConnection> _open = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perClient = new();
    private long _lastId;

    /// <summary>How many connections are open.</summary>
    public int Count => _open.Count;

    /// <summary>How many of them are tunnels or upgraded (WebSocket).</summary>
    public int LongCount => _open.Values.Count(c => c.HasLongExchange);

    /// <summary>How many connections an address has open.</summary>
    public int CountOf(IPAddress address) => _perClient.GetValueOrDefault(address);

    /// <summary>Adds a connection; dispose what is returned when it ends.</summary>
    /// <param name="address">Its client.</param>
    /// <param name="portTier">The tier of the port it came to, or null.</param>
    /// <param name="cut">Ends the connection at once.</param>
    /// <param name="port">The port of the gateway that it came to; 0 where there is none.</param>
    internal LiveConnection Add(IPAddress address, string? portTier, Action cut, int port = 0)
    {
        var connection = new LiveConnection(this, Interlocked.Increment(ref _lastId), address, portTier, cut, port);
        _open[connection.Id] = connection;
        _perClient.AddOrUpdate(address, 1, static (_, count) => count + 1);
        return connection;
    }

    internal void Remove(LiveConnection connection)
    {
        if (!_open.TryRemove(connection.Id, out _)) return;
        if (_perClient.AddOrUpdate(connection.Address, 0, static (_, count) => count - 1) == 0)
            _perClient.TryRemove(new KeyValuePair<IPAddress, int>(connection.Address, 0));
    }

    /// <summary>Asks the policy again about each tunnel and WebSocket and cuts those it now refuses: an override that ended, a block that came.</summary>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="time">Now.</param>
    /// <param name="isShadow">True while shadow mode lifts what the policy refuses.</param>
    /// <returns>How many were cut.</returns>
    public int CutRefused(PolicySnapshot snapshot, DateTimeOffset time, bool isShadow = false)
    {
        var cut = 0;
        foreach (var connection in _open.Values)
        {
            foreach (var exchange in connection.LongExchanges)
            {
                var portTier = connection.PortTier is null ? null : snapshot.FindTier(connection.PortTier);
                var client = snapshot.Identify(connection.Address, portTier, connection.Port);
                if (client is not null && IsStillAllowed(snapshot, client, exchange, time, isShadow)) continue;
                exchange.Cut();
                cut++;
            }
        }

        return cut;
    }

    /// <summary>Asks anew, with what the request said of itself; and whether a tunnel still ends where its tier's safe search would have it.</summary>
    private static bool IsStillAllowed(PolicySnapshot snapshot, Client client, LongExchange exchange, DateTimeOffset time, bool isShadow)
    {
        var question = new Question(client, exchange.Url, exchange.Seen, snapshot.Lists.Classify(exchange.Url, exchange.Seen), time) { Sign = exchange.With.Sign, EmbeddedIn = exchange.With.Page, IsFrame = exchange.With.IsFrame };
        var decision = snapshot.Decide(in question);
        if (isShadow) decision = ShadowMode.Lift(in decision);
        return decision.IsForwarded && (exchange.Seen == Seen.Url || ForcedDial.HostFor(client, exchange.Names) == exchange.DialledHost);
    }

    /// <summary>Cuts every connection: the end of a drain.</summary>
    public void CutAll()
    {
        foreach (var connection in _open.Values) connection.Cut();
    }
}

/// <summary>One open connection.</summary>
internal sealed class LiveConnection(LiveConnections registry, long id, IPAddress address, string? portTier, Action cut, int port) : IDisposable
{
    private readonly ConcurrentDictionary<LongExchange, byte> _long = new();

    public long Id => id;
    public IPAddress Address => address;
    public string? PortTier => portTier;
    public int Port => port;
    public bool HasLongExchange => !_long.IsEmpty;
    public IEnumerable<LongExchange> LongExchanges => _long.Keys;

    /// <summary>Names something that outlives its decision on this connection; dispose what is returned when it ends.</summary>
    public LongExchange Begin(CanonicalUrl url, Seen seen, Action cutExchange, AskedWith with = default, IReadOnlyList<string>? names = null, string? dialledHost = null)
    {
        var exchange = new LongExchange(url, seen, cutExchange, ended => _long.TryRemove(ended, out _)) { With = with, Names = names ?? [], DialledHost = dialledHost };
        _long[exchange] = 0;
        return exchange;
    }

    public void Cut() => cut();

    public void Dispose() => registry.Remove(this);
}

/// <summary>A tunnel or an upgraded exchange: decided once, and asked again when the policy changes.</summary>
internal sealed class LongExchange(CanonicalUrl url, Seen seen, Action cut, Action<LongExchange> ended) : IDisposable
{
    public CanonicalUrl Url => url;
    public Seen Seen => seen;

    /// <summary>What the request said of itself.</summary>
    public AskedWith With { get; init; }

    /// <summary>The names of a tunnel.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The safe address that a tunnel was connected to; null for its own.</summary>
    public string? DialledHost { get; init; }

    public void Cut() => cut();
    public void Dispose() => ended(this);
}
