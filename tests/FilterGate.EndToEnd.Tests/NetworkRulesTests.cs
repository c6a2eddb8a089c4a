using System.Net;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The rules that <c>network apply</c> puts into a real kernel: every way round is first shown to be open without them, and then closed.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[NonParallelizable]
public sealed class NetworkRulesTests
{
    private const int Port = 8129;

    private static readonly int[] TcpPorts = [22, 53, 80, 443, 853, 1194, 5223];
    private static readonly int[] UdpPorts = [53, 80, 123, 443, 853, 1194, 51820];

    private TempFolder _folder = null!;
    private BoxNetwork _network = null!;
    private readonly List<IDisposable> _echoes = [];
    private readonly Dictionary<string, Reached> _before = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = new TempFolder();
        _network = await BoxNetwork.MakeAsync([]);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy);
        await File.WriteAllTextAsync(_folder["settings.yaml"], $$"""
            policy: policy.yaml
            listen: 0.0.0.0:8080
            transparent_listen: "[::]:{{Port}}"
            network:
              lan: [lan0, lan0.50]
              let_out: ["tcp 5223 10.77.2.0/24"]
            """);
        foreach (var address in new[] { BoxNetwork.Internet4, BoxNetwork.Internet6 }) _echoes.Add(NamespaceSockets.Echo(_network.Internet, address, TcpPorts, UdpPorts));
        foreach (var address in new[] { IPAddress.Parse("10.77.3.2"), IPAddress.Parse("fd77:3::2") }) _echoes.Add(NamespaceSockets.Echo(_network.Desk, address, [22, 445], [51820]));
        // In the gateway's stead: these tests ask where packets go, not what becomes of a request.
        foreach (var address in new[] { IPAddress.Any, IPAddress.IPv6Any }) _echoes.Add(NamespaceSockets.Echo(_network.Box, address, [8080, Port], [53]));
        var before = await Task.WhenAll(Ways.Select(way => way.TryAsync(_network)));
        for (var i = 0; i < Ways.Length; i++) _before[Ways[i].Name] = before[i];

        var applied = await NetworkAsync("apply");
        Assert.That(applied.ExitCode, Is.Zero, applied.Error);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _echoes.ForEach(e => e.Dispose());
        if (_network is not null) await _network.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>One way that a packet may take.</summary>
    /// <param name="From"><c>pad</c> (pupils), <c>desk</c> (staff), <c>net</c> (the line's side).</param>
    /// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
    /// <param name="To">Where to.</param>
    /// <param name="Expected">What becomes of it with the rules.</param>
    /// <param name="What">What it is, for people.</param>
    /// <param name="Bytes">Length of a datagram.</param>
    public sealed record Way(string From, string Protocol, string To, string Expected, string What, int Bytes = 32)
    {
        public string Name => $"{What}, {From} {Protocol} {To}, {Bytes}";

        public override string ToString() => Name;

        internal async Task<Reached> TryAsync(BoxNetwork network)
        {
            var place = From switch { "pad" => network.Pad, "desk" => network.Desk, _ => network.Internet };
            var to = IPEndPoint.Parse(To);
            return Protocol == "tcp" ? await NamespaceSockets.TcpAsync(place, to) : await NamespaceSockets.UdpAsync(place, to, Bytes);
        }
    }

    private static readonly Way[] Ways =
    [
        .. Both("pad", "udp", 443, "Refused", "QUIC"),
        .. Both("desk", "udp", 443, "Refused", "QUIC of staff"),
        .. Both("pad", "udp", 80, "Refused", "QUIC on port 80"),
        .. Both("pad", "tcp", 853, "Refused", "DNS over TLS"),
        .. Both("pad", "udp", 853, "Refused", "DNS over QUIC"),
        .. Both("desk", "tcp", 853, "Refused", "DNS over TLS of staff"),
        .. Both("pad", "tcp", 22, "Refused", "a remote shell"),
        .. Both("pad", "tcp", 1194, "Refused", "a VPN over TCP"),
        .. Both("pad", "udp", 1194, "Refused", "a VPN over UDP"),
        .. Both("pad", "udp", 51820, "Refused", "WireGuard"),
        .. Both("desk", "tcp", 22, "Answer", "a remote shell of staff"),
        .. Both("desk", "udp", 51820, "Answer", "any service of staff"),
        .. Both("pad", "udp", 123, "Refused", "a tunnel on the port of clocks"),
        new("pad", "udp", "10.77.2.2:123", "Answer", "the time", 48),
        new("pad", "udp", "[fd77:2::2]:123", "Answer", "the time", 48),
        new("pad", "tcp", "10.77.2.2:5223", "Answer", "what the settings let out"),
        new("pad", "tcp", "[fd77:2::2]:5223", "Refused", "the same port elsewhere"),
        new("pad", "tcp", "10.77.3.2:22", "Refused", "from one of the school's networks to another"),
        new("pad", "tcp", "[fd77:3::2]:445", "Refused", "from one of the school's networks to another"),
        new("pad", "udp", "10.77.3.2:51820", "Refused", "from one of the school's networks to another"),
        new("net", "tcp", "10.77.2.1:8080", "Refused", "the proxy from the line"),
        new("net", "tcp", "10.77.2.1:8129", "Refused", "the redirected port from the line"),
        new("net", "tcp", "[fd77:2::1]:8129", "Refused", "the redirected port from the line"),
        new("net", "udp", "10.77.2.1:53", "Silence", "the box's DNS from the line"),
        new("net", "tcp", "10.77.3.2:22", "Silence", "into the school from the line"),
        new("net", "tcp", "[fd77:3::2]:445", "Silence", "into the school from the line"),
        new("pad", "tcp", "10.77.1.1:8129", "Refused", "straight to the redirected port"),
        new("pad", "tcp", "[fd77:1::1]:8129", "Refused", "straight to the redirected port"),
        new("pad", "tcp", "10.77.1.1:8080", "Answer", "the proxy of devices that are told of it"),
        .. Both("pad", "udp", 53, "Answer", "DNS: of the box, whoever was asked"),
    ];

    private static Way[] Both(string from, string protocol, int port, string expected, string what) =>
        [new(from, protocol, $"{BoxNetwork.Internet4}:{port}", expected, what), new(from, protocol, $"[{BoxNetwork.Internet6}]:{port}", expected, what)];

    [TestCaseSource(nameof(Ways))]
    public async Task Way_IsOpenWithoutTheRules_AndAsItShouldBeWithThem(Way way)
    {
        var reached = await way.TryAsync(_network);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_before[way.Name], Is.EqualTo(Reached.Answer), "without the rules");
            Assert.That(reached.ToString(), Is.EqualTo(way.Expected), "with the rules");
        }
    }

    /// <summary>Linux says "unreachable" once a second to each device unless it is told otherwise: the rules alone would let a browser wait.</summary>
    [TestCase("10.77.2.2")]
    [TestCase("fd77:2::2")]
    public async Task Quic_TriedThirtyTimesInARow_IsRefusedEachTime(string address)
    {
        for (var i = 0; i < 30; i++)
            Assert.That(await NamespaceSockets.UdpAsync(_network.Pad, new IPEndPoint(IPAddress.Parse(address), 443), bytes: 1200), Is.EqualTo(Reached.Refused), $"try {i}");
    }

    [Test]
    public async Task Check_AfterApply_FindsEverythingRight()
    {
        var check = await NetworkAsync("check");
        Assert.That((check.ExitCode, check.Output), Is.EqualTo((0, check.Output)), check.Output);
    }

    [Test]
    [Category("Slow")]
    public async Task Check_ARuleAddedByHand_IsNamed_AndApplyMendsIt()
    {
        await NftAsync("insert", "rule", "inet", "filtergate", "from_school", "udp", "dport", "51820", "accept");
        var check = await NetworkAsync("check", "--json");
        var rules = check.Lines.Select(line => JsonElement.Parse(line)).Single(p => p.GetProperty("item").GetString() == "rules");
        var mended = await NetworkAsync("apply");
        var again = await NetworkAsync("check");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((check.ExitCode, rules.GetProperty("ok").GetBoolean()), Is.EqualTo((2, false)));
            Assert.That(rules.GetProperty("detail").GetString(), Does.Contain("beside chain from_school: udp dport 51820 accept"));
            Assert.That((mended.ExitCode, again.ExitCode), Is.EqualTo((0, 0)), again.Output);
        }
    }

    [Test]
    [Category("Slow")]
    public async Task Apply_NotConfirmed_GoesBack()
    {
        await NftAsync("flush", "chain", "inet", "filtergate", "input");
        // What is there now is not what should be, and it is what has to come back. The end of input is no "keep": a script that forgot to answer, or a terminal that is gone.
        var apply = await NetworkAsync("apply", "--revert-after", "60s");
        var check = await NetworkAsync("check");
        var kept = await NetworkAsync("apply");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((apply.ExitCode, apply.Output.Trim()), Is.EqualTo((2, "Not confirmed: everything is as it was before.")));
            Assert.That(check.ExitCode, Is.EqualTo(2), "the emptied chain is back");
            Assert.That(check.Output, Does.Contain("lacks  chain input: iifname \"lo\" accept"));
            Assert.That(kept.ExitCode, Is.Zero);
        }
    }

    [Test]
    [Category("Slow")]
    public async Task Apply_RulesThatTheKernelRefuses_ChangesNothing()
    {
        await NftAsync("add", "rule", "inet", "filtergate", "input", "udp", "dport", "9", "accept", "comment", "\"a mark\"");
        await File.WriteAllTextAsync(_folder["wrong.yaml"], (await File.ReadAllTextAsync(_folder["settings.yaml"])).Replace("lan0.50", "lan0.50, \"lan*0\"", StringComparison.Ordinal));
        var apply = await NetworkAsync("apply", "--config", _folder["wrong.yaml"]);
        var listing = await NftAsync("list", "table", "inet", "filtergate");
        await NetworkAsync("apply");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(apply.ExitCode, Is.EqualTo(2));
            Assert.That(listing, Does.Contain("a mark"));
        }
    }

    [Test]
    [Category("Slow")]
    public async Task Remove_LeavesNothing_AndForeignTablesAlone()
    {
        await NftAsync("add", "table", "inet", "of_somebody_else");
        await NetworkAsync("apply", "--tproxy");
        var withRoutes = await NetworkAsync("check", "--tproxy");
        var removed = await NetworkAsync("remove", "--yes");
        var again = await NetworkAsync("remove", "--yes");
        var rules = await NftAsync("list", "ruleset");
        var routes = await Programs.MustAsync([.. _network.Box.Place.Command("sh", "-c", "ip rule; ip -6 rule; ip route show table all")]);
        await NftAsync("delete", "table", "inet", "of_somebody_else");
        await NetworkAsync("apply");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(withRoutes.ExitCode, Is.Zero, withRoutes.Output);
            Assert.That((removed.ExitCode, again.ExitCode), Is.EqualTo((0, 0)));
            Assert.That(rules.Trim(), Is.EqualTo("table inet of_somebody_else {\n}"));
            Assert.That(routes, Does.Not.Contain("8129"));
        }
    }

    private Task<Ended> NetworkAsync(string command, params string[] arguments) =>
        Programs.RunAsync([.. _network.Box.Place.Command([GatewayProcess.Executable, "network", command, .. arguments.Contains("--config") || command == "remove" ? (string[])[] : ["--config", _folder["settings.yaml"]], "--data", _folder["data"], .. arguments])]);

    private Task<string> NftAsync(params string[] arguments) => Programs.MustAsync([.. _network.Box.Place.Command(["nft", .. arguments])]);
}
