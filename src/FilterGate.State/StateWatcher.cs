namespace FilterGate.State;

/// <summary>Tells a running gateway when <c>state.db</c> has been changed, by whichever process: how an approval at the command line takes force within a second.</summary>
/// <remarks>
/// Asks <see cref="StateStore.DataVersion"/> each <paramref name="interval"/>; calls never overlap, and a change that comes during a call leads to another call after it. When the database cannot be read
/// just now, <paramref name="onProblem"/> is told and the watch goes on: a gateway keeps the policy that it has.
/// </remarks>
/// <param name="store">What to watch; outlives the watcher.</param>
/// <param name="clock">Where the timer comes from.</param>
/// <param name="onChange">Reads what changed; runs on a pool thread. A <see cref="StateStoreException"/> it throws goes to <paramref name="onProblem"/> and the change is announced again.</param>
/// <param name="onProblem">Told what could not be read.</param>
/// <param name="interval">Default 250 ms: a change is in force well within the second that is promised.</param>
public sealed class StateWatcher(StateStore store, TimeProvider clock, Action onChange, Action<StateStoreException>? onProblem = null, TimeSpan? interval = null) : IAsyncDisposable
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMilliseconds(250);
    private long _seen;
    private ITimer? _timer;

    /// <summary>Begins to watch; what is in the database now counts as known. Call it before reading that, so that nothing falls between.</summary>
    /// <exception cref="StateStoreException">The database cannot be read.</exception>
    public void Start()
    {
        if (_timer is not null) throw new InvalidOperationException("The watcher runs already.");
        _seen = store.DataVersion();
        // One shot, set again after each look: so looks never overlap, however long a change takes to read.
        _timer = clock.CreateTimer(_ => Look(), state: null, _interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops; a call that is under way ends first.</summary>
    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Look()
    {
        try
        {
            // Read first: a change during the call has a later version and is noticed at the next look.
            var version = store.DataVersion();
            if (version != _seen)
            {
                onChange();
                _seen = version;
            }
        }
        catch (StateStoreException e)
        {
            onProblem?.Invoke(e);
        }
        finally
        {
            _timer!.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }
}
