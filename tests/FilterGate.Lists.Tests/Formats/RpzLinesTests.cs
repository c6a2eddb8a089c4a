using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class RpzLinesTests
{
    private const string Head = "$TTL 300\n@ IN SOA localhost. root.localhost. (\n  2026112301 ; serial\n  6h 1h 1w\n  2h )\n  IN NS localhost.\n";

    [TestCase("example.com CNAME .", "=example.com")]
    [TestCase("Example.com 300 IN CNAME . ; why", "=example.com")]
    [TestCase("*.example.com CNAME .", "*.example.com")]
    [TestCase("example.com IN 300 CNAME *.", "=example.com")]
    [TestCase("example.com CNAME rpz-drop.", "=example.com")]
    [TestCase("example.com CNAME rpz-passthru.", "@=example.com")]
    [TestCase("*.example.com\tIN\tCNAME\trpz-passthru.", "@*.example.com")]
    [TestCase("example.com CNAME example.com.", "@=example.com")]
    [TestCase("32.7.2.0.192.rpz-ip CNAME .", "net:192.0.2.7/32")]
    [TestCase("24.0.2.0.192.rpz-ip CNAME .", "net:192.0.2.0/24")]
    [TestCase("128.1.zz.db8.2001.rpz-ip CNAME .", "net:2001:db8::1/128")]
    [TestCase("32.zz.db8.2001.rpz-ip CNAME rpz-passthru.", "@net:2001:db8::/32")]
    [TestCase("$ORIGIN rpz.example.\nbad.test CNAME .", "=bad.test")]
    [TestCase("$ORIGIN rpz.example.\nbad.test.rpz.example. CNAME .", "=bad.test")]
    public void Read_Record_IsThisEntry(string records, string word)
    {
        var sink = CollectingSink.Parse(ListFormat.Rpz, Head + records);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(new[] { word }));
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("example.com A 192.0.2.1")]
    [TestCase("example.com CNAME walled.example.net.")]
    [TestCase("example.com CNAME rpz-tcp-only.")]
    [TestCase("24.0.2.0.192.rpz-client-ip CNAME .")]
    [TestCase("ns.example.com.rpz-nsdname CNAME .")]
    [TestCase("24.0.2.0.192.rpz-nsip CNAME .")]
    public void Read_OtherPolicies_AreLeftOut(string record)
    {
        var sink = CollectingSink.Parse(ListFormat.Rpz, Head + record);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Is.Empty);
            // SOA and NS besides.
            Assert.That(sink.LeftOut, Has.Count.EqualTo(3));
        }
    }

    [TestCase("* CNAME .")]
    [TestCase("24.7.2.0.192.rpz-ip CNAME .")]
    [TestCase("99.0.2.0.192.rpz-ip CNAME .")]
    [TestCase("rpz-ip.example CNAME")]
    [TestCase("example.com")]
    [TestCase("bad.example. CNAME .")]
    [TestCase("$INCLUDE /etc/passwd")]
    [TestCase("||example.com^ CNAME .")]
    public void Read_Malformed_IsRejected(string record)
    {
        var sink = CollectingSink.Parse(ListFormat.Rpz, Head + record);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void Read_NoName_IsOfTheNameBefore() =>
        Assert.That(CollectingSink.Parse(ListFormat.Rpz, "bad.example TXT \"why\"\n  CNAME .").Words, Is.EqualTo(new[] { "=bad.example" }));

    [Test]
    public void Read_OriginOfTheSoa_IsTakenOff() =>
        Assert.That(CollectingSink.Parse(ListFormat.Rpz, "rpz.example. 1h IN SOA a. b. 1 1 1 1 1\nbad.test.rpz.example. CNAME .").Words, Is.EqualTo(new[] { "=bad.test" }));

    [Test]
    public void Read_BracketNeverClosed_SwallowsOnlySoMuch() =>
        Assert.That(CollectingSink.Parse(ListFormat.Rpz, "@ SOA a. b. (\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"x{i}.example CNAME .\n"))).Entries, Has.Count.GreaterThan(150));
}
