using Dapper;

namespace FilterGate.State;

/// <summary>Asks for a page of the audit, newest first.</summary>
public sealed record AuditQuery
{
    /// <summary>Beginnings of the actions that are wanted, as <c>look.</c>; none for all.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Only what this actor did, or null.</summary>
    public string? Actor { get; init; }

    /// <summary>Only rows whose subject has this in it, or null.</summary>
    public string? About { get; init; }

    /// <summary>From this instant on, or null.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this instant, or null.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Number of the last row of the page before, or null for the first page.</summary>
    public long? Before { get; init; }

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>The audit a page at a time, however long it is.</summary>
public sealed partial class StateStore
{
    /// <summary>A page of the audit. Ids of people are compared without regard to case, as the roster does.</summary>
    public KeyPage<AuditEntry> Audits(AuditQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var actions = query.Actions.Count == 0 ? "" : $"AND ({string.Join(" OR ", query.Actions.Select((_, i) => $"substr(action, 1, length(@action{i})) = @action{i}"))})";
        var values = new DynamicParameters(new { query.Before, query.Actor, query.About, since = Milliseconds(query.Since), until = Milliseconds(query.Until), limit = query.Limit + 1 });
        for (var i = 0; i < query.Actions.Count; i++) values.Add($"action{i}", query.Actions[i]);
        return Read(connection => KeyPage<AuditEntry>.Of(
            connection.Query<AuditRow>(
                $"""
                SELECT id, time, actor, action, subject, reason FROM audit WHERE (@Before IS NULL OR id < @Before) {actions}
                AND (@Actor IS NULL OR actor = @Actor COLLATE NOCASE) AND (@About IS NULL OR instr(lower(subject), lower(@About)) > 0)
                AND (@since IS NULL OR time >= @since) AND (@until IS NULL OR time < @until)
                ORDER BY id DESC LIMIT @limit
                """,
                values).Select(row => new AuditEntry(row.Id, Time(row.Time), row.Actor, row.Action, row.Subject, row.Reason)),
            query.Limit));
    }

    /// <summary>How often each action was taken from an instant on; one that was not is not there. Reads the whole audit once: some 10 ms for two years of a busy desk.</summary>
    public IReadOnlyDictionary<string, int> AuditCounts(DateTimeOffset since) => Read(connection =>
        connection.Query<(string Action, long Count)>("SELECT action, count(*) FROM audit WHERE time >= @since GROUP BY action", new { since = Milliseconds(since) })
            .ToDictionary(row => row.Action, row => (int)row.Count, StringComparer.Ordinal));
}
