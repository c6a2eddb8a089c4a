using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A pupil's access is withdrawn: within a second the tunnel that is open is cut and pages are refused, while help sites answer and everybody else goes on.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed partial class WithdrawnAccessTests
{
    // Loopback addresses of two devices: the roster knows the first, which is on loan.
    private const string Loan = "127.0.0.31", Other = "127.0.0.32";

    [Test]
    public async Task Withdraw_CutsTunnelsAndLeavesHelpOpen_UntilRestored()
    {
        await using var school = await School.OpenAsync();
        using var folder = new TempFolder();
        var policy = await DoneAsync(school, "policy", "show");
        await File.WriteAllTextAsync(folder["policy.yaml"], Networks().Replace(policy, "networks: [10.20.0.0/16, 127.0.0.0/8]"));
        await DoneAsync(school, "policy", "apply", folder["policy.yaml"], "--reason", "devices of this test");
        await File.WriteAllTextAsync(folder["people.csv"], "id,name,role,account\np123,Sam Sample,pupil,s.sample\n");
        await File.WriteAllTextAsync(folder["devices.csv"], $"name,address,person\nlaptop-7,{Loan},p123\n");
        await DoneAsync(school, "people", "import", folder["people.csv"]);
        await DoneAsync(school, "devices", "import", folder["devices.csv"]);

        using var tunnel = await TunnelAsync(school);
        Assert.That(await tunnel.ReadAsync(new byte[1024]), Is.Positive, "a transfer through a tunnel is under way");
        Assert.That((await GetAsync(school, Loan)).Status, Is.EqualTo(200));

        // By log-in name, in a spelling of somebody's own.
        await DoneAsync(school, "access", "withdraw", " S.SAMPLE", "--reason", "see incident 12");
        var since = Stopwatch.StartNew();
        await EndAsync(tunnel);
        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)), "a second, and what a busy machine adds");
        var refused = await GetAsync(school, Loan);
        var help = await school.GetAsync("pupil", $"http://{School.HelpSites[0]}/1k", "--interface", Loan);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Status, Is.EqualTo(403), refused.ToString());
            Assert.That(refused.Body, Does.Contain("paused").And.Not.Contain("incident").And.Not.Contain("Sam Sample"), "the reason is for staff");
            Assert.That(help.Status, Is.EqualTo(200), help.ToString());
            Assert.That((await GetAsync(school, Other)).Status, Is.EqualTo(200), "others go on");
        }

        await DoneAsync(school, "access", "restore", "p123", "--reason", "the test is over");
        await Programs.UntilAsync(async () => (await GetAsync(school, Loan)).Status == 200, "access is back");
        var events = await school.EventsAsync();
        var blocked = events.First(e => e.GetProperty("reason").GetString() == "access-withdrawn" && e.GetProperty("kind").GetString() == "block");
        Assert.That(blocked.GetProperty("device").GetString(), Is.EqualTo("laptop-7"));
        Assert.That(events.Select(e => e.GetProperty("rule").GetString()), Has.Some.StartsWith("withdrawal 1 until restored by").And.Some.StartsWith("withdrawal 1 restored by"));
    }

    private static Task<Answer> GetAsync(School school, string from) => school.GetAsync("pupil", $"http://{School.Open}/1k", "--interface", from);

    private static async Task<string> DoneAsync(School school, params IEnumerable<string> arguments)
    {
        var ended = await school.CommandAsync(arguments);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        return ended.Output;
    }

    /// <summary>A transfer of many minutes, in a tunnel that the gateway does not read.</summary>
    private static async Task<SslStream> TunnelAsync(School school)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(Loan), 0));
        await client.ConnectAsync(IPAddress.Loopback, school.Gateway.Address("guest").Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {School.Encyclopaedia}:443 HTTP/1.1\r\nHost: {School.Encyclopaedia}:443\r\n\r\n"));
        var answer = new byte[1024];
        var length = await stream.ReadAsync(answer);
        Assert.That(Encoding.ASCII.GetString(answer, 0, length), Does.StartWith("HTTP/1.1 200"));
#pragma warning disable CA5359 // Whose certificate it is does not matter here: that the tunnel ends does.
        var tls = new SslStream(stream, leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(School.Encyclopaedia);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /slow.bin HTTP/1.1\r\nHost: {School.Encyclopaedia}\r\n\r\n"));
        return tls;
    }

    /// <summary>Reads until the other side ends it, properly or not.</summary>
    private static async Task EndAsync(SslStream tunnel)
    {
        using var late = new CancellationTokenSource(Programs.WaitMax);
        var buffer = new byte[4096];
        try
        {
            while (await tunnel.ReadAsync(buffer, late.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut without TLS's own goodbye.
        }
    }

    [GeneratedRegex(@"^networks: \[.*\]", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Networks();
}
