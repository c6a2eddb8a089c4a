using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

/// <summary>A bundle opens a service as the school's own entries would (step 8), and nothing that comes before.</summary>
public sealed class BundleTests
{
    private static readonly BundleCatalogue Catalogue = new([
        Make("video", ("video.example", false), ("*.cdn.example", false), ("=exact.example", true)),
        Make("records", ("records.example", true)),
    ]);

    [TestCase("bundles: [video]", "video.example", Reason.OwnAllow, "bundle video: video.example", TestName = "Decide_HostOfABundle_IsAllowed")]
    [TestCase("bundles: [video]", "a.video.example", Reason.OwnAllow, "bundle video: video.example", TestName = "Decide_SubDomainOfABundlesHost_IsAllowed")]
    [TestCase("bundles: [video]", "a.cdn.example", Reason.OwnAllow, "bundle video: *.cdn.example", TestName = "Decide_StarEntryOfABundle_IsAllowed")]
    [TestCase("bundles: [video]", "cdn.example", Reason.Uncategorised, null, TestName = "Decide_HostAboveAStarEntry_IsNot")]
    [TestCase("bundles: [video]", "a.exact.example", Reason.Uncategorised, null, TestName = "Decide_BelowAnExactEntry_IsNot")]
    [TestCase("bundles: [records]", "video.example", Reason.Uncategorised, null, TestName = "Decide_HostOfAnotherBundle_IsNot")]
    [TestCase("bundles: []", "video.example", Reason.Uncategorised, null, TestName = "Decide_NoBundle_OpensNothing")]
    [TestCase("bundles: [video, records]", "records.example", Reason.OwnAllow, "bundle records: records.example", TestName = "Decide_SecondBundle_IsAllowed")]
    [TestCase("bundles: [video], own_block: [video.example]", "video.example", Reason.OwnBlock, "video.example", TestName = "Decide_OwnBlockOfTheSamePlace_Wins")]
    [TestCase("bundles: [video], own_block: [chat.video.example]", "chat.video.example", Reason.OwnBlock, "chat.video.example", TestName = "Decide_MoreSpecificOwnBlock_Wins")]
    [TestCase("bundles: [video], own_block: [chat.video.example]", "video.example", Reason.OwnAllow, "bundle video: video.example", TestName = "Decide_MoreSpecificOwnBlock_LeavesTheRestOpen")]
    [TestCase("bundles: [video], own_block: [example]", "video.example", Reason.OwnAllow, "bundle video: video.example", TestName = "Decide_LessSpecificOwnBlock_Loses")]
    [TestCase("bundles: [video], own_allow: [a.video.example]", "a.video.example", Reason.OwnAllow, "a.video.example", TestName = "Decide_MoreSpecificOwnAllow_IsNamed")]
    public void Decide(string pupil, string host, Reason reason, string? rule)
    {
        var policy = Policy($"{{ uncategorised: block, {pupil} }}");
        var decision = policy.Decide(Given.Question(policy, "pupil", host: host));
        Assert.That((decision.Reason, decision.Rule), Is.EqualTo((reason, rule)));
    }

    [Test]
    public void Decide_StepsBeforeEight_AreNotOpened()
    {
        var policy = Policy("{ bundles: [video] }");
        Assert.Multiple(() =>
        {
            Assert.That(Ask(locked: Given.LockedHit), Is.EqualTo(Reason.Locked));
            Assert.That(Ask(categories: Given.Categories("pornography")), Is.EqualTo(Reason.NoBypass));
            Assert.That(Ask(refusal: Reason.TlsPolicy), Is.EqualTo(Reason.TlsPolicy));
            Assert.That(Ask(categories: Given.Categories("gambling")), Is.EqualTo(Reason.OwnAllow), "a category of step 9 is");
        });

        Reason Ask(CategorySet categories = default, LockedHit? locked = null, Reason? refusal = null) =>
            policy.Decide(Given.Question(policy, "pupil", categories, "video.example", locked, refusal: refusal)).Reason;
    }

    [Test]
    public void Explain_HostOfABundle_NamesTheService()
    {
        var policy = Policy("{ bundles: [video] }");
        var question = Given.Question(policy, "pupil", host: "video.example");
        Assert.That(policy.Explain(in question).Explanation, Is.EqualTo("Allowed for pupil: Service video is opened whole for this tier (bundle video: video.example)."));
    }

    [Test]
    public void TlsFor_HostThatABundleMarks_IsPassedUnreadInThatTierAlone()
    {
        var document = PolicyDocument.Parse("{ school: S, tiers: { pupil: { bundles: [video], tls: intercept }, staff: { tls: intercept } } }", Given.Taxonomy, out var problems, Catalogue);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        var policy = PolicySnapshot.Compile(document!, Given.Lists, OverrideTable.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(policy.TlsFor(Given.ClientOf(policy, "pupil"), "exact.example"), Is.EqualTo(TlsMode.Tunnel));
            Assert.That(policy.TlsFor(Given.ClientOf(policy, "pupil"), "video.example"), Is.EqualTo(TlsMode.Intercept), "the bundle does not mark it");
            Assert.That(policy.TlsFor(Given.ClientOf(policy, "staff"), "exact.example"), Is.EqualTo(TlsMode.Intercept), "staff have no bundle on");
        });
    }

    [TestCase("bundles: [vidoe]", "2:29: 'vidoe' is no bundle; did you mean 'video'? (known: records, video)", false, TestName = "Parse_MistypedBundle_IsAMistakeWithTheNearest")]
    [TestCase("bundles: video", "2:28: bundles is a list, not a text; write bundles: [ … ]", false, TestName = "Parse_BundlesAsAText_IsAMistake")]
    [TestCase("bundles: [{ a: b }]", "2:29: the name of a bundle is wanted here, not a mapping", false, TestName = "Parse_BundleAsAMapping_IsAMistake")]
    [TestCase("bundles: [video, video]", "2:36: 'video' is written twice under bundles of tier pupil", true, TestName = "Parse_BundleTwice_IsAWarning")]
    public void Parse(string pupil, string message, bool isUsable)
    {
        var document = PolicyDocument.Parse($"{{ school: S, networks: [10.0.0.0/8],\ntiers: {{ pupil: {{ {pupil} }} }} }}", Given.Taxonomy, out var problems, Catalogue);
        Assert.That(document is not null, Is.EqualTo(isUsable));
        var problem = problems.Single();
        Assert.That($"{problem.Line}:{problem.Column}: {problem.Message}", Is.EqualTo(message));
    }

    private static PolicySnapshot Policy(string pupil)
    {
        var document = PolicyDocument.Parse($"{{ school: S, tiers: {{ pupil: {pupil} }} }}", Given.Taxonomy, out var problems, Catalogue);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, Given.Lists, OverrideTable.Empty);
    }

    private static Bundle Make(string name, params (string Host, bool NeverIntercept)[] hosts) => new()
    {
        Name = name, Title = $"Service {name}", Purpose = "For tests.", Address = "https://service.example/", Checked = new DateOnly(2026, 11, 23),
        Entries = [.. hosts.Select((h, i) => new BundleEntry(h.Host, i + 8, "Needed.", "made up", h.NeverIntercept, $"bundle {name}: {h.Host}"))],
    };
}
