using System.Globalization;
using System.Runtime.InteropServices;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Answers counts from what was added up when the events were written; never from the events.</summary>
/// <remarks>
/// By nobody: <c>hours</c>. By or for somebody: <c>who_days</c> for the whole UTC days of the period, <c>who_hours</c> for the hours at its ends and wherever hours are asked for. Added up here and not by
/// GROUP BY, which would sort them: a month of a large school is some hundred thousand rows, 0.2 µs each.
/// </remarks>
internal static class StoredCounts
{
    /// <summary>Adds what a query counts in one file.</summary>
    internal static void Count(SqliteConnection connection, CountQuery query, Action<CountRow> add)
    {
        using var names = new NameReader(connection);
        var sums = new Dictionary<Key, (long Events, long Acts)>();
        var (since, until) = (EventReader.HourOf(query.Since), EventReader.HourAfter(query.Until));
        foreach (var sql in Plan(query, since, until, names))
        {
            using var statement = Statement.Prepare(connection, sql);
            for (int result; (result = raw.sqlite3_step(statement)) != raw.SQLITE_DONE;)
            {
                if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, connection.Handle);
                long Column(CountBy by) => query.By.HasFlag(by) ? raw.sqlite3_column_int64(statement, PlaceOf(by)) : -1;
                var key = new Key(Column(CountBy.Hour), Column(CountBy.Who), Column(CountBy.Tier), Column(CountBy.Group), Column(CountBy.Category), Column(CountBy.Kind), Column(CountBy.Verdict));
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
                sum.Events += raw.sqlite3_column_int64(statement, 0);
                sum.Acts += raw.sqlite3_column_int64(statement, 1);
            }
        }
        foreach (var (key, (events, acts)) in sums)
            add(new CountRow(events, acts)
            {
                Hour = key.Hour < 0 ? null : EventReader.HourAt(key.Hour),
                Who = Text(key.Who),
                Tier = Text(key.Tier),
                Group = Text(key.Group),
                Category = Text(key.Category),
                Kind = key.Kind < 0 ? null : (EventKind)key.Kind,
                Verdict = key.Verdict < 0 ? null : (Verdict)key.Verdict,
            });
        string? Text(long id) => id < 0 ? null : names[id];
    }

    /// <summary>Adds the hosts of a period in one file.</summary>
    internal static void CountHosts(SqliteConnection connection, DateTimeOffset since, DateTimeOffset until, string? tier, IReadOnlyList<EventKind> kinds, Action<HostCount> add)
    {
        using var names = new NameReader(connection);
        var sums = new Dictionary<long, (long Events, long Acts)>();
        if (HostsSql(EventReader.HourOf(since), EventReader.HourAfter(until), tier, kinds, names) is not { } sql) return;
        using var statement = Statement.Prepare(connection, sql);
        for (int result; (result = raw.sqlite3_step(statement)) != raw.SQLITE_DONE;)
        {
            if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, connection.Handle);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, raw.sqlite3_column_int64(statement, 2), out _);
            sum.Events += raw.sqlite3_column_int64(statement, 0);
            sum.Acts += raw.sqlite3_column_int64(statement, 1);
        }
        foreach (var (host, (events, acts)) in sums) add(new HostCount(names[host] ?? "", events, acts));
    }

    /// <summary>The statements of a count, for the tests that look at how SQLite goes about it.</summary>
    internal static IEnumerable<string> Statements(SqliteConnection connection, CountQuery query)
    {
        using var names = new NameReader(connection);
        return Plan(query, EventReader.HourOf(query.Since), EventReader.HourAfter(query.Until), names);
    }

    /// <summary>The statement of a count of hosts; null when nothing can match.</summary>
    internal static string? HostsSql(long since, long until, string? tier, IReadOnlyList<EventKind> kinds, NameReader names)
    {
        if (Conditions(names, ("tier", tier)) is not { } conditions) return null;
        return string.Create(CultureInfo.InvariantCulture, $"SELECT events, acts, host FROM host_hours WHERE hour >= {since} AND hour < {until}{conditions}{Kinds(kinds)}");
    }

    private static List<string> Plan(CountQuery query, long since, long until, NameReader names)
    {
        var plan = new List<string>();
        if (until <= since || Conditions(names, ("who", query.Who), ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category)) is not { } conditions) return plan;
        conditions += Kinds(query.Kinds);

        if (!query.By.HasFlag(CountBy.Who) && query.Who is null)
        {
            plan.Add(Sql("hours", "0", "hour", $"hour >= {Number(since)} AND hour < {Number(until)}"));
            return plan;
        }

        // The whole days within; the hours before the first and after the last of them.
        var (firstDay, endDay) = ((since + BatchCounts.HoursOfDay - 1) / BatchCounts.HoursOfDay, until / BatchCounts.HoursOfDay);
        if (query.By.HasFlag(CountBy.Hour) || endDay <= firstDay)
        {
            Hours(since, until);
            return plan;
        }
        Hours(since, firstDay * BatchCounts.HoursOfDay);
        plan.Add(Sql("who_days", "who", "0", $"day >= {Number(firstDay)} AND day < {Number(endDay)}"));
        Hours(endDay * BatchCounts.HoursOfDay, until);
        return plan;

        void Hours(long from, long to)
        {
            if (to <= from) return;
            var (first, last) = (from / BatchCounts.HoursOfDay, (to - 1) / BatchCounts.HoursOfDay);
            // For one person each day by itself: the primary key then leads to that person's rows and no others.
            if (query.Who is not null && last - first <= 62)
            {
                plan.Add(Sql("who_hours", "who", "hour", $"day IN ({string.Join(',', Enumerable.Range((int)first, (int)(last - first) + 1))}) AND hour >= {Number(from)} AND hour < {Number(to)}"));
                return;
            }
            plan.Add(Sql("who_hours", "who", "hour", $"day >= {Number(first)} AND day <= {Number(last)} AND hour >= {Number(from)} AND hour < {Number(to)}"));
        }

        string Sql(string table, string who, string hour, string period) => $"SELECT events, acts, {hour}, {who}, tier, \"group\", category, kind, verdict FROM {table} WHERE {period}{conditions}";
        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static string Kinds(IReadOnlyList<EventKind> kinds) => kinds.Count == 0 ? "" : $" AND kind IN ({string.Join(',', kinds.Select(kind => ((byte)kind).ToString(CultureInfo.InvariantCulture)))})";

    /// <summary>Null when a text is in none of the file's events.</summary>
    private static string? Conditions(NameReader names, params ReadOnlySpan<(string Column, string? Text)> texts)
    {
        var conditions = "";
        foreach (var (column, text) in texts)
        {
            if (text is null) continue;
            if (names.IdOf(text) is not { } id) return null;
            conditions += string.Create(CultureInfo.InvariantCulture, $" AND {column} = {id}");
        }
        return conditions;
    }

    private readonly record struct Key(long Hour, long Who, long Tier, long Group, long Category, long Kind, long Verdict);

    /// <summary>Which column of a statement has it.</summary>
    private static int PlaceOf(CountBy by) => by switch
    {
        CountBy.Hour => 2,
        CountBy.Who => 3,
        CountBy.Tier => 4,
        CountBy.Group => 5,
        CountBy.Category => 6,
        CountBy.Kind => 7,
        _ => 8,
    };
}
