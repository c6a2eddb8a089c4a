using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>The columns of the events table, in one order for writing and reading.</summary>
internal static class EventTable
{
    /// <summary>How many numbered scripts there are under <c>Scripts/</c>.</summary>
    internal const int SchemaVersion = 3;

    /// <summary>Every column but <c>seq</c>.</summary>
    internal const string Columns =
        """id, time, gateway, kind, decision, reason, client, device, person, "group", tier, method, url, host, status, bytes, category, list, entry, entry_id, rule, policy_version, lists_version, reference, line, list_version, act_kind, act, intent, title, search_words, referer""";

    /// <summary>The same of a month that an older FilterGate wrote and nobody has written to since: what it does not have is null.</summary>
    internal static string ColumnsOf(int schemaVersion)
    {
        var columns = Columns;
        if (schemaVersion < 2) columns = columns.Replace("line, list_version", "NULL, NULL", StringComparison.Ordinal);
        if (schemaVersion < 3) columns = columns.Replace("act_kind, act, intent, title, search_words, referer", "NULL, NULL, NULL, NULL, NULL, NULL", StringComparison.Ordinal);
        return columns;
    }

    /// <summary>An event that is there already (a commit whose answer was lost, then tried again) is left as it is.</summary>
    internal const string Insert =
        $"INSERT INTO events ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING";

    /// <summary>Binds an event to <see cref="Insert"/>.</summary>
    /// <remarks>By place and without parameter objects: <c>SqliteCommand</c> would look every name up again for each row.</remarks>
    internal static void Bind(sqlite3_stmt statement, FilterEvent e, Reference? reference)
    {
        var binder = new Binder(statement);
        binder.Blob(EventId.ToBytes(e.Id));
        binder.Integer(e.Time.ToUnixTimeMilliseconds());
        binder.Text(e.Gateway);
        binder.Integer((byte)e.Kind);
        binder.Integer((byte?)e.Decision);
        binder.Integer((byte?)e.Reason);
        binder.Text(e.Client);
        binder.Text(e.Device);
        binder.Text(e.Person);
        binder.Text(e.Group);
        binder.Text(e.Tier);
        binder.Text(e.Method);
        binder.Text(e.Url);
        binder.Text(e.Host);
        binder.Integer(e.Status);
        binder.Integer(e.Bytes);
        binder.Text(e.Category);
        binder.Text(e.List);
        binder.Text(e.Entry);
        binder.Text(e.EntryId);
        binder.Text(e.Rule);
        binder.Text(e.PolicyVersion);
        binder.Text(e.ListsVersion);
        binder.Integer(reference?.Value);
        binder.Integer(e.Line);
        binder.Text(e.ListVersion);
        binder.Integer((byte?)e.ActKind);
        if (e.Act is { } act) binder.Blob(EventId.ToBytes(act));
        else binder.Integer(null);
        binder.Integer((byte?)e.Intent);
        binder.Text(e.Title);
        binder.Text(e.SearchWords);
        binder.Text(e.Referer);
    }

    /// <summary>Reads an event from a row whose columns begin with <see cref="Columns"/>.</summary>
    internal static FilterEvent Read(SqliteDataReader row) => new()
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

    /// <summary>How many columns <see cref="Columns"/> has.</summary>
    internal const int ColumnCount = 32;

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Integer(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private struct Binder(sqlite3_stmt statement)
    {
        private int _place;

        internal void Text(string? value) => Check(value is null ? raw.sqlite3_bind_null(statement, ++_place) : raw.sqlite3_bind_text(statement, ++_place, value));

        internal void Integer(long? value) => Check(value is null ? raw.sqlite3_bind_null(statement, ++_place) : raw.sqlite3_bind_int64(statement, ++_place, value.Value));

        internal void Blob(ReadOnlySpan<byte> value) => Check(raw.sqlite3_bind_blob(statement, ++_place, value));

        private readonly void Check(int result) => SqliteException.ThrowExceptionForRC(result, raw.sqlite3_db_handle(statement));
    }
}
