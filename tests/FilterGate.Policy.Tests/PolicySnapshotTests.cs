using System.Net;
using FilterGate.Matching;
using FilterGate.Policy.Documents;

namespace FilterGate.Policy.Tests;

public sealed class PolicySnapshotTests
{
    private const string School = """
        school: Test Primary
        networks: [10.20.0.0/16, "fd00:20::/48"]
        unknown_clients: guest
        tiers:
          staff: { tls: intercept }
          pupil: { tls: intercept }
          guest: { tls: tunnel }
        clients:
          - { range: 10.20.0.0/16, tier: pupil }
          - { range: 10.20.8.0/24, tier: staff }
          - { address: 10.20.8.9, device: ipad-14, tier: pupil }
          - { range: "fd00:20:0:8::/64", tier: staff }
          - { address: 127.0.0.5, device: bench, tier: staff }
        private_destinations: [10.20.9.0/24, 10.20.1.10, "fd00:20::10"]
        never_intercept: []
        """;

    private static readonly PolicySnapshot SamplePolicy = Given.Policy(School);

    [TestCase("10.20.1.1", null, "pupil", null, true, TestName = "Identify_InARange_HasItsTier")]
    [TestCase("10.20.8.1", null, "staff", null, true, TestName = "Identify_InTwoRanges_TheNarrowerHolds")]
    [TestCase("10.20.8.9", null, "pupil", "ipad-14", true, TestName = "Identify_OwnAddress_BeatsEveryRange")]
    [TestCase("::ffff:10.20.8.9", null, "pupil", "ipad-14", true, TestName = "Identify_MappedAddress_IsTakenAsIpv4")]
    [TestCase("fd00:20:0:8::1", null, "staff", null, true, TestName = "Identify_Ipv6Range_HasItsTier")]
    [TestCase("fd00:20:0:9::1", null, "guest", null, false, TestName = "Identify_InTheNetworksButNamedByNothing_IsUnknown")]
    [TestCase("127.0.0.1", null, "guest", null, false, TestName = "Identify_LoopbackNamedByNothing_IsUnknown")]
    [TestCase("::1", null, "guest", null, false, TestName = "Identify_Ipv6Loopback_Belongs")]
    [TestCase("127.0.0.5", null, "staff", "bench", true, TestName = "Identify_LoopbackNamed_HasItsTier")]
    [TestCase("127.0.0.1", "staff", "staff", null, false, TestName = "Identify_LoopbackOnAPort_ThePortDecides")]
    [TestCase("127.0.0.5", "pupil", "pupil", "bench", true, TestName = "Identify_NamedLoopbackOnAPort_ThePortDecides")]
    [TestCase("10.20.1.1", "staff", "pupil", null, true, TestName = "Identify_PupilOnTheStaffPort_StaysAPupil")]
    [TestCase("10.20.8.1", "pupil", "pupil", null, true, TestName = "Identify_StaffOnThePupilPort_IsTreatedAsAPupil")]
    [TestCase("10.20.8.1", "staff", "staff", null, true, TestName = "Identify_StaffOnTheStaffPort_IsStaff")]
    [TestCase("fd00:20:0:9::1", "staff", "guest", null, false, TestName = "Identify_UnknownOnTheStaffPort_StaysUnknown")]
    [TestCase("fd00:20:0:9::1", "pupil", "pupil", null, false, TestName = "Identify_UnknownOnAStricterPort_IsTightened")]
    public void Identify(string address, string? port, string tier, string? device, bool isKnown)
    {
        var client = SamplePolicy.Identify(IPAddress.Parse(address), port is null ? null : SamplePolicy.FindTier(port))!;
        Assert.That((client.Tier.Name, client.Device, client.IsKnown), Is.EqualTo((tier, device, isKnown)));
    }

    [TestCase("10.21.0.1", TestName = "Identify_NeighbourNetwork_IsRefused")]
    [TestCase("192.0.2.1", TestName = "Identify_Internet_IsRefused")]
    [TestCase("fd00:21::1", TestName = "Identify_OtherIpv6Network_IsRefused")]
    [TestCase("::ffff:192.0.2.1", TestName = "Identify_MappedInternetAddress_IsRefused")]
    public void Identify_OutsideTheNetworks_IsRefusedOnEveryPort(string address)
    {
        Assert.That(SamplePolicy.Identify(IPAddress.Parse(address)), Is.Null);
        Assert.That(SamplePolicy.Identify(IPAddress.Parse(address), SamplePolicy.FindTier("staff")), Is.Null);
    }

    [Test]
    public void Identify_PortTierOfAnEarlierSnapshot_IsLookedUpByName()
    {
        var now = Given.Policy(School);
        Assert.That(now.Identify(IPAddress.Loopback, SamplePolicy.FindTier("staff"))!.Tier, Is.SameAs(now.FindTier("staff")));
    }

    [Test]
    public void Identify_UnknownClientsNotNamed_IsTheStrictestTier()
    {
        var policy = Given.Policy("{ school: S, networks: [10.0.0.0/8], tiers: { staff: {}, guest: {}, pupil: {} } }");
        Assert.That(policy.Identify(IPAddress.Parse("10.1.1.1"))!.Tier.Name, Is.EqualTo("pupil"));
    }

    [TestCase("{ staff: {}, pupil: {}, guest: {} }", "pupil guest staff", TestName = "Tiers_Defaults_AreOrderedByBlockedCategoriesThenUncategorised")]
    [TestCase("{ staff: { uncategorised: warn }, guest: {} }", "staff guest", TestName = "Tiers_AllAlike_KeepTheOrderOfTheDocument")]
    [TestCase("{ staff: {}, staff-office: { block: [news] } }", "staff-office staff", TestName = "Tiers_OneMoreBlocked_IsStricter")]
    [TestCase("{ pupil-ks2: { allow: [games] }, pupil-ks1: {} }", "pupil-ks1 pupil-ks2", TestName = "Tiers_OneMoreAllowed_IsLooser")]
    public void Tiers_Order(string tiers, string expected)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {tiers} }}");
        Assert.That(string.Join(' ', policy.Tiers.Select(t => t.Name)), Is.EqualTo(expected));
        Assert.That(policy.Tiers.Select(t => t.Strictness), Is.Ordered);
    }

    [TestCase("pupil", "games", Verdict.Block)]
    [TestCase("pupil-ks1", "games", Verdict.Block)]
    [TestCase("staff", "games", Verdict.Warn)]
    [TestCase("staff-office", "games", Verdict.Warn)]
    [TestCase("staff", "forums", Verdict.Allow)]
    [TestCase("guest", "forums", Verdict.Allow)]
    [TestCase("staffroom", "forums", Verdict.Block, TestName = "Compile_NameThatOnlyBeginsLikeStaff_TakesThePupilColumn")]
    [TestCase("governors", "forums", Verdict.Block, TestName = "Compile_NameOfTheSchoolsOwn_TakesThePupilColumn")]
    public void Compile_CategoryNotNamed_TakesTheTaxonomysDefault(string tier, string category, Verdict expected)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ {tier}: {{}} }} }}");
        Assert.That(policy.Decide(Given.Question(policy, tier, Given.Categories(category))).Verdict, Is.EqualTo(expected));
    }

    [TestCase("block: [news]", "news", Verdict.Block)]
    [TestCase("allow: [games]", "games", Verdict.Allow)]
    [TestCase("warn: [games]", "games", Verdict.Warn)]
    [TestCase("log: [games]", "games", Verdict.LogOnly)]
    [TestCase("allow: [games]", "gambling", Verdict.Block, TestName = "Compile_AnotherCategoryNamed_KeepsTheDefault")]
    public void Compile_CategoryNamed_TakesTheDocumentsWord(string key, string category, Verdict expected)
    {
        var policy = Given.Policy($"{{ school: S, tiers: {{ pupil: {{ {key} }} }} }}");
        Assert.That(policy.Decide(Given.Question(policy, "pupil", Given.Categories(category))).Verdict, Is.EqualTo(expected));
    }

    [TestCase("pupil", "", Verdict.Block, TlsMode.Intercept)]
    [TestCase("staff", "", Verdict.Allow, TlsMode.Intercept)]
    [TestCase("guest", "", Verdict.Warn, TlsMode.Tunnel)]
    [TestCase("pupil", "uncategorised: allow, tls: tunnel", Verdict.Allow, TlsMode.Tunnel)]
    [TestCase("pupil", "uncategorised: log", Verdict.LogOnly, TlsMode.Intercept)]
    public void Compile_UncategorisedAndTls_AreTheDocumentsElseTheDefault(string tier, string keys, Verdict uncategorised, TlsMode tls)
    {
        var compiled = Given.Policy($"{{ school: S, tiers: {{ {tier}: {{ {keys} }} }} }}").FindTier(tier)!;
        Assert.That((compiled.Uncategorised, compiled.Tls), Is.EqualTo((uncategorised, tls)));
    }

    [Test]
    public void Compile_CategoryThatTheListsLack_IsPassedOver()
    {
        var document = PolicyDocument.Parse("{ school: S, tiers: { staff: { block: [news, forums] } } }", Given.Taxonomy, out _)!;
        var smaller = new ListSet { Taxonomy = new Taxonomy([Given.Taxonomy.Categories[0]]), Version = "small" };
        Assert.That(PolicySnapshot.Compile(document, smaller, OverrideTable.Empty).FindTier("staff")!.Blocked.IsEmpty);
    }

    [Test]
    public void Compile_OwnCategoryOfTheLists_IsBlockedInEveryTierUntilThePolicyNamesIt()
    {
        var lists = new ListSet { Taxonomy = Given.Taxonomy.WithOwnCategory("village-gossip", out var own), Version = "own" };
        var policy = Given.Policy("{ school: S, tiers: { pupil: {}, staff: {}, guest: { allow: [village-gossip] } } }", lists);
        Assert.That(policy.Tiers.Select(t => (t.Name, t.Blocked.Contains(own.Index))), Is.EquivalentTo(new[] { ("pupil", true), ("staff", true), ("guest", false) }));
    }

    [Test]
    public void With_Overrides_SharesTheRest()
    {
        var overridden = SamplePolicy.With(new OverrideTable([new Override(3, "pupil", "site.example", Given.Noon, Given.Noon.AddHours(1))]));
        Assert.Multiple(() =>
        {
            Assert.That(overridden.Decide(Given.Question(overridden, "pupil", Given.Categories("games"))), Is.EqualTo(new Decision(Verdict.Allow, Reason.Override) { OverrideId = 3 }));
            Assert.That(SamplePolicy.Decide(Given.Question(SamplePolicy, "pupil", Given.Categories("games"))).Reason, Is.EqualTo(Reason.CategoryBlock), "the first is as it was");
            Assert.That(overridden.Tiers, Is.EqualTo(SamplePolicy.Tiers));
            Assert.That(overridden.Version, Is.EqualTo(SamplePolicy.Version));
        });
    }

    [Test]
    public void With_TlsMode_ReplacesEveryTiersAndNothingElse()
    {
        var tunnels = SamplePolicy.With(TlsMode.Tunnel);
        Assert.Multiple(() =>
        {
            Assert.That(tunnels.Tiers.Select(t => t.Tls), Is.All.EqualTo(TlsMode.Tunnel));
            Assert.That(tunnels.Tiers.Select(t => (t.Name, t.Blocked, t.Warned, t.Logged, t.Uncategorised, t.Strictness)),
                Is.EqualTo(SamplePolicy.Tiers.Select(t => (t.Name, t.Blocked, t.Warned, t.Logged, t.Uncategorised, t.Strictness))));
            Assert.That(tunnels.Identify(IPAddress.Parse("10.20.1.1"))!.Tier.Tls, Is.EqualTo(TlsMode.Tunnel));
        });
    }

    [TestCase("10.20.9.200", true)]
    [TestCase("10.20.1.10", true)]
    [TestCase("::ffff:10.20.1.10", true)]
    [TestCase("fd00:20::10", true)]
    [TestCase("10.20.1.11", false)]
    [TestCase("10.20.10.1", false)]
    [TestCase("127.0.0.1", false)]
    [TestCase("fd00:20::11", false)]
    public void AllowsPrivateDestination(string address, bool expected) => Assert.That(SamplePolicy.AllowsPrivateDestination(IPAddress.Parse(address)), Is.EqualTo(expected));

    [Test]
    public void Version_OfADocument_IsTheBeginningOfItsHash() =>
        // printf 'school: A' | sha256sum
        Assert.That(PolicyDocument.VersionOf("school: A"), Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("school: A"u8))[..12]));
}
