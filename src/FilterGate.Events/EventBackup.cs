using FilterGate.Events.Sqlite;
using FilterGate.Sqlite;

namespace FilterGate.Events;

/// <summary>Copies files of events while they are written to.</summary>
public static class EventBackup
{
    /// <summary>The newest schema of a file that this version writes; it reads every older one.</summary>
    public const int SchemaVersion = EventTable.SchemaVersion;

    /// <summary>True for the name of a file of events, such as <c>2026-11.audit.db</c>.</summary>
    public static bool IsEvents(string name) => EventFile.TryParse(name, out _);

    /// <summary>Copies one file.</summary>
    /// <returns>Null, or that it is damaged, in plain words; then there is no copy.</returns>
    /// <exception cref="EventStoreException">It cannot be copied for another reason: no room, no right.</exception>
    public static string? CopyFile(string path, string target)
    {
        try
        {
            SqliteFile.Copy(path, target);
            return null;
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            File.Delete(target);
            var problem = SqliteProblem.Explain(path, e);
            return SqliteProblem.IsDamage(e) ? problem : throw new EventStoreException(problem, e);
        }
    }

    /// <summary>Copies every file and the anchors to a folder.</summary>
    /// <returns>Files that could not be copied, in plain words; the others are.</returns>
    /// <remarks>By SQLite's own backup in one step: a writer goes on meanwhile, and the copy is of one moment.</remarks>
    public static IReadOnlyList<string> Copy(string folder, string target, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var anchors = Path.Combine(folder, AnchorLog.FileName);
        // First the anchors: a file that is copied later holds at least what they say of it.
        if (File.Exists(anchors)) File.Copy(anchors, Path.Combine(target, AnchorLog.FileName));
        foreach (var (file, path) in EventFolder.Files(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                SqliteFile.Copy(path, Path.Combine(target, file.Name));
            }
            catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
            {
                problems.Add(SqliteProblem.Explain(path, e));
                File.Delete(Path.Combine(target, file.Name));
            }
        }
        return problems;
    }
}
