using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>Reads what the address bar says. What cannot be understood is left out, and said in a sentence: a link that was cut off still shows a page.</summary>
/// <param name="query">The query string as sent; fields that nobody asks for are ignored.</param>
/// <param name="tongue">The language of <see cref="Problems"/>.</param>
internal sealed class AddressFields(IQueryCollection query, Tongue tongue)
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
        if (values.Count > 1) Complain("“{0}” was given {1} times; the first is used.", name, values.Count);
        var value = values.Count == 0 ? null : values[0]?.Trim();
        if (value is not { Length: > ValueCharsMax }) return string.IsNullOrEmpty(value) ? null : value;
        Complain("The value of “{0}” is too long; it is left out.", name);
        return null;
    }

    /// <summary>One of a few words; the first one where there is none.</summary>
    public TEnum Choice<TEnum>(string name, string instead) where TEnum : struct, Enum
    {
        if (Text(name) is not { } value) return default;
        // Enum.TryParse alone would take numbers and lists, which no link of ours has.
        if (Enum.GetNames<TEnum>().Contains(value, StringComparer.OrdinalIgnoreCase)) return Enum.Parse<TEnum>(value, ignoreCase: true);
        Complain("“{0}” is not a choice for “{1}”; {2}.", value, name, tongue[instead]);
        return default;
    }

    /// <summary>The key of the row that the page before ended with.</summary>
    public long? Key(string name)
    {
        if (Text(name) is not { } value) return null;
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var key)) return key;
        Complain("The link to further rows is damaged; the first are shown.");
        return null;
    }

    /// <summary>A day.</summary>
    public DateOnly? Day(string name)
    {
        if (Text(name) is not { } value) return null;
        if (DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200) return day;
        Complain("“{0}” is not a day that this page understands; write it as 2026-11-22.", value);
        return null;
    }

    /// <summary>Adds a sentence, given in English.</summary>
    public void Complain(string english, params object?[] values) => _problems.Add(tongue.Say(english, values));

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
