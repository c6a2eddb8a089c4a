using System.Globalization;

namespace FilterGate.Events;

/// <content>What should be there and is not.</content>
public sealed partial class EventReader
{
    private readonly AnchorLog _anchors = new(folder);
    private readonly Lock _anchoring = new();
    private ((DateTime Written, long Length) Stamp, IReadOnlyDictionary<EventFile, AnchoredFile> Files)? _anchored;

    /// <summary>True where the folder was there: one that is gone is then a failure, and not a folder without events.</summary>
    internal bool MustExist { get; init; }

    /// <summary>The files there are, newest month first.</summary>
    /// <exception cref="EventStoreException">The folder is gone, or cannot be looked into.</exception>
    private List<(EventFile File, string Path)> Files() => !MustExist || Directory.Exists(folder) || File.Exists(folder)
        ? EventFolder.Files(folder)
        : throw new EventStoreException($"{folder} is gone: it was there when this began. Restore it from a backup; what happens meanwhile is not on record.");

    /// <summary>Files that were there when they were last anchored, that nobody dropped on purpose, and that are not there: newest month first, each in a sentence. Those of the last day are not known.</summary>
    private IEnumerable<(EventFile File, string Says)> Missing(IReadOnlyList<(EventFile File, string Path)> there)
    {
        foreach (var (file, last) in Anchored().Where(each => !each.Value.IsPurged).OrderByDescending(each => each.Key.Month))
            if (!there.Any(each => each.File == file))
                yield return (file, string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(folder, file.Name)} is missing: it was there on {last.Time.UtcDateTime:yyyy-MM-dd}, and nobody dropped it. Restore it from a backup."));
    }

    /// <summary>Adds the missing files of a time and of some kinds.</summary>
    private void AddMissing(IReadOnlyList<(EventFile File, string Path)> there, Func<EventMonth, bool> isOfTheTime, IReadOnlyList<EventKind> kinds, ICollection<string> problems)
    {
        foreach (var (file, says) in Missing(there))
            if (isOfTheTime(file.Month) && MayHold(file, kinds)) problems.Add(says);
    }

    /// <summary>What the log of anchors says of each file; read again when it was written.</summary>
    private IReadOnlyDictionary<EventFile, AnchoredFile> Anchored()
    {
        lock (_anchoring)
        {
            var stamp = _anchors.Stamp();
            if (_anchored is { } read && read.Stamp == stamp) return read.Files;
            var files = _anchors.Files();
            _anchored = (stamp, files);
            return files;
        }
    }
}
