using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.Passes;
using FilterGate.Policy.Search;
using FilterGate.Proxy.Acts;
using FilterGate.Proxy.Certificates;
using FilterGate.Proxy.Requests;
using FilterGate.Proxy.Watching;
using Microsoft.Extensions.Logging;

namespace FilterGate.Proxy.Tests.Fixtures;

/// <summary>A whole gateway on an in-memory transport, with a policy, lists and an event store of its own. Names under <c>.test</c> lead to loopback.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>A school with three tiers; 192.0.2.0/24 is its network.</summary>
    public const string School = """
        school: Test Primary
        networks: [192.0.2.0/24]
        unknown_clients: pupil
        tiers:
          pupil: { tls: intercept, uncategorised: allow, own_block: [own-blocked.test, allowed.test/blocked-part], own_allow: [forum.test/allowed-part] }
          staff: { tls: intercept, uncategorised: allow }
          guest: { tls: tunnel, uncategorised: allow }
        clients:
          - { address: 192.0.2.7, device: ipad-14, tier: pupil }
          - { range: 192.0.2.128/25, tier: staff }
        """;

    private static readonly Taxonomy ShippedTaxonomy = ListLoader.ShippedTaxonomy;

    /// <summary>One folder for the authorities of all tests: making a key for each would be most of their time.</summary>
    private static readonly CertificateAuthorities Authority = CertificateAuthorities.Open(Directory.CreateTempSubdirectory("filtergate-ca-").FullName, TimeProvider.System);

    private static readonly SearchTerms Searches = SearchTerms.Read("Test:\n  - urls: [allowed.test/search, search.test/find, forum.test/find]\n    params: [q]\nnot_counted: [search.test/complete]\n", [])!;

    private readonly string _folder;
    private readonly InMemoryTransport _transport;

    private TestGateway(string folder, InMemoryTransport transport, Gateway gateway, CurrentPolicy policy, EventStore events, ConcurrentQueue<(string Reference, string Client, string Note)> asked) =>
        (_folder, _transport, Gateway, Policy, Events, Asked) = (folder, transport, gateway, policy, events, asked);

    public Gateway Gateway { get; }
    public CurrentPolicy Policy { get; }
    public EventStore Events { get; }

    /// <summary>The names that were looked up, to be dialled, in order.</summary>
    public ConcurrentQueue<string> LookedUp { get; } = new();

    /// <summary>What the request forms brought.</summary>
    public ConcurrentQueue<(string Reference, string Client, string Note)> Asked { get; }

    /// <summary>What the forms of warnings brought, and what they are answered with; a granted one is in force at once.</summary>
    public ConcurrentQueue<PassRequest> Continued { get; } = new();

    /// <summary>How going past a warning ends.</summary>
    public PassOutcome Outcome { get; set; } = PassOutcome.Granted;

    /// <summary>How much was seen.</summary>
    public required CoverageCounter Coverage { get; init; }

    /// <summary>Who takes the certificate.</summary>
    public required TrustLedger Trust { get; init; }

    /// <summary>The same with all that they held.</summary>
    public required ConcurrentQueue<AskForm> Forms { get; init; }

    /// <summary>Starts a gateway with the ports of three tiers and one whose tier the clients decide.</summary>
    /// <remarks>It closes the event store, its own or another that is given.</remarks>
    public static async Task<TestGateway> StartAsync(
        string document = School, GatewayLimits? limits = null, X509Certificate2? trust = null, TimeProvider? clock = null, string allowPrivate = "127.0.0.0/8", EventStore? events = null, UseCounter? uses = null)
    {
        clock ??= TimeProvider.System;
        var folder = Directory.CreateTempSubdirectory("filtergate-proxy-").FullName;
        var policy = new CurrentPolicy(Compile(document));
        events ??= EventStore.Open(Path.Combine(folder, "events"), clock);
        var transport = new InMemoryTransport();
        var asked = new ConcurrentQueue<(string Reference, string Client, string Note)>();
        var forms = new ConcurrentQueue<AskForm>();
        var coverage = new CoverageCounter(clock);
        var trusted = new TrustLedger(Authority, clock);
        TestGateway? made = null;
        var options = new GatewayOptions
        {
            EndPoints = [.. new[] { "pupil", "staff", "guest", null }.Select(tier => new GatewayEndPoint(new IPEndPoint(IPAddress.Loopback, 0), tier))],
            AllowedPrivate = allowPrivate.Length > 0 ? [IPNetwork.Parse(allowPrivate)] : [],
            TrustedAuthorities = trust is null ? [] : [trust],
            LookUp = (name, cancellationToken) =>
            {
                made?.LookedUp.Enqueue(name);
                return LookUpAsync(name, cancellationToken);
            },
            SearchTerms = Searches,
            Limits = limits ?? new GatewayLimits { DrainTimeout = TimeSpan.FromSeconds(1) },
        };
        var gateway = Gateway.Create(options, policy, Authority, events, AskAsync, clock, logging => logging.SetMinimumLevel(LogLevel.Error).AddProvider(new ErrorsToTest()), transport, continuePast: (request, _) => Task.FromResult(made!.Continue(request, clock.GetUtcNow())), uses: uses, coverage: coverage, trust: trusted);
        await gateway.StartAsync();
        return made = new TestGateway(folder, transport, gateway, policy, events, asked) { Forms = forms, Coverage = coverage, Trust = trusted };

        Task<AskAnswer> AskAsync(AskForm form, Client client, CancellationToken cancellationToken)
        {
            var reference = form.Reference ?? form.Address ?? "";
            asked.Enqueue((reference, client.AddressText, form.Note));
            forms.Enqueue(form);
            var isKnown = form.Address is not null || reference.Length == 9;
            return Task.FromResult(new AskAnswer(isKnown, isKnown ? "Your teacher will look at it." : "That code is not known.", isKnown ? form.Reference : null));
        }
    }

    /// <summary>A policy over the lists of all tests.</summary>
    public static PolicySnapshot Compile(string document, ListSet? lists = null)
    {
        var parsed = PolicyDocument.Parse(document, ShippedTaxonomy, out var problems);
        Assert.That(parsed, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(parsed!, lists ?? Lists(), OverrideTable.Empty);
    }

    /// <summary>Connects to the port of a tier (null: the one whose tier the clients decide).</summary>
    public RawConnection Connect(string? tier = "pupil", string from = "127.0.0.1") =>
        _transport.Connect(Gateway.EndPoints.First(e => e.Tier == tier).EndPoint.Port, IPAddress.Parse(from));

    /// <summary>Sends one request and reads its answer.</summary>
    public async Task<RawAnswer> AskAsync(string request, string? tier = "pupil", string from = "127.0.0.1")
    {
        using var connection = Connect(tier, from);
        await connection.SendAsync(request);
        return await connection.ReadAnswerAsync();
    }

    /// <summary>The events stored so far, oldest first; waits until there are at least so many.</summary>
    public async Task<IReadOnlyList<FilterEvent>> EventsAsync(int atLeast)
    {
        for (var i = 0; i < 200; i++)
        {
            var page = Events.Search(new EventQuery { Limit = 1000 });
            if (page.Events.Count >= atLeast) return [.. page.Events.Reverse()];
            await Task.Delay(25);
        }

        throw new AssertionException($"Fewer than {atLeast} events came.");
    }

    /// <summary>Puts overrides in force, as the state watcher does.</summary>
    public void Grant(params IEnumerable<Override> overrides) => Policy.Publish(Policy.Snapshot.With(new OverrideTable(overrides)));

    /// <summary>Counts what was used, as the state does.</summary>
    public void Use(PassTable passes) => Policy.Publish(Policy.Snapshot.With(Policy.Snapshot.InForce with { Passes = passes }));

    private PassOutcome Continue(PassRequest request, DateTimeOffset now)
    {
        Continued.Enqueue(request);
        if (Outcome != PassOutcome.Granted) return Outcome;
        var (kind, subject, minutes) = request.Decision.Verdict == Verdict.Warn
            ? (PassKind.Warning, Pass.SiteOf(request.Host), request.Client.Tier.ContinueMinutes)
            : (PassKind.Slice, request.Decision.Category!.Slug, request.Client.Tier.QuotaOf(request.Decision.Category)!.SliceMinutes);
        Use(new PassTable([new Pass(1, request.Client.PassKey, kind, subject, now, now.AddMinutes(minutes))], []));
        return PassOutcome.Granted;
    }

    private static ListSet Lists()
    {
        var categories = new ListMatcher.Builder();
        Add(categories, "forums", "forum.test");
        Add(categories, "pornography", "adult.test");
        Add(categories, "hate-speech", "hateful.test");
        Add(categories, "short-links", "warned.test");
        Add(categories, "telemetry", "noise.test");
        Add(categories, "forums", "chat.help.test");
        foreach (var slug in new[] { "web-proxies", "vpn", "tor", "encrypted-dns" }) Add(categories, slug, slug + ".test");
        var help = new ListMatcher.Builder();
        Add(help, "help-and-support", "help.test");
        var pinned = new ListMatcher.Builder();
        Add(pinned, "updates", "pinned.test");
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/test", ShippedTaxonomy.Find("csam-iwf")!, isDemonstration: true);
        locked.TryAdd("locked.test/forbidden/page");
        locked.TryAdd("locked-host.test");
        locked.TryAdd("locked.test/try/me", isVerification: true);
        return new ListSet
        {
            Taxonomy = ShippedTaxonomy, Version = "test", Categories = categories.Build(), ProtectedHelp = help.Build(), NeverIntercept = pinned.Build(), Locked = locked.Build(),
        };
    }

    /// <summary>The same lists, but for the sites.</summary>
    /// <param name="sites">Lists by name and category, each with its entries.</param>
    public static ListSet ListsOf(params (string List, string Category, string[] Entries)[] sites)
    {
        var categories = new ListMatcher.Builder();
        foreach (var (list, category, entries) in sites)
            foreach (var (i, entry) in entries.Index()) Assert.That(categories.TryAdd(list, ShippedTaxonomy.Find(category)!, entry, i + 1, out var error), Is.True, error);
        return Lists() with { Categories = categories.Build() };
    }

    private static void Add(ListMatcher.Builder builder, string slug, string entry)
    {
        Assert.That(builder.TryAdd(slug + "/domains", ShippedTaxonomy.Find(slug)!, entry, 1, out var error), Is.True, error);
    }

    private static Task<IPAddress[]> LookUpAsync(string name, CancellationToken cancellationToken) => name switch
    {
        "private.test" => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.1.2.3")]),
        "half-private.test" => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("192.168.1.1")]),
        "nowhere.test" => throw new SocketException((int)SocketError.HostNotFound),
        _ => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
    };

    /// <summary>What the gateway complains of stands beside the test that failed.</summary>
    private sealed class ErrorsToTest : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            TestContext.Progress.WriteLine($"{formatter(state, exception)} {exception}");
        public void Dispose() { }
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        await Events.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
