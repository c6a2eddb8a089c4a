using System.Diagnostics;
using System.Runtime.InteropServices;
using FilterGate.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>The one thread that writes. It takes what waits, commits it, and tells those who wait for it.</summary>
/// <remarks>
/// <para>When it commits: an event that somebody waits for goes to disk at once when the writer is idle; under load the next commit begins a quarter of
/// <see cref="EventStoreOptions.BatchTime"/> after the last one began, so that waiting requests share one. Events that nobody waits for gather for the whole time or until
/// <see cref="EventStoreOptions.BatchMax"/> of them are there. These pauses are real time; the store's clock measures ages and time-outs.</para>
/// <para>What fails (full disk, a lock held too long) stays at the head of the queue and is tried again, at once at first, then every second: an event leaves memory only when it is on disk.</para>
/// </remarks>
internal sealed class EventWriter : IAsyncDisposable
{
    /// <summary>Callers wait while the oldest event that is not on disk is older than this: an unrecorded second is the most that a power cut may cost.</summary>
    internal static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryTimeMax = TimeSpan.FromSeconds(1);

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly EventStoreOptions _options;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _places;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate: what came and was not taken yet.
    private readonly Lock _stateGate = new();
    private readonly object _gate = new();
    private List<PendingEvent> _arrived = [];
    private int _arrivedWaiters;
    private bool _writerSleeps, _closing, _abandoned;

    // The writer thread's own.
    private readonly List<PendingEvent> _batch = [];
    private readonly List<MonthWriter> _months = [];
    private long _lastCommitBegan;

    // Written by the writer thread, read by all.
    private long _oldestEnqueued = NothingWaits;
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EventStoreHealth _health = new();

    private const long NothingWaits = long.MinValue;

    internal EventWriter(string folder, TimeProvider clock, EventStoreOptions options)
    {
        (_folder, _clock, _options) = (folder, clock, options);
        _places = new SemaphoreSlim(options.QueueMax);
        Month(EventMonth.Of(clock.GetUtcNow())); // A folder or file that cannot be used is reported here, to whoever starts us.
        _thread = new Thread(Run) { IsBackground = true, Name = "event writer" };
        _thread.Start();
    }

    internal EventStoreHealth Health
    {
        get
        {
            lock (_stateGate) return _health with { Waiting = _options.QueueMax - _places.CurrentCount };
        }
    }

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
            if (pending.HasWaiter) _arrivedWaiters++;
            // Not for every event: waking the writer ten thousand times a second would cost more than the writing.
            if (_writerSleeps || pending.HasWaiter || _arrived.Count >= _options.BatchMax) Monitor.Pulse(_gate);
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
            var lost = _options.QueueMax - _places.CurrentCount;
            throw new EventStoreException($"{lost} events could not be written to {_folder} before the end ({Health.Problem ?? "the disk is too slow"}).");
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
            var failures = 0;
            while (Take(failures))
            {
                failures = TryWriteBatch() ? 0 : failures + 1;
            }
        }
        finally
        {
            foreach (var pending in _batch) pending.Fail(new EventStoreException("The gateway is stopping and the event could not be written."));
            foreach (var month in _months) month.Dispose();
            Volatile.Write(ref _oldestEnqueued, NothingWaits);
            Progress(); // Whoever still waits for room learns that the store is closed.
            _ended.TrySetResult();
        }
    }

    /// <summary>Sleeps until it is time to commit, then moves what arrived into the batch. False when closed and nothing is left.</summary>
    private bool Take(int failures)
    {
        lock (_gate)
        {
            if (_batch.Count == 0)
            {
                while (_arrived.Count == 0 && !_closing)
                {
                    _writerSleeps = true;
                    Monitor.Wait(_gate);
                }
                _writerSleeps = false;
                if (_arrived.Count > 0) Volatile.Write(ref _oldestEnqueued, _arrived[0].Enqueued);
            }

            var began = Stopwatch.GetTimestamp();
            while (!_closing && PauseBeforeCommit(failures, began) is { } pause && pause > TimeSpan.Zero) Monitor.Wait(_gate, pause);
            if (_closing && failures > 0 && !_abandoned) Monitor.Wait(_gate, TimeSpan.FromMilliseconds(100));
            if (_abandoned) return false;

            var taken = Math.Min(_arrived.Count, Math.Max(0, _options.BatchMax - _batch.Count));
            _batch.AddRange(CollectionsMarshal.AsSpan(_arrived)[..taken]);
            if (taken == _arrived.Count)
            {
                _arrived.Clear();
                _arrivedWaiters = 0;
            }
            else
            {
                _arrived.RemoveRange(0, taken);
                _arrivedWaiters = _arrived.Count(pending => pending.HasWaiter);
            }
            return _batch.Count > 0;
        }
    }

    private TimeSpan PauseBeforeCommit(int failures, long began)
    {
        if (failures > 0)
        {
            var retry = TimeSpan.FromMilliseconds(25 * Math.Pow(2, Math.Min(failures, 8)));
            return (retry < RetryTimeMax ? retry : RetryTimeMax) - Stopwatch.GetElapsedTime(began);
        }
        if (_arrived.Count >= _options.BatchMax) return TimeSpan.Zero;
        return _arrivedWaiters > 0
            ? (_options.BatchTime / 4) - Stopwatch.GetElapsedTime(_lastCommitBegan)
            : _options.BatchTime - Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Writes the batch, one transaction a month (nearly always one); what fails stays in it. True when nothing failed.</summary>
    private bool TryWriteBatch()
    {
        _lastCommitBegan = Stopwatch.GetTimestamp();
        var failed = false;
        var written = new List<PendingEvent>(_batch.Count);
        foreach (var month in _batch.Select(pending => pending.Month).Distinct().ToArray())
        {
            var events = _batch.Where(pending => pending.Month == month).ToArray();
            try
            {
                Month(month).Write(events);
            }
#pragma warning disable CA1031 // Whatever goes wrong, a fault of ours included, the events stay and those behind them must not be lost with this thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failed = true;
                Close(month);
                lock (_stateGate) _health = _health with { LastFailure = _clock.GetUtcNow(), Problem = SqliteProblem.Explain(Path.Combine(_folder, month.FileName), e) };
                continue;
            }

            _batch.RemoveAll(pending => pending.Month == month);
            written.AddRange(events);
        }

        if (written.Count > 0)
        {
            lock (_stateGate) _health = _health with { LastSuccess = _clock.GetUtcNow(), Written = _health.Written + written.Count, Problem = failed ? _health.Problem : null };
            _places.Release(written.Count);
        }
        Volatile.Write(ref _oldestEnqueued, OldestEnqueued());
        Progress();
        // After every month: so what one caller queued before the event it waits for is on disk too.
        foreach (var pending in written) pending.Complete();
        return !failed;
    }

    private void Progress() => Interlocked.Exchange(ref _progress, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private long OldestEnqueued()
    {
        if (_batch.Count > 0) return _batch[0].Enqueued;
        lock (_gate) return _arrived.Count > 0 ? _arrived[0].Enqueued : NothingWaits;
    }

    private MonthWriter Month(EventMonth month)
    {
        if (_months.Find(open => open.Month == month) is { } found) return found;
        // Two stay open: at the turn of a month both are written for a while.
        if (_months.Count == 2) Close(_months[0].Month);
        try
        {
            var opened = MonthWriter.Open(_folder, month);
            _months.Add(opened);
            return opened;
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            throw new EventStoreException(SqliteProblem.Explain(Path.Combine(_folder, month.FileName), e), e);
        }
    }

    private void Close(EventMonth month)
    {
        if (_months.Find(open => open.Month == month) is not { } found) return;
        _months.Remove(found);
        found.Dispose();
    }
}
