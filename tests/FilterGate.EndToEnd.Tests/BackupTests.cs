using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A box is lost and stands again: the real program writes the backup under load and puts it in place, also where the power goes in the middle and where the disk is full.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
[UnsupportedOSPlatform("windows")]
public sealed class BackupTests
{
    private TempFolder _safe = null!;

    [SetUp]
    public void SetUp()
    {
        _safe = new TempFolder();
        File.WriteAllText(_safe["passphrase"], "velvet anchor bicycle moss\n");
        File.SetUnixFileMode(_safe["passphrase"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [TearDown]
    public void TearDown() => _safe.Dispose();

    private string[] Secret => ["--passphrase-file", _safe["passphrase"]];

    [Test]
    public async Task LostBox_RestoredOnAnEmptyRoot_IsTheSameGateway()
    {
        await using var school = await School.OpenAsync();
        Assert.That((await school.GetAsync("pupil", $"https://{School.Auction}/before")).Status, Is.EqualTo(403));
        var granted = await school.CommandAsync("unblock", "grant", "http://reddit.com/", "--tier", "pupil", "--for", "1h", "--reason", "a lesson");
        Assert.That(granted.ExitCode, Is.Zero, granted.Error);

        using var stop = new CancellationTokenSource();
        var pages = Task.Run(async () =>
        {
            var shown = 0;
            for (; !stop.IsCancellationRequested; shown++) Assert.That((await school.GetAsync("pupil", $"http://{School.Auction}/meanwhile-{shown}")).Status, Is.EqualTo(403));
            return shown;
        });
        var backup = await school.CommandAsync(["backup", _safe["box.fgbackup"], "--json", .. Secret]);
        await stop.CancelAsync();
        Assert.That(await pages, Is.Positive);
        Assert.That(backup.ExitCode, Is.Zero, backup.Error);
        Assert.That(JsonElement.Parse(backup.Output).GetProperty("left_out").EnumerateArray().Select(left => left.GetProperty("name").GetString()), Does.Contain("gateway.sock"));
        var running = await school.CommandAsync(["restore", _safe["box.fgbackup"], "--put-aside", .. Secret]);
        Assert.That((running.ExitCode, running.Error), Is.EqualTo((2, $"filtergate: a gateway runs on {school.Data}. Stop it first: sudo systemctl stop filtergate filtergate-review\n")));

        // The box is lost, with all that happened since.
        Assert.That((await school.GetAsync("pupil", $"http://{School.Auction}/after")).Status, Is.EqualTo(403));
        await school.Gateway.KillAsync();
        Directory.Delete(school.Data, recursive: true);

        var restore = await school.CommandAsync(["restore", _safe["box.fgbackup"], .. Secret]);
        Assert.That(restore.ExitCode, Is.Zero, restore.Error);
        Assert.That(restore.Output, Does.Contain("all are in place").And.Contain("filtergate overrides list --data").And.Not.Contain(School.Auction));
        await school.StartGatewayAsync();
        using (Assert.EnterMultipleScope())
        {
            // With the certificate that the devices have had all the time.
            Assert.That((await school.GetAsync("pupil", $"https://{School.Auction}/again")).Status, Is.EqualTo(403));
            Assert.That((await school.GetAsync("pupil", "http://reddit.com/1k")).Status, Is.EqualTo(200), "what was open is open until its end");
            var hosts = (await school.EventsAsync("--limit", "100000")).Select(e => e.GetProperty("url").GetString()).ToList();
            Assert.That(hosts, Does.Contain($"https://{School.Auction}/before").And.Contain($"https://{School.Auction}/again").And.Not.Contain($"http://{School.Auction}/after"));
            var verified = await school.CommandAsync("events", "verify");
            Assert.That(verified.ExitCode, Is.Zero, verified.Output);
        }
    }

    [Test]
    public async Task Restore_KilledAtAnyMoment_LeavesTheOldOrTheNewWhole()
    {
        const int Moments = 8;
        var (old, made, data) = (_safe["old"], _safe["made"], _safe["data"]);
        foreach (var folder in new[] { old, made })
        {
            var sample = await GatewayProcess.CommandAsync("sample", "--data", folder);
            Assert.That(sample.ExitCode, Is.Zero, sample.Error);
        }
        // Large enough that most of the time is spent in the middle of it.
        for (var i = 0; i < 200; i++) await File.WriteAllBytesAsync(Path.Combine(made, $"large-{i}"), new byte[100_000]);
        await File.WriteAllTextAsync(Path.Combine(made, "which"), "new");
        await File.WriteAllTextAsync(Path.Combine(old, "which"), "old");
        Assert.That((await GatewayProcess.CommandAsync(["backup", _safe["box.fgbackup"], "--data", made, .. Secret])).ExitCode, Is.Zero);
        Directory.Move(old, data);

        string[] restore = [GatewayProcess.Executable, "restore", _safe["box.fgbackup"], "--data", data, "--put-aside", .. Secret];
        var whole = Stopwatch.StartNew();
        Assert.That((await Programs.RunAsync([.. restore[..^2], "--dry-run", .. Secret])).ExitCode, Is.Zero);
        var (length, found) = (whole.ElapsedMilliseconds * 2, new List<string>());
        for (var moment = 1; moment <= Moments; moment++)
        {
            using var process = Process.Start(Programs.Describe(restore))!;
            process.StandardInput.Close();
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay((int)(length * moment / Moments)));
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();

            var which = await File.ReadAllTextAsync(Path.Combine(data, "which"));
            found.Add(which);
            Assert.That((await GatewayProcess.CommandAsync("events", "verify", "--data", data)).ExitCode, Is.Zero, $"{which}, moment {moment}");
            Assert.That(Directory.GetFiles(data, "large-*"), Has.Length.EqualTo(which == "new" ? 200 : 0), $"moment {moment}");
            // Whatever lies beside under the name of what is put aside is whole as well.
            foreach (var aside in Directory.GetDirectories(_safe.Path, "data.before-restore-*")) Assert.That(await File.ReadAllTextAsync(Path.Combine(aside, "which")), Is.AnyOf("old", "new"));
            if (which == "new") break;
        }
        Assert.That(found, Does.Contain("old"), "no moment was early enough to show anything");
        var again = await Programs.RunAsync(restore);
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(Directory.GetFileSystemEntries(_safe.Path, "data.restoring*"), Is.Empty);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(data, "which")), Is.EqualTo("new"));
    }

    [Test]
    public async Task DiskFull_NothingIsLeftHalf()
    {
        Programs.RequireRoot("a disk of a few megabytes is mounted");
        var box = _safe["box"];
        Assert.That((await GatewayProcess.CommandAsync("sample", "--data", box)).ExitCode, Is.Zero);
        await File.WriteAllBytesAsync(Path.Combine(box, "large"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(3 << 20));
        var disk = Directory.CreateDirectory(_safe["disk"]).FullName;
        await Programs.MustAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk);
        try
        {
            var full = await GatewayProcess.CommandAsync(["backup", Path.Combine(disk, "box.fgbackup"), "--data", box, .. Secret]);
            Assert.That((full.ExitCode, full.Error), Is.EqualTo((2, full.Error)));
            Assert.That(full.Error, Does.Contain("could not be made").And.Contain("No space left").And.Contain("Nothing is left of it"));
            Assert.That(Directory.GetFileSystemEntries(disk), Is.Empty);
            Assert.That(Path.Combine(box, "backup.part"), Does.Not.Exist);

            Assert.That((await GatewayProcess.CommandAsync(["backup", _safe["box.fgbackup"], "--data", box, .. Secret])).ExitCode, Is.Zero);
            await RefusesAsync("MiB free in", "remount,size=2m");
            // Room for the bytes and not for the files: the disk fills up while they are written.
            await RefusesAsync("No space left", "remount,size=64m,nr_inodes=8");
            await Programs.MustAsync("mount", "-o", "remount,size=64m,nr_inodes=10000", disk);
            var restored = await GatewayProcess.CommandAsync(["restore", _safe["box.fgbackup"], "--data", Path.Combine(disk, "data"), .. Secret]);
            Assert.That(restored.ExitCode, Is.Zero, restored.Error);

            var mounted = await GatewayProcess.CommandAsync(["restore", _safe["box.fgbackup"], "--data", disk, .. Secret]);
            Assert.That((mounted.ExitCode, mounted.Error), Is.EqualTo((2, mounted.Error)));
            Assert.That(mounted.Error, Does.Contain("is where a disk is mounted"));
        }
        finally
        {
            await Programs.MustAsync("umount", disk);
        }

        async Task RefusesAsync(string why, string options)
        {
            await Programs.MustAsync("mount", "-o", options, disk);
            var refused = await GatewayProcess.CommandAsync(["restore", _safe["box.fgbackup"], "--data", Path.Combine(disk, "data"), .. Secret]);
            Assert.That((refused.ExitCode, refused.Error), Is.EqualTo((2, refused.Error)));
            Assert.That(refused.Error, Does.Contain(why));
            Assert.That(Directory.GetFileSystemEntries(disk), Is.Empty);
        }
    }

    [Test]
    public async Task Restore_AsRoot_GivesEverythingToTheGatewaysAccount()
    {
        Programs.RequireRoot("files change their owner");
        var (box, data) = (_safe["box"], Directory.CreateDirectory(_safe["data"]).FullName);
        Assert.That((await GatewayProcess.CommandAsync("sample", "--data", box)).ExitCode, Is.Zero);
        Assert.That((await GatewayProcess.CommandAsync(["backup", "--to", _safe.Path, "--data", box, .. Secret])).ExitCode, Is.Zero);
        await Programs.MustAsync("chown", "12345:12346", data);
        var restored = await GatewayProcess.CommandAsync(["restore", Directory.GetFiles(_safe.Path, "*.fgbackup").Single(), "--data", data, .. Secret]);
        Assert.That(restored.ExitCode, Is.Zero, restored.Error);
        var owners = (await Programs.MustAsync("find", data, "-printf", "%U:%G %m %y\\n")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal);
        Assert.That(owners, Is.EqualTo(["12345:12346 600 f", "12345:12346 700 d"]));
    }
}
