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
        if (document is not null) problems = [.. problems, .. ApprovalWarnings(document, context)];
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

    /// <summary>What a school should know about its keys, and nothing stops at.</summary>
    private static IEnumerable<PolicyProblem> ApprovalWarnings(PolicyDocument document, CommandContext context)
    {
        if (!document.Approvals.IsWritten)
        {
            yield return new PolicyProblem(
                1, 1, "nobody is named who may approve: whoever may change the gateway's state on its box can open a site for a school day, and nothing can be opened for good; "
                + "write approvals: { head: { holder: ID, deputies: [ID] }, technician: { holder: ID, deputies: [ID] }, teachers: [ID] }", IsWarning: true);
            yield break;
        }
        using var state = GatewayInputs.OpenStateIfThere(context);
        if (state?.CurrentRoster() is not { People.IsEmpty: false } roster) yield break;
        foreach (var id in document.Approvals.Named().Where(id => roster.FindPerson(id) is null))
            yield return new PolicyProblem(1, 1, $"approvals names '{id}', and the roster has nobody with this id: see filtergate people list", IsWarning: true);
    }

    private static string Count(ImmutableArray<PolicyProblem> problems) => problems.Count(p => !p.IsWarning) is var count and not 1 ? $"{count} mistakes" : "1 mistake";
}
