using Dapper;

namespace FilterGate.State;

/// <summary>Versions of the policy. Each is there for good: going back to an old one makes a new version with its text.</summary>
public sealed partial class StateStore
{
    /// <summary>The version with this number, or null.</summary>
    public PolicyVersion? FindPolicy(long number) => Read(connection =>
        connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions WHERE number = @number", new { number })?.ToRecord());

    /// <summary>The newest version with this short name (<c>policy_version</c> of events), or null. The same text may have been in force several times.</summary>
    public PolicyVersion? FindPolicy(string version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return Read(connection =>
            connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions WHERE version = @version ORDER BY number DESC LIMIT 1", new { version })?.ToRecord());
    }

    /// <summary>What was in force at an instant: the version put in force last, at it or before, and when the next one was; null where there was none yet.</summary>
    public (PolicyVersion Version, DateTimeOffset? Until)? PolicyAt(DateTimeOffset time) => Read<(PolicyVersion, DateTimeOffset?)?>(connection =>
    {
        var parameters = new { time = Milliseconds(time) };
        if (connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions WHERE imported_at <= @time ORDER BY number DESC LIMIT 1", parameters)?.ToRecord() is not { } version) return null;
        // By number: a clock that was set back must not make one end before it began.
        var next = connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions WHERE number > @number ORDER BY number LIMIT 1", new { number = version.Number })?.ToRecord();
        return (version, next?.ImportedAt);
    });

    /// <summary>The newest version before this number whose text is another one, or null: what was in force before somebody changed it.</summary>
    public PolicyVersion? PolicyBefore(long number, string version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return Read(connection => connection.QueryFirstOrDefault<PolicyRow>(
            $"SELECT {PolicyColumns} FROM policy_versions WHERE number < @number AND version <> @version ORDER BY number DESC LIMIT 1", new { number, version })?.ToRecord());
    }

    /// <summary>Puts a document in force that somebody has looked at beside the one in force: one transaction with its audit row, on disk when the call returns.</summary>
    /// <param name="version">The short name of the text.</param>
    /// <param name="yaml">The text, which the caller has validated.</param>
    /// <param name="actor">Who.</param>
    /// <param name="why">Why.</param>
    /// <param name="startedFrom">The number of the version that was in force when they looked; 0 for none.</param>
    /// <param name="action">What the audit calls it: <c>policy.apply</c>, <c>policy.rollback</c>.</param>
    /// <returns>The new version; null, and nothing changed, where another was put in force meanwhile.</returns>
    public PolicyVersion? PutPolicyInForce(string version, string yaml, string actor, string why, long startedFrom, string action)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        ArgumentException.ThrowIfNullOrWhiteSpace(why);
        ArgumentException.ThrowIfNullOrWhiteSpace(action);
        return Change<PolicyVersion?>(connection =>
        {
            if ((CurrentPolicy(connection)?.Number ?? 0) != startedFrom) return (false, null);
            connection.Execute("INSERT INTO policy_versions (version, yaml, imported_at, actor, why) VALUES (@version, @yaml, @now, @actor, @why)", new { version, yaml, now = Now(), actor, why });
            var put = CurrentPolicy(connection)!;
            WriteAudit(connection, actor, action, $"policy {put.Number} ({version})", why);
            return (true, put);
        });
    }
}
