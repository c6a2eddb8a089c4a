using System.Globalization;
using System.Text;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>Makes what a person typed safe to show on a terminal and a page: one line, bounded.</summary>
internal static class Words
{
    /// <summary>Removes control characters, line ends (they become a blank) and those that turn the direction of writing round; cuts to a length without splitting a character.</summary>
    internal static string Clean(string? text, int lengthMax)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").Trim().EnumerateRunes())
        {
            if (rune.Value is '\n' or '\t')
            {
                if (clean.Length < lengthMax) clean.Append(' ');
                continue;
            }
            // An override of direction would let a note show itself as another one. Joiners stay: emoji and several scripts need them.
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFFFD) continue;
            if (clean.Length + rune.Utf16SequenceLength > lengthMax) break;
            clean.Append(rune.ToString());
        }
        return clean.ToString().Trim();
    }
}
