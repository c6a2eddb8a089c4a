using System.CommandLine;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary><c>unblock pass-on REF</c>: a teacher passes a pupil's request on.</summary>
internal sealed class UnblockPassOnCommand : UnblockStepCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the request's reference" };
    private readonly ForWhom _forWhom = new();
    private readonly Option<bool> _forGood = new("--for-good") { Description = "to stay open; otherwise for a lesson" };
    private readonly HowLong _howLong = new();

    /// <summary>Makes the command.</summary>
    public UnblockPassOnCommand(CommandHost host) : base(host, "pass-on", "Pass a pupil's request on, for a lesson of a class or for good (teachers).",
        new CommandExample("filtergate unblock pass-on K7Q4-M2XD --class 4b --until 15:00 --reason \"rivers\"", "the technician opens it for the lesson"),
        new CommandExample("filtergate unblock pass-on K7Q4-M2XD --class 4b --for-good --reason \"used each week\"", "the head decides"))
    {
        Arguments.Add(_reference);
        _forWhom.AddTo(this, isRequired: true);
        Options.Add(_forGood);
        _howLong.AddTo(this, isRequired: false);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) =>
        state.FindRequest(context.Value(_reference)!) is { } request ? $"Pass the request for {request.Host} on?" : "Pass this request on?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken) => turn.Desk.PassOnAsync(
        turn.Context.Value(_reference)!, turn.Context.Value(_forGood) ? RequestRoute.ForGood : RequestRoute.Lesson, _forWhom.Read(turn.Context, turn.Inputs)!.Value, _howLong.Read(turn.Context), turn.Reason, turn.Actor,
        turn.Inputs.Policy, cancellationToken);
}

/// <summary><c>unblock approve REF</c>: opens what was asked for.</summary>
internal sealed class UnblockApproveCommand : UnblockStepCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the request's reference" };
    private readonly Option<string?> _site = new("--site") { HelpName = "URL|HOST|bundle:NAME", Description = "what is opened; default is the host that was asked for, or what the head decided" };
    private readonly Option<string[]> _also = new("--also") { HelpName = "HOST", Description = "another host that the page needs; may be given several times", AllowMultipleArgumentsPerToken = true };
    private readonly ForWhom _forWhom = new();
    private readonly HowLong _howLong = new();
    private ApprovalAnswers _answers = new();

    /// <summary>Makes the command.</summary>
    public UnblockApproveCommand(CommandHost host) : base(host, "approve", "Open what a request asks for: for a lesson at once, for good when the head has decided.",
        new CommandExample("filtergate unblock approve K7Q4-M2XD --for 1h --reason \"year 5 maths\"", "for an hour from now, for whom it was asked"),
        new CommandExample("filtergate unblock approve K7Q4-M2XD --class 5a --until 15:00 --also cdn.example --reason \"project day\"", "with a host that the page needs"),
        new CommandExample("filtergate unblock approve K7Q4-M2XD --review 2027-07-20 --reason \"as decided\"", "for good: what the head decided, looked at again in July"))
    {
        Arguments.Add(_reference);
        Options.Add(_site);
        Options.Add(_also);
        _forWhom.AddTo(this, isRequired: false);
        _howLong.AddTo(this, isRequired: false, canBeForGood: true);
    }

    /// <inheritdoc/>
    protected override void AskFirst(CommandContext context, StateStore state, GatewayInputs inputs)
    {
        // What the head decided is applied as it was decided, unless a flag says less.
        if (state.FindRequest(context.Value(_reference)!) is not { IsOpen: true, Agreed: null, Route: not RequestRoute.Report } request) return;
        _answers = ApprovalQuestions.Ask(context, request, inputs, asksForSite: context.Value(_site) is null, asksForWhom: _forWhom.Read(context, inputs) is null, asksForEnd: _howLong.Read(context) is null);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state)
    {
        if (state.FindRequest(context.Value(_reference)!) is not { } request) return "Approve this request?";
        var site = context.Value(_site) ?? (_answers.Site ?? request.Agreed?.Site)?.ToString() ?? request.Host;
        var end = _answers.End ?? _howLong.Read(context) ?? request.Agreed?.Until ?? request.Until;
        return $"Open {site} for {(_answers.Audience ?? request.Agreed?.Audience ?? request.Audience ?? Audience.ForTier(request.Tier)).LabelUnnamed}{(end is { } until ? $" until {UnblockCommand.Local(context, until)}" : "")}?";
    }

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken)
    {
        var context = turn.Context;
        var opening = new Opening
        {
            Reason = turn.Reason,
            Site = context.Value(_site) is { } site ? SiteArgument.Read(site, "--site") : _answers.Site,
            Also = [.. (context.Value(_also) ?? []).Select(host => SiteArgument.Read(host, "--also"))],
            Audience = _forWhom.Read(context, turn.Inputs) ?? _answers.Audience,
            End = _howLong.Read(context) ?? _answers.End,
        };
        return turn.Desk.ApproveAsync(context.Value(_reference)!, opening, turn.Actor, turn.Inputs.Policy, cancellationToken);
    }
}

/// <summary><c>unblock refuse REF</c>: leaves it closed, with a reason.</summary>
internal sealed class UnblockRefuseCommand : UnblockStepCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the request's reference" };

    /// <summary>Makes the command.</summary>
    public UnblockRefuseCommand(CommandHost host) : base(host, "refuse", "Refuse a request.",
        new CommandExample("filtergate unblock refuse K7Q4-M2XD --reason \"not during lessons\"", "the site stays closed")) => Arguments.Add(_reference);

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) =>
        state.FindRequest(context.Value(_reference)!) is { } request ? $"Refuse {request.Host} to {request.Tier}?" : "Refuse this request?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken) =>
        turn.Desk.RefuseAsync(turn.Context.Value(_reference)!, turn.Reason, turn.Actor, turn.Inputs.Policy, cancellationToken);
}

/// <summary><c>unblock grant URL --tier T</c>: opens a host unasked.</summary>
internal sealed class UnblockGrantCommand : UnblockStepCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "a host or an address on it (the whole host is opened, sub-domains included), or bundle:NAME" };
    private readonly Option<string?> _site = new("--site") { HelpName = "URL", Description = "open only this part of the host" };
    private readonly Option<string[]> _also = new("--also") { HelpName = "HOST", Description = "another host that the page needs; may be given several times", AllowMultipleArgumentsPerToken = true };
    private readonly ForWhom _forWhom = new();
    private readonly HowLong _howLong = new();

    /// <summary>Makes the command.</summary>
    public UnblockGrantCommand(CommandHost host) : base(host, "grant", $"Open a host without a request, for at most {Approvals.SchoolDay.TotalHours} hours; the head is told.",
        new CommandExample("filtergate unblock grant games.example --class 4b --for 1h --reason \"chess club\"", "for an hour from now"),
        new CommandExample("filtergate unblock grant video.example --tier staff --until 15:00 --reason \"assembly\"", "until three o'clock"))
    {
        Arguments.Add(_url);
        Options.Add(_site);
        Options.Add(_also);
        _forWhom.AddTo(this, isRequired: true);
        _howLong.AddTo(this, isRequired: true);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) => $"Open {(context.Value(_site) is null ? "the host of " : "")}{Masking.Url(context.Value(_site) ?? context.Value(_url)!)}?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken)
    {
        var context = turn.Context;
        var opening = new Opening { Reason = turn.Reason, Site = context.Value(_site) is { } part ? SiteArgument.Read(part, "--site") : null, Also = [.. (context.Value(_also) ?? []).Select(host => SiteArgument.Read(host, "--also"))], End = _howLong.Read(context) };
        return turn.Desk.GrantAsync(context.Value(_url)!, _forWhom.Read(context, turn.Inputs)!.Value, opening, turn.Actor, turn.Inputs.Policy, cancellationToken);
    }
}

/// <summary><c>unblock extend ID</c>: leaves it open for longer.</summary>
internal sealed class UnblockExtendCommand : UnblockStepCommand
{
    private readonly Argument<long> _id = new("ID") { Description = "the override's number, from: filtergate overrides list" };
    private readonly HowLong _howLong = new();

    /// <summary>Makes the command.</summary>
    public UnblockExtendCommand(CommandHost host) : base(host, "extend", "Move the end of an override, within the longest lesson (without a request: the school day) from its beginning.",
        new CommandExample("filtergate unblock extend 12 --until 15:30 --reason \"the lesson runs over\"", "the head is told"))
    {
        Arguments.Add(_id);
        _howLong.AddTo(this, isRequired: true);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) =>
        state.FindOverride(context.Value(_id)) is { } granted ? $"Leave {granted.Site} open for {granted.Audience.LabelUnnamed}?" : "Extend this override?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken) =>
        turn.Desk.ExtendAsync(turn.Context.Value(_id), _howLong.Read(turn.Context)!.Value, turn.Reason, turn.Actor, turn.Inputs.Policy, cancellationToken);
}

/// <summary><c>unblock revoke ID</c>: closes it again before its time.</summary>
internal sealed class UnblockRevokeCommand : UnblockStepCommand
{
    private readonly Argument<long> _id = new("ID") { Description = "the override's number, from: filtergate overrides list" };

    /// <summary>Makes the command.</summary>
    public UnblockRevokeCommand(CommandHost host) : base(host, "revoke", "End an override now.",
        new CommandExample("filtergate unblock revoke 12 --reason \"wrong site\"", "in force within a second")) => Arguments.Add(_id);

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) =>
        state.FindOverride(context.Value(_id)) is { } granted ? $"Close {granted.Site} for {granted.Audience.LabelUnnamed} again?" : "Revoke this override?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(UnblockTurn turn, CancellationToken cancellationToken) =>
        turn.Desk.RevokeAsync(turn.Context.Value(_id), turn.Reason, turn.Actor, cancellationToken);
}
