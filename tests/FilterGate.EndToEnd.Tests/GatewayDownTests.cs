using System.Net;
using System.Net.Sockets;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.State;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The gateway is gone behind its rules: what pupils, guests and staff get, IPv4 and IPv6, and what the technician sees.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
[NonParallelizable]
public sealed class GatewayDownTests
{
    private static readonly string[] Names = [School.Open, School.Auction];

    private TempFolder _folder = null!;
    private BoxNetwork _network = null!;
    private NginxOrigin _origin = null!;
    private GatewayProcess? _gateway;
    private KeeperProcess? _keeper;

    [OneTimeSetUp]
    public async Task MakeAsync()
    {
        _network = await BoxNetwork.MakeAsync([.. Names.SelectMany(name => new[] { (name, BoxNetwork.Internet4), (name, BoxNetwork.Internet6) })]);
        _origin = await NginxOrigin.StartAsync(_network.Internet.Place, BoxNetwork.Internet4, Names, also: BoxNetwork.Internet6);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        if (_origin is not null) await _origin.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_keeper is not null) await _keeper.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
        (_keeper, _gateway) = (null, null);
        _folder?.Dispose();
    }

    /// <summary>Killed, or stopped by somebody: refused to everybody at once, and nothing hangs; and all is well as soon as it is back.</summary>
    [TestCase("KILL")]
    [TestCase("TERM")]
    public async Task Gateway_ThatIsGone_RefusesEverybodyAtOnce(string signal)
    {
        await StartAsync("");
        Assert.That((await PadAsync(School.Open)).Status, Is.EqualTo(200));
        await _gateway!.StopAsync(signal);
        using (Assert.EnterMultipleScope())
        {
            foreach (var place in new[] { _network.Pad, _network.Desk })
                foreach (var end in new[] { new IPEndPoint(BoxNetwork.Internet4, 80), new(BoxNetwork.Internet4, 443), new(BoxNetwork.Internet6, 80), new(BoxNetwork.Internet6, 443) })
                    Assert.That(await NamespaceSockets.TcpAsync(place, end), Is.EqualTo(Reached.Refused), $"{place.Name} to {end}");
            var browser = await PadAsync(School.Open);
            Assert.That((browser.ExitCode, browser.Status), Is.EqualTo((7, 0)), "curl's word for refused: a browser says so at once");
            Assert.That(await DoctorAsync("gateway"), Does.Match(@"RED +gateway: it does not run \(.*\): behind this box nobody reaches the web\n.*systemctl start filtergate"));
            Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway: refused like everybody"));
        }

        await StartGatewayAsync();
        Assert.That(((await PadAsync(School.Open)).Status, (await PadAsync(School.Auction)).Status), Is.EqualTo((200, 403)));
    }

    /// <summary>The school's choice for its staff: their web passes after a while, nobody else's does, everybody is told, and it ends with the gateway's return.</summary>
    [TestCase("redirect")]
    [TestCase("tproxy")]
    public async Task Gateway_ThatIsGone_LetsStaffPastWhereTheSchoolChoseSo(string mode)
    {
        await StartAsync($"when_down: {{ staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: {DateTime.Now:yyyy-MM-dd} }}, mode: {mode}");
        Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway: their web would pass straight"));
        Assert.That(await DeskAsync("-4"), Is.EqualTo(403), "through the gateway");
        await _gateway!.StopAsync("KILL");
        await Programs.UntilAsync(async () => await DeskAsync("-4") == 200, "the desk goes straight, and nothing of the box filters it", TimeSpan.FromSeconds(60));
        using var open = NamespaceSockets.Make(_network.Desk, AddressFamily.InterNetwork, SocketType.Stream);
        await open.ConnectAsync(new IPEndPoint(BoxNetwork.Internet4, 80));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await DeskAsync("-6"), Is.EqualTo(200));
            foreach (var address in new[] { "10.77.1.2", "10.77.1.3", "fd77:1::2", "fd77:1::3" })
                Assert.That((await PadAsync(School.Open, "--interface", address)).ExitCode, Is.EqualTo(7), $"pupils and guests: {address}");
            Assert.That(await NamespaceSockets.TcpAsync(_network.Desk, new IPEndPoint(BoxNetwork.Internet4, 853)), Is.EqualTo(Reached.Refused), "DNS over TLS stays refused");
            Assert.That(await NamespaceSockets.UdpAsync(_network.Desk, new IPEndPoint(BoxNetwork.Internet4, 443)), Is.EqualTo(Reached.Refused), "and QUIC");
            Assert.That(await NamespaceSockets.TcpAsync(_network.Desk, new IPEndPoint(IPAddress.Parse("10.77.1.2"), 80)), Is.EqualTo(Reached.Refused), "and the pupils' network");
            Assert.That(await DoctorAsync("gateway"), Does.Contain("nobody reaches the web but staff, past the filter"));
            Assert.That(await DoctorAsync("network"), Does.Match("RED +network: staff without the gateway: the gateway is down, and since .* the web of staff passes unfiltered: nothing of this box stops illegal content there").And.Match("ok +network: rules: as policy"));
        }

        await StartGatewayAsync();
        await Programs.UntilAsync(async () => await DeskAsync("-4") == 403 && await DeskAsync("-6") == 403, "the desk goes through the gateway again");
        Assert.That(await IsOpenAsync(open), Is.False, "what passed is cut");
        Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway"));
        using var state = StateStore.Open(Path.Combine(_folder["data"], "state.db"), TimeProvider.System);
        Assert.That(state.AuditEntries().Select(a => a.Action).Reverse(), Is.SupersetOf(["network.staff-past", "network.staff-back"]));
    }

    private static async Task<bool> IsOpenAsync(Socket socket)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n"u8.ToArray(), late.Token);
            return await socket.ReceiveAsync(new byte[64], late.Token) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task StartAsync(string choice)
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy.Replace("staff: { tls: intercept,", $"staff: {{ own_block: [{School.Auction}], tls: intercept,", StringComparison.Ordinal));
        await File.WriteAllTextAsync(_folder["settings.yaml"], $$"""
            policy: policy.yaml
            transparent_listen: "[::]:8129"
            network: { lan: [lan0, lan0.50], dns: off, {{choice}} }
            """);
        _keeper = await KeeperProcess.StartAsync(_network.Box.Place, "--config", _folder["settings.yaml"], "--data", _folder["data"]);
        await StartGatewayAsync();
    }

    private async Task StartGatewayAsync() =>
        _gateway = await GatewayProcess.StartAsync(_network.Box.Place, environment: null, "--config", _folder["settings.yaml"], "--data", _folder["data"], "--allow-private", "10.77.2.0/24", "--allow-private", "fd77:2::/64", "--trust-ca", _origin.Certificates.AuthorityPath);

    private Task<Answer> PadAsync(string name, params string[] more) => new Curl(_network.Pad.Place).GetAsync($"http://{name}/1k", proxy: null, trusted: null, more);

    /// <summary>What a desk of staff gets of a site that this school closes for its staff.</summary>
    private async Task<int> DeskAsync(string family) => (await new Curl(_network.Desk.Place).GetAsync($"http://{School.Auction}/1k", proxy: null, trusted: null, family)).Status;

    private async Task<string> DoctorAsync(string point) => (await CommandAsync("doctor", "--only", point)).Output;

    private Task<Ended> CommandAsync(params string[] arguments) => Programs.RunAsync([.. _network.Box.Place.Command([GatewayProcess.Executable, .. arguments, "--config", _folder["settings.yaml"], "--data", _folder["data"]])]);
}
