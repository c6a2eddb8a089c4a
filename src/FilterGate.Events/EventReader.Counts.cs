using FilterGate.Events.Sqlite;

namespace FilterGate.Events;

/// <content>Counts.</content>
public sealed partial class EventReader
{
    /// <summary>Counts events. Rows of several files are added up; safe from any thread.</summary>
    /// <remarks>From what was added up behind their commits: some tens of milliseconds for a month of a large school. Row by row only the last second or two, and a file that an older FilterGate wrote and that has not been brought over yet.</remarks>
    public CountPage<CountRow> Count(CountQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (rows, problems) = (new Dictionary<CountRow, (long Events, long Acts)>(), new List<string>());
        var there = Files();
        AddMissing(there, month => month.Next.Start > query.Since && month.Start < query.Until, query.Kinds, problems);
        foreach (var (file, path) in there)
        {
            if (file.Month.Next.Start <= query.Since || file.Month.Start >= query.Until || !MayHold(file, query.Kinds)) continue;
            Read(path, problems, (connection, version) =>
            {
                void Sum(CountRow row) => Add(rows, row with { Events = 0, Acts = 0 }, row.Events, row.Acts);
                if (version < EventTable.FirstKeyedVersion) OlderEvents.Count(connection, version, query, Sum);
                else StoredCounts.Count(connection, version, file.Month, query, Sum);
            });
        }
        return new CountPage<CountRow>(
            [.. rows.Select(pair => pair.Key with { Events = pair.Value.Events, Acts = pair.Value.Acts }).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).ThenBy(row => row.Hour).Take(query.Limit)], problems);
    }

    /// <summary>The hosts that were met most, those with the most acts first.</summary>
    /// <param name="since">From this instant on; whole UTC hours, a part of one counts whole.</param>
    /// <param name="until">Before this instant; likewise.</param>
    /// <param name="tiers">Only these tiers; empty for every tier.</param>
    /// <param name="kinds">Only these kinds; empty for every kind.</param>
    /// <param name="limit">At most so many.</param>
    public CountPage<HostCount> CountHosts(DateTimeOffset since, DateTimeOffset until, IReadOnlyList<string> tiers, IReadOnlyList<EventKind> kinds, int limit)
    {
        ArgumentNullException.ThrowIfNull(tiers);
        ArgumentNullException.ThrowIfNull(kinds);
        var (rows, problems) = (new Dictionary<string, (long Events, long Acts)>(StringComparer.Ordinal), new List<string>());
        var there = Files();
        AddMissing(there, month => month.Next.Start > since && month.Start < until, kinds, problems);
        foreach (var (file, path) in there)
        {
            if (file.Month.Next.Start <= since || file.Month.Start >= until || !MayHold(file, kinds)) continue;
            Read(path, problems, (connection, version) =>
            {
                void Sum(HostCount row) => Add(rows, row.Host, row.Events, row.Acts);
                if (version < EventTable.FirstKeyedVersion) OlderEvents.CountHosts(connection, version, since, until, tiers, kinds, Sum);
                else StoredCounts.CountHosts(connection, version, file.Month, since, until, tiers, kinds, Sum);
            });
        }
        return new CountPage<HostCount>([.. rows.Select(pair => new HostCount(pair.Key, pair.Value.Events, pair.Value.Acts)).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).Take(limit)], problems);
    }

    /// <summary>The UTC hour of an instant, counted from 1970.</summary>
    internal static long HourOf(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds()) / BatchCounts.MillisecondsOfHour;

    /// <summary>The first hour that does not begin before an instant.</summary>
    internal static long HourAfter(DateTimeOffset time) => HourOf(time) is var hour && HourAt(hour) < time ? hour + 1 : hour;

    /// <summary>The beginning of an hour.</summary>
    internal static DateTimeOffset HourAt(long hour) => DateTimeOffset.FromUnixTimeMilliseconds(hour * BatchCounts.MillisecondsOfHour);

    private static void Add<TKey>(Dictionary<TKey, (long Events, long Acts)> rows, TKey key, long events, long acts) where TKey : notnull
    {
        var sum = rows.GetValueOrDefault(key);
        rows[key] = (sum.Events + events, sum.Acts + acts);
    }
}
