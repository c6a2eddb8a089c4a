using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>The months of one page, newest first: the first alone, for it nearly always holds the page; those before it as many at once as there are processors, for what is rare makes each of them walk its lists to their ends.
/// Three words or more are seldom together: they are looked for in several from the start.</summary>
/// <remarks>Not safe from several threads.</remarks>
internal sealed class PageMonths(IReadOnlyList<IGrouping<EventMonth, (EventFile File, string Path)>> months, EventQuery query) : IDisposable
{
    private const int WordsThatAreRare = 3;

    private readonly PageFiles?[] _open = new PageFiles?[months.Count];
    private readonly bool _isRare = query.Text?.Split(' ', WordsThatAreRare + 1, StringSplitOptions.RemoveEmptyEntries).Length >= WordsThatAreRare;
    private int _next;

    /// <summary>The files of the next month.</summary>
    internal PageFiles Next()
    {
        var month = _next++;
        if (month > 0)
        {
            _open[month - 1]!.Dispose();
            _open[month - 1] = null;
        }
        if (_open[month] is null) Parallel.For(month, month == 0 && !_isRare ? 1 : Math.Min(months.Count, month + Environment.ProcessorCount), each => _open[each] = new PageFiles(months[each], query));
        return _open[month]!;
    }

    public void Dispose()
    {
        foreach (var files in _open) files?.Dispose();
    }
}

/// <summary>The files of a month, one of each class, open for one page: their events as one row of events, newest first.</summary>
/// <remarks>Merged by keys, which are the same in every file; of the three events that stand next, only the one that is taken is read whole. A file that fails is reported, and the others go on.</remarks>
internal sealed class PageFiles : IDisposable
{
    private readonly List<Open> _files = [];
    private readonly List<string> _problems = [];

    internal PageFiles(IEnumerable<(EventFile File, string Path)> month, EventQuery query)
    {
        foreach (var (file, path) in month)
        {
            if (!EventReader.MayHold(file, query.Kinds)) continue;
            var open = new Open(file, path, _problems);
            _files.Add(open);
            open.Begin(query, query.Limit + 1);
        }
    }

    /// <summary>What could not be read so far.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    /// <summary>Takes the newest event that is left. False at the end; the event is null where its row cannot be read, which is reported.</summary>
    internal bool Take(out FilterEvent? e)
    {
        e = null;
        Open? newest = null;
        foreach (var file in _files)
            if (file.Key is { } key && (newest is null || key > newest.Key || (key == newest.Key && file.Class > newest.Class))) newest = file;
        e = newest?.Take();
        return newest is not null;
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    /// <summary>One file. It ends at its first failure.</summary>
    private sealed class Open(EventFile file, string path, List<string> problems) : IDisposable
    {
        private SqliteConnection? _connection;
        private StoredEvents? _stored;
        private IEnumerator<FoundEvent>? _walk;

        internal EventClass Class => file.Class;

        /// <summary>The key of the event that stands next; null at the end.</summary>
        internal long? Key { get; private set; }

        internal void Begin(EventQuery query, int limit) => Try(() =>
        {
            _connection = SqliteFile.OpenForReading(path);
            if (EventReader.VersionToRead(_connection, path, problems) is not { } version) return;
            if (version < EventTable.FirstKeyedVersion)
            {
                _walk = OlderEvents.Search(_connection, version, query, limit).Select(e => new FoundEvent(EventKey.Of(e.Id, file.Month), () => e)).OrderByDescending(found => found.Key).GetEnumerator();
            }
            else
            {
                _stored = new StoredEvents(_connection, version, file.Month);
                _walk = _stored.Walk(query, limit).GetEnumerator();
            }
            Next();
        });

        internal FilterEvent? Take()
        {
            FilterEvent? e = null;
            Try(() =>
            {
                e = _walk!.Current.Read();
                Next();
            });
            return e;
        }

        public void Dispose()
        {
            _walk?.Dispose();
            _stored?.Dispose();
            _connection?.Dispose();
        }

        private void Next() => Key = _walk!.MoveNext() ? _walk.Current.Key : null;

        private void Try(Action action)
        {
            try
            {
                action();
            }
            catch (Exception e) when (SqliteProblem.IsOfTheWorld(e))
            {
                Key = null;
                problems.Add(SqliteProblem.Explain(path, e));
            }
        }
    }
}
