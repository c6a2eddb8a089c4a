using System.Text;

namespace FilterGate.Matching;

/// <summary>Writes one label of a host in ASCII (<see href="https://www.rfc-editor.org/rfc/rfc3492">RFC 3492</see>).</summary>
/// <remarks>Only for labels that ICU refuses and browsers accept, such as those with a hyphen at an end (the URL standard sets <c>CheckHyphens</c> to false);
/// <see cref="System.Globalization.IdnMapping"/> does the others.</remarks>
internal static class Punycode
{
    // The parameters of RFC 3492, section 5.
    private const int Base = 36, TMin = 1, TMax = 26, Skew = 38, Damp = 700, InitialBias = 72, InitialN = 0x80;

    /// <summary>The <c>xn--</c> form of a label that has been mapped to lower case already.</summary>
    /// <param name="label">Of bounded length: the cost grows with the square of its length.</param>
    public static string ToAscii(string label)
    {
        var runes = label.EnumerateRunes().Select(r => r.Value).ToArray();
        var ascii = new StringBuilder("xn--");
        foreach (var rune in runes)
            if (rune < InitialN) ascii.Append((char)rune);
        var basicCount = ascii.Length - 4;
        if (basicCount > 0) ascii.Append('-');

        var (n, delta, bias) = (InitialN, 0, InitialBias);
        for (var handled = basicCount; handled < runes.Length;)
        {
            var next = runes.Where(r => r >= n).Min();
            delta += (next - n) * (handled + 1);
            n = next;
            foreach (var rune in runes)
            {
                if (rune < n) delta++;
                if (rune != n) continue;
                AppendVariableLength(ascii, delta, bias);
                bias = Adapt(delta, handled + 1, handled == basicCount);
                delta = 0;
                handled++;
            }
            delta++;
            n++;
        }
        return ascii.ToString();
    }

    private static void AppendVariableLength(StringBuilder ascii, int value, int bias)
    {
        for (var k = Base; ; k += Base)
        {
            var threshold = Math.Clamp(k - bias, TMin, TMax);
            if (value < threshold) break;
            ascii.Append(Digit(threshold + (value - threshold) % (Base - threshold)));
            value = (value - threshold) / (Base - threshold);
        }
        ascii.Append(Digit(value));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    private static int Adapt(int delta, int count, bool isFirst)
    {
        delta = isFirst ? delta / Damp : delta / 2;
        delta += delta / count;
        var k = 0;
        for (; delta > (Base - TMin) * TMax / 2; k += Base) delta /= Base - TMin;
        return k + (Base - TMin + 1) * delta / (delta + Skew);
    }
}
