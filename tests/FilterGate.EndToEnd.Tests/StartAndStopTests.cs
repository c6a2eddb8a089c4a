using System.Net;
using System.Net.Sockets;
using System.Text;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>What a technician meets when the gateway cannot start, and when it is told to stop.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class StartAndStopTests
{
    [TestCase("INT", TestName = "Run_CtrlC_DrainsAndEndsWithinFiveSeconds")]
    [TestCase("TERM", TestName = "Run_StoppedByAServiceManager_DrainsAndEndsWithinFiveSeconds", Category = "Slow")]
    public async Task Stop(string signal)
    {
        await using var school = await School.OpenAsync();
        using var folder = new TempFolder();

        // A connection that is kept open after an answer, and a tunnel in the middle of a long transfer.
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, school.Gateway.Address("pupil").Port);
        await idle.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET http://{School.Open}/1k HTTP/1.1\r\nHost: {School.Open}\r\n\r\n"));
        Assert.That(await idle.GetStream().ReadAsync(new byte[4096]), Is.Positive);
        var tunnel = school.Curl.GetAsync($"https://{School.Encyclopaedia}/slow.bin", school.Gateway.Address("guest"), school.Origin.Certificates.AuthorityPath, "--limit-rate", "4k");
        await Programs.UntilAsync(() => Task.FromResult(TunnelsTo(school.Origin.Address) > 0), "the tunnel is open");

        var took = await school.Gateway.StopAsync(signal);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(5)));
            Assert.That(school.Gateway.ExitCode, Is.Zero, school.Gateway.Error);
            Assert.That(school.Gateway.Error, Does.Contain("stopping").And.Not.Contain("Exception"));
            Assert.That((await tunnel).ExitCode, Is.Not.Zero, "the transfer was cut, and curl knows it");
        }
    }

    [Test]
    public async Task Run_PortInUse_SaysWhichAndHowToChooseAnother()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await RefusesAsync($"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}", "--tier-listen", $"pupil={taken.LocalEndpoint}");
    }

    [Test]
    public async Task Run_ReviewPortInUse_SaysWhichAndHowToChooseAnother()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await RefusesAsync("--review-listen", "--tier-listen", "pupil=127.0.0.1:0", "--review-listen", taken.LocalEndpoint.ToString()!);
    }

    [Test]
    public Task Run_ReviewPageAtAnAddressOfSomebodyElse_SaysSo() => RefusesAsync("192.0.2.7:8090", "--tier-listen", "pupil=127.0.0.1:0", "--review-listen", "192.0.2.7:8090");

    [Test]
    public async Task Run_ReviewPageForTheNetwork_IsOverTlsAndAsksWhoIsThere()
    {
        using var folder = new TempFolder();
        await using var gateway = await GatewayProcess.StartAsync(Place.Here, environment: null, "--data", folder["data"], "--tier-listen", "pupil=127.0.0.1:0", "--review-listen", "0.0.0.0:0");
        var port = gateway.Address("review").Port;
        var curl = new Curl(Place.Here);
        var log = await curl.GetAsync($"https://127.0.0.1:{port}/", proxy: null, trusted: null, "--insecure");
        var plain = await curl.GetAsync($"http://127.0.0.1:{port}/");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(log.Status, Is.EqualTo(302).Or.EqualTo(303), log.ToString());
            Assert.That(log.Head, Does.Contain("/sign-in"));
            Assert.That(plain.Status, Is.Not.EqualTo(200), "nothing is read without TLS");
        }
    }

    [Test]
    public Task Run_SettingsAreMissing_SaysWhichFile() => RefusesAsync("nowhere.yaml", "--config", "/nowhere.yaml");

    [TestCase("tier_listen: { pupil: 127.0.0.1:99999 }\n", "settings.yaml:1:")]
    [TestCase("policy: policy.yaml\nlisten_here: [127.0.0.1:0]\n", "settings.yaml:2:1:")]
    [TestCase("listen: [\n", "settings.yaml:")]
    public async Task Run_BrokenSettings_SaysWhere(string settings, string where)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.yaml"], settings);
        await RefusesAsync(where, "--config", folder["settings.yaml"]);
    }

    [TestCase("school: Sample\ntiers:\n  pupil: { block: [no-such-category] }\nunknown_clients: pupil\n", "policy.yaml:3:")]
    [TestCase("school: Sample\ntiers:\n  pupil: { allow: [pornography] }\nunknown_clients: pupil\n", "policy.yaml:3:")]
    [TestCase("school: [\n", "policy.yaml:")]
    [TestCase("", "policy.yaml")]
    [TestCase(null, "policy.yaml")]
    public async Task Run_BrokenOrMissingPolicy_SaysWhere(string? policy, string where)
    {
        using var folder = new TempFolder();
        if (policy is not null) await File.WriteAllTextAsync(folder["policy.yaml"], policy);
        await File.WriteAllTextAsync(folder["settings.yaml"], "policy: policy.yaml\n");
        await RefusesAsync(where, "--config", folder["settings.yaml"], "--tier-listen", "pupil=127.0.0.1:0");
    }

    [Test]
    public async Task Run_DataFolderIsAFile_SaysSo()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["taken"], "");
        await RefusesAsync(folder["taken"], "--tier-listen", "pupil=127.0.0.1:0", "--data", folder["taken"]);
    }

    [Test]
    public async Task Run_DamagedAuthority_SaysSoInsteadOfMakingAnother()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["ca"]);
        await File.WriteAllTextAsync(Path.Combine(folder["ca"], "ca.crt"), "no certificate\n");
        await File.WriteAllTextAsync(Path.Combine(folder["ca"], "ca.key"), "no key\n");
        await RefusesAsync(folder["ca"], "--tier-listen", "pupil=127.0.0.1:0", "--data", folder.Path);
    }

    /// <summary>Nothing was ever in force that could go on: see <c>PolicyChangeTests</c> for a later start.</summary>
    [Test]
    public async Task Run_PolicyFileWithAMistakeAtTheFirstStart_SaysWhere()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.yaml"], "policy: policy.yaml\ndata: data\n");
        await File.WriteAllTextAsync(folder["policy.yaml"], "school: S\ntiers: { pupil: { blok: [games] } }\n");
        await RefusesAsync("policy.yaml:2:19", "--config", folder["settings.yaml"], "--tier-listen", "pupil=127.0.0.1:0", "--data", folder["data"]);
    }

    [TestCase("--tier-listen", "head=127.0.0.1:0", "head")]
    [TestCase("--lists", "/nowhere/lists", "/nowhere/lists")]
    [TestCase("--trust-ca", "/nowhere/ca.crt", "/nowhere/ca.crt")]
    [TestCase("--tls", "sometimes", "sometimes")]
    [TestCase("--allow-private", "10.0.0.0/99", "10.0.0.0/99")]
    public Task Run_OptionThatCannotBe_SaysWhich(string option, string value, string named) =>
        option == "--tier-listen" ? RefusesAsync(named, option, value) : RefusesAsync(named, "--tier-listen", "pupil=127.0.0.1:0", option, value);

    /// <summary>One clear message that names what is wrong, exit code 2, nothing on standard output and no stack trace.</summary>
    private static async Task RefusesAsync(string named, params string[] arguments)
    {
        using var folder = new TempFolder();
        string[] data = arguments.Contains("--data") ? [] : ["--data", folder["data"]];
        var ended = await GatewayProcess.CommandAsync(["run", .. arguments, .. data]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended.ExitCode, Is.EqualTo(2), ended.Error);
            Assert.That(ended.Error, Does.Contain(named));
            Assert.That(ended.Error, Does.Not.Contain("   at ").And.Not.Contain("Exception"));
            Assert.That(ended.Output, Does.Not.Contain("listening on"));
        }
    }

    /// <summary>Established connections of this machine to port 443 of an address.</summary>
    private static int TunnelsTo(IPAddress address) =>
        System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Count(c => c.RemoteEndPoint.Equals(new IPEndPoint(address, 443)) && c.State == System.Net.NetworkInformation.TcpState.Established);
}
