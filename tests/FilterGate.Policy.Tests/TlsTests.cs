using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

/// <summary>Which connections are read: a locked URL entry before everything, then help and what cannot be read, then the tier's word.</summary>
public sealed class TlsTests
{
    [TestCase("site.example", "pupil", TlsMode.Intercept, TestName = "TlsFor_AnyHost_IsTheTiers")]
    [TestCase("site.example", "guest", TlsMode.Tunnel, TestName = "TlsFor_AnyHostOfATunnellingTier_IsATunnel")]
    [TestCase("help.example", "pupil", TlsMode.Tunnel, TestName = "TlsFor_HelpSite_IsNeverRead")]
    [TestCase("www.help.example", "pupil", TlsMode.Tunnel, TestName = "TlsFor_SubDomainOfAHelpSite_IsNeverRead")]
    [TestCase("push.example", "pupil", TlsMode.Tunnel, TestName = "TlsFor_ShippedNeverIntercept_IsATunnel")]
    [TestCase("bank.example", "pupil", TlsMode.Tunnel, TestName = "TlsFor_ThePolicysNeverIntercept_IsATunnel")]
    [TestCase("my.bank.example", "pupil", TlsMode.Tunnel, TestName = "TlsFor_SubDomainOfThePolicys_IsATunnel")]
    [TestCase("notbank.example", "pupil", TlsMode.Intercept, TestName = "TlsFor_NeighbourOfThePolicys_IsTheTiers")]
    [TestCase("locked-url.test", "guest", TlsMode.Intercept, TestName = "TlsFor_HostWithALockedUrl_IsReadInEveryTier")]
    [TestCase("locked-help.test", "guest", TlsMode.Intercept, TestName = "TlsFor_HelpSiteWithALockedUrl_IsRead")]
    [TestCase("locked-push.test", "guest", TlsMode.Intercept, TestName = "TlsFor_NeverInterceptWithALockedUrl_IsRead")]
    [TestCase("locked-bank.test", "guest", TlsMode.Intercept, TestName = "TlsFor_ThePolicysNeverInterceptWithALockedUrl_IsRead")]
    [TestCase("locked-host.test", "guest", TlsMode.Tunnel, TestName = "TlsFor_HostLockedWhole_NeedsNoReading")]
    public void TlsFor(string host, string tier, TlsMode expected)
    {
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/test", Given.Taxonomy.Find("csam-iwf")!, isDemonstration: true);
        foreach (var entry in (string[])["locked-url.test/page", "locked-help.test/page", "locked-push.test/page", "locked-bank.test/page", "locked-host.test"])
            Assert.That(locked.TryAdd(entry), entry);
        var lists = new ListSet
        {
            Taxonomy = Given.Taxonomy, Version = "tls", Locked = locked.Build(),
            ProtectedHelp = Given.Matcher("protected-help/domains", "help-and-support", "help.example", "locked-help.test"),
            NeverIntercept = Given.Matcher("never-intercept/domains", "telemetry", "push.example", "locked-push.test"),
        };
        var policy = Given.Policy("{ school: S, tiers: { pupil: { tls: intercept }, guest: { tls: tunnel } }, never_intercept: [bank.example, locked-bank.test] }", lists);

        Assert.That(policy.TlsFor(Given.ClientOf(policy, tier), host), Is.EqualTo(expected));
    }

    [Test]
    public void TlsFor_OverriddenTlsMode_StillReadsAHostWithALockedUrl()
    {
        var locked = new LockedMatcher.Builder(new byte[32]);
        locked.BeginFeed("locked/test", Given.Taxonomy.Find("csam-iwf")!, isDemonstration: true);
        Assert.That(locked.TryAdd("locked-url.test/page"));
        var policy = Given.Policy("{ school: S, tiers: { pupil: {} } }", new ListSet { Taxonomy = Given.Taxonomy, Version = "tls", Locked = locked.Build() }).With(TlsMode.Tunnel);

        Assert.That(policy.TlsFor(Given.ClientOf(policy, "pupil"), "locked-url.test"), Is.EqualTo(TlsMode.Intercept));
    }
}
