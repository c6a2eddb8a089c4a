using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>The columns of the events table, in one order for writing and reading.</summary>
internal static class EventTable
{
    /// <summary>How many numbered scripts there are under <c>Scripts/</c>.</summary>
    internal const int SchemaVersion = 7;

    /// <summary>The first schema with names, keys, counts and an index; an older file is read as it is by <see cref="OlderEvents"/>.</summary>
    internal const int FirstKeyedVersion = 4;

    /// <summary>The first schema with counts by day.</summary>
    internal const int FirstDailyVersion = 5;

    /// <summary>The first schema whose counts follow behind the commits, and that has counts by month.</summary>
    internal const int FirstCountedBehindVersion = 6;

    /// <summary>The first schema that closes hours, and has counts by month of everybody.</summary>
    internal const int FirstHourlyVersion = 7;

    /// <summary>Every column.</summary>
    internal const string Columns =
        """
        key, seq, time, kind, decision, reason, act_kind, intent, person, device, client, "group", tier, category, host, method, status, bytes, list, entry, entry_id, line, list_version, rule, policy_version, lists_version, gateway, reference, id, act, url, title, search_words, referer
        """;

    /// <summary>The same for reading, beside the index, which has columns of the same names.</summary>
    internal static readonly string Select = Columns.Replace("url, title", "events.url, events.title", StringComparison.Ordinal);

    /// <summary>Puts a row in.</summary>
    internal const string Insert = $"INSERT INTO events ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

    /// <summary>Places of columns that are read without the rest.</summary>
    internal const int Key = 0, Seq = 1, Kind = 3, Host = 14, Id = 28, Act = 29, Url = 30, Title = 31, SearchWords = 32;

    /// <summary>Binds an event to <see cref="Insert"/>.</summary>
    /// <remarks>By place and without parameter objects: <c>SqliteCommand</c> would look every name up again for each row.</remarks>
    internal static void Bind(sqlite3_stmt statement, long key, long seq, FilterEvent e, Reference? reference, NameWriter names)
    {
        var binder = new Binder(statement, names);
        binder.Integer(key);
        binder.Integer(seq);
        binder.Integer(e.Time.ToUnixTimeMilliseconds());
        binder.Integer((byte)e.Kind);
        binder.Integer((byte?)e.Decision);
        binder.Integer((byte?)e.Reason);
        binder.Integer((byte?)e.ActKind);
        binder.Integer((byte?)e.Intent);
        binder.Name(e.Person);
        binder.Name(e.Device);
        binder.Name(e.Client);
        binder.Name(e.Group);
        binder.Name(e.Tier);
        binder.Name(e.Category);
        binder.Name(e.Host);
        binder.Name(e.Method);
        binder.Integer(e.Status);
        binder.Integer(e.Bytes);
        binder.Name(e.List);
        binder.Name(e.Entry);
        binder.Name(e.EntryId);
        binder.Integer(e.Line);
        binder.Name(e.ListVersion);
        binder.Name(e.Rule);
        binder.Name(e.PolicyVersion);
        binder.Name(e.ListsVersion);
        binder.Name(e.Gateway);
        binder.Integer(reference?.Value);
        binder.Id(e.Id);
        binder.Id(e.Act);
        binder.Text(e.Url);
        binder.Text(e.Title);
        binder.Text(e.SearchWords);
        binder.Text(e.Referer);
    }

    /// <summary>Reads an event from a row whose columns begin with <see cref="Columns"/>.</summary>
    internal static FilterEvent Read(SqliteDataReader row, NameReader names) => new()
    {
        Time = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
        Kind = (EventKind)row.GetByte(Kind),
        Decision = (Verdict?)Integer(row, 4),
        Reason = (Reason?)Integer(row, 5),
        ActKind = (ActKind?)Integer(row, 6),
        Intent = (Intent?)Integer(row, 7),
        Person = names[row, 8],
        Device = names[row, 9],
        Client = names[row, 10],
        Group = names[row, 11],
        Tier = names[row, 12],
        Category = names[row, 13],
        Host = names[row, Host],
        Method = names[row, 15],
        Status = (int?)Integer(row, 16),
        Bytes = Integer(row, 17),
        List = names[row, 18],
        Entry = names[row, 19],
        EntryId = names[row, 20],
        Line = (int?)Integer(row, 21),
        ListVersion = names[row, 22],
        Rule = names[row, 23],
        PolicyVersion = names[row, 24],
        ListsVersion = names[row, 25],
        Gateway = names[row, 26] ?? "",
        Reference = Integer(row, 27) is { } value ? Reference.FromValue(value).ToString() : null,
        Id = EventId.FromBytes(row.GetFieldValue<byte[]>(Id)),
        Act = row.IsDBNull(Act) ? null : EventId.FromBytes(row.GetFieldValue<byte[]>(Act)),
        Url = Text(row, Url),
        Title = Text(row, Title),
        SearchWords = Text(row, SearchWords),
        Referer = Text(row, 33),
    };

    /// <summary>A text as it is stored: SQLite ends a text at its first NUL, and what is read must be what was digested.</summary>
    internal static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <summary>A text column, or null.</summary>
    internal static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Integer(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private struct Binder(sqlite3_stmt statement, NameWriter names)
    {
        private int _place;

        internal void Name(string? text) => Integer(names.IdOf(text));

        internal void Text(string? value) => Check(value is null ? raw.sqlite3_bind_null(statement, ++_place) : raw.sqlite3_bind_text(statement, ++_place, Storable(value)));

        internal void Integer(long? value) => Check(value is null ? raw.sqlite3_bind_null(statement, ++_place) : raw.sqlite3_bind_int64(statement, ++_place, value.Value));

        internal void Id(Guid? id)
        {
            Span<byte> bytes = stackalloc byte[16];
            if (id is { } value) value.TryWriteBytes(bytes, bigEndian: true, out _);
            Check(id is null ? raw.sqlite3_bind_null(statement, ++_place) : raw.sqlite3_bind_blob(statement, ++_place, bytes));
        }

        private readonly void Check(int result)
        {
            if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, raw.sqlite3_db_handle(statement));
        }
    }
}
