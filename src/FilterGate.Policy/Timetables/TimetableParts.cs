namespace FilterGate.Policy.Timetables;

/// <summary>A term or a holiday: whole days, both ends within.</summary>
/// <param name="Name">What the school calls it.</param>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public sealed record SchoolDates(string Name, DateOnly From, DateOnly To)
{
    /// <summary>True when the day is one of them.</summary>
    public bool Contains(DateOnly day) => From <= day && day <= To;

    /// <summary>True when they share a day.</summary>
    public bool Overlaps(SchoolDates other) => From <= other.To && other.From <= To;
}

/// <summary>One span of a period on a day of the week.</summary>
/// <param name="Period">Index of the period.</param>
/// <param name="From">Minutes after the day's midnight by the clock, 0 to 1439.</param>
/// <param name="To">The same, after <paramref name="From"/>: above 1440 it runs into the next day; at most 1439 minutes more than a day.</param>
/// <param name="Always">True when it runs in the holidays too.</param>
internal readonly record struct DaySpan(int Period, int From, int To, bool Always);

/// <summary>A span as it falls on a certain day, in ticks of UTC; the end is not within.</summary>
internal readonly record struct PlannedSpan(int Period, long From, long Until)
{
    public bool Contains(long utcTicks) => From <= utcTicks && utcTicks < Until;
}
