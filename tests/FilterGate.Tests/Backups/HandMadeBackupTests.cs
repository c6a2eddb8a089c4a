using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Backups;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.State;
using FilterGate.Testing;
using FilterGate.Tests.Commands;
using Microsoft.Data.Sqlite;

namespace FilterGate.Tests.Backups;

/// <summary>Backups that somebody with the right key made by hand: nothing outside the data folder is written, and nothing at all before everything is known to be good.</summary>
public sealed class HandMadeBackupTests
{
    private TempFolder _folder = null!;
    private string _file = null!;
    private string _key = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        (_file, _key) = (_folder["box.fgbackup"], _folder["backup.key"]);
        File.WriteAllBytes(_key, RandomNumberGenerator.GetBytes(BackupSecret.KeyLength));
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private static CommandHost Host => new() { Variable = _ => null, Account = () => "tech", IsRoot = () => false, IsInteractive = () => false, InstalledSettingsPath = "/nonexistent/filtergate.yaml" };

    private static IEnumerable<TestCaseData> StrangeInsides()
    {
        foreach (var name in new[] { "data/../../escaped", "../escaped", "/tmp/escaped", "data//escaped", "data/./escaped", "data/a\\..\\escaped", "settings/../escaped", "elsewhere/escaped", "data/" })
            yield return Case($"Name {name}", entries => entries.Add(Entry(name, "x")), "has a name that no file");
        yield return Case("Twice", entries => entries.AddRange([Entry("data/a", "x"), Entry("data/a", "y")]), "has a name that no file");
        yield return Case("Link", entries => entries.Add(new PaxTarEntry(TarEntryType.SymbolicLink, "data/a") { LinkName = "/etc/shadow" }), "no file");
        yield return Case("HardLink", entries => entries.Add(new PaxTarEntry(TarEntryType.HardLink, "data/a") { LinkName = "data/state.db" }), "no file");
        yield return Case("Pipe", entries => entries.Add(new PaxTarEntry(TarEntryType.Fifo, "data/a")), "no file");
        yield return Case("NotInTheList", entries => entries.Insert(1, Entry("data/b", "x")), "not those of its list", listed: false);
        yield return Case("NoList", entries => entries.RemoveAt(entries.Count - 1), "no list", listed: false);
        yield return Case("BehindTheList", entries => entries.Add(Entry("data/b", "x")), "follows its list", listed: false);
        yield return Case("Empty", entries => entries.Clear(), "cannot be read");
        yield return Case("NotAboutFirst", entries => entries.Insert(0, Entry("data/a", "x")), "does not begin");
        yield return Case("NoState", _ => { }, "has no state.db");
        yield return Case("Later", entries => entries[0] = About(a => a with { Version = "99.1.0" }), "made by FilterGate 99.1.0");
        yield return Case("LaterSchema", entries => entries[0] = About(a => a with { StateSchema = StateStore.SchemaVersion + 1 }), "data only goes forward");
        yield return Case("LaterEvents", entries => entries[0] = About(a => a with { EventsSchema = EventBackup.SchemaVersion + 1 }), "data only goes forward");
        yield return Case("LaterFormat", entries => entries[0] = About(a => a with { Format = 2 }), "data only goes forward");
        yield return Case("Larger", entries => entries[0] = About(a => a with { Bytes = 1L << 60 }), "MiB free");
        yield return Case("About", entries => entries[0] = Entry(BackupAbout.Name, "{}"), "cannot be read");

        static TestCaseData Case(string name, Action<List<TarEntry>> change, string why, bool listed = true) => new TestCaseData(change, why, listed).SetName($"Restore_{name}_IsRefused");
    }

    [TestCaseSource(nameof(StrangeInsides))]
    public void Restore_MadeByHand_IsRefused(Action<List<TarEntry>> change, string why, bool listed)
    {
        var entries = new List<TarEntry> { About(about => about) };
        if (listed) change(entries);
        if (entries.Count > 0)
            entries.Add(Entry(BackupManifest.Name, Encoding.UTF8.GetString(BackupManifest.ToBytes(new BackupManifest([.. entries.Select(e => new BackupEntry(e.Name, e.DataStream?.Length ?? 0, e.DataStream is { } data ? Digest(data) : "", null, false))], [], [])))));
        if (!listed) change(entries);
        Seal(entries);

        var run = CommandRun.Of(Host, "restore", _file, "--key-file", _key, "--data", _folder["below/new"]);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")), run.Error);
        Assert.That(run.Error, Does.Contain(why));
        Assert.That(Directory.EnumerateFiles(_folder.Path, "*escaped*", SearchOption.AllDirectories), Is.Empty);
        Assert.That(File.Exists("/tmp/escaped"), Is.False);
        Assert.That(_folder["below/new"], Does.Not.Exist);
    }

    [Test]
    public void Restore_OfAnOlderVersion_IsBroughtToThisOnes()
    {
        var older = _folder["older.db"];
        WriteState(older, scripts: 5);
        List<TarEntry> entries = [About(about => about with { Version = "0.0.9", StateSchema = 5 }), Named("data/state.db", File.ReadAllBytes(older))];
        entries.Add(Named(BackupManifest.Name, BackupManifest.ToBytes(new BackupManifest([.. entries.Select(e => new BackupEntry(e.Name, e.DataStream!.Length, Digest(e.DataStream), null, false))], [], []))));
        Seal(entries);

        var run = CommandRun.Of(Host, "restore", _file, "--key-file", _key, "--data", _folder["new"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using (var connection = Open(_folder["new/state.db"]))
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "PRAGMA user_version";
            Assert.That(command.ExecuteScalar(), Is.EqualTo((long)StateStore.SchemaVersion));
        }
        using var state = StateStore.Open(_folder["new/state.db"], TimeProvider.System);
        Assert.That(state.AuditEntries().Select(entry => entry.Action), Is.EqualTo(["restore", "from before"]));
    }

    /// <summary>A <c>state.db</c> as an older version left it: its first scripts and no others.</summary>
    private static void WriteState(string path, int scripts)
    {
        var assembly = typeof(StateStore).Assembly;
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE SchemaVersions (SchemaVersionID INTEGER CONSTRAINT 'PK_SchemaVersions_SchemaVersionID' PRIMARY KEY AUTOINCREMENT NOT NULL, ScriptName TEXT NOT NULL, Applied DATETIME NOT NULL)";
        command.ExecuteNonQuery();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(scripts))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            command.CommandText = $"{text.ReadToEnd()}; INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('{name}', '2026-01-01')";
            command.ExecuteNonQuery();
        }
        command.CommandText = "INSERT INTO audit (time, actor, action, subject) VALUES (0, 'tech', 'from before', 'something')";
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        return connection;
    }

    private void Seal(IEnumerable<TarEntry> entries)
    {
        using var file = File.Create(_file);
        using var sealing = new SealingStream(file, SealedHead.Make(isOfKeyFile: true), BackupSecret.OfKeyFile(_key));
        using (var pressed = new GZipStream(sealing, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(pressed, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var entry in entries) tar.WriteEntry(entry);
        sealing.Finish();
    }

    private static PaxTarEntry About(Func<BackupAbout, BackupAbout> change) =>
        Named(BackupAbout.Name, BackupManifest.ToBytes(change(new BackupAbout(1, DateTimeOffset.UnixEpoch, "tech", "box", BackupReader.ThisVersion.ToString(), StateStore.SchemaVersion, EventBackup.SchemaVersion, 1000, "/data"))));

    private static PaxTarEntry Entry(string name, string text) => Named(name, Encoding.UTF8.GetBytes(text));

    private static PaxTarEntry Named(string name, byte[] text) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(text) };

    private static string Digest(Stream data)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(data));
        data.Position = 0;
        return digest;
    }
}
