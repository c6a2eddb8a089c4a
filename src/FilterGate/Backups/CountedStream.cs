using System.Security.Cryptography;

namespace FilterGate.Backups;

/// <summary>So many bytes of a file and no more, however it grows meanwhile; with their digest, and without reading anything twice.</summary>
/// <remarks>It says that it can seek, because <c>TarWriter</c> wants to know the length of what it is given; it never does.</remarks>
internal sealed class CountedStream(Stream file, long length, string path, Action<int> passed) : Stream
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position { get => _read; set => throw new NotSupportedException(); }

    /// <summary>The digest of what was read, hexadecimal.</summary>
    public string Digest() => Convert.ToHexStringLower(_digest.GetCurrentHash());

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_read == length || buffer.IsEmpty) return 0;
        var read = file.Read(buffer[..(int)Math.Min(buffer.Length, length - _read)]);
        if (read == 0) throw new IOException($"{path} became shorter while it was read.");
        _digest.AppendData(buffer[..read]);
        _read += read;
        passed(read);
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _digest.Dispose();
        base.Dispose(disposing);
    }
}
