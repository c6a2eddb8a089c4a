using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary>One source in use, as <c>lists status --json</c> shows it.</summary>
internal sealed record SourceRow(string Id, string? Version, long? Entries, string? LastAttempt, string? LastSuccess, bool Stale, bool Held, string? Refused, string? LastError);

/// <summary>How the sources that the school uses stand.</summary>
/// <param name="Met">False when one is stale: three times its cadence without a success.</param>
/// <param name="Sources">Each source in use.</param>
internal sealed record SourcesStatus(bool Met, IReadOnlyList<SourceRow> Sources) : IListsStatusSection
{
    /// <inheritdoc/>
    string IListsStatusSection.Name => "sources";

    /// <summary>Looks at the state of each; asks no network.</summary>
    public static SourcesStatus Of(CommandContext context)
    {
        using var sources = SchoolSources.Open(context);
        SourceRow[] rows =
        [
            .. sources.Status().Where(s => s.IsInUse).Select(s => new SourceRow(
                s.Source.Id, s.State.InForce, s.State.Current?.Entries, UnblockCommand.Iso(s.State.LastAttempt), UnblockCommand.Iso(s.State.LastSuccess), s.IsStale, s.State.IsHeld, s.State.Refused?.Version, s.State.LastError)),
        ];
        return new(rows.All(r => !r.Stale), rows);
    }

    /// <inheritdoc/>
    public void Write(CommandContext context)
    {
        var (output, paint) = (context.Output, context.Paint);
        output.WriteLine(paint.Strong("Sources"));
        if (Sources.Count == 0) output.WriteLine("  none in use: filtergate lists sources shows what there is, filtergate lists update ID fetches one");
        foreach (var source in Sources)
        {
            var text = $"  {source.Id}: {(source.Version is null ? "never fetched" : $"{source.Entries} entries, version {source.Version}")}, last success {source.LastSuccess ?? "never"}{(source.Held ? ", held after a roll-back" : "")}";
            output.WriteLine(source.Stale ? paint.Careful(text + ": stale") : source.Version is null ? paint.Careful(text) : text);
            if (source.Refused is not null) output.WriteLine(paint.Careful($"    {source.Refused} waits for a person: filtergate lists diff {source.Id}, then filtergate lists update {source.Id} --agree"));
            if (source.LastError is not null) output.WriteLine(paint.Careful($"    last update: {source.LastError}"));
        }
    }
}
