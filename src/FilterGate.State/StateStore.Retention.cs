using Dapper;

namespace FilterGate.State;

/// <summary>What was forgotten at the end of its time.</summary>
/// <param name="Rows">How many rows, by what they were; only what there was.</param>
/// <param name="AuditUpTo">The last row of the audit that was removed and its digest, for the anchors; null when none was.</param>
public sealed record Forgotten(IReadOnlyDictionary<string, long> Rows, (long Id, byte[] Digest)? AuditUpTo);

/// <content>Forgetting: rows that say something of a person go when their time is over. What is still open, waiting or in force stays, however old.</content>
public sealed partial class StateStore
{
    // In this order: a row goes after those that refer to it.
    private static readonly (string What, string Sql)[] Sweeps =
    [
        ("passes", """DELETE FROM passes WHERE "end" < @allowed"""),
        ("minutes used", "DELETE FROM quota_use WHERE day < @allowedDay"),
        ("uses of overrides", "DELETE FROM override_uses WHERE last < @attention"),
        ("uses of class sessions", """DELETE FROM session_uses WHERE last < @attention OR session_id IN (SELECT id FROM class_sessions WHERE "end" < @audit)"""),
        ("notices", "DELETE FROM notices WHERE time < @attention"),
        ("steps of requests", "DELETE FROM request_steps WHERE reference IN (SELECT reference FROM requests WHERE time < @attention AND status NOT IN (0, 3, 4))"),
        ("requests", "DELETE FROM requests WHERE time < @attention AND status NOT IN (0, 3, 4)"),
        ("overrides", """
            DELETE FROM overrides WHERE coalesce(revoked_at, "end") < @audit AND end_recorded = 1
              AND NOT EXISTS (SELECT 1 FROM requests WHERE override_id = overrides.id) AND NOT EXISTS (SELECT 1 FROM notices WHERE override_id = overrides.id) AND NOT EXISTS (SELECT 1 FROM override_uses WHERE override_id = overrides.id)
            """),
        ("sites of class sessions", """DELETE FROM class_session_sites WHERE session_id IN (SELECT id FROM class_sessions WHERE "end" < @audit)"""),
        ("class sessions", """DELETE FROM class_sessions WHERE "end" < @audit"""),
        ("bookings of trolleys", """DELETE FROM bookings WHERE "end" < @audit"""),
        ("emergency blocks", "DELETE FROM emergency_blocks WHERE lifted_at < @audit"),
        ("withdrawals", """DELETE FROM withdrawals WHERE coalesce(restored_at, "end") < @audit"""),
        ("grants of access", "DELETE FROM access WHERE ended_at < @audit"),
        ("people who left", "DELETE FROM people WHERE removed_at < @audit AND NOT EXISTS (SELECT 1 FROM access WHERE access.person = people.id) AND NOT EXISTS (SELECT 1 FROM devices WHERE devices.person = people.id)"),
        // A state goes once another took its place before then, and the last of who left.
        ("groups that people were in", "DELETE FROM people_past AS a WHERE start < @audit AND (is_there = 0 OR EXISTS (SELECT 1 FROM people_past WHERE id = a.id AND start > a.start AND start < @audit))"),
        ("hands that devices were in", "DELETE FROM devices_past AS a WHERE start < @audit AND (is_there = 0 OR EXISTS (SELECT 1 FROM devices_past WHERE name = a.name AND start > a.start AND start < @audit))"),
        ("sign-ins", "DELETE FROM account_sessions WHERE last_seen_at < @session"),
        ("invitations", "DELETE FROM account_invitations WHERE expires_at < @session"),
    ];

    /// <summary>How long a sign-in that nobody uses, and an invitation that ran out, are kept; both have stopped working long before.</summary>
    private static readonly TimeSpan SessionKept = TimeSpan.FromDays(30);

    /// <summary>Forgets what is past its time, in one transaction with its audit row.</summary>
    /// <param name="allowedBefore">Of what was allowed: from before then.</param>
    /// <param name="attentionBefore">Of what needed attention.</param>
    /// <param name="auditBefore">Of what people did about the filter.</param>
    /// <param name="actor">Who, for the audit.</param>
    public Forgotten Forget(DateTimeOffset allowedBefore, DateTimeOffset attentionBefore, DateTimeOffset auditBefore, string actor) => Change(connection =>
    {
        var times = new
        {
            allowed = Milliseconds(allowedBefore), allowedDay = allowedBefore.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), attention = Milliseconds(attentionBefore), audit = Milliseconds(auditBefore),
            session = Milliseconds(_clock.GetUtcNow() - SessionKept),
        };
        var rows = new Dictionary<string, long>();
        foreach (var (what, sql) in Sweeps)
            if (connection.Execute(sql, times) is > 0 and var count) rows[what] = count;

        // The beginning of the audit up to the first row that is young enough: the chain goes on from there.
        (long Id, byte[] Digest)? upTo = null;
        if (connection.QueryFirstOrDefault<AuditChainRow>("SELECT id, digest FROM audit WHERE id < coalesce((SELECT min(id) FROM audit WHERE time >= @audit), (SELECT max(id) FROM audit)) ORDER BY id DESC LIMIT 1", times) is { Digest: { } digest } last)
        {
            rows["rows of the audit"] = connection.Execute("DELETE FROM audit WHERE id <= @Id", last);
            connection.Execute("INSERT INTO audit_removed (id, time, digest) VALUES (@Id, @now, @digest)", new { last.Id, now = Now(), digest });
            upTo = (last.Id, digest);
        }
        if (rows.Count > 0) WriteAudit(connection, actor, "state.forget", string.Join(", ", rows.Select(row => $"{row.Value} {row.Key}")), "past their time");
        return (rows.Count > 0, new Forgotten(rows, upTo));
    });
}
