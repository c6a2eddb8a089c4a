namespace FilterGate.Policy.Tests;

/// <summary>An address of the internet instead of a name: as strict as the tier says, and never about the school's own servers.</summary>
public sealed class ByAddressTests
{
    private const string School = """
        school: S
        networks: [10.0.0.0/8]
        private_destinations: [10.20.0.5]
        tiers:
          pupil: { uncategorised: allow, addresses: block, own_allow: ["11.22.33.55"] }
          asks: { uncategorised: allow, addresses: warn }
          strict: { uncategorised: block, addresses: log }
          plain: { uncategorised: allow }
        groups:
          office: { kind: office, tier: plain, addresses: log }
        """;

    [TestCase("pupil", "11.22.33.44", Verdict.Block, Reason.ByAddress)]
    [TestCase("pupil", "[2a01:4f8::7]", Verdict.Block, Reason.ByAddress)]
    [TestCase("pupil", "[64:ff9b::b16:212c]", Verdict.Block, Reason.ByAddress, Description = "11.22.33.44 in the dress of NAT64.")]
    [TestCase("pupil", "site.example", Verdict.Allow, Reason.Uncategorised)]
    [TestCase("pupil", "11.22.33.44.example", Verdict.Allow, Reason.Uncategorised)]
    [TestCase("pupil", "10.20.0.5", Verdict.Allow, Reason.Uncategorised, Description = "A server of the school's, which has been let through before.")]
    [TestCase("pupil", "[fd00::5]", Verdict.Allow, Reason.Uncategorised)]
    [TestCase("pupil", "[64:ff9b::a14:5]", Verdict.Allow, Reason.Uncategorised, Description = "10.20.0.5 in the dress of NAT64.")]
    [TestCase("pupil", "11.22.33.55", Verdict.Allow, Reason.OwnAllow, Description = "The school has opened it.")]
    [TestCase("asks", "11.22.33.44", Verdict.Warn, Reason.ByAddress)]
    [TestCase("strict", "11.22.33.44", Verdict.Block, Reason.Uncategorised, Description = "The stricter of the two holds.")]
    [TestCase("plain", "11.22.33.44", Verdict.Allow, Reason.Uncategorised)]
    public void Decide(string tier, string host, Verdict verdict, Reason reason)
    {
        var policy = Given.Policy(School);
        var question = Given.Question(policy, tier, host: host);
        var decision = policy.Decide(in question);
        Assert.That((decision.Verdict, decision.Reason), Is.EqualTo((verdict, reason)));
        Assert.That(policy.Explain(in question).Explanation, reason == Reason.ByAddress ? Does.Contain("an address instead of a name") : Is.Not.Empty);
    }

    [Test]
    public void Decide_AnAddressThatAListHas_IsOfItsCategory()
    {
        var policy = Given.Policy(School);
        var question = Given.Question(policy, "pupil", Given.Categories("news"), host: "11.22.33.44");
        Assert.That(policy.Decide(in question).Reason, Is.Not.EqualTo(Reason.ByAddress));
    }

    [Test]
    public void Addresses_OfAGroup_AreLaidOverItsTiers() => Assert.That(Given.Policy(School).FindGroup("office")!.Tier.Addresses, Is.EqualTo(Verdict.LogOnly));
}
