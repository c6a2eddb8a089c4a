using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FilterGate.Policy.Timetables;

namespace FilterGate.Policy.Documents;

internal sealed partial class PolicyReader
{
    /// <summary>Most spans of one period in one line: one every half hour.</summary>
    private const int SpansMax = 48;

    /// <summary>Most terms, and most holidays: a school writes a handful for each year.</summary>
    private const int DatesMax = 400;

    private const int DatesNameLengthMax = 60;

    /// <summary>A span over midnight that lasts longer than this has most likely lost its order.</summary>
    private const int NightMinutesMax = 16 * 60;

    private const int DayMinutes = 24 * 60;

    private static readonly string[] TimetableKeys = ["zone", "week", "terms", "holidays"];
    private static readonly string[] PeriodKeys = ["times", "always"];
    private static readonly string[] DatesKeys = ["name", "from", "to", "on"];

    /// <summary>By <see cref="DayOfWeek"/>.</summary>
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>Times of one period, written in one line of the week.</summary>
    private sealed record PeriodLine(DocumentText Key, string Days, bool IsSingleDay, ImmutableArray<SpanLine> Spans);

    private sealed record SpanLine(DocumentNode Node, int From, int To, bool Always);

    private Timetable ReadTimetable(DocumentNode? node)
    {
        if (node is null || node.IsNull) return Timetable.Empty;
        if (node is not DocumentMap map)
        {
            Wrong(node, $"timetable is a mapping, not {node.Kind}; write timetable: {{ week: {{ mon-fri: {{ lesson: 09:00-15:15 }} }} }}");
            return Timetable.Empty;
        }
        var keys = Known(map, TimetableKeys, [], "timetable");
        var zone = ReadZone(map, keys.GetValueOrDefault("zone"));
        var names = new List<string>();
        var week = ReadWeek(keys.GetValueOrDefault("week"), names);
        var terms = ReadDates(keys.GetValueOrDefault("terms"), "terms", "term", isTerm: true, []);
        var holidays = ReadDates(keys.GetValueOrDefault("holidays"), "holidays", "holiday", isTerm: false, terms);
        return new Timetable(zone, [.. names.Take(Timetable.NamesMax)], week, terms, holidays);
    }

    private TimeZoneInfo ReadZone(DocumentMap timetable, DocumentNode? node)
    {
        var id = Timetable.ZoneDefault;
        if (node is not null)
        {
            if (Text(node, "a time zone such as Europe/London") is not { } text) return TimeZoneInfo.Utc;
            id = text;
        }
        // The name becomes a path below the system's zones.
        if (ZoneName().IsMatch(id) && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)) return zone;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Timetable.ZoneDefault, out _))
            Wrong(node ?? timetable, $"this machine knows no time zone {id}: its zone files are missing; install the package tzdata");
        else Wrong(node ?? timetable, $"'{id}' is no time zone{Suggestion(id, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id))}; write one such as Europe/London");
        return TimeZoneInfo.Utc;
    }

    private ImmutableArray<ImmutableArray<DaySpan>> ReadWeek(DocumentNode? node, List<string> names)
    {
        // Of each day and period the line that counts: a day's own one before that of a range.
        var days = new Dictionary<string, PeriodLine>[7];
        for (var day = 0; day < 7; day++) days[day] = new Dictionary<string, PeriodLine>(StringComparer.Ordinal);
        foreach (var (key, value) in Entries(node, "week", "mon-fri: { lesson: 09:00-15:15 }"))
        {
            if (!TryReadDays(key, out var first, out var count)) continue;
            foreach (var (name, times) in Entries(value, key.Text, "{ lesson: 09:00-15:15 }"))
            {
                if (!IsPeriodName(name, names)) continue;
                var line = new PeriodLine(name, key.Text, count == 1, ReadSpans(times, name.Text));
                var isReported = false;
                for (var day = first; day < first + count; day++)
                {
                    var lines = days[day % 7];
                    if (!lines.TryGetValue(name.Text, out var other) || (line.IsSingleDay && !other.IsSingleDay)) lines[name.Text] = line;
                    else if (line.IsSingleDay == other.IsSingleDay && !isReported)
                    {
                        isReported = true;
                        Wrong(name, $"'{name.Text}' stands under {other.Days} and under {key.Text}, which share {DayNames[day % 7]}; keep one, or write that day's own line");
                    }
                }
            }
        }
        foreach (var name in names) FindOverlaps(name, days);
        return [.. days.Select(lines => lines.SelectMany(line =>
            names.IndexOf(line.Key) is var index and < Timetable.NamesMax
                ? line.Value.Spans.Select(s => new DaySpan(Timetable.BuiltIn.Length + index, s.From, s.To, s.Always))
                : []).ToImmutableArray())];
    }

    /// <summary>Reads <c>mon</c> or <c>mon-fri</c>; a range may go over the end of the week.</summary>
    private bool TryReadDays(DocumentText key, out int first, out int count)
    {
        (first, count) = (0, 0);
        var words = key.Text.Split('-', StringSplitOptions.TrimEntries);
        foreach (var word in words)
        {
            if (DayNames.Contains(word, StringComparer.Ordinal)) continue;
            Wrong(key, $"'{word}' is no day{Suggestion(word, DayNames)}; write a day or a range of days, such as mon or mon-fri ({string.Join(", ", DayNames)})");
            return false;
        }
        if (words.Length > 2)
        {
            Wrong(key, $"'{key.Text}' is no range of days; write it as mon-fri");
            return false;
        }
        first = Array.IndexOf(DayNames, words[0]);
        count = (Array.IndexOf(DayNames, words[^1]) - first + 7) % 7 + 1;
        return true;
    }

    private bool IsPeriodName(DocumentText key, List<string> names)
    {
        if (names.Contains(key.Text)) return true;
        if (Timetable.BuiltIn.Contains(key.Text)) Wrong(key, $"'{key.Text}' is built in and cannot be written; give the period another name");
        else if (!TierName().IsMatch(key.Text)) Wrong(key, $"'{key.Text}' cannot name a period: use lower-case letters, digits and '-', beginning with a letter, at most 32");
        else
        {
            names.Add(key.Text);
            if (names.Count == Timetable.NamesMax + 1) Wrong(key, $"'{key.Text}' is one name too many: a timetable has at most {Timetable.NamesMax}");
            return true;
        }
        return false;
    }

    /// <summary>Reads <c>09:00-10:30</c>, a list of such, <c>none</c>, or <c>{ times: …, always: true }</c>.</summary>
    private ImmutableArray<SpanLine> ReadSpans(DocumentNode node, string name)
    {
        var (times, always) = (node, false);
        if (node is DocumentMap map)
        {
            var keys = Known(map, PeriodKeys, [], $"period {name}");
            if (!keys.TryGetValue("times", out times!))
            {
                Wrong(node, $"the times of {name} are missing; write {{ times: 09:00-10:30, always: true }}");
                return [];
            }
            always = ReadChoice(keys.GetValueOrDefault("always"), "always", YesOrNo) ?? false;
        }
        if (times is DocumentText { Text: "none" }) return [];
        var spans = ImmutableArray.CreateBuilder<SpanLine>();
        ImmutableArray<DocumentNode> items = times is DocumentList list ? list.Items : [times];
        if (items.Length > SpansMax) Wrong(times, $"{name} has more than {SpansMax} spans in one line; join those that touch");
        else foreach (var item in items)
        {
            if (Text(item, "a span such as 09:00-10:30") is { } text && TryReadSpan(item, text, out var from, out var to)) spans.Add(new SpanLine(item, from, to, always));
        }
        return spans.ToImmutable();
    }

    private bool TryReadSpan(DocumentNode node, string text, out int from, out int to)
    {
        (from, to) = (0, 0);
        // A word processor makes a dash of the hyphen.
        var parts = text.Split(['-', '–', '—'], StringSplitOptions.TrimEntries);
        if (parts.Length != 2)
        {
            Wrong(node, $"'{text}' is no span of time; write it as 09:00-10:30");
            return false;
        }
        foreach (var (part, isEnd) in new[] { (parts[0], false), (parts[1], true) })
        {
            if (Minutes(part, isEnd) is { } minutes) (from, to) = isEnd ? (from, minutes) : (minutes, to);
            else
            {
                Wrong(node, $"'{part}' is no {(isEnd ? "end" : "beginning")} of a span; write a time from {(isEnd ? "00:01 to 24:00" : "00:00 to 23:59")}, such as 09:00");
                return false;
            }
        }
        if (from == to)
        {
            Wrong(node, $"'{text}' ends as it begins; for a whole day write 00:00-24:00");
            return false;
        }
        if (to > from) return true;
        to += DayMinutes;
        if (to - from > NightMinutesMax)
            Warn(node, string.Create(CultureInfo.InvariantCulture, $"'{text}' runs over midnight and lasts {(to - from) / 60} hours {(to - from) % 60} minutes; if it is meant for one day, write {parts[1]}-{parts[0]}"));
        return true;
    }

    /// <summary>Minutes after midnight of <c>9:00</c>, <c>09:00</c> or, as an end, <c>24:00</c>.</summary>
    private static int? Minutes(string text, bool isEnd)
    {
        if (isEnd && text == "24:00") return DayMinutes;
        return TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.Hour * 60 + time.Minute : null;
    }

    /// <summary>A period that runs twice at once would have two bells.</summary>
    private void FindOverlaps(string name, Dictionary<string, PeriodLine>[] days)
    {
        var placed = new List<(int From, int To, DocumentNode Node)>();
        for (var day = 0; day < 8; day++) // Sunday once more: Saturday night runs into it
        {
            if (!days[day % 7].TryGetValue(name, out var line)) continue;
            placed.AddRange(line.Spans.Select(s => (day * DayMinutes + s.From, day * DayMinutes + s.To, s.Node)));
        }
        placed.Sort((a, b) => a.From.CompareTo(b.From));
        var reported = new HashSet<DocumentNode>(ReferenceEqualityComparer.Instance);
        for (var i = 1; i < placed.Count; i++)
        {
            var (before, after) = (placed[i - 1], placed[i]);
            var later = (after.Node.Line, after.Node.Column).CompareTo((before.Node.Line, before.Node.Column)) >= 0 ? after.Node : before.Node;
            if (after.From < before.To && reported.Add(later)) Wrong(later, $"'{((DocumentText)later).Text}' of {name} runs into another span of it on {DayNames[after.From / DayMinutes % 7]}; a period runs once at a time");
        }
    }

    /// <summary>Reads terms or holidays. <paramref name="terms"/> is empty while terms are read.</summary>
    private ImmutableArray<SchoolDates> ReadDates(DocumentNode? node, string key, string what, bool isTerm, ImmutableArray<SchoolDates> terms)
    {
        var items = Items(node, key);
        if (items.Length > DatesMax)
        {
            Wrong(node!, $"{key} has more than {DatesMax} entries; remove those of past years");
            return [];
        }
        var read = new List<(SchoolDates Dates, DocumentNode Node)>();
        foreach (var item in items)
            if (ReadDates(item, what, isTerm) is { } dates) read.Add((dates, item));
        for (var i = 0; i < read.Count; i++)
        {
            var (dates, place) = read[i];
            foreach (var (other, otherPlace) in read.Take(i))
            {
                if (!dates.Overlaps(other)) continue;
                var message = string.Create(CultureInfo.InvariantCulture, $"{what} '{dates.Name}' overlaps '{other.Name}' of line {otherPlace.Line}");
                if (isTerm) Wrong(place, message + "; terms follow each other");
                else Warn(place, message + "; one of them is enough");
            }
            if (isTerm || terms.IsEmpty) continue;
            if (terms.FirstOrDefault(t => dates.From <= t.From && t.To <= dates.To) is { } covered) Wrong(place, $"holiday '{dates.Name}' covers the whole term '{covered.Name}'; correct the dates of one of them");
            else if (!terms.Any(dates.Overlaps)) Warn(place, $"holiday '{dates.Name}' lies within no term and changes nothing: the days between terms are holidays already");
        }
        return [.. read.Select(r => r.Dates).OrderBy(d => d.From)];
    }

    private SchoolDates? ReadDates(DocumentNode node, string what, bool isTerm)
    {
        var example = isTerm ? "{ name: autumn, from: 2026-09-03, to: 2026-12-18 }" : "{ name: half-term, from: 2026-10-26, to: 2026-10-30 } or { name: inset, on: 2026-11-27 }";
        if (node is not DocumentMap map)
        {
            Wrong(node, $"a {what} is written as {example}, not {node.Kind}");
            return null;
        }
        var keys = Known(map, DatesKeys, [], $"a {what}");
        string? name = null;
        if (!keys.TryGetValue("name", out var nameNode)) Wrong(node, $"the {what}'s name is missing; write {example}");
        else if ((name = Text(nameNode, $"the {what}'s name")) is { Length: > DatesNameLengthMax }) Wrong(nameNode, $"the {what}'s name is longer than {DatesNameLengthMax} characters");
        var (from, to, on) = (keys.GetValueOrDefault("from"), keys.GetValueOrDefault("to"), keys.GetValueOrDefault("on"));
        if (on is null ? from is null || to is null : isTerm || from is not null || to is not null)
        {
            Wrong(node, $"a {what} has {(isTerm ? "from and to" : "either from and to, or on")}; write {example}");
            return null;
        }
        var first = ReadDay(on ?? from!);
        var last = on is null ? ReadDay(to!) : first;
        if (name is null || first is null || last is null) return null;
        if (first <= last) return new SchoolDates(name, first.Value, last.Value);
        Wrong(to!, string.Create(CultureInfo.InvariantCulture, $"the {what} '{name}' ends on {last:yyyy-MM-dd}, before it begins; exchange from and to"));
        return null;
    }

    private DateOnly? ReadDay(DocumentNode node)
    {
        if (Text(node, "a day such as 2026-09-03") is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200) return day;
        Wrong(node, $"'{text}' is no day of the calendar; write year, month and day as 2026-09-03");
        return null;
    }

    private ImmutableArray<DocumentEntry> Entries(DocumentNode? node, string key, string example)
    {
        if (node is DocumentMap map) return map.Entries;
        if (node is not null && !node.IsNull) Wrong(node, $"{key} is a mapping, not {node.Kind}; write {key}: {example}");
        return [];
    }

    [GeneratedRegex("^[A-Za-z]+([/_+-][A-Za-z0-9]+){0,5}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ZoneName();
}
