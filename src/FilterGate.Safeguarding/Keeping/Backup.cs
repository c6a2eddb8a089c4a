using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using FilterGate.Events;
using FilterGate.State;

namespace FilterGate.Safeguarding.Keeping;

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its name below the backup's folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest, hexadecimal.</param>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>A backup.</summary>
/// <param name="Files">What was copied.</param>
/// <param name="Problems">What could not be.</param>
public sealed record BackupReport(IReadOnlyList<BackupFile> Files, IReadOnlyList<string> Problems);

/// <summary>Copies the records while the gateway writes. Each file is as it was at one moment; later events of another file may be missing, never half of one.</summary>
public static class Backup
{
    /// <summary>The list of the files and their digests, in the backup's folder.</summary>
    public const string ManifestFile = "manifest.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Makes a backup.</summary>
    /// <param name="eventsFolder">The events.</param>
    /// <param name="state">What is in force.</param>
    /// <param name="target">Where to; not there yet, or empty.</param>
    /// <param name="clock">For the list.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    /// <exception cref="IOException">The target cannot be used.</exception>
    public static BackupReport Make(string eventsFolder, StateStore state, string target, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(clock);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()) throw new IOException("the folder is not empty; a backup never writes over another");
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var events = Path.Combine(target, "events");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(events);
        else
        {
            Directory.CreateDirectory(target, ownerOnly);
            Directory.CreateDirectory(events, ownerOnly);
        }

        // The state first: what it says was done is then among the events as well.
        state.CopyTo(Path.Combine(target, "state.db"));
        var problems = EventBackup.Copy(eventsFolder, events, cancellationToken);
        var files = new List<BackupFile>();
        foreach (var path in Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            files.Add(new BackupFile(Path.GetRelativePath(target, path).Replace('\\', '/'), file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
        }
        File.WriteAllText(Path.Combine(target, ManifestFile), JsonSerializer.Serialize(new { Made = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), Files = files, Problems = problems }, Json));
        return new BackupReport(files, problems);
    }
}
