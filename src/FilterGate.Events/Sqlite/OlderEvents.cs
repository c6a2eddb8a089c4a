using System.Globalization;
using System.Text;
using FilterGate.Policy;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>Files that a FilterGate before schema 4 wrote: one plain table, without counts or an index of words. Read as they are until <see cref="Move"/> brings them over.</summary>
/// <remarks>Slower, by looking at every row of the period, and only as far as these files reach: the gateway brings this month's file over when it starts and the others within a day.</remarks>
internal static class OlderEvents
{
    /// <summary>Rows that are brought over in one transaction.</summary>
    private const int MoveStep = 5_000;

    private const string Columns =
        """id, time, gateway, kind, decision, reason, client, device, person, "group", tier, method, url, host, status, bytes, category, list, entry, entry_id, rule, policy_version, lists_version, reference, line, list_version, act_kind, act, intent, title, search_words, referer""";

    private static readonly (CountBy By, string Column)[] CountColumns =
    [
        (CountBy.Hour, "time / 3600000"),
        (CountBy.Who, "CASE WHEN person IS NOT NULL THEN 'person:' || person WHEN device IS NOT NULL THEN 'device:' || device WHEN client IS NOT NULL THEN 'client:' || client END"),
        (CountBy.Tier, "tier"), (CountBy.Group, "\"group\""), (CountBy.Category, "category"), (CountBy.Kind, "kind"), (CountBy.Verdict, "decision"),
    ];

    /// <summary>Brings the events of an older file into the newest form, in the order in which they were written. Interrupted, it goes on where it was; an event is never there twice.</summary>
    internal static void Move(SqliteConnection connection, EventFileWriter writer)
    {
        using (var find = connection.CreateCommand())
        {
            find.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = 'events_before_4'";
            if ((long)find.ExecuteScalar()! == 0) return;
        }
        for (var moved = Moved(connection); ;)
        {
            var step = new List<PendingEvent>(MoveStep);
            using (var command = connection.CreateCommand())
            {
                command.CommandText = $"SELECT {Columns}, seq FROM events_before_4 WHERE seq > @moved ORDER BY seq LIMIT {MoveStep}";
                command.Parameters.AddWithValue("@moved", moved);
                using var row = command.ExecuteReader();
                while (row.Read())
                {
                    step.Add(new PendingEvent(Read(row), giveReference: false, enqueued: 0, committed: null));
                    moved = row.GetInt64(ColumnCount);
                }
            }
            if (step.Count == 0) break;
            writer.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(step));
            writer.Index(MoveStep);
            SqliteFile.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO progress (what, seq) VALUES ('moved', {moved}) ON CONFLICT (what) DO UPDATE SET seq = excluded.seq"));
        }
        SqliteFile.Execute(connection, "BEGIN IMMEDIATE; DROP TABLE events_before_4; DELETE FROM progress WHERE what = 'moved'; COMMIT;");
    }

    /// <summary>Events that match, newest first.</summary>
    internal static List<FilterEvent> Search(SqliteConnection connection, int version, EventQuery query, int limit)
    {
        using var command = Command(connection, version, query, limit);
        using var row = command.ExecuteReader();
        var events = new List<FilterEvent>();
        while (row.Read()) events.Add(Read(row));
        return events;
    }

    /// <summary>Events after a commit, in the order of their commits, and the last one's number.</summary>
    internal static (List<FilterEvent> Events, long Last) ReadNew(SqliteConnection connection, int version, EventQuery query, int limit, long afterSeq)
    {
        using var command = Command(connection, version, query, limit, afterSeq);
        using var row = command.ExecuteReader();
        var (events, last) = (new List<FilterEvent>(), afterSeq);
        while (row.Read())
        {
            events.Add(Read(row));
            last = row.GetInt64(ColumnCount);
        }
        return (events, last);
    }

    /// <summary>The event with this value in a unique column, or null.</summary>
    internal static FilterEvent? Find(SqliteConnection connection, int version, string column, object key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {ColumnsOf(version)} FROM events WHERE {column} = @key";
        command.Parameters.AddWithValue("@key", key);
        using var row = command.ExecuteReader();
        return row.Read() ? Read(row) : null;
    }

    /// <summary>How many events there are.</summary>
    internal static long Number(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM events";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Counts row by row.</summary>
    internal static void Count(SqliteConnection connection, int version, CountQuery query, Action<CountRow> add)
    {
        using var command = connection.CreateCommand();
        var sql = new StringBuilder($"SELECT count(*), {ActsOf(version)}, {(query.AddsRefused ? $"count(*) FILTER (WHERE decision >= {(byte)Verdict.Warn})" : "0")}");
        foreach (var (by, column) in CountColumns) sql.Append(query.By.HasFlag(by) ? $", {column}" : ", NULL");
        sql.Append(" FROM events WHERE time >= @since AND time < @until");
        command.Parameters.AddWithValue("@since", EventReader.HourOf(query.Since) * BatchCounts.MillisecondsOfHour);
        command.Parameters.AddWithValue("@until", EventReader.HourAfter(query.Until) * BatchCounts.MillisecondsOfHour);
        foreach (var (column, value) in new[] { (CountColumns[1].Column, query.Who), ("tier", query.Tier), ("\"group\"", query.Group), ("category", query.Category) })
        {
            if (value is null) continue;
            var name = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
            sql.Append(CultureInfo.InvariantCulture, $" AND {column} = {name}");
            command.Parameters.AddWithValue(name, value);
        }
        if (query.Kinds.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND kind IN ({string.Join(',', query.Kinds.Select(kind => (byte)kind))})");
        sql.Append(" GROUP BY 4, 5, 6, 7, 8, 9, 10");
        command.CommandText = sql.ToString();
        using var row = command.ExecuteReader();
        while (row.Read())
            add(new CountRow(row.GetInt64(0), row.GetInt64(1))
            {
                Refused = row.GetInt64(2),
                Hour = row.IsDBNull(3) ? null : EventReader.HourAt(row.GetInt64(3)),
                Who = Text(row, 4),
                Tier = Text(row, 5),
                Group = Text(row, 6),
                Category = Text(row, 7),
                Kind = (EventKind?)Integer(row, 8),
                Verdict = (Verdict?)Integer(row, 9),
            });
    }

    /// <summary>Counts hosts row by row.</summary>
    internal static void CountHosts(SqliteConnection connection, int version, DateTimeOffset since, DateTimeOffset until, IReadOnlyList<string> tiers, IReadOnlyList<EventKind> kinds, Action<HostCount> add)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT count(*), {ActsOf(version)}, host FROM events WHERE time >= @since AND time < @until AND host IS NOT NULL
            {(tiers.Count == 0 ? "" : $"AND tier IN ({string.Join(',', tiers.Select((_, i) => $"@tier{i}"))})")} {(kinds.Count == 0 ? "" : $"AND kind IN ({string.Join(',', kinds.Select(kind => (byte)kind))})")} GROUP BY host
            """;
        command.Parameters.AddWithValue("@since", EventReader.HourOf(since) * BatchCounts.MillisecondsOfHour);
        command.Parameters.AddWithValue("@until", EventReader.HourAfter(until) * BatchCounts.MillisecondsOfHour);
        foreach (var (i, tier) in tiers.Index()) command.Parameters.AddWithValue($"@tier{i}", tier);
        using var row = command.ExecuteReader();
        while (row.Read()) add(new HostCount(row.GetString(2), row.GetInt64(0), row.GetInt64(1)));
    }

    /// <summary>The columns as far as a schema has them: what it has not is null.</summary>
    private static string ColumnsOf(int schemaVersion)
    {
        var columns = Columns;
        if (schemaVersion < 2) columns = columns.Replace("line, list_version", "NULL, NULL", StringComparison.Ordinal);
        if (schemaVersion < 3) columns = columns.Replace("act_kind, act, intent, title, search_words, referer", "NULL, NULL, NULL, NULL, NULL, NULL", StringComparison.Ordinal);
        return columns;
    }

    private static string ActsOf(int schemaVersion) => schemaVersion < 3 ? "0" : "count(act_kind)";

    private static long Moved(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM progress WHERE what = 'moved'";
        return (long?)command.ExecuteScalar() ?? 0;
    }

    private static SqliteCommand Command(SqliteConnection connection, int version, EventQuery query, int limit, long? afterSeq = null)
    {
        var command = connection.CreateCommand();
        var sql = new StringBuilder($"SELECT {ColumnsOf(version)}, seq FROM events WHERE 1");
        void Where(string condition, string name, object value)
        {
            sql.Append(" AND ").Append(condition);
            command.Parameters.AddWithValue(name, value);
        }

        List<string> Parameters(IEnumerable<string> values)
        {
            var names = new List<string>();
            foreach (var value in values)
            {
                names.Add(string.Create(CultureInfo.InvariantCulture, $"@n{command.Parameters.Count}"));
                command.Parameters.AddWithValue(names[^1], value);
            }
            return names;
        }

        if (query.Since is { } since)
        {
            // The id bound uses the index; the time bound is exact. Milliseconds round up, so that "since" a tick after an event leaves it out.
            if (afterSeq is null) Where("id >= @sinceId", "@sinceId", EventId.FirstOf(since - EventReader.IdSlack));
            Where("time >= @since", "@since", EventReader.CeilingMilliseconds(since));
        }
        if (query.Until is { } until)
        {
            if (afterSeq is null) Where("id < @untilId", "@untilId", EventId.FirstOf(until + EventReader.IdSlack));
            Where("time < @until", "@until", EventReader.CeilingMilliseconds(until));
        }
        if (query.Before is { } before) Where("id < @before", "@before", EventId.ToBytes(before));
        if (query.After is { } after) Where("id > @after", "@after", EventId.ToBytes(after));
        if (query.Tier is { } tier) Where("tier = @tier", "@tier", tier);
        if (query.Category is { } category) Where("category = @category", "@category", category);
        if (query.Client is { } client) Where("client = @client", "@client", client);
        if (query.Person is { } person) Where("person = @person", "@person", person);
        if (query.Device is { } device) Where("device = @device", "@device", device);
        if (query.Group is { } group) Where("\"group\" = @group", "@group", group);
        // What an older FilterGate wrote has no acts: nothing of it matches.
        if (query.Categories.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND category IN ({string.Join(',', Parameters(query.Categories))})");
        if (version < 3 && (query.Acts.Count > 0 || query.SearchedFor.Count > 0 || query.Intent is not null || query.PartsOf is not null || query.Text is not null)) sql.Append(" AND 0");
        else
        {
            if (query.Acts.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND act_kind IN ({string.Join(',', query.Acts.Select(kind => (byte)kind))})");
            if (query.Intent is { } intent) Where("intent = @intent", "@intent", (byte)intent);
            if (query.PartsOf is { } whole) Where("act = @act", "@act", EventId.ToBytes(whole));
            if (query.SearchedFor.Count > 0)
                sql.Append(CultureInfo.InvariantCulture, $" AND ({string.Join(" OR ", query.SearchedFor.Select(words => string.Join(" AND ", words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => $"({string.Join(" OR ", Parameters(one.Split('|')).Select(name => $"instr(lower(search_words), {name}) > 0"))})"))))})");
            if (query.Text is { } text) Where("(instr(lower(coalesce(url, '') || ' ' || coalesce(title, '') || ' ' || coalesce(search_words, '')), lower(@text)) > 0)", "@text", text);
        }
        if (query.Verdicts.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND decision IN ({string.Join(',', query.Verdicts.Select(verdict => (byte)verdict))})");
        if (query.Host is { } host)
        {
            // Whole labels: ample.org does not find example.org.
            Where("(host = @host OR substr(host, -length(@suffix)) = @suffix)", "@host", host);
            command.Parameters.AddWithValue("@suffix", "." + host);
        }
        if (query.Kinds.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND kind IN ({string.Join(',', query.Kinds.Select(kind => (byte)kind))})");
        if (afterSeq is { } seq) Where("seq > @seq ORDER BY seq", "@seq", seq);
        else sql.Append(" ORDER BY id DESC");
        sql.Append(" LIMIT @limit");
        command.Parameters.AddWithValue("@limit", limit);
        command.CommandText = sql.ToString();
        return command;
    }


    private static FilterEvent Read(SqliteDataReader row) => new()
    {
        Id = EventId.FromBytes(row.GetFieldValue<byte[]>(0)),
        Time = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
        Gateway = row.GetString(2),
        Kind = (EventKind)row.GetByte(3),
        Decision = (Verdict?)Integer(row, 4),
        Reason = (Reason?)Integer(row, 5),
        Client = Text(row, 6),
        Device = Text(row, 7),
        Person = Text(row, 8),
        Group = Text(row, 9),
        Tier = Text(row, 10),
        Method = Text(row, 11),
        Url = Text(row, 12),
        Host = Text(row, 13),
        Status = (int?)Integer(row, 14),
        Bytes = Integer(row, 15),
        Category = Text(row, 16),
        List = Text(row, 17),
        Entry = Text(row, 18),
        EntryId = Text(row, 19),
        Rule = Text(row, 20),
        PolicyVersion = Text(row, 21),
        ListsVersion = Text(row, 22),
        Reference = Integer(row, 23) is { } value ? Reference.FromValue(value).ToString() : null,
        Line = (int?)Integer(row, 24),
        ListVersion = Text(row, 25),
        ActKind = (ActKind?)Integer(row, 26),
        Act = row.IsDBNull(27) ? null : EventId.FromBytes(row.GetFieldValue<byte[]>(27)),
        Intent = (Intent?)Integer(row, 28),
        Title = Text(row, 29),
        SearchWords = Text(row, 30),
        Referer = Text(row, 31),
    };

    private const int ColumnCount = 32;

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Integer(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
