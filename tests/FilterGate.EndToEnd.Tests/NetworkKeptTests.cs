using System.Net;
using System.Net.Sockets;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>What <c>network keep</c>, the service of the rules, does in a real kernel when rules vanish, policies change and mistakes are made: at no time is the line open.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[NonParallelizable]
public sealed class NetworkKeptTests
{
    private static readonly IPEndPoint Shell = new(BoxNetwork.Internet4, 22), Vpn = new(BoxNetwork.Internet4, 51820);

    private TempFolder _folder = null!;
    private BoxNetwork _network = null!;
    private IDisposable _echo = null!;
    private KeeperProcess? _keeper;

    [OneTimeSetUp]
    public async Task MakeAsync()
    {
        _network = await BoxNetwork.MakeAsync([]);
        _echo = NamespaceSockets.Echo(_network.Internet, BoxNetwork.Internet4, [22, 80], [51820]);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _echo?.Dispose();
        if (_network is not null) await _network.DisposeAsync();
    }

    [SetUp]
    public async Task BeginAsync()
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy);
        await File.WriteAllTextAsync(_folder["settings.yaml"], "policy: policy.yaml\ntransparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0, lan0.50] }\n");
        await NftAsync("flush", "ruleset");
        Assert.That(await NamespaceSockets.UdpAsync(_network.Pad, Vpn), Is.EqualTo(Reached.Answer), "without rules the line is open");
    }

    [TearDown]
    public async Task StopAsync()
    {
        await StopKeeperAsync();
        _folder.Dispose();
    }

    /// <summary>nftables.service, a firewall of somebody's, a technician: <c>flush ruleset</c> is how each of them begins.</summary>
    [Test]
    public async Task RulesThatAreFlushed_AreBackWithinSeconds()
    {
        await KeepAsync();
        Assert.That(await NamespaceSockets.UdpAsync(_network.Pad, Vpn), Is.EqualTo(Reached.Refused));
        await NftAsync("flush", "ruleset");
        await ClosedAsync("the keeper puts them back");
        var check = await NetworkAsync("check");
        Assert.That(check.Output, Does.Contain("rules: as policy"));
        Assert.That(await StopKeeperAsync(), Does.Contain("the rules were not as they should be, and are in place again"));
        Assert.That(await NamespaceSockets.UdpAsync(_network.Pad, Vpn), Is.EqualTo(Reached.Refused), "they stay without it");
    }

    /// <summary>A range that was staff's and is pupils' now: what it had open ends, and nothing new begins.</summary>
    [Test]
    public async Task RangeThatIsClosed_LosesWhatItHadOpen()
    {
        await KeepAsync();
        using var open = NamespaceSockets.Make(_network.Desk, AddressFamily.InterNetwork, SocketType.Dgram);
        await open.ConnectAsync(Vpn);
        Assert.That(await TalksAsync(open), Is.True);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy.Replace("vlan: 50, tier: staff", "vlan: 50, tier: pupil", StringComparison.Ordinal));
        await Programs.UntilAsync(async () => await NamespaceSockets.TcpAsync(_network.Desk, Shell) == Reached.Refused, "the new policy reaches the rules");
        Assert.That(await TalksAsync(open), Is.False, "the tunnel of before");
    }

    /// <summary>A box that starts with a mistake in its policy file, before its gateway has ever run: yesterday's rules.</summary>
    [Test]
    public async Task Start_WithAMistakeInThePolicy_GoesByTheRulesAppliedLast()
    {
        await KeepAsync();
        await StopKeeperAsync();
        await NftAsync("flush", "ruleset");
        await File.WriteAllTextAsync(_folder["policy.yaml"], "school: [");
        await KeepAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await NamespaceSockets.UdpAsync(_network.Pad, Vpn), Is.EqualTo(Reached.Refused));
            Assert.That(await NamespaceSockets.TcpAsync(_network.Desk, Shell), Is.EqualTo(Reached.Answer), "staff work on");
            Assert.That(await StopKeeperAsync(), Does.Contain("the rules applied last are in place").And.Contain("policy.yaml:"));
        }
    }

    /// <summary>Nothing to go by at all: nobody gets anywhere, and the box itself can be reached.</summary>
    [TestCase("school: [")]
    [TestCase(null)]
    public async Task Start_WithNothingToGoBy_LetsNothingPass(string? policy)
    {
        if (policy is not null) await File.WriteAllTextAsync(_folder["policy.yaml"], policy);
        else await File.WriteAllTextAsync(_folder["settings.yaml"], "transparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0, lan0.50] }\n");
        using var shell = NamespaceSockets.Echo(_network.Box, BoxNetwork.Box4, [22], []);
        await KeepAsync();
        using (Assert.EnterMultipleScope())
        {
            foreach (var place in new[] { _network.Pad, _network.Desk })
            {
                Assert.That(await NamespaceSockets.UdpAsync(place, Vpn), Is.EqualTo(Reached.Refused));
                Assert.That(await NamespaceSockets.TcpAsync(place, Shell), Is.EqualTo(Reached.Refused));
                Assert.That(await NamespaceSockets.TcpAsync(place, new IPEndPoint(BoxNetwork.Internet4, 80)), Is.EqualTo(Reached.Refused));
            }

            Assert.That(await NamespaceSockets.TcpAsync(_network.Desk, new IPEndPoint(BoxNetwork.Box4, 22)), Is.EqualTo(Reached.Answer), "the technician");
        }

        await File.WriteAllTextAsync(_folder["settings.yaml"], "policy: policy.yaml\ntransparent_listen: \"[::]:8129\"\nnetwork: { lan: [lan0, lan0.50] }\n");
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy);
        if (policy is null)
        {
            await StopKeeperAsync();
            await KeepAsync();
        }

        await Programs.UntilAsync(async () => await NamespaceSockets.TcpAsync(_network.Desk, Shell) == Reached.Answer, "the mended policy is taken");
    }

    [Test]
    public async Task RulesThatSomebodyTakesOut_StayOut()
    {
        await KeepAsync();
        var removed = await NetworkAsync("remove", "--yes");
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.That((removed.ExitCode, await NamespaceSockets.UdpAsync(_network.Pad, Vpn)), Is.EqualTo((0, Reached.Answer)));
        await NetworkAsync("apply");
        await NftAsync("flush", "ruleset");
        await ClosedAsync("it keeps what was applied");
    }

    /// <summary>An address of the staff's network, taken by a pupil's device: its packets go nowhere.</summary>
    [Test]
    public async Task AddressOfAnotherNetwork_IsNoUse()
    {
        await _network.Pad.IpAsync("addr", "add", "10.77.3.9/32", "dev", "wlan0");
        using var server = NamespaceSockets.Make(_network.Internet, AddressFamily.InterNetwork, SocketType.Dgram, new IPEndPoint(BoxNetwork.Internet4, 4000));
        Assert.That(await ArrivesAsync(), Is.True, "without the rules");
        await KeepAsync();
        Assert.That(await ArrivesAsync(), Is.False);

        async Task<bool> ArrivesAsync()
        {
            using var socket = NamespaceSockets.Make(_network.Pad, AddressFamily.InterNetwork, SocketType.Dgram, new IPEndPoint(IPAddress.Parse("10.77.3.9"), 0));
            await socket.SendToAsync(new byte[32], new IPEndPoint(BoxNetwork.Internet4, 4000));
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                return await server.ReceiveAsync(new byte[64], late.Token) == 32;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    private async Task KeepAsync() => _keeper = await KeeperProcess.StartAsync(_network.Box.Place, "--config", _folder["settings.yaml"], "--data", _folder["data"]);

    private async Task<string> StopKeeperAsync()
    {
        if (_keeper is null) return "";
        var said = await _keeper.StopAsync();
        await _keeper.DisposeAsync();
        _keeper = null;
        return said;
    }

    private Task ClosedAsync(string what) => Programs.UntilAsync(async () => await NamespaceSockets.UdpAsync(_network.Pad, Vpn) == Reached.Refused, what, TimeSpan.FromSeconds(10));

    private static async Task<bool> TalksAsync(Socket socket)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await socket.SendAsync("hello\n"u8.ToArray(), late.Token);
            return await socket.ReceiveAsync(new byte[64], late.Token) > 0;
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private Task<Ended> NetworkAsync(string command, params string[] arguments) =>
        Programs.RunAsync([.. _network.Box.Place.Command([GatewayProcess.Executable, "network", command, "--config", _folder["settings.yaml"], "--data", _folder["data"], .. arguments])]);

    private Task<string> NftAsync(params string[] arguments) => Programs.MustAsync([.. _network.Box.Place.Command(["nft", .. arguments])]);
}
