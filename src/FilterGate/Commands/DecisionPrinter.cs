using System.Globalization;
using FilterGate.Policy;

namespace FilterGate.Commands;

/// <summary>Shows a decision to people: a sentence for the lead, the steps for the technician. <c>check</c> and <c>why</c> look alike.</summary>
internal static class DecisionPrinter
{
    /// <summary>Shows the whole answer.</summary>
    /// <param name="context">The run.</param>
    /// <param name="result">The answer, masked as it is to be.</param>
    /// <param name="trace">The same with its steps.</param>
    /// <param name="policy">Which policy decided.</param>
    /// <param name="toOpen">How the site could be opened, or null where that is not the question.</param>
    public static void Write(CommandContext context, CheckResult result, DecisionTrace trace, string policy, string? toOpen = "filtergate unblock grant (for a time, with a reason)")
    {
        var output = context.Output;
        output.WriteLine(Sentence(context, trace.Decision.Verdict, result.Explanation));
        WriteShadow(context, result);
        output.WriteLine();
        if (result.Url is not null) output.WriteLine($"  address     {result.Url}{(result.Seen == "host" ? "  (host only: this tier does not read HTTPS of it)" : "")}");
        if (result.Embedded is not null) output.WriteLine($"  within it   {result.Embedded}  (its answer is the stricter; the steps below are the ones for it)");
        if (result.Group is not null || result.Place is not null) output.WriteLine($"  for         {string.Join(", ", ((string?[])[result.Group is null ? null : $"group {result.Group}", result.Place is null ? null : $"place {result.Place}", $"tier {result.Tier}"]).OfType<string>())}");
        if (result.Categories.Count > 0) output.WriteLine($"  categories  {string.Join(", ", result.Categories)}");
        if (result.EntryId is not null) output.WriteLine($"  entry       {result.List}, hash {result.EntryId}");
        foreach (var match in result.Matches ?? []) output.WriteLine($"  entry       {match.List}:{match.Line}  {match.Entry}{(match.Version is null ? "" : $"  (list of {match.Version})")}");
        output.WriteLine($"  policy      {policy}; lists {result.ListsVersion}");
        if (result.Overridable && toOpen is not null) output.WriteLine($"  to open it  {toOpen}");
        output.WriteLine();
        WriteSteps(context, trace);
    }

    /// <summary>That a refusal is not carried out, where it is not.</summary>
    public static void WriteShadow(CommandContext context, CheckResult result)
    {
        if (result.ShadowUntil is { } until)
            context.Output.WriteLine(context.Paint.Careful($"Shadow mode, until {TimeZoneInfo.ConvertTime(until, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}: the gateway lets it through and records that the policy says so."));
    }

    /// <summary>A sentence in the colour of its verdict.</summary>
    public static string Sentence(CommandContext context, Verdict verdict, string text) => verdict switch
    {
        Verdict.Allow or Verdict.LogOnly => context.Paint.Good(text),
        Verdict.Warn => context.Paint.Careful(text),
        _ => context.Paint.Bad(text),
    };

    private static void WriteSteps(CommandContext context, DecisionTrace trace)
    {
        var paint = context.Paint;
        context.Output.WriteLine(paint.Strong("Steps, in order; the first that answers holds:"));
        foreach (var (step, outcome, text) in trace.Steps)
        {
            var mark = outcome == StepOutcome.Decided ? "=>" : "  ";
            var line = $"{mark} {step.Number,2}  {step.Name,-36}  {text}";
            context.Output.WriteLine(outcome switch { StepOutcome.Decided => paint.Strong(line), StepOutcome.Passed => line, _ => paint.Faint(line) });
        }
    }
}
