using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.State;

namespace FilterGate.Backups;

/// <summary>Takes what is read out of a backup. Nothing may be used before the reader has come back: only then is everything known to be as it was written.</summary>
internal interface IBackupSink
{
    /// <summary>What the backup says of itself; before any file, so that what cannot be restored is not read for an hour first.</summary>
    /// <exception cref="UserErrorException">It is not wanted.</exception>
    void Begin(BackupAbout about);

    /// <summary>A stream to write a file of the backup to, or null to have it read and checked only. The reader disposes of it.</summary>
    Stream? Create(string name, long length);
}

/// <summary>Reads a backup from beginning to end and checks all of it: the seal of every chunk, the kind and the name of every file, and that the files are those of the list.</summary>
/// <remarks>A backup is trusted as far as its secret is: names are checked all the same, because a mistake there would write somewhere else on the box, as root.</remarks>
internal sealed class BackupReader
{
    private const int NameLengthMax = 1024;

    // Two decompressions of a gigabyte differ by less than a progress bar shows.
    private const int BufferLength = 1 << 17;

    private readonly string _path;
    private readonly Stream _file;
    private readonly IProgress<double>? _progress;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Makes the reader of a file, which is at its beginning and stays the caller's.</summary>
    public BackupReader(string path, Stream file, IProgress<double>? progress, CancellationToken cancellationToken) => (_path, _file, _progress, _cancellationToken) = (path, file, progress, cancellationToken);

    /// <summary>Reads everything.</summary>
    /// <exception cref="UserErrorException">It cannot be used: why, and what to do. Nothing that went to the sink may be used.</exception>
    public (BackupAbout About, BackupManifest Manifest) Read(SealedHead head, BackupSecret secret, IBackupSink sink)
    {
        try
        {
            using var opened = new UnsealingStream(_file, head, secret, _path);
            using var text = new GZipStream(opened, CompressionMode.Decompress, leaveOpen: true);
            using var tar = new TarReader(text, leaveOpen: true);
            var read = ReadEntries(tar, sink);
            // To the very end: a file that was cut off behind the list, or has more than was written, is not the one that was made.
            var rest = new byte[BufferLength];
            while (text.Read(rest) > 0) { }
            while (opened.Read(rest) > 0) { }
            return read;
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or JsonException or FormatException or ArgumentException)
        {
            throw Strange("its inside cannot be read", problem);
        }
    }

    private (BackupAbout About, BackupManifest Manifest) ReadEntries(TarReader tar, IBackupSink sink)
    {
        var entry = Next(tar);
        if (entry?.Name != BackupAbout.Name) throw Strange("it does not begin with what it says of itself");
        var text = Text(entry);
        var about = BackupManifest.Read<BackupAbout>(text);
        Require(about);
        sink.Begin(about);
        var found = new Dictionary<string, (long Bytes, string Sha256)>(StringComparer.Ordinal) { [BackupAbout.Name] = (text.Length, Convert.ToHexStringLower(SHA256.HashData(text))) };
        while ((entry = Next(tar)) is not null && entry.Name != BackupManifest.Name)
        {
            if (!IsGood(entry.Name) || !found.TryAdd(entry.Name, default)) throw Strange("a file in it has a name that no file of a backup has");
            found[entry.Name] = Copy(entry, sink);
        }
        if (entry is null) throw Strange("it has no list of what it holds");
        var manifest = BackupManifest.Read<BackupManifest>(Text(entry));
        if (Next(tar) is not null) throw Strange("something follows its list");
        if (manifest.Files.Count != found.Count || !manifest.Files.All(file => found.TryGetValue(file.Name, out var seen) && seen == (file.Bytes, file.Sha256))) throw Strange("its files are not those of its list");
        return (about, manifest);
    }

    private (long Bytes, string Sha256) Copy(TarEntry entry, IBackupSink sink)
    {
        using var target = sink.Create(entry.Name, entry.Length);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferLength];
        var length = 0L;
        for (int count; entry.DataStream is { } from && (count = from.Read(buffer)) > 0; length += count)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            digest.AppendData(buffer, 0, count);
            target?.Write(buffer, 0, count);
            if (_file.CanSeek) _progress?.Report((double)_file.Position / Math.Max(1, _file.Length));
        }
        if (length != entry.Length) throw new EndOfStreamException();
        if (target is FileStream file) file.Flush(flushToDisk: true);
        return (length, Convert.ToHexStringLower(digest.GetCurrentHash()));
    }

    private TarEntry? Next(TarReader tar)
    {
        if (tar.GetNextEntry() is not { } entry) return null;
        // No folders either: they are made as files need them. A link could lead anywhere.
        return entry.EntryType is TarEntryType.RegularFile ? entry : throw Strange("it holds something that is no file");
    }

    private byte[] Text(TarEntry entry)
    {
        if (entry.Length is < 1 or > BackupManifest.BytesMax) throw Strange("what it says of itself has a strange length");
        var text = new byte[entry.Length];
        entry.DataStream!.ReadExactly(text);
        return text;
    }

    private void Require(BackupAbout about)
    {
        var isLater = System.Version.TryParse(about.Version, out var version) && version > ThisVersion;
        if (about.Format > BackupAbout.FormatOfThis || about.StateSchema > StateStore.SchemaVersion || about.EventsSchema > EventBackup.SchemaVersion || isLater)
            throw new UserErrorException($"{_path} was made by FilterGate {about.Version}, and this is {ThisVersion}: data only goes forward. Install {about.Version} or a later version, and restore with it.");
        if (version is null || about.Format < 1) throw Strange("it does not say which FilterGate made it");
    }

    /// <summary>The version of this program.</summary>
    public static Version ThisVersion { get; } = typeof(BackupReader).Assembly.GetName().Version is { } own ? new Version(own.Major, own.Minor, own.Build) : new Version(0, 0, 0);

    private static bool IsGood(string name) =>
        name.Length <= NameLengthMax && (name.StartsWith(BackupContents.DataPrefix, StringComparison.Ordinal) || name.StartsWith(BackupContents.SettingsPrefix, StringComparison.Ordinal))
        && !name.AsSpan().ContainsAny('\\', '\0') && name.Split('/').All(segment => segment is not ("" or "." or ".."));

    private UserErrorException Strange(string what, Exception? inner = null) =>
        new($"{_path} is no backup that FilterGate made: {what}. Nothing was changed here; look for another copy.", inner: inner);
}
