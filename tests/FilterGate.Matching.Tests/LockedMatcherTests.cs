using System.Security.Cryptography;
using System.Text;
using FilterGate.Testing;

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
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++) Look();
        });
        Assert.That(allocated, Is.Zero);

        void Look()
        {
            matcher.Find(ordinary, Seen.Url);
            matcher.CarriesUrlEntry(ordinary.Host);
        }
    }

    // A4: every way to write an address that a browser reads as the entry.
    [TestCase("bad.example/Album/page1.html", "HTTP://BAD.EXAMPLE/Album/page1.html", TestName = "Find_Decoy_UpperCaseHost")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/aLBUM/PAGE1.HTML", TestName = "Find_Decoy_OtherCaseOfThePath")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example:80/Album/page1.html", TestName = "Find_Decoy_DefaultPort")]
    [TestCase("bad.example/Album/page1.html", "https://bad.example:8443/Album/page1.html", TestName = "Find_Decoy_OtherPortAndScheme")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/%41lbum/%70age1%2Ehtml", TestName = "Find_Decoy_PercentEncoding")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/%2541lbum/page1.html", TestName = "Find_Decoy_DoubleEncoding")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/%25252541lbum/page1.html", TestName = "Find_Decoy_ManifoldEncoding")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/x/../Album/./page1.html", TestName = "Find_Decoy_DotSegments")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/x/%2e%2E/Album/page1.html", TestName = "Find_Decoy_EncodedDotSegments")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example//Album///page1.html", TestName = "Find_Decoy_DoubledSlashes")]
    [TestCase("bad.example/Album/page1.html", "http:\\\\bad.example\\Album\\page1.html", TestName = "Find_Decoy_Backslashes")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example./Album/page1.html", TestName = "Find_Decoy_TrailingDot")]
    [TestCase("bad.example/Album/page1.html", "http://someone:secret@bad.example/Album/page1.html", TestName = "Find_Decoy_UserInfo")]
    [TestCase("bad.example/Album/page1.html", "http://good.example@bad.example/Album/page1.html", TestName = "Find_Decoy_HostAsUserInfo")]
    [TestCase("bad.example/Album/page1.html", "http://\uff42\uff41\uff44.example/Album/page1.html", TestName = "Find_Decoy_FullWidthLetters")]
    [TestCase("bad.example/Album/page1.html", "http://bad\u3002example/Album/page1.html", TestName = "Find_Decoy_IdeographicFullStop")]
    [TestCase("bad.example/Album/page1.html", "http://b%61d.example/Album/page1.html", TestName = "Find_Decoy_EncodedHost")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/Album/page1.html#top", TestName = "Find_Decoy_Fragment")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/Album/page1.html?a=b", TestName = "Find_Decoy_AddedQuery")]
    [TestCase("bad.example/Album/page1.html", "http://bad.example/Album/page1.html?", TestName = "Find_Decoy_EmptyQuery")]
    [TestCase("bad.example/Album/page1.html", "http://bad.exam\tple/Al\nbum/page1.html", TestName = "Find_Decoy_TabsAndLineEnds")]
    [TestCase("bad.example/Album/page1.html", "http://WWW.bad.example/Album/page1.html", TestName = "Find_Decoy_Www")]
    [TestCase("bad.example/Album/page1.html", "ws://bad.example/Album/page1.html", TestName = "Find_Decoy_WebSocket")]
    [TestCase("b\u00fccher.example/a", "http://xn--bcher-kva.example/a", TestName = "Find_Decoy_Punycode")]
    [TestCase("xn--bcher-kva.example/a", "http://B\u00dcCHER.example/a", TestName = "Find_Decoy_InternationalName")]
    [TestCase("192.0.2.7/page", "http://3221225991/page", TestName = "Find_Decoy_AddressAsOneNumber")]
    [TestCase("192.0.2.7/page", "http://0xC0.0x0.0x2.0x7/page", TestName = "Find_Decoy_AddressInHex")]
    [TestCase("192.0.2.7/page", "http://0300.0000.0002.0007/page", TestName = "Find_Decoy_AddressInOctal")]
    [TestCase("192.0.2.7/page", "http://192.0.519/page", TestName = "Find_Decoy_AddressInThreeParts")]
    [TestCase("192.0.2.7/page", "http://192.0.2.7./page", TestName = "Find_Decoy_AddressWithTrailingDot")]
    [TestCase("[2001:db8::7]/page", "http://[2001:0DB8:0:0::7]/page", TestName = "Find_Decoy_LongAddress")]
    public void Find_Decoy(string entry, string decoy)
    {
        Assert.That(Build((Locked, entry)).Find(Url(decoy), Seen.Url), Is.Not.Null);
        Assert.That(Build((Locked, decoy)).Find(Url(entry), Seen.Url), decoy.Contains('?', StringComparison.Ordinal) && !decoy.EndsWith('?') ? Is.Null : Is.Not.Null, "and the other way about");
    }

    [TestCase("http://bad.example/Album/page2.html")]
    [TestCase("http://bad.example/Album/page1.html/")]
    [TestCase("http://bad.example/Album/page1.htm")]
    [TestCase("http://bad.example/Album%2Fx/page1.html")]
    [TestCase("http://bad.example/?/Album/page1.html")]
    [TestCase("http://bad.example@good.example/Album/page1.html")]
    [TestCase("http://bad.example.good.example/Album/page1.html")]
    [TestCase("http://badexample/Album/page1.html")]
    [TestCase("http://good.example/http://bad.example/Album/page1.html")]
    public void Find_Neighbour_IsNotOnTheList(string url) => Assert.That(Build((Locked, "bad.example/Album/page1.html")).Find(Url(url), Seen.Url), Is.Null);

    [TestCase("http://part.example/", TestName = "Find_Miss_OnANamedHost_DoesNotAllocate")]
    [TestCase("http://www.part.example/folders/a/b/c/d?e=f", TestName = "Find_Miss_BesideAFolder_DoesNotAllocate")]
    [TestCase("http://a.b.c.d.e.part.example/X/Y/", TestName = "Find_Miss_OnASubDomain_DoesNotAllocate")]
    public void Find_Miss_DoesNotAllocate(string url)
    {
        var matcher = Build((Locked, "part.example/folder/a/b/c/"), (Locked, "part.example/page?query"));
        var miss = Url(url);
        Assert.That(matcher.Find(miss, Seen.Url), Is.Null);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++) matcher.Find(miss, Seen.Url);
        });
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void Find_AddressLongerThanAnyEntry_FindsItsFolder()
    {
        var matcher = Build((Locked, "bad.example/folder/"));
        Assert.That(matcher.Find(Url("http://bad.example/folder/" + new string('x', 20_000) + "?" + new string('y', 20_000)), Seen.Url), Is.Not.Null);
        Assert.That(matcher.Find(Url("http://bad.example/other/" + new string('x', 20_000) + "/folder/"), Seen.Url), Is.Null);
    }

    [Test]
    public void Find_VerificationAddress_IsAHitThatSaysSo()
    {
        var feed = new LockedEntries.Builder(Key);
        Assert.That(feed.TryAdd("check.example/test", isVerification: true) && feed.TryAdd("bad.example"), Is.True);
        var builder = new LockedMatcher.Builder(Key);
        builder.AddFeed("locked/ctiru", OtherLocked, isDemonstration: false, feed.Build());
        var matcher = builder.Build();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matcher.Find(Url("http://check.example/test"), Seen.Url), Has.Property(nameof(LockedHit.IsVerification)).True);
            Assert.That(matcher.Find(Url("http://bad.example"), Seen.Url), Has.Property(nameof(LockedHit.IsVerification)).False);
            Assert.That(matcher.Feeds.Single(), Is.EqualTo(new LockedFeed("locked/ctiru", OtherLocked, 2, IsDemonstration: false) { VerificationCount = 1 }));
        }
    }

    [Test]
    public void Find_SameEntryInTwoFeeds_TheOneThatMeansItIsNamed([Values] bool testFirst)
    {
        var (test, real) = (new LockedEntries.Builder(Key), new LockedEntries.Builder(Key));
        Assert.That(test.TryAdd("bad.example/x", isVerification: true) && real.TryAdd("BAD.example/X"), Is.True);
        var builder = new LockedMatcher.Builder(Key);
        if (testFirst) builder.AddFeed("locked/test", Locked, isDemonstration: false, test.Build());
        builder.AddFeed("locked/real", OtherLocked, isDemonstration: false, real.Build());
        if (!testFirst) builder.AddFeed("locked/test", Locked, isDemonstration: false, test.Build());
        var hit = builder.Build().Find(Url("http://bad.example/x"), Seen.Url)!;
        Assert.That((hit.List, hit.IsVerification), Is.EqualTo(("locked/real", false)));
    }

    // expression that the supplier hashed,  its host,              request,                              found
    [TestCase("bad.example/",               "bad.example",         "http://bad.example/any/where?x",      true)]
    [TestCase("bad.example/",               "bad.example",         "http://a.b.bad.example/",             true)]
    [TestCase("bad.example/a/",             "bad.example",         "http://bad.example/a/b/c.html?d",     true)]
    [TestCase("bad.example/a/b.html",       "bad.example",         "http://bad.example/a/b.html?c=d",     true)]
    [TestCase("bad.example/a/b.html?c=d",   "bad.example",         "http://www.bad.example/a/b.html?c=d", true)]
    [TestCase("bad.example/a/b.html",       "bad.example",         "http://bad.example/A/B.html",         true)]
    [TestCase("bad.example/A/B.html",       "bad.example",         "http://bad.example/A/B.html",         true)]
    [TestCase("192.0.2.7/a",                "192.0.2.7",           "http://3221225991/a",                 true)]
    [TestCase("bad.example/a/b.html?c=d",   "bad.example",         "http://bad.example/a/b.html?c=e",     false)]
    [TestCase("bad.example/a/",             "bad.example",         "http://bad.example/b/a/",             false)]
    [TestCase("bad.example/",               "bad.example",         "http://notbad.example/",              false)]
    [TestCase("example/",                   "example",             "http://bad.example/",                 false)]
    public void Find_ListOfHashes(string expression, string host, string url, bool isFound)
    {
        byte[]?[] hashKeys = [null, [1, 2, 3]];
        foreach (var hashKey in hashKeys)
        {
            foreach (var isBlind in (bool[])[false, true])
            {
                var feed = new LockedEntries.Builder(Key, hashKey);
                Assert.That(feed.TryAddHash(Hash(expression), isBlind ? [] : Hash(host)), Is.True);
                var builder = new LockedMatcher.Builder(Key);
                builder.AddFeed("locked/hashed", Locked, isDemonstration: false, feed.Build());
                var matcher = builder.Build();
                using (Assert.EnterMultipleScope())
                {
                    Assert.That(matcher.Find(Url(url), Seen.Url), isFound ? Is.Not.Null : Is.Null, $"blind: {isBlind}");
                    Assert.That(matcher.Find(Url(url), Seen.Host), isFound && expression == host + "/" ? Is.Not.Null : Is.Null);
                    Assert.That(matcher.CarriesUrlEntry(host), Is.EqualTo(!isBlind));
                    Assert.That(matcher.CarriesUrlEntry("other.test"), Is.False);
                    Assert.That(matcher.Feeds.Single().IsBlind, Is.EqualTo(isBlind));
                }
            }

            byte[] Hash(string text) => hashKey is null ? SHA256.HashData(Encoding.ASCII.GetBytes(text)) : HMACSHA256.HashData(hashKey, Encoding.ASCII.GetBytes(text));
        }
    }

    [Test]
    public void ListOfHashes_Miss_DoesNotAllocate()
    {
        var feed = new LockedEntries.Builder(Key, hashKey: null);
        feed.TryAddHash(SHA256.HashData("bad.example/"u8), []);
        var builder = new LockedMatcher.Builder(Key);
        builder.AddFeed("locked/hashed", Locked, isDemonstration: false, feed.Build());
        var (matcher, miss) = (builder.Build(), Url("http://www.school.example/A/b/c?d"));
        matcher.Find(miss, Seen.Url);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++) matcher.Find(miss, Seen.Url);
        });
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void AddFeed_HashedWithAnotherKey_IsRefused() =>
        Assert.That(() => new LockedMatcher.Builder(Key).AddFeed("locked/x", Locked, isDemonstration: false, new LockedEntries.Builder(new byte[32]).Build()), Throws.ArgumentException);

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
