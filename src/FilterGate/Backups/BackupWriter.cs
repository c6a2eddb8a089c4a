using System.Formats.Tar;
using System.IO.Compression;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Backups;

/// <summary>A backup that was made.</summary>
/// <param name="About">What it says of itself.</param>
/// <param name="Manifest">What is in it.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Sha256">The digest of the file, hexadecimal.</param>
internal sealed record BackupMade(BackupAbout About, BackupManifest Manifest, long Bytes, string Sha256);

/// <summary>Makes a backup beside a running gateway, which goes on writing meanwhile.</summary>
/// <remarks>
/// One database after the other is copied by SQLite's own backup to a working folder within the data folder, goes from there into the file and is removed: the disk needs room for the largest of them, memory for two chunks.
/// The file has its name only once it is whole and on the disk.
/// </remarks>
internal sealed class BackupWriter
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // A list that is compiled anew takes its old files away; a second look finds the new ones.
    private const int LooksMax = 5;

    private readonly string _dataFolder;
    private readonly GatewaySettings _settings;
    private readonly StateStore _state;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Makes the writer of one backup.</summary>
    public BackupWriter(string dataFolder, GatewaySettings settings, StateStore state, CancellationToken cancellationToken) =>
        (_dataFolder, _settings, _state, _cancellationToken) = (dataFolder, settings, state, cancellationToken);

    /// <summary>Writes the file.</summary>
    /// <param name="target">Where to; not there yet.</param>
    /// <param name="about">What it is to say of itself; the size is found here.</param>
    /// <param name="secret">What it is locked with.</param>
    /// <param name="progress">From 0 to 1, or null.</param>
    /// <exception cref="UserErrorException">It cannot be made: why, and what to do.</exception>
    public BackupMade Write(string target, BackupAbout about, BackupSecret secret, IProgress<double>? progress)
    {
        var work = Path.Combine(_dataFolder, BackupContents.WorkFolder);
        var part = target + ".part";
        using var alone = Alone(work);
        try
        {
            using var files = OpenFiles(out var contents);
            about = about with { Bytes = contents.Parts.Sum(part => new FileInfo(part.Path) is { Exists: true } file ? file.Length : 0) };
            RequireRoom(contents);
            BackupMade made;
            using (var file = new FileStream(part, Owners(FileMode.Create)))
            {
                made = WriteInto(file, about, contents, files, secret, work, progress);
                file.Flush(flushToDisk: true);
            }
            File.Move(part, target, overwrite: false);
            UnixFiles.SyncFolder(Path.GetDirectoryName(target)!);
            return made;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the backup could not be made: {problem.Message} Nothing is left of it.", inner: problem);
        }
        finally
        {
            if (File.Exists(part)) File.Delete(part);
            Directory.Delete(work, recursive: true);
        }
    }

    private BackupMade WriteInto(FileStream file, BackupAbout about, BackupContents contents, OpenedFiles opened, BackupSecret secret, string work, IProgress<double>? progress)
    {
        var (entries, problems, passed) = (new List<BackupEntry>(), new List<string>(), 0L);
        using var sealing = new SealingStream(file, SealedHead.Make(secret.IsKeyFile), secret);
        using (var pressed = new GZipStream(sealing, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(pressed, TarEntryFormat.Pax, leaveOpen: true))
        {
            using (var text = new MemoryStream(BackupManifest.ToBytes(about))) Put(new BackupPart(BackupAbout.Name, BackupAbout.Name, IsDatabase: false), text, text.Length);
            foreach (var part in contents.Parts)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                if (!part.IsDatabase) Put(part, opened.Streams[part], opened.Lengths[part]);
                else if (CopyOf(part, work, problems) is { } copy)
                {
                    using (var stream = File.OpenRead(copy)) Put(part, stream, stream.Length);
                    File.Delete(copy);
                }
            }
            using (var text = new MemoryStream(BackupManifest.ToBytes(new BackupManifest(entries, contents.LeftOut, problems)))) tar.WriteEntry(Entry(BackupManifest.Name, text));

            void Put(BackupPart part, Stream stream, long length)
            {
                using var counted = new CountedStream(stream, length, part.Path, read =>
                {
                    _cancellationToken.ThrowIfCancellationRequested();
                    passed += read;
                    progress?.Report(Math.Min(1, (double)passed / Math.Max(1, about.Bytes)));
                });
                tar.WriteEntry(Entry(part.Name, counted));
                entries.Add(new BackupEntry(part.Name, length, counted.Digest(), part.Place, part.IsSecret));
            }
        }
        var digest = sealing.Finish();
        return new BackupMade(about, new BackupManifest(entries, contents.LeftOut, problems), sealing.Written, Convert.ToHexStringLower(digest));
    }

    // Owners and times of the old box mean nothing on the new one; restoring gives both.
    private static PaxTarEntry Entry(string name, Stream data) => new(TarEntryType.RegularFile, name) { DataStream = data, Mode = FileMode600, ModificationTime = DateTimeOffset.UnixEpoch };

    private string? CopyOf(BackupPart part, string work, List<string> problems)
    {
        var copy = Path.Combine(work, Path.GetFileName(part.Path));
        if (part.Name == BackupContents.DataPrefix + "state.db")
        {
            // Without it there is nothing to restore: a failure here ends everything.
            _state.CopyTo(copy);
            return copy;
        }
        if (EventBackup.CopyFile(part.Path, copy) is not { } problem) return copy;
        // Forgotten between the look and the copy, as it should be.
        if (File.Exists(part.Path)) problems.Add(problem);
        return null;
    }

    /// <summary>Opens everything that is no database, all at one moment: a file that is taken away afterwards can still be read.</summary>
    private OpenedFiles OpenFiles(out BackupContents contents)
    {
        for (var look = 1; ; look++)
        {
            contents = BackupContents.Of(_dataFolder, _settings);
            var opened = new OpenedFiles();
            try
            {
                foreach (var part in contents.Parts.Where(part => !part.IsDatabase)) opened.Add(part);
                return opened;
            }
            catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException && look < LooksMax)
            {
                opened.Dispose();
            }
            catch
            {
                opened.Dispose();
                throw;
            }
        }
    }

    private void RequireRoom(BackupContents contents)
    {
        var largest = contents.Parts.Where(part => part.IsDatabase).Max(part => new FileInfo(part.Path) is { Exists: true } file ? file.Length : 0);
        var free = new DriveInfo(_dataFolder).AvailableFreeSpace;
        if (free < largest) throw new UserErrorException($"there are {free >> 20} MiB free where {_dataFolder} is, and its largest database needs {largest >> 20} MiB while it is copied. Make room first: filtergate events purge --dry-run");
    }

    /// <summary>The working folder for this process alone; what one that was killed left in it is removed.</summary>
    private static FileStream Alone(string work)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(work);
            else Directory.CreateDirectory(work, FileMode600 | UnixFileMode.UserExecute);
            var options = Owners(FileMode.OpenOrCreate);
            options.Share = FileShare.None;
            var alone = new FileStream(Path.Combine(work, "lock"), options);
            foreach (var left in Directory.EnumerateFiles(work))
                if (Path.GetFileName(left) != "lock") File.Delete(left);
            return alone;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{work} cannot be used: another backup is being made, or this account may not write there. {problem.Message}", inner: problem);
        }
    }

    private static FileStreamOptions Owners(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode600;
        return options;
    }

    private sealed class OpenedFiles : IDisposable
    {
        public Dictionary<BackupPart, FileStream> Streams { get; } = [];

        public Dictionary<BackupPart, long> Lengths { get; } = [];

        public void Add(BackupPart part)
        {
            var stream = new FileStream(part.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Streams.Add(part, stream);
            Lengths.Add(part, stream.Length);
        }

        public void Dispose()
        {
            foreach (var stream in Streams.Values) stream.Dispose();
        }
    }
}
