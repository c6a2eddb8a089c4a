using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>Reads what the address bar says. What cannot be understood is left out, and said in a sentence: a link that was cut off still shows a page.</summary>
/// <param name="query">The query string as sent; fields that nobody asks for are ignored.</param>
internal sealed class AddressFields(IQueryCollection query)
{
    /// <summary>Characters of a value that are looked at.</summary>
    public const int ValueCharsMax = 200;

    private readonly List<string> _problems = [];

    /// <summary>What could not be understood, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A value, or null where there is none.</summary>
    public string? Text(string name)
    {
        var values = query[name];
        if (values.Count > 1) _problems.Add($"“{name}” was given {values.Count.ToString(CultureInfo.InvariantCulture)} times; the first is used.");
        var value = values.Count == 0 ? null : values[0]?.Trim();
        if (value is not { Length: > ValueCharsMax }) return string.IsNullOrEmpty(value) ? null : value;
        _problems.Add($"The value of “{name}” is too long; it is left out.");
        return null;
    }

    /// <summary>One of a few words; the first one where there is none.</summary>
    public TEnum Choice<TEnum>(string name, string instead) where TEnum : struct, Enum
    {
        if (Text(name) is not { } value) return default;
        // Enum.TryParse alone would take numbers and lists, which no link of ours has.
        if (Enum.GetNames<TEnum>().Contains(value, StringComparer.OrdinalIgnoreCase)) return Enum.Parse<TEnum>(value, ignoreCase: true);
        _problems.Add($"“{value}” is not a choice for “{name}”; {instead}.");
        return default;
    }

    /// <summary>The key of the row that the page before ended with.</summary>
    public long? Key(string name)
    {
        if (Text(name) is not { } value) return null;
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var key)) return key;
        _problems.Add("The link to further rows is damaged; the first are shown.");
        return null;
    }

    /// <summary>A day.</summary>
    public DateOnly? Day(string name)
    {
        if (Text(name) is not { } value) return null;
        if (DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200) return day;
        _problems.Add($"“{value}” is not a day that this page understands; write it as 2026-11-22.");
        return null;
    }

    /// <summary>Adds a sentence.</summary>
    public void Complain(string problem) => _problems.Add(problem);

    /// <summary>An address with those of its fields that say something.</summary>
    public static string Link(string path, params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var link = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in fields)
        {
            if (string.IsNullOrEmpty(value)) continue;
            link.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            mark = '&';
        }
        return link.ToString();
    }
}
