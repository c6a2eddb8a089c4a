using System.CommandLine;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Safeguarding.Keeping;
using FilterGate.Settings;

namespace FilterGate.Commands.Keeping;

/// <summary><c>events purge</c>: forgets now what is past its time; a running gateway does the same once a day.</summary>
internal sealed class EventsPurgeCommand : GatewayCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "only say what would go" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public EventsPurgeCommand(CommandHost host) : base(host, "purge", "Drop the files of events that are past their time by the policy's retention, and old rows of state.db. Each file is in the audit before it goes.",
        new CommandExample("filtergate events purge --dry-run", "what would go, and why"),
        new CommandExample("filtergate events purge --yes", "drop it without asking"))
    {
        Options.Add(_dryRun);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var retention = GatewayInputs.Load(context, listsFolder: null, state).Policy.Retention;
        var folder = GatewayInputs.EventsFolder(context);
        var limits = new PurgeLimits { BytesMax = context.Settings.Limits.EventsBytes };
        var plan = new EventPurge(folder, context.Clock).Plan(retention, limits);
        foreach (var file in plan.Files) Write(context, file);
        if (context.Value(_dryRun))
        {
            Complain(context, plan.Problems);
            if (plan.Files.Count == 0 && !context.Json) context.Error.WriteLine("No file is past its time.");
            return plan.Problems.Count == 0 ? ExitCode.Done : ExitCode.OurFault;
        }
        if (plan.Files.Count > 0 && !_confirmation.IsGiven(context, plan.Files.Count == 1 ? "Drop this file for good?" : $"Drop these {plan.Files.Count} files for good?")) return ExitCode.Usage;

        await using var events = EventStore.Open(folder, context.Clock);
        var problems = new List<string>();
        var (dropped, rows) = await new RecordKeeper(state, events, folder, context.Clock).PurgeAsync(retention, limits, context.Actor, problems, cancellationToken);
        Complain(context, problems);
        if (!context.Json)
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{dropped.Count} files dropped, {dropped.Sum(file => file.Bytes) >> 20} MiB{(rows.Count == 0 ? "" : $"; of state.db {string.Join(", ", rows.Select(row => $"{row.Value} {row.Key}"))}")}."));
        return problems.Count == 0 ? ExitCode.Done : ExitCode.OurFault;
    }

    private static void Write(CommandContext context, PurgedFile file)
    {
        if (context.Json)
            context.WriteJson(new { file.File, file.Month, Class = file.Class.ToString().ToLowerInvariant(), file.Events, First = UnblockCommand.Iso(file.First), Last = UnblockCommand.Iso(file.Last), file.Bytes, ChainHead = file.Head, file.Why });
        else
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.File,-20}  {file.Events,10} events  {file.Bytes >> 20,6} MiB  {file.First?.UtcDateTime:yyyy-MM-dd} to {file.Last?.UtcDateTime:yyyy-MM-dd}  {file.Why}"));
    }

    private static void Complain(CommandContext context, IReadOnlyList<string> problems)
    {
        foreach (var problem in problems) context.Error.WriteLine($"filtergate: {problem}");
    }
}
