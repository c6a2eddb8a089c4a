using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Tests.Coverage;
using FilterGate.Review.Tests.Decisions;
using FilterGate.Review.Tests.Lists;
using FilterGate.Review.Tests.Policies;
using FilterGate.State;
using FilterGate.Testing;
using FilterGate.Testing.Browser;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using PolicySite = FilterGate.Policy.Site;

namespace FilterGate.Review.Tests;

/// <summary>The pages about the filter itself in a real browser: at three sizes, for axe, light enough, by keyboard alone and without script.</summary>
[TestFixture]
[Category("Browser")]
public sealed class DeskBrowserTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private RunningSite _sample = null!;
    private TempFolder _lists = null!;
    private Chromium _chromium = null!;
    private readonly Dictionary<string, Visitor> _people = new(StringComparer.Ordinal);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _clock = new FakeTimeProvider(RunningSite.Now);
        var people = new Roster(
            [
                new Person("technician", "T. Echnician", Group: null, PersonRole.Staff), new Person("head", "H. Ead", Group: null, PersonRole.Staff), new Person("t-hill", "T. Hill", "teachers", PersonRole.Staff),
                .. Enumerable.Range(1, 28).Select(i => new Person($"p{i}", $"Pupil {i}", i % 2 == 0 ? "4a" : "4b", PersonRole.Pupil)),
            ],
            []);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(people), clock: _clock);
        Fill();
        await StartSampleAsync();
        foreach (var person in new[] { "head", "technician", "t-hill", "a-moss" }) _people[person] = await Visitor.SignedInAsync(_site, person, _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        foreach (var person in _people.Values) person.Dispose();
        await _site.DisposeAsync();
        await _sample.DisposeAsync();
        _lists.Dispose();
    }

    /// <summary>A trust of schools by one of the founding policies, everything invented, with lists on disk and a month of traffic: whoever sits at the computer may look.</summary>
    private async Task StartSampleAsync()
    {
        var shipped = ListLoader.Load(folder: null, new byte[32]);
        var yaml = await File.ReadAllTextAsync(Path.Combine(PolicyTests.Seeds(), "s1-trust", "policy.yaml"));
        var document = PolicyDocument.Parse(yaml, shipped.Taxonomy, out var problems, BundleFile.Shipped);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        var policy = PolicySnapshot.Compile(document!, shipped, InForce.Nothing);
        _lists = new TempFolder();
        ListsTests.WriteSource(
            _lists, "ut1", ("20261120T040000Z-aaaaaaaa", RunningSite.Now.AddDays(-2), string.Concat(Enumerable.Range(0, 300).Select(i => $"old{i}.example\n"))),
            ("20261122T040000Z-bbbbbbbb", RunningSite.Now.AddHours(-10), string.Concat(Enumerable.Range(100, 400).Select(i => $"old{i}.example\n"))), lastError: null);
        var lists = ListsTests.Box(_lists, _clock);
        await lists.CompareAsync("ut1", "20261120T040000Z-aaaaaaaa", "20261122T040000Z-bbbbbbbb");
        _sample = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => policy, new ReviewSiteOptions { IsInvented = true, Lists = lists }, _clock);
        for (var i = 40; i >= 1; i--) _sample.State.ImportPolicy($"{i:d12}", yaml.Replace("uncategorised: block", "uncategorised: warn", StringComparison.Ordinal) + $"# version {i}\n", i % 2 == 0 ? "technician" : "head", "another try at what the youngest may see");
        _sample.State.ImportPolicy(policy.Version, yaml, "technician", "as the trust decided in its autumn meeting, with the levels by age");
        var counts = new List<CoverageCount>();
        for (var day = 0; day < 28; day++)
        {
            // Schools sleep at weekends.
            var time = RunningSite.Now.AddDays(-day);
            var busy = time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 40 : 9_000 + (day * 377 % 4_000);
            counts.Add(CoverageTests.Count(time, CoverageMode.Read, CoverageReason.None, busy));
            counts.Add(CoverageTests.Count(time, CoverageMode.Read, CoverageReason.None, busy / 3, DeviceKind.Chromebook, identity: CoverageIdentity.Person, holding: DeviceHolding.Loan));
            counts.Add(CoverageTests.Count(time, CoverageMode.NameOnly, CoverageReason.TierTunnels, busy / 5, DeviceKind.Unknown, "guest", CoverageIdentity.Neither, DeviceHolding.Unknown));
            counts.Add(CoverageTests.Count(time, CoverageMode.Exempt, CoverageReason.NeverIntercept, busy / 9, DeviceKind.Unknown));
            counts.Add(CoverageTests.Count(time, CoverageMode.Exempt, CoverageReason.HelpSite, 3, DeviceKind.Unknown));
            counts.Add(CoverageTests.Count(time, CoverageMode.Failed, CoverageReason.CertificateRefused, busy / 30, DeviceKind.Unknown));
            counts.Add(CoverageTests.Count(time, CoverageMode.Refused, CoverageReason.Policy, busy / 12, DeviceKind.Unknown));
        }
        _sample.State.AddCoverage(counts);
    }

    /// <summary>What a busy school has after a term.</summary>
    private void Fill()
    {
        var state = _site.State;
        for (var i = 0; i < 70; i++)
        {
            var forGood = i % 5 == 0;
            var granted = state.OpenSites(
                [new OverrideDraft(i % 3 == 0 ? Audience.ForTier("pupil") : Audience.ForGroup(i % 2 == 0 ? "4a" : "4b"), PolicySite.ForHost(i % 7 == 0 ? $"a-very-long-name-of-a-museum-that-goes-on-and-on-{i}.example" : $"museum{i}.example"),
                    RunningSite.Now.AddHours(forGood ? -24 * (20 + i) : -1), RunningSite.Now.AddHours(forGood ? 24 * 100 : 1)) { IsForGood = forGood }],
                i % 4 == 0 ? "the year 4 project on the Romans, as agreed with the head of humanities for this half of the term" : "maths lesson", "technician")!.Single();
            if (i % 3 != 0) state.AddUses([new OverrideUse(granted.Id, DateOnly.FromDateTime(RunningSite.Now.UtcDateTime), "p1", RunningSite.Now.AddMinutes(-50), RunningSite.Now.AddMinutes(-i), 12 + i)], []);
        }
        state.Block(PolicySite.ForHost("unsafe.example"), "seen by year 5 in a lesson", "violence", "technician");
        DecideTests.Request(_site, "K7Q4-M2XA", "p1", "puzzles.example", route: RequestRoute.Pupil);
        DecideTests.Request(_site, "K7Q4-M2XB", "t-hill", "games.example", route: RequestRoute.Lesson);
        DecideTests.Request(_site, "K7Q4-M2XC", "t-park", "chess.games.example", route: RequestRoute.ForGood);
        DecideTests.Request(_site, "K7Q4-M2XE", "t-hill", "old.games.example", route: RequestRoute.ForGood);
        state.Refuse("K7Q4-M2XE", "not a teaching resource", "head");
        for (var i = 0; i < 60; i++) DecideTests.Request(_site, FilterGate.Events.Reference.Normalise($"{i:0000}-0000")!, "t-hill", $"museum{i}.example", route: RequestRoute.Lesson);
    }

    [TestCase("overrides", "head", "/overrides")]
    [TestCase("overrides-review", "technician", "/overrides?show=review", true, Category = "Slow")]
    [TestCase("overrides-none", "head", "/overrides?site=nowhere", Category = "Slow")]
    [TestCase("blocks", "technician", "/blocks?site=unsafe.example", true, Category = "Slow")]
    [TestCase("block", "technician", "/blocks/1", Category = "Slow")]
    [TestCase("requests", "technician", "/requests", Category = "Slow")]
    [TestCase("requests-answered", "head", "/requests?show=answered", true, Category = "Slow")]
    [TestCase("request-lesson", "technician", "/requests/K7Q4-M2XB", Category = "Slow")]
    [TestCase("request-decide", "head", "/requests/K7Q4-M2XC", true, Category = "Slow")]
    [TestCase("request-pass-on", "t-hill", "/requests/K7Q4-M2XA", Category = "Slow")]
    [TestCase("request-refused", "head", "/requests/K7Q4-M2XE", Category = "Slow")]
    [TestCase("policy", "", "/policy", Category = "Slow")]
    [TestCase("policy-one", "", "/policy?for=tier:pupil-ks2", true, Category = "Slow")]
    [TestCase("policy-history", "", "/policy/history", Category = "Slow")]
    [TestCase("policy-compare", "", "/policy/compare?from=40&to=41", true, Category = "Slow")]
    [TestCase("policy-check", "technician", "/policy/check", Category = "Slow")]
    [TestCase("lists", "", "/lists", Category = "Slow")]
    [TestCase("lists-update", "", "/lists/ut1", true, Category = "Slow")]
    [TestCase("audit", "a-moss", "/audit", Category = "Slow")]
    [TestCase("audit-none", "a-moss", "/audit?who=nobody", true, Category = "Slow")]
    [TestCase("coverage", "", "/coverage?days=28", Category = "Slow")]
    [TestCase("coverage-dark", "", "/coverage", true, Category = "Slow")]
    [TestCase("coverage-none", "head", "/coverage", Category = "Slow")]
    public async Task Page_InTheBrowser_IsAccessibleAndLight(string name, string person, string path, bool dark = false)
    {
        var site = person.Length == 0 ? _sample : _site;
        await using var visit = await VisitAsync(person, Screen.Desktop(dark));
        await visit.Page.GotoAsync(new Uri(site.Address, path).ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        var bytes = await visit.Page.EvaluateAsync<int>("performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)");
        foreach (var screen in new[] { Screen.Desktop(dark), Screen.Tablet(dark), Screen.Phone(dark) })
        {
            await visit.ResizeAsync(screen);
            await visit.ShootAsync($"desk-{name}-{screen}", whole: false);
            Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
        }
        // Axe does not look into what is folded away; three stand for all.
        await visit.Page.EvaluateAsync("document.querySelectorAll('main details').forEach((d, i) => { d.open = i < 3; })");
        await visit.ShootAsync($"desk-{name}-{Screen.Phone(dark)}-open", whole: false);
        Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, "nor what was folded away");
        await visit.AssertAccessibleAsync();
        await visit.ResizeAsync(Screen.Desktop(dark));
        await visit.ShootAsync($"desk-{name}-{Screen.Desktop(dark)}-open");
        await visit.AssertAccessibleAsync();
        Assert.That(bytes, Is.InRange(1, 100 * 1024));
        Assert.That(visit.Requests, Is.All.Contains($" {site.Address}"), "no request to anywhere else");
        Assert.That(visit.Complaints, Is.Empty);
    }

    [Test]
    public async Task Print_KeepsTheSitesAndLeavesTheFormsOut()
    {
        await using var visit = await VisitAsync("head", Screen.Desktop());
        await visit.Page.GotoAsync(At("/overrides?show=review"));
        await visit.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await visit.ShootAsync("desk-overrides-print");
        Assert.That(await visit.Page.Locator("td.site b").First.IsVisibleAsync(), Is.True);
        Assert.That(await visit.Page.Locator("form:visible").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task Close_ByKeyboardAloneWithoutScript_ClosesTheSite()
    {
        var granted = _site.State.OpenSites([new OverrideDraft(Audience.ForGroup("4b"), PolicySite.ForHost("keyboard.example"), RunningSite.Now.AddMinutes(-5), RunningSite.Now.AddHours(1))], "for this test", "technician")!.Single();
        await using var visit = await VisitAsync("head", Screen.Desktop(), scripts: false);
        await visit.Page.GotoAsync(At("/overrides?site=keyboard"));
        await visit.Page.Locator("main summary").First.FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.TypeAsync("seen by the head");
        await visit.Page.Keyboard.PressAsync("Tab");
        Assert.That(await visit.Page.Locator(":focus").InnerTextAsync(), Is.EqualTo("Close now"));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Status).WaitForAsync();
        Assert.That(_site.State.FindOverride(granted.Id)!.RevokeReason, Is.EqualTo("seen by the head"));
    }

    [Test]
    public async Task Open_ByKeyboardAloneWithoutScript_OpensTheSite()
    {
        DecideTests.Request(_site, "K7Q4-M2XF", "t-hill", "keys.example", route: RequestRoute.Lesson);
        await using var visit = await VisitAsync("technician", Screen.Phone(), scripts: false);
        await visit.Page.GotoAsync(At("/requests?show=yours&site=keys.example"));
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "keys.example" }).FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByLabel("Your reason").FocusAsync();
        await visit.Page.Keyboard.TypeAsync("a lesson on keys");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Open it" }).FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Status).WaitForAsync();
        Assert.That(_site.State.Overrides()[0].Site.Host, Is.EqualTo("keys.example"));
    }

    [Test]
    public async Task Check_ByKeyboardAloneWithoutScript_Answers()
    {
        await using var visit = await VisitAsync("technician", Screen.Phone(dark: true), scripts: false);
        await visit.Page.GotoAsync(At("/policy/check"));
        await visit.Page.GetByLabel("Address").FocusAsync();
        await visit.Page.Keyboard.TypeAsync("https://games.example/chess?level=3");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.TypeAsync("Class 4B");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.TypeAsync("p1");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Status).WaitForAsync();
        await visit.ShootAsync("desk-policy-checked-phone");
        Assert.That(await visit.Page.GetByRole(AriaRole.Status).InnerTextAsync(), Is.EqualTo("Blocked for pupil: it is in the category games, which this tier blocks."));
        Assert.That(await visit.Page.Locator("main").InnerTextAsync(), Does.Contain("the person p1, of Class 4B").And.Contain("games.example/chess?…"));
        Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True);
    }

    private string At(string path) => new Uri(_site.Address, path).ToString();

    /// <summary>A window with somebody's sign-in.</summary>
    private async Task<Visit> VisitAsync(string person, Screen screen, bool scripts = true)
    {
        var visit = await _chromium.VisitAsync(screen, scripts);
        if (person.Length > 0) await visit.Page.Context.AddCookiesAsync(_people[person].Cookies.GetCookies(_site.Address).Select(c => new Microsoft.Playwright.Cookie { Name = c.Name, Value = c.Value, Domain = _site.Address.Host, Path = "/", HttpOnly = true }));
        return visit;
    }
}
