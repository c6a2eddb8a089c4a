using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace FilterGate.Policy.Search;

/// <summary>Words of a search as people read them.</summary>
internal static class SearchWords
{
    /// <summary>What is looked at of an address: room for <see cref="SearchTerms.WordsMax"/> characters, each escaped as four bytes.</summary>
    private const int EscapedMax = SearchTerms.WordsMax * 12;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Resolves escapes and <c>+</c>, reads the bytes as UTF-8 or else in the first character set that they belong to, and folds white space. Null where nothing is left.</summary>
    public static string? Decode(ReadOnlySpan<char> raw, ImmutableArray<Encoding> charsets)
    {
        if (raw.Length > EscapedMax) raw = raw[..EscapedMax];
        var bytes = ArrayPool<byte>.Shared.Rent(raw.Length * 3);
        try
        {
            var text = Read(bytes.AsSpan(0, Unescape(raw, bytes)), charsets);
            return PlainText.Fold(text, SearchTerms.WordsMax);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static int Unescape(ReadOnlySpan<char> raw, Span<byte> bytes)
    {
        var count = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '+') bytes[count++] = (byte)' ';
            else if (raw[i] == '%' && i + 2 < raw.Length && byte.TryParse(raw.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes[count++] = escaped;
                i += 2;
            }
            // What scripts of old wrote: %u00E9.
            else if (raw[i] == '%' && i + 5 < raw.Length && raw[i + 1] is 'u' or 'U' && ushort.TryParse(raw.Slice(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) && !char.IsSurrogate((char)unit))
            {
                count += Encoding.UTF8.GetBytes([(char)unit], bytes[count..]);
                i += 5;
            }
            else if (char.IsSurrogate(raw[i])) bytes[count++] = (byte)'?';
            else count += Encoding.UTF8.GetBytes(raw.Slice(i, 1), bytes[count..]);
        }
        return count;
    }

    private static string Read(ReadOnlySpan<byte> bytes, ImmutableArray<Encoding> charsets)
    {
        if (TryRead(StrictUtf8, bytes) is { } utf8) return utf8;
        foreach (var charset in charsets)
            if (TryRead(charset, bytes) is { } text) return text;
        return Encoding.UTF8.GetString(bytes);
    }

    private static string? TryRead(Encoding charset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return charset.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
