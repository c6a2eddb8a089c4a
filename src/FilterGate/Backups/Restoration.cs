using System.Globalization;
using FilterGate.Commands;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.Sqlite;
using FilterGate.State;

namespace FilterGate.Backups;

/// <summary>Puts a backup in place, whole or not at all.</summary>
/// <remarks>
/// 1. Everything is written to a folder beside the data folder, each file on the disk before the next, and checked.
/// 2. What can fail later is done there: <c>state.db</c> is brought to this version's schema and says who restored it.
/// 3. The settings and the files that they name are put in place; the old ones stay beside them.
/// 4. The two folders change places in one step. A crash before it leaves the old folder as it was and one beside it that nobody uses; a crash after it leaves the new one. Doing it again is safe at any point.
/// </remarks>
internal sealed class Restoration : IBackupSink, IDisposable
{
    /// <summary>Where files of the settings go that have no place of their own on this box: in the data folder.</summary>
    public const string LeftFolder = "from-backup";

    // A settings file, a policy, a certificate, a key.
    private const int SettingsBytesMax = 16 << 20;
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite, FolderMode700 = FileMode600 | UnixFileMode.UserExecute;

    private readonly string _dataFolder, _staging;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, MemoryStream> _settings = new(StringComparer.Ordinal);
    private FileStream? _alone;

    /// <summary>Makes the restoration of a folder, which is empty, not there, or to be put aside.</summary>
    public Restoration(string dataFolder, TimeProvider clock)
    {
        (_dataFolder, _clock) = (dataFolder, clock);
        _staging = $"{dataFolder}.restoring";
    }

    /// <inheritdoc/>
    public void Begin(BackupAbout about)
    {
        var parent = Path.GetDirectoryName(_dataFolder)!;
        Directory.CreateDirectory(parent);
        var free = new DriveInfo(parent).AvailableFreeSpace;
        if (free < about.Bytes) throw new UserErrorException($"there are {free >> 20} MiB free in {parent}, and what is in the backup needs {about.Bytes >> 20} MiB. Make room, or restore to another disk with --data DIR.");
        _alone = Alone(_staging + ".lock");
        // Left by one that was cut short; nobody uses it.
        if (Directory.Exists(_staging)) Directory.Delete(_staging, recursive: true);
        MakeFolder(_staging);
    }

    /// <inheritdoc/>
    public Stream Create(string name, long length)
    {
        if (name.StartsWith(BackupContents.SettingsPrefix, StringComparison.Ordinal))
        {
            if (length > SettingsBytesMax) throw new UserErrorException($"a file of the settings in the backup has more than {SettingsBytesMax >> 20} MiB, which none has.");
            return _settings[name] = new MemoryStream();
        }
        var path = Path.Combine(_staging, name[BackupContents.DataPrefix.Length..]);
        MakeFolder(Path.GetDirectoryName(path)!);
        return new FileStream(path, OwnerOnly());
    }

    /// <summary>Brings <c>state.db</c> to this version's schema, in the folder beside, and writes there who restored what.</summary>
    public void Record(string actor, string subject)
    {
        using var state = StateStore.Open(Path.Combine(_staging, "state.db"), _clock);
        state.Audit(actor, "restore", subject, reason: null);
    }

    /// <summary>Puts settings and files that they name in place.</summary>
    /// <param name="manifest">Which there are.</param>
    /// <param name="target">Where the settings file goes, absolute, or null where there is none on this box.</param>
    /// <returns>What was done, in plain words, a line each.</returns>
    public IReadOnlyList<string> PlaceSettings(BackupManifest manifest, string? target)
    {
        var said = new List<string>();
        var oldFolder = Path.GetDirectoryName(manifest.Files.FirstOrDefault(file => file.Name == BackupContents.SettingsName)?.Place);
        foreach (var file in manifest.Files.Where(file => _settings.ContainsKey(file.Name)))
        {
            var bytes = _settings[file.Name].ToArray();
            var place = target is null || oldFolder is null || file.Place is null ? null
                : file.Name == BackupContents.SettingsName ? target
                // Beside the settings as it was; never to a path that a file of somebody else names.
                : BackupContents.IsWithin(oldFolder, file.Place) ? Path.GetFullPath(Path.GetRelativePath(oldFolder, file.Place), Path.GetDirectoryName(target)!) : null;
            if (place is not null && !BackupContents.IsWithin(Path.GetDirectoryName(target)!, place)) place = null;
            if (place is null)
            {
                var kept = Path.Combine(LeftFolder, file.Name[BackupContents.SettingsPrefix.Length..]);
                MakeFolder(Path.GetDirectoryName(Path.Combine(_staging, kept))!);
                Write(Path.Combine(_staging, kept), bytes, mode: null);
                said.Add($"{Path.Combine(_dataFolder, kept)} was {file.Place} and has no place here: put it where the settings are to find it");
            }
            else if (File.Exists(place) && File.ReadAllBytes(place).AsSpan().SequenceEqual(bytes)) said.Add($"{place} is as in the backup");
            else said.Add(Replace(place, bytes, file.IsSecret));
        }
        return said;
    }

    /// <summary>Lets the new folder take the place of the old.</summary>
    /// <param name="aside">Where the old one goes when it is not empty.</param>
    /// <returns>Where the old one is now, or null where there was none.</returns>
    public string? PutInPlace(string aside)
    {
        FileOwner.TakeFrom(_staging, Directory.Exists(_dataFolder) ? _dataFolder : null);
        FileOwner.TakeAll(_staging);
        DataFolder.ShareAs(_staging, _dataFolder);
        foreach (var folder in Directory.EnumerateDirectories(_staging, "*", SearchOption.AllDirectories)) UnixFiles.SyncFolder(folder);
        UnixFiles.SyncFolder(_staging);
        var parent = Path.GetDirectoryName(_dataFolder)!;
        if (!Directory.Exists(_dataFolder) || OperatingSystem.IsWindows() && IsEmpty(_dataFolder))
        {
            if (Directory.Exists(_dataFolder)) Directory.Delete(_dataFolder);
            Directory.Move(_staging, _dataFolder);
            UnixFiles.SyncFolder(parent);
            return null;
        }
        var isEmpty = IsEmpty(_dataFolder);
        // Under this name first: whatever happens next, what lies there is never taken for something unfinished and removed.
        Directory.Move(_staging, aside);
        if (!UnixFiles.TryExchange(aside, _dataFolder))
        {
            // A file system without the one step: between the two the old folder is whole under its new name.
            Directory.Move(aside, _staging);
            Directory.Move(_dataFolder, aside);
            Directory.Move(_staging, _dataFolder);
        }
        UnixFiles.SyncFolder(parent);
        if (!isEmpty) return aside;
        Directory.Delete(aside);
        return null;
    }

    /// <summary>Removes what is beside the data folder, unless it has taken its place.</summary>
    public void Dispose()
    {
        if (_alone is null) return;
        if (Directory.Exists(_staging)) Directory.Delete(_staging, recursive: true);
        _alone.Dispose();
    }

    /// <summary>True for a folder without entries, or none.</summary>
    public static bool IsEmpty(string folder) => !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any();

    private static FileStream Alone(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });
        }
        catch (IOException problem) when (File.Exists(path))
        {
            throw new UserErrorException($"{path} is held: another restore to this folder runs. Wait for it.", inner: problem);
        }
    }

    private string Replace(string place, byte[] bytes, bool isSecret)
    {
        using var file = ReplacedFile.Stage(place, bytes, isSecret ? FileMode600 : FileMode600 | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        if (isSecret) FileOwner.TakeFrom(file.Part, Directory.Exists(_dataFolder) ? _dataFolder : null);
        return file.PutInPlace(Stamp(_clock)) is { } old ? $"{place} is put back; what was there is {old}" : $"{place} is put back";
    }

    /// <summary>A time in the name of what is put aside.</summary>
    public static string Stamp(TimeProvider clock) => "before-restore-" + clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);

    private static void Write(string path, byte[] bytes, UnixFileMode? mode)
    {
        using var file = new FileStream(path, OwnerOnly());
        file.Write(bytes);
        if (mode is { } given && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, given);
        file.Flush(flushToDisk: true);
    }

    private static void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, FolderMode700);
    }

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode600;
        return options;
    }
}
