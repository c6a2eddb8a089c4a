using System.Globalization;
using Dapper;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>How the beginning of a slice ended.</summary>
public enum SliceOutcome
{
    /// <summary>It has begun, and its minutes are counted.</summary>
    Started,

    /// <summary>One was running already; nothing was counted.</summary>
    Running,

    /// <summary>Today's minutes are used up.</summary>
    UsedUp,
}

/// <summary>The answer to somebody who wants to begin a slice.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Slice">The slice that runs; null when the minutes are used up.</param>
/// <param name="UsedMinutes">Minutes used today, this slice's among them.</param>
public sealed record SliceResult(SliceOutcome Outcome, Pass? Slice, int UsedMinutes);

/// <summary>Minutes used, as a report shows them.</summary>
/// <param name="Day">The day by the school's clock.</param>
/// <param name="Client">Who.</param>
/// <param name="Tier">Under which tier the last slice began.</param>
/// <param name="Category">Slug.</param>
/// <param name="Minutes">Minutes used.</param>
/// <param name="Slices">In how many slices.</param>
public sealed record QuotaUseRecord(DateOnly Day, Audience Client, string Tier, string Category, int Minutes, int Slices);

/// <summary>Warnings gone past, and minutes used.</summary>
/// <remarks>Kept for <see cref="PassDaysMax"/> days and then deleted, by whatever is written next. They have no audit rows, which would keep a pupil's visits for ever: what happened is in the events.</remarks>
public sealed partial class StateStore
{
    /// <summary>How long passes and minutes are kept, in days: a month's report, and a little.</summary>
    public const int PassDaysMax = 35;

    /// <summary>Warnings that one client may be past at a time. A person reads some dozens an hour; a script that goes past thousands would make every snapshot large.</summary>
    public const int WarningsPassedMax = 200;

    /// <summary>Everything of warnings and minutes that decides at <paramref name="time"/> or later, for a policy snapshot.</summary>
    public PassTable Passes(DateTimeOffset time) => Read(connection => Passes(connection, time));

    /// <summary>Notes that a client has gone past the warning about a site. One that is past it already stays so until then.</summary>
    /// <param name="client">Who: <see cref="Client.PassKey"/>.</param>
    /// <param name="site">What <see cref="Pass.SiteOf"/> makes of the host.</param>
    /// <param name="length">For how long.</param>
    /// <returns>The pass; null when the client is past <see cref="WarningsPassedMax"/> warnings already.</returns>
    public Pass? PassWarning(Audience client, string site, TimeSpan length)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(site);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TimeSpan.FromMilliseconds(1));
        return Change(connection =>
        {
            if (FindPass(connection, client, PassKind.Warning, site) is { } there) return (false, there);
            var live = connection.ExecuteScalar<int>("""SELECT count(*) FROM passes WHERE client = @client AND kind = @kind AND "end" > @now""", new { client = client.ToString(), kind = PassKind.Warning, now = Now() });
            if (live >= WarningsPassedMax) return (false, null);
            return (true, (Pass?)AddPass(connection, client, PassKind.Warning, site, length));
        });
    }

    /// <summary>Begins a slice of a category's minutes and counts it, in one transaction: of two browsers that begin the last one at once, both get the same.</summary>
    /// <param name="client">Who: <see cref="Client.PassKey"/>.</param>
    /// <param name="category">Slug.</param>
    /// <param name="tier">The client's tier, for the report.</param>
    /// <param name="rule">What the tier gives.</param>
    /// <param name="day">Today by the school's clock: yesterday's minutes do not count.</param>
    public SliceResult StartSlice(Audience client, string category, string tier, QuotaRule rule, DateOnly day)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        ArgumentException.ThrowIfNullOrWhiteSpace(tier);
        ArgumentNullException.ThrowIfNull(rule);
        return Change(connection =>
        {
            var key = new { day = Day(day), client = client.ToString(), category };
            var used = connection.ExecuteScalar<int?>("SELECT minutes FROM quota_use WHERE day = @day AND client = @client AND category = @category", key) ?? 0;
            if (FindPass(connection, client, PassKind.Slice, category) is { } running) return (false, new SliceResult(SliceOutcome.Running, running, used));
            var minutes = rule.NextSlice(used);
            if (minutes == 0) return (false, new SliceResult(SliceOutcome.UsedUp, null, used));
            connection.Execute(
                """
                INSERT INTO quota_use (day, client, category, tier, minutes, slices) VALUES (@day, @client, @category, @tier, @minutes, 1)
                ON CONFLICT DO UPDATE SET minutes = minutes + excluded.minutes, slices = slices + 1, tier = excluded.tier
                """,
                new { key.day, key.client, key.category, tier, minutes });
            return (true, new SliceResult(SliceOutcome.Started, AddPass(connection, client, PassKind.Slice, category, TimeSpan.FromMinutes(minutes)), used + minutes));
        });
    }

    /// <summary>Minutes that everybody has used on a day, by tier, category and client.</summary>
    public IReadOnlyList<QuotaUseRecord> QuotaUses(DateOnly day) => Read(connection => QuotaUses(connection, "day = @day ORDER BY tier, category, client", new { day = Day(day) }));

    /// <summary>Minutes that one client has used, newest day first, as far back as they are kept.</summary>
    public IReadOnlyList<QuotaUseRecord> QuotaUses(Audience client) => Read(connection => QuotaUses(connection, "client = @client ORDER BY day DESC, category", new { client = client.ToString() }));

    /// <summary>Reads <see cref="Passes(DateTimeOffset)"/> on a connection that is held already.</summary>
    internal static PassTable Passes(SqliteConnection connection, DateTimeOffset time) => new(
        connection.Query<PassRow>("""SELECT id, client, kind, subject, start AS "Start", "end" AS "End" FROM passes WHERE "end" > @time""", new { time = Milliseconds(time) }).Select(row => row.ToRecord()),
        // Somewhere the local day is the day before or after that of UTC.
        QuotaUses(connection, "day >= @day", new { day = Day(DateOnly.FromDateTime(time.UtcDateTime).AddDays(-1)) }).Select(u => new QuotaUse(u.Client, u.Category, u.Day, u.Minutes)));

    private Pass? FindPass(SqliteConnection connection, Audience client, PassKind kind, string subject) =>
        connection.QueryFirstOrDefault<PassRow>(
            """SELECT id, client, kind, subject, start AS "Start", "end" AS "End" FROM passes WHERE client = @client AND kind = @kind AND subject = @subject AND start <= @now AND "end" > @now ORDER BY "end" DESC""",
            new { client = client.ToString(), kind, subject, now = Now() })?.ToRecord();

    private Pass AddPass(SqliteConnection connection, Audience client, PassKind kind, string subject, TimeSpan length)
    {
        var start = Now();
        var end = start + (long)length.TotalMilliseconds;
        connection.Execute("""DELETE FROM passes WHERE "end" < @before""", new { before = start - (long)TimeSpan.FromDays(PassDaysMax).TotalMilliseconds });
        connection.Execute("DELETE FROM quota_use WHERE day < @before", new { before = Day(DateOnly.FromDateTime(Time(start).UtcDateTime).AddDays(-PassDaysMax)) });
        var id = connection.ExecuteScalar<long>(
            """INSERT INTO passes (client, kind, subject, start, "end") VALUES (@client, @kind, @subject, @start, @end) RETURNING id""", new { client = client.ToString(), kind, subject, start, end });
        return new Pass(id, client, kind, subject, Time(start), Time(end));
    }

    private static IReadOnlyList<QuotaUseRecord> QuotaUses(SqliteConnection connection, string where, object parameters) =>
        [.. connection.Query<QuotaUseRow>($"SELECT day, client, tier, category, minutes, slices FROM quota_use WHERE {where}", parameters).Select(row => row.ToRecord())];

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class PassRow
    {
        public long Id { get; init; }
        public string Client { get; init; } = "";
        public PassKind Kind { get; init; }
        public string Subject { get; init; } = "";
        public long Start { get; init; }
        public long End { get; init; }

        public Pass ToRecord() => new(Id, AudienceOf(Client), Kind, Subject, Time(Start), Time(End));
    }

    private sealed class QuotaUseRow
    {
        public string Day { get; init; } = "";
        public string Client { get; init; } = "";
        public string Tier { get; init; } = "";
        public string Category { get; init; } = "";
        public int Minutes { get; init; }
        public int Slices { get; init; }

        public QuotaUseRecord ToRecord() => new(DateOnly.ParseExact(Day, "yyyy-MM-dd", CultureInfo.InvariantCulture), AudienceOf(Client), Tier, Category, Minutes, Slices);
    }
#pragma warning restore CA1812
}
