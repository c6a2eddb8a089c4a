using System.Globalization;
using System.Text;

namespace FilterGate.Policy.People;

/// <summary>Log-in names in one form, so that nobody dodges a withdrawal by spelling his own name differently.</summary>
public static class AccountName
{
    /// <summary>Most characters that a log-in name has: what Active Directory allows for a user principal name.</summary>
    public const int CharactersMax = 256;

    /// <summary>The form that names are compared in: Unicode NFKC, lower case, without blanks around it and without characters that nobody sees.</summary>
    /// <remarks>
    /// NFKC takes full-width letters and ligatures for what they look like; format characters (a zero-width space, a mark of writing direction) are dropped. Letters of another alphabet that merely look alike stay apart:
    /// a directory takes them for two people as well. Empty where nothing is left, or where the text is no Unicode (half a surrogate pair).
    /// </remarks>
    public static string Normalise(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (IsPlain(name)) return name;
        string composed;
        try
        {
            composed = name.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return "";
        }
        var kept = new StringBuilder(composed.Length);
        foreach (var rune in composed.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control)) kept.Append(rune);
        // Upper case first: a few letters share only their upper case. Once more NFKC, because a change of case or a letter dropped can leave what composes.
        return kept.ToString().ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormKC).Trim();
    }

    // Nearly every name of a school is in this form already, and is asked for with each log-in.
    private static bool IsPlain(string name)
    {
        foreach (var character in name)
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('.' or '-' or '_' or '@')) return false;
        return true;
    }
}
