using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The image, built by its own container file from the package of this source and a clean Debian, and run as the compose file runs it: set up, serving, healthy, stopped, and its records still there.</summary>
/// <remarks>The stage that builds the package is given the package: the same command made it, outside. The compose file's limits on open files take a right that not every test machine has, and are left out.</remarks>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
public sealed class ContainerTests
{
    private TempFolder _folder = null!;
    private string[] _podman = [];

    [OneTimeSetUp]
    public async Task BuildAsync()
    {
        CleanDebian.Require();
        Programs.Require("podman", "podman");
        Programs.Require("runc", "runc");
        _folder = new TempFolder();
        // Images and containers of this test's own; nothing is fetched.
        _podman = ["podman", "--root", _folder["storage"], "--runroot", _folder["run"], "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", "runc"];
        Directory.CreateDirectory(_folder["package/package"]);
        File.Copy(await CleanDebian.PackageAsync(), _folder["package/package/filtergate.deb"]);
        await MustAsync("import", await CleanDebian.ArchiveAsync(), "docker.io/library/debian:bookworm-slim");
        var container = Path.Combine(Repository.Root, "deploy", "container");
        await MustAsync("build", "--isolation", "chroot", "--format", "docker", "--pull=never", "--build-context", $"package={_folder["package"]}", "--file", Path.Combine(container, "Dockerfile"), "--tag", "filtergate", container);
    }

    [OneTimeTearDown]
    public async Task RemoveAsync()
    {
        if (_podman.Length > 0) await Programs.RunAsync([.. _podman, "rm", "--all", "--force", "--time", "0"]);
        _folder?.Dispose();
    }

    [Test]
    public async Task Image_SetUp_RunsBothHalves_AndKeepsItsRecords()
    {
        var answers = (await InsideAsync("setup", "--example")).Output.Replace("127.0.0.1:8080", "127.0.0.1:18082", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder["answers.yaml"], answers.Replace("review_listen: 127.0.0.1:8090", "review_listen: 127.0.0.1:18092", StringComparison.Ordinal));
        await MustAsync([.. Run("--rm", "--volume", $"{_folder["answers.yaml"]}:/answers.yaml:ro"), "setup", "--answers", "/answers.yaml"]);
        await MustAsync([.. Run("--detach", "--name", "gateway"), "run", "--only", "proxy"]);
        await MustAsync([.. Run("--detach", "--name", "review"), "run", "--only", "review"]);
        foreach (var (half, point) in new[] { ("gateway", "gateway"), ("review", "review site") })
            await Programs.UntilAsync(async () => (await Programs.RunAsync([.. _podman, "exec", half, "/usr/bin/filtergate", "doctor", "--only", point])).ExitCode == 0, $"{half} is healthy, as its health check sees it");
        var page = await new Curl(Place.Here).GetAsync("http://ebay.co.uk/", new Uri("http://127.0.0.1:18082"));
        Assert.That(page.Status, Is.EqualTo(403), page.Body);

        var status = (await MustAsync("exec", "gateway", "cat", "/proc/1/status")).Output;
        Assert.That(status, Does.Match("Uid:\t10001\t10001\t10001\t10001").And.Match("CapBnd:\t0{16}").And.Contain("NoNewPrivs:\t1"));
        Assert.That((await Programs.RunAsync([.. _podman, "exec", "gateway", "touch", "/usr/made"])).ExitCode, Is.Not.Zero, "the root is read-only");

        await MustAsync("stop", "--time", "15", "gateway", "review");
        Assert.That((await MustAsync("ps", "--all", "--format", "{{.Names}} {{.ExitCode}}")).Lines, Is.EquivalentTo(["gateway 0", "review 0"]));
        Assert.That((await InsideAsync("events", "search", "--since", "1h", "--json")).Output, Does.Contain("\"kind\":\"block\""), "what it recorded outlives it");
    }

    private Task<Ended> InsideAsync(params string[] command) => MustAsync([.. Run("--rm"), .. command]);

    /// <summary>As deploy/container/compose.yaml has it.</summary>
    private static string[] Run(params string[] options) =>
    [
        "run", .. options, "--no-healthcheck", "--network", "host", "--user", "10001:10001", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--ulimit", "nofile=8192:8192", "--ulimit", "nproc=4096:4096",
        "--volume", "settings:/etc/filtergate", "--volume", "data:/var/lib/filtergate", "filtergate",
    ];

    private Task<Ended> MustAsync(params string[] command) => CleanDebian.MustAsync([.. _podman, .. command]);
}
