using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FilterGate.Backups;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Proxy.Certificates;
using FilterGate.State;
using FilterGate.Testing;
using FilterGate.Tests.Commands;
using Microsoft.Data.Sqlite;

namespace FilterGate.Tests.Backups;

/// <summary><c>backup</c> and <c>restore</c> over real stores.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BackupCommandTests
{
    private const string Policy = """
        school: Test Primary
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers: { pupil: { own_block: [time-waster.example] }, staff: {}, guest: {} }
        """;

    private const string Passphrase = "velvet anchor bicycle moss";

    private StoreBox _box = null!;
    private TempFolder _elsewhere = null!;
    private string _file = null!;
    private string _key = null!;

    [SetUp]
    public void SetUp()
    {
        (_box, _elsewhere) = (new StoreBox(), new TempFolder());
        (_file, _key) = (_elsewhere["box.fgbackup"], _elsewhere["backup.key"]);
        File.WriteAllBytes(_key, RandomNumberGenerator.GetBytes(BackupSecret.KeyLength));
        File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _box.DisposeAsync();
        _elsewhere.Dispose();
    }

    [Test]
    public async Task Restore_OnAnEmptyRoot_AnswersAsBefore()
    {
        await LiveAsync();
        var before = Answers(_box.Folder);
        var backup = _box.Run("backup", _file, "--key-file", _key, "--json");
        Assert.That(backup.ExitCode, Is.EqualTo(ExitCode.Done), backup.Error);

        var target = _elsewhere["new/box"];
        var restore = Restore(target, "--json");
        Assert.That(restore.ExitCode, Is.EqualTo(ExitCode.Done), restore.Error);
        using (Assert.EnterMultipleScope())
        {
            var after = Answers(target);
            foreach (var (question, answer) in before) Assert.That(after[question], Is.EqualTo(answer), question);
            Assert.That(File.ReadAllBytes(Path.Combine(target, "ca", "ca.key")), Is.EqualTo(File.ReadAllBytes(Path.Combine(_box.Folder, "ca", "ca.key"))), "the authority is the same");
            Assert.That(File.ReadAllBytes(Path.Combine(target, "lists", "locked.key")), Is.EqualTo(File.ReadAllBytes(Path.Combine(_box.Folder, "lists", "locked.key"))));
            Assert.That(File.ReadAllText(Path.Combine(target, "unheard-of.txt")), Is.EqualTo("of a later version"), "what nobody has heard of is not left out");
            foreach (var path in Directory.EnumerateFileSystemEntries(target, "*", SearchOption.AllDirectories).Append(target))
                Assert.That(File.GetUnixFileMode(path), Is.EqualTo(Directory.Exists(path) ? (UnixFileMode)0b111_000_000 : (UnixFileMode)0b110_000_000), path);
        }

        var made = JsonDocument.Parse(backup.Output).RootElement;
        Assert.That(made.GetProperty("sha256").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_file)))));
        Assert.That(File.GetUnixFileMode(_file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Directory.GetFiles(_elsewhere.Path).Select(Path.GetFileName), Is.EquivalentTo(["box.fgbackup", "backup.key"]));
        Assert.That(Path.Combine(_box.Folder, BackupContents.WorkFolder), Does.Not.Exist);
        using var state = StateStore.Open(Path.Combine(target, "state.db"), _box.Clock);
        Assert.That(state.AuditEntries(2).Select(entry => (entry.Action, entry.Actor)), Is.EqualTo([("restore", "tech"), ("backup.begin", "tech")]));
        Assert.That(_box.State.AuditEntries(1)[0], Has.Property("Action").EqualTo("backup").And.Property("Subject").Contains(made.GetProperty("sha256").GetString()!));
        Assert.That(ReadText(Path.Combine(target, "state.db"), "PRAGMA journal_mode"), Is.EqualTo("wal"), "a reader must not wait for a writer");
    }

    [Test]
    public async Task Backup_SaysWhatItLeavesOutAndWhy()
    {
        await _box.BlockedAsync("games.example");
        File.WriteAllText(Path.Combine(_box.Folder, "keeping.json"), "{}");
        Directory.CreateDirectory(Path.Combine(_box.Folder, "lists", "sources", "own", "new-0011"));
        File.WriteAllText(Path.Combine(_box.Folder, "lists", "sources", "own", "partial"), "half");
        File.WriteAllText(Path.Combine(_box.Folder, "lists", "sources", "own", "lock"), "");
        File.WriteAllText(Path.Combine(_box.Folder, "lists", "sources", "own", "state.json"), "{}");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_box.Folder, "gateway.sock")));

        var run = _box.Run("backup", _file, "--key-file", _key, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var left = JsonDocument.Parse(run.Output).RootElement.GetProperty("left_out").EnumerateArray().ToDictionary(e => e.GetProperty("name").GetString()!, e => e.GetProperty("why").GetString()!);
        Assert.That(left.Keys.Except(Directory.GetFiles(_box.Folder, "*.db*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_box.Folder, f))),
            Is.EquivalentTo(["gateway.sock", "keeping.json", "lists/sources/own/lock", "lists/sources/own/new-0011", "lists/sources/own/partial"]));
        Assert.That(left.Values, Has.None.Empty);
        Assert.That(NamesIn(_file), Does.Contain("data/lists/sources/own/state.json").And.Contain("data/state.db").And.Contain("data/events/2026-11.db").And.Not.Contain("data/keeping.json"));
        Assert.That(_box.Run("backup", "--to", _elsewhere.Path, "--key-file", _key).Output, Does.Contain("left out: gateway.sock (a socket of the running gateway)").And.Contain(_elsewhere["filtergate-20261123-120000.fgbackup"]));
    }

    [Test]
    public async Task Backup_WhileTheGatewayWrites_HoldsEveryEventWhole()
    {
        await LiveAsync();
        using var stop = new CancellationTokenSource();
        var hasBegun = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                hasBegun.TrySetResult();
                await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon, Kind = EventKind.Block, Host = "b.example" }, giveReference: false);
                _box.State.Audit("writer", "try", "something", null);
            }
        });
        await hasBegun.Task;
        var run = _box.Run("backup", _file, "--key-file", _key);
        await stop.CancelAsync();
        Assert.That(async () => await writing, Throws.Nothing, "no writer met a lock that it could not wait for");
        var target = _elsewhere["restored"];
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Restore(target).ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.Run("events", "verify").ExitCode, Is.EqualTo(ExitCode.Done));
        var verified = CommandRun.Of(_box.Host(), "events", "verify", "--data", target);
        Assert.That(verified.ExitCode, Is.EqualTo(ExitCode.Done), verified.Output);
    }

    [Test]
    public void Passphrase_FromFileOrTerminal_Opens_AndAnotherDoesNot()
    {
        var right = _elsewhere["passphrase"];
        File.WriteAllText(right, Passphrase + "\n");
        Assert.That(_box.Run("backup", _file, "--passphrase-file", right).ExitCode, Is.EqualTo(ExitCode.Done));

        var typed = CommandRun.Of(Typing(Passphrase), "restore", _file, "--dry-run");
        Assert.That(typed.ExitCode, Is.EqualTo(ExitCode.Done), typed.Error);
        Assert.That(typed.Error, Does.StartWith("Passphrase of the backup: ").And.Not.Contain("velvet"));
        var wrong = CommandRun.Of(Typing(Passphrase + "."), "restore", _file, "--data", _elsewhere["new"]);
        Assert.That((wrong.ExitCode, wrong.Error), Is.EqualTo((ExitCode.Usage, wrong.Error)));
        Assert.That(wrong.Error, Does.Contain("the passphrase is another, or the file is not as it was written"));
        Assert.That(Directory.GetFileSystemEntries(_elsewhere.Path).Select(Path.GetFileName), Is.EquivalentTo(["box.fgbackup", "backup.key", "passphrase"]), "nothing is left of the attempt");
        Assert.That(Restore(_elsewhere["new"]).Error, Does.Contain("was made with a passphrase"));
    }

    [Test]
    public void Backup_AtATerminal_AsksTwice()
    {
        Assert.That(CommandRun.Of(Typing(Passphrase, "something else"), "backup", _file, "--data", _box.Folder).Error, Does.Contain("the two are not the same"));
        Assert.That(_file, Does.Not.Exist);
        Assert.That(CommandRun.Of(Typing("short"), "backup", _file, "--data", _box.Folder).Error, Does.Contain("too short"));
    }

    [Test]
    public void Backup_Refused_SaysWhyAndWritesNothing()
    {
        File.WriteAllText(_elsewhere["there"], "");
        var inside = Path.Combine(_box.Folder, "backup.key");
        File.Copy(_key, inside);
        using (Assert.EnterMultipleScope())
        {
            Refuses("always encrypted", _file);
            Refuses("never writes over", _elsewhere["there"], "--key-file", _key);
            Refuses("lies in the data folder", Path.Combine(_box.Folder, "box.fgbackup"), "--key-file", _key);
            Refuses("lies in the data folder", _file, "--key-file", inside);
            Refuses("one of the two", "--key-file", _key);
            Refuses("one of the two", _file, "--to", _elsewhere.Path, "--key-file", _key);
            Refuses("is the disk mounted", _elsewhere["not/there"], "--key-file", _key);
            Refuses("not both", _file, "--key-file", _key, "--passphrase-file", _key);
            Refuses("is no key", _file, "--key-file", _elsewhere["there"]);
        }
        File.CreateSymbolicLink(Path.Combine(_box.Folder, "events2"), "/etc");
        Refuses("is a link", _file, "--key-file", _key);
        Assert.That(_file, Does.Not.Exist);
        Assert.That(Path.Combine(_box.Folder, BackupContents.WorkFolder), Does.Not.Exist);

        void Refuses(string why, params string[] arguments)
        {
            var run = _box.Run(["backup", .. arguments]);
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")), why);
            Assert.That(run.Error, Does.Contain(why));
        }
    }

    [Test]
    public async Task Backup_DamagedMonth_TakesTheOthersAndSaysSoTwice()
    {
        await _box.BlockedAsync("games.example");
        File.WriteAllText(Path.Combine(_box.Folder, "events", "2026-10.db"), new string('x', 10_000));
        var run = _box.Run("backup", _file, "--key-file", _key);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Usage, run.Error)));
        Assert.That(run.Error, Does.Contain("not in the backup").And.Contain("2026-10.db is damaged"));
        var restored = Restore(_elsewhere["new"]);
        Assert.That((restored.ExitCode, restored.Error), Is.EqualTo((ExitCode.Usage, restored.Error)));
        Assert.That(restored.Error, Does.Contain("the backup lacks").And.Contain("2026-10.db is damaged"));
        Assert.That(_elsewhere["new/events/2026-11.db"], Does.Exist);
    }

    [Test]
    public async Task Restore_FolderIsNotEmpty_IsRefusedUntilItIsPutAside()
    {
        await _box.BlockedAsync("games.example");
        Assert.That(_box.Run("backup", _file, "--key-file", _key).ExitCode, Is.EqualTo(ExitCode.Done));
        var target = _elsewhere["box"];
        using (var old = StateStore.Open(Path.Combine(target, "state.db"), _box.Clock)) old.Audit("somebody", "try", "the old one", null);

        var refused = Restore(target);
        Assert.That((refused.ExitCode, refused.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(refused.Error, Does.Contain("is not empty").And.Contain("--put-aside"));

        var run = Restore(target, "--put-aside", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var aside = target + ".before-restore-20261123-120000";
        Assert.That(JsonDocument.Parse(run.Output).RootElement.GetProperty("put_aside").GetString(), Is.EqualTo(aside));
        Assert.That(Directory.GetDirectories(_elsewhere.Path), Is.EquivalentTo([target, aside]));
        using (var old = StateStore.Open(Path.Combine(aside, "state.db"), _box.Clock))
            Assert.That(old.AuditEntries().Select(entry => entry.Action), Is.EqualTo(["restore.put-aside", "try"]));
        Assert.That(Path.Combine(target, "events", "2026-11.db"), Does.Exist);

        // Again within the same second: one that was killed is tried again at once.
        Assert.That(JsonDocument.Parse(Restore(target, "--put-aside", "--json").Output).RootElement.GetProperty("put_aside").GetString(), Is.EqualTo(aside + "-2"));
    }

    [Test]
    public void Restore_AGatewayRunsThere_IsRefused()
    {
        Assert.That(_box.Run("backup", _file, "--key-file", _key).ExitCode, Is.EqualTo(ExitCode.Done));
        var target = Directory.CreateDirectory(_elsewhere["box"]).FullName;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(target, "gateway.sock")));
        socket.Listen();
        Assert.That(Restore(target, "--put-aside").Error, Does.Contain("a gateway runs on"));
    }

    [Test]
    public async Task Restore_FileIsNotWhole_ChangesNothing()
    {
        await LiveAsync();
        Assert.That(_box.Run("backup", _file, "--key-file", _key).ExitCode, Is.EqualTo(ExitCode.Done));
        var good = await File.ReadAllBytesAsync(_file);
        var target = _elsewhere["new"];
        using (Assert.EnterMultipleScope())
        {
            foreach (var length in new[] { 0, 10, SealedHead.Length, SealedHead.Length + 100, good.Length / 2, good.Length - 1 }) await TryAsync(good[..length], $"{length} bytes");
            await TryAsync([.. good, 0], "one more");
            foreach (var at in new[] { 20, SealedHead.Length, good.Length / 2, good.Length - 1 })
            {
                var changed = (byte[])good.Clone();
                changed[at] ^= 1;
                await TryAsync(changed, $"byte {at}");
            }
        }
        await File.WriteAllBytesAsync(_file, good);
        Assert.That(Restore(target, "--dry-run").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(target, Does.Not.Exist);

        async Task TryAsync(byte[] bytes, string what)
        {
            await File.WriteAllBytesAsync(_file, bytes);
            foreach (var dry in (string[][])[["--dry-run"], []])
            {
                var run = Restore(target, dry);
                Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")), what);
                Assert.That(Directory.GetFileSystemEntries(_elsewhere.Path), Has.Length.EqualTo(2), what);
            }
        }
    }

    [Test]
    public void Restore_Settings_GoBackWithTheFilesThatTheyName()
    {
        using var bench = new Workbench();
        bench.Write("provider.crt", "a certificate");
        bench.Write("settings.yaml", "policy: policies/ours.yaml\ndata: data\nupstream: { trust_ca: [provider.crt] }\nlocked: [{ feed: iwf-csam, file: /srv/feed.fgb, format: bundle, key_file: feed.key }]\n");
        bench.Write("policies/ours.yaml", Policy);
        bench.Write("feed.key", "0123456789abcdef0123456789abcdef");
        StateStore.Open(Path.Combine(bench.Data, "state.db"), bench.Clock).Dispose();
        var backup = bench.Run("backup", _file, "--key-file", _key);
        Assert.That(backup.ExitCode, Is.EqualTo(ExitCode.Done), backup.Error);
        Assert.That(backup.Output, Does.Contain("left out: /srv/feed.fgb (the supplier's client brings it again"));

        File.WriteAllText(_elsewhere["there.yaml"], "# as the package brings it\n");
        var run = CommandRun.Of(_box.Host(), "restore", _file, "--key-file", _key, "--config", _elsewhere["there.yaml"], "--data", _elsewhere["data"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_elsewhere["there.yaml"]), Does.StartWith("policy: policies/ours.yaml"));
            Assert.That(File.ReadAllText(_elsewhere["there.yaml.before-restore-20261123-120000"]), Is.EqualTo("# as the package brings it\n"));
            Assert.That(File.ReadAllText(_elsewhere["policies/ours.yaml"]), Is.EqualTo(Policy));
            Assert.That(File.ReadAllText(_elsewhere["provider.crt"]), Is.EqualTo("a certificate"));
            Assert.That(File.GetUnixFileMode(_elsewhere["feed.key"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }

        // Where no settings are named, nothing is lost either.
        var without = Restore(_elsewhere["look"]);
        Assert.That(without.ExitCode, Is.EqualTo(ExitCode.Done), without.Error);
        Assert.That(File.ReadAllText(_elsewhere["look/from-backup/filtergate.yaml"]), Does.StartWith("policy: policies/ours.yaml"));
        Assert.That(without.Output, Does.Contain("from-backup/filtergate.yaml was").And.Contain("put it where the settings are to find it"));
    }

    [Test]
    public async Task Output_NamesNobodyAndNoSite()
    {
        await LiveAsync();
        var said = new StringBuilder();
        foreach (var run in new[] { _box.Run("backup", _file, "--key-file", _key), Restore(_elsewhere["a"]), _box.Run("backup", _file + "2", "--key-file", _key, "--json"), Restore(_elsewhere["b"], "--json"), Restore(_elsewhere["c"], "--dry-run") })
            said.Append(run.Output).Append(run.Error);
        foreach (var secret in new[] { "games.example", "time-waster.example", "a pupil", "ipad-14", "for maths", "secret" }) Assert.That(said.ToString(), Does.Not.Contain(secret));
        // Nor does the file, where it is not locked.
        Assert.That(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(_file)), Does.Not.Contain("games.example").And.Not.Contain("SQLite"));
    }

    /// <summary>A school with a policy that was changed, events, a request, an override in force, an authority and a key for locked lists.</summary>
    private async Task LiveAsync()
    {
        _box.State.ImportPolicy(PolicyDocument.VersionOf(Policy), Policy, "tech", "our first policy");
        var second = Policy + "# changed\n";
        _box.State.ImportPolicy(PolicyDocument.VersionOf(second), second, "tech", "a remark");
        await _box.AskedAsync();
        foreach (var kind in new[] { EventKind.Allow, EventKind.Override, EventKind.Search })
            await _box.Events.CommitAsync(new FilterEvent { Time = StoreBox.Noon.AddMonths(-1), Kind = kind, Host = "a.example", Tier = "pupil" }, giveReference: false);
        _box.State.Grant(Audience.ForTier("pupil"), Site.ForHost("time-waster.example"), StoreBox.Noon, StoreBox.Noon.AddHours(1), "a lesson", "tech");
        CertificateAuthorities.Open(Path.Combine(_box.Folder, "ca"), _box.Clock).Dispose();
        new EventIntegrity(Path.Combine(_box.Folder, "events"), _box.Clock).Anchor([]);
        Directory.CreateDirectory(Path.Combine(_box.Folder, "lists"));
        File.WriteAllBytes(Path.Combine(_box.Folder, "lists", "locked.key"), RandomNumberGenerator.GetBytes(FilterGate.Lists.LockedKey.Length));
        File.WriteAllText(Path.Combine(_box.Folder, "unheard-of.txt"), "of a later version");
    }

    private Dictionary<string, (int, string)> Answers(string folder)
    {
        string[][] questions =
        [
            ["check", "http://time-waster.example/", "--tier", "pupil", "--json"], ["check", "http://locked.test/forbidden/page", "--tier", "staff", "--json"], ["events", "search", "--since", "90d", "--json"], ["policy", "history", "--json"], ["policy", "show"],
            ["certificates", "status", "--json"], ["unblock", "list", "--json"], ["overrides", "list", "--json"],
        ];
        var answers = questions.ToDictionary(question => string.Join(' ', question), question =>
        {
            var run = CommandRun.Of(_box.Host(), [.. question, "--data", folder]);
            // That somebody asked about a locked list is an event, and so each round of questions adds one.
            return (run.ExitCode, string.Join('\n', run.Lines.Where(line => !line.Contains("\"rule\":\"check by tech\"", StringComparison.Ordinal))));
        });
        answers["events verify"] = (CommandRun.Of(_box.Host(), "events", "verify", "--data", folder).ExitCode, "");
        Assert.That(answers["events search --since 90d --json"].Item2.Split('\n'), Has.Length.EqualTo(4));
        Assert.That(answers["overrides list --json"].Item2, Does.Contain("time-waster.example"));
        return answers;
    }

    private CommandRun Restore(string target, params string[] more) => CommandRun.Of(_box.Host(), ["restore", _file, "--key-file", _key, "--data", target, .. more]);

    private CommandHost Typing(params string[] lines)
    {
        var typed = new Queue<string>(lines);
        return new CommandHost
        {
            Clock = _box.Clock, Variable = _ => null, Account = () => "tech", IsRoot = () => false, OutputIsTerminal = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml", IsInteractive = () => true, Input = new StringReader(""), ReadSecret = typed.Dequeue,
        };
    }

    private List<string> NamesIn(string path)
    {
        using var file = File.OpenRead(path);
        using var opened = new UnsealingStream(file, SealedHead.Read(file, path), BackupSecret.OfKeyFile(_key), path);
        using var text = new GZipStream(opened, CompressionMode.Decompress);
        using var tar = new TarReader(text);
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry) names.Add(entry.Name);
        return names;
    }

    private static string? ReadText(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }
}
