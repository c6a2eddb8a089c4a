using System.CommandLine;
using System.Globalization;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy rollback [NUMBER]</c>: an old text in force again, as a new version. History is never rewritten.</summary>
internal sealed class PolicyRollbackCommand : GatewayCommand
{
    private readonly Argument<string?> _number = new("NUMBER") { Arity = ArgumentArity.ZeroOrOne, Description = "a number of policy history, or the short name in an event; default is the version before the one in force" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; it stands in the history and in the audit", Required = true };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public PolicyRollbackCommand(CommandHost host) : base(host, "rollback", "Put an earlier version of the policy in force again, as a new version.",
        new CommandExample("filtergate policy rollback --reason \"the new rules blocked the maths site\"", "the version before the one in force"),
        new CommandExample("filtergate policy rollback 3 --reason \"back to last term\" --yes --json", "version 3, for a script"))
    {
        Arguments.Add(_number);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        PolicyPutting.RequireNoFile(context, path => $"Write the old text there instead: filtergate policy export NUMBER -o {path} --force");
        var why = ReasonText.Read(context.Value(_reason));
        using var state = GatewayInputs.OpenStateIfThere(context) ?? throw new UserErrorException($"there is no history in {context.DataFolder}; name the gateway's data folder with --data");
        var current = state.CurrentPolicy() ?? throw new UserErrorException("no policy was ever put in force here; filtergate policy apply FILE does it");
        var target = Target(context, state, current);
        if (target.Yaml == current.Yaml)
        {
            context.Error.WriteLine($"filtergate: policy {current.Number}, which is in force, has the text of policy {target.Number} already; nothing was changed");
            if (context.Json) context.WriteJson(new { current.Number, current.Version, Before = current.Number, Changes = Array.Empty<object>() });
            return ExitCode.Done;
        }
        // What was good once need not be now: an update of the program or of the lists may know other categories.
        await PolicyPutting.ValidateAsync(context, string.Create(CultureInfo.InvariantCulture, $"policy {target.Number}"), target.Yaml, cancellationToken);
        var changes = PolicyComparison.Of(current.Yaml, target.Yaml);
        if (!context.Json) PolicyChanges.Write(context, context.Output, changes);
        if (!_confirmation.IsGiven(context, $"Put the text of policy {target.Number} in force again?")) return ExitCode.Done;
        PolicyPutting.Put(context, state, target.Yaml, string.Create(CultureInfo.InvariantCulture, $"back to {target.Number}: {why}"), current.Number, "policy.rollback", changes);
        return ExitCode.Done;
    }

    private PolicyVersion Target(CommandContext context, StateStore state, PolicyVersion current) =>
        context.Value(_number) is { } text
            ? NamedPolicy.FindVersion(state, text)
            : state.PolicyBefore(current.Number, current.Version) ?? throw new UserErrorException("there is no other version to go back to; see: filtergate policy history");
}
