using System.Buffers;

namespace FilterGate.Lists.Formats;

/// <summary>Recognises a host, or a host and a path, that is in canonical form as it stands, which most lines of most lists are.</summary>
internal static class PlainHost
{
    /// <summary>Longest host there is, in bytes: 255 on the wire, <see href="https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4">RFC 1035 §2.3.4</see>.</summary>
    public const int LengthMax = 253;

    // Within what a rule may have; what has more is looked at closely, and rejected with the reason.
    private const int PathLengthMax = 1024, SlashesMax = 32;

    private static readonly SearchValues<byte> PathCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.~/"u8);

    private static readonly SearchValues<byte> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_."u8);

    /// <summary>True for what <see cref="IEntrySink.AddHost"/> takes.</summary>
    /// <param name="text">Any bytes.</param>
    /// <remarks>False is no judgement: the text may still be a host in another spelling, an address or a top-level domain. Three vectorised passes, about 10 ns; no allocation.</remarks>
    public static bool Is(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 3 or > LengthMax || text.ContainsAnyExcept(Characters)) return false;
        var last = text.LastIndexOf((byte)'.');
        // A last label that begins with a digit may be a number, and then the host is an address in disguise.
        if (last <= 0 || last == text.Length - 1 || char.IsAsciiDigit((char)text[last + 1])) return false;
        return text[0] != '.' && text.IndexOf(".."u8) < 0;
    }

    /// <summary>True for what <see cref="IEntrySink.AddPage"/> takes: a plain host without <c>www.</c> and a path of the same characters and tildes, without a query, a slash at its end, an empty segment or one that begins with a dot.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="hostLength">Where the path begins.</param>
    /// <remarks>False is no judgement, as with <see cref="Is"/>. What begins with a digit may be a range of addresses written out and is left to whoever reads those.</remarks>
    public static bool IsPage(ReadOnlySpan<byte> text, out int hostLength)
    {
        hostLength = text.IndexOf((byte)'/');
        if (hostLength < 0 || char.IsAsciiDigit((char)text[0]) || text.StartsWith("www."u8) || !Is(text[..hostLength])) return false;
        var path = text[hostLength..];
        return path.Length is > 1 and <= PathLengthMax && path[^1] != '/' && !path.ContainsAnyExcept(PathCharacters) && path.IndexOf("//"u8) < 0 && path.IndexOf("/."u8) < 0 && path.Count((byte)'/') <= SlashesMax;
    }
}
