using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace FilterGate.Events.Sqlite;

/// <summary>An event that matches: its key now, the whole of it when it is wanted, but before the walk goes on.</summary>
internal readonly record struct FoundEvent(long Key, Func<FilterEvent> Read);

/// <summary>Finds events in one file of the newest form, newest first and without sorting: by the index of words and filters, and by looking through the few that it does not know yet.</summary>
internal sealed class StoredEvents : IDisposable
{
    private const int WordsThatBeginMax = 64;

    private readonly SqliteConnection _connection;
    private readonly EventMonth _month;
    private readonly NameReader _names;
    private readonly EventWords _words = new();
    private readonly bool _hasCounts;

    internal StoredEvents(SqliteConnection connection, int version, EventMonth month) =>
        (_connection, _month, _names, _hasCounts) = (connection, month, new NameReader(connection), version >= EventTable.FirstHourlyVersion);

    /// <summary>Walks the events that match, newest first. Each is read whole only when it is asked for: of three files, most of what stands next makes no page.</summary>
    /// <param name="query">Which.</param>
    /// <param name="limit">Of what is not indexed yet, at most so many are kept.</param>
    internal IEnumerable<FoundEvent> Walk(EventQuery query, int limit)
    {
        if (Filter.Make(query, this) is not { } filter) yield break;
        // One transaction for both, or an event that is indexed in between would be in neither or in both.
        using var same = _connection.BeginTransaction(deferred: true);
        // Of two things that are frequent and never meet, the index would walk both lists to their ends; the counts say at once that there is nothing.
        if (!MayBeThere(filter))
        {
            foreach (var key in KeysAfter(Progress.Counted, filter, limit)) yield return new FoundEvent(key, () => At(key));
            yield break;
        }
        var rest = filter.Match.Length == 0 ? [] : KeysAfter(Progress.Indexed, filter, limit);
        using var command = filter.Match.Length == 0 ? InOrder(filter) : Indexed(filter);
        // Without LIMIT in the statement: rows come one by one in their order, and the last filters are ours.
        using var row = command.ExecuteReader();
        var (place, isThere) = (0, Next());
        while (isThere || place < rest.Count)
        {
            if (place < rest.Count && (!isThere || rest[place] > row.GetInt64(EventTable.Key)))
            {
                var key = rest[place++];
                yield return new FoundEvent(key, () => At(key));
            }
            else
            {
                yield return new FoundEvent(row.GetInt64(EventTable.Key), () => EventTable.Read(row, _names));
                isThere = Next();
            }
        }

        bool Next()
        {
            while (row.Read())
                if (filter.Accepts(row, _names, isIndexed: true)) return true;
            return false;
        }
    }

    /// <summary>At most so many events after a commit that match, in the order of their commits, and up to which commit was looked.</summary>
    internal (List<FilterEvent> Events, long Last) ReadNew(EventQuery query, int limit, long afterSeq)
    {
        var (found, last) = (new List<FilterEvent>(), afterSeq);
        if (Filter.Make(query, this) is not { } filter) return (found, LastSeq());
        using var command = Select("FROM events WHERE seq > @seq", filter, filter.Rows, "ORDER BY seq");
        command.Parameters.AddWithValue("@seq", afterSeq);
        using var row = command.ExecuteReader();
        while (found.Count < limit && row.Read())
        {
            last = row.GetInt64(EventTable.Seq);
            if (filter.Accepts(row, _names, isIndexed: false)) found.Add(EventTable.Read(row, _names));
        }
        return (found, last);
    }

    /// <summary>The number of the last commit's last event; 0 before the first.</summary>
    internal long LastSeq()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT max(seq) FROM events";
        return command.ExecuteScalar() is long last ? last : 0;
    }

    /// <summary>The event with this reference, or null.</summary>
    internal FilterEvent? Find(Reference reference)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT {EventTable.Select} FROM events WHERE reference = @reference";
        command.Parameters.AddWithValue("@reference", reference.Value);
        using var row = command.ExecuteReader();
        return row.Read() ? EventTable.Read(row, _names) : null;
    }

    /// <summary>The event with this id and its key, or null.</summary>
    internal (long Key, FilterEvent Event)? Find(Guid id)
    {
        var key = EventKey.Of(id, _month);
        var bytes = EventId.ToBytes(id);
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT {EventTable.Select} FROM events WHERE key >= @key ORDER BY key";
        command.Parameters.AddWithValue("@key", key);
        using var row = command.ExecuteReader();
        for (; row.Read() && row.GetInt64(EventTable.Key) == key; key++)
            if (row.GetFieldValue<byte[]>(EventTable.Id).AsSpan().SequenceEqual(bytes)) return (key, EventTable.Read(row, _names));
        return null;
    }

    /// <summary>Every statement that a query runs, for the tests that look at how SQLite goes about it.</summary>
    internal IEnumerable<SqliteCommand> Statements(EventQuery query)
    {
        if (Filter.Make(query, this) is not { } filter) return [];
        if (!MayBeThere(filter)) return [After(Progress.Counted, filter)];
        return filter.Match.Length == 0 ? [InOrder(filter)] : [Indexed(filter), After(Progress.Indexed, filter)];
    }

    public void Dispose()
    {
        _names.Dispose();
        _words.Dispose();
    }

    /// <summary>False when no event that is counted has all that is asked for together.</summary>
    private bool MayBeThere(Filter filter)
    {
        if (!_hasCounts || filter.Counts.Length == 0) return true;
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT EXISTS (SELECT 1 FROM months WHERE 1{filter.Counts}) OR EXISTS (SELECT 1 FROM hours WHERE hour >= coalesce((SELECT seq FROM progress WHERE what = '{Progress.Closed}'), 0){filter.Counts})";
        return (long)command.ExecuteScalar()! != 0;
    }

    /// <summary>The keys of what matches and is not yet indexed, or counted, the newest first.</summary>
    private List<long> KeysAfter(string progress, Filter filter, int limit)
    {
        var keys = new List<long>();
        using var command = After(progress, filter);
        using var row = command.ExecuteReader();
        while (row.Read())
            if (filter.Accepts(row, _names, isIndexed: false)) keys.Add(row.GetInt64(EventTable.Key));
        keys.Sort(static (a, b) => b.CompareTo(a));
        if (keys.Count > limit) keys.RemoveRange(limit, keys.Count - limit);
        return keys;
    }

    private FilterEvent At(long key)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT {EventTable.Select} FROM events WHERE key = @key";
        command.Parameters.AddWithValue("@key", key);
        using var row = command.ExecuteReader();
        return row.Read() ? EventTable.Read(row, _names) : throw new UnreachableException("A row went within a transaction.");
    }

    /// <summary>The words of this file that begin so, among them the beginning itself; null where they are many.</summary>
    /// <remarks>Asked for by their beginning, the index would gather every event of every such word before the first page; asked for one by one it hands out the newest. Each word is a step in its list of words.</remarks>
    private List<string>? WordsThatBegin(string beginning)
    {
        using (var make = _connection.CreateCommand())
        {
            make.CommandText = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, events_text, instance)";
            make.ExecuteNonQuery();
        }
        var words = new List<string> { beginning };
        using var next = _connection.CreateCommand();
        next.CommandText = "SELECT term FROM temp.vocabulary WHERE term >= @from LIMIT 1";
        var from = next.Parameters.Add("@from", SqliteType.Text);
        for (from.Value = beginning; next.ExecuteScalar() is string word && word.StartsWith(beginning, StringComparison.Ordinal); from.Value = word + '\u0001')
        {
            if (words.Count > WordsThatBeginMax) return null;
            if (word != beginning) words.Add(word);
        }
        return words;
    }

    private SqliteCommand InOrder(Filter filter) => Select("FROM events WHERE key >= @from AND key < @before", filter, filter.Rows, "ORDER BY key DESC");

    private SqliteCommand Indexed(Filter filter)
    {
        // CROSS JOIN: the index is asked first, whatever SQLite would guess of it.
        var command = Select("FROM events_text CROSS JOIN events ON events.key = events_text.rowid WHERE events_text MATCH @match AND events_text.rowid >= @from AND events_text.rowid < @before", filter, filter.Times, "ORDER BY events_text.rowid DESC");
        command.Parameters.AddWithValue("@match", filter.Match);
        return command;
    }

    private SqliteCommand After(string progress, Filter filter) =>
        Select($"FROM events WHERE seq > coalesce((SELECT seq FROM progress WHERE what = '{progress}'), 0) AND +key >= @from AND +key < @before", filter, filter.Rows, "");

    private SqliteCommand Select(string from, Filter filter, string conditions, string order)
    {
        var command = _connection.CreateCommand();
        command.CommandText = $"SELECT {EventTable.Select} {from}{conditions} {order}";
        command.Parameters.AddWithValue("@from", filter.From);
        command.Parameters.AddWithValue("@before", filter.Before);
        return command;
    }

    /// <summary>A query in the terms of one file: bounds of the key, conditions on rows, and the question to the index.</summary>
    private sealed class Filter
    {
        // Second labels of the United Kingdom's domain and their like elsewhere.
        private static readonly FrozenSet<string> CommonSecond = FrozenSet.ToFrozenSet(["ac", "co", "com", "edu", "gov", "ltd", "me", "net", "nhs", "org", "plc", "police", "sch"], StringComparer.Ordinal);

        private readonly Guid? _partsOf;
        private readonly string? _host;
        private readonly EventWords _splitter;
        private readonly IReadOnlyList<(string Word, bool IsPrefix)> _words;
        private readonly IReadOnlyList<IReadOnlyList<List<string>>> _searchedFor;

        private Filter(EventQuery query, EventWords splitter, IReadOnlyList<(string Word, bool IsPrefix)> words, IReadOnlyList<IReadOnlyList<List<string>>> searchedFor, long from, long before, string times, string rows, string counts, string match)
        {
            (From, Before, Times, Rows, Counts, Match) = (from, before, times, rows, counts, match);
            (_partsOf, _host, _splitter, _words, _searchedFor) = (query.PartsOf, query.Host, splitter, words, searchedFor);
        }

        internal long From { get; }

        internal long Before { get; }

        /// <summary>Exact bounds of time.</summary>
        internal string Times { get; }

        /// <summary>The same and every other condition, for rows that were not found by the index.</summary>
        internal string Rows { get; }

        /// <summary>Those of the conditions that the counts of everybody can answer, in their columns; empty where there are fewer than two.</summary>
        internal string Counts { get; }

        /// <summary>The question to the index; empty where it cannot help.</summary>
        internal string Match { get; }

        /// <summary>Null when nothing in this file can match.</summary>
        internal static Filter? Make(EventQuery query, StoredEvents file)
        {
            var (from, before) = (long.MinValue, long.MaxValue);
            var (times, rows, counts, match) = (new StringBuilder(), new StringBuilder(), new List<string>(), new List<string>());
            var isPossible = true;

            void Name(string? text, string column, Func<long, string> tag, bool isCounted)
            {
                if (text is null || !isPossible) return;
                if (file._names.IdOf(text) is not { } id)
                {
                    isPossible = false;
                    return;
                }
                var condition = string.Create(CultureInfo.InvariantCulture, $" AND {column} = {id}");
                rows.Append(condition);
                if (isCounted) counts.Add(condition);
                match.Add(tag(id));
            }

            static string AnyOf(IReadOnlyList<string> words) => $"({string.Join(" OR ", words.Select(word => Quote(word, isPrefix: false)))})";

            void OneOf<T>(IReadOnlyList<T> values, string column, Func<T, byte> number, Func<T, string> tag, string? counted = null)
            {
                if (values.Count == 0) return;
                var numbers = $"({string.Join(',', values.Select(number))})";
                rows.Append(CultureInfo.InvariantCulture, $" AND {column} IN {numbers}");
                if (counted is not null) counts.Add($" AND {counted} IN {numbers}");
                match.Add(values.Count == 1 ? tag(values[0]) : $"({string.Join(" OR ", values.Select(tag))})");
            }

            // Milliseconds round up, so that "since" a tick after an event leaves it out. The key only narrows: an id may lie beside its time.
            if (query.Since is { } since)
            {
                from = EventKey.First(since - EventReader.IdSlack, file._month);
                times.Append(CultureInfo.InvariantCulture, $" AND time >= {EventReader.CeilingMilliseconds(since)}");
            }
            if (query.Until is { } until)
            {
                before = EventKey.First(until + EventReader.IdSlack, file._month);
                times.Append(CultureInfo.InvariantCulture, $" AND time < {EventReader.CeilingMilliseconds(until)}");
            }
            if (query.Before is { } older) before = Math.Min(before, file.Find(older)?.Key ?? EventKey.Of(older, file._month));
            if (query.After is { } younger) from = Math.Max(from, (file.Find(younger)?.Key ?? EventKey.Of(younger, file._month)) + 1);
            rows.Append(times);

            Name(query.Person, "person", EventTags.Person, isCounted: false);
            Name(query.Device, "device", EventTags.Device, isCounted: false);
            Name(query.Client, "client", EventTags.Client, isCounted: false);
            Name(query.Category, "category", EventTags.Category, isCounted: true);
            Name(query.Group, "\"group\"", EventTags.Group, isCounted: true);
            Name(query.Tier, "tier", EventTags.Tier, isCounted: true);
            if (query.Categories.Count > 0)
            {
                var known = query.Categories.Select(file._names.IdOf).OfType<long>().ToList();
                if (known.Count == 0) return null;
                var condition = $" AND category IN ({string.Join(',', known)})";
                rows.Append(condition);
                counts.Add(condition);
                match.Add($"({string.Join(" OR ", known.Select(EventTags.Category))})");
            }
            if (!isPossible) return null;
            OneOf(query.Kinds, "kind", kind => (byte)kind, EventTags.Kind, counted: "kind");
            OneOf(query.Verdicts, "decision", verdict => (byte)verdict, EventTags.Verdict, counted: "verdict");
            OneOf<Intent>(query.Intent is { } intent ? [intent] : [], "intent", value => (byte)value, EventTags.Intent);
            if (query.Acts.Count > 0 && EventQuery.EveryAct.All(query.Acts.Contains))
            {
                rows.Append(" AND act_kind IS NOT NULL");
                match.Add(EventTags.AnyAct);
            }
            else OneOf(query.Acts, "act_kind", kind => (byte)kind, EventTags.Act);
            if (query.PartsOf is { } act) match.Add(EventTags.PartOf(act));

            var questions = new List<string>();
            if (match.Count > 0) questions.Add($"tags : ({string.Join(" AND ", match)})");
            if (query.Host is { Length: > 0 } host && file._words.Split(WithoutEnding(host)) is { Count: > 0 } labels) questions.Add($"url : ({string.Join(" AND ", labels.Select(label => Quote(label, isPrefix: false)))})");
            List<IReadOnlyList<List<string>>> searchedFor = [.. query.SearchedFor.Select(asked => AllOf(asked, file._words))];
            if (searchedFor.Count > 0)
            {
                rows.Append(" AND search_words IS NOT NULL");
                questions.Add($"words : ({string.Join(" OR ", searchedFor.Select(words => $"({string.Join(" AND ", words.Select(AnyOf))})"))})");
            }
            IReadOnlyList<(string Word, bool IsPrefix)> asked = [];
            if (query.Text is { } text)
            {
                asked = file._words.Question(text);
                // Nothing but signs: no word to look for, and so nothing to find.
                if (asked.Count == 0) return null;
                questions.Add($"{{url title words}} : ({string.Join(" AND ", asked.Select(word => word.IsPrefix && file.WordsThatBegin(word.Word) is { } begun ? AnyOf(begun) : Quote(word.Word, word.IsPrefix)))})");
            }
            return new Filter(query, file._words, asked, searchedFor, from, before, times.ToString(), rows.ToString(), counts.Count < 2 ? "" : string.Concat(counts), string.Join(" AND ", questions));
        }

        /// <summary>What neither the index nor SQL has decided.</summary>
        internal bool Accepts(SqliteDataReader row, NameReader names, bool isIndexed)
        {
            if (_partsOf is { } act && (row.IsDBNull(EventTable.Act) || EventId.FromBytes(row.GetFieldValue<byte[]>(EventTable.Act)) != act)) return false;
            // Whole labels: ample.org does not find example.org.
            if (_host is not null && !(names[row, EventTable.Host] is { } host && host.EndsWith(_host, StringComparison.Ordinal) && (host.Length == _host.Length || host[^(_host.Length + 1)] == '.'))) return false;
            if (isIndexed) return true;
            if (_searchedFor.Count > 0)
            {
                HashSet<string> there = [.. _splitter.Split(EventTable.Text(row, EventTable.SearchWords))];
                if (!_searchedFor.Any(words => words.All(one => one.Exists(there.Contains)))) return false;
            }
            return _words.Count == 0
                || _splitter.Match(_words, Address(row) ?? names[row, EventTable.Host], EventTable.Text(row, EventTable.Title), EventTable.Text(row, EventTable.SearchWords));
        }

        /// <summary>The words that are all asked for, each as the choice that it is; what the index splits in two is two.</summary>
        private static IReadOnlyList<List<string>> AllOf(string asked, EventWords splitter) =>
            [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => word.Contains('|', StringComparison.Ordinal) ? [[.. word.Split('|').SelectMany(splitter.Split)]] : splitter.Split(word).Select(one => new List<string> { one }))];

        /// <summary>A host without the labels that a large part of all hosts end in: the index would walk their lists, and the row is looked at anyway.</summary>
        private static string WithoutEnding(string host)
        {
            if (char.IsAsciiDigit(host[^1])) return host; // An address: its last number is no ending.
            var labels = host.Split('.');
            var left = labels.Length;
            if (left > 1) left--;
            if (left > 1 && CommonSecond.Contains(labels[left - 1])) left--;
            return string.Join('.', labels[..left]);
        }

        // As EventWords.UrlSql has it.
        private static string? Address(SqliteDataReader row) => !row.IsDBNull(EventTable.Act) && row.GetByte(EventTable.Kind) == (byte)EventKind.Allow ? null : EventTable.Text(row, EventTable.Url);

        // Words have no sign left that could end the quotes; the quotes keep AND, OR, NOT and NEAR words like any other.
        private static string Quote(string word, bool isPrefix) => $"\"{word}\"{(isPrefix ? " *" : "")}";
    }
}
