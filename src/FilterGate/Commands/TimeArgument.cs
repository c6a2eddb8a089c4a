using System.Globalization;

namespace FilterGate.Commands;

/// <summary>Reads an instant as a person writes it.</summary>
internal static class TimeArgument
{
    private static readonly string[] WithDate = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];
    private static readonly string[] WithOffset = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
    private static readonly string[] OfDay = ["HH:mm", "HH:mm:ss"];

    /// <summary>Reads <c>2026-11-23T14:00Z</c>, with an offset or without (then the school's own time), a date alone (midnight), or a time of today.</summary>
    /// <param name="text">The text.</param>
    /// <param name="option">The option, for the message.</param>
    /// <param name="clock">Today and the school's time zone.</param>
    /// <exception cref="UserErrorException">It is no time, or one that the clocks leap over in spring.</exception>
    public static DateTimeOffset Read(string text, string option, TimeProvider clock)
    {
        const DateTimeStyles style = DateTimeStyles.None;
        var culture = CultureInfo.InvariantCulture;
        if (DateTime.TryParseExact(text, WithDate, culture, style, out var local)) return InSchoolTime(local, text, option, clock);
        if (TimeOnly.TryParseExact(text, OfDay, culture, style, out var ofDay)) return InSchoolTime(clock.GetLocalNow().Date + ofDay.ToTimeSpan(), text, option, clock);
        if (DateTimeOffset.TryParseExact(text, WithOffset, culture, style, out var instant)) return instant;
        throw new UserErrorException($"{option}: '{text}' is not a time; write it as 2026-11-23T14:00, 2026-11-23T14:00Z or 14:00");
    }

    /// <summary>As <see cref="Read"/>; or a length of time, which means so long ago: <c>15m</c>, <c>2h</c>, <c>7d</c>.</summary>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static DateTimeOffset ReadSince(string text, string option, TimeProvider clock) => DurationArgument.TryRead(text, out var ago) ? clock.GetUtcNow() - ago : Read(text, option, clock);

    private static DateTimeOffset InSchoolTime(DateTime local, string text, string option, TimeProvider clock)
    {
        var zone = clock.LocalTimeZone;
        if (zone.IsInvalidTime(local)) throw new UserErrorException($"{option}: '{text}' does not exist: the clocks go forward over it; add an offset such as +00:00");
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }
}
