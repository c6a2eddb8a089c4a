using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Proxy.BlockPages;
using FilterGate.Proxy.Requests;
using FilterGate.Testing.Browser;
using Microsoft.Playwright;

namespace FilterGate.Proxy.Tests.BlockPages;

/// <summary>The pages in a real browser, on the blocked site's own name; every request is answered by the test, none reaches a network.</summary>
[TestFixture]
[Category("Browser")]
public sealed class BlockPageBrowserTests
{
    private const string Address = "http://games.example/play/blocks?level=3";

    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _chromium = await Chromium.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
    }

    private static IEnumerable<TestCaseData> Kinds()
    {
        foreach (var (name, page) in new (string, Func<string>)[]
        {
            ("pupil", () => BlockPage.Render(Pages.Blocked(Reason.CategoryBlock))),
            ("pupil-no-form", () => BlockPage.Render(Pages.Blocked(Reason.NoBypass))),
            ("pupil-self-harm", () => BlockPage.Render(Pages.Blocked(Reason.CategoryBlock) with { Decision = new(Verdict.Block, Reason.CategoryBlock) { Category = Pages.Category("self-harm", "Self-harm", "self-harm") } })),
            ("pupil-long", () => BlockPage.Render(Pages.Blocked(Reason.CategoryBlock) with { Host = string.Join('.', Enumerable.Repeat(new string('w', 60), 4)), Url = "http://games.example/" + new string('x', 4000) })),
            ("staff-warn", () => BlockPage.Render(Pages.Blocked(Reason.CategoryWarn, "staff", Verdict.Warn))),
            ("guest", () => BlockPage.Render(Pages.Blocked(Reason.CategoryBlock, "guest"))),
            ("locked-pupil", () => BlockPage.Render(Pages.Locked("csam-iwf"))),
            ("locked-staff", () => BlockPage.Render(Pages.Locked("terrorism-ctiru", "staff"))),
            ("failure", () => BlockPage.RenderFailure("Sample Primary", ForwardFailure.CertificateNameMismatch, "games.example")),
            ("answer", () => BlockPage.RenderRequestAnswer("Sample Primary", true, "Your school has been asked to open games.example.", "K7Q4-M2XD")),
            ("status", () => BlockPage.RenderStatus("Sample Primary", "pupil", "10.20.1.7", "ipad-14", "/ca.pem")),
        })
            // Colours come from one set of variables: these four use all of them.
            foreach (var dark in name is "pupil" or "pupil-self-harm" or "locked-pupil" or "staff-warn" ? new[] { false, true } : [false])
            {
                var data = new TestCaseData(name, page, dark).SetArgDisplayNames(name, dark ? "dark" : "light");
                // Three seconds each: the default run looks at one of each layout, `tests/run --all` at every one.
                if (!((name, dark) is ("pupil", _) or ("locked-pupil" or "staff-warn" or "failure" or "status", false))) data.SetCategory("Slow");
                yield return data;
            }
    }

    [TestCaseSource(nameof(Kinds))]
    public async Task Page_InTheBrowser_IsAccessibleAndAsksForNothing(string name, Func<string> page, bool dark)
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop(dark));
        await visit.AnswerAsync(_ => Answer(403, page()));
        await visit.Page.GotoAsync(Address);
        Assert.That(await visit.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('main')).overflow"), Is.EqualTo("hidden"), "the stylesheet was let in");

        foreach (var screen in new[] { Screen.Desktop(dark), Screen.Tablet(dark), Screen.Phone(dark) })
        {
            await visit.ResizeAsync(screen);
            await visit.ShootAsync($"block-{name}-{screen}");
            Assert.That(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"nothing sticks out sideways at {screen}");
        }

        // Axe does not look into what is folded away, so everything is unfolded first.
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
        await visit.ShootAsync($"block-{name}-{Screen.Phone(dark)}-open");
        await visit.AssertAccessibleAsync();
        Assert.That(visit.Requests, Is.EqualTo(new[] { $"GET {Address}" }), "nothing else is asked for");
        Assert.That(visit.Complaints.Where(c => !c.Contains("403 (Forbidden)", StringComparison.Ordinal)), Is.Empty, "the policy refuses nothing of our own");
    }

    [Test]
    public async Task Form_WithoutScript_PostsReferenceAndNoteToTheSameHost()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Tablet(), scripts: false);
        string? posted = null, type = null;
        await visit.AnswerAsync(request =>
        {
            if (request.Method != "POST") return Answer(403, BlockPage.Render(Pages.Blocked(Reason.CategoryBlock)));
            (posted, type) = (request.PostData, request.Headers["content-type"]);
            return Answer(200, BlockPage.RenderRequestAnswer("Sample Primary", true, "Your school has been asked.", "K7Q4-M2XD"));
        });
        await visit.Page.GotoAsync(Address);

        Assert.That(await visit.Page.GetByLabel("Why do you need it?").IsVisibleAsync(), Is.False, "the form waits behind its button");
        await visit.Page.GetByText("Ask for this site").ClickAsync();
        await visit.Page.GetByLabel("Why do you need it?").FillAsync("Counting & shapes\nfor maths é");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        // Asked again until it holds: an answer given without a network can be loaded before anything waits for its loading.
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Your request is in");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(visit.Requests, Is.EqualTo(new[] { $"GET {Address}", $"POST http://games.example{BlockPage.RequestPath}" }));
            Assert.That(type, Is.EqualTo("application/x-www-form-urlencoded"));
            Assert.That(posted, Is.EqualTo("reference=K7Q4-M2XD&note=Counting+%26+shapes%0D%0Afor+maths+%C3%A9"));
        }
    }

    [Test]
    public async Task Note_LongerThanTheMost_IsNotTaken()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        await visit.AnswerAsync(_ => Answer(403, BlockPage.Render(Pages.Blocked(Reason.CategoryBlock))));
        await visit.Page.GotoAsync(Address);
        await visit.Page.GetByText("Ask for this site").ClickAsync();

        await visit.Page.GetByLabel("Why do you need it?").FocusAsync();
        await visit.Page.Keyboard.InsertTextAsync(new string('a', BlockPage.NoteCharsMax + 1));

        Assert.That(await visit.Page.GetByLabel("Why do you need it?").InputValueAsync(), Has.Length.EqualTo(BlockPage.NoteCharsMax));
    }

    [Test]
    public async Task Page_TouchTargets_AreLargeEnoughForSmallHands()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Tablet());
        await visit.AnswerAsync(_ => Answer(403, BlockPage.Render(Pages.Blocked(Reason.CategoryBlock))));
        await visit.Page.GotoAsync(Address);
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");

        foreach (var target in await visit.Page.Locator("summary, button, textarea").AllAsync())
            // WCAG 2.2 asks for 24 px (2.5.8) and 44 px at its highest level (2.5.5).
            Assert.That((await target.BoundingBoxAsync())!.Height, Is.GreaterThanOrEqualTo(44), await target.InnerTextAsync());
    }

    private static RouteFulfillOptions Answer(int status, string html) => new()
    {
        Status = status,
        ContentType = "text/html; charset=utf-8",
        Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Security-Policy"] = BlockPage.ContentSecurityPolicy, ["Content-Type"] = "text/html; charset=utf-8" },
        Body = html,
    };
}
