using System.Globalization;

namespace FilterGate.Commands.People;

/// <summary>Says what an import changes and what is wrong with it; ids only, never names.</summary>
internal static class RosterReport
{
    /// <summary>So many of each kind are listed for people; <c>--json</c> has them all.</summary>
    private const int ListedMax = 50;

    /// <summary>Writes problems as <c>file:line: column: message</c>, in the order of the file.</summary>
    public static void WriteProblems(CommandContext context, string name, InputProblems problems)
    {
        foreach (var problem in problems.Take(ListedMax))
            context.Error.WriteLine($"{Place(name, problem)}: {(problem.IsWarning ? "warning" : "mistake")}: {(problem.Column is null ? "" : $"{problem.Column}: ")}{problem.Message}");
        if (problems.Total > ListedMax) context.Error.WriteLine($"filtergate: and {problems.Total - ListedMax:N0} further ones; --json lists up to {InputProblems.KeptMax:N0} of each kind");
    }

    /// <summary>Writes what changed, or would.</summary>
    public static void Write(CommandContext context, ImportOutcome outcome, RosterImport import, string many)
    {
        var output = context.Output;
        List(output, outcome.Added, item => context.Paint.Good($"+ {item.Id}") + $"  {item.Says}");
        List(output, outcome.Changed, item => context.Paint.Careful($"~ {item.Id}") + $"  {string.Join(", ", item.Fields.Select(Say))}");
        if (import.RemoveMissing) List(output, outcome.Missing, id => context.Paint.Bad($"- {id}"));
        output.WriteLine($"{Summary(outcome, import.RemoveMissing)}.{(import.IsDryRun ? " This was a dry run: nothing has changed." : "")}");
        if (!import.RemoveMissing && outcome.Missing.Count > 0)
            output.WriteLine($"{outcome.Missing.Count} {many} of the roster are not in the file and stay; --remove-missing removes them ({string.Join(", ", outcome.Missing.Take(5))}{(outcome.Missing.Count > 5 ? ", …" : "")}).");
    }

    /// <summary>The same as one object.</summary>
    public static void WriteJson(CommandContext context, string name, ImportOutcome outcome, RosterImport import, bool isApplied, InputProblems problems) => context.WriteJson(new
    {
        File = name,
        Applied = isApplied,
        Added = outcome.Added.Select(a => a.Id),
        Changed = outcome.Changed.Select(c => new { c.Id, Fields = c.Fields.Select(f => new { f.Field, f.Before, f.After }) }),
        Removed = import.RemoveMissing ? outcome.Missing : [],
        Missing = import.RemoveMissing ? [] : outcome.Missing,
        outcome.Unchanged,
        Problems = problems.Select(p => new { Line = p.Line == 0 ? (int?)null : p.Line, p.Column, Severity = p.IsWarning ? "warning" : "mistake", p.Message }),
    });

    /// <summary>Counts of an outcome as a sentence without its full stop.</summary>
    public static string Summary(ImportOutcome outcome, bool removeMissing) => string.Create(CultureInfo.InvariantCulture,
        $"{outcome.Added.Count} added, {outcome.Changed.Count} changed, {(removeMissing ? outcome.Missing.Count : 0)} removed, {outcome.Unchanged} as before");

    /// <summary>A number with its noun.</summary>
    public static string Count(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    /// <summary>A changed field in words.</summary>
    public static string Say((string Field, string? Before, string? After) field) => field.Before == Masking.Hidden || field.After == Masking.Hidden ? $"{field.Field} changed" : $"{field.Field} {field.Before ?? "none"} → {field.After ?? "none"}";

    private static string Place(string name, InputProblem problem) => problem.Line == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{problem.Line}");

    private static void List<T>(TextWriter output, IReadOnlyList<T> items, Func<T, string> say)
    {
        foreach (var item in items.Take(ListedMax)) output.WriteLine(say(item));
        if (items.Count > ListedMax) output.WriteLine($"  … and {items.Count - ListedMax:N0} more; --json lists them");
    }
}
