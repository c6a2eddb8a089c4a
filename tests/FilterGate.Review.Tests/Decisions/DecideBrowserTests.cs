using FilterGate.Policy.People;
using FilterGate.Review.Accounts;
using FilterGate.State;
using FilterGate.Testing.Browser;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace FilterGate.Review.Tests.Decisions;

/// <summary>The head decides on a small phone, with the keyboard alone; the teacher's page beside it.</summary>
[TestFixture]
[Category("Browser")]
public sealed class DecideBrowserTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), clock: _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        await _site.DisposeAsync();
    }

    [TestCase("head", "/decide", false)]
    [TestCase("t-hill", "/class?class=4b", true, Category = "Slow")]
    public async Task Page_OnASmallPhone_IsAccessibleAndWorksByKeyboard(string person, string path, bool dark)
    {
        var isHead = person == "head";
        DecideTests.Request(_site, isHead ? "K7Q4-M2XD" : "K7Q4-M2XE", person: "t-park", host: isHead ? "games.example" : "puzzles.example", route: isHead ? Policy.TwoKeys.RequestRoute.ForGood : Policy.TwoKeys.RequestRoute.Pupil);
        var secret = await Visitor.EnrolAsync(_site, person, _clock);
        _clock.Advance(TimeSpan.FromSeconds(Totp.StepSeconds));
        await using var visit = await _chromium.VisitAsync(new Screen(375, 667, dark));
        var page = visit.Page;
        await page.GotoAsync($"http://localhost:{_site.Address.Port}/sign-in?return={Uri.EscapeDataString(path)}");
        await page.GetByLabel("Your sign-in name").FillAsync(person);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Visitor.Password);
        await page.GetByLabel("Code of your authenticator").FillAsync(Totp.Code(secret, Totp.StepAt(_clock.GetUtcNow())));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).PressAsync("Enter");
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
        await page.GotoAsync($"http://localhost:{_site.Address.Port}{path}");

        await visit.ShootAsync($"site-{person}-375x667");
        Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, "nothing sticks out sideways");
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        await visit.AssertAccessibleAsync();

        await page.GetByLabel("Your reason").FocusAsync();
        await page.Keyboard.TypeAsync("we looked at it");
        await page.GetByRole(AriaRole.Button, new() { Name = isHead ? "Approve" : "For a lesson" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Status).First.WaitForAsync();
        await visit.ShootAsync($"site-{person}-done-375x667");
        await visit.AssertAccessibleAsync();
        Assert.That(_site.State.FindRequest(isHead ? "K7Q4-M2XD" : "K7Q4-M2XE")!.Status, Is.EqualTo(isHead ? RequestStatus.Agreed : RequestStatus.PassedOn));
        Assert.That(visit.Complaints, Is.Empty);
    }
}
