namespace FilterGate.Policy.Timetables;

/// <summary>Which periods of a <see cref="Timetable"/> run: a bit for each, by its index.</summary>
/// <param name="Bits">Bit n stands for period n.</param>
public readonly record struct PeriodSet(ulong Bits)
{
    /// <summary>True when none runs.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>True when the period runs.</summary>
    /// <param name="period">Its index, 0 to 63, of <see cref="Timetable.TryFind"/>.</param>
    public bool Contains(int period) => (Bits >> period & 1) != 0;

    /// <summary>This set with one more.</summary>
    public PeriodSet With(int period) => new(Bits | 1UL << period);

    /// <summary>True when one of the other set's is in this one.</summary>
    public bool Overlaps(PeriodSet other) => (Bits & other.Bits) != 0;
}
