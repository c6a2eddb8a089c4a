using System.CommandLine;

namespace FilterGate.Commands;

/// <summary>A line that somebody can copy, shown below a command's help.</summary>
/// <param name="Line">The command line, beginning with <c>filtergate</c>.</param>
/// <param name="Says">What it does.</param>
internal sealed record CommandExample(string Line, string Says);

/// <summary>A command whose help shows examples.</summary>
internal interface IHasExamples
{
    /// <summary>The examples, simplest first.</summary>
    IReadOnlyList<CommandExample> Examples { get; }
}

/// <summary>A command that does something: one class, one file. Give it to <see cref="CommandLine"/> and it has the common options, the settings and the exit codes.</summary>
internal abstract class GatewayCommand : Command, IHasExamples
{
    /// <summary>Makes the command.</summary>
    protected GatewayCommand(CommandHost host, string name, string description, params IReadOnlyList<CommandExample> examples) : base(name, description)
    {
        Examples = examples;
        SetAction((parse, cancellationToken) => host.RunAsync(parse, RunAsync, cancellationToken));
    }

    /// <inheritdoc/>
    public IReadOnlyList<CommandExample> Examples { get; }

    /// <summary>Does the command's work.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">For what the caller can put right; any other exception is a fault of ours.</exception>
    protected abstract Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken);
}

/// <summary>A command that only holds others, such as <c>unblock</c>; alone it says which there are (exit 2).</summary>
internal sealed class CommandGroup(string name, string description, params IReadOnlyList<CommandExample> examples) : Command(name, description), IHasExamples
{
    /// <inheritdoc/>
    public IReadOnlyList<CommandExample> Examples { get; } = examples;
}
