using System.Text;
using CsvHelper;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.People;

/// <summary>A column that a file may have.</summary>
/// <param name="Name">As messages and exports call it.</param>
/// <param name="Aliases">What schools' records call it too.</param>
internal sealed record CsvColumn(string Name, params IReadOnlyList<string> Aliases);

/// <summary>One row: the cells of the known columns, by name, without blanks around them.</summary>
internal sealed record CsvLine(int Line, IReadOnlyDictionary<string, string> Cells)
{
    /// <summary>The cell, or null where it is empty or the file has no such column.</summary>
    public string? this[string column] => Cells.TryGetValue(column, out var cell) && cell.Length > 0 ? cell : null;
}

/// <summary>Reads a table that a school's records exported, and says everything that is wrong with it at once. Columns are known by their header, in any order.</summary>
/// <remarks>
/// UTF-8 with or without a byte order mark; separated by commas, or by semicolons or tabs where the header has no comma (a spreadsheet of another country). A cell that a spreadsheet would run as a formula is refused:
/// whoever exports the roster later would hand it on.
/// </remarks>
internal static class CsvTable
{
    /// <summary>Largest file: 20,000 rows of some hundred characters are 2 MiB.</summary>
    public const int BytesMax = 10 * 1024 * 1024;

    /// <summary>Most rows: a large trust.</summary>
    public const int RowsMax = 20_000;

    /// <summary>Longest cell, in characters.</summary>
    public const int CellLengthMax = 500;

    private const int ColumnsMax = 100;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads it.</summary>
    /// <param name="stream">The file; read to its end, or to a byte more than is allowed.</param>
    /// <param name="columns">The columns it may have.</param>
    /// <param name="required">Names of those it must have.</param>
    /// <param name="problems">Gets what is wrong.</param>
    /// <returns>The rows that could be read. With a problem that is no warning they are for finding more problems, not for use.</returns>
    public static IReadOnlyList<CsvLine> Read(Stream stream, IReadOnlyList<CsvColumn> columns, IReadOnlyCollection<string> required, InputProblems problems)
    {
        if (ReadText(stream, problems) is not { } bytes) return [];
        var malformed = new HashSet<int>();
        var options = new CsvReaderOptions
        {
            Separator = SeparatorOf(bytes.Span),
            // A name with a line end in it is a quote that was never closed: one must not swallow the rest.
            AllowLineBreaksInQuotes = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            IncludeValuesInExceptions = false,
            OnMalformedRecord = record =>
            {
                malformed.Add((int)record.LineNumber);
                problems.Wrong((int)record.LineNumber, null, Explain(record.Reason));
            },
        };
        using var reader = CsvReader.Create(bytes, options);
        reader.ReadHeader();
        if (ReadHeader(reader.Headers, columns, required, problems) is not { } places) return [];

        var rows = new List<CsvLine>();
        while (reader.Read())
        {
            var line = (int)reader.LineNumber;
            if (rows.Count == RowsMax)
            {
                problems.Wrong(line, null, $"there are more than {RowsMax:N0} rows; is it the right file?");
                break;
            }
            // Its cells are not where they belong: what is wrong with them would only confuse.
            if (malformed.Contains(line)) continue;
            var cells = Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetString(i).Trim()).ToArray();
            // A row that a spreadsheet leaves behind when its cells are emptied.
            if (cells.All(c => c.Length == 0)) continue;
            if (cells.Length != reader.Headers.Count)
            {
                problems.Wrong(line, null, $"the row has {cells.Length} cells and the header {reader.Headers.Count}; put a cell with a '{reader.Separator}' in it in \"quotes\", and leave empty cells empty");
                continue;
            }
            foreach (var (name, place) in places)
                if (WhyNot(cells[place]) is { } why) problems.Wrong(line, name, why);
            rows.Add(new CsvLine(line, places.ToDictionary(p => p.Key, p => cells[p.Value], StringComparer.Ordinal)));
        }
        if (rows.Count == 0 && problems.Mistakes == 0) problems.Wrong(0, null, "there are no rows below the header");
        return rows;
    }

    /// <summary>Why a text cannot be kept, as a clause; null where it can.</summary>
    public static string? WhyNot(string text)
    {
        if (text.Length > CellLengthMax) return $"longer than {CellLengthMax} characters";
        if (text is ['=' or '+' or '-' or '@', ..]) return $"begins with '{text[0]}', which a spreadsheet runs as a formula; write it without, or leave it empty";
        if (text.Contains('\ufffd', StringComparison.Ordinal)) return "has a '\ufffd', where an earlier program could not read a letter; export it from the school's records again, as UTF-8";
        return text.Any(char.IsControl) ? "has a character that cannot be seen; type it anew" : null;
    }

    private static ReadOnlyMemory<byte>? ReadText(Stream stream, InputProblems problems)
    {
        // One byte more than allowed: a file that grows, or a pipe without an end, must not fill the memory.
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (int read; buffer.Length <= BytesMax && (read = stream.Read(chunk)) > 0;) buffer.Write(chunk, 0, read);
        if (buffer.Length > BytesMax) return Refuse($"the file is larger than {BytesMax / 1024 / 1024} MiB; is it the right one?");

        ReadOnlyMemory<byte> bytes = buffer.ToArray();
        var span = bytes.Span;
        if (span.StartsWith("PK\u0003\u0004"u8)) return Refuse("this is a workbook (.xlsx or .ods), not a table in plain text; in the spreadsheet choose 'Save as', 'CSV UTF-8'");
        if (span is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] || span[..Math.Min(span.Length, 1024)].Contains((byte)0))
            return Refuse("the file is UTF-16 (a spreadsheet calls it 'Unicode text'); in the spreadsheet choose 'Save as', 'CSV UTF-8'");
        if (span.StartsWith("\ufeff"u8))
        {
            bytes = bytes[3..];
            span = bytes.Span;
        }
        try
        {
            _ = StrictUtf8.GetCharCount(span);
        }
        catch (DecoderFallbackException problem)
        {
            // The index counts from where the text begins.
            var line = 1 + span[..Math.Clamp(problem.Index, 0, span.Length)].Count((byte)'\n');
            return Refuse("a letter here is not UTF-8: the file is probably Windows-1252 (a spreadsheet calls it plain 'CSV'); in the spreadsheet choose 'Save as', 'CSV UTF-8'", line);
        }
        return span.IsEmpty ? Refuse("the file is empty") : bytes;

        ReadOnlyMemory<byte>? Refuse(string why, int line = 0)
        {
            problems.Wrong(line, null, why);
            return null;
        }
    }

    private static char SeparatorOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        var header = end < 0 ? bytes : bytes[..end];
        if (header.Contains((byte)',')) return ',';
        return header.Contains((byte)';') ? ';' : header.Contains((byte)'\t') ? '\t' : ',';
    }

    /// <summary>Where each known column is; null when one that must be there is not.</summary>
    private static Dictionary<string, int>? ReadHeader(IReadOnlyList<string> headers, IReadOnlyList<CsvColumn> columns, IReadOnlyCollection<string> required, InputProblems problems)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var mistakes = problems.Mistakes;
        var unknown = new List<string>();
        if (headers.Count > ColumnsMax)
        {
            problems.Wrong(1, null, $"there are {headers.Count} columns; the first line has the names of the columns, such as {string.Join(',', columns.Select(c => c.Name))}");
            return null;
        }
        for (var i = 0; i < headers.Count; i++)
        {
            var written = headers[i].Trim();
            var column = columns.FirstOrDefault(c => c.Aliases.Prepend(c.Name).Any(name => Spelt(name) == Spelt(written)));
            if (column is null) unknown.Add(written);
            else if (!places.TryAdd(column.Name, i)) problems.Wrong(1, column.Name, $"two columns are '{column.Name}' ('{headers[places[column.Name]].Trim()}' and '{written}'); take one away");
        }
        // A mistyped header that must be there is a mistake; any other column is only not for us.
        foreach (var name in required.Where(name => !places.ContainsKey(name)))
            problems.Wrong(1, null, $"there is no column '{name}'{(unknown.Count > 0 && Nearest.To(name, unknown) is { } near ? $"; is it '{near}'?" : "")} (the first line has the names of the columns: {string.Join(',', columns.Select(c => c.Name))})");
        if (problems.Mistakes > mistakes) return null;
        foreach (var written in unknown.Where(u => u.Length > 0))
            problems.Odd(1, null, $"the column '{Cut(written)}' is not used and not kept{Nearest.Suggestion(written, columns.Select(c => c.Name))}");
        return places;
    }

    // "Authorised by", "authorised_by" and "AuthorisedBy" are one.
    private static string Spelt(string header) => string.Concat(header.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    private static string Cut(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");

    private static string Explain(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.LineBreakInQuotes or CsvMalformedReason.UnterminatedQuote => "a quote (\") is opened and not closed on this line; close it, or write two for a quote that belongs to the cell",
        CsvMalformedReason.TextAfterClosingQuote => "there is text behind a closing quote (\"); write two quotes for one that belongs to the cell",
        _ => "there is a quote (\") within a cell; put the cell in quotes and write that one twice",
    };
}
