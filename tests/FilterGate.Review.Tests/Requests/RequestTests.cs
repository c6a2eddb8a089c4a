using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Tests.Decisions;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Requests;

/// <summary>The requests over HTTP: who sees which, who is offered which step, and what each step does.</summary>
public sealed class RequestTests
{
    private const string Reference = "K7Q4-M2XD";

    private static readonly Roster People = new(
        [
            new Person("head", "H. Ead", Group: null, PersonRole.Staff), new Person("technician", "T. Echnician", Group: null, PersonRole.Staff), new Person("t-hill", "T. Hill", "teachers", PersonRole.Staff),
            new Person("p123", "A. Pupil", "4b", PersonRole.Pupil), new Person("p124", "B. Pupil", "4b", PersonRole.Pupil),
        ],
        []);

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

    private UnblockRequest Ask(RequestRoute route, string person = "t-hill", string reference = Reference, string host = "games.example") => DecideTests.Request(_site, reference, person, host, route: route);

    private void Agree() => Assert.That(_site.State.Agree(Reference, new Agreement(RunningSite.Now, "head", "good for maths", RunningSite.Now.AddDays(200), FilterGate.Policy.Site.ForHost("games.example"), Audience.ForGroup("4b"))));

    private Task<Visitor> SignInAsync(string person) => Visitor.SignedInAsync(_site, person, _clock);

    private static async Task<string> ReadAsync(Visitor visitor, string path) => WebUtility.HtmlDecode(await visitor.ReadAsync(path));

    [Test]
    public async Task Page_SaysWhatToKnowBeforeAnswering()
    {
        Ask(RequestRoute.Lesson);
        Ask(RequestRoute.ForGood, reference: "K7Q4-M2XE", host: "chess.games.example");
        _site.State.Refuse("K7Q4-M2XE", "not this term", "head");
        using var technician = await SignInAsync("technician");
        var page = await ReadAsync(technician, $"/requests/{Reference}");
        Assert.That(page, Does.Contain("Waits for the technician").And.Contain("T. Hill (teacher)").And.Contain("for the chess club").And.Contain("For a lesson of Class 4B")
            .And.Contain("Class 4B: 2 people, 0 devices").And.Contain("in games/domains line 1").And.Contain("chess.games.example").And.Contain("<b>refused</b>, not this term"));
        Assert.That(page, Does.Not.Contain("level=3"), "a query says what somebody did, not what is asked");
        Assert.That(page, Does.Contain("https://games.example/chess?…"));
    }

    // The route, who looks, and which answers they are offered.
    [TestCase(RequestRoute.Pupil, "t-hill", "good, lesson, refuse")]
    [TestCase(RequestRoute.Pupil, "technician", "refuse")]
    [TestCase(RequestRoute.Lesson, "technician", "open, refuse")]
    [TestCase(RequestRoute.Lesson, "it-partner", "open, refuse")]
    [TestCase(RequestRoute.Lesson, "head", "refuse")]
    [TestCase(RequestRoute.Lesson, "dsl", "refuse")]
    [TestCase(RequestRoute.ForGood, "head", "approve, refuse")]
    [TestCase(RequestRoute.ForGood, "deputy-head", "approve, refuse")]
    [TestCase(RequestRoute.ForGood, "technician", "refuse")]
    [TestCase(RequestRoute.Report, "technician", "refuse")]
    public async Task Page_OffersWhatTheKeyAllows(RequestRoute route, string person, string expected)
    {
        Ask(route, route == RequestRoute.Pupil ? "p123" : "t-park");
        using var visitor = await SignInAsync(person);
        Assert.That(Offered(await visitor.ReadAsync($"/requests/{Reference}")), Is.EqualTo(expected));
    }

    [TestCase("technician", "apply, refuse")]
    [TestCase("head", "refuse")]
    public async Task Page_ApprovedForGood_IsAppliedByAnother(string person, string expected)
    {
        Ask(RequestRoute.ForGood);
        Agree();
        using var visitor = await SignInAsync(person);
        var page = await visitor.ReadAsync($"/requests/{Reference}");
        Assert.That(Offered(page), Is.EqualTo(expected));
        Assert.That(page, Does.Contain("Approved: waits for the technician").And.Contain("good for maths"));
    }

    private static string Offered(string page) =>
        string.Join(", ", new[] { "apply", "approve", "good", "lesson", "open", "refuse" }.Where(answer => page.Contains($"name=\"answer\" value=\"{answer}\"", StringComparison.Ordinal)));

    [Test]
    public async Task Open_ForALesson_OpensTheSiteAndTellsTheHead()
    {
        Ask(RequestRoute.Lesson);
        using var technician = await SignInAsync("technician");
        using var answer = await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "open"), ("reason", "chess in maths"), ("audience", "group:4a"), ("until", "15:00"), ("site", "games.example/chess"), ("also", "puzzles.example\r\n pictures.example \r\n"));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo($"/requests/{Reference}?done=opened"), await answer.Content.ReadAsStringAsync());
        Assert.That(_site.State.Overrides().Select(o => $"{o.Site} {o.Audience} {o.End:HH:mm} {o.Actor}"), Is.EquivalentTo(["games.example/chess group:4a 15:00 technician", "puzzles.example group:4a 15:00 technician", "pictures.example group:4a 15:00 technician"]));
        Assert.That(_site.State.Notices(Roles.Head), Has.Count.EqualTo(1));
        Assert.That(await technician.ReadAsync($"/requests/{Reference}?done=opened"), Does.Contain("It is open now").And.Contain("Opened").And.Not.Contain("name=\"answer\""));
    }

    /// <summary>The site asks what reads pages, puts the closed hosts it found beside what was written, and opens nothing.</summary>
    [Test]
    public async Task Look_FindsWhatThePageNeedsAndKeepsWhatWasWritten()
    {
        var needs = new PageNeeds(null, IsPartial: true, [new("puzzles.example", PartKinds.Script, IsBlocked: true, IsOverridable: true, "games"), new("fonts.example", PartKinds.Font, IsBlocked: false, IsOverridable: false, null), new("adult.example", PartKinds.Image, IsBlocked: true, IsOverridable: false, "pornography")], 3);
        await using var site = await RunningSite.StartAsync(
            RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), new ReviewSiteOptions { Needs = (request, _, _) => Task.FromResult(request.Reference == Reference ? needs : throw new InvalidOperationException()) }, _clock);
        DecideTests.Request(site, Reference, "t-hill", "games.example", route: RequestRoute.Lesson);
        using var technician = await Visitor.SignedInAsync(site, "technician", _clock);
        Assert.That(await technician.ReadAsync($"/requests/{Reference}"), Does.Contain("value=\"look\" formnovalidate"));
        using var answer = await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "look"), ("reason", "chess & maths"), ("audience", "group:4a"), ("until", "15:10"), ("also", "pictures.example"));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        Assert.That(page, Does.Contain(">pictures.example\npuzzles.example</textarea>").And.Contain(">chess & maths</textarea>").And.Contain("value=\"15:10\"").And.Contain("<option value=\"group:4a\" selected>"));
        Assert.That(page, Does.Contain("fonts.example</bdi> (font): open").And.Contain("adult.example</bdi> (image): closed, and nothing opens it").And.Contain("3 more hosts").And.Contain("longer than is read"));
        Assert.That(site.State.Overrides(), Is.Empty);
    }

    [TestCase(RequestRoute.Lesson, "head")]
    [TestCase(RequestRoute.ForGood, "technician")]
    [TestCase(RequestRoute.Report, "technician")]
    public async Task Look_WithoutTheNextKey_ReadsNothing(RequestRoute route, string person)
    {
        await using var site = await RunningSite.StartAsync(
            RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(People), new ReviewSiteOptions { Needs = (_, _, _) => throw new InvalidOperationException("read all the same") }, _clock);
        DecideTests.Request(site, Reference, "t-hill", "games.example", route: route);
        using var visitor = await Visitor.SignedInAsync(site, person, _clock);
        using var answer = await visitor.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "look"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
    }

    [Test]
    public async Task Answer_Refused_GivesBackWhatWasWritten()
    {
        Ask(RequestRoute.Lesson);
        using var technician = await SignInAsync("technician");
        using var answer = await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "open"), ("reason", "chess in maths"), ("audience", "group:4a"), ("until", "18:00"), ("site", "games.example/chess"), ("also", "pictures.example"));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.That(page, Does.Contain("at most 3 hours").And.Contain(">chess in maths</textarea>").And.Contain(">pictures.example</textarea>").And.Contain("value=\"18:00\"")
            .And.Contain("<option value=\"group:4a\" selected>").And.Contain("<option value=\"games.example/chess\" selected>"));
    }

    [Test]
    public async Task PassOn_ThenOpen_GoesFromTeacherToTechnician()
    {
        Ask(RequestRoute.Pupil, "p123");
        using var teacher = await SignInAsync("t-hill");
        Assert.That(await ReadAsync(teacher, "/requests"), Does.Contain("One request waits for you").And.Contain("a pupil of Class 4B").And.Not.Contain("A. Pupil").And.Not.Contain("p123"));
        using var passed = await teacher.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "lesson"), ("reason", "rivers"), ("audience", "group:4b"), ("until", ""));
        Assert.That(passed.Headers.Location?.ToString(), Is.EqualTo($"/requests/{Reference}?done=passed"), await passed.Content.ReadAsStringAsync());
        var request = _site.State.FindRequest(Reference)!;
        Assert.That((request.Route, request.PassedOnBy, request.Until), Is.EqualTo((RequestRoute.Lesson, "t-hill", new DateTimeOffset(2026, 11, 22, 16, 0, 0, TimeSpan.Zero))), "until the bell");

        using var technician = await SignInAsync("technician");
        Assert.That(await ReadAsync(technician, $"/requests/{Reference}"), Does.Contain("a pupil of Class 4B, passed on by T. Hill").And.Contain("value=\"16:00\""));
        await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "open"), ("reason", "as asked"), ("until", "16:00"));
        Assert.That(_site.State.Overrides().Single().Audience, Is.EqualTo(Audience.ForGroup("4b")));
    }

    [Test]
    public async Task ApproveThenApply_TakesTwoPeople()
    {
        Ask(RequestRoute.ForGood);
        using var head = await SignInAsync("head");
        using var approved = await head.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "approve"), ("reason", "good for maths"), ("until", "2027-07-16"), ("audience", "group:4b"));
        Assert.That(approved.Headers.Location?.ToString(), Is.EqualTo($"/requests/{Reference}?done=approved"), await approved.Content.ReadAsStringAsync());
        Assert.That(_site.State.Overrides(), Is.Empty);
        using var again = await head.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "apply"), ("reason", "both keys"));
        Assert.That((int)again.StatusCode, Is.EqualTo(422));
        using var technician = await SignInAsync("technician");
        await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "apply"), ("reason", "as decided"));
        Assert.That(_site.State.Overrides().Single(), Has.Property("IsForGood").True.And.Property("Actor").EqualTo("technician"));
    }

    [TestCase(RequestRoute.Lesson, "technician", "open", "", "15:00", "", "Why?")]
    [TestCase(RequestRoute.Lesson, "technician", "open", "yes", "", "", "How long?")]
    [TestCase(RequestRoute.Lesson, "technician", "open", "yes", "soon", "", "not a time of today")]
    [TestCase(RequestRoute.Lesson, "technician", "open", "yes", "18:00", "", "at most 3 hours")]
    [TestCase(RequestRoute.Lesson, "technician", "open", "yes", "15:00", "tier:pupil", "A lesson is for one class")]
    [TestCase(RequestRoute.Lesson, "technician", "open", "yes", "15:00", "all", "For whom?")]
    [TestCase(RequestRoute.Lesson, "head", "open", "yes", "15:00", "", "Only the technician")]
    [TestCase(RequestRoute.ForGood, "technician", "open", "yes", "15:00", "", "head decides first")]
    [TestCase(RequestRoute.ForGood, "head", "approve", "yes", "soon", "", "not a date")]
    [TestCase(RequestRoute.Lesson, "technician", "perhaps", "yes", "15:00", "", "Which answer?")]
    public async Task Answer_SomethingWrong_SaysWhatAndOpensNothing(RequestRoute route, string person, string answer, string reason, string until, string audience, string says)
    {
        Ask(route);
        using var visitor = await SignInAsync(person);
        using var response = await visitor.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", answer), ("reason", reason), ("until", until), ("audience", audience));
        Assert.That((int)response.StatusCode, Is.EqualTo(422));
        Assert.That(WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()), Does.Contain(says));
        Assert.That(_site.State.FindRequest(Reference)!.IsOpen);
        Assert.That(_site.State.Overrides(), Is.Empty);
    }

    [TestCase("https://locked.example/", "illegal-content list")]
    [TestCase("https://adult.example/", "pornography")]
    public async Task Open_WhatNothingOpens_StaysClosed(string url, string says)
    {
        var host = new Uri(url).Host;
        _site.State.AddRequest(new UnblockRequest(Reference, RunningSite.Now, "10.20.1.7", Device: null, "pupil", url, host, null, "", RequestStatus.Waiting) { Route = RequestRoute.Lesson, Person = "t-hill", Audience = Audience.ForGroup("4b") });
        using var technician = await SignInAsync("technician");
        using var answer = await technician.SendAsync($"/requests/{Reference}", $"/requests/{Reference}", ("answer", "open"), ("reason", "why not"), ("until", "15:00"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(says).And.Contain("on record"));
        Assert.That(_site.State.Overrides(), Is.Empty);
    }

    [Test]
    public async Task Teacher_SeesPupilsRequestsAndOwnOnes()
    {
        Ask(RequestRoute.Pupil, "p123", "K7Q4-M2XA", "puzzles.example");
        Ask(RequestRoute.Lesson, "t-hill", "K7Q4-M2XB", "mine.example");
        Ask(RequestRoute.Lesson, "t-park", "K7Q4-M2XC", "theirs.example");
        using var teacher = await SignInAsync("t-hill");
        Assert.That(await teacher.ReadAsync("/requests?show=waiting"), Does.Contain("puzzles.example").And.Contain("mine.example").And.Not.Contain("theirs.example"));
        Assert.That((int)(await teacher.GetAsync("/requests/K7Q4-M2XB")).StatusCode, Is.EqualTo(200));
        Assert.That((int)(await teacher.GetAsync("/requests/K7Q4-M2XC")).StatusCode, Is.EqualTo(404));
        using var refused = await teacher.SendAsync("/requests/K7Q4-M2XB", "/requests/K7Q4-M2XC", ("answer", "refuse"), ("reason", "no"));
        Assert.That((int)refused.StatusCode, Is.EqualTo(404));
        Assert.That(_site.State.FindRequest("K7Q4-M2XC")!.IsOpen);
    }

    [Test]
    public async Task WholeAddress_IsShownOnDemandAndTheLookIsKept()
    {
        Ask(RequestRoute.Lesson);
        using var lead = await SignInAsync("dsl");
        Assert.That(await lead.ReadAsync($"/requests/{Reference}"), Does.Contain("?address=whole").And.Not.Contain("level=3"));
        Assert.That(_site.State.AuditEntries().Select(a => a.Action), Does.Not.Contain("look.address"));
        Assert.That(await lead.ReadAsync($"/requests/{Reference}?address=whole"), Does.Contain("chess?level=3"));
        var look = _site.State.AuditEntries().Single(a => a.Action == "look.address");
        Assert.That((look.Actor, look.Subject), Is.EqualTo(("dsl", $"request:{Reference}")), "and no address");
    }

    [TestCase("/requests", "Nobody waits")]
    [TestCase("/requests?show=yours", "Nothing waits for you")]
    [TestCase("/requests?show=answered", "Nothing has been answered yet")]
    [TestCase("/requests?show=all", "“all” is not a choice")]
    [TestCase("/requests?site=chess", "“chess” in its name")]
    [TestCase("/requests?after=K7Q4-M2XZ", "damaged")]
    [TestCase("/requests?after=x", "damaged")]
    public async Task List_Nothing_SaysWhatItMeans(string path, string says)
    {
        using var head = await SignInAsync("head");
        Assert.That(await ReadAsync(head, path), Does.Contain(says));
    }

    [TestCase("/requests/K7Q4-M2XZ")]
    [TestCase("/requests/nonsense")]
    public async Task Page_NoSuchRequest_Is404(string path)
    {
        using var head = await SignInAsync("head");
        using var answer = await head.GetAsync(path);
        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("There is no such request"));
    }

    [TestCase("waiting")]
    [TestCase("yours")]
    [TestCase("answered")]
    public async Task List_Hundreds_AreReadPageByPage(string show)
    {
        for (var i = 0; i < 120; i++)
        {
            var reference = FilterGate.Events.Reference.Normalise($"{i:0000}-0000")!;
            Ask(RequestRoute.Lesson, "t-hill", reference, $"s{i:000}.example");
            if (show == "answered") _site.State.Refuse(reference, "no", "head");
        }
        using var technician = await SignInAsync("technician");
        var (path, seen) = ($"/requests?show={show}", new List<string>());
        while (true)
        {
            var page = await technician.ReadAsync(path);
            Assert.That(page, Has.Length.LessThan(100 * 1024));
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(page, "<bdi>(s[0-9]{3})\\.example</bdi>", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)).Select(m => m.Groups[1].Value));
            var next = System.Text.RegularExpressions.Regex.Match(page, "rel=\"next\" href=\"([^\"]+)\"", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
            if (!next.Success) break;
            path = WebUtility.HtmlDecode(next.Groups[1].Value);
        }
        Assert.That(seen, Has.Count.EqualTo(120).And.Unique);
    }
}
