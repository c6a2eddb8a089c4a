using FilterGate.Devices;
using FilterGate.Policy.People;

namespace FilterGate.Tests.Devices;

/// <summary>What the kernel, dnsmasq and Kea write of neighbours and leases, with the lines that must not count.</summary>
public sealed class NeighbourTextsTests
{
    // 2026-11-23 12:00 UTC.
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeSeconds(1_795_435_200);

    private static string[] Say(IEnumerable<Neighbour> neighbours) => [.. neighbours.Select(n => $"{n.Address} {MacAddress.Spell(n.Mac)} {n.HostName ?? "-"}")];

    [TestCase("10.20.1.7 dev lan0 lladdr a4:83:e7:00:00:01 REACHABLE", "10.20.1.7 a4:83:e7:00:00:01 -", TestName = "IpNeigh_Reachable")]
    [TestCase("fd00::7 dev lan0.50 lladdr a4:83:e7:00:00:01 router STALE", "fd00::7 a4:83:e7:00:00:01 -", TestName = "IpNeigh_Version6AndStale")]
    [TestCase("10.20.1.8 dev lan0 FAILED", null, TestName = "IpNeigh_Failed_IsNone")]
    [TestCase("10.20.1.8 dev lan0 lladdr a4:83:e7:00:00:01 FAILED", null, TestName = "IpNeigh_FailedWithAnOldAddress_IsNone")]
    [TestCase("10.20.1.8 dev lan0 INCOMPLETE", null, TestName = "IpNeigh_Incomplete_IsNone")]
    [TestCase("10.20.1.8 dev tun0 lladdr 00:00:00:00:00:00 NOARP", null, TestName = "IpNeigh_AllZeros_IsNone")]
    [TestCase("lladdr", null, TestName = "IpNeigh_CutOff_IsNone")]
    [TestCase("no address lladdr a4:83:e7:00:00:01", null, TestName = "IpNeigh_NoAddress_IsNone")]
    public void IpNeigh(string line, string? expected) => Assert.That(Say(NeighbourTexts.ReadIpNeigh(new StringReader(line))), Is.EqualTo(expected is null ? Array.Empty<string>() : [expected]));

    [TestCase("1795438800 a4:83:e7:00:00:01 10.20.1.7 iPad-14 01:a4:83:e7:00:00:01", "10.20.1.7 a4:83:e7:00:00:01 iPad-14", TestName = "Dnsmasq_Lease")]
    [TestCase("0 a4:83:e7:00:00:01 10.20.1.7 * *", "10.20.1.7 a4:83:e7:00:00:01 -", TestName = "Dnsmasq_WithoutEndAndName")]
    [TestCase("1795438800 06-a4:83:e7:00:00:01 10.20.1.7 x *", "10.20.1.7 a4:83:e7:00:00:01 x", TestName = "Dnsmasq_OtherKindOfNetwork")]
    [TestCase("1795435200 a4:83:e7:00:00:01 10.20.1.7 x *", null, TestName = "Dnsmasq_Ended_IsNone")]
    [TestCase("duid 00:01:00:01:2c", null, TestName = "Dnsmasq_ServersOwnLine_IsNone")]
    [TestCase("1795438800 a4:83:e7:00:00:01 10.20.1.7 <b>x</b> *", "10.20.1.7 a4:83:e7:00:00:01 -", TestName = "Dnsmasq_NameThatIsNoName_IsLeftOut")]
    public void Dnsmasq(string line, string? expected) => Assert.That(Say(NeighbourTexts.ReadDnsmasq(new StringReader(line), Noon)), Is.EqualTo(expected is null ? Array.Empty<string>() : [expected]));

    private const string Kea4 = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n";

    [TestCase("10.20.1.7,a4:83:e7:00:00:01,,3600,1795438800,1,0,0,ipad-14,0,,0\n", "10.20.1.7 a4:83:e7:00:00:01 ipad-14", TestName = "Kea_Lease")]
    [TestCase("10.20.1.7,a4:83:e7:00:00:01,,3600,1795438800,1,0,0,,0,,0\n10.20.1.7,a4:83:e7:00:00:02,,3600,1795438800,1,0,0,,0,,0\n", "10.20.1.7 a4:83:e7:00:00:02 -", TestName = "Kea_TheLastLineHolds")]
    [TestCase("10.20.1.7,a4:83:e7:00:00:01,,3600,1795438800,1,0,0,,0,,0\n10.20.1.7,a4:83:e7:00:00:01,,0,1795438800,1,0,0,,2,,0\n", null, TestName = "Kea_Released_TakesItAway")]
    [TestCase("10.20.1.7,a4:83:e7:00:00:01,,3600,1795435200,1,0,0,,0,,0\n", null, TestName = "Kea_Ended_IsNone")]
    [TestCase("10.20.1.7,,,3600,1795438800,1,0,0,,1,,0\n", null, TestName = "Kea_Declined_IsNone")]
    [TestCase("10.20.1.7\n", null, TestName = "Kea_CutOff_IsNone")]
    public void Kea(string lines, string? expected) => Assert.That(Say(NeighbourTexts.ReadKea([new StringReader(Kea4 + lines)], Noon)), Is.EqualTo(expected is null ? Array.Empty<string>() : [expected]));

    [Test]
    public void Kea_OfVersion6_HasTheHardwareAddressInItsOwnColumn() => Assert.That(
        Say(NeighbourTexts.ReadKea([new StringReader("address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\nfd00::7,00:01,3600,1795438800,1,1800,0,1,128,0,0,ipad-14,a4:83:e7:00:00:01,0,,1,2,0\n")], Noon)),
        Is.EqualTo(new[] { "fd00::7 a4:83:e7:00:00:01 ipad-14" }));

    [Test]
    public void Kea_FileThatIsNone_IsPassedOver() => Assert.That(NeighbourTexts.ReadKea([new StringReader("#!/bin/sh\n10.20.1.7,a4:83:e7:00:00:01\n")], Noon), Is.Empty);

    [Test]
    public void Kea_SeveralFiles_AreOneLog()
    {
        const string Old = "10.20.1.7,a4:83:e7:00:00:01,,3600,1795438800,1,0,0,,0,,0\n10.20.1.8,a4:83:e7:00:00:02,,3600,1795438800,1,0,0,,0,,0\n10.20.1.9,a4:83:e7:00:00:03,,3600,1795438800,1,0,0,,0,,0\n";
        const string New = "10.20.1.8,a4:83:e7:00:00:02,,0,1795438800,1,0,0,,2,,0\n10.20.1.9,a4:83:e7:00:00:04,,3600,1795438800,1,0,0,,0,,0\n";
        Assert.That(Say(NeighbourTexts.ReadKea([new StringReader(Kea4 + Old), new StringReader("not a lease file\n"), new StringReader(Kea4 + New)], Noon)), Is.EqualTo(new[] { "10.20.1.7 a4:83:e7:00:00:01 -", "10.20.1.9 a4:83:e7:00:00:04 -" }));
    }

    [Test]
    public void EndlessText_IsBounded()
    {
        var line = new string('a', NeighbourTexts.LineCharsMax + 1) + "\n10.20.1.7 dev lan0 lladdr a4:83:e7:00:00:01 REACHABLE\n";
        Assert.That(NeighbourTexts.ReadIpNeigh(new StringReader(line)).ToList(), Has.Count.EqualTo(1));
    }
}
