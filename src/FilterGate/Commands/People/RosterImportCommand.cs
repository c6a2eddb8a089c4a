using System.CommandLine;
using System.Globalization;
using FilterGate.Policy.People;
using FilterGate.State;

namespace FilterGate.Commands.People;

/// <summary>Imports people or devices from a file of the school's records: all of it, or nothing.</summary>
/// <remarks>1. The file is read and checked; any mistake ends it. 2. What would change is worked out and, at a terminal, asked about. 3. It is changed in one transaction.</remarks>
internal abstract class RosterImportCommand<T> : GatewayCommand
    where T : class
{
    /// <summary>Of a list that loses more than half, and more than this many, somebody ought to look at the file again.</summary>
    private const int RemovedUnasked = 10;

    private readonly Argument<string> _file;
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "say what would change, and change nothing" };
    private readonly Option<bool> _removeMissing;
    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "why; kept with each change" };
    private readonly Option<bool> _agree = new("--agree") { Description = "remove even more than half" };
    private readonly Confirmation _confirmation = new();

    /// <summary>Makes the command.</summary>
    protected RosterImportCommand(CommandHost host, string what, string missing, params IReadOnlyList<CommandExample> examples)
        : base(host, "import", $"Take {what} from a file of the school's records (CSV, UTF-8, columns in any order): what is new is added, what differs is changed.", examples)
    {
        _file = InputFile.Argument("the file");
        _removeMissing = new Option<bool>("--remove-missing") { Description = $"remove {missing}; without it nobody and nothing is removed" };
        Arguments.Add(_file);
        Options.Add(_dryRun);
        Options.Add(_removeMissing);
        Options.Add(_agree);
        Options.Add(_reason);
        _confirmation.AddTo(this);
    }

    /// <summary>What is imported, of one and of many: person, people.</summary>
    protected abstract (string One, string Many) Words { get; }

    /// <summary>The columns it may have and those it must have.</summary>
    protected abstract (IReadOnlyList<CsvColumn> Columns, string[] Required) Table(CommandContext context);

    /// <summary>Checks the rows.</summary>
    protected abstract IReadOnlyList<T> Check(CommandContext context, SchoolRecords records, IReadOnlyList<CsvLine> rows, InputProblems problems);

    /// <summary>Applies what was checked, or says what would change.</summary>
    protected abstract ImportOutcome Apply(StateStore state, IReadOnlyList<T> checkedItems, RosterImport import);

    /// <inheritdoc/>
    protected sealed override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = context.Value(_file)!;
        var name = path == InputFile.Standard ? "standard input" : path;
        using var state = UnblockCommand.OpenState(context);
        var problems = new InputProblems();

        // Step 1: read and check.
        IReadOnlyList<T> items;
        var lines = new Dictionary<string, int>(RosterIds.Comparer);
        await using (var stream = InputFile.Open(context, path))
        {
            items = await ProgressBar.RunAsync(context, $"reading {Words.Many}", progress => Task.FromResult(Read(context, state, stream, problems, lines, progress)));
        }

        // Step 2: what would change?
        var import = new RosterImport(context.Value(_removeMissing), path == InputFile.Standard ? "standard input" : Path.GetFileName(path), context.Value(_reason), context.Actor, IsDryRun: true);
        var hasMistakes = problems.Mistakes > 0;
        var outcome = hasMistakes ? ImportOutcome.Nothing : Apply(state, items, import);
        foreach (var clash in outcome.Clashes) problems.Wrong(lines.GetValueOrDefault(clash.Id), null, clash.Message);
        RosterReport.WriteProblems(context, name, problems);
        if (problems.Mistakes > 0)
        {
            if (context.Json) RosterReport.WriteJson(context, name, ImportOutcome.Nothing, import, isApplied: false, problems);
            context.Error.WriteLine($"filtergate: {name} is not imported, and nothing has changed: {RosterReport.Count(problems.Mistakes, "mistake", "mistakes")}.");
            return ExitCode.Usage;
        }
        var isDryRun = context.Value(_dryRun);
        if (!isDryRun && import.RemoveMissing && outcome.Missing.Count > RemovedUnasked && outcome.Missing.Count * 2 > outcome.MissingAmong && !context.Value(_agree))
        {
            throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"{name} would remove {outcome.Missing.Count} of {outcome.MissingAmong} {Words.Many}: more than half. Is it the whole file? See --dry-run; if it is right, add --agree. Nothing has changed."), ExitCode.Refused);
        }
        if (!isDryRun && outcome.IsChange(import.RemoveMissing) && !_confirmation.IsGiven(context, RosterReport.Summary(outcome, import.RemoveMissing) + ". Do it?")) return ExitCode.Interrupted;

        // Step 3: change it.
        if (!isDryRun)
        {
            import = import with { IsDryRun = false };
            outcome = await ProgressBar.RunAsync(context, $"keeping {Words.Many}", _ => Task.FromResult(Apply(state, items, import)));
            // Somebody else was quicker, between the two.
            if (outcome.Clashes.Count > 0) throw new UserErrorException($"{name} is not imported: {outcome.Clashes[0].Message}. The roster has changed meanwhile; try again.");
        }
        if (context.Json) RosterReport.WriteJson(context, name, outcome, import, isApplied: !isDryRun, problems);
        else RosterReport.Write(context, outcome, import, Words.Many);
        return ExitCode.Done;
    }

    private IReadOnlyList<T> Read(CommandContext context, StateStore state, Stream stream, InputProblems problems, Dictionary<string, int> lines, IProgress<double>? progress)
    {
        var (columns, required) = Table(context);
        var rows = CsvTable.Read(stream, columns, required, problems);
        progress?.Report(0.5);
        var records = SchoolRecords.Load(context, state);
        foreach (var row in rows)
            if (row[columns[0].Name] is { } id) lines.TryAdd(id, row.Line);
        var items = Check(context, records, rows, problems);
        progress?.Report(1);
        return items;
    }
}

/// <summary>How an import is done.</summary>
internal sealed record RosterImport(bool RemoveMissing, string Source, string? Reason, string Actor, bool IsDryRun);

/// <summary>One changed person or device: what differs, names and log-in names hidden.</summary>
internal sealed record ChangedFields(string Id, IReadOnlyList<(string Field, string? Before, string? After)> Fields);

/// <summary>What an import changes, for people and devices alike.</summary>
/// <param name="Added">Ids of those that are new, with what they are.</param>
/// <param name="Changed">Those that differ.</param>
/// <param name="Missing">Ids of those that are not in the file.</param>
/// <param name="MissingAmong">Among how many.</param>
/// <param name="Unchanged">How many are as before.</param>
/// <param name="Clashes">What is in the way.</param>
internal sealed record ImportOutcome(
    IReadOnlyList<(string Id, string Says)> Added, IReadOnlyList<ChangedFields> Changed, IReadOnlyList<string> Missing, int MissingAmong, int Unchanged, IReadOnlyList<RosterClash> Clashes)
{
    /// <summary>Nothing at all.</summary>
    public static ImportOutcome Nothing { get; } = new([], [], [], 0, 0, []);

    /// <summary>True when something differs.</summary>
    public bool IsChange(bool removeMissing) => Added.Count + Changed.Count > 0 || (removeMissing && Missing.Count > 0);
}
