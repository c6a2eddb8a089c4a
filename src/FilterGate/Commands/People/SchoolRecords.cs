using System.Collections.Immutable;
using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary>What people and devices are checked against: the policy in force, and the roster as it is.</summary>
/// <param name="Document">The policy: its groups, networks, time zone and keys.</param>
/// <param name="Roster">The roster as it is.</param>
/// <param name="Now">The time.</param>
internal sealed record SchoolRecords(PolicyDocument Document, Roster Roster, DateTimeOffset Now)
{
    /// <summary>Years that a date of a school's records lies in: anything else is a slip.</summary>
    private const int YearMin = 1950, YearMax = 2100;

    // Schools' records write the day first. A month first is not guessed at: 03/04 would be read silently wrong.
    private static readonly string[] DateForms = ["yyyy-MM-dd", "d/M/yyyy", "d.M.yyyy", "d-M-yyyy", "d MMM yyyy", "d MMMM yyyy", "d-MMM-yyyy"];
    private static readonly string[] TimeForms = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "d/M/yyyy HH:mm"];
    private static readonly string[] InstantForms = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>Reads what is in force.</summary>
    /// <exception cref="UserErrorException">The policy cannot be read.</exception>
    public static SchoolRecords Load(CommandContext context, StateStore state) =>
        new(GatewayInputs.Load(context, listsFolder: null, state).Document, state.CurrentRoster(), context.Clock.GetUtcNow());

    /// <summary>The groups of the policy.</summary>
    public ImmutableArray<string> Groups => [.. Document.Groups.Select(g => g.Name)];

    /// <summary>Reads when somebody's time begins or ends: a day, or a day with a time. A last day counts whole.</summary>
    /// <param name="text">As written.</param>
    /// <param name="isEnd">True for the end: a day alone then means the midnight after it.</param>
    /// <param name="time">The instant.</param>
    /// <param name="problem">Why not, as a clause.</param>
    public bool TryReadTime(string text, bool isEnd, out DateTimeOffset time, out string problem)
    {
        time = default;
        if (TryReadDay(text, out var day, out problem))
        {
            time = Begin(isEnd ? day.AddDays(1) : day);
            return true;
        }
        if (DateTime.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && local.Year is >= YearMin and <= YearMax)
        {
            if (Document.Timetable.Zone.IsInvalidTime(local)) problem = $"'{text}' does not exist: the clocks go forward over it";
            else time = InZone(local);
            return time != default;
        }
        if (!DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out time) || time.Year is < YearMin or > YearMax) return false;
        time = time.ToUniversalTime();
        return true;
    }

    /// <summary>Reads a day.</summary>
    public static bool TryReadDay(string text, out DateOnly day, out string problem)
    {
        problem = "";
        if (DateOnly.TryParseExact(text, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is >= YearMin and <= YearMax) return true;
        problem = text.Length <= 30 && text.Any(char.IsAsciiDigit)
            ? $"'{text}' is no date that there is; write 2026-09-01 or 01/09/2026 (the day first)"
            : "it is no date; write 2026-09-01 or 01/09/2026 (the day first)";
        return false;
    }

    /// <summary>A beginning or an end as <see cref="TryReadTime"/> reads it: in the school's own time; a midnight as its day, an end as the last whole day.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(time))]
    public string? Spell(DateTimeOffset? time, bool isEnd)
    {
        if (time is not { } instant) return null;
        var zone = Document.Timetable.Zone;
        var local = TimeZoneInfo.ConvertTime(instant, zone);
        if (local.TimeOfDay == TimeSpan.Zero) return (isEnd ? local.AddDays(-1) : local).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        // In the hour that comes twice the offset says which.
        var form = zone.IsAmbiguousTime(local.DateTime) ? "yyyy-MM-dd'T'HH:mm:ssK" : local.Second == 0 ? "yyyy-MM-dd'T'HH:mm" : "yyyy-MM-dd'T'HH:mm:ss";
        return local.ToString(form, CultureInfo.InvariantCulture);
    }

    /// <summary>The group of this name or title, as the policy spells it; null, with the reason, for none.</summary>
    public string? FindGroup(string text, out string problem)
    {
        problem = "";
        foreach (var group in Document.Groups)
            if (string.Equals(group.Name, text, StringComparison.OrdinalIgnoreCase) || string.Equals(group.Title, text, StringComparison.OrdinalIgnoreCase)) return group.Name;
        problem = Groups.IsEmpty
            ? $"{Shown(text)} is no group: the policy has none yet; write groups: {{ 4b: {{ kind: class, tier: pupil }} }} in it"
            : $"{Shown(text)} is no group of the policy{Nearest.Suggestion(text, Groups)}{(Groups.Length <= 20 ? $" (groups: {string.Join(", ", Groups)})" : "")}";
        return null;
    }

    /// <summary>True when this person may let guests in: the head or the business manager, or who stands in for them; where the policy names no keys, anybody who works here.</summary>
    public bool MayAuthorise(string person) => Document.Approvals.IsWritten
        ? Document.Approvals.May(person, Policy.TwoKeys.Roles.Head) || Document.Approvals.May(person, Policy.TwoKeys.Roles.BusinessManager)
        : Roster.FindPerson(person) is { Role: PersonRole.Staff };

    /// <summary>A word of a file for a message: as it stands where it can only be an id or the like, hidden where it may be a name.</summary>
    public static string Shown(string text) => RosterIds.IsValid(text) ? $"'{text}'" : $"'{Masking.Hidden}'";

    private DateTimeOffset Begin(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        // Where the clocks go forward at midnight the day begins when they have.
        while (Document.Timetable.Zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(1);
        return InZone(midnight);
    }

    /// <summary>Of an hour that comes twice the first counts.</summary>
    private DateTimeOffset InZone(DateTime local)
    {
        var zone = Document.Timetable.Zone;
        return new DateTimeOffset(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
