using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;
using FilterGate.Testing.Browser;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Devices that know of no proxy, behind a box whose rules <c>network apply</c> made: IPv4 and IPv6, REDIRECT and TPROXY.</summary>
/// <remarks>Under TPROXY the gateway runs as an account without rights but <c>CAP_NET_RAW</c>.</remarks>
[TestFixture("redirect")]
[TestFixture("tproxy", Category = "Slow")]
[Category("EndToEnd")]
[Category("Box")]
public sealed partial class TransparentTests(string mode)
{
    private const int Port = 8129;

    /// <summary>A name whose server is down.</summary>
    private const string Down = "down.test";

    /// <summary>On the shipped list of what is never read.</summary>
    private const string Unread = "www.nhs.uk";

    private static readonly string[] Names = [School.Open, School.Auction, Unread, "reddit.com", "locked.test"];

    private TempFolder _folder = null!;
    private BoxNetwork _network = null!;
    private NginxOrigin _origin = null!;
    private GatewayProcess _gateway = null!;
    private Curl _pad = null!;

    private string Authority => Path.Combine(_folder["data"], "ca", "ca.crt");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Programs.RequireRoot("network namespaces");
        Programs.Require("setpriv", "util-linux");
        _folder = new TempFolder();
        (string, IPAddress)[] names = [.. Names.SelectMany(name => new[] { (name, BoxNetwork.Internet4), (name, BoxNetwork.Internet6) }), (Down, BoxNetwork.Nothing)];
        _network = await BoxNetwork.MakeAsync(names);
        _origin = await NginxOrigin.StartAsync(_network.Internet.Place, BoxNetwork.Internet4, Names, also: BoxNetwork.Internet6);
        await File.WriteAllTextAsync(_folder["policy.yaml"], BoxNetwork.Policy);
        await File.WriteAllTextAsync(_folder["settings.yaml"], $$"""
            policy: policy.yaml
            listen: "[::]:8080"
            transparent_listen: "[::]:{{Port}}"
            network: { lan: [lan0, lan0.50], mode: {{mode}}, dns: off }
            """);
        var applied = await CommandAsync("network", "apply", "--config", _folder["settings.yaml"]);
        Assert.That(applied.ExitCode, Is.Zero, applied.Error);

        // The gateway's account owns its folder and sees nothing of the others.
        Directory.CreateDirectory(_folder["data"]);
        File.Copy(_origin.Certificates.AuthorityPath, _folder["origins.crt"]);
        await Programs.MustAsync("chown", "-R", "65534:65534", _folder.Path);
        await Programs.MustAsync("chmod", "o+x", _folder.Path);
        string[] capabilities = mode == "tproxy" ? ["--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw"] : ["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"];
        var place = new Place([.. _network.Box.Place.Prefix, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", .. capabilities]);
        _gateway = await GatewayProcess.StartAsync(place, environment: null,
            "--config", _folder["settings.yaml"], "--data", _folder["data"], "--allow-private", "10.77.2.0/24", "--allow-private", "fd77:2::/64", "--trust-ca", _folder["origins.crt"]);
        _pad = new Curl(_network.Pad.Place);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_origin is not null) await _origin.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        _folder?.Dispose();
    }

    [TestCase("http", "-4")]
    [TestCase("https", "-4")]
    [TestCase("http", "-6")]
    [TestCase("https", "-6")]
    public async Task AllowedSite_Loads_AndItsServerSeesWhomItShould(string scheme, string family)
    {
        var answer = await _pad.GetAsync($"{scheme}://{School.Open}/from", proxy: null, trusted: Authority, family, "--interface", PadAddress(family));
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
        // Redirected, the gateway looks the name up itself and takes the family that answers first; TPROXY keeps the device's address, and with it its family.
        string[] seen = mode == "redirect" ? ["10.77.2.1", "fd77:2::1"] : [PadAddress(family)];
        Assert.That(answer.Body.Split(' ')[0], Is.AnyOf(seen));
    }

    [TestCase("http", "-4")]
    [TestCase("https", "-4")]
    [TestCase("http", "-6")]
    [TestCase("https", "-6")]
    public async Task BlockedSite_ShowsThePage_AndTheEventHasTheClient(string scheme, string family)
    {
        var path = $"/lot-{scheme}{family}";
        var answer = await _pad.GetAsync($"{scheme}://{School.Auction}{path}", proxy: null, trusted: Authority, family, "--interface", PadAddress(family));
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 403)), answer.ToString());
        var stored = (await EventsAsync(PadAddress(family))).Single(e => e.GetProperty("reference").GetString() == answer.Reference);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored.GetProperty("url").GetString(), Is.EqualTo($"{scheme}://{School.Auction}{path}"));
            Assert.That(_origin.Requests, Has.None.Contains("/lot-"));
        }
    }

    /// <summary>A pupil's HTTPS is read; a host of the shipped list keeps its own certificate, and the device never meets ours.</summary>
    [TestCase("-4")]
    [TestCase("-6")]
    public async Task HostThatIsNeverRead_KeepsItsOwnCertificate(string family)
    {
        var own = _origin.Certificates.AuthorityPath;
        var unread = await _pad.GetAsync($"https://{Unread}/from", proxy: null, trusted: own, family, "--interface", PadAddress(family));
        var read = await _pad.GetAsync($"https://{School.Open}/from", proxy: null, trusted: own, family, "--interface", PadAddress(family));
        Assert.That((unread.ExitCode, unread.Status, read.ExitCode), Is.EqualTo((0, 200, 60)), $"{unread}; {read}");
    }

    /// <summary>The name decides where the gateway dials: a device with an old or a wrong address for it gets its site, and no complaint that the two do not match.</summary>
    [TestCase("http", 80)]
    [TestCase("https", 443)]
    public async Task WrongAddressOfARightName_LoadsTheSite(string scheme, int port)
    {
        var answer = await _pad.GetAsync($"{scheme}://{School.Open}/1k", proxy: null, trusted: Authority, "--resolve", $"{School.Open}:{port}:198.51.100.7");
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
    }

    [TestCase("10.77.2.2:443", "SSH-2.0-x\r\n", "way-round", TestName = "NotTls_On443_OfAPupil_IsEndedAndRecorded")]
    [TestCase("[fd77:2::2]:443", "SSH-2.0-x\r\n", "way-round", TestName = "NotTls_On443_OverIpv6_IsEndedAndRecorded")]
    [TestCase("10.77.2.2:80", "\u0013BitTorrent protocol", "tls-policy", TestName = "NotHttp_On80_OfAPupil_IsEndedAndRecorded")]
    [TestCase("[fd77:2::2]:80", "\u0005\u0001\u0000", "way-round", TestName = "Socks_On80_OverIpv6_IsEndedAndRecorded")]
    public async Task NotTheWeb_OfAPupil(string to, string says, string reason)
    {
        var end = IPEndPoint.Parse(to);
        var host = end.Address.ToString() is var text && text.Contains(':', StringComparison.Ordinal) ? $"[{text}]" : text;
        var before = (await EventsAsync(host: host)).Count(e => e.GetProperty("reason").GetString() == reason);
        var came = await NamespaceSockets.TalkAsync(_network.Pad, end, Encoding.Latin1.GetBytes(says));
        var after = (await EventsAsync(host: host)).Count(e => e.GetProperty("reason").GetString() == reason);
        Assert.That((Encoding.ASCII.GetString(came), after), Is.EqualTo(("", before + 1)));
    }

    /// <summary>Guests' connections are passed unread where their names are allowed: then what is not TLS passes too.</summary>
    [TestCase(443)]
    [TestCase(80)]
    public async Task NotTheWeb_OfAGuest_ReachesItsServer(int port)
    {
        using var socket = NamespaceSockets.Make(_network.Pad, System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, new IPEndPoint(IPAddress.Parse("10.77.1.3"), 0));
        await socket.ConnectAsync(new IPEndPoint(BoxNetwork.Internet4, port));
        await socket.SendAsync("SSH-2.0-x\r\n"u8.ToArray());
        var buffer = new byte[4096];
        using var late = new CancellationTokenSource(Programs.WaitMax);
        var count = await socket.ReceiveAsync(buffer, late.Token);
        Assert.That(Encoding.ASCII.GetString(buffer, 0, count), Does.Contain("nginx"), "nginx says that this is no HTTP");
    }

    [Test]
    public async Task BlockedSite_OfAGuest_IsEndedInTheWordsOfTls_AndRecorded()
    {
        var answer = await GuestAsync("https://reddit.com/");
        var events = await EventsAsync("10.77.1.3");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.EqualTo(35), answer.ToString());
            Assert.That(answer.Error, Does.Contain("access denied").IgnoreCase);
            Assert.That(events.Select(e => e.GetProperty("host").GetString()), Does.Contain("reddit.com"));
        }
    }

    /// <summary>Its TLS is not answered with a page, which a browser would take for a broken server: the connection is reset, as if the site itself were down.</summary>
    [Test]
    public async Task SiteThatIsDown_OfAGuest_IsReset()
    {
        var answer = await GuestAsync($"https://{Down}/", "--resolve", $"{Down}:443:198.51.100.9");
        // curl's words for a handshake that broke off, by how far it had come.
        Assert.That(answer.ExitCode, Is.EqualTo(35).Or.EqualTo(56), answer.ToString());
        Assert.That(answer.Error, Does.Not.Contain("wrong version").IgnoreCase);
    }

    [Test]
    public async Task SiteThatIsDown_OfAPupil_IsAPage()
    {
        var answer = await _pad.GetAsync($"https://{Down}/", proxy: null, trusted: Authority, "--resolve", $"{Down}:443:198.51.100.9");
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 502)), answer.ToString());
    }

    [Test]
    public async Task TlsWithoutAName_IsDecidedByItsAddressAndByWhatIsAskedOverIt()
    {
        var open = await _pad.GetAsync($"https://{BoxNetwork.Internet4}/", proxy: null, trusted: null, "-k", "-H", $"Host: {School.Auction}");
        Assert.That(open.Status, Is.EqualTo(403), open.ToString());
    }

    /// <summary>The rules refuse it; where they are missing, the gateway does.</summary>
    [TestCase("10.77.1.1:8129")]
    [TestCase("[fd77:1::1]:8129")]
    public async Task StraightToTheTransparentPort_WithoutTheRule_IsCutOffAndMakesNoLoop(string to)
    {
        await Programs.MustAsync([.. _network.Box.Place.Command("nft", "flush", "chain", "inet", "filtergate", "input")]);
        try
        {
            var reached = await NamespaceSockets.TcpAsync(_network.Pad, IPEndPoint.Parse(to), $"GET / HTTP/1.1\r\nHost: {to}\r\n\r\n");
            var connections = await Programs.MustAsync([.. _network.Box.Place.Command("ss", "-Htn", "sport", "=", $":{Port}")]);
            Assert.That(reached, Is.EqualTo(Reached.Refused));
            Assert.That(connections.Split('\n'), Has.Length.LessThan(30), connections);
        }
        finally
        {
            await CommandAsync("network", "apply", "--config", _folder["settings.yaml"]);
        }
    }

    [Test]
    public async Task ExplicitProxy_BesideIt_StillWorks()
    {
        var answer = await _pad.GetAsync($"http://{School.Open}/1k", new Uri("http://10.77.1.1:8080"));
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
    }

    /// <summary>A device that looks for a proxy by itself is told of the one at the box, and gets its sites through it.</summary>
    [TestCase("http://filtergate.internal/proxy.pac", "10.77.1.1", "10.77.1.1")]
    [TestCase("http://wpad/wpad.dat", "10.77.1.1", "10.77.1.1")]
    [TestCase("http://wpad.school.example/wpad.dat", "10.77.1.1", "10.77.1.1")]
    [TestCase("http://filtergate.internal/proxy.pac", "fd77:1::1", "fd77:1::1")]
    // The name leads elsewhere, as with a resolver that is not the box's.
    [TestCase("http://filtergate.internal/proxy.pac", "198.51.100.7", "10.77.1.1")]
    [TestCase("http://wpad.school.example/wpad.dat", "2001:db8::7", "fd77:1::1")]
    public async Task ProxyConfiguration_OfTheBox_LeadsToItsProxy(string url, string asked, string box)
    {
        var end = new IPEndPoint(IPAddress.Parse(box), 8080);
        var file = await _pad.GetAsync(url, proxy: null, trusted: null, "--resolve", $"{new Uri(url).Host}:80:{new UriBuilder("http", asked).Uri.Host}");
        Assert.That((file.ExitCode, file.Status), Is.EqualTo((0, 200)), file.ToString());
        Assert.That(file.Body, Does.Contain($"return \"PROXY {end}\";"));
        Assert.That((await _pad.GetAsync($"http://{School.Open}/1k", new Uri($"http://{end}"))).Status, Is.EqualTo(200));
    }

    /// <summary>A device that the roster knows by its hardware address alone, in the kernel's own table of neighbours; and its trolley, given to a class while it is on.</summary>
    [Test]
    [Category("Slow")]
    public async Task DeviceKnownByItsHardwareAddress_IsNamed_AndIsTheClassesThatHasIt()
    {
        if (mode == "tproxy") Assert.Ignore("Who is behind an address is the same in both modes.");
        var mac = (await Programs.MustAsync([.. _network.Pad.Place.Command("cat", "/sys/class/net/wlan0/address")])).Trim();
        await DevicesAsync("add", "pad-07", "--mac", mac, "--trolley", "yes");
        try
        {
            Assert.That(await SoonAsync(e => e.GetProperty("device").GetString() == "pad-07"), Is.True, "its events have its name");
            await DevicesAsync("assign", "pad", "--class", "4b", "--until", DateTime.Now.AddSeconds(10).ToString("yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));
            Assert.That(await SoonAsync(e => e.GetProperty("group").GetString() == "4b"), Is.True, "its events have the class");
            Assert.That(await SoonAsync(e => e.GetProperty("group").ValueKind == JsonValueKind.Null), Is.True, "the booking ends by itself");
            Assert.That((await DevicesAsync("seen", "--json")).Lines, Has.Some.Contains(mac).And.Some.Contains("pad-07"));
        }
        finally
        {
            await DevicesAsync("remove", "pad-07", "--reason", "test", "--yes");
        }

        async Task<bool> SoonAsync(Func<JsonElement, bool> isSo)
        {
            for (var i = 0; i < 60; i++)
            {
                var blocked = await _pad.GetAsync($"http://{School.Auction}/who", proxy: null, trusted: null, "--interface", "10.77.1.2");
                if (isSo((await EventsAsync("10.77.1.2")).Single(e => e.GetProperty("reference").GetString() == blocked.Reference))) return true;
                await Task.Delay(500);
            }
            return false;
        }
    }

    private async Task<Ended> DevicesAsync(params string[] arguments)
    {
        var ended = await CommandAsync(["devices", .. arguments, "--config", _folder["settings.yaml"]]);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        return ended;
    }

    /// <summary>With QUIC on and no proxy setting: the page comes over TCP, without a wait, and a blocked one shows why.</summary>
    [Test]
    [Category("Browser")]
    [Category("Slow")]
    public async Task Chromium_WithNoSetting_ShowsAnOpenSiteAndTheBlockPage()
    {
        if (mode == "tproxy") Assert.Ignore("The browser sees no difference between the modes.");
        await using var chromium = await ChromiumAsync();
        await using var visit = await chromium.VisitAsync(Screen.Tablet());
        var open = await visit.Page.GotoAsync($"https://{School.Open}/");
        Assert.That((open!.Status, await visit.Page.TextContentAsync("h1")), Is.EqualTo((200, NginxOrigin.Welcome)));
        var blocked = await visit.Page.GotoAsync($"https://{School.Auction}/lot/9");
        Assert.That(blocked!.Status, Is.EqualTo(403));
        Assert.That(References.In(await visit.Page.InnerTextAsync("body")), Has.Exactly(1).Items);

        // A site that is never read invites to QUIC with its own words; what the browser then tries is refused, and it goes on over TCP.
        var before = await QuicRefusedAsync();
        await visit.Page.GotoAsync($"https://{Unread}/quic");
        await Programs.UntilAsync(async () =>
        {
            var again = await visit.Page.GotoAsync($"https://{Unread}/from");
            return again!.Status == 200 && await QuicRefusedAsync() > before;
        }, "the browser tries QUIC, and has its page all the same");
    }

    /// <summary>A browser on the pad that trusts the school's authority and those of the sites.</summary>
    private async Task<Chromium> ChromiumAsync()
    {
        Programs.Require("certutil", "libnss3-tools");
        var store = Path.Combine(_folder["home"], ".pki", "nssdb");
        if (!Directory.Exists(store))
        {
            Directory.CreateDirectory(store);
            await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-N", "--empty-password");
            foreach (var (name, authority) in new[] { ("School", Authority), ("Sites", _origin.Certificates.AuthorityPath) }) await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-A", "-t", "C,,", "-n", name, "-i", authority);
        }

        return await Chromium.StartAsync(home: _folder["home"], networkNamespace: _network.Pad.Name);
    }

    /// <summary>Packets to QUIC's port that the rules have refused.</summary>
    private async Task<int> QuicRefusedAsync()
    {
        var listed = await Programs.MustAsync([.. _network.Box.Place.Command("nft", "list", "chain", "inet", "filtergate", "from_school")]);
        return int.Parse(RefusedQuic().Match(listed).Groups["packets"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"udp dport \{ 80, 443, 853 \} counter packets (?<packets>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefusedQuic();

    /// <summary>The pupil's: the same pad has a guest's beside it, and would choose by itself.</summary>
    private static string PadAddress(string family) => family == "-4" ? "10.77.1.2" : "fd77:1::2";

    private Task<Answer> GuestAsync(string url, params string[] more) => _pad.GetAsync(url, proxy: null, trusted: _origin.Certificates.AuthorityPath, ["--interface", "10.77.1.3", "-4", .. more]);

    private async Task<IReadOnlyList<JsonElement>> EventsAsync(string? client = null, string? host = null)
    {
        string[] filter = [.. client is null ? (string[])[] : ["--client", client], .. host is null ? (string[])[] : ["--host", host]];
        var found = await GatewayProcess.CommandAsync(["events", "search", "--json", .. filter, "--data", _folder["data"]]);
        Assert.That(found.ExitCode, Is.Zero, found.Error);
        return [.. found.Lines.Select(line => JsonElement.Parse(line))];
    }

    private Task<Ended> CommandAsync(params string[] arguments) => Programs.RunAsync([.. _network.Box.Place.Command([GatewayProcess.Executable, .. arguments, "--data", _folder["data"]])]);
}
