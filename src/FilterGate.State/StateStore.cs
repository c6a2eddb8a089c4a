using Dapper;
using FilterGate.Policy;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>What is in force: <c>state.db</c>. Small and precious. Safe from several threads and several processes (WAL, busy time-out 5 s).</summary>
/// <remarks>
/// Every change is one <c>BEGIN IMMEDIATE</c> transaction that also writes its audit row, on disk when the call returns (<c>synchronous=FULL</c>): a few milliseconds. Times are kept to the millisecond.
/// All methods throw <see cref="StateStoreException"/> when the disk or the file fails.
/// </remarks>
public sealed partial class StateStore : IDisposable
{
    /// <summary>The newest schema of the file, which this version writes; it reads every older one.</summary>
    public const int SchemaVersion = 15;

    private const string OverrideColumns = """id, audience, site, start AS "Start", "end" AS "End", reason, actor, request_reference, revoked_at, revoked_by, revoke_reason, is_for_good""";
    private const string PolicyColumns = "number, version, yaml, imported_at, actor, why";

    private readonly string _path;
    private readonly TimeProvider _clock;

    // One connection each, with its own lock. The reader is a connection apart so that DataVersion also notices what this store itself has changed.
    private readonly Lock _writing = new(), _reading = new();
    private readonly SqliteConnection _writer, _reader;

    static StateStore() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private StateStore(string path, TimeProvider clock)
    {
        (_path, _clock) = (path, clock);
        _writer = SqliteFile.OpenForWriting(path);
        _reader = SqliteFile.OpenForReading(path);
    }

    /// <summary>Opens the database, making or migrating it first. The file gets mode 0600, a new folder 0700.</summary>
    /// <exception cref="StateStoreException">The file cannot be opened, is damaged, or was made by a newer FilterGate: says what to do.</exception>
    public static StateStore Open(string path, TimeProvider clock)
    {
        try
        {
            SqliteFile.PrepareFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            SqliteFile.Prepare(path, typeof(StateStore).Assembly, SchemaVersion);
            var opened = new StateStore(path, clock);
            opened.SealOlderAudit();
            return opened;
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new StateStoreException(SqliteProblem.Explain(path, e), e);
        }
    }

    /// <summary>Changes whenever the database has been changed, by this store, another connection or another process (<c>PRAGMA data_version</c>); cheap enough to ask four times a second.</summary>
    public long DataVersion() => Read(connection => connection.ExecuteScalar<long>("PRAGMA data_version"));

    /// <summary>All overrides, newest first.</summary>
    public IReadOnlyList<OverrideRecord> Overrides(int limit = 1000) => Read(connection =>
        Records(connection.Query<OverrideRow>($"SELECT {OverrideColumns} FROM overrides ORDER BY id DESC LIMIT @limit", new { limit })));

    /// <summary>One override, or null.</summary>
    public OverrideRecord? FindOverride(long id) => Read(connection => FindOverride(connection, id));

    /// <summary>Grants one override and writes its audit row, as <see cref="OpenSites"/> does. Null when the request is no longer waiting.</summary>
    /// <exception cref="ArgumentException">The end is not after the start, or a word that must be there is blank.</exception>
    public OverrideRecord? Grant(Audience audience, Site site, DateTimeOffset start, DateTimeOffset end, string reason, string actor, string? requestReference = null) =>
        OpenSites([new OverrideDraft(audience, site, start, end)], reason, actor, requestReference)?[0];

    /// <summary>Ends an override now. False when there is none with this number or it has ended already.</summary>
    public bool Revoke(long id, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            // Its end needs no event of its own: the revocation is one.
            var revoked = connection.Execute(
                """UPDATE overrides SET revoked_at = @now, revoked_by = @actor, revoke_reason = @reason, end_recorded = 1 WHERE id = @id AND revoked_at IS NULL AND "end" > @now""",
                new { id, now = Now(), actor, reason }) == 1;
            if (revoked) WriteAudit(connection, actor, "override.revoke", $"override {id}", reason);
            return (revoked, revoked);
        });
    }

    /// <summary>Overrides whose time has run out and whose end has not been recorded as an event yet, oldest first; revoked ones are not among them.</summary>
    public IReadOnlyList<OverrideRecord> UnrecordedEndings(DateTimeOffset time) => Read(connection => Records(connection.Query<OverrideRow>(
        $"""SELECT {OverrideColumns} FROM overrides WHERE end_recorded = 0 AND "end" <= @time ORDER BY "end", id LIMIT 1000""", new { time = Milliseconds(time) })));

    /// <summary>Notes that the end of an override is on record. Not a person's change, so it has no audit row.</summary>
    public void MarkEndingRecorded(long id) => Change(connection => (true, connection.Execute("UPDATE overrides SET end_recorded = 1 WHERE id = @id", new { id })));

    /// <summary>The policy version in force, or null on a new box.</summary>
    public PolicyVersion? CurrentPolicy() => Read(CurrentPolicy);

    /// <summary>Policy versions, newest first: the first is in force.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="before">Only those with a smaller number, or null.</param>
    public IReadOnlyList<PolicyVersion> PolicyVersions(int limit = 100, long? before = null) => Read<IReadOnlyList<PolicyVersion>>(connection =>
        [.. connection.Query<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions WHERE @before IS NULL OR number < @before ORDER BY number DESC LIMIT @limit", new { limit, before }).Select(row => row.ToRecord())]);

    /// <summary>Imports a document as the version in force; the same version again changes nothing.</summary>
    public PolicyVersion ImportPolicy(string version, string yaml, string actor, string why)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        ArgumentNullException.ThrowIfNull(why);
        return Change(connection =>
        {
            if (CurrentPolicy(connection) is { } current && current.Version == version && current.Yaml == yaml) return (false, current);
            connection.Execute("INSERT INTO policy_versions (version, yaml, imported_at, actor, why) VALUES (@version, @yaml, @now, @actor, @why)", new { version, yaml, now = Now(), actor, why });
            var imported = CurrentPolicy(connection)!;
            WriteAudit(connection, actor, "policy.import", $"policy {imported.Number} ({version})", why);
            return (true, imported);
        });
    }

    /// <summary>Writes an audit row.</summary>
    public void Audit(string actor, string action, string subject, string? reason) => Change(connection =>
    {
        WriteAudit(connection, actor, action, subject, reason);
        return (true, true);
    });

    /// <summary>When somebody last did something, by the word that the audit has for it; null for never.</summary>
    public DateTimeOffset? LastTime(string action) => Read(connection => connection.ExecuteScalar<long?>("SELECT max(time) FROM audit WHERE action = @action", new { action })) is { } time ? Time(time) : null;

    /// <summary>The audit, newest first.</summary>
    public IReadOnlyList<AuditEntry> AuditEntries(int limit = 100) => Read<IReadOnlyList<AuditEntry>>(connection =>
        [.. connection.Query<AuditRow>("SELECT id, time, actor, action, subject, reason FROM audit ORDER BY id DESC LIMIT @limit", new { limit })
            .Select(row => new AuditEntry(row.Id, Time(row.Time), row.Actor, row.Action, row.Subject, row.Reason))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_reading) _reader.Dispose();
        lock (_writing) _writer.Dispose(); // Last: it tidies the write-ahead log away.
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            lock (_reading) return read(_reader);
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new StateStoreException(SqliteProblem.Explain(_path, e), e);
        }
    }

    /// <summary>Runs a change in a transaction that takes the write lock at its beginning, so that what it reads cannot change before it writes.</summary>
    /// <param name="change">Answers whether to commit, and the result.</param>
    private T Change<T>(Func<SqliteConnection, (bool Commit, T Result)> change)
    {
        try
        {
            lock (_writing)
            {
                using var transaction = _writer.BeginTransaction(deferred: false);
                var (commit, result) = change(_writer);
                if (commit) transaction.Commit();
                return result;
            }
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new StateStoreException(SqliteProblem.Explain(_path, e), e);
        }
    }

    private static OverrideRecord? FindOverride(SqliteConnection connection, long id) =>
        connection.QueryFirstOrDefault<OverrideRow>($"SELECT {OverrideColumns} FROM overrides WHERE id = @id", new { id })?.ToRecord();

    private static PolicyVersion? CurrentPolicy(SqliteConnection connection) =>
        connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions ORDER BY number DESC LIMIT 1")?.ToRecord();

    private static IReadOnlyList<OverrideRecord> Records(IEnumerable<OverrideRow> rows) => [.. rows.Select(row => row.ToRecord())];

    private long Now() => Milliseconds(_clock.GetUtcNow());

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } value ? Time(value) : null;

    // Rows as the database has them. Dapper fills them by name.
#pragma warning disable CA1812 // Made by Dapper.
    private sealed class OverrideRow
    {
        public long Id { get; init; }
        public string Audience { get; init; } = "";
        public string Site { get; init; } = "";
        public long Start { get; init; }
        public long End { get; init; }
        public string Reason { get; init; } = "";
        public string Actor { get; init; } = "";
        public string? RequestReference { get; init; }
        public long? RevokedAt { get; init; }
        public string? RevokedBy { get; init; }
        public string? RevokeReason { get; init; }
        public bool IsForGood { get; init; }

        public OverrideRecord ToRecord() => new(Id, AudienceOf(Audience), SiteOf(Site), Time(Start), Time(End), Reason, Actor, RequestReference, Time(RevokedAt), RevokedBy, RevokeReason) { IsForGood = IsForGood };
    }

    private sealed class PolicyRow
    {
        public long Number { get; init; }
        public string Version { get; init; } = "";
        public string Yaml { get; init; } = "";
        public long ImportedAt { get; init; }
        public string Actor { get; init; } = "";
        public string Why { get; init; } = "";

        public PolicyVersion ToRecord() => new(Number, Version, Yaml, Time(ImportedAt), Actor, Why);
    }

    private sealed class AuditRow
    {
        public long Id { get; init; }
        public long Time { get; init; }
        public string Actor { get; init; } = "";
        public string Action { get; init; } = "";
        public string Subject { get; init; } = "";
        public string? Reason { get; init; }
    }
#pragma warning restore CA1812
}

/// <summary>The state database cannot be used; the message says what to do.</summary>
public sealed class StateStoreException(string message, Exception? inner = null) : Exception(message, inner);
