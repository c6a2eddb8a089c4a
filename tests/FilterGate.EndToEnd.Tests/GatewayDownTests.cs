using System.Net;
using System.Net.Sockets;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.State;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The gateway is gone behind its rules: what pupils, guests and staff get, IPv4 and IPv6, and what the technician sees.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[NonParallelizable]
public sealed class GatewayDownTests : BoxTests
{
    /// <summary>Killed, or stopped by somebody: refused to everybody at once, and nothing hangs; and all is well as soon as it is back.</summary>
    [TestCase("KILL")]
    [TestCase("TERM")]
    public async Task Gateway_ThatIsGone_RefusesEverybodyAtOnce(string signal)
    {
        await StartAsync("mode: redirect");
        Assert.That((await PadAsync($"http://{School.Open}/1k")).Status, Is.EqualTo(200));
        await Gateway!.StopAsync(signal);
        using (Assert.EnterMultipleScope())
        {
            foreach (var place in new[] { Network.Pad, Network.Desk })
                foreach (var end in new[] { new IPEndPoint(BoxNetwork.Internet4, 80), new(BoxNetwork.Internet4, 443), new(BoxNetwork.Internet6, 80), new(BoxNetwork.Internet6, 443) })
                    Assert.That(await NamespaceSockets.TcpAsync(place, end), Is.EqualTo(Reached.Refused), $"{place.Name} to {end}");
            var browser = await PadAsync($"http://{School.Open}/1k");
            Assert.That((browser.ExitCode, browser.Status), Is.EqualTo((7, 0)), "curl's word for refused: a browser says so at once");
            Assert.That(await DoctorAsync("gateway"), Does.Match(@"RED +gateway: it does not run \(.*\): behind this box nobody reaches the web\n.*systemctl start filtergate"));
            Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway: refused like everybody"));
        }

        await StartGatewayAsync();
        Assert.That(((await PadAsync($"http://{School.Open}/1k")).Status, (await PadAsync($"http://{School.Auction}/1k")).Status), Is.EqualTo((200, 403)));
    }

    /// <summary>The school's choice for its staff: their web passes after a while, nobody else's does, everybody is told, and it ends with the gateway's return.</summary>
    [TestCase("redirect")]
    [TestCase("tproxy")]
    public async Task Gateway_ThatIsGone_LetsStaffPastWhereTheSchoolChoseSo(string mode)
    {
        await StartAsync($"when_down: {{ staff: pass, illegal_content_stopped_by: Anytown Broadband, checked: {DateTime.Now:yyyy-MM-dd} }}, mode: {mode}");
        Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway: their web would pass straight"));
        Assert.That(await DeskAsync("-4"), Is.EqualTo(403), "through the gateway");
        // The review site is a process of its own, as the package has it.
        await using var review = await GatewayProcess.StartAsync(Network.Box.Place, environment: null, [.. Options, "--only", "review", "--review-listen", "127.0.0.1:8090"]);
        Assert.That(await SiteAsync(), Does.Not.Contain("Staff are not filtered"));
        await Gateway!.StopAsync("KILL");
        await Programs.UntilAsync(async () => await DeskAsync("-4") == 200, "the desk goes straight, and nothing of the box filters it", TimeSpan.FromSeconds(60));
        using var open = NamespaceSockets.Make(Network.Desk, AddressFamily.InterNetwork, SocketType.Stream);
        await open.ConnectAsync(new IPEndPoint(BoxNetwork.Internet4, 80));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await DeskAsync("-6"), Is.EqualTo(200));
            foreach (var address in new[] { "10.77.1.2", "10.77.1.3", "fd77:1::2", "fd77:1::3" })
                Assert.That((await PadAsync($"http://{School.Open}/1k", "--interface", address)).ExitCode, Is.EqualTo(7), $"pupils and guests: {address}");
            Assert.That(await NamespaceSockets.TcpAsync(Network.Desk, new IPEndPoint(BoxNetwork.Internet4, 853)), Is.EqualTo(Reached.Refused), "DNS over TLS stays refused");
            Assert.That(await NamespaceSockets.UdpAsync(Network.Desk, new IPEndPoint(BoxNetwork.Internet4, 443)), Is.EqualTo(Reached.Refused), "and QUIC");
            Assert.That(await NamespaceSockets.TcpAsync(Network.Desk, new IPEndPoint(IPAddress.Parse("10.77.1.2"), 80)), Is.EqualTo(Reached.Refused), "and the pupils' network");
            Assert.That(await DoctorAsync("gateway"), Does.Contain("nobody reaches the web but staff, past the filter"));
            Assert.That(await SiteAsync(), Does.Contain("Staff are not filtered"));
            Assert.That(await DoctorAsync("network"), Does.Match("RED +network: staff without the gateway: the gateway is down, and since .* the web of staff passes unfiltered: nothing of this box stops illegal content there").And.Match("ok +network: rules: as policy"));
        }

        await StartGatewayAsync();
        await Programs.UntilAsync(async () => await DeskAsync("-4") == 403 && await DeskAsync("-6") == 403, "the desk goes through the gateway again");
        Assert.That(await IsOpenAsync(open), Is.False, "what passed is cut");
        await Programs.UntilAsync(async () => !(await SiteAsync()).Contains("Staff are not filtered", StringComparison.Ordinal), "the site says no more that staff pass");
        Assert.That(await DoctorAsync("network"), Does.Match("ok +network: staff without the gateway"));
        using var state = StateStore.Open(Path.Combine(Data, "state.db"), TimeProvider.System);
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

    private async Task StartAsync(string network)
    {
        await WriteAsync(network);
        await StartKeeperAsync();
        await StartGatewayAsync();
    }

    /// <summary>A page of the review site, opened on the box.</summary>
    private async Task<string> SiteAsync() => (await new Curl(Network.Box.Place).GetAsync("http://127.0.0.1:8090/", proxy: null, trusted: null)).Body;

    /// <summary>What a desk of staff gets of a site that this school closes for its staff.</summary>
    private async Task<int> DeskAsync(string family) => (await new Curl(Network.Desk.Place).GetAsync($"http://{School.Auction}/1k", proxy: null, trusted: null, family)).Status;
}
