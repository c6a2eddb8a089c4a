using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FilterGate.Review.Site;

/// <summary>Reads the query string of a page. Whatever stands there, there is an answer: what makes no sense is replaced, and <see cref="Problems"/> says so.</summary>
/// <param name="query">As sent.</param>
/// <param name="tongue">The language of <see cref="Problems"/>.</param>
internal sealed class QueryReader(IQueryCollection query, Tongue tongue)
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"];

    private readonly List<string> _problems = [];

    /// <summary>What could not be understood, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Adds a sentence, given in English.</summary>
    public void Say(string english, params object?[] values) => _problems.Add(tongue.Say(english, values));

    /// <summary>A value without blanks around it, or null.</summary>
    public string? Value(string name, int charactersMax = 64)
    {
        var values = query[name];
        if (values.Count > 1) Say("“{0}” was given {1} times; the first is used.", name, values.Count);
        var value = values.Count == 0 ? null : values[0]?.Trim();
        if (string.IsNullOrEmpty(value)) return null;
        if (value.Length <= charactersMax) return value;
        Say("The value of “{0}” is too long; it is left out.", name);
        return null;
    }

    /// <summary>A value that is one of several.</summary>
    public string? Among(string name, IEnumerable<string> known, string instead)
    {
        if (Value(name) is not { } value) return null;
        if (known.Contains(value, StringComparer.Ordinal)) return value;
        Say("There is no {0} “{1}”; {2}.", tongue[name], value, tongue[instead]);
        return null;
    }

    /// <summary>A choice by its name; the default where none was made.</summary>
    public TEnum Choice<TEnum>(string name, string instead) where TEnum : struct, Enum
    {
        if (Value(name) is not { } value) return default;
        // Enum.TryParse alone would take numbers and lists, which no link of ours has.
        if (Enum.GetNames<TEnum>().Contains(value, StringComparer.OrdinalIgnoreCase)) return Enum.Parse<TEnum>(value, ignoreCase: true);
        Say("“{0}” is not a choice for “{1}”; {2}.", value, name, tongue[instead]);
        return default;
    }

    /// <summary>A time or a day, or null.</summary>
    public DateTime? Time(string name)
    {
        if (Value(name) is not { } value) return null;
        if (DateTime.TryParseExact(value, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && time.Year is >= 2000 and < 2200) return time;
        Say("“{0}” is not a time that this page understands; write it as 2026-11-22T09:00, or a day as 2026-11-22.", value);
        return null;
    }

    /// <summary>The event that a page begins after, or null from the newest.</summary>
    public Guid? Before()
    {
        if (Value("before") is not { } id) return null;
        if (Guid.TryParse(id, CultureInfo.InvariantCulture, out var guid)) return guid;
        Say("The link to older ones is damaged; the newest are shown.");
        return null;
    }
}
