using FilterGate.Matching;

namespace FilterGate.Policy.Tests.Search;

/// <summary>Sites that are allowed only within a page of others.</summary>
public sealed class EmbeddedSitesTests
{
    private const string Rule = "embedded: [{ site: player.example, on: [lessons.example] }, { site: films.example/school, on: [lessons.example, '=www.scheme.example'] }]";

    [TestCase("https://player.example/v/1", "https://lessons.example/", true, true, TestName = "Embedded_FrameOnTheNamedPage")]
    [TestCase("https://cdn.player.example/x.js", "https://lessons.example/", false, true, TestName = "Embedded_ScriptOnTheNamedPage")]
    [TestCase("https://player.example/v/1", "https://www.lessons.example/year4", true, true, TestName = "Embedded_PageOfASubDomain")]
    [TestCase("https://player.example/x.js", "https://player.example/v/1", false, true, TestName = "Embedded_WhatTheFramedPageLoads")]
    [TestCase("https://cdn.player.example/x.js", "https://player.example/", false, true, TestName = "Embedded_WhatTheFramedPageLoadsFromASubDomain")]
    [TestCase("https://player.example/v/2", "https://player.example/v/1", true, false, TestName = "Embedded_PageThatTheFramedPageLeadsTo")]
    [TestCase("https://player.example/v/1", "https://other.example/", true, false, TestName = "Embedded_FrameOnAnotherPage")]
    [TestCase("https://player.example/v/1", "https://mylessons.example/", true, false, TestName = "Embedded_PageThatEndsAlike")]
    [TestCase("https://player.example/v/1", "https://lessons.example.evil.example/", true, false, TestName = "Embedded_PageThatBeginsAlike")]
    [TestCase("https://player.example/v/1", null, false, false, TestName = "Embedded_OpenedByAPerson")]
    [TestCase("https://films.example/school/1", "https://www.scheme.example/", true, true, TestName = "Embedded_SecondEntryOfOneLine")]
    [TestCase("https://films.example/school/1", "https://x.www.scheme.example/", true, false, TestName = "Embedded_PageNamedExactly")]
    [TestCase("https://player.example/v/1", "https://www.scheme.example/", true, false, TestName = "Embedded_PageOfTheOtherEntry")]
    public void Decide(string url, string? page, bool isFrame, bool isAllowed)
    {
        var decision = Decide(Rule, url, page, isFrame);
        Assert.That((decision.IsForwarded, decision.Reason, decision.Rule?.Split(':')[0]), Is.EqualTo((isAllowed, isAllowed ? Reason.OwnAllow : Reason.OwnBlock, "embedded")));
    }

    [TestCase("https://films.example/other", TestName = "Embedded_OtherPartOfTheSite")]
    [TestCase("https://myplayer.example/", TestName = "Embedded_SiteThatEndsAlike")]
    public void Decide_SiteThatIsNotNamed_IsLeftToTheOtherSteps(string url) => Assert.That(Decide(Rule, url, "https://lessons.example/", isFrame: true).Reason, Is.EqualTo(Reason.Uncategorised));

    [Test]
    public void Decide_InATunnel_IsBlocked() => Assert.That(Decide(Rule, "https://player.example/", "https://lessons.example/", isFrame: true, Seen.Host).Reason, Is.EqualTo(Reason.OwnBlock));

    [Test]
    public void Decide_BlockedCategory_IsOpenWithinThePage()
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {Rule} }} }} }}");
        var question = Question(policy, "https://player.example/", "https://lessons.example/", isFrame: true, Seen.Url) with { Classification = new Classification(Given.Categories("games"), null, false) };
        Assert.That(policy.Decide(question).Reason, Is.EqualTo(Reason.OwnAllow));
        Assert.That(policy.Decide(question with { Classification = new Classification(Given.Categories("vpn"), null, false) }).Reason, Is.EqualTo(Reason.NoBypass), "nothing opens those");
        Assert.That(policy.Decide(question with { Classification = new Classification(default, Given.LockedHit, false) }).Reason, Is.EqualTo(Reason.Locked));
    }

    [TestCase("own_block: [player.example]", Reason.OwnBlock, "player.example", TestName = "OwnEntries_Block_Wins")]
    [TestCase("own_block: ['player.example/v']", Reason.OwnBlock, "player.example/v", TestName = "OwnEntries_BlockedPart_Wins")]
    [TestCase("own_allow: [player.example]", Reason.OwnAllow, "embedded: player.example", TestName = "OwnEntries_SameAllowed_TheRuleHolds")]
    public void Decide_WithinThePage_BesideOwnEntries(string own, Reason reason, string rule)
    {
        var decision = Decide($"{Rule}, {own}", "https://player.example/v/1", "https://lessons.example/", isFrame: true);
        Assert.That((decision.Reason, decision.Rule), Is.EqualTo((reason, rule)));
    }

    [TestCase("own_allow: [player.example]", Reason.OwnBlock, TestName = "OwnEntries_SameAllowed_DoesNotOpenItAlone")]
    [TestCase("own_allow: ['player.example/v']", Reason.OwnAllow, TestName = "OwnEntries_PartAllowed_IsMoreSpecific")]
    public void Decide_OpenedByAPerson_BesideOwnEntries(string own, Reason reason) => Assert.That(Decide($"{Rule}, {own}", "https://player.example/v/1", null, isFrame: false).Reason, Is.EqualTo(reason));

    [TestCase("http://lessons.example/play?url=http%3A%2F%2Fplayer.example%2Fv%2F1", Reason.Uncategorised, TestName = "Address_NamedByTheNamedPage")]
    [TestCase("http://other.example/play?url=http%3A%2F%2Fplayer.example%2Fv%2F1", Reason.OwnBlock, TestName = "Address_NamedByAnotherPage")]
    [TestCase("http://player-example.translate.goog/v/1", Reason.OwnBlock, TestName = "Address_ShownByATranslator")]
    public void Decide_SiteThatStandsInAnAddress_GoesByTheAddressAroundIt(string url, Reason reason)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ uncategorised: allow, {Rule} }} }} }}");
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out var error), error);
        Assert.That(policy.Decide(Given.ClientOf(policy, "pupil"), canonical!, Seen.Url, Given.Noon).Reason, Is.EqualTo(reason));
    }

    private static Decision Decide(string rule, string url, string? page, bool isFrame, Seen seen = Seen.Url)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {rule} }} }} }}");
        return policy.Decide(Question(policy, url, page, isFrame, seen));
    }

    private static Question Question(PolicySnapshot policy, string url, string? page, bool isFrame, Seen seen)
    {
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out var error), error);
        CanonicalUrl? embedding = null;
        if (page is not null) Assert.That(CanonicalUrl.TryParse(page, out embedding, out error), error);
        return new Question(Given.ClientOf(policy, "pupil"), canonical!, seen, default, Given.Noon) { EmbeddedIn = embedding, IsFrame = isFrame };
    }
}
