using System.Globalization;
using FilterGate.Events.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <summary>How a file stands.</summary>
public enum IntegrityState
{
    /// <summary>Every event is as it was written.</summary>
    Whole,
    /// <summary>Something was changed, removed, inserted or moved.</summary>
    Broken,
    /// <summary>It cannot be read.</summary>
    Unreadable,
    /// <summary>An older FilterGate wrote it, without digests; it gets them when it is brought over.</summary>
    WithoutDigests,
}

/// <summary>What was found of one file.</summary>
/// <param name="File">Its name.</param>
/// <param name="State">How it stands.</param>
/// <param name="Events">How many events were looked at.</param>
public sealed record FileIntegrity(string File, IntegrityState State, long Events)
{
    /// <summary>The number, in the order of commit, from which on nothing is certain; null where all is.</summary>
    public long? BrokenFrom { get; init; }

    /// <summary>When that was written, as far as the file says.</summary>
    public DateTimeOffset? BrokenFromTime { get; init; }

    /// <summary>What is wrong, in plain words.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>What is odd about the clock; no sign that anything was changed.</summary>
    public IReadOnlyList<string> ClockNotes { get; init; } = [];
}

/// <summary>What was found of all files and of the anchors.</summary>
/// <param name="Files">File by file, newest month first.</param>
/// <param name="AnchorProblems">What the anchors say otherwise: a file that was rewritten as a whole, shortened or taken away, or an anchor that was tampered with.</param>
/// <param name="Anchored">When an anchor was last written; null for never.</param>
public sealed record IntegrityReport(IReadOnlyList<FileIntegrity> Files, IReadOnlyList<string> AnchorProblems, DateTimeOffset? Anchored)
{
    /// <summary>True when nothing is wrong.</summary>
    public bool IsWhole => AnchorProblems.Count == 0 && Files.All(file => file.State is IntegrityState.Whole or IntegrityState.WithoutDigests);
}

/// <summary>A chain of digests that the anchors hold as well, beside those of the events: the audit of <c>state.db</c>.</summary>
/// <param name="File">How the anchors call it.</param>
/// <param name="Last">The number of its last row.</param>
/// <param name="Head">That row's digest.</param>
/// <param name="DigestAt">The digest of the row with a number; null when there is none.</param>
public sealed record OtherChain(string File, long Last, byte[] Head, Func<long, byte[]?> DigestAt);

/// <summary>Looks whether the events are as they were written, and anchors what is there. Safe beside a running gateway; some hundred thousand events a second.</summary>
/// <remarks>
/// Each commit's digest covers the one before it, so a change within a file breaks the chain from there on. Somebody who can write the files can also make a new chain; that is what the anchors are for: once a
/// day the head of every chain goes to <c>anchors.log</c>, each line with the digest of the line before. A copy of that file elsewhere (a backup, a printed last line) makes everything before it unforgeable.
/// </remarks>
public sealed class EventIntegrity(string folder, TimeProvider clock)
{
    /// <summary>The name of the file with the anchors.</summary>
    public const string AnchorsFile = AnchorLog.FileName;

    /// <summary>How far an event's time may lie from its commit before it is named: requests are recorded at their end, and some last for hours.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(1), BehindMax = TimeSpan.FromHours(25);

    /// <summary>How much the clock of commits may step back before it is named.</summary>
    private static readonly TimeSpan StepBackMax = TimeSpan.FromMinutes(1);

    /// <summary>Commits that are read together: a reader that stayed in one place for minutes would keep the write-ahead log from being emptied.</summary>
    private const int CommitsAtATime = 1_000;

    /// <summary>So many problems of a file are named; who has found these looks no further.</summary>
    private const int ProblemsMax = 10;

    private readonly AnchorLog _anchors = new(folder);

    /// <summary>Looks at every file, or at those that <paramref name="select"/> names.</summary>
    /// <param name="others">Chains outside this folder that the anchors hold too.</param>
    /// <param name="select">Which files; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IntegrityReport Verify(IReadOnlyList<OtherChain> others, Func<string, bool>? select = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(others);
        var files = new List<FileIntegrity>();
        foreach (var (file, path) in EventFolder.Files(folder))
        {
            if (select?.Invoke(file.Name) == false) continue;
            files.Add(Verify(file, path, cancellationToken));
        }
        var (anchors, problems) = _anchors.Read();
        problems.AddRange(AgainstAnchors(anchors, others));
        return new IntegrityReport(files, problems, anchors.LastOrDefault(anchor => anchor.Action == AnchorLog.Anchored)?.Time);
    }

    /// <summary>Writes the head of every chain that has grown since the last time to <c>anchors.log</c>, on disk when it returns.</summary>
    /// <returns>How many lines were written.</returns>
    /// <exception cref="EventStoreException">The file cannot be written.</exception>
    public int Anchor(IReadOnlyList<OtherChain> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        var heads = new List<(string File, long Seq, byte[] Digest)>();
        foreach (var (file, path) in EventFolder.Files(folder))
            EventReader.Read(path, problems: null, (connection, version) =>
            {
                if (version >= EventTable.FirstKeyedVersion && Head(connection) is { } head) heads.Add((file.Name, head.Seq, head.Digest));
            });
        heads.AddRange(others.Where(other => other.Last > 0).Select(other => (other.File, other.Last, other.Head)));
        return _anchors.Append(clock.GetUtcNow(), AnchorLog.Anchored, heads, onlyNew: true);
    }

    /// <summary>Notes that the beginning of another chain was removed on purpose, up to a row.</summary>
    /// <exception cref="EventStoreException">The file cannot be written.</exception>
    public void NotePurged(string file, long row, byte[] digest) => _anchors.Append(clock.GetUtcNow(), AnchorLog.Purged, [(file, row, digest)], onlyNew: false);

    /// <summary>The last link of a file's chain.</summary>
    internal static (long Seq, byte[] Digest)? Head(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, digest FROM chain ORDER BY seq DESC LIMIT 1";
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : null;
    }

    private static FileIntegrity Verify(EventFile file, string path, CancellationToken cancellationToken)
    {
        FileIntegrity? found = null;
        var unreadable = new List<string>();
        EventReader.Read(path, unreadable, (connection, version) =>
            found = version < EventTable.FirstKeyedVersion ? new FileIntegrity(file.Name, IntegrityState.WithoutDigests, OlderEvents.Number(connection)) : Verify(file, connection, cancellationToken));
        return unreadable.Count > 0
            ? (found ?? new FileIntegrity(file.Name, IntegrityState.Unreadable, 0)) with { State = IntegrityState.Unreadable, Problems = unreadable }
            : found ?? new FileIntegrity(file.Name, IntegrityState.WithoutDigests, 0); // A file that another process is just making.
    }

    private static FileIntegrity Verify(EventFile file, SqliteConnection connection, CancellationToken cancellationToken)
    {
        using var names = new NameReader(connection);
        using var digest = new EventDigest();
        var (previous, seq, time, events, broken) = (EventDigest.Seed(file), 0L, DateTimeOffset.MinValue, 0L, (long?)null);
        DateTimeOffset? brokenTime = null;
        var (problems, notes) = (new List<string>(), new List<string>());

        void Say(List<string> what, FormattableString text)
        {
            if (what.Count < ProblemsMax) what.Add(text.ToString(CultureInfo.InvariantCulture));
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var commits = Commits(connection, seq);
            if (commits.Count == 0) break;
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT {EventTable.Select} FROM events WHERE seq > @after AND seq <= @last ORDER BY seq";
            command.Parameters.AddWithValue("@after", seq);
            command.Parameters.AddWithValue("@last", commits[^1].Seq);
            using var row = command.ExecuteReader();
            var isThere = row.Read();
            foreach (var commit in commits)
            {
                digest.Begin(previous);
                var (first, expected) = (seq + 1, seq + 1);
                for (; isThere && row.GetInt64(EventTable.Seq) <= commit.Seq; isThere = row.Read(), expected++)
                {
                    var e = EventTable.Read(row, names);
                    digest.Add(row.GetInt64(EventTable.Seq), e, Reference.TryParse(e.Reference, out var reference) ? reference : null);
                    events++;
                    if (e.Time - commit.Time is var ahead && (ahead > AheadMax || -ahead > BehindMax) && file.Month == EventMonth.Of(commit.Time))
                        Say(notes, $"event {row.GetInt64(EventTable.Seq)} says {e.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} and was written at {commit.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}");
                }
                if (!digest.End().AsSpan().SequenceEqual(commit.Digest))
                {
                    broken ??= first;
                    brokenTime ??= commit.Time;
                    Say(problems, $"events {first} to {commit.Seq}, written at {commit.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}, are not as they were written{(expected <= commit.Seq ? $": {commit.Seq - expected + 1} fewer" : "")}");
                }
                if (time - commit.Time > StepBackMax) Say(notes, $"the clock was set back from {time.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {commit.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} before event {first}");
                (previous, seq, time) = (commit.Digest, commit.Seq, commit.Time);
            }
        }

        // One statement, and so one moment: the gateway goes on writing meanwhile.
        using (var rest = connection.CreateCommand())
        {
            rest.CommandText = "SELECT (SELECT count(*) FROM events WHERE seq > (SELECT coalesce(max(seq), 0) FROM chain)), (SELECT count(*) FROM events WHERE seq <= coalesce((SELECT seq FROM progress WHERE what = 'counted'), seq)) - (SELECT coalesce(sum(events), 0) FROM hours), (SELECT count(*) FROM events) - (SELECT coalesce(max(seq), 0) FROM events)";
            using var row = rest.ExecuteReader();
            row.Read();
            if (row.GetInt64(0) > 0)
            {
                broken ??= seq + 1;
                Say(problems, $"{row.GetInt64(0)} events stand after the last digest");
            }
            if (row.GetInt64(1) != 0) Say(problems, $"the counts of reports differ from the events by {row.GetInt64(1)}");
            if (row.GetInt64(2) != 0 && problems.Count == 0)
            {
                broken ??= 1;
                Say(problems, $"the numbers of the events do not run without a gap");
            }
        }
        return new FileIntegrity(file.Name, problems.Count == 0 ? IntegrityState.Whole : IntegrityState.Broken, events) { BrokenFrom = broken, BrokenFromTime = brokenTime, Problems = problems, ClockNotes = notes };
    }

    private static List<(long Seq, DateTimeOffset Time, byte[] Digest)> Commits(SqliteConnection connection, long after)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, time, digest FROM chain WHERE seq > @after ORDER BY seq LIMIT @limit";
        command.Parameters.AddWithValue("@after", after);
        command.Parameters.AddWithValue("@limit", CommitsAtATime);
        using var row = command.ExecuteReader();
        var commits = new List<(long Seq, DateTimeOffset Time, byte[] Digest)>();
        while (row.Read()) commits.Add((row.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetFieldValue<byte[]>(2)));
        return commits;
    }

    private IEnumerable<string> AgainstAnchors(IReadOnlyList<AnchorLine> anchors, IReadOnlyList<OtherChain> others)
    {
        var there = EventFolder.Files(folder).ToDictionary(each => each.File.Name, each => each.Path);
        foreach (var lines in anchors.GroupBy(anchor => anchor.File))
        {
            var (last, anchored) = (lines.Last(), lines.Where(line => line.Action == AnchorLog.Anchored).ToList());
            if (others.FirstOrDefault(other => other.File == lines.Key) is { } other)
            {
                // Rows from before the last that was removed on purpose are gone with it.
                var removed = lines.LastOrDefault(line => line.Action == AnchorLog.Purged)?.Seq ?? 0;
                foreach (var anchor in anchored.Where(anchor => anchor.Seq > removed))
                    if (!Same(other.DigestAt(anchor.Seq), anchor)) yield return Differs(anchor);
                continue;
            }
            if (!there.TryGetValue(lines.Key, out var path))
            {
                if (last.Action != AnchorLog.Purged && EventFile.TryParse(lines.Key, out _)) yield return $"{lines.Key} is missing, and nothing says that it was removed; it was there on {last.Time.UtcDateTime:yyyy-MM-dd}";
                continue;
            }
            var differ = new List<string>();
            EventReader.Read(path, problems: null, (connection, version) =>
            {
                // From after its last removal on: a month whose file was dropped may have had a late event since.
                foreach (var anchor in lines.Reverse().TakeWhile(line => line.Action == AnchorLog.Anchored).Reverse())
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = "SELECT digest FROM chain WHERE seq = @seq";
                    command.Parameters.AddWithValue("@seq", anchor.Seq);
                    if (version < EventTable.FirstKeyedVersion || !Same(command.ExecuteScalar() as byte[], anchor)) differ.Add(Differs(anchor));
                }
            });
            foreach (var text in differ.Take(1)) yield return text;
        }

        static bool Same(byte[]? digest, AnchorLine anchor) => digest is not null && digest.AsSpan().SequenceEqual(anchor.Digest);
        static string Differs(AnchorLine anchor) => string.Create(CultureInfo.InvariantCulture,
            $"{anchor.File} is not what it was on {anchor.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}, when it ended with row {anchor.Seq}: it was rewritten, shortened, or restored from before then");
    }
}
