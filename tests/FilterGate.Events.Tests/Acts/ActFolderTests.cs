using FilterGate.Events.Acts;

namespace FilterGate.Events.Tests.Acts;

/// <summary>What real browsers and programs send, folded into what a person did.</summary>
internal sealed class ActFolderTests
{
    private const string Safari = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
    private const string Chrome = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    private const string Firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
    private const string Edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
    private const string Html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 14, 3, TimeSpan.Zero);

    private ActFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new ActFolder();

    /// <summary>A first request, by its fields alone: kind, intent, and why.</summary>
    private static readonly TestCaseData[] FirstRequests =
    [
        // Typed addresses over HTTPS.
        Case("SafariTyped", Navigate(Safari, "none", user: null), ActKind.TypedAddress, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("ChromeTyped", Navigate(Chrome, "none", "?1"), ActKind.TypedAddress, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("FirefoxTyped", Navigate(Firefox, "none", "?1"), ActKind.TypedAddress, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("EdgeBookmark", Navigate(Edge, "none", "?1"), ActKind.TypedAddress, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        // Links.
        Case("SafariLink", Navigate(Safari, "cross-site", null, "https://links.example/"), ActKind.PageView, Intent.Clicked, "Sec-Fetch-Dest: document, a page"),
        Case("ChromeLink", Navigate(Chrome, "cross-site", "?1", "https://links.example/"), ActKind.PageView, Intent.Clicked, "Sec-Fetch-Dest: document, a page"),
        Case("FirefoxLinkWithoutReferer", Navigate(Firefox, "cross-site", "?1"), ActKind.PageView, Intent.Clicked, "Sec-Fetch-Dest: document, a page"),
        Case("ChromeScriptWithoutClick", Navigate(Chrome, "cross-site", null, "https://links.example/"), ActKind.PageView, Intent.Background, "Sec-Fetch-Dest: document, a page"),
        Case("ChromePostedForm", Navigate(Chrome, "same-origin", "?1", "https://site.example/form") with { Method = "POST" }, ActKind.PageView, Intent.Clicked, "Sec-Fetch-Dest: document, a page"),
        // Refused.
        Case("ChromeTypedRefused", Navigate(Chrome, "none", "?1") with { IsRefused = true }, ActKind.BlockedAct, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("CircumventionRefused", Navigate(Chrome, "none", "?1") with { IsRefused = true, IsCircumvention = true }, ActKind.Circumvention, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("CircumventionAllowed", Navigate(Chrome, "none", "?1") with { IsCircumvention = true }, ActKind.TypedAddress, Intent.Typed, "Sec-Fetch-Dest: document, a page"),
        Case("SearchTyped", Navigate(Chrome, "none", "?1") with { SearchKey = 7 }, ActKind.Search, Intent.Searched, "Sec-Fetch-Dest: document, a page"),
        Case("SearchRefused", Navigate(Chrome, "none", "?1") with { SearchKey = 7, IsRefused = true }, ActKind.Search, Intent.Searched, "Sec-Fetch-Dest: document, a page"),
        Case("OverrideUsed", Navigate(Chrome, "cross-site", "?1") with { IsOverride = true }, ActKind.OverrideUse, Intent.Clicked, "Sec-Fetch-Dest: document, a page"),
        // What pages load, refused or not, is never an act.
        Case("Image", Loads(Chrome, "image", "no-cors"), null, Intent.Background, "Sec-Fetch-Dest: image"),
        Case("ImageRefused", Loads(Safari, "image", "no-cors") with { IsRefused = true }, null, Intent.Background, "Sec-Fetch-Dest: image"),
        Case("ScriptRefused", Loads(Firefox, "script", "no-cors") with { IsRefused = true }, null, Intent.Background, "Sec-Fetch-Dest: script"),
        Case("Frame", Loads(Chrome, "iframe", "navigate"), null, Intent.Background, "Sec-Fetch-Dest: iframe, a frame"),
        Case("FrameRefused", Loads(Chrome, "iframe", "navigate") with { IsRefused = true }, null, Intent.Background, "Sec-Fetch-Dest: iframe, a frame"),
        Case("FetchRefused", Loads(Edge, "empty", "cors") with { IsRefused = true }, null, Intent.Background, "Sec-Fetch-Dest: empty"),
        Case("ServiceWorkerScript", Loads(Chrome, "serviceworker", "same-origin"), null, Intent.Background, "Sec-Fetch-Dest: serviceworker"),
        Case("WebSocketOfChrome", Loads(Chrome, "websocket", "websocket") with { Upgrade = "websocket" }, null, Intent.Background, "Sec-Fetch-Dest: websocket"),
        // Fetched before anybody wants it.
        Case("ChromePrefetch", Navigate(Chrome, "cross-site", null) with { Purpose = "prefetch" }, null, Intent.Background, "fetched ahead, nobody has looked at it"),
        Case("ChromePrerender", Navigate(Chrome, "none", null) with { Purpose = "prefetch;prerender" }, null, Intent.Background, "fetched ahead, nobody has looked at it"),
        Case("ChromePrerenderRefused", Navigate(Chrome, "none", null) with { Purpose = "prefetch;prerender", IsRefused = true }, null, Intent.Background, "fetched ahead, nobody has looked at it"),
        Case("FirefoxPrefetch", Loads(Firefox, "empty", "no-cors") with { Purpose = "prefetch" }, null, Intent.Background, "fetched ahead, nobody has looked at it"),
        Case("SafariPreview", Navigate(Safari, "none", null) with { Purpose = "preview" }, null, Intent.Background, "fetched ahead, nobody has looked at it"),
        // Clear HTTP: no Sec-Fetch at all.
        Case("ClearPage", Clear(Safari, Html), ActKind.PageView, null, "HTML is accepted by name, a page"),
        Case("ClearLink", Clear(Chrome, Html, "http://links.example/"), ActKind.PageView, Intent.Clicked, "HTML is accepted by name, a page"),
        Case("ClearPageRefused", Clear(Chrome, Html) with { IsRefused = true }, ActKind.BlockedAct, null, "HTML is accepted by name, a page"),
        Case("ClearImage", Clear(Chrome, "image/avif,image/webp,*/*;q=0.8", "http://site.example/"), null, Intent.Background, "no HTML is wanted"),
        Case("ClearScript", Clear(Firefox, "*/*", "http://site.example/"), null, Intent.Background, "no HTML is wanted"),
        Case("ClearScriptOfAHidingPage", Clear(Firefox, "*/*"), null, Intent.Background, "no HTML is wanted"),
        Case("ClearXhrForHtml", Clear(Chrome, Html, "http://site.example/") with { RequestedWith = "XMLHttpRequest" }, null, Intent.Background, "no HTML is wanted"),
        Case("AndroidWebViewPage", Clear("Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", Html) with { RequestedWith = "com.example.reader" }, ActKind.PageView, null, "HTML is accepted by name, a page"),
        Case("ClearWebSocket", Clear(Chrome, null) with { Upgrade = "websocket" }, null, Intent.Background, "a WebSocket"),
        Case("ClearPreflight", Clear(Chrome, "*/*") with { Method = "OPTIONS" }, null, Intent.Background, "no HTML is wanted"),
        // Tools and apps.
        Case("Curl", Clear("curl/8.14.1", "*/*"), ActKind.PageView, null, "a tool that says nothing of itself, taken for a person"),
        Case("CurlRefused", Clear("curl/8.14.1", "*/*") with { IsRefused = true }, ActKind.BlockedAct, null, "a tool that says nothing of itself, taken for a person"),
        Case("NoFieldsAtAll", Clear(null, null) with { IsRefused = true }, ActKind.BlockedAct, null, "a tool that says nothing of itself, taken for a person"),
        Case("App", Clear("ExampleGame/3.1 CFNetwork/1568 Darwin/24.1.0", "*/*"), null, Intent.Background, "a program that is no browser"),
        Case("AppRefused", Clear("okhttp/4.12.0", null) with { IsRefused = true }, ActKind.BlockedAct, null, "a program that is no browser"),
        Case("AppJsonRefused", Clear("ExampleGame/3.1", "application/json") with { IsRefused = true }, ActKind.BlockedAct, null, "a program that is no browser"),
        Case("CurlHead", Clear("curl/8.14.1", "*/*") with { Method = "HEAD" }, null, Intent.Background, "a program that is no browser"),
        // Tunnels.
        Case("Tunnel", Tunnel("site.example"), ActKind.PageView, null, "a tunnel, the name alone is seen"),
        Case("TunnelRefused", Tunnel("site.example") with { IsRefused = true }, ActKind.BlockedAct, null, "a tunnel, the name alone is seen"),
        Case("TunnelToATracker", Tunnel("ads.example") with { IsRefused = true, IsNoise = true }, null, Intent.Background, "a tunnel to what pages bring along"),
        Case("TunnelOfAVpn", Tunnel("vpn.example") with { IsRefused = true, IsCircumvention = true }, ActKind.Circumvention, null, "a tunnel, the name alone is seen"),
    ];

    [TestCaseSource(nameof(FirstRequests))]
    public void Fold_FirstRequest(RequestSigns signs, ActKind? kind, Intent? intent, string why)
    {
        var act = _folder.Fold(signs);
        Assert.That((act.Kind, act.Intent, act.Explain(TimeZoneInfo.Utc)), Is.EqualTo((kind, intent, why)));
        Assert.That(act.Id != Guid.Empty, Is.EqualTo(kind is not null), "an act has an id, and nothing else has");
        Assert.That(act.PartOf, Is.Null);
    }

    [Test]
    public void Fold_PartsOfAPage_BelongToIt()
    {
        var page = _folder.Fold(Navigate(Safari, "none", null));
        var image = _folder.Fold(After(1, Loads(Safari, "image", "no-cors") with { Referer = "https://site.example/" }));
        var frame = _folder.Fold(After(2, Loads(Safari, "iframe", "navigate", host: "frame.example") with { Referer = "https://site.example/" }));
        var ofFrame = _folder.Fold(After(3, Loads(Safari, "script", "no-cors", host: "ads.example") with { Referer = "https://frame.example/", IsRefused = true }));
        var hiding = _folder.Fold(After(4, Loads(Safari, "font", "cors", host: "fonts.example")));
        var stranger = _folder.Fold(After(5, Loads(Safari, "image", "no-cors") with { Referer = "https://other.example/" }));

        Assert.That(new[] { image, frame, ofFrame, hiding }.Select(a => (a.Kind, a.PartOf)), Is.All.EqualTo(((ActKind?)null, (Guid?)page.Id)));
        Assert.That(image.Explain(TimeZoneInfo.Utc), Is.EqualTo("Sec-Fetch-Dest: image, part of the page of 10:14:03"));
        Assert.That(stranger.PartOf, Is.Null, "a page that nobody has seen is not the last one");
    }

    [Test]
    public void Fold_TwoPagesOpen_PartsGoToTheirOwn()
    {
        var one = _folder.Fold(Navigate(Chrome, "none", "?1", host: "one.example"));
        var two = _folder.Fold(After(1, Navigate(Chrome, "none", "?1", host: "two.example")));
        Assert.That(_folder.Fold(After(2, Loads(Chrome, "image", "no-cors", host: "cdn.example") with { Referer = "https://one.example/" })).PartOf, Is.EqualTo(one.Id));
        Assert.That(_folder.Fold(After(2, Loads(Chrome, "image", "no-cors", host: "cdn.example") with { Referer = "https://two.example/" })).PartOf, Is.EqualTo(two.Id));
    }

    [Test]
    public void Fold_TwoClients_KnowNothingOfEachOther()
    {
        _folder.Fold(Navigate(Chrome, "none", "?1"));
        Assert.That(_folder.Fold(After(1, Loads(Chrome, "image", "no-cors") with { Client = "p2", Referer = "https://site.example/" })).PartOf, Is.Null);
    }

    [TestCase(59, true, true, TestName = "Fold_RefusedPageWithinAMinute_IsTheSameAct")]
    [TestCase(61, true, false, TestName = "Fold_RefusedPageAfterAMinute_IsANewTry")]
    [TestCase(299, false, true, TestName = "Fold_AllowedPageWithinFiveMinutes_IsAReload")]
    [TestCase(301, false, false, TestName = "Fold_AllowedPageAfterFiveMinutes_IsAVisit")]
    public void Fold_SamePageAgain(int seconds, bool isRefused, bool isPart)
    {
        var first = _folder.Fold(Navigate(Safari, "none", null) with { IsRefused = isRefused });
        var again = _folder.Fold(After(seconds, Navigate(Safari, "none", null) with { IsRefused = isRefused }));
        Assert.That((again.Kind is null, again.PartOf), Is.EqualTo(isPart ? (true, (Guid?)first.Id) : (false, null)));
    }

    [Test]
    public void Fold_RefusedPageEachHalfMinute_IsANewTryEachMinute()
    {
        var kinds = Enumerable.Range(0, 5).Select(i => _folder.Fold(After(i * 40, Navigate(Chrome, "same-origin", "?1") with { IsRefused = true })).Kind).ToArray();
        Assert.That(kinds, Is.EqualTo(new ActKind?[] { ActKind.BlockedAct, null, ActKind.BlockedAct, null, ActKind.BlockedAct }));
    }

    [Test]
    public void Fold_OtherPathOrPostedForm_IsAnActOfItsOwn()
    {
        _folder.Fold(Navigate(Chrome, "none", "?1"));
        Assert.That(_folder.Fold(After(1, Navigate(Chrome, "same-origin", "?1", target: "/other"))).Kind, Is.EqualTo(ActKind.PageView));
        Assert.That(_folder.Fold(After(2, Navigate(Chrome, "same-origin", "?1") with { Method = "POST" })).Kind, Is.EqualTo(ActKind.PageView));
        Assert.That(_folder.Fold(After(3, Navigate(Chrome, "none", "?1") with { IsRefused = true })).Kind, Is.EqualTo(ActKind.BlockedAct), "refused now, and allowed before");
    }

    [TestCase("https://site.example/", "site.example", true, TestName = "Fold_HttpToHttps_IsOneAct")]
    [TestCase("https://target.example/page", "target.example", true, TestName = "Fold_ShortLink_IsOneAct")]
    [TestCase("/welcome", "site.example", true, TestName = "Fold_RedirectWithinTheSite_IsOneAct")]
    [TestCase("https://target.example/page", "other.example", false, TestName = "Fold_AnotherPageMeanwhile_IsItsOwn")]
    public void Fold_AfterARedirect(string location, string next, bool isSame)
    {
        var first = _folder.Fold(Clear(Safari, Html, host: "site.example"));
        _folder.NoteRedirect("p1", "site.example", "/", location, Start.AddSeconds(1));
        var second = _folder.Fold(After(2, Navigate(Safari, "none", null, host: next, target: "/somewhere")));
        Assert.That(second.Id == first.Id, Is.EqualTo(isSame));
        Assert.That(second.Kind, Is.Not.Null);
    }

    [Test]
    public void Fold_RedirectToARefusedPage_IsABlockedActWithTheIntentOfItsBeginning()
    {
        var first = _folder.Fold(Navigate(Chrome, "none", "?1", host: "short.example", target: "/x"));
        _folder.NoteRedirect("p1", "short.example", "/x", "https://blocked.example/", Start.AddSeconds(1));
        var second = _folder.Fold(After(1, Navigate(Chrome, "none", "?1", host: "blocked.example") with { IsRefused = true }));
        Assert.That((second.Kind, second.Intent, second.Id), Is.EqualTo(((ActKind?)ActKind.BlockedAct, (Intent?)Intent.Typed, first.Id)));
    }

    [Test]
    public void Fold_RedirectLongAgo_IsForgotten()
    {
        var first = _folder.Fold(Clear(Safari, Html, host: "site.example"));
        _folder.NoteRedirect("p1", "site.example", "/", "https://target.example/", Start);
        Assert.That(_folder.Fold(After(11, Navigate(Safari, "none", null, host: "target.example"))).Id, Is.Not.EqualTo(first.Id));
    }

    [Test]
    public void Fold_Search_FurtherPagesAndPicturesAreParts_AndResultsAreSearched()
    {
        var search = _folder.Fold(Navigate(Chrome, "none", "?1", host: "search.example", target: "/?q=rivers") with { SearchKey = 7 });
        var pictures = _folder.Fold(After(30, Navigate(Chrome, "same-origin", "?1", "https://search.example/", "search.example", "/images?q=rivers") with { SearchKey = 7 }));
        var other = _folder.Fold(After(40, Navigate(Chrome, "same-origin", "?1", "https://search.example/", "search.example", "/?q=lakes") with { SearchKey = 8 }));
        var result = _folder.Fold(After(50, Navigate(Chrome, "cross-site", "?1", "https://search.example/", "rivers.example")));
        var onwards = _folder.Fold(After(60, Navigate(Chrome, "same-origin", "?1", "https://rivers.example/", "rivers.example", "/more")));

        Assert.That((pictures.Kind, pictures.PartOf), Is.EqualTo(((ActKind?)null, (Guid?)search.Id)));
        Assert.That(other.Kind, Is.EqualTo(ActKind.Search));
        Assert.That((result.Kind, result.Intent), Is.EqualTo(((ActKind?)ActKind.PageView, (Intent?)Intent.Searched)));
        Assert.That(onwards.Intent, Is.EqualTo(Intent.Clicked));
    }

    [Test]
    public void Fold_SearchMadeByThePage_IsProvisionalAndOnceForItsWords()
    {
        _folder.Fold(Navigate(Chrome, "none", "?1", host: "search.example"));
        var first = _folder.Fold(After(1, Loads(Chrome, "empty", "cors", "search.example") with { Referer = "https://search.example/", SearchKey = 7 }));
        var again = _folder.Fold(After(2, Loads(Chrome, "empty", "cors", "search.example") with { Referer = "https://search.example/", SearchKey = 7 }));
        Assert.That((first.Kind, first.Intent, first.IsProvisional), Is.EqualTo(((ActKind?)ActKind.Search, (Intent?)Intent.Searched, true)));
        Assert.That((again.Kind, again.PartOf), Is.EqualTo(((ActKind?)null, (Guid?)first.Id)));
    }

    [Test]
    public void Fold_ResultsThatAPageLoadsForItsSearch_ArePartsOfIt()
    {
        var search = _folder.Fold(Navigate(Firefox, "none", "?1", host: "search.example", target: "/?q=x") with { SearchKey = 7 });
        var results = _folder.Fold(After(1, Loads(Firefox, "empty", "cors", "api.search.example") with { Referer = "https://search.example/", SearchKey = 7 }));
        Assert.That((results.Kind, results.PartOf, results.IsProvisional), Is.EqualTo(((ActKind?)null, (Guid?)search.Id, false)));
    }

    [Test]
    public void Fold_ScriptThatLeadsOnAtOnce_KeepsTheIntentOfThePage()
    {
        _folder.Fold(Navigate(Chrome, "none", "?1", host: "short.example"));
        Assert.That(_folder.Fold(After(2, Navigate(Chrome, "cross-site", null, "https://short.example/", "blocked.example") with { IsRefused = true })).Intent, Is.EqualTo(Intent.Typed));
        Assert.That(_folder.Fold(After(30, Navigate(Chrome, "cross-site", null, "https://short.example/", "third.example") with { IsRefused = true })).Intent, Is.EqualTo(Intent.Background));
    }

    [TestCase(1, true)]
    [TestCase(2, false)]
    public void Fold_ClearHttp_PageThatRefersToOneJustOpened_IsItsFrame(int seconds, bool isFrame)
    {
        var page = _folder.Fold(Clear(Chrome, Html));
        var next = _folder.Fold(After(seconds, Clear(Chrome, Html, "http://site.example/", "frame.example") with { IsRefused = true }));
        Assert.That((next.Kind is null, next.PartOf), Is.EqualTo(isFrame ? (true, (Guid?)page.Id) : (false, null)));
    }

    [Test]
    public void Fold_PageThatPollsABlockedHost_IsNoAct()
    {
        var page = _folder.Fold(Navigate(Chrome, "none", "?1"));
        var polls = Enumerable.Range(1, 60).Select(i => _folder.Fold(After(i * 20, Loads(Chrome, "empty", "cors", "blocked.example") with { Referer = "https://site.example/", IsRefused = true }))).ToArray();
        Assert.That(polls.Select(p => (p.Kind, p.PartOf)), Is.All.EqualTo(((ActKind?)null, (Guid?)page.Id)));
    }

    [Test]
    public void Fold_AppThatAsksAllDay_IsOneActUntilItWasQuiet()
    {
        var kinds = new List<ActKind?>();
        for (var minute = 0; minute < 120; minute += 5) kinds.Add(_folder.Fold(After(minute * 60, Tunnel("chat.example") with { IsRefused = true })).Kind);
        kinds.Add(_folder.Fold(After((115 * 60) + 601, Tunnel("chat.example") with { IsRefused = true })).Kind);
        Assert.That(kinds.Count(k => k is not null), Is.EqualTo(2));
        Assert.That(kinds[^1], Is.EqualTo(ActKind.BlockedAct));
    }

    [Test]
    public void Fold_TunnelsOfOneService_WithinSecondsAreOneAct_AndOtherServicesAreNot()
    {
        Assert.That(_folder.Fold(Tunnel("www.chat.example") with { IsRefused = true }).Kind, Is.EqualTo(ActKind.BlockedAct));
        Assert.That(_folder.Fold(After(1, Tunnel("api.chat.example") with { IsRefused = true })).Kind, Is.Null);
        Assert.That(_folder.Fold(After(2, Tunnel("games.example") with { IsRefused = true })).Kind, Is.EqualTo(ActKind.BlockedAct), "another service is another story");
        Assert.That(_folder.Fold(After(3, Tunnel("one.co.uk") with { IsRefused = true })).Kind, Is.EqualTo(ActKind.BlockedAct));
        Assert.That(_folder.Fold(After(4, Tunnel("two.co.uk") with { IsRefused = true })).Kind, Is.EqualTo(ActKind.BlockedAct), "co.uk is no service");
    }

    [Test]
    public void Fold_AllowedTunnels_OfAPageAreOneVisit()
    {
        var page = _folder.Fold(Tunnel("news.example"));
        Assert.That(_folder.Fold(After(1, Tunnel("cdn.example"))).PartOf, Is.EqualTo(page.Id));
        Assert.That(_folder.Fold(After(30, Tunnel("news.example"))).PartOf, Is.EqualTo(page.Id));
        Assert.That(_folder.Fold(After(60, Tunnel("other.example"))).Kind, Is.EqualTo(ActKind.PageView));
    }

    [Test]
    public void Fold_VpnAppThatTriesManyHosts_IsOneStory()
    {
        var kinds = Enumerable.Range(0, 50).Select(i => _folder.Fold(After(i * 60, Tunnel($"node{i}.vpn{i % 7}.example") with { IsRefused = true, IsCircumvention = true })).Kind).ToArray();
        Assert.That(kinds.Count(k => k == ActKind.Circumvention), Is.EqualTo(1));
    }

    [Test]
    public void Fold_VpnAppThatTriesDayAndNight_IsAnActOfEachHalfDay()
    {
        var folded = Enumerable.Range(0, 24 * 6).Select(i => _folder.Fold(After(i * 600, Tunnel("node.vpn.example") with { IsRefused = true, IsCircumvention = true }))).ToArray();
        Assert.That(folded.Count(act => act.Kind == ActKind.Circumvention), Is.EqualTo(2));
        Assert.That(folded.Where(act => act.Kind is null).Select(act => act.PartOf), Is.All.Not.Null);
    }

    [Test]
    public void Fold_AttemptsThatShadowModeLetsThrough_AreOneStoryToo()
    {
        var first = _folder.Fold(Tunnel("node.vpn.example") with { IsLifted = true, IsCircumvention = true });
        Assert.That(first.Kind, Is.EqualTo(ActKind.Circumvention));
        Assert.That(_folder.Fold(After(60, Tunnel("node2.vpn.example") with { IsLifted = true, IsCircumvention = true })).PartOf, Is.EqualTo(first.Id));
        Assert.That(_folder.Fold(After(120, Navigate(Chrome, "none", "?1", host: "free-vpn.example") with { IsLifted = true, IsCircumvention = true })).Kind, Is.EqualTo(ActKind.Circumvention));
    }

    [Test]
    public void Fold_PageOfAVpnAfterItsApp_IsAnActOfItsOwn()
    {
        _folder.Fold(Tunnel("node.vpn.example") with { IsRefused = true, IsCircumvention = true });
        Assert.That(_folder.Fold(After(5, Navigate(Chrome, "none", "?1", host: "free-vpn.example") with { IsRefused = true, IsCircumvention = true })).Kind, Is.EqualTo(ActKind.Circumvention));
    }

    [Test]
    public void Fold_MoreClientsThanTheBound_ForgetsTheLongestSilent()
    {
        _folder = new ActFolder(new FoldingLimits { ClientsMax = 16 });
        var pages = Enumerable.Range(0, 17).Select(i => _folder.Fold(After(i, Navigate(Chrome, "none", "?1") with { Client = $"c{i}" }))).ToArray();
        Assert.That(_folder.Count, Is.LessThanOrEqualTo(16));
        FoldedAct ImageOf(int i) => _folder.Fold(After(60, Loads(Chrome, "image", "no-cors") with { Client = $"c{i}", Referer = "https://site.example/" }));
        Assert.That(ImageOf(16).PartOf, Is.EqualTo(pages[16].Id));
        Assert.That(ImageOf(0).PartOf, Is.Null, "what was forgotten belongs to nothing");
    }

    [Test]
    public void Fold_MorePagesThanTheBound_ForgetsTheOldest()
    {
        var first = _folder.Fold(Navigate(Chrome, "none", "?1", host: "first.example"));
        for (var i = 0; i < 16; i++) _folder.Fold(After(i, Navigate(Chrome, "none", "?1", host: $"site{i}.example")));
        var part = _folder.Fold(After(20, Loads(Chrome, "image", "no-cors") with { Referer = "https://first.example/" }));
        Assert.That(part.PartOf, Is.Null.And.Not.EqualTo(first.Id));
    }

    [Test]
    public void Fold_KnownClient_DoesNotAllocate()
    {
        var (page, part, tunnel) = (Navigate(Chrome, "none", "?1"), Loads(Chrome, "image", "no-cors") with { Referer = "https://site.example/x" }, Tunnel("site.example"));
        _folder.Fold(page);
        var bytes = Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _folder.Fold(page with { Time = Start.AddMinutes(10 * i) });
                _folder.Fold(part);
                _folder.Fold(tunnel);
                ActFolder.MayMatterLater(in part);
            }
        });
        Assert.That(bytes, Is.Zero);
    }

    [TestCase("https://site.example/a", "site.example")]
    [TestCase("http://site.example:8080", "site.example")]
    [TestCase("//site.example/a", "site.example")]
    [TestCase("https://user@site.example/?x", "site.example")]
    [TestCase("https://[2001:db8::1]/", "[2001:db8::1]")]
    [TestCase("https://[2001:db8::1]:8080/", "[2001:db8::1]")]
    [TestCase("/path//with/strokes", "")]
    [TestCase("path", "")]
    [TestCase("", "")]
    [TestCase("https://", "")]
    public void HostOf(string address, string host) => Assert.That(RequestNatures.HostOf(address).ToString(), Is.EqualTo(host));

    private static TestCaseData Case(string name, RequestSigns signs, ActKind? kind, Intent? intent, string why) => new TestCaseData(signs, kind, intent, why).SetName($"Fold_{name}");

    private static RequestSigns Navigate(string userAgent, string site, string? user, string? referer = null, string host = "site.example", string target = "/") =>
        new("p1", host, target, Start) { Method = "GET", UserAgent = userAgent, FetchSite = site, FetchMode = "navigate", FetchDest = "document", FetchUser = user, Accept = Html, Referer = referer };

    private static RequestSigns Loads(string userAgent, string dest, string mode, string host = "cdn.example") =>
        new("p1", host, "/x", Start) { Method = "GET", UserAgent = userAgent, FetchSite = "cross-site", FetchMode = mode, FetchDest = dest, Accept = "*/*" };

    private static RequestSigns Clear(string? userAgent, string? accept, string? referer = null, string host = "site.example") =>
        new("p1", host, "/", Start) { Method = "GET", UserAgent = userAgent, Accept = accept, Referer = referer };

    private static RequestSigns Tunnel(string host) => new("p1", host, "/", Start) { IsTunnel = true, Method = "CONNECT" };

    private static RequestSigns After(int seconds, RequestSigns signs) => signs with { Time = Start.AddSeconds(seconds) };
}
