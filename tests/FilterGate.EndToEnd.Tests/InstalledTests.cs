using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>As it is on an installed box: the data is an account's of its own, root types commands, and systemd holds the port.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class InstalledTests
{
    /// <summary>Every command that a technician may be the first to run.</summary>
    [TestCase("check", "ebay.co.uk", "--tier", "pupil")]
    [TestCase("lists", "status")]
    [TestCase("policy", "show")]
    [TestCase("events", "search", "--since", "1h")]
    public async Task Command_ByRootOnTheDataOfAnotherAccount_LeavesNothingThatIsRoots(params string[] command)
    {
        Programs.RequireRoot("root types it");
        using var folder = new TempFolder();
        var data = folder["data"];
        Directory.CreateDirectory(data);
        await Programs.MustAsync("chown", "nobody:nogroup", data);
        await GatewayProcess.CommandAsync([.. command, "--data", data]);
        var owners = await Programs.MustAsync("find", data, "-printf", "%u %P\n");
        Assert.That(owners.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.All.StartsWith("nobody "));
    }

    /// <summary>The account could point a link at any file of the system: root gives nothing away through one.</summary>
    [Test]
    public async Task Command_ByRoot_FollowsNoLinkOfTheAccount()
    {
        Programs.RequireRoot("root types it");
        using var folder = new TempFolder();
        var data = Directory.CreateDirectory(folder["data"]).FullName;
        var secret = Directory.CreateDirectory(folder["roots"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(secret, "shadow"), "");
        File.CreateSymbolicLink(Path.Combine(data, "file"), Path.Combine(secret, "shadow"));
        Directory.CreateSymbolicLink(Path.Combine(data, "folder"), secret);
        await Programs.MustAsync("chown", "nobody:nogroup", data);
        await GatewayProcess.CommandAsync("policy", "show", "--data", data);
        Assert.That(await Programs.MustAsync("find", secret, "-printf", "%u\n"), Is.EqualTo("root\nroot\n"));
    }

    /// <summary>As the unit runs it: the account of the gateway, with the right to change the kernel's rules and no other.</summary>
    [Test]
    public async Task NetworkApply_WithTheOneRightOfItsUnit_PutsTheRulesInPlace()
    {
        Programs.RequireRoot("a network namespace is made");
        Programs.Require("nft", "nftables");
        Programs.Require("ip", "iproute2");
        using var folder = new TempFolder();
        var data = Directory.CreateDirectory(folder["data"]).FullName;
        await Programs.MustAsync("chown", "-R", "nobody:nogroup", folder.Path);
        await Programs.MustAsync("chmod", "755", folder.Path);
        var settings = Path.Combine(Repository.Root, "deploy", "nftables", "filtergate.yaml");
        await File.WriteAllTextAsync(folder["settings.yaml"], "policy: policy.yaml\n" + await File.ReadAllTextAsync(settings));
        await File.WriteAllTextAsync(folder["policy.yaml"], BoxNetwork.Policy);
        string[] asTheUnit = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=+net_admin", "--ambient-caps=+net_admin", "--bounding-set=-all,+net_admin"];
        var script = $"{string.Join(' ', asTheUnit)} {GatewayProcess.Executable} network apply --data {data} --config {folder["settings.yaml"]} && nft list table inet filtergate";
        var ended = await Programs.RunAsync(["unshare", "--net", "sh", "-c", script]);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain("The rules are in place").And.Contain("redirect to :8129"), ended.Error);
    }

    /// <summary>A request that arrives before the gateway runs waits in the socket that systemd holds, and is answered.</summary>
    [Test]
    public async Task Port_HeldBySystemd_IsServedByTheGateway()
    {
        Programs.Require("systemd-socket-activate", "systemd");
        using var folder = new TempFolder();
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        var start = Programs.Describe(["systemd-socket-activate", "--listen", $"127.0.0.1:{port}", GatewayProcess.Executable, "run", "--only", "proxy", "--data", folder["data"], "--listen", $"127.0.0.1:{port}"]);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await Programs.UntilAsync(async () =>
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            }, "systemd listens");
            var answer = await new Curl(Place.Here).GetAsync("http://ebay.co.uk/", new Uri($"http://127.0.0.1:{port}"));
            Assert.That(answer.Status, Is.EqualTo(403), answer.ToString());
            // The waiting request is answered before the gateway has said so.
            Assert.That(await process.StandardOutput.ReadLineAsync().WaitAsync(Programs.WaitMax), Is.EqualTo($"listening on 127.0.0.1:{port}"));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            await TestContext.Out.WriteAsync(await error);
        }
    }
}
