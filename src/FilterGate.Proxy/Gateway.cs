using System.Net;
using System.Text;
using FilterGate.Events;
using FilterGate.Events.Acts;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy;

/// <summary>The data plane: listens, decides, forwards. The front door of this project.</summary>
/// <remarks>Kestrel is the only TCP server; our own work sits in connection middleware (decision 1). Start once, stop once; safe to stop from any thread.</remarks>
public sealed class Gateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GatewayOptions _options;
    private readonly CurrentPolicy _policy;
    private readonly TimeProvider _clock;
    private readonly LiveConnections _live;
    private readonly Shadow _shadow;
    private ITimer? _reconsider;

    private Gateway(WebApplication app, GatewayOptions options, CurrentPolicy policy, TimeProvider clock)
    {
        (_app, _options, _policy, _clock) = (app, options, policy, clock);
        _live = app.Services.GetRequiredService<LiveConnections>();
        _shadow = app.Services.GetRequiredService<Shadow>();
        Watch = app.Services.GetRequiredService<ConnectionWatch>();
    }

    /// <summary>Where it listens, in the order of the options; port 0 is replaced by the port it got. Empty before <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<GatewayEndPoint> EndPoints { get; private set; } = [];

    /// <summary>The connections that are open.</summary>
    public LiveConnections Connections => _live;

    /// <summary>Shows what one device does, while somebody watches.</summary>
    public ConnectionWatch Watch { get; }

    /// <summary>Puts a gateway together; nothing listens yet.</summary>
    /// <param name="options">Where to listen, and the bounds.</param>
    /// <param name="policy">The policy in force, swapped while it runs.</param>
    /// <param name="authorities">Sign what intercepted clients see.</param>
    /// <param name="events">Where refusals and overrides are stored. Not disposed here.</param>
    /// <param name="ask">What the request form of a block page leads to.</param>
    /// <param name="clock">The time.</param>
    /// <param name="configureLogging">Where log lines go; nowhere by default.</param>
    /// <param name="transport">Accepts connections; sockets by default.</param>
    /// <param name="firstSeen">Remembers the day on which a host in no list was first met; without it what this gateway meets is remembered until it ends.</param>
    /// <param name="continuePast">What the form of a warning leads to; without it no warning can be gone past.</param>
    /// <param name="coverage">Counts how much could be seen; without it that is counted and thrown away.</param>
    /// <param name="trust">Notes who takes our certificate; without it that is noted and thrown away.</param>
    /// <param name="uses">Counts uses of overrides and visits to help sites; without it they are counted and thrown away.</param>
    public static Gateway Create(
        GatewayOptions options, CurrentPolicy policy, CertificateAuthorities authorities, EventStore events, AskToUnblock ask, TimeProvider clock,
        Action<ILoggingBuilder>? configureLogging = null, IConnectionListenerFactory? transport = null, FirstSeenTable? firstSeen = null, ContinuePast? continuePast = null, UseCounter? uses = null, CoverageCounter? coverage = null, TrustLedger? trust = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        configureLogging?.Invoke(builder.Logging);
        // Kestrel warns for each endpoint that HTTP/2 needs TLS: it does not see ours (findings 2).
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Services
            .AddSingleton(options).AddSingleton(policy).AddSingleton(authorities).AddSingleton(events).AddSingleton(ask).AddSingleton(clock)
            .AddSingleton(continuePast ?? (static (_, _) => Task.FromResult(PassOutcome.TooMany)))
            .AddSingleton(firstSeen ?? new FirstSeenTable(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)))
            .AddSingleton(_ => new CertificateMinter(authorities, clock, options.Limits.CertificatesMax, DevicePages.NextHost))
            .AddSingleton<LiveConnections>().AddSingleton<GatewayMeters>().AddSingleton<DestinationGuard>().AddSingleton<Shadow>().AddSingleton<NameJudge>().AddSingleton(uses ?? new UseCounter(clock))
            .AddSingleton(coverage ?? new CoverageCounter(clock)).AddSingleton(_ => new ActFolder(options.Folding)).AddSingleton(options.SearchTerms).AddSingleton<HeldSearches>().AddSingleton<EventRecorder>().AddSingleton<ConnectionWatch>().AddSingleton(trust ?? new TrustLedger(authorities, clock))
            .AddSingleton<UpstreamDialer>().AddSingleton<OriginCertificates>().AddSingleton<UpstreamPools>()
            .AddSingleton<AcceptStage>().AddSingleton<ConnectAnswers>().AddSingleton<PeekStage>().AddSingleton<RefusedTries>().AddSingleton<TerminateTlsStage>().AddSingleton<TunnelStage>().AddSingleton<ConnectionPipeline>()
            .AddSingleton<LessonStage>().AddSingleton<ContinueStage>().AddSingleton<AskStage>().AddSingleton<DeviceChecks>().AddSingleton<DevicePagesStage>().AddSingleton<OwnPagesStage>().AddSingleton<DecideStage>().AddSingleton<ForwardStage>().AddSingleton<RecordStage>().AddSingleton<RequestPipeline>()
            .AddSingleton(services => transport ?? new GatewayListenerFactory(services.GetRequiredService<ILoggerFactory>()))
            .AddHttpForwarder()
            .Configure<HostOptions>(o => o.ShutdownTimeout = options.Limits.DrainTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));

        var app = builder.Build();
        var pipeline = app.Services.GetRequiredService<RequestPipeline>();
        app.Run(pipeline.RunAsync);
        return new Gateway(app, options, policy, clock);
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="ListenException">A port is in use or may not be bound; the message names it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _app.StartAsync(cancellationToken);
        var addresses = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        EndPoints = [.. addresses.Zip(_options.EndPoints, (address, asked) => asked with { EndPoint = new IPEndPoint(asked.EndPoint.Address, BindingAddress.Parse(address).Port) })];
        _app.Services.GetRequiredService<DestinationGuard>().SetListeners(EndPoints.Select(e => e.EndPoint));

        // Tunnels and WebSockets are decided once; an override that ends, a block that comes, or the end of shadow mode cuts them within a second.
        _policy.Published += Reconsider;
        _reconsider = _clock.CreateTimer(_ => Reconsider(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>True while shadow mode is on.</summary>
    public bool IsInShadow => _shadow.IsOn;

    /// <summary>Lets through, from now on and until the mode's end, what the policy refuses after step 4, and records it. Whoever calls it has put that on record.</summary>
    public void BeginShadow(ShadowMode mode)
    {
        ArgumentNullException.ThrowIfNull(mode);
        _shadow.Begin(mode);
    }

    /// <summary>Puts on record what the rules of the box refused; returns once it is stored, or is nothing to store.</summary>
    /// <param name="refused">What was refused.</param>
    /// <param name="time">When, within a second or two.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EventStoreException">It could not be stored.</exception>
    public Task RecordAsync(RefusedTry refused, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return _app.Services.GetRequiredService<RefusedTries>().RecordAsync(refused, time, cancellationToken);
    }

    /// <summary>Stops accepting, lets what runs finish within <see cref="GatewayLimits.DrainTimeout"/>, then cuts the rest.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _policy.Published -= Reconsider;
        if (_reconsider is not null) await _reconsider.DisposeAsync();
        using var drained = new CancellationTokenSource(_options.Limits.DrainTimeout * 0.8, _clock);
        await using var cut = drained.Token.Register(_live.CutAll);
        await _app.StopAsync(cancellationToken);
    }

    private void Reconsider(object? sender, EventArgs e) => Reconsider();

    private void Reconsider() => _live.CutRefused(_policy.Snapshot, _clock.GetUtcNow(), _shadow.IsOn);

    private static void Configure(KestrelServerOptions kestrel, GatewayOptions options)
    {
        var limits = options.Limits;
        kestrel.AddServerHeader = false;
        // RFC 9112 §3.2.2: the target of a request in absolute form replaces its Host field.
        kestrel.AllowHostHeaderOverride = true;
        kestrel.Limits.MaxConcurrentConnections = limits.ConnectionsMax;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.ConnectionsMax;
        kestrel.Limits.MaxRequestLineSize = limits.RequestLineBytesMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.RequestHeadBytesMax;
        kestrel.Limits.MaxRequestHeaderCount = 200;
        kestrel.Limits.RequestHeadersTimeout = limits.HeadTimeout;
        // Bodies are streamed, never held: uploads have no size. A browser that pauses a film reads nothing for minutes: only the activity time-out ends that.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinResponseDataRate = null;
        // Header values are bytes (RFC 9110 §5.5): Latin-1 carries them through unchanged.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        foreach (var endPoint in options.EndPoints)
        {
            kestrel.Listen(endPoint.Arrival == Arrival.HandedOver ? new HandedOverEndPoint(endPoint.EndPoint) : endPoint.EndPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                var pipeline = kestrel.ApplicationServices.GetRequiredService<ConnectionPipeline>();
                listen.Use(next => context => pipeline.RunAsync(context, endPoint, next));
            });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
