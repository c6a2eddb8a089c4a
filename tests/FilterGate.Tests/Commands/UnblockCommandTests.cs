using FilterGate.Matching;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

/// <summary>Over the shipped lists and the sample school: <c>games.example</c> is in no list, which any tier may be granted.</summary>
public sealed class UnblockCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [Test]
    public async Task List_Waiting_ShowsThemMasked()
    {
        var reference = await _box.AskedAsync();
        var run = _box.Run("unblock", "list");
        Assert.That(run.Output, Does.Contain(reference).And.Contain("games.example").And.Contain("for maths").And.Contain("ipad-14"));

        var row = JsonDocument.Parse(_box.Run("unblock", "list", "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])[
            "reference", "time", "status", "tier", "url", "host", "category", "client", "device", "note", "decided_at", "decided_by", "decision_reason", "override_id",
            "route", "person", "class", "audience", "until", "passed_on_by", "agreed"]));
        Assert.That((row.GetProperty("status").GetString(), row.GetProperty("url").GetString()), Is.EqualTo(("waiting", "http://games.example/play?…")));
    }

    [Test]
    public void List_None_SaysSoOnStandardError()
    {
        var run = _box.Run("unblock", "list");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Error, Does.Contain("No request waits"));
        Assert.That(_box.Run("unblock", "list", "--json").Error, Is.Empty);
    }

    [Test]
    public async Task Show_Request_InAnySpelling()
    {
        var reference = await _box.AskedAsync();
        var run = _box.Run("unblock", "show", reference.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("for maths").And.Contain("http://games.example/play?…").And.Contain("waiting").And.Not.Contain("secret"));
    }

    [Test]
    public async Task Show_BlockThatNobodyAskedFor_SaysSo()
    {
        var run = _box.Run("unblock", "show", await _box.BlockedAsync("games.example"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("nobody has asked"));
    }

    [Test]
    public async Task Approve_ThenRevoke_TakesForceAndSaysHowToUndo()
    {
        var reference = await _box.AskedAsync();

        var approve = _box.Run("unblock", "approve", reference, "--for", "1h30m", "--reason", "year 5 maths");
        Assert.That(approve.ExitCode, Is.EqualTo(ExitCode.Done), approve.Error);
        var granted = _box.State.Overrides().Single();
        Assert.That((granted.Audience.TierName, granted.Site.Host, granted.End, granted.Actor, granted.RequestReference), Is.EqualTo(("pupil", "games.example", StoreBox.Noon.AddMinutes(90), "tech", reference)));
        Assert.That(approve.Output, Does.Contain("games.example is open for pupil until 2026-11-23T13:30:00Z").And.Contain($"To undo: filtergate unblock revoke {granted.Id} --reason TEXT"));
        Assert.That(_box.Run("overrides", "list").Output, Does.Contain("games.example").And.Contain("year 5 maths"));
        Assert.That(_box.Run("unblock", "list").Output, Is.Empty);
        Assert.That(_box.Run("unblock", "list", "--all").Output, Does.Contain("approved by tech"));

        var revoke = _box.Run("unblock", "revoke", $"{granted.Id}", "--reason", "wrong site");
        Assert.That(revoke.ExitCode, Is.EqualTo(ExitCode.Done), revoke.Error);
        Assert.That(revoke.Output, Does.Not.Contain("To undo"));
        Assert.That(_box.State.InForce(StoreBox.Noon, BundleCatalogue.Empty).Overrides.All, Is.Empty);
        Assert.That(_box.Run("overrides", "list").Output, Is.Empty);
        Assert.That(_box.Run("overrides", "list", "--all").Output, Does.Contain("revoked").And.Contain("wrong site"));
        Assert.That(_box.Run("events", "search", "--overrides").Lines, Has.Length.EqualTo(2));
    }

    [Test]
    public void Grant_Json_SaysWhatIsOpen()
    {
        var run = _box.Run("unblock", "grant", "https://games.example/a?b", "--tier", "pupil", "--until", "2026-11-23T15:00Z", "--reason", "chess club", "--json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var result = JsonDocument.Parse(run.Lines.Single()).RootElement;
        Assert.That(result.GetProperty("outcome").GetString(), Is.EqualTo("done"));
        var granted = result.GetProperty("override");
        Assert.That(granted.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])[
            "id", "tier", "host", "audience", "site", "start", "end", "live", "is_for_good", "reason", "actor", "request_reference", "revoked_at", "revoked_by", "revoke_reason", "age_seconds", "uses", "used_by", "last_use", "review"]));
        Assert.That((granted.GetProperty("end").GetString(), granted.GetProperty("live").GetBoolean()), Is.EqualTo(("2026-11-23T15:00:00.000Z", true)));
    }

    private static IEnumerable<TestCaseData> WrongWords()
    {
        static TestCaseData Case(string name, int exitCode, string message, params string[] line) => new TestCaseData(exitCode, message, line).SetName($"Unblock_{name}");
        yield return Case("Alone_ExitsTwo", 2, "Required command", "unblock");
        yield return Case("ShowNoReference_ExitsTwo", 2, "not a reference", "unblock", "show", "K7Q4");
        yield return Case("ShowUnknown_ExitsTwo", 2, "there is no request", "unblock", "show", "0000-0000");
        yield return Case("ApproveUnknown_ExitsTwo", 2, "no request 0000-0000", "unblock", "approve", "0000-0000", "--for", "1h", "--reason", "why");
        yield return Case("ApproveWithoutReason_ExitsTwo", 2, "--reason", "unblock", "approve", "0000-0000", "--for", "1h");
        yield return Case("ApproveBlankReason_ExitsTwo", 2, "reason", "unblock", "approve", "0000-0000", "--for", "1h", "--reason", " ");
        yield return Case("GrantWithoutTime_ExitsTwo", 2, "--for", "unblock", "grant", "games.example", "--tier", "pupil", "--reason", "why");
        yield return Case("GrantForNobody_ExitsTwo", 2, "for whom", "unblock", "grant", "games.example", "--for", "1h", "--reason", "why");
        yield return Case("GrantForTwo_ExitsTwo", 2, "for whom", "unblock", "grant", "games.example", "--tier", "pupil", "--everyone", "--for", "1h", "--reason", "why");
        yield return Case("GrantUnknownClass_ExitsTwo", 2, "--class", "unblock", "grant", "games.example", "--class", "9z", "--for", "1h", "--reason", "why");
        yield return Case("GrantUnknownPerson_ExitsTwo", 2, "--person", "unblock", "grant", "games.example", "--person", "p999", "--for", "1h", "--reason", "why");
        yield return Case("GrantUnknownBundle_ExitsTwo", 2, "bundle", "unblock", "grant", "bundle:nothing", "--tier", "pupil", "--for", "1h", "--reason", "why");
        yield return Case("ExtendUnknown_ExitsTwo", 2, "no override 12", "unblock", "extend", "12", "--for", "1h", "--reason", "why");
        yield return Case("ApproveBothTimes_ExitsTwo", 2, "one of --for", "unblock", "approve", "0000-0000", "--for", "1h", "--until", "15:00", "--reason", "why");
        yield return Case("ApproveNoLengthOfTime_ExitsTwo", 2, "'soon'", "unblock", "approve", "0000-0000", "--for", "soon", "--reason", "why");
        yield return Case("ApproveUntilPast_ExitsTwo", 2, "is past", "unblock", "approve", "0000-0000", "--until", "2026-11-23T11:00Z", "--reason", "why");
        yield return Case("RefuseUnknown_ExitsTwo", 2, "no request", "unblock", "refuse", "0000-0000", "--reason", "why");
        yield return Case("GrantUnknownTier_ExitsTwo", 2, "--tier", "unblock", "grant", "games.example", "--tier", "nobody", "--for", "1h", "--reason", "why");
        yield return Case("GrantNoUrl_ExitsTwo", 2, "", "unblock", "grant", "http://", "--tier", "pupil", "--for", "1h", "--reason", "why");
        yield return Case("GrantZero_ExitsTwo", 2, "over zero", "unblock", "grant", "games.example", "--tier", "pupil", "--for", "0m", "--reason", "why");
        yield return Case("GrantTooLong_ExitsFour", 4, "at most 10 hours", "unblock", "grant", "games.example", "--tier", "pupil", "--for", "10h1m", "--reason", "why");
        yield return Case("RevokeUnknown_ExitsTwo", 2, "no override 12", "unblock", "revoke", "12", "--reason", "why");
        yield return Case("RevokeNoNumber_ExitsTwo", 2, "twelve", "unblock", "revoke", "twelve", "--reason", "why");
    }

    [TestCaseSource(nameof(WrongWords))]
    public void Unblock(int exitCode, string message, string[] line)
    {
        var run = _box.Run(line);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((exitCode, "")), run.Error);
        Assert.That(run.Error, Does.StartWith("filtergate: ").And.Contain(message));
        Assert.That(_box.State.Overrides(), Is.Empty);
    }

    [Test]
    public void Grant_LockedSample_ExitsFourAndIsOnRecordWithoutItsAddress()
    {
        // The first entry of the demonstration list that ships: names reserved for examples.
        var locked = File.ReadLines(Path.Combine(RepositoryRoot(), "blocklists/locked/iwf-style-sample.csv")).Where(line => !line.StartsWith('#')).Select(line => line.Split(',')[0].Trim('"')).First(entry => entry.Contains(".test", StringComparison.Ordinal) || entry.Contains(".example", StringComparison.Ordinal));

        var run = _box.Run("unblock", "grant", locked, "--tier", "staff", "--for", "1h", "--reason", "please", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused), run.Error);
        Assert.That(JsonDocument.Parse(run.Lines.Single()).RootElement.GetProperty("outcome").GetString(), Is.EqualTo("refused-by-rule"));
        Assert.That(run.Output + run.Error, Does.Not.Contain(locked));
        var attempt = _box.Events.Search(new EventQuery()).Events.Single();
        Assert.That((attempt.Kind, attempt.Host, attempt.Url), Is.EqualTo((EventKind.Audit, (string?)null, (string?)null)));
        Assert.That(_box.State.AuditEntries().Single().Action, Is.EqualTo("override.refused"));
    }

    [TestCase("y\n", true)]
    [TestCase("yes\n", true)]
    [TestCase("n\n", false)]
    [TestCase("\n", false)]
    [TestCase("", false)]
    public void Grant_OnATerminal_AsksFirst(string typed, bool isOpened)
    {
        var run = _box.RunWith(typed, "unblock", "grant", "games.example", "--tier", "pupil", "--for", "1h", "--reason", "why");
        Assert.That(run.Error, Does.Contain("Open the host of games.example? [y/N]"));
        Assert.That((run.ExitCode, _box.State.Overrides().Count), Is.EqualTo(isOpened ? (ExitCode.Done, 1) : (ExitCode.Interrupted, 0)));
    }

    [Test]
    public void Grant_OnATerminalWithYes_DoesNotAsk()
    {
        var run = _box.RunWith("n\n", "unblock", "grant", "games.example", "--tier", "pupil", "--for", "1h", "--reason", "why", "--yes");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Done, "")));
    }

    // What is opened, for whom, until when, why, and whether to: an empty line takes what is in brackets.
    [TestCase("\n\n\nmaths\ny\n", "games.example", "tier:pupil", 60, "maths")]
    [TestCase("1\n1\n30m\nmaths\ny\n", "games.example/play", "device:ipad-14", 30, "maths")]
    [TestCase("2\n3\n13:45\nmaths\nyes\n", "games.example", "everyone", 105, "maths")]
    [TestCase("play.games.example/chess\ntier:staff\n1h\nchess club\ny\n", "play.games.example/chess", "tier:staff", 60, "chess club")]
    [TestCase("bundle:nothing\nbundle:zoom\nnobody\n2\nsoon\n2h\nmaths\ny\n", "bundle:zoom", "tier:pupil", 120, "maths", TestName = "Approve_OnATerminalWrongAnswers_AreAskedForAgain")]
    public async Task Approve_OnATerminal_AsksForScopeEndAndReason(string typed, string site, string audience, int minutes, string reason)
    {
        var reference = await _box.AskedAsync();
        var run = _box.RunWith(typed, "unblock", "approve", reference);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var granted = _box.State.Overrides().Single();
        Assert.That((granted.Site.ToString(), granted.Audience.ToString(), granted.End, granted.Reason), Is.EqualTo((site, audience, StoreBox.Noon.AddMinutes(minutes), reason)));
        Assert.That(run.Output, Does.Contain($"To undo: filtergate unblock revoke {granted.Id} --reason TEXT"));
        Assert.That(run.Error, Does.Contain("What is opened?").And.Contain("For whom?").And.Contain("Until when?").And.Contain("Why?").And.Contain($"Open {site} for ").And.Not.Contain("secret"));
    }

    [TestCase("\n\n\nmaths\nn\n", 130)]
    [TestCase("\n\n", 2, TestName = "Approve_OnATerminalNobodyAnswers_ChangesNothing")]
    [TestCase("bundle:a\nbundle:b\nbundle:c\n", 2, TestName = "Approve_OnATerminalThreeWrongAnswers_ChangesNothing")]
    public async Task Approve_OnATerminalWithoutAYes_ChangesNothing(string typed, int exitCode)
    {
        var reference = await _box.AskedAsync();
        var run = _box.RunWith(typed, "unblock", "approve", reference);
        Assert.That((run.ExitCode, _box.State.Overrides().Count, _box.State.FindRequest(reference)!.Status), Is.EqualTo((exitCode, 0, RequestStatus.Waiting)), run.Error);
    }

    [Test]
    public async Task Approve_OnATerminalWithFlags_AsksForTheRestAlone()
    {
        var run = _box.RunWith("1\ny\n", "unblock", "approve", await _box.AskedAsync(), "--tier", "staff", "--for", "15m", "--reason", "maths");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("What is opened?").And.Not.Contain("For whom?").And.Not.Contain("Until when?").And.Not.Contain("Why?"));
        Assert.That(_box.State.Overrides().Single(), Has.Property("Audience").EqualTo(Audience.ForTier("staff")).And.Property("End").EqualTo(StoreBox.Noon.AddMinutes(15)));
    }

    [Test]
    public async Task Approve_OnATerminalWithYes_AsksNothing()
    {
        var run = _box.RunWith("", "unblock", "approve", await _box.AskedAsync(), "--for", "1h", "--reason", "maths", "--yes");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((ExitCode.Done, "")));
    }

    [Test]
    public async Task Approve_AnsweredAlready_ExitsTwoAndSaysByWhom()
    {
        var reference = await _box.AskedAsync();
        Assert.That(_box.Run("unblock", "refuse", reference, "--reason", "not in lessons").ExitCode, Is.EqualTo(ExitCode.Done));
        var run = _box.Run("unblock", "approve", reference, "--for", "1h", "--reason", "why");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("refused").And.Contain("tech"));
        Assert.That(_box.State.FindRequest(reference)!.Status, Is.EqualTo(RequestStatus.Refused));
    }

    [Test]
    public void Commands_WithoutState_SayWhatToDo()
    {
        foreach (var line in (string[])["unblock list", "overrides list", "unblock revoke 1 --reason why"])
        {
            var run = CommandRun.Of(_box.Host(), [.. line.Split(' '), "--data", "/nonexistent/data"]);
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
            Assert.That(run.Error, Does.Contain("--data"));
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "FilterGate.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
