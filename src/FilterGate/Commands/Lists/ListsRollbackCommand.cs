using System.CommandLine;
using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists rollback</c>: the version before the one in force.</summary>
internal sealed class ListsRollbackCommand : GatewayCommand
{
    private readonly Argument<string> _id = new("SOURCE") { Description = "the id of a source" };

    /// <summary>Makes the command.</summary>
    public ListsRollbackCommand(CommandHost host) : base(host, "rollback", "Put the version before in force. It stays until somebody runs lists update SOURCE.",
        new CommandExample("filtergate lists rollback ut1", "today's list blocks a site that lessons need")) => Arguments.Add(_id);

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var id = context.Value(_id)!;
        if (LockedFeedKind.Find(id) is { } feed) throw await LockedRefusal.OfAsync(context, $"lists rollback {feed.Name}", feed, cancellationToken);
        using var sources = SchoolSources.Open(context, SchoolLists.RecompileOf(context));
        ListsCommand.RequireKnown(sources, id);
        using var audit = ListsCommand.OpenAudit(context);
        try
        {
            var result = await sources.RollbackAsync(id, cancellationToken);
            Report(result);
            return ListsCommand.ExitCodeOf([result]);
        }
        catch (ListsNotCompiledException problem)
        {
            Report(problem.Results[0]);
            throw new UserErrorException(problem.Message, inner: problem);
        }

        void Report(SourceResult result)
        {
            ListsCommand.Report(context, result);
            if (result.IsChange) audit.Audit(context.Actor, "lists.rollback", $"{id} {result.Version}", reason: null);
        }
    }
}
