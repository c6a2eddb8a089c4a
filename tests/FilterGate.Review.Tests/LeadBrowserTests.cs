using FilterGate.Testing.Browser;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace FilterGate.Review.Tests;

/// <summary>The lead's pages in a real browser: on a desk, a tablet and a phone, light and dark, by keyboard alone, and with scripts off.</summary>
[TestFixture]
[Category("Browser")]
public sealed class LeadBrowserTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private RunningSite _empty = null!;
    private RunningSite _busy = null!;
    private Chromium _chromium = null!;
    private readonly Dictionary<(string Person, RunningSite Site), Visitor> _people = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _clock = new FakeTimeProvider(RunningSite.Now);
        var policy = SamplePolicy.With(SampleDay.People);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => policy, new ReviewSiteOptions { IsInvented = true }, _clock);
        _empty = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => policy, clock: _clock);
        _busy = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => policy, clock: _clock);
        foreach (var e in SampleDay.BusyWeek()) await _busy.Events.CommitAsync(e, giveReference: false);
        await SampleDay.FillAsync(_site.Events, more: 120);
        _site.State.ConcludeActs([(SampleDay.WithQuery.Id, SampleDay.WithQuery.Time)], State.Conclusion.Talk, "talked at break", "deputy-dsl");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        foreach (var person in _people.Values) person.Dispose();
        await _site.DisposeAsync();
        await _empty.DisposeAsync();
        await _busy.DisposeAsync();
    }

    private static IEnumerable<TestCaseData> Pages()
    {
        foreach (var (person, name, address) in new[]
        {
            ("dsl", "today", "/"), ("dsl", "review", "/review"), ("dsl", "people", "/review?by=people&when=week"), ("dsl", "act", $"/review/act/{SampleDay.WithQuery.Id:N}"), ("dsl", "person", "/person/p401"),
            ("dsl", "searches", "/searches"), ("dsl", "sites", "/sites?when=week"), ("head", "sign", "/review/sign"), ("g-shaw", "governors", "/governors"), ("technician", "health", "/"),
        })
        {
            var light = new TestCaseData(person, name, address, false).SetName($"Page_{name}_IsAccessibleAndLight");
            yield return name is "today" ? light : light.SetCategory("Slow");
            yield return new TestCaseData(person, name, address, true).SetName($"Page_{name}_Dark_IsAccessible").SetCategory("Slow");
        }
        yield return new TestCaseData("dsl", "busy-today", "/", false).SetName("Page_TodayOfABusyWeek_IsAccessibleAndLight").SetCategory("Slow");
        yield return new TestCaseData("dsl", "busy-today-all", "/?show=all", true).SetName("Page_TodayOfABusyWeekWhole_IsAccessibleAndLight").SetCategory("Slow");
        yield return new TestCaseData("dsl", "empty-today", "/", false).SetName("Page_TodayEmpty_IsAccessible").SetCategory("Slow");
        yield return new TestCaseData("dsl", "empty-review", "/review?state=all", false).SetName("Page_ReviewEmpty_IsAccessible").SetCategory("Slow");
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Page(string person, string name, string address, bool dark)
    {
        var site = name.StartsWith("empty", StringComparison.Ordinal) ? _empty : name.StartsWith("busy", StringComparison.Ordinal) ? _busy : _site;
        await using var visit = await _chromium.VisitAsync(Screen.Desktop(dark));
        await SignInAsync(visit, site, person);
        await visit.Page.GotoAsync(new Uri(Local(site), address).ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        var bytes = await visit.Page.EvaluateAsync<int>("performance.getEntries().filter(e => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0) + performance.getEntriesByType('resource').filter(e => !e.transferSize).reduce((sum, e) => sum + e.encodedBodySize, 0)");
        Assert.That(bytes, Is.InRange(1, 100 * 1024), "page, stylesheet and script as they come over the wire");

        foreach (var screen in new[] { Screen.Desktop(dark), Screen.Tablet(dark), Screen.Phone(dark) })
        {
            await visit.ResizeAsync(screen);
            await visit.ShootAsync($"desk-{name}-{screen}");
            Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
        }
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        await visit.AssertAccessibleAsync();
        await visit.ResizeAsync(Screen.Desktop(dark));
        await visit.AssertAccessibleAsync();
        Assert.That(await visit.Page.Locator(".invented").CountAsync(), Is.EqualTo(site == _site ? 1 : 0), "what is invented says so");
        Assert.That(visit.Requests, Is.All.Contains($" {Local(site)}"), "no request to anywhere else");
        Assert.That(visit.Complaints, Is.Empty);
    }

    [Test]
    public async Task Review_WithScript_FiltersAndOpensTheDrawerInPlace()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        await SignInAsync(visit, _site, "dsl");
        var page = visit.Page;
        await page.GotoAsync(new Uri(Local(_site), "/review").ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        await page.EvaluateAsync("window.stayed = true");

        await page.GetByLabel("Which").SelectOptionAsync("searches");
        // Asked from outside: a condition that waits within the page is a text to be run, which the page's policy forbids.
        for (var waited = 0; !page.Url.Contains("acts=searches", StringComparison.Ordinal) || (await page.Locator("#found").InnerTextAsync()).Contains("adult.example", StringComparison.Ordinal); waited++)
        {
            Assert.That(waited, Is.LessThan(200), page.Url);
            await Task.Delay(50);
        }

        await page.Locator("#found tr", new() { HasTextString = "how to hurt myself" }).WaitForAsync();
        Assert.That(await page.Locator("#found").InnerTextAsync(), Does.Not.Contain("adult.example"));

        await page.Locator("#found a", new() { HasTextString = "how to hurt myself" }).ClickAsync();
        await page.Locator("#drawer article").WaitForAsync();
        Assert.That(await page.Locator("#drawer").InnerTextAsync(), Does.Contain("The hour before and after").And.Contain("kill myself"));
        Assert.That(await page.EvaluateAsync<bool>("window.stayed === true"), Is.True, "the page was never left");
        await visit.ShootAsync("desk-drawer", whole: false);
        await visit.AssertAccessibleAsync();
        Assert.That(visit.Complaints, Is.Empty, "the Content-Security-Policy refuses nothing that htmx does");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Today_ByKeyboard_ConcludesAndTakesBack(bool scripts)
    {
        await using var visit = await _chromium.VisitAsync(Screen.Phone(), scripts);
        await SignInAsync(visit, _site, "dsl");
        var page = visit.Page;
        await page.GotoAsync(Local(_site).ToString());
        var items = await page.Locator(".item").CountAsync();
        Assert.That(items, Is.GreaterThan(1));
        await page.Locator(".item").First.GetByRole(AriaRole.Button, new() { Name = "Talk" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/?done=concluded-*");
        Assert.That(await page.Locator(".item").CountAsync(), Is.EqualTo(items - 1));
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it back" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/?done=undone-*");
        Assert.That(await page.Locator(".item").CountAsync(), Is.EqualTo(items));
    }

    [Test]
    [Category("Slow")]
    public async Task Language_Chosen_HoldsForEveryPage()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        await SignInAsync(visit, _site, "dsl");
        await visit.Page.GotoAsync(Local(_site).ToString());
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cymraeg" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Heddiw" }).WaitForAsync();
        await visit.ShootAsync("desk-welsh");
        Assert.That(await visit.Page.EvaluateAsync<string>("document.documentElement.lang"), Is.EqualTo("cy"));
        await visit.AssertAccessibleAsync();
        await visit.Page.GotoAsync(new Uri(Local(_site), "/review").ToString());
        Assert.That(await visit.Page.EvaluateAsync<string>("document.documentElement.lang + ' ' + document.querySelector('main').lang + document.querySelector('h1').innerText"), Is.EqualTo("cy Adolygu"));
    }

    private static Uri Local(RunningSite site) => new($"http://localhost:{site.Address.Port}/");

    /// <summary>A window with somebody's sign-in. One for all their windows: an address may try only so often.</summary>
    private async Task SignInAsync(Visit visit, RunningSite site, string person)
    {
        if (!_people.TryGetValue((person, site), out var known)) _people[(person, site)] = known = await Visitor.SignedInAsync(site, person, _clock);
        await visit.Page.Context.AddCookiesAsync(known.Cookies.GetCookies(site.Address).Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = Local(site).Host, Path = "/", HttpOnly = true }));
    }
}
