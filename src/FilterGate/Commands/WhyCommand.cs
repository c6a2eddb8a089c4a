using System.CommandLine;
using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Settings;
using FilterGate.State;

namespace FilterGate.Commands;

/// <summary><c>why REFERENCE</c>: what <c>check</c> says, for a page that somebody was shown, with that day's policy and lists; and whether it would be so now.</summary>
internal sealed class WhyCommand : GatewayCommand
{
    private readonly Argument<string> _reference = new("REFERENCE") { Description = "the code on the page, such as K7Q4-M2XD, in any spelling" };
    private readonly RevealOptions _reveal = new();

    /// <summary>Makes the command.</summary>
    public WhyCommand(CommandHost host) : base(host, "why", "Say why a page was refused, by the code on it: with the policy and the lists of that day, and whether it would be so now.",
        new CommandExample("filtergate why K7Q4-M2XD", "why that page was refused; exit code 0 allowed, 3 blocked or warned, as check"),
        new CommandExample("filtergate why k7q4m2xd --json | jq .differs", "for a script: would it be otherwise now?"),
        new CommandExample("filtergate why K7Q4-M2XD --reveal --reason \"safeguarding case 12\"", "with the query string and the person; this is recorded"))
    {
        Arguments.Add(_reference);
        _reveal.AddTo(this);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = context.Value(_reference)!;
        var reference = Reference.Normalise(text) ?? throw new UserErrorException($"'{text}' is not a reference; it has eight letters and digits, such as K7Q4-M2XD");
        var e = EventPrinter.OpenReader(context).FindByReference(reference)
            ?? throw new UserErrorException($"there is no event with the reference {reference}: it may be mistyped, of another gateway, or older than events are kept");
        var isRevealed = (await EventPrinter.MakeAsync(context, _reveal, $"why {reference}{(e.Who is { } who ? $" of {who}" : "")}", cancellationToken)).IsRevealed;

        using var state = GatewayInputs.OpenStateIfThere(context);
        var isLocked = e.Reason == Reason.Locked;
        PastCase? past = null;
        // Of a hit on an illegal-content list there is nothing to ask again: its address was never written down.
        if (!isLocked && PastRequest.Of(e) is { } request) past = PastCase.Of(context, state, GatewayInputs.Load(context, listsFolder: null, state), e, in request);
        if (past?.Now is { Trace.Decision.Locked: not null } hit) await CheckCommand.RecordLockedAsync(context, hit.Question, hit.Policy, hit.Trace.Decision, "why", cancellationToken);

        if (!isRevealed) e = EventPrinter.Masked(e);
        var then = past?.Then is { } answer ? ResultOf(answer, past.AreListsKept ? null : e, isRevealed) : null;
        var now = past?.Now is { } today ? ResultOf(today, recorded: null, isRevealed).With(state?.ShadowAt(context.Clock.GetUtcNow()), today.Trace.Decision) : null;
        var differs = now is not null && (now.Decision != e.Decision?.Code() || now.Reason != e.Reason?.Code());
        if (context.Json) context.WriteJson(Row(e, past, then, now, differs));
        else Write(context, e, past, then, now, differs);
        return e.Decision is null or Verdict.Allow or Verdict.LogOnly ? ExitCode.Done : ExitCode.Blocked;
    }

    /// <summary>An answer as <c>check</c> gives it. Where that day's lists are gone, entries are those that the event recorded, never those of today's lists.</summary>
    private static CheckResult ResultOf(PastAnswer answer, FilterEvent? recorded, bool isRevealed)
    {
        var (policy, question, trace) = answer;
        var result = CheckResult.Of(policy, in question, trace, url => isRevealed ? url.ToString() : Masking.Url(url.ToString()));
        if (!isRevealed) result = result with { Person = Masking.Words(result.Person) };
        return recorded is null || trace.Decision.Locked is not null ? result : result with
        {
            List = recorded.List, Entry = recorded.Entry, Line = recorded.Line, ListsVersion = recorded.ListsVersion ?? result.ListsVersion,
            Matches = recorded is { List: { } list, Entry: { } entry } ? [new CheckMatch(list, entry, recorded.Line ?? 0, recorded.Category, recorded.ListVersion)] : [],
        };
    }

    // The keys and their order are a public interface; of a locked hit only the list and the hash of its entry are there.
    private static object Row(FilterEvent e, PastCase? past, CheckResult? then, CheckResult? now, bool differs) => new
    {
        e.Reference,
        Time = e.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        e.Kind,
        e.Client,
        e.Device,
        e.Person,
        e.Group,
        e.Tier,
        e.Method,
        Recorded = new
        {
            Decision = e.Decision?.Code(), Reason = e.Reason?.Code(), e.Category, e.List, e.Entry, e.EntryId, e.Line, e.ListVersion, e.Rule, e.PolicyVersion, e.ListsVersion,
        },
        Policy = past?.Version is { } version ? new { version.Number, version.Version, Time = version.ImportedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), version.Actor, version.Why } : null,
        ListsKept = past?.AreListsKept ?? false,
        Notes = past?.Notes ?? [],
        Then = then,
        Now = now,
        Differs = differs,
    };

    private static void Write(CommandContext context, FilterEvent e, PastCase? past, CheckResult? then, CheckResult? now, bool differs)
    {
        var output = context.Output;
        output.WriteLine($"{context.Paint.Strong(e.Reference ?? "")}  {Local(context, e.Time)}  {e.Method} for {Who(e)}");
        if (e.Reason == Reason.Locked)
        {
            output.WriteLine(context.Paint.Bad($"Blocked for everybody: it is on an illegal-content list ({e.List}). No setting, lesson or override opens it."));
            output.WriteLine();
            output.WriteLine($"  entry       {e.List}, hash {e.EntryId}{(e.Rule is null ? "" : $"  ({e.Rule})")}");
            output.WriteLine($"  policy      version {e.PolicyVersion}; lists {e.ListsVersion}");
            output.WriteLine("  Its address is on record nowhere.");
            return;
        }
        if (then is not null && past?.Then is { } answer) DecisionPrinter.Write(context, then, answer.Trace, PolicyLine(context, answer.Policy, past.Version), toOpen: null);
        else WriteRecord(context, e);
        foreach (var note in past?.Notes ?? []) output.WriteLine(context.Paint.Careful($"Note: {note}."));

        output.WriteLine();
        if (now is null || past?.Now is not { } today) output.WriteLine("Now: nothing can be said of this client.");
        else if (!differs) output.WriteLine($"{context.Paint.Strong("Now")}: the same.");
        else output.WriteLine($"{context.Paint.Strong("Now it would be otherwise")}: {DecisionPrinter.Sentence(context, today.Trace.Decision.Verdict, now.Explanation)}");
        if (now is not null) DecisionPrinter.WriteShadow(context, now);
    }

    /// <summary>What the event itself says, where it cannot be decided again.</summary>
    private static void WriteRecord(CommandContext context, FilterEvent e)
    {
        var output = context.Output;
        output.WriteLine(e.Decision is { } verdict ? DecisionPrinter.Sentence(context, verdict, $"On record: {verdict.Code()} ({e.Reason?.Code()}).") : $"On record: {e.Rule}");
        output.WriteLine();
        if (e.Url is { } url) output.WriteLine($"  address     {url}");
        if (e.Category is not null) output.WriteLine($"  categories  {e.Category}");
        if (e.Entry is not null) output.WriteLine($"  entry       {e.List}:{e.Line}  {e.Entry}{(e.ListVersion is null ? "" : $"  (list of {e.ListVersion})")}");
        if (e.Rule is not null) output.WriteLine($"  rule        {e.Rule}");
        output.WriteLine($"  policy      version {e.PolicyVersion}; lists {e.ListsVersion}");
    }

    private static string PolicyLine(CommandContext context, PolicySnapshot policy, PolicyVersion? version) => version is null
        ? $"{policy.School}, version {policy.Version}"
        : string.Create(CultureInfo.InvariantCulture, $"{policy.School}, policy {version.Number} ({version.Version}) of {Local(context, version.ImportedAt)} by {version.Actor}: {version.Why}");

    private static string Who(FilterEvent e) =>
        string.Join(", ", new[] { e.Tier is null ? null : $"tier {e.Tier}", e.Group is null ? null : $"group {e.Group}", e.Device ?? e.Client, e.Person }.OfType<string>());

    private static string Local(CommandContext context, DateTimeOffset time) =>
        TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
