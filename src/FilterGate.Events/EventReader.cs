using System.Globalization;
using System.Text;
using FilterGate.Events.Sqlite;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <summary>Reads the events of a folder without being able to change them. Safe from any thread, beside any number of writers.</summary>
/// <remarks>Each call opens the month files it needs, read-only, and closes them: under a millisecond a file, and a month that retention has dropped is gone at once.</remarks>
public sealed partial class EventReader(string folder)
{
    /// <summary>How far an event's id may lie from its time (ids given by hand) and still be found by time.</summary>
    private static readonly TimeSpan IdSlack = TimeSpan.FromMinutes(1);

    /// <summary>So many different texts of a walk are kept: some 20 MB.</summary>
    private const int TextsMax = 200_000;

    /// <summary>Events that match, newest first, a page at a time.</summary>
    public EventPage Search(EventQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(query.Limit, nameof(query));
        var events = new List<FilterEvent>();
        var problems = new List<string>();
        EventMonth? younger = null;
        foreach (var (month, path) in EventFolder.Months(folder))
        {
            if (IsBefore(month, query)) break;
            if (younger is { } gapEnd)
                for (var missing = month.Next; missing.CompareTo(gapEnd) < 0; missing = missing.Next)
                    if (!IsAfter(missing, query)) problems.Add($"There is no file for {missing}: nothing was recorded in that month, or the file was removed.");
            younger = month;
            if (IsAfter(month, query)) continue;
            Read(path, problems, (connection, version) =>
            {
                using var command = Command(connection, version, query, query.Limit + 1 - events.Count);
                using var row = command.ExecuteReader();
                while (row.Read()) events.Add(EventTable.Read(row));
            });
            if (events.Count > query.Limit) break;
        }
        var hasMore = events.Count > query.Limit;
        if (hasMore) events.RemoveRange(query.Limit, events.Count - query.Limit);
        return new EventPage(events, hasMore, problems);
    }

    /// <summary>The event with this reference, in any spelling, or null.</summary>
    public FilterEvent? FindByReference(string reference) =>
        Reference.TryParse(reference, out var parsed) ? Find(month => month.Modulo == parsed.MonthModulo, "reference = @key", parsed.Value) : null;

    /// <summary>The event with this id, or null.</summary>
    public FilterEvent? Find(Guid id)
    {
        var time = EventId.TimeOf(id);
        var (first, last) = (EventMonth.Of(time - IdSlack), EventMonth.Of(time + IdSlack));
        return Find(month => month == first || month == last, "id = @key", EventId.ToBytes(id));
    }

    private FilterEvent? Find(Func<EventMonth, bool> isThere, string condition, object key)
    {
        FilterEvent? found = null;
        foreach (var (month, path) in EventFolder.Months(folder))
        {
            if (!isThere(month)) continue;
            Read(path, problems: null, (connection, version) =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"SELECT {EventTable.ColumnsOf(version)} FROM events WHERE {condition}";
                command.Parameters.AddWithValue("@key", key);
                using var row = command.ExecuteReader();
                if (row.Read()) found = EventTable.Read(row);
            });
            if (found is not null) break;
        }
        return found;
    }

    /// <summary>Where the events stand now: hand it to <see cref="ReadNew"/> for what comes after.</summary>
    public EventPosition Position()
    {
        var position = new EventPosition();
        foreach (var (month, path) in EventFolder.Months(folder))
        {
            Read(path, problems: null, (connection, _) =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = "SELECT coalesce(max(seq), 0) FROM events";
                position.Last[month] = (long)command.ExecuteScalar()!;
            });
        }
        return position;
    }

    /// <summary>Events that were committed after a position, in the order of their commits, and moves the position on.</summary>
    /// <remarks>By order of commit rather than by id: an event may be written after a younger one (another process, a long request), and none may be passed over.</remarks>
    public EventPage ReadNew(EventPosition position, EventQuery query)
    {
        var events = new List<FilterEvent>();
        var problems = new List<string>();
        var months = EventFolder.Months(folder);
        months.Reverse();
        foreach (var (month, path) in months)
        {
            Read(path, problems, (connection, version) =>
            {
                using var command = Command(connection, version, query, query.Limit - events.Count, position.Last.GetValueOrDefault(month));
                using var row = command.ExecuteReader();
                while (row.Read())
                {
                    events.Add(EventTable.Read(row));
                    position.Last[month] = row.GetInt64(EventTable.ColumnCount);
                }
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
        var ids = (EventId.FirstOf(since - IdSlack), EventId.FirstOf(until + IdSlack));
        var months = EventFolder.Months(folder);
        months.Reverse();
        foreach (var (month, path) in months)
        {
            if (month.Next.Start <= since || month.Start >= until) continue;
            Read(path, problems, (connection, _) => RequestScan.Walk(connection, ids, CeilingMilliseconds(since), CeilingMilliseconds(until), texts, visit, cancellationToken));
        }
        return problems;
    }

    private static void Read(string path, List<string>? problems, Action<SqliteConnection, int> read)
    {
        try
        {
            using var connection = SqliteFile.OpenForReading(path);
            // A file that another process is just making has no table yet, and nothing to read.
            if (SqliteFile.CheckVersion(connection, path, EventTable.SchemaVersion) is var version and > 0) read(connection, version);
        }
        catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
        {
            problems?.Add(SqliteProblem.Explain(path, e));
        }
    }

    private static bool IsBefore(EventMonth month, EventQuery query) =>
        (query.Since is { } since && month.Next.Start <= since) || (query.After is { } after && month.Next.Start <= EventId.TimeOf(after) - IdSlack);

    private static bool IsAfter(EventMonth month, EventQuery query) =>
        (query.Until is { } until && month.Start >= until) || (query.Before is { } before && month.Start > EventId.TimeOf(before) + IdSlack);

    private static SqliteCommand Command(SqliteConnection connection, int version, EventQuery query, int limit, long? afterSeq = null)
    {
        var command = connection.CreateCommand();
        var sql = new StringBuilder($"SELECT {EventTable.ColumnsOf(version)}, seq FROM events WHERE 1");
        void Where(string condition, string name, object value)
        {
            sql.Append(" AND ").Append(condition);
            command.Parameters.AddWithValue(name, value);
        }

        if (query.Since is { } since)
        {
            // The id bound uses the index; the time bound is exact. Milliseconds round up, so that "since" a tick after an event leaves it out.
            if (afterSeq is null) Where("id >= @sinceId", "@sinceId", EventId.FirstOf(since - IdSlack));
            Where("time >= @since", "@since", CeilingMilliseconds(since));
        }
        if (query.Until is { } until)
        {
            if (afterSeq is null) Where("id < @untilId", "@untilId", EventId.FirstOf(until + IdSlack));
            Where("time < @until", "@until", CeilingMilliseconds(until));
        }
        if (query.Before is { } before) Where("id < @before", "@before", EventId.ToBytes(before));
        if (query.After is { } after) Where("id > @after", "@after", EventId.ToBytes(after));
        if (query.Tier is { } tier) Where("tier = @tier", "@tier", tier);
        if (query.Category is { } category) Where("category = @category", "@category", category);
        if (query.Client is { } client) Where("client = @client", "@client", client);
        if (query.Person is { } person) Where("person = @person", "@person", person);
        if (query.Device is { } device) Where("device = @device", "@device", device);
        if (query.Group is { } group) Where("\"group\" = @group", "@group", group);
        // What an older FilterGate wrote has no acts: nothing of it matches.
        if (version < 3 && (query.Acts.Count > 0 || query.Intent is not null || query.PartsOf is not null || query.Text is not null)) sql.Append(" AND 0");
        else
        {
            if (query.Acts.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND act_kind IN ({string.Join(',', query.Acts.Select(kind => (byte)kind))})");
            if (query.Intent is { } intent) Where("intent = @intent", "@intent", (byte)intent);
            if (query.PartsOf is { } whole) Where("act = @act", "@act", EventId.ToBytes(whole));
            if (query.Text is { } text) Where("(instr(lower(coalesce(url, '') || ' ' || coalesce(title, '') || ' ' || coalesce(search_words, '')), lower(@text)) > 0)", "@text", text);
        }
        if (query.Verdicts.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND decision IN ({string.Join(',', query.Verdicts.Select(verdict => (byte)verdict))})");
        if (query.Host is { } host)
        {
            // Whole labels: ample.org does not find example.org.
            Where("(host = @host OR substr(host, -length(@suffix)) = @suffix)", "@host", host);
            command.Parameters.AddWithValue("@suffix", "." + host);
        }
        if (query.Kinds.Count > 0) sql.Append(CultureInfo.InvariantCulture, $" AND kind IN ({string.Join(',', query.Kinds.Select(kind => (byte)kind))})");
        if (afterSeq is { } seq) Where("seq > @seq ORDER BY seq", "@seq", seq);
        else sql.Append(" ORDER BY id DESC");
        sql.Append(" LIMIT @limit");
        command.Parameters.AddWithValue("@limit", limit);
        command.CommandText = sql.ToString();
        return command;
    }

    private static long CeilingMilliseconds(DateTimeOffset time)
    {
        var floor = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(floor) < time ? floor + 1 : floor;
    }
}

/// <summary>How far a reader has followed the events. Changed by <see cref="EventReader.ReadNew"/>; not safe from several threads at once.</summary>
public sealed class EventPosition
{
    /// <summary>The last commit number seen in each month's file; a month that is not here begins at its first.</summary>
    internal Dictionary<EventMonth, long> Last { get; } = [];
}
