using System.Collections.Concurrent;
using FilterGate.State;

namespace FilterGate.Proxy;

/// <summary>Counts how often overrides and class sessions are used, by whom and day, and how often anybody turns to a help site. In memory; whoever owns it takes the counts away each minute.</summary>
/// <remarks>A use costs one look-up and no allocation but the first. Of help sites nothing is kept but a number for the school. Safe from any thread.</remarks>
public sealed class UseCounter(TimeProvider clock)
{
    /// <summary>Most pairs of override and person on a day: a thousand people and a hundred overrides each. What is more is kept as events instead.</summary>
    public const int EntriesMax = 100_000;

    private readonly ConcurrentDictionary<(long Id, bool IsSession, int Day, string Who), Tally> _uses = [];
    private readonly ConcurrentDictionary<int, long> _help = [];

    /// <summary>Counts a use; true for the first of this override, or of this class session, by this person (else device, else address) on this day of the school.</summary>
    public bool IsFirstUse(long id, string who, bool isSession = false)
    {
        var now = clock.GetUtcNow();
        var key = (id, isSession, Today(now), who);
        if (_uses.TryGetValue(key, out var tally))
        {
            tally.Add(now);
            return false;
        }
        if (_uses.Count >= EntriesMax) return true;
        var made = new Tally(now);
        if (_uses.TryAdd(key, made)) return true;
        _uses[key].Add(now);
        return false;
    }

    /// <summary>Counts a connection to a help site: nothing but that there was one.</summary>
    public void CountHelpVisit() => _help.AddOrUpdate(Today(clock.GetUtcNow()), 1, static (_, count) => count + 1);

    /// <summary>Notes uses that are on record already, so that a gateway which starts again writes no second first use.</summary>
    public void Remember(IEnumerable<OverrideUse> uses)
    {
        ArgumentNullException.ThrowIfNull(uses);
        foreach (var use in uses) _uses.TryAdd((use.OverrideId, use.IsSession, use.Day.DayNumber, use.Who), new Tally());
    }

    /// <summary>Takes away what was counted since the last call, and forgets days that are over.</summary>
    public (IReadOnlyCollection<OverrideUse> Uses, IReadOnlyCollection<(DateOnly Day, long Count)> HelpVisits) Take()
    {
        var today = Today(clock.GetUtcNow());
        var uses = new List<OverrideUse>();
        foreach (var (key, tally) in _uses)
        {
            if (tally.Take() is var (count, first, last) && count > 0) uses.Add(new OverrideUse(key.Id, DateOnly.FromDayNumber(key.Day), key.Who, first, last, count) { IsSession = key.IsSession });
            // Yesterday is kept for an hour or so of clock changes; what it holds has been taken.
            if (key.Day < today - 1) _uses.TryRemove(key, out _);
        }
        var help = new List<(DateOnly, long)>();
        foreach (var day in _help.Keys)
            if (_help.TryRemove(day, out var count)) help.Add((DateOnly.FromDayNumber(day), count));
        return (uses, help);
    }

    /// <summary>Gives back what could not be stored.</summary>
    public void GiveBack(IEnumerable<OverrideUse> uses, IEnumerable<(DateOnly Day, long Count)> helpVisits)
    {
        ArgumentNullException.ThrowIfNull(uses);
        ArgumentNullException.ThrowIfNull(helpVisits);
        foreach (var use in uses) _uses.GetOrAdd((use.OverrideId, use.IsSession, use.Day.DayNumber, use.Who), static _ => new Tally()).Add(use.First, use.Last, use.Count);
        foreach (var (day, count) in helpVisits) _help.AddOrUpdate(day.DayNumber, count, (_, there) => there + count);
    }

    private int Today(DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, clock.LocalTimeZone).DateTime).DayNumber;

    /// <summary>What one person has made of one override since it was last taken.</summary>
    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private long _count;
        private DateTimeOffset _first, _last;

        public Tally()
        {
        }

        public Tally(DateTimeOffset time) => Add(time, time, 1);

        public void Add(DateTimeOffset time) => Add(time, time, 1);

        public void Add(DateTimeOffset first, DateTimeOffset last, long count)
        {
            lock (_lock)
            {
                // The clock may have been set back in between: the earlier stays the first.
                _first = _count == 0 || first < _first ? first : _first;
                _last = _count == 0 || last > _last ? last : _last;
                _count += count;
            }
        }

        public (long Count, DateTimeOffset First, DateTimeOffset Last) Take()
        {
            lock (_lock)
            {
                var taken = (_count, _first, _last);
                _count = 0;
                return taken;
            }
        }
    }
}
