using System.CommandLine;
using FilterGate.Lists.Sources;
using FilterGate.Settings;
using Spectre.Console;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists update</c>: fetches what is newer, checks it, and puts it in force.</summary>
internal sealed class ListsUpdateCommand : GatewayCommand
{
    private readonly Argument<string[]> _ids = new("SOURCE") { Arity = ArgumentArity.ZeroOrMore, Description = "ids of sources; default is every source in use" };
    private readonly Option<bool> _agree = new("--agree") { Description = "take a version that shrank or grew unusually" };
    private readonly Option<FileInfo?> _from = new("--from") { HelpName = "FILE", Description = "take the list or archive from a file: for a box without internet" };
    private readonly Option<bool> _scheduled = new("--scheduled") { Description = "as the gateway's own schedule runs it", Hidden = true };

    /// <summary>Makes the command.</summary>
    public ListsUpdateCommand(CommandHost host) : base(host, "update", "Fetch newer lists. What is in force stays until the new one is checked.",
        new CommandExample("filtergate lists update", "everything in use"),
        new CommandExample("filtergate lists update ut1 --agree", "although it is much smaller than before"),
        new CommandExample("filtergate lists update ut1 --from /media/stick/blacklists.tar.gz", "from a file"))
    {
        Arguments.Add(_ids);
        foreach (var option in (Option[])[_agree, _from, _scheduled]) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ids = context.Value(_ids) ?? [];
        var from = context.Value(_from);
        if (from is not null && ids.Length != 1) throw new UserErrorException("--from takes one file for one source: filtergate lists update SOURCE --from FILE");
        var by = context.Value(_agree) ? UpdateBy.PersonWhoAgrees : context.Value(_scheduled) ? UpdateBy.Schedule : UpdateBy.Person;
        // A blanket yes to whatever looks odd today would be the guard switched off.
        if (by == UpdateBy.PersonWhoAgrees && ids.Length == 0) throw new UserErrorException("--agree needs the sources that you agree to: filtergate lists update SOURCE --agree");

        using var audit = ListsCommand.OpenAudit(context);
        using var sources = SchoolSources.Open(context, SchoolLists.RecompileOf(context));
        foreach (var id in ids) ListsCommand.RequireKnown(sources, id);
        IReadOnlyList<SourceResult> results;
        try
        {
            results = from is not null
                ? [await sources.ImportAsync(ids[0], from.FullName, by, cancellationToken)]
                : await WithProgressAsync(context, progress => sources.UpdateAsync(ids, by, progress, cancellationToken));
        }
        catch (ListsNotCompiledException problem)
        {
            Report(problem.Results);
            throw new UserErrorException(problem.Message, inner: problem);
        }
        Report(results);
        if (!context.Json && results.Count == 0) context.Error.WriteLine("No source is in use. filtergate lists sources shows what there is.");
        if (!context.Json && ids.Length > 0) SayWhatIsNotInUse(context, sources, results);
        return ListsCommand.ExitCodeOf(results);

        void Report(IReadOnlyList<SourceResult> ended)
        {
            var why = from is not null ? "from a file" : by switch { UpdateBy.PersonWhoAgrees => "agreed to", UpdateBy.Schedule => "by schedule", _ => null };
            foreach (var result in ended)
            {
                ListsCommand.Report(context, result);
                if (result.IsChange) audit.Audit(context.Actor, "lists.update", $"{result.Id} {result.Version}", why);
            }
        }
    }

    private static void SayWhatIsNotInUse(CommandContext context, ListSources sources, IReadOnlyList<SourceResult> results)
    {
        var used = sources.Status().Where(s => s.IsInUse).Select(s => s.Source.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var result in results.Where(r => r.IsChange && !used.Contains(r.Id)))
            context.Error.WriteLine($"filtergate: {result.Id} was fetched but is not in use: name it under lists: sources: in the settings.");
    }

    /// <summary>Draws a bar a source on a terminal; elsewhere a log or a pipe would only fill with it.</summary>
    private static async Task<IReadOnlyList<SourceResult>> WithProgressAsync(CommandContext context, Func<IProgress<SourceProgress>?, Task<IReadOnlyList<SourceResult>>> update)
    {
        if (!context.IsInteractive || context.Json) return await update(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Error) });
        return await console.Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(drawing => update(new Bars(drawing)));
    }

    private sealed class Bars(ProgressContext drawing) : IProgress<SourceProgress>
    {
        private readonly Dictionary<string, ProgressTask> _bars = new(StringComparer.Ordinal);

        public void Report(SourceProgress value)
        {
            // Several sources report at once, each from its own thread.
            lock (_bars)
            {
                if (!_bars.TryGetValue(value.Id, out var bar)) _bars.Add(value.Id, bar = drawing.AddTask(Markup.Escape(value.Id)));
                bar.IsIndeterminate = value.BytesTotal is null;
                bar.MaxValue = Math.Max(1, value.BytesTotal ?? value.Bytes);
                bar.Value = value.Bytes;
                if (value.IsFetched) bar.Description = $"{Markup.Escape(value.Id)}: checking";
            }
        }
    }
}
