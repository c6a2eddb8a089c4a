using System.Net;
using FilterGate.Policy.People;
using FilterGate.Review.Accounts;
using FilterGate.State;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Accounts;

/// <summary>Signing in over HTTP, as a browser without script does it.</summary>
public sealed class SignInTests
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private Roster _roster = Roster.Empty;

    [SetUp]
    public async Task SetUpAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        _roster = Roster.Empty;
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(_roster), clock: _clock);
    }

    [TearDown]
    public async Task TearDownAsync() => await _site.DisposeAsync();

    private string CodeNow(byte[] secret) => Totp.Code(secret, Totp.StepAt(_clock.GetUtcNow()));

    private void NextStep() => _clock.Advance(TimeSpan.FromSeconds(Totp.StepSeconds));

    [Test]
    public async Task SignIn_RightPasswordAndCode_StartsASessionWithAStrictCookie()
    {
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        using var answer = await visitor.SignInAsync("head", Visitor.Password, CodeNow(secret));

        Assert.That((int)answer.StatusCode, Is.EqualTo(302));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("filtergate=", StringComparison.Ordinal));
        Assert.That(cookie, Does.Contain("httponly").And.Contain("samesite=strict").And.Contain("path=/").And.Not.Contain("expires").And.Not.Contain("domain"));
        Assert.That(await visitor.ReadAsync("/account"), Does.Contain("Where you are signed in").And.Contain("Sign out"));
        Assert.That(_site.State.AccountSessions("head").Single().Method, Is.EqualTo(SignInMethod.PasswordAndCode));
    }

    public enum Wrong { Person, Password, PasswordInOtherCase, Code, NoCode, NoPassword, UsedCode, LongPassword }

    [TestCase(Wrong.Person)]
    [TestCase(Wrong.Password)]
    [TestCase(Wrong.PasswordInOtherCase)]
    [TestCase(Wrong.Code)]
    [TestCase(Wrong.NoCode)]
    [TestCase(Wrong.NoPassword)]
    [TestCase(Wrong.UsedCode)]
    [TestCase(Wrong.LongPassword)]
    public async Task SignIn_SomethingWrong_HasOneAnswer(Wrong wrong)
    {
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        var used = CodeNow(secret);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        var (person, password, code) = wrong switch
        {
            Wrong.Person => ("nobody", Visitor.Password, CodeNow(secret)),
            Wrong.Password => ("head", "another horse battery", CodeNow(secret)),
            Wrong.PasswordInOtherCase => ("head", Visitor.Password.ToUpperInvariant(), CodeNow(secret)),
            Wrong.Code => ("head", Visitor.Password, CodeNow([1, 2, 3])),
            Wrong.NoCode => ("head", Visitor.Password, ""),
            Wrong.NoPassword => ("head", "", CodeNow(secret)),
            Wrong.UsedCode => ("head", Visitor.Password, used),
            _ => ("head", new string('x', 20_000), CodeNow(secret)),
        };
        using var answer = await visitor.SignInAsync(person, password, code);

        Assert.That((int)answer.StatusCode, Is.EqualTo(403));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(SignInDesk.Failed));
        Assert.That(_site.State.AccountSessions(person: null), Is.Empty);
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(302));
    }

    [Test]
    public async Task SignIn_TheSameCodeTwice_WorksOnce()
    {
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        NextStep();
        using Visitor first = new(_site.Address), second = new(_site.Address);
        Assert.That((int)(await first.SignInAsync("head", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(302));
        Assert.That((int)(await second.SignInAsync("head", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(403));
        NextStep();
        Assert.That((int)(await second.SignInAsync("head", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(302));
    }

    [Test]
    public async Task SignIn_AfterFiveFailures_IsLockedForFifteenMinutesWithTheSameWords()
    {
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        for (var i = 0; i < StateStore.FailuresMax; i++) await visitor.SignInAsync("head", "wrong wrong wrong", "000000");

        using var locked = await visitor.SignInAsync("head", Visitor.Password, CodeNow(secret));
        Assert.That((int)locked.StatusCode, Is.EqualTo(403), "the right password does not help now");
        Assert.That(await locked.Content.ReadAsStringAsync(), Does.Contain(SignInDesk.Failed));

        _clock.Advance(StateStore.LockOut);
        Assert.That((int)(await visitor.SignInAsync("head", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(302));
    }

    [Test]
    public async Task SignIn_TooOftenFromOneAddress_Is429ForEveryAccount()
    {
        using var visitor = new Visitor(_site.Address);
        for (var i = 0; i < AddressLimit.TriesMax; i++) Assert.That((int)(await visitor.SendAsync("/sign-in", "/sign-in/passkey")).StatusCode, Is.EqualTo(200));
        using var answer = await visitor.SignInAsync("head", "x", "1");
        Assert.That((int)answer.StatusCode, Is.EqualTo(429));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(SignInDesk.TooMany));
        Assert.That(_site.State.AuditEntries(), Is.Empty, "nobody's account is locked by it");
    }

    [TestCase("/decide", "/decide")]
    [TestCase("/account", "/account")]
    [TestCase("https://elsewhere.example/", "/sign-in")]
    [TestCase("//elsewhere.example", "/sign-in")]
    [TestCase("/no-such-page", "/sign-in")]
    [TestCase("", "/sign-in")]
    public async Task SignIn_Return_LeadsToPagesOfOursAlone(string wanted, string location)
    {
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        using var answer = await visitor.SendAsync("/sign-in", "/sign-in", ("person", "head"), ("password", Visitor.Password), ("code", CodeNow(secret)), ("return", wanted));
        Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo(location));
    }

    [Test]
    public async Task SignOut_EndsTheSessionForTheStolenCookieToo()
    {
        using var visitor = await Visitor.SignedInAsync(_site, "head", _clock);
        var stolen = new CookieContainer();
        stolen.Add(_site.Address, new Cookie("filtergate", visitor.Cookies.GetCookies(_site.Address)["filtergate"]!.Value));
        using var thief = new Visitor(_site.Address, stolen);
        Assert.That((int)(await thief.GetAsync("/account")).StatusCode, Is.EqualTo(200));

        Assert.That((await visitor.SendAsync("/account", "/sign-out")).Headers.Location?.ToString(), Is.EqualTo("/sign-in?done=signed-out"));
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(302));
        Assert.That((int)(await thief.GetAsync("/account")).StatusCode, Is.EqualTo(302));
    }

    [Test]
    public async Task Session_EndedByTheTechnician_IsOverWithTheNextPage()
    {
        using var visitor = await Visitor.SignedInAsync(_site, "head", _clock);
        Assert.That(_site.State.EndAccountSessions("head", id: null, "tech"), Is.EqualTo(1));
        Assert.That((await visitor.GetAsync("/account")).Headers.Location?.ToString(), Is.EqualTo("/sign-in?return=%2Faccount"));
    }

    [TestCase(19, true)]
    [TestCase(20, false)]
    public async Task Session_Idle(int minutes, bool lives)
    {
        using var visitor = await Visitor.SignedInAsync(_site, "head", _clock);
        _clock.Advance(TimeSpan.FromMinutes(minutes));
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(lives ? 200 : 302));
    }

    [Test]
    public async Task Session_UsedAllDay_EndsAfterTwelveHours()
    {
        using var visitor = await Visitor.SignedInAsync(_site, "head", _clock);
        for (var i = 0; i < 47; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(15));
            Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(200));
        }
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(302));
    }

    [Test]
    public async Task Session_OfSomebodyWhoHasLeft_IsOverAndTheySignInNoMore()
    {
        _roster = new Roster([new Person("t-park", "T. Park", Group: null, PersonRole.Staff)], []);
        var secret = await Visitor.EnrolAsync(_site, "t-park", _clock);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        await visitor.SignInAsync("t-park", Visitor.Password, CodeNow(secret));
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(200));

        _roster = new Roster([new Person("t-park", "T. Park", Group: null, PersonRole.Staff) { Until = _clock.GetUtcNow() }], []);
        Assert.That((int)(await visitor.GetAsync("/account")).StatusCode, Is.EqualTo(302));
        NextStep();
        Assert.That((int)(await visitor.SignInAsync("t-park", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(403));
    }

    [Test]
    public async Task SignIn_APupilWithAnInvitation_IsNobody()
    {
        _roster = new Roster([new Person("p123", "A. Pupil", "4b", PersonRole.Pupil)], []);
        var secret = await Visitor.EnrolAsync(_site, "p123", _clock);
        NextStep();
        using var visitor = new Visitor(_site.Address);
        Assert.That((int)(await visitor.SignInAsync("p123", Visitor.Password, CodeNow(secret))).StatusCode, Is.EqualTo(403));
    }

    [TestCase("/sign-in")]
    [TestCase("/sign-in/passkey")]
    [TestCase("/sign-out")]
    [TestCase("/account")]
    [TestCase("/account/passkey")]
    public async Task Post_WithoutTheTokenOfAPage_ChangesNothing(string action)
    {
        using var visitor = await Visitor.SignedInAsync(_site, "head", _clock);
        using var another = new Visitor(_site.Address);
        var foreign = Visitor.Token(await another.ReadAsync("/sign-in"))!;
        foreach (var token in new[] { null, "", "nonsense", foreign })
        {
            using var answer = await visitor.PostAsync(action, token is null ? [("end", "all")] : [(Visitor.TokenName, token), ("end", "all")]);
            Assert.That((int)answer.StatusCode, Is.EqualTo(400), $"token {token}");
        }
        Assert.That(_site.State.AccountSessions("head"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Post_ATokenFromBeforeSignIn_IsNotTakenAfter()
    {
        using var visitor = new Visitor(_site.Address);
        var before = Visitor.Token(await visitor.ReadAsync("/sign-in"))!;
        var secret = await Visitor.EnrolAsync(_site, "head", _clock);
        NextStep();
        await visitor.SignInAsync("head", Visitor.Password, CodeNow(secret));
        Assert.That((int)(await visitor.PostAsync("/sign-out", (Visitor.TokenName, before))).StatusCode, Is.EqualTo(400));
    }

    [Test]
    public async Task Account_EndAnotherSession_LeavesThisOne()
    {
        using var here = await Visitor.SignedInAsync(_site, "head", _clock);
        var mine = _site.State.AccountSessions("head").Single().Id;
        var elsewhere = _site.State.StartAccountSession("head", SignInMethod.Passkey, "10.0.0.9", totpStep: null)!;
        var other = _site.State.AccountSessions("head").Single(s => s.Id != mine).Id;
        await here.SendAsync("/account", "/account", ("end", $"{other}"));
        Assert.That(_site.State.ContinueSession(elsewhere), Is.Null);
        Assert.That(await here.ReadAsync("/account?done=ended"), Does.Contain("That session has ended."));
    }

    [Test]
    public async Task Account_AnothersSession_IsNotEnded()
    {
        using var head = await Visitor.SignedInAsync(_site, "head", _clock);
        using var teacher = await Visitor.SignedInAsync(_site, "t-hill", _clock);
        await teacher.SendAsync("/account", "/account", ("end", $"{_site.State.AccountSessions("head").Single().Id}"));
        Assert.That((int)(await head.GetAsync("/account")).StatusCode, Is.EqualTo(200));
    }

    [TestCase("short one", "short one", "at least 12")]
    [TestCase("correct horse battery", "correct horse batterz", "differ")]
    [TestCase("correct horse battery", "correct horse battery", "authenticator", "000000")]
    [TestCase("Password2026!", "Password2026!", "guess first")]
    public async Task Enrol_SomethingWrong_SaysWhatAndKeepsTheInvitation(string password, string again, string says, string? code = null)
    {
        var token = _site.State.Invite("head", TimeSpan.FromHours(1), "tech");
        var secret = _site.State.FindInvitation(token)!.TotpSecret;
        using var visitor = new Visitor(_site.Address);
        using var answer = await visitor.SendAsync($"/enrol/{token}", $"/enrol/{token}", ("password", password), ("again", again), ("code", code ?? CodeNow(secret)));

        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.That(page, Does.Contain(says).And.Contain(Totp.SpellInGroups(secret)), "the app keeps its key");
        Assert.That(page, Does.Not.Contain(password), "a password is never sent back");
        Assert.That(_site.State.FindAccount("head"), Is.Null);
        Assert.That(_site.State.FindInvitation(token), Is.Not.Null);
    }

    [Test]
    public async Task Enrol_UsedOverOrInvented_Is404()
    {
        var token = _site.State.Invite("head", TimeSpan.FromHours(1), "tech");
        using var visitor = new Visitor(_site.Address);
        Assert.That((int)(await visitor.GetAsync($"/enrol/{token}")).StatusCode, Is.EqualTo(200));
        Assert.That((int)(await visitor.GetAsync("/enrol/AAAA")).StatusCode, Is.EqualTo(404));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That((int)(await visitor.GetAsync($"/enrol/{token}")).StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Page_Script_IsOurOwnFileAndNothingElse()
    {
        using var visitor = new Visitor(_site.Address);
        foreach (var path in new[] { "/sign-in", "/", "/log", "/no-such-page" })
        {
            using var answer = await visitor.GetAsync(path);
            Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("script-src 'self';").And.Not.Contain("unsafe").And.Not.Contain("http"), path);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Match("<script(?! src=\"/)").And.Not.Match("<[^>]* on[a-z]+="), path);
        }
    }

    [Test]
    public async Task Passkey_AnswerOfNoAuthenticator_IsRefused()
    {
        using var visitor = new Visitor(_site.Address);
        foreach (var credential in new[] { "{}", "nonsense", "[1]", /*lang=json,strict*/ """{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}""", new string('x', 20_000) })
        {
            using var asked = await visitor.SendAsync("/sign-in", "/sign-in/passkey");
            var ceremony = System.Text.Json.JsonDocument.Parse(await asked.Content.ReadAsStringAsync()).RootElement.GetProperty("ceremony").GetString()!;
            using var answer = await visitor.SendAsync("/sign-in", "/sign-in", ("ceremony", ceremony), ("credential", credential));
            Assert.That((int)answer.StatusCode, Is.EqualTo(403), credential[..Math.Min(20, credential.Length)]);
        }
    }
}
