using System.Text;
using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class ListFormatsTests
{
    [TestCase("domains", "a.example\nb.example\n", ListFormat.Plain)]
    [TestCase("urls", "a.example/x\nb.example/y?z=1\n", ListFormat.Plain)]
    [TestCase("x.txt", "", ListFormat.Plain)]
    [TestCase("x.txt", "# remark\n192.0.2.0/24\n192.0.2.7   # remark\n", ListFormat.Plain)]
    [TestCase("expressions", "abc", ListFormat.SquidGuardExpressions)]
    [TestCase("x.txt", "(^|\\.)ads[0-9]*\\.\n^tracker\\.\n.*banner.*\n", ListFormat.SquidGuardExpressions)]
    [TestCase("/etc/e2guardian/lists/bannedsitelist", "a.example", ListFormat.E2GuardianSites)]
    [TestCase("exceptionurllist", "a.example/x", ListFormat.E2GuardianUrls)]
    [TestCase("bannedregexpurllist", "a.*b", ListFormat.E2GuardianPatterns)]
    [TestCase("x", "#listcategory: \"Ads\"\n.Include<y>\n", ListFormat.E2GuardianSites)]
    [TestCase("x.txt", "# hosts\n127.0.0.1 localhost\n0.0.0.0 a.example\n", ListFormat.Hosts)]
    [TestCase("x.conf", "address=/a.example/\nserver=/b.example/\n", ListFormat.Dnsmasq)]
    [TestCase("x.txt", "! Title: x\n||a.example^\n", ListFormat.AdBlock)]
    [TestCase("x.txt", "[Adblock Plus 2.0]\na.example\nb.example\n", ListFormat.AdBlock)]
    [TestCase("x.txt", "### HEAD ###\nStand: 1\n\n||a.example^\n||b.example^\n", ListFormat.AdBlock)]
    [TestCase("x.txt", "a.example##.ad\n", ListFormat.AdBlock)]
    [TestCase("db.rpz", "$TTL 60\n@ SOA localhost. root.localhost. 1 1 1 1 1\na.example CNAME .\n", ListFormat.Rpz)]
    [TestCase("x", "\uFEFFa.example\r\nb.example\r\n", ListFormat.Plain)]
    public void Detect_Head_IsThisFormat(string name, string head, ListFormat format) =>
        Assert.That(ListFormats.Detect(name, Encoding.UTF8.GetBytes(head)), Is.EqualTo(format));

    [Test]
    public void Detect_HostileHeads_NeverThrows()
    {
        foreach (var line in HostileLines.All) Assert.That(() => ListFormats.Detect("x", line), Throws.Nothing);
    }
}
