using System.Diagnostics;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>One month's file, open for writing. Used by the writer thread alone.</summary>
internal sealed class MonthWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _insert;

    private readonly Func<EventMonth, Reference> _drawReference;

    private MonthWriter(EventMonth month, SqliteConnection connection, Func<EventMonth, Reference> drawReference)
    {
        (Month, _connection, _drawReference) = (month, connection, drawReference);
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(connection.Handle, EventTable.Insert, out _insert), connection.Handle);
    }

    internal EventMonth Month { get; }

    /// <summary>Makes or migrates the file and opens it.</summary>
    internal static MonthWriter Open(string folder, EventMonth month, Func<EventMonth, Reference> drawReference)
    {
        var path = Path.Combine(folder, month.FileName);
        SqliteFile.Prepare(path, typeof(MonthWriter).Assembly, EventTable.SchemaVersion);
        var connection = SqliteFile.OpenForWriting(path);
        try
        {
            return new MonthWriter(month, connection, drawReference);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes events in one transaction and returns once it is on disk; each has its final reference then. All or none.</summary>
    /// <exception cref="SqliteException">Nothing was written, or the answer to a commit was lost: trying again is safe.</exception>
    internal void Write(ReadOnlySpan<PendingEvent> events)
    {
        SqliteFile.Execute(_connection, "BEGIN IMMEDIATE;");
        try
        {
            foreach (var pending in events) Insert(pending);
            SqliteFile.Execute(_connection, "COMMIT;");
        }
        catch
        {
            // SQLite has rolled back by itself after a full disk or an I/O error; then there is nothing to do.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0) SqliteFile.Execute(_connection, "ROLLBACK;");
            throw;
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Insert(PendingEvent pending)
    {
        if (pending.GiveReference && pending.Reference is null) pending.Reference = _drawReference(Month);
        while (true)
        {
            EventTable.Bind(_insert, pending.Event, pending.Reference);
            var result = raw.sqlite3_step(_insert);
            _ = raw.sqlite3_reset(_insert); // Repeats the code of the step.
            if (result == raw.SQLITE_DONE) break;
            if (raw.sqlite3_extended_errcode(_connection.Handle) != raw.SQLITE_CONSTRAINT_UNIQUE) SqliteException.ThrowExceptionForRC(result, _connection.Handle);

            // The only other unique index: the reference is taken, by this event written once already or by another.
            Debug.Assert(pending.Reference is not null);
            if (Stored(pending.Event.Id, out _)) return;
            // An event brought its own reference and it is taken: the event is worth more than its reference.
            pending.Reference = pending.GiveReference ? _drawReference(Month) : null;
        }
        if (raw.sqlite3_changes(_connection.Handle) == 0 && Stored(pending.Event.Id, out var stored)) pending.Reference = stored;
    }

    private bool Stored(Guid id, out Reference? reference)
    {
        reference = null;
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT reference FROM events WHERE id = @id";
        command.Parameters.AddWithValue("@id", EventId.ToBytes(id));
        using var row = command.ExecuteReader();
        if (!row.Read()) return false;
        if (!row.IsDBNull(0)) reference = Reference.FromValue(row.GetInt64(0));
        return true;
    }
}

