using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Lists.Compiled;
using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.Health;

/// <summary>How the lists of a box stand at one moment.</summary>
/// <param name="Locked">The illegal-content lists.</param>
/// <param name="Sources">The sources of category lists, those in use and those that could be.</param>
/// <param name="InForce">What was compiled and put in force; null for the starter lists.</param>
/// <param name="Problem">Why the sources cannot be read, or null.</param>
public sealed record ListHealth(LockedHealth Locked, IReadOnlyList<SourceStatus> Sources, ListsInForce? InForce, string? Problem);

/// <summary>The lists of a box as they lie on disk: what fetched them, which version is in force, what the last update changed. Looks only. Safe from any thread.</summary>
/// <param name="folder">Where they lie.</param>
/// <param name="lockedKey">The box's key for locked entries.</param>
/// <param name="open">Opens the sources; touches neither disk nor network.</param>
/// <param name="clock">The time.</param>
public sealed class BoxLists(ListFolder folder, Func<byte[]> lockedKey, Func<ListSources> open, TimeProvider clock)
{
    /// <summary>The source whose file is the Public Suffix List.</summary>
    public const string PublicSuffixes = "public-suffix-list";

    private readonly Lock _comparing = new();
    private (string Source, string From, string To, Task<IReadOnlyList<ListComparison>> Changes)? _last;

    /// <summary>Looks. Some milliseconds: a small file for each source and each locked list.</summary>
    /// <param name="policy">The policy in force: which tiers pass HTTPS unread.</param>
    /// <param name="events">Where tries of the filter are counted.</param>
    public ListHealth Look(PolicySnapshot policy, Func<EventQuery, EventPage> events)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var locked = LockedHealth.Of(
            LockedFeeds.Look(folder, lockedKey(), ListLoader.ShippedTaxonomy).Statuses, () => policy.Tiers.Where(t => t.Tls == TlsMode.Tunnel).Select(t => t.Name), events, clock.GetUtcNow());
        try
        {
            using var sources = open();
            return new(locked, sources.Status(), new ListStore(folder, clock).InForce(), Problem: null);
        }
        catch (ListLoadException problem)
        {
            return new(locked, [], InForce: null, problem.Message);
        }
    }

    /// <summary>What differs between two kept versions of a source. Comparing millions of lines takes seconds, so it goes on by itself and is kept: whoever asks again finds it done. One comparison at a time; another question takes its place.</summary>
    /// <param name="source">The source.</param>
    /// <param name="from">The older version.</param>
    /// <param name="to">The newer.</param>
    /// <returns>The lists that differ; fails with <see cref="ListLoadException"/> where a file cannot be read.</returns>
    public Task<IReadOnlyList<ListComparison>> CompareAsync(string source, string from, string to)
    {
        lock (_comparing)
        {
            if (_last is { } last && last.Source == source && last.From == from && last.To == to) return last.Changes;
            // Not two at once: a second one waits for the first, whoever asked for it.
            var before = _last?.Changes ?? Task.FromResult<IReadOnlyList<ListComparison>>([]);
            var changes = before.ContinueWith(_ => Compare(source, from, to), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
            _last = (source, from, to, changes);
            return changes;
        }
    }

    private IReadOnlyList<ListComparison> Compare(string source, string from, string to)
    {
        using var sources = open();
        return ListComparison.Of(sources.FilesOf(source, from), sources.FilesOf(source, to), sources.ReferenceFile(PublicSuffixes));
    }
}
