using CsCheck;

namespace FilterGate.Matching.Tests;

public sealed class CanonicalUrlTests
{
    // The vectors of the Safe Browsing clients (google/safebrowsing, urls_test.go), with the query kept and the port kept.
    [TestCase("http://host/%25%32%35", "http://host/%25")]
    [TestCase("http://host/%25%32%35%25%32%35", "http://host/%25%25")]
    [TestCase("http://host/%2525252525252525", "http://host/%25")]
    [TestCase("http://host/asdf%25%32%35asd", "http://host/asdf%25asd")]
    [TestCase("http://host/%%%25%32%35asd%%", "http://host/%25%25%25asd%25%25")]
    [TestCase("http://www.google.com/", "http://www.google.com/")]
    [TestCase("http://%31%36%38%2e%31%38%38%2e%39%39%2e%32%36/%2E%73%65%63%75%72%65/%77%77%77%2E%65%62%61%79%2E%63%6F%6D/", "http://168.188.99.26/.secure/www.ebay.com/")]
    [TestCase("http://195.127.0.11/uploads/%20%20%20%20/.verify/.eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/",
        "http://195.127.0.11/uploads/%20%20%20%20/.verify/.eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/")]
    [TestCase("http://host%23.com/%257Ea%2521b%2540c%2523d%2524e%25f%255E00%252611%252A22%252833%252944_55%252B", "http://host%23.com/~a!b@c%23d$e%25f^00&11*22(33)44_55+")]
    [TestCase("http://3279880203/blah", "http://195.127.0.11/blah")]
    [TestCase("http://www.google.com/blah/..", "http://www.google.com/")]
    [TestCase("www.google.com/", "http://www.google.com/")]
    [TestCase("www.google.com", "http://www.google.com/")]
    [TestCase("http://www.evil.com/blah#frag", "http://www.evil.com/blah")]
    [TestCase("http://www.GOOgle.com/", "http://www.google.com/")]
    [TestCase("http://www.google.com.../", "http://www.google.com/")]
    [TestCase("http://www.google.com/foo\tbar\rbaz\n2", "http://www.google.com/foobarbaz2")]
    [TestCase("http://www.google.com/q?", "http://www.google.com/q?")]
    [TestCase("http://www.google.com/q?r?", "http://www.google.com/q?r?")]
    [TestCase("http://www.google.com/q?r?s", "http://www.google.com/q?r?s")]
    [TestCase("http://www.google.com/q?r?s%3F", "http://www.google.com/q?r?s?")]
    [TestCase("http://evil.com/foo#bar#baz", "http://evil.com/foo")]
    [TestCase("http://evil.com/foo;", "http://evil.com/foo;")]
    [TestCase("http://evil.com/foo?bar;", "http://evil.com/foo?bar;")]
    [TestCase("http://\u0001\u0080.com/", "http://%01%80.com/")]
    [TestCase("http://%01%80.com/", "http://%01%80.com/")]
    [TestCase("http://some%1bhost.com/%1b", "http://some%1Bhost.com/%1B")]
    [TestCase("http://notrailingslash.com", "http://notrailingslash.com/")]
    [TestCase("http://www.gotaport.com:1234/", "http://www.gotaport.com:1234/")]
    [TestCase("  http://www.google.com/  ", "http://www.google.com/")]
    [TestCase("http:// leadingspace.com/", "http://%20leadingspace.com/")]
    [TestCase("http://%20leadingspace.com/", "http://%20leadingspace.com/")]
    [TestCase("%20leadingspace.com/", "http://%20leadingspace.com/")]
    [TestCase("https://www.securesite.com/", "https://www.securesite.com/")]
    [TestCase("http://host.com/ab%23cd", "http://host.com/ab%23cd")]
    [TestCase("http://host.com//twoslashes?more//slashes", "http://host.com/twoslashes?more//slashes")]
    [TestCase("http://www.\u00fcmlat.com/", "http://www.xn--mlat-zra.com/")]
    [TestCase("http://www.\u00dcmlat.com/", "http://www.xn--mlat-zra.com/")]
    [TestCase("http://www.%C3%BCmlat.com/", "http://www.xn--mlat-zra.com/")]
    [TestCase("http://W!eird<>Ho$^.com/", "http://w!eird<>ho$^.com/")]
    [TestCase("http://[2001:470:1:18::114]/", "http://[2001:470:1:18::114]/")]
    [TestCase("http://a.com//a//b///c////", "http://a.com/a/b/c/")]
    [TestCase("http://a.com/foo/.././bar/./../foo.html", "http://a.com/foo.html")]
    [TestCase("http://google.com.:8080/foo.html", "http://google.com:8080/foo.html")]
    [TestCase("http://google...com/foo.html", "http://google.com/foo.html")]
    [TestCase("http://..google.com/foo.html", "http://google.com/foo.html")]
    public void TryParse_SafeBrowsingVector_IsCanonical(string input, string expected) => Assert.That(Canonical(input), Is.EqualTo(expected));

    [TestCase("http://example.org:80/", "http://example.org/", TestName = "TryParse_DefaultPort_IsDropped")]
    [TestCase("https://example.org:443/", "https://example.org/", TestName = "TryParse_DefaultSecurePort_IsDropped")]
    [TestCase("https://example.org:80/", "https://example.org:80/", TestName = "TryParse_OtherSchemesPort_IsKept")]
    [TestCase("http://example.org:/", "http://example.org/", TestName = "TryParse_EmptyPort_IsDefault")]
    [TestCase("http://example.org:00080/", "http://example.org/", TestName = "TryParse_PortWithZeros_IsRead")]
    [TestCase("http://user:secret@example.org/", "http://example.org/", TestName = "TryParse_UserInfo_IsDropped")]
    [TestCase("http://good.example@bad.example@example.org/", "http://example.org/", TestName = "TryParse_SeveralAts_LastOneCounts")]
    [TestCase("http://example.org\\@bad.example/", "http://example.org/@bad.example/", TestName = "TryParse_BackslashEndsHost_AsInBrowsers")]
    [TestCase("http:\\\\example.org\\a\\b?c\\d", "http://example.org/a/b?c\\d", TestName = "TryParse_Backslashes_AreSlashesButInQuery")]
    [TestCase("http:/example.org/", "http://example.org/", TestName = "TryParse_OneSlash_IsForgiven")]
    [TestCase("http:////example.org/", "http://example.org/", TestName = "TryParse_FourSlashes_AreForgiven")]
    [TestCase("//example.org/a", "http://example.org/a", TestName = "TryParse_SchemeRelative_IsHttp")]
    [TestCase("HTTPS://EXAMPLE.ORG/Path", "https://example.org/Path", TestName = "TryParse_UpperCase_HostIsLoweredPathIsNot")]
    [TestCase("wss://example.org/socket", "https://example.org/socket", TestName = "TryParse_WebSocket_IsItsHttp")]
    [TestCase("example.org:8080/x", "http://example.org:8080/x", TestName = "TryParse_HostAndPortWithoutScheme_IsHttp")]
    [TestCase("example.org?q=1", "http://example.org/?q=1", TestName = "TryParse_QueryWithoutPath_GetsSlash")]
    [TestCase("http://example.org/a%3Fb?c", "http://example.org/a%3Fb?c", TestName = "TryParse_EscapedQuestionMarkInPath_StaysEscaped")]
    [TestCase("http://example.org/a%2Fb%2F%2Fc", "http://example.org/a/b/c", TestName = "TryParse_EscapedSlashes_AreSlashes")]
    [TestCase("http://example.org/a%5c..%5cb", "http://example.org/b", TestName = "TryParse_EscapedBackslashes_AreSlashes")]
    [TestCase("http://example.org/a/%2e%2E/b/%252e/c", "http://example.org/b/c", TestName = "TryParse_EscapedDots_AreResolved")]
    [TestCase("http://example.org/../../a", "http://example.org/a", TestName = "TryParse_DotsAboveRoot_Stop")]
    [TestCase("http://example.org/a//../b", "http://example.org/a/b", TestName = "TryParse_DotsAfterEmptySegment_TakeThatSegmentAsBrowsersDo")]
    [TestCase("http://example.org/.well-known/..a/b..", "http://example.org/.well-known/..a/b..", TestName = "TryParse_DotsInNames_Stay")]
    [TestCase("http://example.org/caf\u00e9?q=\u00e9%e9", "http://example.org/caf%C3%A9?q=%C3%A9%E9", TestName = "TryParse_NonAsciiPath_IsEscapedUtf8")]
    [TestCase("http://example.org/?a=b%26c+d%20e", "http://example.org/?a=b&c+d%20e", TestName = "TryParse_Query_IsUnescapedToo")]
    public void TryParse(string input, string expected) => Assert.That(Canonical(input), Is.EqualTo(expected));

    // Not a case of the table above: an attribute's text is stored as UTF-8, which has no lone surrogates.
    [Test]
    public void TryParse_LoneSurrogate_IsReplacedAsInBrowsers() => Assert.That(Canonical("http://example.org/\ud800"), Is.EqualTo("http://example.org/%EF%BF%BD"));

    [TestCase("255.0.0.1", "255.0.0.1")]
    [TestCase("12.0x12.01234", "12.18.2.156")]
    [TestCase("276.2.3", "20.2.0.3")]
    [TestCase("012.034.01.055", "10.28.1.45")]
    [TestCase("0X12.0x43.0x44.0x01", "18.67.68.1")]
    [TestCase("167838211", "10.1.2.3")]
    [TestCase("3279880203", "195.127.0.11")]
    [TestCase("4294967295", "255.255.255.255")]
    [TestCase("0x7f.1", "127.0.0.1")]
    [TestCase("0x.0x.0", "0.0.0.0")]
    [TestCase("127.1.", "127.0.0.1")]
    [TestCase("\uff11\uff12\uff17\u30020\uff0e0\uff611", "127.0.0.1")]
    [TestCase("%31%32%37.1", "127.0.0.1")]
    [TestCase("[::ffff:1.2.3.4]", "1.2.3.4")]
    [TestCase("[::FFFF:0102:0304]", "1.2.3.4")]
    // Not addresses: names, and left to the resolver to refuse.
    [TestCase("123.123.0.0.1", "123.123.0.0.1")]
    [TestCase("1.2.3.00x0", "1.2.3.00x0")]
    [TestCase("1.2.3.08", "1.2.3.08")]
    [TestCase("1.2.3.4294967296", "1.2.3.4294967296")]
    [TestCase("1.2.3.4.example", "1.2.3.4.example")]
    public void TryCanonicalizeHost_IPv4InAnyForm_IsDottedDecimal(string input, string expected) => Assert.That(Host(input), Is.EqualTo(expected));

    [TestCase("[2001:DB8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]")]
    [TestCase("[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]")]
    [TestCase("[2001:0db8::0001]", "[2001:db8::1]")]
    [TestCase("[0:0:0:0:0:0:0:0]", "[::]")]
    [TestCase("[1::]", "[1::]")]
    [TestCase("[::192.9.5.5]", "[::c009:505]")]
    [TestCase("[fe80::1%25eth0]", "[fe80::1]")]
    [TestCase("2001:db8::1", "[2001:db8::1]")]
    public void TryCanonicalizeHost_IPv6_IsAsRfc5952(string input, string expected) => Assert.That(Host(input), Is.EqualTo(expected));

    [TestCase("fa\u00df.de", "xn--fa-hia.de", TestName = "TryCanonicalizeHost_SharpS_IsKeptAsBrowsersDo")]
    [TestCase("\uff27\uff4f\uff0e\uff23om", "go.com", TestName = "TryCanonicalizeHost_FullWidth_IsAscii")]
    [TestCase("a\u3002b", "a.b", TestName = "TryCanonicalizeHost_IdeographicFullStop_IsDot")]
    [TestCase("ex\u00adample.com", "example.com", TestName = "TryCanonicalizeHost_SoftHyphen_IsDropped")]
    [TestCase("\u212aelvin.de", "kelvin.de", TestName = "TryCanonicalizeHost_KelvinSign_IsK")]
    [TestCase("B\u00dcCHER.\u4f8b\u3048", "xn--bcher-kva.xn--r8jz45g", TestName = "TryCanonicalizeHost_SeveralLabels_AreEachMapped")]
    [TestCase("-\u00fc.de", "xn----eha.de", TestName = "TryCanonicalizeHost_HyphenAtEnd_IsMappedThoughIcuRefuses")]
    [TestCase("-\u00dc.de", "xn----eha.de", TestName = "TryCanonicalizeHost_HyphenAtEndCapital_IsTheSame")]
    [TestCase("XN--MLAT-ZRA.com", "xn--mlat-zra.com", TestName = "TryCanonicalizeHost_PunycodeCapitals_AreLowered")]
    [TestCase("%ef%bc%85%ef%bc%94%ef%bc%91.com", "a.com", TestName = "TryCanonicalizeHost_FullWidthEscape_IsUnescapedAgain")]
    [TestCase("a_b.example", "a_b.example", TestName = "TryCanonicalizeHost_Underscore_Stays")]
    [TestCase("EXAMPLE.org.", "example.org", TestName = "TryCanonicalizeHost_TrailingDot_IsDropped")]
    [TestCase("a%2fb.com", "a%2Fb.com", TestName = "TryCanonicalizeHost_EscapedSlash_StaysEscaped")]
    public void TryCanonicalizeHost(string input, string expected) => Assert.That(Host(input), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase(".")]
    [TestCase("...")]
    [TestCase("[]")]
    [TestCase("[::1")]
    [TestCase("[www.example.org]")]
    [TestCase("[1:2:3]")]
    [TestCase("a/b")]
    [TestCase("a:80")]
    [TestCase("a@b")]
    public void TryCanonicalizeHost_NoHost_IsRefused(string input) => Assert.That(CanonicalUrl.TryCanonicalizeHost(input, out _), Is.False);

    [Test]
    public void TryCanonicalizeHost_LongestName_IsReadAndOneByteMoreIsNot()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(longest, Has.Length.EqualTo(CanonicalUrl.HostLengthMax));
            Assert.That(CanonicalUrl.TryCanonicalizeHost(longest, out _), Is.True);
            Assert.That(CanonicalUrl.TryCanonicalizeHost(longest.ToUpperInvariant(), out _), Is.True);
            Assert.That(CanonicalUrl.TryCanonicalizeHost(longest + "d", out _), Is.False);
            Assert.That(CanonicalUrl.TryCanonicalizeHost(new string('\u00fc', 300), out _), Is.False);
            Assert.That(CanonicalUrl.TryCanonicalizeHost(new string('a', 100_000), out _), Is.False);
        }
    }

    [TestCase("", "empty")]
    [TestCase(":", "no host")]
    [TestCase("/blah", "no host")]
    [TestCase("#ref", "empty")]
    [TestCase("?query#ref", "no host")]
    [TestCase("http://#ref", "no host")]
    [TestCase("http://?query#ref", "no host")]
    [TestCase("mailto:someone@school.example", "e-mail")]
    [TestCase("someone@school.example", "e-mail")]
    [TestCase("ftp://ftp.example/", "only http and https")]
    [TestCase("javascript:alert(1)", "port")]
    [TestCase("data:text/html,x", "port")]
    [TestCase("http://example.org:65536/", "port")]
    [TestCase("http://example.org:0/", "port")]
    [TestCase("http://example.org:-1/", "port")]
    [TestCase("http://example.org:80:80/", "host")]
    [TestCase("http://[::1/", "host")]
    public void TryParse_NoUrl_SaysWhy(string input, string reason)
    {
        Assert.That(CanonicalUrl.TryParse(input, out var url, out var error), Is.False, url?.ToString());
        Assert.That(error, Does.Contain(reason));
    }

    [Test]
    public void TryParse_LongestUrl_IsReadAndOneCharacterMoreIsNot()
    {
        var longest = "http://example.org/".PadRight(CanonicalUrl.LengthMax, 'a');
        Assert.That(CanonicalUrl.TryParse(longest, out _, out _), Is.True);
        Assert.That(CanonicalUrl.TryParse(longest + "a", out _, out _), Is.False);
    }

    [Test]
    public void TryParse_DeeplyNestedEscapes_TakesLinearTime()
    {
        // Round by round this would be a billion steps; the test would not end.
        var nested = "http://example.org/%" + string.Concat(Enumerable.Repeat("25", 30_000)) + "41";
        Assert.That(Canonical(nested), Is.EqualTo("http://example.org/A"));
    }

    [TestCase("http", "example.org", 80, "", "http://example.org/")]
    [TestCase("https", "Example.ORG.", 8443, "/A?b", "https://example.org:8443/A?b")]
    [TestCase("HTTP", "example.org", 80, "?b", "http://example.org/?b")]
    [TestCase("http", "example.org", 80, "//a/../%61#f", "http://example.org/a")]
    [TestCase("http", "[::1]", 80, "/", "http://[::1]/")]
    public void TryCreate_Parts_AreCanonical(string scheme, string host, int port, string target, string expected)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(CanonicalUrl.TryCreate(scheme, host, port, target, out var ofStrings), Is.True);
            Assert.That(CanonicalUrl.TryCreate(scheme, host.AsSpan(), port, target.AsSpan(), out var ofSpans), Is.True);
            Assert.That(ofStrings?.ToString(), Is.EqualTo(expected));
            Assert.That(ofSpans, Is.EqualTo(ofStrings));
        }
    }

    [TestCase("ftp", "example.org", 80, "/")]
    [TestCase("http", "", 80, "/")]
    [TestCase("http", "example.org", 0, "/")]
    [TestCase("http", "example.org", 65536, "/")]
    [TestCase("http", "example.org", 80, "*")]
    [TestCase("http", "example.org", 80, "example.org:443")]
    public void TryCreate_NoUrl_IsRefused(string scheme, string host, int port, string target) =>
        Assert.That(CanonicalUrl.TryCreate(scheme, host, port, target, out _), Is.False);

    [Test]
    public void TryCreate_CanonicalStrings_AllocatesTheUrlAlone()
    {
        Assert.That(CanonicalUrl.TryCreate("http", "www.example.org", 80, "/images/a.png", out var url), Is.True);
        Assert.That(url!.Path, Is.EqualTo("/images/a.png"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) CanonicalUrl.TryCreate("http", "www.example.org", 80, "/images/a.png", out _);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.That(each, Is.LessThanOrEqualTo(56));
    }

    [TestCase("http://127.0.0.1/", true)]
    [TestCase("http://[::1]/", true)]
    [TestCase("http://127.1/", true)]
    [TestCase("http://127.0.0.1.example/", false)]
    [TestCase("http://1.2.3.4.5/", false)]
    [TestCase("http://a1/", false)]
    public void IsIpLiteral(string input, bool expected)
    {
        Assert.That(CanonicalUrl.TryParse(input, out var url, out _), Is.True);
        Assert.That(url!.IsIpLiteral, Is.EqualTo(expected));
    }

    [Test]
    public void WithHost_OtherHost_KeepsTheRest()
    {
        Assert.That(CanonicalUrl.TryParse("https://a.example:8443/p?q", out var url, out _), Is.True);
        Assert.That(url!.WithHost("b.example").ToString(), Is.EqualTo("https://b.example:8443/p?q"));
    }

    // Pieces that meet in odd ways, and any character at all.
    private static readonly Gen<string> Odd = Gen.OneOf(
        Gen.OneOf("%", "%25", "%2e", "%2F", "%5c", "%00", "%C3%BC", "%E9", "\u00fc", "\u00dc", "\u3002", "\uff05", "\u0080", "\ud800", "\ufffe", "\u200d", "\u00ad", "xn--", "0x", "08",
            ".", "..", "/", "//", "\\", "?", "#", "@", ":", "[", "]", "::1", "127.1", " ", "\t", "\0", "a", "A", "-", "_", "2", "25", "e", "\u05d0", "\ud83d\ude00"),
        Gen.Char.Select(c => c.ToString()));

    private static readonly Gen<string> OddText = Odd.Array[0, 12].Select(string.Concat);

    [Test]
    public void TryParse_AnyText_IsCanonicalAlready() =>
        Gen.Select(Gen.OneOf("", "http://", "https:", "http://a.example", "//"), OddText, OddText).Sample(
            (start, middle, end) =>
            {
                if (!CanonicalUrl.TryParse(start + middle + "/" + end, out var once, out _)) return true;
                return CanonicalUrl.TryParse(once.ToString(), out var twice, out _) && twice.Equals(once)
                    && CanonicalUrl.TryCreate(once.Scheme, once.Host, once.Port, once.Path + (once.Query is null ? "" : "?" + once.Query), out var created) && created.Equals(once);
            },
            iter: 100_000);

    [Test]
    public void TryCanonicalizeHost_AnyText_IsCanonicalAlready() =>
        OddText.Sample(
            text => !CanonicalUrl.TryCanonicalizeHost(text, out var once)
                || (once.Length <= CanonicalUrl.HostLengthMax && once.All(char.IsAscii) && CanonicalUrl.TryCanonicalizeHost(once, out var twice) && twice == once),
            iter: 100_000);

    [Test]
    public void TryCreate_AnyText_NeverThrows() =>
        Gen.Select(OddText, OddText).Sample((host, target) =>
        {
            CanonicalUrl.TryCreate("http", host, 80, "/" + target, out var ofStrings);
            CanonicalUrl.TryCreate("http", host.AsSpan(), 80, "/" + target, out var ofSpans);
            return Equals(ofStrings, ofSpans);
        });

    private static string Canonical(string input)
    {
        Assert.That(CanonicalUrl.TryParse(input, out var url, out var error), Is.True, error);
        return url!.ToString();
    }

    private static string? Host(string input) => CanonicalUrl.TryCanonicalizeHost(input, out var canonical) ? canonical : null;
}
