using System.Text;
using FilterGate.Lists.Formats;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Formats;

public sealed class EntryGuardTests
{
    private static readonly EntryGuard Guard = new(PublicSuffixes.BuiltIn, ["help.example.org.uk", "childline.test"]);

    [TestCase("com", "public suffix")]
    [TestCase("zip", "public suffix")]
    [TestCase("co.uk", "public suffix")]
    [TestCase("sch.uk", "public suffix")]
    [TestCase("anytown.sch.uk", "public suffix")]
    [TestCase("*.gov.uk", "public suffix")]
    [TestCase("com.au", "public suffix")]
    [TestCase("com/ads", "public suffix")]
    [TestCase("co.uk/", "public suffix")]
    [TestCase("help.example.org.uk", "finds help")]
    [TestCase("=help.example.org.uk", "finds help")]
    [TestCase("chat.help.example.org.uk", "finds help")]
    [TestCase("a.b.help.example.org.uk", "finds help")]
    [TestCase("*.help.example.org.uk", "finds help")]
    [TestCase("help.example.org.uk/get-support", "finds help")]
    [TestCase("example.org.uk", "finds help")]
    [TestCase("*.example.org.uk", "finds help")]
    [TestCase("childline.test", "finds help")]
    [TestCase("net:0.0.0.0/0", "large part")]
    [TestCase("net:128.0.0.0/1", "large part")]
    [TestCase("net:2000::/3", "large part")]
    [TestCase("u:.*", "everything")]
    [TestCase("u:", "everything")]
    [TestCase("u:[a-z]", "help")]
    [TestCase("u:a|", "everything")]
    [TestCase("u:^[^/]*/", "help")]
    [TestCase("u:/", "help")]
    [TestCase("u:\\.com/", "public suffix")]
    [TestCase("u:^[^/]+\\.uk/", "help")]
    [TestCase("u:^[^/]+\\.de/", "public suffix")]
    [TestCase("u:childline", "finds help")]
    [TestCase("h:\\.uk$", "finds help")]
    [TestCase("h:\\.(de|fr)$", "public suffix")]
    [TestCase("h:^[a-z0-9.-]+$", "help")]
    [TestCase("p:^/", "everything")]
    [TestCase("p:.", "everything")]
    [TestCase("q:=", "everything")]
    [TestCase("q:.", "everything")]
    public void WhyRefused_FarTooMuch_IsRefused(string word, string? why) => AssertRefused(word, why);

    [TestCase("example.com")]
    [TestCase("=co.uk")]
    [TestCase("blogspot.com")]
    [TestCase("duckdns.org")]
    [TestCase("github.io")]
    [TestCase("www.example.co.uk")]
    [TestCase("school.anytown.sch.uk")]
    [TestCase("=example.org.uk")]
    [TestCase("other.example.org.uk")]
    [TestCase("xhelp.example.org.uk")]
    [TestCase("help.example.org.uk.test")]
    [TestCase("mychildline.test")]
    [TestCase("192.0.2.7")]
    [TestCase("[2001:db8::1]")]
    [TestCase("@com")]
    [TestCase("@help.example.org.uk")]
    [TestCase("@u:.*")]
    [TestCase("net:10.0.0.0/8")]
    [TestCase("net:2001:db8::/32")]
    [TestCase("u:/banner/")]
    [TestCase("u:^(a+a+)+(a+a+)+(a+a+)+(a+a+)+b$")]
    [TestCase("u:^([a-z.-]+)+([a-z0-9./-]+)+([a-z0-9./-]+)+#$")]
    [TestCase("u:^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+/search\\?q=[0-9]+$")]
    [TestCase("u:(porn|xxx)[0-9]*\\.")]
    [TestCase("h:(^|\\.)ads[0-9]*\\.")]
    [TestCase("p:^/ads/")]
    [TestCase("q:(^|&)q=bad")]
    public void WhyRefused_OrdinaryEntry_IsNull(string word) => AssertRefused(word, why: null);

    [Test]
    public void Shipped_EveryHelpSite_IsProtected()
    {
        var guard = EntryGuard.Shipped();
        using var reader = new StreamReader(ShippedLists.Open("protected-help/domains"));
        var hosts = reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries).Where(l => l.Length > 0 && l[0] != '#').ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hosts, Is.Not.Empty);
            foreach (var host in hosts)
            {
                Assert.That(guard.WhyRefused(Encoding.ASCII.GetBytes(host)), Does.Contain("finds help"), host);
                Assert.That(guard.WhyRefused(Encoding.ASCII.GetBytes("www." + host)), Does.Contain("finds help"), host);
                Assert.That(guard.WhyRefused(Encoding.ASCII.GetBytes("x" + host)), Is.Null, host);
            }
        }
    }

    [Test]
    public void GuardedSink_RefusedEntries_AreRejectedWithTheirReason()
    {
        var inner = new CollectingSink();
        var sink = new GuardedSink(inner, Guard);
        sink.AddHost("co.uk"u8, 1);
        sink.AddHost("bad.example"u8, 2);
        sink.Add(new(EntryKind.Place, "com", 3) { Written = "||com^" });
        sink.Add(new(EntryKind.Place, "bad.example/x", 4));
        sink.Reject(5, "x", "y");
        sink.LeaveOut("z");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(inner.Words, Is.EqualTo(new[] { "bad.example", "bad.example/x" }));
            Assert.That(inner.Rejected.Select(r => (r.Line, r.Text)), Is.EqualTo(new[] { (1, "co.uk"), (3, "||com^"), (5, "x") }));
            Assert.That(sink.RefusedCount, Is.EqualTo(2));
            Assert.That(inner.LeftOut, Is.EqualTo(new[] { "z" }));
        }
    }

    private static void AssertRefused(string word, string? why)
    {
        var isException = word.StartsWith('@');
        if (isException) word = word[1..];
        var (kind, text) = word switch
        {
            _ when word.StartsWith("net:", StringComparison.Ordinal) => (EntryKind.Network, word[4..]),
            _ when word.StartsWith("u:", StringComparison.Ordinal) => (EntryKind.UrlPattern, word[2..]),
            _ when word.StartsWith("h:", StringComparison.Ordinal) => (EntryKind.HostPattern, word[2..]),
            _ when word.StartsWith("p:", StringComparison.Ordinal) => (EntryKind.PathPattern, word[2..]),
            _ when word.StartsWith("q:", StringComparison.Ordinal) => (EntryKind.QueryPattern, word[2..]),
            _ => (EntryKind.Place, word),
        };
        var found = Guard.WhyRefused(new ListEntry(kind, text, 1) { IsException = isException });
        Assert.That(found, why is null ? Is.Null : Does.Contain(why));
        // The quick way says the same.
        if (kind == EntryKind.Place && !isException && PlainHost.Is(Encoding.ASCII.GetBytes(text))) Assert.That(Guard.WhyRefused(Encoding.ASCII.GetBytes(text)), Is.EqualTo(found));
    }
}
