using System.Globalization;
using System.Text;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <content>Counts.</content>
public sealed partial class EventReader
{
    private static readonly (CountBy By, string Column)[] CountColumns =
    [
        (CountBy.Hour, "time / 3600000"),
        (CountBy.Who, "CASE WHEN person IS NOT NULL THEN 'person:' || person WHEN device IS NOT NULL THEN 'device:' || device WHEN client IS NOT NULL THEN 'client:' || client END"),
        (CountBy.Tier, "tier"), (CountBy.Group, "\"group\""), (CountBy.Category, "category"), (CountBy.Kind, "kind"), (CountBy.Verdict, "decision"),
    ];

    /// <summary>Counts events. Rows of several months are added up; safe from any thread.</summary>
    public CountPage<CountRow> Count(CountQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (rows, problems) = (new Dictionary<CountRow, (long Events, long Acts)>(), new List<string>());
        foreach (var (month, path) in EventFolder.Months(folder))
        {
            if (month.Next.Start <= query.Since || month.Start >= query.Until) continue;
            Read(path, problems, (connection, version) =>
            {
                if (version < 3) return;
                using var command = connection.CreateCommand();
                var sql = new StringBuilder("SELECT count(*), count(act_kind)");
                foreach (var (by, column) in CountColumns) sql.Append(query.By.HasFlag(by) ? $", {column}" : ", NULL");
                sql.Append(" FROM events WHERE time >= @since AND time < @until");
                command.Parameters.AddWithValue("@since", HourOf(query.Since) * 3_600_000);
                command.Parameters.AddWithValue("@until", HourOf(query.Until.AddTicks(TimeSpan.TicksPerHour - 1)) * 3_600_000);
                foreach (var (column, value) in new[] { (CountColumns[1].Column, query.Who), ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category) })
                {
                    if (value is null) continue;
                    var name = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
                    sql.Append(CultureInfo.InvariantCulture, $" AND {column} = {name}");
                    command.Parameters.AddWithValue(name, value);
                }
                if (query.Kinds.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND kind IN ({string.Join(',', query.Kinds.Select(kind => (byte)kind))})");
                sql.Append(" GROUP BY 3, 4, 5, 6, 7, 8, 9");
                command.CommandText = sql.ToString();
                using var row = command.ExecuteReader();
                while (row.Read()) Add(rows, KeyOf(row), row.GetInt64(0), row.GetInt64(1));
            });
        }
        return new CountPage<CountRow>(
            [.. rows.Select(pair => pair.Key with { Events = pair.Value.Events, Acts = pair.Value.Acts }).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).ThenBy(row => row.Hour).Take(query.Limit)], problems);
    }

    /// <summary>The hosts that were met most, those with the most acts first.</summary>
    /// <param name="since">From this instant.</param>
    /// <param name="until">Before this instant.</param>
    /// <param name="tier">Only this tier, or null.</param>
    /// <param name="kinds">Only these kinds; empty for every kind.</param>
    /// <param name="limit">At most so many.</param>
    public CountPage<HostCount> CountHosts(DateTimeOffset since, DateTimeOffset until, string? tier, IReadOnlyList<EventKind> kinds, int limit)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var (rows, problems) = (new Dictionary<string, (long Events, long Acts)>(StringComparer.Ordinal), new List<string>());
        foreach (var (month, path) in EventFolder.Months(folder))
        {
            if (month.Next.Start <= since || month.Start >= until) continue;
            Read(path, problems, (connection, version) =>
            {
                if (version < 3) return;
                using var command = connection.CreateCommand();
                command.CommandText = $"""
                    SELECT count(*), count(act_kind), host FROM events WHERE time >= @since AND time < @until AND host IS NOT NULL
                    {(tier is null ? "" : "AND tier = @tier")} {(kinds.Count == 0 ? "" : $"AND kind IN ({string.Join(',', kinds.Select(kind => (byte)kind))})")} GROUP BY host
                    """;
                command.Parameters.AddWithValue("@since", since.ToUnixTimeMilliseconds());
                command.Parameters.AddWithValue("@until", until.ToUnixTimeMilliseconds());
                if (tier is not null) command.Parameters.AddWithValue("@tier", tier);
                using var row = command.ExecuteReader();
                while (row.Read()) Add(rows, row.GetString(2), row.GetInt64(0), row.GetInt64(1));
            });
        }
        return new CountPage<HostCount>([.. rows.Select(pair => new HostCount(pair.Key, pair.Value.Events, pair.Value.Acts)).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).Take(limit)], problems);
    }

    private static long HourOf(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds()) / 3_600_000;

    private static CountRow KeyOf(SqliteDataReader row) => new(0, 0)
    {
        Hour = row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2) * 3_600_000),
        Who = row.IsDBNull(3) ? null : row.GetString(3),
        Tier = row.IsDBNull(4) ? null : row.GetString(4),
        Group = row.IsDBNull(5) ? null : row.GetString(5),
        Category = row.IsDBNull(6) ? null : row.GetString(6),
        Kind = row.IsDBNull(7) ? null : (EventKind)row.GetByte(7),
        Verdict = row.IsDBNull(8) ? null : (Verdict)row.GetByte(8),
    };

    private static void Add<TKey>(Dictionary<TKey, (long Events, long Acts)> rows, TKey key, long events, long acts) where TKey : notnull
    {
        var sum = rows.GetValueOrDefault(key);
        rows[key] = (sum.Events + events, sum.Acts + acts);
    }
}
