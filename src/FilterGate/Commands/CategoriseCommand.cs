using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FilterGate.Lookup;
using FilterGate.Lookup.Rows;
using FilterGate.Settings;

namespace FilterGate.Commands;

/// <summary><c>categorise</c>: the categories of every address of a file, in its order. For other systems, and for a school that wonders what a log holds.</summary>
/// <remarks>The addresses are the caller's own file and are written as they stand in it, query strings too.</remarks>
internal sealed class CategoriseCommand : GatewayCommand
{
    private readonly Argument<string> _file = InputFile.Argument("addresses: one a line, CSV, or JSON lines");
    private readonly Option<string?> _format = new("--format") { HelpName = "lines|csv|jsonl", Description = "how the file is written; default is what its name says, else one address a line" };
    private readonly Option<string?> _column = new("--column") { HelpName = "N|NAME", Description = "the column of a CSV file, by number from 1 or by the name in its first row, or the key of JSON lines; default url" };
    private readonly Option<FileInfo?> _output = new("--output") { HelpName = "FILE", Description = "write there, whole or not at all, instead of to standard output" };
    private readonly Option<DirectoryInfo?> _lists = new("--lists") { HelpName = "DIR", Description = "look in lists in UT1/squidGuard layout, instead of those in force" };

    /// <summary>Makes the command.</summary>
    public CategoriseCommand(CommandHost host) : base(host, "categorise",
        "Find the categories of every address of a file: CSV (url,host,categories,list,error), or JSON lines for JSON lines or with --json. Addresses are written as the file has them. Illegal-content lists are never consulted: that would give them away.",
        new CommandExample("filtergate categorise urls.txt --output categories.csv", "one address a line"),
        new CommandExample("filtergate categorise log.csv --column address", "a column of a CSV file"),
        new CommandExample("jq -c '{url}' < log.json | filtergate categorise - --format jsonl", "in a pipe"))
    {
        _format.AcceptOnlyFromAmong("lines", "csv", "jsonl");
        Arguments.Add(_file);
        foreach (var option in (Option[])[_format, _column, _output, _lists]) Options.Add(option);
    }

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = context.Value(_file)!;
        var format = FormatOf(context.Value(_format), file);
        if (format == RowFormat.Lines && context.Value(_column) is not null) throw new UserErrorException("--column is for CSV and JSON lines; say --format csv or --format jsonl");
        await using var input = InputFile.Open(context, file);
        var lookup = new CategoryLookup(GatewayInputs.LoadLists(context, context.Value(_lists)?.FullName));
        var categoriser = new RowCategoriser(lookup, format, context.Value(_column), writesJson: format == RowFormat.JsonLines || context.Json);
        var start = context.Clock.GetTimestamp();
        RowCount count;
        try
        {
            count = context.Value(_output) is { } output
                ? await WriteFileAsync(output.FullName, write => WithBarAsync(context, input, progress => categoriser.RunAsync(input, write, progress, cancellationToken)), cancellationToken)
                : await WithBarAsync(context, input, progress => categoriser.RunAsync(input, bytes => context.Output.WriteAsync(Encoding.UTF8.GetString(bytes.Span)), progress, cancellationToken));
        }
        catch (IOException problem)
        {
            throw new UserErrorException($"{file} could not be read to its end, or what came of it not be written: {problem.Message}", inner: problem);
        }
        var elapsed = context.Clock.GetElapsedTime(start);
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"filtergate: {count.Rows:#,0} addresses in {elapsed.TotalSeconds:0.0} s: {count.Categorised:#,0} in a category, {count.Unread:#,0} could not be read. Lists {lookup.ListsVersion}; illegal-content lists are not consulted."));
        if (count.Rows > count.Unread) return ExitCode.Done;
        context.Error.WriteLine($"filtergate: nothing of {file} could be read as an address. Is it {format switch { RowFormat.Csv => "CSV, and that the column (--column)", RowFormat.JsonLines => "JSON lines, and that the key (--column)", _ => "one address a line (--format)" }}?");
        return ExitCode.Usage;
    }

    private static RowFormat FormatOf(string? given, string file) => (given ?? Path.GetExtension(file).TrimStart('.').ToLowerInvariant()) switch
    {
        "csv" => RowFormat.Csv,
        "jsonl" or "ndjson" => RowFormat.JsonLines,
        _ => RowFormat.Lines,
    };

    private static Task<RowCount> WithBarAsync(CommandContext context, Stream input, Func<IProgress<long>?, Task<RowCount>> run)
    {
        // How long standard input is nobody knows.
        if (!input.CanSeek) return run(null);
        var length = Math.Max(1, input.Length);
        return ProgressBar.RunAsync(context, "categorising", progress => run(progress is null ? null : new Share(progress, length)));
    }

    /// <summary>Under another name until it is whole: nobody takes half a file for the answer.</summary>
    private static async Task<RowCount> WriteFileAsync(string path, Func<Func<ReadOnlyMemory<byte>, Task>, Task<RowCount>> run, CancellationToken cancellationToken)
    {
        var part = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.part";
        try
        {
            RowCount count;
            await using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                count = await run(bytes => stream.WriteAsync(bytes, cancellationToken).AsTask());
            }
            File.Move(part, path, overwrite: true);
            return count;
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new UserErrorException($"--output: {path} cannot be written: {problem.Message}", inner: problem);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private sealed class Share(IProgress<double> progress, long length) : IProgress<long>
    {
        public void Report(long value) => progress.Report((double)value / length);
    }
}
