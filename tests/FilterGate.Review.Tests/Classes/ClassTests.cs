using System.Net;
using FilterGate.Policy;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Tests.Decisions;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Classes;

/// <summary>The teacher's page over HTTP. It is 14:05 on a day whose lessons end at 16:00.</summary>
public sealed class ClassTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private Visitor _teacher = null!;
    private Roster _roster = Roster.Empty;

    [SetUp]
    public async Task SetUpAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _roster = Roster.Empty;
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(_roster), clock: _clock);
        _teacher = await Visitor.SignedInAsync(_site, "t-hill", _clock);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _teacher.Dispose();
        await _site.DisposeAsync();
    }

    private Task<HttpResponseMessage> SendAsync(params (string, string)[] fields) => _teacher.SendAsync("/class", "/class", fields);

    [TestCase("open", SessionKind.Open)]
    [TestCase("close", SessionKind.Close)]
    [TestCase("only", SessionKind.Only)]
    public async Task Start_UntilTheBell(string kind, SessionKind expected)
    {
        using var answer = await SendAsync(("class", "4b"), ("sites", "games.example\r\nhttps://puzzles.example/maths/?q=1\r\n\r\n"), ("kind", kind), ("reason", "chess club"));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/class?class=4b&done=started"), await answer.Content.ReadAsStringAsync());
        var session = _site.State.LiveSessions(_clock.GetUtcNow()).Single();
        Assert.That((session.Class, session.Kind, session.Actor, session.Reason), Is.EqualTo(("4b", expected, "t-hill", "chess club")));
        Assert.That(session.Sites.Select(s => s.ToString()), Is.EqualTo(["games.example", "puzzles.example/maths"]));
        Assert.That(session.End, Is.EqualTo(new DateTimeOffset(2026, 11, 22, 16, 0, 0, TimeSpan.Zero)));
        Assert.That(_site.State.Notices(Roles.Head), Has.Count.EqualTo(expected == SessionKind.Close ? 0 : 1), "the head is told of what is opened");
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Contain("games.example, puzzles.example/maths").And.Contain("until 16:00"));
        Assert.That(await _teacher.ReadAsync("/class?class=4a"), Does.Not.Contain("games.example"));
    }

    [TestCase("4b", "games.example", "15:00", "r", null, TestName = "Start_AChosenTime_Works")]
    [TestCase("4b", "games.example", "17:30", "r", "at most 3 hours", TestName = "Start_LongerThanThePolicySays")]
    [TestCase("4b", "games.example", "13:00", "r", "past", TestName = "Start_APastTime")]
    [TestCase("4b", "games.example", "later", "r", "not a time", TestName = "Start_NoTime")]
    [TestCase("4b", "games.example", "15:00", " ", "Why?", TestName = "Start_NoReason")]
    [TestCase("4b", " ", "15:00", "r", "one site or more", TestName = "Start_NoSite")]
    [TestCase("4b", "http://[", "15:00", "r", "", TestName = "Start_NoAddress")]
    [TestCase("4z", "games.example", "15:00", "r", "no class 4z", TestName = "Start_NoSuchClass")]
    [TestCase("year4", "games.example", "15:00", "r", "no class year4", TestName = "Start_AWholeYear")]
    [TestCase("4b", "adult.example", "15:00", "r", "Nothing opens", TestName = "Start_WhatNothingBypasses")]
    [TestCase("4b", "locked.example", "15:00", "r", "illegal-content list", TestName = "Start_Locked")]
    public async Task Start(string ofClass, string sites, string until, string reason, string? says)
    {
        using var answer = await SendAsync(("class", ofClass), ("sites", sites), ("kind", "open"), ("until", until), ("reason", reason));
        Assert.That((int)answer.StatusCode, Is.EqualTo(says is null ? 302 : 422));
        Assert.That(WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), Does.Contain(says ?? ""));
        Assert.That(_site.State.Sessions(), Has.Count.EqualTo(says is null ? 1 : 0));
    }

    /// <summary>A trolley of the roster for the lesson: the class's policy within a second, and back before the bell.</summary>
    [Test]
    public async Task Trolley_GivenUntilTheBell_IsTheClasssAndComesBack()
    {
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Not.Contain("Trolley"), "the roster has none");
        _roster = new Roster([], [new Device("ipad-01") { IsTrolley = true }, new Device("ipad-02") { IsTrolley = true }, new Device("office-pc")]);
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Contain("<bdi>ipad</bdi></b> (2): free").And.Not.Contain("office"));
        using var given = await SendAsync(("class", "4b"), ("trolley", "ipad"), ("until", ""));
        Assert.That(given.Headers.Location?.ToString(), Is.EqualTo("/class?class=4b&done=given"), await given.Content.ReadAsStringAsync());
        var booking = _site.State.Bookings(_clock.GetUtcNow()).Single();
        Assert.That((booking.Booking.Trolley, booking.Booking.Class, booking.Booking.End, booking.Actor), Is.EqualTo(("ipad", "4b", new DateTimeOffset(2026, 11, 22, 16, 0, 0, TimeSpan.Zero), "t-hill")));
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Contain("until 16:00").And.Contain("It is back"));
        Assert.That(await _teacher.ReadAsync("/class?class=4a"), Does.Contain("until 16:00").And.Not.Contain("It is back"), "another class sees who has it");

        using var taken = await SendAsync(("class", "4a"), ("trolley", "ipad"), ("until", "15:00"));
        Assert.That(((int)taken.StatusCode, WebUtility.HtmlDecode(await taken.Content.ReadAsStringAsync()).Contains("has ipad from", StringComparison.Ordinal)), Is.EqualTo((422, true)));
        using var notTheirs = await SendAsync(("class", "4a"), ("back", "ipad"));
        Assert.That((int)notTheirs.StatusCode, Is.EqualTo(422));
        using var back = await SendAsync(("class", "4b"), ("back", "ipad"));
        Assert.That(back.Headers.Location?.ToString(), Is.EqualTo("/class?class=4b&done=back"));
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Contain("<bdi>ipad</bdi></b> (2): free"));
        Assert.That(_site.State.AuditEntries().Select(a => (a.Actor, a.Action)).Where(a => a.Action.StartsWith("devices.", StringComparison.Ordinal)), Is.EqualTo(new[] { ("t-hill", "devices.unassign"), ("t-hill", "devices.assign") }));
    }

    [TestCase("ipda", "4b", "15:00", "no such trolley")]
    [TestCase("office-pc", "4b", "15:00", "no such trolley")]
    [TestCase("ipad", "4z", "15:00", "no class of pupils")]
    [TestCase("ipad", "year4", "15:00", "no class of pupils")]
    [TestCase("ipad", "4b", "13:00", "past")]
    [TestCase("ipad", "4b", "later", "not a time")]
    public async Task Trolley_WhatCannotBe_SaysWhy(string trolley, string ofClass, string until, string says)
    {
        _roster = new Roster([], [new Device("ipad-01") { IsTrolley = true }, new Device("office-pc")]);
        using var answer = await SendAsync(("class", ofClass), ("trolley", trolley), ("until", until));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), Does.Contain(says));
        Assert.That(_site.State.Bookings(_clock.GetUtcNow()), Is.Empty);
    }

    [Test]
    public async Task Start_TooManySites_IsRefused()
    {
        using var answer = await SendAsync(("class", "4b"), ("sites", string.Join('\n', Enumerable.Range(0, 21).Select(i => $"s{i}.example"))), ("kind", "open"), ("until", "15:00"), ("reason", "r"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
    }

    [Test]
    public async Task Start_OutOfHours_WantsATime()
    {
        _clock.Advance(TimeSpan.FromHours(3));
        using var visitor = await Visitor.SignedInAsync(_site, "t-park", _clock);
        using var answer = await visitor.SendAsync("/class", "/class", ("class", "4b"), ("sites", "games.example"), ("kind", "open"), ("reason", "club"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("No lesson runs now"));
    }

    [Test]
    public async Task End_BeforeTheBell()
    {
        await SendAsync(("class", "4b"), ("sites", "games.example"), ("kind", "open"), ("reason", "chess club"));
        await SendAsync(("class", "4b"), ("end", $"{_site.State.Sessions().Single().Id}"));
        Assert.That(_site.State.LiveSessions(_clock.GetUtcNow()), Is.Empty);
    }

    [Test]
    public async Task Video_APastedLink_BecomesALinkForTheClass()
    {
        await SendAsync(("class", "4b"), ("video", "https://youtu.be/abcdefghijk?si=tracking"));
        Assert.That(_site.State.Sessions().Single().Sites.Single().ToString(), Is.EqualTo("video:abcdefghijk"));
        Assert.That(await _teacher.ReadAsync("/class?class=4b"), Does.Contain("https://filtergate.internal/video/abcdefghijk"));
        using var none = await SendAsync(("class", "4b"), ("video", "https://games.example/"));
        Assert.That((int)none.StatusCode, Is.EqualTo(422));
    }

    [TestCase("lesson", RequestRoute.Lesson, RequestStatus.PassedOn)]
    [TestCase("good", RequestRoute.ForGood, RequestStatus.PassedOn)]
    [TestCase("refuse", RequestRoute.Pupil, RequestStatus.Refused)]
    public async Task Request_OfAPupilOfTheClass(string answer, RequestRoute route, RequestStatus status)
    {
        DecideTests.Request(_site, person: "p123", route: RequestRoute.Pupil);
        var page = await _teacher.ReadAsync("/class?class=4b");
        Assert.That(page, Does.Contain("games.example").And.Contain("A pupil of this class asks").And.Contain("for the chess club").And.Not.Contain("p123"));
        Assert.That(await _teacher.ReadAsync("/class?class=4a"), Does.Not.Contain("games.example"));

        await SendAsync(("class", "4b"), ("reference", "K7Q4-M2XD"), ("answer", answer), ("reason", "we look at it together"));
        var request = _site.State.FindRequest("K7Q4-M2XD")!;
        Assert.That((request.Route, request.Status), Is.EqualTo((route, status)));
        if (status == RequestStatus.PassedOn) Assert.That((request.PassedOnBy, request.Audience), Is.EqualTo(("t-hill", (Audience?)Audience.ForGroup("4b"))));
    }

    [Test]
    public async Task Preview_OpensThisDeviceAloneForAFewMinutes()
    {
        using var answer = await SendAsync(("preview", "https://games.example/chess"), ("minutes", "10"), ("reason", "is it any good"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(302), await answer.Content.ReadAsStringAsync());
        var granted = _site.State.Overrides().Single();
        Assert.That((granted.Audience.ToString(), granted.Site.ToString(), granted.Actor, granted.End - granted.Start), Is.EqualTo(("client:127.0.0.1", "games.example/chess", "t-hill", TimeSpan.FromMinutes(10))));
        Assert.That(await _teacher.ReadAsync("/class"), Does.Contain("is open here until"));
    }

    [TestCase("games.example", "16", "r", "at most 15 minutes")]
    [TestCase("games.example", "0", "r", "at most 15 minutes")]
    [TestCase("games.example", "-5", "r", "at most 15 minutes")]
    [TestCase("games.example", "x", "r", "at most 15 minutes")]
    [TestCase("games.example", "5", "", "Why?")]
    [TestCase("adult.example", "5", "r", "Nothing opens")]
    [TestCase("locked.example", "5", "r", "illegal-content list")]
    [TestCase("bundle:zoom", "5", "r", "address of a site")]
    public async Task Preview_SomethingWrong_OpensNothing(string address, string minutes, string reason, string says)
    {
        using var answer = await SendAsync(("preview", address), ("minutes", minutes), ("reason", reason));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), Does.Contain(says));
        Assert.That(_site.State.Overrides(), Is.Empty);
    }

    [Test]
    public async Task Preview_OnAPupilsDevice_IsRefused()
    {
        _roster = new Roster([], [new Device("ipad-14") { Address = IPAddress.Loopback, Group = "4b" }]);
        using var answer = await SendAsync(("preview", "games.example"), ("minutes", "5"), ("reason", "r"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("pupils&#x27; device"));
        Assert.That(_site.State.Overrides(), Is.Empty);
    }
}
