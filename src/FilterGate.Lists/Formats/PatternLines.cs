using FilterGate.Matching;

namespace FilterGate.Lists.Formats;

/// <summary>One regular expression over host, path and query a line: squidGuard's and UT1's <c>expressions</c>. Also keeps the account of a list's expressions for the other formats.</summary>
internal sealed class PatternLines(IEntrySink sink) : ILineParser
{
    private const string TooMany = "more than 2,000 expressions: each costs time on every request";

    private int _count;

    public void Read(ReadOnlySpan<byte> line, int number, bool startsWithBlank)
    {
        // A # within an expression is a character; only in front it is a remark.
        if (line[0] == '#') return;
        if (LineText.TryDecode(line, number, sink, out var text)) Add(EntryKind.UrlPattern, text, number);
    }

    public void Finish()
    {
    }

    /// <summary>Adds an expression, if it can be used and there is room.</summary>
    /// <param name="kind">What it is compared with.</param>
    /// <param name="expression">As the list writes it.</param>
    /// <param name="number">Its line.</param>
    /// <param name="written">The entry as the list writes it, where it is more than the expression.</param>
    /// <param name="isException">It takes out what it matches.</param>
    public void Add(EntryKind kind, string expression, int number, string? written = null, bool isException = false)
    {
        if (!PatternSyntax.TryTranslate(expression, out var pattern, out var why))
        {
            sink.Reject(number, written ?? expression, why);
            return;
        }
        AddReady(new(kind, pattern, number) { IsException = isException, Written = written ?? (pattern == expression ? null : expression) });
    }

    /// <summary>Adds an entry whose expression is ours, if there is room.</summary>
    public void AddReady(in ListEntry entry)
    {
        if (++_count > ListParser.PatternsMax) sink.LeaveOut(TooMany);
        else sink.Add(entry);
    }
}
