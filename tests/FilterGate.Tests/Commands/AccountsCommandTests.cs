using System.Text.Json;
using System.Text.RegularExpressions;
using FilterGate.Commands;
using FilterGate.State;

namespace FilterGate.Tests.Commands;

public sealed partial class AccountsCommandTests
{
    private StoreBox _box = null!;

    [SetUp]
    public void SetUp() => _box = new StoreBox();

    [TearDown]
    public async Task TearDown() => await _box.DisposeAsync();

    private string Enrol(string person)
    {
        var token = Link().Match(_box.Run("accounts", "invite", person).Output).Groups["token"].Value;
        Assert.That(_box.State.Enrol(token, "a hash", 1, passkey: null), Is.EqualTo(person));
        return token;
    }

    [Test]
    public void Invite_PrintsALinkThatWorksOnceAndKeepsNoToken()
    {
        var run = _box.Run("accounts", "invite", "head");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output.Trim(), Does.StartWith("http://localhost:8090/enrol/"));
        Assert.That(run.Error, Does.Contain("until 2026-11-24 12:00:00").And.Contain("cannot sign in yet"), "24 hours; the sample policy names nobody");

        var token = Link().Match(run.Output).Groups["token"].Value;
        Assert.That(_box.State.FindInvitation(token)!.Person, Is.EqualTo("head"));
        var audit = _box.State.AuditEntries().Single(e => e.Action == "account.invite");
        Assert.That((audit.Actor, audit.Subject.Contains("head", StringComparison.Ordinal)), Is.EqualTo(("tech", true)));
        Assert.That(_box.State.AuditEntries().Select(e => e.Subject), Has.None.Contains(token));
    }

    [Test]
    public void Invite_AsJson_IsOneObject()
    {
        var row = JsonDocument.Parse(_box.Run("accounts", "invite", "head", "--for", "7d", "--site", "https://review.school.example:8443", "--json").Lines.Single()).RootElement;
        Assert.That(row.EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])["person", "link", "until", "roles"]));
        Assert.That(row.GetProperty("link").GetString(), Does.StartWith("https://review.school.example:8443/enrol/"));
        Assert.That(row.GetProperty("until").GetString(), Is.EqualTo("2026-11-30T12:00:00.000Z"));
    }

    [TestCase("accounts invite head --for 8d", "at most 7 days")]
    [TestCase("accounts invite head --for 0s", "at most 7 days")]
    [TestCase("accounts invite head --for soon", "not a length of time")]
    [TestCase("accounts invite ../head", "not a person's id")]
    [TestCase("accounts invite head --site review.school.example", "address of a site")]
    [TestCase("accounts invite head --site https://review.school.example/path", "address of a site")]
    [TestCase("accounts remove nobody --reason gone", "neither an account nor an invitation")]
    [TestCase("accounts remove head", "--reason")]
    [TestCase("accounts sessions nobody", "no account")]
    [TestCase("accounts invite", "PERSON")]
    public void Run_SomethingWrong_IsUsage(string line, string says)
    {
        var run = _box.Run(line.Split(' '));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(says).IgnoreCase);
        Assert.That(_box.State.AuditEntries(), Is.Empty);
    }

    [Test]
    public void List_AccountsAndInvitations_ShowsNoSecret()
    {
        Assert.That(_box.Run("accounts", "list").Error, Does.Contain("Nobody has an account"));
        Enrol("head");
        _box.State.StartAccountSession("head", SignInMethod.PasswordAndCode, "10.20.1.2", 5);
        var waiting = Link().Match(_box.Run("accounts", "invite", "t-hill").Output).Groups["token"].Value;

        var run = _box.Run("accounts", "list");
        Assert.That(run.Output, Does.Contain("password and code").And.Contain("1 session").And.Contain("no account, invited until"));
        var json = _box.Run("accounts", "list", "--json");
        Assert.That(run.Output + json.Output, Does.Not.Contain("a hash").And.Not.Contain(waiting).And.Not.Contain("secret"));
        var rows = json.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.That(rows[0].EnumerateObject().Select(p => p.Name), Is.EqualTo((string[])["person", "has_password", "passkeys", "sessions", "created_at", "last_sign_in_at", "locked_until", "invited_until"]));
        Assert.That(rows.Select(r => (r.GetProperty("person").GetString(), r.GetProperty("has_password").GetBoolean(), r.GetProperty("sessions").GetInt32())), Is.EqualTo([("head", true, 1), ("t-hill", false, 0)]));
    }

    [Test]
    public void List_LockedAccount_SaysUntilWhen()
    {
        Enrol("head");
        for (var i = 0; i < StateStore.FailuresMax; i++) _box.State.BeginSignIn("head", "10.20.1.2");
        Assert.That(_box.Run("accounts", "list").Output, Does.Contain("locked until 2026-11-23 12:15:00"));
        _box.Clock.Advance(StateStore.LockOut);
        Assert.That(_box.Run("accounts", "list").Output, Does.Not.Contain("locked"));
    }

    [Test]
    public void Sessions_End_SignsOutEverywhere()
    {
        Enrol("head");
        var session = _box.State.StartAccountSession("head", SignInMethod.PasswordAndCode, "10.20.1.2", 5)!;
        Assert.That(_box.Run("accounts", "sessions", "head").Output, Does.Contain("10.20.1.2"));
        Assert.That(_box.State.ContinueSession(session), Is.Not.Null);
        Assert.That(_box.Run("accounts", "sessions", "head", "--end").Output, Does.Contain("ended"));
        Assert.That(_box.State.ContinueSession(session), Is.Null);
        Assert.That(_box.Run("accounts", "sessions", "head").Error, Does.Contain("signed in nowhere"));
    }

    [Test]
    public void Remove_AtATerminal_AsksFirst()
    {
        Enrol("head");
        Assert.That(_box.RunWith("n", "accounts", "remove", "head", "--reason", "left").ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(_box.State.FindAccount("head"), Is.Not.Null);
        var run = _box.RunWith("y", "accounts", "remove", "head", "--reason", "left");
        Assert.That((run.ExitCode, _box.State.FindAccount("head")), Is.EqualTo((ExitCode.Done, (AccountRecord?)null)));
        Assert.That(_box.State.AuditEntries()[0].Reason, Is.EqualTo("left"));
    }

    [GeneratedRegex("/enrol/(?<token>[A-Za-z0-9_-]{43})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
