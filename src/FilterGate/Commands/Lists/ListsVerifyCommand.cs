using System.Globalization;
using FilterGate.Settings;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists verify</c>: checks the compiled lists byte by byte, and looks entries up in them as a request would be.</summary>
internal sealed class ListsVerifyCommand : GatewayCommand
{
    private const int SampleSize = 1000;

    /// <summary>Makes the command.</summary>
    public ListsVerifyCommand(CommandHost host) : base(host, "verify", "Check the compiled lists: digest, references, and a thousand entries looked up. Exit code 1 when something is wrong.",
        new CommandExample("filtergate lists verify", "after a power cut, or from a timer"),
        new CommandExample("filtergate lists verify --json | jq -r '.problems[]'", "what is wrong, a line each"))
    {
    }

    /// <inheritdoc/>
    protected override Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var store = SchoolLists.StoreOf(context);
        var problems = store.Verify().ToList();
        var inForce = problems.Count == 0 ? store.InForce() : null;
        var (entries, tried, version) = (0, 0, inForce?.Version);
        var missing = inForce?.Files.Where(f => !File.Exists(f.Path)).Select(f => f.List).ToArray() ?? [];
        if (inForce is not null)
        {
            var lists = GatewayInputs.LoadLists(context, listsFolder: null).Categories;
            entries = lists.EntryCount;
            foreach (var matcher in lists.Matchers)
            {
                var lost = matcher.FindUnreachable(SampleSize, out var triedHere);
                tried += triedHere;
                if (lost.Length > 0) problems.Add($"{Number(lost.Length)} of {Number(triedHere)} entries tried are not found, the first is {lost[0].List}:{lost[0].Line}");
            }
        }

        if (context.Json) context.WriteJson(new { Good = problems.Count == 0, IsCompiled = inForce is not null || problems.Count > 0, Version = version, Entries = entries, Tried = tried, Problems = problems, MissingSources = missing });
        else Write(context, problems, version, entries, tried, missing);
        return Task.FromResult(problems.Count == 0 ? ExitCode.Done : ExitCode.OurFault);
    }

    private static void Write(CommandContext context, List<string> problems, string? version, int entries, int tried, string[] missing)
    {
        var (output, paint) = (context.Output, context.Paint);
        foreach (var problem in problems) output.WriteLine($"{paint.Bad("broken")}: {problem}");
        if (problems.Count > 0) output.WriteLine("Run filtergate lists compile: it makes them anew from what was fetched. A gateway that runs keeps what it has until then.");
        else if (version is null) output.WriteLine("Nothing was compiled here: the small starter lists of the program are in force. filtergate lists update fetches full ones.");
        else output.WriteLine($"{paint.Good("good")}: {Number(entries)} entries, version {version}; digest, references and provenance are right, and {Number(tried)} entries looked up were found");
        // The compiled form decides and is whole; but what it was made of is wanted when it is made again.
        if (missing.Length > 0) context.Error.WriteLine($"filtergate: warning: files that were compiled are gone ({string.Join(", ", missing.Take(3))}{(missing.Length > 3 ? ", …" : "")}); run filtergate lists update before the next lists compile.");
    }

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
