using FilterGate.Policy;
using FilterGate.Policy.Timetables;
using FilterGate.Review.Log;

namespace FilterGate.Review.Site;

/// <summary>Times as people at the school say them.</summary>
internal static class SchoolTime
{
    /// <summary><c>14:05</c> today, else <c>Mon 23 Nov, 14:05</c>.</summary>
    public static string Say(this Timetable timetable, DateTimeOffset time, DateTimeOffset now)
    {
        var local = timetable.ToLocal(time);
        return local.Date == timetable.ToLocal(now).Date ? local.ToString("HH:mm", LogView.British) : local.ToString("ddd d MMM, HH:mm", LogView.British);
    }

    /// <summary><c>Mon 23 Nov 2026</c>.</summary>
    public static string SayDay(this Timetable timetable, DateTimeOffset time) => timetable.ToLocal(time).ToString("ddd d MMM yyyy", LogView.British);

    /// <summary>How long ago, in the largest unit that is true: <c>3 days</c>, <c>2 hours</c>, <c>12 minutes</c>. A clock that was set back makes it <c>just now</c>.</summary>
    public static string SayAge(TimeSpan age)
    {
        return age switch
        {
            { TotalMinutes: < 1 } => "just now",
            { TotalHours: < 1 } => Many((int)age.TotalMinutes, "minute"),
            { TotalDays: < 1 } => Many((int)age.TotalHours, "hour"),
            _ => Many((int)age.TotalDays, "day"),
        };

        static string Many(int number, string unit) => number == 1 ? $"1 {unit}" : string.Create(LogView.British, $"{number:N0} {unit}s");
    }

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
    public static string Say(this PolicySnapshot policy, Audience audience) => audience.Kind switch
    {
        AudienceKind.Everyone => "everyone",
        AudienceKind.Tier => $"all in the tier {audience.Name}",
        AudienceKind.Group => policy.FindGroup(audience.Name)?.Title ?? audience.Name,
        AudienceKind.Person => policy.InForce.Roster.FindPerson(audience.Name) is { Role: not FilterGate.Policy.People.PersonRole.Pupil } person ? person.Name : "one person",
        _ => $"the device {audience.Name}",
    };
}
