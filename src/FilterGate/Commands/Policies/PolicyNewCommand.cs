using System.CommandLine;
using FilterGate.Policy.Documents;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy new</c>: a policy to begin with, from those inside the program.</summary>
internal sealed class PolicyNewCommand : GatewayCommand
{
    /// <summary>What the schema is called beside a policy; the first line of the policy names it so.</summary>
    private const string SchemaFile = "policy.schema.json";

    private readonly Option<string?> _from = new("--from") { HelpName = "NAME", Description = "which one; without it they are listed" };
    private readonly OutputFile _file = new();

    /// <summary>Makes the command.</summary>
    public PolicyNewCommand(CommandHost host) : base(host, "new", "Write a policy to begin with. Its first line names the schema, so that an editor helps with keys and categories.",
        new CommandExample("filtergate policy new", "the policies that there are to begin with"),
        new CommandExample("filtergate policy new --from sample-school -o policy.yaml", "a copy to change, and policy.schema.json beside it"),
        new CommandExample("filtergate policy new --json | jq -r .name", "their names"))
    {
        Options.Add(_from);
        _file.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Value(_from) is not { } name)
        {
            foreach (var seed in SeedPolicies.Names)
            {
                if (context.Json) context.WriteJson(new { Name = seed, About = SeedPolicies.About(seed) });
                else context.Output.WriteLine($"{context.Paint.Strong(seed.PadRight(20))}  {SeedPolicies.About(seed)}");
            }
            if (!context.Json) context.Error.WriteLine("filtergate: choose one: filtergate policy new --from NAME -o policy.yaml");
            return Task.FromResult(ExitCode.Done);
        }
        if (!SeedPolicies.Names.Contains(name, StringComparer.Ordinal))
            throw new UserErrorException($"--from: '{name}' is none of the policies to begin with{Nearest.Suggestion(name, SeedPolicies.Names)} (known: {string.Join(", ", SeedPolicies.Names)})");

        _file.Write(context, $"# yaml-language-server: $schema={SchemaFile}\n{SeedPolicies.Read(name)}");
        if (_file.Of(context) is { } file) WriteSchema(context, Path.Combine(file.DirectoryName!, SchemaFile));
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>An older schema is replaced: nobody edits it.</summary>
    private static void WriteSchema(CommandContext context, string path)
    {
        try
        {
            File.WriteAllText(path, SeedPolicies.ReadSchema());
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            context.Error.WriteLine($"filtergate: {path} could not be written ({problem.Message}); the policy works without it, only editors help less");
        }
    }
}
