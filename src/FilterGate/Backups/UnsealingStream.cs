using System.Security.Cryptography;
using FilterGate.Commands;

namespace FilterGate.Backups;

/// <summary>Reads what a <see cref="SealingStream"/> wrote. Not one byte comes out of a chunk before its tag was found right; that the file is whole is known when the end has been read.</summary>
internal sealed class UnsealingStream : Stream
{
    private readonly Stream _file;
    private readonly string _name;
    private readonly byte[] _head, _sealed, _chunk;
    private readonly AesGcm _cipher;
    private readonly bool _isOfKeyFile;

    // How much of _sealed is read ahead: one byte more than a chunk tells whether another follows.
    private int _ahead;
    private int _at, _filled;
    private long _number;
    private bool _isAtEnd;

    /// <summary>Begins behind the head, which has been read. The file stays the caller's.</summary>
    /// <param name="file">The file.</param>
    /// <param name="head">Its head.</param>
    /// <param name="secret">What it was sealed with.</param>
    /// <param name="name">The file, for messages.</param>
    public UnsealingStream(Stream file, SealedHead head, BackupSecret secret, string name)
    {
        (_file, _head, _name, _isOfKeyFile) = (file, head.Bytes, name, head.IsOfKeyFile);
        (_chunk, _sealed) = (new byte[head.Chunk], new byte[head.Chunk + SealedHead.TagLength + 1]);
        _cipher = new AesGcm(head.KeyOf(secret), SealedHead.TagLength);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The secret is another, or the file was changed, cut or lengthened.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (_at == _filled && !_isAtEnd) Open();
        var taken = Math.Min(buffer.Length, _filled - _at);
        _chunk.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
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
        if (disposing)
        {
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_chunk);
        }
        base.Dispose(disposing);
    }

    private void Open()
    {
        var have = _ahead + _file.ReadAtLeast(_sealed.AsSpan(_ahead), _sealed.Length - _ahead, throwOnEndOfStream: false);
        var isLast = have < _sealed.Length;
        var length = (isLast ? have : _sealed.Length - 1) - SealedHead.TagLength;
        Span<byte> nonce = stackalloc byte[SealedHead.NonceLength];
        SealedHead.WriteNonce(nonce, _number, isLast);
        try
        {
            if (length < 0) throw new AuthenticationTagMismatchException();
            _cipher.Decrypt(nonce, _sealed.AsSpan(0, length), _sealed.AsSpan(length, SealedHead.TagLength), _chunk.AsSpan(0, length), _head);
        }
        catch (AuthenticationTagMismatchException problem)
        {
            // With a wrong key the first chunk fails, and one cannot tell it from a file whose beginning was changed.
            throw new UserErrorException(_number == 0
                ? $"{_name} cannot be opened: {(_isOfKeyFile ? "it was made with another key file" : "the passphrase is another")}, or the file is not as it was written. Nothing was changed here."
                : $"{_name} is not as it was written: changed, or cut off, behind its first {_number * _chunk.Length >> 20} MiB. Nothing was changed here; look for another copy.",
                inner: problem);
        }
        (_at, _filled, _isAtEnd) = (0, length, isLast);
        _number++;
        if (!isLast) _sealed[0] = _sealed[^1];
        _ahead = isLast ? 0 : 1;
    }
}
