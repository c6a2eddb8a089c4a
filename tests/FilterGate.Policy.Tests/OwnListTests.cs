using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>Step 8: the most specific of the school's own entries wins, and a block wins a tie.</summary>
public sealed class OwnListTests
{
    [TestCase("site.example", "", "http://site.example/", Reason.OwnBlock, "site.example", TestName = "Decide_OnlyBlocked_IsBlocked")]
    [TestCase("", "site.example", "http://site.example/", Reason.OwnAllow, "site.example", TestName = "Decide_OnlyAllowed_IsAllowed")]
    [TestCase("site.example", "site.example", "http://site.example/", Reason.OwnBlock, "site.example", TestName = "Decide_SameEntryInBoth_IsBlocked")]
    [TestCase("site.example", "www.site.example", "http://www.site.example/", Reason.OwnAllow, "www.site.example", TestName = "Decide_SubDomainAllowed_BeatsTheBlockedParent")]
    [TestCase("www.site.example", "site.example", "http://www.site.example/", Reason.OwnBlock, "www.site.example", TestName = "Decide_SubDomainBlocked_BeatsTheAllowedParent")]
    [TestCase("site.example/games", "site.example", "http://site.example/games/1", Reason.OwnBlock, "site.example/games", TestName = "Decide_PathBlocked_BeatsTheAllowedHost")]
    [TestCase("site.example", "site.example/maths", "http://site.example/maths?x=1", Reason.OwnAllow, "site.example/maths", TestName = "Decide_PathAllowed_BeatsTheBlockedHost")]
    [TestCase("site.example", "site.example/maths", "http://site.example/mathsgames", Reason.OwnBlock, "site.example", TestName = "Decide_PathWithinASegment_DoesNotMatch")]
    [TestCase("site.example/a", "site.example/a/b", "http://site.example/a/b/c", Reason.OwnAllow, "site.example/a/b", TestName = "Decide_LongerPathAllowed_BeatsTheShorterBlocked")]
    [TestCase("www.site.example", "site.example/maths", "http://deep.www.site.example/maths", Reason.OwnBlock, "www.site.example", TestName = "Decide_LongerHostBlocked_BeatsAPathOfAShorterHost")]
    [TestCase("zip", "", "http://payroll.zip/", Reason.OwnBlock, "zip", TestName = "Decide_TopLevelDomainBlocked_IsEverythingBelow")]
    [TestCase("zip", "school.zip", "http://www.school.zip/", Reason.OwnAllow, "school.zip", TestName = "Decide_SiteOfABlockedTopLevelDomain_MayBeAllowed")]
    [TestCase("", "sch.uk", "http://www.park.leeds.sch.uk/", Reason.OwnAllow, "sch.uk", TestName = "Decide_SuffixAllowed_IsEverythingBelow")]
    public void Decide(string block, string allow, string url, Reason reason, string rule)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ own_block: [{block}], own_allow: [{allow}] }} }} }}");
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out var error), error);

        var decision = policy.Decide(Given.ClientOf(policy, "pupil"), canonical!, Seen.Url, Given.Noon);

        Assert.That((decision.Reason, decision.Rule), Is.EqualTo((reason, rule)));
    }

    [TestCase("http://other.example/")]
    [TestCase("http://mysite.example/")]
    [TestCase("http://example/")]
    public void Decide_NeighbourOfAnEntry_IsNotMatched(string url)
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { own_allow: [site.example] } } }");
        Assert.That(CanonicalUrl.TryParse(url, out var canonical, out var error), error);
        Assert.That(policy.Decide(Given.ClientOf(policy, "pupil"), canonical!, Seen.Url, Given.Noon).Reason, Is.EqualTo(Reason.Uncategorised));
    }

    [Test]
    public void Decide_PathEntryInATunnel_CannotMatch()
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { own_block: [site.example/games], uncategorised: allow } } }");
        var url = CanonicalUrl.ForHost("https", "site.example", 443);
        Assert.That(policy.Decide(Given.ClientOf(policy, "pupil"), url, Seen.Host, Given.Noon).Reason, Is.EqualTo(Reason.Uncategorised));
    }

    [Test]
    public void Decide_OwnEntryOfAnotherTier_IsNotMatched()
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: {}, staff: { own_block: [site.example] } } }");
        Assert.That(policy.Decide(Given.Question(policy, "pupil")).Reason, Is.EqualTo(Reason.Uncategorised));
    }

    [TestCase("own_block: ['exa mple.com']", "own_block", TestName = "Parse_OwnEntryWithASpace_IsAMistake")]
    [TestCase("own_allow: ['http://']", "own_allow", TestName = "Parse_OwnEntryWithoutHost_IsAMistake")]
    [TestCase("own_allow: ['']", "an entry such as", TestName = "Parse_EmptyOwnEntry_IsAMistake")]
    [TestCase("own_block: [{ why: because }]", "'site' is missing", TestName = "Parse_OwnEntryAsMapping_IsAMistake")]
    public void Parse_MalformedOwnEntry_IsAMistake(string key, string message)
    {
        Assert.That(PolicyDocument.Parse($"{{ school: S, networks: [10.0.0.0/8], tiers: {{ pupil: {{ {key} }} }} }}", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0].Message, Does.Contain(message));
    }

    [Test]
    public void Parse_SameEntryInBothOwnLists_WarnsThatTheBlockWins()
    {
        Assert.That(PolicyDocument.Parse("{ school: S, networks: [10.0.0.0/8], tiers: { pupil: { own_block: [a.example], own_allow: [A.example] } } }", Given.Taxonomy, out var problems), Is.Not.Null);
        Assert.That(problems.Single(), Has.Property(nameof(PolicyProblem.IsWarning)).True.And.Property(nameof(PolicyProblem.Message)).Contains("a block wins a tie"));
    }
}
