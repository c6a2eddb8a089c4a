using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Safeguarding.Tests;

/// <summary>Both routes, with a head, a technician, their deputies and two teachers.</summary>
internal sealed class TwoKeysTests
{
    private static readonly PolicySnapshot Policy = MakePolicy();

    private Box _box = null!;

    private UnblockDesk Desk => _box.Desk;

    [SetUp]
    public void SetUp() => _box = new Box();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public async Task ForGood_HeadDecidesAndTechnicianApplies_IsOpenUntilItsReview()
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", group: null);
        Assert.That((await ApproveAsync(reference, "technician")).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule), "the head decides first");

        var decided = await DecideAsync(reference, "head", review: Box.Noon.AddDays(90));
        Assert.That(decided.Outcome, Is.EqualTo(UnblockOutcome.Done), decided.Message);
        Assert.That(_box.State.Overrides(), Is.Empty, "nothing is open before it is applied");
        Assert.That(_box.State.Notices(Roles.Technician).Single().Text, Does.Contain(reference));

        var applied = await ApproveAsync(reference, "technician");
        Assert.That(applied.Outcome, Is.EqualTo(UnblockOutcome.Done), applied.Message);
        Assert.That((applied.Override!.End, applied.Override.IsForGood, applied.Override.Audience, applied.Override.RequestReference), Is.EqualTo((Box.Noon.AddDays(90), true, Audience.ForTier("staff"), reference)));
        Assert.That(_box.State.StepsOf(reference).Select(s => (s.Step, s.Actor)), Is.EqualTo([(RequestStep.Asked, "t-hill"), (RequestStep.Agreed, "head"), (RequestStep.Applied, "technician")]));
        Assert.That(_box.State.AuditEntries().Select(a => a.Action).Reverse(), Is.EqualTo(["request.ask", "request.not-allowed", "request.agree", "request.approve"]));
        Assert.That(_box.Rules().Select(r => r!.Split(' ')[2]), Is.EqualTo(["asked", "approved", "granted"]));
    }

    [Test]
    public async Task Lesson_TechnicianOpens_HeadIsToldTheSameDayAndMayRevoke()
    {
        var reference = await AskedAsync(RequestRoute.Lesson, "t-hill", group: "4b");
        var opened = await ApproveAsync(reference, "technician", Box.Noon.AddHours(1));
        Assert.That(opened.Outcome, Is.EqualTo(UnblockOutcome.Done), opened.Message);
        Assert.That((opened.Override!.Audience, opened.Override.IsForGood), Is.EqualTo((Audience.ForGroup("4b"), false)));

        var notice = _box.State.Notices(Roles.Head).Single();
        Assert.That((notice.Time, notice.OverrideId, notice.Reference), Is.EqualTo((Box.Noon, (long?)opened.Override.Id, reference)));
        Assert.That(notice.Text, Does.Contain("games.example").And.Contain("group:4b").And.Contain("technician").And.Not.Contain("10.20.1.7").And.Not.Contain("t-hill"));
        Assert.That(_box.State.MarkNoticeSeen(notice.Id, "head"), Is.True);
        Assert.That(_box.State.MarkNoticeSeen(notice.Id, "head"), Is.False);
        Assert.That(_box.State.Notices(Roles.Head), Is.Empty);

        Assert.That((await Desk.RevokeAsync(opened.Override.Id, "not this site", Actor.OfPerson("head"), default)).Outcome, Is.EqualTo(UnblockOutcome.Done));
        Assert.That(_box.State.InForce(Box.Noon, BundleCatalogue.Empty).Overrides.All, Is.Empty);
    }

    [Test]
    public async Task Pupil_TeacherPassesOn_ThenTheLessonRouteHolds()
    {
        var reference = await AskedAsync(RequestRoute.Pupil, person: null, group: null, tier: "pupil");
        Assert.That((await ApproveAsync(reference, "technician", Box.Noon.AddHours(1))).Message, Does.Contain("goes to the teacher first"));

        Assert.That((await PassOnAsync(reference, RequestRoute.Lesson, "technician")).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule), "only a teacher");
        var passed = await PassOnAsync(reference, RequestRoute.Lesson, "t-hill");
        Assert.That((passed.Outcome, passed.Request!.Status, passed.Request.PassedOnBy), Is.EqualTo((UnblockOutcome.Done, RequestStatus.PassedOn, "t-hill")), passed.Message);
        Assert.That((await PassOnAsync(reference, RequestRoute.Lesson, "t-park")).Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));

        var opened = await ApproveAsync(reference, "it-partner", Box.Noon.AddHours(1));
        Assert.That((opened.Outcome, opened.Override!.Audience), Is.EqualTo((UnblockOutcome.Done, Audience.ForGroup("4b"))), opened.Message);
    }

    [Test]
    public async Task Pupil_AskedForWhatWasPassedOn_IsOneRequest()
    {
        var first = await AskedAsync(RequestRoute.Pupil, null, null, tier: "pupil");
        await PassOnAsync(first, RequestRoute.Lesson, "t-hill");
        var again = await Desk.AskAsync(new UnblockAsk(await _box.BlockedAsync(client: "10.20.1.8"), "10.20.1.8", ""), Policy, default);
        Assert.That((again.Outcome, again.Request!.Reference), Is.EqualTo((UnblockOutcome.Done, first)));
    }

    // Who asked by which route, who tries to open it, and whether a rule refuses.
    [TestCase(RequestRoute.Lesson, "technician", "technician", "own", TestName = "Approve_OwnLesson_IsRefused")]
    [TestCase(RequestRoute.Lesson, "technician", "it-partner", null, TestName = "Approve_TechniciansLesson_TheDeputyOpens")]
    [TestCase(RequestRoute.Lesson, "t-hill", "head", "technician or a deputy", TestName = "Approve_LessonByTheHead_IsRefused")]
    [TestCase(RequestRoute.Lesson, "t-hill", "t-hill", "technician or a deputy", TestName = "Approve_LessonByWhoAsked_IsRefused")]
    [TestCase(RequestRoute.Lesson, "t-hill", null, "nobody knows who you are", TestName = "Approve_ByAnAccountOfNobody_IsRefused")]
    [TestCase(RequestRoute.ForGood, "t-hill", "technician", "head decides first", TestName = "Approve_ForGoodUndecided_IsRefused")]
    [TestCase(RequestRoute.ForGood, "t-hill", "head", "technician or a deputy", TestName = "Approve_ForGoodByTheHead_IsRefused")]
    public async Task Approve(RequestRoute route, string requester, string? actor, string? expected)
    {
        var reference = await AskedAsync(route, requester, "4b");
        var result = await ApproveAsync(reference, actor, Box.Noon.AddHours(1));
        Assert.That(result.Outcome, Is.EqualTo(expected is null ? UnblockOutcome.Done : UnblockOutcome.RefusedByRule), result.Message);
        if (expected is null) return;
        Assert.That(result.Message, Does.Contain(expected));
        Assert.That(_box.State.Overrides(), Is.Empty);
        Assert.That(_box.State.FindRequest(reference)!.IsOpen);
        Assert.That(_box.State.AuditEntries()[0].Action, Is.EqualTo("request.not-allowed"));
    }

    [TestCase("head", "deputy-head", null, TestName = "Decide_HeadsOwn_TheDeputyDecides")]
    [TestCase("head", "head", "deputy-head", TestName = "Decide_HeadsOwnByTheHead_IsRefused")]
    [TestCase("t-hill", "technician", "head or a deputy", TestName = "Decide_ByTheTechnician_IsRefused")]
    [TestCase("t-hill", "t-park", "head or a deputy", TestName = "Decide_ByATeacher_IsRefused")]
    [TestCase("t-hill", "head", null, TestName = "Decide_ByTheHead_IsDone")]
    public async Task Decide(string requester, string decider, string? expected)
    {
        var reference = await AskedAsync(RequestRoute.ForGood, requester, "4b");
        var result = await DecideAsync(reference, decider);
        Assert.That(result.Outcome, Is.EqualTo(expected is null ? UnblockOutcome.Done : UnblockOutcome.RefusedByRule), result.Message);
        if (expected is not null) Assert.That(result.Message, Does.Contain(expected));
    }

    [Test]
    public async Task Decide_Twice_OnlyTheFirstCounts()
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null);
        await DecideAsync(reference, "head");
        Assert.That((await DecideAsync(reference, "deputy-head")).Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
        Assert.That(_box.State.FindRequest(reference)!.Agreed!.By, Is.EqualTo("head"));
    }

    [Test]
    public async Task Decide_No_IsRefusedForEverybody()
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null);
        Assert.That((await Desk.DecideAsync(reference, approve: false, "not for our age", null, null, null, "head", Policy, default)).Outcome, Is.EqualTo(UnblockOutcome.Done));
        Assert.That((await ApproveAsync(reference, "technician")).Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
        Assert.That(_box.State.FindRequest(reference)!.Status, Is.EqualTo(RequestStatus.Refused));
    }

    [TestCase(366, UnblockOutcome.RefusedByRule)]
    [TestCase(365, UnblockOutcome.Done)]
    [TestCase(-1, UnblockOutcome.BadRequest)]
    public async Task Decide_ReviewDate(int days, UnblockOutcome expected) =>
        Assert.That((await DecideAsync(await AskedAsync(RequestRoute.ForGood, "t-hill", null), "head", review: Box.Noon.AddDays(days))).Outcome, Is.EqualTo(expected));

    [Test]
    public async Task Decide_NoBypass_IsRefused()
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null, host: "adult.example");
        Assert.That((await DecideAsync(reference, "head")).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That(_box.State.FindRequest(reference)!.Agreed, Is.Null);
    }

    // What the technician applies may be less than what was decided, never more.
    [TestCase("games.example/maths", null, 10, true, TestName = "Apply_APartOfTheSite_IsLess")]
    [TestCase("other.example", null, 10, false, TestName = "Apply_AnotherSite_IsRefused")]
    [TestCase("bundle:zoom", null, 10, false, TestName = "Apply_ABundle_IsRefused")]
    [TestCase(null, "tier:staff", 10, true, TestName = "Apply_AsDecided_IsDone")]
    [TestCase(null, "everyone", 10, false, TestName = "Apply_ForEverybody_IsRefused")]
    [TestCase(null, "tier:pupil", 10, false, TestName = "Apply_ForOthers_IsRefused")]
    [TestCase(null, null, 91, false, TestName = "Apply_ForLonger_IsRefused")]
    public async Task Apply(string? site, string? audience, int days, bool isDone)
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null);
        await DecideAsync(reference, "head", review: Box.Noon.AddDays(90));
        var opening = new Opening
        {
            Reason = "as decided", End = Box.Noon.AddDays(days), Site = site is null ? null : Site.TryParse(site, out var read, out _) ? read : throw new ArgumentException(site, nameof(site)),
            Audience = audience is null ? null : Audience.TryParse(audience, out var whom) ? whom : throw new ArgumentException(audience, nameof(audience)),
        };
        var result = await Desk.ApproveAsync(reference, opening, Actor.OfPerson("technician"), Policy, default);
        Assert.That(result.Outcome, Is.EqualTo(isDone ? UnblockOutcome.Done : UnblockOutcome.RefusedByRule), result.Message);
        Assert.That(_box.State.Overrides(), Has.Count.EqualTo(isDone ? 1 : 0));
    }

    [TestCase("group:4b", 3.0, UnblockOutcome.Done)]
    [TestCase("group:4b", 3.01, UnblockOutcome.RefusedByRule)]
    [TestCase("device:ipad-14", 1.0, UnblockOutcome.Done)]
    [TestCase("tier:pupil", 1.0, UnblockOutcome.RefusedByRule)]
    [TestCase("everyone", 1.0, UnblockOutcome.RefusedByRule)]
    [TestCase("group:9z", 1.0, UnblockOutcome.BadRequest)]
    public async Task Lesson_WhomAndHowLong(string audience, double hours, UnblockOutcome expected)
    {
        var reference = await AskedAsync(RequestRoute.Lesson, "t-hill", null);
        Assert.That(Audience.TryParse(audience, out var whom));
        var result = await Desk.ApproveAsync(reference, new Opening { Reason = "rivers", Audience = whom, End = Box.Noon.AddHours(hours) }, Actor.OfPerson("technician"), Policy, default);
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Message);
    }

    [Test]
    public async Task Lesson_NoEndAnywhere_AsksHowLong()
    {
        var reference = await AskedAsync(RequestRoute.Lesson, "t-hill", "4b");
        Assert.That((await ApproveAsync(reference, "technician")).Message, Does.Contain("How long"));
    }

    [Test]
    public async Task Approve_OtherHosts_OpenTogetherOrNotAtAll()
    {
        var reference = await AskedAsync(RequestRoute.Lesson, "t-hill", "4b");
        var opening = new Opening { Reason = "rivers", End = Box.Noon.AddHours(1), Also = [Site.ForHost("cdn.example"), Site.ForHost("adult.example")] };
        Assert.That((await Desk.ApproveAsync(reference, opening, Actor.OfPerson("technician"), Policy, default)).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That(_box.State.Overrides(), Is.Empty);

        var done = await Desk.ApproveAsync(reference, opening with { Also = [Site.ForHost("cdn.example")] }, Actor.OfPerson("technician"), Policy, default);
        Assert.That(done.Overrides.Select(o => o.Site.Host), Is.EqualTo(["games.example", "cdn.example"]));
        Assert.That(done.Overrides.Select(o => o.RequestReference), Is.All.EqualTo(reference));
    }

    [TestCase("technician", 10.0, UnblockOutcome.Done)]
    [TestCase("technician", 10.01, UnblockOutcome.RefusedByRule)]
    [TestCase("it-partner", 1.0, UnblockOutcome.Done)]
    [TestCase("head", 1.0, UnblockOutcome.RefusedByRule)]
    [TestCase("t-hill", 1.0, UnblockOutcome.RefusedByRule)]
    [TestCase(null, 1.0, UnblockOutcome.RefusedByRule)]
    public async Task Grant_WithoutARequest_TellsTheHead(string? actor, double hours, UnblockOutcome expected)
    {
        var result = await Desk.GrantAsync("games.example", Audience.ForTier("pupil"), new Opening { Reason = "chess club", End = Box.Noon.AddHours(hours) }, new Actor("account", actor), Policy, default);
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Message);
        Assert.That(_box.State.Notices(Roles.Head), Has.Count.EqualTo(expected == UnblockOutcome.Done ? 1 : 0));
    }

    [Test]
    public async Task Extend_WithinTheDay_MovesTheEndAndTellsTheHead()
    {
        var opened = (await ApproveAsync(await AskedAsync(RequestRoute.Lesson, "t-hill", "4b"), "technician", Box.Noon.AddHours(1))).Override!;
        _box.Clock.Advance(TimeSpan.FromMinutes(30));

        Assert.That((await ExtendAsync(opened.Id, Box.Noon.AddHours(2), "t-hill")).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        var extended = await ExtendAsync(opened.Id, Box.Noon.AddHours(2), "it-partner");
        Assert.That((extended.Outcome, extended.Override!.End), Is.EqualTo((UnblockOutcome.Done, Box.Noon.AddHours(2))), extended.Message);
        Assert.That(_box.State.Notices(Roles.Head), Has.Count.EqualTo(2));
        Assert.That(_box.Rules()[^1], Does.StartWith($"override {opened.Id} extended until 2026-11-23T14:00:00Z by it-partner"));

        Assert.That((await ExtendAsync(opened.Id, Box.Noon.AddHours(10.1), "it-partner")).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        _box.Clock.Advance(TimeSpan.FromHours(2));
        Assert.That((await ExtendAsync(opened.Id, Box.Noon.AddHours(4), "it-partner")).Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
    }

    // What was opened, for how long it may be from its beginning at noon, and a word of why not.
    [TestCase("lesson", "13:00", UnblockOutcome.RefusedByRule, "45 minutes", TestName = "Extend_LessonPastTheLongestLesson_IsRefused")]
    [TestCase("lesson", "12:45:01", UnblockOutcome.RefusedByRule, "45 minutes", TestName = "Extend_LessonASecondPastTheLongest_IsRefused")]
    [TestCase("lesson", "12:45", UnblockOutcome.Done, "12:45", TestName = "Extend_LessonToTheLongestLesson_IsDone")]
    [TestCase("grant", "22:00", UnblockOutcome.Done, "22:00", TestName = "Extend_GrantToASchoolDay_IsDone")]
    [TestCase("grant", "22:00:01", UnblockOutcome.RefusedByRule, "10 hours", TestName = "Extend_GrantPastASchoolDay_IsRefused")]
    [TestCase("preview", "12:12", UnblockOutcome.RefusedByRule, "preview", TestName = "Extend_Preview_IsRefused")]
    public async Task Extend_Longest(string opened, string until, UnblockOutcome expected, string says)
    {
        var policy = MakePolicy("\n  lesson: { longest: 45m }");
        var id = opened switch
        {
            "lesson" => (await ApproveAsync(await AskedAsync(RequestRoute.Lesson, "t-hill", "4b"), "technician", Box.Noon.AddMinutes(10))).Override!.Id,
            "grant" => (await Desk.GrantAsync("games.example", Audience.ForGroup("4b"), new Opening { Reason = "chess", End = Box.Noon.AddMinutes(10) }, Actor.OfPerson("technician"), policy, default)).Override!.Id,
            _ => (await Desk.PreviewAsync("games.example", TimeSpan.FromMinutes(10), "to see it", "t-hill", System.Net.IPAddress.Parse("10.20.1.7"), policy, default)).Override!.Id,
        };
        var end = new DateTimeOffset(Box.Noon.Date, TimeSpan.Zero) + TimeSpan.Parse(until, System.Globalization.CultureInfo.InvariantCulture);
        var result = await Desk.ExtendAsync(id, end, "it runs over", Actor.OfPerson("technician"), policy, default);
        Assert.That((result.Outcome, result.Message), Is.EqualTo((expected, result.Message)));
        Assert.That(result.Message, Does.Contain(says));
        Assert.That(_box.State.FindOverride(id)!.End, Is.EqualTo(expected == UnblockOutcome.Done ? end : Box.Noon.AddMinutes(10)));
    }

    [TestCase("t-hill", UnblockOutcome.Done)]
    [TestCase("t-park", UnblockOutcome.RefusedByRule)]
    [TestCase(null, UnblockOutcome.RefusedByRule)]
    public async Task Withdraw_OnlyByWhoAsked(string? actor, UnblockOutcome expected)
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null);
        Assert.That((await Desk.WithdrawAsync(reference, "not needed", new Actor("account", actor), default)).Outcome, Is.EqualTo(expected));
    }

    [Test]
    public async Task Requests_NobodyAnswers_Expire()
    {
        var reference = await AskedAsync(RequestRoute.ForGood, "t-hill", null);
        _box.Clock.Advance(UnblockDesk.RequestLife);
        Assert.That(_box.State.ExpireRequests(_box.Clock.GetUtcNow() - UnblockDesk.RequestLife, "nobody answered"), Is.Zero);
        _box.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_box.State.ExpireRequests(_box.Clock.GetUtcNow() - UnblockDesk.RequestLife, "nobody answered"), Is.EqualTo(1));
        Assert.That(_box.State.FindRequest(reference)!.Status, Is.EqualTo(RequestStatus.Expired));
        Assert.That(_box.State.StepsOf(reference)[^1].Step, Is.EqualTo(RequestStep.Expired));
    }

    [TestCase("games.example", RequestRoute.Lesson, "staff", UnblockOutcome.AlreadyDecided, TestName = "AskAtOwnName_OpenSite_SaysSo")]
    [TestCase("games.example/play", null, "pupil", UnblockOutcome.Done, TestName = "AskAtOwnName_BlockedSite_Waits")]
    [TestCase("adult.example", null, "pupil", UnblockOutcome.RefusedByRule, TestName = "AskAtOwnName_NoBypass_IsRefused")]
    [TestCase("locked.example", null, "pupil", UnblockOutcome.RefusedByRule, TestName = "AskAtOwnName_Locked_IsRefusedInTheSameWords")]
    [TestCase("http://", null, "pupil", UnblockOutcome.BadRequest, TestName = "AskAtOwnName_NoAddress_IsBad")]
    [TestCase("news.example", RequestRoute.Report, "staff", UnblockOutcome.Done, TestName = "AskAtOwnName_Report_WaitsForTheTechnician")]
    [TestCase("locked.example", RequestRoute.Report, "staff", UnblockOutcome.Done, TestName = "AskAtOwnName_ReportOfALockedSite_IsThanked")]
    public async Task AskAtOwnName(string address, RequestRoute? route, string tier, UnblockOutcome expected)
    {
        var client = new Client(System.Net.IPAddress.Parse("10.20.1.9"), Policy.FindTier(tier)!, "ipad-2", IsKnown: true);
        var result = await Desk.AskAsync(new SiteAsk(address, "please") { Route = route }, client, Policy, default);
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Message);
        var isStored = expected == UnblockOutcome.Done && !address.StartsWith("locked", StringComparison.Ordinal);
        Assert.That(_box.State.OpenRequests(), Has.Count.EqualTo(isStored ? 1 : 0));
        if (address.StartsWith("locked", StringComparison.Ordinal))
        {
            var recorded = _box.Events.Search(new EventQuery()).Events.Single();
            Assert.That((recorded.Reason, recorded.Url, recorded.Host, recorded.Entry), Is.EqualTo(((Reason?)Reason.Locked, (string?)null, (string?)null, (string?)null)));
            Assert.That(result.Message, Does.Not.Contain("locked"));
        }
        if (isStored && route == RequestRoute.Report) Assert.That(_box.State.Notices(Roles.Technician).Single().Text, Does.Contain(result.Request!.Reference).And.Not.Contain("10.20.1.9"));
    }

    [Test]
    public async Task AskAtOwnName_Twice_IsOneRequest()
    {
        var client = new Client(System.Net.IPAddress.Parse("10.20.1.9"), Policy.FindTier("pupil")!, null, IsKnown: true);
        var first = await Desk.AskAsync(new SiteAsk("games.example", ""), client, Policy, default);
        var second = await Desk.AskAsync(new SiteAsk("https://games.example/other", ""), client, Policy, default);
        Assert.That(second.Request!.Reference, Is.EqualTo(first.Request!.Reference));
        Assert.That(_box.Events.Search(new EventQuery()).Events, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Ask_APersonsRequestsFromTwoDevices_AreCountedTogether()
    {
        for (var i = 0; i < UnblockDesk.WaitingPerClientMax; i++) await AskedAsync(RequestRoute.ForGood, "t-hill", null, host: $"h{i}.example", client: $"10.20.1.{i + 1}");
        var reference = await BlockedAsync("h11.example", "t-hill", "10.20.1.99", "staff");
        Assert.That((await Desk.AskAsync(new UnblockAsk(reference, "10.20.1.99", ""), Policy, default)).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
    }

    [TestCase("staff", null, true)]
    [TestCase("pupil", null, false)]
    [TestCase("pupil", "t-hill", true)]
    [TestCase("pupil", "p1", false)]
    [TestCase("guest", null, false)]
    public void AreOffered(string tier, string? person, bool expected) => Assert.That(RequestRoutes.AreOffered(Policy, tier, person), Is.EqualTo(expected));

    [Test]
    public async Task ForGood_PolicyWithoutApprovals_NobodyIsPromisedIt()
    {
        var asked = await Desk.AskAsync(new UnblockAsk(await BlockedAsync("games.example", null, "10.20.1.7", "staff"), "10.20.1.7", "please") { Route = RequestRoute.ForGood }, Box.Policy, default);
        Assert.That((asked.Outcome, asked.Request!.Route), Is.EqualTo((UnblockOutcome.Done, RequestRoute.Lesson)), "a technician can answer it");

        var pupils = await AskedAsync(RequestRoute.Pupil, null, null, tier: "pupil", host: "other.example");
        var passed = await Desk.PassOnAsync(pupils, RequestRoute.ForGood, Audience.ForTier("pupil"), null, "each week", Actor.OfPerson("t-hill"), Box.Policy, default);
        Assert.That((passed.Outcome, passed.Message), Is.EqualTo((UnblockOutcome.RefusedByRule, Box.Policy.Approvals.WhyNot(KeyStep.Decide, "t-hill", new KeyRequest(RequestRoute.Pupil, null)))));
        Assert.That(_box.State.FindRequest(pupils)!.Route, Is.EqualTo(RequestRoute.Pupil));
    }

    private Task<UnblockResult> ApproveAsync(string reference, string? person, DateTimeOffset? end = null) =>
        Desk.ApproveAsync(reference, new Opening { Reason = "why", End = end }, new Actor(person ?? "account", person), Policy, default);

    private Task<UnblockResult> DecideAsync(string reference, string person, DateTimeOffset? review = null) => Desk.DecideAsync(reference, approve: true, "used each week", review, site: null, audience: null, person, Policy, default);

    private Task<UnblockResult> PassOnAsync(string reference, RequestRoute route, string person) => Desk.PassOnAsync(reference, route, Audience.ForGroup("4b"), null, "rivers", Actor.OfPerson(person), Policy, default);

    private Task<UnblockResult> ExtendAsync(long id, DateTimeOffset end, string person) => Desk.ExtendAsync(id, end, "it runs over", Actor.OfPerson(person), Policy, default);

    private async Task<string> AskedAsync(RequestRoute route, string? person, string? group, string tier = "staff", string host = "games.example", string client = "10.20.1.7")
    {
        var reference = await BlockedAsync(host, person, client, tier);
        var asked = await Desk.AskAsync(new UnblockAsk(reference, client, "please") { Route = route, Group = group }, Policy, default);
        Assert.That((asked.Outcome, asked.Request?.Route), Is.EqualTo((UnblockOutcome.Done, route)), asked.Message);
        return reference;
    }

    private async Task<string> BlockedAsync(string host, string? person, string client, string tier)
    {
        var blocked = await _box.Events.CommitAsync(
            new FilterEvent
            {
                Time = _box.Clock.GetUtcNow(), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Client = client, Person = person, Tier = tier, Category = "games", Url = $"http://{host}/play", Host = host,
            },
            giveReference: true);
        return blocked.Reference!;
    }

    private static PolicySnapshot MakePolicy(string approvals = "")
    {
        var lists = Box.Policy.Lists;
        var document = PolicyDocument.Parse("""
            school: Sample Primary
            networks: [10.20.0.0/16]
            unknown_clients: pupil
            tiers:
              pupil: { uncategorised: allow }
              staff: { uncategorised: allow, allow: [games] }
              guest: { uncategorised: allow }
            groups:
              4b: { kind: class, tier: pupil }
            approvals:
              head: { holder: head, deputies: [deputy-head] }
              technician: { holder: technician, deputies: [it-partner] }
              teachers: [t-hill, t-park]
            """ + approvals, lists.Taxonomy, out var problems);
        Assert.That(document, Is.Not.Null, string.Join('\n', problems));
        return PolicySnapshot.Compile(document!, lists, InForce.Nothing);
    }
}
