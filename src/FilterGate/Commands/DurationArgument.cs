using System.Globalization;

namespace FilterGate.Commands;

/// <summary>Reads a length of time as a person writes it: <c>15m</c>, <c>1h</c>, <c>2h30m</c>, <c>1d</c>.</summary>
internal static class DurationArgument
{
    private const int DigitsMax = 6;

    /// <summary>Reads a length of time: whole numbers with <c>d</c>, <c>h</c>, <c>m</c> or <c>s</c>, the greater unit first, each at most once.</summary>
    public static bool TryRead(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        var units = "dhms".AsSpan();
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > DigitsMax) return false;
            var unit = units.IndexOf(char.ToLowerInvariant(rest[digits]));
            if (unit < 0) return false;
            var number = int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            duration += units[unit] switch
            {
                'd' => TimeSpan.FromDays(number),
                'h' => TimeSpan.FromHours(number),
                'm' => TimeSpan.FromMinutes(number),
                _ => TimeSpan.FromSeconds(number),
            };
            units = units[(unit + 1)..];
            rest = rest[(digits + 1)..];
        }
        return true;
    }

    /// <summary>Reads a length of time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="option">The option, for the message.</param>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static TimeSpan Read(string text, string option) => TryRead(text, out var duration)
        ? duration
        : throw new UserErrorException($"{option}: '{text}' is not a length of time; write it as 15m, 1h, 2h30m or 1d");
}
