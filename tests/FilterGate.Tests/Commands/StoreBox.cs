using System.Net;
using System.Net.Sockets;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Tests.Commands;

/// <summary>A data folder with both stores, at noon, and the command line over it.</summary>
internal sealed class StoreBox : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _temp = new();

    public StoreBox()
    {
        Clock = new FakeTimeProvider(Noon);
        State = StateStore.Open(_temp["state.db"], Clock);
        Events = EventStore.Open(_temp["events"], Clock);
    }

    public FakeTimeProvider Clock { get; }

    public StateStore State { get; }

    public EventStore Events { get; }

    public CommandRun Run(params string[] arguments) => RunWith(null, arguments);

    /// <summary>Runs with somebody at a terminal who types this.</summary>
    public CommandRun RunWith(string? typed, params string[] arguments) => CommandRun.Of(Host(typed), [.. arguments, "--data", _temp.Path]);

    public CommandHost Host(string? typed = null) => new()
    {
        Clock = Clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml",
        LookUp = (name, _) => Task.FromResult(Addresses.GetValueOrDefault(name) ?? throw new SocketException((int)SocketError.HostNotFound)),
        IsInteractive = () => typed is not null, Input = new StringReader(typed ?? ""),
    };

    /// <summary>What names resolve to; no other name is known here.</summary>
    public Dictionary<string, IPAddress[]> Addresses { get; } = new(StringComparer.Ordinal);

    public string Folder => _temp.Path;

    /// <summary>A page that a pupil was shown.</summary>
    public async Task<string> BlockedAsync(string host, string query = "")
    {
        var e = await Events.CommitAsync(
            new FilterEvent
            {
                Time = Clock.GetUtcNow(), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = "10.20.1.7", Device = "ipad-14", Person = "a pupil", Tier = "pupil", Method = "GET",
                Url = $"http://{host}/play{query}", Host = host, Status = 403, Bytes = 1234, Category = "games", List = "games/domains", Entry = host, PolicyVersion = "p1", ListsVersion = "l1",
            },
            giveReference: true);
        return e.Reference!;
    }

    /// <summary>A request that waits; its reference.</summary>
    public async Task<string> AskedAsync(string host = "games.example")
    {
        var reference = await BlockedAsync(host, "?q=secret");
        State.AddRequest(new UnblockRequest(reference, Clock.GetUtcNow(), "10.20.1.7", "ipad-14", "pupil", $"http://{host}/play?q=secret", host, "games", "for maths", RequestStatus.Waiting));
        return reference;
    }

    public async ValueTask DisposeAsync()
    {
        State.Dispose();
        await Events.DisposeAsync();
        _temp.Dispose();
    }
}
