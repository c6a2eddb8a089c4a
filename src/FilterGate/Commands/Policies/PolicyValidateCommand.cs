using System.Collections.Immutable;
using System.CommandLine;
using FilterGate.Commands.Lists;
using FilterGate.Lists;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy validate [FILE]</c>: every mistake of a document at once.</summary>
internal sealed class PolicyValidateCommand : GatewayCommand
{
    private readonly Argument<FileInfo?> _file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "the document; default is the policy in force" };
    private readonly Option<DirectoryInfo?> _lists = PolicyCommand.ListsOption();

    /// <summary>Makes the command.</summary>
    public PolicyValidateCommand(CommandHost host) : base(host, "validate", "Check a policy document; exit code 2 when it has a mistake.",
        new CommandExample("filtergate policy validate policy.yaml", "every mistake with line and column"),
        new CommandExample("filtergate policy validate policy.yaml --json", "the same for a script or an editor"))
    {
        Arguments.Add(_file);
        Options.Add(_lists);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = context.Value(_file) is null ? GatewayInputs.OpenStateIfThere(context) : null;
        var text = context.Value(_file) is { } file
            ? new PolicyText(PolicySource.File, file.ToString(), TextFile.Read(file.FullName, "the policy"))
            : GatewayInputs.ReadPolicy(context, state);
        var document = PolicyDocument.Parse(text.Yaml, PolicyCommand.TaxonomyFor(context, _lists), out var problems, BundleFile.Shipped);
        if (document is not null) problems = [.. problems, .. ApprovalWarnings.Of(document, context), .. RecordWarnings.Of(document), .. CertificateWarnings.Of(document, context.Clock)];
        if (context.Json)
        {
            context.WriteJson(new
            {
                File = text.Name,
                Valid = document is not null,
                document?.School,
                Version = PolicyDocument.VersionOf(text.Yaml),
                Tiers = document?.Tiers.Select(t => t.Name),
                Problems = problems.Select(p => new { p.Line, p.Column, Severity = p.IsWarning ? "warning" : "mistake", p.Message }),
            });
        }
        else
        {
            foreach (var problem in problems)
                context.Error.WriteLine($"{text.Name}:{problem.Line}:{problem.Column}: {(problem.IsWarning ? "warning" : "mistake")}: {problem.Message}");
            if (document is null) context.Error.WriteLine($"filtergate: {text.Name} cannot be used: {Count(problems)}. A running gateway keeps the policy it has.");
            else context.Output.WriteLine($"{text.Name} is in order: {document.School}, version {document.Version}, tiers {string.Join(", ", document.Tiers.Select(t => t.Name))}.");
        }
        if (problems.Any(p => p.IsRefused))
        {
            if (await LockedRefusal.RecordAsync(context, $"a policy that names a locked list ({text.Name})", feed: null, cancellationToken)) context.Error.WriteLine("filtergate: naming a locked list in a policy is on record.");
            return ExitCode.Refused;
        }
        return document is null ? ExitCode.Usage : ExitCode.Done;
    }

    private static string Count(ImmutableArray<PolicyProblem> problems) => problems.Count(p => !p.IsWarning) is var count and not 1 ? $"{count} mistakes" : "1 mistake";
}
