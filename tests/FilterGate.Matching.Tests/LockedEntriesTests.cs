using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching.Tests;

public sealed class LockedEntriesTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly Category Locked = new(0, "csam-iwf", "", CategoryDefault.Locked, CategoryDefault.Locked, CategoryDefault.Locked, Theme: null, []);

    [Test]
    public void TryRead_WhatToArrayWrote_FindsTheSame([Values] bool isHashed)
    {
        var builder = isHashed ? new LockedEntries.Builder(Key, [7]) : new LockedEntries.Builder(Key);
        if (isHashed) builder.TryAddHash(HMACSHA256.HashData([7], "bad.example/a/"u8), HMACSHA256.HashData([7], "bad.example"u8), isVerification: true);
        else builder.TryAdd("bad.example/a/", isVerification: true);
        var written = builder.Build();

        Assert.That(LockedEntries.TryRead(written.ToArray(), Key, out var read), Is.True);
        var matcher = new LockedMatcher.Builder(Key);
        matcher.AddFeed("locked/x", Locked, isDemonstration: false, read!);
        var hit = matcher.Build().Find(Url("http://www.bad.example/a/b?c"), Seen.Url);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hit, Has.Property(nameof(LockedHit.IsVerification)).True);
            Assert.That(read!.ToArray(), Is.EqualTo(written.ToArray()));
        }
    }

    [Test]
    public void ToArray_AnyEntry_HasNoTextOfIt()
    {
        var builder = new LockedEntries.Builder(Key);
        Assert.That(builder.TryAdd("very-secret-host.example/very/secret/page?very=secret"), Is.True);
        Assert.That(Encoding.Latin1.GetString(builder.Build().ToArray()), Does.Not.Contain("secret").And.Not.Contain("page"));
    }

    [Test]
    public void Build_SameEntryInSeveralSpellings_CountsOnce()
    {
        var builder = new LockedEntries.Builder(Key);
        foreach (var entry in (string[])["bad.example/a", "http://WWW.bad.example:81/A", "https://bad.example/%61", "bad.example/b"]) Assert.That(builder.TryAdd(entry), Is.True);
        Assert.That(builder.Build().Count, Is.EqualTo(2));
    }

    [Test]
    public void Build_OrderOfEntries_DoesNotMatter()
    {
        string[] entries = ["a.example", "b.example/x", "c.example/y/?z", "d.example/y/"];
        Assert.That(Bytes(entries), Is.EqualTo(Bytes([.. entries.Reverse()])));

        static byte[] Bytes(string[] entries)
        {
            var builder = new LockedEntries.Builder(Key);
            foreach (var entry in entries) builder.TryAdd(entry);
            return builder.Build().ToArray();
        }
    }

    [TestCase("bad.example/" + "0123456789abcdef", 1, true)]
    [TestCase("bad.example/", 9000, false)]
    public void TryAdd_LengthOfAnEntry_HasABound(string start, int more, bool expected) =>
        Assert.That(new LockedEntries.Builder(Key).TryAdd(start + new string('x', more)), Is.EqualTo(expected));

    [TestCase(LockedEntries.Builder.FolderDepthMax, true)]
    [TestCase(LockedEntries.Builder.FolderDepthMax + 1, false)]
    public void TryAdd_DepthOfAFolder_HasABound(int depth, bool expected) =>
        Assert.That(new LockedEntries.Builder(Key).TryAdd("bad.example/" + string.Concat(Enumerable.Repeat("x/", depth))), Is.EqualTo(expected));

    [TestCase(31, 0)]
    [TestCase(33, 0)]
    [TestCase(32, 31)]
    public void TryAddHash_WrongLength_IsRefused(int hashLength, int hostLength) =>
        Assert.That(new LockedEntries.Builder(Key, hashKey: null).TryAddHash(new byte[hashLength], new byte[hostLength]), Is.False);

    [Test]
    public void TryAdd_TextToAListOfHashes_AndTheOtherWayAbout_IsRefused()
    {
        Assert.That(new LockedEntries.Builder(Key, hashKey: null).TryAdd("bad.example"), Is.False);
        Assert.That(new LockedEntries.Builder(Key).TryAddHash(new byte[32], []), Is.False);
    }

    [Test]
    public void TryRead_CutOrLengthened_IsRefused()
    {
        var bytes = Sample();
        for (var length = 0; length < bytes.Length; length++) Assert.That(LockedEntries.TryRead(bytes.AsSpan(0, length), Key, out _), Is.False, $"{length} bytes");
        Assert.That(LockedEntries.TryRead([.. bytes, 0], Key, out _), Is.False);
    }

    // Whatever the bytes are, reading says no or gives entries that can be used; it never throws.
    [Test]
    public void TryRead_FlippedBytes_NeverThrows()
    {
        var bytes = Sample();
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var flip in (byte[])[0x01, 0x80, 0xFF])
            {
                var flipped = bytes.ToArray();
                flipped[at] ^= flip;
                if (!LockedEntries.TryRead(flipped, Key, out var entries)) continue;
                var matcher = new LockedMatcher.Builder(Key);
                matcher.AddFeed("locked/x", Locked, isDemonstration: false, entries);
                Assert.That(() => matcher.Build().Find(Url("http://bad.example/a/b/c?d=e"), Seen.Url), Throws.Nothing);
            }
        }
    }

    private static byte[] Sample()
    {
        var builder = new LockedEntries.Builder(Key);
        foreach (var entry in (string[])["bad.example/a/b/", "bad.example/a?b", "worse.example"]) builder.TryAdd(entry);
        return builder.Build().ToArray();
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
