using System.CommandLine;
using FilterGate.Events;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary>What a step works with: both stores are open, and the policy in force is loaded.</summary>
/// <param name="Context">The run.</param>
/// <param name="Desk">Where steps are taken.</param>
/// <param name="State">The state.</param>
/// <param name="Inputs">The policy in force.</param>
/// <param name="Actor">Who calls.</param>
/// <param name="Reason">Why.</param>
internal sealed record UnblockTurn(CommandContext Context, UnblockDesk Desk, StateStore State, GatewayInputs Inputs, Actor Actor, string Reason);

/// <summary>A step of the desk: opens both stores, asks, and reports how it ended.</summary>
internal abstract class UnblockStepCommand : GatewayCommand
{
    private readonly Confirmation _confirmation = new();
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the step" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "the list folder that the gateway runs with, if it is not the one in force" };

    /// <summary>Makes the command.</summary>
    protected UnblockStepCommand(CommandHost host, string name, string description, params IReadOnlyList<CommandExample> examples) : base(host, name, description, examples)
    {
        Options.Add(_reason);
        Options.Add(_lists);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected sealed override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var inputs = GatewayInputs.LoadLastGood(context, context.Value(_lists)?.FullName, state);
        if (context.IsInteractive && !context.Json && !_confirmation.IsGivenBefore(context)) AskFirst(context, state, inputs);
        var reason = context.Value(_reason) ?? Ask(context, "Why?") ?? throw new UserErrorException("why? give --reason TEXT; it is kept with the step");
        if (!_confirmation.IsGiven(context, Question(context, state))) return ExitCode.Interrupted;
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        var desk = new UnblockDesk(state, events, context.Clock);
        return UnblockCommand.Report(context, await StepAsync(new UnblockTurn(context, desk, state, inputs, Actor.OfAccount(context.Actor, inputs.Policy), reason), cancellationToken));
    }

    /// <summary>Asks a person at a terminal for what no flag says. Nothing by default.</summary>
    protected virtual void AskFirst(CommandContext context, StateStore state, GatewayInputs inputs)
    {
    }

    /// <summary>What a person at a terminal is asked last.</summary>
    protected abstract string Question(CommandContext context, StateStore state);

    /// <summary>Takes the step.</summary>
    protected abstract Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken);

    private static string? Ask(CommandContext context, string question)
    {
        if (!context.IsInteractive) return null;
        context.Error.Write($"{question} ");
        return context.Input.ReadLine() is { } line && line.Trim().Length > 0 ? line.Trim() : null;
    }
}
