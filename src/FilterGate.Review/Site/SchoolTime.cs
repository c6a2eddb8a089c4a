using FilterGate.Policy;
using FilterGate.Policy.Timetables;
using FilterGate.Safeguarding.Today;

namespace FilterGate.Review.Site;

/// <summary>Times, and what is counted in them, as people at the school say them.</summary>
internal static class SchoolTime
{
    /// <summary><c>14:05</c> today, else <c>Mon 23 Nov, 14:05</c>.</summary>
    public static string Say(this Timetable timetable, DateTimeOffset time, DateTimeOffset now, Tongue tongue)
    {
        var local = timetable.ToLocal(time);
        return local.ToString(local.Date == timetable.ToLocal(now).Date ? "HH:mm" : "ddd d MMM, HH:mm", tongue.Culture);
    }

    /// <summary><c>Mon 23 Nov 2026</c>.</summary>
    public static string SayDay(this Timetable timetable, DateTimeOffset time, Tongue tongue) => timetable.ToLocal(time).ToString("ddd d MMM yyyy", tongue.Culture);

    /// <summary>How long ago, in the largest unit that is true: <c>3 days</c>, <c>2 hours</c>, <c>12 minutes</c>. A clock that was set back makes it <c>just now</c>.</summary>
    public static string SayAge(TimeSpan age, Tongue tongue)
    {
        return age switch
        {
            { TotalMinutes: < 1 } => tongue["just now"],
            { TotalHours: < 1 } => tongue.Count((int)age.TotalMinutes, "{0:N0} minute", "{0:N0} minutes"),
            { TotalDays: < 1 } => tongue.Count((int)age.TotalHours, "{0:N0} hour", "{0:N0} hours"),
            _ => tongue.Count((int)age.TotalDays, "{0:N0} day", "{0:N0} days"),
        };
    }

    /// <summary>Of whom only refusals are on record.</summary>
    public static string Say(this Tongue tongue, IReadOnlyList<RecordGap> gaps) => string.Join(", ", gaps.Select(gap => gap.IsOutsideGroups ? tongue.Say("{0} (outside its groups)", gap.Name) : gap.Name));

    /// <summary>How often something was tried, and in which time.</summary>
    public static string Say(this Tongue tongue, Attempts attempts) => string.Join(' ', attempts.Parts.Select(part => tongue.Say(part.English, part.Number)));

    /// <summary>The end of a local day that a form named: the whole day counts.</summary>
    public static DateTimeOffset? EndOfDay(this Timetable timetable, string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var day) && day < DateOnly.MaxValue
            ? timetable.StartOf(day.AddDays(1)) : null;

    /// <summary>A local time of today that a form named; null when it is none or does not exist today.</summary>
    public static DateTimeOffset? Today(this Timetable timetable, string text, DateTimeOffset now)
    {
        if (!TimeOnly.TryParseExact(text, "HH:mm", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time)) return null;
        var local = timetable.ToLocal(now).Date + time.ToTimeSpan();
        return timetable.Zone.IsInvalidTime(local) ? null : new DateTimeOffset(local, timetable.Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>Whom something is for, as people say it: <c>Class 4B</c>, <c>the tier pupil</c>.</summary>
    public static string Say(this PolicySnapshot policy, Audience audience, Tongue tongue) => audience.Kind switch
    {
        AudienceKind.Everyone => tongue["everyone"],
        AudienceKind.Tier => tongue.Say("all in the tier {0}", audience.Name),
        AudienceKind.Group => policy.FindGroup(audience.Name)?.Title ?? audience.Name,
        AudienceKind.Person => policy.InForce.Roster.FindPerson(audience.Name) is { Role: not FilterGate.Policy.People.PersonRole.Pupil } person ? person.Name : tongue["one person"],
        _ => tongue.Say("the device {0}", audience.Name),
    };
}
