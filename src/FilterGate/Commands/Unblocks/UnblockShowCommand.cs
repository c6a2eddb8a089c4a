using System.CommandLine;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands.Unblocks;

/// <summary><c>unblock show REF</c>: one request, what opening it would mean, and its answer.</summary>
internal sealed class UnblockShowCommand : GatewayCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "the reference on the block page, such as K7Q4-M2XD" };
    private readonly Option<bool> _noFetch = new("--no-fetch") { Description = "do not read the page to find the other hosts that it needs" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "the list folder that the gateway runs with, if it is not the one in force" };

    /// <summary>Makes the command.</summary>
    public UnblockShowCommand(CommandHost host) : base(host, "show", "Show a request: who asked, for what, what opening it would mean, who answers, and the answer.",
        new CommandExample("filtergate unblock show K7Q4-M2XD", "any spelling will do: k7q4m2xd"),
        new CommandExample("filtergate unblock show K7Q4-M2XD --no-fetch", "without reading the page"))
    {
        Arguments.Add(_reference);
        Options.Add(_noFetch);
        Options.Add(_lists);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
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
        var policy = GatewayInputs.Load(context, context.Value(_lists)?.FullName, state).Policy;
        var preview = UnblockPreview.Of(request, state, policy, context.Clock.GetUtcNow());
        var next = request.IsOpen ? policy.Approvals.WhoDecides(request.Keys) : [];
        // A request that is answered, and a report, ask nobody to open anything.
        var page = context.Value(_noFetch) || !request.IsOpen || request.Route == RequestRoute.Report ? null : await PageNeedsReader.ReadAsync(context, request, policy, cancellationToken);
        if (context.Json) WriteJson(context, request, state, preview, page, next);
        else Write(context, request, state, preview, page, next, policy.Approvals);
        return ExitCode.Done;
    }

    private static void WriteJson(CommandContext context, UnblockRequest request, StateStore state, UnblockPreview preview, PageNeeds? page, IReadOnlyList<string> next) => context.WriteJson(new
    {
        Request = UnblockCommand.Row(request),
        Steps = state.StepsOf(request.Reference).Select(s => new { Time = UnblockCommand.Iso(s.Time), s.Step, Actor = Actor(s, request), s.Reason }),
        Next = next,
        Preview = new
        {
            Decision = preview.Decision.Verdict.Code(), Reason = preview.Decision.Reason.Code(), preview.Explanation, preview.Listings, preview.Bundles, preview.People, preview.Devices,
            Similar = preview.Similar.Select(s => new { s.Reference, Time = UnblockCommand.Iso(s.Time), s.Status, s.Route, s.DecisionReason }),
            Page = page is null ? null : new
            {
                page.Problem, page.IsPartial, page.HostsLeftOut,
                Hosts = page.Hosts.Select(h => new { h.Host, Kinds = PageNeeds.Say(h.Kinds), Blocked = h.IsBlocked, Overridable = h.IsOverridable, h.Category }),
                page.Also,
            },
        },
    });

    private static void Write(CommandContext context, UnblockRequest request, StateStore state, UnblockPreview preview, PageNeeds? page, IReadOnlyList<string> next, Approvals approvals)
    {
        var output = context.Output;
        string Local(DateTimeOffset time) => UnblockCommand.Local(context, time);
        output.WriteLine($"reference  {request.Reference}");
        output.WriteLine($"asked      {Local(request.Time)} from {request.Device ?? request.Client} ({request.Client}){(request.Class is null ? "" : $", {request.Class}")}");
        output.WriteLine($"route      {UnblockListCommand.Say(request.Route)}");
        output.WriteLine($"for        {Masking.Url(request.Url)}");
        output.WriteLine($"whom       {(request.Audience ?? Audience.ForTier(request.Tier)).LabelUnnamed}{(request.Until is { } until ? $", until {Local(until)}" : "")}");
        output.WriteLine($"tier       {request.Tier}{(request.Category is null ? "" : $", category {request.Category}")}");
        if (request.Note.Length > 0) output.WriteLine($"note       {request.Note}");
        foreach (var step in state.StepsOf(request.Reference).Skip(1)) output.WriteLine($"step       {Local(step.Time)} {UnblockStepWords.Say(step.Step)} by {Actor(step, request)}{(step.Reason is null ? "" : $": {step.Reason}")}");
        if (request.Agreed is { } agreed) output.WriteLine($"decided    {agreed.Site} for {agreed.Audience.LabelUnnamed} until {Local(agreed.Until)}");
        output.WriteLine($"answer     {UnblockListCommand.Say(request)}{(request.DecisionReason is null ? "" : $": {request.DecisionReason}")}");

        output.WriteLine($"now        {preview.Explanation}");
        foreach (var listing in preview.Listings) output.WriteLine($"listed     {listing.Category}: {listing.List} line {listing.Line}, {listing.Entry}");
        if (preview.Listings.Count == 0) output.WriteLine("listed     in no list");
        if (preview.Bundles.Count > 0) output.WriteLine($"bundles    {string.Join(", ", preview.Bundles)} (--site bundle:{preview.Bundles[0]} opens what the service needs)");
        if (page is not null) PageNeedsReader.Write(page, output, (request.Audience ?? Audience.ForTier(request.Tier)).LabelUnnamed);
        output.WriteLine($"concerns   {(preview.People == 1 ? "1 person" : $"{preview.People} people")} and {(preview.Devices == 1 ? "1 device" : $"{preview.Devices} devices")} of the roster");
        foreach (var similar in preview.Similar) output.WriteLine($"before     {Local(similar.Time)} {similar.Reference} {UnblockListCommand.Say(similar)}{(similar.DecisionReason is null ? "" : $": {similar.DecisionReason}")}");

        if (request.IsOpen && next.Count > 0) output.WriteLine($"next       {string.Join(" or ", next)}");
        if (request.IsOpen) output.WriteLine(HowToAnswer(request, approvals, page?.Also ?? []));
        else if (request.OverrideId is { } id) output.WriteLine($"override   {id}");
    }

    // A pupil's own step is theirs; whoever answers them does so in their office.
    private static string? Actor(RequestStepRecord step, UnblockRequest request) => step.Actor == request.Person ? Masking.Words(step.Actor) : step.Actor;

    private static string HowToAnswer(UnblockRequest request, Approvals approvals, IReadOnlyList<string> also) => request.Route switch
    {
        RequestRoute.Report => $"To answer: filtergate block {request.Host} --reason TEXT, then filtergate unblock refuse {request.Reference} --reason TEXT; or only the latter",
        RequestRoute.ForGood when request.Agreed is null => $"The {Approvals.Say(approvals.ForGood.DecidedBy)} decides first, on the site.",
        RequestRoute.Pupil when approvals.IsWritten && approvals.PupilsGoTo != approvals.Lesson.OpenedBy => $"To answer: filtergate unblock pass-on {request.Reference} --class CLASS --reason TEXT, or refuse",
        _ => $"To answer: filtergate unblock approve {request.Reference} --for 1h{string.Concat(also.Select(host => $" --also {host}"))} --reason TEXT, or refuse",
    };
}

/// <summary>How steps are said.</summary>
internal static class UnblockStepWords
{
    /// <summary>A step in a word or two.</summary>
    public static string Say(RequestStep step) => step switch
    {
        RequestStep.PassedOn => "passed on",
        RequestStep.Agreed => "decided for",
        RequestStep.Applied => "applied",
        _ => step.ToString().ToLowerInvariant(),
    };
}
