using System.Runtime.InteropServices;
using FilterGate.Events.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events;

/// <content>Counts.</content>
public sealed partial class EventReader
{
    /// <summary>Counts events. Rows of several files are added up; safe from any thread.</summary>
    /// <remarks>From what was added up behind their commits: some tens of milliseconds for a month of a large school. Row by row only the last second or two, and a file that an older FilterGate wrote and that has not been brought over yet.</remarks>
    public CountPage<CountRow> Count(CountQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (rows, problems) = CountFiles<CountRow>(query.Since, query.Until, query.Kinds, (connection, version, file, add) =>
        {
            void Sum(CountRow row) => add(row with { Events = 0, Acts = 0, Refused = 0 }, new Sums(row.Events, row.Acts, row.Refused));
            if (version < EventTable.FirstKeyedVersion) OlderEvents.Count(connection, version, query, Sum);
            else StoredCounts.Count(connection, version, file.Month, query, Sum);
        });
        return new CountPage<CountRow>(
            [.. rows.Select(pair => pair.Key with { Events = pair.Value.Events, Acts = pair.Value.Acts, Refused = pair.Value.Refused }).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).ThenBy(row => row.Hour).Take(query.Limit)], problems);
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
        var (rows, problems) = CountFiles<string>(since, until, kinds, (connection, version, file, add) =>
        {
            void Sum(HostCount row) => add(row.Host, new Sums(row.Events, row.Acts, 0));
            if (version < EventTable.FirstKeyedVersion) OlderEvents.CountHosts(connection, version, since, until, tiers, kinds, Sum);
            else StoredCounts.CountHosts(connection, version, file.Month, since, until, tiers, kinds, Sum);
        });
        return new CountPage<HostCount>([.. rows.Select(pair => new HostCount(pair.Key, pair.Value.Events, pair.Value.Acts)).OrderByDescending(row => row.Acts).ThenByDescending(row => row.Events).Take(limit)], problems);
    }

    /// <summary>The UTC hour of an instant, counted from 1970.</summary>
    internal static long HourOf(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds()) / BatchCounts.MillisecondsOfHour;

    /// <summary>The first hour that does not begin before an instant.</summary>
    internal static long HourAfter(DateTimeOffset time) => HourOf(time) is var hour && HourAt(hour) < time ? hour + 1 : hour;

    /// <summary>The beginning of an hour.</summary>
    internal static DateTimeOffset HourAt(long hour) => DateTimeOffset.FromUnixTimeMilliseconds(hour * BatchCounts.MillisecondsOfHour);

    /// <summary>Counts in each file of a period, in as many at once as there are processors, and adds up what they say.</summary>
    private (Dictionary<TKey, Sums> Rows, List<string> Problems) CountFiles<TKey>(
        DateTimeOffset since, DateTimeOffset until, IReadOnlyList<EventKind> kinds, Action<SqliteConnection, int, EventFile, Action<TKey, Sums>> count) where TKey : notnull
    {
        var problems = new List<string>();
        var there = Files();
        AddMissing(there, month => month.Next.Start > since && month.Start < until, kinds, problems);
        var asked = there.Where(each => each.File.Month.Next.Start > since && each.File.Month.Start < until && MayHold(each.File, kinds)).ToList();
        var counted = new (List<KeyValuePair<TKey, Sums>> Rows, List<string> Problems)[asked.Count];
        Parallel.For(0, asked.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            counted[i] = ([], []);
            Read(asked[i].Path, counted[i].Problems, (connection, version) => count(connection, version, asked[i].File, (key, sums) => counted[i].Rows.Add(new(key, sums))));
        });

        var rows = new Dictionary<TKey, Sums>();
        foreach (var file in counted)
        {
            problems.AddRange(file.Problems);
            foreach (var (key, sums) in file.Rows) CollectionsMarshal.GetValueRefOrAddDefault(rows, key, out _) += sums;
        }
        return (rows, problems);
    }
}
