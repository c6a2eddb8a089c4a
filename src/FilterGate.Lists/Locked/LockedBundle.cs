using System.Buffers.Binary;
using System.Security.Cryptography;
using FilterGate.Matching;

namespace FilterGate.Lists.Locked;

/// <summary>A feed encrypted for its way and its stay: AES-256-GCM, so that a changed, cut or foreign one is refused as a whole.</summary>
/// <remarks>
/// <code>
/// offset  length
///      0       4  FGB1
///      4       2  version, 1 (numbers are little-endian)
///      6       1  what is inside: 0 urls, 1 csv, 2 hashed
///      7       1  0
///      8       8  length of the text, in bytes
///     16      12  nonce, random, never used twice with a key
///     28       n  the text, encrypted
///   28+n      16  tag
/// </code>
/// The 28 bytes of the head are the associated data: they are not secret and cannot be changed. The key is 32 random bytes that supplier and school share; a key file has them raw, or as 64 hexadecimal digits.
/// </remarks>
public static class LockedBundle
{
    /// <summary>Length of a key, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Longest text, in bytes: 64 MiB, ten times the longest feed known. It is held in memory while it is read.</summary>
    public const int TextLengthMax = 64 << 20;

    /// <summary>What a bundle is longer than its text.</summary>
    internal const int OverheadLength = HeadLength + TagLength;

    private const int HeadLength = 28, NonceAt = 16, NonceLength = 12, TagLength = 16, Version = 1;

    private static ReadOnlySpan<byte> Magic => "FGB1"u8;

    /// <summary>Encrypts a feed: for those who supply feeds, and for tests.</summary>
    /// <param name="text">The feed, at most <see cref="TextLengthMax"/> bytes.</param>
    /// <param name="format">How it is written; not <see cref="LockedFormat.Bundle"/>.</param>
    /// <param name="key"><see cref="KeyLength"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the format is.</exception>
    public static byte[] Seal(ReadOnlySpan<byte> text, LockedFormat format, ReadOnlySpan<byte> key)
    {
        if (text.Length > TextLengthMax) throw new ArgumentException($"The text has more than {TextLengthMax} bytes.", nameof(text));
        if (format is not (LockedFormat.Urls or LockedFormat.Csv or LockedFormat.Hashed)) throw new ArgumentException("A bundle holds urls, csv or hashed.", nameof(format));
        if (key.Length != KeyLength) throw new ArgumentException($"The key has {key.Length} bytes, not {KeyLength}.", nameof(key));
        var bundle = new byte[HeadLength + text.Length + TagLength];
        var head = bundle.AsSpan(0, HeadLength);
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], Version);
        head[6] = (byte)format;
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], text.Length);
        RandomNumberGenerator.Fill(head.Slice(NonceAt, NonceLength));
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(head.Slice(NonceAt, NonceLength), text, bundle.AsSpan(HeadLength, text.Length), bundle.AsSpan(HeadLength + text.Length), head);
        return bundle;
    }

    /// <summary>Decrypts a bundle.</summary>
    /// <param name="bundle">The whole file.</param>
    /// <param name="key"><see cref="KeyLength"/> bytes.</param>
    /// <param name="format">How the text is written.</param>
    /// <returns>The text; the caller wipes it.</returns>
    /// <exception cref="ListLoadException">It is no bundle, is damaged, or was encrypted with another key: nothing of it is used.</exception>
    public static byte[] Open(ReadOnlySpan<byte> bundle, ReadOnlySpan<byte> key, out LockedFormat format)
    {
        format = default;
        if (key.Length != KeyLength) throw new ListLoadException($"The key of the bundle has {key.Length} bytes, not {KeyLength}.");
        if (bundle.Length < OverheadLength || !bundle.StartsWith(Magic)) throw new ListLoadException("This is no encrypted bundle: it does not begin as one. Name its format, or get it again.");
        var head = bundle[..HeadLength];
        if (BinaryPrimitives.ReadUInt16LittleEndian(head[4..]) != Version || head[6] > (byte)LockedFormat.Hashed) throw new ListLoadException("This bundle is of a later version than this FilterGate reads. Update FilterGate.");
        var length = BinaryPrimitives.ReadInt64LittleEndian(head[8..]);
        if (length is < 0 or > TextLengthMax || bundle.Length - OverheadLength != length) throw new ListLoadException("This bundle is not whole: it has another length than it says. Get it again.");
        var text = new byte[length];
        try
        {
            using var cipher = new AesGcm(key, TagLength);
            cipher.Decrypt(head.Slice(NonceAt, NonceLength), bundle[HeadLength..^TagLength], bundle[^TagLength..], text, head);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new ListLoadException("This bundle was changed on its way, or encrypted with another key. Get it again, and check the key file.", e);
        }
        format = (LockedFormat)head[6];
        return text;
    }

    /// <summary>Reads a file with a key of <see cref="KeyLength"/> bytes: raw, or as hexadecimal digits.</summary>
    /// <exception cref="ListLoadException">It cannot be read, or has another length.</exception>
    public static byte[] ReadKey(string path) => ReadKey(path, KeyLength, KeyLength);

    /// <summary>Reads a key file: the bytes themselves, or hexadecimal digits with or without a line end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthMin">Fewest bytes of a key.</param>
    /// <param name="lengthMax">Most bytes of a key.</param>
    /// <exception cref="ListLoadException">It cannot be read, or has another length.</exception>
    internal static byte[] ReadKey(string path, int lengthMin, int lengthMax)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[(LockedEntries.HashKeyLengthMax * 2) + 3];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = System.Text.Encoding.Latin1.GetString(bytes, 0, length).TrimEnd('\r', '\n');
            var key = text.Length >= lengthMin * 2 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : bytes[..length];
            if (key.Length >= lengthMin && key.Length <= lengthMax) return key;
            throw new ListLoadException($"{path} is no key: it must have {(lengthMin == lengthMax ? $"{lengthMin}" : $"{lengthMin} to {lengthMax}")} bytes, or twice as many hexadecimal digits.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ListLoadException($"The key file {path} cannot be read: {e.Message} It must belong to the account that runs the gateway.", e);
        }
    }
}
