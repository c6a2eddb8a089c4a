using System.Collections.Immutable;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Sources;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Lists.Tests.Sources;

/// <summary>A box with a publisher: a folder, a clock at half past four, one plain source <c>plain</c> and one archive <c>ut1</c>.</summary>
internal sealed class SourceBench : IAsyncDisposable
{
    private readonly TempFolder _temp = new();

    private SourceBench(ListServer server) => Server = server;

    public ListServer Server { get; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 4, 30, 0, TimeSpan.Zero));

    public int Recompiled { get; private set; }

    public ListFolder Folder => new(_temp["lists"]);

    public string Temp(string name) => _temp[name];

    public static async Task<SourceBench> StartAsync() => new(await ListServer.StartAsync());

    public CatalogueSource Plain => new()
    {
        Id = "plain", Name = "Plain", Addresses = [new Uri(Server.Http, "/plain.txt")], Layout = SourceLayout.List, Format = ListFormat.Plain, Category = "games", IsOnByDefault = true,
    };

    public CatalogueSource Ut1 => new() { Id = "ut1", Name = "UT1", Addresses = [new Uri(Server.Http, "/blacklists.tar.gz")], Layout = SourceLayout.Ut1, IsOnByDefault = true };

    /// <summary>Bounds small enough to meet, and no pause before another attempt.</summary>
    public ListSourceOptions Options => new()
    {
        DownloadBytesMax = 256 * 1024, UnpackedBytesMax = 8 << 20, FilesMax = 50, PathLengthMax = 100, GuardedFrom = 10, RetryDelay = TimeSpan.FromTicks(1), RetriesMax = 2, IdleTimeout = TimeSpan.FromSeconds(20),
        AllowsHttpToLoopback = true,
        Recompile = _ =>
        {
            Recompiled++;
            return Task.CompletedTask;
        },
    };

    /// <summary>Opens the sources; the clock of requests is the real one, since their pauses are.</summary>
    public ListSources Open(ListSourceOptions? options = null, TimeProvider? clock = null, params IEnumerable<CatalogueSource> sources)
    {
        var all = sources.ToImmutableArray();
        return ListSources.Open(Folder, new Catalogue(all.IsEmpty ? [Plain, Ut1] : all), options ?? Options, clock ?? new SteppingClock(Clock), Server.Handler());
    }

    public async Task<SourceResult> UpdateAsync(string id, UpdateBy by = UpdateBy.Person, ListSourceOptions? options = null, Action<SourceProgress>? progress = null, params IEnumerable<CatalogueSource> sources)
    {
        using var open = Open(options, clock: null, sources);
        return (await open.UpdateAsync([id], by, progress is null ? null : new Immediate(progress))).Single();
    }

    /// <summary>Everything in force, as the matcher would read it: list, category and text.</summary>
    public string[] InForce(params IEnumerable<CatalogueSource> sources)
    {
        using var open = Open(sources: sources);
        return [.. open.FilesInForce().Select(f => $"{f.List} {f.Category} {f.Format} {File.ReadAllText(f.Path)}")];
    }

    public SourceState State(string id)
    {
        using var open = Open();
        return open.Status().Single(s => s.Source.Id == id).State;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _temp.Dispose();
    }

    /// <summary>Tells at once, on the thread that knows: <see cref="Progress{T}"/> would tell later.</summary>
    public sealed class Immediate(Action<SourceProgress> report) : IProgress<SourceProgress>
    {
        public void Report(SourceProgress value) => report(value);
    }

    /// <summary>Tells the bench's time, and measures pauses with the real clock: a socket knows no other.</summary>
    private sealed class SteppingClock(FakeTimeProvider now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now.GetUtcNow();
    }
}
