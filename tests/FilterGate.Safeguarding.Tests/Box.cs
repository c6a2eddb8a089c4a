using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Safeguarding.Tests;

/// <summary>Both stores of a box in a folder of its own, a clock that stands at noon, and a small policy.</summary>
internal sealed class Box : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _temp = new();

    public Box()
    {
        Clock = new FakeTimeProvider(Noon);
        State = StateStore.Open(_temp["state.db"], Clock);
        Events = EventStore.Open(_temp["events"], Clock);
        Desk = new UnblockDesk(State, Events, Clock);
    }

    public FakeTimeProvider Clock { get; }

    public StateStore State { get; }

    public EventStore Events { get; private set; }

    public UnblockDesk Desk { get; }

    public string EventsFolder => _temp["events"];

    /// <summary>What the steps wrote, oldest first.</summary>
    public IReadOnlyList<string?> Rules(EventKind kind = EventKind.Override) => [.. Events.Search(new EventQuery { Kinds = [kind] }).Events.Select(e => e.Rule).Reverse()];

    /// <summary>A page that this client was shown; its reference.</summary>
    public async Task<string> BlockedAsync(string host = "games.example", string client = "10.20.1.7", Verdict verdict = Verdict.Block, Reason reason = Reason.CategoryBlock, bool isLocked = false)
    {
        var blocked = await Events.CommitAsync(
            new FilterEvent
            {
                Time = Clock.GetUtcNow(), Kind = EventKind.Block, Decision = verdict, Reason = reason, Client = client, Device = "ipad-14", Tier = "pupil", Category = "games",
                Url = isLocked ? null : $"http://{host}/play?level=3", Host = isLocked ? null : host,
            },
            giveReference: true);
        return blocked.Reference!;
    }

    public async ValueTask DisposeAsync()
    {
        State.Dispose();
        await Events.DisposeAsync();
        _temp.Dispose();
    }

    public static PolicySnapshot Policy { get; } = MakePolicy();

    private static PolicySnapshot MakePolicy()
    {
        var taxonomy = new Taxonomy(new (string Slug, CategoryDefault Default)[]
        {
            ("csam-iwf", CategoryDefault.Locked), ("pornography", CategoryDefault.Block), ("vpn", CategoryDefault.Block), ("games", CategoryDefault.Block), ("help-and-support", CategoryDefault.Allow),
            ("uncategorised", CategoryDefault.Allow),
        }.Select((c, index) => new Category(index, c.Slug, c.Slug, c.Default, c.Default, c.Default, null, [])));

        var matcher = new ListMatcher.Builder();
        foreach (var (category, entry) in new[] { ("games", "games.example"), ("pornography", "adult.example"), ("vpn", "mixed.example/vpn"), ("games", "mixed.example") })
            Assert.That(matcher.TryAdd($"{category}/domains", taxonomy.Find(category)!, entry, 1, out var error), error);

        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/sample", taxonomy.Find("csam-iwf")!, isDemonstration: true);
        Assert.That(locked.TryAdd("locked.example"));
        Assert.That(locked.TryAdd("hosting.example/user/album"));

        var document = PolicyDocument.Parse("""
            school: Sample Primary
            networks: [10.20.0.0/16]
            unknown_clients: pupil
            tiers:
              pupil: { uncategorised: allow }
              staff: { uncategorised: allow }
            """, taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, new ListSet { Taxonomy = taxonomy, Version = "lists-1", Categories = matcher.Build(), Locked = locked.Build() }, OverrideTable.Empty);
    }
}
