namespace FilterGate.Policy.Documents;

/// <summary>Two texts line by line: the shortest way from one to the other, as <c>diff</c> shows it.</summary>
/// <remarks>Myers' greedy algorithm (An O(ND) Difference Algorithm and Its Variations, 1986). Memory grows with the square of the differences, so beyond <see cref="EditsMax"/> the middle is shown as replaced whole.</remarks>
public static class LineDifference
{
    /// <summary>So many lines gone or new are looked for; some 8 MB of memory. Who changes more has written another document.</summary>
    public const int EditsMax = 1_000;

    /// <summary>Lines that stay are shown for so far around each change.</summary>
    private const int Context = 3;

    /// <summary>The differences: lines begin with a blank, <c>-</c> or <c>+</c>; <c>@@ 12</c> before each piece names its line in the newer text. Nothing where both are alike.</summary>
    /// <param name="before">The older text.</param>
    /// <param name="after">The newer one.</param>
    public static IEnumerable<string> Of(string before, string after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return Differences(before, after);
    }

    private static IEnumerable<string> Differences(string before, string after)
    {
        var (old, young) = (Lines(before), Lines(after));
        var edits = Edits(old, young);
        var shown = new bool[edits.Count];
        for (var i = 0; i < edits.Count; i++)
            if (edits[i].Mark != ' ')
                for (var near = Math.Max(0, i - Context); near <= Math.Min(edits.Count - 1, i + Context); near++) shown[near] = true;

        for (var i = 0; i < edits.Count; i++)
        {
            if (!shown[i]) continue;
            if (i == 0 || !shown[i - 1]) yield return $"@@ {edits[i].Line + 1}";
            yield return edits[i].Mark + edits[i].Text;
        }
    }

    private static List<(char Mark, string Text, int Line)> Edits(string[] old, string[] young)
    {
        // Step 1: what both begin and end with stays.
        var head = 0;
        while (head < old.Length && head < young.Length && old[head] == young[head]) head++;
        var tail = 0;
        while (tail < old.Length - head && tail < young.Length - head && old[^(tail + 1)] == young[^(tail + 1)]) tail++;
        var (a, b) = (old[head..^tail], young[head..^tail]);

        // Step 2: the path through the middle, backwards from its end.
        var edits = new List<(char, string, int)>();
        for (var i = 0; i < head; i++) edits.Add((' ', young[i], i));
        foreach (var (x, y, mark) in Path(a, b)) edits.Add(mark == '-' ? ('-', a[x], head + y) : (mark, b[y], head + y));
        for (var i = young.Length - tail; i < young.Length; i++) edits.Add((' ', young[i], i));
        return edits;
    }

    /// <summary>What becomes of each line: <c>-</c> takes one of <paramref name="a"/>, <c>+</c> one of <paramref name="b"/>, a blank one of both.</summary>
    private static List<(int X, int Y, char Mark)> Path(string[] a, string[] b)
    {
        var path = new List<(int, int, char)>();
        if (Trace(a, b) is not { } trace)
        {
            for (var x = 0; x < a.Length; x++) path.Add((x, 0, '-'));
            for (var y = 0; y < b.Length; y++) path.Add((a.Length, y, '+'));
            return path;
        }
        var (atX, atY) = (a.Length, b.Length);
        for (var depth = trace.Count - 1; depth >= 0; depth--)
        {
            var (furthest, k) = (trace[depth], atX - atY);
            var fromAbove = k == -depth || (k != depth && At(furthest, k - 1, depth) < At(furthest, k + 1, depth));
            var previous = fromAbove ? k + 1 : k - 1;
            var (toX, toY) = depth == 0 ? (0, 0) : (At(furthest, previous, depth), At(furthest, previous, depth) - previous);
            while (atX > toX && atY > toY) path.Add((--atX, --atY, ' '));
            if (depth == 0) break;
            if (fromAbove) path.Add((atX, --atY, '+'));
            else path.Add((--atX, atY, '-'));
        }
        path.Reverse();
        return path;
    }

    /// <summary>How far each diagonal reached before each depth; null when that takes more than <see cref="EditsMax"/> edits.</summary>
    private static List<int[]>? Trace(string[] a, string[] b)
    {
        var trace = new List<int[]>();
        var reached = new int[3];
        for (var depth = 0; depth <= Math.Min(a.Length + b.Length, EditsMax); depth++)
        {
            // Room for the diagonals from -depth-1 to depth+1.
            var before = new int[(2 * depth) + 3];
            if (depth > 0) reached.AsSpan().CopyTo(before.AsSpan(1));
            trace.Add(before);
            var now = (int[])before.Clone();
            for (var k = -depth; k <= depth; k += 2)
            {
                var x = depth == 0 ? 0 : k == -depth || (k != depth && At(before, k - 1, depth) < At(before, k + 1, depth)) ? At(before, k + 1, depth) : At(before, k - 1, depth) + 1;
                while (x < a.Length && x - k < b.Length && a[x] == b[x - k]) x++;
                now[k + depth + 1] = x;
                if (x >= a.Length && x - k >= b.Length) return trace;
            }
            reached = now;
        }
        return null;
    }

    private static int At(int[] furthest, int diagonal, int depth) => furthest[diagonal + depth + 1];

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n') is { Length: > 0 } lines ? lines.Split('\n') : [];
}
