using System.Text;
using FilterGate.Lists.Locked;

namespace FilterGate.Lists.Tests.Locked;

public sealed class LockedBundleTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, LockedBundle.KeyLength).Select(i => (byte)i)];

    [TestCase(LockedFormat.Urls, "bad.example/page\n")]
    [TestCase(LockedFormat.Csv, "url\nbad.example/page\n")]
    [TestCase(LockedFormat.Hashed, "")]
    public void Open_WhatSealMade_IsTheText(LockedFormat format, string text)
    {
        var bundle = LockedBundle.Seal(Encoding.UTF8.GetBytes(text), format, Key);
        Assert.That(Encoding.UTF8.GetString(LockedBundle.Open(bundle, Key, out var read)), Is.EqualTo(text));
        Assert.That(read, Is.EqualTo(format));
        if (text.Length > 0) Assert.That(Encoding.Latin1.GetString(bundle), Does.Not.Contain("bad.example"));
    }

    [Test]
    public void Seal_SameTextTwice_IsTwoBundles()
    {
        var first = LockedBundle.Seal("x"u8, LockedFormat.Urls, Key);
        Assert.That(LockedBundle.Seal("x"u8, LockedFormat.Urls, Key), Is.Not.EqualTo(first));
    }

    [Test]
    public void Open_AnyByteChanged_IsRefused()
    {
        var bundle = LockedBundle.Seal("bad.example/page\n"u8, LockedFormat.Urls, Key);
        for (var at = 0; at < bundle.Length; at++)
        {
            var changed = bundle.ToArray();
            changed[at] ^= 1;
            Assert.That(() => LockedBundle.Open(changed, Key, out _), Throws.TypeOf<ListLoadException>().With.Message.Not.Contains("bad.example"), $"byte {at}");
        }
    }

    [Test]
    public void Open_Cut_IsRefused()
    {
        var bundle = LockedBundle.Seal("bad.example/page\n"u8, LockedFormat.Urls, Key);
        for (var length = 0; length < bundle.Length; length++) Assert.That(() => LockedBundle.Open(bundle.AsSpan(0, length), Key, out _), Throws.TypeOf<ListLoadException>(), $"{length} bytes");
        Assert.That(() => LockedBundle.Open([.. bundle, 0], Key, out _), Throws.TypeOf<ListLoadException>());
    }

    [Test]
    public void Open_OtherKey_IsRefused() =>
        Assert.That(() => LockedBundle.Open(LockedBundle.Seal("x"u8, LockedFormat.Urls, Key), new byte[LockedBundle.KeyLength], out _), Throws.TypeOf<ListLoadException>().With.Message.Contains("another key"));

    [Test]
    public void Seal_BundleInABundle_IsRefused() => Assert.That(() => LockedBundle.Seal("x"u8, LockedFormat.Bundle, Key), Throws.ArgumentException);

    [TestCase("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", true)]
    [TestCase("0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20\r\n", true)]
    [TestCase("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", false)]
    [TestCase("", false)]
    [TestCase("no key at all", false)]
    public void ReadKey_Hexadecimal(string text, bool isKey)
    {
        using var given = new Given();
        var path = given.Drop("key", text);
        if (isKey) Assert.That(LockedBundle.ReadKey(path, 32, 32), Is.EqualTo(Key));
        else Assert.That(() => LockedBundle.ReadKey(path, 32, 32), Throws.TypeOf<ListLoadException>());
    }

    [Test]
    public void ReadKey_RawBytes_AreTheKey()
    {
        using var given = new Given();
        Assert.That(LockedBundle.ReadKey(given.Drop("key", Key), 32, 32), Is.EqualTo(Key));
    }
}
