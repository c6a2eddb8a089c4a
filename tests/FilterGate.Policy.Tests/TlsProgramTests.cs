using FilterGate.Policy.Documents;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy.Tests;

/// <summary>Programs that are told by their ClientHello: the shipped ones and the school's own.</summary>
public sealed class TlsProgramTests
{
    private const string Tor = "t13d181100_796efca44d18_d41ae481755e", OpenConnect = "t13d351200_bfa337485184_5671b5df5029";

    [TestCase("www.sd7xey.com", true)]
    [TestCase("www.abcdefghijklmnopqrstuvwxy.com", true, Description = "25 letters.")]
    [TestCase("www.abcdefghijklmnopqrstuvwxyz.com", false, Description = "26.")]
    [TestCase("www.abc.com", false, Description = "3.")]
    [TestCase("www.school1.com", false, Description = "No 1 in base 32.")]
    [TestCase("www.sd7xey.net", false)]
    [TestCase("sd7xey.com", false)]
    [TestCase("www.sd.xey.com", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void Find_Tor_NeedsANameAsItMakesOneUp(string? name, bool isTor)
    {
        Assert.That(TlsPrograms.Shipped.Find(Tor, name)?.Category, Is.EqualTo(isTor ? "tor" : null));
        Assert.That(TlsPrograms.Shipped.Find(OpenConnect, name)?.Category, Is.EqualTo("vpn"), "whatever its name");
        Assert.That(TlsPrograms.Shipped.Find("t13d1516h2_8daaf6152771_d8a2da3f94cd", name), Is.Null);
        Assert.That(TlsPrograms.Shipped.Find(null, name), Is.Null);
    }

    [Test]
    public void Policy_AddsPrograms_AndTakesShippedOnesOff()
    {
        var policy = Given.Policy($$"""
            school: S
            networks: [10.0.0.0/8]
            tiers: { pupil: {} }
            tls_programs:
              - { ja4: t13d1516h2_000000000001_000000000002, name: Some VPN, category: vpn }
              - { ja4: {{OpenConnect}}, name: The office's OpenConnect, category: none }
            """);
        Assert.That(policy.TlsPrograms.Find("t13d1516h2_000000000001_000000000002", "a.example")!.Text, Is.EqualTo("Some VPN: its ClientHello, JA4 t13d1516h2_000000000001_000000000002"));
        Assert.That(policy.TlsPrograms.Find(OpenConnect, "a.example"), Is.Null);
        Assert.That(policy.TlsPrograms.Find(Tor, "www.sd7xey.com"), Is.Not.Null, "what is not named stays");
        Assert.That(policy.With(OverrideTable.Empty).TlsPrograms, Is.SameAs(policy.TlsPrograms));
    }

    [TestCase("[ { ja4: x, name: N, category: vpn } ]", "'x' is no JA4 of a TLS client; write one such as t13d181100_796efca44d18_d41ae481755e")]
    [TestCase("[ { ja4: " + Tor + ", name: N, category: vnp } ]", "'vnp' is no way round the filter; did you mean 'vpn'? (known: encrypted-dns, tor, vpn, web-proxies, none)")]
    [TestCase("[ { ja4: " + Tor + ", name: N, category: vpn }, { ja4: " + Tor + ", name: M, category: tor } ]", "'" + Tor + "' is written twice under tls_programs; keep one")]
    [TestCase("[ { ja4: " + Tor + " } ]", "name and category of a program of tls_programs is missing; write { ja4: …, name: …, category: … }")]
    [TestCase("[ " + Tor + " ]", "a program is written as { ja4: t13d181100_796efca44d18_d41ae481755e, name: Tor, category: tor }, not a text")]
    public void Policy_Mistakes_AreSaid(string programs, string message)
    {
        Assert.That(PolicyDocument.Parse($"school: S\nnetworks: [10.0.0.0/8]\ntiers: {{ pupil: {{}} }}\ntls_programs: {programs}", Given.Taxonomy, out var problems), Is.Null);
        Assert.That(problems.Select(p => p.Message), Does.Contain(message));
    }
}
