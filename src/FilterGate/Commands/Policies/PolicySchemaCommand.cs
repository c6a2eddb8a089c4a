using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary><c>policy schema</c>: the JSON Schema of the document, for editors.</summary>
internal sealed class PolicySchemaCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public PolicySchemaCommand(CommandHost host) : base(host, "schema", "Print the JSON Schema of the policy (draft 2020-12), with which an editor completes and explains its keys.",
        new CommandExample("filtergate policy schema > policy.schema.json", "then begin policy.yaml with: # yaml-language-server: $schema=policy.schema.json"),
        new CommandExample("filtergate policy schema --json | jq '.properties | keys'", "the same on one line"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var schema = SeedPolicies.ReadSchema();
        if (context.Json) context.WriteJson(System.Text.Json.JsonElement.Parse(schema));
        else context.Output.Write(schema);
        return Task.FromResult(ExitCode.Done);
    }
}
