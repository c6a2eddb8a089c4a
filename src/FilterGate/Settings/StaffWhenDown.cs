using System.Globalization;
using FilterGate.Policy.Documents;

namespace FilterGate.Settings;

/// <summary>A school's choice that the web of its staff's networks passes straight to the line while the gateway is down. Without it everybody's is refused.</summary>
/// <remarks>
/// Illegal content is locked for everybody, and nothing of the box stops it then: so the choice counts only beside a statement of who stops it on the line, and for as long as that was tried within a year.
/// </remarks>
/// <param name="IllegalContentStoppedBy">Who does, on the line of this school: its provider.</param>
/// <param name="Checked">The day on which somebody last tried it.</param>
internal sealed record StaffWhenDown(string IllegalContentStoppedBy, DateOnly Checked)
{
    // Schools in England look over their filtering once a year (DfE, Filtering and monitoring standards): this with it.
    private const int YearsValid = 1;

    private const int NameLengthMax = 100;
    private static readonly string[] Keys = ["staff", "illegal_content_stopped_by", "checked"];

    /// <summary>The last day on which it counts.</summary>
    public DateOnly LastDay => Checked.AddYears(YearsValid);

    /// <summary>True while the statement is believed. One of tomorrow is not: a clock is wrong, or somebody has not tried yet.</summary>
    public bool HoldsOn(DateOnly day) => Checked <= day && day <= LastDay;

    /// <summary>Reads the <c>when_down</c> of the settings' <c>network</c>.</summary>
    /// <returns>Null where staff are refused like everybody.</returns>
    public static StaffWhenDown? Read(SettingsReader reader, DocumentNode node)
    {
        var (passes, by, day) = (false, (string?)null, (DateOnly?)null);
        foreach (var (key, value) in reader.Entries(node, Keys, "when_down"))
        {
            switch (key.Text)
            {
                case "staff":
                    var word = reader.Text(value, "refuse or pass");
                    if (word is not (null or "refuse" or "pass")) reader.Wrong(value, $"'{word}' is neither refuse nor pass; what pupils and guests ask is always refused");
                    passes = word is "pass";
                    break;
                case "illegal_content_stopped_by":
                    by = reader.Text(value, "the provider who stops illegal content on the line");
                    if (by is not null && (by.Length > NameLengthMax || by.Any(char.IsControl))) reader.Wrong(value, string.Create(CultureInfo.InvariantCulture, $"a name of at most {NameLengthMax} characters, on one line"));
                    break;
                default:
                    day = ReadDay(reader, value);
                    break;
            }
        }

        if (!passes) return null;
        if (by is { } name && day is { } tried) return new StaffWhenDown(name, tried);
        reader.Wrong(node, "illegal content is locked for everybody, and while the gateway is down only the provider of the line can stop it: say who does (illegal_content_stopped_by) and when somebody last tried it (checked: 2026-11-02; testfiltering.com has a page for it), or leave staff refused");
        return null;
    }

    private static DateOnly? ReadDay(SettingsReader reader, DocumentNode node)
    {
        if (reader.Text(node, "a day such as 2026-11-02") is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200) return day;
        reader.Wrong(node, $"'{text}' is no day; write it as 2026-11-02");
        return null;
    }
}
