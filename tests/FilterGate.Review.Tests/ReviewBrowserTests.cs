using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;
using FilterGate.Testing.Browser;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace FilterGate.Review.Tests;

/// <summary>The site over a real event store, on a real port, in a real browser.</summary>
[TestFixture]
[Category("Browser")]
public sealed class ReviewBrowserTests
{
    private string _folder = null!;
    private EventStore _events = null!;
    private RunningSite _site = null!;
    private RunningSite _empty = null!;
    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _folder = Directory.CreateTempSubdirectory("filtergate-review").FullName;
        // The store's own waits need a clock that runs; the page's "now" stands still.
        _events = EventStore.Open(_folder, TimeProvider.System);
        foreach (var e in Day()) await _events.EnqueueAsync(e);
        await _events.CommitAsync(Sample.Block(RunningSite.Now.AddMinutes(-1)) with { Reference = null }, giveReference: true);

        var clock = new FakeTimeProvider(RunningSite.Now);
        var school = RunningSite.School with { HasLicensedList = false, Overrides = [new Override(12, "pupil", "films.example", RunningSite.Now.AddMinutes(-20), RunningSite.Now.AddMinutes(55))] };
        _site = await RunningSite.StartAsync(RunningSite.Log(_events.Search, school, waiting: () => 2, clock));
        _empty = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        await _site.DisposeAsync();
        await _empty.DisposeAsync();
        await _events.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A day of 130 events, some of yesterday.</summary>
    private static IEnumerable<FilterEvent> Day()
    {
        var hosts = new[] { ("games.example", "games"), ("chat.example", "social-networks"), ("very-long-name-of-a-games-site-that-goes-on.example", "games") };
        for (var i = 0; i < 120; i++)
        {
            var (host, category) = hosts[i % 3];
            var time = RunningSite.Now.AddMinutes(-3 - (i * 4));
            yield return Sample.Block(time, host, i % 4 == 0 ? "/" : $"/play/{i}?with=a-question-that-has-some-length&and=more", i % 5 == 0 ? "guest" : i % 7 == 0 ? "staff" : "pupil", category) with
            {
                Reference = i % 2 == 0 ? null : $"K7Q4-{i:D4}", Device = i % 3 == 0 ? null : $"ipad-{i % 30}", Reason = i % 13 == 0 ? Reason.CategoryWarn : i % 11 == 0 ? Reason.OwnBlock : Reason.CategoryBlock,
                Decision = i % 13 == 0 ? Verdict.Warn : Verdict.Block,
            };
        }
        yield return Sample.Locked(RunningSite.Now.AddMinutes(-2)) with { Host = null, Url = null, Entry = null, Rule = null };
        yield return Sample.Override(RunningSite.Now.AddMinutes(-4));
        yield return Sample.Granted(RunningSite.Now.AddMinutes(-20));
        yield return Sample.Block(RunningSite.Now.AddDays(-1), "yesterday.example");
    }

    [TestCase("log", "log", false)]
    [TestCase("log", "log", true, Category = "Slow")]
    [TestCase("chosen", "log?tier=nobody&when=between&from=2026-11-20T09:00&to=2026-11-22T12:00", true, Category = "Slow")]
    [TestCase("missing", "no-such-page", false, Category = "Slow")]
    public async Task Page_InTheBrowser_IsAccessibleLightAndAsksNobodyElse(string name, string address, bool dark)
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop(dark));
        await visit.Page.GotoAsync(new Uri(_site.Address, address).ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });

        foreach (var screen in new[] { Screen.Desktop(dark), Screen.Tablet(dark), Screen.Phone(dark) })
        {
            await visit.ResizeAsync(screen);
            await visit.ShootAsync($"review-{name}-{screen}", whole: false);
            Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
        }

        // Axe does not look into what is folded away; three rows stand for all.
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach((d, i) => { d.open = i < 3; if (i == 0) d.scrollIntoView({ block: 'center' }); })");
        await visit.ShootAsync($"review-{name}-{Screen.Phone(dark)}-open", whole: false);
        await visit.ResizeAsync(Screen.Desktop(dark));
        await visit.ShootAsync($"review-{name}-{Screen.Desktop(dark)}-open", whole: false);
        await visit.AssertAccessibleAsync();

        var bytes = await visit.Page.EvaluateAsync<int>("performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)");
        Assert.Multiple(() =>
        {
            Assert.That(visit.Requests, Is.All.Contains($" {_site.Address}"), "no request to anywhere else");
            Assert.That(visit.Requests.Distinct(StringComparer.Ordinal).Count(), Is.LessThanOrEqualTo(3), "page, stylesheet, icon");
            Assert.That(visit.Complaints.Where(c => !c.Contains("404 (Not Found)", StringComparison.Ordinal)), Is.Empty, "the policy refuses nothing of our own");
            Assert.That(bytes, Is.InRange(1, 100 * 1024));
        });
    }

    [Test]
    public async Task EmptyLog_InTheBrowser_IsAccessible()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        await visit.Page.GotoAsync(new Uri(_empty.Address, "log").ToString());
        await visit.ShootAsync($"review-empty-{Screen.Desktop()}");
        await visit.AssertAccessibleAsync();
    }

    [Test]
    public async Task Form_WithoutScript_FiltersByTierKindAndTime()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop(), scripts: false);
        await visit.Page.GotoAsync(new Uri(_site.Address, "log").ToString());
        var rows = visit.Page.Locator("table.log tbody tr");
        Assert.That(await rows.CountAsync(), Is.EqualTo(EventLog.PageSize));
        Assert.That(await visit.Page.GetByLabel("From").IsVisibleAsync(), Is.False, "the times wait until they are chosen");

        await visit.Page.GetByLabel("Tier").SelectOptionAsync("staff");
        await GoAsync(visit, AriaRole.Button, "Show");
        Assert.That(visit.Page.Url, Does.EndWith("/log?tier=staff&show=all&when=today&from=&to="));
        Assert.That(await rows.CountAsync(), Is.InRange(1, 20));
        Assert.That(await visit.Page.Locator("td.who").AllInnerTextsAsync(), Is.All.Contains("staff"));

        await visit.Page.GetByLabel("Tier").SelectOptionAsync("");
        await visit.Page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("overrides");
        await GoAsync(visit, AriaRole.Button, "Show");
        Assert.That(await rows.CountAsync(), Is.EqualTo(2));

        await visit.Page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("all");
        await visit.Page.GetByRole(AriaRole.Radio, new() { Name = "Chosen times" }).CheckAsync();
        await visit.Page.GetByLabel("From").FillAsync("2026-11-21T14:00");
        await visit.Page.GetByLabel("To", new() { Exact = true }).FillAsync("2026-11-21T14:10");
        await GoAsync(visit, AriaRole.Button, "Show");
        Assert.That(await rows.CountAsync(), Is.EqualTo(1));
        Assert.That(await rows.First.InnerTextAsync(), Does.Contain("yesterday.example").And.Contain("Sat 21 Nov"));
        Assert.That(await visit.Page.GetByLabel("From").InputValueAsync(), Is.EqualTo("2026-11-21T14:00"), "the form keeps what was chosen");
    }

    [Test]
    public async Task Older_WithoutScript_ShowsEachEventOnce()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Phone(), scripts: false);
        await visit.Page.GotoAsync(new Uri(_site.Address, "log").ToString());

        var ids = new List<string>();
        while (true)
        {
            ids.AddRange(await visit.Page.Locator("table.log tbody tr details dl div:last-child dd").AllTextContentsAsync());
            if (await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).CountAsync() == 0) break;
            await GoAsync(visit, AriaRole.Link, "Older");
        }

        Assert.That(ids, Has.Count.EqualTo(124).And.Unique, "120 blocks, one more with its reference, one locked, two overrides");
        await GoAsync(visit, AriaRole.Link, "Newest");
        Assert.That(visit.Page.Url, Is.EqualTo(new Uri(_site.Address, "log").ToString()));
    }

    /// <summary>Clicks and waits until the next page is there to its end: the click alone waits for its first bytes.</summary>
    private static async Task GoAsync(Visit visit, AriaRole role, string name)
    {
        await visit.Page.GetByRole(role, new() { Name = name }).ClickAsync();
        await visit.Page.WaitForLoadStateAsync(LoadState.Load);
    }
}
