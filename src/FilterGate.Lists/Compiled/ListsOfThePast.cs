using FilterGate.Matching;

namespace FilterGate.Lists.Compiled;

/// <summary>Which category lists the versions that events name had: <c>lists/past/versions.txt</c>, a line for each, newest last. An event's version counts the locked lists in, which change by themselves.</summary>
internal static class ListsOfThePast
{
    /// <summary>Lines kept: two a day for a year.</summary>
    private const int LinesMax = 730;

    public static string? CategoriesOf(ListFolder box, string version)
    {
        foreach (var line in Lines(box).Reverse())
            if (line.Split(' ') is [var noted, var categories] && noted == version) return categories;
        return null;
    }

    public static void Note(ListFolder box, ListSet lists)
    {
        if (lists.CategoriesVersion.Length == 0 || !Directory.Exists(box.Root)) return;
        var line = $"{lists.Version} {lists.CategoriesVersion}";
        var lines = Lines(box);
        if (lines.Contains(line)) return;
        try
        {
            Directory.CreateDirectory(box.Past);
            var file = Path.Combine(box.Past, "versions.txt");
            var temporary = file + ".new";
            File.WriteAllLines(temporary, lines.TakeLast(LinesMax - 1).Append(line));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then a past page is explained from its event alone.
        }
    }

    private static string[] Lines(ListFolder box)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(box.Past, "versions.txt"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
