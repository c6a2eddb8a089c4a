using FilterGate.Network;

namespace FilterGate.Commands.Network;

/// <summary><c>network show</c>: the rules as text, without touching anything.</summary>
internal sealed class NetworkShowCommand : GatewayCommand
{
    private readonly NetworkOptions _options = new();

    /// <summary>Makes the command.</summary>
    public NetworkShowCommand(CommandHost host) : base(host, "show", "Print the rules for this school; nothing is changed.",
        new CommandExample("filtergate network show", "from the settings and the policy in force"),
        new CommandExample("filtergate network show --lan eth1 --lan eth1.50 --config trial.yaml", "for other interfaces than the settings name"),
        new CommandExample("filtergate network show --json | jq .open", "which networks reach more than the web"))
    {
        _options.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var plan = _options.PlanOf(context);
        if (context.Json)
        {
            context.WriteJson(new
            {
                plan.School,
                plan.PolicyVersion,
                plan.Mode,
                plan.Lan,
                Networks = plan.School4And6.Select(r => r.ToString()),
                Open = plan.Open.Select(r => r.ToString()),
                Reachable = plan.Reachable.Select(r => r.ToString()),
                LetOut = plan.LetOut.Select(l => l.ToString()),
                plan.TransparentPort,
                plan.DnsPort,
                plan.GatewayPorts,
                plan.Notes,
                Rules = NftRules.Replacing(plan),
            });
        }
        else context.Output.Write(NftRules.Describe(plan));

        return Task.FromResult(ExitCode.Done);
    }
}
