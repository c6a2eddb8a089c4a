using Dapper;
using FilterGate.Matching;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>What a policy snapshot takes from the state, and the emergency blocks and class sessions in it.</summary>
public sealed partial class StateStore
{
    private const string BlockColumns = """id, site, start AS "Start", reason, nature, actor, lifted_at, lifted_by, lift_reason""";
    private const string SessionColumns = """id, class, kind, start AS "Start", "end" AS "End", reason, actor, ended_at, ended_by""";

    /// <summary>Everything that decides at <paramref name="time"/> or later, for a policy snapshot.</summary>
    /// <param name="time">What has ended before is left out.</param>
    /// <param name="bundles">The bundles that overrides and sessions may name.</param>
    public InForce InForce(DateTimeOffset time, BundleCatalogue bundles) => Read(connection => new InForce
    {
        Roster = CurrentRoster(),
        Bookings = BookingsAt(connection, time),
        Withdrawals = LiveWithdrawals(time, CurrentRoster()),
        Overrides = new OverrideTable(
            connection.Query<OverrideRow>($"""SELECT {OverrideColumns} FROM overrides WHERE "end" > @time AND revoked_at IS NULL ORDER BY id""", new { time = Milliseconds(time) })
                .Select(row => row.ToRecord()).Select(o => new Override(o.Id, o.Audience, o.Site, o.Start, o.End)),
            bundles),
        EmergencyBlocks = new EmergencyBlockTable(
            connection.Query<BlockRow>($"SELECT {BlockColumns} FROM emergency_blocks WHERE lifted_at IS NULL").Select(row => row.ToRecord()).Select(b => new EmergencyBlock(b.Id, b.Site, b.Start, End: null))),
        Passes = Passes(connection, time),
        PassedUnread = PassedUnread(connection, time, time),
        Sessions = new SessionTable(
            Sessions(connection, """WHERE "end" > @time AND ended_at IS NULL""", new { time = Milliseconds(time) }).Select(s => new ClassSession(s.Id, s.Class, s.Kind, [.. s.Sites], s.Start, s.End)), bundles),
    });

    /// <summary>Blocks a site for everybody at once, and ends the live overrides of it, in one transaction.</summary>
    /// <param name="site">What is blocked: a host or a part of one.</param>
    /// <param name="reason">Why.</param>
    /// <param name="nature">What kind of content it is, for the report, or null.</param>
    /// <param name="actor">Who.</param>
    /// <returns>The block and the overrides that it ended.</returns>
    /// <exception cref="ArgumentException">The site is no host, or a word that must be there is blank.</exception>
    public (EmergencyBlockRecord Block, IReadOnlyList<OverrideRecord> Ended) Block(Site site, string reason, string? nature, string actor)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (site.Host.Length == 0) throw new ArgumentException("An emergency block names a host or a part of one.", nameof(site));
        return Change(connection =>
        {
            var id = connection.ExecuteScalar<long>(
                "INSERT INTO emergency_blocks (site, start, reason, nature, actor) VALUES (@site, @now, @reason, @nature, @actor) RETURNING id", new { site = site.ToString(), now = Now(), reason, nature, actor });
            WriteAudit(connection, actor, "block.emergency", $"emergency block {id}: {site}", reason);
            var ended = Records(connection.Query<OverrideRow>($"""SELECT {OverrideColumns} FROM overrides WHERE revoked_at IS NULL AND "end" > @now ORDER BY id""", new { now = Now() }))
                .Where(o => IsWithin(o.Site, site)).ToList();
            foreach (var over in ended)
            {
                connection.Execute("UPDATE overrides SET revoked_at = @now, revoked_by = @actor, revoke_reason = @why, end_recorded = 1 WHERE id = @id", new { id = over.Id, now = Now(), actor, why = $"emergency block {id}: {reason}" });
                WriteAudit(connection, actor, "override.revoke", $"override {over.Id}", $"emergency block {id}");
            }
            return (true, (FindBlock(connection, id)!, (IReadOnlyList<OverrideRecord>)ended));
        });
    }

    /// <summary>Lifts an emergency block. False when there is none with this number or it has been lifted.</summary>
    public bool LiftBlock(long id, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var lifted = connection.Execute("UPDATE emergency_blocks SET lifted_at = @now, lifted_by = @actor, lift_reason = @reason WHERE id = @id AND lifted_at IS NULL", new { id, now = Now(), actor, reason }) == 1;
            if (lifted) WriteAudit(connection, actor, "block.lift", $"emergency block {id}", reason);
            return (lifted, lifted);
        });
    }

    /// <summary>Emergency blocks, newest first; lifted ones too when asked for.</summary>
    public IReadOnlyList<EmergencyBlockRecord> EmergencyBlocks(bool liftedToo = false, int limit = 1000) => Read<IReadOnlyList<EmergencyBlockRecord>>(connection =>
        [.. connection.Query<BlockRow>($"SELECT {BlockColumns} FROM emergency_blocks WHERE @liftedToo OR lifted_at IS NULL ORDER BY id DESC LIMIT @limit", new { liftedToo, limit }).Select(row => row.ToRecord())]);

    /// <summary>One emergency block, or null.</summary>
    public EmergencyBlockRecord? FindBlock(long id) => Read(connection => FindBlock(connection, id));

    /// <summary>Begins a class session and writes its audit row, and with it what somebody is told of it.</summary>
    /// <exception cref="ArgumentException">The end is not after the start, there is no site, or a word that must be there is blank.</exception>
    public SessionRecord StartSession(string @class, SessionKind kind, IReadOnlyList<Site> sites, DateTimeOffset start, DateTimeOffset end, string reason, string actor, NoticeDraft? tell = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(@class);
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (sites.Count == 0) throw new ArgumentException("A class session names at least one site.", nameof(sites));
        if (Milliseconds(end) <= Milliseconds(start)) throw new ArgumentException("A class session ends after it starts.", nameof(end));
        return Change(connection =>
        {
            var id = connection.ExecuteScalar<long>(
                """INSERT INTO class_sessions (class, kind, start, "end", reason, actor) VALUES (@class, @kind, @start, @end, @reason, @actor) RETURNING id""",
                new { @class, kind, start = Milliseconds(start), end = Milliseconds(end), reason, actor });
            foreach (var site in sites.Select(s => s.ToString()).Distinct(StringComparer.Ordinal)) connection.Execute("INSERT INTO class_session_sites (session_id, site) VALUES (@id, @site)", new { id, site });
            if (tell is not null) WriteNotice(connection, tell, reference: null, overrideId: null);
            WriteAudit(connection, actor, "session.start", $"class session {id} for {@class} until {Time(Milliseconds(end)):O}", reason);
            return (true, FindSession(connection, id)!);
        });
    }

    /// <summary>Ends a class session now; whoever does so records it. False when there is none with this number or it has ended already.</summary>
    public bool EndSession(long id, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var ended = connection.Execute("""UPDATE class_sessions SET ended_at = @now, ended_by = @actor, end_recorded = 1 WHERE id = @id AND ended_at IS NULL AND "end" > @now""", new { id, now = Now(), actor }) == 1;
            if (ended) WriteAudit(connection, actor, "session.end", $"class session {id}", reason: null);
            return (ended, ended);
        });
    }

    /// <summary>Class sessions that the bell ended and of which no event is written yet, oldest first; at most a thousand.</summary>
    public IReadOnlyList<SessionRecord> UnrecordedSessionEndings(DateTimeOffset time) => Read(connection => Sessions(connection, """WHERE end_recorded = 0 AND "end" <= @time""", new { time = Milliseconds(time) }, """ORDER BY "end", id LIMIT 1000"""));

    /// <summary>Notes that the end of a class session is on record. Not a person's change, so it has no audit row.</summary>
    public void MarkSessionEndingRecorded(long id) => Change(connection => (true, connection.Execute("UPDATE class_sessions SET end_recorded = 1 WHERE id = @id", new { id })));

    /// <summary>Class sessions that have not ended at <paramref name="time"/>, oldest first.</summary>
    public IReadOnlyList<SessionRecord> LiveSessions(DateTimeOffset time) => Read(connection => Sessions(connection, """WHERE "end" > @time AND ended_at IS NULL""", new { time = Milliseconds(time) }));

    /// <summary>Class sessions, newest first, ended ones too.</summary>
    public IReadOnlyList<SessionRecord> Sessions(int limit = 100) => Read(connection => Sessions(connection, "", null, $"ORDER BY id DESC LIMIT {limit}"));

    /// <summary>One class session, or null.</summary>
    public SessionRecord? FindSession(long id) => Read(connection => FindSession(connection, id));

    private static EmergencyBlockRecord? FindBlock(SqliteConnection connection, long id) =>
        connection.QueryFirstOrDefault<BlockRow>($"SELECT {BlockColumns} FROM emergency_blocks WHERE id = @id", new { id })?.ToRecord();

    private static SessionRecord? FindSession(SqliteConnection connection, long id) => Sessions(connection, "WHERE id = @id", new { id }).SingleOrDefault();

    private static IReadOnlyList<SessionRecord> Sessions(SqliteConnection connection, string where, object? parameters, string order = "ORDER BY id")
    {
        var rows = connection.Query<SessionRow>($"SELECT {SessionColumns} FROM class_sessions {where} {order}", parameters).ToList();
        if (rows.Count == 0) return [];
        var sites = connection.Query<(long Id, string Site)>("SELECT session_id, site FROM class_session_sites WHERE session_id IN @ids ORDER BY site", new { ids = rows.Select(r => r.Id) }).ToLookup(s => s.Id, s => s.Site);
        return [.. rows.Select(row => row.ToRecord([.. sites[row.Id].Select(SiteOf)]))];
    }

    /// <summary>True when all of what an override opens lies in what a block closes. A bundle is not ended: only some of its hosts may be blocked, and the block comes first anyway.</summary>
    private static bool IsWithin(Site inner, Site outer) =>
        inner.Host.Length > 0
        && (inner.Host == outer.Host || inner.Host.EndsWith("." + outer.Host, StringComparison.Ordinal))
        && (outer.Path is null || (inner.Path is { } path && path.StartsWith(outer.Path, StringComparison.OrdinalIgnoreCase) && (path.Length == outer.Path.Length || path[outer.Path.Length] == '/')));

    private static Site SiteOf(string text) => Site.TryParse(text, out var site, out var error) ? site : throw new InvalidDataException($"state.db names a site that cannot be read: {error}");

    private static Audience AudienceOf(string text) => Audience.TryParse(text, out var audience) ? audience : throw new InvalidDataException($"state.db names an audience that cannot be read: {text}");

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class BlockRow
    {
        public long Id { get; init; }
        public string Site { get; init; } = "";
        public long Start { get; init; }
        public string Reason { get; init; } = "";
        public string? Nature { get; init; }
        public string Actor { get; init; } = "";
        public long? LiftedAt { get; init; }
        public string? LiftedBy { get; init; }
        public string? LiftReason { get; init; }

        public EmergencyBlockRecord ToRecord() => new(Id, SiteOf(Site), Time(Start), Reason, Nature, Actor, Time(LiftedAt), LiftedBy, LiftReason);
    }

    private sealed class SessionRow
    {
        public long Id { get; init; }
        public string Class { get; init; } = "";
        public SessionKind Kind { get; init; }
        public long Start { get; init; }
        public long End { get; init; }
        public string Reason { get; init; } = "";
        public string Actor { get; init; } = "";
        public long? EndedAt { get; init; }
        public string? EndedBy { get; init; }

        public SessionRecord ToRecord(IReadOnlyList<Site> sites) => new(Id, Class, Kind, sites, Time(Start), Time(End), Reason, Actor, Time(EndedAt), EndedBy);
    }
#pragma warning restore CA1812
}
