using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FilterGate.Events.Sqlite;

/// <summary>Adds up the events of a commit in memory and then adds the sums to the counts in the file: some hundred rows for some thousand events.</summary>
internal sealed class BatchCounts : IDisposable
{
    /// <summary>What stands for no verdict: 0 is one.</summary>
    internal const long NoVerdict = -1;

    internal const int MillisecondsOfHour = 3_600_000, HoursOfDay = 24;

    private readonly sqlite3 _database;
    private readonly Table<HourKey> _hours;
    private readonly Table<WhoHourKey> _whoHours;
    private readonly Table<WhoDayKey> _whoDays;
    private readonly Table<HourKey> _days;
    private readonly Table<HostKey> _hosts, _hostDays;

    internal BatchCounts(SqliteConnection connection)
    {
        _database = connection.Handle!;
        _hours = new(connection, "hours", 6);
        _whoHours = new(connection, "who_hours", 8);
        _whoDays = new(connection, "who_days", 7);
        _days = new(connection, "days", 6);
        _hosts = new(connection, "host_hours", 4);
        _hostDays = new(connection, "host_days", 4);
    }

    /// <summary>Adds an event.</summary>
    internal void Add(FilterEvent e, NameWriter names)
    {
        var hour = Math.Max(0, e.Time.ToUnixTimeMilliseconds()) / MillisecondsOfHour;
        var day = hour / HoursOfDay;
        var (kind, verdict, isAct) = ((long)e.Kind, (long?)(byte?)e.Decision ?? NoVerdict, e.ActKind is not null);
        var (tier, group, category, who) = (names.IdOf(e.Tier) ?? 0, names.IdOf(e.Group) ?? 0, names.IdOf(e.Category) ?? 0, names.IdOf(WhoOf(e)) ?? 0);
        _hours.Add(new HourKey(hour, kind, tier, group, category, verdict), isAct);
        _days.Add(new HourKey(day, kind, tier, group, category, verdict), isAct);
        _whoHours.Add(new WhoHourKey(day, who, hour, kind, category, verdict, tier, group), isAct);
        _whoDays.Add(new WhoDayKey(day, kind, who, category, verdict, tier, group), isAct);
        if (names.IdOf(e.Host) is not { } host) return;
        _hosts.Add(new HostKey(hour, kind, host, tier), isAct);
        _hostDays.Add(new HostKey(day, kind, host, tier), isAct);
    }

    /// <summary>Writes the sums and begins anew.</summary>
    internal void Flush()
    {
        _hours.Flush(_database);
        _whoHours.Flush(_database);
        _whoDays.Flush(_database);
        _days.Flush(_database);
        _hosts.Flush(_database);
        _hostDays.Flush(_database);
    }

    /// <summary>Begins anew without writing.</summary>
    internal void Forget()
    {
        _hours.Sums.Clear();
        _whoHours.Sums.Clear();
        _whoDays.Sums.Clear();
        _days.Sums.Clear();
        _hosts.Sums.Clear();
        _hostDays.Sums.Clear();
    }

    public void Dispose()
    {
        _hours.Dispose();
        _whoHours.Dispose();
        _whoDays.Dispose();
        _days.Dispose();
        _hosts.Dispose();
        _hostDays.Dispose();
    }

    private readonly Dictionary<(string?, string?, string?), string?> _whos = [];

    /// <summary>The spelling is made once for a person, not for every event: bounded as names are.</summary>
    private string? WhoOf(FilterEvent e)
    {
        var key = e.Person is not null ? (e.Person, null, null) : e.Device is not null ? (null, e.Device, null) : ((string?)null, (string?)null, e.Client);
        if (_whos.TryGetValue(key, out var who)) return who;
        if (_whos.Count > 10_000) _whos.Clear();
        return _whos[key] = e.Who;
    }

    private interface IKey
    {
        int Bind(sqlite3_stmt statement);
    }

    private static int BindAll(sqlite3_stmt statement, ReadOnlySpan<long> values)
    {
        for (var i = 0; i < values.Length; i++) _ = raw.sqlite3_bind_int64(statement, i + 1, values[i]);
        return values.Length;
    }

    private readonly record struct HourKey(long HourOrDay, long Kind, long Tier, long Group, long Category, long Verdict) : IKey
    {
        public int Bind(sqlite3_stmt statement) => BindAll(statement, [HourOrDay, Kind, Tier, Group, Category, Verdict]);
    }

    private readonly record struct WhoHourKey(long Day, long Who, long Hour, long Kind, long Category, long Verdict, long Tier, long Group) : IKey
    {
        public int Bind(sqlite3_stmt statement) => BindAll(statement, [Day, Who, Hour, Kind, Category, Verdict, Tier, Group]);
    }

    private readonly record struct WhoDayKey(long Day, long Kind, long Who, long Category, long Verdict, long Tier, long Group) : IKey
    {
        public int Bind(sqlite3_stmt statement) => BindAll(statement, [Day, Kind, Who, Category, Verdict, Tier, Group]);
    }

    private readonly record struct HostKey(long HourOrDay, long Kind, long Host, long Tier) : IKey
    {
        public int Bind(sqlite3_stmt statement) => BindAll(statement, [HourOrDay, Kind, Host, Tier]);
    }

    private sealed class Table<TKey>(SqliteConnection connection, string name, int keyColumns) : IDisposable where TKey : struct, IKey, IEquatable<TKey>
    {
        private readonly sqlite3_stmt _add = Statement.Prepare(connection,
            $"INSERT INTO {name} VALUES ({string.Concat(Enumerable.Repeat("?,", keyColumns))}?,?) ON CONFLICT DO UPDATE SET events = events + excluded.events, acts = acts + excluded.acts");

        internal Dictionary<TKey, (long Events, long Acts)> Sums { get; } = [];

        internal void Add(TKey key, bool isAct)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(Sums, key, out _);
            sum.Events++;
            if (isAct) sum.Acts++;
        }

        internal void Flush(sqlite3 database)
        {
            foreach (var (key, (events, acts)) in Sums)
            {
                var place = key.Bind(_add);
                _ = raw.sqlite3_bind_int64(_add, place + 1, events);
                _ = raw.sqlite3_bind_int64(_add, place + 2, acts);
                Statement.Run(database, _add);
            }
            Sums.Clear();
        }

        public void Dispose() => _add.Dispose();
    }
}
