namespace FilterGate.EndToEnd.Tests.Seeds;

/// <summary>One line of a <c>decisions.txt</c>: what a founding policy asks, as one question and its answer.</summary>
/// <param name="Ask">Number of the point in the digest, such as <c>S3.8</c>.</param>
/// <param name="Who">A group; <c>person:ID@GROUP</c>; an address; <c>port:8083</c>, for anybody who comes in there.</param>
/// <param name="At">The school's local time, or null for now: such a row goes through the running gateway, the others through <c>check --at</c>.</param>
/// <param name="Address">What is asked for.</param>
/// <param name="Decision">As <c>check</c> spells it, or <c>refused</c>: no answer at all.</param>
/// <param name="Reason">As <c>check</c> spells it; null where the gateway may keep no record of it.</param>
public sealed record SeedRow(string Ask, string Who, string? At, string Address, string Decision, string? Reason)
{
    /// <summary>Reads a table: columns apart by two spaces or more, <c>-</c> for nothing, <c>#</c> for a remark.</summary>
    public static IReadOnlyList<SeedRow> ReadAll(string seed)
    {
        var rows = new List<SeedRow>();
        foreach (var line in File.ReadLines(SeedFiles.PathOf($"{seed}/decisions.txt")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var columns = line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (columns.Length != 6) throw new FormatException($"{seed}/decisions.txt: a row has six columns, not {columns.Length}: {line}");
            rows.Add(new SeedRow(columns[0], columns[1], OrNull(columns[2]), columns[3], columns[4], OrNull(columns[5])));
        }

        return rows;

        static string? OrNull(string text) => text == "-" ? null : text;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', new[] { Ask, Who, At, Address, Decision }.OfType<string>());
}
