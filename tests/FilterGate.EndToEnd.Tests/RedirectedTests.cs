using System.Globalization;
using System.Net;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Traffic of devices that know of no proxy: nftables on the gateway's box redirects ports 80 and 443 to the gateway.</summary>
/// <remarks>Three networks of the test's own: a client at 10.77.1.2, the gateway between at 10.77.1.1 and 10.77.2.1, the sites at 10.77.2.2. Nothing leaves them.</remarks>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
public sealed class RedirectedTests
{
    private static readonly IPAddress Origin = IPAddress.Parse("10.77.2.2");
    private static readonly string[] Names = [School.Open, School.Auction, "locked.test", School.HelpSites[0]];

    private TempFolder _folder = null!;
    private NetworkNamespace _pad = null!;
    private NetworkNamespace _box = null!;
    private NetworkNamespace _internet = null!;
    private NginxOrigin _origin = null!;
    private GatewayProcess _gateway = null!;
    private Curl _client = null!;
    private int _port;

    private string Authority => Path.Combine(_folder["data"], "ca", "ca.crt");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Programs.RequireRoot("network namespaces");
        Programs.Require("nft", "nftables");
        _folder = new TempFolder();
        var names = Names.Select(name => (name, Origin)).ToArray();
        _pad = await NetworkNamespace.MakeAsync("pad", names);
        _box = await NetworkNamespace.MakeAsync("box", names);
        _internet = await NetworkNamespace.MakeAsync("net", []);
        await NetworkNamespace.JoinAsync(_pad, "wlan0", "10.77.1.2/24", _box, "lan0", "10.77.1.1/24");
        await NetworkNamespace.JoinAsync(_box, "wan0", "10.77.2.1/24", _internet, "net0", $"{Origin}/24");
        await _pad.IpAsync("route", "add", "default", "via", "10.77.1.1");

        _origin = await NginxOrigin.StartAsync(_internet.Place, Origin, Names);
        await File.WriteAllTextAsync(_folder["policy.yaml"], """
            school: Sample Primary
            networks: [10.77.1.0/24]
            unknown_clients: pupil
            tiers:
              pupil: { tls: intercept, uncategorised: allow }
            clients:
              - { address: 10.77.1.2, device: ipad-14, tier: pupil }
            """);
        await File.WriteAllTextAsync(_folder["settings.yaml"], "policy: policy.yaml\n");
        _gateway = await GatewayProcess.StartAsync(_box.Place, environment: null,
            "--config", _folder["settings.yaml"], "--data", _folder["data"], "--listen", "0.0.0.0:0", "--allow-private", "10.77.2.0/24", "--trust-ca", _origin.Certificates.AuthorityPath);
        _port = _gateway.Address("").Port;

        await File.WriteAllTextAsync(_folder["rules.nft"], $$"""
            table inet filtergate {
              chain redirected {
                type nat hook prerouting priority dstnat;
                iifname "lan0" tcp dport { 80, 443 } redirect to :{{_port}}
              }
            }
            """);
        await Programs.MustAsync([.. _box.Place.Command("nft", "-f", _folder["rules.nft"])]);
        _client = new Curl(_pad.Place);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        // Programs before the networks that they run in.
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_origin is not null) await _origin.DisposeAsync();
        if (_internet is not null) await _internet.DisposeAsync();
        if (_box is not null) await _box.DisposeAsync();
        if (_pad is not null) await _pad.DisposeAsync();
        _folder?.Dispose();
    }

    [TestCase("http")]
    [TestCase("https")]
    public async Task AllowedSite_LoadsFromItsOrigin(string scheme)
    {
        var answer = await _client.GetAsync($"{scheme}://{School.Open}/from", trusted: Authority);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
        Assert.That(answer.Body, Is.EqualTo($"10.77.2.1 {School.Open} {scheme}"));
    }

    [TestCase("http")]
    [TestCase("https")]
    public async Task BlockedSite_ShowsThePageAndTheEventHasTheDevice(string scheme)
    {
        var answer = await _client.GetAsync($"{scheme}://{School.Auction}/redirected-{scheme}", trusted: Authority);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 403)), answer.ToString());
        var found = await GatewayProcess.CommandAsync("events", "search", "--json", "--client", "10.77.1.2", "--data", _folder["data"]);
        var stored = found.Lines.Select(line => JsonElement.Parse(line)).Single(e => e.GetProperty("reference").GetString() == answer.Reference);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored.GetProperty("url").GetString(), Is.EqualTo($"{scheme}://{School.Auction}/redirected-{scheme}"));
            Assert.That(stored.GetProperty("device").GetString(), Is.EqualTo("ipad-14"));
            Assert.That(stored.GetProperty("tier").GetString(), Is.EqualTo("pupil"));
            Assert.That(_origin.Requests, Has.None.Contains("redirected"));
        }
    }

    [TestCase("http")]
    [TestCase("https")]
    public async Task LockedPage_IsDenied(string scheme)
    {
        var answer = await _client.GetAsync($"{scheme}://locked.test/forbidden/page", trusted: Authority);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 403)), answer.ToString());
        Assert.That(answer.Body, Does.Contain("Access denied"));
    }

    [Test]
    public async Task HelpSite_KeepsItsOwnCertificate()
    {
        var answer = await _client.GetAsync($"https://{School.HelpSites[0]}/1k", trusted: _origin.Certificates.AuthorityPath);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
    }

    [Test]
    public async Task NotTls_On443_IsRefusedAndRecorded()
    {
        await Programs.RunAsync([.. _pad.Place.Command("bash", "-c", $"exec 3<>/dev/tcp/{Origin}/443; printf 'SSH-2.0-x\\r\\n' >&3; timeout 10 cat <&3")]);
        var found = await GatewayProcess.CommandAsync("events", "search", "--json", "--host", $"{Origin}", "--data", _folder["data"]);
        Assert.That(found.Lines.Select(line => JsonElement.Parse(line).GetProperty("reason").GetString()), Does.Contain("way-round"), "SSH is known by its first bytes");
    }

    [Test]
    public async Task BlockedName_SentToAnAllowedAddress_IsBlockedAllTheSame()
    {
        var answer = await _client.GetAsync($"http://{Origin}/", proxy: null, trusted: null, "-H", $"Host: {School.Auction}");
        Assert.That(answer.Status, Is.EqualTo(403), answer.ToString());
    }

    [TestCase("http://10.77.1.1:{0}/no-such-page", null, TestName = "StraightToTheGatewaysPort_MakesNoLoop")]
    [TestCase("http://10.77.1.1:{0}/", "10.77.1.1:{0}", TestName = "StraightToTheGatewaysPort_UnderItsOwnName_MakesNoLoop")]
    [TestCase("http://10.77.1.1/no-such-page", null, TestName = "RedirectedToTheGatewayItself_MakesNoLoop")]
    [TestCase("https://10.77.1.1:{0}/no-such-page", null, TestName = "StraightToTheGatewaysPort_OverTls_MakesNoLoop")]
    [TestCase("https://10.77.1.1/no-such-page", null, TestName = "RedirectedToTheGatewayItself_OverTls_MakesNoLoop")]
    public async Task NoLoop(string url, string? host)
    {
        var before = await ConnectionsAsync();
        var answer = await _client.GetAsync(Fill(url), proxy: null, trusted: null, ["-k", .. host is null ? (string[])[] : ["-H", $"Host: {Fill(host)}"]]);
        using (Assert.EnterMultipleScope())
        {
            // 28 would be a time-out: something went round and round.
            Assert.That(answer.ExitCode, Is.Not.EqualTo(28), answer.ToString());
            Assert.That(await ConnectionsAsync() - before, Is.LessThan(5), "connections of the gateway's box, finished ones included");
        }

        string Fill(string text) => string.Format(CultureInfo.InvariantCulture, text, _port);
    }

    /// <summary>TCP connections that the gateway's box knows, those in TIME-WAIT included.</summary>
    private async Task<int> ConnectionsAsync() => (await Programs.MustAsync([.. _box.Place.Command("ss", "-Htan")])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
