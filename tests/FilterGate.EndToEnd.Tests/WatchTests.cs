using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A technician watches a device whose browser is curl: what is in its way is named, with what mends it.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class WatchTests
{
    private School _school = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _school = await School.OpenAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_school is not null) await _school.DisposeAsync();
    }

    private Task<WatchProcess> WatchAsync(string address, params IEnumerable<string> more) =>
        WatchProcess.StartAsync([address, "--reason", "the reading app does not start", "--json", "--data", _school.Data, .. more]);

    private Task<Answer> GetAsync(string from, string tier, string url, string? trusted = null, params IEnumerable<string> more) =>
        _school.Curl.GetAsync(url, _school.Gateway.Address(tier), trusted ?? _school.Authority, ["--interface", from, .. more]);

    private static bool IsOf(JsonElement seen, string host, string? trouble) => seen.GetProperty("host").GetString() == host && seen.GetProperty("trouble").GetString() == trouble;

    [Test]
    public async Task EverythingADeviceDoes_IsToldApart()
    {
        const string device = "127.0.0.31";
        await using var watch = await WatchAsync(device);
        var strange = _school.Origin.Certificates.AuthorityPath;

        // 1. A device without the school's authority. One host tells nothing yet, a second does.
        await GetAsync(device, "pupil", $"https://{School.Open}/?secret=1", strange);
        var first = await watch.UntilAsync(s => IsOf(s, School.Open, "certificate-rejected"), "a refused certificate");
        // What curl says of it is lost where its closing overtakes it.
        Assert.That(first.GetProperty("detail").GetString(), Is.EqualTo("TLS alert 48, unknown_ca").Or.EqualTo("closed without a word after our certificate"));
        await GetAsync(device, "pupil", $"https://{School.Encyclopaedia}/", strange);
        var lacking = await watch.UntilAsync(s => IsOf(s, School.Encyclopaedia, "ca-not-trusted"), "a device without the authority");
        Assert.That(lacking.GetProperty("command").GetString(), Does.StartWith("filtergate certificates export"));
        for (var i = 0; i < 20 && !watch.Lines.Any(l => l.Contains("TLS alert 48, unknown_ca", StringComparison.Ordinal)); i++) await GetAsync(device, "pupil", $"https://{School.Open}/", strange);
        Assert.That(watch.Lines, Has.Some.Contains("TLS alert 48, unknown_ca"), "curl says what it does not like");

        // 2. The same device once it has the authority: what it refuses now is one app's own.
        await GetAsync(device, "pupil", $"https://{School.Open}/page?secret=2");
        var read = await watch.UntilAsync(s => IsOf(s, School.Open, null) && s.GetProperty("tls").GetString() == "intercepted", "an ordinary page");
        Assert.That((read.GetProperty("path").GetString(), read.GetProperty("status").GetInt32()), Is.EqualTo(("/page", 404)));
        var pinned = await GetAsync(device, "pupil", $"https://sub.{School.Open}/", trusted: null, "--pinnedpubkey", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        Assert.That(pinned.ExitCode, Is.EqualTo(90), "curl: the key is not the pinned one");
        var app = await watch.UntilAsync(s => IsOf(s, $"sub.{School.Open}", "pinned-app"), "a pinned app");
        Assert.That(app.GetProperty("mend").GetString(), Does.Contain($"never_intercept: [sub.{School.Open}]"));

        // 3. Names, sites and the policy.
        await GetAsync(device, "pupil", "http://no-such-name.invalid/");
        Assert.That((await watch.UntilAsync(s => s.GetProperty("cause").GetString() == "dns", "a name without an address")).GetProperty("host").GetString(), Is.EqualTo("no-such-name.invalid"));
        await GetAsync(device, "pupil", $"https://{_school.Origin.Address}/");
        Assert.That((await watch.UntilAsync(s => s.GetProperty("trouble").GetString() == "origin-certificate-name", "a site with another's certificate")).GetProperty("cause").GetString(), Is.EqualTo("origin"));
        await GetAsync(device, "pupil", $"https://{School.Auction}/watched");
        var blocked = await watch.UntilAsync(s => IsOf(s, School.Auction, "policy"), "a blocked site");
        Assert.That((blocked.GetProperty("decision").GetString(), blocked.GetProperty("command").GetString()), Is.EqualTo(("block", $"filtergate unblock grant {School.Auction} --tier pupil --for 1h --reason TEXT")));
        await GetAsync(device, "guest", $"https://{School.Encyclopaedia}/", strange);
        var tunnel = await watch.UntilAsync(s => s.GetProperty("outcome").GetString() == "closed", "a tunnel's end");
        Assert.That((tunnel.GetProperty("tls").GetString(), tunnel.GetProperty("host").GetString(), tunnel.GetProperty("bytes_in").GetInt64() > 100), Is.EqualTo(("tunnel", School.Encyclopaedia, true)));

        // 4. What is never seen: help sites, other devices, what is searched for.
        await GetAsync(device, "pupil", $"https://{School.HelpSites[0]}/1k", strange);
        await GetAsync(device, "pupil", $"http://{School.HelpSites[0]}/1k");
        await GetAsync("127.0.0.32", "pupil", $"http://{School.Open}/of-another");
        await GetAsync(device, "pupil", $"http://{School.Open}/last");
        await watch.UntilAsync(s => s.GetProperty("path").GetString() == "/last", "the last page");
        var all = string.Join('\n', watch.Lines);
        Assert.That(all, Does.Not.Contain(School.HelpSites[0]).And.Not.Contain("of-another").And.Not.Contain("secret"));

        // 5. Ctrl-C ends it, with what it came to.
        Assert.That(await watch.StopAsync(), Is.Zero, string.Join('\n', watch.Messages));
    }

    [Test]
    public async Task BeginningAndEnd_AreOnRecordAndNothingElse()
    {
        const string device = "127.0.0.33";
        await using (var watch = await WatchAsync(device, "--trouble"))
        {
            await GetAsync(device, "pupil", $"http://{School.Open}/not-in-trouble");
            await GetAsync(device, "pupil", "http://nowhere.invalid/");
            await watch.UntilAsync(s => s.GetProperty("cause").GetString() == "dns", "the trouble");
            Assert.That(watch.Lines, Has.Count.EqualTo(1), "--trouble leaves out what is not");
            Assert.That(await watch.StopAsync(), Is.Zero);
        }

        IReadOnlyList<JsonElement> audit = [];
        await Programs.UntilAsync(async () => (audit = [.. (await _school.EventsAsync("--client", device)).Where(e => e.GetProperty("kind").GetString() == "audit")]).Count == 2, "both ends on record");
        var told = audit.Select(e => e.GetProperty("rule").GetString()).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(told[0], Does.Match("^watch [0-9]+ begun by .+ for at most 15 min: the reading app does not start$"));
            Assert.That(told[1], Does.Match("^watch [0-9]+ of .+ ended$"));
        });
        Assert.That((await _school.EventsAsync("--client", device)).Count, Is.EqualTo(2), "what was seen is nowhere");
    }

    [Test]
    public async Task ForATime_EndsByItself()
    {
        await using var watch = await WatchAsync("127.0.0.34", "--for", "1s");
        await Programs.UntilAsync(() => Task.FromResult(watch.Messages.Any(m => m.Contains("the watch has ended: 0 seen", StringComparison.Ordinal))), "the end");
    }

    [Test]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Socket_IsForItsOwnerAlone()
    {
        var path = Path.Combine(_school.Data, "gateway.sock");
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(_school.Data), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [TestCase("no-such-device", 2, "there is no device of that name")]
    [TestCase("127.0.0.1 --for 16m", 2, "at most 15 minutes")]
    public async Task Mistake_IsSaid(string arguments, int exitCode, string message)
    {
        var ended = await GatewayProcess.CommandAsync(["watch", .. arguments.Split(' '), "--reason", "a test", "--data", _school.Data]);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((exitCode, "")), ended.Error);
        Assert.That(ended.Error, Does.Contain(message));
    }

    [Test]
    public async Task NoGateway_IsSaid()
    {
        using var folder = new TempFolder();
        var ended = await GatewayProcess.CommandAsync("watch", "127.0.0.1", "--reason", "a test", "--data", folder.Path);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Error, Does.Contain("no gateway runs on").And.Contain("filtergate run"));
    }
}
