using System.Globalization;
using FilterGate.Events;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Keeping;

/// <summary><c>events verify</c>: whether events, audit and anchors are as they were written. Exit 0 when they are, 1 when not.</summary>
internal sealed class EventsVerifyCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public EventsVerifyCommand(CommandHost host) : base(host, "verify", "Check that no event and no row of the audit was changed, removed, inserted or moved since it was written.",
        new CommandExample("filtergate events verify", "file by file; exit code 0 when everything is whole, 1 when not"),
        new CommandExample("filtergate events verify --json | jq 'select(.state != \"whole\")'", "for a script: what is not"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = GatewayInputs.EventsFolder(context);
        if (!Directory.Exists(folder)) throw new UserErrorException($"there are no events in {folder}; name the gateway's data folder with --data, or start the gateway once");
        using var state = GatewayInputs.OpenStateIfThere(context);
        var audit = state?.VerifyAudit();
        var report = new EventIntegrity(folder, context.Clock).Verify(state is null ? [] : [RecordKeeper.ChainOf(state, audit)], cancellationToken: cancellationToken);
        foreach (var file in report.Files) Write(context, file);
        if (audit is not null) Write(context, OfAudit(audit));
        foreach (var problem in report.AnchorProblems)
        {
            if (context.Json) context.WriteJson(Row(new FileIntegrity(EventIntegrity.AnchorsFile, IntegrityState.Broken, 0) { Problems = [problem] }));
            else context.Output.WriteLine($"{EventIntegrity.AnchorsFile}  {context.Paint.Bad("broken")}  {problem}");
        }
        var isWhole = report.IsWhole && audit?.BrokenFrom is null;
        if (!context.Json)
        {
            context.Output.WriteLine(report.Anchored is { } anchored ? $"Last anchored {UnblockCommand.Local(context, anchored)}." : "Nothing is anchored yet: a running gateway does it once a day.");
            if (KeepingStatus.Read(context.DataFolder) is { } last) context.Output.WriteLine(last.Sentence(at => UnblockCommand.Local(context, at)));
            context.Output.WriteLine(isWhole ? context.Paint.Good("Everything is as it was written.") : context.Paint.Bad("Not everything is as it was written. Keep the data folder as it is, and compare it with a backup."));
        }
        return Task.FromResult(isWhole ? ExitCode.Done : ExitCode.OurFault);
    }

    private static FileIntegrity OfAudit(AuditIntegrity audit) => new("state.db", audit.BrokenFrom is null ? IntegrityState.Whole : IntegrityState.Broken, audit.Rows)
    {
        BrokenFrom = audit.BrokenFrom,
        Problems = audit.BrokenFrom is { } from ? [string.Create(CultureInfo.InvariantCulture, $"the audit is not as it was written from row {from} on")] : [],
    };

    private static void Write(CommandContext context, FileIntegrity file)
    {
        if (context.Json)
        {
            context.WriteJson(Row(file));
            return;
        }
        var state = file.State switch
        {
            IntegrityState.Whole => context.Paint.Good("whole"),
            IntegrityState.WithoutDigests => "without digests: an older FilterGate wrote it",
            IntegrityState.Unreadable => context.Paint.Bad("unreadable"),
            _ => context.Paint.Bad(string.Create(CultureInfo.InvariantCulture, $"broken from {file.BrokenFrom} on")),
        };
        context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.File,-20}  {file.Events,10} rows  {state}"));
        foreach (var problem in file.Problems) context.Output.WriteLine($"  {problem}");
        foreach (var note in file.ClockNotes) context.Output.WriteLine($"  clock: {note}");
    }

    private static object Row(FileIntegrity file) => new
    {
        file.File, State = file.State switch { IntegrityState.Whole => "whole", IntegrityState.WithoutDigests => "without-digests", IntegrityState.Unreadable => "unreadable", _ => "broken" }, Rows = file.Events, file.BrokenFrom,
        BrokenFromTime = UnblockCommand.Iso(file.BrokenFromTime), file.Problems, file.ClockNotes,
    };
}
