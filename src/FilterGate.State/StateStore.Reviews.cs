using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>What came of acts, days that were done, terms that were signed, views that are kept.</summary>
public sealed partial class StateStore
{
    /// <summary>Longest note, in characters: a sentence or two. What is more belongs in the record of the incident.</summary>
    public const int ReviewNoteMax = 500;

    /// <summary>Views that one person may keep of a page.</summary>
    public const int SavedViewsMax = 20;

    private const int ActsAskedAtOnce = 500;

    private const string ReviewColumns = "id, event, event_time, conclusion, note, batch, reviewed_at, reviewed_by";

    /// <summary>Concludes acts in one go, with one row of the audit that names the go: <c>batch 17: 2 acts, talk</c>.</summary>
    /// <param name="acts">Ids and times of acts; at least one, each once.</param>
    /// <param name="conclusion">What came of them.</param>
    /// <param name="note">A note, or null.</param>
    /// <param name="person">Who concludes.</param>
    /// <returns>The number of the go, with which it can be taken back.</returns>
    public long ConcludeActs(IReadOnlyCollection<(Guid Act, DateTimeOffset Time)> acts, Conclusion conclusion, string? note, string person)
    {
        ArgumentNullException.ThrowIfNull(acts);
        ArgumentOutOfRangeException.ThrowIfZero(acts.Count, nameof(acts));
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        return Change(connection =>
        {
            var batch = NextBatch(connection);
            foreach (var (act, time) in acts) WriteReview(connection, act, time, conclusion, note, batch, person);
            WriteAudit(connection, person, "review.conclude", string.Create(CultureInfo.InvariantCulture, $"batch {batch}: {Acts(acts.Count)}, {Word(conclusion)}"), reason: null);
            return (true, batch);
        });
    }

    /// <summary>Takes one's own go back: each of its acts has again what was concluded before, unless somebody has concluded anew since.</summary>
    /// <returns>How many acts; zero when there is nothing to take back.</returns>
    public int TakeBack(long batch, string person)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        return Change(connection =>
        {
            var rows = connection.Query<ReviewRow>($"SELECT {ReviewColumns} FROM act_reviews r WHERE batch = @batch AND reviewed_by = @person AND NOT EXISTS (SELECT 1 FROM act_reviews l WHERE l.event = r.event AND l.id > r.id)", new { batch, person }).ToList();
            if (rows.Count == 0) return (false, 0);
            var undo = NextBatch(connection);
            foreach (var row in rows)
            {
                var former = connection.QueryFirstOrDefault<ReviewRow>($"SELECT {ReviewColumns} FROM act_reviews WHERE event = @Event AND id < @Id ORDER BY id DESC LIMIT 1", row);
                WriteReview(connection, new Guid(row.Event, bigEndian: true), Time(row.EventTime), (Conclusion)(former?.Conclusion ?? 0), former?.Note, undo, person);
            }
            WriteAudit(connection, person, "review.take-back", string.Create(CultureInfo.InvariantCulture, $"batch {undo}: {Acts(rows.Count)} of batch {batch}"), reason: null);
            return (true, rows.Count);
        });
    }

    /// <summary>The conclusions in force about these acts; an act without one is not among them.</summary>
    public IReadOnlyDictionary<Guid, ActReview> ReviewsOf(IEnumerable<Guid> acts)
    {
        ArgumentNullException.ThrowIfNull(acts);
        return Read<IReadOnlyDictionary<Guid, ActReview>>(connection =>
        {
            var found = new Dictionary<Guid, ActReview>();
            // A busy week asks for two thousand: one by one they would take longer than everything else on the page.
            foreach (var some in acts.Distinct().Chunk(ActsAskedAtOnce))
            {
                var newest = connection.Query<ReviewRow>(
                    $"SELECT {ReviewColumns} FROM act_reviews r WHERE event IN @acts AND conclusion > 0 AND NOT EXISTS (SELECT 1 FROM act_reviews l WHERE l.event = r.event AND l.id > r.id)", new { acts = some.Select(Bytes).ToList() });
                foreach (var row in newest) found[new Guid(row.Event, bigEndian: true)] = row.ToRecord();
            }
            return found;
        });
    }

    /// <summary>The conclusions in force about the acts of a period: for whoever asks about many of them.</summary>
    /// <param name="since">From this instant on.</param>
    /// <param name="until">Before this instant.</param>
    public IReadOnlyDictionary<Guid, ActReview> ReviewsBetween(DateTimeOffset since, DateTimeOffset until) => Read<IReadOnlyDictionary<Guid, ActReview>>(connection =>
        connection.Query<ReviewRow>(
            $"SELECT {ReviewColumns} FROM act_reviews r WHERE event_time >= @since AND event_time < @until AND conclusion > 0 AND NOT EXISTS (SELECT 1 FROM act_reviews l WHERE l.event = r.event AND l.id > r.id)",
            new { since = Milliseconds(since), until = Milliseconds(until) }).Select(row => row.ToRecord()).ToDictionary(review => review.Act));

    /// <summary>Everything that was concluded about an act, newest first; with <see cref="Conclusion.None"/> where it was taken back.</summary>
    public IReadOnlyList<ActReview> ReviewHistory(Guid act) => Read<IReadOnlyList<ActReview>>(connection =>
        [.. connection.Query<ReviewRow>($"SELECT {ReviewColumns} FROM act_reviews WHERE event = @act ORDER BY id DESC LIMIT 100", new { act = Bytes(act) }).Select(row => row.ToRecord())]);

    /// <summary>A page of the acts of a period that have this conclusion, newest act first.</summary>
    /// <param name="conclusion">The conclusion in force.</param>
    /// <param name="since">From this instant on.</param>
    /// <param name="until">Before this instant.</param>
    /// <param name="before">The last act of the page before, or null for the first page. One that has no conclusion any more holds its place all the same.</param>
    /// <param name="limit">At most so many.</param>
    public KeyPage<ActReview> Concluded(Conclusion conclusion, DateTimeOffset since, DateTimeOffset until, Guid? before, int limit) => Read(connection => KeyPage<ActReview>.Of(
        connection.Query<ReviewRow>(
            $"""
            SELECT {ReviewColumns} FROM act_reviews r WHERE event_time >= @since AND event_time < @until AND conclusion = @conclusion
            AND NOT EXISTS (SELECT 1 FROM act_reviews l WHERE l.event = r.event AND l.id > r.id)
            AND (@before IS NULL OR (event_time, event) < (SELECT event_time, event FROM act_reviews WHERE event = @before LIMIT 1))
            ORDER BY event_time DESC, event DESC LIMIT @limit
            """,
            new { since = Milliseconds(since), until = Milliseconds(until), conclusion = (long)conclusion, before = before is { } act ? Bytes(act) : null, limit = limit + 1 }).Select(row => row.ToRecord()),
        limit));

    /// <summary>Counts the conclusions about acts of a period.</summary>
    public ReviewCounts CountReviews(DateTimeOffset since, DateTimeOffset until) => Read(connection => CountReviews(connection, since, until));

    /// <summary>How many acts somebody has concluded since.</summary>
    public int CountConcluded(DateTimeOffset since) => Read(connection =>
        connection.ExecuteScalar<int>("SELECT count(DISTINCT event) FROM act_reviews WHERE reviewed_at >= @since AND conclusion > 0", new { since = Milliseconds(since) }));

    /// <summary>Notes that a day is done.</summary>
    public void MarkDayDone(DateOnly day, int reviewed, int open, string person)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        Change(connection =>
        {
            connection.Execute("INSERT INTO review_days (day, done_at, done_by, reviewed, open) VALUES (@day, @now, @person, @reviewed, @open)", new { day = Text(day), now = Now(), person, reviewed, open });
            WriteAudit(connection, person, "review.day-done", Text(day), reason: null);
            return (true, true);
        });
    }

    /// <summary>Days that were called done, newest first.</summary>
    public IReadOnlyList<DoneDay> DaysDone(DateOnly since, int limit = 400) => Read<IReadOnlyList<DoneDay>>(connection =>
        [.. connection.Query<DayRow>("SELECT day, done_at, done_by, reviewed, open FROM review_days WHERE day >= @since ORDER BY id DESC LIMIT @limit", new { since = Text(since), limit })
            .Select(row => new DoneDay(Day(row.Day), Time(row.DoneAt), row.DoneBy, (int)row.Reviewed, (int)row.Open))]);

    /// <summary>Signs a term with what stands there now, unless <paramref name="whyNot"/> has a reason against it.</summary>
    /// <param name="days">First and last day.</param>
    /// <param name="instants">The same as instants: from the first, before the second.</param>
    /// <param name="note">A note, perhaps empty.</param>
    /// <param name="person">Who signs.</param>
    /// <param name="whyNot">Asked in the same transaction, with the counts.</param>
    /// <returns>The reason against it, or null when it is signed.</returns>
    public string? SignTerm((DateOnly Since, DateOnly Until) days, (DateTimeOffset Since, DateTimeOffset Until) instants, string note, string person, Func<ReviewCounts, string?> whyNot)
    {
        ArgumentNullException.ThrowIfNull(note);
        ArgumentNullException.ThrowIfNull(whyNot);
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        return Change(connection =>
        {
            var counts = CountReviews(connection, instants.Since, instants.Until);
            if (whyNot(counts) is { } why) return (false, (string?)why);
            var daysDone = connection.ExecuteScalar<int>("SELECT count(DISTINCT day) FROM review_days WHERE day >= @since AND day <= @until", new { since = Text(days.Since), until = Text(days.Until) });
            connection.Execute(
                """
                INSERT INTO term_signatures (since, until, no_concern, talk, concern, days_done, reviewers, note, signed_at, signed_by)
                VALUES (@since, @until, @NoConcern, @Talk, @Concern, @daysDone, @reviewers, @note, @now, @person)
                """,
                new { since = Text(days.Since), until = Text(days.Until), counts.NoConcern, counts.Talk, counts.Concern, daysDone, reviewers = string.Join(',', counts.Reviewers), note, now = Now(), person });
            WriteAudit(connection, person, "review.sign", $"{Text(days.Since)} to {Text(days.Until)}", note.Length > 0 ? note : null);
            return (true, null);
        });
    }

    /// <summary>Terms that were signed, newest first.</summary>
    public IReadOnlyList<TermSignature> TermSignatures(int limit = 50) => Read<IReadOnlyList<TermSignature>>(connection =>
        [.. connection.Query<SignatureRow>("SELECT id, since, until, no_concern, talk, concern, days_done, reviewers, note, signed_at, signed_by FROM term_signatures ORDER BY id DESC LIMIT @limit", new { limit })
            .Select(row => row.ToRecord())]);

    /// <summary>Keeps a choice under a name, in place of one of the same name. False when the person keeps <see cref="SavedViewsMax"/> already.</summary>
    public bool SaveView(string person, string page, string name, string query)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(person);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Change(connection =>
        {
            var others = connection.ExecuteScalar<int>("SELECT count(*) FROM saved_views WHERE person = @person AND page = @page AND name <> @name", new { person, page, name });
            if (others >= SavedViewsMax) return (false, false);
            connection.Execute("INSERT INTO saved_views (person, page, name, query, made_at) VALUES (@person, @page, @name, @query, @now) ON CONFLICT DO UPDATE SET query = excluded.query", new { person, page, name, query, now = Now() });
            return (true, true);
        });
    }

    /// <summary>Forgets a view; only the person's own.</summary>
    public bool RemoveView(string person, long id) => Change(connection => (true, connection.Execute("DELETE FROM saved_views WHERE id = @id AND person = @person", new { id, person }) == 1));

    /// <summary>What somebody keeps of a page, by name.</summary>
    public IReadOnlyList<SavedView> SavedViews(string person, string page) => Read<IReadOnlyList<SavedView>>(connection =>
        [.. connection.Query<ViewRow>("SELECT id, name, query FROM saved_views WHERE person = @person AND page = @page ORDER BY name", new { person, page }).Select(row => new SavedView(row.Id, row.Name, row.Query))]);

    private static ReviewCounts CountReviews(SqliteConnection connection, DateTimeOffset since, DateTimeOffset until)
    {
        var rows = connection.Query<CountRow>(
            """
            SELECT conclusion, reviewed_by, count(*) AS count FROM act_reviews r WHERE event_time >= @since AND event_time < @until AND conclusion > 0
            AND NOT EXISTS (SELECT 1 FROM act_reviews l WHERE l.event = r.event AND l.id > r.id) GROUP BY conclusion, reviewed_by
            """,
            new { since = Milliseconds(since), until = Milliseconds(until) }).ToList();
        long Of(Conclusion conclusion) => rows.Where(row => row.Conclusion == (long)conclusion).Sum(row => row.Count);
        return new ReviewCounts(Of(Conclusion.NoConcern), Of(Conclusion.Talk), Of(Conclusion.Concern),
            [.. rows.GroupBy(row => row.ReviewedBy, StringComparer.OrdinalIgnoreCase).OrderByDescending(group => group.Sum(row => row.Count)).Select(group => group.Key)]);
    }

    private static string Acts(int count) => count == 1 ? "1 act" : string.Create(CultureInfo.InvariantCulture, $"{count} acts");

    private static long NextBatch(SqliteConnection connection) => connection.ExecuteScalar<long>("SELECT coalesce(max(batch), 0) + 1 FROM act_reviews");

    private void WriteReview(SqliteConnection connection, Guid act, DateTimeOffset time, Conclusion conclusion, string? note, long batch, string person) => connection.Execute(
        "INSERT INTO act_reviews (event, event_time, conclusion, note, batch, reviewed_at, reviewed_by) VALUES (@act, @time, @conclusion, @note, @batch, @now, @person)",
        new { act = Bytes(act), time = Milliseconds(time), conclusion = (long)conclusion, note, batch, now = Now(), person });

    private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Word(Conclusion conclusion) => conclusion switch
    {
        Conclusion.None => "open again", Conclusion.NoConcern => "no concern", Conclusion.Talk => "talk", Conclusion.Concern => "concern", _ => throw new System.Diagnostics.UnreachableException($"conclusion {conclusion}"),
    };

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class ReviewRow
    {
        public long Id { get; init; }
        public byte[] Event { get; init; } = [];
        public long EventTime { get; init; }
        public long Conclusion { get; init; }
        public string? Note { get; init; }
        public long Batch { get; init; }
        public long ReviewedAt { get; init; }
        public string ReviewedBy { get; init; } = "";

        public ActReview ToRecord() => new(Id, new Guid(Event, bigEndian: true), StateStore.Time(EventTime), (Conclusion)Conclusion, Note, Batch, StateStore.Time(ReviewedAt), ReviewedBy);
    }

    private sealed class CountRow
    {
        public long Conclusion { get; init; }
        public string ReviewedBy { get; init; } = "";
        public long Count { get; init; }
    }

    private sealed class DayRow
    {
        public string Day { get; init; } = "";
        public long DoneAt { get; init; }
        public string DoneBy { get; init; } = "";
        public long Reviewed { get; init; }
        public long Open { get; init; }
    }

    private sealed class SignatureRow
    {
        public long Id { get; init; }
        public string Since { get; init; } = "";
        public string Until { get; init; } = "";
        public long NoConcern { get; init; }
        public long Talk { get; init; }
        public long Concern { get; init; }
        public long DaysDone { get; init; }
        public string Reviewers { get; init; } = "";
        public string Note { get; init; } = "";
        public long SignedAt { get; init; }
        public string SignedBy { get; init; } = "";

        public TermSignature ToRecord() => new(
            Id, Day(Since), Day(Until), new ReviewCounts(NoConcern, Talk, Concern, Reviewers.Split(',', StringSplitOptions.RemoveEmptyEntries)), (int)DaysDone, Note, StateStore.Time(SignedAt), SignedBy);
    }

    private sealed class ViewRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Query { get; init; } = "";
    }
#pragma warning restore CA1812
}
