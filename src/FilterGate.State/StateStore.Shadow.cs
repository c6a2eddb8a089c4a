using Dapper;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>A time in which the gateway was, or is, in shadow mode.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Mode">From when the pilot counts, and until when it was said to last.</param>
/// <param name="Start">When the gateway was started so.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="Actor">By whom.</param>
/// <param name="EndedAt">When it ended; null while nobody has noted that.</param>
/// <param name="EndedBy">Who ended it; <c>filtergate</c> where its time was over.</param>
public sealed record ShadowRun(long Id, ShadowMode Mode, DateTimeOffset Start, string? Reason, string Actor, DateTimeOffset? EndedAt, string? EndedBy)
{
    /// <summary>True while the gateway that was started so lets through what the policy refuses.</summary>
    public bool IsOn(DateTimeOffset time) => EndedAt is null && Mode.IsOn(time);

    /// <summary>When it ended, or will at the latest.</summary>
    public DateTimeOffset Ends => EndedAt is { } early && early < Mode.Until ? early : Mode.Until;
}

/// <summary>What came of a start in shadow mode.</summary>
public enum ShadowStart
{
    /// <summary>It is on.</summary>
    Begun,

    /// <summary>Its time is over, as it was said when it began: the gateway filters.</summary>
    Over,

    /// <summary>The end lies in the past, and no such pilot is on record.</summary>
    InThePast,

    /// <summary>It would last longer than a pilot may.</summary>
    TooLong,

    /// <summary>The time of day is before one at which the pilot was on already.</summary>
    ClockSetBack,
}

/// <summary>When the gateway is in shadow mode, which is decided when it starts.</summary>
public sealed partial class StateStore
{
    private const string ShadowColumns = """id, since, start, "until" AS "Until", reason, actor, ended_at, ended_by""";

    /// <summary>Two clocks of one box, and one that is set by a time server, differ by less.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    /// <summary>The time in shadow mode that runs, else the last one; null where there was none.</summary>
    public ShadowRun? LastShadow() => Read(LastShadow);

    /// <summary>The shadow mode that the gateway is in at a time; null where it filters.</summary>
    public ShadowMode? ShadowAt(DateTimeOffset time) => LastShadow() is { } run && run.IsOn(time) ? run.Mode : null;

    /// <summary>What would come of <see cref="BeginShadow"/> now; changes nothing.</summary>
    public (ShadowStart Outcome, ShadowRun? Run) MayBeginShadow(DateTimeOffset until) => Read(connection => JudgeShadow(connection, until));

    /// <summary>Begins shadow mode, or goes on with it after a restart, and writes the audit row.</summary>
    /// <remarks>
    /// A pilot lasts at most <see cref="ShadowMode.LongestSpan"/> from its first start, however often it is started; another may begin once everything has been enforced for <see cref="ShadowMode.Pause"/>.
    /// So nobody lives in shadow mode by starting it anew each fortnight.
    /// </remarks>
    /// <returns>What came of it, and the pilot that this is a part of: with <see cref="ShadowStart.TooLong"/> the one that stands in the way, or null where the end is too far off by itself.</returns>
    public (ShadowStart Outcome, ShadowRun? Run) BeginShadow(DateTimeOffset until, string? reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change<(ShadowStart, ShadowRun?)>(connection =>
        {
            var (outcome, pilot) = JudgeShadow(connection, until);
            if (outcome != ShadowStart.Begun) return (false, (outcome, pilot));
            var now = Time(Now());
            var since = pilot?.Mode.Since ?? now;
            connection.Execute("UPDATE shadow_runs SET ended_at = @now, ended_by = @actor WHERE ended_at IS NULL", new { now = Milliseconds(now), actor });
            connection.Execute(
                """INSERT INTO shadow_runs (since, start, "until", reason, actor, seen) VALUES (@since, @now, @until, @reason, @actor, @now)""",
                new { since = Milliseconds(since), now = Milliseconds(now), until = Milliseconds(until), reason, actor });
            WriteAudit(connection, actor, "shadow.begin", $"shadow mode until {until:O}, of a pilot since {since:O}", reason);
            return (true, (ShadowStart.Begun, LastShadow(connection)));
        });
    }

    /// <summary>Notes that shadow mode is over, and writes the audit row. False when it was noted already.</summary>
    public bool EndShadow(string actor, string why) => Change(connection =>
    {
        var ended = connection.Execute("UPDATE shadow_runs SET ended_at = @now, ended_by = @actor WHERE ended_at IS NULL", new { now = Now(), actor }) > 0;
        if (ended) WriteAudit(connection, actor, "shadow.end", "shadow mode", why);
        return (ended, ended);
    });

    /// <summary>Notes that the gateway is in it still, whatever another process has written since. Nobody's change, so it has no audit row.</summary>
    public void SeeShadow(long id) => Change(connection => (true, connection.Execute("UPDATE shadow_runs SET seen = max(seen, @now), ended_at = NULL, ended_by = NULL WHERE id = @id", new { id, now = Now() })));

    private (ShadowStart Outcome, ShadowRun? Run) JudgeShadow(SqliteConnection connection, DateTimeOffset until)
    {
        var (now, last) = (Time(Now()), LastShadow(connection));
        until = Time(Milliseconds(until));
        if (last is not null && now + ClockSlack < Time(connection.ExecuteScalar<long>("SELECT max(seen) FROM shadow_runs"))) return (ShadowStart.ClockSetBack, last);
        if (until <= now) return (last?.Mode.Until == until ? ShadowStart.Over : ShadowStart.InThePast, last);
        var pilot = last is not null && now < last.Ends + ShadowMode.Pause ? last : null;
        return (until > (pilot?.Mode.Since ?? now) + ShadowMode.LongestSpan ? ShadowStart.TooLong : ShadowStart.Begun, pilot);
    }

    private static ShadowRun? LastShadow(SqliteConnection connection) =>
        connection.QueryFirstOrDefault<ShadowRow>($"SELECT {ShadowColumns} FROM shadow_runs ORDER BY ended_at IS NULL DESC, id DESC LIMIT 1")?.ToRecord();

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class ShadowRow
    {
        public long Id { get; init; }
        public long Since { get; init; }
        public long Start { get; init; }
        public long Until { get; init; }
        public string? Reason { get; init; }
        public string Actor { get; init; } = "";
        public long? EndedAt { get; init; }
        public string? EndedBy { get; init; }

        public ShadowRun ToRecord() => new(Id, new ShadowMode(Time(Since), Time(Until)), Time(Start), Reason, Actor, Time(EndedAt), EndedBy);
    }
#pragma warning restore CA1812
}
