using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace FilterGate.Lists.Formats;

/// <summary>What all formats do with the bytes of a line.</summary>
internal static class LineText
{
    private static readonly SearchValues<char> Controls =
        SearchValues.Create(string.Concat(Enumerable.Range(0, 0x20).Where(c => c != '\t').Append(0x7F).Select(c => (char)c)));

    /// <summary>Without the blanks around it: spaces, tabs and the carriage return of Windows.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        var (start, end) = (0, line.Length);
        while (start < end && IsBlank(line[start])) start++;
        while (end > start && IsBlank(line[end - 1])) end--;
        return line[start..end];
    }

    /// <summary>Without a remark: a <c>#</c> in front, or after a blank. Within an entry it is a fragment.</summary>
    public static ReadOnlySpan<byte> WithoutRemark(ReadOnlySpan<byte> line)
    {
        for (var from = 0; line[from..].IndexOf((byte)'#') is var at and >= 0; from += at + 1)
            if (from + at == 0 || IsBlank(line[from + at - 1])) return Trim(line[..(from + at)]);
        return line;
    }

    /// <summary>The next word of a line, and the line after it; empty at its end.</summary>
    public static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> line)
    {
        line = Trim(line);
        var end = line.IndexOfAny((byte)' ', (byte)'\t');
        if (end < 0) end = line.Length;
        var word = line[..end];
        line = line[end..];
        return word;
    }

    /// <summary>Decodes a line, or rejects it where it is no text.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="sink">Told of a line that is no UTF-8 or has control characters. Bytes replaced silently would make an entry that matches nothing.</param>
    /// <param name="text">The text.</param>
    public static bool TryDecode(ReadOnlySpan<byte> line, int number, IEntrySink sink, out string text)
    {
        if (!Utf8.IsValid(line))
        {
            text = "";
            sink.Reject(number, Encoding.Latin1.GetString(line), "not UTF-8: save the list in that encoding");
            return false;
        }
        text = Encoding.UTF8.GetString(line);
        if (!text.AsSpan().ContainsAny(Controls)) return true;
        sink.Reject(number, text, "has control characters: the file is no text, or damaged");
        return false;
    }

    /// <summary>A line as it can be shown, whatever its bytes are.</summary>
    public static string Show(ReadOnlySpan<byte> line) => Utf8.IsValid(line) ? Encoding.UTF8.GetString(line) : Encoding.Latin1.GetString(line);

    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r';
}
