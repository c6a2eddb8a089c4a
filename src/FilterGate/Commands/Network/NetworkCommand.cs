using System.CommandLine;
using FilterGate.Network;
using FilterGate.Policy;
using FilterGate.Settings;

namespace FilterGate.Commands.Network;

/// <summary><c>network</c>: the rules that bring a school's traffic to the gateway, made from the policy and the settings.</summary>
internal static class NetworkCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("network", "The box's rules (nftables): traffic passes the gateway by itself, and nothing goes round it.",
            new CommandExample("filtergate network show", "the rules for this school, without touching anything"),
            new CommandExample("sudo filtergate network apply --revert-after 60s", "puts them in place; undone unless you confirm"),
            new CommandExample("sudo filtergate network check", "is the kernel as it should be? Says what is missing"),
            new CommandExample("sudo filtergate network remove", "takes them out again"))
        {
            new NetworkShowCommand(host),
            new NetworkCheckCommand(host),
            new NetworkApplyCommand(host),
            new NetworkRemoveCommand(host),
        };
}

/// <summary>What the box looks like, where the settings do not say it or something else shall be tried.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string[]> _lan = new("--lan") { HelpName = "INTERFACE", Description = "an interface of the school's side, instead of those of the settings; may be given several times" };
    private readonly Option<bool> _tproxy = new("--tproxy") { Description = "hand packets over as they are, so that sites see the client's address" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        _lan.CompletionSources.Add(_ => Directory.Exists("/sys/class/net") ? Directory.EnumerateDirectories("/sys/class/net").Select(Path.GetFileName).OfType<string>().Where(n => n != "lo").Order(StringComparer.Ordinal) : []);
        command.Options.Add(_lan);
        command.Options.Add(_tproxy);
    }

    /// <summary>What the rules are to say.</summary>
    /// <exception cref="UserErrorException">Settings or policy cannot be used, or lack something.</exception>
    public NetworkPlan PlanOf(CommandContext context)
    {
        var settings = context.Settings;
        var network = settings.Network;
        if (context.Value(_lan) is { Length: > 0 } lan)
        {
            if (lan.FirstOrDefault(name => !NetworkSettings.IsInterfaceName(name)) is { } wrong) throw new UserErrorException($"--lan: '{wrong}' names no interface; `ip link` shows them");
            network = network with { Lan = [.. lan.Distinct(StringComparer.Ordinal)] };
        }

        if (context.Value(_tproxy)) network = network with { Mode = InterceptionMode.Tproxy };
        var lists = GatewayInputs.LoadLists(context, listsFolder: null);
        using var state = GatewayInputs.OpenStateIfThere(context);
        var document = GatewayInputs.Parse(GatewayInputs.ReadPolicy(context, state), lists.Taxonomy, out _);
        return NetworkPlan.Make(settings with { Network = network }, document, PolicySnapshot.Compile(document, lists, InForce.Nothing));
    }
}
