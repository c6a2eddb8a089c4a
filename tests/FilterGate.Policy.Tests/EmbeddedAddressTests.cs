using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>An address within an address is decided too, and the stricter answer holds; what is allowed stays allowed.</summary>
public sealed class EmbeddedAddressTests
{
    private static readonly ListSet Lists = MakeLists();

    // outer                                                        tier     verdict          reason                     address within that decides
    [TestCase("https://bets-example.translate.goog/",               "pupil", Verdict.Block,   Reason.CategoryBlock,       "bets.example", TestName = "Decide_TranslatedPageOfABlockedSite_IsBlocked")]
    [TestCase("https://bets-example.translate.goog/",               "staff", Verdict.Block,   Reason.CategoryBlock,       "bets.example", TestName = "Decide_TranslatedPage_IsTheTargetForStaffToo")]
    [TestCase("https://play-example.translate.goog/",               "staff", Verdict.Warn,    Reason.CategoryWarn,        "play.example", TestName = "Decide_TranslatedPageOfAWarnedSite_Warns")]
    [TestCase("https://news-example.translate.goog/",               "staff", Verdict.Allow,   Reason.CategoryAllow,       null, TestName = "Decide_TranslatedPageOfAnAllowedSite_IsTheTranslators")]
    [TestCase("https://adult-example.translate.goog/",              "staff", Verdict.Block,   Reason.NoBypass,            "adult.example", TestName = "Decide_TranslatedPageThatNothingBypasses_IsBlocked")]
    [TestCase("https://unknown-example.translate.goog/",            "guest", Verdict.Warn,    Reason.Uncategorised,       "unknown.example", TestName = "Decide_ShownUnknownSite_IsTreatedAsUnknown")]
    [TestCase("https://web.archive.org/web/2020/https://bets.example/x", "pupil", Verdict.Block, Reason.CategoryBlock,    "bets.example", TestName = "Decide_ArchivedPage_IsTheTarget")]
    [TestCase("https://school.example/?url=https://bets.example/",  "pupil", Verdict.Block,   Reason.CategoryBlock,       "bets.example", TestName = "Decide_NamedBlockedSite_IsBlocked")]
    [TestCase("https://school.example/?url=https://own.example/",   "pupil", Verdict.Block,   Reason.OwnBlock,            "own.example", TestName = "Decide_NamedOwnBlockedSite_IsBlocked")]
    [TestCase("https://school.example/?url=https://adult.example/", "staff", Verdict.Block,   Reason.NoBypass,            "adult.example", TestName = "Decide_NamedSiteThatNothingBypasses_IsBlocked")]
    [TestCase("https://school.example/?url=https://play.example/",  "staff", Verdict.Allow,   Reason.CategoryAllow,       null, TestName = "Decide_NamedWarnedSite_WaitsForWhoFollowsTheLink")]
    [TestCase("https://school.example/?url=https://news.example/",  "pupil", Verdict.Allow,   Reason.CategoryAllow,       null, TestName = "Decide_NamedAllowedSite_StaysOpen")]
    [TestCase("https://school.example/?url=https://unknown.example/", "pupil", Verdict.Allow, Reason.CategoryAllow,       null, TestName = "Decide_NamedUnknownSite_StaysOpenThoughUnknownOnesAreBlocked")]
    [TestCase("https://school.example/login?redirect_uri=https://school.example/back", "pupil", Verdict.Allow, Reason.CategoryAllow, null, TestName = "Decide_LogInThatComesBack_StaysOpen")]
    [TestCase("https://school.example/login?continue=https://lesson.example/", "pupil", Verdict.Allow, Reason.CategoryAllow, null, TestName = "Decide_LogInToAnOwnAllowedSite_StaysOpen")]
    [TestCase("https://school.example/search?q=https://bets.example/", "pupil", Verdict.Allow, Reason.CategoryAllow,      null, TestName = "Decide_SearchForABlockedSite_StaysOpen")]
    [TestCase("https://school.example/?url=https://quiet.example/", "pupil", Verdict.Allow,   Reason.CategoryAllow,       null, TestName = "Decide_NamedBlockedSiteThatTheSchoolAllows_StaysOpen")]
    [TestCase("https://help.example/?url=https://bets.example/",    "pupil", Verdict.Allow,   Reason.ProtectedHelp,       null, TestName = "Decide_HelpSiteThatNamesABlockedOne_Answers")]
    [TestCase("https://bets.example/?url=https://adult.example/",   "pupil", Verdict.Block,   Reason.CategoryBlock,       null, TestName = "Decide_OuterBlocked_IsTheAnswer")]
    [TestCase("https://school.example/?url=https://locked.test/page", "staff", Verdict.Block, Reason.Locked,              null, TestName = "Decide_NamedLockedPage_IsLocked")]
    [TestCase("https://help.example/?url=https://locked.test/page", "pupil", Verdict.Block,   Reason.Locked,              null, TestName = "Decide_LockedPageInAHelpSitesAddress_IsLocked")]
    [TestCase("https://lesson.example/?url=https://locked.test/page", "pupil", Verdict.Block, Reason.Locked,              null, TestName = "Decide_LockedPageInAnOwnAllowedAddress_IsLocked")]
    [TestCase("https://ignored.example/?url=https://bets.example/", "loose", Verdict.Allow,   Reason.Uncategorised,       null, TestName = "Decide_Ignored_PassesABlockedSite")]
    [TestCase("https://bets-example.translate.goog/",               "loose", Verdict.Allow,   Reason.CategoryAllow,       null, TestName = "Decide_Ignored_PassesATranslatedPage")]
    [TestCase("https://adult-example.translate.goog/",              "loose", Verdict.Block,   Reason.NoBypass,            "adult.example", TestName = "Decide_Ignored_HoldsWhatNothingBypasses")]
    [TestCase("https://site.example/?url=https://locked.test/page", "loose", Verdict.Block,   Reason.Locked,              null, TestName = "Decide_Ignored_HoldsLockedPages")]
    [TestCase("https://locked-test.translate.goog/page",            "loose", Verdict.Block,   Reason.Locked,              null, TestName = "Decide_Ignored_HoldsTranslatedLockedPages")]
    public void Decide(string outer, string tier, Verdict verdict, Reason reason, string? within)
    {
        var policy = Policy();
        var decision = policy.Decide(Given.ClientOf(policy, tier), Parse(outer), Seen.Url, Given.Noon);
        Assert.That((decision.Verdict, decision.Reason, decision.Embedded?.Host), Is.EqualTo((verdict, reason, within)));
    }

    /// <summary>A person looked at the page and opened it: what it shows is what was opened. Steps 1 to 5 are nobody's to open.</summary>
    [TestCase("https://bets-example.translate.goog/", "bets-example.translate.goog", Verdict.Allow, Reason.Override)]
    [TestCase("https://adult-example.translate.goog/", "adult-example.translate.goog", Verdict.Block, Reason.NoBypass)]
    [TestCase("https://locked-test.translate.goog/page", "locked-test.translate.goog", Verdict.Block, Reason.Locked)]
    public void Decide_OverrideOfTheOuterAddress(string outer, string host, Verdict verdict, Reason reason)
    {
        var policy = Policy(new Override(7, "pupil", host, Given.Noon.AddMinutes(-1), Given.Noon.AddHours(1)));
        var decision = policy.Decide(Given.ClientOf(policy, "pupil"), Parse(outer), Seen.Url, Given.Noon);
        Assert.That((decision.Verdict, decision.Reason), Is.EqualTo((verdict, reason)));
    }

    [Test]
    public void Decide_ATunnel_KnowsTheTranslatedHost()
    {
        var policy = Policy();
        var url = CanonicalUrl.ForHost("https", "bets-example.translate.goog", 443);
        Assert.That(policy.Decide(Given.ClientOf(policy, "staff"), url, Seen.Host, Given.Noon).Reason, Is.EqualTo(Reason.CategoryBlock));
    }

    [Test]
    public void TlsFor_TranslatorOfAHostWithALockedUrl_IsRead()
    {
        var policy = Policy().With(TlsMode.Tunnel);
        var client = Given.ClientOf(policy, "guest");
        Assert.Multiple(() =>
        {
            Assert.That(policy.TlsFor(client, "locked-test.translate.goog"), Is.EqualTo(TlsMode.Intercept));
            Assert.That(policy.TlsFor(client, "news-example.translate.goog"), Is.EqualTo(TlsMode.Tunnel));
        });
    }

    [Test]
    public void Explain_AddressWithin_SaysSoAndWalksItsSteps()
    {
        var policy = Policy();
        var question = Ask(policy, "https://school.example/?url=https://bets.example/secret");
        var trace = policy.Explain(in question);
        Assert.Multiple(() =>
        {
            Assert.That(trace.Decision, Is.EqualTo(policy.Decide(in question)));
            Assert.That(trace.Explanation, Is.EqualTo("Another address stands in this one, and its answer is the stricter. Blocked for pupil: it is in the category gambling, which this tier blocks."));
            Assert.That(trace.Steps.Single(s => s.Outcome == StepOutcome.Decided).Step.Number, Is.EqualTo("9"));
        });
    }

    [Test]
    public void Decide_AddressWithin_AllocatesNothing()
    {
        var policy = Policy();
        var question = Ask(policy, "https://school.example/?url=https://bets.example/&link=https://news.example/");
        policy.Decide(in question);
        Assert.That(Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++) policy.Decide(in question);
        }), Is.Zero);
    }

    [Test]
    public void Parse_OtherWord_IsAMistake()
    {
        Assert.That(PolicyDocument.Parse("{ school: S, networks: [10.0.0.0/8], tiers: { pupil: { embedded_urls: ignroe } } }", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Single().Message, Is.EqualTo("'ignroe' is no value of embedded_urls; did you mean 'ignore'? (known: block, ignore)"));
    }

    private static Question Ask(PolicySnapshot policy, string url)
    {
        var canonical = Parse(url);
        return new(Given.ClientOf(policy, "pupil"), canonical, Seen.Url, policy.Lists.Classify(canonical, Seen.Url), Given.Noon);
    }

    private static PolicySnapshot Policy(params IEnumerable<Override> overrides) => Given.Policy("""
        school: S
        tiers:
          pupil: { uncategorised: block, own_block: [own.example], own_allow: [lesson.example, quiet.example] }
          staff: {}
          guest: { allow: [education] }
          loose: { uncategorised: allow, embedded_urls: ignore }
        """, Lists, overrides);

    private static CanonicalUrl Parse(string text)
    {
        Assert.That(CanonicalUrl.TryParse(text, out var url, out var error), error);
        return url!;
    }

    private static ListSet MakeLists()
    {
        var categories = new ListMatcher.Builder();
        foreach (var (slug, host) in (ReadOnlySpan<(string, string)>)[("education", "translate.goog"), ("education", "web.archive.org"), ("gambling", "bets.example"), ("gambling", "quiet.example"), ("games", "play.example"), ("news", "news.example"), ("education", "school.example"), ("pornography", "adult.example")])
            Assert.That(categories.TryAdd(slug + "/domains", Given.Taxonomy.Find(slug)!, host, 1, out var error), error);
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/test", Given.Taxonomy.Find("csam-iwf")!, isDemonstration: true);
        Assert.That(locked.TryAdd("locked.test/page"));
        return new ListSet { Taxonomy = Given.Taxonomy, Version = "test", Categories = categories.Build(), Locked = locked.Build(), ProtectedHelp = Given.Matcher("protected-help/domains", "help-and-support", "help.example") };
    }
}
