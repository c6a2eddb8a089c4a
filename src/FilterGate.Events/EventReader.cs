using FilterGate.Events.Sqlite;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <summary>Reads the events of a folder without being able to change them. Safe from any thread, beside any number of writers.</summary>
/// <remarks>Each call opens the month files it needs, read-only, and closes them: under a millisecond a file, and a month that retention has dropped is gone at once.</remarks>
public sealed partial class EventReader(string folder)
{
    /// <summary>How far an event's id may lie from its time (ids given by hand) and still be found by time.</summary>
    internal static readonly TimeSpan IdSlack = TimeSpan.FromMinutes(1);

    /// <summary>So many different texts of a walk are kept: some 20 MB.</summary>
    private const int TextsMax = 200_000;

    /// <summary>Events that match, newest first, a page at a time.</summary>
    /// <exception cref="EventStoreException">The folder cannot be looked into. A file that cannot be read, or is missing, is a problem of the page.</exception>
    public EventPage Search(EventQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(query.Limit, nameof(query));
        var events = new List<FilterEvent>();
        var problems = new List<string>();
        var there = Files();
        var months = there.GroupBy(each => each.File.Month).ToList();
        using var pages = new PageMonths([.. months.Where(month => !IsBefore(month.Key, query) && !IsAfter(month.Key, query))], query);
        EventMonth? younger = null, oldest = null;
        foreach (var month in months)
        {
            if (IsBefore(month.Key, query)) break;
            if (younger is { } gapEnd && Gap(month.Key.Next, gapEnd, missing => !IsAfter(missing, query) && !IsAnchored(missing)) is { } gap) problems.Add(gap);
            younger = month.Key;
            if (IsAfter(month.Key, query)) continue;

            var files = pages.Next();
            while (events.Count <= query.Limit && files.Take(out var next))
                if (next is not null) events.Add(next);
            problems.AddRange(files.Problems);
            if (events.Count > query.Limit)
            {
                oldest = month.Key;
                break;
            }
        }
        // Of what is older than a full page the next page says it.
        AddMissing(there, month => !IsBefore(month, query) && !IsAfter(month, query) && (oldest is not { } last || month.CompareTo(last) >= 0), query.Kinds, problems);
        var hasMore = events.Count > query.Limit;
        if (hasMore) events.RemoveRange(query.Limit, events.Count - query.Limit);
        return new EventPage(events, hasMore, problems);
    }

    /// <summary>Says which months between two files have none, in one sentence: a clock that was wrong for an hour leaves a gap of years.</summary>
    private static string? Gap(EventMonth first, EventMonth end, Func<EventMonth, bool> isMissing)
    {
        EventMonth? from = null, to = null;
        for (var month = first; month.CompareTo(end) < 0; month = month.Next)
            if (isMissing(month)) (from, to) = (from ?? month, month);
        return from is null ? null
            : from == to ? $"There is no file for {from}: nothing was recorded in that month, or the file was removed."
            : $"There are no files for {from} to {to}: nothing was recorded in those months, or the files were removed.";
    }

    /// <summary>The event with this reference, in any spelling, or null.</summary>
    public FilterEvent? FindByReference(string reference) => Reference.TryParse(reference, out var parsed)
        ? Find(
            month => month.Modulo == parsed.MonthModulo,
            (stored, _) => stored.Find(parsed),
            (connection, version) => OlderEvents.Find(connection, version, "reference", parsed.Value))
        : null;

    /// <summary>The event with this id, or null.</summary>
    /// <param name="id">The id.</param>
    /// <param name="problems">Takes what cannot be read where it would be, or null.</param>
    public FilterEvent? Find(Guid id, ICollection<string>? problems = null)
    {
        var time = EventId.TimeOf(id);
        var (first, last) = (EventMonth.Of(time - IdSlack), EventMonth.Of(time + IdSlack));
        return Find(
            month => month == first || month == last,
            (stored, _) => stored.Find(id)?.Event,
            (connection, version) => OlderEvents.Find(connection, version, "id", EventId.ToBytes(id)), problems);
    }

    /// <summary>Where the events stand now: hand it to <see cref="ReadNew"/> for what comes after.</summary>
    public EventPosition Position()
    {
        var position = new EventPosition();
        foreach (var (file, path) in Files())
        {
            Read(path, problems: null, (connection, _) =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = "SELECT max(seq) FROM events";
                position.Last[file] = command.ExecuteScalar() is long last ? last : 0;
            });
        }
        return position;
    }

    /// <summary>Events that were committed after a position, and moves the position on: by month and class, in the order of their commits.</summary>
    /// <remarks>By order of commit rather than by id: an event may be written after a younger one (another process, a long request), and none may be passed over.</remarks>
    public EventPage ReadNew(EventPosition position, EventQuery query)
    {
        ArgumentNullException.ThrowIfNull(position);
        ArgumentNullException.ThrowIfNull(query);
        var events = new List<FilterEvent>();
        var problems = new List<string>();
        var files = Files();
        files.Reverse();
        foreach (var (file, path) in files)
        {
            Read(path, problems, (connection, version) =>
            {
                var after = position.Last.GetValueOrDefault(file);
                if (version < EventTable.FirstKeyedVersion)
                {
                    var (older, lastOlder) = OlderEvents.ReadNew(connection, version, query, query.Limit - events.Count, after);
                    events.AddRange(older);
                    position.Last[file] = lastOlder;
                    return;
                }
                using var stored = new StoredEvents(connection, version, file.Month);
                var (found, last) = stored.ReadNew(query, query.Limit - events.Count, after);
                events.AddRange(found);
                position.Last[file] = last;
            });
            if (events.Count >= query.Limit) break;
        }
        return new EventPage(events, events.Count >= query.Limit, problems);
    }

    /// <summary>Walks every recorded request of a period, oldest first, without holding more than one at a time.</summary>
    /// <param name="since">From this instant.</param>
    /// <param name="until">Before this instant.</param>
    /// <param name="visit">Called for each.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>Month files that could not be read, in plain words.</returns>
    /// <remarks>One to two microseconds a request. A month that is being written to meanwhile shows its state of when the walk came to it.</remarks>
    public IReadOnlyList<string> ReadRequests(DateTimeOffset since, DateTimeOffset until, PastRequestVisitor visit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(visit);
        var problems = new List<string>();
        var texts = new TextPool(TextsMax);
        var there = Files();
        AddMissing(there, month => month.Next.Start > since && month.Start < until, kinds: [], problems);
        foreach (var month in there.GroupBy(each => each.File.Month).Reverse())
        {
            if (month.Key.Next.Start <= since || month.Key.Start >= until) continue;
            RequestScan.Walk(month.Key, [.. month.Select(each => each.Path)], since, until, texts, visit, problems, cancellationToken);
        }
        return problems;
    }

    private FilterEvent? Find(Func<EventMonth, bool> isThere, Func<StoredEvents, EventFile, FilterEvent?> find, Func<SqliteConnection, int, FilterEvent?> findOlder, ICollection<string>? problems = null)
    {
        FilterEvent? found = null;
        var there = Files();
        foreach (var (file, path) in there)
        {
            if (!isThere(file.Month)) continue;
            Read(path, problems, (connection, version) =>
            {
                if (version < EventTable.FirstKeyedVersion)
                {
                    found = findOlder(connection, version);
                    return;
                }
                using var stored = new StoredEvents(connection, version, file.Month);
                found = find(stored, file);
            });
            if (found is not null) return found;
        }
        if (problems is not null) AddMissing(there, isThere, kinds: [], problems);
        return null;
    }

    internal static void Read(string path, ICollection<string>? problems, Action<SqliteConnection, int> read)
    {
        try
        {
            using var connection = SqliteFile.OpenForReading(path);
            if (VersionToRead(connection, path, problems) is { } version) read(connection, version);
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            problems?.Add(SqliteProblem.Explain(path, e));
        }
    }

    /// <summary>Which schema a file has; null where there is nothing to read.</summary>
    internal static int? VersionToRead(SqliteConnection connection, string path, ICollection<string>? problems)
    {
        // A file that another process is just making has no table of ours yet.
        if (SqliteFile.CheckVersion(connection, path, EventTable.SchemaVersion) is var version and > 0) return version;
        if (IsForeign(connection)) problems?.Add($"{path} is a database of something else. Move it out of the folder of events.");
        return null;
    }

    private static bool IsForeign(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT IN ('SchemaVersions', 'sqlite_sequence'))";
        return (long)command.ExecuteScalar()! != 0;
    }

    /// <summary>True for a month of which the log of anchors says what became of it.</summary>
    private bool IsAnchored(EventMonth month) => Anchored().Keys.Any(file => file.Month == month);

    private static bool IsBefore(EventMonth month, EventQuery query) =>
        (query.Since is { } since && month.Next.Start <= since) || (query.After is { } after && month.Next.Start <= EventId.TimeOf(after) - IdSlack);

    private static bool IsAfter(EventMonth month, EventQuery query) =>
        (query.Until is { } until && month.Start >= until) || (query.Before is { } before && month.Start > EventId.TimeOf(before) + IdSlack);

    /// <summary>Whether a file can have events of these kinds. What needs attention may be a file from before there were classes, and holds anything.</summary>
    internal static bool MayHold(EventFile file, IReadOnlyList<EventKind> kinds) =>
        kinds.Count == 0 || file.Class == EventClass.Attention || kinds.Any(kind => EventClasses.Of(kind) == file.Class);

    /// <summary>Unix milliseconds, rounded up.</summary>
    internal static long CeilingMilliseconds(DateTimeOffset time)
    {
        var floor = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(floor) < time ? floor + 1 : floor;
    }
}

/// <summary>How far a reader has followed the events. Changed by <see cref="EventReader.ReadNew"/>; not safe from several threads at once.</summary>
public sealed class EventPosition
{
    /// <summary>The last commit number seen in each file; a file that is not here begins at its first.</summary>
    internal Dictionary<EventFile, long> Last { get; } = [];
}
