using System.Text;

namespace FilterGate.Review.Site;

/// <summary>Writes a table that people open with a spreadsheet (RFC 4180). No cell of ours is a formula: what begins like one gets an apostrophe before it, <see href="https://owasp.org/www-community/attacks/CSV_Injection">as OWASP advises</see>.</summary>
internal static class Csv
{
    private const string FormulaSigns = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create("\",\r\n;\t");

    /// <summary>Adds a row.</summary>
    public static void Row(StringBuilder table, params ReadOnlySpan<string?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) table.Append(',');
            Cell(table, cells[i] ?? "");
        }
        table.Append("\r\n");
    }

    private static void Cell(StringBuilder table, string cell)
    {
        // Blanks before a formula do not make it harmless in every spreadsheet.
        if (cell.TrimStart(' ') is [var first, ..] && FormulaSigns.Contains(first, StringComparison.Ordinal)) cell = "'" + cell;
        if (!cell.AsSpan().ContainsAny(Quoted)) table.Append(cell);
        else table.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}
