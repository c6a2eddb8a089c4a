namespace FilterGate.Events;

/// <summary>The month files of a folder.</summary>
internal static class EventFolder
{
    /// <summary>The month files there are, newest first. A folder that is not there has none.</summary>
    internal static List<(EventMonth Month, string Path)> Months(string folder)
    {
        var months = new List<(EventMonth Month, string Path)>();
        if (!Directory.Exists(folder)) return months;
        foreach (var path in Directory.EnumerateFiles(folder, "*.db"))
            if (EventMonth.TryParseFile(path, out var month)) months.Add((month, path));
        months.Sort((a, b) => b.Month.CompareTo(a.Month));
        return months;
    }
}
