using System.CommandLine;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy diff [A [B]]</c>: what differs in meaning, or line by line.</summary>
internal sealed class PolicyDiffCommand : GatewayCommand
{
    private const string Which = "a number of policy history, the short name in an event, or a file";

    private readonly Argument<string?> _first = new("A") { Arity = ArgumentArity.ZeroOrOne, Description = $"{Which}; default is the version before the one in force" };
    private readonly Argument<string?> _second = new("B") { Arity = ArgumentArity.ZeroOrOne, Description = "the same; default is the policy in force. A file alone is compared with that: from it to the file" };
    private readonly Option<bool> _text = new("--text") { Description = "show lines, as diff does, rather than settings" };

    /// <summary>Makes the command.</summary>
    public PolicyDiffCommand(CommandHost host) : base(host, "diff", "Compare two policies: categories, own entries, groups and all else that they say.",
        new CommandExample("filtergate policy diff", "what the last change did"),
        new CommandExample("filtergate policy diff policy.yaml", "what a file would change"),
        new CommandExample("filtergate policy diff 3 7 --text", "the lines that differ between two versions"),
        new CommandExample("filtergate policy diff 3 --json | jq '.changes[] | select(.key | startswith(\"tiers.pupil\"))'", "what has changed for pupils since version 3"))
    {
        Arguments.Add(_first);
        Arguments.Add(_second);
        Options.Add(_text);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        var (before, after) = Choose(context, state);
        if (context.Json)
        {
            context.WriteJson(new { From = Row(before), To = Row(after), Changes = PolicyChanges.Rows(PolicyComparison.Of(before.Yaml, after.Yaml)) });
            return Task.FromResult(ExitCode.Done);
        }
        context.Error.WriteLine($"# from {before.Name} ({before.Version}) to {after.Name} ({after.Version})");
        if (context.Value(_text)) WriteLines(context, before, after);
        else PolicyChanges.Write(context, context.Output, PolicyComparison.Of(before.Yaml, after.Yaml));
        return Task.FromResult(ExitCode.Done);
    }

    private (NamedPolicy Before, NamedPolicy After) Choose(CommandContext context, State.StateStore? state)
    {
        var (first, second) = (context.Value(_first), context.Value(_second));
        if (first is null)
        {
            var before = NamedPolicy.BeforeInForce(context, state)
                ?? throw new UserErrorException("there is one policy only, and nothing to compare it with; name a file: filtergate policy diff policy.yaml");
            return (before, NamedPolicy.InForce(context, state));
        }
        var named = NamedPolicy.Find(state, first);
        if (second is not null) return (named, NamedPolicy.Find(state, second));
        var inForce = NamedPolicy.InForce(context, state);
        return named.IsFile ? (inForce, named) : (named, inForce);
    }

    private static object Row(NamedPolicy policy) => new { policy.Stored?.Number, policy.Version, policy.Name };

    private static void WriteLines(CommandContext context, NamedPolicy before, NamedPolicy after)
    {
        foreach (var line in LineDifference.Of(before.Yaml, after.Yaml))
            context.Output.WriteLine(line[0] switch { '+' => context.Paint.Good(line), '-' => context.Paint.Bad(line), '@' => context.Paint.Faint(line), _ => line });
    }
}
