using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class HostsLinesTests
{
    [TestCase("0.0.0.0 example.com", "example.com")]
    [TestCase("127.0.0.1\texample.com", "example.com")]
    [TestCase(":: example.com", "example.com")]
    [TestCase("::1 example.com", "example.com")]
    [TestCase("0 example.com", "example.com")]
    [TestCase("127.0.0.53 Example.COM.", "example.com")]
    [TestCase("0.0.0.0 a.example b.example\tc.example # d.example", "a.example b.example c.example")]
    [TestCase("0.0.0.0 münchen.example", "xn--mnchen-3ya.example")]
    [TestCase("0.0.0.0 192.0.2.7", "192.0.2.7")]
    public void Read_Line_IsTheseEntries(string line, string words)
    {
        var sink = CollectingSink.Parse(ListFormat.Hosts, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(words.Split(' ')));
            Assert.That(sink.Rejected, Is.Empty);
            Assert.That(sink.LeftOut, Is.Empty);
        }
    }

    [TestCase("127.0.0.1 localhost")]
    [TestCase("127.0.0.1 localhost.localdomain")]
    [TestCase("::1 ip6-localhost")]
    [TestCase("fe80::1%lo0 localhost")]
    [TestCase("255.255.255.255 broadcasthost")]
    [TestCase("0.0.0.0 0.0.0.0")]
    [TestCase("192.0.2.1 intranet.example")]
    public void Read_OwnNameOrAnotherAddress_IsLeftOut(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Hosts, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Is.Empty);
            Assert.That(sink.LeftOut, Has.Count.EqualTo(1));
        }
    }

    [TestCase("example.com")]
    [TestCase("0.0.0.0")]
    [TestCase("0.0.0.0 # nothing")]
    [TestCase("999.0.0.0 example.com")]
    [TestCase("0.0.0.0 example.com/path")]
    [TestCase("0.0.0.0 =example.com")]
    [TestCase("0.0.0.0 exa*mple.com")]
    public void Read_Malformed_IsRejected(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Hosts, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
        }
    }
}
