using System.Buffers.Binary;
using System.Security.Cryptography;
using FilterGate.Commands;

namespace FilterGate.Backups;

/// <summary>The beginning of a sealed file: everything that is needed to make its key again, but the secret.</summary>
/// <remarks>
/// <code>
/// offset  length
///      0       4  FGBK
///      4       2  version, 1 (numbers are little-endian)
///      6       1  what the secret is: 0 a passphrase, 1 a key file
///      7       1  0
///      8       4  rounds of PBKDF2-SHA-256; 0 for a key file, which needs none
///     12       4  length of a chunk, in bytes
///     16      32  salt, random, of this file alone
///     48       …  chunks, each with a tag of 16 bytes; every one but the last has the full length
/// </code>
/// A chunk is AES-256-GCM. Its nonce is its number (8 bytes), three zeros and 1 for the last one, else 0; the head is the associated data of each. So no chunk can be changed, moved, left out, repeated or taken from another file, and no end be cut off
/// (the construction STREAM of <see href="https://eprint.iacr.org/2015/189">Hoang, Reyhanitabar, Rogaway and Vizár</see>). A nonce that counts is safe because the salt gives every file a key of its own, by HKDF-SHA-256.
/// Inside is a <c>tar</c>, compressed with gzip.
/// </remarks>
internal sealed class SealedHead
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 48;

    /// <summary>Length of a chunk before it is sealed: 1 MiB, of which a reader and a writer hold one each.</summary>
    public const int ChunkLength = 1 << 20;

    /// <summary>Length of a chunk's tag.</summary>
    public const int TagLength = 16;

    /// <summary>Length of a nonce.</summary>
    public const int NonceLength = 12;

    /// <summary>Rounds of PBKDF2-SHA-256, as <see href="https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2">OWASP</see> counts them: about a third of a second here, and for each guess of somebody who found the file.</summary>
    public const int Rounds = 600_000;

    // What a reader works through for a file that it does not know yet: ten seconds at most.
    private const int RoundsMax = 20_000_000;
    private const int ChunkLengthMin = 16, ChunkLengthMax = 16 << 20;
    private const int Version = 1, SaltAt = 16;
    private const byte OfPassphrase = 0, OfKeyFile = 1;

    private SealedHead(byte[] bytes) => Bytes = bytes;

    private static ReadOnlySpan<byte> Magic => "FGBK"u8;

    /// <summary>The head as it stands in the file.</summary>
    public byte[] Bytes { get; }

    /// <summary>True when the secret is a key file, false when it is a passphrase.</summary>
    public bool IsOfKeyFile => Bytes[6] == OfKeyFile;

    /// <summary>Length of this file's chunks.</summary>
    public int Chunk => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(12));

    /// <summary>Makes the head of a new file.</summary>
    public static SealedHead Make(bool isOfKeyFile, int chunkLength = ChunkLength)
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        bytes[6] = isOfKeyFile ? OfKeyFile : OfPassphrase;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), isOfKeyFile ? 0 : Rounds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), chunkLength);
        RandomNumberGenerator.Fill(bytes.AsSpan(SaltAt));
        return new SealedHead(bytes);
    }

    /// <summary>Reads a head.</summary>
    /// <exception cref="UserErrorException">It is none, or one of a later version.</exception>
    public static SealedHead Read(Stream file, string name)
    {
        var bytes = new byte[Length];
        if (file.ReadAtLeast(bytes, Length, throwOnEndOfStream: false) < Length || !bytes.AsSpan().StartsWith(Magic))
            throw new UserErrorException($"{name} is no backup of FilterGate, or not the whole of one: it does not begin as one. Look for another copy.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)) != Version || bytes[6] > OfKeyFile || bytes[7] != 0)
            throw new UserErrorException($"{name} was made by a later FilterGate, in a form that this one does not read. Install that version, and restore with it.");
        var head = new SealedHead(bytes);
        // Fewer rounds than we ever write would be somebody's work: what a passphrase is worth would be for them to say.
        if (head.Chunk is < ChunkLengthMin or > ChunkLengthMax || (head.IsOfKeyFile ? head.RoundsOfThis != 0 : head.RoundsOfThis is < Rounds or > RoundsMax))
            throw new UserErrorException($"{name} is damaged: its beginning says what no backup says. Look for another copy.");
        return head;
    }

    /// <summary>Makes the key of this file's chunks.</summary>
    public byte[] KeyOf(BackupSecret secret)
    {
        var salt = Bytes.AsSpan(SaltAt);
        var from = IsOfKeyFile ? secret.Bytes : Rfc2898DeriveBytes.Pbkdf2(secret.Bytes, salt, RoundsOfThis, HashAlgorithmName.SHA256, 32);
        var key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, from, key, salt, "FilterGate backup, version 1"u8);
        return key;
    }

    /// <summary>The nonce of a chunk.</summary>
    public static void WriteNonce(Span<byte> nonce, long number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }

    private int RoundsOfThis => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(8));
}
