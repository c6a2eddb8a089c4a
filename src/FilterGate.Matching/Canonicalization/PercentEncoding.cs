using System.Buffers;
using System.Text;

namespace FilterGate.Matching;

/// <summary>Percent-escapes as the Safe Browsing rules have them: unescaped until nothing is left to unescape, then written in one way.</summary>
internal static class PercentEncoding
{
    private const string UpperHex = "0123456789ABCDEF";

    /// <summary>Unescapes in place until no <c>%XX</c> is left, and returns the new length.</summary>
    /// <remarks>
    /// <c>%2525</c> becomes <c>%</c>: unescaping is repeated. Done round by round a hostile URL costs the square of its length, so this goes through once, as a
    /// rewriting to normal form: a byte is appended, and whenever the last three bytes are an escape they shrink to the byte they mean, which may complete the next one.
    /// Escapes never overlap, so every order of unescaping ends in the same bytes. Linear.
    /// </remarks>
    public static int UnescapeFully(Span<byte> text)
    {
        var first = text.IndexOf((byte)'%');
        if (first < 0) return text.Length;

        var length = first;
        for (var i = first; i < text.Length; i++)
        {
            text[length++] = text[i];
            while (length >= 3 && text[length - 3] == '%' && HexValue(text[length - 2]) is var high and >= 0 && HexValue(text[length - 1]) is var low and >= 0)
            {
                length -= 2;
                text[length - 1] = (byte)(high << 4 | low);
            }
        }
        return length;
    }

    /// <summary>Writes bytes as ASCII text: those not in <paramref name="verbatim"/> as <c>%XX</c> in upper-case hex.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes, SearchValues<byte> verbatim)
    {
        if (bytes.IndexOfAnyExcept(verbatim) < 0) return Encoding.ASCII.GetString(bytes);

        var escapes = 0;
        foreach (var b in bytes)
            if (!verbatim.Contains(b)) escapes++;
        // A span cannot be captured by the callback of string.Create, so the text is laid in a buffer first.
        var buffer = ArrayPool<char>.Shared.Rent(bytes.Length + escapes * 2);
        var length = 0;
        foreach (var b in bytes)
        {
            if (verbatim.Contains(b))
            {
                buffer[length++] = (char)b;
                continue;
            }
            buffer[length++] = '%';
            buffer[length++] = UpperHex[b >> 4];
            buffer[length++] = UpperHex[b & 0xF];
        }
        var text = new string(buffer, 0, length);
        ArrayPool<char>.Shared.Return(buffer);
        return text;
    }

    /// <summary>The value of a hex digit, or -1.</summary>
    public static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>All printable ASCII but the given characters: what <see cref="Escape"/> may leave as it is.</summary>
    public static SearchValues<byte> PrintableExcept(ReadOnlySpan<byte> escaped)
    {
        var verbatim = new List<byte>(94);
        for (byte b = 0x21; b < 0x7F; b++)
            if (!escaped.Contains(b)) verbatim.Add(b);
        return SearchValues.Create(verbatim.ToArray());
    }
}
