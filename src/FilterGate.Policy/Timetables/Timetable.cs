using System.Collections.Immutable;

namespace FilterGate.Policy.Timetables;

/// <summary>When it is lesson, break, evening or holiday at this school: the periods of its week, its terms and its holidays, in its own time zone.</summary>
/// <remarks>
/// <para>Every time of the clock stands for <b>the first instant at which the clock shows it or a later time</b>. So neighbouring periods stay neighbours on every night of the year: what begins in the hour that spring leaves out begins
/// when the clock jumps (and what lies in it wholly does not happen), and of the hour that autumn has twice the first counts: from 01:30 to 02:30 are two hours on that night.</para>
/// <para>A named period runs on the days of its line except in the holidays, or in them too where it is marked so. A span over midnight belongs to the day it begins on.</para>
/// <para>Immutable but for the plan of the day asked for last, which is swapped whole; safe from any thread. Asking about the same day again costs a few nanoseconds and allocates nothing; the first question about another day works its plan out.</para>
/// </remarks>
public sealed class Timetable
{
    /// <summary>Index of <c>term-time</c>: all day on a school day, which is a weekday within a term and in no holiday. Without terms every weekday is one.</summary>
    public const int TermTime = 0;

    /// <summary>Index of <c>holiday</c>: all day on a day within no term, or in a holiday.</summary>
    public const int Holiday = 1;

    /// <summary>Index of <c>weekend</c>: all day on Saturday and Sunday.</summary>
    public const int Weekend = 2;

    /// <summary>Index of <c>out-of-hours</c>: while no named period runs.</summary>
    public const int OutOfHours = 3;

    /// <summary>Most names that a school may give: with the four that are built in they fill a <see cref="PeriodSet"/>.</summary>
    public const int NamesMax = 60;

    /// <summary>The zone of a school that names none.</summary>
    public const string ZoneDefault = "Europe/London";

    /// <summary>How far <see cref="EndOf(int, DateTimeOffset)"/> looks ahead, in days: over two years. What does not end by then has no end that a school has written down.</summary>
    private const int AheadDaysMax = 800;

    private readonly ImmutableArray<ImmutableArray<DaySpan>> _week;
    private DayPlan? _plan;

    /// <summary>Makes a timetable of parts that its reader has checked.</summary>
    /// <param name="zone">The school's zone.</param>
    /// <param name="names">Its own names, at most <see cref="NamesMax"/>; the first has the index 4.</param>
    /// <param name="week">The spans of each day, Sunday first, as <see cref="DayOfWeek"/> counts.</param>
    /// <param name="terms">Terms; none for a school that counts every weekday.</param>
    /// <param name="holidays">Holidays.</param>
    internal Timetable(TimeZoneInfo zone, IReadOnlyList<string> names, ImmutableArray<ImmutableArray<DaySpan>> week, ImmutableArray<SchoolDates> terms, ImmutableArray<SchoolDates> holidays)
    {
        if (names.Count > NamesMax) throw new ArgumentException($"a timetable has at most {NamesMax} names of its own", nameof(names));
        Zone = zone;
        Periods = [.. BuiltIn, .. names];
        (_week, Terms, Holidays) = (week, terms, holidays);
    }

    /// <summary>The names that every timetable has, by index.</summary>
    public static ImmutableArray<string> BuiltIn { get; } = ["term-time", "holiday", "weekend", "out-of-hours"];

    /// <summary>Of a school that has written none: every weekday is a school day, and it is always out of hours. In the default zone, or UTC on a machine without time zones.</summary>
    public static Timetable Empty { get; } = new(TimeZoneInfo.TryFindSystemTimeZoneById(ZoneDefault, out var london) ? london : TimeZoneInfo.Utc, [], [.. Enumerable.Repeat(ImmutableArray<DaySpan>.Empty, 7)], [], []);

    /// <summary>The names of the periods by index: the built-in ones, then the school's own in the order of the document.</summary>
    public ImmutableArray<string> Periods { get; }

    /// <summary>The school's time zone.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>Terms, in order.</summary>
    public ImmutableArray<SchoolDates> Terms { get; }

    /// <summary>Holidays, in order.</summary>
    public ImmutableArray<SchoolDates> Holidays { get; }

    /// <summary>The index of a period.</summary>
    /// <param name="name">Its name, as written.</param>
    /// <param name="index">Its bit in a <see cref="PeriodSet"/>; -1 when there is none.</param>
    public bool TryFind(string name, out int index) => (index = Periods.IndexOf(name, StringComparer.Ordinal)) >= 0;

    /// <summary>What runs at this instant; never empty.</summary>
    public PeriodSet At(DateTimeOffset time)
    {
        var ticks = time.UtcTicks;
        return PlanAt(ticks).At(ticks);
    }

    /// <summary>When the set of running periods may next change, later than <paramref name="time"/>: at a bell or, at the latest, at the next local midnight. In UTC.</summary>
    public DateTimeOffset NextChange(DateTimeOffset time) => Utc(PlanAt(time.UtcTicks).NextChange(time.UtcTicks));

    /// <summary>When a running period ends: a named one at its bell, though the next of that name begins at once; a built-in one when it no longer holds. In UTC.</summary>
    /// <returns>Null when it does not run, or ends on no day that the school has written down (a holiday after the last term).</returns>
    public DateTimeOffset? EndOf(int period, DateTimeOffset time)
    {
        var plan = PlanAt(time.UtcTicks);
        if (period >= BuiltIn.Length)
        {
            foreach (var span in plan.Spans)
                if (span.Period == period && span.Contains(time.UtcTicks)) return Utc(span.Until);
            return null;
        }
        var ticks = time.UtcTicks;
        var lastDay = plan.Day.DayNumber + AheadDaysMax;
        for (; plan.At(ticks).Contains(period); plan = PlanAt(ticks, plan))
        {
            ticks = plan.NextChange(ticks);
            if (plan.Day.DayNumber > lastDay || ticks > DayTicksMax) return null;
        }
        return ticks == time.UtcTicks ? null : Utc(ticks);
    }

    /// <summary>When the first of several periods that run now ends; null when none of them runs or has an end. In UTC.</summary>
    public DateTimeOffset? EndOf(PeriodSet periods, DateTimeOffset time)
    {
        DateTimeOffset? first = null;
        for (var period = 0; period < Periods.Length; period++)
            if (periods.Contains(period) && EndOf(period, time) is { } end && !(end >= first)) first = end;
        return first;
    }

    /// <summary>The bell: when the first of the named periods that run now ends; null out of hours. In UTC.</summary>
    public DateTimeOffset? Bell(DateTimeOffset time) => EndOf(new PeriodSet(ulong.MaxValue << BuiltIn.Length), time);

    /// <summary>The local day of an instant; minutes a day are counted by it.</summary>
    public DateOnly DayOf(DateTimeOffset time) => PlanAt(time.UtcTicks).Day;

    /// <summary>The first instant of a local day. In UTC.</summary>
    public DateTimeOffset StartOf(DateOnly day) => Utc(FirstInstant(day, 0));

    /// <summary>The first instant of the next local day. In UTC.</summary>
    public DateTimeOffset EndOfDay(DateTimeOffset time) => Utc(PlanAt(time.UtcTicks).Until);

    /// <summary>When today's last named period ends; the next local midnight when none is still to end today, or when it runs into the night. In UTC.</summary>
    public DateTimeOffset EndOfSchoolDay(DateTimeOffset time)
    {
        var plan = PlanAt(time.UtcTicks);
        var last = time.UtcTicks;
        foreach (var span in plan.Spans)
            if (span.From >= plan.From && span.Until <= plan.Until) last = Math.Max(last, span.Until);
        return Utc(last == time.UtcTicks ? plan.Until : last);
    }

    /// <summary>True on a weekday within a term and in no holiday; without terms on every weekday in no holiday.</summary>
    public bool IsSchoolDay(DateOnly day) => !IsWeekend(day) && !IsHoliday(day);

    /// <summary>The instant by the school's clock, to show to people.</summary>
    public DateTimeOffset ToLocal(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);

    private static bool IsWeekend(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private bool IsHoliday(DateOnly day) => (!Terms.IsEmpty && !AnyContains(Terms, day)) || AnyContains(Holidays, day);

    private static bool AnyContains(ImmutableArray<SchoolDates> dates, DateOnly day)
    {
        foreach (var one in dates)
            if (one.Contains(day)) return true;
        return false;
    }

    private DayPlan PlanAt(long utcTicks)
    {
        var plan = Volatile.Read(ref _plan);
        if (plan is not null && plan.Contains(utcTicks)) return plan;
        plan = PlanAt(utcTicks, near: null);
        Volatile.Write(ref _plan, plan);
        return plan;
    }

    /// <summary>The plan of the day of an instant, which is not kept: looking ahead must not push today's out.</summary>
    private DayPlan PlanAt(long utcTicks, DayPlan? near)
    {
        if (near is not null && near.Contains(utcTicks)) return near;
        var local = utcTicks + Zone.GetUtcOffset(new DateTime(utcTicks, DateTimeKind.Utc)).Ticks;
        var plan = Plan(DateOnly.FromDateTime(new DateTime(Math.Clamp(local, DayTicksMin, DayTicksMax))));
        // Where the clock goes back over midnight it shows the old day again; the new one has begun.
        return utcTicks >= plan.Until && plan.Until < DayTicksMax ? Plan(plan.Day.AddDays(1)) : plan;
    }

    private DayPlan Plan(DateOnly day)
    {
        var (from, until) = (FirstInstant(day, 0), FirstInstant(day.AddDays(1), 0));
        var spans = new List<PlannedSpan>();
        for (var start = day.AddDays(-1); start <= day; start = start.AddDays(1))
        {
            var isHoliday = IsHoliday(start);
            foreach (var span in _week[(int)start.DayOfWeek])
            {
                if (isHoliday && !span.Always) continue;
                var planned = new PlannedSpan(span.Period, FirstInstant(start, span.From), FirstInstant(start, span.To));
                if (planned.From < planned.Until && planned.From < until && planned.Until > from) spans.Add(planned);
            }
        }
        var daySet = default(PeriodSet);
        if (IsSchoolDay(day)) daySet = daySet.With(TermTime);
        if (IsHoliday(day)) daySet = daySet.With(Holiday);
        if (IsWeekend(day)) daySet = daySet.With(Weekend);
        // Beyond what a calendar can hold one day has to do for all that follow, or go before.
        if (day.DayNumber == DayMin) from = 0;
        if (day.DayNumber == DayMax) until = long.MaxValue;
        return new DayPlan(day, from, until, daySet, [.. spans]);
    }

    /// <summary>The first instant at which the clock shows this time or a later one, in ticks of UTC.</summary>
    private long FirstInstant(DateOnly day, int minute)
    {
        var local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);
        if (Zone.IsInvalidTime(local)) return Jump(local);
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return local.Ticks - offset.Ticks;
    }

    /// <summary>When the clock jumps over this time. Zones change at whole seconds, and none has two changes within two days.</summary>
    private long Jump(DateTime local)
    {
        var around = local.Ticks - Zone.GetUtcOffset(local).Ticks;
        var (before, after) = (around - 26 * TimeSpan.TicksPerHour, around + 26 * TimeSpan.TicksPerHour);
        while (after - before > TimeSpan.TicksPerSecond)
        {
            var middle = before + (after - before) / 2;
            if (middle + Zone.GetUtcOffset(new DateTime(middle, DateTimeKind.Utc)).Ticks >= local.Ticks) after = middle;
            else before = middle;
        }
        return after - after % TimeSpan.TicksPerSecond;
    }

    private static DateTimeOffset Utc(long ticks) => new(Math.Min(ticks, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    // Three days from either end of what DateOnly holds, so that the days around a day and every offset still fit.
    private static readonly int DayMin = DateOnly.MinValue.DayNumber + 3;
    private static readonly int DayMax = DateOnly.MaxValue.DayNumber - 3;
    private static readonly long DayTicksMin = DayMin * TimeSpan.TicksPerDay;
    private static readonly long DayTicksMax = (DayMax + 1) * TimeSpan.TicksPerDay - 1;
}
