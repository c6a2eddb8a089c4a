using FilterGate.Matching;
using FilterGate.Policy.Search;

namespace FilterGate.Policy.Tests.Search;

/// <summary>What is done with a request by tier, host, and whether it is read. The engines are those of the design's facts.</summary>
public sealed class ForcedSearchTests
{
    [TestCase("www.google.com", "forcesafesearch.google.com", "safe=active")]
    [TestCase("google.com", "forcesafesearch.google.com", "safe=active")]
    [TestCase("www.google.co.uk", "forcesafesearch.google.com", "safe=active")]
    [TestCase("www.google.de", "forcesafesearch.google.com", "safe=active")]
    [TestCase("www.google.com.au", "forcesafesearch.google.com", "safe=active")]
    [TestCase("www.google.cat", "forcesafesearch.google.com", "safe=active")]
    [TestCase("images.google.co.uk", "forcesafesearch.google.com", "safe=active")]
    [TestCase("ipv6.google.com", "forcesafesearch.google.com", "safe=active")]
    [TestCase("www.bing.com", "strict.bing.com", "adlt=strict")]
    [TestCase("cn.bing.com", "strict.bing.com", "adlt=strict")]
    [TestCase("edgeservices.bing.com", "strict.bing.com", "adlt=strict")]
    [TestCase("duckduckgo.com", "safe.duckduckgo.com", "kp=1")]
    [TestCase("www.duckduckgo.com", "safe.duckduckgo.com", "kp=1")]
    [TestCase("start.duckduckgo.com", "safe.duckduckgo.com", "kp=1")]
    [TestCase("www.ecosia.org", "strict-safe-search.ecosia.org", null)]
    [TestCase("pixabay.com", "safesearch.pixabay.com", null)]
    [TestCase("yandex.com", "213.180.193.56", null)]
    [TestCase("www.yandex.com.tr", "213.180.193.56", null)]
    [TestCase("ya.ru", "213.180.193.56", null)]
    [TestCase("search.yahoo.com", null, "vm=r")]
    [TestCase("uk.search.yahoo.com", null, "vm=r")]
    [TestCase("uk.images.search.yahoo.com", null, "vm=r")]
    [TestCase("search.brave.com", null, "safesearch=strict")]
    [TestCase("www.qwant.com", null, "safesearch=2")]
    [TestCase("api.qwant.com", null, "safesearch=2")]
    public void For_EveryEngine_IsHeldToItsSafeMode(string host, string? dialHost, string? parameter)
    {
        var read = ForcedSearch.For(SearchSettings.Pupil, host, Seen.Url);
        var unread = ForcedSearch.For(SearchSettings.Pupil, host, Seen.Host);
        Assert.Multiple(() =>
        {
            Assert.That(read.DialHost, Is.EqualTo(dialHost));
            Assert.That(read.Engine is { } engine ? $"{engine.Parameter}={engine.ParameterValue}" : null, Is.EqualTo(parameter));
            Assert.That((unread.DialHost, unread.Engine), Is.EqualTo((dialHost, (SearchEngine?)null)));
            Assert.That(ForcedSearch.IsUnforced(SearchSettings.Pupil, host, Seen.Host) is not null, Is.EqualTo(dialHost is null), "what a tunnel cannot hold");
            Assert.That(ForcedSearch.IsUnforced(SearchSettings.Pupil, host, Seen.Url), Is.Null);
            Assert.That(ForcedSearch.For(SearchSettings.Staff, host, Seen.Url), Is.EqualTo(new ForcedRequest(null, null, [])), "staff");
            Assert.That(ForcedSearch.For(SearchSettings.Staff, host, Seen.Host).DialHost, Is.Null, "staff in a tunnel");
            Assert.That(ForcedSearch.IsUnforced(SearchSettings.Staff, host, Seen.Host), Is.Null);
        });
    }

    [TestCase("mail.google.com")]
    [TestCase("accounts.google.co.uk")]
    [TestCase("www.google.example")]
    [TestCase("www.google.com.evil.example")]
    [TestCase("www.google")]
    [TestCase("www.mygoogle.com")]
    [TestCase("mail.yahoo.com")]
    [TestCase("mysearch.yahoo.com")]
    [TestCase("th.bing.com", TestName = "For_PicturesOfBing_AreLeftAlone")]
    [TestCase("images.example")]
    [TestCase("brave.com")]
    [TestCase("yandex.example")]
    [TestCase("mail.yandex.com")]
    [TestCase("[2001:db8::1]")]
    public void For_AnyOtherHost_IsLeftAlone(string host)
    {
        Assert.That(ForcedSearch.For(SearchSettings.Pupil, host, Seen.Url), Is.EqualTo(new ForcedRequest(null, null, [])));
        Assert.That(ForcedSearch.For(SearchSettings.Pupil, host, Seen.Host).DialHost, Is.Null);
    }

    [TestCase("www.google.com", "/search?q=kittens", "/search?q=kittens&safe=active")]
    [TestCase("www.google.com", "/search?q=a%2Bb&safe=off&hl=en", "/search?q=a%2Bb&hl=en&safe=active", TestName = "SetParameter_Loosened_IsReplaced")]
    [TestCase("www.google.com", "/search?safe=off&safe=images&q=x", "/search?q=x&safe=active", TestName = "SetParameter_Twice_BothGo")]
    [TestCase("www.google.com", "/search?q=x&safe=active&safe=off", "/search?q=x&safe=active", TestName = "SetParameter_RightAndWrong_OnlyTheRightStays")]
    [TestCase("www.google.com", "/search?q=x&s%61fe=off", "/search?q=x&safe=active", TestName = "SetParameter_EscapedName_IsReplaced")]
    [TestCase("www.google.com", "/search?q=x&SAFE=off", "/search?q=x&safe=active", TestName = "SetParameter_UpperCaseName_IsReplaced")]
    [TestCase("www.google.com", "/search?q=x&safe", "/search?q=x&safe=active", TestName = "SetParameter_WithoutValue_IsReplaced")]
    [TestCase("www.google.com", "/search?q=x&safe=active", "/search?q=x&safe=active", TestName = "SetParameter_AlreadySet_NothingChanges")]
    [TestCase("www.google.com", "/search?q=x&unsafe=off", "/search?q=x&unsafe=off&safe=active", TestName = "SetParameter_NameThatEndsAlike_Stays")]
    [TestCase("www.google.com", "/search", "/search?safe=active", TestName = "SetParameter_SearchByForm_IsSetToo")]
    [TestCase("www.google.com", "/search?", "/search?safe=active", TestName = "SetParameter_EmptyQuery")]
    [TestCase("www.google.com", "/search?as_epq=two+words", "/search?as_epq=two+words&safe=active", TestName = "SetParameter_AdvancedSearch")]
    [TestCase("www.google.com", "/?q=x", "/?q=x&safe=active", TestName = "SetParameter_WordsAtAnotherPath")]
    [TestCase("www.google.com", "/maps/@51,0?hl=en", "/maps/@51,0?hl=en", TestName = "SetParameter_NoSearch_NothingChanges")]
    [TestCase("www.google.com", "/complete/x%2F..;v=1?%71=z&=&b", "/complete/x%2F..;v=1?%71=z&=&b&safe=active", TestName = "SetParameter_OddBytes_Stay")]
    [TestCase("www.bing.com", "/images/search?q=x&adlt=off", "/images/search?q=x&adlt=strict")]
    [TestCase("duckduckgo.com", "/?q=x&kp=-2&ia=web", "/?q=x&ia=web&kp=1")]
    [TestCase("uk.search.yahoo.com", "/search;_ylt=AwrE?p=x&vm=p", "/search;_ylt=AwrE?p=x&vm=r")]
    [TestCase("search.brave.com", "/images?q=x&safesearch=off", "/images?q=x&safesearch=strict")]
    [TestCase("api.qwant.com", "/v3/search/web?q=x&safesearch=0&locale=en_GB", "/v3/search/web?q=x&locale=en_GB&safesearch=2")]
    public void SetParameter(string host, string target, string sent) =>
        Assert.That(ForcedSearch.SetParameter(SearchEngine.Find(host)!, target), Is.EqualTo(sent));

    [Test]
    public void SetParameter_NothingToChange_IsTheSameText()
    {
        const string Target = "/search?q=x&safe=active";
        Assert.That(ForcedSearch.SetParameter(SearchEngine.Find("www.google.com")!, Target), Is.SameAs(Target));
    }

    [TestCase("www.youtube.com")]
    [TestCase("m.youtube.com")]
    [TestCase("youtubei.googleapis.com")]
    [TestCase("youtube.googleapis.com")]
    [TestCase("www.youtube-nocookie.com")]
    public void For_YouTubeHosts_AreRestrictedByTier(string host)
    {
        Assert.Multiple(() =>
        {
            Assert.That(ForcedSearch.For(SearchSettings.Pupil, host, Seen.Url).Fields, Is.EqualTo(new[] { new RequestField("YouTube-Restrict", "Strict") }));
            Assert.That(ForcedSearch.For(SearchSettings.Guest, host, Seen.Url).Fields, Is.EqualTo(new[] { new RequestField("YouTube-Restrict", "Moderate") }));
            Assert.That(ForcedSearch.For(SearchSettings.Staff, host, Seen.Url).Fields, Is.Empty);
            Assert.That(ForcedSearch.For(SearchSettings.Pupil, host, Seen.Host).DialHost, Is.EqualTo("restrict.youtube.com"));
            Assert.That(ForcedSearch.For(SearchSettings.Guest, host, Seen.Host).DialHost, Is.EqualTo("restrictmoderate.youtube.com"));
            Assert.That(ForcedSearch.For(SearchSettings.Staff, host, Seen.Host).DialHost, Is.Null);
        });
    }

    [TestCase("pupil: { google_domains: [a.sch.example, b.sch.example] }", "google.com", "X-GoogApps-Allowed-Domains: a.sch.example,b.sch.example")]
    [TestCase("pupil: { google_domains: [a.sch.example, b.sch.example] }", "mail.google.com", "X-GoogApps-Allowed-Domains: a.sch.example,b.sch.example")]
    [TestCase("pupil: { google_domains: [a.sch.example] }", "notgoogle.com", "")]
    [TestCase("pupil: { google_domains: [a.sch.example] }", "google.com.evil.example", "")]
    [TestCase("pupil: { google_domains: [a.sch.example] }", "google.example", "")]
    [TestCase("pupil: {}", "mail.google.com", "")]
    [TestCase("pupil: { microsoft_tenants: [a.sch.example], microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef }", "login.microsoftonline.com", "Restrict-Access-To-Tenants: a.sch.example|Restrict-Access-Context: 01234567-89ab-cdef-0123-456789abcdef")]
    [TestCase("pupil: { microsoft_tenants: [a.sch.example], microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef }", "login.windows.net", "Restrict-Access-To-Tenants: a.sch.example|Restrict-Access-Context: 01234567-89ab-cdef-0123-456789abcdef")]
    [TestCase("pupil: { microsoft_tenants: [a.sch.example], microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef }", "login.microsoft.com", "Restrict-Access-To-Tenants: a.sch.example|Restrict-Access-Context: 01234567-89ab-cdef-0123-456789abcdef")]
    [TestCase("pupil: { microsoft_tenants: [a.sch.example], microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef }", "login.live.com", "sec-Restrict-Tenant-Access-Policy: restrict-msa")]
    [TestCase("pupil: { microsoft_tenants: [a.sch.example], microsoft_directory: 01234567-89ab-cdef-0123-456789abcdef }", "www.microsoft.com", "")]
    [TestCase("pupil: {}", "login.live.com", "")]
    public void For_SignInLimits_OnlyAtTheirHosts(string tier, string host, string fields)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ {tier} }} }}");
        var settings = policy.FindTier("pupil")!.Search;
        Assert.That(string.Join('|', ForcedSearch.For(settings, host, Seen.Url).Fields.Select(f => $"{f.Name}: {f.Value}")), Is.EqualTo(fields));
        Assert.That(ForcedSearch.For(settings, host, Seen.Host).Fields, Is.Empty, "a tunnel has no fields");
    }

    [TestCase("pupil", true, YouTubeMode.Strict)]
    [TestCase("pupil-ks1", true, YouTubeMode.Strict)]
    [TestCase("visitors", true, YouTubeMode.Strict, TestName = "DefaultFor_NameOfOnesOwn_IsStrict")]
    [TestCase("staffroom", true, YouTubeMode.Strict, TestName = "DefaultFor_NameThatBeginsAlike_IsStrict")]
    [TestCase("staff", false, YouTubeMode.Open)]
    [TestCase("staff-office", false, YouTubeMode.Open)]
    [TestCase("guest", true, YouTubeMode.Moderate)]
    public void DefaultFor(string tier, bool isForced, YouTubeMode mode)
    {
        var settings = Given.Policy($"{{ school: S, tiers: {{ {tier}: {{}} }} }}").FindTier(tier)!.Search;
        Assert.That((settings.IsSafeSearchForced, settings.YouTube), Is.EqualTo((isForced, mode)));
    }

    [TestCase("www.startpage.com")]
    [TestCase("html.duckduckgo.com")]
    [TestCase("search.yahoo.co.jp")]
    [TestCase("search.aol.com")]
    public void IsUnforced_EngineWithoutASafeMode_IsBlockedWhereSafeSearchIsForced(string host)
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { uncategorised: allow }, staff: { uncategorised: allow }, other: { uncategorised: allow, safe_search: off }, own: { uncategorised: allow, own_allow: [startpage.com, html.duckduckgo.com, yahoo.co.jp, aol.com] } } }");
        Reason Decide(string tier, Seen seen) => policy.Decide(new Question(Given.ClientOf(policy, tier), CanonicalUrl.ForHost("https", host, 443), seen, default, Given.Noon)).Reason;
        Assert.Multiple(() =>
        {
            Assert.That((Decide("pupil", Seen.Url), Decide("pupil", Seen.Host)), Is.EqualTo((Reason.OwnBlock, Reason.OwnBlock)));
            Assert.That((Decide("staff", Seen.Url), Decide("other", Seen.Url)), Is.EqualTo((Reason.Uncategorised, Reason.Uncategorised)));
            Assert.That(Decide("own", Seen.Url), Is.EqualTo(Reason.OwnAllow), "the school may open one by name");
        });
    }

    [TestCase("www.mystartpage.com")]
    [TestCase("mail.aol.com")]
    [TestCase("baidu.com.example")]
    public void IsUnforced_Neighbour_IsNoEngine(string host) => Assert.That(ForcedSearch.IsUnforced(SearchSettings.Pupil, host, Seen.Host), Is.Null);

    [Test]
    public void IsUnforced_InATunnel_BlocksTheEngine()
    {
        var policy = Given.Policy("{ school: S, tiers: { guest: { uncategorised: allow } } }");
        var client = Given.ClientOf(policy, "guest");
        var unread = policy.Explain(new Question(client, CanonicalUrl.ForHost("https", "search.brave.com", 443), Seen.Host, default, Given.Noon));
        Assert.That((unread.Decision.Reason, unread.Decision.Rule), Is.EqualTo((Reason.OwnBlock, "safe_search: force (Brave Search)")));
        Assert.That(unread.Explanation, Does.Contain("safe mode"));
        Assert.That(policy.Decide(new Question(client, CanonicalUrl.ForHost("https", "search.brave.com", 443), Seen.Url, default, Given.Noon)).IsForwarded, Is.True);
        Assert.That(policy.Decide(new Question(client, CanonicalUrl.ForHost("https", "www.bing.com", 443), Seen.Host, default, Given.Noon)).IsForwarded, Is.True, "it has an address");
    }
}
