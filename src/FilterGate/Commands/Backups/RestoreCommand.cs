using System.CommandLine;
using System.Globalization;
using FilterGate.Commands.Network;
using FilterGate.Backups;
using FilterGate.Settings;
using FilterGate.State;
using FilterGate.Watching;

namespace FilterGate.Commands.Backups;

/// <summary><c>restore FILE</c>: puts a backup in place, whole or not at all.</summary>
internal sealed class RestoreCommand : GatewayCommand
{
    private readonly CommandHost _host;
    private readonly Argument<FileInfo> _file = new("FILE") { Description = "the backup" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "read all of it and check it, and change nothing" };
    private readonly Option<bool> _putAside = new("--put-aside") { Description = "where the data folder is not empty: rename it and put the backup in its place" };
    private readonly BackupSecretOptions _secret = new();
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public RestoreCommand(CommandHost host) : base(host, "restore", "Put a backup in place: data folder and settings. Everything is checked before anything is changed, and the old folder is kept.",
        new CommandExample("filtergate restore --dry-run /media/stick/filtergate.fgbackup", "is the whole of it as it was written?"),
        new CommandExample("sudo filtergate restore /media/stick/filtergate.fgbackup --put-aside", "on a box where the package has just been installed; stop both services first"),
        new CommandExample("filtergate restore old.fgbackup --data /tmp/look", "beside a running box, to look at how it was"))
    {
        _host = host;
        Arguments.Add(_file);
        Options.Add(_dryRun);
        Options.Add(_putAside);
        _secret.AddTo(this);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = context.Value(_file)!.FullName;
        using var file = InputFile.Open(context, path);
        var head = SealedHead.Read(file, path);
        if (context.Value(_dryRun))
        {
            var secret = _secret.ForOpening(context, head, path);
            var (checkedAbout, checkedManifest) = await ReadAsync(context, "checking the backup", path, file, head, secret, new NothingKept(), cancellationToken);
            Write(context, path, checkedAbout, checkedManifest, data: null, aside: null, [], []);
            return checkedManifest.Problems.Count == 0 ? ExitCode.Done : ExitCode.Usage;
        }

        var data = Path.TrimEndingDirectorySeparator(DataFolder(context));
        var settings = SettingsPlace(context, data);
        RequireFree(context, data);
        var opening = _secret.ForOpening(context, head, path);
        if (!Restoration.IsEmpty(data) && !_confirmation.IsGiven(context, $"Put {data} aside and the backup in its place?")) return ExitCode.Usage;

        using var restoration = new Restoration(data, context.Clock);
        var aside = ReplacedFile.FreeName($"{data}.{Restoration.Stamp(context.Clock)}");
        try
        {
            var (about, manifest) = await ReadAsync(context, "reading the backup", path, file, head, opening, restoration, cancellationToken);
            if (manifest.Files.All(f => f.Name != BackupContents.DataPrefix + "state.db")) throw new UserErrorException($"{path} has no state.db; nothing was changed.");
            var subject = string.Create(CultureInfo.InvariantCulture, $"{path}, taken {about.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} by {about.TakenBy} on {about.Box} with {about.Version}, to {data}");
            restoration.Record(context.Actor, subject);
            // Asked again: reading may have taken an hour.
            RequireFree(context, data);
            RecordInOld(context, data, subject);
            var placed = restoration.PlaceSettings(manifest, settings);
            var old = restoration.PutInPlace(aside);
            Write(context, path, about, manifest, data, old, placed, Next(context, data, old, settings));
            return manifest.Problems.Count == 0 ? ExitCode.Done : ExitCode.Usage;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the backup could not be put in place: {problem.Message} {data} is as it was.", inner: problem);
        }
    }

    private static Task<(BackupAbout About, BackupManifest Manifest)> ReadAsync(CommandContext context, string what, string path, Stream file, SealedHead head, BackupSecret secret, IBackupSink sink, CancellationToken cancellationToken) =>
        ProgressBar.RunAsync(context, what, progress => Task.FromResult(new BackupReader(path, file, progress, cancellationToken).Read(head, secret, sink)));

    /// <summary>The data folder, which is found without the settings where those are to come out of the backup.</summary>
    private string DataFolder(CommandContext context) =>
        context.Value(_host.Common.Config) is { Exists: false } config && context.Value(_host.Common.Data) is null
            ? throw new UserErrorException($"{config.FullName} is not there yet, and says no data folder; name it with --data DIR.")
            : context.DataFolder;

    /// <summary>Where the settings go. Another data folder than the installed one is somebody's look at how things were, and changes no settings that are not named.</summary>
    private string? SettingsPlace(CommandContext context, string data) => context.Value(_host.Common.Config)?.FullName
        ?? (File.Exists(_host.InstalledSettingsPath) && (context.Value(_host.Common.Data) is null || data == _host.InstalledDataFolder) ? _host.InstalledSettingsPath : null);

    private void RequireFree(CommandContext context, string data)
    {
        if (new DirectoryInfo(data).LinkTarget is { } link) throw new UserErrorException($"{data} is a link to {link}; restore to that folder: --data {link}");
        if (DriveInfo.GetDrives().Any(drive => drive.Name.TrimEnd('/') == data))
            throw new UserErrorException($"{data} is where a disk is mounted, and cannot be replaced as a whole. Name a folder on it (--data {data}/filtergate, and data: in the settings), or mount the disk above it.");
        if (WatchSocket.IsAlive(WatchSocket.PathIn(data))) throw new UserErrorException($"a gateway runs on {data}. Stop it first: sudo systemctl stop filtergate filtergate-review");
        if (!Restoration.IsEmpty(data) && FolderUsers.Of(data) is { Count: > 0 } users)
            throw new UserErrorException($"programs have files of {data} open (process {string.Join(", ", users.Select(user => user.ToString(CultureInfo.InvariantCulture)))}). Stop them first: sudo systemctl stop filtergate filtergate-review");
        if (!Restoration.IsEmpty(data) && !context.Value(_putAside)) throw new UserErrorException($"{data} is not empty, and nothing in it is written over. With --put-aside it is renamed and the backup takes its place; or name another with --data DIR.");
    }

    /// <summary>What is put aside says so itself: somebody may find it years later.</summary>
    private static void RecordInOld(CommandContext context, string data, string subject)
    {
        var path = Path.Combine(data, "state.db");
        if (!File.Exists(path)) return;
        try
        {
            using var state = StateStore.Open(path, context.Clock);
            state.Audit(context.Actor, "restore.put-aside", subject, reason: null);
        }
        catch (StateStoreException problem)
        {
            // A damaged one is why many a backup is restored.
            context.Error.WriteLine($"filtergate: warning: that it was put aside could not be written into the old state.db: {problem.Message}");
        }
    }

    private List<string> Next(CommandContext context, string data, string? old, string? settings)
    {
        var isUsual = context.Value(_host.Common.Data) is null;
        var words = isUsual ? "" : $" --data {data}";
        var next = new List<string>();
        var isBetween = false;
        if (settings is not null)
        {
            try
            {
                var read = GatewaySettings.Read(settings);
                if (read.Data is { } named && named != data) next.Add($"{settings} names another data folder ({named}): change data: in it");
                isBetween = !read.Network.Lan.IsEmpty;
            }
            catch (UserErrorException problem)
            {
                next.Add($"mend the settings: {problem.Message}");
            }
        }
        next.Add($"look at what is in force again, for what was closed, withdrawn or taken back since is as it was: filtergate overrides list{words}; filtergate access list{words}; filtergate accounts list{words}");
        next.Add(isUsual ? "start it: sudo systemctl start filtergate filtergate-review; and then: sudo filtergate doctor" : $"start it: filtergate run{words}; and then: filtergate doctor{words}");
        if (isBetween) next.Add(NetworkCommand.NextStep(words, isUsual));
        next.Add($"filtergate events verify{words}. Records whose time is over are forgotten again within minutes of the start");
        next.Add("the box that this was must not run beside it: both would speak with the same authority");
        if (old is not null) next.Add($"when all is well, remove {old}: it holds what people asked for");
        return next;
    }

    private static void Write(CommandContext context, string path, BackupAbout about, BackupManifest manifest, string? data, string? aside, IReadOnlyList<string> settings, List<string> next)
    {
        foreach (var problem in manifest.Problems) context.Error.WriteLine($"filtergate: the backup lacks: {problem}");
        var bytes = manifest.Files.Sum(f => f.Bytes);
        if (context.Json)
        {
            context.WriteJson(new
            {
                File = path, TakenAt = UnblockCommand.Iso(about.TakenAt), about.TakenBy, about.Box, about.Version, Files = manifest.Files.Count, ContentBytes = bytes, DryRun = data is null, Data = data, PutAside = aside, Settings = settings, manifest.LeftOut, manifest.Problems, Next = next,
            });
            return;
        }
        context.Output.WriteLine($"taken {UnblockCommand.Local(context, about.TakenAt)} by {about.TakenBy} on {about.Box}, with FilterGate {about.Version}");
        context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{manifest.Files.Count} files, {BackupCommand.Size(bytes)}: {(data is null ? "all are as they were written; nothing was changed" : $"all are in place in {data}")}"));
        if (aside is not null) context.Output.WriteLine($"what was there is {aside}");
        foreach (var line in settings) context.Output.WriteLine(line);
        if (next.Count > 0) context.Output.WriteLine("next:");
        foreach (var line in next) context.Output.WriteLine($"  {line}");
    }

    private sealed class NothingKept : IBackupSink
    {
        public void Begin(BackupAbout about) { }

        public Stream? Create(string name, long length) => null;
    }
}
