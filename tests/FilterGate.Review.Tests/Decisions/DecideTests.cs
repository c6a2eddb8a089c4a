using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Decisions;

/// <summary>The head's page over HTTP: who sees which request, and what an answer does.</summary>
public sealed class DecideTests
{
    private static readonly Roster People = new(
        [
            new Person("head", "H. Ead", Group: null, PersonRole.Staff), new Person("deputy-head", "D. Eputy", Group: null, PersonRole.Staff), new Person("t-hill", "T. Hill", "teachers", PersonRole.Staff),
            new Person("p123", "A. Pupil", "4b", PersonRole.Pupil), new Person("p124", "B. Pupil", "4b", PersonRole.Pupil), new Person("p200", "C. Pupil", "4a", PersonRole.Pupil),
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

    internal static UnblockRequest Request(RunningSite site, string reference = "K7Q4-M2XD", string person = "t-hill", string host = "games.example", string path = "/chess?level=3", RequestRoute route = RequestRoute.ForGood, string ofClass = "4b") =>
        site.State.AddRequest(new UnblockRequest(reference, RunningSite.Now.AddMinutes(-5), "10.20.1.7", Device: null, "pupil", $"https://{host}{path}", host, "games", "for the chess club", RequestStatus.Waiting)
        {
            Route = route, Person = person, Class = ofClass, Audience = Audience.ForGroup("4b"),
        });

    private static (string, string)[] Answer(string answer, string reason = "good for maths", params (string, string)[] more) => [("reference", "K7Q4-M2XD"), ("answer", answer), ("reason", reason), .. more];

    [Test]
    public async Task Get_AWaitingRequest_SaysWhoWhatWhyAndWhomItConcerns()
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var page = await head.ReadAsync("/decide");
        Assert.That(page, Does.Contain("One request waits for you").And.Contain("games.example").And.Contain("T. Hill (teacher)").And.Contain("for the chess club").And.Contain("Class 4B: 2 people, 0 devices"));
        Assert.That(page, Does.Not.Contain("level=3"), "a query says what somebody did, not what is asked");
    }

    [Test]
    public async Task Get_APupilsRequest_ShowsTheClassAndNoName()
    {
        Request(_site, person: "p123", route: RequestRoute.Pupil);
        _site.State.PassOn("K7Q4-M2XD", RequestRoute.ForGood, Audience.ForGroup("4b"), until: null, "they asked well", "t-hill");
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var page = await head.ReadAsync("/decide");
        Assert.That(page, Does.Contain("a pupil of Class 4B, passed on by T. Hill").And.Not.Contain("A. Pupil").And.Not.Contain("p123"));
    }

    [Test]
    public async Task Approve_IsDecidedAndNotOpenYet()
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var answer = await head.SendAsync("/decide", "/decide", Answer("approve", more: [("until", "2027-07-16"), ("audience", "group:4b"), ("site", "games.example/chess")]));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/decide?done=approve"), await answer.Content.ReadAsStringAsync());

        var agreed = _site.State.FindRequest("K7Q4-M2XD")!.Agreed!;
        Assert.That((agreed.By, agreed.Reason, agreed.Site.ToString(), agreed.Audience.ToString()), Is.EqualTo(("head", "good for maths", "games.example/chess", "group:4b")));
        Assert.That(agreed.Until, Is.EqualTo(new DateTimeOffset(2027, 7, 17, 0, 0, 0, TimeSpan.FromHours(1))), "the whole day counts, in summer time");
        Assert.That(_site.State.Overrides(), Is.Empty, "the technician applies it");
        Assert.That(await head.ReadAsync("/decide?done=approve"), Does.Contain("Approved. The technician is told").And.Contain("Decided, and waiting for the technician"));
    }

    [Test]
    public async Task Refuse_EndsIt()
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        await head.SendAsync("/decide", "/decide", Answer("refuse", "not a teaching resource"));
        var request = _site.State.FindRequest("K7Q4-M2XD")!;
        Assert.That((request.Status, request.DecidedBy, request.DecisionReason), Is.EqualTo((RequestStatus.Refused, "head", "not a teaching resource")));
    }

    [TestCase("approve", "", "2027-07-16", "group:4b", "Why?")]
    [TestCase("refuse", " ", "", "", "Why?")]
    [TestCase("approve", "yes", "2028-01-01", "group:4b", "365 days")]
    [TestCase("approve", "yes", "2026-11-20", "group:4b", "past")]
    [TestCase("approve", "yes", "soon", "group:4b", "not a date")]
    [TestCase("approve", "yes", "", "group:4z", "no group 4z")]
    [TestCase("approve", "yes", "", "all of them", "For whom?")]
    [TestCase("maybe", "yes", "", "", "Approve or refuse?")]
    public async Task Answer_SomethingWrong_SaysWhatAndDecidesNothing(string answer, string reason, string until, string audience, string says)
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var response = await head.SendAsync("/decide", "/decide", Answer(answer, reason, ("until", until), ("audience", audience)));
        Assert.That((int)response.StatusCode, Is.EqualTo(422));
        Assert.That(System.Net.WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()), Does.Contain(says).IgnoreCase);
        Assert.That(_site.State.FindRequest("K7Q4-M2XD")!.Status, Is.EqualTo(RequestStatus.Waiting));
    }

    // Who may decide a request of the teacher, of the head, of the deputy.
    [TestCase("head", "t-hill", true)]
    [TestCase("deputy-head", "t-hill", true)]
    [TestCase("head", "head", false)]
    [TestCase("deputy-head", "head", true)]
    [TestCase("deputy-head", "deputy-head", false)]
    public async Task Decide_OnesOwnRequest_GoesToTheDeputy(string decides, string asked, bool may)
    {
        Request(_site, person: asked);
        using var visitor = await Visitor.SignedInAsync(_site, decides, _clock);
        var page = await visitor.ReadAsync("/decide");
        Assert.That(page.Contains("games.example", StringComparison.Ordinal), Is.EqualTo(may));
        using var answer = await visitor.SendAsync("/decide", "/decide", Answer("approve"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(may ? 302 : 422), "whatever a form says");
        Assert.That(_site.State.FindRequest("K7Q4-M2XD")!.Agreed is not null, Is.EqualTo(may));
    }

    [TestCase("technician")]
    [TestCase("dsl")]
    [TestCase("t-hill")]
    public async Task Decide_WithoutTheKey_Is403(string person)
    {
        Request(_site, person: "t-park");
        using var visitor = await Visitor.SignedInAsync(_site, person, _clock);
        using var answer = await visitor.SendAsync("/account", "/decide", Answer("approve"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(403));
        Assert.That(_site.State.FindRequest("K7Q4-M2XD")!.Agreed, Is.Null);
    }

    [Test]
    public async Task Decide_WithoutATokenOrSignIn_ChangesNothing()
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var nobody = new Visitor(_site.Address);
        Assert.That((int)(await head.PostAsync("/decide", Answer("approve"))).StatusCode, Is.EqualTo(400));
        Assert.That((int)(await nobody.SendAsync("/sign-in", "/decide", Answer("approve"))).StatusCode, Is.EqualTo(400));
        Assert.That(_site.State.FindRequest("K7Q4-M2XD")!.Agreed, Is.Null);
    }

    [Test]
    public async Task Decide_Twice_TellsTheSecondWhoWasFirst()
    {
        Request(_site);
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var deputy = await Visitor.SignedInAsync(_site, "deputy-head", _clock);
        await head.SendAsync("/decide", "/decide", Answer("approve"));
        using var second = await deputy.SendAsync("/decide", "/decide", Answer("refuse"));
        Assert.That((int)second.StatusCode, Is.EqualTo(422));
        Assert.That(await second.Content.ReadAsStringAsync(), Does.Contain("by head"));
    }

    [Test]
    public async Task Today_AnOpeningIsSeenAndClosed()
    {
        var granted = _site.State.OpenSites(
            [new OverrideDraft(Audience.ForGroup("4b"), FilterGate.Policy.Site.ForHost("puzzles.example"), RunningSite.Now.AddHours(-1), RunningSite.Now.AddHours(1))], "year 4 maths", "technician",
            tell: new NoticeDraft(Roles.Head, "puzzles.example was opened for 4b"))!.Single();
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        var page = await head.ReadAsync("/decide");
        Assert.That(page, Does.Contain("puzzles.example").And.Contain("Class 4B").And.Contain("13:05 to 15:05").And.Contain("year 4 maths").And.Contain("Told to you"));

        using var closed = await head.SendAsync("/decide", "/decide", ("end", $"override {granted.Id}"), ("reason", "not this one"));
        Assert.That(closed.Headers.Location?.ToString(), Is.EqualTo("/decide?done=closed"));
        Assert.That(_site.State.FindOverride(granted.Id)!.RevokedBy, Is.EqualTo("head"));

        await head.SendAsync("/decide", "/decide", ("seen", $"{_site.State.Notices(Roles.Head).Single().Id}"));
        Assert.That(_site.State.Notices(Roles.Head), Is.Empty);
        Assert.That(await head.ReadAsync("/decide"), Does.Not.Contain("Told to you"));
    }

    [Test]
    public async Task Today_YesterdaysOpening_IsNotShown()
    {
        _site.State.OpenSites([new OverrideDraft(Audience.ForGroup("4b"), FilterGate.Policy.Site.ForHost("puzzles.example"), RunningSite.Now.AddHours(-15), RunningSite.Now.AddHours(-14))], "late", "technician");
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        Assert.That(await head.ReadAsync("/decide"), Does.Not.Contain("puzzles.example").And.Contain("Nothing was opened today"));
    }
}
