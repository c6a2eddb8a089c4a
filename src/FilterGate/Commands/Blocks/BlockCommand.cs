using System.CommandLine;
using FilterGate.Events;
using FilterGate.Safeguarding.Blocks;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Blocks;

/// <summary><c>block URL</c>: closes a site for everybody at once. With <c>block list</c> and <c>block lift ID</c> below it.</summary>
internal sealed class BlockCommand : GatewayCommand
{
    // Not required by the parser, which would ask it of `block list` too.
    private readonly Argument<string?> _url = new("URL") { Arity = ArgumentArity.ZeroOrOne, Description = "a host, with all below it; or an address: then that part of the host" };
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the block" };
    private readonly Option<string?> _nature = new("--nature") { HelpName = "WORDS", Description = "what kind of content it is, for the record and the report" };
    private readonly Option<bool> _report = new("--report") { Description = "print a text for the provider, the local authority or the IWF" };
    private readonly Option<string?> _answers = new("--answers") { HelpName = "REF", Description = "the report of an unsafe site that this answers" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "the list folder that the gateway runs with, if it is not the one in force" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command with what is below it.</summary>
    public BlockCommand(CommandHost host) : base(host, "block", "Close a site for everybody, at once.",
        new CommandExample("filtergate block unsafe.example --reason \"seen by year 5\" --nature \"violence\"", "in force within a second; ends what was open there"),
        new CommandExample("filtergate block unsafe.example --reason \"seen by year 5\" --report", "with a text to send on"),
        new CommandExample("filtergate block lift 3 --reason \"the site has taken it down\"", "the policy decides again"))
    {
        Arguments.Add(_url);
        foreach (var option in (Option[])[_reason, _nature, _report, _answers, _lists]) Options.Add(option);
        _confirmation.AddTo(this);
        Subcommands.Add(new BlockListCommand(host));
        Subcommands.Add(new BlockLiftCommand(host));
    }

    /// <summary>A block as <c>--json</c> shows it.</summary>
    internal static object Row(EmergencyBlockRecord block) => new
    {
        block.Id, Site = block.Site.ToString(), Start = UnblockCommand.Iso(block.Start), block.Reason, block.Nature, block.Actor, LiftedAt = UnblockCommand.Iso(block.LiftedAt), block.LiftedBy, block.LiftReason,
    };

    /// <summary>The exit code of an outcome.</summary>
    internal static int Code(UnblockOutcome outcome) => outcome switch
    {
        UnblockOutcome.Done => ExitCode.Done,
        UnblockOutcome.RefusedByRule => ExitCode.Refused,
        _ => ExitCode.Usage,
    };

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var url = context.Value(_url) ?? throw new UserErrorException("which site? filtergate block URL --reason TEXT; or: block list, block lift ID");
        var reason = context.Value(_reason) ?? throw new UserErrorException("why? give --reason TEXT; it is kept with the block");
        using var state = UnblockCommand.OpenState(context);
        if (context.Value(_answers) is { } reference && state.FindRequest(reference) is null) throw new UserErrorException($"--answers: there is no request {reference}; see: filtergate unblock list");
        if (!_confirmation.IsGiven(context, $"Close {Masking.Url(url)} for everybody?")) return ExitCode.Interrupted;
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        var policy = GatewayInputs.LoadLastGood(context, context.Value(_lists)?.FullName, state).Policy;
        var actor = Actor.OfAccount(context.Actor, policy);
        var result = await new EmergencyDesk(state, events, context.Clock).BlockAsync(url, reason, context.Value(_nature), actor, policy, cancellationToken);
        if (result.Outcome == UnblockOutcome.Done && context.Value(_answers) is { } answered) state.AnswerReport(answered, $"emergency block {result.Block!.Id}: {reason}", actor.Name);
        var report = context.Value(_report) && result.Block is { } block ? SiteReport.Of(block, policy, context.Clock.LocalTimeZone) : null;
        if (context.Json)
        {
            context.WriteJson(new
            {
                result.Outcome, result.Message, Block = result.Block is { } made ? Row(made) : null, Ended = result.Ended.Select(one => UnblockCommand.Row(one, context.Clock.GetUtcNow())), Report = report,
            });
        }
        if (result.Outcome != UnblockOutcome.Done) context.Error.WriteLine($"filtergate: {result.Message}");
        else if (!context.Json)
        {
            context.Output.WriteLine(result.Message);
            context.Output.WriteLine($"To undo: filtergate block lift {result.Block!.Id} --reason TEXT");
        }
        if (report is not null && !context.Json) context.Output.WriteLine($"\n{report}");
        return Code(result.Outcome);
    }
}

/// <summary><c>block list</c>: emergency blocks.</summary>
internal sealed class BlockListCommand : GatewayCommand
{
    private readonly Option<bool> _all = new("--all") { Description = "lifted ones too" };

    /// <summary>Makes the command.</summary>
    public BlockListCommand(CommandHost host) : base(host, "list", "List emergency blocks, newest first.", new CommandExample("filtergate block list", "what is closed for everybody")) => Options.Add(_all);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var blocks = state.EmergencyBlocks(context.Value(_all));
        foreach (var block in blocks)
        {
            if (context.Json) context.WriteJson(BlockCommand.Row(block));
            else
            {
                var lifted = block.LiftedAt is { } at ? $"  lifted {UnblockCommand.Local(context, at)} by {block.LiftedBy}: {block.LiftReason}" : "";
                context.Output.WriteLine($"{context.Paint.Strong($"{block.Id,5}")}  {UnblockCommand.Local(context, block.Start)}  {block.Site}  by {block.Actor}: {block.Reason}{(block.Nature is null ? "" : $" ({block.Nature})")}{lifted}");
            }
        }
        if (blocks.Count == 0 && !context.Json) context.Error.WriteLine("Nothing is blocked in an emergency.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>block lift ID</c>: ends an emergency block.</summary>
internal sealed class BlockLiftCommand : GatewayCommand
{
    private readonly Argument<long> _id = new("ID") { Description = "the block's number, from: filtergate block list" };
    private readonly Option<string> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with the block", Required = true };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    public BlockLiftCommand(CommandHost host) : base(host, "lift", "End an emergency block: the policy decides about the site again.",
        new CommandExample("filtergate block lift 3 --reason \"the site has taken it down\"", "what it had ended stays ended"))
    {
        Arguments.Add(_id);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        if (!_confirmation.IsGiven(context, $"Lift emergency block {context.Value(_id)}?")) return ExitCode.Interrupted;
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        var policy = GatewayInputs.LoadLastGood(context, listsFolder: null, state).Policy;
        var result = await new EmergencyDesk(state, events, context.Clock).LiftAsync(context.Value(_id), context.Value(_reason)!, Actor.OfAccount(context.Actor, policy), policy, cancellationToken);
        if (context.Json) context.WriteJson(new { result.Outcome, result.Message, Block = result.Block is { } block ? BlockCommand.Row(block) : null });
        if (result.Outcome != UnblockOutcome.Done) context.Error.WriteLine($"filtergate: {result.Message}");
        else if (!context.Json) context.Output.WriteLine(result.Message);
        return BlockCommand.Code(result.Outcome);
    }
}
