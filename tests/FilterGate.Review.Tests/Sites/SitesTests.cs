using System.Text.RegularExpressions;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.Passes;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Sites;

/// <summary>Which sites were refused and visited most: counts of those whose acts the reader may see, and nobody's name.</summary>
internal sealed partial class SitesTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<string, Visitor> _readers = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), clock: _clock);
        foreach (var person in (string[])["dsl", "head", "chair"]) _readers[person] = await Visitor.SignedInAsync(_site, person, _clock);
        foreach (var (host, times, daysAgo, tier, kind) in new[]
        {
            ("games.example", 3, 0, "pupil", EventKind.Block), ("proxy.example", 2, 0, "pupil", EventKind.Circumvention), ("past.example", 9, 3, "pupil", EventKind.Block), ("old.example", 9, 20, "pupil", EventKind.Block),
            ("staff-shop.example", 4, 0, "staff", EventKind.Block), ("maths.example", 5, 0, "pupil", EventKind.Allow), ("news.example", 1, 0, "staff", EventKind.Allow),
        })
        {
            for (var i = 0; i < times; i++)
                await _site.Events.EnqueueAsync(new FilterEvent
                {
                    Time = RunningSite.Now.AddDays(-daysAgo).AddMinutes(-1 - i), Kind = kind, Decision = kind == EventKind.Allow ? Verdict.Allow : Verdict.Block, ActKind = kind == EventKind.Allow ? ActKind.PageView : ActKind.BlockedAct, Person = "p401", Tier = tier, Host = host,
                    Url = $"http://{host}/", Client = "10.20.1.7",
                });
        }
        await _site.Events.CommitAsync(new FilterEvent { Time = RunningSite.Now.AddMinutes(-1), Kind = EventKind.Block, Decision = Verdict.Block, Tier = "pupil", Host = "games.example", Url = "http://games.example/part.js" }, giveReference: false);
        _site.State.StartSlice(Audience.ForPerson("p401"), "games", "pupil", new QuotaRule(30, 10), new DateOnly(2026, 11, 22));
        _site.State.StartSlice(Audience.ForDevice("ipad-14"), "games", "pupil", new QuotaRule(30, 10), new DateOnly(2026, 11, 22));
        _site.State.StartSlice(Audience.ForPerson("t-hill"), "games", "staff", new QuotaRule(30, 20), new DateOnly(2026, 11, 22));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var reader in _readers.Values) reader.Dispose();
        await _site.DisposeAsync();
    }

    [TestCase("dsl", "/sites", "games.example 3 4, proxy.example 2 2")]
    [TestCase("dsl", "/sites?when=week", "past.example 9 9, games.example 3 4, proxy.example 2 2")]
    [TestCase("dsl", "/sites?when=yesterday", "")]
    [TestCase("dsl", "/sites?show=visited", "maths.example 5 5")]
    [TestCase("dsl", "/sites?tier=staff", "games.example 3 4, proxy.example 2 2", Description = "staff are not hers to see, and no choice")]
    [TestCase("head", "/sites", "staff-shop.example 4 4, games.example 3 4, proxy.example 2 2")]
    [TestCase("head", "/sites?tier=staff", "staff-shop.example 4 4")]
    [TestCase("head", "/sites?show=visited&tier=staff", "news.example 1 1")]
    public async Task Page_CountsWhatTheReaderMaySee(string person, string address, string rows)
    {
        var page = await _readers[person].ReadAsync(address);
        var found = Row().Matches(page.Split("Minutes used today")[0]).Select(row => $"{row.Groups["host"].Value} {row.Groups["acts"].Value} {row.Groups["events"].Value}");
        Assert.That(string.Join(", ", found), Is.EqualTo(rows));
        Assert.That(page, Does.Not.Contain("p401").And.Not.Contain("Pupil 401"), "nobody's name");
        if (rows.Length == 0) Assert.That(page, Does.Contain("Nothing was refused in this time."));
    }

    /// <summary>The chair of governors sees the head's acts alone, and no counts have only those: that is not that nothing was refused.</summary>
    [Test]
    public async Task Page_ReaderWhoSeesNoTier_IsNotToldThatNothingWasRefused() =>
        Assert.That(await _readers["chair"].ReadAsync("/sites?when=week"), Does.Contain("Nothing can be shown").And.Not.Contain("Nothing was refused").And.Not.Contain("games.example").And.Not.Contain("Minutes used today"));

    [Test]
    public async Task Page_ARow_LeadsToItsActs()
    {
        Assert.That(await _readers["dsl"].ReadAsync("/sites?when=week"), Does.Contain("href=\"/review?when=week&amp;acts=blocked&amp;state=all&amp;text=past.example\""));
        Assert.That(await _readers["dsl"].ReadAsync("/review?when=week&acts=blocked&state=all&text=past.example"), Does.Contain("past.example"));
    }

    [TestCase("dsl", "pupil 2 20 10")]
    [TestCase("head", "pupil 2 20 10, staff 1 20 20")]
    public async Task Page_Minutes_AreThoseOfToday(string person, string rows)
    {
        var page = await _readers[person].ReadAsync("/sites");
        Assert.That(string.Join(", ", Minutes().Matches(page).Select(row => $"{row.Groups["tier"].Value} {row.Groups["users"].Value} {row.Groups["minutes"].Value} {row.Groups["most"].Value}")), Is.EqualTo(rows));
    }

    [TestCase("/sites?when=never", "is not a choice for")]
    [TestCase("/sites?show=all", "is not a choice for")]
    [TestCase("/sites?tier=nobody", "There is no tier")]
    public async Task Page_AChoiceThatIsNone_IsSaid(string address, string notice)
    {
        Assert.That(await _readers["dsl"].ReadAsync(address), Does.Contain(notice).And.Contain("games.example"));
    }

    [GeneratedRegex("""<bdi>(?<host>[^<]+)</bdi></b></a></td>\s*<td[^>]*>(?<acts>\d+)</td>\s*<td[^>]*>(?<events>\d+)</td>""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex("""<td role="cell"><b>[^<]+</b></td><td role="cell">(?<tier>[^<]+)</td><td[^>]*>(?<users>\d+)</td><td[^>]*>(?<minutes>\d+)</td><td[^>]*>(?<most>\d+)</td>""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Minutes();
}
