using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Keeping;

/// <summary>What a round of keeping did.</summary>
/// <param name="Purged">Files of events that were dropped.</param>
/// <param name="Forgotten">Rows of <c>state.db</c> that were forgotten, by what they were.</param>
/// <param name="Integrity">How events and anchors stand.</param>
/// <param name="AuditBrokenFrom">The first row of the audit that is not as it was written; null when all are.</param>
/// <param name="Problems">What could not be done.</param>
public sealed record KeepingReport(IReadOnlyList<PurgedFile> Purged, IReadOnlyDictionary<string, long> Forgotten, IntegrityReport Integrity, long? AuditBrokenFrom, IReadOnlyList<string> Problems)
{
    /// <summary>True when everything was done and everything is as it was written.</summary>
    public bool IsWell => Problems.Count == 0 && Integrity.IsWhole && AuditBrokenFrom is null;
}

/// <summary>Keeps the records: forgets what is past its time, anchors what is there, and looks whether anything was changed. Once a day in the gateway; by hand with <c>events purge</c> and <c>events verify</c>.</summary>
public sealed class RecordKeeper(StateStore state, EventStore events, string eventsFolder, TimeProvider clock)
{
    /// <summary>How the anchors call the audit of <c>state.db</c>.</summary>
    private const string StateFile = "state.db";

    private readonly EventPurge _purge = new(eventsFolder, clock);
    private readonly EventIntegrity _integrity = new(eventsFolder, clock);

    /// <summary>Everything, in the order in which nothing is lost: first what older programs wrote is brought over, then forgotten what is due, then anchored, then looked at.</summary>
    public async Task<KeepingReport> RunAsync(Retention retention, PurgeLimits limits, string actor, CancellationToken cancellationToken)
    {
        var problems = new List<string>(events.BringOver(cancellationToken));
        var (purged, forgotten) = await PurgeAsync(retention, limits, actor, problems, cancellationToken);
        try
        {
            _integrity.Anchor([ChainOf(state, null)]);
        }
        catch (EventStoreException problem)
        {
            problems.Add(problem.Message);
        }
        var (integrity, audit) = Verify(cancellationToken);
        return new KeepingReport(purged, forgotten, integrity, audit.BrokenFrom, problems);
    }

    /// <summary>What <see cref="PurgeAsync"/> would drop now.</summary>
    public PurgePlan Plan(Retention retention, PurgeLimits limits) => _purge.Plan(retention, limits);

    /// <summary>Drops the files that are due and forgets rows of <c>state.db</c>. Each file is in the audit and among the events before it goes.</summary>
    public async Task<(IReadOnlyList<PurgedFile> Files, IReadOnlyDictionary<string, long> Rows)> PurgeAsync(Retention retention, PurgeLimits limits, string actor, List<string> problems, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentNullException.ThrowIfNull(problems);
        var plan = _purge.Plan(retention, limits);
        problems.AddRange(plan.Problems);
        var dropped = new List<PurgedFile>();
        foreach (var file in plan.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var said = Say(file);
                state.Audit(actor, "events.purge", said, file.Why);
                await events.CommitAsync(new FilterEvent { Time = clock.GetUtcNow(), Kind = EventKind.Audit, Rule = $"{said} purged by {actor}: {file.Why}" }, giveReference: false, cancellationToken);
                _purge.Drop(file);
                dropped.Add(file);
            }
            catch (Exception problem) when (problem is EventStoreException or StateStoreException)
            {
                problems.Add(problem.Message);
            }
        }
        foreach (var problem in plan.Problems)
            await events.CommitAsync(new FilterEvent { Time = clock.GetUtcNow(), Kind = EventKind.Audit, Rule = $"keeping of records: {problem}" }, giveReference: false, cancellationToken);

        var now = clock.GetUtcNow();
        try
        {
            var forgotten = state.Forget(now - retention.Allowed, now - retention.Attention, now - retention.Audit, actor);
            if (forgotten.AuditUpTo is { } upTo) _integrity.NotePurged(StateFile, upTo.Id, upTo.Digest);
            return (dropped, forgotten.Rows);
        }
        catch (Exception problem) when (problem is EventStoreException or StateStoreException)
        {
            problems.Add(problem.Message);
            return (dropped, new Dictionary<string, long>());
        }
    }

    /// <summary>Looks whether events, anchors and audit are as they were written.</summary>
    public (IntegrityReport Events, AuditIntegrity Audit) Verify(CancellationToken cancellationToken)
    {
        var audit = state.VerifyAudit();
        return (_integrity.Verify([ChainOf(state, audit)], cancellationToken: cancellationToken), audit);
    }

    /// <summary>The chain of the audit, as the anchors know it.</summary>
    public static OtherChain ChainOf(StateStore state, AuditIntegrity? audit)
    {
        ArgumentNullException.ThrowIfNull(state);
        audit ??= state.VerifyAudit();
        return new OtherChain(StateFile, audit.Last, audit.Head, state.AuditDigest);
    }

    /// <summary>What was removed, in one line: file, class, how many, from when to when, and the head of its chain.</summary>
    private static string Say(PurgedFile file) => string.Create(CultureInfo.InvariantCulture,
        $"{file.File} ({file.Class.ToString().ToLowerInvariant()}, {file.Events} events{(file.First is { } first && file.Last is { } last ? $" from {first.UtcDateTime:yyyy-MM-dd HH:mm} to {last.UtcDateTime:yyyy-MM-dd HH:mm}" : "")}, chain {file.Head ?? "none"})");
}
