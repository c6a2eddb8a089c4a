using FilterGate.Policy.Search;
using FilterGate.Proxy.BlockPages;
using FilterGate.Testing.Browser;
using Microsoft.Playwright;

namespace FilterGate.Proxy.Tests.Search;

/// <summary>The lesson page in a real browser, with a stand-in for YouTube's embed that tries what an embed may try. No request reaches a network.</summary>
[TestFixture]
[Category("Browser")]
public sealed class LessonPageBrowserTests
{
    private const string Address = "http://filtergate.internal/video/aB3-_xYz012";

    /// <summary>Says who embeds it, and leads out of the frame by every way that needs no click of a person.</summary>
    private const string Embed = """
        <!doctype html><title>player</title><p id="referrer"></p><a id="out" href="https://www.youtube.com/watch?v=zzzzzzzzzzz" target="_top">Watch on YouTube</a>
        <script>
        document.getElementById("referrer").textContent = document.referrer;
        document.body.dataset.opened = window.open("https://www.youtube.com/") === null ? "no" : "yes";
        try { top.location = "https://www.youtube.com/"; } catch { document.body.dataset.left = "no"; }
        </script>
        """;

    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _chromium = await Chromium.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
    }

    [Test]
    public async Task Page_InTheBrowser_ShowsOneFrameThatCannotLeave()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Tablet());
        await visit.AnswerAsync(request => request.Url.StartsWith("http://filtergate.internal/", StringComparison.Ordinal)
            ? Html(LessonPage.Render("Sample Primary", "pupil", new VideoLink("aB3-_xYz012", IsPlaylist: false)), LessonPage.ContentSecurityPolicy)
            : Html(Embed, null));
        await visit.Page.GotoAsync(Address);
        await visit.Page.FrameLocator("iframe").Locator("#out").ClickAsync();

        var frame = visit.Page.Frames.Single(f => f != visit.Page.MainFrame);
        Assert.Multiple(async () =>
        {
            Assert.That(frame.Url, Is.EqualTo("https://www.youtube-nocookie.com/embed/aB3-_xYz012?rel=0&autoplay=0&iv_load_policy=3&playsinline=1"));
            Assert.That(await frame.TextContentAsync("#referrer"), Is.EqualTo("http://filtergate.internal/"), "the player wants to know who embeds it, and gets no more than that");
            Assert.That(await frame.EvaluateAsync<string>("document.body.dataset.opened + document.body.dataset.left"), Is.EqualTo("nono"));
            Assert.That(visit.Page.Url, Is.EqualTo(Address), "neither script nor link left the frame");
            Assert.That(visit.Requests, Has.Count.EqualTo(2), string.Join('\n', visit.Requests));
            Assert.That(await visit.Page.EvaluateAsync<double>("(r => r.width / r.height)(document.querySelector('iframe').getBoundingClientRect())"), Is.EqualTo(16.0 / 9).Within(0.02));
        });
        await visit.AssertAccessibleAsync();
        await visit.ShootAsync("lesson");
    }

    [Test]
    public async Task Form_WithoutScript_SendsThePastedLink()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Phone(), scripts: false);
        await visit.AnswerAsync(_ => Html(LessonPage.RenderForm("Sample Primary", EnglishWords.LessonNoVideo), BlockPage.ContentSecurityPolicy));
        await visit.Page.GotoAsync("http://filtergate.internal/video");
        await visit.ShootAsync("lesson-form");
        await visit.Page.FillAsync("#link", "https://youtu.be/aB3-_xYz012?si=x");
        await visit.Page.ClickAsync("button");
        Assert.That(visit.Requests.Last(), Is.EqualTo("GET http://filtergate.internal/video?link=https%3A%2F%2Fyoutu.be%2FaB3-_xYz012%3Fsi%3Dx"));
    }

    private static RouteFulfillOptions Html(string html, string? contentSecurityPolicy)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = "text/html; charset=utf-8" };
        if (contentSecurityPolicy is not null) fields["Content-Security-Policy"] = contentSecurityPolicy;
        return new() { Status = 200, Headers = fields, Body = html };
    }
}
