using System.Security.Cryptography;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using Microsoft.Data.Sqlite;

namespace FilterGate.Tests.Commands;

/// <summary><c>events verify</c>, <c>events purge</c> and <c>events backup</c>.</summary>
public sealed class KeepingCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public async Task SetUp()
    {
        _box = new StoreBox();
        foreach (var (months, kind) in new[] { (-4, EventKind.Allow), (-4, EventKind.Block), (-14, EventKind.Block), (-14, EventKind.Override), (-30, EventKind.Audit), (0, EventKind.Allow) })
            await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon.AddMonths(months), Kind = kind, Host = "a.example" }, giveReference: false);
        _box.State.Audit("tech", "try", "something", null);
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private IEnumerable<string?> Files() => Directory.GetFiles(Path.Combine(_box.Folder, "events"), "*.db").Select(Path.GetFileName).Order(StringComparer.Ordinal);

    [Test]
    public void Verify_NothingTouched_ExitsZero()
    {
        var run = _box.Run("events", "verify");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, run.Output)), run.Error);
        Assert.That(run.Output, Does.Contain("Everything is as it was written").And.Contain("state.db"));
    }

    [Test]
    public void Verify_Changed_ExitsOneAndSaysFromWhere()
    {
        Change(Path.Combine(_box.Folder, "events", "2026-07.db"), "UPDATE events SET status = 200");
        Change(Path.Combine(_box.Folder, "state.db"), "UPDATE audit SET actor = 'head'");
        var run = _box.Run("events", "verify", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.OurFault));
        var broken = run.Lines.Select(line => JsonDocument.Parse(line).RootElement).Where(row => row.GetProperty("state").GetString() == "broken").Select(row => (row.GetProperty("file").GetString(), row.GetProperty("broken_from").GetInt64()));
        Assert.That(broken, Is.EqualTo([("2026-07.db", 1L), ("state.db", 1L)]));
        Assert.That(_box.Run("events", "verify").Output, Does.Contain("broken from 1 on"));
    }

    [Test]
    public void Purge_DryRun_SaysAndLeavesEverything()
    {
        var before = Files().ToList();
        var run = _box.Run("events", "purge", "--dry-run", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()), Is.EqualTo(["2024-05.audit.db", "2025-09.db", "2026-07.allowed.db"]));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [Test]
    public void Purge_Yes_DropsWhatIsPastItsTimeAndPutsItOnRecord()
    {
        var run = _box.Run("events", "purge", "--yes");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Files(), Is.EqualTo(["2025-09.audit.db", "2026-07.db", "2026-11.allowed.db", "2026-11.audit.db", "2026-11.db"]));
        var audit = _box.State.AuditEntries().Where(entry => entry.Action == "events.purge").Select(entry => entry.Subject).ToList();
        Assert.That(audit, Has.Count.EqualTo(3).And.Some.Match("2025-09.db \\(attention, 1 events from 2025-09-23 12:00 to 2025-09-23 12:00, chain [0-9a-f]{64}\\)"));
        Assert.That(_box.Events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Select(e => e.Rule), Has.Exactly(3).Contain("purged by tech"));
        Assert.That(_box.Run("events", "verify").ExitCode, Is.EqualTo(ExitCode.Done), "what was dropped on purpose is not missing");
    }

    [Test]
    public void Purge_AtATerminal_AsksFirst()
    {
        Assert.That(_box.RunWith("n", "events", "purge").ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(Files(), Does.Contain("2025-09.db"));
    }

    [Test]
    public async Task Backup_WhileTheGatewayWrites_IsWholeAndListed()
    {
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon, Kind = EventKind.Block, Host = "b.example" }, giveReference: false);
        });
        var target = Path.Combine(_box.Folder, "backup");
        var run = _box.Run("events", "backup", target);
        await stop.CancelAsync();
        await writing;

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var listed = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(target, "manifest.json"))).RootElement.GetProperty("files").EnumerateArray()
            .Select(file => (Name: file.GetProperty("name").GetString()!, Digest: file.GetProperty("sha256").GetString()!)).ToList();
        Assert.That(listed.Select(file => file.Name), Does.Contain("state.db").And.Contain("events/2026-11.db").And.Contain("events/2025-09.audit.db"));
        foreach (var (name, digest) in listed) Assert.That(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(target, name)))), Is.EqualTo(digest), name);

        var restored = CommandRun.Of(_box.Host(), "events", "verify", "--data", target);
        Assert.That(restored.ExitCode, Is.EqualTo(ExitCode.Done), restored.Output);
        Assert.That(_box.Run("events", "backup", target).ExitCode, Is.EqualTo(ExitCode.Usage), "never over another");
    }

    [Test]
    public void Backup_DamagedMonth_CopiesTheOthersAndSaysSo()
    {
        File.WriteAllText(Path.Combine(_box.Folder, "events", "2026-10.db"), new string('x', 10_000));
        var target = Path.Combine(_box.Folder, "backup");
        var run = _box.Run("events", "backup", target);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.OurFault));
        Assert.That(run.Error, Does.Contain("2026-10.db is damaged"));
        Assert.That(Path.Combine(target, "events", "2026-07.db"), Does.Exist);
        Assert.That(Path.Combine(target, "events", "2026-10.db"), Does.Not.Exist);
    }

    private static void Change(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
