using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests.Rules;

/// <summary>Rules, approved uses, groups and places, as a school writes them and as they decide.</summary>
public sealed class RuleTests
{
    private const string School = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil: { block: [games, social-networks], uncategorised: block }
          staff: { warn: [games], uncategorised: allow }
        groups:
          ks2: { kind: phase, tier: pupil, title: Key stage 2 }
          year-4: { kind: year, within: ks2, own_allow: [spelling.example] }
          4b: { kind: class, within: year-4, allow: [news], block: [education], own_allow: [maths.example] }
          4a: { kind: class, within: year-4, approved_only: true }
          teachers: { kind: staff, tier: staff }
          office: { kind: office, tier: staff }
        places:
          ict-suite: { range: 10.20.5.0/24, title: ICT suite, vlan: 50 }
          kiosk: { port: 8083, group: 4b }
          library: { ranges: [10.20.6.0/24, 10.20.7.0/24], group: ks2 }
        clients:
          - { range: 10.20.0.0/16, tier: pupil }
          - { address: 10.20.1.7, device: ipad-14, group: 4b }
          - { range: 10.20.8.0/24, group: teachers }
        timetable:
          week:
            mon-fri: { lesson: 09:00-12:00, lunch: 12:00-13:00 }
        rules:
          - { who: [year-4], where: [ict-suite], when: [lunch], what: [games], do: allow, why: chess club }
          - { who: [year-4], when: [lunch], what: [games], do: warn }
          - { who: [ks2], when: [lesson], what: [uncategorised], do: warn }
          - { who: [office], when: [lunch], what: [all], do: block }
          - { who: [teachers], when: [lesson], do: approved-only }
        approved_uses:
          - { name: school page, sites: [social.example], who: [office, person:t-hill], until: 2026-11-24, why: the school's own page }
        """;

    // 2026-11-23 is a Monday; the school's clock is UTC then.
    private static readonly DateTimeOffset Lunch = new(2026, 11, 23, 12, 30, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Lesson = new(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Evening = new(2026, 11, 23, 19, 0, 0, TimeSpan.Zero);

    [TestCase("4b", "ict-suite", "lunch", "games", Verdict.Allow, Reason.CategoryAllow, "rule 1", TestName = "Decide_FirstRuleThatApplies_Holds")]
    [TestCase("4b", null, "lunch", "games", Verdict.Warn, Reason.CategoryWarn, "rule 2", TestName = "Decide_OtherPlace_TheNextRuleHolds")]
    [TestCase("4b", "ict-suite", "lesson", "games", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_OtherTime_TheTierHolds")]
    [TestCase("ks2", "ict-suite", "lunch", "games", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_GroupAroundTheRules_IsNotMeant")]
    [TestCase("4b", "ict-suite", "lunch", "games social-networks", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_AnotherCategoryIsBlocked_BlocksAll")]
    [TestCase("4b", "ict-suite", "lunch", "games vpn", Verdict.Block, Reason.NoBypass, null, TestName = "Decide_AllowedByARuleAndNoBypass_IsBlocked")]
    [TestCase("4b", null, "lesson", "", Verdict.Warn, Reason.Uncategorised, "rule 3", TestName = "Decide_UncategorisedByARule_Warns")]
    [TestCase("4b", null, "evening", "", Verdict.Block, Reason.Uncategorised, null, TestName = "Decide_UncategorisedOutsideTheRule_TheTierHolds")]
    [TestCase("office", null, "lunch", "news", Verdict.Block, Reason.CategoryBlock, "rule 4", TestName = "Decide_AllCategories_AreBlocked")]
    [TestCase("office", null, "lunch", "", Verdict.Block, Reason.Uncategorised, "rule 4", TestName = "Decide_AllMeansUncategorisedToo")]
    [TestCase("office", null, "lunch", "help-and-support", Verdict.Allow, Reason.CategoryAllow, null, TestName = "Decide_AllNeverMeansHelp")]
    [TestCase("office", null, "evening", "news", Verdict.Allow, Reason.CategoryAllow, null)]
    [TestCase("teachers", null, "lesson", "news", Verdict.Block, Reason.ApprovedOnly, "rule 5", TestName = "Decide_ApprovedOnlyInALesson_Blocks")]
    [TestCase("teachers", null, "lesson", "games", Verdict.Block, Reason.ApprovedOnly, "rule 5", TestName = "Decide_ApprovedOnlyInALesson_AsksNobodyToContinue")]
    [TestCase("teachers", null, "evening", "games", Verdict.Warn, Reason.CategoryWarn, null)]
    [TestCase("4b", null, "evening", "education", Verdict.Block, Reason.CategoryBlock, null, TestName = "Decide_GroupBlocksMoreThanItsTier")]
    [TestCase("year-4", null, "evening", "education", Verdict.Allow, Reason.CategoryAllow, null)]
    [TestCase("4a", null, "evening", "education", Verdict.Block, Reason.ApprovedOnly, null)]
    public void Decide_Rule(string group, string? place, string when, string categories, Verdict verdict, Reason reason, string? rule)
    {
        var policy = Given.Policy(School);
        var decision = policy.Decide(Question(policy, group, place, when, categories));
        Assert.That((decision.Verdict, decision.Reason, decision.Rule), Is.EqualTo((verdict, reason, rule)));
    }

    [TestCase("4b", "maths.example", true, TestName = "Decide_OwnSiteOfTheClass_IsOpen")]
    [TestCase("4b", "spelling.example", true, TestName = "Decide_OwnSiteOfTheYear_IsOpenToTheClass")]
    [TestCase("4a", "spelling.example", true, TestName = "Decide_OwnSiteOfTheYear_IsApprovedForAnApprovedOnlyClass")]
    [TestCase("4a", "maths.example", false, TestName = "Decide_OwnSiteOfAnotherClass_IsNot")]
    [TestCase("year-4", "maths.example", false, TestName = "Decide_OwnSiteOfAClass_IsNotTheYears")]
    public void Decide_OwnListOfAGroup(string group, string host, bool isOpen)
    {
        var policy = Given.Policy(School);
        Assert.That(policy.Decide(Question(policy, group, null, "evening", "", host)).Reason == Reason.OwnAllow, Is.EqualTo(isOpen));
    }

    [TestCase("office", null, 23, Reason.OwnAllow, TestName = "Decide_ApprovedUse_OpensForItsGroup")]
    [TestCase("teachers", "t-hill", 23, Reason.OwnAllow, TestName = "Decide_ApprovedUse_OpensForItsPerson")]
    [TestCase("teachers", "t-park", 23, Reason.CategoryWarn, TestName = "Decide_ApprovedUse_IsNobodyElses")]
    [TestCase("4b", null, 23, Reason.CategoryBlock, TestName = "Decide_ApprovedUse_IsNotForPupils")]
    [TestCase("office", null, 24, Reason.OwnAllow, TestName = "Decide_ApprovedUse_OnItsLastDay_IsOpen")]
    [TestCase("office", null, 25, Reason.CategoryWarn, TestName = "Decide_ApprovedUse_TheDayAfter_IsOver")]
    public void Decide_ApprovedUse(string group, string? person, int day, Reason expected)
    {
        var policy = Given.Policy(School);
        var question = Question(policy, group, null, "evening", "social-networks", "www.social.example") with { Time = new(2026, 11, day, 19, 0, 0, TimeSpan.Zero) };
        Assert.That(policy.Decide(question with { Client = question.Client with { Person = person } }).Reason, Is.EqualTo(expected));
    }

    [TestCase("10.20.1.7", 0, "4b", null, "ipad-14", TestName = "Identify_Device_IsInItsGroup")]
    [TestCase("10.20.8.9", 0, "teachers", null, null, TestName = "Identify_Range_IsInItsGroup")]
    [TestCase("10.20.5.9", 0, null, "ict-suite", null, TestName = "Identify_PlaceWithoutGroup_KeepsTheRangesTier")]
    [TestCase("10.20.7.9", 0, "ks2", "library", null, TestName = "Identify_PlaceWithGroup_GivesIt")]
    [TestCase("10.20.1.9", 8083, "4b", "kiosk", null, TestName = "Identify_Port_IsAPlace")]
    [TestCase("10.20.1.7", 8083, "4b", "kiosk", "ipad-14", TestName = "Identify_DeviceAtAPort_StaysTheDevice")]
    [TestCase("10.20.99.1", 0, null, null, null)]
    public void Identify_GroupAndPlace(string address, int port, string? group, string? place, string? device)
    {
        var client = Given.Policy(School).Identify(IPAddress.Parse(address), portTier: null, port)!;
        Assert.That((client.Group?.Name, client.Place?.Name, client.Device), Is.EqualTo((group, place, device)));
    }

    [Test]
    public void Explain_RuleWithAReason_GivesIt()
    {
        var policy = Given.Policy(School);
        Assert.That(policy.Explain(Question(policy, "4b", "ict-suite", "lunch", "games")).Explanation, Is.EqualTo("Allowed for pupil: it is in the category games, which this tier allows (rule 1). The school's reason: chess club."));
    }

    // What the tier says of games, what a rule says, and whose reason is shown: that of what decided, or none.
    [TestCase("block: [{ category: games, why: A }]", "do: allow, what: [games], why: B", Verdict.Allow, "B", TestName = "Explain_RuleAgainstItsCategory_GivesTheRulesReason")]
    [TestCase("block: [{ category: games, why: A }]", "do: allow, what: [games]", Verdict.Allow, null, TestName = "Explain_RuleWithoutAReason_DoesNotBorrowTheOpposite")]
    [TestCase("block: [{ category: games, why: A }]", "do: block, what: [games]", Verdict.Block, "A", TestName = "Explain_RuleThatSaysTheSame_KeepsTheCategorysReason")]
    [TestCase("warn: [{ category: games, why: A }]", "do: block, what: [games]", Verdict.Block, null, TestName = "Explain_StricterRuleWithoutAReason_DoesNotBorrow")]
    [TestCase("block: [{ category: games, why: A }]", "do: allow, what: [news], why: B", Verdict.Block, "A", TestName = "Explain_RuleAboutAnother_GivesTheCategorysReason")]
    [TestCase("block: [{ category: games, why: A }], lists: { arcade: { do: allow, why: B } }", null, Verdict.Allow, "B", TestName = "Explain_ListAgainstItsCategory_GivesTheListsReason")]
    [TestCase("block: [{ category: games, why: A }], lists: { arcade: allow }", null, Verdict.Allow, null, TestName = "Explain_ListWithoutAReason_DoesNotBorrow")]
    [TestCase("allow: [{ category: games, why: A }], lists: { arcade: { do: block, why: B } }", null, Verdict.Block, "B", TestName = "Explain_ListThatCloses_GivesTheListsReason")]
    [TestCase("allow: [{ category: games, why: A }], lists: { arcade: { do: block, why: B } }", "do: allow, what: [games], why: C", Verdict.Allow, "C", TestName = "Explain_RuleBeforeAList_GivesTheRulesReason")]
    public void Explain_SeveralReasons(string tier, string? rule, Verdict verdict, string? reason)
    {
        var lists = Given.Lists with { Categories = Given.Matcher("arcade/domains", "games", "arcade.example") };
        var policy = Given.Policy($"school: S\nnetworks: [10.20.0.0/16]\ntiers: {{ pupil: {{ {tier} }} }}\n" + (rule is null ? "" : $"rules: [ {{ {rule} }} ]\n"), lists);
        var url = CanonicalUrl.ForHost("http", "arcade.example", 80);
        var trace = policy.Explain(new Question(Given.ClientOf(policy, "pupil"), url, Seen.Url, lists.Classify(url, Seen.Url), Lunch));
        Assert.That(trace.Decision.Verdict, Is.EqualTo(verdict), trace.Explanation);
        Assert.That(trace.Explanation, reason is null ? Does.Not.Contain("The school's reason") : Does.EndWith($" The school's reason: {reason}."));
    }

    [TestCase("allow: [games]", null, TestName = "Explain_GroupThatOpens_DoesNotBorrowWhyItIsClosed")]
    [TestCase("block: [games]", "A", TestName = "Explain_GroupThatRepeatsItsTier_KeepsTheReason")]
    [TestCase("block: [{ category: games, why: B }]", "B", TestName = "Explain_GroupWithAReason_GivesItsOwn")]
    [TestCase("block: [news]", "A", TestName = "Explain_GroupAboutAnother_KeepsTheReason")]
    public void Explain_ReasonOfATierInAGroup(string group, string? reason)
    {
        var policy = Given.Policy($"school: S\nnetworks: [10.20.0.0/16]\ntiers: {{ pupil: {{ block: [{{ category: games, why: A }}] }} }}\ngroups: {{ 4b: {{ kind: class, tier: pupil, {group} }} }}\n");
        Assert.That(policy.Explain(Question(policy, "4b", null, "evening", "games")).Explanation, reason is null ? Does.Not.Contain("school's reason") : Does.EndWith($"The school's reason: {reason}."));
    }

    [TestCase("office", null, "the school's own page")]
    [TestCase("teachers", "t-hill", "the school's own page")]
    [TestCase("teachers", "t-park", null)]
    public void Explain_ApprovedUse_GivesItsReason(string group, string? person, string? reason)
    {
        var policy = Given.Policy(School);
        var question = Question(policy, group, null, "evening", "social-networks", "www.social.example");
        var text = policy.Explain(question with { Client = question.Client with { Person = person } }).Explanation;
        Assert.That(text, reason is null ? Does.Not.Contain("school's reason") : Does.EndWith($"(approved use: school page). The school's reason: {reason}."));
    }

    [Test]
    public void Decide_WithRules_DoesNotAllocate()
    {
        var policy = Given.Policy(School);
        var question = Question(policy, "4b", "ict-suite", "lunch", "games");
        Assert.That(Testing.Allocations.Of(() => policy.Decide(question)), Is.Zero);
    }

    [TestCase("groups: { a: { kind: class } }", "has no tier")]
    [TestCase("groups: { a: { tier: pupil } }", "has no kind")]
    [TestCase("groups: { a: { kind: clas, tier: pupil } }", "did you mean 'class'")]
    [TestCase("groups: { a: { kind: class, tier: pupils } }", "did you mean 'pupil'")]
    [TestCase("groups: { a: { kind: class, within: b } }", "'b' is no group")]
    [TestCase("groups: { a: { kind: class, within: b }, b: { kind: year, within: a } }", "lies within itself")]
    [TestCase("groups: { a: { kind: class, within: a } }", "lies within itself")]
    [TestCase("groups: { A B: { kind: class, tier: pupil } }", "cannot name a group")]
    [TestCase("groups: { a: { kind: class, tier: pupil, block: [gmaes] } }", "did you mean 'games'")]
    [TestCase("places: { a: {} }", "neither a range nor a port")]
    [TestCase("places: { a: { range: 10.20.1.0/24 }, b: { range: 10.20.1.0/24 } }", "is place a already")]
    [TestCase("places: { a: { port: 8083 }, b: { port: 8083 } }", "port 8083 is place a already")]
    [TestCase("places: { a: { port: 99999 } }", "a number from 1 to 65535")]
    [TestCase("places: { a: { range: 10.20.1.0/24, vlan: 5000 } }", "a number from 1 to 4094")]
    [TestCase("rules: [ { what: [games] } ]", "the rule does nothing")]
    [TestCase("rules: [ { do: block } ]", "says nothing of what")]
    [TestCase("rules: [ { do: block, what: [gmaes] } ]", "did you mean 'games'")]
    [TestCase("rules: [ { do: allow, what: [vpn] } ]", "nothing bypasses")]
    [TestCase("rules: [ { do: block, what: [help-and-support] } ]", "looks for help")]
    [TestCase("rules: [ { do: block, what: [csam-iwf] } ]", "locked list")]
    [TestCase("rules: [ { do: block, what: [games], who: [year-9] } ]", "no group or tier")]
    [TestCase("rules: [ { do: block, what: [games], when: [lunc] } ]", "no period")]
    [TestCase("rules: [ { do: block, what: [games], where: [moon] } ]", "no place")]
    [TestCase("rules: [ { do: block, what: [games], who: [] } ]", "remove it for everybody")]
    [TestCase("rules: [ { do: quota, what: [games] } ]", "no tier gives minutes for games")]
    [TestCase("rules: [ { do: approved-only, what: [games] } ]", "remove 'what'")]
    [TestCase("rules: [ { do: block, what: [games] }, { do: allow, what: [games], who: [pupil] } ]", "rule 2 never holds")]
    [TestCase("approved_uses: [ { name: a, sites: [x.example] } ]", "'who' is missing")]
    [TestCase("approved_uses: [ { name: a, sites: [bundle:zom], who: [pupil] } ]", "no bundle")]
    [TestCase("approved_uses: [ { name: a, sites: [x.example], who: [nobody] } ]", "no group or tier")]
    [TestCase("approved_uses: [ { name: a, sites: [x.example], who: [pupil], until: 2026-02-30 } ]", "no day")]
    [TestCase("clients: [ { address: 10.20.1.7, tier: pupil, group: g } ]", "keep one")]
    public void Parse_Mistake_SaysWhatToWrite(string line, string message)
    {
        var document = PolicyDocument.Parse($"school: S\nnetworks: [10.20.0.0/16]\ntiers: {{ pupil: {{}} }}\n{line}\n", Given.Taxonomy, out var problems);
        Assert.That(document, Is.Null);
        Assert.That(problems.Select(p => p.Message), Has.Some.Contains(message));
        Assert.That(problems.Where(p => !p.IsWarning).Select(p => p.Line), Has.All.EqualTo(4));
    }

    [TestCase("", "has no end")]
    [TestCase(", until: 2027-07-20", null)]
    public void Parse_ApprovedUseWithoutAnEnd_Warns(string until, string? warning)
    {
        var document = PolicyDocument.Parse($"school: S\nnetworks: [10.20.0.0/16]\ntiers: {{ pupil: {{}} }}\napproved_uses:\n  - {{ name: our page, sites: [social.example], who: [pupil]{until} }}\n", Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, "founding policies may leave it open");
        Assert.That(problems.Select(p => (p.Line, p.IsWarning)), warning is null ? Is.Empty : Is.EqualTo(new[] { (5, true) }));
        if (warning is not null) Assert.That(problems.Single().Message, Does.Contain("our page").And.Contain(warning));
    }

    // Two rules about games over these groups: year-4 has 4a and 4b, and 4c belongs to it with the tier of staff; ks1 stands beside.
    [TestCase("who: [year-4], do: block", "who: [4b], do: allow", "rule 2 never holds: rule 1 (line 11) says something else for all of it (4b is within year-4)", TestName = "Parse_ClassWithinTheYear_IsCovered")]
    [TestCase("who: [ks2], do: block", "who: [4a, 4b], do: allow", "(4a is within ks2)", TestName = "Parse_ClassesWithinThePhase_AreCovered")]
    [TestCase("who: [pupil], do: block", "who: [4b], do: allow", "(4b has the tier pupil)", TestName = "Parse_GroupOfTheTier_IsCovered")]
    [TestCase("who: [pupil], do: block", "who: [ks2, ks1], do: allow", null, TestName = "Parse_PhaseWithAClassOfAnotherTier_IsNotCovered")]
    [TestCase("who: [pupil], do: block", "who: [4c], do: allow", null, TestName = "Parse_GroupWithATierOfItsOwn_IsNotCovered")]
    [TestCase("who: [year-4], do: block", "who: [4c], do: allow", "(4c is within year-4)", TestName = "Parse_GroupWithATierOfItsOwn_IsCoveredByTheYear")]
    [TestCase("who: [4a, 4b, 4c], do: block", "who: [year-4], do: allow", null, TestName = "Parse_YearAfterItsClasses_IsNotCovered")]
    [TestCase("who: [4b], do: block", "who: [year-4], do: allow", null, TestName = "Parse_NarrowerFirst_IsInOrder")]
    [TestCase("who: [ks1], do: block", "who: [4b], do: allow", null, TestName = "Parse_AnotherPhase_IsNotCovered")]
    [TestCase("who: [pupil, staff], do: block", "do: allow", "rule 2 never holds", TestName = "Parse_EveryTierAndThenEverybody_IsCovered")]
    [TestCase("who: [pupil], do: block", "do: allow", null, TestName = "Parse_OneTierAndThenEverybody_IsNotCovered")]
    [TestCase("who: [year-4], do: block", "who: [4b], do: block", "rule 2 does nothing", TestName = "Parse_ClassSaysWhatItsYearSays_Warns")]
    public void Parse_RulesForGroupsWithinGroups(string first, string second, string? expected)
    {
        var document = PolicyDocument.Parse($$"""
            school: S
            networks: [10.20.0.0/16]
            tiers: { pupil: {}, staff: {} }
            groups:
              ks1: { kind: phase, tier: pupil }
              ks2: { kind: phase, tier: pupil }
              year-4: { kind: year, within: ks2 }
              4a: { kind: class, within: year-4 }
              4b: { kind: class, within: year-4 }
              4c: { kind: class, within: year-4, tier: staff }
            rules: [ { {{first}}, what: [games] }, { {{second}}, what: [games] } ]
            """, Given.Taxonomy, out var problems);
        Assert.That(document is null, Is.EqualTo(expected?.Contains("does nothing", StringComparison.Ordinal) == false), string.Join('\n', problems));
        Assert.That(problems.Select(p => p.Message), expected is null ? Is.Empty : Has.Exactly(1).Items.And.Some.Contains(expected));
    }

    [Test]
    public void Parse_RuleThatSaysTheSameAgain_Warns()
    {
        var document = PolicyDocument.Parse("school: S\nnetworks: [10.20.0.0/16]\ntiers: { pupil: {} }\nrules: [ { do: block, what: [games] }, { do: block, what: [games], who: [pupil] } ]\n", Given.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null);
        Assert.That(problems.Single().Message, Does.Contain("rule 2 does nothing"));
    }

    private static Question Question(PolicySnapshot policy, string group, string? place, string when, string categories, string host = "site.example")
    {
        var named = policy.FindGroup(group)!;
        var client = new Client(IPAddress.Parse("10.20.1.1"), named.Tier, Device: null, IsKnown: true) { Group = named, Place = place is null ? null : policy.Places.Single(p => p.Name == place) };
        var set = Given.Categories(categories.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new Question(client, CanonicalUrl.ForHost("http", host, 80), Seen.Url, new Classification(set, null, false), when == "lunch" ? Lunch : when == "lesson" ? Lesson : Evening);
    }
}
