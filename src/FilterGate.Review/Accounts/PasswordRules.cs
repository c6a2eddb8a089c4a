using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using FilterGate.Review.Site;

namespace FilterGate.Review.Accounts;

/// <summary>Which passwords are taken: long ones that nobody would guess first. No rules about kinds of characters: they make passwords worse (NIST SP 800-63B §3.1.1.2).</summary>
internal static class PasswordRules
{
    /// <summary>Fewest characters.</summary>
    public const int LengthMin = 12;

    /// <summary>Most characters: a bound on the work of one try, far above what people type.</summary>
    public const int LengthMax = 128;

    /// <summary>A person's id shorter than this turns up in good passwords by chance.</summary>
    private const int IdLengthMin = 3;

    /// <summary>Passwords that guessers try first, lower case, without what people put around them.</summary>
    private static readonly FrozenSet<string> Common = ReadCommon();

    /// <summary>One form for one password, however a keyboard wrote it (Unicode NFKC, as RFC 8265 advises for blanks and full-width letters).</summary>
    public static string Normalise(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return password; // Half a surrogate pair: no keyboard makes one.
        }
    }

    /// <summary>Why this password is not taken, as a sentence for the person; null when it is.</summary>
    /// <param name="password">The password, normalised.</param>
    /// <param name="person">Whose.</param>
    /// <param name="tongue">The language of the sentence.</param>
    public static string? WhyNot(string password, string person, Tongue tongue)
    {
        var length = new StringInfo(password).LengthInTextElements;
        if (length < LengthMin) return tongue.Say("Please take at least {0} characters. Three or four words in a row are easy to remember.", LengthMin);
        if (password.Length > LengthMax) return tongue.Say("Please take at most {0} characters.", LengthMax);
        if (person.Length >= IdLengthMin && password.Contains(person, StringComparison.OrdinalIgnoreCase)) return tongue["Please take a password without your own sign-in name in it."];
        return IsCommon(password) ? tongue["That password is among those that people guess first. Please take another."] : null;
    }

    /// <summary>True for a common password, one repeated, and one with digits or signs put around it: <c>Password2026!</c>.</summary>
    private static bool IsCommon(string password)
    {
        var lower = password.ToLowerInvariant();
        if (lower.Distinct().Count() < 4) return true;
        var bare = lower.Trim("0123456789 !?.,;:-_+*#%&$@\u00a3/()=".ToCharArray());
        return Common.Contains(lower) || Common.Contains(bare) || Common.Any(word => word.Length >= 4 && lower.Length % word.Length == 0 && lower.Replace(word, "", StringComparison.Ordinal).Length == 0);
    }

    private static FrozenSet<string> ReadCommon()
    {
        using var stream = typeof(PasswordRules).Assembly.GetManifestResourceStream("Accounts/common-passwords.txt") ?? throw new InvalidOperationException("common-passwords.txt is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);
    }
}
