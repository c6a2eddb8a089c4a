using FilterGate.Policy.WaysRound;

namespace FilterGate.Policy.Tests;

/// <summary>Names that stand for others where a site's own is encrypted (ECH).</summary>
public sealed class EchNamesTests
{
    [TestCase("cloudflare-ech.com", true)]
    [TestCase("a.cloudflare-ech.com", true)]
    [TestCase("cover.defo.ie", true)]
    [TestCase("public.tls-ech.dev", true)]
    [TestCase("defo.ie", false, Description = "What is above is a site of its own.")]
    [TestCase("tls-ech.dev", false)]
    [TestCase("xcloudflare-ech.com", false)]
    [TestCase("cloudflare-ech.com.example", false)]
    [TestCase("cloudflare.com", false)]
    [TestCase("com", false)]
    [TestCase("", false)]
    [TestCase("1.2.3.4", false)]
    [TestCase("[2001:db8::1]", false)]
    public void Has(string host, bool expected) => Assert.That(EchNames.Has(host), Is.EqualTo(expected));

    /// <summary>Every connection of Chromium asks.</summary>
    [Test]
    public void Has_AllocatesNothing() => Assert.That(Testing.Allocations.Of(static () =>
    {
        for (var i = 0; i < 100; i++) EchNames.Has("a.very.long.name.of.a.site.example");
    }), Is.Zero);

    [Test]
    public void Shipped_AreCanonicalHosts() =>
        Assert.That(EchNames.All, Is.Not.Empty.And.All.Matches<string>(name => Matching.CanonicalUrl.TryCanonicalizeHost(name, out var canonical) && canonical == name));
}
