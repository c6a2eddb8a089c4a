using System.Net;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;
using FilterGate.Testing.Browser;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Rules, gateway and dnsmasq of the box together, as the commands set them up: a device that asks a name server of the internet is answered by the box, and finds the proxy by itself.</summary>
[Category("EndToEnd")]
[Category("Box")]
public sealed class NamesOfTheBoxTests
{
    /// <summary>A name that the gateway alone can look up: who loads it went through the proxy.</summary>
    private const string Inner = "inner.test";

    /// <summary>A server of the device's own network without a dot in its name.</summary>
    private const string Plain = "intranet";

    /// <summary>The name server that the devices are set to. Nothing is there.</summary>
    private static readonly IPAddress Elsewhere = IPAddress.Parse("198.51.100.53"), Pad = IPAddress.Parse("10.77.1.2"), SafeSearch = IPAddress.Parse("192.0.2.1");

    private TempFolder _folder = null!;
    private BoxNetwork _network = null!;
    private NginxOrigin _origin = null!, _intranet = null!;
    private ServerProcess _internetsNames = null!, _names = null!;
    private GatewayProcess _gateway = null!;
    private Curl _pad = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Programs.RequireRoot("network namespaces");
        Programs.Require("dnsmasq", "dnsmasq-base");
        _folder = new TempFolder();
        string[] safe = ["forcesafesearch.google.com", "strict.bing.com", "safe.duckduckgo.com", "strict-safe-search.ecosia.org", "safesearch.pixabay.com", "restrict.youtube.com", "restrictmoderate.youtube.com"];
        _network = await BoxNetwork.MakeAsync([(School.Open, BoxNetwork.Internet4), (Inner, BoxNetwork.Internet4), .. safe.Select(name => (name, SafeSearch))]);
        await _network.Pad.UseResolverAsync(Elsewhere, (Plain, Pad));
        await _network.Desk.UseResolverAsync(Elsewhere);
        _origin = await NginxOrigin.StartAsync(_network.Internet.Place, BoxNetwork.Internet4, [School.Open, Inner]);
        _intranet = await NginxOrigin.StartAsync(_network.Pad.Place, Pad, [Plain]);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy.Replace("vlan: 50,", "vlan: 50, ports: [8085],", StringComparison.Ordinal));
        await File.WriteAllTextAsync(_folder["settings.yaml"], """
            policy: policy.yaml
            listen: [0.0.0.0:8080, 0.0.0.0:8085]
            transparent_listen: "[::]:8129"
            network: { lan: [lan0, lan0.50], dns: 53 }
            """ + $"\nname_server: {{ file: {_folder["filtergate.conf"]}, gateway: [{BoxNetwork.Box4}], domains: [school.example], upstream: [{BoxNetwork.Internet4}] }}\n");
        await MustAsync("network", "apply");
        await MustAsync("dns", "write");
        await File.WriteAllTextAsync(_folder["addresses.conf"], $"dhcp-range=10.77.1.100,10.77.1.150\ndhcp-leasefile={_folder["leases"]}\nno-ping\nuser=root\n");
        _internetsNames = new ServerProcess(_network.Internet.Place, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", $"--address=/{School.Open}/{BoxNetwork.Internet4}", $"--address=/google.com/{BoxNetwork.Internet4}", .. safe.Select(name => $"--address=/{name}/{SafeSearch}"), $"--pid-file={_folder["internet.pid"]}"]);
        _names = new ServerProcess(_network.Box.Place, ["dnsmasq", "--keep-in-foreground", $"--conf-file={_folder["filtergate.conf"]}", $"--conf-file={_folder["addresses.conf"]}", $"--pid-file={_folder["box.pid"]}"]);
        await StartGatewayAsync();
        _pad = new Curl(_network.Pad.Place);
        await Programs.UntilAsync(async () => (await _pad.GetAsync($"http://{School.Open}/1k")).Status == 200, "names are answered");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        _names?.Dispose();
        _internetsNames?.Dispose();
        foreach (var origin in new[] { _origin, _intranet })
            if (origin is not null) await origin.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>What Windows asks by its search domain, what is told by DHCP, and a device of another place: each is told of the port that is for it.</summary>
    [TestCase("http://wpad.school.example/wpad.dat", false, "10.77.1.1:8080")]
    [TestCase("http://wpad/wpad.dat", false, "10.77.1.1:8080")]
    [TestCase("http://filtergate.internal/proxy.pac", false, "10.77.1.1:8080")]
    [TestCase("http://filtergate.internal/proxy.pac", true, "10.77.3.1:8085", TestName = "FileThatNamesTheProxy_OfAPlaceWithAPort_NamesThatPort")]
    public async Task FileThatNamesTheProxy(string url, bool isDesk, string proxy)
    {
        var file = await new Curl((isDesk ? _network.Desk : _network.Pad).Place).GetAsync(url);
        Assert.That((file.ExitCode, file.Status), Is.EqualTo((0, 200)), file.ToString());
        Assert.That(file.Body, Does.Contain($"return \"PROXY {proxy}\";").And.Not.Contain("; DIRECT"));
    }

    /// <summary>The devices are set to a name server that is not there: the rules bring their question to the box, over UDP and over TCP, and what it answers leads to the page.</summary>
    [TestCase("", TestName = "Question_ToAnyServer_IsAnsweredByTheBox_OverUdp")]
    [TestCase("options use-vc\n", TestName = "Question_ToAnyServer_IsAnsweredByTheBox_OverTcp")]
    public async Task Question_ToAnyServer_LeadsToThePage(string options)
    {
        await _network.Pad.UseResolverAsync(Elsewhere, (Plain, Pad));
        await File.AppendAllTextAsync($"/etc/netns/{_network.Pad.Name}/resolv.conf", options);
        var open = await _pad.GetAsync($"http://{School.Open}/from");
        Assert.That((open.ExitCode, open.Status), Is.EqualTo((0, 200)), open.ToString());
        Assert.That(open.Body, Does.StartWith("10.77.2.1 "));
        Assert.That((await _pad.GetAsync("http://use-application-dns.net/")).ExitCode, Is.EqualTo(6), "there is no such name");
        Assert.That((await _pad.GetAsync("http://dns.google/")).ExitCode, Is.EqualTo(6));
    }

    [Test]
    public async Task Check_AndDoctor_AskTheServerOfTheSettings()
    {
        Assert.That((await RunAsync("dns", "check")).ExitCode, Is.Zero);
        var well = await RunAsync("doctor", "--only", "names for devices");
        Assert.That((well.ExitCode, well.Output), Is.EqualTo((0, well.Output)), well.Error);
        Assert.That(well.Output, Does.Contain("answers as it should"));
        File.SetLastWriteTimeUtc(_folder["filtergate.conf"], DateTime.UtcNow.AddDays(-4));
        Assert.That((await RunAsync("doctor", "--only", "names for devices")).Output, Does.Contain("safe addresses change"), "a night that failed leaves it as it was, and that is seen");
        await MustAsync("dns", "write");
        Assert.That((await RunAsync("doctor", "--only", "names for devices")).Output, Does.Not.Contain("safe addresses change"), "a night without a change is one that went well");
    }

    [Test]
    public async Task AddressByDhcp_ComesWithTheFileThatNamesTheProxy()
    {
        const byte ProxyFile = 252;
        var lease = await new DhcpClient(_network.Pad, [0xa4, 0x83, 0xe7, 0, 0, 7]).AskAsync("ipad-07", ProxyFile);
        Assert.That(lease.Text(ProxyFile), Is.EqualTo("http://filtergate.internal/wpad.dat"));
    }

    /// <summary>The whole life of a browser that is told of the file: sites through the proxy, a plain name straight, and nothing at all while the gateway is down, for one that has the file and for one that could not get it.</summary>
    [Test]
    [Category("Browser")]
    [Category("Slow")]
    public async Task Chromium_ToldOfTheFile_GoesThroughTheProxy_AndNowhereWithoutIt()
    {
        const string File = "http://filtergate.internal/proxy.pac";
        await using var chromium = await Chromium.StartAsync(networkNamespace: _network.Pad.Name, proxyFile: File);
        await using var visit = await chromium.VisitAsync(Screen.Tablet());
        foreach (var url in new[] { $"http://{Inner}/", $"http://{Plain}/", $"http://{School.Open}/" })
            Assert.That(((await visit.Page.GotoAsync(url))!.Status, await visit.Page.TextContentAsync("h1")), Is.EqualTo((200, NginxOrigin.Welcome)), url);
        Assert.That(_intranet.Requests, Has.Some.StartsWith(Plain));
        var asked = _origin.Requests.Count;

        await _gateway.KillAsync();
        try
        {
            Assert.That(await FailureAsync(visit, $"http://{School.Open}/1k"), Does.Contain("ERR_PROXY_CONNECTION_FAILED"));
            await using var late = await Chromium.StartAsync(networkNamespace: _network.Pad.Name, proxyFile: File);
            await using var lateVisit = await late.VisitAsync(Screen.Tablet());
            Assert.That(await FailureAsync(lateVisit, $"http://{School.Open}/1k"), Does.Contain("ERR_CONNECTION_REFUSED"), "a browser without the file goes straight, and the rules refuse it");
            Assert.That(_origin.Requests, Has.Count.EqualTo(asked));
        }
        finally
        {
            await StartGatewayAsync();
        }

        Assert.That((await visit.Page.GotoAsync($"http://{School.Open}/"))!.Status, Is.EqualTo(200), "and by itself again");

        static async Task<string> FailureAsync(Visit visit, string url)
        {
            try
            {
                return $"status {(await visit.Page.GotoAsync(url))?.Status}";
            }
            catch (Microsoft.Playwright.PlaywrightException problem)
            {
                return problem.Message;
            }
        }
    }

    private async Task StartGatewayAsync() =>
        _gateway = await GatewayProcess.StartAsync(_network.Box.Place, environment: null, "--config", _folder["settings.yaml"], "--data", _folder["data"], "--allow-private", "10.77.2.0/24", "--trust-ca", _origin.Certificates.AuthorityPath);

    private Task<Ended> RunAsync(params string[] command) => Programs.RunAsync([.. _network.Box.Place.Command([GatewayProcess.Executable, .. command, "--config", _folder["settings.yaml"], "--data", _folder["data"]])]);

    private async Task MustAsync(params string[] command)
    {
        var ended = await RunAsync(command);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
    }
}
