using System.Globalization;

namespace FilterGate.Events;

/// <summary>A UTC month: the unit in which events are filed and, by dropping the file, forgotten.</summary>
internal readonly record struct EventMonth(int Year, int Month) : IComparable<EventMonth>
{
    private const string Format = "yyyy-MM";

    internal static EventMonth Of(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month);

    /// <summary>A month as it is written in file names, <c>2026-11</c>.</summary>
    internal static bool TryParse(string text, out EventMonth month)
    {
        month = default;
        if (!DateTime.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var start)) return false;
        month = new EventMonth(start.Year, start.Month);
        return true;
    }

    /// <summary>Its first instant.</summary>
    internal DateTimeOffset Start => new(Year, Month, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Months since the year 0, modulo 32: the first character of a reference.</summary>
    internal int Modulo => Number % 32;

    internal EventMonth Next => Month == 12 ? new(Year + 1, 1) : new(Year, Month + 1);

    private int Number => (Year * 12) + Month - 1;

    public int CompareTo(EventMonth other) => Number.CompareTo(other.Number);

    public override string ToString() => Start.ToString(Format, CultureInfo.InvariantCulture);
}
