using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;
using FilterGate.Testing.Browser;
using Microsoft.Playwright;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Two keys, as people turn them: a teacher asks on the block page of an HTTPS site, the head decides on a phone with a passkey, the technician applies it, and the site loads.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Browser")]
[Category("Slow")]
public sealed class TwoKeysThroughChromiumTests
{
    private const string Policy = """
        school: Two Keys Primary (invented)
        networks: [10.20.0.0/16]
        unknown_clients: pupil
        tiers:
          pupil: { uncategorised: allow }
          staff: { uncategorised: allow, block: [auctions] }
          guest: { uncategorised: allow }
        groups:
          teachers: { kind: staff, tier: staff }
          4b: { kind: class, tier: pupil }
        approvals:
          head: { holder: head, deputies: [deputy-head] }
          technician: { holder: technician, deputies: [it-partner] }
          teachers: group:teachers
        """;

    private School _school = null!;
    private TempFolder _home = null!;
    private Chromium _teacher = null!, _phone = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Programs.Require("certutil", "libnss3-tools");
        _school = await School.OpenAsync();
        _home = new TempFolder();
        File.WriteAllText(_home["policy.yaml"], Policy);
        File.WriteAllText(_home["people.csv"], """
            id,name,group,role,account
            head,Invented Head,teachers,staff,
            deputy-head,Invented Deputy,teachers,staff,
            technician,Invented Technician,teachers,staff,root
            it-partner,Invented Partner,teachers,staff,
            t-hill,Invented Teacher,teachers,staff,
            """);
        await MustAsync("policy", "apply", _home["policy.yaml"], "--reason", "two keys", "--yes");
        await MustAsync("people", "import", _home["people.csv"], "--reason", "two keys");

        var store = Directory.CreateDirectory(Path.Combine(_home.Path, ".pki", "nssdb")).FullName;
        await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-N", "--empty-password");
        await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-A", "-t", "C,,", "-n", "School", "-i", _school.Authority);
        _teacher = await Chromium.StartAsync(_school.Gateway.Address("staff").GetLeftPart(UriPartial.Authority), home: _home.Path);
        _phone = await Chromium.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_teacher is not null) await _teacher.DisposeAsync();
        if (_phone is not null) await _phone.DisposeAsync();
        if (_school is not null) await _school.DisposeAsync();
        _home?.Dispose();
    }

    [Test]
    public async Task SiteForGood_OpensOnceTheHeadHasDecidedAndTheTechnicianHasApplied()
    {
        const string site = $"https://{School.Auction}";
        await using var teacher = await _teacher.VisitAsync(Screen.Tablet());
        await Programs.UntilAsync(async () => (await teacher.Page.GotoAsync($"{site}/lot/7"))!.Status == 403, "the policy is in force");
        await teacher.Page.ClickAsync("details.ask summary");
        await teacher.AssertAccessibleAsync();
        await teacher.Page.CheckAsync("input[name=route][value=for-good]");
        await teacher.Page.FillAsync("textarea", "prices, for maths in every year");
        await teacher.Page.ClickAsync("details.ask button");
        await teacher.Page.WaitForLoadStateAsync();
        var reference = References.In(await teacher.Page.InnerTextAsync("body")).Single();

        var early = await _school.CommandAsync("unblock", "approve", reference, "--reason", "quickly", "--yes");
        Assert.That(early.ExitCode, Is.EqualTo(4), early.Output + early.Error);

        await DecideAsync(reference);

        Assert.That((await teacher.Page.GotoAsync($"{site}/lot/7"))!.Status, Is.EqualTo(403), "the technician's key has not been turned");
        await MustAsync("unblock", "approve", reference, "--reason", "as decided", "--yes");
        await Programs.UntilAsync(async () => (await teacher.Page.GotoAsync($"{site}/"))!.Status == 200, "the site loads");
        Assert.That(await teacher.Page.TextContentAsync("h1"), Is.EqualTo(NginxOrigin.Welcome));
    }

    /// <summary>The head makes an account from the technician's link, signs in with its passkey, and approves: all on a small phone.</summary>
    private async Task DecideAsync(string reference)
    {
        var review = $"http://localhost:{_school.Gateway.Address("review").Port}";
        var invited = await MustAsync("accounts", "invite", "head", "--site", review);
        await using var head = await _phone.VisitAsync(new Screen(375, 667, Dark: false));
        await head.GiveAuthenticatorAsync();
        await head.Page.GotoAsync(invited.Output.Trim());
        await head.Page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey" }).ClickAsync();
        await head.Page.WaitForURLAsync("**/sign-in?done=enrolled");
        await head.Page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await head.Page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));

        await head.Page.GotoAsync($"{review}/decide");
        await head.AssertAccessibleAsync();
        Assert.That(await head.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, "it fits the phone");
        Assert.That(await head.Page.InnerTextAsync("main"), Does.Contain(School.Auction).And.Contain("prices, for maths in every year"));
        await head.Page.Locator("section.request", new() { HasText = School.Auction }).Locator("textarea[name=reason]").FillAsync("a good use");
        await head.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await head.Page.WaitForURLAsync("**/decide?done=approve");
        Assert.That(await head.Page.InnerTextAsync("main"), Does.Contain("Decided, and waiting for"), reference);
    }

    private async Task<Ended> MustAsync(params string[] arguments)
    {
        var ended = await _school.CommandAsync(arguments);
        Assert.That(ended.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {ended.Output}{ended.Error}");
        return ended;
    }
}
