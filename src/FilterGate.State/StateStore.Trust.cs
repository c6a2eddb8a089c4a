using System.Collections.Frozen;
using Dapper;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>Which devices take our certificate, which hosts' apps do not, and what a technician said of those.</summary>
public sealed partial class StateStore
{
    /// <summary>A device that has not been seen for so long is forgotten.</summary>
    private const int TrustDaysMax = 90;

    /// <summary>Hosts kept a day; a flood of made-up names proposes nothing more.</summary>
    private const int RefusedHostsADayMax = 500;

    private const string PassThroughColumns = "id, host, decision, evidence, decided_at, decided_by, reason, ended_at, ended_by, end_reason";

    /// <summary>Adds what a gateway saw. Nobody's change, so it has no audit row; one transaction.</summary>
    /// <param name="authority">The fingerprint of the authority that signs: with another one than before, what is known of devices begins anew.</param>
    /// <param name="devices">What each device did since the last call.</param>
    /// <param name="hosts">Alerts by host; added to what is there for the same day.</param>
    public void AddTrust(string authority, IReadOnlyCollection<DeviceTrust> devices, IReadOnlyCollection<RefusedHost> hosts)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(authority);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(hosts);
        if (devices.Count == 0 && hosts.Count == 0) return;
        Change(connection =>
        {
            if (connection.QueryFirstOrDefault<string>("SELECT fingerprint FROM trust_authority") != authority)
                connection.Execute("DELETE FROM device_trust; DELETE FROM trust_authority; INSERT INTO trust_authority (fingerprint) VALUES (@authority)", new { authority });
            foreach (var device in devices)
            {
                // A request that came through ends the count: what the device refuses beside it are apps.
                connection.Execute(
                    """
                    INSERT INTO device_trust (who, accepted_at, refused_at, refused, hosts, alert) VALUES (@Who, @accepted, @refused, @Refused, @Hosts, @Alert)
                    ON CONFLICT (who) DO UPDATE SET
                      accepted_at = coalesce(excluded.accepted_at, accepted_at), refused_at = coalesce(excluded.refused_at, refused_at), alert = coalesce(excluded.alert, alert),
                      refused = CASE WHEN excluded.accepted_at IS NULL THEN refused + excluded.refused ELSE excluded.refused END,
                      hosts = CASE WHEN excluded.accepted_at IS NULL THEN max(hosts, excluded.hosts) ELSE excluded.hosts END
                    """,
                    new { device.Who, accepted = device.AcceptedAt?.ToUnixTimeMilliseconds(), refused = device.RefusedAt?.ToUnixTimeMilliseconds(), device.Refused, device.Hosts, device.Alert });
            }
            foreach (var host in hosts)
            {
                connection.Execute(
                    """
                    INSERT INTO refused_hosts (host, day, refusals, devices, alert) SELECT @Host, @day, @Refusals, @Devices, @Alert
                    WHERE EXISTS (SELECT 1 FROM refused_hosts WHERE host = @Host AND day = @day) OR (SELECT count(*) FROM refused_hosts WHERE day = @day) < @max
                    ON CONFLICT (host, day) DO UPDATE SET refusals = refusals + excluded.refusals, devices = max(devices, excluded.devices), alert = excluded.alert
                    """,
                    new { host.Host, day = Day(host.Day), host.Refusals, host.Devices, host.Alert, max = RefusedHostsADayMax });
            }
            connection.Execute("DELETE FROM refused_hosts WHERE day < @day", new { day = Day(Today().AddDays(-PassThroughProposal.DaysBack)) });
            connection.Execute("DELETE FROM device_trust WHERE coalesce(max(accepted_at, refused_at), accepted_at, refused_at) < @oldest", new { oldest = Milliseconds(_clock.GetUtcNow().AddDays(-TrustDaysMax)) });
            return (true, true);
        });
    }

    /// <summary>What is known of each device and address, in order of their names.</summary>
    public IReadOnlyList<DeviceTrust> DeviceTrusts() => Read<IReadOnlyList<DeviceTrust>>(connection =>
        [.. connection.Query<(string Who, long? AcceptedAt, long? RefusedAt, long Refused, long Hosts, long? Alert)>("SELECT who, accepted_at, refused_at, refused, hosts, alert FROM device_trust ORDER BY who")
            .Select(row => new DeviceTrust(row.Who, Time(row.AcceptedAt), Time(row.RefusedAt), (int)row.Refused, (int)row.Hosts, (int?)row.Alert))]);

    /// <summary>Hosts that are proposed to be passed unread, the most alerts first. Not those that somebody has decided, nor those that the caller must not open.</summary>
    /// <remarks>Several devices, or several days: one iPad with one broken app on one morning proposes nothing.</remarks>
    /// <param name="isBarred">True for a host that is never proposed: one that carries a locked entry, and one that is passed unread already.</param>
    public IReadOnlyList<PassThroughProposal> PassThroughProposals(Predicate<string> isBarred)
    {
        ArgumentNullException.ThrowIfNull(isBarred);
        return Read<IReadOnlyList<PassThroughProposal>>(connection =>
            [.. connection.Query<(string Host, long Refusals, long Devices, long Days, string First, string Last, long Alert)>(
                """
                SELECT r.host, sum(refusals), max(devices), count(*), min(day), max(day), alert FROM refused_hosts r
                WHERE day >= @since AND NOT EXISTS (SELECT 1 FROM pass_throughs p WHERE p.host = r.host AND p.ended_at IS NULL)
                GROUP BY r.host HAVING sum(refusals) >= @min AND (max(devices) > 1 OR count(*) > 1) ORDER BY sum(refusals) DESC, r.host LIMIT 200
                """,
                new { since = Day(Today().AddDays(-PassThroughProposal.DaysBack)), min = PassThroughProposal.RefusalsMin })
                .Where(row => !isBarred(row.Host))
                .Select(row => new PassThroughProposal(row.Host, (int)row.Refusals, (int)row.Devices, (int)row.Days, Day(row.First), Day(row.Last), (int)row.Alert))]);
    }

    /// <summary>Decides a proposal and writes its audit row. Null when the host is decided already.</summary>
    public PassThroughRecord? DecidePassThrough(PassThroughProposal proposal, PassThroughDecision decision, string reason, string actor)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            if (connection.ExecuteScalar<long>("SELECT count(*) FROM pass_throughs WHERE host = @Host AND ended_at IS NULL", new { proposal.Host }) > 0) return (false, (PassThroughRecord?)null);
            var row = connection.QuerySingle<PassThroughRow>(
                $"INSERT INTO pass_throughs (host, decision, evidence, decided_at, decided_by, reason) VALUES (@Host, @decision, @Evidence, @now, @actor, @reason) RETURNING {PassThroughColumns}",
                new { proposal.Host, decision = (int)decision, proposal.Evidence, now = Now(), actor, reason });
            WriteAudit(connection, actor, decision == PassThroughDecision.Accepted ? "pass-through.accept" : "pass-through.refuse", $"{proposal.Host}: {proposal.Evidence}", reason);
            return (true, row.ToRecord());
        });
    }

    /// <summary>Ends what was decided of a host: it is read again, and may be proposed again. False when nothing was.</summary>
    public bool EndPassThrough(string host, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change(connection =>
        {
            var ended = connection.Execute("UPDATE pass_throughs SET ended_at = @now, ended_by = @actor, end_reason = @reason WHERE host = @host AND ended_at IS NULL", new { host, now = Now(), actor, reason }) == 1;
            if (ended) WriteAudit(connection, actor, "pass-through.end", host, reason);
            return (ended, ended);
        });
    }

    /// <summary>What was decided, newest first; ended ones too when asked for.</summary>
    public IReadOnlyList<PassThroughRecord> PassThroughs(bool endedToo = false, int limit = 1000) => Read<IReadOnlyList<PassThroughRecord>>(connection =>
        [.. connection.Query<PassThroughRow>($"SELECT {PassThroughColumns} FROM pass_throughs WHERE @endedToo OR ended_at IS NULL ORDER BY id DESC LIMIT @limit", new { endedToo, limit }).Select(row => row.ToRecord())]);

    private static FrozenSet<string> PassedUnread(SqliteConnection connection, DateTimeOffset from, DateTimeOffset to) =>
        connection.Query<string>("SELECT host FROM pass_throughs WHERE decision = 1 AND decided_at <= @to AND (ended_at IS NULL OR ended_at > @from)", new { from = Milliseconds(from), to = Milliseconds(to) }).ToFrozenSet(StringComparer.Ordinal);

    private DateOnly Today() => DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class PassThroughRow
    {
        public long Id { get; init; }
        public string Host { get; init; } = "";
        public byte Decision { get; init; }
        public string Evidence { get; init; } = "";
        public long DecidedAt { get; init; }
        public string DecidedBy { get; init; } = "";
        public string Reason { get; init; } = "";
        public long? EndedAt { get; init; }
        public string? EndedBy { get; init; }
        public string? EndReason { get; init; }

        public PassThroughRecord ToRecord() => new(Id, Host, (PassThroughDecision)Decision, Evidence, Time(DecidedAt), DecidedBy, Reason, Time(EndedAt), EndedBy, EndReason);
    }
#pragma warning restore CA1812
}
