using System.CommandLine;
using FilterGate.Policy.Documents;
using FilterGate.Running;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy apply FILE</c>: checks a document, shows what it changes, and puts it in force.</summary>
internal sealed class PolicyApplyCommand : GatewayCommand
{
    private readonly Argument<FileInfo> _file = new("FILE") { Description = "the document" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; it stands in the history and in the audit", Required = true };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public PolicyApplyCommand(CommandHost host) : base(host, "apply", "Check a policy document, show what it changes, and put it in force.",
        new CommandExample("filtergate policy apply policy.yaml --reason \"year 6 may use webmail\"", "asks before it changes anything"),
        new CommandExample("filtergate policy apply policy.yaml --reason \"autumn term\" --yes --json", "for a script; exit 2 with every mistake, 4 for a locked list"))
    {
        Arguments.Add(_file);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = context.Value(_file)!;
        PolicyPutting.RequireNoFile(context, _ => $"Write {file} over it (filtergate policy validate {file} checks it first)");
        var why = ReasonText.Read(context.Value(_reason));
        var yaml = TextFile.Read(file.FullName, "the policy");
        await PolicyPutting.ValidateAsync(context, file.ToString(), yaml, cancellationToken);

        DataFolder.Make(context.DataFolder);
        using var state = StateStore.Open(GatewayInputs.StatePath(context), context.Clock);
        var (startedFrom, inForce) = (state.CurrentPolicy()?.Number ?? 0, GatewayInputs.ReadPolicy(context, state));
        if (inForce.Source == PolicySource.State && inForce.Yaml == yaml)
        {
            if (context.Json) context.WriteJson(new { Number = startedFrom, Version = PolicyDocument.VersionOf(yaml), Before = startedFrom, Changes = Array.Empty<object>() });
            else context.Output.WriteLine($"Policy {startedFrom} says exactly this already; nothing was changed.");
            return ExitCode.Done;
        }
        var changes = PolicyComparison.Of(inForce.Yaml, yaml);
        if (!context.Json) PolicyChanges.Write(context, context.Output, changes);
        if (!_confirmation.IsGiven(context, $"Put {file} in force?")) return ExitCode.Done;
        PolicyPutting.Put(context, state, yaml, why, startedFrom, "policy.apply", changes);
        return ExitCode.Done;
    }
}

/// <summary>The text of <c>--reason</c>.</summary>
internal static class ReasonText
{
    /// <summary>Long enough for a few sentences.</summary>
    private const int LengthMax = 500;

    /// <summary>Reads it.</summary>
    /// <exception cref="UserErrorException">It is blank, or longer than <see cref="LengthMax"/> characters.</exception>
    public static string Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new UserErrorException("--reason: say why in a few words; whoever looks at the history will want to know");
        if (text.Length > LengthMax || text.Any(char.IsControl)) throw new UserErrorException($"--reason: at most {LengthMax} characters on one line");
        return text.Trim();
    }
}
