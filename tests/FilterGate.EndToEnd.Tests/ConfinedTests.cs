using System.Net;
using System.Net.Sockets;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The program as the container runs it: an account of its own, no capability and no way to get one, and nothing that can be written but settings and data.</summary>
[TestFixture]
[Category("EndToEnd")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ConfinedTests
{
    private const string Account = "10001";

    [Test]
    public async Task WithNothingButTwoFolders_IsSetUpServesAndStops()
    {
        Programs.RequireRoot("the rest of the disk is made read-only for one process");
        Programs.Require("setpriv", "util-linux");
        using var temp = new TempFolder();
        var (settings, data) = (Directory.CreateDirectory(temp["etc"]).FullName, Directory.CreateDirectory(temp["data"]).FullName);
        File.SetUnixFileMode(temp.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        await Programs.MustAsync("chown", $"{Account}:{Account}", settings, data);
        var confined = new Place(
            "unshare", "--mount", "sh", "-c",
            $"mount --bind {settings} {settings} && mount --bind {data} {data} && mount -o remount,bind,ro / && exec setpriv --reuid={Account} --regid={Account} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \"$0\" \"$@\"");
        if ((await Programs.RunAsync(confined.Command("test", "-x", GatewayProcess.Executable))).ExitCode != 0) Assert.Ignore($"Other accounts may not run {GatewayProcess.Executable}.");
        Assert.That((await Programs.RunAsync(confined.Command("touch", temp["elsewhere"]))).ExitCode, Is.Not.Zero, "the rest cannot be written");

        string[] here = ["--config", Path.Combine(settings, "filtergate.yaml"), "--data", data];
        var example = await GatewayProcess.CommandAsync("setup", "--example");
        await File.WriteAllTextAsync(temp["answers.yaml"], example.Output.Replace("127.0.0.1:8080", $"127.0.0.1:{FreePort()}", StringComparison.Ordinal));
        File.SetUnixFileMode(temp["answers.yaml"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var made = await InsideAsync("setup", "--answers", temp["answers.yaml"]);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        var history = await InsideAsync("policy", "history", "--json");
        Assert.That(history.Output, Does.Contain($"\"actor\":\"uid {Account}\""), "an account without a name is on record by its number");
        Assert.That((await InsideAsync("doctor", "--only", "gateway")).ExitCode, Is.EqualTo(2), "it does not run yet");

        await using var gateway = await GatewayProcess.StartAsync(confined, new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" }, ["--only", "proxy", .. here]);
        var page = await new Curl(Place.Here).GetAsync("http://ebay.co.uk/", gateway.Address(""));
        Assert.That(page.Status, Is.EqualTo(403), page.Body);
        var healthy = await InsideAsync("doctor", "--only", "gateway");
        Assert.That(healthy.ExitCode, Is.Zero, healthy.Output);
        Assert.That(await gateway.StopAsync("TERM"), Is.LessThan(TimeSpan.FromSeconds(15)), "within the grace that the container is given");
        Assert.That(gateway.ExitCode, Is.Zero);

        Task<Ended> InsideAsync(params string[] command) => Programs.RunAsync(confined.Command([GatewayProcess.Executable, .. command, .. here]), new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" });
    }

    /// <summary>One that nobody has just now.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
