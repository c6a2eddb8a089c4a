using System.Globalization;
using System.Text;

namespace FilterGate.Policy.Search;

/// <summary>Text that came from outside, as it is kept for people: words of a search, titles of pages.</summary>
public static class PlainText
{
    /// <summary>A character set by its name on the web; null for one that nobody knows.</summary>
    /// <param name="name">Such as <c>windows-1251</c>, in any case.</param>
    /// <param name="isStrict">True to refuse bytes that do not belong to it (<see cref="DecoderFallbackException"/>), false to replace them.</param>
    public static Encoding? FindCharset(string name, bool isStrict)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Names that only the web has.
        name = name.Trim().ToLowerInvariant() switch { "ms932" or "x-sjis" => "shift_jis", "iso-8859-1" or "latin1" or "ascii" or "us-ascii" when !isStrict => "windows-1252", "utf8" => "utf-8", var other => other };
        var decoder = isStrict ? DecoderFallback.ExceptionFallback : DecoderFallback.ReplacementFallback;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, decoder) ?? Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, decoder);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>One blank for each run of white space and control characters, none at the ends, and no half of a character at the bound; null where nothing is left.</summary>
    public static string? Fold(ReadOnlySpan<char> text, int charactersMax)
    {
        var folded = new StringBuilder(Math.Min(text.Length, charactersMax));
        var isBlank = false;
        foreach (var c in text)
        {
            // Characters without width or with a direction of their own would hide what was searched for.
            if (char.IsWhiteSpace(c) || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format)
            {
                isBlank |= char.GetUnicodeCategory(c) != UnicodeCategory.Format;
                continue;
            }
            if (isBlank && folded.Length > 0) folded.Append(' ');
            isBlank = false;
            if (folded.Length >= charactersMax) break;
            folded.Append(c);
        }
        if (folded.Length > charactersMax) folded.Length = charactersMax;
        if (folded.Length > 0 && char.IsHighSurrogate(folded[^1])) folded.Length--;
        return folded.Length == 0 ? null : folded.ToString().TrimEnd();
    }
}
