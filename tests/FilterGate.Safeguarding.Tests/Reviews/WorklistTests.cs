using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Safeguarding.Reviews;
using FilterGate.Safeguarding.Tests.Today;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Safeguarding.Tests.Reviews;

/// <summary>The list of what to look at asks the events for little, and finds what it would find if it read all of them.</summary>
internal sealed class WorklistTests
{
    private static readonly PolicySnapshot Policy = PolicySnapshot.Compile(
        PolicyDocument.Parse("school: Test\nnetworks: [10.0.0.0/8]\ntiers: { pupil: {}, staff: {} }\n", ListLoader.ShippedTaxonomy, out _)!, new ListSet { Taxonomy = ListLoader.ShippedTaxonomy, Version = "test" }, OverrideTable.Empty);

    [Test]
    [Category("Slow")]
    public async Task Of_SampleWeek_HasTheItemsOfEverythingThatHappened()
    {
        var week = SampleWeek.Make();
        await using var box = new Box();
        // Parts of pages make no items, and would be most of what is written.
        foreach (var e in week.Days.Values.SelectMany(day => day).Where(e => e.ActKind is not null || e.Reason == Reason.Locked)) await box.Events.EnqueueAsync(e);
        await box.Events.CommitAsync(new FilterEvent { Time = Box.Noon, Kind = EventKind.Audit }, giveReference: false); // Everything before it is on disk then.
        foreach (var (day, events) in week.Days)
        {
            var all = TodayItems.Of(events, ListLoader.ShippedTaxonomy);
            var found = Worklist.Of(box.Events.Search, box.State, Policy, new DateTimeOffset(day, new TimeOnly(20, 0), TimeSpan.Zero), _ => true);
            Assert.That(found.Items.Where(item => item.Day == day).Select(item => Say(item.Item)), Is.EqualTo(all.Items.Select(Say)), day.ToString("o"));
            Assert.That(found.IsCut, Is.False);
        }

        static string Say(TodayItem item) => $"{item.Who} {item.Score} {item.Why} {string.Join(' ', item.Acts)}";
    }

    [Test]
    public void Queries_CategoriesThatAreNotAskedFor_CanNotBecomeAnItem()
    {
        var asked = TodayItems.Queries(new EventQuery(), Policy)[0].Categories.ToHashSet();
        var time = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
        Assert.Multiple(() =>
        {
            foreach (var slug in ListLoader.ShippedTaxonomy.Categories.Select(category => category.Slug))
            {
                // The worst that one person can do: by searching, ten times, on after the refusal, on three sites.
                var worst = Enumerable.Range(0, 12).Select(i => new FilterEvent
                {
                    Time = time.AddMinutes(i), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = "p1", Category = slug, Host = $"site{i % 3}.example", ActKind = ActKind.BlockedAct, Intent = Intent.Searched,
                });
                if (TodayItems.Of(worst, ListLoader.ShippedTaxonomy).Items is [var item]) Assert.That(asked, Does.Contain(slug), $"{slug} reaches {item.Score}");
            }
            Assert.That(asked, Does.Contain("pornography").And.Not.Contain("games").And.Not.Contain("advertising"));
        });
    }

    /// <summary>Chat weighs nothing by itself; with one refusal of its subject that does, it is part of the item, of few people and of many.</summary>
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(5)]
    public async Task Of_SubjectOfSeveralCategories_CountsTheLightOnesToo(int people)
    {
        await using var box = new Box();
        var events = new List<FilterEvent>();
        for (var person = 1; person <= people + 1; person++)
            for (var i = 0; i < 6; i++)
                events.Add(new FilterEvent
                {
                    Time = Box.Noon.AddMinutes(i), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Person = $"p{person}", Host = $"site{i}.example", ActKind = ActKind.BlockedAct, Intent = Intent.Typed,
                    Category = i == 5 && person <= people ? "random-video-chat" : "chat-messaging",
                });
        foreach (var e in events) await box.Events.CommitAsync(e, giveReference: false);

        var found = Worklist.Of(box.Events.Search, box.State, Policy, Box.Noon.AddHours(1), _ => true);

        Assert.That(found.Items.Select(item => (item.Item.Who, item.Item.Score, item.Item.Acts.Count)), Is.EqualTo(TodayItems.Of(events, ListLoader.ShippedTaxonomy).Items.Select(item => (item.Who, item.Score, item.Acts.Count))));
        Assert.That(found.Items.Select(item => item.Item.Acts.Count), Is.EqualTo(Enumerable.Repeat(6, people)));
    }

    /// <summary>A lead back from half-term, one who never presses <i>Done</i>, and one who presses it daily see what was left open.</summary>
    [TestCase(null, TestName = "Of_NoDayEverDone_GoesBackAWeek")]
    [TestCase(1, TestName = "Of_YesterdayDone_GoesBackAWeek")]
    [TestCase(6, TestName = "Of_DoneSixDaysAgo_GoesBackAWeek")]
    [TestCase(8, TestName = "Of_DoneEightDaysAgo_GoesBackAWeek")]
    public async Task Of_ItemLeftOpen(int? doneDaysAgo)
    {
        await using var box = new Box();
        async Task<FilterEvent> SearchedAsync(int daysAgo) => await box.Events.CommitAsync(
            new FilterEvent { Time = Box.Noon.AddDays(-daysAgo), Kind = EventKind.Search, Decision = Verdict.Allow, Person = $"p{daysAgo}", Host = "search.example", ActKind = ActKind.Search, Intent = Intent.Searched, SearchWords = "kill myself" }, giveReference: false);
        foreach (var daysAgo in new[] { 7, 6, 3, 1 }) await SearchedAsync(daysAgo);
        var concluded = await SearchedAsync(2);
        box.State.ConcludeActs([(concluded.Id, concluded.Time)], Conclusion.Talk, note: null, "dsl");
        if (doneDaysAgo is { } ago) box.State.MarkDayDone(DateOnly.FromDateTime(Box.Noon.UtcDateTime).AddDays(-ago), reviewed: 1, open: 3, "dsl");

        var found = Worklist.Of(box.Events.Search, box.State, Policy, Box.Noon, _ => true);

        Assert.That(found.Items.Select(item => item.Item.Person), Is.EqualTo(new[] { "p1", "p3", "p6" }));
        Assert.That(found.Since, Is.EqualTo(new DateOnly(2026, 11, 17)));
    }

    [TestCase("i don't want to live", TestName = "Of_SearchWithAnApostrophe_IsFound")]
    [TestCase("i dont want to live", TestName = "Of_SearchWithoutTheApostrophe_IsFound")]
    [TestCase("How do I KILL myself?", TestName = "Of_SearchWithCapitalsAndSigns_IsFound")]
    public async Task Of_AllowedSearch(string words)
    {
        await using var box = new Box();
        await box.Events.CommitAsync(new FilterEvent { Time = Box.Noon, Kind = EventKind.Search, Decision = Verdict.Allow, Person = "p1", Host = "search.example", ActKind = ActKind.Search, Intent = Intent.Searched, SearchWords = words }, giveReference: false);
        var item = Worklist.Of(box.Events.Search, box.State, Policy, Box.Noon.AddHours(1), _ => true).Items.Single();
        Assert.That((item.Item.Subject, item.Item.Person), Is.EqualTo(("suicide", "p1")));
    }
}
