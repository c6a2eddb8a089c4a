using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FilterGate.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>The one thread that writes. It takes what waits, commits it, and tells those who wait for it.</summary>
/// <remarks>
/// <para>When it commits: an event that somebody waits for goes to disk at once; but after a commit that several waited for, the next one begins a quarter of
/// <see cref="EventStoreOptions.BatchTime"/> after that one began, so that under load waiting requests share commits. Events that nobody waits for gather for the whole time or until
/// <see cref="EventStoreOptions.BatchMax"/> of them are there. These pauses are real time; the store's clock measures ages and time-outs.</para>
/// <para>What fails (full disk, a lock held too long) stays queued and is tried again, soon at first, then every second: an event leaves memory only when it is on disk. Each file has its own queue, so that
/// the damaged file of a past month holds up nobody but the late events of that month.</para>
/// </remarks>
internal sealed class EventWriter : IAsyncDisposable
{
    /// <summary>Callers wait while the oldest event that is not on disk is older than this: an unrecorded second is the most that a power cut may cost.</summary>
    internal static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    /// <summary>Events that the index takes in one step, some 100 ms of work, and how long they gather at most.</summary>
    internal const int IndexStep = 8_000;

    private const int UnindexedMax = 16 * IndexStep;

    /// <summary>A clock that is kept by the network is put right by less.</summary>
    private static readonly TimeSpan ClockJumpMin = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan IndexTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryTimeMin = TimeSpan.FromMilliseconds(50), RetryTimeMax = TimeSpan.FromSeconds(1);

    private const int OpenMax = 6;

    private const long NothingWaits = long.MinValue;

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly EventStoreOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate (a monitor: the writer sleeps on it).
    private readonly object _gate = new();
    private readonly List<PendingEvent> _arrived = [];
    private int _arrivedWaiters;
    private long _gatherBegan;
    private bool _closing, _abandoned;

    // The writer thread's own.
    private readonly List<FileQueue> _queues = [];
    private readonly List<EventFileWriter> _open = [];
    private long _lastCommitBegan;
    private int _lastCommitWaiters;
    private (DateTimeOffset Now, long Timestamp)? _clockSeen;

    // Changed under _gate or by the writer thread, read by all.
    private long _oldestEnqueued = NothingWaits;
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EventStoreHealth _health = new();

    internal EventWriter(string folder, TimeProvider clock, EventStoreOptions options)
    {
        (_folder, _clock, _options) = (folder, clock, options);
        _places = new SemaphoreSlim(options.QueueMax);
        try
        {
            Writer(CurrentFile); // A folder or file that cannot be used is reported here, to whoever starts us.
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new EventStoreException(SqliteProblem.Explain(Path.Combine(folder, CurrentFile.Name), e), e);
        }
        new Thread(Run) { IsBackground = true, Name = "event writer" }.Start();
    }

    internal EventStoreHealth Health => Volatile.Read(ref _health) with { Waiting = _options.QueueMax - _places.CurrentCount };

    private EventFile CurrentFile => new(EventMonth.Of(_clock.GetUtcNow()), EventClass.Attention);

    /// <summary>Puts an event in the queue; waits while there is no place or the oldest is too old.</summary>
    internal async ValueTask EnqueueAsync(FilterEvent filterEvent, bool giveReference, TaskCompletionSource<FilterEvent>? committed, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The task is taken before the age is read: a commit in between completes exactly this task.
            var progress = Volatile.Read(ref _progress).Task;
            if (!IsTooOld()) break;
            await progress.WaitAsync(cancellationToken);
        }

        if (!_places.Wait(0, CancellationToken.None)) await _places.WaitAsync(cancellationToken);
        var pending = new PendingEvent(filterEvent, giveReference, _clock.GetTimestamp(), committed);
        lock (_gate)
        {
            if (_closing)
            {
                _places.Release();
                throw new ObjectDisposedException(nameof(EventStore));
            }
            _arrived.Add(pending);
            if (_arrived.Count == 1) _gatherBegan = Stopwatch.GetTimestamp();
            if (pending.HasWaiter) _arrivedWaiters++;
            if (Volatile.Read(ref _oldestEnqueued) == NothingWaits) Volatile.Write(ref _oldestEnqueued, pending.Enqueued);
            // Only where it changes when the writer should act: waking it ten thousand times a second would cost more than the writing.
            if (_arrived.Count == 1 || _arrived.Count == _options.BatchMax || (pending.HasWaiter && _arrivedWaiters == 1)) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what waits and ends the thread; gives up after <see cref="EventStoreOptions.DrainTimeMax"/>.</summary>
    /// <exception cref="EventStoreException">The disk did not take them: says how many events were lost.</exception>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
            Monitor.Pulse(_gate);
        }
        try
        {
            await _ended.Task.WaitAsync(_options.DrainTimeMax);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                _abandoned = true;
                Monitor.Pulse(_gate);
            }
            var health = Health;
            if (health.Waiting == 0) return; // Counts and index go on where they are when the file is opened again.
            throw new EventStoreException($"{health.Waiting} events could not be written to {_folder} before the end. {health.Problem ?? "The disk is too slow."}");
        }
    }

    private bool IsTooOld()
    {
        var oldest = Volatile.Read(ref _oldestEnqueued);
        return oldest != NothingWaits && _clock.GetElapsedTime(oldest) > AgeMax;
    }

    private void Run()
    {
        try
        {
            while (WaitAndTake())
            {
                WriteWhatIsDue();
                IndexWhatIsDue();
            }
        }
        finally
        {
            foreach (var pending in _queues.SelectMany(queue => queue.Events)) pending.Fail(new EventStoreException("The gateway stopped before the event could be written."));
            foreach (var open in _open) open.Dispose();
            Volatile.Write(ref _oldestEnqueued, NothingWaits);
            Progress(); // Whoever still waits for room learns that the store is closed.
            _ended.TrySetResult();
        }
    }

    /// <summary>Sleeps until there is something to write, then sorts what arrived into the queues of its files. False when closed and nothing is left, or given up.</summary>
    private bool WaitAndTake()
    {
        lock (_gate)
        {
            while (!_abandoned)
            {
                var pause = Pause();
                if (pause == TimeSpan.Zero) break;
                if (pause == Timeout.InfiniteTimeSpan && _closing) return false;
                Monitor.Wait(_gate, pause);
            }
            if (_abandoned) return false;

            foreach (var pending in _arrived) Queue(pending.File).Events.Add(pending);
            _arrived.Clear();
            (_lastCommitWaiters, _arrivedWaiters) = (_arrivedWaiters, 0);
            return true;
        }
    }

    /// <summary>How long the writer may sleep: zero when something is due, infinite when there is nothing at all.</summary>
    private TimeSpan Pause()
    {
        var pause = TimeSpan.MaxValue;
        if (_arrived.Count > 0)
        {
            pause = _closing || _arrived.Count >= _options.BatchMax ? TimeSpan.Zero
                : _arrivedWaiters > 0 ? (_lastCommitWaiters > 1 ? (_options.BatchTime / 4) - Stopwatch.GetElapsedTime(_lastCommitBegan) : TimeSpan.Zero)
                : _options.BatchTime - Stopwatch.GetElapsedTime(_gatherBegan);
        }
        foreach (var queue in _queues)
        {
            var untilDue = queue.RetryTime - Stopwatch.GetElapsedTime(queue.LastTried);
            if (untilDue < pause) pause = untilDue;
        }
        foreach (var open in _open)
        {
            if (open.Unindexed == 0) continue;
            var untilDue = _closing || open.Unindexed >= IndexStep ? TimeSpan.Zero : IndexTime - Stopwatch.GetElapsedTime(open.UnindexedSince);
            if (untilDue < pause) pause = untilDue;
        }
        return pause == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
    }

    /// <summary>Writes a batch for each file that is due (one or two: what was allowed, what needs attention), and afterwards tells those who wait.</summary>
    private void WriteWhatIsDue()
    {
        _lastCommitBegan = Stopwatch.GetTimestamp();
        LookAtTheClock();
        var written = new List<PendingEvent>();
        string? problem = null;
        foreach (var queue in _queues)
        {
            if (queue.Failures > 0 && Stopwatch.GetElapsedTime(queue.LastTried) < queue.RetryTime)
            {
                problem ??= queue.Problem;
                continue;
            }
            var batch = CollectionsMarshal.AsSpan(queue.Events)[..Math.Min(queue.Events.Count, _options.BatchMax)];
            queue.LastTried = Stopwatch.GetTimestamp();
            try
            {
                Writer(queue.File).Write(batch);
            }
#pragma warning disable CA1031 // Whatever goes wrong, a fault of ours included, the events stay and those behind them must not be lost with this thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                problem = queue.Failed(SqliteProblem.Explain(Path.Combine(_folder, queue.File.Name), e));
                Close(queue.File);
                continue;
            }
            written.AddRange(batch);
            queue.Written(batch.Length);
        }
        _queues.RemoveAll(queue => queue.Events.Count == 0);

        var health = Volatile.Read(ref _health);
        var now = _clock.GetUtcNow();
        Volatile.Write(ref _health, health with
        {
            LastSuccess = written.Count > 0 ? now : health.LastSuccess,
            LastFailure = problem is null ? health.LastFailure : now,
            Problem = problem,
            Written = health.Written + written.Count,
        });
        if (written.Count > 0) _places.Release(written.Count);
        lock (_gate) Volatile.Write(ref _oldestEnqueued, OldestEnqueued());
        Progress();
        // After every file: so what one caller queued before the event it waits for is on disk too.
        foreach (var pending in written) pending.Complete();
    }

    /// <summary>Brings the index of words and filters forward, a step at a time, where enough has gathered or long enough.</summary>
    /// <remarks>While somebody waits for a commit, the index waits too, but not beyond <see cref="UnindexedMax"/>: readers look through what is not indexed row by row.</remarks>
    private void IndexWhatIsDue()
    {
        foreach (var open in _open)
        {
            if (open.Unindexed == 0 || (open.Unindexed < IndexStep && !IsClosing() && Stopwatch.GetElapsedTime(open.UnindexedSince) < IndexTime)) continue;
            if (open.Unindexed < UnindexedMax && IsBusy()) continue;
            try
            {
                open.Index(IndexStep);
            }
            catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
            {
                // The events are there and are found all the same. The next step tries again; what is wrong with the file, the next commit says.
                open.IndexFailed(isLast: IsClosing());
            }
        }
    }

    private bool IsClosing()
    {
        lock (_gate) return _closing;
    }

    /// <summary>Whether events have gathered that should not wait for the index.</summary>
    private bool IsBusy()
    {
        lock (_gate) return !_closing && (_arrivedWaiters > 0 || _arrived.Count >= _options.BatchMax);
    }

    /// <summary>Records that the computer's clock was set, by how much it moved otherwise than time did since the last commit: what is dated around it must be read with that in mind.</summary>
    private void LookAtTheClock()
    {
        var (now, timestamp) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        var jump = _clockSeen is var (before, then) ? now - before - _clock.GetElapsedTime(then, timestamp) : TimeSpan.Zero;
        _clockSeen = (now, timestamp);
        if (jump.Duration() < ClockJumpMin || !_places.Wait(0, CancellationToken.None)) return;
        var e = new FilterEvent { Time = now, Kind = EventKind.Audit, Rule = string.Create(CultureInfo.InvariantCulture, $"the clock of the computer went {(jump > TimeSpan.Zero ? "forward" : "back")} by {TimeSpan.FromSeconds(Math.Round(jump.Duration().TotalSeconds)):d\\.hh\\:mm\\:ss}") };
        var pending = new PendingEvent(e, giveReference: false, timestamp, committed: null);
        Queue(pending.File).Events.Add(pending);
    }

    /// <summary>When the oldest event that is not on disk was queued. Late events of past months do not count: their file may be damaged for good, and that must not stop today's traffic.</summary>
    private long OldestEnqueued()
    {
        var month = CurrentFile.Month;
        var oldest = _arrived.Count > 0 ? _arrived[0].Enqueued : long.MaxValue;
        foreach (var queue in _queues)
            if (queue.File.Month.CompareTo(month) >= 0) oldest = Math.Min(oldest, queue.Events[0].Enqueued);
        return oldest == long.MaxValue ? NothingWaits : oldest;
    }

    private void Progress() => Interlocked.Exchange(ref _progress, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private FileQueue Queue(EventFile file)
    {
        if (_queues.Find(queue => queue.File == file) is { } found) return found;
        var queue = new FileQueue(file);
        _queues.Add(queue);
        return queue;
    }

    private EventFileWriter Writer(EventFile file)
    {
        if (_open.Find(open => open.File == file) is { } found)
        {
            // Dropped at the end of its time, or moved away by somebody: what is written to it now would be lost.
            if (File.Exists(Path.Combine(_folder, file.Name))) return found;
            Close(file);
        }
        // Two months of each class stay open: at the turn of a month both are written for a while.
        if (_open.Count == OpenMax) Close(_open[0].File);
        var opened = EventFileWriter.Open(_folder, file, _clock, _options.DrawReference);
        _open.Add(opened);
        return opened;
    }

    private void Close(EventFile file)
    {
        if (_open.Find(open => open.File == file) is not { } found) return;
        _open.Remove(found);
        found.Dispose();
    }

    /// <summary>What waits for one file. The writer thread's own.</summary>
    private sealed class FileQueue(EventFile file)
    {
        internal EventFile File { get; } = file;

        internal List<PendingEvent> Events { get; } = [];

        internal int Failures { get; private set; }

        internal string? Problem { get; private set; }

        /// <summary>A timestamp of <see cref="Stopwatch"/>.</summary>
        internal long LastTried { get; set; }

        /// <summary>How long after the last attempt the next one is due.</summary>
        internal TimeSpan RetryTime => Failures == 0 ? TimeSpan.Zero : RetryTimeMin * (1 << Math.Min(Failures - 1, 5)) is var time && time < RetryTimeMax ? time : RetryTimeMax;

        internal string Failed(string problem)
        {
            Failures++;
            return Problem = problem;
        }

        internal void Written(int count)
        {
            Events.RemoveRange(0, count);
            (Failures, Problem) = (0, null);
        }
    }
}
