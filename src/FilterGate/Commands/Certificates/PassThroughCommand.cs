using System.CommandLine;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Certificates;

/// <summary><c>pass-through</c>: hosts whose apps take no certificate but their own, proposed with evidence and decided by a technician.</summary>
internal static class PassThroughCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("pass-through", "Decide which hosts' HTTPS is passed unread because their apps refuse the gateway's certificate.",
            new CommandExample("filtergate pass-through list", "what is proposed, with the evidence, and what was decided"),
            new CommandExample("filtergate pass-through accept api.app.example --reason \"the maths app; checked with its maker\"", "one host, from now on"))
        {
            new PassThroughListCommand(host),
            new PassThroughDecideCommand(host, PassThroughDecision.Accepted),
            new PassThroughDecideCommand(host, PassThroughDecision.Refused),
            new PassThroughEndCommand(host),
        };

    /// <summary>What is proposed under the policy and the lists in force.</summary>
    internal static IReadOnlyList<PassThroughProposal> Proposals(CommandContext context, StateStore state)
    {
        var policy = GatewayInputs.Load(context, listsFolder: null, state).Policy;
        return state.PassThroughProposals(host => IsBarred(policy, host));
    }

    /// <summary>True for a host that carries a locked entry, which is always read, and for one that no tier reads.</summary>
    internal static bool IsBarred(PolicySnapshot policy, string host) =>
        policy.Lists.Locked.CarriesUrlEntry(host) || policy.Tiers.All(tier => policy.TlsFor(new Client(System.Net.IPAddress.Loopback, tier, Device: null, IsKnown: true), host) == TlsMode.Tunnel);
}

/// <summary><c>pass-through list</c>.</summary>
internal sealed class PassThroughListCommand : GatewayCommand
{
    private readonly Option<bool> _all = new("--all") { Description = "ended decisions too" };

    /// <summary>Makes the command.</summary>
    public PassThroughListCommand(CommandHost host) : base(host, "list", "Show proposals with their evidence, then what was decided.",
        new CommandExample("filtergate pass-through list", "for a person"),
        new CommandExample("filtergate pass-through list --json", "for a script")) => Options.Add(_all);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var proposals = PassThroughCommand.Proposals(context, state);
        var decided = state.PassThroughs(context.Value(_all));
        foreach (var proposal in proposals) Write(context, proposal.Host, "proposed", proposal.Evidence, null, null, null, null);
        foreach (var record in decided) Write(context, record.Host, record.EndedAt is not null ? "ended" : record.Decision == PassThroughDecision.Accepted ? "accepted" : "refused", record.Evidence, record.DecidedAt, record.DecidedBy, record.Reason, record.EndedAt);
        if (proposals.Count + decided.Count == 0 && !context.Json) context.Error.WriteLine("Nothing is proposed: no app refused the certificate on devices that take it otherwise.");
        return Task.FromResult(ExitCode.Done);
    }

    private static void Write(CommandContext context, string host, string standing, string evidence, DateTimeOffset? at, string? by, string? reason, DateTimeOffset? ended)
    {
        if (context.Json)
        {
            context.WriteJson(new { Host = host, Standing = standing, Evidence = evidence, DecidedAt = at, DecidedBy = by, Reason = reason, EndedAt = ended });
            return;
        }
        context.Output.WriteLine($"{context.Paint.Strong(host)}  {standing}{(by is null ? "" : $" by {by} on {CertificatesCommand.Say(context, at!.Value)}: {reason}")}");
        context.Output.WriteLine($"  {evidence}");
        if (standing == "proposed") context.Output.WriteLine($"  filtergate pass-through accept {host} --reason TEXT, or refuse");
    }
}

/// <summary><c>pass-through accept HOST</c> and <c>pass-through refuse HOST</c>.</summary>
internal sealed class PassThroughDecideCommand : GatewayCommand
{
    private readonly Argument<string> _host = new("HOST") { Description = "a host that is proposed" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the decision", Required = true };
    private readonly Confirmation _confirmation = new();
    private readonly PassThroughDecision _decision;

    /// <summary>Makes one of the two.</summary>
    public PassThroughDecideCommand(CommandHost host, PassThroughDecision decision) : base(host, decision == PassThroughDecision.Accepted ? "accept" : "refuse",
        decision == PassThroughDecision.Accepted ? "Pass the HTTPS of a proposed host unread: its name alone is decided from then on." : "Leave a proposed host as it is, and propose it no more.",
        decision == PassThroughDecision.Accepted
            ? [new CommandExample("filtergate pass-through accept api.app.example --reason \"the maths app\"", "within a second"), new CommandExample("filtergate pass-through accept api.app.example --reason \"the maths app\" --yes --json", "unasked")]
            : [new CommandExample("filtergate pass-through refuse api.chat.example --reason \"not for lessons\"", "it stays read, and the app stays shut"), new CommandExample("filtergate pass-through refuse api.chat.example --reason \"no\" --yes --json", "unasked")])
    {
        _decision = decision;
        Arguments.Add(_host);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        if (!CanonicalUrl.TryCanonicalizeHost(context.Value(_host)!, out var host)) throw new UserErrorException($"'{context.Value(_host)}' is no host");
        if (string.IsNullOrWhiteSpace(context.Value(_reason))) throw new UserErrorException("--reason: say why");
        var proposal = PassThroughCommand.Proposals(context, state).FirstOrDefault(p => p.Host == host)
            ?? throw new UserErrorException($"{host} is not proposed. Without evidence a host is opened by the policy, under never_intercept; see: filtergate pass-through list");
        if (!_confirmation.IsGiven(context, _decision == PassThroughDecision.Accepted ? $"Pass {host} unread for every tier? {proposal.Evidence}." : $"Leave {host} as it is?")) return Task.FromResult(ExitCode.Interrupted);
        var record = state.DecidePassThrough(proposal, _decision, context.Value(_reason)!, context.Actor) ?? throw new UserErrorException($"{host} has been decided meanwhile");
        if (context.Json) context.WriteJson(new { record.Host, Standing = _decision == PassThroughDecision.Accepted ? "accepted" : "refused", record.Evidence, record.DecidedAt, record.DecidedBy, record.Reason, record.EndedAt });
        else context.Output.WriteLine(_decision == PassThroughDecision.Accepted ? $"{host} is passed unread from now on. To take it back: filtergate pass-through end {host} --reason TEXT" : $"{host} stays as it is.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>pass-through end HOST</c>.</summary>
internal sealed class PassThroughEndCommand : GatewayCommand
{
    private readonly Argument<string> _host = new("HOST") { Description = "a host that was decided" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the change", Required = true };

    /// <summary>Makes the command.</summary>
    public PassThroughEndCommand(CommandHost host) : base(host, "end", "Take a decision back: the host is read again, and may be proposed again.",
        new CommandExample("filtergate pass-through end api.app.example --reason \"the app is gone\"", "within a second"),
        new CommandExample("filtergate pass-through end api.app.example --reason \"the app is gone\" --json", "for a script"))
    {
        Arguments.Add(_host);
        Options.Add(_reason);
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        if (!CanonicalUrl.TryCanonicalizeHost(context.Value(_host)!, out var host)) throw new UserErrorException($"'{context.Value(_host)}' is no host");
        if (string.IsNullOrWhiteSpace(context.Value(_reason))) throw new UserErrorException("--reason: say why");
        if (!state.EndPassThrough(host, context.Value(_reason)!, context.Actor)) throw new UserErrorException($"nothing was decided of {host}; see: filtergate pass-through list");
        if (context.Json) context.WriteJson(new { Host = host, Ended = true });
        else context.Output.WriteLine($"{host} is read again.");
        return Task.FromResult(ExitCode.Done);
    }
}
