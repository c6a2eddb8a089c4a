using FilterGate.Events.Sqlite;
using FilterGate.Sqlite;

namespace FilterGate.Events;

/// <summary>Limits of the event writer.</summary>
public sealed record EventStoreOptions
{
    /// <summary>Events that may wait to be written. When it is full the request that brings the next one waits: nothing is dropped. Default 100,000: a burst of two seconds
    /// of 50,000, some 100 MB; the age of the oldest is bounded as well.</summary>
    public int QueueMax { get; init; } = 100_000;
    /// <summary>How long a batch collects before it is committed. Default 50 ms.</summary>
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromMilliseconds(50);
    /// <summary>Rows in one commit at most. Default 5,000.</summary>
    public int BatchMax { get; init; } = 5_000;
    /// <summary>How long <see cref="EventStore.CommitAsync"/> waits for the disk. Default 5 s: a person who waits for a page gives up not much later.</summary>
    public TimeSpan CommitTimeMax { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How long closing waits for a disk that takes nothing. Default 4 s, so that the gateway stops within five.</summary>
    public TimeSpan DrainTimeMax { get; init; } = TimeSpan.FromSeconds(4);
    /// <summary>Draws references; tests give their own to bring conflicts about.</summary>
    internal Func<EventMonth, Reference> DrawReference { get; init; } = Reference.Draw;
}

/// <summary>How the writer is doing.</summary>
public sealed record EventStoreHealth
{
    /// <summary>When a batch last reached the disk; null before the first.</summary>
    public DateTimeOffset? LastSuccess { get; init; }
    /// <summary>When a write last failed; null for never.</summary>
    public DateTimeOffset? LastFailure { get; init; }
    /// <summary>Why events cannot be written just now and what to do; null when they can. Names files, never what an event says.</summary>
    public string? Problem { get; init; }
    /// <summary>Events in memory that are not on disk yet.</summary>
    public int Waiting { get; init; }
    /// <summary>Events written since the store was opened.</summary>
    public long Written { get; init; }
}

/// <summary>The events: one SQLite file per month under one folder, one writer thread, <c>synchronous=FULL</c>. Safe from several threads; several processes may write.</summary>
/// <remarks>
/// An event is filed by the UTC month of its time and found by its id, which is made for that time. Once queued it leaves memory only for the disk: a full disk or a lock is waited out, the callers
/// slow down, and those who need the event on disk are told. File and folder are for their owner alone (<c>FileModes</c>).
/// </remarks>
public sealed class EventStore : IAsyncDisposable
{
    private readonly EventWriter _writer;
    private readonly EventStoreOptions _options;
    private readonly TimeProvider _clock;
    private readonly string _folder;

    private EventStore(string folder, TimeProvider clock, EventStoreOptions options)
    {
        (_folder, _clock, _options) = (folder, clock, options);
        Reader = new EventReader(folder) { MustExist = true };
        _writer = new EventWriter(folder, clock, options);
    }

    /// <summary>Opens the folder, making or migrating this month's file.</summary>
    /// <exception cref="EventStoreException">The folder or a file cannot be used: says what to do.</exception>
    public static EventStore Open(string folder, TimeProvider clock, EventStoreOptions? options = null)
    {
        try
        {
            SqliteFile.PrepareFolder(folder);
            return new EventStore(folder, clock, options ?? new EventStoreOptions());
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new EventStoreException(SqliteProblem.Explain(folder, e), e);
        }
    }

    /// <summary>Reads the same folder.</summary>
    public EventReader Reader { get; }

    /// <summary>How the writer is doing. Cheap; for status pages and <c>doctor</c>.</summary>
    public EventStoreHealth Health => _writer.Health;

    /// <summary>Puts an event in the queue and returns when it is there; it waits while the queue is full or its oldest event is over a second old.</summary>
    public ValueTask EnqueueAsync(FilterEvent filterEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filterEvent);
        return _writer.EnqueueAsync(filterEvent, giveReference: false, committed: null, cancellationToken);
    }

    /// <summary>Writes an event and returns once it is committed to disk: what a page shows is on record. With <paramref name="giveReference"/> it returns the event with its reference.</summary>
    /// <remarks>At most <see cref="EventStoreOptions.CommitTimeMax"/>. An event that got into the queue stays there after a time-out and is written when the disk recovers.</remarks>
    /// <exception cref="EventStoreException">It could not be written; the caller refuses the request rather than go on unrecorded.</exception>
    public async Task<FilterEvent> CommitAsync(FilterEvent filterEvent, bool giveReference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filterEvent);
        var committed = new TaskCompletionSource<FilterEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timeOut = new CancellationTokenSource(_options.CommitTimeMax, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeOut.Token);
        try
        {
            await _writer.EnqueueAsync(filterEvent, giveReference, committed, either.Token);
            return await committed.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EventStoreException($"The event could not be written within {_options.CommitTimeMax.TotalSeconds} s. {Health.Problem ?? "The disk is too slow for the traffic."}", e);
        }
    }

    /// <summary>Brings the files that an older FilterGate wrote into the newest form, so that they are counted and searched like the others; some 30,000 events a second.</summary>
    /// <returns>Files that could not be brought over, in plain words; they are read as they are.</returns>
    public IReadOnlyList<string> BringOver(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var (file, path) in EventFolder.Files(_folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            EventReader.Read(path, problems, (_, version) =>
            {
                // Opening it for writing does all of it; the writer thread of this store is not concerned, for SQLite keeps the two apart.
                if (version < EventTable.SchemaVersion) EventFileWriter.Open(_folder, file, _clock, _options.DrawReference).Dispose();
            });
        }
        return problems;
    }

    /// <summary>Events that match, a page at a time.</summary>
    public EventPage Search(EventQuery query) => Reader.Search(query);

    /// <summary>The event with this reference (any spelling), or null.</summary>
    public FilterEvent? FindByReference(string reference) => Reader.FindByReference(reference);

    /// <summary>Writes what waits and closes.</summary>
    /// <exception cref="EventStoreException">The disk did not take them in time: says how many events were lost.</exception>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}

/// <summary>The event store cannot be used; the message says what to do.</summary>
public sealed class EventStoreException(string message, Exception? inner = null) : Exception(message, inner);
