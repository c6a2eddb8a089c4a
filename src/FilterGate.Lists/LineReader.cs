using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Lists;

/// <summary>Reads a text file line by line within a bound and takes its digest on the way.</summary>
/// <remarks>Not <see cref="StreamReader"/>: that holds a whole line in memory however long it is, and a file that is no list at all may be one line of gigabytes. A line becomes a string only when
/// somebody asks for it: most lines of most lists are plain hosts, which are read as bytes. Not safe from several threads.</remarks>
internal sealed class LineReader(Stream stream, IncrementalHash digest)
{
    /// <summary>Longest line read, in bytes without its end. Four bytes a character of the longest entry.</summary>
    public const int LineLengthMax = 16 * 1024;

    // Throws for what is not UTF-8: silently replaced bytes would make an entry that matches nothing.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;
    private int _lineStart, _lineLength;
    private bool _isEnd;
    private string? _text;
    private string? _problem;

    /// <summary>The line just read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>True for a line longer than <see cref="LineLengthMax"/>, which is skipped.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The bytes of the line, without a line feed and without a byte order mark in the first; empty when it <see cref="IsTooLong"/>. Good until the next <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<byte> Raw => _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>The text of the line, without its end and the blanks around it; empty when <see cref="Problem"/> says what is wrong with it.</summary>
    public string Text
    {
        get
        {
            Decode();
            return _text!;
        }
    }

    /// <summary>Why the line cannot be read, or null.</summary>
    public string? Problem
    {
        get
        {
            Decode();
            return _problem;
        }
    }

    /// <summary>The same digest, for a file that this one includes.</summary>
    public IncrementalHash Digest => digest;

    /// <summary>Goes to the next line; false after the last.</summary>
    public bool MoveNext()
    {
        (_text, _problem, IsTooLong, _lineLength) = (null, null, false, 0);
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (end < 0 && !_isEnd)
            {
                if (_end - _start > LineLengthMax)
                {
                    // Let go of what is there, read on to the end of the line.
                    IsTooLong = true;
                    _start = _end;
                }
                Fill();
                continue;
            }
            if (end < 0 && _start == _end && !IsTooLong) return false;
            var length = end < 0 ? _end - _start : end;
            IsTooLong |= length > LineLengthMax;
            (_lineStart, _lineLength) = (_start, IsTooLong ? 0 : length);
            _start = end < 0 ? _end : _start + end + 1;
            // Windows editors put a byte order mark in front.
            if (++Number == 1 && Raw.StartsWith("\uFEFF"u8)) (_lineStart, _lineLength) = (_lineStart + 3, _lineLength - 3);
            return true;
        }
    }

    private void Decode()
    {
        if (_text is not null) return;
        _text = "";
        if (IsTooLong)
        {
            _problem = $"longer than {LineLengthMax} bytes";
            return;
        }
        try
        {
            _text = StrictUtf8.GetString(Raw).Trim();
        }
        catch (DecoderFallbackException)
        {
            _problem = "not UTF-8";
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
