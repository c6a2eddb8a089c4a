using System.Diagnostics;
using System.Text.Json;
using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>The whole story: a pupil is blocked and asks, a technician opens the site for a time, it closes by itself, and the online-safety lead sees it all.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class UnblockStoryTests
{
    private School _school = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _school = await School.OpenAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_school is not null) await _school.DisposeAsync();
    }

    [Test]
    public async Task ApprovedSite_OpensWithinASecondAndClosesByItself()
    {
        const string site = $"https://{School.Auction}";
        var blocked = await _school.GetAsync("pupil", $"{site}/lot/7");
        Assert.That(blocked.Status, Is.EqualTo(403), blocked.ToString());

        var asked = await _school.AskAsync("pupil", site, blocked.Reference, "for the maths lesson");
        Assert.That(asked.Status, Is.EqualTo(200), asked.ToString());
        Assert.That(asked.Body, Does.Contain("Your request is in"));

        var waiting = await _school.CommandAsync("unblock", "list");
        Assert.That(waiting.Output, Does.Contain(blocked.Reference).And.Contain(School.Auction).And.Contain("for the maths lesson"));
        var shown = await _school.CommandAsync("unblock", "show", blocked.Reference.ToLowerInvariant());
        Assert.That(shown.Output, Does.Contain("waiting"));

        var approved = await _school.CommandAsync("unblock", "approve", blocked.Reference, "--for", "6s", "--reason", "maths lesson on prices");
        Assert.That(approved.ExitCode, Is.Zero, approved.Error);
        var sinceApproval = Stopwatch.StartNew();
        await Programs.UntilAsync(async () => (await _school.GetAsync("pupil", $"{site}/1k")).Status == 200, "the site opens");
        Assert.That(sinceApproval.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)), "a second, and the time that curl takes on a busy machine");

        // Unhurried: each look is a use of the override, and the review page below shows the newest 50 events.
        await Programs.UntilAsync(
            async () =>
            {
                await Task.Delay(400);
                return (await _school.GetAsync("pupil", $"{site}/1k")).Status == 403;
            },
            "the site closes by itself");
        Assert.That(sinceApproval.Elapsed, Is.InRange(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(12)));
        Assert.That((await _school.GetAsync("staff", $"{site}/1k")).Status, Is.EqualTo(200), "staff were never concerned");

        await Programs.UntilAsync(async () => Rules(await _school.EventsAsync("--overrides")).Any(r => r.Contains(" ended", StringComparison.Ordinal)), "the end is recorded");
        var events = await _school.EventsAsync("--overrides");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Rules(events).Select(KindOfStep).Distinct(), Is.SupersetOf(new[] { "asked", "granted", "used", "ended" }));
            Assert.That(events.Where(e => e.GetProperty("reason").GetString() == "override").Select(e => e.GetProperty("host").GetString()), Is.Not.Empty.And.All.EqualTo(School.Auction));
            Assert.That((await _school.CommandAsync("unblock", "list")).Output, Does.Not.Contain(blocked.Reference));
        }

        var review = await _school.Curl.GetAsync(new Uri(_school.Gateway.Address("review"), "log").ToString());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(review.Status, Is.EqualTo(200));
            Assert.That(review.Body, Does.Contain(blocked.Reference).And.Contain(School.Auction).And.Contain("maths lesson on prices"));
            Assert.That(review.Body, Does.Not.Contain("<script"), "it works without script");
        }
    }

    /// <summary>A technician at a terminal gives no flag: what, for whom, until when and why are asked, a wrong answer is asked again, and how to undo it is said.</summary>
    [Test]
    public async Task Approve_AtATerminal_AsksForWhatNoFlagSays()
    {
        const string site = $"https://www.{School.Auction}";
        var blocked = await _school.GetAsync("pupil", $"{site}/lot/9");
        await _school.AskAsync("pupil", site, blocked.Reference, "prices");
        // The part of the site; a tier that is not there, then staff; ten minutes; why; yes.
        var approved = await _school.AtATerminalAsync(["1", "tier:nobody", "tier:staff", "10m", "prices in maths", "y"], "unblock", "approve", blocked.Reference);
        Assert.That(approved.ExitCode, Is.Zero, approved.Output);
        Assert.That(approved.Output, Does.Contain("What is opened?").And.Contain("For whom?").And.Contain("no group or tier of the policy").And.Contain("Until when?").And.Contain("Why?").And.Contain("unblock revoke"));
        var live = await _school.CommandAsync("overrides", "list", "--json");
        var opened = live.Lines.Select(line => JsonElement.Parse(line)).Single(o => o.GetProperty("site").GetString() == $"www.{School.Auction}/lot/9");
        Assert.That((opened.GetProperty("audience").GetString(), opened.GetProperty("reason").GetString()), Is.EqualTo(("tier:staff", "prices in maths")));
        Assert.That((await _school.GetAsync("pupil", $"{site}/lot/9")).Status, Is.EqualTo(403), "it was opened for staff alone");

        var again = await _school.GetAsync("pupil", $"{site}/lot/10");
        await _school.AskAsync("pupil", site, again.Reference, "prices");
        var stopped = await _school.AtATerminalAsync(["1", "", "10m", "prices in maths", "n"], "unblock", "approve", again.Reference);
        Assert.That(stopped.ExitCode, Is.Not.Zero, stopped.Output);
        Assert.That((await _school.CommandAsync("unblock", "list")).Output, Does.Contain(again.Reference), "nothing was changed");
    }

    [Test]
    public async Task RefusedRequest_StaysClosed()
    {
        const string site = "http://reddit.com";
        var blocked = await _school.GetAsync("pupil", $"{site}/");
        await _school.AskAsync("pupil", site, blocked.Reference, "please");
        var refused = await _school.CommandAsync("unblock", "refuse", blocked.Reference, "--reason", "not in lessons");
        Assert.That(refused.ExitCode, Is.Zero, refused.Error);
        Assert.That((await _school.GetAsync("pupil", $"{site}/")).Status, Is.EqualTo(403));
        Assert.That((await _school.CommandAsync("unblock", "approve", blocked.Reference, "--for", "1h", "--reason", "too late")).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task RevokedGrant_ClosesWithinSeconds()
    {
        const string url = "http://reddit.com/1k";
        var granted = await _school.CommandAsync("unblock", "grant", "reddit.com", "--tier", "pupil", "--for", "1h", "--reason", "a club", "--json");
        Assert.That(granted.ExitCode, Is.Zero, granted.Error);
        await Programs.UntilAsync(async () => (await _school.GetAsync("pupil", url)).Status == 200, "the site opens");

        var id = System.Text.Json.JsonElement.Parse(granted.Output).GetProperty("override").GetProperty("id").GetRawText();
        var revoked = await _school.CommandAsync("unblock", "revoke", id, "--reason", "the club is over");
        Assert.That(revoked.ExitCode, Is.Zero, revoked.Error);
        await Programs.UntilAsync(async () => (await _school.GetAsync("pupil", url)).Status == 403, "the site closes", TimeSpan.FromSeconds(5));
    }

    [TestCase("http://locked.test/forbidden/page", TestName = "Grant_LockedPage_IsRefusedByARuleOfTheHouse")]
    [TestCase("locked-host.test", TestName = "Grant_LockedSite_IsRefusedByARuleOfTheHouse")]
    public async Task Grant(string site)
    {
        var ended = await _school.CommandAsync("unblock", "grant", site, "--tier", "staff", "--for", "1h", "--reason", "a try");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended.ExitCode, Is.EqualTo(4), ended.Error);
            Assert.That(ended.Error, Does.Not.Contain("locked.test").And.Not.Contain("locked-host"));
        }
    }

    [Test]
    public async Task Form_ForALockedPage_OpensNothing()
    {
        var blocked = await _school.GetAsync("pupil", "http://locked.test/forbidden/page");
        var asked = await _school.AskAsync("pupil", "http://locked.test", blocked.Reference, "please");
        Assert.That(asked.Status, Is.AnyOf(400, 403), asked.ToString());
        Assert.That((await _school.CommandAsync("unblock", "list")).Output, Does.Not.Contain(blocked.Reference));
    }

    [TestCase("review.example")]
    [TestCase("127.0.0.1.example:8090")]
    public async Task ReviewPage_AskedForByAForeignName_IsRefused(string host)
    {
        var answer = await _school.Curl.GetAsync(_school.Gateway.Address("review").ToString(), proxy: null, trusted: null, "-H", $"Host: {host}");
        Assert.That(answer.Status, Is.InRange(400, 499), answer.ToString());
        Assert.That(answer.Body, Does.Not.Contain("Sample Primary"));
    }

    private static IEnumerable<string> Rules(IEnumerable<System.Text.Json.JsonElement> events) => events.Select(e => e.GetProperty("rule").GetString() ?? "");

    // `request K7Q4-M2XD asked`, `override 1 granted until …`, `override 1 ended`; a use is the number alone.
    private static string KindOfStep(string rule) => rule.Split(' ') is [_, _, var step, ..] ? step : "used";
}
