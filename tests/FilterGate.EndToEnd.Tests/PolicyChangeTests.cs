using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
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

    /// <summary>A connection through the gateway that it passes unread.</summary>
    private sealed class Tunnel(TcpClient connection, SslStream stream, string host) : IAsyncDisposable
    {
        public static async Task<Tunnel> OpenAsync(Uri proxy, string host)
        {
            var connection = new TcpClient();
            await connection.ConnectAsync(proxy.Host, proxy.Port);
            var plain = connection.GetStream();
            await plain.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"));
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await plain.ReadAsync(one) == 1) head.Append((char)one[0]);
            Assert.That(head.ToString(), Does.StartWith("HTTP/1.1 200"));
#pragma warning disable CA5359 // The origin is of this test, and the tunnel is what is tried, not its certificate.
            var stream = new SslStream(plain, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await stream.AuthenticateAsClientAsync(host);
            var tunnel = new Tunnel(connection, stream, host);
            Assert.That(await tunnel.AskAsync("/1k"), Does.StartWith("HTTP/1.1 200"));
            return tunnel;
        }

        /// <summary>Asks on this connection and reads the whole answer, of at most 1 KiB and a head.</summary>
        public async Task<string> AskAsync(string path)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            var answer = new StringBuilder();
            var buffer = new byte[4096];
            while (!answer.ToString().EndsWith(new string('k', 1024), StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var read) answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            return answer.ToString();
        }

        /// <summary>Waits until the connection ends, whichever way.</summary>
        public async Task EndAsync()
        {
            try
            {
                while (await stream.ReadAsync(new byte[1]) > 0)
                {
                }
            }
            catch (IOException)
            {
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            connection.Dispose();
        }
    }
}
