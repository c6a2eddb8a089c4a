namespace FilterGate.Matching.Tests;

/// <summary>Which addresses stand in an address, and above all in which there is none.</summary>
public sealed class EmbeddedUrlTests
{
    // Google's translator: how it writes a host, as its own guide for advertisers reads it back.
    [TestCase("https://example-com.translate.goog/", "https://example.com/", TestName = "Find_TranslateGoog_HyphenIsADot")]
    [TestCase("https://www-example-com.translate.goog/a/b?x=1", "https://www.example.com/a/b?x=1", TestName = "Find_TranslateGoog_PathAndQueryStay")]
    [TestCase("https://my--site-example.translate.goog/", "https://my-site.example/", TestName = "Find_TranslateGoog_TwoHyphensAreOne")]
    [TestCase("https://a----b-example.translate.goog/", "https://a--b.example/", TestName = "Find_TranslateGoog_FourHyphensAreTwo")]
    [TestCase("https://www-example-com.translate.goog/a?_x_tr_sl=en&_x_tr_tl=fr&_x_tr_hl=fr&_x_tr_pto=wapp", "https://www.example.com/a", TestName = "Find_TranslateGoog_ItsOwnParametersGo")]
    [TestCase("https://www-example-com.translate.goog/a?id=7&_x_tr_sl=en&page=2", "https://www.example.com/a?id=7&page=2", TestName = "Find_TranslateGoog_ThePagesParametersStay")]
    [TestCase("https://www-example-com.translate.goog/?_x_tr_sch=http&_x_tr_sl=en", "http://www.example.com/", TestName = "Find_TranslateGoog_SchemeOfThePage")]
    [TestCase("https://0-80akhbyknj4f-example.translate.goog/?_x_tr_enc=0", "https://xn--80akhbyknj4f.example/", TestName = "Find_TranslateGoog_InternationalName")]
    [TestCase("https://1-www-example-com.translate.goog/?_x_tr_enc=1", "https://www.example.com/", TestName = "Find_TranslateGoog_MarkedName")]
    [TestCase("https://1-0-80akhbyknj4f-example.translate.goog/?_x_tr_enc=0,1", "https://xn--80akhbyknj4f.example/", TestName = "Find_TranslateGoog_BothMarks")]
    [TestCase("https://0-www-example-com.translate.goog/", "https://0.www.example.com/", TestName = "Find_TranslateGoog_MarkWithoutItsParameter_IsPartOfTheName")]
    [TestCase("https://example-com.translate.goog/?_x_tr_hp=very-long-part-", "https://very.long.part.example.com/", TestName = "Find_TranslateGoog_FirstHalfInAParameter")]
    // Viewers: what they show
    [TestCase("https://translate.google.com/translate?sl=auto&tl=en&u=https://www.example.com/a", "https://www.example.com/a", TestName = "Find_GoogleTranslate")]
    [TestCase("https://translate.google.co.uk/translate?u=www.example.com/a", "http://www.example.com/a", TestName = "Find_GoogleTranslateOfACountry_WithoutScheme")]
    [TestCase("https://translate.google.com/translate?u=https%3A%2F%2Fwww.example.com%2Fa%3Fid%3D1", "https://www.example.com/a?id=1", TestName = "Find_GoogleTranslate_Escaped")]
    [TestCase("https://www.translatetheweb.com/?from=&to=en&a=http://example.com/x", "http://example.com/x", TestName = "Find_BingTranslator")]
    [TestCase("https://translate.yandex.com/translate?url=example.com&lang=en", "http://example.com/", TestName = "Find_YandexTranslate")]
    [TestCase("https://webcache.googleusercontent.com/search?q=cache:aBc_1-2D:www.example.com/page+words&hl=en", "http://www.example.com/page", TestName = "Find_GoogleCache_WithId")]
    [TestCase("https://webcache.googleusercontent.com/search?q=cache:https://example.com/page", "https://example.com/page", TestName = "Find_GoogleCache_WithScheme")]
    [TestCase("https://webcache.googleusercontent.com/search?q=cache%3Aexample.com%2Fpage%20words", "http://example.com/page", TestName = "Find_GoogleCache_Escaped")]
    [TestCase("https://cc.bingj.com/cache.aspx?q=x&d=1&u=https://example.com/", "https://example.com/", TestName = "Find_BingCache")]
    [TestCase("https://web.archive.org/web/20200101000000/http://www.example.com/a?b=1", "http://www.example.com/a?b=1", TestName = "Find_WaybackMachine")]
    [TestCase("https://web.archive.org/web/20200101000000id_/https://example.com/", "https://example.com/", TestName = "Find_WaybackMachine_WithFlag")]
    [TestCase("https://web.archive.org/web/2020*/example.com", "http://example.com/", TestName = "Find_WaybackMachine_Calendar")]
    [TestCase("https://web.archive.org/web/example.com/x", "http://example.com/x", TestName = "Find_WaybackMachine_WithoutTime")]
    [TestCase("https://web.archive.org/save/http://example.com/x", "http://example.com/x", TestName = "Find_WaybackMachine_Save")]
    [TestCase("https://web.archive.org/web/2020/http://example.com/p%3Fid=1", "http://example.com/p?id=1", TestName = "Find_WaybackMachine_EscapedQuery")]
    [TestCase("https://archive.ph/2020.01.01-000000/https://example.com/x", "https://example.com/x", TestName = "Find_ArchiveToday_WithTime")]
    [TestCase("https://archive.today/newest/example.com/x", "http://example.com/x", TestName = "Find_ArchiveToday_Newest")]
    [TestCase("https://archive.is/o/aBcDe/https://example.com/x", "https://example.com/x", TestName = "Find_ArchiveToday_LinkInACopy")]
    [TestCase("https://example-com.cdn.ampproject.org/c/s/example.com/page", "http://example.com/page", TestName = "Find_AmpCache")]
    [TestCase("https://example-com.cdn.ampproject.org/v/example.com/page?amp_js_v=0.1", "http://example.com/page?amp_js_v=0.1", TestName = "Find_AmpCache_WithoutTls")]
    [TestCase("https://my--site-example.cdn.ampproject.org/", "https://my-site.example/", TestName = "Find_AmpCache_HostAlone")]
    [TestCase("https://0-en--us-example-0.cdn.ampproject.org/", "https://en-us.example/", TestName = "Find_AmpCache_MarkedHost")]
    [TestCase("https://www.google.com/amp/s/example.com/page", "http://example.com/page", TestName = "Find_GoogleAmp")]
    public void Find_Shown(string outer, string inner) => Assert.That(Find(outer), Is.EqualTo(new[] { (inner, EmbeddedUse.Shown) }));

    [TestCase("https://site.example/?url=https://inner.example/a", "https://inner.example/a", TestName = "Find_Parameter")]
    [TestCase("https://site.example/?a=1&url=https%3A%2F%2Finner.example%2Fa&b=2", "https://inner.example/a", TestName = "Find_EscapedParameter")]
    [TestCase("https://site.example/?url=https%253A%252F%252Finner.example%252Fa", "https://inner.example/a", TestName = "Find_ParameterEscapedTwice")]
    [TestCase("https://site.example/?URL=HTTPS://INNER.example/a", "https://inner.example/a", TestName = "Find_ParameterInCapitals")]
    [TestCase("https://site.example/?u=//inner.example/a", "http://inner.example/a", TestName = "Find_ParameterWithoutScheme")]
    [TestCase("https://site.example/?u=http:/inner.example/a", "http://inner.example/a", TestName = "Find_ParameterWithOneSlash")]
    [TestCase("https://site.example/?u=https:%5C%5Cinner.example%5Ca", "https://inner.example/a", TestName = "Find_ParameterWithBackslashes")]
    [TestCase("https://site.example/?redirect_uri=https://site.example/back", "https://site.example/back", TestName = "Find_LogInThatComesBack")]
    [TestCase("https://site.example/?u=https://inner.example/a%23part", "https://inner.example/a", TestName = "Find_Fragment_IsLeftOut")]
    [TestCase("https://www.google.com/url?sa=t&q=https://inner.example/", "https://inner.example/", TestName = "Find_GoogleRedirect")]
    [TestCase("https://www.google.co.uk/imgres?imgurl=https://inner.example/p.jpg", "https://inner.example/p.jpg", TestName = "Find_GoogleImage")]
    [TestCase("https://duckduckgo.com/l/?uddg=https%3A%2F%2Finner.example%2F&rut=abc", "https://inner.example/", TestName = "Find_DuckDuckGoRedirect")]
    [TestCase("https://site.example/fetch/https://inner.example/a", "https://inner.example/a", TestName = "Find_PathWithAScheme")]
    [TestCase("https://site.example/http%3A%2F%2Finner.example/a", "http://inner.example/a", TestName = "Find_EscapedPathWithAScheme")]
    [TestCase("https://i0.wp.com/inner.example/picture.jpg?w=300", "http://inner.example/picture.jpg?w=300", TestName = "Find_Thumbnail")]
    [TestCase("https://site.example/?u=http://[2001:db8::1]/", "http://[2001:db8::1]/", TestName = "Find_AddressInsteadOfAName")]
    public void Find_Named(string outer, string inner) => Assert.That(Find(outer), Is.EqualTo(new[] { (inner, EmbeddedUse.Named) }));

    [TestCase("https://site.example/")]
    [TestCase("https://site.example/a/b.html?id=7&page=2")]
    [TestCase("https://www.google.com/search?q=https://inner.example/", TestName = "Find_WordsOfASearch_AreNoAddress")]
    [TestCase("https://www.bing.com/search?q=http%3A%2F%2Finner.example", TestName = "Find_WordsOfAnotherSearch_AreNoAddress")]
    [TestCase("https://site.example/?q=https://inner.example/url", TestName = "Find_ParameterQ_IsASearch")]
    [TestCase("https://site.example/?ref=https://inner.example/", TestName = "Find_WhereARequestCameFrom_IsNoAddress")]
    [TestCase("https://site.example/?url=inner.example", TestName = "Find_ParameterWithoutAScheme_IsNone")]
    [TestCase("https://site.example/?url=/a/b", TestName = "Find_PathInAParameter_IsNone")]
    [TestCase("https://site.example/?url=///inner.example", TestName = "Find_ThreeSlashes_AreNone")]
    [TestCase("https://site.example/?url=ftp://inner.example/", TestName = "Find_AnotherScheme_IsNone")]
    [TestCase("https://site.example/?url=https://", TestName = "Find_SchemeAlone_IsNone")]
    [TestCase("https://site.example/?url=https://in%20ner/", TestName = "Find_NoHost_IsNone")]
    [TestCase("https://site.example/?url", TestName = "Find_ParameterWithoutValue_IsNone")]
    [TestCase("https://site.example/?=https://inner.example", TestName = "Find_ValueWithoutName_IsNone")]
    [TestCase("https://site.example/?note=see%20https://inner.example/", TestName = "Find_AddressInASentence_IsNone")]
    [TestCase("https://en.wiki.example/wiki/Category:Sport", TestName = "Find_ColonInAPath_IsNone")]
    [TestCase("https://site.example/http", TestName = "Find_WordHttp_IsNone")]
    [TestCase("https://site.example/httpserver:80/", TestName = "Find_WordThatBeginsWithHttp_IsNone")]
    [TestCase("https://translate.google.com/?sl=en&tl=fr&text=https://inner.example&op=translate", TestName = "Find_TranslatedText_IsNone")]
    [TestCase("https://translate.goog/", TestName = "Find_TranslatorItself_IsNone")]
    [TestCase("https://example.translate.goog/", TestName = "Find_TranslatorWithoutADomain_IsNone")]
    [TestCase("https://nottranslate.goog/", TestName = "Find_NeighbourOfTheTranslator_IsNone")]
    [TestCase("https://example-com.translate.goog.example/", TestName = "Find_TranslatorAsASubDomain_IsNone")]
    [TestCase("https://archive.ph/aBcDe", TestName = "Find_ShortNameOfACopy_CannotBeRead")]
    [TestCase("https://web.archive.org/web/20200101000000/", TestName = "Find_ArchiveWithoutAnAddress_IsNone")]
    [TestCase("https://archive.org/details/example.book", TestName = "Find_ArchivesOwnPage_IsNone")]
    [TestCase("https://1234567890abcdef.cdn.ampproject.org/", TestName = "Find_AmpHash_CannotBeRead")]
    [TestCase("https://cdn.ampproject.org/v0.js", TestName = "Find_AmpScript_IsNone")]
    [TestCase("https://webcache.googleusercontent.com/search?q=example.com", TestName = "Find_CacheWithoutItsWord_IsNone")]
    [TestCase("https://bit.ly/3abcDEF", TestName = "Find_ShortLink_CannotBeSeenThrough")]
    public void Find_None(string outer) => Assert.That(Find(outer), Is.Empty);

    [Test]
    public void Find_TheAddressItself_IsNotAmongThem() => Assert.That(Find("https://site.example/?u=https://site.example/?u=https://site.example/"), Has.None.EqualTo(("https://site.example/?u=https://site.example/?u=https://site.example/", EmbeddedUse.Named)));

    [Test]
    public void Find_QueryOfTheInnerAddress_IsReadBothWays() =>
        Assert.That(Find("https://site.example/?url=https%3A%2F%2Finner.example%2Fp%3Fid%3D1%26page%3D2"), Is.EqualTo(new[]
        {
            ("https://inner.example/p?id=1", EmbeddedUse.Named), ("https://inner.example/p?id=1&page=2", EmbeddedUse.Named),
        }));

    [Test]
    public void Find_TranslatedArchive_IsFoundInBoth() =>
        Assert.That(Find("https://web-archive-org.translate.goog/web/2020/http://inner.example/a?_x_tr_sl=en"), Is.EqualTo(new[]
        {
            ("https://web.archive.org/web/2020/http:/inner.example/a", EmbeddedUse.Shown), ("http://inner.example/a", EmbeddedUse.Shown),
        }));

    [Test]
    public void Find_LinkToAViewer_OnlyNamesWhatItShows() =>
        Assert.That(Find("https://site.example/?next=https://inner-example.translate.goog/a"), Is.EqualTo(new[]
        {
            ("https://inner-example.translate.goog/a", EmbeddedUse.Named), ("https://inner.example/a", EmbeddedUse.Named),
        }));

    [Test]
    public void Find_DeeperThanTheBound_IsLeft() =>
        Assert.That(Find("https://one.example/a/http://two.example/b/http://three.example/c/http://four.example/").Select(e => new Uri(e.Url).Host), Is.EqualTo(new[] { "two.example", "three.example" }));

    [Test]
    public void Find_MoreThanTheBound_AreLeft() =>
        Assert.That(Find("https://site.example/?" + string.Join('&', Enumerable.Range(1, 9).Select(i => $"url=https://s{i}.example/"))), Has.Count.EqualTo(EmbeddedUrls.AddressesMax));

    [TestCase("https://www-example-com.translate.goog/secret", "https://www.example.com/")]
    [TestCase("https://example-com.cdn.ampproject.org/c/s/example.com/page", "https://example.com/")]
    public void Find_InATunnel_KnowsTheHostAlone(string outer, string inner) =>
        Assert.That(Find(outer, Seen.Host), Is.EqualTo(new[] { (inner, EmbeddedUse.Shown) }));

    [TestCase("https://site.example/?url=https://inner.example/")]
    [TestCase("https://web.archive.org/web/2020/http://inner.example/")]
    public void Find_InATunnel_ReadsNoPath(string outer) => Assert.That(Find(outer, Seen.Host), Is.Empty);

    [TestCase("www-example-com.translate.goog", "www.example.com")]
    [TestCase("my--site-example.cdn.ampproject.org", "my-site.example")]
    [TestCase("www.example.com", null)]
    [TestCase("xn--hash.cdn.ampproject.org", null)]
    [TestCase("a.b-example.translate.goog", "b.example")]
    public void HostShownBy(string host, string? shown) => Assert.That(EmbeddedUrls.HostShownBy(host), Is.EqualTo(shown));

    [TestCase("https://site.example/")]
    [TestCase("https://www.site.example/a/b/c.html?id=7&page=2&sort=asc")]
    [TestCase("https://www.google.com/search?q=river+severn&hl=en")]
    [TestCase("https://site.example/?at=10:30&path=/a/b")]
    [TestCase("https://en.wiki.example/wiki/Category:Sport")]
    public void Find_None_AllocatesNothing(string text)
    {
        var url = Parse(text);
        EmbeddedUrls.Find(url, Seen.Url);
        var count = 0;
        var allocated = Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++) count += EmbeddedUrls.Find(url, Seen.Url).Length;
        });
        Assert.That((count, allocated), Is.EqualTo((0, 0L)));
    }

    /// <summary>Whatever stands in an address, looking for another one ends, throws nothing and keeps its bounds.</summary>
    [Test]
    public void Find_HostileText_KeepsItsBounds()
    {
        var random = new Random(20261123);
        string[] pieces = ["http:", "https://", "//", "/", "\\", "%3A", "%2F", "%253F", "?", "&", "=", "url", "u", "a.example", "-", "--", ".", "translate.goog", "cdn.ampproject.org", "cache:", "web", "2020", "_x_tr_hp=", "_x_tr_enc=0,1", "q", "[::1]", "@", "#", "+", "é", "\t", " "];
        string[] hosts = ["site.example", "x-y.translate.goog", "x.cdn.ampproject.org", "web.archive.org", "archive.ph", "translate.google.com", "webcache.googleusercontent.com", "i0.wp.com", "www.google.com"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = $"https://{hosts[random.Next(hosts.Length)]}/{string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]))}";
            if (!CanonicalUrl.TryParse(text, out var url, out _)) continue;
            var found = EmbeddedUrls.Find(url, random.Next(2) == 0 ? Seen.Url : Seen.Host);
            Assert.That(found, Has.Length.LessThanOrEqualTo(EmbeddedUrls.AddressesMax), text);
            foreach (var inner in found) Assert.That(inner.Url, Is.Not.EqualTo(url), text);
            if (!found.IsEmpty) Assert.That(EmbeddedUrls.MayHold(url, Seen.Url), text);
        }
    }

    private static IReadOnlyList<(string Url, EmbeddedUse Use)> Find(string outer, Seen seen = Seen.Url) => [.. EmbeddedUrls.Find(Parse(outer), seen).Select(e => (e.Url.ToString(), e.Use))];

    private static CanonicalUrl Parse(string text)
    {
        Assert.That(CanonicalUrl.TryParse(text, out var url, out var error), error);
        return url!;
    }
}
