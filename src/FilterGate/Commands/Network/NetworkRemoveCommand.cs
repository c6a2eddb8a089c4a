using FilterGate.Network;

namespace FilterGate.Commands.Network;

/// <summary><c>network remove</c>: takes our rules and routes out of the kernel, and nothing else.</summary>
internal sealed class NetworkRemoveCommand : GatewayCommand
{
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public NetworkRemoveCommand(CommandHost host) : base(host, "remove", "Take the rules out: traffic then passes the box unfiltered.",
        new CommandExample("sudo filtergate network remove", "asks first"),
        new CommandExample("sudo filtergate network remove --yes", "does not ask"))
    {
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!_confirmation.IsGiven(context, "Without the rules everybody on the school's side reaches the internet unfiltered. Take them out?")) return ExitCode.Usage;
        var record = new RulesRecord(context.DataFolder);
        using var held = await record.HoldAsync(context.Clock, cancellationToken);
        var wasThere = await new KernelRules(context.Box).RemoveAsync(cancellationToken);
        record.Remove();
        if (wasThere) NetworkAudit.Note(context, "network.remove", "rules and routes taken out");
        if (context.Json) context.WriteJson(new { Removed = wasThere });
        else context.Output.WriteLine(wasThere ? "The rules are out. Traffic passes the box unfiltered, until the next `network apply` or start of filtergate-network." : "There were no rules of FilterGate.");
        return ExitCode.Done;
    }
}
