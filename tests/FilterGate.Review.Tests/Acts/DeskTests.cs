using System.Net;
using System.Text.RegularExpressions;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Acts;

/// <summary>The lead's day over real stores: a list that empties, looks that are written down, and acts that are somebody else's.</summary>
[TestFixture]
internal sealed partial class DeskTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), clock: _clock);
        await SampleDay.FillAsync(_site.Events);
    }

    [TearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task Today_ShowsWhatIsUrgentAndEmpties()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var today = await lead.ReadAsync("/");
        Assert.That(today, Does.Contain("Self-harm").Or.Contain("Suicide"));
        Assert.That(today, Does.Contain("Pupil 402").And.Contain("Illegal content").And.Not.Contain("staff-shop").And.Not.Contain("head-shop").And.Contain("Not met: demonstration list"));
        Assert.That(today, Does.Not.Contain("locked-host"));

        Assert.That(today, Does.Contain("href=\"/review?when=between&amp;to=2026-11-16T00%3A00\""), "where older open ones are");
        for (var left = 20; left > 0 && ItemKey().Match(today) is { Success: true } item; left--)
        {
            using var concluded = await lead.SendAsync("/", "/review/conclude", ("conclude", WebUtility.HtmlDecode(item.Groups["key"].Value)), ("note", "spoke with the class teacher"), ("return", "/"));
            Assert.That(concluded.Headers.Location?.ToString(), Does.StartWith("/?done=concluded-"), await concluded.Content.ReadAsStringAsync());
            today = await lead.ReadAsync(concluded.Headers.Location!.ToString());
            Assert.That(today, Does.Contain("Take it back"));
        }
        Assert.That(today, Does.Contain("Nothing waits for you"));

        using var done = await lead.SendAsync("/", "/review/done");
        Assert.That(await lead.ReadAsync(done.Headers.Location!.ToString()), Does.Contain("Today is done.").And.Contain("Done for today since 14:05"));
        var day = _site.State.DaysDone(new DateOnly(2026, 11, 1)).Single();
        Assert.That((day.Day, day.By, day.Open), Is.EqualTo((new DateOnly(2026, 11, 22), "dsl", 0)));
        Assert.That(day.Reviewed, Is.GreaterThan(2));
    }

    /// <summary>After a week away the page stays one that is read at a sitting: the most urgent first, of whatever day, and how many more of which day. They come up as those before them are concluded.</summary>
    [Test]
    public async Task Today_SeventyItems_ShowsTheMostUrgentAndSaysWhatIsLeft()
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), clock: _clock);
        foreach (var e in SampleDay.BusyWeek()) await site.Events.CommitAsync(e, giveReference: false);
        using var lead = await Visitor.SignedInAsync(site, "dsl", _clock);
        var today = await lead.ReadAsync("/");
        Assert.That(ItemKey().Count(today), Is.EqualTo(10));
        Assert.That(ItemKey().Match(today).Groups["key"].Value, Does.Contain("|self-harm|"), "the worst of them first, though it is of the first day");
        Assert.That(today, Does.Contain("<h3 id=\"more\">And 60 more</h3>").And.Contain("<span>Sunday 22 November</span> <b>1</b>").And.Contain("<span>Monday 16 November</span> <b>9</b>").And.Contain("href=\"/?show=all\">Show all 70</a>"));

        var all = await lead.ReadAsync("/?show=all");
        Assert.That(ItemKey().Count(all), Is.EqualTo(70));
        Assert.That(all, Does.Not.Contain("id=\"more\"").And.Contain("Show the most urgent alone"));

        // Whoever works through all of them stays there; whoever has ten gets the next.
        using var fromAll = await lead.SendAsync("/", "/review/conclude", ("conclude", WebUtility.HtmlDecode(ItemKey().Matches(all)[^1].Groups["key"].Value)), ("return", "/?show=all"));
        Assert.That(fromAll.Headers.Location?.ToString(), Does.StartWith("/?show=all&done=concluded-1-"));
        using var fromTen = await lead.SendAsync("/", "/review/conclude", ("conclude", WebUtility.HtmlDecode(ItemKey().Match(today).Groups["key"].Value)), ("return", "/"));
        var next = await lead.ReadAsync(fromTen.Headers.Location!.ToString());
        Assert.That((ItemKey().Count(next), next.Contains("And 58 more", StringComparison.Ordinal)), Is.EqualTo((10, true)));
    }

    [Test]
    public async Task Today_WhatCameAfterTheItemWasSeen_StaysOpen()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var key = WebUtility.HtmlDecode(ItemKey().Matches(await lead.ReadAsync("/")).Select(match => match.Groups["key"].Value).First(value => value.Contains("p401", StringComparison.Ordinal)));
        await _site.Events.CommitAsync(SampleDay.Blocked(-1, "p401", "adult2.example", category: "pornography"), giveReference: false);
        using var concluded = await lead.SendAsync("/", "/review/conclude", ("conclude", key), ("return", "/"));
        Assert.That(await lead.ReadAsync("/"), Does.Contain("Pupil 401").And.Contain("concluded before"));
    }

    [Test]
    public async Task Review_SeveralAtOnce_AreConcludedAndTakenBack()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await lead.ReadAsync("/review");
        Assert.That(page, Does.Contain("how to hurt myself").And.Contain("adult.example").And.Contain("Not shown").And.Not.Contain("secret-word").And.Not.Contain("staff-shop").And.Not.Contain("cdn.games"));
        var acts = Act().Matches(page).Select(match => ("act", match.Groups["id"].Value)).Distinct().ToArray();
        Assert.That(acts, Has.Length.GreaterThan(8));

        using var concluded = await lead.SendAsync("/review", "/review/conclude", [.. acts, ("conclude", "none"), ("return", "/review?when=week")]);
        var after = await lead.ReadAsync(concluded.Headers.Location!.ToString());
        Assert.That(concluded.Headers.Location!.ToString(), Does.StartWith("/review?when=week&done=concluded-"));
        Assert.That(after, Does.Contain("acts concluded").And.Not.Contain("how to hurt myself"));
        Assert.That(await lead.ReadAsync("/review?state=none"), Does.Contain("how to hurt myself").And.Contain("no concern"));

        using var undone = await lead.SendAsync("/review", "/review/undo", ("batch", Batch().Match(after).Groups["batch"].Value), ("return", "/review"));
        Assert.That(await lead.ReadAsync(undone.Headers.Location!.ToString()), Does.Contain("are open again").And.Contain("how to hurt myself"));
    }

    [Test]
    public async Task Conclude_NoteTooLong_ShowsAgainWhatWasWritten()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var note = new string('x', StateStore.ReviewNoteMax) + " the end";
        using var answer = await lead.SendAsync("/review", "/review/conclude", ("act", SampleDay.Worrying.Id.ToString("N")), ("conclude", "concern"), ("note", note), ("return", "/review"));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(page, Does.Contain("A note has at most 500 characters").And.Contain(note).And.Match($"value=\"{SampleDay.Worrying.Id:N}\" checked"));
        Assert.That(_site.State.ReviewsOf([SampleDay.Worrying.Id]), Is.Empty);
    }

    [Test]
    public async Task Conclude_StateCannotBeWritten_SaysSoAndGivesBackWhatWasWritten()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_site.StatePath};Pooling=false"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "CREATE TRIGGER full_disk BEFORE INSERT ON act_reviews BEGIN SELECT raise(ABORT, 'no room'); END";
            command.ExecuteNonQuery();
        }
        using var answer = await lead.SendAsync("/review", "/review/conclude", ("act", SampleDay.Worrying.Id.ToString("N")), ("conclude", "talk"), ("note", "spoke with <her> teacher"), ("return", "/review"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(503));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/plain"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("nothing was done").And.Contain("spoke with <her> teacher"));
        Assert.That(_site.State.ReviewsOf([SampleDay.Worrying.Id]), Is.Empty);
    }

    /// <summary>From a conclusion to the row of the audit that says who reached it and with what others, and back.</summary>
    [Test]
    public async Task Act_Concluded_LeadsToItsBatchInTheAudit()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using (await lead.SendAsync("/review", "/review/conclude", ("act", SampleDay.Worrying.Id.ToString("N")), ("act", SampleDay.WithQuery.Id.ToString("N")), ("conclude", "talk"), ("return", "/review"))) { }
        var batch = _site.State.ReviewHistory(SampleDay.Worrying.Id).Single().Batch;
        Assert.That(await lead.ReadAsync($"/review/act/{SampleDay.WithQuery.Id:N}"), Does.Contain($"<a class=\"small\" href=\"/audit?about=batch%20{batch}%3A\">batch {batch}</a>"));
        Assert.That(await lead.ReadAsync($"/audit?about=batch%20{batch}%3A"), Does.Contain($"batch {batch}: 2 acts, talk"));

        using var deputy = await Visitor.SignedInAsync(_site, "deputy-dsl", _clock);
        Assert.That(await deputy.ReadAsync($"/review/act/{SampleDay.WithQuery.Id:N}"), Does.Contain($"batch {batch}").And.Not.Contain("/audit"), "who may not read the audit is not led there");
    }

    /// <summary>The usual ways in which a filter is changed, among more looks than anybody reads.</summary>
    [TestCase("policy.apply", "The policy was changed once.")]
    [TestCase("policy.rollback", "The policy was changed once.")]
    [TestCase("pass-through.accept", "1 decision was taken on sites that are passed unread.")]
    [TestCase("certificates.rotate", "The certificate of the filter was changed once.")]
    [TestCase("network.remove", "The rules of the network were changed once.")]
    [TestCase("network.staff-past", "The web of staff passed the filter once, while it was down.")]
    [TestCase("restore", "The box was set up or put back from a backup.")]
    [TestCase("events.purge", "Records past their time were dropped once.")]
    [TestCase("devices.assign", "The records of people or devices changed once.")]
    public async Task Today_SaysWhatChanged(string action, string says)
    {
        _site.State.Audit("technician", action, "of a day long ago", reason: null);
        _clock.Advance(TimeSpan.FromDays(3));
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        Assert.That(await head.ReadAsync("/"), Does.Not.Contain(says));
        _site.State.Audit("technician", action, "of today", reason: "as agreed");
        Looks(1_001);
        Assert.That(await head.ReadAsync("/"), Does.Contain(says));
    }

    /// <summary>Rows of the audit, as many looks leave them.</summary>
    private void Looks(int count)
    {
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_site.StatePath};Pooling=false");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) INSERT INTO audit (time, actor, action, subject) SELECT (SELECT max(time) FROM audit), 'dsl', 'look.person', 'person:p401' FROM n";
        command.ExecuteNonQuery();
    }

    [Test]
    public async Task Today_TryToGetRound_IsAmongTheLast()
    {
        await _site.Events.CommitAsync(SampleDay.Blocked(-1, "p402", "tunnel.example", category: "vpn") with { Kind = EventKind.Circumvention, ActKind = ActKind.Circumvention }, giveReference: false);
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await lead.ReadAsync("/"), Does.Contain("tunnel.example"));
    }

    [Test]
    public async Task ManyTries_AreOneStory_OnEveryPage()
    {
        // The first packets of OpenVPN, 14 times in 20 minutes: one act, and an event for each try.
        var story = SampleDay.Blocked(-40, "p402", "allowed.example", group: "4b", category: "vpn") with { Kind = EventKind.Circumvention, ActKind = ActKind.Circumvention, Reason = Reason.WayRound, Rule = "OpenVPN: its first packet", Intent = null };
        await _site.Events.CommitAsync(story, giveReference: false);
        for (var i = 1; i < 14; i++)
            await _site.Events.CommitAsync(SampleDay.Blocked(-40 + (i * 20.0 / 13), "p402", "allowed.example", group: "4b", category: "vpn") with { Kind = EventKind.Circumvention, ActKind = null, Act = story.Id, Reason = Reason.WayRound, Rule = "OpenVPN: its first packet", Intent = null }, giveReference: false);
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await lead.ReadAsync("/"), Does.Contain("Tried to get round the filter 14 times in 20 minutes, with a VPN."));
            foreach (var page in new[] { "/review?when=week", "/person/p402" })
                Assert.That(Tried().Matches(await lead.ReadAsync(page)).Select(match => WebUtility.HtmlDecode(match.Value)), Is.EqualTo(new[] { "Tried 14 times in 20 minutes, with a VPN (OpenVPN: its first packet)" }), page);
            Assert.That(await lead.ReadAsync($"/review/act/{story.Id:N}"), Does.Contain("Tried 14 times in 20 minutes, with a VPN (OpenVPN: its first packet).").And.Contain("A VPN carries everything past the filter").And.Contain("allowed.example × 13"));
        }
    }

    [Test]
    public async Task Governors_TriesAreCountedByStory_AlsoInShadowMode()
    {
        for (var i = 0; i < 7; i++)
        {
            var kind = i < 5 ? EventKind.Circumvention : EventKind.WouldGetRound;
            var story = SampleDay.Blocked(-200 + i, "p402", "vpn.example", group: "4b", category: "vpn") with { Kind = kind, Decision = i < 5 ? Verdict.Block : Verdict.LogOnly, ActKind = ActKind.Circumvention };
            await _site.Events.CommitAsync(story, giveReference: false);
            for (var j = 0; j < 3; j++) await _site.Events.CommitAsync(story with { Id = Guid.Empty, Time = story.Time.AddSeconds(j + 1), ActKind = null, Act = story.Id }, giveReference: false);
        }

        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await lead.ReadAsync("/governors"), Does.Contain("<dt>Tries to get round the filter</dt><dd>7</dd>"));
    }

    [GeneratedRegex("Tried [^<]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tried();

    [Test]
    public async Task PersonByPerson_WaysRoundAndRefusedConnections_AreRefusals()
    {
        for (var i = 0; i < 9; i++) await _site.Events.CommitAsync(SampleDay.Blocked(-1 - i, "p402", "tunnel.example", group: "4b", category: "vpn") with { Kind = EventKind.Circumvention, ActKind = ActKind.Circumvention }, giveReference: false);
        await _site.Events.CommitAsync(SampleDay.Blocked(-1, "p402", "tunnel.example", group: "4b", category: "vpn") with { Kind = EventKind.Tls, ActKind = null }, giveReference: false);
        await _site.Events.CommitAsync(SampleDay.Worrying with { Id = Guid.Empty, Kind = EventKind.Block, Decision = Verdict.Block }, giveReference: false);
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await lead.ReadAsync("/review?by=people");
        Assert.That(page.IndexOf("Pupil 402", StringComparison.Ordinal), Is.LessThan(page.IndexOf("Pupil 401", StringComparison.Ordinal)).And.Positive, "those with most refusals first");
        Assert.That(Numbers().Matches(page[page.IndexOf("Pupil 402", StringComparison.Ordinal)..]).Take(2).Select(number => number.Groups["number"].Value), Is.EqualTo(new[] { "11", "2" }), "refused, and searches let through");
        Assert.That(page, Does.Not.Contain("have no effect"));
    }

    [TestCase("acts=searches", "Which")]
    [TestCase("state=talk&text=games", "Concluded, Words")]
    public async Task PersonByPerson_ChoicesThatDoNotApply_AreNamed(string choice, string names)
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await lead.ReadAsync($"/review?by=people&{choice}"), Does.Contain($"These choices have no effect on it: {names}.").And.Contain("Pupil 401"));
        Assert.That(await lead.ReadAsync($"/review?by=people&when=between&from=2001-01-01&to=2001-02-01&{choice}"), Does.Contain("<h2>Nobody</h2>").And.Not.Contain("All looked at"));
    }

    [TestCase("dsl", 200, 404, 404)]
    [TestCase("deputy-dsl", 200, 404, 404)]
    [TestCase("head", 200, 200, 404)]
    [TestCase("deputy-head", 200, 200, 404)]
    [TestCase("chair", 404, 404, 200)]
    public async Task OtherPeoplesAddresses_AreNotThere(string reader, int ofPupil, int ofTeacher, int ofHead)
    {
        using var visitor = await Visitor.SignedInAsync(_site, reader, _clock);
        foreach (var (act, person, status) in new[] { (SampleDay.WithQuery, "p401", ofPupil), (SampleDay.OfATeacher, "t-hill", ofTeacher), (SampleDay.OfTheHead, "head", reader == "head" ? 404 : ofHead) })
        {
            foreach (var address in new[] { $"/review/act/{act.Id:N}", $"/review/act/{act.Id:D}?query=show", $"/person/{person}", $"/person/{person.ToUpperInvariant()}?query=show" })
            {
                using var answer = await visitor.GetAsync(address);
                Assert.That((int)answer.StatusCode, Is.EqualTo(status), $"{address} by {reader}");
                if (status == 404) Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("shop.example").And.Not.Contain("games.example"));
            }
            using var concluded = await visitor.SendAsync("/review", "/review/conclude", ("act", act.Id.ToString("N")), ("conclude", "none"), ("return", "/review"));
            Assert.That((int)concluded.StatusCode, Is.EqualTo(status == 200 ? 302 : 422));
            Assert.That(_site.State.ReviewHistory(act.Id).Any(review => review.By == reader), Is.EqualTo(status == 200));
        }
        var list = await visitor.ReadAsync("/review?state=all&acts=all") + await visitor.ReadAsync("/review?by=people&when=week") + await visitor.ReadAsync("/");
        Assert.That((list.Contains("staff-shop", StringComparison.Ordinal) || list.Contains("Teacher of 4A", StringComparison.Ordinal)), Is.EqualTo(ofTeacher == 200));
        Assert.That(list.Contains("head-shop", StringComparison.Ordinal), Is.EqualTo(ofHead == 200));
        if (reader != "chair") Assert.That((int)(await visitor.GetAsync("/device/laptop-head")).StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Person_ADay_HasHoursSearchesAndHidesQueries()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await lead.ReadAsync("/person/p401");
        Assert.That(page, Does.Contain("Pupil 401").And.Contain("<svg class=\"hours\"").And.Contain("volcano facts for kids").IgnoreCase.And.Contain("2 times").And.Contain("Class 4A").And.Contain("last.example").And.Not.Contain("secret-word"));
        Assert.That(await lead.ReadAsync("/person/p401?day=2026-11-22&query=show"), Does.Contain("secret-word"));
        Assert.That(await lead.ReadAsync("/person/p401?day=2026-02-31"), Does.Contain("is not a time that this page understands"));
        Assert.That(await lead.ReadAsync("/person/p401?day=2031-01-01"), Does.Contain("That day has not come yet"));
        Assert.That(await lead.ReadAsync("/person/p401?day=2026-11-20"), Does.Contain("Nothing on record"));
        Assert.That(await lead.ReadAsync("/device/ipad-14"), Does.Contain("puzzles.example"));
        Assert.That((int)(await lead.GetAsync("/person/a%20b")).StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Looks_AreRowsOfTheAudit_TwiceWithinAMinuteOne()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        async Task<int> LookAsync(string address, string action)
        {
            await lead.ReadAsync(address);
            return _site.State.AuditEntries(1000).Count(entry => entry.Action == action && entry.Actor == "dsl");
        }

        Assert.That(await LookAsync("/person/p401", "look.person"), Is.EqualTo(1));
        Assert.That(await LookAsync("/person/P401?day=2026-11-21", "look.person"), Is.EqualTo(1));
        Assert.That(await LookAsync("/person/p402", "look.person"), Is.EqualTo(2));
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.That(await LookAsync("/person/p401", "look.person"), Is.EqualTo(3));
        Assert.That(await LookAsync($"/review/act/{SampleDay.Worrying.Id:N}", "look.act"), Is.EqualTo(1));
        Assert.That(await LookAsync("/searches", "look.searches"), Is.EqualTo(1));
        Assert.That(await LookAsync("/review/acts.csv?when=week", "look.export"), Is.EqualTo(1));
        Assert.That(await LookAsync("/person/t-hill", "look.person"), Is.EqualTo(3), "nothing was seen");
        Assert.That(_site.State.AuditEntries(1000).Where(entry => entry.Action == "look.act").Select(entry => entry.Subject), Is.EqualTo(new[] { "person:p402" }));
    }

    [Test]
    public async Task Act_WithItsContext_IsAPageAndAPart()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await lead.ReadAsync($"/review/act/{SampleDay.WithQuery.Id:N}");
        Assert.That(page, Does.Contain("<html").And.Contain("cdn.games.example × 2 (2 refused)").And.Contain("A page led here: http://start.example/").And.Contain("The hour before and after").And.Not.Contain("secret-word").And.Not.Contain("volcano"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/review/act/{SampleDay.WithQuery.Id:N}");
        request.Headers.Add("HX-Request", "true");
        request.Headers.Add("HX-Request-Type", "partial");
        using var part = await lead.SendAsync(request);
        Assert.That(await part.Content.ReadAsStringAsync(), Does.Not.Contain("<html").And.Contain("<article class=\"context\"").And.Contain("Open as a page"));
        foreach (var address in new[] { "/review/act/none", $"/review/act/{Guid.NewGuid():N}" }) Assert.That((int)(await lead.GetAsync(address)).StatusCode, Is.EqualTo(404));
    }

    [TestCase("/")]
    [TestCase("/searches")]
    [TestCase("/searches?text=nothing-of-the-kind")]
    public async Task SearchesThatWereAnswered_AreOnRecordOnlyWhereThePolicySaysSo_AndThePageSaysOfWhomNot(string address)
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.RecordsOnlyRefusals, clock: _clock);
        using var lead = await Visitor.SignedInAsync(site, "dsl", _clock);
        Assert.That(await lead.ReadAsync(address), Does.Contain("Of pupil, staff only refusals are on record"));
        using var ofActs = await Visitor.SignedInAsync(_site, "dsl", _clock);
        Assert.That(await ofActs.ReadAsync(address), Does.Not.Contain("only refusals are on record"));
    }

    /// <summary>A day that no gateway would have written shows nothing of what a lead sees.</summary>
    [Test]
    public void SampleDay_IsWhatItsPolicyRecords() =>
        Assert.That(
            SampleDay.Events().Concat(SampleDay.BusyWeek()).Where(e => e.Decision == Verdict.Allow),
            Is.Not.Empty.And.All.Matches<FilterEvent>(e => e!.ActKind is not null && SamplePolicy.With(SampleDay.People) is var policy && (policy.FindGroup(e.Group)?.Tier ?? policy.FindTier(e.Tier!))!.Record != RecordRule.Blocks));

    [Test]
    public async Task Searches_RepeatedOnes_StandTogether()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var page = await lead.ReadAsync("/searches");
        Assert.That(Regex.Matches(page, "facts for kids", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)), Has.Count.EqualTo(1));
        Assert.That(page, Does.Contain("2 times").And.Contain("kill myself").And.Contain("search.example"));
        Assert.That(await lead.ReadAsync("/searches?text=volcano"), Does.Contain("facts for kids").IgnoreCase.And.Not.Contain("kill myself"));
    }

    [Test]
    public async Task Export_IsATableWithoutFormulasOrQueries()
    {
        await _site.Events.CommitAsync(SampleDay.Worrying with { Id = Guid.Empty, Time = RunningSite.Now.AddMinutes(-5), SearchWords = "=cmd|' /C calc'!A0" }, giveReference: false);
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using var answer = await lead.GetAsync("/review/acts.csv?acts=all&state=all");
        var table = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.Content.Headers.ContentDisposition?.FileName, Is.EqualTo("acts-2026-11-22.csv").Or.EqualTo("\"acts-2026-11-22.csv\""));
        Assert.That(table, Does.Contain("'=cmd|' /C calc'!A0").And.Not.Contain(",=cmd").And.Not.Contain("secret-word").And.Not.Contain("staff-shop").And.Contain("Pupil 402"));
    }

    [Test]
    public async Task Export_LongerThanATableMayBe_SaysSo()
    {
        for (var i = 0; i < 10_050; i++) await _site.Events.EnqueueAsync(SampleDay.Blocked(-400 - (i / 60.0), "p401", "many.example"));
        await _site.Events.CommitAsync(SampleDay.Blocked(-799, "p401", "last.example"), giveReference: false);
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        var table = (await lead.ReadAsync("/review/acts.csv?when=week&state=all")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(table, Has.Length.EqualTo(10_002), "a heading, the acts, and that it is not all");
        Assert.That(table[^1], Does.Contain("Not all: this table ends at 10,000 acts"));
    }

    [Test]
    public async Task Sign_WhoReviewedAlone_MayNot()
    {
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var concluded = await head.SendAsync("/review", "/review/conclude", ("act", SampleDay.Worrying.Id.ToString("N")), ("conclude", "talk"), ("return", "/review"));
        Assert.That(await head.ReadAsync("/review/sign"), Does.Contain("You reviewed everything in this time yourself"));
        using var refused = await head.SendAsync("/review/sign", "/review/sign", ("since", "2026-11-01"), ("until", "2026-11-22"), ("note", "all well"));
        Assert.That((int)refused.StatusCode, Is.EqualTo(422));
        Assert.That(_site.State.TermSignatures(), Is.Empty);

        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using var more = await lead.SendAsync("/review", "/review/conclude", ("act", SampleDay.WithQuery.Id.ToString("N")), ("conclude", "none"), ("return", "/review"));
        using var signed = await head.SendAsync("/review/sign", "/review/sign", ("since", "2026-11-01"), ("until", "2026-11-22"), ("note", "read with the lead"));
        Assert.That(await head.ReadAsync(signed.Headers.Location!.ToString()), Does.Contain("Signed. What was signed stays as it is.").And.Contain("read with the lead").And.Contain("1 no concern, 1 talk, 0 concerns"));
        using var wrong = await head.SendAsync("/review/sign", "/review/sign", ("since", "2026-11-31"), ("until", "soon"), ("note", "kept in the page"));
        Assert.That(await wrong.Content.ReadAsStringAsync(), Does.Contain("first and last day").And.Contain("kept in the page"));
    }

    [Test]
    public async Task Governors_SeeCountsAndNoNames()
    {
        using var governor = await Visitor.SignedInAsync(_site, "g-shaw", _clock);
        var page = await governor.ReadAsync("/governors");
        Assert.That(page, Does.Contain("Counts, never names").And.Contain("under 5").And.Contain("not met"));
        foreach (var name in new[] { "p401", "Pupil", "ipad", "example", "hurt", "Teacher of" }) Assert.That(page, Does.Not.Contain(name));
    }

    [TestCase("/review?when=fortnight&acts=some&state=perhaps&by=shoe-size", "is not a choice")]
    [TestCase("/review?when=between&from=2026-02-31&to=yesterday", "is not a time that this page understands")]
    [TestCase("/review?when=between", "No time was chosen")]
    [TestCase("/review?group=nobody&tier=none&category=x", "There is no")]
    [TestCase("/review?who=everybody", "is nobody that this page can look for")]
    [TestCase("/review?before=00000000000000000000000000000000", "That was all")]
    [TestCase("/review?before=page-9999", "The link to older ones is damaged")]
    [TestCase("/review?when=between&from=2001-01-01&to=2001-02-01&state=all", "Nothing here")]
    [TestCase("/review?text=%00%27%22)%20OR%201", "All looked at")]
    [TestCase("/searches?when=between&from=x", "is not a time")]
    public async Task BadInput_IsSaid(string address, string says)
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using var answer = await lead.GetAsync(address);
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(says));
    }

    [Test]
    public async Task Views_AreKeptByName()
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using var kept = await lead.SendAsync("/review", "/review/views", ("name", "Typed by 4A"), ("return", "/review?acts=typed&group=4a&nonsense=1"));
        var page = await lead.ReadAsync(kept.Headers.Location!.ToString());
        Assert.That(page, Does.Contain("href=\"/review?acts=typed&amp;group=4a\"").And.Contain("Typed by 4A"));
        using var removed = await lead.SendAsync("/review", "/review/views", ("remove", _site.State.SavedViews("dsl", "review").Single().Id.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("return", "/review"));
        Assert.That(await lead.ReadAsync("/review"), Does.Not.Contain("Typed by 4A"));
    }

    [TestCase("https://elsewhere.example/")]
    [TestCase("//elsewhere.example/review")]
    [TestCase("/reviewer")]
    [TestCase("/sign-out")]
    public async Task Return_ToAnotherPlace_IsNotFollowed(string back)
    {
        using var lead = await Visitor.SignedInAsync(_site, "dsl", _clock);
        using var answer = await lead.SendAsync("/review", "/review/conclude", ("act", SampleDay.Worrying.Id.ToString("N")), ("conclude", "talk"), ("return", back));
        Assert.That(answer.Headers.Location?.ToString(), Does.StartWith("/review?done="));
    }

    [GeneratedRegex("name=\"conclude\" value=\"(?<key>none \\d[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ItemKey();

    [GeneratedRegex("name=\"act\" value=\"(?<id>[0-9a-f]{32})\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Act();

    [GeneratedRegex("class=\"number\">(?<number>[0-9,]+)<", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();

    [GeneratedRegex("name=\"batch\" value=\"(?<batch>[0-9]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Batch();
}
