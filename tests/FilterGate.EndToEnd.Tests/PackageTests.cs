using System.Globalization;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The Debian package in a clean Debian that systemd runs: installed, run, upgraded with its data, not downgraded, removed, purged. Minutes, for it builds the package and makes the root: <c>tests/run --long endtoend</c>.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Box")]
[Category("Slow")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PackageTests
{
    private TempFolder _folder = null!;
    private string _root = null!;
    private string _package = null!;
    private BootedSystem _box = null!;

    [OneTimeSetUp]
    public async Task BuildAsync()
    {
        CleanDebian.Require();
        _folder = new TempFolder();
        _package = await CleanDebian.PackageAsync();
        _root = Directory.CreateDirectory(_folder["root"]).FullName;
        await CleanDebian.MustAsync("tar", "--directory", _root, "--extract", "--preserve-permissions", "--file", await CleanDebian.ArchiveAsync());
        _box = await BootedSystem.BootAsync(_root);
    }

    [OneTimeTearDown]
    public async Task RemoveAsync()
    {
        if (_box is not null) await _box.DisposeAsync();
        _folder?.Dispose();
    }

    [Test]
    public async Task Package_ThroughItsLife()
    {
        await CleanDebian.MustAsync("cp", _package, Path.Combine(_root, "root"));
        await InsideAsync($"dpkg -i /root/{Path.GetFileName(_package)}");
        Assert.That((await InsideAsync("stat -c '%U %a' /var/lib/filtergate; readlink -e /usr/bin/filtergate")).Lines, Is.EqualTo(["filtergate 3770", "/usr/lib/filtergate/filtergate"]));

        await InsideAsync("sed -i 's/127.0.0.1:8080/127.0.0.1:18080/' /etc/filtergate/filtergate.yaml && systemctl restart filtergate");
        await AnswersAsync();
        await InsideAsync("filtergate block unsafe.example --reason 'seen in year 5' --yes");

        var newer = await RepackAsync("0.10.0");
        var upgraded = await InsideAsync($"dpkg -i /root/{newer}");
        Assert.That(upgraded.Output, Does.Not.Contain("Next:"), "that is for a new box");
        Assert.That((await InsideAsync("filtergate block list; grep -c 18080 /etc/filtergate/filtergate.yaml")).Output, Does.Contain("unsafe.example").And.Contain("1"));
        await AnswersAsync();

        var older = await InsideAsync($"dpkg -i /root/{Path.GetFileName(_package)}", mustSucceed: false);
        Assert.That(older.ExitCode, Is.Not.Zero);
        Assert.That(older.Error + older.Output, Does.Contain("FilterGate 0.10.0 was here, and 0.9.0 cannot read its data"));
        Assert.That((await InsideAsync("dpkg-query -W -f '${Version} ${Status}' filtergate")).Output, Is.EqualTo("0.10.0 install ok installed"));
        await AnswersAsync();

        await InsideAsync("dpkg -r filtergate");
        Assert.That((await InsideAsync("pgrep -l filtergate", mustSucceed: false)).Output, Is.Empty, "nothing of it runs");
        Assert.That((await InsideAsync("ls /var/lib/filtergate/state.db /etc/filtergate/filtergate.yaml")).Lines, Has.Length.EqualTo(2), "the records of a school stay");
        var back = await InsideAsync($"dpkg -i /root/{Path.GetFileName(_package)}", mustSucceed: false);
        Assert.That(back.ExitCode, Is.Not.Zero, "what is left is the newer one's");
        await InsideAsync("dpkg -P filtergate");
        Assert.That((await InsideAsync("ls -d /var/lib/filtergate /etc/filtergate /usr/lib/filtergate; getent passwd filtergate filtergate-review", mustSucceed: false)).Output, Is.Empty);
    }

    /// <summary>For boxes with another processor; here it is built, and cannot be run.</summary>
    [Test]
    public async Task Package_ForArm64_IsBuilt()
    {
        const int MachineAt = 18, Aarch64 = 0xB7; // ELF header, e_machine.
        var package = (await CleanDebian.MustAsync(Path.Combine(Repository.Root, "deploy", "package"), "--arch", "arm64", "--out", _folder.Path, "--version", CleanDebian.Version)).Lines[^1];
        Assert.That((await CleanDebian.MustAsync("dpkg-deb", "--field", package, "Architecture")).Output.Trim(), Is.EqualTo("arm64"));
        await CleanDebian.MustAsync("dpkg-deb", "--extract", package, _folder["arm64"]);
        foreach (var file in new[] { "filtergate", "libe_sqlite3.so" })
        {
            await using var program = File.OpenRead(Path.Combine(_folder["arm64"], "usr/lib/filtergate", file));
            program.Position = MachineAt;
            Assert.That(program.ReadByte(), Is.EqualTo(Aarch64), file);
        }
    }

    /// <summary>Both units run, and a pupil's browser is refused.</summary>
    private async Task AnswersAsync()
    {
        var said = await InsideAsync("""
            systemctl is-active filtergate filtergate-review
            curl -s -o /dev/null -w '%{http_code}\n' -x http://127.0.0.1:18080 http://ebay.co.uk/
            find /var/lib/filtergate ! -user filtergate ! -user filtergate-review -printf 'not of the account: %p\n'
            journalctl --no-pager -o cat -b -p err -u filtergate -u filtergate-review
            """);
        Assert.That(said.Lines, Is.EqualTo(["active", "active", "403"]));
    }

    /// <summary>The same package under another version.</summary>
    private async Task<string> RepackAsync(string version)
    {
        var tree = _folder["tree"];
        await CleanDebian.MustAsync("dpkg-deb", "-R", _package, tree);
        await CleanDebian.MustAsync("sed", "-i", "s/0\\.9\\.0/" + version + "/g", Path.Combine(tree, "DEBIAN", "control"), Path.Combine(tree, "DEBIAN", "preinst"));
        var name = string.Create(CultureInfo.InvariantCulture, $"filtergate_{version}.deb");
        await CleanDebian.MustAsync("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, Path.Combine(_root, "root", name));
        return name;
    }

    private async Task<Ended> InsideAsync(string script, bool mustSucceed = true)
    {
        var ended = await _box.RunAsync(script, CleanDebian.Patience);
        return ended.ExitCode == 0 || !mustSucceed ? ended : throw new InvalidOperationException($"{script} ended with {ended.ExitCode}: {ended.Output}{ended.Error}");
    }
}
