using System.IO.Compression;

namespace FilterGate.Lists.Sources;

/// <summary>Unpacks gzip, and stops before it fills the disk: by size, and by how many times larger it is than what was sent.</summary>
/// <remarks>
/// Knows a file that was cut, as <see cref="GZipStream"/> does not: that one ends quietly where its input does. The last four bytes of a gzip file are the length of what it holds (RFC 1952 section 2.3.1);
/// several gzip files one after another, which are allowed and which nobody publishes lists as, are taken for damaged.
/// Reading only, not safe from several threads. Owns the stream within.
/// </remarks>
internal sealed class GunzipStream(PrefixedStream packed, long packedLength, ListSourceOptions options) : ReadOnceStream
{
    /// <summary>Up to here a ratio means nothing: a file of a few bytes may well become a few thousand.</summary>
    private const long RatioFrom = 1 << 20;

    private readonly GZipStream _inner = new(packed, CompressionMode.Decompress);
    private long _read;

    public override int Read(Span<byte> buffer)
    {
        var read = _inner.Read(buffer);
        _read += read;
        if (read == 0 && !buffer.IsEmpty && packed.LastFourBytes != (uint)_read) throw new InvalidDataException("The end is missing.");
        if (_read > options.UnpackedBytesMax) throw new SourceException($"it unpacks to more than {options.UnpackedBytesMax >> 20} MiB");
        if (_read > RatioFrom && _read / options.UnpackedRatioMax > packedLength) throw new SourceException($"it unpacks to more than {options.UnpackedRatioMax} times its size, as no list does");
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A stream whose first bytes were read already, to see what it is. Reading only. Owns the stream within.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> head, Stream rest) : ReadOnceStream
{
    private ReadOnlyMemory<byte> _head = head;

    /// <summary>The last four bytes read from it, the last one highest: a little-endian number at the end of a file.</summary>
    public uint LastFourBytes { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int count;
        if (_head.IsEmpty)
        {
            count = rest.Read(buffer);
        }
        else
        {
            count = Math.Min(buffer.Length, _head.Length);
            _head.Span[..count].CopyTo(buffer);
            _head = _head[count..];
        }
        foreach (var last in buffer[Math.Max(0, count - 4)..count]) LastFourBytes = (LastFourBytes >> 8) | ((uint)last << 24);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) rest.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A stream that is read from its beginning to its end, once.</summary>
internal abstract class ReadOnceStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override void Flush()
    {
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
