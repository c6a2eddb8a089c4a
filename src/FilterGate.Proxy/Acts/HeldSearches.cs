using FilterGate.Events;

namespace FilterGate.Proxy.Acts;

/// <summary>Holds searches that a page makes by itself while somebody types (<c>riv</c>, <c>rivers</c>, <c>rivers of wales</c>) until the typing is done, and stores the last of them alone.</summary>
/// <remarks>
/// Held for <see cref="QuietTime"/> after the last letter, at most <see cref="HeldTimeMax"/> in all. Words that are no continuation of those held send these to the store first. Nothing is lost but by a power cut in that time: what is held when the
/// gateway stops is stored, and what finds no room is stored at once. Only searches that were allowed come here, and only those that no page navigation shows.
/// </remarks>
internal sealed class HeldSearches : IAsyncDisposable
{
    /// <summary>A pause in typing.</summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);

    /// <summary>Longest that a search waits.</summary>
    public static readonly TimeSpan HeldTimeMax = TimeSpan.FromSeconds(10);

    /// <summary>Most that are held: one for each of a large school's devices.</summary>
    public const int HeldMax = 4_096;

    private readonly EventStore _events;
    private readonly TimeProvider _clock;
    private readonly Dictionary<(string Client, string Host), Held> _held = [];
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    public HeldSearches(EventStore events, TimeProvider clock)
    {
        (_events, _clock) = (events, clock);
        _timer = clock.CreateTimer(_ => _ = StoreDueAsync(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Takes a search; stores what it does not continue.</summary>
    public async ValueTask HoldAsync(string client, FilterEvent search, CancellationToken cancellationToken)
    {
        var key = (client, search.Host ?? "");
        var now = _clock.GetUtcNow();
        FilterEvent? done = null;
        lock (_lock)
        {
            if (_held.TryGetValue(key, out var held))
            {
                if (Continues(held.Event.SearchWords!, search.SearchWords!)) _held[key] = held with { Event = search, Last = now };
                // Letters taken back: the longer words were searched for too.
                else if (Continues(search.SearchWords!, held.Event.SearchWords!)) _held[key] = held with { Last = now };
                else
                {
                    done = held.Event;
                    _held[key] = new Held(search, now, now);
                }
            }
            else if (_held.Count < HeldMax) _held[key] = new Held(search, now, now);
            else done = search;
        }
        if (done is not null) await _events.EnqueueAsync(done, cancellationToken);
    }

    private static bool Continues(string shorter, string longer) => longer.StartsWith(shorter, StringComparison.OrdinalIgnoreCase);

    private async Task StoreDueAsync(bool isEnd = false)
    {
        List<FilterEvent>? due = null;
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            foreach (var (key, held) in _held)
            {
                // A clock that was set back must not hold one for long.
                if (!isEnd && now - held.Last < QuietTime && now - held.First < HeldTimeMax && now >= held.First) continue;
                (due ??= []).Add(held.Event);
                _held.Remove(key);
            }
        }
        if (due is null) return;
        try
        {
            foreach (var search in due) await _events.EnqueueAsync(search, CancellationToken.None);
        }
        catch (Exception problem) when (problem is EventStoreException or ObjectDisposedException)
        {
            // The store says by itself that it cannot write.
        }
    }

    /// <summary>Stores what is held.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await StoreDueAsync(isEnd: true);
    }

    private readonly record struct Held(FilterEvent Event, DateTimeOffset First, DateTimeOffset Last);
}
