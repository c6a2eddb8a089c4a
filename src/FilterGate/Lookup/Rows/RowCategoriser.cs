using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FilterGate.Commands;
using FilterGate.Matching;

namespace FilterGate.Lookup.Rows;

/// <summary>How many rows there were.</summary>
/// <param name="Rows">All.</param>
/// <param name="Unread">Rows that are no address.</param>
/// <param name="Categorised">Addresses in a category.</param>
internal readonly record struct RowCount(long Rows, long Unread, long Categorised)
{
    /// <summary>Both together.</summary>
    public static RowCount operator +(RowCount a, RowCount b) => new(a.Rows + b.Rows, a.Unread + b.Unread, a.Categorised + b.Categorised);
}

/// <summary>Finds the categories of every address of a file, in its order, on all cores.</summary>
/// <remarks>Memory does not grow with the file: at most two blocks a core are on their way, each of <see cref="RowBlocks.BlockLengthDefault"/> bytes and what is written of them.</remarks>
/// <param name="lookup">What the lists know.</param>
/// <param name="format">How the file is written.</param>
/// <param name="column">Which column or key has the address: a number from 1 or a name of the first row for CSV, a key for JSON; null for <c>url</c>, and for CSV without such a column the first.</param>
/// <param name="writesJson">True for JSON lines, false for CSV.</param>
internal sealed class RowCategoriser(CategoryLookup lookup, RowFormat format, string? column, bool writesJson)
{
    private const string KeyDefault = "url";

    // As many sets as lists with a hundred categories have; beyond that a set is written anew each time.
    private const int SetsRemembered = 4096;

    private readonly ConcurrentDictionary<CategorySet, IReadOnlyList<string>> _slugs = new();

    /// <summary>Reads a file to its end.</summary>
    /// <param name="input">The file.</param>
    /// <param name="write">Takes what is written, in order.</param>
    /// <param name="progress">Told how many bytes are done, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UserErrorException">The file has no such column.</exception>
    public async Task<RowCount> RunAsync(Stream input, Func<ReadOnlyMemory<byte>, Task> write, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var blocks = new RowBlocks(input, isQuoted: format == RowFormat.Csv);
        var onTheirWay = new Queue<(Task<(RowWriter Writer, RowCount Count)> Work, long Position)>();
        var total = default(RowCount);
        var columnIndex = -1;
        if (!writesJson) await write(RowWriter.CsvHead);
        while (await blocks.NextAsync(cancellationToken) is { } block)
        {
            var bytes = block.Bytes;
            if (columnIndex < 0)
            {
                if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
                (columnIndex, var headLength) = format == RowFormat.Csv && !block.IsCut ? ColumnOf(bytes.Span) : (0, 0);
                bytes = bytes[headLength..];
            }
            var (at, isCut) = (columnIndex, block.IsCut);
            onTheirWay.Enqueue((Task.Run(() => Categorise(bytes.Span, isCut, at), cancellationToken), block.Position));
            if (onTheirWay.Count >= 2 * Environment.ProcessorCount) await FinishOneAsync();
        }
        while (onTheirWay.Count > 0) await FinishOneAsync();
        return total;

        async Task FinishOneAsync()
        {
            var (work, position) = onTheirWay.Dequeue();
            var (writer, count) = await work;
            await write(writer.Written);
            total += count;
            progress?.Report(position);
        }
    }

    /// <summary>Which column of a CSV file has the address, from 0, and how long the row is that names the columns, where there is one.</summary>
    private (int Column, int HeadLength) ColumnOf(ReadOnlySpan<byte> bytes)
    {
        if (int.TryParse(column, out var number)) return number >= 1 ? (number - 1, 0) : throw new UserErrorException("--column counts from 1");
        var rows = new CsvRows(bytes);
        var names = rows.MoveNext() ? rows.Fields() : [];
        var index = names.FindIndex(n => n.Trim().Equals(column ?? KeyDefault, StringComparison.OrdinalIgnoreCase));
        if (index >= 0) return (index, Math.Min(rows.Position, bytes.Length));
        if (column is null) return (0, 0);
        throw new UserErrorException($"--column: the first row names no column '{column}' (it has: {string.Join(", ", names.Take(20))}); a number from 1 names one too");
    }

    private (RowWriter Writer, RowCount Count) Categorise(ReadOnlySpan<byte> bytes, bool isCut, int columnIndex)
    {
        var writer = new RowWriter(writesJson);
        var count = default(RowCount);
        if (isCut)
        {
            count = Fail(writer, bytes, $"longer than {RowBlocks.BlockLengthDefault} bytes");
            return (writer, count);
        }
        if (format == RowFormat.Csv)
        {
            var rows = new CsvRows(bytes);
            while (rows.MoveNext())
            {
                if (rows.Row.Trim(" \t"u8).IsEmpty) continue;
                if (rows.IsBroken) count += Fail(writer, rows.Row, "a quote is never closed");
                else if (!rows.TryGetField(columnIndex, out var field)) count += Fail(writer, rows.Row, $"has no column {columnIndex + 1}");
                else count += Categorise(writer, field);
            }
            return (writer, count);
        }
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = (end < 0 ? bytes : bytes[..end]).Trim(" \t\r"u8);
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (line.IsEmpty) continue;
            if (format == RowFormat.Lines) count += Categorise(writer, line);
            else if (TryReadKey(line, out var address, out var why)) count += Categorise(writer, address);
            else count += Fail(writer, line, why);
        }
        return (writer, count);
    }

    private RowCount Categorise(RowWriter writer, ReadOnlySpan<byte> address)
    {
        if (!Utf8.IsValid(address)) return Fail(writer, address, "not UTF-8 text");
        return Categorise(writer, Encoding.UTF8.GetString(address));
    }

    private RowCount Categorise(RowWriter writer, string address)
    {
        if (!CanonicalUrl.TryParse(address, out var url, out var why))
        {
            writer.Write(address, host: null, [], list: null, why);
            return new(1, 1, 0);
        }
        var categories = lookup.Classify(url);
        writer.Write(address, url.Host, SlugsOf(categories), categories.IsEmpty ? null : lookup.Explain(url) is [var first, ..] ? first.List : null, error: null);
        return new(1, 0, categories.IsEmpty ? 0 : 1);
    }

    private static RowCount Fail(RowWriter writer, ReadOnlySpan<byte> row, string why)
    {
        writer.Write(Encoding.UTF8.GetString(row), host: null, [], list: null, why);
        return new(1, 1, 0);
    }

    private bool TryReadKey(ReadOnlySpan<byte> line, out string address, out string why)
    {
        (address, why) = ("", $"no JSON object with a text '{column ?? KeyDefault}'");
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isIt = json.ValueTextEquals(column ?? KeyDefault);
                json.Read();
                if (isIt && json.TokenType == JsonTokenType.String)
                {
                    address = json.GetString()!;
                    return true;
                }
                json.Skip();
            }
            return false;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            why = "no JSON object";
            return false;
        }
    }

    private IReadOnlyList<string> SlugsOf(in CategorySet set)
    {
        if (_slugs.TryGetValue(set, out var known)) return known;
        var slugs = lookup.Slugs(set);
        if (_slugs.Count < SetsRemembered) _slugs.TryAdd(set, slugs);
        return slugs;
    }
}
