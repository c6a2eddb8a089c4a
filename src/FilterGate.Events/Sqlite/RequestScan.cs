using FilterGate.Policy;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Walks the requests of a month's file, oldest first: a million in a second or two, where reading whole events takes several.</summary>
internal static class RequestScan
{
    // By id, which begins with the time: the index finds the beginning, and the rows lie nearly in its order. The time bound is exact.
    private const string Sql = """
        SELECT time, decision, reason, client, device, person, "group", tier, method, url FROM events
        WHERE id >= ? AND id < ? AND time >= ? AND time < ? AND decision IS NOT NULL AND reason IS NOT NULL AND url IS NOT NULL ORDER BY id
        """;

    /// <summary>Every so many rows it is asked whether to go on.</summary>
    private const int RowsBetweenLooks = 4096;

    public static void Walk(SqliteConnection connection, (byte[] First, byte[] End) ids, long since, long until, TextPool texts, PastRequestVisitor visit, CancellationToken cancellationToken)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(connection.Handle, Sql, out var statement), connection.Handle);
        using (statement)
        {
            raw.sqlite3_bind_blob(statement, 1, ids.First);
            raw.sqlite3_bind_blob(statement, 2, ids.End);
            raw.sqlite3_bind_int64(statement, 3, since);
            raw.sqlite3_bind_int64(statement, 4, until);
            for (var row = 0; ; row++)
            {
                if (row % RowsBetweenLooks == 0) cancellationToken.ThrowIfCancellationRequested();
                var result = raw.sqlite3_step(statement);
                if (result == raw.SQLITE_DONE) return;
                if (result != raw.SQLITE_ROW) SqliteException.ThrowExceptionForRC(result, connection.Handle);
                visit(new PastRequest(
                    DateTimeOffset.FromUnixTimeMilliseconds(raw.sqlite3_column_int64(statement, 0)), (Verdict)raw.sqlite3_column_int(statement, 1), (Reason)raw.sqlite3_column_int(statement, 2), Text(statement, 9, texts)!)
                {
                    Client = Text(statement, 3, texts), Device = Text(statement, 4, texts), Person = Text(statement, 5, texts), Group = Text(statement, 6, texts), Tier = Text(statement, 7, texts), Method = Text(statement, 8, texts),
                });
            }
        }
    }

    private static string? Text(sqlite3_stmt statement, int column, TextPool texts) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : texts.Get(raw.sqlite3_column_blob(statement, column));
}
