using System.Security.Cryptography;
using System.Text;

namespace FilterGate.Matching.Tests;

public sealed class LockedMatcherTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly Category Locked = new(0, "csam-iwf", "", CategoryDefault.Locked, CategoryDefault.Locked, CategoryDefault.Locked, Theme: null, []);
    private static readonly Category OtherLocked = new(1, "terrorism-ctiru", "", CategoryDefault.Locked, CategoryDefault.Locked, CategoryDefault.Locked, Theme: null, []);

    [TestCase("bad.example", "http://bad.example/", true)]
    [TestCase("bad.example", "https://bad.example:8443/any?thing", true)]
    [TestCase("bad.example", "http://sub.bad.example/x", true)]
    [TestCase("bad.example", "http://notbad.example/", false)]
    [TestCase("bad.example", "http://example/", false)]
    [TestCase("http://bad.example/", "http://bad.example/deeper", true)]
    [TestCase("bad.example/page", "http://bad.example/page", true)]
    [TestCase("bad.example/page", "https://bad.example:444/page", true)]
    [TestCase("bad.example/page", "http://bad.example/page?added=1", true)]
    [TestCase("bad.example/page", "http://sub.bad.example/page", true)]
    [TestCase("www.bad.example/page", "http://bad.example/page", true)]
    [TestCase("bad.example/page", "http://www.bad.example/page", true)]
    [TestCase("bad.example/page", "http://bad.example/", false)]
    [TestCase("bad.example/page", "http://bad.example/pages", false)]
    [TestCase("bad.example/page", "http://bad.example/page/", false)]
    [TestCase("bad.example/page", "http://bad.example/page/deeper", false)]
    [TestCase("bad.example/page", "http://bad.example/other/page", false)]
    [TestCase("bad.example/page", "http://bad.example/?/page", false)]
    [TestCase("bad.example/Mixed/CASE", "http://bad.example/Mixed/CASE", true)]
    [TestCase("bad.example/Mixed/CASE", "http://bad.example/mixed/case", true)]
    [TestCase("bad.example/mixed", "http://bad.example/MIXED", true)]
    [TestCase("bad.example/with%20space/caf%C3%A9", "http://bad.example/with space/caf\u00e9", true)]
    [TestCase("bad.example/%7Emember/", "http://bad.example/~member/picture", true)]
    [TestCase("bad.example/a/folder/", "http://bad.example/a/folder/", true)]
    [TestCase("bad.example/a/folder/", "http://bad.example/a/folder/x/y/z?q", true)]
    [TestCase("bad.example/a/folder/", "http://bad.example/a/folder", false)]
    [TestCase("bad.example/a/folder/", "http://bad.example/a/folders/", false)]
    [TestCase("bad.example/a/folder/", "http://bad.example/a/", false)]
    [TestCase("bad.example/a/folder/", "http://bad.example/x?/a/folder/", false)]
    [TestCase("bad.example/show?id=7", "http://bad.example/show?id=7", true)]
    [TestCase("bad.example/show?id=7", "http://bad.example/show?ID=7", true)]
    [TestCase("bad.example/show?id=7", "http://bad.example/show?id=%37", true)]
    [TestCase("bad.example/show?id=7", "http://bad.example/show?id=77", false)]
    [TestCase("bad.example/show?id=7", "http://bad.example/show", false)]
    [TestCase("bad.example/?id=7", "http://bad.example/?id=7", true)]
    [TestCase("bad.example/?id=7", "http://bad.example/", false)]
    [TestCase("1.2.3.4/page", "http://0x1020304/page", true)]
    [TestCase("1.2.3.4", "http://5.1.2.3.4/", false)]
    [TestCase("4", "http://1.2.3.4/", false)]
    public void Find_OneEntry_MatchesAsPublished(string entry, string url, bool expected)
    {
        var matcher = Build((Locked, entry));
        Assert.That(matcher.Find(Url(url), Seen.Url), expected ? Is.Not.Null : Is.Null);
    }

    [Test]
    public void Find_Hit_NamesListCategoryAndKeyedHashAlone()
    {
        var matcher = Build((Locked, "bad.example"), (OtherLocked, "bad2.example/Page"));
        var hit = matcher.Find(Url("http://bad2.example/page"), Seen.Url);
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes("bad2.example/page")))[..12];
        Assert.That(hit, Is.EqualTo(new LockedHit("locked/terrorism-ctiru", expected, OtherLocked)));
    }

    [Test]
    public void Find_OtherKey_GivesOtherEntryId()
    {
        var other = new LockedMatcher.Builder(new byte[32]);
        other.BeginFeed("locked/x", Locked, isDemonstration: false);
        Assert.That(other.TryAdd("bad.example"), Is.True);
        Assert.That(other.Build().Find(Url("bad.example"), Seen.Url)!.EntryId, Is.Not.EqualTo(Build((Locked, "bad.example")).Find(Url("bad.example"), Seen.Url)!.EntryId));
    }

    [Test]
    public void Find_HostAlone_FindsWholeHostsOnly()
    {
        var matcher = Build((Locked, "whole.example"), (Locked, "part.example/page"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.Find(Url("a.whole.example"), Seen.Host), Is.Not.Null);
            Assert.That(matcher.Find(Url("http://part.example/page"), Seen.Host), Is.Null);
        }
    }

    [TestCase("part.example", true)]
    [TestCase("a.b.part.example", true)]
    [TestCase("other.example", true)]
    [TestCase("example", false)]
    [TestCase("apart.example", false)]
    [TestCase("whole.example", false)]
    [TestCase("", false)]
    public void CarriesUrlEntry(string host, bool expected)
    {
        var matcher = Build((Locked, "whole.example"), (Locked, "part.example/page"), (Locked, "www.other.example/page"));
        Assert.That(matcher.CarriesUrlEntry(host), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("*.bad.example")]
    [TestCase("=bad.example")]
    [TestCase("/page")]
    [TestCase("ftp://bad.example/")]
    [TestCase("someone@bad.example")]
    public void TryAdd_NeitherHostNorUrl_IsRefused(string entry)
    {
        var builder = new LockedMatcher.Builder(Key);
        builder.BeginFeed("locked/x", Locked, isDemonstration: true);
        Assert.That(builder.TryAdd(entry), Is.False);
        Assert.That(builder.Build().Feeds, Is.EqualTo(new[] { new LockedFeed("locked/x", Locked, 0, IsDemonstration: true) }));
    }

    [Test]
    public void TryAdd_BeforeAnyFeed_Throws() => Assert.That(() => new LockedMatcher.Builder(Key).TryAdd("bad.example"), Throws.InvalidOperationException);

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void Builder_KeyOfOtherLength_Throws(int length) => Assert.That(() => new LockedMatcher.Builder(new byte[length]), Throws.ArgumentException);

    [Test]
    public void Empty_AnyUrl_FindsNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(LockedMatcher.Empty.Feeds, Is.Empty);
            Assert.That(LockedMatcher.Empty.Find(Url("bad.example"), Seen.Url), Is.Null);
            Assert.That(LockedMatcher.Empty.CarriesUrlEntry("bad.example"), Is.False);
        }
    }

    [Test]
    public void Find_OrdinaryUrl_DoesNotAllocate()
    {
        var matcher = Build((Locked, "part.example/folder/"));
        var ordinary = Url("http://www.school.example/a/b?c");
        Look();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Look();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Look()
        {
            matcher.Find(ordinary, Seen.Url);
            matcher.CarriesUrlEntry(ordinary.Host);
        }
    }

    // The reference's first vectors: key 00..0f, message 00..(n-1).
    [TestCase(0, 0x726FDB47DD0E0E31ul)]
    [TestCase(1, 0x74F839C593DC67FDul)]
    [TestCase(8, 0x93F5F5799A932462ul)]
    [TestCase(15, 0xA129CA6149BE45E5ul)]
    public void SipHash_ReferenceVector_Agrees(int length, ulong expected)
    {
        var bytes = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        Assert.That(new SipHash(bytes).Hash(bytes.AsSpan(0, length)), Is.EqualTo(expected));
    }

    private static LockedMatcher Build(params (Category Category, string Entry)[] entries)
    {
        var builder = new LockedMatcher.Builder(Key);
        foreach (var (category, entry) in entries)
        {
            builder.BeginFeed($"locked/{category.Slug}", category, isDemonstration: false);
            Assert.That(builder.TryAdd(entry), Is.True, entry);
        }
        return builder.Build();
    }

    private static CanonicalUrl Url(string text) => CanonicalUrl.TryParse(text, out var url, out var error) ? url : throw new ArgumentException(error, nameof(text));
}
