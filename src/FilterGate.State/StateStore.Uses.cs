using Dapper;

namespace FilterGate.State;

/// <summary>How often overrides and class sessions are used, and how often anybody at the school turns to a help site.</summary>
public sealed partial class StateStore
{
    /// <summary>Rows of uses are kept so long after their day: longer than any override lasts.</summary>
    private const int UseDaysMax = 400;

    /// <summary>Adds counts. Nobody's change, so it has no audit row; one transaction.</summary>
    /// <param name="uses">Uses since the last call; added to what is there for the override, day and person.</param>
    /// <param name="helpVisits">Connections to help sites since the last call, by day.</param>
    public void AddUses(IReadOnlyCollection<OverrideUse> uses, IReadOnlyCollection<(DateOnly Day, long Count)> helpVisits)
    {
        ArgumentNullException.ThrowIfNull(uses);
        ArgumentNullException.ThrowIfNull(helpVisits);
        if (uses.Count == 0 && helpVisits.Count == 0) return;
        Change(connection =>
        {
            foreach (var use in uses)
            {
                // One that a restored backup does not have is passed over.
                var (table, column, of) = use.IsSession ? ("session_uses", "session_id", "class_sessions") : ("override_uses", "override_id", "overrides");
                connection.Execute(
                    $"""
                    INSERT INTO {table} ({column}, day, who, first, last, count) SELECT @OverrideId, @day, @Who, @first, @last, @Count WHERE EXISTS (SELECT 1 FROM {of} WHERE id = @OverrideId)
                    ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last), count = count + excluded.count
                    """,
                    new { use.OverrideId, day = DayNumber(use.Day), use.Who, first = Milliseconds(use.First), last = Milliseconds(use.Last), use.Count });
            }
            foreach (var (day, count) in helpVisits)
                connection.Execute("INSERT INTO help_visits (day, count) VALUES (@day, @count) ON CONFLICT DO UPDATE SET count = count + excluded.count", new { day = DayNumber(day), count });
            var oldest = DayNumber(DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime)) - UseDaysMax;
            connection.Execute("DELETE FROM override_uses WHERE day < @oldest; DELETE FROM session_uses WHERE day < @oldest; DELETE FROM help_visits WHERE day < @oldest", new { oldest });
            return (true, true);
        });
    }

    /// <summary>The uses of a day, for a counter that starts anew.</summary>
    public IReadOnlyList<OverrideUse> UsesOn(DateOnly day) => Read<IReadOnlyList<OverrideUse>>(connection =>
        [.. connection.Query<UseRow>(
                """
                SELECT override_id, day, who, first, last, count, 0 AS is_session FROM override_uses WHERE day = @day
                UNION ALL SELECT session_id, day, who, first, last, count, 1 FROM session_uses WHERE day = @day
                """,
                new { day = DayNumber(day) })
            .Select(row => new OverrideUse(row.OverrideId, Day(row.Day), row.Who, Time(row.First), Time(row.Last), row.Count) { IsSession = row.IsSession != 0 })]);

    /// <summary>All uses of each override that was ever used, by its number.</summary>
    public IReadOnlyDictionary<long, OverrideUsage> Usage() => Read<IReadOnlyDictionary<long, OverrideUsage>>(connection =>
        connection.Query<UsageRow>("SELECT override_id, sum(count) AS count, count(DISTINCT who) AS people, max(last) AS last FROM override_uses GROUP BY override_id")
            .ToDictionary(row => row.OverrideId, row => row.ToRecord()));

    /// <summary>All uses of a class session; null where there was none.</summary>
    public OverrideUsage? SessionUsage(long id) => Read(connection =>
        connection.QuerySingleOrDefault<UsageRow>("SELECT session_id AS override_id, sum(count) AS count, count(DISTINCT who) AS people, max(last) AS last FROM session_uses WHERE session_id = @id GROUP BY session_id", new { id }) is { } row
            ? new OverrideUsage(row.OverrideId, row.Count, (int)row.People, Time(row.Last)) : null);

    /// <summary>Connections to help sites of each day since one, oldest first. A day on which there was none is not among them.</summary>
    public IReadOnlyList<(DateOnly Day, long Count)> HelpVisits(DateOnly since) => Read<IReadOnlyList<(DateOnly, long)>>(connection =>
        [.. connection.Query<UsageDay>("SELECT day, count FROM help_visits WHERE day >= @since ORDER BY day", new { since = DayNumber(since) }).Select(row => (Day(row.Day), row.Count))]);

    private static long DayNumber(DateOnly day) => day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private static DateOnly Day(long number) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)number);

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class UseRow
    {
        public long OverrideId { get; init; }
        public long Day { get; init; }
        public string Who { get; init; } = "";
        public long First { get; init; }
        public long Last { get; init; }
        public long Count { get; init; }
        public long IsSession { get; init; }
    }

    private sealed class UsageRow
    {
        public long OverrideId { get; init; }
        public long Count { get; init; }
        public long People { get; init; }
        public long Last { get; init; }

        public OverrideUsage ToRecord() => new(OverrideId, Count, (int)People, Time(Last));
    }

    private sealed class UsageDay
    {
        public long Day { get; init; }
        public long Count { get; init; }
    }
#pragma warning restore CA1812
}
