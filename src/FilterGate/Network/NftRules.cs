using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FilterGate.Policy.WaysRound;
using FilterGate.Settings;

namespace FilterGate.Network;

/// <summary>Writes the rules of a plan as text for <c>nft -f</c>: one table of our own, put in place in one piece.</summary>
/// <remarks>
/// What each chain answers:
/// <list type="number">
/// <item><c>redirected</c>: the web and look-ups of the school's networks come to the box.</item>
/// <item><c>handed_over</c> (TPROXY alone): the same for the web, with the packets as they are.</item>
/// <item><c>input</c>: nobody connects straight to the port for redirected traffic (the gateway would dial itself), and nothing of the gateway answers on the line's side.</item>
/// <item><c>borrowed</c>: nobody uses an address of another of the school's networks: a pupil's device would have a teacher's rights.</item>
/// <item><c>forward</c> and <c>from_school</c>: what leaves the school without passing the gateway. QUIC and DNS over TLS are refused, not dropped, so that browsers fall back at once; whatever is not named is refused too, but for staff. Each packet is asked, not each connection: a range that is closed ends what it had open.</item>
/// </list>
/// Other tables of the box are not touched, and ours accepts what it does not concern: a firewall beside it goes on deciding.
/// </remarks>
internal static class NftRules
{
    /// <summary>The family and name of our table.</summary>
    public const string Table = "inet filtergate";

    /// <summary>Marks packets that TPROXY keeps on this box, and numbers the routing table that does it: the port's own number, which nobody else uses.</summary>
    public const int TproxyMark = 8129;

    /// <summary>For how long the kernel remembers what it refused to the ports of <see cref="PortSigns"/>, for the keeper to read: the same client, port and destination is one try a minute.</summary>
    public static readonly TimeSpan TriesKept = TimeSpan.FromMinutes(1);

    // Tries of one family that the kernel remembers at once, some 100 bytes each. What has no room is refused all the same.
    private const int TriesMax = 4096;

    // An NTP request is 48 bytes (RFC 5905 §7.3) and 8 of UDP. Anything else on the port of clocks is no clock.
    private const int NtpUdpLength = 56;

    /// <summary>What puts the table in place, whatever was there before, in one transaction.</summary>
    public static string Replacing(NetworkPlan plan) => string.Create(CultureInfo.InvariantCulture, $"table {Table}\ndelete table {Table}\n{TableOf(plan)}");

    /// <summary>What stands in the kernel while nobody can say what the rules are: nothing is passed on, in either direction. The box itself can be reached and mended.</summary>
    public static string Closed { get; } = $$"""
        table {{Table}}
        delete table {{Table}}
        table {{Table}} {
          chain forward {
            type filter hook forward priority filter; policy drop;
            meta l4proto tcp counter reject with tcp reset
            counter reject with icmpx admin-prohibited
          }
        }

        """;

    /// <summary>True where rules hand packets over to the gateway (TPROXY), which takes routes beside them.</summary>
    public static bool HandOver(string rules) => rules.Contains("chain handed_over {", StringComparison.Ordinal);

    /// <summary>The same with a head that says where it is from: what <c>network show</c> prints and the repository has an example of.</summary>
    public static string Describe(NetworkPlan plan)
    {
        var text = new StringBuilder();
        // None of these holds a line end: the policy's reader refuses one.
        text.Append("# Rules of FilterGate for ").Append(plan.School).Append('\n');
        text.Append("# Made by `filtergate network show` from the policy and the settings: change those and run `filtergate network apply`, not this.\n");
        foreach (var note in plan.Notes) text.Append("# Note: ").Append(note).Append('\n');
        if (plan.Mode == InterceptionMode.Tproxy) text.Append("# TPROXY needs two routes beside these rules, for which `network apply` cares: ip rule add fwmark ").Append(Number(TproxyMark)).Append(" lookup ").Append(Number(TproxyMark)).Append("; ip route add local default dev lo table ").Append(Number(TproxyMark)).Append(" (and both with -6)\n");
        return text.Append(Replacing(plan)).ToString();
    }

    /// <summary>The table alone.</summary>
    public static string TableOf(NetworkPlan plan)
    {
        var text = new StringBuilder();
        text.Append("table ").Append(Table).Append(" {\n");
        Set(text, "school", "the school's networks: anybody else on its side gets nowhere", plan.School4And6);
        Set(text, "open", "networks of staff: they reach more than the web", plan.Open);
        if (plan.LetsStaffPast) Set(text, "past", "networks of staff whose web passes straight: the gateway is down, and the school chose so", plan.StaffNetworks);
        Set(text, "reachable", "addresses inside that clients may reach (private_destinations)", plan.Reachable);
        TrySets(text);
        Borrowed(text, plan);
        Redirected(text, plan);
        if (plan.Mode == InterceptionMode.Tproxy) HandedOver(text, plan);
        Input(text, plan);
        Forward(text, plan);
        return text.Append("}\n").ToString();
    }

    private static void Borrowed(StringBuilder text, NetworkPlan plan)
    {
        Chain(text, "borrowed", "type filter hook prerouting priority raw; policy accept;");
        Rule(text, $"iifname != {Names(plan.Lan)} return");
        Comment(text, "answers to this address would leave by another interface than it came in by: it is somebody else's");
        foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @school{suffix} fib saddr . iif oif missing counter drop");
        End(text);
    }

    private static void Redirected(StringBuilder text, NetworkPlan plan)
    {
        Chain(text, "redirected", "type nat hook prerouting priority dstnat; policy accept;");
        Rule(text, $"iifname != {Names(plan.Lan)} return");
        if (plan.DnsPort is { } dns)
        {
            foreach (var (family, suffix) in Families)
                Rule(text, $"{family} saddr @school{suffix} {family} daddr != @reachable{suffix} meta l4proto {{ tcp, udp }} th dport 53 redirect to :{Number(dns)}");
        }

        int[] everywhere = [.. plan.OwnWeb.Where(e => NetworkPlan.IsAny(e.Address)).Select(e => e.Port).Distinct().Order()];
        if (everywhere.Length > 0) Rule(text, $"fib daddr type local tcp dport {Ports([.. everywhere])} return");
        foreach (var own in plan.OwnWeb.Where(e => !NetworkPlan.IsAny(e.Address)))
            Rule(text, $"{(own.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip")} daddr {own.Address} tcp dport {Number(own.Port)} return");
        if (plan.LetsStaffPast)
            foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @past{suffix} fib daddr type != local tcp dport {{ 80, 443 }} return");
        // Under TPROXY only what is meant for the box itself comes this way: its own pages on port 80.
        var local = plan.Mode == InterceptionMode.Tproxy ? "fib daddr type local " : "";
        foreach (var (family, suffix) in Families)
            Rule(text, $"{local}{family} saddr @school{suffix} tcp dport {{ 80, 443 }} redirect to :{Number(plan.TransparentPort)}");
        End(text);
    }

    private static void HandedOver(StringBuilder text, NetworkPlan plan)
    {
        Chain(text, "handed_over", "type filter hook prerouting priority mangle; policy accept;");
        Comment(text, "packets of connections that the gateway holds in a client's name");
        Rule(text, $"meta l4proto tcp socket transparent 1 meta mark set {Number(TproxyMark)} accept");
        Rule(text, $"iifname != {Names(plan.Lan)} return");
        Rule(text, "fib daddr type local return");
        if (plan.LetsStaffPast)
            foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @past{suffix} tcp dport {{ 80, 443 }} return");
        foreach (var (family, suffix) in Families)
            Rule(text, $"{family} saddr @school{suffix} tcp dport {{ 80, 443 }} tproxy {family} to :{Number(plan.TransparentPort)} meta mark set {Number(TproxyMark)} accept");
        End(text);
    }

    private static void Input(StringBuilder text, NetworkPlan plan)
    {
        Chain(text, "input", "type filter hook input priority filter; policy accept;");
        Rule(text, "iifname \"lo\" accept");
        Comment(text, "straight to the port for redirected traffic: the gateway would dial itself, again and again");
        Rule(text, $"tcp dport {Number(plan.TransparentPort)} ct status & dnat == 0 counter reject with tcp reset");
        Comment(text, "the line's side");
        int[] ports = [.. plan.GatewayPorts.Append(plan.TransparentPort).Distinct().Order()];
        Rule(text, $"iifname != {Names(plan.Lan)} tcp dport {Ports(ports)} ct state new counter reject with tcp reset");
        if (plan.DnsPort is { } dns) Rule(text, $"iifname != {Names(plan.Lan)} meta l4proto {{ tcp, udp }} th dport {Ports([.. new[] { 53, dns }.Distinct()])} ct state new counter drop");
        End(text);
    }

    private static void Forward(StringBuilder text, NetworkPlan plan)
    {
        Chain(text, "forward", "type filter hook forward priority filter; policy accept;");
        Rule(text, $"iifname {Names(plan.Lan)} jump from_school");
        Comment(text, "from the line to the school: answers alone");
        Rule(text, $"iifname != {Names(plan.Lan)} oifname {Names(plan.Lan)} ct state established,related accept");
        Rule(text, $"iifname != {Names(plan.Lan)} oifname {Names(plan.Lan)} counter drop");
        End(text);

        Chain(text, "noted", null);
        Comment(text, "VPNs, Tor, proxies and tunnels by their ports: the keeper of the rules reads these sets, and each try is an event");
        foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @school{suffix} meta l4proto . th dport {{ {string.Join(", ", PortSigns.All.Select(p => $"{(p.Protocol == ProtocolType.Tcp ? "tcp" : "udp")} . {Number(p.Port)}"))} }} add @tries{suffix} {{ {family} saddr . meta l4proto . th dport . {family} daddr }}");
        End(text);

        Chain(text, "refused", null);
        Rule(text, "jump noted");
        Comment(text, "a reset ends TCP at once; some systems go on trying after a message");
        Rule(text, "meta l4proto tcp counter reject with tcp reset");
        Rule(text, "counter reject with icmpx admin-prohibited");
        End(text);

        Chain(text, "from_school", null);
        Rule(text, "meta l4proto { tcp, udp } th dport 853 jump noted");
        Comment(text, "QUIC and DNS over TLS or QUIC: refused, so that a browser falls back at once");
        Rule(text, "udp dport { 80, 443, 853 } counter reject with icmpx port-unreachable");
        Comment(text, "the web goes through the gateway; what began before these rules ends here");
        if (plan.LetsStaffPast)
        {
            foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr != @past{suffix} tcp dport {{ 80, 443 }} counter reject with tcp reset");
            Rule(text, "tcp dport 853 counter reject with tcp reset");
        }
        else Rule(text, "tcp dport { 80, 443, 853 } counter reject with tcp reset");
        Comment(text, "answers; what a device itself sends is asked packet by packet, so that a range that is closed is closed at once");
        Rule(text, "ct state related accept");
        Rule(text, "ct state established ct direction reply accept");
        Comment(text, "an address that is none of the school's");
        foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr != @school{suffix} goto refused");
        foreach (var letOut in plan.LetOut.Where(l => l.Network is not null)) Rule(text, Out(letOut));
        foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @open{suffix} {family} daddr @reachable{suffix} accept");
        if (plan.DnsPort is not null)
            foreach (var (family, suffix) in Families) Rule(text, $"{family} daddr @reachable{suffix} meta l4proto {{ tcp, udp }} th dport 53 accept");
        Comment(text, "from one of the school's networks to another: nothing");
        Rule(text, $"oifname {Names(plan.Lan)} goto refused");
        foreach (var (family, suffix) in Families) Rule(text, $"{family} daddr @school{suffix} goto refused");
        foreach (var letOut in plan.LetOut.Where(l => l.Network is null)) Rule(text, Out(letOut));
        if (plan.DnsPort is null) Rule(text, "meta l4proto { tcp, udp } th dport 53 accept");
        foreach (var (family, suffix) in Families) Rule(text, $"{family} saddr @open{suffix} accept");
        Comment(text, "a clock may ask for the time, in the one size that this question has");
        Rule(text, $"udp dport 123 udp length {Number(NtpUdpLength)} accept");
        Comment(text, "closed networks reach nothing else");
        Rule(text, "goto refused");
        End(text);
    }

    private static readonly (string Family, string Suffix)[] Families = [("ip", "4"), ("ip6", "6")];

    private static string Out(LetOut letOut)
    {
        var to = letOut.Network is { } network ? $"{(network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip")} daddr {network} " : "";
        return $"{to}{letOut.Protocol} dport {Ports(letOut.Ports)} accept";
    }

    private static void Set(StringBuilder text, string name, string comment, IEnumerable<AddressRange> ranges)
    {
        Comment(text, comment, indent: "  ");
        foreach (var (family, suffix) in Families)
        {
            string[] elements = [.. ranges.Where(r => r.Family == AddressFamily.InterNetworkV6 == (suffix == "6")).Select(r => r.ToString())];
            text.Append("  set ").Append(name).Append(suffix).Append(" {\n    type ").Append(TypeOf(family)).Append("\n    flags interval\n");
            if (elements.Length > 0) text.Append("    elements = { ").AppendJoin(", ", elements).Append(" }\n");
            text.Append("  }\n");
        }

        text.Append('\n');
    }

    private static string TypeOf(string family) => family == "ip" ? "ipv4_addr" : "ipv6_addr";

    private static void TrySets(StringBuilder text)
    {
        Comment(text, "what was refused to a port that says what it is: client, protocol, port, destination; filled by the kernel", indent: "  ");
        foreach (var (family, suffix) in Families)
            text.Append(CultureInfo.InvariantCulture, $"  set tries{suffix} {{\n    type {TypeOf(family)} . inet_proto . inet_service . {TypeOf(family)}\n    size {TriesMax}\n    flags dynamic,timeout\n    timeout {TriesKept.TotalSeconds:0}s\n  }}\n");
        text.Append('\n');
    }

    private static void Chain(StringBuilder text, string name, string? hook)
    {
        text.Append("  chain ").Append(name).Append(" {\n");
        if (hook is not null) text.Append("    ").Append(hook).Append('\n');
    }

    private static void Rule(StringBuilder text, string rule) => text.Append("    ").Append(rule).Append('\n');

    private static void Comment(StringBuilder text, string comment, string indent = "    ") => text.Append(indent).Append("# ").Append(comment).Append('\n');

    private static void End(StringBuilder text) => text.Append("  }\n\n");

    private static string Names(IEnumerable<string> interfaces) => $"{{ {string.Join(", ", interfaces.Select(i => $"\"{i}\""))} }}";

    private static string Ports(IReadOnlyCollection<int> ports) => $"{{ {string.Join(", ", ports.Select(Number))} }}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
