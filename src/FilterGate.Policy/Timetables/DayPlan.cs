namespace FilterGate.Policy.Timetables;

/// <summary>A timetable worked out for one local day: what runs from which instant on. Immutable.</summary>
internal sealed class DayPlan
{
    private readonly long[] _changes;
    private readonly PeriodSet[] _sets;

    /// <param name="day">The local day.</param>
    /// <param name="from">Its first instant, in ticks of UTC.</param>
    /// <param name="until">The next day's first instant.</param>
    /// <param name="daySet">The periods that run all day.</param>
    /// <param name="spans">The spans that touch the day; those of the evening before too.</param>
    public DayPlan(DateOnly day, long from, long until, PeriodSet daySet, PlannedSpan[] spans)
    {
        (Day, From, Until, Spans) = (day, from, until, spans);
        // A bell that rings between two lessons is a change too, though the same period goes on.
        _changes = [.. spans.SelectMany(s => new[] { s.From, s.Until }).Where(t => from < t && t < until).Append(from).Distinct().Order()];
        _sets = [.. _changes.Select(t => SetAt(t, daySet))];
    }

    public DateOnly Day { get; }

    public long From { get; }

    public long Until { get; }

    public PlannedSpan[] Spans { get; }

    public bool Contains(long utcTicks) => From <= utcTicks && utcTicks < Until;

    /// <summary>What runs at an instant of this day.</summary>
    public PeriodSet At(long utcTicks)
    {
        var next = 1;
        // A school day has a dozen changes: walking them takes no longer than halving them.
        while (next < _changes.Length && _changes[next] <= utcTicks) next++;
        return _sets[next - 1];
    }

    /// <summary>The first change after an instant of this day: at the latest the next day's beginning.</summary>
    public long NextChange(long utcTicks)
    {
        foreach (var change in _changes)
            if (change > utcTicks) return change;
        return Until;
    }

    private PeriodSet SetAt(long utcTicks, PeriodSet daySet)
    {
        var set = daySet;
        foreach (var span in Spans)
            if (span.Contains(utcTicks)) set = set.With(span.Period);
        return set == daySet ? set.With(Timetable.OutOfHours) : set;
    }
}
