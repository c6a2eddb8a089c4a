using FilterGate.Matching;

namespace FilterGate.Policy.Tests;

/// <summary>Which addresses are probes: each by its whole address, and nothing beside it.</summary>
public sealed class DeviceProbesTests
{
    [TestCase("http://captive.apple.com/hotspot-detect.html", true)]
    [TestCase("http://captive.apple.com/", false)]
    [TestCase("http://captive.apple.com/hotspot-detect.html/more", false)]
    [TestCase("http://captive.apple.com/Hotspot-Detect.html", false)]
    [TestCase("http://x.captive.apple.com/hotspot-detect.html", false)]
    [TestCase("http://detectportal.firefox.com/success.txt?ipv4", true)]
    [TestCase("http://detectportal.firefox.com/canonical.html", true)]
    [TestCase("http://www.gstatic.com/generate_204", true)]
    [TestCase("http://www.gstatic.com/generate_204x", false)]
    [TestCase("http://www.google.com/generate_204", false)]
    [TestCase("http://www.apple.com/", false)]
    [TestCase("http://www.msftconnecttest.com/redirect", false)]
    [TestCase("http://games.example/generate_204", false)]
    public void Has(string address, bool expected) => Assert.That(DeviceProbes.Has(Url(address), Seen.Url), Is.EqualTo(expected));

    [Test]
    public void Has_WhereTheHostAloneIsSeen_Never()
    {
        foreach (var address in DeviceProbes.Addresses) Assert.That((DeviceProbes.Has(Url(address), Seen.Url), DeviceProbes.Has(Url(address), Seen.Host)), Is.EqualTo((true, false)), address);
    }

    private static CanonicalUrl Url(string address)
    {
        Assert.That(CanonicalUrl.TryParse(address, out var url, out _), Is.True);
        return url!;
    }
}
