using System.Collections.Frozen;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests;

/// <summary>The site on a port of its own on 127.0.0.1, over whatever search a test brings.</summary>
internal sealed class RunningSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder _folder;

    private RunningSite(WebApplication app, TempFolder folder, StateStore state, EventStore events) => (_app, _folder, State, Events) = (app, folder, state, events);

    /// <summary>What the site keeps.</summary>
    public StateStore State { get; }

    /// <summary>Where the desk writes its steps.</summary>
    public EventStore Events { get; }

    /// <summary>Sunday 22 November 2026, 14:05:09 in London, and UTC too.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 14, 5, 9, TimeSpan.Zero);

    public static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    public static School School { get; } = new(
        "Sample Primary",
        ["pupil-ks1", "pupil", "staff", "guest"],
        new Dictionary<string, string>(StringComparer.Ordinal) { ["games"] = "Games", ["social-networks"] = "Social networks", ["csam-iwf"] = "Child sexual abuse material (IWF list)" }.ToFrozenDictionary(StringComparer.Ordinal),
        [], HasLicensedList: true);

    /// <summary>Everything that is mapped.</summary>
    public IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).ToList();

    /// <summary>Both stores as they are made, once for all tests: making them anew takes longer than most of the tests.</summary>
    private static readonly Lazy<(string Name, byte[] Content)[]> Empty = new(() =>
    {
        using var folder = new TempFolder();
        using (StateStore.Open(folder["state.db"], new FakeTimeProvider(Now))) { }
        EventStore.Open(folder["events"], TimeProvider.System).DisposeAsync().AsTask().GetAwaiter().GetResult();
        return [.. Directory.EnumerateFiles(folder.Path, "*.db", SearchOption.AllDirectories).Select(path => (Path.GetRelativePath(folder.Path, path), File.ReadAllBytes(path)))];
    });

    /// <summary>The file of <see cref="State"/>.</summary>
    public string StatePath => _folder["state.db"];

    /// <summary>Done before the stores are closed: takes away what a test put in their way.</summary>
    public Action Ending { get; set; } = () => { };

    /// <summary>Where <see cref="Events"/> lie.</summary>
    public string EventsFolder => _folder["events"];

    public Uri Address => new(_app.Urls.Single());

    public static EventLog Log(Func<EventQuery, EventPage> search, School? school = null, Func<int>? waiting = null, TimeProvider? clock = null) =>
        new(search, () => school ?? School, clock ?? new FakeTimeProvider(Now), London, waiting);

    public static async Task<RunningSite> StartAsync(EventLog log, Func<PolicySnapshot>? policy = null, ReviewSiteOptions? options = null, TimeProvider? clock = null, Action<IWebHostBuilder>? listen = null, Action<string>? prepare = null)
    {
        clock ??= new FakeTimeProvider(Now);
        var folder = new TempFolder();
        prepare?.Invoke(folder.Path);
        foreach (var (name, content) in Empty.Value)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            await File.WriteAllBytesAsync(folder[name], content);
        }
        var state = StateStore.Open(folder["state.db"], clock);
        // The store's own waits need a clock that runs.
        var events = EventStore.Open(folder["events"], TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (listen is null) builder.WebHost.UseUrls("http://127.0.0.1:0");
        else listen(builder.WebHost);
        builder.AddReviewSite(log, events, state, clock, (options ?? new ReviewSiteOptions()) with { PasswordIterations = 1_000 }, policy ?? (() => SamplePolicy.WithoutKeys), new UnblockDesk(state, events, clock));
        var app = builder.Build();
        app.MapReviewSite();
        await app.StartAsync();
        return new RunningSite(app, folder, state, events);
    }

    public async ValueTask DisposeAsync()
    {
        Ending();
        await _app.DisposeAsync();
        await Events.DisposeAsync();
        State.Dispose();
        _folder.Dispose();
    }

    public static Func<EventQuery, EventPage> Finds(params FilterEvent[] events) => _ => new EventPage(events, HasMore: false, []);
}

/// <summary>Example events on reserved names.</summary>
internal static class Sample
{
    public static FilterEvent Block(DateTimeOffset time, string host = "games.example", string path = "/play/blocks?level=3", string tier = "pupil", string category = "games") => new()
    {
        Time = time, Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14", Tier = tier, Method = "GET",
        Host = host, Url = $"http://{host}{path}", Status = 403, Category = category, List = $"{category}/domains", Entry = host, PolicyVersion = "4f1c9a02", ListsVersion = "8be2770d", Reference = "K7Q4-M2XD",
    };

    public static FilterEvent Override(DateTimeOffset time, string host = "films.example") => new()
    {
        Time = time, Kind = EventKind.Override, Decision = Verdict.Allow, Reason = Reason.Override, Client = "10.20.1.9", Tier = "pupil", Method = "GET",
        Host = host, Url = $"https://{host}/", Rule = "override 12", PolicyVersion = "4f1c9a02", ListsVersion = "8be2770d",
    };

    public static FilterEvent Granted(DateTimeOffset time) => new() { Time = time, Kind = EventKind.Override, Tier = "pupil", Host = "films.example", Rule = "override 12 granted until 2026-11-22T15:00:00Z by technician" };

    /// <summary>With host and URL in it, as no writer makes it: the site must not show them even so.</summary>
    public static FilterEvent Locked(DateTimeOffset time) => Block(time, "locked-host.example", "/secret-path", category: "csam-iwf") with
    {
        Reason = Reason.Locked, List = "locked/iwf-style-sample", Entry = "locked-host.example/secret-path", EntryId = "0a1b2c3d4e5f", Rule = "locked-host.example",
    };
}
