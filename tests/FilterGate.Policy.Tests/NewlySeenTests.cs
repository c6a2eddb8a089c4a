using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>A site in no list that the gateway has only just met can have a rule of its own; it never loosens the one for unknown sites.</summary>
public sealed class NewlySeenTests
{
    [TestCase("uncategorised: allow, newly_seen: block", 0, Verdict.Block, Reason.NewlySeen, TestName = "Decide_MetToday_IsNewlySeen")]
    [TestCase("uncategorised: allow, newly_seen: block", 6, Verdict.Block, Reason.NewlySeen, TestName = "Decide_OnTheLastDay_IsNewlySeen")]
    [TestCase("uncategorised: allow, newly_seen: block", 7, Verdict.Allow, Reason.Uncategorised, TestName = "Decide_AfterTheWindow_IsUncategorised")]
    [TestCase("uncategorised: allow, newly_seen: block", null, Verdict.Allow, Reason.Uncategorised, TestName = "Decide_NobodyKnowsSinceWhen_IsUncategorised")]
    [TestCase("uncategorised: allow, newly_seen: warn, newly_seen_days: 1", 0, Verdict.Warn, Reason.NewlySeen, TestName = "Decide_WindowOfADay_IsToday")]
    [TestCase("uncategorised: allow, newly_seen: warn, newly_seen_days: 1", 1, Verdict.Allow, Reason.Uncategorised, TestName = "Decide_WindowOfADay_EndsTomorrow")]
    [TestCase("uncategorised: allow, newly_seen: log", 2, Verdict.LogOnly, Reason.NewlySeen, TestName = "Decide_Log_Records")]
    [TestCase("uncategorised: block, newly_seen: allow", 0, Verdict.Block, Reason.Uncategorised, TestName = "Decide_LooserThanUncategorised_ChangesNothing")]
    [TestCase("uncategorised: block, newly_seen: block", 0, Verdict.Block, Reason.Uncategorised, TestName = "Decide_SameAsUncategorised_IsUncategorised")]
    [TestCase("uncategorised: allow", 0, Verdict.Allow, Reason.Uncategorised, TestName = "Decide_WithoutTheKey_IsUncategorised")]
    public void Decide(string pupil, int? days, Verdict verdict, Reason reason)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {pupil} }} }} }}");
        var question = Given.Question(policy, "pupil") with { FirstSeenDays = days };
        var decision = policy.Decide(in question);
        Assert.That((decision.Verdict, decision.Reason), Is.EqualTo((verdict, reason)));
        Assert.That(policy.Explain(in question).Decision, Is.EqualTo(decision));
    }

    [Test]
    public void Decide_NewButListed_IsItsCategorys()
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { uncategorised: allow, newly_seen: block, own_allow: [mine.example] } } }");
        Assert.Multiple(() =>
        {
            Assert.That(policy.Decide(Given.Question(policy, "pupil", Given.Categories("education")) with { FirstSeenDays = 0 }).Reason, Is.EqualTo(Reason.CategoryAllow));
            Assert.That(policy.Decide(Given.Question(policy, "pupil", host: "mine.example") with { FirstSeenDays = 0 }).Reason, Is.EqualTo(Reason.OwnAllow));
        });
    }

    [Test]
    public void Explain_SaysSinceWhenAndForHowLong()
    {
        var policy = Given.Policy("{ school: S, tiers: { pupil: { uncategorised: allow, newly_seen: block } } }");
        Assert.Multiple(() =>
        {
            Assert.That(policy.Explain(Given.Question(policy, "pupil") with { FirstSeenDays = 0 }).Explanation, Is.EqualTo("Blocked for pupil: it is in no list and was first met here today; this tier blocks such sites for 7 days."));
            Assert.That(policy.Explain(Given.Question(policy, "pupil") with { FirstSeenDays = 1 }).Explanation, Does.Contain("first met here 1 day ago"));
        });
    }

    [TestCase("pupil: {}", false)]
    [TestCase("pupil: {}, staff: { newly_seen: log }", true)]
    public void AsksForNewlySeen(string tiers, bool expected) => Assert.That(Given.Policy($"{{ school: S, tiers: {{ {tiers} }} }}").AsksForNewlySeen, Is.EqualTo(expected));

    [TestCase("newly_seen: blok", "'blok' is no value of newly_seen; did you mean 'block'?", false)]
    [TestCase("newly_seen: block, newly_seen_days: 0", "'0' is no number of days from 1 to 365", false)]
    [TestCase("newly_seen: block, newly_seen_days: 366", "'366' is no number of days from 1 to 365", false)]
    [TestCase("newly_seen: block, newly_seen_days: week", "'week' is no number of days from 1 to 365", false)]
    [TestCase("newly_seen_days: 3", "newly_seen_days does nothing without newly_seen", true)]
    [TestCase("uncategorised: block, newly_seen: warn", "newly_seen is looser than uncategorised and changes nothing", true)]
    public void Parse(string pupil, string message, bool isUsable)
    {
        var document = PolicyDocument.Parse($"{{ school: S, networks: [10.0.0.0/8], tiers: {{ pupil: {{ {pupil} }} }} }}", Given.Taxonomy, out var problems);
        Assert.That(document is not null, Is.EqualTo(isUsable));
        Assert.That(problems.Single().Message, Does.StartWith(message));
    }
}
