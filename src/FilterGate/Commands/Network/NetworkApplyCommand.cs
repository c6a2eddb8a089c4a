using System.CommandLine;
using System.Runtime.InteropServices;
using FilterGate.Network;
using FilterGate.Settings;

namespace FilterGate.Commands.Network;

/// <summary><c>network apply</c>: puts the rules into the kernel, in one piece, and takes them back when nobody confirms.</summary>
internal sealed class NetworkApplyCommand : GatewayCommand
{
    // What a person keeps when it still works: a word, because a line that was typed ahead or a lost terminal gives empty ones.
    private const string Keep = "keep";
    private static readonly TimeSpan RevertMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RevertMax = TimeSpan.FromMinutes(10);

    private readonly NetworkOptions _options = new();
    private readonly Option<string?> _revertAfter = new("--revert-after") { HelpName = "TIME", Description = "go back after this time (1s to 10m) unless `keep` is typed: for whoever is connected over the network" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "check the rules with the kernel and change nothing" };

    /// <summary>Makes the command.</summary>
    public NetworkApplyCommand(CommandHost host) : base(host, "apply", "Put the rules in place, in one piece: all of them or none.",
        new CommandExample("sudo filtergate network apply --revert-after 60s", "over SSH: undone after a minute unless you type keep"),
        new CommandExample("sudo filtergate network apply", "after a change of networks, places or settings"),
        new CommandExample("sudo filtergate network apply --dry-run", "would the kernel take them?"))
    {
        _options.AddTo(this);
        Options.Add(_revertAfter);
        Options.Add(_dryRun);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        TimeSpan? revertAfter = null;
        if (context.Value(_revertAfter) is { } text)
        {
            revertAfter = DurationArgument.Read(text, "--revert-after");
            if (revertAfter < RevertMin || revertAfter > RevertMax) throw new UserErrorException($"--revert-after: '{text}' is not a time from 1s to 10m");
        }

        var plan = _options.OwnPlanOf(context);
        var kernel = new KernelRules(context.Box);
        foreach (var note in plan.Notes) context.Error.WriteLine($"filtergate: note: {note}");
        if (context.Value(_dryRun))
        {
            await kernel.TryAsync(NftRules.Replacing(plan), cancellationToken);
            Say(context, plan, "checked");
            return ExitCode.Done;
        }

        if (plan.Lan.FirstOrDefault(lan => !context.Box.HasInterface(lan)) is { } absent)
            context.Error.WriteLine($"filtergate: warning: there is no interface {absent} now; its rules wait for it");
        var record = new RulesRecord(context.DataFolder);
        using var held = await record.HoldAsync(context.Clock, cancellationToken);
        var before = await kernel.ReadAsync(cancellationToken);
        var routesBefore = await kernel.HasRoutesAsync(cancellationToken);
        await kernel.ApplyAsync(NftRules.Replacing(plan), cancellationToken);
        if (revertAfter is { } time && !await IsKeptAsync(context, time, cancellationToken))
        {
            // Not with the caller's token: whoever lost the connection has cancelled it, and that is when it matters.
            await kernel.RestoreAsync(before, routesBefore is { Ipv4: true, Ipv6: true }, CancellationToken.None);
            Say(context, plan, "reverted");
            return ExitCode.Usage;
        }

        record.Write(NftRules.Replacing(plan));
        NetworkAudit.Note(context, "network.apply", $"rules of policy {plan.PolicyVersion}");
        Say(context, plan, "applied");
        try
        {
            foreach (var point in (await NetworkPoint.LookAsync(plan, context.Box, cancellationToken)).Where(p => !p.Ok))
                context.Error.WriteLine($"filtergate: warning: {point.Item}: {point.Detail}{(point.Mend is null ? "" : $" ({point.Mend})")}");
        }
        catch (UserErrorException problem)
        {
            // The service that applies rules at start may change them, and not make the name space that comparing takes.
            context.Error.WriteLine($"filtergate: warning: the rules are in place and were not looked at again: {problem.Message}");
        }
        return ExitCode.Done;
    }

    private static void Say(CommandContext context, NetworkPlan plan, string outcome)
    {
        if (context.Json) context.WriteJson(new { Outcome = outcome, plan.PolicyVersion, plan.Mode, plan.Lan });
        else
        {
            context.Output.WriteLine(outcome switch
            {
                "checked" => "The kernel would take these rules. Nothing was changed.",
                "reverted" => "Not confirmed: everything is as it was before.",
                _ => $"The rules are in place: {string.Join(", ", plan.Lan)}, {(plan.Mode == InterceptionMode.Tproxy ? "TPROXY" : "REDIRECT")} to port {plan.TransparentPort}, policy {plan.PolicyVersion}.",
            });
        }
    }

    /// <summary>True when somebody typed that it works. A lost terminal, the end of input, Ctrl-C and silence all say that it does not.</summary>
    private static async Task<bool> IsKeptAsync(CommandContext context, TimeSpan time, CancellationToken cancellationToken)
    {
        context.Error.WriteLine($"The rules are in place. Does everything work, also a new connection to this box? Type {Keep} within {time.TotalSeconds:0} s, or everything goes back.");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            // The connection of the terminal broke: stay until all is undone.
            signal.Cancel = true;
            late.Cancel();
        });
        // A terminal's ReadLine cannot be cancelled; it is left behind, and the process ends soon after.
        var answer = Task.Run(context.Input.ReadLine, CancellationToken.None);
        var finished = await Task.WhenAny(answer, Task.Delay(time, context.Clock, late.Token));
        return finished == answer && (await answer)?.Trim().Equals(Keep, StringComparison.OrdinalIgnoreCase) == true;
    }
}
