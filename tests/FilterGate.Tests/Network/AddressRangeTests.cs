using System.Net;
using FilterGate.Network;

namespace FilterGate.Tests.Network;

public sealed class AddressRangeTests
{
    [TestCase("10.20.0.0/16", "10.20.8.0/24", "10.20.8.0/24", TestName = "Where_ARangeWithin_IsFoundAlone")]
    [TestCase("10.20.0.0/16", "10.20.8.0/24 10.20.9.0/24", "10.20.8.0/23", TestName = "Where_Neighbours_AreJoined")]
    [TestCase("10.20.0.0/16", "10.20.8.0/24 10.20.9.0/25", "10.20.8.0-10.20.9.127", TestName = "Where_NoNetwork_IsFirstAndLast")]
    [TestCase("10.20.0.0/16", "10.20.1.7/32", "10.20.1.7", TestName = "Where_OneAddress_IsThatAddress")]
    [TestCase("10.20.0.0/16", "10.0.0.0/8", "10.20.0.0/16", TestName = "Where_ARangeAround_EndsWithTheNetwork")]
    [TestCase("10.20.0.0/16", "10.30.0.0/16", "", TestName = "Where_ARangeElsewhere_IsNothing")]
    [TestCase("0.0.0.0/0", "255.255.255.255/32", "255.255.255.255", TestName = "Where_TheLastAddressOfAll_DoesNotOverflow")]
    [TestCase("10.20.0.0/16 fd00:20::/48", "fd00:20:0:8::/64", "fd00:20:0:8::/64", TestName = "Where_Ipv6_IsApartFromIpv4")]
    [TestCase("::/0", "::/0", "::/0", TestName = "Where_TheWholeOfIpv6_IsOne")]
    [TestCase("10.20.0.0/16 10.20.5.0/24", "10.20.0.0/16", "10.20.0.0/16", TestName = "Where_NetworksWithinEachOther_AreOne")]
    public void Where(string networks, string wanted, string expected)
    {
        IPNetwork[] all = [.. networks.Split(' ').Select(n => IPNetwork.Parse(n))], inner = [.. wanted.Split(' ').Select(n => IPNetwork.Parse(n))];
        var found = AddressRange.Where(all, all.Concat(inner), address => inner.Any(n => n.Contains(address)));
        Assert.That(string.Join(' ', found), Is.EqualTo(expected));
    }
}
