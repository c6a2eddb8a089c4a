using System.Collections.Frozen;
using System.Text;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Log;

namespace FilterGate.Review.Tests.Log;

/// <summary>What the page says, over a search that a test brings.</summary>
[TestFixture]
public sealed class LogPageTests
{
    private static async Task<string> PageAsync(EventLog log, string query = "")
    {
        await using var site = await RunningSite.StartAsync(log);
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(site.Address, "/log" + query));
    }

    [Test]
    public async Task Page_Block_SaysWhenWhatWhyAndWho()
    {
        var page = await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now.AddMinutes(-5)))));

        foreach (var part in new[] { "14:00:09", ">Blocked<", ">games.example<", "/play/blocks?&#x2026;", ">Games<", "Category blocked for this tier", ">ipad-14<", "10.20.1.7", "pupil", "K7Q4-M2XD", "games/domains", "4f1c9a02", "Sample Primary" })
            Assert.That(page, Does.Contain(part));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("style=").And.Not.Contain("level=3"));
    }

    [Test]
    public async Task Page_Query_IsShownToWhoeverAsks_AndTheLookIsKept()
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now), Sample.Block(RunningSite.Now, path: "/" + new string('x', 500) + "?level=4"))));
        using var client = new HttpClient();
        string[] Looks() => [.. site.State.AuditEntries().Select(entry => entry.Action).Where(action => action == "look.address")];

        var hidden = await client.GetStringAsync(new Uri(site.Address, "/log?tier=pupil"));
        Assert.That(hidden, Does.Contain("href=\"/log?tier=pupil&amp;query=show\"").And.Not.Contain("level="));
        Assert.That(Looks(), Is.Empty);
        Assert.That(await client.GetStringAsync(new Uri(site.Address, "/log?tier=pupil&query=show")), Does.Contain("/play/blocks?level=3").And.Not.Contain("Show what follows"));
        Assert.That(Looks(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Page_LetThroughInShadowMode_SaysSoAndWhy() =>
        Assert.That(
            await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now) with { Kind = EventKind.WouldBlock, Decision = Verdict.LogOnly, Status = 200, Reference = null }))),
            Does.Contain(">Let through (shadow mode)<").And.Contain("Category blocked for this tier").And.Not.Contain("\"tag\">Blocked<"));

    [Test]
    public async Task Page_SummerEvent_IsInSchoolTime() =>
        Assert.That(await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(new DateTimeOffset(2026, 7, 1, 8, 0, 0, TimeSpan.Zero))))), Does.Contain("09:00:00").And.Contain("Wed 1 Jul"));

    [Test]
    public async Task Page_LockedHit_ShowsListAndEntryIdOnly()
    {
        var page = await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Locked(RunningSite.Now))));

        Assert.That(page, Does.Contain("Illegal content").And.Contain("Not shown").And.Contain("locked/iwf-style-sample").And.Contain("0a1b2c3d4e5f"));
        Assert.That(page, Does.Not.Contain("locked-host").And.Not.Contain("secret-path"));
    }

    [Test]
    public async Task Page_Overrides_AreToldApartFromBlocks()
    {
        var page = await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Override(RunningSite.Now), Sample.Granted(RunningSite.Now))));
        Assert.That(page, Does.Contain(">Opened<").And.Contain(">Override<").And.Contain("override 12 granted until 2026-11-22T15:00:00Z by technician"));
    }

    [TestCase(Reason.WayRound, "vpn", "a VPN")]
    [TestCase(Reason.WayRound, null, "a tunnel")]
    [TestCase(Reason.NoBypass, "web-proxies", "a proxy")]
    public async Task Page_Attempt_SaysWithWhat(Reason reason, string? category, string with)
    {
        var page = await PageAsync(OfKinds(Sample.Block(RunningSite.Now) with { Kind = EventKind.Circumvention, Reason = reason, Category = category, Rule = "SSH: its greeting" }));
        Assert.That(page, Does.Contain("\"tag\">Way round<").And.Contain($"<span>A try to get round the filter, with {with}</span>").And.Contain("SSH: its greeting"));
    }

    [TestCase("?show=encryption", Reason.TlsPolicy, Verdict.Block, null, ">Refused<", "Not the web, and the policy refuses it")]
    [TestCase("?show=encryption", Reason.CategoryAllow, Verdict.Allow, "origin certificate: UpstreamCertificateExpired", ">Failed<", "origin certificate: UpstreamCertificateExpired")]
    public async Task Page_Encryption_SaysWhatCameOfTheConnection(string query, Reason reason, Verdict verdict, string? rule, string what, string why)
    {
        var page = await PageAsync(OfKinds(Sample.Block(RunningSite.Now) with { Kind = EventKind.Tls, Method = "CONNECT", Url = null, Reason = reason, Decision = verdict, Rule = rule, Category = null, Reference = null }), query);
        Assert.That(page, Does.Contain(what).And.Contain($"<span>{why}</span>").And.Contain(">games.example<").And.Contain("<option value=\"encryption\" selected"));
        Assert.That(page, Does.Not.Contain("Category allowed").And.Not.Contain("\"tag\">Blocked<"));
    }

    [TestCase("certificate=trusted next=none safe-search=forced illegal=closed-by-demonstration adult=closed", "open")]
    [TestCase("certificate=untrusted next=none safe-search=forced illegal=closed adult=closed", "warn")]
    [TestCase("certificate=trusted next=none safe-search=forced illegal=closed adult=open", "warn")]
    [TestCase("certificate=trusted next=none safe-search=forced illegal=closed adult=not-listed", "warn")]
    public async Task Page_DeviceChecks_SayHowTheyCameOut(string found, string look)
    {
        var check = new FilterEvent { Time = RunningSite.Now, Kind = EventKind.Check, Client = "10.20.1.7", Device = "ipad-14", Tier = "pupil", Rule = found, Reference = "K7Q4-M2XD" };
        var page = await PageAsync(OfKinds(check), "?show=checks");
        Assert.That(page, Does.Contain($"<tr role=\"row\" class=\"{look}\">").And.Contain(">Device check<").And.Contain("safe search: forced &#xB7; illegal: closed").And.Contain("K7Q4-M2XD"));
        Assert.That(await PageAsync(OfKinds(check)), Does.Contain("Nothing here"), "what is no block and no override is not among them");
    }

    /// <summary>A device of a trolley with the class that had it then.</summary>
    [Test]
    public async Task Page_DeviceOfATrolley_IsShownWithItsClass()
    {
        var log = RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now) with { Device = "ipad-14", Group = "4b", Person = null }), RunningSite.School with { GroupTitles = new Dictionary<string, string> { ["4b"] = "Class 4B" }.ToFrozenDictionary() });
        Assert.That(await PageAsync(log), Does.Match(@"<b>ipad-14</b><span>Class 4B (·|&#xB7;) pupil"));
    }

    /// <summary>A log of events that are found as the store finds them, by their kind.</summary>
    private static EventLog OfKinds(params FilterEvent[] events) => RunningSite.Log(query => new EventPage([.. events.Where(e => query.Kinds.Contains(e.Kind))], HasMore: false, []));

    [TestCase("<script>alert(1)</script>")]
    [TestCase("\"><img src=x onerror=alert(1)>")]
    public async Task Page_HostileEvent_IsEncoded(string hostile)
    {
        var plain = await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now, path: "/plain"))));
        var page = await PageAsync(RunningSite.Log(
            RunningSite.Finds(Sample.Block(RunningSite.Now, hostile, "/" + hostile) with { Device = hostile, Client = hostile, Tier = hostile, Entry = hostile, Category = hostile, Reference = hostile }),
            RunningSite.School with { Name = hostile }), "?tier=" + Uri.EscapeDataString(hostile));

        Assert.That(page, Does.Not.Contain(hostile));
        // One element more: the sentence that says there is no such tier.
        Assert.That(page.Split('<').Length, Is.EqualTo(plain.Split('<').Length + 2));
    }

    [Test]
    public async Task Page_Totals_CountUpToTheirBound()
    {
        EventPage Search(EventQuery query) => query.Limit == EventLog.TotalMax
            ? new([.. Enumerable.Range(0, query.Kinds[0] == EventKind.Block ? EventLog.TotalMax : 3).Select(_ => Sample.Block(RunningSite.Now))], HasMore: query.Kinds[0] == EventKind.Block, [])
            : new([], false, []);
        var school = RunningSite.School with { Overrides = [Live(1, "films.example", 30), Live(2, "songs.example", 20), Live(3, "over.example", -1)] };

        var page = await PageAsync(RunningSite.Log(Search, school, waiting: () => 7));

        Assert.That(page, Does.Contain("<dt>Blocked</dt><dd>1,000&#x2B;</dd>").And.Contain("<dt>Override events</dt><dd>3</dd>").And.Contain("<dt>Overrides in force now</dt><dd>2</dd>").And.Contain("<dt>Requests waiting</dt><dd>7</dd>"));
        Assert.That(page.IndexOf("songs.example", StringComparison.Ordinal), Is.LessThan(page.IndexOf("films.example", StringComparison.Ordinal)), "the soonest to end comes first");
        Assert.That(page, Does.Not.Contain("over.example"), "it has ended");

        static Override Live(long id, string host, int minutes) => new(id, "pupil", host, RunningSite.Now.AddHours(-1), RunningSite.Now.AddMinutes(minutes));
    }

    [Test]
    public async Task Page_ManyLiveOverrides_AreListedUpToTheirBound()
    {
        var school = RunningSite.School with { Overrides = [.. Enumerable.Range(1, EventLog.LiveOverridesMax + 5).Select(i => new Override(i, "pupil", $"site-{i}.example", RunningSite.Now, RunningSite.Now.AddHours(i)))] };
        var page = await PageAsync(RunningSite.Log(RunningSite.Finds(), school));
        Assert.That(page, Does.Contain("site-20.example").And.Not.Contain("site-21.example").And.Contain("and 5 more"));
    }

    [Test]
    public async Task Page_UncountedRequests_AreLeftOut() =>
        Assert.That(await PageAsync(RunningSite.Log(RunningSite.Finds())), Does.Not.Contain("Requests waiting"));

    [Test]
    public async Task Page_NoEvents_SaysSoAndHowToSeeMore() =>
        Assert.That(await PageAsync(RunningSite.Log(RunningSite.Finds()), "?tier=staff"), Does.Contain("Nothing here").And.Contain("Show today, every tier"));

    [Test]
    public async Task Page_PastTheLastEvent_SaysThatWasAll() =>
        Assert.That(await PageAsync(RunningSite.Log(RunningSite.Finds()), "?before=0190163d-8694-739b-aea5-966c26f8ad91"), Does.Contain("That was all"));

    [Test]
    public async Task Page_UnknownFilter_SaysSoAndShowsWhatItCan() =>
        Assert.That(await PageAsync(RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now))), "?tier=nobody&when=fortnight"), Does.Contain("nobody").And.Contain("fortnight").And.Contain(">games.example<"));

    [Test]
    public async Task Page_MonthThatCannotBeRead_IsSaid() =>
        Assert.That(await PageAsync(RunningSite.Log(_ => new EventPage([Sample.Block(RunningSite.Now)], false, ["2026-10.db is damaged."]))), Does.Contain("Part of the log is missing.").And.Contain("2026-10.db is damaged.").And.Contain(">games.example<"));

    [Test]
    public async Task Page_LogThatCannotBeRead_Is503AndSaysWhy()
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(_ => throw new EventStoreException("The folder is not readable: run as filtergate.")));
        using var client = new HttpClient();
        var response = await client.GetAsync(new Uri(site.Address, "/log"));

        Assert.That((int)response.StatusCode, Is.EqualTo(503));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("The log cannot be read.").And.Contain("The folder is not readable: run as filtergate.").And.Not.Contain("Nothing here"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Page_NoLicensedList_SaysItInRed(bool licensed) =>
        Assert.That((await PageAsync(RunningSite.Log(RunningSite.Finds(), RunningSite.School with { HasLicensedList = licensed }))).Contains("No licensed illegal-content list", StringComparison.Ordinal), Is.EqualTo(!licensed));

    [Test]
    public async Task Search_GetsTheFormsChoice()
    {
        var asked = new List<EventQuery>();
        await PageAsync(RunningSite.Log(query => { asked.Add(query); return new EventPage([], false, []); }), "?tier=staff&show=overrides&when=yesterday&before=0190163d-8694-739b-aea5-966c26f8ad91");

        var page = asked.Single(query => query.Limit == EventLog.PageSize);
        Assert.Multiple(() =>
        {
            Assert.That(page.Tier, Is.EqualTo("staff"));
            Assert.That(page.Kinds, Is.EqualTo(new[] { EventKind.Override }));
            Assert.That(page.Before, Is.EqualTo(Guid.Parse("0190163d-8694-739b-aea5-966c26f8ad91")));
            Assert.That((page.Since, page.Until), Is.EqualTo(((DateTimeOffset?)new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), (DateTimeOffset?)new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero))));
            Assert.That(asked.Where(query => query != page).Select(query => query.Before), Is.All.Null, "totals are of the whole choice, not of the page");
            Assert.That(asked.Select(query => query.Tier), Is.All.EqualTo("staff"));
        });
    }

    [Test]
    public async Task Page_FullOfLongAddresses_StaysLight()
    {
        var events = Enumerable.Range(0, EventLog.PageSize).Select(i => Sample.Block(RunningSite.Now.AddSeconds(-i), path: "/" + new string('&', 8000))).ToArray();
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds(events)));
        using var client = new HttpClient();
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");

        var sent = await client.GetByteArrayAsync(site.Address);
        Assert.That(sent, Has.Length.LessThan(100 * 1024));
        Assert.That(Encoding.UTF8.GetString(sent), Does.Not.Contain("<html"), "it is compressed");
    }
}
