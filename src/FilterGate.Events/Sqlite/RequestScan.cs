using FilterGate.Policy;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Walks the requests of a month, oldest first: a million in a second or two, where reading whole events takes several.</summary>
internal static class RequestScan
{
    /// <summary>Every so many rows it is asked whether to go on.</summary>
    private const int RowsBetweenLooks = 4096;

    /// <summary>Walks the files of a month side by side.</summary>
    public static void Walk(EventMonth month, IReadOnlyList<string> paths, DateTimeOffset since, DateTimeOffset until, TextPool texts, PastRequestVisitor visit, List<string> problems, CancellationToken cancellationToken)
    {
        var cursors = new List<Cursor>();
        try
        {
            foreach (var path in paths) Try(path, () => Cursor.Open(path, month, since, until, texts) is { } opened ? Add(opened) : false);
            for (var row = 0; cursors.Count > 0; row++)
            {
                if (row % RowsBetweenLooks == 0) cancellationToken.ThrowIfCancellationRequested();
                var oldest = cursors[0];
                foreach (var cursor in cursors)
                    if (cursor.Key < oldest.Key) oldest = cursor;
                oldest.Visit(visit);
                if (!Try(oldest.Path, oldest.Next)) Close(oldest);
            }
        }
        finally
        {
            foreach (var cursor in cursors) cursor.Dispose();
        }

        bool Add(Cursor cursor)
        {
            cursors.Add(cursor);
            if (Try(cursor.Path, cursor.Next)) return true;
            Close(cursor);
            return false;
        }

        void Close(Cursor cursor)
        {
            cursors.Remove(cursor);
            cursor.Dispose();
        }

        bool Try(string path, Func<bool> step)
        {
            try
            {
                return step();
            }
            catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
            {
                problems.Add(SqliteProblem.Explain(path, e));
                return false;
            }
        }
    }

    /// <summary>One file, at one of its rows.</summary>
    private sealed class Cursor : IDisposable
    {
        // By key, which begins with the time: the index finds the beginning, and the rows lie in its order. The time bound is exact.
        // What shadow mode let through (the last kinds of EventKind) is asked again for what the policy said of it.
        private const string Sql = """
            SELECT time, CASE kind WHEN 9 THEN 4 WHEN 12 THEN 4 WHEN 10 THEN 2 WHEN 11 THEN 3 ELSE decision END, reason, client, device, person, "group", tier, method, url, key FROM events
            WHERE key >= ? AND key < ? AND time >= ? AND time < ? AND decision IS NOT NULL AND reason IS NOT NULL AND url IS NOT NULL ORDER BY key
            """;

        private const string OlderSql = """
            SELECT time, decision, reason, client, device, person, "group", tier, method, url, id FROM events
            WHERE id >= ? AND id < ? AND time >= ? AND time < ? AND decision IS NOT NULL AND reason IS NOT NULL AND url IS NOT NULL ORDER BY id
            """;

        private readonly SqliteConnection _connection;
        private readonly sqlite3_stmt _statement;
        private readonly EventMonth _month;
        private readonly TextPool _texts;
        private readonly NameReader? _names;

        private Cursor(string path, SqliteConnection connection, sqlite3_stmt statement, EventMonth month, TextPool texts, bool isOlder) =>
            (Path, _connection, _statement, _month, _texts, _names) = (path, connection, statement, month, texts, isOlder ? null : new NameReader(connection));

        internal string Path { get; }

        internal long Key { get; private set; }

        /// <summary>Null for a file that has no tables yet.</summary>
        internal static Cursor? Open(string path, EventMonth month, DateTimeOffset since, DateTimeOffset until, TextPool texts)
        {
            var connection = SqliteFile.OpenForReading(path);
            try
            {
                var version = SqliteFile.CheckVersion(connection, path, EventTable.SchemaVersion);
                if (version == 0)
                {
                    connection.Dispose();
                    return null;
                }
                var isOlder = version < EventTable.FirstKeyedVersion;
                var statement = Statement.Prepare(connection, isOlder ? OlderSql : Sql);
                var (first, end) = (since - EventReader.IdSlack, until + EventReader.IdSlack);
                if (isOlder)
                {
                    _ = raw.sqlite3_bind_blob(statement, 1, EventId.FirstOf(first));
                    _ = raw.sqlite3_bind_blob(statement, 2, EventId.FirstOf(end));
                }
                else
                {
                    _ = raw.sqlite3_bind_int64(statement, 1, EventKey.First(first, month));
                    _ = raw.sqlite3_bind_int64(statement, 2, EventKey.First(end, month));
                }
                _ = raw.sqlite3_bind_int64(statement, 3, EventReader.CeilingMilliseconds(since));
                _ = raw.sqlite3_bind_int64(statement, 4, EventReader.CeilingMilliseconds(until));
                return new Cursor(path, connection, statement, month, texts, isOlder);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        /// <summary>Goes to the next row. False at the end.</summary>
        internal bool Next()
        {
            var result = raw.sqlite3_step(_statement);
            if (result == raw.SQLITE_DONE) return false;
            if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, _connection.Handle);
            Key = _names is null ? EventKey.Of(EventId.FromBytes(raw.sqlite3_column_blob(_statement, 10)), _month) : raw.sqlite3_column_int64(_statement, 10);
            return true;
        }

        internal void Visit(PastRequestVisitor visit) => visit(new PastRequest(
            DateTimeOffset.FromUnixTimeMilliseconds(raw.sqlite3_column_int64(_statement, 0)), (Verdict)raw.sqlite3_column_int(_statement, 1), (Reason)raw.sqlite3_column_int(_statement, 2), Text(9)!)
        {
            Client = Name(3), Device = Name(4), Person = Name(5), Group = Name(6), Tier = Name(7), Method = Name(8),
        });

        public void Dispose()
        {
            _names?.Dispose();
            _statement.Dispose();
            _connection.Dispose();
        }

        private string? Name(int column) => _names is null ? Text(column) : IsNull(column) ? null : _names[raw.sqlite3_column_int64(_statement, column)];

        private string? Text(int column) => IsNull(column) ? null : _texts.Get(raw.sqlite3_column_blob(_statement, column));

        private bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;
    }
}
