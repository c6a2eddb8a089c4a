using System.CommandLine;
using FilterGate.Lists;
using FilterGate.Matching;
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
            new NetworkKeepCommand(host),
            new NetworkRemoveCommand(host),
        };

    /// <summary>What a box between the school and the line needs before it is one, as a step of a list. The rules come before the box passes packets on.</summary>
    /// <param name="words">What each command needs so that it means this box; empty for the installed one.</param>
    /// <param name="isInstalled">True for a box that has the package, and so the service.</param>
    public static string NextStep(string words, bool isInstalled) =>
        $"put the rules of the network in place: sudo filtergate network apply --revert-after 60s{words}{(isInstalled ? "; have them kept: sudo systemctl enable filtergate-network && sudo systemctl restart filtergate-network; and only then let the box pass packets on: sudo cp /usr/share/doc/filtergate/examples/60-filtergate.conf /etc/sysctl.d/ && sudo sysctl --system" : "")}";
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

    /// <summary>What the rules are to say. Lists that cannot be read change nothing: rules know networks alone.</summary>
    /// <exception cref="UserErrorException">Settings or policy cannot be used, or lack something.</exception>
    public NetworkPlan PlanOf(CommandContext context) => PlanOf(context, mustBeOwn: false);

    /// <summary>The same for a kernel: never from the invented school, whose networks are nobody's.</summary>
    /// <exception cref="UserErrorException">The same, or there is no policy of this school yet.</exception>
    public NetworkPlan OwnPlanOf(CommandContext context) => PlanOf(context, mustBeOwn: true);

    /// <summary>The same as the keeper has them in the kernel now: with the web of staff let past while it does that.</summary>
    /// <exception cref="UserErrorException">Settings or policy cannot be used, or lack something.</exception>
    public NetworkPlan KeptPlanOf(CommandContext context) => PlanOf(context) with { LetsStaffPast = KeeperStatus.Read(context.DataFolder) is { LetsStaffPast: true } };

    private NetworkPlan PlanOf(CommandContext context, bool mustBeOwn)
    {
        var settings = context.Settings;
        var network = settings.Network;
        if (context.Value(_lan) is { Length: > 0 } lan)
        {
            if (lan.FirstOrDefault(name => !NetworkSettings.IsInterfaceName(name)) is { } wrong) throw new UserErrorException($"--lan: '{wrong}' names no interface; `ip link` shows them");
            network = network with { Lan = [.. lan.Distinct(StringComparer.Ordinal)] };
        }

        if (context.Value(_tproxy)) network = network with { Mode = InterceptionMode.Tproxy };
        using var state = GatewayInputs.OpenStateIfThere(context);
        var inputs = GatewayInputs.Load(context, ListsOf(context), state);
        if (mustBeOwn && (inputs.Text.Source == PolicySource.Sample || (inputs.Text.Source == PolicySource.State && GatewayInputs.IsSample(state!.CurrentPolicy()!))))
            throw new UserErrorException("there is no policy of this school yet, and rules for the invented one would be somebody else's: sudo filtergate setup, or filtergate policy apply FILE");
        return NetworkPlan.Make(settings with { Network = network }, inputs.Document, PolicySnapshot.Compile(inputs.Document, inputs.Policy.Lists, InForce.Nothing));
    }

    private static ListSet ListsOf(CommandContext context)
    {
        try
        {
            return GatewayInputs.LoadLists(context, listsFolder: null);
        }
        catch (Exception problem) when (problem is ListLoadException or UserErrorException)
        {
            context.Error.WriteLine($"filtergate: warning: {problem.Message}");
            return ListSet.Empty with { Taxonomy = ListLoader.ShippedTaxonomy };
        }
    }
}
