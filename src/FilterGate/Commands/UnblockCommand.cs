using System.CommandLine;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>unblock</c>: requests from block pages, and sites opened for a time.</summary>
/// <remarks>Works on <c>state.db</c>, whether or not a gateway runs; a running one puts a change in force within a second.</remarks>
internal static class UnblockCommand
{
    /// <summary>Makes the command with what is below it.</summary>
    public static Command Make(CommandHost host) =>
        new CommandGroup("unblock", "Answer requests from block pages, and open a site for a time.",
            new CommandExample("filtergate unblock list", "what waits for an answer"),
            new CommandExample("filtergate unblock approve K7Q4-M2XD --for 1h --reason \"year 5 maths\"", "open it for an hour"),
            new CommandExample("filtergate unblock grant games.example --tier pupil --for 1h --reason \"chess club\"", "open it unasked"))
        {
            new UnblockListCommand(host),
            new UnblockShowCommand(host),
            new UnblockApproveCommand(host),
            new UnblockRefuseCommand(host),
            new UnblockGrantCommand(host),
            new UnblockRevokeCommand(host),
        };

    /// <summary>Opens <c>state.db</c>.</summary>
    /// <exception cref="UserErrorException">There is none: the data folder is probably another.</exception>
    internal static StateStore OpenState(CommandContext context) => GatewayInputs.OpenStateIfThere(context)
        ?? throw new UserErrorException($"there is no state.db in {context.DataFolder}; name the gateway's data folder with --data, or start the gateway once");

    /// <summary>The option that every step needs.</summary>
    internal static Option<string> Reason() => new("--reason") { HelpName = "TEXT", Description = "why; kept with the step", Required = true };

    /// <summary>A request as <c>--json</c> shows it.</summary>
    internal static object Row(UnblockRequest request) => new
    {
        request.Reference, Time = Iso(request.Time), request.Status, request.Tier, Url = Masking.Url(request.Url), request.Host, request.Category, request.Client, request.Device, request.Note,
        DecidedAt = Iso(request.DecidedAt), request.DecidedBy, request.DecisionReason, request.OverrideId,
    };

    /// <summary>An override as <c>--json</c> shows it.</summary>
    internal static object Row(OverrideRecord granted, DateTimeOffset now) => new
    {
        granted.Id, Tier = granted.Audience.TierName, Host = granted.Site.Host, Audience = granted.Audience.ToString(), Site = granted.Site.ToString(), Start = Iso(granted.Start), End = Iso(granted.End), Live = IsLive(granted, now), granted.Reason, granted.Actor, granted.RequestReference,
        RevokedAt = Iso(granted.RevokedAt), granted.RevokedBy, granted.RevokeReason,
    };

    internal static bool IsLive(OverrideRecord granted, DateTimeOffset now) => granted.RevokedAt is null && granted.Start <= now && now < granted.End;

    internal static string? Iso(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time for people: the school's own.</summary>
    internal static string Local(CommandContext context, DateTimeOffset time) =>
        TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Says how a step ended: the result on standard output, what went wrong on standard error.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static int Report(CommandContext context, UnblockResult result)
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                result.Outcome, result.Message,
                Override = result.Override is { } granted ? Row(granted, context.Clock.GetUtcNow()) : null,
                Request = result.Request is { } request ? Row(request) : null,
            });
        }
        if (result.Outcome != UnblockOutcome.Done) context.Error.WriteLine($"filtergate: {result.Message}");
        else if (!context.Json) context.Output.WriteLine(result.Message);
        if (result is { Outcome: UnblockOutcome.Done, Override: { RevokedAt: null } opened } && !context.Json)
            context.Output.WriteLine($"To undo: filtergate unblock revoke {opened.Id} --reason TEXT");
        return result.Outcome switch
        {
            UnblockOutcome.Done => ExitCode.Done,
            UnblockOutcome.RefusedByRule => ExitCode.Refused,
            _ => ExitCode.Usage,
        };
    }
}

/// <summary><c>--for 1h</c> or <c>--until TIME</c>: how long a site is open.</summary>
internal sealed class HowLong
{
    private readonly Option<string?> _for = new("--for") { HelpName = "TIME", Description = "how long: 15m, 1h, 2h30m, 1d" };
    private readonly Option<string?> _until = new("--until") { HelpName = "TIME", Description = "until when: 15:00 today, or 2026-11-23T15:00" };

    /// <summary>Adds both to a command; one of them must be given.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_for);
        command.Options.Add(_until);
        command.Validators.Add(result =>
        {
            if (new Option[] { _for, _until }.Count(option => result.GetResult(option) is { Implicit: false }) != 1)
                result.AddError("how long? give one of --for (such as 1h) and --until (such as 15:00)");
        });
    }

    /// <summary>The length of time from now.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or lies in the past.</exception>
    public TimeSpan Read(CommandContext context)
    {
        if (context.Value(_for) is { } length) return DurationArgument.Read(length, "--for");
        var until = TimeArgument.Read(context.Value(_until)!, "--until", context.Clock);
        var duration = until - context.Clock.GetUtcNow();
        return duration > TimeSpan.Zero ? duration : throw new UserErrorException($"--until: {context.Value(_until)} is past");
    }
}

/// <summary><c>--yes</c>: a question before a change, on a terminal alone.</summary>
internal sealed class Confirmation
{
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "do not ask (only a terminal is asked at all)" };

    /// <summary>Adds it to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(_yes);

    /// <summary>Asks, unless told not to or nobody is there to answer.</summary>
    public bool IsGiven(CommandContext context, string question)
    {
        if (context.Value(_yes) || !context.IsInteractive) return true;
        context.Error.Write($"{question} [y/N] ");
        if (context.Input.ReadLine()?.Trim() is "y" or "Y" or "yes") return true;
        context.Error.WriteLine("filtergate: nothing was changed");
        return false;
    }
}

/// <summary><c>unblock list</c>: what waits for an answer.</summary>
internal sealed class UnblockListCommand : GatewayCommand
{
    private readonly Option<bool> _all = new("--all") { Description = "answered ones too" };

    /// <summary>Makes the command.</summary>
    public UnblockListCommand(CommandHost host) : base(host, "list", "List requests that wait for an answer, oldest first.",
        new CommandExample("filtergate unblock list", "what waits"),
        new CommandExample("filtergate unblock list --all --json", "every request, for a script")) => Options.Add(_all);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        var requests = state.Requests(context.Value(_all) ? null : RequestStatus.Waiting);
        foreach (var request in requests)
        {
            if (context.Json)
            {
                context.WriteJson(UnblockCommand.Row(request));
                continue;
            }
            var answer = request.Status == RequestStatus.Waiting ? "" : $"  {request.Status.ToString().ToLowerInvariant()} by {request.DecidedBy}";
            context.Output.WriteLine(
                $"{context.Paint.Strong(request.Reference)}  {UnblockCommand.Local(context, request.Time)}  {request.Tier,-8}  {request.Host}  {request.Category}  {request.Device ?? request.Client}{answer}"
                + (request.Note.Length > 0 ? $"\n           \"{request.Note}\"" : ""));
        }
        if (requests.Count == 0 && !context.Json) context.Error.WriteLine("No request waits.");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>unblock show REF</c>: one request with its answer.</summary>
internal sealed class UnblockShowCommand : GatewayCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the reference on the block page, such as K7Q4-M2XD" };

    /// <summary>Makes the command.</summary>
    public UnblockShowCommand(CommandHost host) : base(host, "show", "Show a request: who asked, for what, why, and the answer.",
        new CommandExample("filtergate unblock show K7Q4-M2XD", "any spelling will do: k7q4m2xd")) => Arguments.Add(_reference);

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = context.Value(_reference)!;
        var spelt = Reference.Normalise(text) ?? throw new UserErrorException($"'{text}' is not a reference; it has eight letters and digits, such as K7Q4-M2XD");
        using var state = UnblockCommand.OpenState(context);
        if (state.FindRequest(spelt) is not { } request)
        {
            var isKnown = Directory.Exists(GatewayInputs.EventsFolder(context)) && new EventReader(GatewayInputs.EventsFolder(context)).FindByReference(spelt) is not null;
            throw new UserErrorException(isKnown
                ? $"{spelt} is a block page, but nobody has asked for the site. To open it unasked: filtergate unblock grant"
                : $"there is no request {spelt}; see: filtergate unblock list --all");
        }
        if (context.Json)
        {
            context.WriteJson(UnblockCommand.Row(request));
            return Task.FromResult(ExitCode.Done);
        }
        var output = context.Output;
        output.WriteLine($"reference  {request.Reference}");
        output.WriteLine($"asked      {UnblockCommand.Local(context, request.Time)} from {request.Device ?? request.Client} ({request.Client})");
        output.WriteLine($"for        {Masking.Url(request.Url)}");
        output.WriteLine($"tier       {request.Tier}{(request.Category is null ? "" : $", category {request.Category}")}");
        if (request.Note.Length > 0) output.WriteLine($"note       {request.Note}");
        output.WriteLine(request.Status == RequestStatus.Waiting
            ? "answer     waiting"
            : $"answer     {request.Status.ToString().ToLowerInvariant()} {UnblockCommand.Local(context, request.DecidedAt!.Value)} by {request.DecidedBy}: {request.DecisionReason}");
        if (request.Status == RequestStatus.Waiting) output.WriteLine($"To answer: filtergate unblock approve {request.Reference} --for 1h --reason TEXT, or refuse");
        else if (request.OverrideId is { } id) output.WriteLine($"override   {id}");
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary>A step of the desk: opens both stores and reports how it ended.</summary>
internal abstract class UnblockStepCommand : GatewayCommand
{
    private readonly Confirmation _confirmation = new();
    private readonly Option<string> _reason = UnblockCommand.Reason();

    /// <summary>Makes the command.</summary>
    protected UnblockStepCommand(CommandHost host, string name, string description, params IReadOnlyList<CommandExample> examples) : base(host, name, description, examples)
    {
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <inheritdoc/>
    protected sealed override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var state = UnblockCommand.OpenState(context);
        if (!_confirmation.IsGiven(context, Question(context, state))) return ExitCode.Interrupted;
        await using var events = EventStore.Open(GatewayInputs.EventsFolder(context), context.Clock);
        var desk = new UnblockDesk(state, events, context.Clock);
        return UnblockCommand.Report(context, await StepAsync(context, desk, state, context.Value(_reason)!, cancellationToken));
    }

    /// <summary>What a person at a terminal is asked first.</summary>
    protected abstract string Question(CommandContext context, StateStore state);

    /// <summary>Takes the step.</summary>
    protected abstract Task<UnblockResult> StepAsync(CommandContext context, UnblockDesk desk, StateStore state, string reason, CancellationToken cancellationToken);
}

/// <summary><c>unblock approve REF</c>: opens what was asked for.</summary>
internal sealed class UnblockApproveCommand : UnblockStepCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the request's reference" };
    private readonly HowLong _howLong = new();
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "the list folder that the gateway runs with, if it is not the starter lists" };

    /// <summary>Makes the command.</summary>
    public UnblockApproveCommand(CommandHost host) : base(host, "approve", "Open the host of a request for the tier that asked, sub-domains included.",
        new CommandExample("filtergate unblock approve K7Q4-M2XD --for 1h --reason \"year 5 maths\"", "for an hour from now"),
        new CommandExample("filtergate unblock approve K7Q4-M2XD --until 15:00 --reason \"project day\"", "until three o'clock"))
    {
        Arguments.Add(_reference);
        _howLong.AddTo(this);
        Options.Add(_lists);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) =>
        state.FindRequest(context.Value(_reference)!) is { } request ? $"Open {request.Host} for {request.Tier}?" : "Approve this request?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(CommandContext context, UnblockDesk desk, StateStore state, string reason, CancellationToken cancellationToken)
    {
        var duration = _howLong.Read(context);
        var policy = GatewayInputs.Load(context, context.Value(_lists)?.FullName, state).Policy;
        return desk.ApproveAsync(context.Value(_reference)!, duration, reason, context.Actor, policy, cancellationToken);
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
    protected override Task<UnblockResult> StepAsync(CommandContext context, UnblockDesk desk, StateStore state, string reason, CancellationToken cancellationToken) =>
        desk.RefuseAsync(context.Value(_reference)!, reason, context.Actor, cancellationToken);
}

/// <summary><c>unblock grant URL --tier T</c>: opens a host unasked.</summary>
internal sealed class UnblockGrantCommand : UnblockStepCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "a host or an address on it; the whole host is opened, sub-domains included" };
    private readonly Option<string> _tier = new("--tier") { HelpName = "TIER", Description = "for whom", Required = true };
    private readonly HowLong _howLong = new();
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "the list folder that the gateway runs with, if it is not the starter lists" };

    /// <summary>Makes the command.</summary>
    public UnblockGrantCommand(CommandHost host) : base(host, "grant", $"Open a host for a tier without a request, for at most {UnblockDesk.LongestGrant.TotalHours} hours.",
        new CommandExample("filtergate unblock grant games.example --tier pupil --for 1h --reason \"chess club\"", "for an hour from now"),
        new CommandExample("filtergate unblock grant video.example --tier staff --until 15:00 --reason \"assembly\"", "until three o'clock"))
    {
        Arguments.Add(_url);
        Options.Add(_tier);
        _howLong.AddTo(this);
        Options.Add(_lists);
    }

    /// <inheritdoc/>
    protected override string Question(CommandContext context, StateStore state) => $"Open the host of {Masking.Url(context.Value(_url)!)} for {context.Value(_tier)}?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(CommandContext context, UnblockDesk desk, StateStore state, string reason, CancellationToken cancellationToken)
    {
        var duration = _howLong.Read(context);
        var inputs = GatewayInputs.Load(context, context.Value(_lists)?.FullName, state);
        var tier = inputs.Tier(context.Value(_tier)!, "--tier");
        return desk.GrantAsync(context.Value(_url)!, tier.Name, duration, reason, context.Actor, inputs.Policy, cancellationToken);
    }
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
        state.FindOverride(context.Value(_id)) is { } granted ? $"Close {granted.Site} for {granted.Audience.Label} again?" : "Revoke this override?";

    /// <inheritdoc/>
    protected override Task<UnblockResult> StepAsync(CommandContext context, UnblockDesk desk, StateStore state, string reason, CancellationToken cancellationToken) =>
        desk.RevokeAsync(context.Value(_id), reason, context.Actor, cancellationToken);
}
