using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Answers counts from what was added up when the events were written; never from the events.</summary>
/// <remarks>
/// For the whole UTC days of a period from the tables by day, for the hours at its ends and wherever hours are asked for from those by hour. Added up here and not by GROUP BY, which would sort them: a term of
/// a large school is some million rows, 0.2 µs each.
/// </remarks>
internal static class StoredCounts
{
    /// <summary>One person's hours are read day by day, up to so many days of a file: the primary key then leads to that person's rows and no others.</summary>
    private const int DaysByItself = 62;

    // In the order of the columns of a statement, after events and acts.
    private static readonly (CountBy By, string Column)[] Columns =
        [(CountBy.Hour, "hour"), (CountBy.Who, "who"), (CountBy.Tier, "tier"), (CountBy.Group, "\"group\""), (CountBy.Category, "category"), (CountBy.Kind, "kind"), (CountBy.Verdict, "verdict")];

    /// <summary>Adds what a query counts in one file.</summary>
    internal static void Count(SqliteConnection connection, int version, CountQuery query, Action<CountRow> add)
    {
        using var names = new NameReader(connection);
        var sums = new Dictionary<Key, (long Events, long Acts)>();
        var isAsked = Columns.Select(column => query.By.HasFlag(column.By)).ToArray();
        Span<long> values = stackalloc long[Columns.Length];
        foreach (var sql in Plan(query, version, names))
        {
            using var statement = Statement.Prepare(connection, sql);
            for (int result; (result = raw.sqlite3_step(statement)) != raw.SQLITE_DONE;)
            {
                if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, connection.Handle);
                var place = 2;
                for (var i = 0; i < values.Length; i++) values[i] = isAsked[i] ? raw.sqlite3_column_int64(statement, place++) : NotAsked;
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, new Key(values[0], values[1], values[2], values[3], values[4], values[5], values[6]), out _);
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
    internal static void CountHosts(SqliteConnection connection, int version, DateTimeOffset since, DateTimeOffset until, string? tier, IReadOnlyList<EventKind> kinds, Action<HostCount> add)
    {
        using var names = new NameReader(connection);
        var sums = new Dictionary<long, (long Events, long Acts)>();
        foreach (var sql in HostsPlan(version, since, until, tier, kinds, names))
        {
            using var statement = Statement.Prepare(connection, sql);
            for (int result; (result = raw.sqlite3_step(statement)) != raw.SQLITE_DONE;)
            {
                if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, connection.Handle);
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, raw.sqlite3_column_int64(statement, 2), out _);
                sum.Events += raw.sqlite3_column_int64(statement, 0);
                sum.Acts += raw.sqlite3_column_int64(statement, 1);
            }
        }
        foreach (var (host, (events, acts)) in sums) add(new HostCount(names[host] ?? "", events, acts));
    }

    /// <summary>The statements of a count; none when nothing can match.</summary>
    internal static List<string> Plan(CountQuery query, int version, NameReader names)
    {
        var plan = new List<string>();
        if (Conditions(names, ("who", query.Who), ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category)) is not { } conditions) return plan;
        conditions += Kinds(query.Kinds);
        var isOfSomebody = query.By.HasFlag(CountBy.Who) || query.Who is not null;
        var columns = new StringBuilder("events, acts");
        foreach (var (by, column) in Columns)
            if (query.By.HasFlag(by)) columns.Append(CultureInfo.InvariantCulture, $", {column}");

        var hasDays = !query.By.HasFlag(CountBy.Hour) && (isOfSomebody || version >= EventTable.FirstDailyVersion);
        foreach (var part in Parts(query.Since, query.Until, hasDays))
        {
            var table = (isOfSomebody, part.IsDays) switch { (true, true) => "who_days", (true, false) => "who_hours", (false, true) => "days", _ => "hours" };
            var period = part.IsDays ? part.Sql("day") : part.Sql("hour");
            if (table == "who_hours") period = Invariant($"{DaysOf(part, query.Who is not null)} AND {period}");
            plan.Add($"SELECT {columns} FROM {table} WHERE {period}{conditions}");
        }
        return plan;
    }

    /// <summary>The statements of a count of hosts; none when nothing can match.</summary>
    internal static List<string> HostsPlan(int version, DateTimeOffset since, DateTimeOffset until, string? tier, IReadOnlyList<EventKind> kinds, NameReader names) =>
        Conditions(names, ("tier", tier)) is not { } conditions ? []
            : [.. Parts(since, until, version >= EventTable.FirstDailyVersion).Select(part => $"SELECT events, acts, host FROM {(part.IsDays ? "host_days" : "host_hours")} WHERE {part.Sql(part.IsDays ? "day" : "hour")}{conditions}{Kinds(kinds)}")];

    private const long NotAsked = -2;

    /// <summary>The period in hours and, where there are tables by day, the whole days within it.</summary>
    private static IEnumerable<Part> Parts(DateTimeOffset sinceTime, DateTimeOffset untilTime, bool hasDays)
    {
        var (since, until) = (EventReader.HourOf(sinceTime), EventReader.HourAfter(untilTime));
        if (until <= since) yield break;
        var (firstDay, endDay) = ((since + BatchCounts.HoursOfDay - 1) / BatchCounts.HoursOfDay, until / BatchCounts.HoursOfDay);
        if (!hasDays || endDay <= firstDay)
        {
            yield return new Part(false, since, until);
            yield break;
        }
        if (since < firstDay * BatchCounts.HoursOfDay) yield return new Part(false, since, firstDay * BatchCounts.HoursOfDay);
        yield return new Part(true, firstDay, endDay);
        if (endDay * BatchCounts.HoursOfDay < until) yield return new Part(false, endDay * BatchCounts.HoursOfDay, until);
    }

    private static string DaysOf(Part hours, bool isOfOne)
    {
        var (first, last) = (hours.From / BatchCounts.HoursOfDay, (hours.To - 1) / BatchCounts.HoursOfDay);
        return isOfOne && last - first < DaysByItself
            ? Invariant($"day IN ({string.Join(',', Enumerable.Range((int)first, (int)(last - first) + 1))})")
            : Invariant($"day >= {first} AND day <= {last}");
    }

    private static string Kinds(IReadOnlyList<EventKind> kinds) => kinds.Count == 0 ? "" : Invariant($" AND kind IN ({string.Join(',', kinds.Select(kind => (byte)kind))})");

    /// <summary>Null when a text is in none of the file's events.</summary>
    private static string? Conditions(NameReader names, params ReadOnlySpan<(string Column, string? Text)> texts)
    {
        var conditions = "";
        foreach (var (column, text) in texts)
        {
            if (text is null) continue;
            if (names.IdOf(text) is not { } id) return null;
            conditions += Invariant($" AND {column} = {id}");
        }
        return conditions;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Key(long Hour, long Who, long Tier, long Group, long Category, long Kind, long Verdict);

    /// <summary>A part of a period, in days or in hours.</summary>
    private readonly record struct Part(bool IsDays, long From, long To)
    {
        internal string Sql(string column) => Invariant($"{column} >= {From} AND {column} < {To}");
    }
}
