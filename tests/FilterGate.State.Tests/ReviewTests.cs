using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

/// <summary>Conclusions about acts: the newest holds, the former stay, a go is taken back whole, and a term is counted and signed.</summary>
internal sealed class ReviewTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
    private static readonly Guid A = Guid.CreateVersion7(Monday), B = Guid.CreateVersion7(Monday.AddMinutes(1)), C = Guid.CreateVersion7(Monday.AddMinutes(2));

    private TempFolder _folder = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _state = null!;

    [SetUp]
    public void Open()
    {
        (_folder, _clock) = (new TempFolder(), new FakeTimeProvider(Monday.AddHours(5)));
        _state = StateStore.Open(_folder["state.db"], _clock);
    }

    [TearDown]
    public void Close()
    {
        _state.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void ConcludeActs_Again_TheNewestHoldsAndTheFormerStays()
    {
        var first = Conclude(Conclusion.NoConcern, "dsl", null, A, B);
        var second = Conclude(Conclusion.Concern, "head", "seen by the nurse", A);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_state.ReviewsOf([A, B, C]).Select(pair => (pair.Key, pair.Value.Conclusion, pair.Value.By)), Is.EquivalentTo(new[] { (A, Conclusion.Concern, "head"), (B, Conclusion.NoConcern, "dsl") }));
            Assert.That(_state.ReviewHistory(A).Select(review => (review.Conclusion, review.Note)), Is.EqualTo(new[] { (Conclusion.Concern, "seen by the nurse"), (Conclusion.NoConcern, (string?)null) }));
            Assert.That(_state.ReviewHistory(A).Select(review => review.Batch), Is.EqualTo(new[] { second, first }), "the row of the audit says which conclusions it is of");
            Assert.That(_state.AuditEntries().Select(entry => (entry.Actor, entry.Action, entry.Subject)).Take(2), Is.EqualTo(new[] { ("head", "review.conclude", $"batch {second}: 1 act, concern"), ("dsl", "review.conclude", $"batch {first}: 2 acts, no concern") }));
        }
    }

    [TestCase(1)]
    [TestCase(500)]
    [TestCase(1_201)]
    public void ReviewsOf_ManyActs_AreThoseInForce(int acts)
    {
        var all = Enumerable.Range(0, acts).Select(_ => Guid.CreateVersion7(Monday)).ToList();
        Conclude(Conclusion.NoConcern, "dsl", null, [.. all]);
        Conclude(Conclusion.Concern, "dsl", null, [.. all.Where((_, i) => i % 3 == 0)]);
        _state.TakeBack(Conclude(Conclusion.Talk, "dsl", null, all[^1], A), "dsl");
        var found = _state.ReviewsOf([.. all, A, .. all.Take(2)]);
        Assert.That(found.Keys, Is.EquivalentTo(all), "each once, and not the one that was taken back");
        Assert.That(all.Select((act, i) => found[act].Conclusion == (i % 3 == 0 ? Conclusion.Concern : Conclusion.NoConcern)), Is.All.True);
        Assert.That(_state.ReviewsOf([]), Is.Empty);
        Assert.That(_state.ReviewsBetween(Monday, Monday.AddMilliseconds(1)), Is.EquivalentTo(found));
        Assert.That(_state.ReviewsBetween(Monday.AddDays(-1), Monday).Concat(_state.ReviewsBetween(Monday.AddMilliseconds(1), Monday.AddDays(1))), Is.Empty);
    }

    [Test]
    public void TakeBack_AGo_BringsBackWhatWasBefore()
    {
        Conclude(Conclusion.Talk, "dsl", "first", A);
        var batch = Conclude(Conclusion.NoConcern, "dsl", null, A, B);
        Assert.That(_state.TakeBack(batch, "dsl"), Is.EqualTo(2));
        Assert.That(_state.ReviewsOf([A, B]).Select(pair => (pair.Key, pair.Value.Conclusion, pair.Value.Note)), Is.EqualTo(new[] { (A, Conclusion.Talk, "first") }));
        Assert.That(_state.AuditEntries()[0].Subject, Is.EqualTo($"batch {batch + 1}: 2 acts of batch {batch}"));
        Assert.That(_state.TakeBack(batch, "dsl"), Is.Zero, "it is no longer the newest");
    }

    [Test]
    public void TakeBack_SomebodyElsesOrConcludedSince_IsLeft()
    {
        var batch = Conclude(Conclusion.NoConcern, "dsl", null, A, B);
        Assert.That(_state.TakeBack(batch, "head"), Is.Zero);
        Conclude(Conclusion.Concern, "head", null, A);
        Assert.That(_state.TakeBack(batch, "dsl"), Is.EqualTo(1), "B alone");
        Assert.That(_state.ReviewsOf([A, B]).Single().Value.Conclusion, Is.EqualTo(Conclusion.Concern));
    }

    [Test]
    public void CountReviews_CountsEachActOnceByTheNewest()
    {
        Conclude(Conclusion.NoConcern, "dsl", null, A, B, C);
        Conclude(Conclusion.Concern, "head", null, A);
        _state.TakeBack(Conclude(Conclusion.Talk, "dsl", null, B), "dsl");
        var counts = _state.CountReviews(Monday, Monday.AddDays(1));
        Assert.That((counts.NoConcern, counts.Talk, counts.Concern, counts.Total), Is.EqualTo((2L, 0L, 1L, 3L)));
        Assert.That(counts.Reviewers, Is.EqualTo(new[] { "dsl", "head" }));
        Assert.That(_state.CountReviews(Monday.AddDays(1), Monday.AddDays(2)).Total, Is.Zero);
        Assert.That((_state.CountConcluded(Monday), _state.CountConcluded(Monday.AddDays(1))), Is.EqualTo((3, 0)));
        Assert.That(_state.Concluded(Conclusion.NoConcern, Monday, Monday.AddDays(1), before: null, 10).Rows.Select(review => review.Act), Is.EquivalentTo(new[] { C, B }));
    }

    /// <summary>Thousands of conclusions are read to their end, in the order of the acts, though others are added meanwhile.</summary>
    [Test]
    public void Concluded_PageByPage_HasEachOnce()
    {
        (Guid, DateTimeOffset)[] acts = [.. Enumerable.Range(0, 2_500).Select(i => (Guid.CreateVersion7(Monday.AddSeconds(i / 2)), Monday.AddSeconds(i / 2)))];
        _state.ConcludeActs(acts, Conclusion.Talk, note: null, "dsl");
        var (seen, before) = (new List<ActReview>(), (Guid?)null);
        while (true)
        {
            var page = _state.Concluded(Conclusion.Talk, Monday, Monday.AddDays(1), before, 500);
            seen.AddRange(page.Rows);
            if (!page.HasMore) break;
            before = page.Rows[^1].Act;
            _state.ConcludeActs([(Guid.CreateVersion7(Monday.AddHours(20)), Monday.AddHours(20))], Conclusion.Talk, note: null, "head");
        }
        Assert.That(seen.Select(review => review.Act), Is.EquivalentTo(acts.Select(act => act.Item1)));
        Assert.That(seen.Select(review => review.ActTime), Is.Ordered.Descending);
    }

    [Test]
    public void SignTerm_KeepsWhatStoodThere()
    {
        Conclude(Conclusion.Talk, "dsl", null, A);
        _state.MarkDayDone(new DateOnly(2026, 11, 23), reviewed: 1, open: 2, "dsl");
        var days = (new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30));
        var instants = (Monday.AddDays(-10), Monday.AddDays(10));
        Assert.That(_state.SignTerm(days, instants, "read with the lead", "head", _ => "no"), Is.EqualTo("no"));
        Assert.That(_state.TermSignatures(), Is.Empty);
        Assert.That(_state.SignTerm(days, instants, "read with the lead", "head", counts => counts.Total == 1 ? null : "wrong count"), Is.Null);
        Conclude(Conclusion.Concern, "dsl", null, A);
        var signed = _state.TermSignatures().Single();
        Assert.That((signed.Counts.Talk, signed.Counts.Concern, signed.DaysDone, signed.Note, signed.By), Is.EqualTo((1L, 0L, 1, "read with the lead", "head")));
        Assert.That(_state.DaysDone(new DateOnly(2026, 11, 1)).Select(day => (day.Reviewed, day.Open, day.By)), Is.EqualTo(new[] { (1, 2, "dsl") }));
    }

    [Test]
    public void SavedViews_AreEachPersonsOwn()
    {
        Assert.That(_state.SaveView("dsl", "review", "Class 4B", "?group=4b") && _state.SaveView("dsl", "review", "Class 4B", "?group=4b&when=week") && _state.SaveView("head", "review", "Mine", "?tier=staff"));
        var kept = _state.SavedViews("dsl", "review").Single();
        Assert.That((kept.Name, kept.Query), Is.EqualTo(("Class 4B", "?group=4b&when=week")));
        Assert.That((_state.RemoveView("head", kept.Id), _state.RemoveView("dsl", kept.Id), _state.SavedViews("dsl", "review").Count), Is.EqualTo((false, true, 0)));
        for (var i = 0; i < StateStore.SavedViewsMax; i++) Assert.That(_state.SaveView("dsl", "review", $"v{i}", ""));
        Assert.That((_state.SaveView("dsl", "review", "one more", ""), _state.SaveView("dsl", "review", "v3", "?x")), Is.EqualTo((false, true)));
    }

    private long Conclude(Conclusion conclusion, string person, string? note, params Guid[] acts) => _state.ConcludeActs([.. acts.Select(act => (act, Monday))], conclusion, note, person);
}
