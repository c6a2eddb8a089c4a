using System.Buffers;
using System.Text;

namespace FilterGate.Lookup.Rows;

/// <summary>Reads comma-separated values (<see href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</see>), row by row; line ends may be LF too. Never throws.</summary>
internal ref struct CsvRows(ReadOnlySpan<byte> bytes)
{
    private static readonly SearchValues<byte> Marks = SearchValues.Create(",\"\n"u8);

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next row begins.</summary>
    public int Position { get; private set; }

    /// <summary>The row just read, as written, without its end.</summary>
    public ReadOnlySpan<byte> Row { get; private set; }

    /// <summary>True when a quote of the row is never closed: its first line is taken for the row.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next row.</summary>
    public bool MoveNext()
    {
        if (Position >= _bytes.Length) return false;
        var start = Position;
        var isQuoted = false;
        for (var at = start; ;)
        {
            var mark = _bytes[at..].IndexOfAny((byte)'"', (byte)'\n');
            if (mark < 0)
            {
                IsBroken = isQuoted;
                End(start, isQuoted ? FirstLine(start) : _bytes.Length);
                return true;
            }
            at += mark + 1;
            if (_bytes[at - 1] == '"') isQuoted = !isQuoted;
            else if (!isQuoted)
            {
                IsBroken = false;
                End(start, at - 1);
                return true;
            }
        }
    }

    /// <summary>One field of the row, without its quotes; false when the row has fewer.</summary>
    /// <param name="column">From 0.</param>
    /// <param name="field">The field; a copy where it has quotes within.</param>
    public readonly bool TryGetField(int column, out ReadOnlySpan<byte> field)
    {
        var rest = Row;
        for (var i = 0; ; i++)
        {
            var length = FieldLength(rest);
            if (i == column)
            {
                field = Unquote(rest[..length]);
                return true;
            }
            if (length == rest.Length)
            {
                field = default;
                return false;
            }
            rest = rest[(length + 1)..];
        }
    }

    /// <summary>Every field of the row, as text.</summary>
    public readonly List<string> Fields()
    {
        var fields = new List<string>();
        while (TryGetField(fields.Count, out var field)) fields.Add(Encoding.UTF8.GetString(field));
        return fields;
    }

    private static int FieldLength(ReadOnlySpan<byte> rest)
    {
        var isQuoted = false;
        for (var at = 0; ;)
        {
            var mark = rest[at..].IndexOfAny(Marks);
            if (mark < 0) return rest.Length;
            at += mark + 1;
            if (rest[at - 1] == '"') isQuoted = !isQuoted;
            else if (rest[at - 1] == ',' && !isQuoted) return at - 1;
        }
    }

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> field)
    {
        if (field is not [(byte)'"', .., (byte)'"'] || field.Length < 2) return field;
        field = field[1..^1];
        return field.Contains((byte)'"') ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(field).Replace("\"\"", "\"", StringComparison.Ordinal)) : field;
    }

    private readonly int FirstLine(int start)
    {
        var length = _bytes[start..].IndexOf((byte)'\n');
        return length < 0 ? _bytes.Length : start + length;
    }

    private void End(int start, int end)
    {
        Position = end + 1;
        Row = _bytes[start..end];
        if (Row is [.., (byte)'\r']) Row = Row[..^1];
    }
}
