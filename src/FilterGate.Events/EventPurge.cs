using System.Globalization;
using FilterGate.Events.Sqlite;
using FilterGate.Policy;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <summary>How much room events may take.</summary>
public sealed record PurgeLimits
{
    /// <summary>Bytes that all files of events may take together; null for no limit. What was allowed goes first then, the oldest month before the others.</summary>
    public long? BytesMax { get; init; }

    /// <summary>Bytes that stay free on the disk; below that the same happens. Default 1 GiB: a day of a large school, and room for everything else on the box to go on.</summary>
    public long FreeBytesMin { get; init; } = 1L << 30;
}

/// <summary>A file that has been dropped, or is due to be.</summary>
/// <param name="File">Its name.</param>
/// <param name="Month">Its month, <c>2026-03</c>.</param>
/// <param name="Class">Its class.</param>
/// <param name="Events">How many events it holds.</param>
/// <param name="First">The time of the first of them; null when there is none, or the file cannot be read.</param>
/// <param name="Last">The time of the last.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Head">The last digest of its chain, hexadecimal; null for a file without digests.</param>
/// <param name="Why">Why it goes, in plain words.</param>
public sealed record PurgedFile(string File, string Month, EventClass Class, long Events, DateTimeOffset? First, DateTimeOffset? Last, long Bytes, string? Head, string Why)
{
    /// <summary>The number of the last event in the chain.</summary>
    internal long HeadSeq { get; init; }
}

/// <summary>What is due, and what stands in the way of more.</summary>
/// <param name="Files">The files that are to go, oldest first.</param>
/// <param name="Problems">What cannot be done, in plain words.</param>
public sealed record PurgePlan(IReadOnlyList<PurgedFile> Files, IReadOnlyList<string> Problems);

/// <summary>Forgets events at the end of their time by dropping whole files; nothing is ever deleted from one. Whoever calls it puts each file on record first.</summary>
public sealed class EventPurge
{
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Func<long> _freeBytes;

    /// <summary>Looks after a folder.</summary>
    public EventPurge(string folder, TimeProvider clock) : this(folder, clock, () => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace) { }

    internal EventPurge(string folder, TimeProvider clock, Func<long> freeBytes) => (_folder, _clock, _freeBytes) = (folder, clock, freeBytes);

    /// <summary>What is due now.</summary>
    public PurgePlan Plan(Retention retention, PurgeLimits limits)
    {
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentNullException.ThrowIfNull(limits);
        var (due, problems) = (new List<PurgedFile>(), new List<string>());
        var now = _clock.GetUtcNow();
        var files = EventFolder.Files(_folder);
        files.Reverse();
        foreach (var (file, path) in files)
        {
            var last = file.Month.Next.Start;
            if (last + Shortest(file.Class, retention) > now) continue;
            var described = Describe(file, path, out var holdsAudit, out var problem);
            // A file from before there were classes goes with the last of what it holds; what nobody can read is kept as long as anything in it could have been.
            var kept = holdsAudit ? Longer(retention.Audit, Shortest(file.Class, retention)) : Shortest(file.Class, retention);
            if (last + kept <= now) due.Add(described with { Why = string.Create(CultureInfo.InvariantCulture, $"older than {kept.TotalDays:0} days") });
            else if (problem is not null) problems.Add(problem);
        }
        MakeRoom(files, due, limits, EventMonth.Of(now), problems);
        return new PurgePlan(due, problems);
    }

    /// <summary>Drops a file. First it goes to <c>anchors.log</c> that it was dropped on purpose, with the head of its chain.</summary>
    /// <exception cref="EventStoreException">It cannot be removed; nothing else is touched.</exception>
    public void Drop(PurgedFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!EventFile.TryParse(file.File, out var parsed) || parsed.Month.CompareTo(EventMonth.Of(_clock.GetUtcNow())) >= 0) throw new ArgumentException("Only a file of a past month is dropped.", nameof(file));
        new AnchorLog(_folder).Append(_clock.GetUtcNow(), AnchorLog.Purged, [(file.File, file.HeadSeq, file.Head is null ? new byte[EventDigest.Size] : Convert.FromHexString(file.Head))], onlyNew: false);
        try
        {
            // The file itself first: without it the other three mean nothing.
            foreach (var suffix in (string[])["", "-wal", "-shm", ".lock"]) File.Delete(Path.Combine(_folder, file.File + suffix));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException($"{file.File} is past its time and cannot be removed: {e.Message}", e);
        }
    }

    private void MakeRoom(List<(EventFile File, string Path)> files, List<PurgedFile> due, PurgeLimits limits, EventMonth current, List<string> problems)
    {
        long Size((EventFile File, string Path) each) => BytesOf(each.Path);
        var left = files.Where(each => !due.Exists(purged => purged.File == each.File.Name)).ToList();
        var gone = due.Sum(purged => purged.Bytes);
        long total = left.Sum(Size), free = _freeBytes() + gone;
        bool IsShort() => total > limits.BytesMax || free < limits.FreeBytesMin;
        foreach (var (file, path) in left.Where(each => each.File.Class == EventClass.Allowed && each.File.Month.CompareTo(current) < 0))
        {
            if (!IsShort()) return;
            var described = Describe(file, path, out _, out _);
            due.Add(described with { Why = free < limits.FreeBytesMin ? "the disk is nearly full" : "the events take more room than they may" });
            (total, free) = (total - described.Bytes, free + described.Bytes);
        }
        if (!IsShort()) return;
        problems.Add(free < limits.FreeBytesMin
            ? string.Create(CultureInfo.InvariantCulture, $"the disk has {free >> 20} MiB left, less than the {limits.FreeBytesMin >> 20} that should stay free; no past month of allowed events is left to drop, and nothing that needs attention is dropped for room")
            : string.Create(CultureInfo.InvariantCulture, $"the events take {total >> 20} MiB, more than the {limits.BytesMax >> 20} they may; no past month of allowed events is left to drop, and nothing that needs attention is dropped for room"));
    }

    private static TimeSpan Shortest(EventClass eventClass, Retention retention) => eventClass switch
    {
        EventClass.Allowed => retention.Allowed,
        EventClass.Attention => retention.Attention,
        _ => retention.Audit,
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static long BytesOf(string path) => ((string[])["", "-wal"]).Sum(suffix => new FileInfo(path + suffix) is { Exists: true } there ? there.Length : 0);

    private static PurgedFile Describe(EventFile file, string path, out bool holdsAudit, out string? problem)
    {
        var described = new PurgedFile(file.Name, file.Month.ToString(), file.Class, 0, null, null, BytesOf(path), null, "");
        var (problems, audit, isRead) = (new List<string>(), false, false);
        EventReader.Read(path, problems, (connection, version) =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = version >= EventTable.FirstKeyedVersion
                ? """
                  SELECT coalesce((SELECT max(seq) FROM events), 0), (SELECT time FROM events ORDER BY key LIMIT 1), (SELECT time FROM events ORDER BY key DESC LIMIT 1),
                    EXISTS (SELECT 1 FROM hours WHERE kind IN (2, 7)) OR EXISTS (SELECT 1 FROM events WHERE seq > (SELECT seq FROM progress WHERE what = 'counted') AND kind IN (2, 7))
                  """
                : "SELECT count(*), min(time), max(time), coalesce(max(kind IN (2, 7)), 0) FROM events";
            using (var row = command.ExecuteReader())
            {
                row.Read();
                described = described with { Events = row.GetInt64(0), First = Time(row, 1), Last = Time(row, 2) };
                audit = row.GetInt64(3) != 0;
            }
            if (version >= EventTable.FirstKeyedVersion && EventIntegrity.Head(connection) is { } head) described = described with { Head = Convert.ToHexStringLower(head.Digest), HeadSeq = head.Seq };
            isRead = true;
        });
        holdsAudit = audit || file.Class == EventClass.Audit || !isRead;
        problem = problems.FirstOrDefault();
        return described;
    }

    private static DateTimeOffset? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
