using System.Diagnostics.CodeAnalysis;

namespace FilterGate.Sqlite;

/// <summary>Eight characters of Crockford base 32 (<see href="https://www.crockford.com/base32.html"/>), 40 bits, written <c>K7Q4-M2XD</c>: the spelling of references.</summary>
/// <remarks>Compiled into each store: the event store draws references, the state store looks requests up by them.</remarks>
internal static class CrockfordBase32
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 8;

    /// <summary>Reads any spelling: letter case, hyphens and blanks around it do not matter, I and L are 1, O is 0.</summary>
    internal static bool TryDecode([NotNullWhen(true)] string? text, out long value)
    {
        value = 0;
        if (text is null) return false;
        var digits = 0;
        foreach (var character in text.AsSpan().Trim())
        {
            if (character == '-') continue;
            var digit = DigitOf(character);
            if (digit < 0 || ++digits > Length) return false;
            value = (value << 5) | (long)digit;
        }
        return digits == Length;
    }

    /// <summary>The usual spelling.</summary>
    internal static string Encode(long value) => string.Create(Length + 1, value, static (characters, rest) =>
    {
        for (var i = Length; i >= 0; i--)
        {
            if (i == Length / 2)
            {
                characters[i] = '-';
                continue;
            }
            characters[i] = Alphabet[(int)(rest & 31)];
            rest >>= 5;
        }
    });

    // ASCII first: outside it there are characters whose upper case is an ASCII letter (the long s).
    private static int DigitOf(char character) => !char.IsAscii(character) ? -1 : char.ToUpperInvariant(character) switch
    {
        'I' or 'L' => 1,
        'O' => 0,
        var upper => Alphabet.IndexOf(upper, StringComparison.Ordinal),
    };
}
