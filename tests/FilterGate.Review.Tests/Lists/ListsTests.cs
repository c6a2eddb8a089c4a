using System.Net;
using FilterGate.Lists;
using FilterGate.Lists.Locked;
using FilterGate.Lists.Sources;
using FilterGate.Policy.People;
using FilterGate.Review.Lists;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Health;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Lists;

/// <summary>How the lists stand: what is said of each, and what is never green.</summary>
public sealed class ListsTests
{
    private static readonly LockedFeedKind Iwf = LockedFeedKind.Find("iwf-csam")!, Ctiru = LockedFeedKind.Find("ctiru")!, Pipcu = LockedFeedKind.Find("pipcu")!;

    private static LockedFeedStatus Status(LockedFeedKind kind, int entries, double? hours, bool isDemonstration = false, string? problem = null, bool isPrevious = false, bool isBlind = false) =>
        new(kind, hours is { } age ? new LockedFeedState { Feed = kind.Name, LastSuccess = RunningSite.Now.AddHours(-age) } : null, problem, isPrevious, entries, 0, isBlind, isDemonstration);

    private static LockedFeedLine Line(LockedFeedStatus status) => new(status, status.Health(RunningSite.Now), TestHits: 0);

    // Entries, hours since it was renewed, demonstration, broken, the one before in force; and what is said with which look.
    [TestCase(0, null, false, false, false, "not in use", "block")]
    [TestCase(900, 1.0, false, false, false, "in force", "good")]
    [TestCase(900, 13.0, false, false, false, "in force, renewal is late", "warn")]
    [TestCase(900, 49.0, false, false, false, "in force, too old", "block")]
    [TestCase(900, null, false, false, false, "in force, too old", "block")]
    [TestCase(900, 1.0, true, false, false, "a demonstration: protects nobody", "block")]
    [TestCase(900, 13.0, true, false, false, "a demonstration: protects nobody", "block")]
    [TestCase(0, 1.0, false, true, false, "broken, not in force", "block")]
    [TestCase(900, 1.0, false, true, true, "the newest is broken, the one before is in force", "block")]
    public void Locked_IsGreenOnlyWhenGivenInForceAndFresh(int entries, double? hours, bool isDemonstration, bool isBroken, bool isPrevious, string says, string look)
    {
        var feed = Line(Status(Iwf, entries, hours, isDemonstration, isBroken ? "it is damaged" : null, isPrevious));
        var line = ListsView.Describe(feed, RunningSite.Now, Tongue.English);
        Assert.That((line.Says, line.Look), Is.EqualTo((says, look)));
        Assert.That(feed.IsGood, Is.EqualTo(look == "good"));
        if (isBroken) Assert.That(line.Details, Has.Member("it is damaged"));
    }

    [Test]
    public void Locked_OneThatIsNotRequiredAndNotThere_IsNoAlarm() => Assert.That(ListsView.Describe(Line(Status(Pipcu, 0, null)), RunningSite.Now, Tongue.English).Look, Is.Null);

    [TestCase(900, 1.0, 900, 1.0, false, "")]
    [TestCase(900, 1.0, 0, null, false, "not met: CTIRU police list is missing")]
    [TestCase(0, null, 0, null, false, "not met: demonstration list")]
    [TestCase(900, 49.0, 900, 1.0, false, "not met: IWF URL list is older than 48 hours")]
    [TestCase(900, 1.0, 900, 1.0, true, "locked URLs: not met for tier guest")]
    public void Health_IsMetOnlyWithBothRequiredFresh(int iwf, double? iwfHours, int ctiru, double? ctiruHours, bool isBlind, string why)
    {
        var health = LockedHealth.Of([Status(Iwf, iwf, iwfHours, isBlind: isBlind), Status(Ctiru, ctiru, ctiruHours), Status(Pipcu, 0, null)], () => ["guest"], events: null, RunningSite.Now);
        Assert.That(string.Join("; ", health.Why), Is.EqualTo(why));
        Assert.That(health.IsMet, Is.EqualTo(why.Length == 0));
    }

    [Test]
    public async Task Page_WithABox_SaysAgeSizeSourceAndWhatTheLastUpdateChanged()
    {
        using var folder = new TempFolder();
        WriteSource(folder, "ut1", ("20261120T040000Z-aaaaaaaa", RunningSite.Now.AddDays(-2), "old.example\nboth.example\n"), ("20261122T040000Z-bbbbbbbb", RunningSite.Now.AddHours(-10), "both.example\nnew.example\nnewer.example\n"), lastError: null);
        var clock = new FakeTimeProvider(RunningSite.Now);
        var lists = Box(folder, clock);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), new ReviewSiteOptions { Lists = lists }, clock);
        using var technician = await Visitor.SignedInAsync(site, "technician", clock);
        var page = WebUtility.HtmlDecode(await technician.ReadAsync("/lists"));
        Assert.That(page, Does.Contain("Not met: demonstration list").And.Contain("up to date").And.Contain("+1 entries").And.Contain("10 hours ago").And.Contain("href=\"/lists/ut1\""));
        Assert.That(page, Does.Contain(ListsView.NeverReadIn(SamplePolicy.With(Roster.Empty).Lists, Tongue.English)), "what is never read, with its version");
        Assert.That(page, Does.Not.Contain("class=\"good\""), "without a licence nothing is green");

        // Whoever looks again finds it compared.
        await lists.CompareAsync("ut1", "20261120T040000Z-aaaaaaaa", "20261122T040000Z-bbbbbbbb");
        var update = WebUtility.HtmlDecode(await technician.ReadAsync("/lists/ut1"));
        Assert.That(update, Does.Contain("+ new.example").And.Contain("+ newer.example").And.Contain("− old.example").And.Not.Contain("both.example"));
        using var none = await technician.GetAsync("/lists/no-such");
        Assert.That((int)none.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Page_OutOfDateAndFailed_Warns()
    {
        using var folder = new TempFolder();
        WriteSource(folder, "ut1", ("20261120T040000Z-aaaaaaaa", RunningSite.Now.AddDays(-30), "old.example\n"), null, lastError: "the server does not answer");
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), new ReviewSiteOptions { Lists = Box(folder, clock) }, clock);
        using var lead = await Visitor.SignedInAsync(site, "dsl", clock);
        Assert.That(WebUtility.HtmlDecode(await lead.ReadAsync("/lists")), Does.Contain("out of date").And.Contain("The last update: the server does not answer").And.Contain("30 days ago"));
    }

    [Test]
    public async Task Page_WithoutABox_SaysSo()
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()));
        using var visitor = new Visitor(site.Address);
        Assert.That(await visitor.ReadAsync("/lists"), Does.Contain("The lists are not known here"));
    }

    internal static BoxLists Box(TempFolder folder, TimeProvider clock)
    {
        var lists = new ListFolder(folder.Path);
        return new BoxLists(lists, () => new byte[32], () => ListSources.Open(lists, Catalogue.Shipped, new ListSourceOptions(), clock), clock);
    }

    /// <summary>What two updates leave on disk.</summary>
    internal static void WriteSource(TempFolder folder, string id, (string Version, DateTimeOffset Fetched, string Games) first, (string Version, DateTimeOffset Fetched, string Games)? second, string? lastError)
    {
        var versions = new[] { second, first }.OfType<(string Version, DateTimeOffset Fetched, string Games)>().ToList();
        foreach (var (version, _, games) in versions)
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, "sources", id, version, "games"));
            File.WriteAllText(Path.Combine(folder.Path, "sources", id, version, "games", "domains"), games);
        }
        File.WriteAllText(Path.Combine(folder.Path, "sources", id, "state.json"), System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["in_force"] = versions[0].Version, ["is_held"] = false, ["refused"] = null, ["last_attempt"] = RunningSite.Now.AddHours(-1), ["last_success"] = versions[0].Fetched, ["last_error"] = lastError,
            ["versions"] = versions.Select(v => new Dictionary<string, object?>
            {
                ["version"] = v.Version, ["fetched"] = v.Fetched, ["digest"] = new string('a', 64), ["entries"] = v.Games.Count(c => c == '\n'), ["files"] = new[] { "games/domains" }, ["e_tag"] = null, ["last_modified"] = null,
                ["address"] = "https://lists.example/ut1.tar.gz",
            }),
        }));
    }
}
