using System.Globalization;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists compile</c>: compiles all that was fetched anew, and puts it in force. Updates do that by themselves; by hand it mends compiled files that are broken.</summary>
internal sealed class ListsCompileCommand : GatewayCommand
{
    /// <summary>Makes the command.</summary>
    public ListsCompileCommand(CommandHost host) : base(host, "compile", "Compile the lists anew from what was fetched. What is in force stays until that is done.",
        new CommandExample("filtergate lists compile", "after lists verify has found something, or a change of the settings"),
        new CommandExample("filtergate lists compile --json | jq .bytes_per_entry", "what an entry takes in memory"))
    {
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var audit = ListsCommand.OpenAudit(context);
        var result = await ProgressBar.RunAsync(context, "compiling", progress => Task.FromResult(SchoolLists.Compile(context, isWhole: true, progress)));
        audit.Audit(context.Actor, "lists.compile", result.InForce.Version, null);

        var folder = GatewayInputs.ListsOf(context).Compiled;
        var bytes = new[] { result.InForce.Base, result.InForce.Added, result.InForce.Removed }.OfType<string>().Sum(name => new FileInfo(Path.Combine(folder, name + ".fgl")).Length);
        var bytesPerEntry = result.EntryCount == 0 ? 0 : Math.Round((double)bytes / result.EntryCount, 1);
        var report = result.Report;
        var (malformed, refused) = (report.Sources.Sum(s => s.MalformedCount), report.Sources.Sum(s => s.RefusedCount));
        if (context.Json)
        {
            context.WriteJson(new
            {
                result.InForce.Version, Lists = report.Sources.Count, Entries = result.EntryCount, Bytes = bytes, BytesPerEntry = bytesPerEntry, Seconds = Math.Round(result.Elapsed.TotalSeconds, 3),
                Malformed = malformed, Refused = refused, report.Warnings,
            });
            return ExitCode.Done;
        }
        context.Output.WriteLine($"{context.Paint.Good("compiled")}: {SchoolLists.Describe(result)}");
        context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {bytes:#,0} bytes in memory, {bytesPerEntry:0.0} an entry; {malformed:#,0} lines could not be used, {refused:#,0} of them because they would block far too much"));
        foreach (var warning in report.Warnings) context.Error.WriteLine($"filtergate: warning: {warning}");
        return ExitCode.Done;
    }
}
