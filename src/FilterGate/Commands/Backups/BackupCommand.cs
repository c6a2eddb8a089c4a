using System.CommandLine;
using System.Globalization;
using FilterGate.Backups;
using FilterGate.Events;
using FilterGate.State;

namespace FilterGate.Commands.Backups;

/// <summary><c>backup FILE|--to DIR</c>: all that a box needs to stand again, in one encrypted file, while the gateway runs.</summary>
internal sealed class BackupCommand : GatewayCommand
{
    /// <summary>How a file is named that <c>--to</c> asks for.</summary>
    public const string Extension = ".fgbackup";

    /// <summary>The word of the audit for a backup that was made.</summary>
    public const string DoneAction = "backup";

    private readonly Argument<FileInfo?> _file = new("FILE") { Description = "the file to write; one that is there is never written over", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<DirectoryInfo?> _to = new("--to") { HelpName = "DIR", Description = "a folder instead: the file is named after the time" };
    private readonly BackupSecretOptions _secret = new();

    /// <summary>Makes the command.</summary>
    public BackupCommand(CommandHost host) : base(host, "backup",
        "Write settings, policy, records, keys, certificate authorities and lists to one encrypted file, beside a running gateway. It holds what people asked for, and the key that school devices trust: whoever has the file and its passphrase has the box.",
        new CommandExample("sudo filtergate backup /media/stick/filtergate.fgbackup", "asks for a passphrase"),
        new CommandExample("filtergate backup --to /mnt/safe --key-file /root/backup.key", "for a timer: a file a night, without a question"),
        new CommandExample("filtergate restore --dry-run /media/stick/filtergate.fgbackup", "read it back: is the whole of it as it was written?"))
    {
        Arguments.Add(_file);
        Options.Add(_to);
        _secret.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var data = context.DataFolder;
        var now = context.Clock.GetUtcNow();
        var target = Target(context, now);
        using var state = UnblockCommand.OpenState(context);
        var secret = _secret.ForNew(context);
        var about = new BackupAbout(BackupAbout.FormatOfThis, now, context.Actor, Environment.MachineName, BackupReader.ThisVersion.ToString(), StateStore.SchemaVersion, EventBackup.SchemaVersion, Bytes: 0, data);
        // On record before it happens, and so within the backup as well.
        state.Audit(context.Actor, "backup.begin", target, reason: null);
        var made = await ProgressBar.RunAsync(context, "writing the backup", progress => Task.FromResult(new BackupWriter(data, context.Settings, state, cancellationToken).Write(target, about, secret, progress)));
        state.Audit(context.Actor, DoneAction, string.Create(CultureInfo.InvariantCulture, $"{target} ({made.Manifest.Files.Count} files, {made.Bytes} bytes, SHA-256 {made.Sha256})"), reason: null);
        Write(context, target, made);
        return made.Manifest.Problems.Count == 0 ? ExitCode.Done : ExitCode.Usage;
    }

    private string Target(CommandContext context, DateTimeOffset now)
    {
        var (file, folder) = (context.Value(_file)?.FullName, context.Value(_to)?.FullName);
        if (file is null == folder is null) throw new UserErrorException("name a file, or a folder with --to DIR; one of the two.");
        var target = file ?? Path.Combine(folder!, $"filtergate-{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}{Extension}");
        if (BackupContents.IsWithin(context.DataFolder, target)) throw new UserErrorException($"{target} lies in the data folder: it would be lost with it. Name a place on another disk.");
        if (Directory.Exists(target)) throw new UserErrorException($"{target} is a folder; name a file in it, or: --to {target}");
        if (File.Exists(target)) throw new UserErrorException($"{target} is there already, and a backup never writes over another.");
        return Directory.Exists(Path.GetDirectoryName(target)) ? target : throw new UserErrorException($"there is no folder {Path.GetDirectoryName(target)}; is the disk mounted?");
    }

    private static void Write(CommandContext context, string target, BackupMade made)
    {
        var (about, manifest) = (made.About, made.Manifest);
        foreach (var problem in manifest.Problems) context.Error.WriteLine($"filtergate: not in the backup: {problem}");
        if (context.Json)
        {
            context.WriteJson(new
            {
                File = target, made.Bytes, made.Sha256, TakenAt = UnblockCommand.Iso(about.TakenAt), about.TakenBy, about.Version, Files = manifest.Files.Count, ContentBytes = manifest.Files.Sum(file => file.Bytes), manifest.LeftOut, manifest.Problems,
            });
            return;
        }
        context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: {manifest.Files.Count} files, {Size(manifest.Files.Sum(file => file.Bytes))}, in {Size(made.Bytes)}"));
        context.Output.WriteLine($"SHA-256 {made.Sha256}");
        foreach (var reason in manifest.LeftOut.GroupBy(left => left.Why, StringComparer.Ordinal))
            context.Output.WriteLine($"left out: {string.Join(", ", reason.Take(5).Select(left => left.Name))}{(reason.Count() > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {reason.Count() - 5} more") : "")} ({reason.Key})");
        context.Output.WriteLine("Without the passphrase or the key file nobody can open it, you neither: keep that apart from the file.");
    }

    /// <summary>A size for people.</summary>
    internal static string Size(long bytes) => bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1023) >> 10} KiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB");
}
