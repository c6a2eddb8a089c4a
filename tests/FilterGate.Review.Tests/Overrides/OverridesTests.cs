using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;
using PolicySite = FilterGate.Policy.Site;

namespace FilterGate.Review.Tests.Overrides;

/// <summary>What is open: who sees it, what it says, and what closing and extending do.</summary>
public sealed class OverridesTests
{
    private static readonly Roster People = new([new Person("technician", "T. Echnician", Group: null, PersonRole.Staff), new Person("p123", "A. Pupil", "4b", PersonRole.Pupil)], []);

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), clock: _clock);
    }

    [TearDown]
    public async Task TearDownAsync() => await _site.DisposeAsync();

    private OverrideRecord Open(string host = "puzzles.example", Audience? audience = null, double hoursAgo = 1, double hoursLeft = 1, bool isForGood = false) => _site.State.OpenSites(
        [new OverrideDraft(audience ?? Audience.ForGroup("4b"), PolicySite.ForHost(host), RunningSite.Now.AddHours(-hoursAgo), RunningSite.Now.AddHours(hoursLeft)) { IsForGood = isForGood }], "year 4 maths", "technician")!.Single();

    private async Task<string> ReadAsync(string person, string path = "/overrides")
    {
        using var visitor = await Visitor.SignedInAsync(_site, person, _clock);
        return WebUtility.HtmlDecode(await visitor.ReadAsync(path));
    }

    [Test]
    public async Task Get_SaysAgeUseOwnerAndEnd()
    {
        var granted = Open();
        _site.State.AddUses([new OverrideUse(granted.Id, DateOnly.FromDateTime(RunningSite.Now.UtcDateTime), "p123", RunningSite.Now, RunningSite.Now.AddMinutes(-20), 14)], []);
        var page = await ReadAsync("head");
        Assert.That(page, Does.Contain("1 site is open just now").And.Contain("puzzles.example").And.Contain("Class 4B").And.Contain("by T. Echnician").And.Contain("1 hour").And.Contain("14 uses by 1").And.Contain("13:45").And.Contain("until 15:05")
            .And.Contain("year 4 maths"));
        Assert.That(page, Does.Not.Contain("p123"), "counted, and nobody named");
    }

    // Days open, for good, in which tab it is, and what the row says.
    [TestCase(10, "live", false, null)]
    [TestCase(31, "live", true, "not used for 30 days")]
    [TestCase(31, "review", true, "not used for 30 days")]
    [TestCase(91, "review", true, "open for more than 90 days")]
    [TestCase(10, "review", false, null)]
    public async Task Get_UnusedAndOldOnes_ComeUp(int days, string show, bool comesUp, string? why)
    {
        Open(hoursAgo: days * 24, hoursLeft: 24 * 100, isForGood: true);
        var page = await ReadAsync("dsl", $"/overrides?show={show}");
        Assert.That(page.Contains("puzzles.example", StringComparison.Ordinal), Is.EqualTo(show == "live" || comesUp));
        if (why is not null) Assert.That(page, Does.Contain(why).And.Contain("1 comes up"));
    }

    [TestCase("/overrides", "Nothing is open")]
    [TestCase("/overrides?show=review", "Nothing to look at again")]
    [TestCase("/overrides?show=ended", "Nothing has ended yet")]
    [TestCase("/overrides?site=chess", "No override here has “chess” in its name")]
    [TestCase("/overrides?after=1", "That was all")]
    [TestCase("/overrides?show=none", "“none” is not a choice")]
    [TestCase("/overrides?after=x", "The link to further rows is damaged")]
    [TestCase("/overrides?site=%3Cscript%3Ealert(1)%3C/script%3E", "has “<script>alert(1)</script>” in its name")]
    public async Task Get_Nothing_SaysWhatItMeans(string path, string says) => Assert.That(await ReadAsync("head", path), Does.Contain(says));

    [Test]
    public async Task Get_APupilsOwn_IsNotNamed()
    {
        Open(audience: Audience.ForPerson("p123"));
        Assert.That(await ReadAsync("dsl"), Does.Contain("one person, p123").And.Not.Contain("A. Pupil"));
    }

    [Test]
    public async Task Get_Thousands_AreReadPageByPage()
    {
        _site.State.OpenSites([.. Enumerable.Range(0, 2_000).Select(i => new OverrideDraft(Audience.ForGroup("4b"), PolicySite.ForHost($"s{i}.example"), RunningSite.Now.AddHours(-1), RunningSite.Now.AddHours(1)))], "many", "technician");
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var first = await head.ReadAsync("/overrides");
        Assert.That(first, Does.Contain("2,000 sites are open").And.Contain("s1999.example").And.Contain("s1950.example").And.Not.Contain("s1949.example"));
        Assert.That(first, Has.Length.LessThan(100 * 1024));
        var second = await head.ReadAsync("/overrides?after=1951");
        Assert.That(second, Does.Contain("s1949.example").And.Contain("s1900.example").And.Not.Contain("s1950.example"));
    }

    [TestCase("head")]
    [TestCase("technician")]
    public async Task Close_EndsItWithTheReason(string person)
    {
        var granted = Open();
        using var visitor = await Visitor.SignedInAsync(_site, person, _clock);
        using var answer = await visitor.SendAsync("/overrides", "/overrides?show=live", ("override", $"{granted.Id}"), ("answer", "close"), ("reason", "the lesson is over"));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/overrides?show=live&done=closed"), await answer.Content.ReadAsStringAsync());
        var revoked = _site.State.FindOverride(granted.Id)!;
        Assert.That((revoked.RevokedBy, revoked.RevokeReason), Is.EqualTo((person, "the lesson is over")));
        Assert.That(await visitor.ReadAsync("/overrides?done=closed"), Does.Contain("closed again").And.Contain("Nothing is open"));
        Assert.That(await visitor.ReadAsync("/overrides?show=ended"), Does.Contain("puzzles.example").And.Contain("the lesson is over"));
    }

    [Test]
    public async Task Extend_ByTheTechnician_MovesItsEndAndTellsTheHead()
    {
        var granted = Open();
        using var visitor = await Visitor.SignedInAsync(_site, "technician", _clock);
        using var answer = await visitor.SendAsync("/overrides", "/overrides", ("override", $"{granted.Id}"), ("answer", "extend"), ("until", "16:30"), ("reason", "the club goes on"));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/overrides?done=extended"), await answer.Content.ReadAsStringAsync());
        Assert.That(_site.State.FindOverride(granted.Id)!.End, Is.EqualTo(new DateTimeOffset(2026, 11, 22, 16, 30, 0, TimeSpan.Zero)));
        Assert.That(_site.State.Notices("head").Single().Text, Does.Contain("extended by technician"));
    }

    [TestCase("technician", "close", "", "", "Why?")]
    [TestCase("technician", "extend", "", "needed", "Until when?")]
    [TestCase("technician", "extend", "13:00", "needed", "past")]
    [TestCase("technician", "extend", "23:30", "needed", "10 hours")]
    [TestCase("technician", "keep", "", "needed", "Close or extend?")]
    [TestCase("head", "extend", "16:30", "needed", "Only the technician")]
    public async Task Change_SomethingWrong_SaysWhatAndChangesNothing(string person, string answer, string until, string reason, string says)
    {
        var granted = Open();
        using var visitor = await Visitor.SignedInAsync(_site, person, _clock);
        using var response = await visitor.SendAsync("/overrides", "/overrides", ("override", $"{granted.Id}"), ("answer", answer), ("until", until), ("reason", reason));
        Assert.That((int)response.StatusCode, Is.EqualTo(422));
        Assert.That(WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()), Does.Contain(says));
        Assert.That(_site.State.FindOverride(granted.Id), Is.EqualTo(granted));
    }

    [Test]
    public async Task Get_WhoMayNotExtend_IsShownNoFieldForIt()
    {
        Open();
        Open("good.example", isForGood: true, hoursLeft: 1000);
        Assert.That(await ReadAsync("technician"), Does.Contain("value=\"extend\"").And.Contain("ask for it anew"));
        Assert.That(await ReadAsync("head"), Does.Contain("value=\"close\"").And.Not.Contain("value=\"extend\"").And.Contain("only the technician"));
        Assert.That(await ReadAsync("dsl"), Does.Not.Contain("value=\"close\"").And.Contain("puzzles.example"), "the lead reads");
    }
}
