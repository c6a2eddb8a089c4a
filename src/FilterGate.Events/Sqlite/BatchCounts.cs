using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Adds up the events of a step in memory, then adds the sums to the counts in the file. The writer thread's own; within its transaction.</summary>
/// <remarks>
/// By hour only: some thousand events make as many sums of people and hosts, and each is a place in the file. Once a younger hour begins, those before it are closed: what they add to the counts by day and by month is
/// added in one go, some 0.2 s for a large school. An event that comes later for a closed hour (a long request, a clock that was set) is added to all of them.
/// </remarks>
internal sealed class BatchCounts : IDisposable
{
    /// <summary>What stands for no verdict: 0 is one.</summary>
    internal const long NoVerdict = -1;

    internal const int MillisecondsOfHour = 3_600_000, HoursOfDay = 24;

    /// <summary>What is counted of an event, in the order of <see cref="CountedEvent"/>.</summary>
    internal const string Columns = "time, kind, decision, act_kind, tier, \"group\", category, host, person, device, client";

    // Sums of hours that are closed, to the days and the month that they are of.
    private const string Close =
        $"""
        INSERT INTO days SELECT hour / 24, kind, tier, "group", category, verdict, sum(events), sum(acts) FROM hours WHERE {Closing} GROUP BY 1, 2, 3, 4, 5, 6 {Upsert};
        INSERT INTO months SELECT kind, tier, "group", category, verdict, sum(events), sum(acts) FROM hours WHERE {Closing} GROUP BY 1, 2, 3, 4, 5 {Upsert};
        INSERT INTO who_days SELECT hour / 24, kind, who, category, verdict, tier, "group", sum(events), sum(acts) FROM who_hours WHERE {Closing} GROUP BY 1, 2, 3, 4, 5, 6, 7 {Upsert};
        INSERT INTO who_months SELECT who, kind, category, verdict, tier, "group", sum(events), sum(acts) FROM who_hours WHERE {Closing} GROUP BY 1, 2, 3, 4, 5, 6 {Upsert};
        INSERT INTO host_days SELECT hour / 24, kind, host, tier, sum(events), sum(acts) FROM host_hours WHERE {Closing} GROUP BY 1, 2, 3, 4 {Upsert};
        INSERT INTO host_months SELECT host, kind, tier, sum(events), sum(acts) FROM host_hours WHERE {Closing} GROUP BY 1, 2, 3 {Upsert};
        """;

    private const string Closing = "hour >= @from AND hour < @to";

    private const string Upsert = "ON CONFLICT DO UPDATE SET events = events + excluded.events, acts = acts + excluded.acts";

    /// <summary>So many people are remembered by their spelling; then it begins anew.</summary>
    private const int RememberedMax = 10_000;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly NameWriter _names;
    private readonly sqlite3_stmt _events, _textOf;
    private readonly Table _hours, _whoHours, _hostHours, _days, _whoDays, _hostDays, _months, _whoMonths, _hostMonths;
    private readonly Table[] _tables;
    private readonly Dictionary<(int Column, long Name), long> _whos = [];

    internal BatchCounts(SqliteConnection connection, NameWriter names)
    {
        (_connection, _database, _names) = (connection, connection.Handle!, names);
        _events = Statement.Prepare(connection, $"SELECT {Columns} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq");
        _textOf = Statement.Prepare(connection, "SELECT text FROM names WHERE id = ?");
        _tables =
        [
            _hours = new(connection, "hours", 6), _whoHours = new(connection, "who_hours", 7), _hostHours = new(connection, "host_hours", 4),
            _days = new(connection, "days", 6), _whoDays = new(connection, "who_days", 7), _hostDays = new(connection, "host_days", 4),
            _months = new(connection, "months", 5), _whoMonths = new(connection, "who_months", 6), _hostMonths = new(connection, "host_months", 3),
        ];
    }

    /// <summary>Counts the events after one commit up to another.</summary>
    internal void Count(long after, long last)
    {
        foreach (var table in _tables) table.Sums.Clear(); // Of a step that failed.
        var (closed, youngest) = (Progress.Read(_connection, Progress.Closed), 0L);
        _ = raw.sqlite3_bind_int64(_events, 1, after);
        _ = raw.sqlite3_bind_int64(_events, 2, last);
        try
        {
            int result;
            while ((result = raw.sqlite3_step(_events)) == raw.SQLITE_ROW) youngest = Math.Max(youngest, Add(new CountedEvent(_events), closed));
            if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, _database);
        }
        finally
        {
            _ = raw.sqlite3_reset(_events);
        }
        foreach (var table in _tables) table.Flush(_database);
        if (youngest <= closed) return;
        using (var close = _connection.CreateCommand())
        {
            close.CommandText = Close;
            close.Parameters.AddWithValue("@from", closed);
            close.Parameters.AddWithValue("@to", youngest);
            close.ExecuteNonQuery();
        }
        Progress.Write(_connection, Progress.Closed, youngest);
    }

    /// <summary>After a transaction that failed: its numbers of names may be given anew.</summary>
    internal void Forget() => _whos.Clear();

    public void Dispose()
    {
        _events.Dispose();
        _textOf.Dispose();
        foreach (var table in _tables) table.Dispose();
    }

    /// <summary>Adds an event to the sums, and returns its hour.</summary>
    private long Add(in CountedEvent e, long closed)
    {
        var (hour, day, isAct) = (e.Hour, e.Hour / HoursOfDay, e.IsAct);
        var who = WhoOf(e);
        _hours.Add(new(hour, e.Kind, e.Tier, e.Group, e.Category, e.Verdict), isAct);
        _whoHours.Add(new(hour, who, e.Kind, e.Category, e.Verdict, e.Tier, e.Group), isAct);
        if (e.Host != 0) _hostHours.Add(new(hour, e.Kind, e.Host, e.Tier), isAct);
        if (hour >= closed) return hour;
        _days.Add(new(day, e.Kind, e.Tier, e.Group, e.Category, e.Verdict), isAct);
        _whoDays.Add(new(day, e.Kind, who, e.Category, e.Verdict, e.Tier, e.Group), isAct);
        _months.Add(new(e.Kind, e.Tier, e.Group, e.Category, e.Verdict), isAct);
        _whoMonths.Add(new(who, e.Kind, e.Category, e.Verdict, e.Tier, e.Group), isAct);
        if (e.Host == 0) return hour;
        _hostDays.Add(new(day, e.Kind, e.Host, e.Tier), isAct);
        _hostMonths.Add(new(e.Host, e.Kind, e.Tier), isAct);
        return hour;
    }

    /// <summary>The number of whose an event is: of the spelling of an audience, which is made once for a person and not for every event.</summary>
    private long WhoOf(in CountedEvent e)
    {
        if (e.Who is not var (column, name)) return 0;
        if (_whos.TryGetValue((column, name), out var who)) return who;
        _ = raw.sqlite3_bind_int64(_textOf, 1, name);
        var found = raw.sqlite3_step(_textOf);
        var text = found == raw.SQLITE_ROW ? raw.sqlite3_column_text(_textOf, 0).utf8_to_string() : "";
        _ = raw.sqlite3_reset(_textOf);
        if (found is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(found, _database);
        if (_whos.Count >= RememberedMax) _whos.Clear();
        return _whos[(column, name)] = _names.IdOf(CountedEvent.Spell(column, text)) ?? 0;
    }

    /// <summary>The columns of a table's key, in their order; what it has fewer of is 0.</summary>
    private readonly record struct Key(long A, long B, long C, long D = 0, long E = 0, long F = 0, long G = 0) : IComparable<Key>
    {
        // Tables of keys differ from the first columns on; more than the first three seldom decide.
        public int CompareTo(Key other) =>
            A != other.A ? A.CompareTo(other.A) : B != other.B ? B.CompareTo(other.B) : C != other.C ? C.CompareTo(other.C) : D != other.D ? D.CompareTo(other.D)
            : E != other.E ? E.CompareTo(other.E) : F != other.F ? F.CompareTo(other.F) : G.CompareTo(other.G);

        internal void Bind(sqlite3_stmt statement, int columns)
        {
            ReadOnlySpan<long> values = [A, B, C, D, E, F, G];
            for (var i = 0; i < columns; i++) _ = raw.sqlite3_bind_int64(statement, i + 1, values[i]);
        }
    }

    private sealed class Table(SqliteConnection connection, string name, int keyColumns) : IDisposable
    {
        private readonly sqlite3_stmt _add = Statement.Prepare(connection,
            $"INSERT INTO {name} VALUES ({string.Concat(Enumerable.Repeat("?,", keyColumns))}?,?) ON CONFLICT DO UPDATE SET events = events + excluded.events, acts = acts + excluded.acts");

        internal Dictionary<Key, (long Events, long Acts)> Sums { get; } = [];

        internal void Add(in Key key, bool isAct)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(Sums, key, out _);
            sum.Events++;
            if (isAct) sum.Acts++;
        }

        /// <summary>In the order of the keys: places in the file that lie together are written together.</summary>
        internal void Flush(sqlite3 database)
        {
            if (Sums.Count == 0) return;
            var keys = Sums.Keys.ToArray();
            Array.Sort(keys);
            foreach (ref readonly var key in keys.AsSpan())
            {
                var (events, acts) = Sums[key];
                key.Bind(_add, keyColumns);
                _ = raw.sqlite3_bind_int64(_add, keyColumns + 1, events);
                _ = raw.sqlite3_bind_int64(_add, keyColumns + 2, acts);
                Statement.Run(database, _add);
            }
            Sums.Clear();
        }

        public void Dispose() => _add.Dispose();
    }
}

/// <summary>What is counted of an event: a row of <see cref="BatchCounts.Columns"/>. 0 stands for no name.</summary>
internal readonly struct CountedEvent
{
    internal CountedEvent(sqlite3_stmt row)
    {
        Hour = Math.Max(0, raw.sqlite3_column_int64(row, 0)) / BatchCounts.MillisecondsOfHour;
        Kind = raw.sqlite3_column_int64(row, 1);
        Verdict = IsNull(row, 2) ? BatchCounts.NoVerdict : raw.sqlite3_column_int64(row, 2);
        IsAct = !IsNull(row, 3);
        // Null reads as 0.
        (Tier, Group, Category, Host) = (raw.sqlite3_column_int64(row, 4), raw.sqlite3_column_int64(row, 5), raw.sqlite3_column_int64(row, 6), raw.sqlite3_column_int64(row, 7));
        for (var column = 8; column <= 10 && Who is null; column++)
            if (!IsNull(row, column)) Who = (column, raw.sqlite3_column_int64(row, column));
    }

    internal long Hour { get; }

    internal long Kind { get; }

    internal long Verdict { get; }

    internal bool IsAct { get; }

    internal long Tier { get; }

    internal long Group { get; }

    internal long Category { get; }

    internal long Host { get; }

    /// <summary>Whose it is: person, else device, else client.</summary>
    internal (int Column, long Name)? Who { get; }

    /// <summary>The spelling of an audience, as <see cref="FilterEvent.Who"/> has it.</summary>
    internal static string Spell(int column, string text) => FilterEvent.WhoOf(column == 8 ? text : null, column == 9 ? text : null, text)!;

    private static bool IsNull(sqlite3_stmt row, int column) => raw.sqlite3_column_type(row, column) == raw.SQLITE_NULL;
}

/// <summary>How far what follows behind the events has come, in one file.</summary>
internal static class Progress
{
    /// <summary>The last commit that the index of words and filters knows.</summary>
    internal const string Indexed = "indexed";

    /// <summary>The last commit that was counted.</summary>
    internal const string Counted = "counted";

    /// <summary>The first hour, of Unix time, that is counted by hour alone.</summary>
    internal const string Closed = "closed";

    /// <summary>0 where nothing is said.</summary>
    internal static long Read(SqliteConnection connection, string what)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM progress WHERE what = @what";
        command.Parameters.AddWithValue("@what", what);
        return (long?)command.ExecuteScalar() ?? 0;
    }

    internal static void Write(SqliteConnection connection, string what, long value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO progress (what, seq) VALUES (@what, @value) ON CONFLICT (what) DO UPDATE SET seq = excluded.seq";
        command.Parameters.AddWithValue("@what", what);
        command.Parameters.AddWithValue("@value", value);
        command.ExecuteNonQuery();
    }
}
