using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Lists;

/// <summary>Reads a text file line by line within a bound and takes its digest on the way.</summary>
/// <remarks>Not <see cref="StreamReader"/>: that holds a whole line in memory however long it is, and a file that is no list at all may be one line of gigabytes. Not safe from several threads.</remarks>
internal sealed class LineReader(Stream stream, IncrementalHash digest)
{
    /// <summary>Longest line read, in bytes without its end. Four bytes a character of the longest entry.</summary>
    public const int LineLengthMax = 16 * 1024;

    // Throws for what is not UTF-8: silently replaced bytes would make an entry that matches nothing.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;
    private bool _isEnd;

    /// <summary>The line just read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The text of the line, without its end and the blanks around it; empty when <see cref="Problem"/> says what is wrong with it.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Why the line cannot be read, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Goes to the next line; false after the last.</summary>
    public bool MoveNext()
    {
        Problem = null;
        Text = "";
        var isTooLong = false;
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (end < 0 && !_isEnd)
            {
                if (_end - _start > LineLengthMax)
                {
                    // Let go of what is there, read on to the end of the line.
                    isTooLong = true;
                    _start = _end;
                }
                Fill();
                continue;
            }
            if (end < 0 && _start == _end && !isTooLong) return false;
            var line = _buffer.AsSpan(_start, end < 0 ? _end - _start : end);
            _start = end < 0 ? _end : _start + end + 1;
            Number++;
            if (isTooLong || line.Length > LineLengthMax) Problem = $"longer than {LineLengthMax} bytes";
            else Decode(line);
            return true;
        }
    }

    private void Decode(ReadOnlySpan<byte> line)
    {
        // Windows editors put a byte order mark in front.
        if (Number == 1 && line.StartsWith("\uFEFF"u8)) line = line[3..];
        try
        {
            Text = StrictUtf8.GetString(line).Trim();
        }
        catch (DecoderFallbackException)
        {
            Problem = "not UTF-8";
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        digest.AppendData(_buffer, _end, read);
        _end += read;
        _isEnd = read == 0;
    }
}
