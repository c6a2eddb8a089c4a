using System.Diagnostics;
using System.Net;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The policy changes under a running gateway, by commands in processes of their own.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class PolicyChangeTests
{
    private const string Site = "sub." + School.Open;

    [Test]
    [Category("Slow")]
    public async Task Apply_WhileConnectionsAreOpen_CutsWhatItForbidsAndNothingElse()
    {
        await using var school = await School.OpenAsync();
        using var files = new TempFolder();
        await ApplyAsync(school, files, "", "open for all");
        await Programs.UntilAsync(async () => (await school.GetAsync("guest", $"http://{Site}/1k")).Status == 200, "the first policy takes force");

        await using var allowed = await Tunnel.OpenAsync(school.Gateway.Address("guest"), School.Open);
        await using var forbidden = await Tunnel.OpenAsync(school.Gateway.Address("guest"), Site);
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(school.Gateway.Address("pupil")), UseProxy = true });
        await using var download = await client.GetStreamAsync(new Uri($"http://{School.Open}/slow.bin"));
        var buffer = new byte[16];
        await download.ReadExactlyAsync(buffer);

        var cut = forbidden.EndAsync();
        var elapsed = Stopwatch.StartNew();
        await ApplyAsync(school, files, $"own_block: [{Site}]", "close one site", () => elapsed.Restart());
        await cut.WaitAsync(Programs.WaitMax);
        await TestContext.Progress.WriteLineAsync($"a tunnel that the new policy forbids was cut {elapsed.ElapsedMilliseconds} ms after the command had ended");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(elapsed.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)), "within a second, and what a busy machine adds");
            Assert.That((await school.GetAsync("guest", $"http://{Site}/1k")).Status, Is.EqualTo(403));
            Assert.That(await allowed.AskAsync("/1k"), Does.StartWith("HTTP/1.1 200"), "a tunnel that is still allowed goes on");
            Assert.That(async () => await download.ReadExactlyAsync(buffer), Throws.Nothing, "and so does a download");
        }

        var back = await school.CommandAsync("policy", "rollback", "--reason", "it was a mistake", "--yes");
        Assert.That(back.ExitCode, Is.Zero, back.Error);
        await Programs.UntilAsync(async () => (await school.GetAsync("guest", $"http://{Site}/1k")).Status == 200, "the version before is in force again");
        var blocked = (await school.EventsAsync("--host", Site)).Last(e => e.GetProperty("kind").GetString() == "block");
        var why = await school.CommandAsync("why", blocked.GetProperty("reference").GetString()!);
        Assert.That(why.ExitCode, Is.EqualTo(3), why.Error);
        Assert.That(why.Output, Does.Contain($"the school's own list blocks it (own_block: {Site})").And.Contain("close one site").And.Contain("Now it would be otherwise: Allowed for guest"));
    }

    [Test]
    [Category("Slow")]
    public async Task Apply_Killed_LeavesTheOldPolicyOrTheNewOne()
    {
        using var folder = new TempFolder();
        string[] data = ["--data", folder["data"]];
        await File.WriteAllTextAsync(folder["0.yaml"], Policy("", "round 0"));
        var first = await GatewayProcess.CommandAsync(["policy", "apply", folder["0.yaml"], "--reason", "round 0", "--yes", .. data]);
        Assert.That(first.ExitCode, Is.Zero, first.Error);
        var whole = Stopwatch.StartNew();
        await GatewayProcess.CommandAsync(["policy", "history", .. data]);
        whole.Stop();

        for (var round = 1; round <= 6; round++)
        {
            var file = folder[$"{round}.yaml"];
            await File.WriteAllTextAsync(file, Policy("", $"round {round}"));
            var before = (await GatewayProcess.CommandAsync(["policy", "export", .. data])).Output;
            using (var process = Process.Start(Programs.Describe([GatewayProcess.Executable, "policy", "apply", file, "--reason", $"round {round}", "--yes", .. data]))!)
            {
                // From before it has opened the database until after it has ended.
                await Task.Delay(whole.Elapsed * round / 3);
                process.Kill();
                await process.WaitForExitAsync();
            }
            var after = await GatewayProcess.CommandAsync(["policy", "export", .. data]);
            Assert.That(after.ExitCode, Is.Zero, after.Error);
            Assert.That(after.Output, Is.EqualTo(before).Or.EqualTo(await File.ReadAllTextAsync(file)));
        }
        var last = await GatewayProcess.CommandAsync(["policy", "apply", folder["0.yaml"], "--reason", "all is well", "--yes", .. data]);
        Assert.That(last.ExitCode, Is.Zero, last.Error);
    }

    /// <summary>Somebody saves a policy file with a mistake while pupils work: what was in force stays, an emergency block still takes force, and the next good state of the file is taken.</summary>
    [Test]
    [Category("Slow")]
    public async Task PolicyFile_SavedWithAMistake_TheGoodOneStaysAndBlocksTakeForce()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.yaml"], "policy: policy.yaml\ndata: data\n");
        await File.WriteAllTextAsync(folder["policy.yaml"], FilePolicy("own_block: [first.example, third.example]"));
        string[] config = ["--config", folder["settings.yaml"]];
        string[] listening = [.. config, "--tier-listen", "pupil=127.0.0.1:0", "--review-listen", "127.0.0.1:0"];
        await using var first = await GatewayProcess.StartAsync(Place.Here, environment: null, listening);
        var (gateway, client) = (first, ClientOf(first));
        Assert.That(await IsBlockedAsync("first.example"), "the good policy is in force");

        var granted = await DoneAsync("unblock", "grant", "third.example", "--tier", "pupil", "--for", "1h", "--reason", "a club", "--yes", "--json");
        var id = System.Text.Json.JsonElement.Parse(granted.Output).GetProperty("override").GetProperty("id").GetRawText();
        await Programs.UntilAsync(async () => !await IsBlockedAsync("third.example"), "an override is in force");

        string[] broken = ["school: [", FilePolicy("own_block: [second.example], blok: [games]"), "", "school: S\ntiers: { pupil: { allow: [csam-iwf] } }\n"];
        for (var i = 0; i < broken.Length; i++)
        {
            await File.WriteAllTextAsync(folder["policy.yaml"], broken[i]);
            await Programs.UntilAsync(() => Task.FromResult(Complaints() > i), $"the gateway has read broken text {i}");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(await IsBlockedAsync("first.example"), $"what was closed stays closed beside broken text {i}");
                Assert.That(await IsBlockedAsync("second.example"), Is.False, $"and what was open stays open beside broken text {i}");
            }
        }

        var block = await DoneAsync("block", "unsafe.example", "--reason", "seen by year 5", "--yes");
        Assert.That(block.Error, Does.Contain("policy 1, the last good one, is in force"));
        await Programs.UntilAsync(() => IsBlockedAsync("unsafe.example"), "an emergency block takes force beside a broken file");
        await DoneAsync("unblock", "revoke", id, "--reason", "the club is over", "--yes");
        await Programs.UntilAsync(() => IsBlockedAsync("third.example"), "and what is revoked is closed");
        Assert.That(await IsBlockedAsync("first.example"));
        Assert.That((await GatewayProcess.CommandAsync(["policy", "history", "--json", .. config])).Lines, Has.Length.EqualTo(1), "no broken state is in the history");

        await first.StopAsync();
        await using var again = await GatewayProcess.StartAsync(Place.Here, environment: null, listening);
        client.Dispose();
        (gateway, client) = (again, ClientOf(again));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gateway.Error, Does.Contain("policy 1, the last good one, is in force").And.Contain("locked"), "a restart says what is wrong");
            Assert.That(await IsBlockedAsync("first.example"), "and goes on with the last good one");
            Assert.That(await IsBlockedAsync("unsafe.example"));
        }

        await File.WriteAllTextAsync(folder["policy.yaml"], FilePolicy("own_block: [second.example, third.example]"));
        await Programs.UntilAsync(() => IsBlockedAsync("second.example"), "the next good one is taken");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await IsBlockedAsync("first.example"), Is.False);
            Assert.That(await IsBlockedAsync("unsafe.example"), "the block stands");
        }

        client.Dispose();

        static HttpClient ClientOf(GatewayProcess gateway) => new(new SocketsHttpHandler { Proxy = new WebProxy(gateway.Address("pupil")), UseProxy = true });

        async Task<Ended> DoneAsync(params IEnumerable<string> arguments)
        {
            var ended = await GatewayProcess.CommandAsync([.. arguments, .. config]);
            Assert.That(ended.ExitCode, Is.Zero, ended.Error);
            return ended;
        }

        int Complaints() => gateway.Error.Split("A change could not be put in force").Length - 1;

        async Task<bool> IsBlockedAsync(string host)
        {
            using var answer = await client.GetAsync(new Uri($"http://{host}/"));
            return answer.StatusCode == HttpStatusCode.Forbidden;
        }

        static string FilePolicy(string own) => $$"""
            school: Sample Primary
            unknown_clients: pupil
            tiers:
              pupil: { tls: tunnel, uncategorised: allow, {{own}} }

            """;
    }

    private static async Task ApplyAsync(School school, TempFolder files, string own, string reason, Action? applied = null)
    {
        var file = files["policy.yaml"];
        await File.WriteAllTextAsync(file, Policy(own, "Sample Primary"));
        var ended = await school.CommandAsync("policy", "apply", file, "--reason", reason, "--yes");
        applied?.Invoke();
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
    }

    private static string Policy(string own, string name) => $$"""
        school: {{name}}
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil: { tls: intercept, uncategorised: allow }
          staff: { tls: intercept, uncategorised: allow }
          guest: { tls: tunnel, uncategorised: allow, {{own}} }

        """;
}
