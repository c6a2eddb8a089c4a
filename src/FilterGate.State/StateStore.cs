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
    private const int SchemaVersion = 7;

    private const string OverrideColumns = """id, audience, site, start AS "Start", "end" AS "End", reason, actor, request_reference, revoked_at, revoked_by, revoke_reason""";
    private const string RequestColumns = "reference, time, client, device, tier, url, host, category, note, status, decided_at, decided_by, decision_reason, override_id";
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
            return new StateStore(path, clock);
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

    /// <summary>Grants an override and writes its audit row in one transaction. With a request reference the request is marked approved in the same transaction; null when that request is no longer waiting.</summary>
    /// <exception cref="ArgumentException">The end is not after the start, or a word that must be there is blank.</exception>
    public OverrideRecord? Grant(Audience audience, Site site, DateTimeOffset start, DateTimeOffset end, string reason, string actor, string? requestReference = null)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (audience.Kind != AudienceKind.Everyone) ArgumentException.ThrowIfNullOrWhiteSpace(audience.Name, nameof(audience));
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (Milliseconds(end) <= Milliseconds(start)) throw new ArgumentException("An override ends after it starts.", nameof(end));
        var reference = requestReference is null ? null : Spell(requestReference);

        return Change<OverrideRecord?>(connection =>
        {
            var id = connection.ExecuteScalar<long>(
                """INSERT INTO overrides (audience, site, start, "end", reason, actor, request_reference) VALUES (@audience, @site, @start, @end, @reason, @actor, @reference) RETURNING id""",
                new { audience = audience.ToString(), site = site.ToString(), start = Milliseconds(start), end = Milliseconds(end), reason, actor, reference });
            // Two people may answer one request at once: whoever marks it first is the one, and the other's override is rolled back.
            if (reference is not null && connection.Execute(
                    "UPDATE requests SET status = @approved, decided_at = @now, decided_by = @actor, decision_reason = @reason, override_id = @id WHERE reference = @reference AND status = @waiting",
                    new { approved = RequestStatus.Approved, waiting = RequestStatus.Waiting, now = Now(), actor, reason, id, reference }) == 0)
                return (false, null);
            WriteAudit(connection, actor, reference is null ? "override.grant" : "request.approve", $"override {id}: {site} for {audience} until {Time(Milliseconds(end)):O}" + (reference is null ? "" : $", request {reference}"), reason);
            return (true, FindOverride(connection, id));
        });
    }

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

    /// <summary>Stores a request. A waiting request of the same tier and host is not doubled: the one that waits is returned. Neither is a reference that was used before: its request is returned as it stands.</summary>
    public UnblockRequest AddRequest(UnblockRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { Reference = Spell(request.Reference) };
        return Change(connection =>
        {
            var there = connection.QueryFirstOrDefault<RequestRow>(
                $"SELECT {RequestColumns} FROM requests WHERE reference = @Reference OR (tier = @Tier AND host = @Host AND status = @waiting) ORDER BY reference = @Reference DESC",
                new { request.Reference, request.Tier, request.Host, waiting = RequestStatus.Waiting });
            if (there is not null) return (false, there.ToRecord());

            connection.Execute(
                "INSERT INTO requests (reference, time, client, device, tier, url, host, category, note, status) VALUES (@Reference, @time, @Client, @Device, @Tier, @Url, @Host, @Category, @Note, @waiting)",
                new { request.Reference, time = Milliseconds(request.Time), request.Client, request.Device, request.Tier, request.Url, request.Host, request.Category, request.Note, waiting = RequestStatus.Waiting });
            WriteAudit(connection, request.Client, "request.ask", $"request {request.Reference}: {request.Host} for {request.Tier}", reason: null);
            return (true, FindRequest(connection, request.Reference)!);
        });
    }

    /// <summary>How many requests of this client wait for an answer.</summary>
    public int CountWaiting(string client) => Read(connection =>
        connection.ExecuteScalar<int>("SELECT count(*) FROM requests WHERE status = @waiting AND client = @client", new { client, waiting = RequestStatus.Waiting }));

    /// <summary>Requests, oldest first; null for every status.</summary>
    public IReadOnlyList<UnblockRequest> Requests(RequestStatus? status = RequestStatus.Waiting, int limit = 1000) => Read<IReadOnlyList<UnblockRequest>>(connection =>
        [.. connection.Query<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE @status IS NULL OR status = @status ORDER BY time, reference LIMIT @limit", new { status, limit }).Select(row => row.ToRecord())]);

    /// <summary>A request by its reference, in any spelling, or null.</summary>
    public UnblockRequest? FindRequest(string reference) =>
        CrockfordBase32.TryDecode(reference, out var value) ? Read(connection => FindRequest(connection, CrockfordBase32.Encode(value))) : null;

    /// <summary>Refuses a waiting request. False when it does not wait.</summary>
    public bool Refuse(string reference, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (!CrockfordBase32.TryDecode(reference, out var value)) return false;
        var spelt = CrockfordBase32.Encode(value);
        return Change(connection =>
        {
            var refused = connection.Execute(
                "UPDATE requests SET status = @refused, decided_at = @now, decided_by = @actor, decision_reason = @reason WHERE reference = @spelt AND status = @waiting",
                new { refused = RequestStatus.Refused, waiting = RequestStatus.Waiting, now = Now(), actor, reason, spelt }) == 1;
            if (refused) WriteAudit(connection, actor, "request.refuse", $"request {spelt}", reason);
            return (refused, refused);
        });
    }

    /// <summary>The policy version in force, or null on a new box.</summary>
    public PolicyVersion? CurrentPolicy() => Read(CurrentPolicy);

    /// <summary>Policy versions, newest first: the first is in force.</summary>
    public IReadOnlyList<PolicyVersion> PolicyVersions(int limit = 100) => Read<IReadOnlyList<PolicyVersion>>(connection =>
        [.. connection.Query<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions ORDER BY number DESC LIMIT @limit", new { limit }).Select(row => row.ToRecord())]);

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

    private void WriteAudit(SqliteConnection connection, string actor, string action, string subject, string? reason) =>
        connection.Execute("INSERT INTO audit (time, actor, action, subject, reason) VALUES (@now, @actor, @action, @subject, @reason)", new { now = Now(), actor, action, subject, reason });

    private static OverrideRecord? FindOverride(SqliteConnection connection, long id) =>
        connection.QueryFirstOrDefault<OverrideRow>($"SELECT {OverrideColumns} FROM overrides WHERE id = @id", new { id })?.ToRecord();

    private static UnblockRequest? FindRequest(SqliteConnection connection, string spelt) =>
        connection.QueryFirstOrDefault<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE reference = @spelt", new { spelt })?.ToRecord();

    private static PolicyVersion? CurrentPolicy(SqliteConnection connection) =>
        connection.QueryFirstOrDefault<PolicyRow>($"SELECT {PolicyColumns} FROM policy_versions ORDER BY number DESC LIMIT 1")?.ToRecord();

    private static IReadOnlyList<OverrideRecord> Records(IEnumerable<OverrideRow> rows) => [.. rows.Select(row => row.ToRecord())];

    private static string Spell(string reference) =>
        CrockfordBase32.TryDecode(reference, out var value) ? CrockfordBase32.Encode(value) : throw new ArgumentException("Not a reference.", nameof(reference));

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

        public OverrideRecord ToRecord() => new(Id, AudienceOf(Audience), SiteOf(Site), Time(Start), Time(End), Reason, Actor, RequestReference, Time(RevokedAt), RevokedBy, RevokeReason);
    }

    private sealed class RequestRow
    {
        public string Reference { get; init; } = "";
        public long Time { get; init; }
        public string Client { get; init; } = "";
        public string? Device { get; init; }
        public string Tier { get; init; } = "";
        public string Url { get; init; } = "";
        public string Host { get; init; } = "";
        public string? Category { get; init; }
        public string Note { get; init; } = "";
        public RequestStatus Status { get; init; }
        public long? DecidedAt { get; init; }
        public string? DecidedBy { get; init; }
        public string? DecisionReason { get; init; }
        public long? OverrideId { get; init; }

        public UnblockRequest ToRecord() => new(Reference, StateStore.Time(Time), Client, Device, Tier, Url, Host, Category, Note, Status)
        {
            DecidedAt = StateStore.Time(DecidedAt), DecidedBy = DecidedBy, DecisionReason = DecisionReason, OverrideId = OverrideId,
        };
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
