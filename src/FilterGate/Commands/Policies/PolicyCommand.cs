using System.Collections.Immutable;
using System.CommandLine;
using FilterGate.Commands.Lists;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands;

/// <summary><c>policy</c>: looks at policy documents.</summary>
internal static class PolicyCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("policy", "Check a policy document, or show the one in force.",
            new CommandExample("filtergate policy validate policy.yaml", "every mistake with line and column"),
            new CommandExample("filtergate policy show > policy.yaml", "a copy of the policy in force"))
        {
            new PolicyValidateCommand(host),
            new PolicyShowCommand(host),
        };

    /// <summary>The categories that a document may name: the shipped ones, or those of a list folder.</summary>
    internal static Taxonomy TaxonomyFor(CommandContext context, Option<DirectoryInfo?> lists) =>
        context.Value(lists) is { } folder ? ListLoader.Load(folder.FullName, GatewayInputs.LockedKeyOf(context)).Taxonomy : ListLoader.ShippedTaxonomy;

    /// <summary>The folder whose categories count.</summary>
    internal static Option<DirectoryInfo?> ListsOption() =>
        new("--lists") { HelpName = "DIR", Description = "a folder in UT1/squidGuard layout whose categories may be named too" };
}

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

/// <summary><c>policy show</c>: the policy in force. As text it is the document itself, so that it can be kept in a file.</summary>
internal sealed class PolicyShowCommand : GatewayCommand
{
    private readonly Option<DirectoryInfo?> _lists = PolicyCommand.ListsOption();

    /// <summary>Makes the command.</summary>
    public PolicyShowCommand(CommandHost host) : base(host, "show", "Print the policy in force.",
        new CommandExample("filtergate policy show > policy.yaml", "a copy of the document"),
        new CommandExample("filtergate policy show --json | jq '.tiers[0].blocked'", "what the strictest tier blocks, defaults included")) => Options.Add(_lists);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = GatewayInputs.OpenStateIfThere(context);
        var text = GatewayInputs.ReadPolicy(context, state);
        if (!context.Json)
        {
            context.Error.WriteLine($"# version {PolicyDocument.VersionOf(text.Yaml)}, from {text.Name}");
            context.Output.Write(text.Yaml);
            return Task.FromResult(ExitCode.Done);
        }
        var taxonomy = PolicyCommand.TaxonomyFor(context, _lists);
        var document = GatewayInputs.Parse(text, taxonomy, out _);
        var policy = PolicySnapshot.Compile(document, new ListSet { Taxonomy = taxonomy, Version = "none" }, OverrideTable.Empty);
        context.WriteJson(new
        {
            policy.School,
            policy.Version,
            Source = text.Source,
            File = text.Name,
            Networks = document.Networks.Select(n => n.ToString()),
            UnknownClients = policy.UnknownClients.Name,
            Tiers = policy.Tiers.Select(t => new
            {
                t.Name,
                t.Tls,
                Uncategorised = t.Uncategorised.Code(),
                NewlySeen = t.NewlySeen?.Code(),
                t.NewlySeenDays,
                t.EmbeddedUrls,
                Blocked = taxonomy.Slugs(t.Blocked),
                Warned = taxonomy.Slugs(t.Warned),
                Logged = taxonomy.Slugs(t.Logged),
                OwnBlock = document.Tiers.Single(d => d.Name == t.Name).OwnBlock.Select(e => e.Text),
                OwnAllow = document.Tiers.Single(d => d.Name == t.Name).OwnAllow.Select(e => e.Text),
                Bundles = t.Bundles.Select(b => b.Name),
            }),
            Clients = document.Clients.Select(c => new { Range = c.Network.ToString(), c.Tier, c.Device }),
            NeverIntercept = document.NeverIntercept.Select(e => e.Text),
            PrivateDestinations = document.PrivateDestinations.Select(n => n.ToString()),
        });
        return Task.FromResult(ExitCode.Done);
    }
}
