using System.Globalization;
using FilterGate.Lists.Sources;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists sources</c>: the catalogue, and what of it is in use.</summary>
internal sealed class ListsSourcesCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public ListsSourcesCommand(CommandHost host) : base(host, "sources", "Show what lists there are to fetch, which are in use, their licence, and why they are on or off.",
        new CommandExample("filtergate lists sources", "the catalogue"),
        new CommandExample("filtergate lists sources --json | jq 'select(.in_use)'", "what is in use, with its versions"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var sources = SchoolSources.Open(context);
        foreach (var status in sources.Status())
        {
            if (context.Json) context.WriteJson(Row(status));
            else Print(context, status);
        }
        return Task.FromResult(ExitCode.Done);
    }

    private static object Row(SourceStatus status) => new
    {
        status.Source.Id, status.Source.Name, status.IsInUse, status.Source.IsOnByDefault, status.Source.IsOwn, Format = status.Source.FormatName, status.Source.Category,
        Addresses = status.Source.Addresses.Select(a => a.AbsoluteUri), status.Source.Licence, status.Source.Purpose, status.Source.Reason, status.Source.Report,
        CadenceHours = status.Source.Cadence.TotalHours, status.IsStale, Version = status.State.InForce, status.State.Current?.Entries, Held = status.State.IsHeld, Refused = status.State.Refused?.Version,
        LastAttempt = UnblockCommand.Iso(status.State.LastAttempt), LastSuccess = UnblockCommand.Iso(status.State.LastSuccess), status.State.LastError,
        Versions = status.State.Versions.Select(v => new { v.Version, Fetched = UnblockCommand.Iso(v.Fetched), v.Entries, v.Digest, v.Address }),
    };

    private static void Print(CommandContext context, SourceStatus status)
    {
        var (source, state, paint, output) = (status.Source, status.State, context.Paint, context.Output);
        output.WriteLine($"{paint.Strong(source.Id)}  {(status.IsInUse ? paint.Good("in use") : paint.Faint("not in use"))}  {source.Name}");
        output.WriteLine($"  {source.Purpose} ({source.Category ?? source.FormatName}; {(source.IsOwn ? "the school's own" : source.Licence)})");
        output.WriteLine(paint.Faint($"  {source.Reason}"));
        if (state.Current is { } version) output.WriteLine($"  {version.Entries.ToString("#,0", CultureInfo.InvariantCulture)} entries, fetched {UnblockCommand.Local(context, version.Fetched)}{(state.IsHeld ? ", rolled back to by hand" : "")}; {(state.Versions.Length == 1 ? "1 version" : $"{state.Versions.Length} versions")} kept");
        if (source.Report is { } report) output.WriteLine(paint.Faint($"  a wrong entry is reported at {report}"));
        if (status.IsStale) output.WriteLine(paint.Careful($"  stale: the last update that succeeded was {(state.LastSuccess is { } last ? UnblockCommand.Local(context, last) : "never")}"));
        if (state.LastError is { } error) output.WriteLine(paint.Careful($"  last update: {error}"));
        output.WriteLine();
    }
}
