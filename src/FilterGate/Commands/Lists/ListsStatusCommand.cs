namespace FilterGate.Commands.Lists;

/// <summary>A part of <c>lists status</c>: one kind of lists. Its public properties are its JSON.</summary>
internal interface IListsStatusSection
{
    /// <summary>Its key in the JSON.</summary>
    string Name { get; }

    /// <summary>True when what it stands for is in order.</summary>
    bool Met { get; }

    /// <summary>Shows it to a person.</summary>
    void Write(CommandContext context);
}

/// <summary><c>lists status</c>: what is in force, how old it is, and what is wrong with it. Looks only, so its exit code is 0 whatever it finds; <c>met</c> in the JSON is for scripts.</summary>
internal sealed class ListsStatusCommand : GatewayCommand
{
    /// <summary>The sections, in the order they are shown. A new kind of lists adds its own here.</summary>
    private static readonly Func<CommandContext, IListsStatusSection>[] Sections = [LockedStatus.Of, CompiledStatus.Of, NeverInterceptStatus.Of, SourcesStatus.Of];

    /// <summary>Makes the command.</summary>
    public ListsStatusCommand(CommandHost host) : base(host, "status", "Show how each list stands: entries, age, last success, what is wrong.",
        new CommandExample("filtergate lists status", "for a person"),
        new CommandExample("filtergate lists status --json | jq .met", "for a script: are the illegal-content lists in order?"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var sections = Sections.Select(section => section(context)).ToArray();
        if (context.Json)
        {
            var all = new Dictionary<string, object> { ["met"] = sections.All(s => s.Met) };
            foreach (var section in sections) all[section.Name] = section;
            context.WriteJson(all);
        }
        else
        {
            for (var i = 0; i < sections.Length; i++)
            {
                if (i > 0) context.Output.WriteLine();
                sections[i].Write(context);
            }
        }
        return Task.FromResult(ExitCode.Done);
    }
}
