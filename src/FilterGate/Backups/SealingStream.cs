using System.Security.Cryptography;

namespace FilterGate.Backups;

/// <summary>Seals what is written to it, chunk by chunk, in bounded memory; see <see cref="SealedHead"/> for the form.</summary>
/// <remarks>The last chunk is written when <see cref="Finish"/> is called, and only then: what is disposed of before is no whole file, and nobody can open it as one. Not for several threads.</remarks>
internal sealed class SealingStream : Stream
{
    private readonly Stream _file;
    private readonly byte[] _head, _chunk, _sealed;
    private readonly AesGcm _cipher;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _filled;
    private long _number;

    /// <summary>Writes the head to a file, which stays the caller's.</summary>
    public SealingStream(Stream file, SealedHead head, BackupSecret secret)
    {
        (_file, _head) = (file, head.Bytes);
        (_chunk, _sealed) = (new byte[head.Chunk], new byte[head.Chunk + SealedHead.TagLength]);
        _cipher = new AesGcm(head.KeyOf(secret), SealedHead.TagLength);
        Put(_head);
    }

    /// <summary>How many bytes have gone to the file.</summary>
    public long Written { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Writes the last chunk.</summary>
    /// <returns>The digest of the whole file.</returns>
    public byte[] Finish()
    {
        Seal(isLast: true);
        return _digest.GetHashAndReset();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // A full chunk waits until something follows it: only then is it known not to be the last.
            if (_filled == _chunk.Length) Seal(isLast: false);
            var taken = Math.Min(buffer.Length, _chunk.Length - _filled);
            buffer[..taken].CopyTo(_chunk.AsSpan(_filled));
            _filled += taken;
            buffer = buffer[taken..];
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cipher.Dispose();
            _digest.Dispose();
            CryptographicOperations.ZeroMemory(_chunk);
        }
        base.Dispose(disposing);
    }

    private void Seal(bool isLast)
    {
        Span<byte> nonce = stackalloc byte[SealedHead.NonceLength];
        SealedHead.WriteNonce(nonce, _number++, isLast);
        _cipher.Encrypt(nonce, _chunk.AsSpan(0, _filled), _sealed.AsSpan(0, _filled), _sealed.AsSpan(_filled, SealedHead.TagLength), _head);
        Put(_sealed.AsSpan(0, _filled + SealedHead.TagLength));
        _filled = 0;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _digest.AppendData(bytes);
        Written += bytes.Length;
    }
}
