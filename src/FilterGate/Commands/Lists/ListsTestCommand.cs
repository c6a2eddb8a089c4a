using System.CommandLine;
using System.Globalization;
using FilterGate.Lists;
using FilterGate.Lists.Formats;
using FilterGate.Lists.Sources;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Lists;

/// <summary><c>lists test</c>: reads a file as a list and says what would come of it. Nothing takes force.</summary>
internal sealed class ListsTestCommand : GatewayCommand
{
    private const int ShownDefault = 10;

    private readonly Argument<string> _file = InputFile.Argument("the list");
    private readonly Option<string?> _format = new("--format") { HelpName = "FORMAT", Description = "how it is written; default is a guess from its name and its first lines" };
    private readonly Option<string?> _category = new("--category") { HelpName = "SLUG", Description = "the category it would be in; in one that every tier allows nothing is refused" };
    private readonly Option<int> _limit = new("--limit") { HelpName = "N", Description = $"most bad lines shown (default {ShownDefault})", DefaultValueFactory = _ => ShownDefault };

    /// <summary>Makes the command.</summary>
    public ListsTestCommand(CommandHost host) : base(host, "test", "Read a file as a list would be loaded: entries, bad lines with the reason, what would be refused. Nothing takes force.",
        new CommandExample("filtergate lists test ours.txt", "before the school's own list is published"),
        new CommandExample("curl -s https://lists.county.example/hosts | filtergate lists test - --format hosts", "before a source is added"),
        new CommandExample("filtergate lists test gov.txt --category government --json", "for a script; exit code 2 when nothing of it can be used"))
    {
        _format.AcceptOnlyFromAmong([.. Formats.Keys]);
        Arguments.Add(_file);
        foreach (var option in (Option[])[_format, _category, _limit]) Options.Add(option);
    }

    /// <summary>Formats of a single list by the names that the catalogue and the settings have for them.</summary>
    private static Dictionary<string, ListFormat> Formats { get; } = CatalogueSource.FormatNames
        .Select(name => (Name: name, IsKnown: CatalogueSource.TryParseFormat(name, out var layout, out var format), Layout: layout, Format: format))
        .Where(f => f.IsKnown && f.Layout == SourceLayout.List).ToDictionary(f => f.Name, f => f.Format, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = context.Value(_file)!;
        var category = context.Value(_category) is { } slug
            ? ListLoader.ShippedTaxonomy.Find(slug) ?? throw new UserErrorException($"--category: '{slug}' is no category{Nearest.Suggestion(slug, ListLoader.ShippedTaxonomy.Categories.Select(c => c.Slug))}")
            : null;
        ListFormat? format = context.Value(_format) is { } name ? Formats[name] : null;
        ListTrial trial;
        await using (var stream = InputFile.Open(context, file))
        {
            try
            {
                trial = ListTrial.Run(stream, file, format, category, file == InputFile.Standard ? null : Path.GetDirectoryName(Path.GetFullPath(file)));
            }
            catch (IOException problem)
            {
                throw new UserErrorException($"{file} cannot be read: {problem.Message}", inner: problem);
            }
        }
        var shown = trial.Errors.Take(Math.Max(0, context.Value(_limit))).ToArray();
        if (context.Json)
            context.WriteJson(new
            {
                File = file, Format = NameOf(trial.Format), FormatGuessed = trial.IsFormatGuessed, Category = category?.Slug, trial.OwnCategory, trial.InsteadOfList,
                Entries = trial.EntryCount, Hosts = trial.HostCount, Paths = trial.PathCount, Ranges = trial.NetworkCount, Patterns = trial.PatternCount, Exceptions = trial.ExceptionCount,
                Malformed = trial.MalformedCount, Refused = trial.RefusedCount, trial.LeftOut, Errors = shown.Select(e => new { e.Line, e.Text, e.Why }),
            });
        else Write(context, file, trial, shown);
        return trial.EntryCount > 0 ? ExitCode.Done : ExitCode.Usage;
    }

    private static void Write(CommandContext context, string file, ListTrial trial, ListSyntaxError[] shown)
    {
        var (output, paint) = (context.Output, context.Paint);
        var how = $"read as {NameOf(trial.Format)}{(trial.IsFormatGuessed ? ", a guess: --format says it for sure" : "")}";
        if (trial.EntryCount == 0)
            context.Error.WriteLine($"filtergate: nothing of {file} can be used ({how}){(trial.InsteadOfList is { } instead ? $": it {instead}" : "")}");
        else
            output.WriteLine($"{paint.Good($"{Number(trial.EntryCount)} entries")} ({how}): {Number(trial.HostCount)} hosts, {Number(trial.PathCount)} with a path, {Number(trial.NetworkCount)} ranges, {Number(trial.PatternCount)} expressions"
                + (trial.ExceptionCount > 0 ? $"; {Number(trial.ExceptionCount)} of them exceptions" : ""));
        if (trial.OwnCategory is { } own) output.WriteLine($"  It calls its category {own}.");
        foreach (var (why, count) in trial.LeftOut) output.WriteLine(paint.Faint($"  left out: {Number(count)} lines: {why}"));
        if (trial.MalformedCount == 0) return;
        output.WriteLine(paint.Careful($"{Number(trial.MalformedCount)} lines cannot be used{(trial.RefusedCount > 0 ? $", {Number(trial.RefusedCount)} of them because they would block far too much" : "")}; the rest would load:"));
        foreach (var error in shown) output.WriteLine($"  line {error.Line}: {error.Why}{(error.Text.Length == 0 ? "" : $": {error.Text}")}");
        if (trial.MalformedCount > shown.Length) output.WriteLine(paint.Faint($"  and {Number(trial.MalformedCount - shown.Length)} more"));
    }

    private static string NameOf(ListFormat format) => Formats.First(f => f.Value == format).Key;

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
