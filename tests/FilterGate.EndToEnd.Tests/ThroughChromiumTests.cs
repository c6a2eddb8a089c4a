using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;
using FilterGate.Testing.Browser;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A pupil's browser that trusts the school's authority, as a managed device does: what it shows.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Browser")]
public sealed class ThroughChromiumTests
{
    private TempFolder _home = null!;
    private School _school = null!;
    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Programs.Require("certutil", "libnss3-tools");
        _school = await School.OpenAsync();
        _home = new TempFolder();
        var store = Directory.CreateDirectory(Path.Combine(_home.Path, ".pki", "nssdb")).FullName;
        await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-N", "--empty-password");
        await Programs.MustAsync("certutil", "-d", $"sql:{store}", "-A", "-t", "C,,", "-n", "School", "-i", _school.Authority);
        _chromium = await Chromium.StartAsync(_school.Gateway.Address("pupil").GetLeftPart(UriPartial.Authority), home: _home.Path);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        if (_school is not null) await _school.DisposeAsync();
        _home?.Dispose();
    }

    [TestCase("http")]
    [TestCase("https")]
    public async Task AllowedSite_ShowsItsPageAndItsPicture(string scheme)
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        var answer = await visit.Page.GotoAsync($"{scheme}://{School.Open}/");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer!.Status, Is.EqualTo(200));
            Assert.That(await visit.Page.TextContentAsync("h1"), Is.EqualTo(NginxOrigin.Welcome));
            Assert.That(await visit.Page.EvaluateAsync<int>("() => document.images[0].naturalWidth"), Is.EqualTo(1));
            Assert.That(visit.Complaints, Is.Empty);
        }
    }

    [TestCase("http", Category = "Slow")]
    [TestCase("https")]
    public async Task BlockedSite_ShowsThePageWhoseFormAsks(string scheme)
    {
        // Two hosts, because a tier's second request for one is the first one over again.
        var site = scheme == "http" ? $"http://{School.Auction}" : "https://reddit.com";
        await using var visit = await _chromium.VisitAsync(Screen.Tablet());
        var answer = await visit.Page.GotoAsync($"{site}/lot/7");
        Assert.That(answer!.Status, Is.EqualTo(403));
        await visit.ShootAsync($"end-to-end-blocked-{scheme}");
        await visit.AssertAccessibleAsync();
        var reference = References.In(await visit.Page.InnerTextAsync("body")).Single();

        await visit.Page.ClickAsync("text=Ask for this site");
        await visit.Page.FillAsync("textarea", "for our project");
        await visit.Page.ClickAsync("button");
        await visit.Page.WaitForSelectorAsync("text=Your request is in");
        await visit.AssertAccessibleAsync();

        var waiting = await _school.CommandAsync("unblock", "list");
        var stored = (await _school.EventsAsync("--host", new Uri(site).Host)).Single(e => e.GetProperty("reference").GetString() == reference && e.GetProperty("kind").GetString() == "block");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(waiting.Output, Does.Contain(reference).And.Contain("for our project"));
            Assert.That(stored.GetProperty("url").GetString(), Is.EqualTo($"{site}/lot/7"));
            Assert.That(stored.GetProperty("tier").GetString(), Is.EqualTo("pupil"));
        }
    }

    /// <summary>A site that told the browser to ask it over HTTPS alone is blocked: a certificate that the browser did not trust could not be gone past, so the page must come over one that it does.</summary>
    [Test]
    [Category("Slow")]
    public async Task BlockedSiteWithHsts_ShowsThePageAndNoCertificateError()
    {
        const string host = "sub." + School.Open;
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        var first = await visit.Page.GotoAsync($"https://{host}/strict");
        Assert.That((first!.Status, await first.HeaderValueAsync("strict-transport-security")), Is.EqualTo((200, "max-age=31536000; includeSubDomains")));
        await visit.Page.GotoAsync($"http://{host}/1k");
        Assert.That(visit.Page.Url, Is.EqualTo($"https://{host}/1k"), "the browser remembers it");

        var block = await _school.CommandAsync("block", host, "--reason", "a try", "--yes", "--json");
        Assert.That(block.ExitCode, Is.Zero, block.Error);
        await Programs.UntilAsync(async () => (await visit.Page.GotoAsync($"http://{host}/1k"))!.Status == 403, "the block is in force");
        var security = await (await visit.Page.GotoAsync($"http://{host}/lot/7"))!.SecurityDetailsAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(visit.Page.Url, Is.EqualTo($"https://{host}/lot/7"));
            Assert.That(security?.SubjectName, Is.EqualTo("FilterGate"), "the gateway's certificate, which this browser trusts: going there throws for any other");
            Assert.That(References.In(await visit.Page.InnerTextAsync("body")), Has.Exactly(1).Items);
            Assert.That(await visit.Page.EvaluateAsync<bool>("isSecureContext"), Is.True);
        }
        await visit.AssertAccessibleAsync();

        var id = System.Text.Json.JsonElement.Parse(block.Output).GetProperty("block").GetProperty("id").GetRawText();
        Assert.That((await _school.CommandAsync("block", "lift", id, "--reason", "the try is over")).ExitCode, Is.Zero);
    }

    [Test]
    public async Task LockedPage_SaysAccessDeniedAndNothingElse()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        var answer = await visit.Page.GotoAsync("https://locked.test/forbidden/page");
        Assert.That(answer!.Status, Is.EqualTo(403));
        await visit.AssertAccessibleAsync();
        Assert.That(await visit.Page.InnerTextAsync("body"), Does.Contain("Access denied").And.Not.Contain("locked.test"));
    }

    [Test]
    public async Task BlockedPicture_OnAnAllowedPage_LeavesAGapAndNoPage()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Desktop());
        await visit.Page.GotoAsync($"https://{School.Open}/");
        var result = await visit.Page.EvaluateAsync<string>(
            $"() => new Promise(done => {{ const i = new Image(); i.onload = () => done('shown'); i.onerror = () => done('gap'); i.src = 'https://{School.Auction}/picture.png'; }})");
        Assert.That(result, Is.EqualTo("gap"));
    }

    [TestCase(true, false)]
    [TestCase(true, true)]
    [TestCase(false, false, Category = "Slow")]
    public async Task CheckPage_SaysWhetherThisBrowserTrustsUs_AndItsButtonKeepsThat(bool trusts, bool scripts)
    {
        await using var stranger = trusts ? null : await Chromium.StartAsync(_school.Gateway.Address("staff").GetLeftPart(UriPartial.Authority));
        await using var visit = await (stranger ?? _chromium).VisitAsync(Screen.Tablet(), scripts);
        await visit.Page.GotoAsync("http://filtergate.internal/check");
        await visit.Page.WaitForLoadStateAsync();
        await visit.ShootAsync($"check-{(trusts ? "trusted" : "untrusted")}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await visit.Page.IsVisibleAsync(".trusted.ca"), Is.EqualTo(trusts));
            Assert.That(await visit.Page.IsVisibleAsync(".untrusted.ca"), Is.Not.EqualTo(trusts));
            Assert.That(await visit.Page.InnerTextAsync("body"), Does.Contain(trusts ? "On for Google" : "Off for this group"));
            foreach (var frame in visit.Page.Frames.Skip(1)) Assert.That(await frame.InnerTextAsync("body"), Does.Contain("Closed"), frame.Url);
            Assert.That(visit.Page.Frames, Has.Count.EqualTo(5));
        }
        // axe runs in the page.
        if (scripts) await visit.AssertAccessibleAsync();
        // One result an address in half a minute, and all of these have one address.
        if (scripts || !trusts) return;

        await visit.Page.ClickAsync("text=Keep this result");
        await visit.Page.WaitForSelectorAsync("text=The result is kept");
        var reference = References.In(await visit.Page.InnerTextAsync("body")).Single();
        var stored = (await _school.EventsAsync()).Single(e => e.GetProperty("reference").GetString() == reference);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored.GetProperty("kind").GetString(), Is.EqualTo("check"));
            Assert.That(stored.GetProperty("rule").GetString(), Does.Contain("certificate=trusted").And.Contain("adult=closed"));
        }
    }

    [Test]
    public async Task CertificatesPage_OffersWhatEachDeviceTakes()
    {
        await using var visit = await _chromium.VisitAsync(Screen.Phone());
        await visit.Page.GotoAsync("http://filtergate.internal/certificates");
        await visit.ShootAsync("certificates");
        await visit.AssertAccessibleAsync();
        var profile = await _school.GetAsync("pupil", "http://filtergate.internal/certificate.mobileconfig");
        Assert.That(profile.Head, Does.Contain("application/x-apple-aspen-config"));
        Assert.That(await visit.Page.InnerTextAsync("body"), Does.Contain("Certificate Trust Settings"));
    }
}
