using System.Text.Json;
using FilterGate.Commands;

namespace FilterGate.Tests.Commands.People;

public sealed class AccessCommandTests
{
    private SchoolBox _box = null!;

    [SetUp]
    public void SetUp()
    {
        _box = new SchoolBox();
        _box.People("p123,Sam Sample,4b,pupil,S.Sample,,,,\nt-tech,Robin Sample,teachers,staff,tech,,,2026-09-01,\ng1,Alex Sample,visitors,guest,,,2026-12-18,,t-head\np9,Left Already,4b,pupil,,,2026-07-22,,\n");
        _box.Devices("laptop-7,10.20.1.7,,,p123,\nipad-14,10.20.1.8,,4b,,yes\n");
    }

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    [TestCase("p123", TestName = "Withdraw_Id_IsBlocked")]
    [TestCase("P123", TestName = "Withdraw_IdInOtherCase_IsBlocked")]
    [TestCase("s.sample", TestName = "Withdraw_LogInNameInOtherSpelling_IsBlocked")]
    [TestCase("person:p123", TestName = "Withdraw_SpeltAsAudience_IsBlocked")]
    public void Withdraw_Person(string who)
    {
        Assert.That(Decision("http://news.example/", "10.20.1.7"), Is.EqualTo("uncategorised"));
        var run = _box.Run("access", "withdraw", who, "--reason", "see incident 12");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Lines, Is.EqualTo(new[] { "p123 has no access until restored; help sites still answer.", "To undo: filtergate access restore p123 --reason TEXT" }));
        Assert.That(Decision("http://news.example/", "10.20.1.7"), Is.EqualTo("access-withdrawn"));
        Assert.That(Decision("https://www.childline.org.uk/", "10.20.1.7"), Is.EqualTo("protected-help"), "help sites come first, whatever else");
        Assert.That(Decision("http://news.example/", "10.20.1.8"), Is.EqualTo("uncategorised"), "others keep theirs");
    }

    [Test]
    public void Withdraw_ThenRestore_IsOnRecord()
    {
        _box.Run("access", "withdraw", "p123", "--reason", "see incident 12", "--until", "2026-12-18");
        var withdrawn = _box.State.Withdrawals().Single();
        Assert.That((withdrawn.Person, withdrawn.End, withdrawn.Reason, withdrawn.Actor), Is.EqualTo(("p123", new DateTimeOffset(2026, 12, 19, 0, 0, 0, TimeSpan.Zero), "see incident 12", "tech")), "the last day counts whole");
        Assert.That(_box.Run("people", "list", "--json", "--group", "4b").Output, Does.Contain("\"withdrawn\""));
        Assert.That(_box.Run("people", "show", "p123").Output, Does.Contain("access   withdrawn").And.Contain("see incident 12"));

        var restore = _box.Run("access", "restore", "p123", "--reason", "talked it over");
        Assert.That((restore.ExitCode, restore.Output), Is.EqualTo((ExitCode.Done, "p123 has access again.\n")), restore.Error);
        Assert.That(Decision("http://news.example/", "10.20.1.7"), Is.EqualTo("uncategorised"));
        Assert.That(_box.State.AuditEntries().Where(a => a.Action.StartsWith("access.", StringComparison.Ordinal)).Select(a => (a.Action, a.Subject, a.Reason)), Is.EqualTo(new[]
        {
            ("access.restore", "withdrawal 1: person p123", "talked it over"), ("access.withdraw", "withdrawal 1: person p123 until 2026-12-19T00:00:00.0000000+00:00", "see incident 12"),
        }));
        var events = _box.Run("events", "search", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement).Where(e => e.GetProperty("reason").GetString() == "access-withdrawn").ToList();
        Assert.That(events.Select(e => e.GetProperty("rule").GetString()), Is.EqualTo(new[] { "withdrawal 1 until 2026-12-19T00:00:00.000Z by tech", "withdrawal 1 restored by tech" }));
    }

    [Test]
    public void Withdraw_Device_IsBlockedWhoeverUsesIt()
    {
        Assert.That(_box.Run("access", "withdraw", "IPAD-14", "--reason", "cracked", "--until", "15:00").Output, Does.StartWith("ipad-14 has no access until 2026-11-23T15:00:00.000Z"));
        Assert.That(Decision("http://news.example/", "10.20.1.8"), Is.EqualTo("access-withdrawn"));
        _box.Box.Clock.Advance(TimeSpan.FromHours(3));
        Assert.That(Decision("http://news.example/", "10.20.1.8"), Is.EqualTo("uncategorised"), "it ends by itself");
    }

    [Test]
    public void Withdraw_DeviceOfThePolicyAlone_IsBlocked()
    {
        Assert.That(_box.Run("access", "withdraw", "projector", "--reason", "why").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(Decision("http://news.example/", "10.20.1.99"), Is.EqualTo("access-withdrawn"));
    }

    [Test]
    public void Withdraw_SomebodyWithoutADevice_SaysWhatTheGatewayCannotKnow() =>
        Assert.That(_box.Run("access", "withdraw", "g1", "--reason", "why").Output, Does.Contain("No device is on loan to g1: on shared devices"));

    [TestCase("nobody", "why", null, "nobody and nothing is called 'nobody'", TestName = "Withdraw_Nobody_SaysSo")]
    [TestCase("Sam Sample", "why", null, "nobody and nothing is called '…'", TestName = "Withdraw_ByName_IsNotPossible")]
    [TestCase("p123", "why", "2026-11-22", "--until: 2026-11-22 is past", TestName = "Withdraw_UntilYesterday_SaysSo")]
    [TestCase("p123", "why", "soon", "'soon' is not a time", TestName = "Withdraw_NoTime_SaysSo")]
    public void Withdraw_Mistake(string who, string reason, string? until, string message)
    {
        var run = _box.Run(["access", "withdraw", who, "--reason", reason, .. until is null ? Array.Empty<string>() : ["--until", until]]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(_box.State.Withdrawals(), Is.Empty);
    }

    [Test]
    public void Withdraw_PersonAndDeviceOfOneName_AsksWhich()
    {
        _box.Devices("p123,10.20.1.9,,,,\n");
        Assert.That(_box.Run("access", "withdraw", "p123", "--reason", "why").Error, Does.Contain("write person:p123 or device:p123"));
        Assert.That(_box.Run("access", "withdraw", "device:p123", "--reason", "why").ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(_box.State.Withdrawals().Single().Device, Is.EqualTo("p123"));
    }

    [Test]
    public void Restore_OnesOwn_IsRefusedAndOnRecord()
    {
        _box.Run("access", "withdraw", "t-tech", "--reason", "why");
        var run = _box.Run("access", "restore", "t-tech", "--reason", "please");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Refused));
        Assert.That(_box.State.AuditEntries()[0], Has.Property("Action").EqualTo("access.refused").And.Property("Subject").EqualTo("person t-tech"));
        Assert.That(_box.State.LiveWithdrawals(StoreBox.Noon, _box.State.CurrentRoster()).FindPerson("t-tech", StoreBox.Noon), Is.Not.Null);
    }

    [TestCase("p123", "the access of p123 is not withdrawn", TestName = "Restore_NotWithdrawn_SaysSo")]
    [TestCase("p9", "the last day is over; to change that: filtergate people change p9 --until DAY", TestName = "Restore_SomebodyWhoLeft_SaysWhatToDo")]
    public void Restore_Nothing(string who, string message)
    {
        var run = _box.Run("access", "restore", who, "--reason", "why");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void Grant_Agreement_IsInTheRecord()
    {
        Assert.That(_box.Run("access", "list", "--no-agreement", "--role", "guest").Lines, Has.Length.EqualTo(1));
        Assert.That(_box.Run("access", "grant", "g1", "--agreement", "20/11/2026").Output, Is.EqualTo("g1: agreement signed 2026-11-20, noted in the record.\n"));
        Assert.That(_box.Run("access", "list", "--no-agreement", "--role", "guest").Lines, Is.Empty);
        Assert.That(_box.Run("access", "grant", "g1", "--agreement", "2027-01-01").Error, Does.Contain("it lies in the future"));
        Assert.That(_box.Run("access", "grant", "g1", "--agreement", "yesterday").Error, Does.Contain("--agreement: it is no date"));
    }

    [Test]
    public void List_Record_HasThoseWhoLeftToo()
    {
        _box.Run("people", "remove", "p123", "--reason", "=HYPERLINK(\"http://evil.example\")");
        Assert.That(_box.Run("access", "list").Output, Does.Not.Contain("p123").And.Not.Contain("Sample"));
        var row = _box.Run("access", "list", "--all", "--json").Lines.Select(l => JsonDocument.Parse(l).RootElement).Single(r => r.GetProperty("person").GetString() == "p123");
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])[
            "person", "name", "role", "group", "granted_at", "granted_by", "agreement", "authorised_by", "from", "until", "state", "ended_at", "ended_by", "end_reason"]));
        Assert.That((row.GetProperty("state").GetString(), row.GetProperty("ended_by").GetString(), row.GetProperty("name").GetString()), Is.EqualTo(("ended", "tech", "…")));

        var csv = _box.Run("access", "list", "--all", "--csv", "--reveal", "--reason", "governors' visit");
        Assert.That(csv.Output, Does.StartWith("person,name,role,group,granted_at,").And.Contain("Sam Sample").And.Contain("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "no formula of whoever wrote the reason runs in the head's spreadsheet");
        Assert.That(csv.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(5));
        Assert.That(_box.Run("access", "list", "--csv").Output, Does.Not.Contain("Sample"));
        Assert.That(_box.Run("access", "list", "--csv", "--json").ExitCode, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public void Check_DeviceThatNobodyNamed_IsTheYoungestPupils()
    {
        var row = JsonDocument.Parse(_box.Run("check", "http://news.example/", "--client", "10.20.77.77", "--json").Lines.Single()).RootElement;
        Assert.That(row.GetProperty("tier").GetString(), Is.EqualTo("pupil"));
    }

    private string? Decision(string url, string client)
    {
        var run = _box.Run("check", url, "--client", client, "--json");
        return JsonDocument.Parse(run.Lines.Single()).RootElement.GetProperty("reason").GetString();
    }
}
