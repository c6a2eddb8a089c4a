using System.Buffers.Binary;
using System.Security.Cryptography;
using FilterGate.Backups;
using FilterGate.Commands;

namespace FilterGate.Tests.Backups;

/// <summary>The seal of a backup: what comes back, and every way in which a file can be another than the one that was written.</summary>
public sealed class SealedFileTests
{
    private const int Chunk = 64, Sealed = Chunk + SealedHead.TagLength;

    private static readonly BackupSecret Key = new(IsKeyFile: true, RandomNumberGenerator.GetBytes(BackupSecret.KeyLength));

    [TestCase(0), TestCase(1), TestCase(Chunk - 1), TestCase(Chunk), TestCase(Chunk + 1), TestCase(3 * Chunk), TestCase((3 * Chunk) + 7)]
    public void Open_WhatWasWritten_ComesBack(int length)
    {
        var text = RandomNumberGenerator.GetBytes(length);
        Assert.That(Opened(SealedOf(text)), Is.EqualTo(text));
    }

    [Test]
    public void Write_InPiecesOfAnyLength_GivesTheSameChunks()
    {
        var text = RandomNumberGenerator.GetBytes(1000);
        using var file = new MemoryStream();
        using (var sealing = new SealingStream(file, SealedHead.Make(isOfKeyFile: true, Chunk), Key))
        {
            for (var (at, step) = (0, 1); at < text.Length; at += step, step = (step * 3 % 97) + 1) sealing.Write(text.AsSpan(at, Math.Min(step, text.Length - at)));
            Assert.That(Convert.ToHexString(sealing.Finish()), Is.EqualTo(Convert.ToHexString(SHA256.HashData(file.ToArray()))));
            Assert.That(sealing.Written, Is.EqualTo(file.Length));
        }
        Assert.That(Opened(file.ToArray()), Is.EqualTo(text));
    }

    [Test]
    public void Open_NeverFinished_IsRefused()
    {
        using var file = new MemoryStream();
        using (var sealing = new SealingStream(file, SealedHead.Make(isOfKeyFile: true, Chunk), Key)) sealing.Write(new byte[3 * Chunk]);
        Assert.That(() => Opened(file.ToArray()), Throws.TypeOf<UserErrorException>());
    }

    [Test]
    public void Open_AnyByteChanged_IsRefused()
    {
        var file = SealedOf(RandomNumberGenerator.GetBytes((2 * Chunk) + 9));
        for (var at = 0; at < file.Length; at++)
        {
            var changed = (byte[])file.Clone();
            changed[at] ^= 0x20;
            Assert.That(() => Opened(changed), Throws.TypeOf<UserErrorException>().With.Property("ExitCode").EqualTo(ExitCode.Usage), $"byte {at}");
        }
    }

    [Test]
    public void Open_CutAtAnyLength_IsRefused()
    {
        // The last chunk is full: a cut between two chunks leaves nothing but full ones.
        var file = SealedOf(RandomNumberGenerator.GetBytes(3 * Chunk));
        for (var length = 0; length < file.Length; length++) Assert.That(() => Opened(file[..length]), Throws.TypeOf<UserErrorException>(), $"{length} bytes of {file.Length}");
    }

    [TestCase(1), TestCase(SealedHead.TagLength), TestCase(Sealed), TestCase(1000)]
    public void Open_BytesBehindTheEnd_AreRefused(int more) =>
        Assert.That(() => Opened([.. SealedOf(new byte[2 * Chunk]), .. new byte[more]]), Throws.TypeOf<UserErrorException>());

    [Test]
    public void Open_ChunksInAnotherOrder_IsRefused()
    {
        var file = SealedOf(RandomNumberGenerator.GetBytes((3 * Chunk) + 1));
        foreach (var (a, b) in new[] { (0, 1), (1, 2), (0, 2) })
        {
            var moved = (byte[])file.Clone();
            Piece(file, a).CopyTo(moved.AsSpan(SealedHead.Length + (b * Sealed)));
            Piece(file, b).CopyTo(moved.AsSpan(SealedHead.Length + (a * Sealed)));
            Assert.That(() => Opened(moved), Throws.TypeOf<UserErrorException>(), $"{a} and {b}");
        }
        Assert.That(() => Opened([.. file[..(SealedHead.Length + Sealed)], .. file[(SealedHead.Length + (2 * Sealed))..]]), Throws.TypeOf<UserErrorException>(), "one left out");
        Assert.That(() => Opened([.. file[..(SealedHead.Length + Sealed)], .. file[SealedHead.Length..]]), Throws.TypeOf<UserErrorException>(), "one twice");
    }

    [Test]
    public void Open_ChunkOfAnotherFileWithTheSameKey_IsRefused()
    {
        var (file, other) = (SealedOf(RandomNumberGenerator.GetBytes(3 * Chunk)), SealedOf(RandomNumberGenerator.GetBytes(3 * Chunk)));
        Piece(other, 1).CopyTo(file.AsSpan(SealedHead.Length + Sealed));
        Assert.That(() => Opened(file), Throws.TypeOf<UserErrorException>().With.Message.Contains("not as it was written"));
        Assert.That(() => Opened([.. other[..SealedHead.Length], .. file[SealedHead.Length..]]), Throws.TypeOf<UserErrorException>(), "its head before the other's chunks");
    }

    [Test]
    public void Open_AnotherKey_SaysSoAndNothingElse() =>
        Assert.That(() => Opened(SealedOf(new byte[10]), new BackupSecret(IsKeyFile: true, new byte[BackupSecret.KeyLength])), Throws.TypeOf<UserErrorException>().With.Message.Contains("another key file"));

    [Test]
    public void Passphrase_WrittenInTwoWays_IsOne()
    {
        var head = SealedHead.Make(isOfKeyFile: false);
        Assert.That(head.KeyOf(BackupSecret.OfPassphrase("cafe\u0301 am See mit")), Is.EqualTo(head.KeyOf(BackupSecret.OfPassphrase("caf\u00e9 am See mit"))));
        Assert.That(head.KeyOf(BackupSecret.OfPassphrase("cafe am See mit")), Is.Not.EqualTo(head.KeyOf(BackupSecret.OfPassphrase("caf\u00e9 am See mit"))));
    }

    /// <summary>A key made once by another implementation: a change of how keys are made would lock every school out of its backups.</summary>
    [TestCase(false, "43bdb5ad4e22626b6736d938b6aa4aaba1e65bb7bd4d632c5d6e4da3d3cb594b")]
    [TestCase(true, "a3ce67280a63e0046e1afe795ed2ce42a62241f1bbbe240988b3ad8be77ef4b3")]
    public void KeyOf_KnownHead_IsTheKeyThatItAlwaysWas(bool isOfKeyFile, string expected)
    {
        var bytes = new byte[SealedHead.Length];
        "FGBK"u8.CopyTo(bytes);
        bytes[4] = 1;
        bytes[6] = isOfKeyFile ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), isOfKeyFile ? 0 : 600_000);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), 1 << 20);
        for (var i = 16; i < bytes.Length; i++) bytes[i] = (byte)(i - 16);
        var head = SealedHead.Read(new MemoryStream(bytes), "a file");
        var secret = isOfKeyFile ? new BackupSecret(IsKeyFile: true, [.. Enumerable.Range(0, 32).Select(i => (byte)(255 - i))]) : BackupSecret.OfPassphrase("correct horse battery staple");
        Assert.That(Convert.ToHexStringLower(head.KeyOf(secret)), Is.EqualTo(expected));
    }

    [TestCase(4, 2, TestName = "Read_LaterVersion_IsRefused"), TestCase(6, 2, TestName = "Read_SecretOfALaterKind_IsRefused"), TestCase(10, 0, TestName = "Read_FewRounds_AreRefused"), TestCase(11, 0x7F, TestName = "Read_RoundsForHours_AreRefused"), TestCase(15, 0x7F, TestName = "Read_ChunkOfGigabytes_IsRefused")]
    public void Read(int at, byte value)
    {
        var bytes = SealedHead.Make(isOfKeyFile: false).Bytes;
        bytes[at] = value;
        if (at == 10) bytes[9] = 0;
        Assert.That(() => SealedHead.Read(new MemoryStream(bytes), "a file"), Throws.TypeOf<UserErrorException>());
    }

    private static ReadOnlySpan<byte> Piece(byte[] file, int number) => file.AsSpan(SealedHead.Length + (number * Sealed), Sealed);

    private static byte[] SealedOf(byte[] text)
    {
        using var file = new MemoryStream();
        using var sealing = new SealingStream(file, SealedHead.Make(isOfKeyFile: true, Chunk), Key);
        sealing.Write(text);
        sealing.Finish();
        return file.ToArray();
    }

    private static byte[] Opened(byte[] bytes, BackupSecret? secret = null)
    {
        using var file = new MemoryStream(bytes);
        using var opened = new UnsealingStream(file, SealedHead.Read(file, "a file"), secret ?? Key, "a file");
        using var text = new MemoryStream();
        opened.CopyTo(text, 50);
        return text.ToArray();
    }
}
