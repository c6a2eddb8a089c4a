using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Gives texts their numbers in one file, making new ones. The writer thread's own; within its transaction.</summary>
/// <remarks>A number never changes, so what another process has added does not matter to what is remembered here. After a transaction that failed everything is forgotten: its numbers may be given anew.</remarks>
internal sealed class NameWriter : IDisposable
{
    /// <summary>So many are remembered, some 10 MB; then it begins anew. A school meets some ten thousand hosts a month.</summary>
    private const int RememberedMax = 100_000;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _find, _add;
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);

    internal NameWriter(SqliteConnection connection)
    {
        _database = connection.Handle!;
        _find = Statement.Prepare(connection, "SELECT id FROM names WHERE text = ?");
        _add = Statement.Prepare(connection, "INSERT INTO names (text) VALUES (?)");
    }

    /// <summary>The number of a text; null for null.</summary>
    internal long? IdOf(string? text)
    {
        if (text is null) return null;
        if (_known.TryGetValue(text, out var id)) return id;
        var stored = EventTable.Storable(text);
        _ = raw.sqlite3_bind_text(_find, 1, stored);
        var found = raw.sqlite3_step(_find);
        if (found == raw.SQLITE_ROW) id = raw.sqlite3_column_int64(_find, 0);
        _ = raw.sqlite3_reset(_find);
        if (found == raw.SQLITE_DONE)
        {
            _ = raw.sqlite3_bind_text(_add, 1, stored);
            Statement.Run(_database, _add);
            id = raw.sqlite3_last_insert_rowid(_database);
        }
        else if (found != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(found, _database);
        if (_known.Count >= RememberedMax) _known.Clear();
        _known.Add(text, id);
        return id;
    }

    /// <summary>After a transaction that failed.</summary>
    internal void Forget() => _known.Clear();

    public void Dispose()
    {
        _find.Dispose();
        _add.Dispose();
    }
}

/// <summary>Reads the texts of numbers in one file.</summary>
internal sealed class NameReader(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<long, string> _known = [];
    private sqlite3_stmt? _find;

    /// <summary>The text of a column that holds a number; null for null.</summary>
    internal string? this[SqliteDataReader row, int column] => row.IsDBNull(column) ? null : this[row.GetInt64(column)];

    /// <summary>The text of a number; null for 0, which stands for null in counts.</summary>
    internal string? this[long id]
    {
        get
        {
            if (id == 0) return null;
            if (_known.TryGetValue(id, out var text)) return text;
            _find ??= Statement.Prepare(connection, "SELECT text FROM names WHERE id = ?");
            _ = raw.sqlite3_bind_int64(_find, 1, id);
            var found = raw.sqlite3_step(_find);
            // A number without a text is damage; the rest of the event is worth reading all the same.
            text = found == raw.SQLITE_ROW ? raw.sqlite3_column_text(_find, 0).utf8_to_string() : string.Create(CultureInfo.InvariantCulture, $"[{id}]");
            _ = raw.sqlite3_reset(_find);
            if (found is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(found, connection.Handle);
            return _known[id] = text;
        }
    }

    /// <summary>The number of a text, or null when nothing in this file has it.</summary>
    internal long? IdOf(string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM names WHERE text = @text";
        command.Parameters.AddWithValue("@text", EventTable.Storable(text));
        return (long?)command.ExecuteScalar();
    }

    public void Dispose() => _find?.Dispose();
}

/// <summary>Prepared statements without <c>SqliteCommand</c>, for what runs for every event.</summary>
internal static class Statement
{
    internal static sqlite3_stmt Prepare(SqliteConnection connection, string sql)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement), connection.Handle);
        return statement;
    }

    /// <summary>Runs a statement that gives no rows, and makes it ready for the next time.</summary>
    internal static void Run(sqlite3 database, sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        _ = raw.sqlite3_reset(statement); // Repeats the code of the step.
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) SqliteException.ThrowExceptionForRC(result, database);
    }

    /// <summary>Runs a statement that gives one number; 0 for none.</summary>
    internal static long Number(sqlite3 database, sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        var number = result == raw.SQLITE_ROW ? raw.sqlite3_column_int64(statement, 0) : 0;
        _ = raw.sqlite3_reset(statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) SqliteException.ThrowExceptionForRC(result, database);
        return number;
    }
}
