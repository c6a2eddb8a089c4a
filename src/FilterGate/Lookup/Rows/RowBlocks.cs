namespace FilterGate.Lookup.Rows;

/// <summary>How the rows of a file are written.</summary>
internal enum RowFormat
{
    /// <summary>An address a line.</summary>
    Lines,

    /// <summary>Comma-separated values (RFC 4180).</summary>
    Csv,

    /// <summary>A JSON object a line.</summary>
    JsonLines,
}

/// <summary>Some whole rows of a file.</summary>
/// <param name="Bytes">The rows, with their line ends.</param>
/// <param name="IsCut">True for the beginning of one row that is longer than any may be; the rest of it is passed over.</param>
/// <param name="Position">Bytes of the file read so far.</param>
internal readonly record struct RowBlock(ReadOnlyMemory<byte> Bytes, bool IsCut, long Position);

/// <summary>Cuts a stream of any length into blocks of whole rows, so that several threads can work on a file without any of it being held for long. Not safe from several threads.</summary>
/// <param name="stream">The file; not closed.</param>
/// <param name="isQuoted">True where a line end within double quotes is part of a row: in CSV.</param>
/// <param name="blockLength">Length of a block, and of the longest row, in bytes.</param>
internal sealed class RowBlocks(Stream stream, bool isQuoted, int blockLength = RowBlocks.BlockLengthDefault)
{
    /// <summary>A quarter of a MiB: some thousand rows, and twice the longest address that is read, should every character of it take two bytes.</summary>
    public const int BlockLengthDefault = 256 * 1024;

    /// <summary>How much of a row that is too long is kept, to show which it is, in bytes.</summary>
    public const int CutLength = 200;

    private byte[] _buffer = new byte[blockLength];
    private int _length;
    private long _position;
    private bool _isEnd;

    /// <summary>The next block, or null at the end. The memory is the block's own.</summary>
    public async ValueTask<RowBlock?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_isEnd && _length < blockLength)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            _isEnd = read == 0;
            _length += read;
            _position += read;
        }
        if (_length == 0) return null;
        var end = _isEnd ? _length : EndOfRows(_buffer.AsSpan(0, _length));
        if (end == 0)
        {
            var cut = _buffer.AsMemory(0, CutLength);
            await SkipLineAsync(cancellationToken);
            return new(cut, IsCut: true, _position);
        }
        var block = _buffer.AsMemory(0, end);
        var next = new byte[blockLength];
        _buffer.AsSpan(end, _length - end).CopyTo(next);
        (_buffer, _length) = (next, _length - end);
        return new(block, IsCut: false, _position - _length);
    }

    /// <summary>Where the last whole row ends; 0 where none does.</summary>
    private int EndOfRows(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.LastIndexOf((byte)'\n') + 1;
        if (!isQuoted || end == 0) return end;
        // A block begins with a row, so a line end is a row's end where the quotes before it are an even number.
        var isEven = int.IsEvenInteger(bytes[..end].Count((byte)'"'));
        while (!isEven && end > 0)
        {
            var before = bytes[..(end - 1)].LastIndexOf((byte)'\n') + 1;
            isEven ^= int.IsOddInteger(bytes[before..end].Count((byte)'"'));
            end = before;
        }
        // A quote that is never closed: the line it stands in is a row by itself, and cannot be read.
        return end > 0 ? end : bytes.IndexOf((byte)'\n') + 1;
    }

    private async ValueTask SkipLineAsync(CancellationToken cancellationToken)
    {
        _buffer = new byte[blockLength];
        while (true)
        {
            _length = await stream.ReadAsync(_buffer, cancellationToken);
            _position += _length;
            _isEnd = _length == 0;
            if (_isEnd) return;
            var end = _buffer.AsSpan(0, _length).IndexOf((byte)'\n') + 1;
            if (end == 0) continue;
            _buffer.AsSpan(end, _length - end).CopyTo(_buffer);
            _length -= end;
            return;
        }
    }
}
