using FilterGate.Lists.Formats;

namespace FilterGate.Lists.Tests.Formats;

public sealed class DnsmasqLinesTests
{
    [TestCase("address=/example.com/", "example.com")]
    [TestCase("address=/example.com/0.0.0.0", "example.com")]
    [TestCase("address=/example.com/::", "example.com")]
    [TestCase("address=/example.com/127.0.0.1", "example.com")]
    [TestCase("address=/example.com/#", "example.com")]
    [TestCase("server=/example.com/", "example.com")]
    [TestCase("local=/Example.com/", "example.com")]
    [TestCase("address = /a.example/b.example/0.0.0.0 # two", "a.example b.example")]
    [TestCase("address=/.example.com/", "example.com")]
    [TestCase("address=/*.example.com/", "*.example.com")]
    [TestCase("server=/good.example.com/#", "@good.example.com")]
    public void Read_Line_IsTheseEntries(string line, string words)
    {
        var sink = CollectingSink.Parse(ListFormat.Dnsmasq, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Words, Is.EqualTo(words.Split(' ')));
            Assert.That(sink.Rejected, Is.Empty);
        }
    }

    [TestCase("address=/example.com/192.0.2.1")]
    [TestCase("server=/example.com/9.9.9.9")]
    [TestCase("server=9.9.9.9")]
    [TestCase("bogus-priv")]
    [TestCase("ipset=/example.com/vpn")]
    [TestCase("no-resolv")]
    public void Read_WhatBlocksNothing_IsLeftOut(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Dnsmasq, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Is.Empty);
            Assert.That(sink.LeftOut, Has.Count.EqualTo(1));
        }
    }

    [TestCase("address=/#/0.0.0.0")]
    [TestCase("address=//0.0.0.0")]
    [TestCase("address=example.com")]
    [TestCase("address")]
    [TestCase("address=/")]
    [TestCase("address=/exam ple.com/")]
    [TestCase("0.0.0.0 example.com")]
    [TestCase("||example.com^")]
    public void Read_Malformed_IsRejected(string line)
    {
        var sink = CollectingSink.Parse(ListFormat.Dnsmasq, line);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sink.Entries, Is.Empty);
            Assert.That(sink.Rejected, Has.Count.EqualTo(1));
        }
    }
}
