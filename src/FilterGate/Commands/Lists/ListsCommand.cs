using System.CommandLine;
using FilterGate.Lists.Sources;
using FilterGate.Policy.Documents;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists</c>: the lists that decide, where they come from, and the bundles that open a service. One file a command.</summary>
internal static class ListsCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("lists", "Fetch lists, look at them, and go back to an older version.",
            new CommandExample("filtergate lists sources", "what there is to fetch, and what is in use"),
            new CommandExample("filtergate lists update", "fetch what is newer"),
            new CommandExample("filtergate lists rollback ut1", "the version before"),
            new CommandExample("filtergate lists find games.example", "which lists name a site, and where"),
            new CommandExample("filtergate lists bundles", "the services that a policy can open with one word"))
        {
            new ListsUpdateCommand(host),
            new ListsRollbackCommand(host),
            new ListsSourcesCommand(host),
            new ListsDiffCommand(host),
            new ListsFindCommand(host),
            new ListsTestCommand(host),
            new ListsCompileCommand(host),
            new ListsVerifyCommand(host),
            new ListsBundlesCommand(host),
            new ListsStatusCommand(host),
            ListsLockedCommand.Make(host),
        };

    /// <summary>Refuses an id that is no source, with the nearest one.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    internal static void RequireKnown(ListSources sources, string id)
    {
        if (sources.Catalogue.Find(id) is null)
            throw new UserErrorException($"'{id}' is no source of lists{Nearest.Suggestion(id, sources.Catalogue.Sources.Select(s => s.Id))}; filtergate lists sources shows them");
    }

    /// <summary>Opens <c>state.db</c> to record a change of lists; made where there is none, since lists are often fetched before the gateway first runs.</summary>
    internal static StateStore OpenAudit(CommandContext context)
    {
        DataFolder.Make(context.DataFolder);
        return StateStore.Open(GatewayInputs.StatePath(context), context.Clock);
    }

    /// <summary>Says how the change of a source ended.</summary>
    internal static void Report(CommandContext context, SourceResult result)
    {
        if (context.Json)
        {
            context.WriteJson(new { Source = result.Id, result.Outcome, result.Message, result.Version, result.Entries, result.EntriesBefore, Notes = result.Notes.ToArray() });
            return;
        }
        var paint = context.Paint;
        var outcome = result.Outcome switch
        {
            SourceOutcome.Updated => paint.Good("updated"),
            SourceOutcome.RolledBack => paint.Good("rolled back"),
            SourceOutcome.NotModified => paint.Faint("unchanged"),
            SourceOutcome.Held => paint.Careful("held"),
            SourceOutcome.Busy => paint.Careful("busy"),
            SourceOutcome.Waiting => paint.Careful("waiting"),
            SourceOutcome.Refused => paint.Careful("refused"),
            SourceOutcome.Failed => paint.Bad("failed"),
            _ => throw new System.Diagnostics.UnreachableException(result.Outcome.ToString()),
        };
        // What wants a person goes where messages go; results go to the output.
        var writer = result.Outcome is SourceOutcome.Failed or SourceOutcome.Refused or SourceOutcome.Busy ? context.Error : context.Output;
        writer.WriteLine($"{paint.Strong(result.Id)}: {outcome}: {result.Message}");
        foreach (var note in result.Notes) context.Output.WriteLine(paint.Faint($"  {note}"));
    }

    /// <summary>The exit code of several results: our fault, then what failed, then what a person has to agree to.</summary>
    internal static int ExitCodeOf(IReadOnlyList<SourceResult> results) =>
        results.Any(r => r.Failure == SourceFailure.Ours) ? ExitCode.OurFault
        : results.Any(r => r.Outcome is SourceOutcome.Failed or SourceOutcome.Busy) ? ExitCode.Usage
        : results.Any(r => r.Outcome == SourceOutcome.Refused) ? ExitCode.Refused
        : ExitCode.Done;
}
