using System.Globalization;
using System.Net.Sockets;
using FilterGate.Network;
using FilterGate.Settings;

namespace FilterGate.Commands.Network;

/// <summary><c>network check</c>: is the box as the policy and the settings want it?</summary>
internal sealed class NetworkCheckCommand : GatewayCommand
{
    private readonly NetworkOptions _options = new();

    /// <summary>Makes the command.</summary>
    public NetworkCheckCommand(CommandHost host) : base(host, "check", "Compare the box with what should be; exit code 2 when something is missing.",
        new CommandExample("sudo filtergate network check", "every point, and what mends it"),
        new CommandExample("sudo filtergate network check --json | jq -c 'select(.ok | not)'", "what is missing, for a monitor"))
    {
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var plan = _options.KeptPlanOf(context);
        var points = await NetworkPoint.LookAsync(plan, context.Box, cancellationToken);
        foreach (var point in points)
        {
            if (context.Json) context.WriteJson(point);
            else context.Output.WriteLine($"{(point.Ok ? context.Paint.Good("ok     ") : context.Paint.Bad("MISSING"))}  {point.Item}: {point.Detail}{(point.Mend is null ? "" : $"\n         {point.Mend}")}");
        }

        if (!context.Json)
            foreach (var note in plan.Notes) context.Error.WriteLine($"filtergate: note: {note}");
        return points.All(p => p.Ok) ? ExitCode.Done : ExitCode.Usage;
    }
}

/// <summary>One point of the box that must be right for traffic to pass the gateway.</summary>
/// <param name="Item">What it is.</param>
/// <param name="Ok">True when it is as it should be.</param>
/// <param name="Detail">How it is, for people.</param>
/// <param name="Mend">What mends it; null when nothing has to be.</param>
internal sealed record NetworkPoint(string Item, bool Ok, string Detail, string? Mend)
{
    // A rule set that somebody else wrote may differ in every line: the first few say enough.
    private const int LinesMax = 8;

    /// <summary>Looks at every point.</summary>
    public static async Task<IReadOnlyList<NetworkPoint>> LookAsync(NetworkPlan plan, NetworkBox box, CancellationToken cancellationToken)
    {
        var points = new List<NetworkPoint> { await RulesAsync(plan, box, cancellationToken) };
        points.AddRange(plan.Lan.Select(lan => box.HasInterface(lan)
            ? new NetworkPoint($"interface {lan}", true, "there", null)
            : new NetworkPoint($"interface {lan}", false, "not there", "name the interfaces of the school's side in the settings (network: lan); `ip link` shows them")));
        points.Add(Forwarding(box, "ipv4", "/proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward=1"));
        if (plan.School4And6.Any(r => r.Family == AddressFamily.InterNetworkV6)) points.Add(Forwarding(box, "ipv6", "/proc/sys/net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding=1"));
        points.Add(Refusals(box, "ipv4", "/proc/sys/net/ipv4/icmp_ratelimit", "/proc/sys/net/ipv4/icmp_ratemask", static mask => int.TryParse(mask, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && (bits & 1 << 3) == 0));
        if (plan.School4And6.Any(r => r.Family == AddressFamily.InterNetworkV6)) points.Add(Refusals(box, "ipv6", "/proc/sys/net/ipv6/icmp/ratelimit", "/proc/sys/net/ipv6/icmp/ratemask", static mask => !NamesType1(mask)));
        points.Add(box.TcpListeners().Any(e => e.Port == plan.TransparentPort)
            ? new NetworkPoint("gateway", true, $"listens on port {plan.TransparentPort}", null)
            : new NetworkPoint("gateway", false, $"nothing listens on port {plan.TransparentPort}: {(plan.LetsStaffPast ? "the web of staff passes unfiltered, and is refused to everybody else" : "the web is refused to everybody")}", "start it: filtergate run"));
        if (plan.DnsPort is { } dns)
        {
            points.Add(box.UdpListeners().Any(e => e.Port == dns)
                ? new NetworkPoint("dns", true, $"answered on port {dns}", null)
                : new NetworkPoint("dns", false, $"nothing listens on UDP port {dns}: devices find no names", "start the box's resolver, or name its port in the settings (network: dns)"));
        }

        if (plan.Mode == InterceptionMode.Tproxy)
        {
            var (ipv4, ipv6) = await new KernelRules(box).HasRoutesAsync(cancellationToken);
            points.Add(Routes("ipv4", ipv4));
            points.Add(Routes("ipv6", ipv6));
        }

        return points;
    }

    private static async Task<NetworkPoint> RulesAsync(NetworkPlan plan, NetworkBox box, CancellationToken cancellationToken)
    {
        var kernel = new KernelRules(box);
        const string mend = "sudo filtergate network apply";
        if (await kernel.ReadAsync(cancellationToken) is null) return new NetworkPoint("rules", false, "not in the kernel: traffic passes unfiltered", mend);
        var (missing, foreign) = await kernel.CompareAsync(plan, cancellationToken);
        if (missing.Count + foreign.Count == 0) return new NetworkPoint("rules", true, $"as policy {plan.PolicyVersion} and the settings want them", null);
        var lines = missing.Select(m => $"lacks  {m}").Concat(foreign.Select(f => $"beside {f}")).ToArray();
        var more = lines.Length > LinesMax ? $"\n         and {lines.Length - LinesMax} more" : "";
        return new NetworkPoint("rules", false, $"not as the policy and the settings want them:{string.Concat(lines.Take(LinesMax).Select(l => $"\n         {l}"))}{more}", mend);
    }

    private static NetworkPoint Forwarding(NetworkBox box, string family, string file, string setting) => box.ReadFile(file) is "1"
        ? new NetworkPoint($"forwarding {family}", true, "on", null)
        : new NetworkPoint($"forwarding {family}", false, "off: packets vanish instead of being refused, and browsers wait", $"copy deploy/sysctl.d/60-filtergate.conf ({setting}) to /etc/sysctl.d/ and run: sysctl --system");

    /// <summary>Linux says "unreachable" once a second to a device unless told otherwise (icmp(7)); QUIC tries several times in that second.</summary>
    private static NetworkPoint Refusals(NetworkBox box, string family, string limit, string mask, Func<string, bool> isFree) => box.ReadFile(limit) is "0" || (box.ReadFile(mask) is { } text && isFree(text))
        ? new NetworkPoint($"refusals {family}", true, "said to every packet", null)
        : new NetworkPoint($"refusals {family}", false, "said once a second to a device: browsers that try QUIC wait", "copy deploy/sysctl.d/60-filtergate.conf to /etc/sysctl.d/ and run: sysctl --system");

    // A list of types and ranges: 0-1,3-127. Type 1 is "destination unreachable" (RFC 4443 §3.1).
    private static bool NamesType1(string mask) => mask.Split(',').Any(part => part.Split('-') is [var first, .., var last] ? first is "0" or "1" && last is not "0" : part is "1");

    private static NetworkPoint Routes(string family, bool isThere) => isThere
        ? new NetworkPoint($"routes {family}", true, "packets that are handed over stay on this box", null)
        : new NetworkPoint($"routes {family}", false, "packets that are handed over would be routed away", "sudo filtergate network apply");
}
