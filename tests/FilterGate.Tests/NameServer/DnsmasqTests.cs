using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FilterGate.NameServer;
using FilterGate.Testing;
using FilterGate.Tests.Commands;

namespace FilterGate.Tests.NameServer;

/// <summary>The configuration that the command makes, in the real dnsmasq, asked over the wire; another dnsmasq stands for the internet and has an answer for every name.</summary>
[Category("EndToEnd")]
internal sealed class DnsmasqTests
{
    private const string Internet = "198.51.100.7", Internet6 = "2001:db8::7";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>What safe names resolve to here. Those of the example in <c>deploy/dnsmasq</c> are documentation addresses for the same reason.</summary>
    internal static readonly Dictionary<string, IPAddress[]> Safe = new(StringComparer.Ordinal)
    {
        ["forcesafesearch.google.com"] = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8:5afe::1")],
        ["strict.bing.com"] = [IPAddress.Parse("192.0.2.2")],
        ["safe.duckduckgo.com"] = [IPAddress.Parse("192.0.2.3")],
        ["strict-safe-search.ecosia.org"] = [IPAddress.Parse("192.0.2.4"), IPAddress.Parse("192.0.2.5")],
        ["safesearch.pixabay.com"] = [IPAddress.Parse("192.0.2.6")],
        ["restrict.youtube.com"] = [IPAddress.Parse("192.0.2.7")],
        ["restrictmoderate.youtube.com"] = [IPAddress.Parse("192.0.2.8")],
    };

    private StoreBox _box = null!;
    private TempFolder _folder = null!;
    private Server _internet = null!, _pupil = null!, _staff = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (!File.Exists("/usr/sbin/dnsmasq")) Assert.Ignore("Needs dnsmasq: install Debian's package `dnsmasq-base`.");
        _box = new StoreBox();
        foreach (var (name, addresses) in Safe) _box.Addresses[name] = addresses;
        _folder = new TempFolder();
        _internet = await Server.StartAsync(_folder, $"no-resolv\nno-hosts\naddress=/#/{Internet}\naddress=/#/{Internet6}\ndns-rr=ech.test,65,000100\ndns-rr=www.google.com,65,000100\n");
        await File.WriteAllTextAsync(_folder["proxy.yaml"], "listen: 0.0.0.0:8080\n");
        _pupil = await Server.StartAsync(_folder, Configuration("pupil", "--config", _folder["proxy.yaml"]));
        _staff = await Server.StartAsync(_folder, Configuration("staff"));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var server in new[] { _pupil, _staff, _internet }) server?.Dispose();
        _folder?.Dispose();
        if (_box is not null) await _box.DisposeAsync();
    }

    [TestCase("use-application-dns.net")]
    [TestCase("mask.icloud.com")]
    [TestCase("mask-h2.icloud.com")]
    [TestCase("_dns.resolver.arpa")]
    [TestCase("doh.dns.apple.com")]
    [TestCase("dns.google")]
    [TestCase("cloudflare-dns.com")]
    public async Task WaysRound_AreNotThere_ForEveryType(string name)
    {
        foreach (var server in new[] { _pupil, _staff })
        foreach (ushort type in (ushort[])[1, 2, 5, 15, 16, 28, 33, 64, 65, 255])
            Assert.That((await server.AskAsync(name, type)).Code, Is.EqualTo(3), $"type {type}");
    }

    [TestCase("icloud.com")]
    [TestCase("www.apple.com")]
    [TestCase("mail.google.com")]
    [TestCase("xmask.icloud.com")]
    [TestCase("th.bing.com")]
    [TestCase("external-content.duckduckgo.com")]
    [TestCase("cdn.ecosia.org")]
    [TestCase("music.youtube.example")]
    public async Task Neighbours_AreAnsweredAsTheyAre(string name) =>
        Assert.That((await _pupil.AskAsync(name, DnsMessage.A)).Addresses.Select(a => a.ToString()), Is.EqualTo(new[] { Internet }));

    [TestCase("www.google.com", "192.0.2.1")]
    [TestCase("google.com", "192.0.2.1")]
    [TestCase("www.google.co.uk", "192.0.2.1")]
    [TestCase("images.google.com", "192.0.2.1")]
    [TestCase("bing.com", "192.0.2.2")]
    [TestCase("duckduckgo.com", "192.0.2.3")]
    [TestCase("www.ecosia.org", "192.0.2.4")]
    [TestCase("yandex.ru", "213.180.193.56")]
    [TestCase("www.youtube.com", "192.0.2.7")]
    [TestCase("youtubei.googleapis.com", "192.0.2.7")]
    public async Task SafeNames_HoldForPupils_AndNotForStaff(string name, string safe)
    {
        var (pupil, staff) = (await _pupil.AskAsync(name, DnsMessage.A), await _staff.AskAsync(name, DnsMessage.A));
        Assert.That(pupil.Addresses.Select(a => a.ToString()), Does.Contain(safe).And.Not.Contain(Internet));
        Assert.That(staff.Addresses.Select(a => a.ToString()), Is.EqualTo(new[] { Internet }));
        // An address of the internet under the same name, of another family, would be the way round.
        Assert.That((await _pupil.AskAsync(name, DnsMessage.Aaaa)).Addresses.Select(a => a.ToString()), Has.None.EqualTo(Internet6));
    }

    [TestCase("ech.test")]
    [TestCase("www.google.com")]
    public async Task HttpsRecords_AreLeftOut(string name)
    {
        Assert.That((await _internet.AskAsync(name, DnsMessage.Https)).Types, Does.Contain(DnsMessage.Https), "the internet has one");
        foreach (var server in new[] { _pupil, _staff }) Assert.That((await server.AskAsync(name, DnsMessage.Https)).Types, Is.Empty);
    }

    [TestCase("filtergate.internal")]
    [TestCase("adult.check.filtergate.internal")]
    public async Task OwnName_IsTheBox(string name)
    {
        Assert.That((await _pupil.AskAsync(name, DnsMessage.A)).Addresses.Single().ToString(), Is.EqualTo("10.20.0.1"));
        Assert.That((await _pupil.AskAsync(name, DnsMessage.Aaaa)).Addresses.Single().ToString(), Is.EqualTo("fd00::1"));
    }

    /// <summary>The pupils' box has a port for devices that know of the proxy, the staff's has none: there the internet's answer would name somebody else's.</summary>
    [TestCase("wpad")]
    [TestCase("wpad.school.example")]
    public async Task NameOfTheProxy_IsTheBox_OrNotThere(string name)
    {
        Assert.That((await _pupil.AskAsync(name, DnsMessage.A)).Addresses.Single().ToString(), Is.EqualTo("10.20.0.1"));
        Assert.That((await _pupil.AskAsync(name, DnsMessage.Aaaa)).Addresses.Single().ToString(), Is.EqualTo("fd00::1"));
        foreach (var type in (ushort[])[DnsMessage.A, DnsMessage.Aaaa]) Assert.That((await _staff.AskAsync(name, type)).Code, Is.EqualTo(3));
    }

    [TestCase("wpad.other.example")]
    [TestCase("xwpad.school.example")]
    public async Task NeighboursOfTheProxysName_AreAnsweredAsTheyAre(string name) =>
        Assert.That((await _pupil.AskAsync(name, DnsMessage.A)).Addresses.Select(a => a.ToString()), Is.EqualTo(new[] { Internet }));

    [TestCase("10.20.0.1")]
    [TestCase("school example")]
    [TestCase("")]
    public void Show_DomainThatIsNone_IsRefused(string domain)
    {
        var run = _box.Run("dns", "show", "--tier", "staff", "--gateway", "10.20.0.1", "--domain", domain);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
    }

    [Test]
    public void Check_OfTheRealServer_IsWell_AndOfTheInternetIsNot()
    {
        var well = _box.Run("dns", "check", "--server", $"127.0.0.1:{_staff.Port}", "--tier", "staff");
        Assert.That((well.ExitCode, well.Error), Is.EqualTo((0, "")), well.Output);
        var bad = _box.Run("dns", "check", "--server", $"127.0.0.1:{_internet.Port}", "--tier", "staff", "--json");
        Assert.That(bad.ExitCode, Is.EqualTo(3));
        Assert.That(bad.Lines, Has.Some.Contains("\"name\":\"use-application-dns.net\",\"type\":\"A\"").And.Some.Contains("\"ok\":false"));
    }

    [Test]
    public void Example_InDeploy_IsWhatTheCommandMakes()
    {
        var path = Path.Combine(Repository.Root, "deploy", "dnsmasq", "filtergate.conf");
        var made = _box.Run("dns", "show", "--tier", "pupil", "--gateway", "10.20.0.1", "--gateway", "fd00::1", "--listen", "10.20.0.1", "--upstream", "9.9.9.9").Output;
        if (Environment.GetEnvironmentVariable("FILTERGATE_WRITE_EXAMPLES") is not null) File.WriteAllText(path, made);
        Assert.That(File.Exists(path) ? File.ReadAllText(path) : "", Is.EqualTo(made), "make it anew with FILTERGATE_WRITE_EXAMPLES=1");
        using var test = Process.Start(new ProcessStartInfo("/usr/sbin/dnsmasq", ["--test", "-C", path]) { UseShellExecute = false, RedirectStandardError = true })!;
        test.WaitForExit();
        Assert.That(test.ExitCode, Is.Zero, test.StandardError.ReadToEnd());
    }

    [Test]
    public void Show_ASafeNameThatCannotBeLookedUp_MakesNoConfiguration()
    {
        var addresses = _box.Addresses["strict.bing.com"];
        _box.Addresses.Remove("strict.bing.com");
        var run = _box.Run("dns", "show", "--tier", "pupil", "--gateway", "10.20.0.1");
        _box.Addresses["strict.bing.com"] = addresses;
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("strict.bing.com"));
    }

    [Test]
    public void Write_Twice_ChangesTheFileOnce()
    {
        var file = _folder["written.conf"];
        string[] write = ["dns", "write", "--tier", "pupil", "--gateway", "10.20.0.1", "--out", file, "--json"];
        Assert.That(_box.Run(write).Output, Does.Contain("\"changed\":true"));
        Assert.That(_box.Run(write).Output, Does.Contain("\"changed\":false"));
    }

    /// <summary>What an option would say, the settings say; an option is stronger.</summary>
    [Test]
    public void Settings_SayWhatOptionsWould()
    {
        var settings = Settings($"gateway: [10.20.0.1], listen: 10.20.0.1, upstream: 9.9.9.9, tier: pupil, file: {_folder["settled.conf"]}");
        var settled = _box.Run("dns", "show", "--config", settings);
        Assert.That((settled.ExitCode, settled.Output), Is.EqualTo((0, _box.Run("dns", "show", "--tier", "pupil", "--gateway", "10.20.0.1", "--listen", "10.20.0.1", "--upstream", "9.9.9.9").Output)), settled.Error);
        Assert.That(_box.Run("dns", "show", "--config", settings, "--gateway", "10.20.0.9").Output, Does.Contain("address=/filtergate.internal/10.20.0.9\n").And.Not.Contain("internal/10.20.0.1"));
        Assert.That(_box.Run("dns", "write", "--config", settings).Output, Does.Contain("settled.conf is written"));
        Assert.That(File.ReadAllText(_folder["settled.conf"]), Is.EqualTo(settled.Output));
    }

    [TestCase("gateway: [10.20.0]", "is no address")]
    [TestCase("gateway: 10.20.0.1, upstream: dns.example", "is no address")]
    [TestCase("gateway: 10.20.0.1, domains: 'school example'", "is not a name")]
    [TestCase("file: /etc/dnsmasq.d/x", "needs gateway")]
    [TestCase("gateway: 10.20.0.1, tier: nobody", "no tier 'nobody'")]
    [TestCase("gatway: 10.20.0.1", "gatway")]
    public void Settings_WithAMistake_AreRefused(string section, string says)
    {
        var run = _box.Run("dns", "show", "--config", Settings(section));
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(says));
    }

    [Test]
    public void Write_WhatDnsmasqDoesNotTake_LeavesTheOldFile()
    {
        var file = _folder["kept.conf"];
        File.WriteAllText(file, "# the old one\n");
        // An address of one link alone is nothing to answer with.
        var run = _box.Run("dns", "write", "--tier", "staff", "--gateway", "fe80::1%1", "--out", file);
        Assert.That((run.ExitCode, File.ReadAllText(file)), Is.EqualTo((2, "# the old one\n")), run.Error);
        Assert.That(run.Error, Does.Contain("does not take"));
        Assert.That(File.Exists(file + ".dpkg-new"), Is.False);
    }

    /// <summary>Where the school has fetched a list of such resolvers, its names are answered as not there as well, and a check asks for some of them.</summary>
    [Test]
    public async Task FetchedList_OfEncryptedDns_IsAnsweredToo()
    {
        await using var box = new StoreBox();
        await File.WriteAllTextAsync(_folder["doh.txt"], "fetched-resolver.test\nsub.fetched-resolver.test\n192.0.2.53\nchildline.org.uk\n");
        var updated = box.Run("lists", "update", "doh", "--from", _folder["doh.txt"]);
        Assert.That(updated.ExitCode, Is.Zero, updated.Error);

        var made = box.Run("dns", "show", "--tier", "staff", "--gateway", "10.20.0.1", "--upstream", $"127.0.0.1:{_internet.Port}").Output;
        Assert.That(made, Does.Contain("local=/fetched-resolver.test/\n").And.Contain("local=/dns.google/\n").And.Not.Contain("sub.fetched").And.Not.Contain("192.0.2.53").And.Not.Contain("childline"));
        using var server = await Server.StartAsync(_folder, made);
        foreach (ushort type in (ushort[])[1, 28, 65]) Assert.That((await server.AskAsync("dns.fetched-resolver.test", type)).Code, Is.EqualTo(3));
        Assert.That(box.Run("dns", "check", "--server", $"127.0.0.1:{server.Port}", "--tier", "staff").ExitCode, Is.Zero);
        Assert.That(box.Run("dns", "check", "--server", $"127.0.0.1:{_staff.Port}", "--tier", "staff").ExitCode, Is.EqualTo(3), "a server with the file of before");
    }

    private string Settings(string section)
    {
        File.WriteAllText(_folder["name-server.yaml"], $"name_server: {{ {section} }}\n");
        return _folder["name-server.yaml"];
    }

    private string Configuration(string tier, params string[] more) =>
        _box.Run(["dns", "show", "--tier", tier, "--gateway", "10.20.0.1", "--gateway", "fd00::1", "--domain", "school.example", "--upstream", $"127.0.0.1:{_internet.Port}", .. more]).Output;

    /// <summary>A dnsmasq on a port of its own on loopback.</summary>
    private sealed class Server(Process process, int port) : IDisposable
    {
        public int Port { get; } = port;

        public static async Task<Server> StartAsync(TempFolder folder, string configuration)
        {
            // Free now; nothing else here takes UDP ports.
            using (var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                probe.Close();
                var file = folder[$"dnsmasq-{port}.conf"];
                File.WriteAllText(file, $"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nuser=\n{configuration}");
                var server = new Server(Process.Start(new ProcessStartInfo("/usr/sbin/dnsmasq", ["--keep-in-foreground", "-C", file, $"--pid-file={folder[$"{port}.pid"]}"]) { UseShellExecute = false, RedirectStandardError = true })!, port);
                for (var i = 0; i < 500; i++)
                {
                    try
                    {
                        await DnsMessage.AskAsync(new IPEndPoint(IPAddress.Loopback, port), "ready.test", DnsMessage.A, TimeSpan.FromMilliseconds(100), CancellationToken.None);
                        return server;
                    }
                    catch (IOException)
                    {
                        await Task.Delay(20);
                    }
                }
                server.Dispose();
                throw new InvalidOperationException("dnsmasq does not answer");
            }
        }

        public Task<DnsReply> AskAsync(string name, ushort type) => DnsMessage.AskAsync(new IPEndPoint(IPAddress.Loopback, Port), name, type, Patience, CancellationToken.None);

        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
