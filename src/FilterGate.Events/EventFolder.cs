using FilterGate.Sqlite;

namespace FilterGate.Events;

/// <summary>One file of events: a class of a month.</summary>
/// <param name="Month">The month.</param>
/// <param name="Class">The class. A file from before there were classes counts as <see cref="EventClass.Attention"/> and holds all three.</param>
internal readonly record struct EventFile(EventMonth Month, EventClass Class)
{
    private const string Extension = ".db";

    /// <summary>The file of an event.</summary>
    internal static EventFile Of(FilterEvent e) => new(EventMonth.Of(e.Time), EventClasses.Of(e.Kind));

    /// <summary>What a file such as <c>2026-11.allowed.db</c> is; false for any other file.</summary>
    internal static bool TryParse(string path, out EventFile file)
    {
        file = default;
        var name = Path.GetFileName(path);
        if (!name.EndsWith(Extension, StringComparison.Ordinal)) return false;
        name = name[..^Extension.Length];
        foreach (var eventClass in EventClasses.All)
        {
            if (!name.EndsWith(eventClass.Suffix(), StringComparison.Ordinal) || !EventMonth.TryParse(name[..^eventClass.Suffix().Length], out var month)) continue;
            file = new EventFile(month, eventClass);
            return true;
        }
        return false;
    }

    internal string Name => $"{Month}{Class.Suffix()}{Extension}";

    public override string ToString() => Name;
}

/// <summary>The files of events in a folder.</summary>
internal static class EventFolder
{
    /// <summary>The files there are: newest month first, and within a month in the order of the classes. A folder that is not there has none.</summary>
    /// <exception cref="EventStoreException">The folder cannot be looked into, or is none: says what to do.</exception>
    internal static List<(EventFile File, string Path)> Files(string folder)
    {
        var files = new List<(EventFile File, string Path)>();
        try
        {
            if (File.Exists(folder)) throw new EventStoreException($"{folder} is a file, and should be the folder of events. Move it away and restore the folder from a backup.");
            if (!Directory.Exists(folder)) return files;
            foreach (var path in Directory.EnumerateFiles(folder, "*.db"))
                if (EventFile.TryParse(path, out var file)) files.Add((file, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException(SqliteProblem.Explain(folder, e), e);
        }
        files.Sort((a, b) => b.File.Month.CompareTo(a.File.Month) is not 0 and var order ? order : a.File.Class.CompareTo(b.File.Class));
        return files;
    }
}
