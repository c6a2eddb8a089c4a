using FilterGate.Matching;
using FilterGate.Policy.Documents;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy.Tests;

/// <summary>What a connection shows itself to be, and what each tier makes of it.</summary>
public sealed class ConnectionSignTests
{
    private const string School = """
        school: S
        networks: [10.0.0.0/8]
        tiers:
          pupil: { tls: intercept, uncategorised: allow }
          pupil-tunnelled: { tls: tunnel, uncategorised: allow }
          staff: { tls: intercept, uncategorised: allow }
          staff-tunnelled: { tls: tunnel, uncategorised: allow }
          staff-strict: { tls: tunnel, other_protocols: block, uncategorised: allow }
          staff-loose: { tls: intercept, other_protocols: allow, uncategorised: allow }
          guest: { uncategorised: allow }
        groups:
          office: { kind: office, tier: staff, other_protocols: allow }
        """;

    private static readonly ConnectionSign Vpn = new("OpenVPN", "its first packet", "vpn", IsWayRound: true), Shell = new("SSH", "its greeting", null, IsWayRound: true), Game = new("Not the web", "no sign", null, IsWayRound: false);

    private static readonly (Verdict, Reason, string?, string?) Open = (Verdict.Allow, Reason.Uncategorised, null, null);

    [TestCase("pupil", false)]
    [TestCase("pupil-tunnelled", false, Description = "Pupils are refused whatever is done with their TLS.")]
    [TestCase("staff", false)]
    [TestCase("staff-tunnelled", true)]
    [TestCase("staff-strict", false)]
    [TestCase("staff-loose", true)]
    [TestCase("guest", true)]
    public void Decide_NotTheWeb_IsTheTiersToPass_AndAVpnNobodys(string tier, bool passes)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Ask(tier, Game), Is.EqualTo(passes ? Open : (Verdict.Block, Reason.TlsPolicy, null, Game.Text)));
            Assert.That(Ask(tier, Shell), Is.EqualTo(passes ? Open : (Verdict.Block, Reason.WayRound, null, Shell.Text)));
            Assert.That(Ask(tier, Vpn), Is.EqualTo((Verdict.Block, Reason.WayRound, "vpn", Vpn.Text)));
            Assert.That(Ask(tier, ConnectionSign.HiddenName), Is.EqualTo((Verdict.Block, Reason.WayRound, (string?)null, ConnectionSign.HiddenName.Text)), "nobody could say which site");
            Assert.That(Ask(tier, null), Is.EqualTo(Open));
        });
    }

    [Test]
    public void OtherProtocols_OfAGroup_IsLaidOverItsTiers()
    {
        var policy = Given.Policy(School);
        Assert.That((policy.FindGroup("office")!.Tier.PassesOtherProtocols, policy.FindTier("staff")!.PassesOtherProtocols), Is.EqualTo((true, false)));
    }

    [TestCase(TlsMode.Tunnel, "staff", true)]
    [TestCase(TlsMode.Intercept, "guest", false)]
    [TestCase(TlsMode.Intercept, "staff-loose", true, Description = "What the document says stays.")]
    public void OtherProtocols_WithTheTlsOfATrial_FollowsIt(TlsMode tls, string tier, bool passes) => Assert.That(Given.Policy(School).With(tls).FindTier(tier)!.PassesOtherProtocols, Is.EqualTo(passes));

    [Test]
    public void Decide_NotTheWebToAHostWithAnIllegalPage_IsRefusedInEveryTier()
    {
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/test", Given.Taxonomy.Find("csam-iwf")!, isDemonstration: true);
        locked.TryAdd("locked.test/page");
        var policy = Given.Policy(School, Given.Lists with { Locked = locked.Build() });
        var question = Given.Question(policy, "guest", host: "locked.test") with { Sign = Game };
        Assert.That(policy.Decide(in question).Reason, Is.EqualTo(Reason.TlsPolicy));
        var other = Given.Question(policy, "guest", host: "other.test") with { Sign = Game };
        Assert.That(policy.Decide(in other).IsForwarded, Is.True);
    }

    [Test]
    public void Decide_LockedOrPrivate_ComesBeforeWhatItIs()
    {
        var policy = Given.Policy(School);
        var hidden = Given.Question(policy, "guest", refusal: Reason.PrivateDestination) with { Sign = Vpn };
        Assert.That(policy.Decide(in hidden).Reason, Is.EqualTo(Reason.PrivateDestination));
        var help = Given.Question(policy, "guest", help: true) with { Sign = Vpn };
        Assert.That(policy.Decide(in help).Reason, Is.EqualTo(Reason.WayRound), "a help site speaks HTTPS");
    }

    [Test]
    public void Explain_SaysWhatToldIt()
    {
        var policy = Given.Policy(School);
        var vpn = Given.Question(policy, "staff") with { Sign = Vpn };
        Assert.That(policy.Explain(in vpn).Explanation, Is.EqualTo("Blocked in every tier: the connection gets round the filter (OpenVPN: its first packet), and nothing opens the category vpn."));
        var shell = Given.Question(policy, "staff") with { Sign = Shell };
        Assert.That(policy.Explain(in shell).Explanation, Is.EqualTo("Blocked for staff: the connection gets round the filter (SSH: its greeting)."));
        var hidden = Given.Question(policy, "guest") with { Sign = ConnectionSign.HiddenName };
        Assert.That(policy.Explain(in hidden).Explanation, Is.EqualTo("Blocked in every tier that passes HTTPS unread: the connection hides which site it opens (Encrypted name (ECH): its ClientHello shows a name that stands for others, and hides the site's own)."));
        var game = Given.Question(policy, "pupil") with { Sign = Game };
        Assert.That(policy.Explain(in game).Explanation, Is.EqualTo("Blocked for pupil: the connection is not a form of TLS that this tier may use (Not the web: no sign)."));
        var past = Given.Question(policy, "pupil", refusal: Reason.WayRound);
        Assert.That(policy.Explain(in past).Explanation, Is.EqualTo("Blocked for pupil: the connection gets round the filter."), "a past one, asked again");
    }

    [TestCase(Verdict.Block, null, Reason.WayRound, null, false, null, true)]
    [TestCase(Verdict.Block, null, Reason.NoBypass, "vpn", false, null, true)]
    [TestCase(Verdict.Block, null, Reason.NoBypass, "pornography", false, null, false)]
    [TestCase(Verdict.Block, null, Reason.NoBypass, "pornography", true, null, true, Description = "Shown by a translator.")]
    [TestCase(Verdict.Block, null, Reason.Uncategorised, null, true, null, false, Description = "A translated page that nobody has listed is homework.")]
    [TestCase(Verdict.Block, null, Reason.CategoryBlock, "games", false, "open.test", true)]
    [TestCase(Verdict.LogOnly, Verdict.Block, Reason.NoBypass, "vpn", false, null, true, Description = "In shadow mode.")]
    [TestCase(Verdict.LogOnly, Verdict.Warn, Reason.CategoryWarn, "games", true, null, false)]
    [TestCase(Verdict.Allow, null, Reason.Override, "vpn", false, null, false)]
    [TestCase(Verdict.Block, null, Reason.TlsPolicy, null, false, null, false)]
    public void IsWayRound(Verdict verdict, Verdict? lifted, Reason reason, string? category, bool isShown, string? cover, bool expected) =>
        Assert.That(new Decision(verdict, reason) { Lifted = lifted, Category = category is null ? null : Given.Taxonomy.Find(category), IsShown = isShown, Cover = cover }.IsWayRound, Is.EqualTo(expected));

    [Test]
    public void OtherProtocols_AWordOfNoMeaning_IsAMistake()
    {
        Assert.That(PolicyDocument.Parse("{ school: S, networks: [10.0.0.0/8], tiers: { pupil: { other_protocols: alow } } }", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Single().Message, Is.EqualTo("'alow' is no value of other_protocols; did you mean 'allow'? (known: block, allow)"));
    }

    private static (Verdict, Reason, string?, string?) Ask(string tier, ConnectionSign? sign)
    {
        var policy = Given.Policy(School);
        var question = Given.Question(policy, tier) with { Sign = sign };
        var decision = policy.Decide(in question);
        return (decision.Verdict, decision.Reason, decision.Category?.Slug, decision.Rule);
    }
}
