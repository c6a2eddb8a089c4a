using System.Net;
using FilterGate.Matching;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Safeguarding.Unblocks;
using FilterGate.State;

namespace FilterGate.Safeguarding.Tests;

internal sealed class UnblockDeskTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private Box _box = null!;

    private UnblockDesk Desk => _box.Desk;

    [SetUp]
    public void SetUp() => _box = new Box();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [TestCase(Verdict.Block, Reason.CategoryBlock, TestName = "AskAsync_BlockedCategory_Waits")]
    [TestCase(Verdict.Warn, Reason.CategoryWarn, TestName = "AskAsync_Warning_Waits")]
    [TestCase(Verdict.Block, Reason.OwnBlock, TestName = "AskAsync_OwnBlock_Waits")]
    public async Task AskAsync_Overridable(Verdict verdict, Reason reason)
    {
        var reference = await _box.BlockedAsync(verdict: verdict, reason: reason);

        var result = await AskAsync(reference.ToLowerInvariant(), note: " for maths,\nplease\u0007\u202E ");

        var expected = new UnblockRequest(reference, Box.Noon, "10.20.1.7", "ipad-14", "pupil", "http://games.example/play?level=3", "games.example", "games", "for maths, please", RequestStatus.Waiting);
        Assert.That((result.Outcome, result.Request), Is.EqualTo((UnblockOutcome.Done, expected)), result.Message);
        Assert.That(_box.State.FindRequest(reference), Is.EqualTo(expected));
        Assert.That(_box.Rules(), Is.EqualTo([$"request {reference} asked"]));
        var recorded = _box.Events.Search(new EventQuery { Kinds = [EventKind.Override] }).Events.Single();
        Assert.That((recorded.Client, recorded.Tier, recorded.Host, recorded.Reference), Is.EqualTo(("10.20.1.7", "pupil", "games.example", (string?)null)));
    }

    [TestCase(Reason.NoBypass, false, TestName = "AskAsync_NoBypass_IsRefused")]
    [TestCase(Reason.EmergencyBlock, false, TestName = "AskAsync_Emergency_IsRefused")]
    [TestCase(Reason.PrivateDestination, false, TestName = "AskAsync_PrivateDestination_IsRefused")]
    [TestCase(Reason.Locked, true, TestName = "AskAsync_Locked_IsRefused")]
    public async Task AskAsync_NotOverridable(Reason reason, bool isLocked)
    {
        var result = await AskAsync(await _box.BlockedAsync(reason: reason, isLocked: isLocked));
        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That(_box.State.Requests(status: null), Is.Empty);
    }

    [Test]
    public async Task AskAsync_AllowedPage_IsRefused() =>
        Assert.That((await AskAsync(await _box.BlockedAsync(verdict: Verdict.LogOnly, reason: Reason.CategoryLog))).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));

    [TestCase("0000-0000", UnblockOutcome.NotFound)]
    [TestCase("", UnblockOutcome.BadRequest)]
    [TestCase("not a reference", UnblockOutcome.BadRequest)]
    public async Task AskAsync_NoSuchReference(string reference, UnblockOutcome expected) => Assert.That((await AskAsync(reference)).Outcome, Is.EqualTo(expected));

    [Test]
    public async Task AskAsync_AnotherClientsReference_LooksLikeNone()
    {
        var reference = await _box.BlockedAsync(client: "10.20.1.8");

        var foreign = await AskAsync(reference);
        Assert.That(foreign, Is.EqualTo(await AskAsync("0000-0000")), "nothing tells that the reference exists");

        await AskAsync(reference, "10.20.1.8", "");
        Assert.That(await AskAsync(reference), Is.EqualTo(foreign), "nor that it has been asked");
    }

    [Test]
    public async Task AskAsync_Twice_IsOneRequestAndOneEvent()
    {
        var reference = await _box.BlockedAsync();
        await AskAsync(reference);

        var again = await AskAsync(reference);
        var other = await AskAsync(await _box.BlockedAsync());

        Assert.That((again.Outcome, other.Outcome), Is.EqualTo((UnblockOutcome.Done, UnblockOutcome.Done)));
        Assert.That(again.Message, Does.Contain("already"));
        Assert.That(other.Message, Does.Contain("already"));
        Assert.That(other.Request!.Reference, Is.EqualTo(reference));
        Assert.That(_box.State.Requests(), Has.Count.EqualTo(1));
        Assert.That(_box.Rules(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AskAsync_AnsweredRequest_SaysSo()
    {
        var reference = await _box.BlockedAsync();
        await AskAsync(reference);
        await Desk.RefuseAsync(reference, "not in lessons", Who("lead"), Box.Policy, default);

        var again = await AskAsync(reference);
        Assert.That(again.Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
        Assert.That(again.Message, Does.Contain("refused"));
    }

    [Test]
    public async Task AskAsync_EleventhWaiting_IsRefusedUntilOneIsAnswered()
    {
        var references = new List<string>();
        for (var i = 0; i < UnblockDesk.WaitingPerClientMax; i++)
        {
            references.Add(await _box.BlockedAsync($"h{i}.example"));
            Assert.That((await AskAsync(references[i])).Outcome, Is.EqualTo(UnblockOutcome.Done), $"request {i + 1}");
        }
        var eleventh = await _box.BlockedAsync("h10.example");
        Assert.That((await AskAsync(eleventh)).Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That((await AskAsync(await _box.BlockedAsync("h10.example", "10.20.1.8"), "10.20.1.8", "")).Outcome, Is.EqualTo(UnblockOutcome.Done), "another device may ask");

        await Desk.RefuseAsync(references[0], "no", Who("lead"), Box.Policy, default);
        Assert.That((await AskAsync(await _box.BlockedAsync("h11.example"))).Outcome, Is.EqualTo(UnblockOutcome.Done));
    }

    [Test]
    public async Task AskAsync_LongNote_IsCutWithoutSplittingACharacter()
    {
        var reference = await _box.BlockedAsync();
        await AskAsync(reference, new string('x', 499) + "😀tail");
        Assert.That(_box.State.FindRequest(reference)!.Note, Is.EqualTo(new string('x', 499)));
    }

    [Test]
    public async Task ApproveAsync_Waiting_OpensForTheTimeAndIsOnRecord()
    {
        var reference = await AskedAsync();
        _box.Clock.Advance(TimeSpan.FromMilliseconds(1500));

        var result = await ApproveAsync(reference, Hour, "maths", "lead");

        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.Done), result.Message);
        var granted = result.Override!;
        // Rounded up: what the message says to the second is what happens.
        Assert.That((granted.Audience.TierName, granted.Site.Host, granted.Start, granted.End), Is.EqualTo(("pupil", "games.example", Box.Noon.AddSeconds(1.5), Box.Noon.AddHours(1).AddSeconds(2))));
        Assert.That(result.Message, Does.Contain("games.example is open for pupil until 2026-11-23T13:00:02Z"));
        Assert.That(result.Request!.Status, Is.EqualTo(RequestStatus.Approved));
        Assert.That(_box.Rules()[^1], Is.EqualTo($"override {granted.Id} granted until 2026-11-23T13:00:02Z by lead for request {reference}: maths"));
        Assert.That(_box.State.AuditEntries()[0], Has.Property("Action").EqualTo("request.approve").And.Property("Actor").EqualTo("lead").And.Property("Reason").EqualTo("maths"));

        Assert.That(Box.Policy.With(_box.State.InForce(_box.Clock.GetUtcNow(), BundleCatalogue.Empty).Overrides).Overrides.Find(new Client(IPAddress.Loopback, Box.Policy.FindTier("pupil")!, null, true), CanonicalUrl.ForHost("http", "www.games.example", 80), Seen.Url, _box.Clock.GetUtcNow())?.Id, Is.EqualTo(granted.Id));
    }

    [Test]
    public async Task ApproveAsync_SecondAnswer_IsTooLate()
    {
        var reference = await AskedAsync();
        await ApproveAsync(reference, Hour, "maths", "lead");

        var second = await ApproveAsync(reference, Hour, "me too", "tech");
        var refusal = await Desk.RefuseAsync(reference, "no", Who("tech"), Box.Policy, default);

        Assert.That((second.Outcome, refusal.Outcome), Is.EqualTo((UnblockOutcome.AlreadyDecided, UnblockOutcome.AlreadyDecided)));
        Assert.That(second.Message, Does.Contain("approved").And.Contain("lead"));
        Assert.That(_box.State.Overrides(), Has.Count.EqualTo(1));
        Assert.That(_box.Rules(), Has.Count.EqualTo(2), "asked and granted");
    }

    [TestCase(0, UnblockOutcome.BadRequest)]
    [TestCase(-1, UnblockOutcome.BadRequest)]
    [TestCase(10.001, UnblockOutcome.RefusedByRule)]
    [TestCase(367 * 24, UnblockOutcome.RefusedByRule)]
    public async Task ApproveAsync_BadDuration_IsRefused(double hours, UnblockOutcome expected)
    {
        var result = await ApproveAsync(await AskedAsync(), TimeSpan.FromHours(hours), "maths", "lead");
        Assert.That(result.Outcome, Is.EqualTo(expected), result.Message);
        Assert.That(_box.State.Requests(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task EveryStep_BlankReason_IsBadRequest()
    {
        var reference = await AskedAsync();
        foreach (var blank in new[] { "", " \t\n", "\u0000\u202E" })
        {
            Assert.That((await ApproveAsync(reference, Hour, blank, "lead")).Outcome, Is.EqualTo(UnblockOutcome.BadRequest));
            Assert.That((await Desk.RefuseAsync(reference, blank, Who("lead"), Box.Policy, default)).Outcome, Is.EqualTo(UnblockOutcome.BadRequest));
            Assert.That((await GrantAsync("games.example", "pupil", Hour, blank, "lead")).Outcome, Is.EqualTo(UnblockOutcome.BadRequest));
            Assert.That((await Desk.RevokeAsync(1, blank, Who("lead"), default)).Outcome, Is.EqualTo(UnblockOutcome.BadRequest));
        }
        Assert.That(_box.State.Requests(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Steps_UnknownNumbers_AreNotFound()
    {
        Assert.That((await ApproveAsync("0000-0000", Hour, "why", "lead")).Outcome, Is.EqualTo(UnblockOutcome.NotFound));
        Assert.That((await Desk.RefuseAsync("nonsense", "why", Who("lead"), Box.Policy, default)).Outcome, Is.EqualTo(UnblockOutcome.NotFound));
        Assert.That((await Desk.RevokeAsync(12, "why", Who("lead"), default)).Outcome, Is.EqualTo(UnblockOutcome.NotFound));
    }

    [Test]
    public async Task RefuseAsync_Waiting_IsOnRecord()
    {
        var reference = await AskedAsync();
        var result = await Desk.RefuseAsync(reference, "not in lessons", Who("lead"), Box.Policy, default);
        Assert.That((result.Outcome, result.Request!.Status, result.Request.DecisionReason), Is.EqualTo((UnblockOutcome.Done, RequestStatus.Refused, "not in lessons")));
        Assert.That(_box.Rules()[^1], Is.EqualTo($"request {reference} refused by lead: not in lessons"));
    }

    [TestCase("games.example", "games.example", TestName = "GrantAsync_BlockedHost_Opens")]
    [TestCase("https://Games.Example:8443/a/b?c", "games.example", TestName = "GrantAsync_Url_OpensItsHost")]
    [TestCase("unknown.example", "unknown.example", TestName = "GrantAsync_UncategorisedHost_Opens")]
    [TestCase("hosting.example/user/other", "hosting.example", TestName = "GrantAsync_HostThatCarriesALockedAddress_OpensTheRest")]
    [TestCase("mixed.example/game", "mixed.example", TestName = "GrantAsync_HostWithAForbiddenPath_OpensTheRest")]
    public async Task GrantAsync(string url, string host)
    {
        var result = await GrantAsync(url, "pupil", Approvals.SchoolDay, "chess club", "tech");
        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.Done), result.Message);
        Assert.That((result.Override!.Site.Host, result.Override.End), Is.EqualTo((host, Box.Noon.AddHours(10))));
        Assert.That(_box.Rules(), Is.EqualTo([$"override {result.Override.Id} granted until 2026-11-23T22:00:00Z by tech: chess club"]));
        var recorded = _box.Events.Search(new EventQuery()).Events.Single();
        Assert.That((recorded.Host, recorded.Tier, recorded.PolicyVersion, recorded.ListsVersion), Is.EqualTo((host, "pupil", Box.Policy.Version, "lists-1")));
    }

    [TestCase("adult.example", "no-bypass", TestName = "GrantAsync_NoBypassHost_IsRefused")]
    [TestCase("www.adult.example/page", "no-bypass", TestName = "GrantAsync_NoBypassSubDomain_IsRefused")]
    [TestCase("mixed.example/vpn", "no-bypass", TestName = "GrantAsync_NoBypassPath_IsRefused")]
    public async Task GrantAsync_NoBypass(string url, string code)
    {
        var result = await GrantAsync(url, "staff", Hour, "please", "tech");
        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That(_box.State.Overrides(), Is.Empty);
        var attempt = _box.Events.Search(new EventQuery { Kinds = [EventKind.Audit] }).Events.Single();
        Assert.That((attempt.Reason, attempt.Rule, attempt.Decision), Is.EqualTo((Reason.NoBypass, $"override refused ({code}) to tech: grant", (Verdict?)null)));
        Assert.That(_box.State.AuditEntries().Single().Action, Is.EqualTo("override.refused"));
    }

    [TestCase("locked.example", TestName = "GrantAsync_LockedHost_IsRefusedWithoutNamingIt")]
    [TestCase("http://www.locked.example/a?b", TestName = "GrantAsync_BelowALockedHost_IsRefusedWithoutNamingIt")]
    [TestCase("https://hosting.example/user/album", TestName = "GrantAsync_LockedAddress_IsRefusedWithoutNamingIt")]
    public async Task GrantAsync_Locked(string url)
    {
        // Too long as well: the lock comes first, so that nobody learns that a shorter time would do.
        var result = await GrantAsync(url, "staff", TimeSpan.FromDays(30), "please", "tech");

        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        var attempt = _box.Events.Search(new EventQuery()).Events.Single();
        Assert.That((attempt.Kind, attempt.Reason, attempt.Url, attempt.Host, attempt.Entry, attempt.List), Is.EqualTo((EventKind.Audit, Reason.Locked, (string?)null, (string?)null, (string?)null, "locked/sample")));
        Assert.That(attempt.EntryId, Has.Length.EqualTo(12));
        var audit = _box.State.AuditEntries().Single();
        foreach (var said in new[] { result.Message, attempt.Rule!, audit.Subject })
            Assert.That(said, Does.Not.Contain("locked.example").And.Not.Contain("hosting.example").And.Not.Contain("album"));
        Assert.That(_box.State.Overrides(), Is.Empty);
    }

    [Test]
    public async Task ApproveAsync_SiteLockedSinceItWasAsked_IsRefused()
    {
        var reference = await _box.BlockedAsync("locked.example");
        await AskAsync(reference);
        var result = await ApproveAsync(reference, Hour, "ok", "lead");
        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.RefusedByRule));
        Assert.That(_box.State.FindRequest(reference)!.Status, Is.EqualTo(RequestStatus.Waiting));
        Assert.That(_box.Rules(EventKind.Audit).Single(), Does.Contain(reference).And.Contain("lead"));
    }

    [TestCase("games.example", "pupil", 10.001, UnblockOutcome.RefusedByRule)]
    [TestCase("games.example", "pupil", 0, UnblockOutcome.BadRequest)]
    [TestCase("games.example", "nobody", 1, UnblockOutcome.BadRequest)]
    [TestCase("http://", "pupil", 1, UnblockOutcome.BadRequest)]
    public async Task GrantAsync_WrongWords(string url, string tier, double hours, UnblockOutcome expected)
    {
        Assert.That((await GrantAsync(url, tier, TimeSpan.FromHours(hours), "why", "tech")).Outcome, Is.EqualTo(expected));
        Assert.That(_box.State.Overrides(), Is.Empty);
    }

    [Test]
    public async Task RevokeAsync_Live_EndsItNow()
    {
        var granted = (await GrantAsync("games.example", "pupil", Hour, "chess club", "tech")).Override!;
        _box.Clock.Advance(TimeSpan.FromMinutes(5));

        var result = await Desk.RevokeAsync(granted.Id, "mistake", Who("lead"), default);
        var again = await Desk.RevokeAsync(granted.Id, "mistake", Who("lead"), default);

        Assert.That((result.Outcome, result.Override!.RevokedAt), Is.EqualTo((UnblockOutcome.Done, (DateTimeOffset?)Box.Noon.AddMinutes(5))));
        Assert.That(again.Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
        Assert.That(_box.State.InForce(_box.Clock.GetUtcNow(), BundleCatalogue.Empty).Overrides.All, Is.Empty);
        Assert.That(_box.Rules()[^1], Is.EqualTo($"override {granted.Id} revoked by lead: mistake"));
    }

    [Test]
    public async Task RevokeAsync_Ended_SaysWhen()
    {
        var granted = (await GrantAsync("games.example", "pupil", Hour, "chess club", "tech")).Override!;
        _box.Clock.Advance(Hour);
        var result = await Desk.RevokeAsync(granted.Id, "mistake", Who("lead"), default);
        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.AlreadyDecided));
        Assert.That(result.Message, Does.Contain("ended at 2026-11-23T13:00:00Z"));
    }

    [Test]
    public async Task GrantAsync_EventsCannotBeWritten_StandsAndSaysSo()
    {
        await using var hold = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_box.EventsFolder}/2026-11.db;Pooling=false");
        await hold.OpenAsync();
        await using var command = hold.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();

        var granting = GrantAsync("games.example", "pupil", Hour, "chess club", "tech");
        _box.Clock.Advance(TimeSpan.FromSeconds(5));
        var result = await granting;

        Assert.That(result.Outcome, Is.EqualTo(UnblockOutcome.Done));
        Assert.That(result.Message, Does.Contain("could not be written to the events"));
        Assert.That(_box.State.AuditEntries().Single().Action, Is.EqualTo("override.grant"));
    }

    private Task<UnblockResult> AskAsync(string reference, string note = "") => AskAsync(reference, "10.20.1.7", note);

    private Task<UnblockResult> AskAsync(string reference, string client, string note) => Desk.AskAsync(new UnblockAsk(reference, client, note), Box.Policy, default);

    private Task<UnblockResult> ApproveAsync(string reference, TimeSpan duration, string reason, string account) =>
        Desk.ApproveAsync(reference, new Opening { Reason = reason, End = _box.Clock.GetUtcNow() + duration }, Who(account), Box.Policy, default);

    private Task<UnblockResult> GrantAsync(string address, string tier, TimeSpan duration, string reason, string account) =>
        Desk.GrantAsync(address, Audience.ForTier(tier), new Opening { Reason = reason, End = _box.Clock.GetUtcNow() + duration }, Who(account), Box.Policy, default);

    private static Actor Who(string account) => new(account, Person: null);

    private async Task<string> AskedAsync()
    {
        var reference = await _box.BlockedAsync();
        await AskAsync(reference);
        return reference;
    }
}
