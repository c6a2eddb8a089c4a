using System.Net;
using FilterGate.Proxy.Connections;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Connections;

/// <summary>Where clients may not go through the gateway, which reaches more than they do: it stands in every network of the school.</summary>
internal sealed class DestinationGuardTests
{
    private const string School = """
        school: Test Primary
        networks: [10.20.0.0/16, "2a00:23c8:7100::/48", 81.2.69.0/24]
        private_destinations: [81.2.69.20/32, "2a00:23c8:7100:50::20/128"]
        unknown_clients: pupil
        tiers: { pupil: {} }
        """;

    [TestCase("2a00:23c8:7100:8::15", true, "the staff's network, whose addresses are public ones")]
    [TestCase("2a00:23c8:7100:50::20", false, "a server that the policy names")]
    [TestCase("2a00:23c8:7200::15", false, "another school's is the internet's")]
    [TestCase("81.2.69.160", true, "IPv4 too")]
    [TestCase("::ffff:81.2.69.160", true, "in the dress of IPv6")]
    [TestCase("64:ff9b::5102:45a0", true, "in the dress of NAT64")]
    [TestCase("2002:5102:45a0::1", true, "in the dress of 6to4")]
    [TestCase("81.2.69.20", false, "a server that the policy names")]
    [TestCase("81.2.70.1", false, "the network beside it")]
    [TestCase("10.20.0.1", true, "a private one")]
    [TestCase("64:ff9b:1::a14:1", true, "local NAT64 (RFC 8215): 10.20.0.1 behind the school's own translator")]
    [TestCase("64:ff9b:1:fffe::5102:4614", true, "and whatever else is in that prefix")]
    [TestCase("64:ff9b:2::1", false, "beside it")]
    [TestCase("2001:0:4136:e378:8000:63bf:3fff:fdd2", true, "Teredo (RFC 4380)")]
    [TestCase("::10.20.0.1", true, "IPv4-compatible (RFC 4291, 2.5.5.1)")]
    [TestCase("::1", true, "itself")]
    [TestCase("::ffff:0:a14:1", true, "IPv4-translated (RFC 7915)")]
    [TestCase("3fff::1", true, "for documents (RFC 9637)")]
    [TestCase("100:0:0:1::1", true, "a dummy prefix (RFC 9780)")]
    [TestCase("5f00::1", true, "segment routing (RFC 9602)")]
    [TestCase("2001:4860:4860::8888", false, "beside Teredo")]
    [TestCase("2606:4700::6810:84e5", false, "of the internet")]
    [TestCase("2001:200::1", false, "of the internet")]
    public void Refuses(string address, bool expected, string why)
    {
        using var guard = new DestinationGuard(new GatewayOptions { EndPoints = [] });
        Assert.That(guard.Refuses(IPAddress.Parse(address), 443, TestGateway.Compile(School)), Is.EqualTo(expected), why);
    }
}
