using CsvHelper;

namespace FilterGate.Commands.People;

/// <summary>Writes a table for spreadsheets and for other programs (<see href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</see>).</summary>
/// <remarks>A cell that a spreadsheet would run as a formula gets an apostrophe before it: a reason such as <c>=cmd|…</c> must not run at the head's desk.</remarks>
internal static class CsvOutput
{
    private static readonly CsvWriterOptions Form = new() { Injection = CsvInjection.Escape, NewLine = "\r\n" };

    /// <summary>Writes a header and rows.</summary>
    public static void Write(TextWriter output, string[] header, IEnumerable<string?[]> rows)
    {
        using var writer = CsvWriter.Create(output, Form, leaveOpen: true);
        writer.WriteHeader(header);
        foreach (var row in rows)
        {
            foreach (var cell in row) writer.WriteField(cell ?? "");
            writer.EndRecord();
        }
        writer.Flush();
    }
}
