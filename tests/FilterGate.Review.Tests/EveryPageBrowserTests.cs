using FilterGate.Review.Site;
using FilterGate.Testing.Browser;
using Microsoft.AspNetCore.Routing;
using Microsoft.Playwright;
using Place = FilterGate.Review.Site.Place;

namespace FilterGate.Review.Tests;

/// <summary>What holds for every page of the site, in a real browser: light enough, nothing sticks out at any width, all of it within reach of the Tab key, and the same with scripts off. A page that is mapped and has no row fails.</summary>
/// <remarks>Each person has two windows for all their pages, one of them without scripts.</remarks>
[TestFixture]
[Category("Browser")]
[Category("Slow")]
public sealed class EveryPageBrowserTests
{
    private const int BytesMax = 100 * 1024;

    /// <summary>Presses of Tab beyond one for each thing to reach: a time has a stop for each of its parts, and what scrolls is a stop too.</summary>
    private const int FurtherStops = 60;

    /// <summary>A page, and how somebody comes to it.</summary>
    /// <param name="Pattern">What it is mapped as.</param>
    /// <param name="Person">Somebody who may see it, null for whoever comes by.</param>
    /// <param name="Address">An address of it where the pattern has parts, or a fuller one; "(token)" and "(act)" stand for what is known once the site runs.</param>
    /// <param name="Status">What it is answered with.</param>
    /// <param name="Axe">True where no other test gives the page to axe.</param>
    private sealed record Row(string Pattern, string? Person, string? Address = null, int Status = 200, bool Axe = false);

    private static readonly Row[] Rows =
    [
        new("/", "dsl"), new("/", "chair"), new("/", "technician"), new("/", null, Axe: true),
        new("/review", "dsl", "/review?state=all"), new("/review", "head", "/review?by=people&when=week"), new("/review", null), new("/review/act/{id}", "dsl", "/review/act/(act)"), new("/review/sign", "head"),
        new("/person/{id}", "dsl", "/person/p401"), new("/device/{name}", "dsl", "/device/ipad-14", Axe: true), new("/searches", "dsl"), new("/sites", "dsl", "/sites?when=week"), new("/governors", "g-shaw"),
        new("/requests", "t-hill"), new("/requests", "technician"), new("/requests/{reference}", "technician", "/requests/K7Q4-M2XB"), new("/requests/{reference}", "head", "/requests/K7Q4-M2XC"),
        new("/decide", "head"), new("/class", "t-hill", "/class?class=4b"), new("/class", "t-hill"),
        new("/overrides", "head"), new("/overrides", "a-moss", "/overrides?show=review"), new("/blocks", "technician"), new("/blocks/{id:long}", "technician", "/blocks/1"),
        new("/policy", "technician"), new("/policy", "technician", "/policy?for=tier:pupil"), new("/policy/history", "technician"), new("/policy/compare", "technician", "/policy/compare?from=1&to=2"), new("/policy/check", "technician"),
        new("/lists", "technician"), new("/lists/{source}", "technician", "/lists/ut1"), new("/coverage", "technician", "/coverage?days=28"), new("/shadow", "technician", Axe: true),
        new("/watch", "technician"), new("/watch/{id:long}", "technician", "/watch/1?still=1"), new("/log", "dsl"), new("/log", "technician"), new("/audit", "a-moss"),
        new("/account", "t-hill"), new("/sign-in", null), new("/enrol/{token}", null, "/enrol/(token)"), new("/enrol/{token}", null, "/enrol/none", 404, Axe: true),
        new("/audit", "t-hill", null, 403, Axe: true), new("/{**path}", "dsl", "/no-such-page", 404), new("/{**path}", null, "/no-such-page", 404),
    ];

    /// <summary>What is mapped for a browser and is no page.</summary>
    private static readonly string[] NoPages = ["/review/acts.csv", "/favicon.ico"];

    /// <summary>Notes each stop of the Tab key and whether it can be seen that it is there.</summary>
    private const string Listen = """
        () => {
          window.listening?.abort();
          window.listening = new AbortController();
          window.stops = new Set(); window.unseen = new Set();
          const outlined = e => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) > 0;
          document.addEventListener('focusin', event => {
            const e = event.target, box = e.getBoundingClientRect();
            stops.add(e);
            // What is drawn in place of a box to tick stands after it.
            if (!outlined(e) && !outlined(e.nextElementSibling) || box.width === 0) unseen.add(e.outerHTML.slice(0, 160));
          }, { signal: window.listening.signal });
          document.activeElement?.blur();
        }
        """;

    /// <summary>What a pointer could use and Tab has not come to. The arrows go from one choice to the other of a group.</summary>
    private const string Missed = """
        () => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
          .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && !window.stops.has(e))
          .filter(e => e.type !== 'radio' || ![...document.getElementsByName(e.name)].some(other => other.form === e.form && window.stops.has(other)))
          .map(e => e.outerHTML.slice(0, 160))
        """;

    /// <summary>Heading, and each form that can be seen with its fields; what only a passkey needs is there with scripts alone.</summary>
    private const string Shape = """
        () => [...document.querySelectorAll('h1')].map(h => h.innerText).concat([...document.forms].filter(f => !f.dataset.passkey)
          .map(f => `${f.checkVisibility()} ${f.method} ${f.getAttribute('action')} ${[...f.elements].map(e => e.name)}`))
        """;

    /// <summary>Forms that can be seen, and have no button that can.</summary>
    private const string WithoutButton = """
        () => [...document.forms].filter(f => f.checkVisibility() && ![...f.elements].some(e => e.type === 'submit' && e.checkVisibility())).map(f => f.outerHTML.slice(0, 160))
        """;

    private FilledSite _filled = null!;
    private Chromium _chromium = null!;
    private readonly Dictionary<(string? Person, bool Scripts), Visit> _windows = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _filled = await FilledSite.StartAsync();
        foreach (var person in Rows.Select(row => row.Person).OfType<string>().Distinct(StringComparer.Ordinal)) await _filled.SignInAsync(person);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        if (_filled is not null) await _filled.DisposeAsync();
    }

    [Test]
    public void Pages_AllThatAreMapped_HaveARow()
    {
        var assets = SiteAssets.All.Select(asset => asset.Path).ToHashSet(StringComparer.Ordinal);
        var mapped = _filled.Site.Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET")).Select(endpoint => endpoint.RoutePattern.RawText!);
        Assert.That(mapped.Where(pattern => !assets.Contains(pattern)), Is.EquivalentTo(Rows.Select(row => row.Pattern).Concat(NoPages).Distinct(StringComparer.Ordinal)));
        Assert.That(Place.All.Select(place => place.Href), Is.SubsetOf(Rows.Where(row => row.Status == 200).Select(row => row.Pattern)));
    }

    private static IEnumerable<TestCaseData> Pages() => Rows.Select(row => new TestCaseData(row.Person, row.Address ?? row.Pattern, row.Status, row.Axe) { TestName = $"{row.Address ?? row.Pattern} by {row.Person ?? "nobody"}" });

    [TestCaseSource(nameof(Pages))]
    public async Task Page(string? person, string path, int status, bool axe)
    {
        var address = _filled.At(path).ToString();
        var visit = await WindowAsync(person, scripts: true);
        var page = visit.Page;
        var (asked, complained) = (visit.Requests.Count, visit.Complaints.Count);
        await visit.ResizeAsync(Screen.Desktop());
        var answer = await page.GotoAsync(address);
        Assert.That(answer!.Status, Is.EqualTo(status));
        // What a window already has is counted all the same.
        Assert.That(await page.EvaluateAsync<int>("performance.getEntries().reduce((sum, e) => sum + Math.max(e.transferSize || 0, e.encodedBodySize || 0), 0)"), Is.InRange(1, BytesMax), "bytes over the wire");

        await visit.ShootAsync(FileName(person, path), whole: false);
        await AssertFitsAsync(visit);
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        await AssertFitsAsync(visit);
        await visit.ShootAsync($"{FileName(person, path)}-phone");
        // Where the page is narrow, other things are folded away and scroll.
        foreach (var screen in new[] { Screen.Phone(), Screen.Desktop() })
        {
            await visit.ResizeAsync(screen);
            await AssertTabReachesAllAsync(page);
        }
        if (axe)
        {
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await visit.AssertAccessibleAsync();
            }
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        }
        Assert.That(visit.Requests.Skip(asked), Is.All.Contains($" {_filled.Site.Address}"), "no request to anywhere else");
        Assert.That(visit.Complaints.Skip(complained).Where(c => status == 200 || !c.Contains($"status of {status}", StringComparison.Ordinal)), Is.Empty);

        var shape = await page.EvaluateAsync<string[]>(Shape);
        var still = (await WindowAsync(person, scripts: false)).Page;
        await still.GotoAsync(address);
        Assert.That(await still.Locator("h1").CountAsync(), Is.EqualTo(1));
        await still.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        Assert.That(await still.EvaluateAsync<string[]>(Shape), Is.EqualTo(shape), "heading and forms with scripts off");
        Assert.That(await still.EvaluateAsync<string[]>(WithoutButton), Is.Empty, "with scripts off each form has a button");
    }

    /// <summary>The pages with the widest tables and forms, in a language with longer words.</summary>
    [TestCase("dsl", "/review?state=all")]
    [TestCase("technician", "/coverage?days=28")]
    [TestCase("dsl", "/log")]
    [TestCase("dsl", "/review/act/(act)")]
    [TestCase("technician", "/policy")]
    [TestCase("technician", "/policy/check")]
    [TestCase("technician", "/policy/history")]
    [TestCase("technician", "/lists")]
    [TestCase("technician", "/overrides")]
    [TestCase("technician", "/requests")]
    [TestCase("head", "/decide")]
    [TestCase("a-moss", "/audit")]
    public async Task Page_InWelsh_FitsAndIsAccessible(string person, string path)
    {
        await using var visit = await OpenAsync(person, scripts: true);
        await visit.Page.Context.AddCookiesAsync([new() { Name = Gate.LanguageCookie, Value = Tongue.Welsh.Tag, Domain = _filled.Site.Address.Host, Path = "/" }]);
        Assert.That((await visit.Page.GotoAsync(_filled.At(path).ToString()))!.Status, Is.EqualTo(200));
        Assert.That(await visit.Page.Locator("html").GetAttributeAsync("lang"), Is.EqualTo("cy"));
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        await AssertFitsAsync(visit);
        await visit.ShootAsync($"{FileName(person, path)}-cy");
        await visit.AssertAccessibleAsync();
    }

    private static string FileName(string? person, string path) => $"every-{person ?? "nobody"}{string.Concat(path.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))}";

    private static async Task AssertFitsAsync(Visit visit)
    {
        foreach (var screen in new[] { Screen.Desktop(), Screen.Tablet(), Screen.Phone() })
        {
            await visit.ResizeAsync(screen);
            Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
        }
    }

    private static async Task AssertTabReachesAllAsync(IPage page)
    {
        await page.EvaluateAsync(Listen);
        var missed = await page.EvaluateAsync<string[]>(Missed);
        Assert.That(missed, Is.Not.Empty);
        for (var left = missed.Length + FurtherStops; missed.Length > 0 && left > 0;)
        {
            var presses = Math.Min(left, missed.Length);
            left -= presses;
            for (var i = 0; i < presses; i++) await page.Keyboard.PressAsync("Tab");
            missed = await page.EvaluateAsync<string[]>(Missed);
        }
        Assert.That(missed, Is.Empty, "what Tab does not reach");
        Assert.That(await page.EvaluateAsync<string[]>("() => [...window.unseen]"), Is.Empty, "where nobody sees that Tab is there");
    }

    /// <summary>Somebody's window: signed in once, kept for all their pages.</summary>
    private async Task<Visit> WindowAsync(string? person, bool scripts)
    {
        if (_windows.TryGetValue((person, scripts), out var known)) return known;
        return _windows[(person, scripts)] = await OpenAsync(person, scripts);
    }

    private async Task<Visit> OpenAsync(string? person, bool scripts)
    {
        var visit = await _chromium.VisitAsync(Screen.Desktop(), scripts);
        if (person is not null)
            await visit.Page.Context.AddCookiesAsync((await _filled.SignInAsync(person)).Cookies.GetCookies(_filled.Site.Address).Select(c => new Microsoft.Playwright.Cookie { Name = c.Name, Value = c.Value, Domain = _filled.Site.Address.Host, Path = "/", HttpOnly = true }));
        return visit;
    }
}
