using System.CommandLine;
using FilterGate.Policy;
using FilterGate.Safeguarding.Unblocks;
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

    /// <summary>The desk that decides, and the policy in force.</summary>
    internal static (PassThroughDesk Desk, PolicySnapshot Policy) Open(CommandContext context, StateStore state) => (new(state), GatewayInputs.LoadLastGood(context, listsFolder: null, state).Policy);

    /// <summary>A sentence of the desk's for somebody at a terminal.</summary>
    internal static UserErrorException Refuse(PassThroughResult result) => new($"{result.Message} See: filtergate pass-through list");
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
        var (desk, policy) = PassThroughCommand.Open(context, state);
        var proposals = desk.Proposals(policy);
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
        var (desk, policy) = PassThroughCommand.Open(context, state);
        if (desk.Find(context.Value(_host)!, policy, out var outcome, out var problem) is not { } proposal) throw PassThroughCommand.Refuse(new(outcome, problem));
        if (!_confirmation.IsGiven(context, _decision == PassThroughDecision.Accepted ? $"Pass {proposal.Host} unread for every tier? {proposal.Evidence}." : $"Leave {proposal.Host} as it is?")) return Task.FromResult(ExitCode.Interrupted);
        var result = desk.Decide(proposal.Host, _decision, context.Value(_reason)!, Actor.OfAccount(context.Actor, policy), policy);
        if (result.Record is not { } record) throw PassThroughCommand.Refuse(result);
        if (context.Json) context.WriteJson(new { record.Host, Standing = _decision == PassThroughDecision.Accepted ? "accepted" : "refused", record.Evidence, record.DecidedAt, record.DecidedBy, record.Reason, record.EndedAt });
        else context.Output.WriteLine(_decision == PassThroughDecision.Accepted ? $"{result.Message} To take it back: filtergate pass-through end {record.Host} --reason TEXT" : result.Message);
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
        var (desk, policy) = PassThroughCommand.Open(context, state);
        var result = desk.End(context.Value(_host)!, context.Value(_reason)!, Actor.OfAccount(context.Actor, policy));
        if (result.Outcome != UnblockOutcome.Done) throw PassThroughCommand.Refuse(result);
        if (context.Json) context.WriteJson(new { Host = result.Host, Ended = true });
        else context.Output.WriteLine(result.Message);
        return Task.FromResult(ExitCode.Done);
    }
}
