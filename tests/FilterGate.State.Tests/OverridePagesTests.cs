using FilterGate.Policy;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class OverridePagesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _store = StateStore.Open(_temp["state.db"], new FakeTimeProvider(Noon));
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    private long Open(string host, int daysAgo, int daysLeft, int? usedDaysAgo = null, bool isForGood = false)
    {
        var id = _store.OpenSites([new OverrideDraft(Audience.ForTier("pupil"), Site.ForHost(host), Noon.AddDays(-daysAgo), Noon.AddDays(daysLeft)) { IsForGood = isForGood }], "why", "tech")![0].Id;
        if (usedDaysAgo is { } days)
        {
            var at = Noon.AddDays(-days);
            _store.AddUses([new OverrideUse(id, DateOnly.FromDateTime(at.UtcDateTime), "p1", at, at, 3), new OverrideUse(id, DateOnly.FromDateTime(at.UtcDateTime), "p2", at, at, 1)], []);
        }
        return id;
    }

    private static OverrideQuery Ask(OverrideShow show, string? site = null, long? after = null, int limit = 50) =>
        new() { Show = show, Time = Noon, UnusedSince = Noon.AddDays(-30), OldSince = Noon.AddDays(-90), Site = site, After = after, Limit = limit };

    [TestCase(OverrideShow.Live, null, "unused, old, aged, fresh")]
    [TestCase(OverrideShow.Live, "us", "unused")]
    [TestCase(OverrideShow.Live, "%", "")]
    [TestCase(OverrideShow.Review, null, "aged, old, unused")]
    [TestCase(OverrideShow.Ended, null, "revoked, ended")]
    public void Overrides_ByWhatIsAsked(OverrideShow show, string? site, string expected)
    {
        Open("fresh.example", daysAgo: 1, daysLeft: 1);
        Open("ended.example", daysAgo: 2, daysLeft: -1);
        Open("aged.example", daysAgo: 100, daysLeft: 100, usedDaysAgo: 0, isForGood: true);
        _store.Revoke(Open("revoked.example", daysAgo: 100, daysLeft: 1), "enough", "tech");
        Open("old.example", daysAgo: 90, daysLeft: 1, usedDaysAgo: 0);
        Open("unused.example", daysAgo: 60, daysLeft: 1, usedDaysAgo: 30);

        Assert.That(string.Join(", ", _store.Overrides(Ask(show, site)).Rows.Select(r => r.Override.Site.Host.Split('.')[0])), Is.EqualTo(expected));
        Assert.That(_store.CountOverrides(Noon, Noon.AddDays(-30), Noon.AddDays(-90)), Is.EqualTo(new OverrideCounts(Live: 4, ForGood: 1, Review: 3)));
    }

    [Test]
    public void Overrides_WithUses_SaysHowOftenByHowManyAndWhen()
    {
        Open("used.example", daysAgo: 5, daysLeft: 1, usedDaysAgo: 2);
        Open("unused.example", daysAgo: 5, daysLeft: 1);
        Assert.That(_store.Overrides(Ask(OverrideShow.Live)).Rows.Select(r => r.Usage), Is.EqualTo(new OverrideUsage?[] { null, new(1, 4, 2, Noon.AddDays(-2)) }));
    }

    [TestCase(OverrideShow.Live)]
    [TestCase(OverrideShow.Review)]
    [TestCase(OverrideShow.Ended)]
    public void Overrides_PageByPage_ShowsEachOnceThoughOthersAreAdded(OverrideShow show)
    {
        for (var i = 0; i < 25; i++) Open($"s{i}.example", daysAgo: 95, daysLeft: show == OverrideShow.Ended ? -1 : 1);
        var (seen, after, pages) = (new List<long>(), (long?)null, 0);
        while (true)
        {
            var page = _store.Overrides(Ask(show, after: after, limit: 10));
            seen.AddRange(page.Rows.Select(r => r.Override.Id));
            pages++;
            if (!page.HasMore) break;
            after = seen[^1];
            if (show != OverrideShow.Review) Open("later.example", daysAgo: 95, daysLeft: show == OverrideShow.Ended ? -1 : 1);
        }
        Assert.That(seen, Has.Count.EqualTo(25).And.Unique);
        Assert.That(pages, Is.EqualTo(3));
    }
}
