using FilterGate.Policy.People;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Accounts;

/// <summary>Who sees what: a row a role. Behind TLS everything needs sign-in; on loopback the log does not.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class RoleTests(bool isSecure)
{
    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<string, Visitor> _visitors = new(StringComparer.Ordinal);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        var roster = new Roster([new Person("office", "O. Ffice", Group: null, PersonRole.Staff)], []);
        var options = new ReviewSiteOptions { IsSecure = isSecure, Names = ["review.school.example"] };
        var certificate = TestCertificate.Make();
        _site = await RunningSite.StartAsync(
            RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now))), () => SamplePolicy.With(roster), options, _clock,
            isSecure ? host => host.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate))) : null);
        _visitors["nobody"] = new Visitor(_site.Address);
        foreach (var person in new[] { "head", "deputy-head", "technician", "it-partner", "dsl", "t-hill", "office" }) _visitors[person] = await Visitor.SignedInAsync(_site, person, _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var visitor in _visitors.Values) visitor.Dispose();
        await _site.DisposeAsync();
    }

    //                     today log  decide class account
    [TestCase("head",        200, 200, 200, 403, 200)]
    [TestCase("deputy-head", 200, 200, 200, 403, 200)]
    [TestCase("technician",  200, 200, 403, 403, 200)]
    [TestCase("it-partner",  200, 200, 403, 403, 200)]
    [TestCase("dsl",         200, 200, 403, 403, 200)]
    [TestCase("t-hill",      403, 403, 403, 200, 200)]
    [TestCase("office",      403, 403, 403, 403, 200)]
    [TestCase("nobody",      302, 302, 302, 302, 302)]
    public async Task Get_ByRole(string person, int today, int log, int decide, int ofClass, int account)
    {
        // At the computer itself the first page says whether the filter is healthy, and nothing of anybody.
        if (person == "nobody" && !isSecure) today = 200;
        var expected = new[] { today, log, decide, ofClass, account };
        foreach (var (path, status) in new[] { "/", "/log", "/decide", "/class", "/account" }.Zip(expected))
        {
            using var answer = await _visitors[person].GetAsync(path);
            Assert.That((int)answer.StatusCode, Is.EqualTo(status), path);
            var text = await answer.Content.ReadAsStringAsync();
            if (status != 200 || person == "nobody") Assert.That(text, Does.Not.Contain("games.example"));
            if (status == 302) Assert.That(answer.Headers.Location?.ToString(), Does.StartWith("/sign-in?return="));
        }
    }

    [TestCase("head", "/decide")]
    [TestCase("technician", "/")]
    [TestCase("t-hill", "/class")]
    [TestCase("office", "/account")]
    public async Task SignIn_AlreadyDone_LeadsHome(string person, string home) => Assert.That((await _visitors[person].GetAsync("/sign-in")).Headers.Location?.ToString(), Is.EqualTo(home));

    [Test]
    public async Task Cookies_BehindTls_HaveTheHostPrefixAndAreSecure()
    {
        using var visitor = new Visitor(_site.Address);
        var cookie = (await visitor.GetAsync("/sign-in")).Headers.GetValues("Set-Cookie").Single();
        Assert.That(cookie, Does.StartWith(isSecure ? "__Host-filtergate-form=" : "filtergate-form=").And.Contain("httponly").And.Contain("samesite=strict").And.Contain("path=/"));
        Assert.That(cookie.Contains("secure", StringComparison.Ordinal), Is.EqualTo(isSecure));
        Assert.That(_visitors["head"].Cookies.GetCookies(_site.Address).Select(c => c.Name), Does.Contain(isSecure ? "__Host-filtergate" : "filtergate"));
    }

    [Test]
    public async Task Get_OtherNames_AnswersToOursAlone()
    {
        foreach (var (host, secure, open) in new[] { ("review.school.example", 200, 421), ("REVIEW.school.example:8443", 200, 421), ("127.0.0.1:9", 200, 200), ("localhost", 421, 200), ("127.0.0.2", 421, 200), ("school.example", 421, 421), ("x.review.school.example", 421, 421), ("10.20.1.1", 421, 421) })
            Assert.That(await _visitors["nobody"].StatusForHostAsync("/sign-in", host), Is.EqualTo(isSecure ? secure : open), host);
    }
}
