using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Commands;
using FilterGate.Devices;
using FilterGate.Commands.Unblocks;
using FilterGate.Events;
using FilterGate.Lookup;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Proxy;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Requests;
using FilterGate.Review;
using FilterGate.Review.Watching;
using FilterGate.Safeguarding.Health;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Safeguarding.WhatIf;
using FilterGate.Settings;
using FilterGate.State;
using FilterGate.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FilterGate.Running;

/// <summary>A gateway that runs: stores, certificate authority, data plane and review site, put together and taken apart in order.</summary>
/// <remarks>Processes meet at the stores (decision 7): what a command writes to <c>state.db</c> takes force here within a second.</remarks>
internal sealed class RunningGateway : IAsyncDisposable
{
    /// <summary>How often a policy file and the compiled lists are looked at: an edit is live well within a second.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly CommandContext _context;
    private readonly RunOptions _options;
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly ILoggerFactory _loggers;
    private Gateway? _gateway;
    private WebApplication? _review;
    private PolicyFollower? _following;

    private RunningGateway(CommandContext context, RunOptions options)
    {
        (_context, _options) = (context, options);
        _loggers = LoggerFactory.Create(ConfigureLogging);
        _parts.Push(new AsyncDisposer(_loggers));
    }

    /// <summary>Where the proxy listens, with the ports it got.</summary>
    public IReadOnlyList<GatewayEndPoint> EndPoints => _gateway?.EndPoints ?? [];

    /// <summary>Where the review site listens, <c>127.0.0.1:8090</c>, or null.</summary>
    public string? ReviewAddress { get; private set; }

    /// <summary>How the review site is opened there, <c>http://127.0.0.1:8090/</c>, or null.</summary>
    public string? ReviewUrl { get; private set; }

    /// <summary>The look-up service, or null.</summary>
    public LookupService? Lookup { get; private set; }

    /// <summary>True while it follows the policy: it has looked for a change within the last ten seconds, which it does four times a second.</summary>
    public bool IsAlive => _following is { } following && following.SinceLastLook < TimeSpan.FromSeconds(10);

    /// <summary>What it was loaded from.</summary>
    public GatewayInputs Inputs { get; private set; } = null!;

    /// <summary>The shadow mode that it was started in; null where it filters.</summary>
    public ShadowMode? Shadow { get; private set; }

    /// <summary>Opens everything and begins to listen.</summary>
    /// <exception cref="UserErrorException">Something that the caller can put right: a port in use, a broken policy, a file that cannot be read.</exception>
    public static async Task<RunningGateway> StartAsync(CommandContext context, RunOptions options, CancellationToken cancellationToken)
    {
        var running = new RunningGateway(context, options);
        try
        {
            await running.StartAsync(cancellationToken);
            return running;
        }
        catch (CertificateAuthorityException problem)
        {
            await running.DisposeAsync();
            throw new UserErrorException(problem.Message, inner: problem);
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var clock = _context.Clock;
        var dataFolder = DataFolder.Make(_context.DataFolder);
        var state = Keep(StateStore.Open(GatewayInputs.StatePath(_context), clock));
        var events = Keep(EventStore.Open(GatewayInputs.EventsFolder(_context), clock));

        var locked = Keep(new LockedFollower(_context, events, _loggers.CreateLogger<LockedFollower>()));
        if (_options.Only != RunOnly.Review) await locked.ImportWaitingAsync(cancellationToken);
        Inputs = GatewayInputs.LoadLastGood(_context, _options.ListsFolder, state);
        var shadow = _options.Shadow is null ? null : new ShadowDesk(state, _options.Shadow, _context);
        if (shadow?.MayBegin() == false) shadow = null; // Before anything listens: what is refused must not have begun.
        if (Inputs.Text.Source != PolicySource.State)
            state.ImportPolicy(Inputs.Policy.Version, Inputs.Text.Yaml, _context.Actor, GatewayInputs.ReadAtStart(Inputs.Text));
        foreach (var tier in _options.EndPoints.Select(e => e.Tier).OfType<string>()) Inputs.Tier(tier, "a listen port");

        var policy = new CurrentPolicy(ForTrial(Inputs.Policy));
        var following = _following = Keep(new PolicyFollower(_context, _options, state, policy, Inputs, ForTrial, _loggers.CreateLogger<PolicyFollower>()));

        // The site starts first: if its port is in use, no pupil has been served and cut off.
        if (_options.Review is not null && _options.Only != RunOnly.Proxy) await StartReviewAsync(dataFolder, state, events, () => policy.Snapshot, cancellationToken);
        if (_options.Lookup is not null) await StartLookupAsync(_options.Lookup, dataFolder, () => policy.Snapshot, cancellationToken);
        if (_options.Only != RunOnly.Review) await StartProxyAsync(dataFolder, state, events, policy, following.ReloadPasses, cancellationToken);
        if (_gateway is not null) BeginOrEndShadow(_gateway, shadow, state);
        following.Start(Tick);
        if (_options.Only != RunOnly.Review) locked.Start(following.ReloadLists);
        if (_options.Only != RunOnly.Review)
            Keep(new NeighbourLoop(new NeighbourSources(_context.Settings.Devices, _context.Box, clock), () => policy.Snapshot.InForce.Roster, following.Follow, clock, _loggers.CreateLogger<NeighbourLoop>()));
        if (_gateway is not null) Keep(new TriesLoop(new TriesSpool(dataFolder), _gateway.RecordAsync, clock, _loggers.CreateLogger<TriesLoop>()));
        if (_options.Only != RunOnly.Review) Keep(new EndingsLoop(new OverrideEndings(state, events), clock, _loggers.CreateLogger<EndingsLoop>()));
        if (_options.Only != RunOnly.Review)
            Keep(new KeepingLoop(
                new RecordKeeper(state, events, GatewayInputs.EventsFolder(_context), clock), () => policy.Snapshot.Retention, new PurgeLimits { BytesMax = _context.Settings.Limits.EventsBytes }, events, dataFolder, clock,
                _loggers.CreateLogger<KeepingLoop>()));
        if (_options.Only != RunOnly.Review && _options.ListsFolder is null) Keep(new ListUpdateLoop(_context, _loggers.CreateLogger<ListUpdateLoop>()));
    }

    private async Task StartProxyAsync(string dataFolder, StateStore state, EventStore events, CurrentPolicy policy, Action reloadPasses, CancellationToken cancellationToken)
    {
        var authorities = CertificateAuthorities.Open(Path.Combine(dataFolder, "ca"), _context.Clock);
        _parts.Push(new AsyncDisposer(authorities));
        if (_options.Only == RunOnly.Proxy && _options.Review is { } site && ReviewListener.NeedsSignIn(site))
            Keep(new ReviewCertificateLoop(authorities, dataFolder, _context.Settings.ReviewNames, site, _context.Clock, _loggers.CreateLogger<ReviewCertificateLoop>()));
        var desk = new UnblockDesk(state, events, _context.Clock);
        var limits = new GatewayLimits();
        var given = _context.Settings.Limits;
        var searchTerms = SearchEngineFile.Read(dataFolder, out var notUnderstood);
        if (notUnderstood.Count > 0) RunningLog.SearchEnginesNotUnderstood(_loggers.CreateLogger<RunningGateway>(), SearchEngineFile.Name, notUnderstood.Count, notUnderstood[0].Line, notUnderstood[0].Message);
        var options = new GatewayOptions
        {
            EndPoints = _options.EndPoints,
            AllowedPrivate = _options.AllowPrivate,
            TrustedAuthorities = ReadAuthorities(_options.TrustCa),
            SearchTerms = searchTerms,
            Limits = limits with
            {
                ConnectionsMax = given.Connections ?? limits.ConnectionsMax,
                ConnectionsPerClientMax = given.ConnectionsPerClient ?? limits.ConnectionsPerClientMax,
                RequestLineBytesMax = given.RequestLineBytes ?? limits.RequestLineBytesMax,
                RequestHeadBytesMax = given.RequestHeadBytes ?? limits.RequestHeadBytesMax,
                HeadTimeout = given.HeadTimeout ?? limits.HeadTimeout,
                ConnectTimeout = given.ConnectTimeout ?? limits.ConnectTimeout,
                ActivityTimeout = given.ActivityTimeout ?? limits.ActivityTimeout,
                TunnelIdleTimeout = given.TunnelIdleTimeout ?? limits.TunnelIdleTimeout,
                CertificatesMax = given.Certificates ?? limits.CertificatesMax,
            },
        };
        var firstSeen = Keep(FirstSeenFile.Open(dataFolder, _context.Clock, _loggers.CreateLogger<FirstSeenFile>()));
        var uses = Keep(new UsesLoop(state, authorities, _context.Clock, _loggers.CreateLogger<UsesLoop>()));
        _gateway = Gateway.Create(options, policy, authorities, events, AskAsync, _context.Clock, ConfigureLogging, firstSeen: firstSeen.Table, continuePast: new PassDesk(state, reloadPasses, _context.Clock).ContinueAsync, uses: uses.Counter, coverage: uses.Coverage, trust: uses.Trust);
        _parts.Push(_gateway);
        try
        {
            await _gateway.StartAsync(cancellationToken);
        }
        catch (ListenException problem)
        {
            throw new UserErrorException(problem.Message + " Choose another with --tier-listen TIER=ADDRESS:PORT or --listen ADDRESS:PORT.", inner: problem);
        }

        if (await WatchService.StartAsync(_context, dataFolder, _gateway.Watch, state, events, () => policy.Snapshot, ConfigureLogging, cancellationToken) is { } watching) _parts.Push(watching);

        async Task<AskAnswer> AskAsync(AskForm form, Client client, CancellationToken token)
        {
            var result = form.Reference is { } reference
                ? await desk.AskAsync(new UnblockAsk(reference, client.AddressText, form.Note) { Route = form.Route, Group = form.Group, Until = form.Until }, policy.Snapshot, token)
                : await desk.AskAsync(new SiteAsk(form.Address ?? "", form.Note) { Route = form.Route, Group = form.Group, Until = form.Until }, client, policy.Snapshot, token);
            var isAccepted = result.Outcome == UnblockOutcome.Done;
            return new AskAnswer(isAccepted, result.Message, isAccepted ? form.Reference ?? result.Request?.Reference : null);
        }
    }

    /// <summary>Only once it listens: a start that fails, beside a gateway that runs, must write nothing about that one. Until then it filters.</summary>
    private void BeginOrEndShadow(Gateway gateway, ShadowDesk? desk, StateStore state)
    {
        if (desk is null)
        {
            state.EndShadow(_context.Actor, "the gateway was started without it");
            return;
        }
        var run = desk.Begin();
        gateway.BeginShadow(Shadow = run.Mode);
        Keep(new ShadowLoop(run, () => gateway.IsInShadow, state, _context.Clock, _loggers.CreateLogger<ShadowLoop>()));
    }

    private async Task StartLookupAsync(IPEndPoint endPoint, string dataFolder, Func<PolicySnapshot> policy, CancellationToken cancellationToken)
    {
        if (LookupService.WhyNotHere(endPoint.Address, policy()) is { } why) throw new UserErrorException($"--lookup-listen {endPoint}: {why}");
        Lookup = await LookupService.StartAsync(endPoint, LookupToken.ReadOrMake(dataFolder), policy, new LookupLimits(), ConfigureLogging, cancellationToken);
        _parts.Push(Lookup);
    }

    private async Task StartReviewAsync(string dataFolder, StateStore state, EventStore events, Func<PolicySnapshot> policy, CancellationToken cancellationToken)
    {
        var listener = Keep(ReviewListener.Open(_options.Review!, _context.Settings.ReviewNames, dataFolder, isApart: _options.Only == RunOnly.Review, _context.Clock));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ConfigureLogging(builder.Logging);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The largest form is a new passkey's, a few kilobytes.
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 200;
            kestrel.Listen(_options.Review!, listener.Configure);
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddRouting();
        builder.Services.AddSingleton<IGatewayWatch>(_ => new ReviewedWatch(dataFolder));
        var site = listener.Site with
        {
            Lists = new BoxLists(GatewayInputs.ListsOf(_context), () => GatewayInputs.LockedKeyOf(_context), () => SchoolSources.Open(_context), _context.Clock),
            Keeping = () => KeepingStatus.Read(dataFolder),
            StaffPastSince = () => KeeperStatus.StaffPastSince(dataFolder),
            Needs = (request, inForce, cancelled) => PageNeedsReader.ReadAsync(_context, request, inForce, cancelled),
            // As check does, so that the two answer alike.
            Memory = new GatewayMemory(
                CheckCommand.RefusalOf, (client, url, time) => CheckCommand.FirstSeenDays(client.Tier.NewlySeen is null ? null : FirstSeenFile.TryRead(FirstSeenFile.PathIn(dataFolder)), client, url, time)),
        };
        builder.AddReviewSite(events, state, policy, _context.Clock, site);
        _review = builder.Build();
        _review.MapReviewSite();
        _parts.Push(_review);
        try
        {
            await _review.StartAsync(cancellationToken);
        }
        // A port in use is an IOException; an address that this computer does not have comes as it is.
        catch (Exception problem) when (problem is IOException or SocketException)
        {
            throw new UserErrorException($"The review site cannot listen on {_options.Review}: {(problem.InnerException ?? problem).Message}. Choose another port with --review-listen ADDRESS:PORT.", inner: problem);
        }

        ReviewAddress = new Uri(_review.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        ReviewUrl = $"{(listener.Site.IsSecure ? "https" : "http")}://{ReviewAddress}/";
    }

    /// <summary>Stops accepting, lets what runs finish, and closes the stores last: an event of the last request is still written.</summary>
    public async Task StopAsync()
    {
        if (_gateway is not null) await _gateway.StopAsync();
        if (_review is not null) await _review.StopAsync();
        if (Lookup is not null) await Lookup.StopAsync();
    }

    private PolicySnapshot ForTrial(PolicySnapshot policy) => _options.Tls is { } mode ? policy.With(mode) : policy;

    /// <summary>Authorities from PEM files.</summary>
    /// <exception cref="UserErrorException">One cannot be read.</exception>
    internal static X509Certificate2Collection ReadAuthorities(IEnumerable<string> files)
    {
        var authorities = new X509Certificate2Collection();
        foreach (var file in files)
        {
            try
            {
                authorities.ImportFromPemFile(file);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new UserErrorException($"{file} cannot be read as PEM certificates: {problem.Message}", inner: problem);
            }
        }

        return authorities;
    }

    private static void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        // The journal takes time and severity from elsewhere.
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null) logging.AddSystemdConsole();
        else logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.ColorBehavior) =
            (true, "HH:mm:ss ", Console.IsErrorRedirected ? Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled : Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Default));
        // Messages go to standard error, results to standard output.
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        // The framework's own lines may name a URL: ours say what a technician needs.
        logging.AddFilter("Microsoft", LogLevel.Critical);
        logging.AddFilter("Yarp", LogLevel.None);
    }

    private T Keep<T>(T part)
    {
        _parts.Push(part as IAsyncDisposable ?? new AsyncDisposer((IDisposable)(object)part!));
        return part;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private sealed class AsyncDisposer(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return default;
        }
    }
}
