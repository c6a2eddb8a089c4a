using FilterGate.Policy.People;
using FilterGate.Review.Accounts;
using FilterGate.State;
using FilterGate.Testing.Browser;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace FilterGate.Review.Tests.Accounts;

/// <summary>Accounts in a real browser, with an authenticator that the browser plays.</summary>
[TestFixture]
[Category("Browser")]
public sealed class AccountBrowserTests
{
    private static readonly Screen SmallPhone = new(375, 667, Dark: false);

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now))), () => SamplePolicy.With(Roster.Empty), clock: _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is null) return;
        await _chromium.DisposeAsync();
        await _site.DisposeAsync();
    }

    /// <summary>Passkeys want a name: "localhost" is one.</summary>
    private string At(string path) => $"http://localhost:{_site.Address.Port}{path}";

    [Test]
    public async Task Passkey_EnrolSignInOutAndInAgain_OnAPhone()
    {
        await using var visit = await _chromium.VisitAsync(SmallPhone);
        await visit.GiveAuthenticatorAsync();
        var page = visit.Page;

        await page.GotoAsync(At($"/enrol/{_site.State.Invite("deputy-head", TimeSpan.FromHours(1), "tech")}"));
        await visit.ShootAsync($"enrol-{SmallPhone}");
        await visit.AssertAccessibleAsync();
        Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in?done=enrolled");
        await visit.ShootAsync($"sign-in-{SmallPhone}");
        await visit.AssertAccessibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Link, new() { Name = "Account" }).ClickAsync();
        await page.WaitForURLAsync("**/account");
        await visit.ShootAsync($"account-{SmallPhone}");
        await visit.AssertAccessibleAsync();
        Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True);
        Assert.That(_site.State.AccountSessions("deputy-head").Single().Method, Is.EqualTo(SignInMethod.Passkey));
        Assert.That(_site.State.Passkeys("deputy-head").Single().LastUsedAt, Is.Not.Null);

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in?done=signed-out");
        Assert.That(_site.State.AccountSessions("deputy-head"), Is.Empty);
        Assert.That(visit.Complaints, Is.Empty, "the policy of the page refuses nothing of our own");
        Assert.That(visit.Requests, Is.All.Contains($"://localhost:{_site.Address.Port}/"));
    }

    // Axe is a script itself: the one round looks, the other shows that nothing needs one.
    [TestCase(false, Category = "Slow")]
    [TestCase(true, Category = "Slow")]
    public async Task Password_EnrolsAndSignsIn(bool scripts)
    {
        var (person, dark) = scripts ? ("it-partner", true) : ("technician", false);
        await using var visit = await _chromium.VisitAsync(Screen.Phone(dark), scripts);
        var page = visit.Page;
        var token = _site.State.Invite(person, TimeSpan.FromHours(1), "tech");
        var secret = _site.State.FindInvitation(token)!.TotpSecret;
        await page.GotoAsync(At($"/enrol/{token}"));
        Assert.That(await page.GetByText("A passkey: quick").IsVisibleAsync(), Is.EqualTo(scripts), "nothing is offered that cannot work");
        Assert.That(await page.Locator(".secret").InnerTextAsync(), Is.EqualTo(Totp.SpellInGroups(secret)));
        await page.GetByLabel("New password").FillAsync(Visitor.Password);
        await page.GetByLabel("The same again").FillAsync(Visitor.Password);
        await page.GetByLabel("The code it shows now").FillAsync(Totp.Code(secret, Totp.StepAt(_clock.GetUtcNow())));
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the account" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in?done=enrolled");

        _clock.Advance(TimeSpan.FromSeconds(Totp.StepSeconds));
        await page.GetByLabel("Your sign-in name").FillAsync(person);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Visitor.Password);
        await page.GetByLabel("Code of your authenticator").FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
        await visit.ShootAsync($"sign-in-failed-{Screen.Phone(dark)}");
        if (scripts) await visit.AssertAccessibleAsync();

        await page.GetByLabel("Your sign-in name").FillAsync(person);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Visitor.Password);
        await page.GetByLabel("Code of your authenticator").FillAsync(Totp.Code(secret, Totp.StepAt(_clock.GetUtcNow())));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).WaitForAsync();
        await visit.ShootAsync($"signed-in-{Screen.Phone(dark)}", whole: false);
        if (scripts) await visit.AssertAccessibleAsync();
    }
}
