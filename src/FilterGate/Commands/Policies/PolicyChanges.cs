using System.Collections.Immutable;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Policies;

/// <summary>Shows what differs between two policies, to people and to scripts.</summary>
internal static class PolicyChanges
{
    /// <summary>The rows of <c>--json</c>; null where a text cannot be compared.</summary>
    public static object? Rows(ImmutableArray<PolicyChange>? changes) =>
        changes?.Select(c => new { c.Key, Change = c.Kind, c.Item, c.Before, c.After });

    /// <summary>Writes them, a heading for each key.</summary>
    public static void Write(CommandContext context, TextWriter output, ImmutableArray<PolicyChange>? changes)
    {
        var paint = context.Paint;
        if (changes is not { } known)
        {
            output.WriteLine("One of them is no YAML, so that only its lines can be compared: --text");
            return;
        }
        if (known.IsEmpty) output.WriteLine("They say the same; only comments, order or spelling may differ (--text shows the lines).");
        foreach (var ofKey in known.GroupBy(c => c.Key, StringComparer.Ordinal))
        {
            output.WriteLine(paint.Strong(ofKey.Key));
            foreach (var change in ofKey) output.WriteLine(Line(change, paint));
        }
    }

    private static string Line(PolicyChange change, Paint paint) => change.Kind switch
    {
        PolicyChangeKind.Added => paint.Good($"  + {ItemAnd(change, change.After)}"),
        PolicyChangeKind.Removed => paint.Bad($"  - {ItemAnd(change, change.Before)}"),
        PolicyChangeKind.Changed => paint.Careful($"  ~ {(change.Item is null ? "" : $"{change.Item}: ")}{change.Before} → {change.After}"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>An own entry is its own text; a category has a word beside it.</summary>
    private static string ItemAnd(PolicyChange change, string? text) =>
        change.Item is null || change.Item == text ? text ?? "" : text is ['{', ..] ? text : $"{change.Item}: {text}";
}
