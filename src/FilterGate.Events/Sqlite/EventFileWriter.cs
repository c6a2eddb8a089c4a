using System.Diagnostics;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>One file of events, open for writing. Used by the writer thread alone.</summary>
/// <remarks>
/// A commit holds the events and the digest of it all. Counts and the index of words and filters follow behind, in steps of some thousand events (<see cref="Index"/>): with every commit each would cost
/// twice as much. Until then readers look through what is not in them yet row by row.
/// </remarks>
internal sealed class EventFileWriter : IDisposable
{
    /// <summary>Memory for pages: the parts of the file that are written again and again.</summary>
    private const string Tuning = "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;";

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly TimeProvider _clock;
    private readonly Func<EventMonth, Reference> _drawReference;
    private readonly sqlite3_stmt _insert, _run, _lastKey, _lastSeq, _lastDigest, _chain, _index;
    private readonly NameWriter _names;
    private readonly BatchCounts _counts;
    private readonly EventDigest _digest = new();

    private long _key, _seq;

    private EventFileWriter(EventFile file, SqliteConnection connection, TimeProvider clock, Func<EventMonth, Reference> drawReference)
    {
        (File, _connection, _database, _clock, _drawReference) = (file, connection, connection.Handle!, clock, drawReference);
        SqliteFile.Execute(connection, Tuning);
        _insert = Statement.Prepare(connection, EventTable.Insert);
        _run = Statement.Prepare(connection, "SELECT key, id, reference FROM events WHERE key >= ? ORDER BY key");
        _lastKey = Statement.Prepare(connection, "SELECT max(key) FROM events");
        _lastSeq = Statement.Prepare(connection, "SELECT max(seq) FROM events");
        _lastDigest = Statement.Prepare(connection, "SELECT digest FROM chain ORDER BY seq DESC LIMIT 1");
        _chain = Statement.Prepare(connection, "INSERT INTO chain (seq, time, digest) VALUES (?, ?, ?)");
        // In the order of key: the index gathers rows of a step in memory only as long as their keys rise.
        _index = Statement.Prepare(connection, $"INSERT INTO events_text (rowid, url, title, words, tags) SELECT key, {EventWords.UrlSql}, title, search_words, {EventTags.Sql} FROM events WHERE seq > ? AND seq <= ? ORDER BY key");
        _names = new NameWriter(connection);
        _counts = new BatchCounts(connection, _names);
        Unindexed = (int)Math.Min(int.MaxValue, Statement.Number(_database, _lastSeq) - Progress.Read(connection, Progress.Indexed));
    }

    internal EventFile File { get; }

    /// <summary>How many events the index does not know yet, as far as this process wrote them.</summary>
    internal int Unindexed { get; private set; }

    /// <summary>When the first of them was written, as a timestamp of <see cref="Stopwatch"/>.</summary>
    internal long UnindexedSince { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>Makes or migrates the file and opens it.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="file">Which.</param>
    /// <param name="clock">Says when a commit was made.</param>
    /// <param name="drawReference">Draws references.</param>
    /// <param name="isDurable">False only for benches: commits then do not wait for the disk.</param>
    internal static EventFileWriter Open(string folder, EventFile file, TimeProvider clock, Func<EventMonth, Reference> drawReference, bool isDurable = true)
    {
        var path = Path.Combine(folder, file.Name);
        SqliteFile.Prepare(path, typeof(EventFileWriter).Assembly, EventTable.SchemaVersion);
        var connection = SqliteFile.OpenForWriting(path);
        try
        {
            if (!isDurable) SqliteFile.Execute(connection, "PRAGMA synchronous = OFF;");
            var opened = new EventFileWriter(file, connection, clock, drawReference);
            OlderEvents.Move(connection, opened);
            return opened;
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
        var written = 0;
        InTransaction(events, batch =>
        {
            // Asked anew for each commit: another process may have written since.
            (_key, _seq) = (Statement.Number(_database, _lastKey), Statement.Number(_database, _lastSeq));
            var isEmpty = _seq == 0;
            if (isEmpty) _key = long.MinValue;
            var first = _seq + 1;
            _digest.Begin(LastDigest());
            foreach (var pending in batch) Insert(pending);
            if (_seq < first) return;
            _ = raw.sqlite3_bind_int64(_chain, 1, _seq);
            _ = raw.sqlite3_bind_int64(_chain, 2, _clock.GetUtcNow().ToUnixTimeMilliseconds());
            _ = raw.sqlite3_bind_blob(_chain, 3, _digest.End());
            Statement.Run(_database, _chain);
            written = (int)(_seq - first + 1);
        });
        if (Unindexed == 0) UnindexedSince = Stopwatch.GetTimestamp();
        Unindexed += written;
    }

    /// <summary>Brings counts and index forward by at most so many events, in a transaction of its own.</summary>
    internal void Index(int max)
    {
        var left = 0L;
        InTransaction([], none =>
        {
            var (from, counted, last) = (Progress.Read(_connection, Progress.Indexed), Progress.Read(_connection, Progress.Counted), Statement.Number(_database, _lastSeq));
            var to = Math.Min(last, from + max);
            left = last - to;
            if (to <= from) return;
            // What an older FilterGate wrote was counted at once, and so further than it was indexed.
            if (to > counted)
            {
                _counts.Count(counted, to);
                Progress.Write(_connection, Progress.Counted, to);
            }
            _ = raw.sqlite3_bind_int64(_index, 1, from);
            _ = raw.sqlite3_bind_int64(_index, 2, to);
            Statement.Run(_database, _index);
            Progress.Write(_connection, Progress.Indexed, to);
        });
        Unindexed = (int)Math.Min(int.MaxValue, Math.Max(0, left));
    }

    /// <summary>A step failed: the next is due after its time, or whenever the file is opened again.</summary>
    internal void IndexFailed(bool isLast)
    {
        UnindexedSince = Stopwatch.GetTimestamp();
        if (isLast) Unindexed = 0;
    }

    public void Dispose()
    {
        foreach (var statement in (sqlite3_stmt[])[_insert, _run, _lastKey, _lastSeq, _lastDigest, _chain, _index]) statement.Dispose();
        _names.Dispose();
        _counts.Dispose();
        _digest.Dispose();
        _connection.Dispose();
    }

    private delegate void Work(ReadOnlySpan<PendingEvent> events);

    private void InTransaction(ReadOnlySpan<PendingEvent> events, Work work)
    {
        SqliteFile.Execute(_connection, "BEGIN IMMEDIATE;");
        try
        {
            work(events);
            SqliteFile.Execute(_connection, "COMMIT;");
        }
        catch
        {
            _names.Forget();
            _counts.Forget();
            _ = _digest.End();
            // SQLite has rolled back by itself after a full disk or an I/O error; then there is nothing to do.
            if (raw.sqlite3_get_autocommit(_database) == 0) SqliteFile.Execute(_connection, "ROLLBACK;");
            throw;
        }
    }

    private void Insert(PendingEvent pending)
    {
        if (!FindPlace(pending, out var key)) return;
        if (pending.GiveReference && pending.Reference is null) pending.Reference = _drawReference(File.Month);
        while (true)
        {
            EventTable.Bind(_insert, key, _seq + 1, pending.Event, pending.Reference, _names);
            var result = raw.sqlite3_step(_insert);
            _ = raw.sqlite3_reset(_insert); // Repeats the code of the step.
            if (result == raw.SQLITE_DONE) break;
            if (raw.sqlite3_extended_errcode(_database) != raw.SQLITE_CONSTRAINT_UNIQUE || pending.Reference is null) SqliteException.ThrowExceptionForRC(result, _database);

            // The reference is taken. An event that brought its own is worth more than its reference.
            pending.Reference = pending.GiveReference ? _drawReference(File.Month) : null;
        }
        _seq++;
        _key = Math.Max(_key, key);
        _digest.Add(_seq, pending.Event, pending.Reference);
    }

    /// <summary>A free key for an event. False when the event is there already (a commit whose answer was lost, then tried again): it is left as it is, and has its reference.</summary>
    private bool FindPlace(PendingEvent pending, out long key)
    {
        key = EventKey.Of(pending.Event.Id, File.Month);
        if (key > _key) return true; // Nearly always: younger than all that are there.

        Span<byte> id = stackalloc byte[16];
        pending.Event.Id.TryWriteBytes(id, bigEndian: true, out _);
        _ = raw.sqlite3_bind_int64(_run, 1, key);
        try
        {
            int result;
            while ((result = raw.sqlite3_step(_run)) == raw.SQLITE_ROW && raw.sqlite3_column_int64(_run, 0) == key)
            {
                if (raw.sqlite3_column_blob(_run, 1).SequenceEqual(id))
                {
                    pending.Reference = raw.sqlite3_column_type(_run, 2) == raw.SQLITE_NULL ? null : Reference.FromValue(raw.sqlite3_column_int64(_run, 2));
                    return false;
                }
                key++;
            }
            if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, _database);
            return true;
        }
        finally
        {
            _ = raw.sqlite3_reset(_run);
        }
    }

    private byte[] LastDigest()
    {
        var result = raw.sqlite3_step(_lastDigest);
        var digest = result == raw.SQLITE_ROW ? raw.sqlite3_column_blob(_lastDigest, 0).ToArray() : EventDigest.Seed(File);
        _ = raw.sqlite3_reset(_lastDigest);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, _database);
        return digest;
    }
}
