using Dapper;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.People;

namespace FilterGate.State;

/// <summary>What was in force at a time that has passed.</summary>
public sealed partial class StateStore
{
    /// <summary>Everything beside document and lists that decided between two instants: what was revoked, lifted, restored or ended early ends at that moment, so that asking at any instant between gives that instant's answer.</summary>
    /// <param name="from">The first instant.</param>
    /// <param name="to">The last one; the same for one instant.</param>
    /// <param name="bundles">The bundles that overrides and sessions may name.</param>
    /// <remarks>People, devices and the trolleys that classes had are those of the last instant. An override that was extended counts until its latest end. Cost by what there was in that time; for <c>why</c> and trials, never for requests.</remarks>
    public InForce WasInForce(DateTimeOffset from, DateTimeOffset to, BundleCatalogue bundles) => Read(connection =>
    {
        var between = new { from = Milliseconds(from), to = Milliseconds(to) };
        var roster = RosterAt(connection, to);
        return new InForce
        {
            Roster = roster,
            Bookings = BookingsAt(connection, to),
            Withdrawals = new WithdrawalTable(
                connection.Query<WithdrawalRow>($"""SELECT {WithdrawalColumns} FROM withdrawals WHERE start <= @to AND ("end" IS NULL OR "end" > @from) AND (restored_at IS NULL OR restored_at > @from) ORDER BY id""", between)
                    .Select(row => row.ToRecord())
                    .Select(w => new Withdrawal(w.Id, w.Person, w.Device, w.Start, Earlier(w.End, w.RestoredAt), w.Reason)),
                roster),
            Overrides = new OverrideTable(
                connection.Query<OverrideRow>($"""SELECT {OverrideColumns} FROM overrides WHERE start <= @to AND "end" > @from AND (revoked_at IS NULL OR revoked_at > @from) ORDER BY id""", between)
                    .Select(row => row.ToRecord())
                    .Select(o => new Override(o.Id, o.Audience, o.Site, o.Start, Earlier(o.End, o.RevokedAt)!.Value)),
                bundles),
            EmergencyBlocks = new EmergencyBlockTable(
                connection.Query<BlockRow>($"SELECT {BlockColumns} FROM emergency_blocks WHERE start <= @to AND (lifted_at IS NULL OR lifted_at > @from) ORDER BY id", between)
                    .Select(row => row.ToRecord())
                    .Select(b => new EmergencyBlock(b.Id, b.Site, b.Start, b.LiftedAt))),
            Sessions = new SessionTable(
                Sessions(connection, """WHERE start <= @to AND "end" > @from AND (ended_at IS NULL OR ended_at > @from)""", between)
                    .Select(s => new ClassSession(s.Id, s.Class, s.Kind, [.. s.Sites], s.Start, Earlier(s.End, s.EndedAt)!.Value)),
                bundles),
            // Each has its beginning and its end; the minutes of a day are those of its end.
            Passes = Passes(connection, from),
            PassedUnread = PassedUnread(connection, from, to),
        };
    });

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;
}
