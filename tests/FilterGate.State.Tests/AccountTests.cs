using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.State.Tests;

internal sealed class AccountTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TempFolder _temp = null!;
    private FakeTimeProvider _clock = null!;
    private StateStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _clock = new FakeTimeProvider(Noon);
        _store = StateStore.Open(_temp["data/state.db"], _clock);
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    private static PasskeyRecord Passkey(byte id) => new([id, 1, 2], [9], 5, ["internal", "hybrid"], IsUserVerified: true, IsBackupEligible: true, IsBackedUp: false, [7], [8], Noon);

    private void EnrolWithPassword(string person = "head") => Assert.That(_store.Enrol(_store.Invite(person, TimeSpan.FromHours(1), "tech"), "hash", totpStep: 10, passkey: null), Is.EqualTo(person));

    [Test]
    public void Enrol_WithItsToken_WorksOnceAndKeepsNoToken()
    {
        var token = _store.Invite("head", TimeSpan.FromHours(24), "tech");
        var invited = _store.FindInvitation(token)!;
        Assert.That((invited.Person, invited.CreatedBy, invited.ExpiresAt, invited.TotpSecret.Length), Is.EqualTo(("head", "tech", Noon.AddHours(24), 20)));

        Assert.That(_store.Enrol(token, "hash", 10, passkey: null), Is.EqualTo("head"));
        Assert.That(_store.Enrol(token, "other", 11, passkey: null), Is.Null, "used");
        Assert.That(_store.FindInvitation(token), Is.Null);
        var account = _store.FindAccount("head")!;
        Assert.That((account.PasswordHash, account.TotpSecret), Is.EqualTo(("hash", invited.TotpSecret)));
        Assert.That(_store.AuditEntries().Select(e => e.Action), Is.EqualTo(["account.enrol", "account.invite"]));
        Assert.That(_store.AuditEntries().Select(e => e.Subject + e.Reason), Has.None.Contains(token).And.None.Contains("hash"));
        Assert.That($"{account}{invited}", Does.Not.Contain("hash"), "nothing prints a secret by accident");
    }

    [TestCase("", TestName = "FindInvitation_Empty_IsNull")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", TestName = "FindInvitation_AnotherToken_IsNull")]
    public void FindInvitation_Unknown_IsNull(string token)
    {
        _store.Invite("head", TimeSpan.FromHours(1), "tech");
        Assert.That(_store.FindInvitation(token), Is.Null);
        Assert.That(_store.Enrol(token, "hash", 1, passkey: null), Is.Null);
    }

    [Test]
    public void FindInvitation_AtItsEndOrReplaced_IsNull()
    {
        var first = _store.Invite("head", TimeSpan.FromHours(1), "tech");
        var second = _store.Invite("head", TimeSpan.FromHours(1), "tech");
        Assert.That(_store.FindInvitation(first), Is.Null);
        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.That(_store.FindInvitation(second), Is.Not.Null);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(_store.FindInvitation(second), Is.Null);
        Assert.That(_store.Invitations(), Is.Empty);
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(7 * 24 + 1)]
    public void Invite_TooShortOrTooLong_Throws(int hours) =>
        Assert.That(() => _store.Invite("head", TimeSpan.FromHours(hours), "tech"), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Enrol_Anew_ReplacesPasswordPasskeysAndSessions()
    {
        EnrolWithPassword();
        _store.AddPasskey("head", Passkey(1));
        var session = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;

        _store.Enrol(_store.Invite("head", TimeSpan.FromHours(1), "tech"), passwordHash: null, totpStep: 0, Passkey(2));

        Assert.That(_store.ContinueSession(session), Is.Null);
        Assert.That(_store.FindPasskeyOwner([1, 1, 2]), Is.Null);
        Assert.That(_store.FindPasskeyOwner([2, 1, 2]), Is.EqualTo("head"));
        Assert.That(_store.FindAccount("head")!.PasswordHash, Is.Null);
    }

    [Test]
    public void BeginSignIn_FiveInARow_LocksForFifteenMinutes()
    {
        EnrolWithPassword();
        for (var i = 0; i < StateStore.FailuresMax; i++) Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.True, $"try {i + 1}");
        Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.False);
        Assert.That(_store.FindAccount("head")!.LockedUntil, Is.EqualTo(Noon.AddMinutes(15)));

        _clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.False, "a locked try does not lengthen it either");
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.True);
    }

    [Test]
    public void StartSession_OnTheFifthTry_Unlocks()
    {
        EnrolWithPassword();
        for (var i = 0; i < StateStore.FailuresMax; i++) _store.BeginSignIn("head", "10.0.0.1");
        Assert.That(_store.StartAccountSession("head", SignInMethod.PasswordAndCode, "10.0.0.1", totpStep: 11), Is.Not.Null);
        Assert.That(_store.FindAccount("head")!.LockedUntil, Is.Null);
        for (var i = 0; i < StateStore.FailuresMax; i++) Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.True, "counted from nothing again");
    }

    [Test]
    public void StartSession_WithAPasskeyWhileLocked_WorksAndLeavesTheLock()
    {
        EnrolWithPassword();
        for (var i = 0; i < StateStore.FailuresMax; i++) _store.BeginSignIn("head", "10.0.0.1");
        Assert.That(_store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null), Is.Not.Null);
        Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.False, "whoever guesses passwords is still locked out");
    }

    [Test]
    public void BeginSignIn_UnknownPerson_IsRefusedAndWritesAsManyRowsAsAWrongPassword()
    {
        EnrolWithPassword();
        var before = _store.AuditEntries().Count;
        Assert.That(_store.BeginSignIn("hunter2 is my password", "10.0.0.1"), Is.False);
        Assert.That(_store.AuditEntries(), Has.Count.EqualTo(before + 1));
        Assert.That(_store.AuditEntries()[0].ToString(), Does.Not.Contain("hunter2"));
        Assert.That(_store.BeginSignIn("head", "10.0.0.1"), Is.True);
        Assert.That(_store.AuditEntries(), Has.Count.EqualTo(before + 2));
    }

    [Test]
    public void BeginSignIn_ManyAtOnce_AreNotMoreThanFive()
    {
        EnrolWithPassword();
        using var other = StateStore.Open(_temp["data/state.db"], _clock);
        var tried = 0;
        Parallel.For(0, 40, i =>
        {
            if ((i % 2 == 0 ? _store : other).BeginSignIn("head", "10.0.0.1")) Interlocked.Increment(ref tried);
        });
        Assert.That(tried, Is.EqualTo(StateStore.FailuresMax));
    }

    [TestCase(11, true, TestName = "StartSession_LaterStep_Works")]
    [TestCase(10, false, TestName = "StartSession_TheStepUsedAtEnrolment_IsRefused")]
    [TestCase(9, false, TestName = "StartSession_EarlierStep_IsRefused")]
    public void StartSession_Step(long step, bool works)
    {
        EnrolWithPassword();
        Assert.That(_store.StartAccountSession("head", SignInMethod.PasswordAndCode, "10.0.0.1", step) is not null, Is.EqualTo(works));
        Assert.That(_store.StartAccountSession("head", SignInMethod.PasswordAndCode, "10.0.0.1", step), Is.Null, "never twice");
    }

    [Test]
    public void ContinueSession_IdleFor20Minutes_HasEnded()
    {
        EnrolWithPassword();
        var token = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(19));
            Assert.That(_store.ContinueSession(token)!.Person, Is.EqualTo("head"));
        }
        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.That(_store.ContinueSession(token), Is.Null);
        Assert.That(_store.AccountSessions("head"), Is.Empty);
    }

    [Test]
    public void ContinueSession_After12Hours_HasEndedThoughUsed()
    {
        EnrolWithPassword();
        var token = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;
        for (var i = 0; i < 47; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(15));
            Assert.That(_store.ContinueSession(token), Is.Not.Null);
        }
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.That(_store.ContinueSession(token), Is.Null);
    }

    [Test]
    public void ContinueSession_WithinAMinute_WritesNothing()
    {
        EnrolWithPassword();
        var token = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;
        var version = _store.DataVersion();
        _clock.Advance(TimeSpan.FromSeconds(59));
        _store.ContinueSession(token);
        Assert.That(_store.DataVersion(), Is.EqualTo(version));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _store.ContinueSession(token);
        Assert.That(_store.DataVersion(), Is.Not.EqualTo(version));
    }

    [Test]
    public void StartSession_BeyondTheMost_EndsTheOldest()
    {
        EnrolWithPassword();
        var tokens = Enumerable.Range(0, StateStore.SessionsMax + 1).Select(_ => _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!).ToList();
        Assert.That(_store.ContinueSession(tokens[0]), Is.Null);
        Assert.That(tokens.Skip(1).Select(_store.ContinueSession), Has.All.Not.Null);
    }

    [Test]
    public void EndSessions_OfOnePerson_LeavesOthers()
    {
        EnrolWithPassword();
        EnrolWithPassword("t-hill");
        var mine = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;
        var theirs = _store.StartAccountSession("t-hill", SignInMethod.Passkey, "10.0.0.2", totpStep: null)!;
        var id = _store.AccountSessions("t-hill").Single().Id;
        Assert.That(_store.EndAccountSessions("head", id, "head"), Is.Zero, "another's session is not mine to end");
        Assert.That(_store.EndAccountSessions("head", id: null, "head"), Is.EqualTo(1));
        Assert.That((_store.ContinueSession(mine), _store.ContinueSession(theirs)?.Person), Is.EqualTo(((AccountSession?)null, "t-hill")));
    }

    [Test]
    public void RemoveAccount_TakesEverythingAlong()
    {
        EnrolWithPassword();
        _store.AddPasskey("head", Passkey(1));
        var session = _store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null)!;
        var token = _store.Invite("head", TimeSpan.FromHours(1), "tech");

        Assert.That(_store.RemoveAccount("head", "left the school", "tech"), Is.True);
        Assert.That(_store.RemoveAccount("head", "left the school", "tech"), Is.False);
        Assert.That((_store.FindAccount("head"), _store.ContinueSession(session), _store.FindInvitation(token), _store.FindPasskeyOwner([1, 1, 2])), Is.EqualTo(((AccountRecord?)null, (AccountSession?)null, (InvitationRecord?)null, (string?)null)));
        Assert.That(_store.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.1", totpStep: null), Is.Null);
    }

    [Test]
    public void Passkeys_AreKeptWholeAndBounded()
    {
        EnrolWithPassword();
        Assert.That(_store.AddPasskey("head", Passkey(1)), Is.True);
        Assert.That(_store.AddPasskey("head", Passkey(1)), Is.False, "known already");
        Assert.That(_store.AddPasskey("nobody", Passkey(2)), Is.False);
        var kept = _store.Passkeys("head").Single();
        Assert.That((kept.CredentialId, kept.PublicKey, kept.SignCount, kept.IsUserVerified, kept.IsBackupEligible, kept.IsBackedUp), Is.EqualTo((new byte[] { 1, 1, 2 }, new byte[] { 9 }, 5u, true, true, false)));
        Assert.That(kept.Transports, Is.EqualTo(["internal", "hybrid"]));

        _store.NotePasskeyUse([1, 1, 2], uint.MaxValue, isBackedUp: true);
        kept = _store.Passkeys("head").Single();
        Assert.That((kept.SignCount, kept.IsBackedUp, kept.LastUsedAt), Is.EqualTo((uint.MaxValue, true, Noon)));

        for (byte i = 2; i <= StateStore.PasskeysMax; i++) Assert.That(_store.AddPasskey("head", Passkey(i)), Is.True);
        Assert.That(_store.AddPasskey("head", Passkey(200)), Is.False);
    }

    [Test]
    public void RemovePasskey_TheLastWayIn_IsRefused()
    {
        _store.Enrol(_store.Invite("head", TimeSpan.FromHours(1), "tech"), passwordHash: null, totpStep: 0, Passkey(1));
        Assert.That(_store.RemovePasskey("head", [1, 1, 2], "head"), Is.False);
        _store.AddPasskey("head", Passkey(2));
        Assert.That(_store.RemovePasskey("t-hill", [1, 1, 2], "t-hill"), Is.False, "another's");
        Assert.That(_store.RemovePasskey("head", [1, 1, 2], "head"), Is.True);
    }
}
