using System.Globalization;
using System.Runtime.InteropServices;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Answers counts from what was added up behind the commits; of the events themselves only those are looked at that are not in it yet.</summary>
/// <remarks>
/// For the whole days of a period from the tables by day (of today as far as its hours are closed), for the hours at its ends, those that are not closed and wherever hours are asked for from those by hour. A period
/// that takes more than half of a file is the count of the whole file less the days outside. Added up here and not by GROUP BY, which would sort them: 0.2 µs a row, some million rows for a term of a large school by day.
/// </remarks>
internal static class StoredCounts
{
    // In the order of the columns of a statement, after events, acts and what was refused.
    private static readonly (CountBy By, string Column)[] Columns =
        [(CountBy.Hour, "hour"), (CountBy.Who, "who"), (CountBy.Tier, "tier"), (CountBy.Group, "\"group\""), (CountBy.Category, "category"), (CountBy.Kind, "kind"), (CountBy.Verdict, "verdict")];

    /// <summary>Adds what a query counts in one file.</summary>
    internal static void Count(SqliteConnection connection, int version, EventMonth month, CountQuery query, Action<CountRow> add)
    {
        // One transaction for all, or an event that is counted in between would be in neither or in both.
        using var same = connection.BeginTransaction(deferred: true);
        using var names = new NameReader(connection);
        var sums = new Dictionary<Key, Sums>();
        var isAsked = Columns.Select(column => query.By.HasFlag(column.By)).ToArray();
        Span<long> values = stackalloc long[Columns.Length];
        foreach (var (sql, sign) in Plan(query, Counted.Of(connection, version, month), names, () => Moved(connection)))
        {
            using var row = Statement.Prepare(connection, sql);
            while (Step(connection, row))
            {
                var place = FirstColumn;
                for (var i = 0; i < values.Length; i++) values[i] = isAsked[i] ? raw.sqlite3_column_int64(row, place++) : NotAsked;
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, new Key(values[0], values[1], values[2], values[3], values[4], values[5], values[6]), out _);
                sum += new Sums(raw.sqlite3_column_int64(row, 0), raw.sqlite3_column_int64(row, 1), raw.sqlite3_column_int64(row, 2)) * sign;
            }
        }
        foreach (var (key, sum) in sums)
        {
            if (sum.Events == 0) continue; // All of it was on the days outside.
            add(new CountRow(sum.Events, sum.Acts)
            {
                Refused = sum.Refused,
                Hour = key.Hour < 0 ? null : EventReader.HourAt(key.Hour),
                Who = Text(key.Who),
                Tier = Text(key.Tier),
                Group = Text(key.Group),
                Category = Text(key.Category),
                Kind = key.Kind < 0 ? null : (EventKind)key.Kind,
                Verdict = key.Verdict < 0 ? null : (Verdict)key.Verdict,
            });
        }
        if (version >= EventTable.FirstCountedBehindVersion) CountTheRest(connection, query, names, add);

        string? Text(long id) => id < 0 ? null : names[id];
    }

    /// <summary>Adds the hosts of a period in one file.</summary>
    internal static void CountHosts(SqliteConnection connection, int version, EventMonth month, DateTimeOffset since, DateTimeOffset until, IReadOnlyList<string> tiers, IReadOnlyList<EventKind> kinds, Action<HostCount> add)
    {
        using var same = connection.BeginTransaction(deferred: true);
        using var names = new NameReader(connection);
        var sums = new Dictionary<long, (long Events, long Acts)>();
        foreach (var (sql, sign) in HostsPlan(Counted.Of(connection, version, month), since, until, tiers, kinds, names))
        {
            using var statement = Statement.Prepare(connection, sql);
            while (Step(connection, statement)) Add(raw.sqlite3_column_int64(statement, 2), sign * raw.sqlite3_column_int64(statement, 0), sign * raw.sqlite3_column_int64(statement, 1));
        }
        if (version >= EventTable.FirstCountedBehindVersion)
        {
            var query = new CountQuery(since, until, CountBy.Nothing) { Kinds = kinds };
            var known = tiers.Select(names.IdOf).OfType<long>().ToList();
            ReadTheRest(connection, query, names, (in CountedEvent e) =>
            {
                if (e.Host != 0 && (tiers.Count == 0 || known.Contains(e.Tier))) Add(e.Host, 1, e.IsAct ? 1 : 0);
            });
        }
        foreach (var (host, (events, acts)) in sums)
            if (events != 0) add(new HostCount(names[host] ?? "", events, acts));

        void Add(long host, long events, long acts)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, host, out _);
            sum.Events += events;
            sum.Acts += acts;
        }
    }

    /// <summary>The statements of a count, and whether what they find is added (1) or taken away (-1); none when nothing can match.</summary>
    /// <param name="query">What is counted.</param>
    /// <param name="counted">What the file has.</param>
    /// <param name="names">The file's texts.</param>
    /// <param name="moved">Who is in more than one tier or group of this file: asked for when it matters.</param>
    internal static List<(string Sql, int Sign)> Plan(CountQuery query, Counted counted, NameReader names, Func<IReadOnlyList<long>> moved)
    {
        var plan = new List<(string Sql, int Sign)>();
        if (Conditions(names, ("who", query.Who), ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category)) is not { } conditions) return plan;
        conditions += Kinds(query.Kinds);
        var isOfSomebody = query.By.HasFlag(CountBy.Who) || query.Who is not null;
        var columns = string.Concat(Columns.Where(column => query.By.HasFlag(column.By)).Select(column => ", " + column.Column));
        var refused = query.AddsRefused ? Invariant($"iif(verdict >= {(byte)Verdict.Warn}, events, 0)") : "0";

        // Tier and group stand behind what people are added up by, and nearly everybody has one of each.
        var apart = CanBeAddedUp(query, counted) && (query.By & (CountBy.Tier | CountBy.Group)) != CountBy.Nothing ? moved() : [];
        var isAddedUp = CanBeAddedUp(query, counted) && apart.Count <= ApartMax;

        // One person's hours are few, and the key leads to them day by day; the tables by day and by month are in other orders.
        var hasDays = !query.By.HasFlag(CountBy.Hour) && (isOfSomebody ? query.Who is null : counted.HasDays);
        foreach (var part in Parts(query.Since, query.Until, counted, hasDays, hasMonths: isOfSomebody ? counted.HasMonths : counted.HasMonthsOfAll))
        {
            var table = (isOfSomebody ? "who_" : "") + part.Unit switch { Unit.Month => "months", Unit.Day => "days", _ => "hours" };
            var period = part.Unit switch { Unit.Month => "1", Unit.Day => part.Sql("day"), _ => part.Sql("hour") };
            if (query.Who is not null) period = $"hour IN ({part.Each})";
            // Before that schema the key began with the day.
            if (table == "who_hours" && !counted.HasMonths) period = Invariant($"day >= {part.From / BatchCounts.HoursOfDay} AND day <= {(part.To - 1) / BatchCounts.HoursOfDay} AND {period}");
            var rows = $"SELECT events, acts, {refused}{columns} FROM {table} WHERE ";
            if (!isAddedUp || part.Unit == Unit.Hour)
            {
                plan.Add(($"{rows}{period}{conditions}", part.Sign));
                continue;
            }
            var people = string.Join(',', apart);
            var key = part.Unit == Unit.Day ? "day, kind, who" : query.By.HasFlag(CountBy.Kind) ? "who, kind" : "who";
            plan.Add(($"SELECT sum(events), sum(acts), sum({refused}){columns} FROM {table} WHERE {period}{conditions} GROUP BY {key}{(apart.Count == 0 ? "" : $" HAVING who NOT IN ({people})")}", part.Sign));
            if (apart.Count == 0) continue;
            plan.Add(($"{rows}who IN ({people}){(part.Unit == Unit.Day ? $" AND day IN ({part.Each}) AND kind IN ({EveryKind})" : "")}{conditions}", part.Sign));
        }
        return plan;
    }

    /// <summary>True when the first columns of the keys of people's tables tell apart all that is asked for: SQLite then adds up without sorting, and a tenth of the rows come out.</summary>
    private static bool CanBeAddedUp(CountQuery query, Counted counted) =>
        query.By.HasFlag(CountBy.Who) && (query.By & ~(CountBy.Who | CountBy.Kind | CountBy.Tier | CountBy.Group)) == CountBy.Nothing && query.Who is null && counted.HasMonths;

    /// <summary>Who is in more than one tier or group: somebody who changed class, and nobody. Of closed hours alone, as the tables by day and by month are.</summary>
    private static List<long> Moved(SqliteConnection connection)
    {
        using var statement = Statement.Prepare(connection, "SELECT who FROM who_months GROUP BY who HAVING min(tier) <> max(tier) OR min(\"group\") <> max(\"group\")");
        var moved = new List<long>();
        while (Step(connection, statement)) moved.Add(raw.sqlite3_column_int64(statement, 0));
        return moved;
    }

    /// <summary>The statements of a count of hosts; none when nothing can match.</summary>
    internal static List<(string Sql, int Sign)> HostsPlan(Counted counted, DateTimeOffset since, DateTimeOffset until, IReadOnlyList<string> tiers, IReadOnlyList<EventKind> kinds, NameReader names) =>
        Tiers(names, tiers) is not { } conditions ? []
            : [.. Parts(since, until, counted, counted.HasDays, counted.HasMonths).Select(part => (part.Unit switch
            {
                // In the order of its key, and so without sorting.
                Unit.Month => $"SELECT sum(events), sum(acts), host FROM host_months WHERE 1{conditions}{Kinds(kinds)} GROUP BY host",
                Unit.Day => $"SELECT events, acts, host FROM host_days WHERE {part.Sql("day")}{conditions}{Kinds(kinds)}",
                _ => $"SELECT events, acts, host FROM host_hours WHERE {part.Sql("hour")}{conditions}{Kinds(kinds)}",
            }, part.Sign))];

    private const long NotAsked = -2;

    /// <summary>After how many there are of what.</summary>
    private const int FirstColumn = 3;

    /// <summary>More people than that in several tiers or groups (a school that moved up within the month): everybody's rows are read, which takes no longer.</summary>
    private const int ApartMax = 500;

    private static readonly string EveryKind = string.Join(',', Enum.GetValues<EventKind>().Select(kind => (byte)kind));

    private delegate void Visitor(in CountedEvent e);

    /// <summary>Counts what follows the last step: some hundred events, some thousand under load.</summary>
    private static void CountTheRest(SqliteConnection connection, CountQuery query, NameReader names, Action<CountRow> add) =>
        ReadTheRest(connection, query, names, (in CountedEvent e) =>
        {
            string? WhoOf(in CountedEvent e) => e.Who is var (column, name) ? CountedEvent.Spell(column, names[name] ?? "") : null;
            var who = query.Who is not null || query.By.HasFlag(CountBy.Who) ? WhoOf(e) : null;
            if (query.Who is not null && query.Who != who) return;
            add(new CountRow(1, e.IsAct ? 1 : 0)
            {
                Refused = query.AddsRefused && e.Verdict >= (byte)Verdict.Warn ? 1 : 0,
                Hour = query.By.HasFlag(CountBy.Hour) ? EventReader.HourAt(e.Hour) : null,
                Who = query.By.HasFlag(CountBy.Who) ? who : null,
                Tier = query.By.HasFlag(CountBy.Tier) ? names[e.Tier] : null,
                Group = query.By.HasFlag(CountBy.Group) ? names[e.Group] : null,
                Category = query.By.HasFlag(CountBy.Category) ? names[e.Category] : null,
                Kind = query.By.HasFlag(CountBy.Kind) ? (EventKind)e.Kind : null,
                Verdict = query.By.HasFlag(CountBy.Verdict) && e.Verdict != BatchCounts.NoVerdict ? (Verdict)e.Verdict : null,
            });
        });

    /// <summary>Visits the events that are not counted yet and that a query may count, whose they are apart.</summary>
    private static void ReadTheRest(SqliteConnection connection, CountQuery query, NameReader names, Visitor visit)
    {
        var (since, until) = (EventReader.HourOf(query.Since), EventReader.HourAfter(query.Until));
        if (Conditions(names, ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category)) is not { } conditions) return;
        using var statement = Statement.Prepare(connection, $"SELECT {BatchCounts.Columns} FROM events WHERE seq > (SELECT seq FROM progress WHERE what = '{Progress.Counted}'){conditions}{Kinds(query.Kinds)}");
        while (Step(connection, statement))
        {
            var e = new CountedEvent(statement);
            if (e.Hour >= since && e.Hour < until) visit(e);
        }
    }

    /// <summary>The parts of a period, in the units of the tables that there are.</summary>
    private static IEnumerable<Part> Parts(DateTimeOffset sinceTime, DateTimeOffset untilTime, Counted counted, bool hasDays, bool hasMonths)
    {
        const int Hours = BatchCounts.HoursOfDay;
        var (since, until) = (Math.Max(EventReader.HourOf(sinceTime), counted.FirstDay * Hours), Math.Min(EventReader.HourAfter(untilTime), counted.NextDay * Hours));
        if (until <= since) yield break;
        // What the tables by day have: every day before the hour that is not closed, and of that hour's day the hours before it.
        var daysEnd = (counted.ClosedBefore + Hours - 1) / Hours;
        var (firstDay, endDay, rest) = until >= counted.ClosedBefore
            ? ((since + Hours - 1) / Hours, daysEnd, counted.ClosedBefore)
            : ((since + Hours - 1) / Hours, until / Hours, until / Hours * Hours);
        if (!hasDays || endDay <= firstDay)
        {
            yield return new Part(Unit.Hour, since, until);
            yield break;
        }
        if (since < firstDay * Hours) yield return new Part(Unit.Hour, since, firstDay * Hours);
        if (hasMonths && firstDay - counted.FirstDay + daysEnd - endDay < endDay - firstDay)
        {
            yield return new Part(Unit.Month, 0, 0);
            if (counted.FirstDay < firstDay) yield return new Part(Unit.Day, counted.FirstDay, firstDay, Sign: -1);
            if (endDay < daysEnd) yield return new Part(Unit.Day, endDay, daysEnd, Sign: -1);
        }
        else yield return new Part(Unit.Day, firstDay, endDay);
        if (rest < until) yield return new Part(Unit.Hour, rest, until);
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

    /// <summary>Null when none of them is in any of the file's events.</summary>
    private static string? Tiers(NameReader names, IReadOnlyList<string> tiers)
    {
        if (tiers.Count == 0) return "";
        var known = tiers.Select(names.IdOf).OfType<long>().ToList();
        return known.Count == 0 ? null : Invariant($" AND tier IN ({string.Join(',', known)})");
    }

    /// <summary>False when there are no more rows.</summary>
    private static bool Step(SqliteConnection connection, sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return result == raw.SQLITE_ROW;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Key(long Hour, long Who, long Tier, long Group, long Category, long Kind, long Verdict);

    private enum Unit { Hour, Day, Month }

    /// <summary>A part of a period, in its unit, to be added or taken away.</summary>
    private readonly record struct Part(Unit Unit, long From, long To, int Sign = 1)
    {
        /// <summary>One by one, so that the primary key leads to the rows of a few people and no others.</summary>
        internal string Each => string.Join(',', Enumerable.Range((int)From, (int)(To - From)));

        internal string Sql(string column) => Invariant($"{column} >= {From} AND {column} < {To}");
    }
}

/// <summary>How many events of a kind there are.</summary>
internal readonly record struct Sums(long Events, long Acts, long Refused)
{
    public static Sums operator +(Sums one, Sums other) => new(one.Events + other.Events, one.Acts + other.Acts, one.Refused + other.Refused);

    public static Sums operator *(Sums sums, int sign) => new(sums.Events * sign, sums.Acts * sign, sums.Refused * sign);
}

/// <summary>Which counts a file has.</summary>
/// <param name="FirstDay">The first day of its month, of Unix time: no event of a file lies outside its month.</param>
/// <param name="NextDay">The first day of the next.</param>
/// <param name="ClosedBefore">The first hour that the counts by day and by month do not have.</param>
/// <param name="HasDays">Whether there are counts by day of everybody and of hosts.</param>
/// <param name="HasMonths">Whether there are counts of the whole file, of people and of hosts.</param>
/// <param name="HasMonthsOfAll">Whether there are such of everybody.</param>
internal readonly record struct Counted(long FirstDay, long NextDay, long ClosedBefore, bool HasDays, bool HasMonths, bool HasMonthsOfAll)
{
    internal static Counted Of(SqliteConnection connection, int version, EventMonth month)
    {
        static long Day(EventMonth month) => Math.Max(0, month.Start.ToUnixTimeSeconds() / 86_400);
        const int Hours = BatchCounts.HoursOfDay;
        var (first, next) = (Day(month), Day(month.Next));
        var closed = version < EventTable.FirstCountedBehindVersion ? next * Hours : Progress.Read(connection, Progress.Closed) * (version < EventTable.FirstHourlyVersion ? Hours : 1);
        return new Counted(first, next, Math.Clamp(closed, first * Hours, next * Hours), version >= EventTable.FirstDailyVersion, version >= EventTable.FirstCountedBehindVersion, version >= EventTable.FirstHourlyVersion);
    }
}
