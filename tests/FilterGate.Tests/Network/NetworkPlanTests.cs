using FilterGate.Commands;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Tests.Architecture;

namespace FilterGate.Tests.Network;

public sealed class NetworkPlanTests
{
    private const string Settings = """
        transparent_listen: "[::]:8129"
        network: { lan: [lan0, lan0.50] }
        """;

    private static readonly ListSet Lists = ListLoader.Load(folder: null, new byte[32]);

    [TestCase("unknown_clients: staff", "", "10.20.0.0/16", TestName = "Make_StaffEverywhere_AllIsOpen")]
    [TestCase("unknown_clients: pupil", "clients: [{ range: 10.20.8.0/24, tier: staff }]", "10.20.8.0/24", TestName = "Make_ARangeOfStaff_IsOpen")]
    [TestCase("unknown_clients: pupil", "clients: [{ range: 10.20.8.0/24, tier: guest }]", "", TestName = "Make_ARangeOfGuests_IsClosed")]
    [TestCase("unknown_clients: staff", "clients: [{ range: 10.20.8.0/22, tier: pupil }, { address: 10.20.9.1, device: desk, tier: staff }]", "10.20.0.0/21 10.20.9.1 10.20.12.0-10.20.255.255", TestName = "Make_TheNarrowest_Wins")]
    [TestCase("unknown_clients: pupil", "groups: { office: { kind: office, tier: staff-office } }\nplaces: { office: { range: 10.20.7.0/24, group: office } }", "10.20.7.0/24", TestName = "Make_APlaceOfAGroupOfStaff_IsOpen")]
    public void Make_OpenNetworks(string unknown, string more, string expected)
    {
        var plan = PlanOf(Settings, $$"""
            school: Test Primary
            networks: [10.20.0.0/16]
            {{unknown}}
            tiers: { pupil: {}, staff: {}, staff-office: {}, guest: {} }
            {{more}}
            """);
        Assert.That(string.Join(' ', plan.Open), Is.EqualTo(expected));
    }

    /// <summary>A teacher's laptop among pupils is known by an address that any pupil can take: its web never passes the gateway.</summary>
    [TestCase("clients: [{ range: 10.20.8.0/24, tier: staff }, { address: 10.20.1.9, device: laptop, tier: staff }]", "10.20.8.0/24")]
    [TestCase("clients: [{ range: 10.20.8.0/24, tier: staff }, { address: 10.20.8.9, device: ipad-3, tier: pupil }, { address: 10.20.8.11, device: desk, tier: staff }]", "10.20.8.0-10.20.8.8 10.20.8.10-10.20.8.255")]
    [TestCase("places: { room: { ranges: [10.20.3.0/24, \"fd00:0:0:3::/64\"], tier: staff } }", "10.20.3.0/24 fd00:0:0:3::/64")]
    public void Make_StaffNetworks_AreWholeNetworks(string more, string expected)
    {
        var plan = PlanOf(Settings, $$"""
            school: Test Primary
            networks: [10.20.0.0/16, "fd00::/48"]
            unknown_clients: pupil
            tiers: { pupil: {}, staff: {}, guest: {} }
            {{more}}
            """);
        Assert.That(string.Join(' ', plan.StaffNetworks), Is.EqualTo(expected));
    }

    [TestCase("network: { lan: [lan0] }", "[10.20.0.0/16]", "transparent_listen: \"[::]:8129\"", TestName = "Make_NoTransparentPort_SaysWhatToWrite")]
    [TestCase("transparent_listen: 127.0.0.1:8129\nnetwork: { lan: [lan0] }", "[10.20.0.0/16]", "every address", TestName = "Make_TransparentPortOnLoopback_SaysWhatToWrite")]
    [TestCase("transparent_listen: 0.0.0.0:8129\nnetwork: { lan: [lan0] }", "[10.20.0.0/16, fd00::/48]", "IPv4 alone", TestName = "Make_Ipv6WithoutAnIpv6Port_SaysWhatToWrite")]
    [TestCase("transparent_listen: 0.0.0.0:8129", "[10.20.0.0/16]", "which interfaces", TestName = "Make_NoInterfaces_SaysWhatToWrite")]
    [TestCase("transparent_listen: 0.0.0.0:8129\nnetwork: { lan: [lan0] }", "[]", "names no networks", TestName = "Make_NoNetworks_SaysWhatToWrite")]
    public void Make_SomethingMissing(string settings, string networks, string says) =>
        Assert.That(() => PlanOf(settings, $"school: Test\nnetworks: {networks}\ntiers: {{ pupil: {{}} }}\nunknown_clients: pupil\n"), Throws.TypeOf<UserErrorException>().With.Message.Contains(says));

    [Test]
    public void Make_VlanWithoutItsInterface_IsNoted()
    {
        const string policy = """
            school: Test
            networks: [10.20.0.0/16]
            unknown_clients: pupil
            tiers: { pupil: {} }
            places: { suite: { range: 10.20.5.0/24, vlan: 50 }, lab: { range: 10.20.6.0/24, vlan: 60 }, hut: { range: 192.168.7.0/24 } }
            """;
        Assert.That(PlanOf(Settings, policy).Notes, Has.Length.EqualTo(2).And.Some.Contains("place lab is VLAN 60").And.Some.Contains("192.168.7.0/24 is outside"));
    }

    /// <summary>The review site on a web port: at an address of its own the devices' pages at the other addresses stay the gateway's; on all of them it takes them away, and that is said.</summary>
    [TestCase("review_listen: 10.20.0.2:443", "ip daddr 10.20.0.2 tcp dport 443 return", null, TestName = "Rules_ReviewSiteAtAnAddressOfItsOwn_LeavesTheOthersToTheGateway")]
    [TestCase("review_listen: \"[fd00::2]:443\"", "ip6 daddr fd00::2 tcp dport 443 return", null, TestName = "Rules_ReviewSiteAtAnIpv6AddressOfItsOwn_LeavesTheOthersToTheGateway")]
    [TestCase("review_listen: 0.0.0.0:443", "fib daddr type local tcp dport { 443 } return", "calls every device untrusted", TestName = "Rules_ReviewSiteOnEveryAddress_IsNoted")]
    [TestCase("review_listen: 10.20.0.1:443\nname_server: { gateway: 10.20.0.1 }", "ip daddr 10.20.0.1 tcp dport 443 return", "calls every device untrusted", TestName = "Rules_ReviewSiteWhereDevicesFindTheGateway_IsNoted")]
    [TestCase("review_listen: 10.20.0.1:8443", null, null, TestName = "Rules_ReviewSiteOnAnotherPort_NeedNothing")]
    [TestCase("review_listen: 127.0.0.1:443", null, null, TestName = "Rules_ReviewSiteOnLoopback_NeedNothing")]
    public void Rules_OfTheGatewaysOwnWebPorts(string settings, string? rule, string? note)
    {
        var plan = PlanOf($"{Settings}\n{settings}\n", "school: Test\nnetworks: [10.20.0.0/16]\nunknown_clients: pupil\ntiers: { pupil: {} }\n");
        var redirected = NftRules.Replacing(plan).Split("chain redirected")[1].Split("\n  }")[0];
        Assert.That(redirected.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.EndsWith(" return", StringComparison.Ordinal) && line.Contains("dport", StringComparison.Ordinal)), Is.EqualTo(rule is null ? Array.Empty<string>() : [rule]));
        Assert.That(plan.Notes.Where(n => n.Contains("untrusted", StringComparison.Ordinal)), note is null ? Is.Empty : Has.Exactly(1).Contains(note));
    }

    /// <summary>Three academies of one trust (S1.4): the rules let nothing pass from one to another, and nothing inside is reachable.</summary>
    [Test]
    public void Rules_OfTheTrust_LetNothingBetweenAcademies()
    {
        var rules = NftRules.Replacing(PlanOf(Settings, SeedPolicies.Read("s1-trust")));
        var forward = rules[rules.IndexOf("chain from_school", StringComparison.Ordinal)..];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rules, Does.Contain("elements = { 10.41.0.0/16, 10.42.0.0/16, 10.43.0.0/16 }").Or.Contain("elements = { 10.41.0.0-10.43.255.255 }"));
            Assert.That(rules, Does.Contain("set reachable4 {\n    type ipv4_addr\n    flags interval\n  }"));
            Assert.That(forward.IndexOf("ip daddr @school4 goto refused", StringComparison.Ordinal), Is.InRange(0, forward.IndexOf("ip saddr @open4 accept", StringComparison.Ordinal)), "before staff are let out");
        }
    }

    /// <summary>The example that the repository shows is what the program makes of the sample school.</summary>
    /// <remarks>After a change on purpose: <c>filtergate network show --config deploy/nftables/filtergate.yaml > deploy/nftables/sample-school.nft</c>.</remarks>
    [Test]
    public void Describe_SampleSchool_IsTheShippedExample()
    {
        var folder = Path.Combine(Repository.Root, "deploy", "nftables");
        var plan = PlanOf(File.ReadAllText(Path.Combine(folder, "filtergate.yaml")), SeedPolicies.Read("sample-school"));
        Assert.That(NftRules.Describe(plan), Is.EqualTo(File.ReadAllText(Path.Combine(folder, "sample-school.nft"))));
    }

    [TestCase("lan: [\"lan0\\\"; flush ruleset\"]", "names no interface")]
    [TestCase("lan: [a-name-of-sixteen]", "names no interface")]
    [TestCase("mode: bridge", "neither redirect nor tproxy")]
    [TestCase("dns: 70000", "whole number")]
    [TestCase("let_out: [tcp 443 17.0.0.0/8]", "never let out unread")]
    [TestCase("let_out: [udp 853]", "never let out unread")]
    [TestCase("let_out: [icmp 8]", "cannot be let out")]
    [TestCase("when_down: { staff: open }", "neither refuse nor pass")]
    [TestCase("when_down: { pupil: pass }", "no key of when_down")]
    [TestCase("when_down: { staff: pass }", "illegal content is locked for everybody")]
    [TestCase("when_down: { staff: pass, illegal_content_stopped_by: Anytown Broadband }", "when somebody last tried it")]
    [TestCase("when_down: { staff: pass, checked: 2026-11-02 }", "say who does")]
    [TestCase("when_down: { staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: 2.11.2026 }", "is no day")]
    [TestCase("when_down: { staff: pass, illegal_content_stopped_by: \"Anytown\\nBroadband\", checked: 2026-11-02 }", "on one line")]
    [TestCase("let_out: [tcp 22 not-a-network]", "cannot be let out")]
    [TestCase("let_out: [\"tcp 22 10.0.0.0/8 accept\"]", "cannot be let out")]
    public void Settings_Mistakes_AreReported(string network, string says) =>
        Assert.That(() => GatewaySettings.Parse($"network: {{ {network} }}", "/etc/filtergate.yaml"), Throws.TypeOf<UserErrorException>().With.Message.Contains(says));

    [Test]
    public void Settings_EveryKey_IsRead()
    {
        var settings = GatewaySettings.Parse("""
            transparent_listen: ["[::]:8129"]
            network: { lan: [eth1, eth1.50], mode: tproxy, dns: off, let_out: [udp 3478, "tcp 5223,2197 17.0.0.0/8"], when_down: { staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: 2026-11-02 } }
            """, "/etc/filtergate.yaml");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(settings.TransparentListen.Select(e => e.ToString()), Is.EqualTo(new[] { "[::]:8129" }));
            Assert.That(settings.Network.Lan, Is.EqualTo(new[] { "eth1", "eth1.50" }));
            Assert.That((settings.Network.Mode, settings.Network.DnsPort), Is.EqualTo((InterceptionMode.Tproxy, (int?)null)));
            Assert.That(settings.Network.StaffWhenDown, Is.EqualTo(new StaffWhenDown("Anytown Broadband", new DateOnly(2026, 11, 2))));
            Assert.That(settings.Network.LetOut.Select(l => l.ToString()), Is.EqualTo(new[] { "udp 3478", "tcp 2197,5223 17.0.0.0/8" }));
        }
    }

    private static NetworkPlan PlanOf(string settings, string policy)
    {
        var document = PolicyDocument.Parse(policy, Lists.Taxonomy, out var problems, BundleFile.Shipped);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems.Select(p => p.Message)));
        return NetworkPlan.Make(GatewaySettings.Parse(settings, "/etc/filtergate.yaml"), document!, PolicySnapshot.Compile(document!, Lists, InForce.Nothing));
    }
}
