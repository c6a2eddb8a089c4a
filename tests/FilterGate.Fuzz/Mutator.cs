using System.Text;

namespace FilterGate.Fuzz;

/// <summary>Makes new inputs of old ones. Not safe from several threads.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, int seed)
{
    /// <summary>Longest input, in bytes.</summary>
    public const int LengthMax = 64 * 1024;

    // What means something somewhere: separators, escapes, numbers at their limits, the beginnings of other formats.
    private static readonly byte[][] Tokens =
    [
        .. new[] { "\n", "\r\n", "\0", ".", "..", "/", "//", "/../", "?", "&", "=", "#", "%", "%2e", "%252e", "%00", "@", "@@", "|", "||", "^", "$", "$domain=", "*", "*.", "xn--", ":", "::", "[", "]", "[::1]", "1.2.3.4", "/24", "0x", "0", "-1", "4294967296",
            "http://", "https://", "url=", "\\", "(?:", ")*", "{1,9999}", "[^", ".example", ".test", "www.", "- ", "\t", "'", "\"", "&a", "*a", "<<:", "e\u0301", "\u202e", "\ufeff", "\U0001F600" }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFE, 0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [0, 0, 0, 0, 0, 0, 0, 0x80],
    ];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        List<byte> input = [.. Pick()];
        for (var changes = 1 + _random.Next(4); changes > 0; changes--) Change(input);
        if (input.Count > LengthMax) input.RemoveRange(LengthMax, input.Count - LengthMax);
        return [.. input];
    }

    private byte[] Pick() => seeds.Count == 0 ? [] : seeds[_random.Next(seeds.Count)];

    private void Change(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        var length = Math.Min(input.Count - at, 1 + _random.Next(_random.Next(4) == 0 ? 64 : 4));
        switch (_random.Next(9))
        {
            case 0 when at < input.Count: input[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1 when at < input.Count: input[at] = (byte)_random.Next(256); break;
            case 2: input.RemoveRange(at, length); break;
            case 3: input.InsertRange(at, input.GetRange(at, length)); break;
            case 4 when length > 0:
                // Depth and length: what recursion and quadratic loops trip over.
                var piece = input.GetRange(at, length);
                for (var times = 1 << _random.Next(11); times > 0 && input.Count < LengthMax; times--) input.InsertRange(at, piece);
                break;
            case 5:
                var other = Pick();
                var from = _random.Next(other.Length + 1);
                input.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + _random.Next(256))]);
                break;
            case 6 when _random.Next(4) == 0: input.RemoveRange(at, input.Count - at); break;
            default: input.InsertRange(at, Tokens[_random.Next(Tokens.Length)]); break;
        }
    }
}
