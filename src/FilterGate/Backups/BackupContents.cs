using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Running;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Settings;
using FilterGate.Watching;

namespace FilterGate.Backups;

/// <summary>A file that goes into a backup.</summary>
/// <param name="Name">Its name there: <c>data/state.db</c>.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="IsDatabase">True for one that is written to meanwhile and copied by SQLite's own way.</param>
internal sealed record BackupPart(string Name, string Path, bool IsDatabase)
{
    /// <summary>For a file that the settings name: where it lay on the old box; null for others.</summary>
    public string? Place { get; init; }

    /// <summary>True for a key, which its owner alone may read wherever it is put back.</summary>
    public bool IsSecret { get; init; }
}

/// <summary>What does not go into a backup.</summary>
/// <param name="Name">Its name in the data folder, or its path outside it.</param>
/// <param name="Why">Why not, in plain words.</param>
internal sealed record LeftOut(string Name, string Why);

/// <summary>All that a box needs to stand again on new hardware, and what is left out with the reason. A file of the data folder that nobody has heard of goes in: what is left out has to be named here.</summary>
/// <param name="Parts">What goes in, in the order in which it is copied.</param>
/// <param name="LeftOut">What does not.</param>
internal sealed record BackupContents(IReadOnlyList<BackupPart> Parts, IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>What of a backup goes into the data folder.</summary>
    public const string DataPrefix = "data/";

    /// <summary>The settings and the files that they name.</summary>
    public const string SettingsPrefix = "settings/";

    /// <summary>The settings file.</summary>
    public const string SettingsName = SettingsPrefix + "filtergate.yaml";

    /// <summary>Where copies of databases lie while a backup is made, in the data folder: what pupils asked for is nowhere unencrypted where it was not before.</summary>
    public const string WorkFolder = "backup.part";

    private const string StateName = DataPrefix + "state.db", EventsPrefix = DataPrefix + "events/";

    /// <summary>Looks through a data folder and the settings.</summary>
    /// <exception cref="UserErrorException">There is nothing to back up, or a link stands in the way.</exception>
    public static BackupContents Of(string dataFolder, GatewaySettings settings)
    {
        if (!File.Exists(Path.Combine(dataFolder, "state.db")))
            throw new UserErrorException($"there is no state.db in {dataFolder}, so nothing to back up; name the gateway's data folder with --data DIR.");
        var (parts, leftOut) = (new List<BackupPart>(), new List<LeftOut>());
        AddFolder(new DirectoryInfo(dataFolder), DataPrefix);
        AddSettings(dataFolder, settings, parts, leftOut);
        // Databases last and the events at their end: what is copied later holds at least what a file copied before says of it (the anchors of the digests of both, the state of the events).
        return new BackupContents([.. parts.OrderBy(Turn)], leftOut);

        void AddFolder(DirectoryInfo folder, string prefix)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
            {
                var name = prefix + entry.Name;
                if (entry.LinkTarget is not null)
                    throw new UserErrorException($"{entry.FullName} is a link, and a backup follows none: it would leave out what is behind it, or take what is not the gateway's. Use a bind mount, or put the folder itself here.");
                if (name == DataPrefix + WorkFolder) continue; // This backup's own.
                if (WhyNot(name[DataPrefix.Length..], entry) is { } why) leftOut.Add(new LeftOut(name[DataPrefix.Length..], why));
                else if (entry is DirectoryInfo below) AddFolder(below, name + "/");
                else parts.Add(new BackupPart(name, entry.FullName, name == StateName || name.StartsWith(EventsPrefix, StringComparison.Ordinal) && EventBackup.IsEvents(entry.Name)));
            }
        }
    }

    /// <summary>True when a path lies in a folder, or is it.</summary>
    public static bool IsWithin(string folder, string path) =>
        Path.GetRelativePath(folder, path) is var relative && relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(relative);

    private static int Turn(BackupPart part) => !part.IsDatabase ? 0 : part.Name == StateName ? 1 : 2;

    private static string? WhyNot(string name, FileSystemInfo entry)
    {
        if (entry is DirectoryInfo)
        {
            if (name == "lost+found") return "the file system's own";
            if (name == ReviewCertificates.FolderName) return "certificates of the review site, which the authority signs anew";
            return name.StartsWith("lists/sources/", StringComparison.Ordinal) && entry.Name.StartsWith("new-", StringComparison.Ordinal) ? "a download in the making" : null;
        }
        if (!UnixFiles.IsRegular(entry.FullName)) return name == Path.GetFileName(WatchSocket.PathIn("")) ? "a socket of the running gateway" : "no file: a socket, a pipe or a device";
        if (name == KeepingStatus.FileName) return "says when this box last looked after its records; the new one does so within minutes of its start";
        if (entry.Name.EndsWith(".db-wal", StringComparison.Ordinal) || entry.Name.EndsWith(".db-shm", StringComparison.Ordinal) || entry.Name.EndsWith(".db-journal", StringComparison.Ordinal)) return "what is in it is in the copy of its database";
        if (entry.Name.EndsWith(".lock", StringComparison.Ordinal) || entry.Name is "lock" or ".import") return "a lock, which holds nothing";
        if (entry.Name.EndsWith(".part", StringComparison.Ordinal) || entry.Name.EndsWith(".new", StringComparison.Ordinal)) return "a file in the making";
        return name.StartsWith("lists/sources/", StringComparison.Ordinal) && entry.Name is "partial" or "partial.json" ? "a download in the making" : null;
    }

    private static void AddSettings(string dataFolder, GatewaySettings settings, List<BackupPart> parts, List<LeftOut> leftOut)
    {
        if (settings.Path is not { } path) return;
        var named = new List<(string Path, bool IsSecret)>();
        if (settings.Policy is { } policy) named.Add((policy, false));
        named.AddRange(settings.UpstreamTrustCa.Select(file => (file, false)));
        named.AddRange(settings.Locked.Select(feed => feed.KeyFile).OfType<string>().Select(file => (file, true)));
        if (!IsWithin(dataFolder, path)) parts.Add(new BackupPart(SettingsName, path, IsDatabase: false) { Place = path });
        var number = 0;
        foreach (var (file, isSecret) in named.Distinct())
        {
            if (IsWithin(dataFolder, file)) continue;
            if (!File.Exists(file)) leftOut.Add(new LeftOut(file, "the settings name it, and it is not there"));
            else parts.Add(new BackupPart(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{SettingsPrefix}{++number}/{Path.GetFileName(file)}"), file, IsDatabase: false) { Place = file, IsSecret = isSecret });
        }
        foreach (var feed in settings.Locked.Where(feed => !IsWithin(dataFolder, feed.File)))
            leftOut.Add(new LeftOut(feed.File, "the supplier's client brings it again; what is in force of it is in lists/locked"));
        leftOut.AddRange(settings.Devices.DnsmasqLeases.Concat(settings.Devices.KeaLeases).Select(file => new LeftOut(file, "the DHCP server's own; devices ask it again")));
    }
}
