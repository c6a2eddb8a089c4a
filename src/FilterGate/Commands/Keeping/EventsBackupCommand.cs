using System.CommandLine;
using System.Globalization;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Keeping;

/// <summary><c>events backup DIR</c>: copies events and <c>state.db</c> while the gateway runs, each as it was at one moment, with a list of their digests.</summary>
internal sealed class EventsBackupCommand : GatewayCommand
{
    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "a folder that is not there yet, or is empty; it is made for its owner alone" };

    /// <summary>Makes the command.</summary>
    public EventsBackupCommand(CommandHost host) : base(host, "backup", "Copy every file of events, the anchors and state.db to a folder, beside a running gateway. The copy holds what people asked for: keep it as safe as the box.",
        new CommandExample("filtergate events backup /mnt/safe/2026-11-23", "a whole copy; to restore it, stop the gateway, put the files in place of the old and start it again")) => Arguments.Add(_folder);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = context.Value(_folder)!.FullName;
        using var state = UnblockCommand.OpenState(context);
        BackupReport report;
        try
        {
            report = Backup.Make(GatewayInputs.EventsFolder(context), state, folder, context.Clock, cancellationToken);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or StateStoreException)
        {
            throw new UserErrorException($"{folder}: {problem.Message}", inner: problem);
        }
        state.Audit(context.Actor, "events.backup", folder, reason: null);
        foreach (var file in report.Files)
        {
            if (context.Json) context.WriteJson(new { file.Name, file.Bytes, file.Sha256 });
            else context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Name,-28}  {file.Bytes,14}  {file.Sha256}"));
        }
        foreach (var problem in report.Problems) context.Error.WriteLine($"filtergate: {problem}");
        return Task.FromResult(report.Problems.Count == 0 ? ExitCode.Done : ExitCode.OurFault);
    }
}
