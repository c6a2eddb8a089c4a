using System.Diagnostics.Metrics;

namespace FilterGate.Proxy;

/// <summary>What the data plane counts. Names follow OpenTelemetry's advice; no label carries a host, a URL or a person.</summary>
public sealed class GatewayMeters : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "FilterGate.Proxy";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _hellos;

    /// <summary>Makes the meters; <paramref name="live"/> gives the gauges.</summary>
    public GatewayMeters(Connections.LiveConnections live)
    {
        _decisions = _meter.CreateCounter<long>("filtergate.decisions", "{decision}", "Decisions by verdict and tier.");
        _refused = _meter.CreateCounter<long>("filtergate.connections.refused", "{connection}", "Connections closed before a byte was read.");
        _failures = _meter.CreateCounter<long>("filtergate.forward.failures", "{request}", "Requests that did not reach their origin, by where they broke.");
        _handshakes = _meter.CreateCounter<long>("filtergate.tls.handshakes", "{handshake}", "TLS handshakes with clients.");
        _hellos = _meter.CreateCounter<long>("filtergate.tls.hellos", "{hello}", "ClientHellos read, by what was special about them.");
        _meter.CreateObservableGauge("filtergate.connections.open", () => live.Count, "{connection}", "Connections open now.");
        _meter.CreateObservableGauge("filtergate.connections.long", () => live.LongCount, "{connection}", "Tunnels and WebSockets open now.");
    }

    internal void Decided(Policy.Verdict verdict, string tier) => _decisions.Add(1, new("verdict", Policy.DecisionCodes.Code(verdict)), new("tier", tier));

    internal void ConnectionRefused(string why) => _refused.Add(1, new KeyValuePair<string, object?>("why", why));

    internal void ForwardFailed(Requests.ForwardFailure failure) => _failures.Add(1, new KeyValuePair<string, object?>("failure", failure.ToString()));

    internal void Handshake(bool succeeded) => _handshakes.Add(1, new KeyValuePair<string, object?>("succeeded", succeeded));

    internal void ClientHello(string kind) => _hellos.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
