using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>What each tier gets through the explicit proxy, plain and over HTTPS.</summary>
[TestFixture]
[Category("EndToEnd")]
public sealed class ThroughCurlTests
{
    private School _school = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _school = await School.OpenAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_school is not null) await _school.DisposeAsync();
    }

    [TestCase("pupil", "http://allowed.test/")]
    [TestCase("pupil", "https://allowed.test/")]
    [TestCase("staff", "http://ebay.co.uk/")]
    [TestCase("staff", "https://ebay.co.uk/")]
    [TestCase("staff", "http://www.ebay.co.uk/")]
    [TestCase("guest", "http://wikipedia.org/")]
    public async Task AllowedSite_LoadsFromItsOrigin(string tier, string url)
    {
        var answer = await _school.GetAsync(tier, url);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
        Assert.That(answer.Body, Does.Contain(NginxOrigin.Welcome));
    }

    [TestCase("pupil", "http://ebay.co.uk/pupil-plain")]
    [TestCase("pupil", "https://ebay.co.uk/pupil-read")]
    [TestCase("pupil", "http://www.ebay.co.uk/pupil-sub-domain")]
    [TestCase("pupil", "http://EBAY.co.uk./pupil-written-otherwise")]
    [TestCase("guest", "http://ebay.co.uk/guest-plain", "Continue", TestName = "WarnedSite_AsksFirstAndNothingReachesTheOrigin")]
    public async Task BlockedSite_ShowsThePageWithAReferenceAndNothingReachesTheOrigin(string tier, string url, string offer = "Ask for this site")
    {
        var answer = await _school.GetAsync(tier, url);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 403)), answer.ToString());
        var stored = await _school.EventsAsync("--tier", tier);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Body, Does.Contain(offer).And.Not.Contain(NginxOrigin.Welcome));
            Assert.That(answer.Head, Does.Contain("Content-Security-Policy").IgnoreCase);
            Assert.That(stored.Count(e => e.GetProperty("reference").GetString() == answer.Reference), Is.EqualTo(1));
            Assert.That(_school.Origin.Requests, Has.None.Contains(new Uri(url).AbsolutePath));
        }
    }

    [TestCase("pupil", "http://locked.test/forbidden/page")]
    [TestCase("staff", "http://locked.test/forbidden/page")]
    [TestCase("guest", "http://locked.test/forbidden/page")]
    [TestCase("pupil", "https://locked.test/forbidden/page")]
    [TestCase("staff", "https://locked.test/forbidden/page")]
    [TestCase("guest", "https://locked.test/forbidden/page")]
    public async Task LockedPage_IsDeniedInEveryTierWithoutAForm(string tier, string url)
    {
        var answer = await _school.GetAsync(tier, url);
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 403)), answer.ToString());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Body, Does.Contain("Access denied"));
            Assert.That(answer.Body, Does.Not.Contain("<form").And.Not.Contain("locked.test").And.Not.Contain("forbidden"));
            Assert.That(_school.Origin.Requests, Has.None.Contains("/forbidden"));
        }
    }

    [Test]
    public async Task LockedPage_InEvents_HasNeitherAddressNorHost()
    {
        var answer = await _school.GetAsync("staff", "http://locked.test/forbidden/page?told=nobody");
        var stored = (await _school.EventsAsync()).Single(e => e.GetProperty("reference").GetString() == answer.Reference);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored.GetProperty("reason").GetString(), Is.EqualTo("locked"));
            Assert.That(stored.GetRawText(), Does.Not.Contain("locked.test").And.Not.Contain("forbidden").And.Not.Contain("told"));
        }
    }

    [TestCase("pupil", true)]
    [TestCase("staff", true)]
    [TestCase("guest", false)]
    public async Task Https_IsReadOnlyInTiersThatSaySo(string tier, bool isRead)
    {
        const string url = $"https://{School.Encyclopaedia}/1k";
        var proxy = _school.Gateway.Address(tier);
        var withOurs = await _school.Curl.GetAsync(url, proxy, _school.Authority);
        var withTheOrigins = await _school.Curl.GetAsync(url, proxy, _school.Origin.Certificates.AuthorityPath);
        using (Assert.EnterMultipleScope())
        {
            // 60: the certificate is not of an authority that curl was given.
            Assert.That(withOurs.ExitCode, Is.EqualTo(isRead ? 0 : 60), withOurs.ToString());
            Assert.That(withTheOrigins.ExitCode, Is.EqualTo(isRead ? 60 : 0), withTheOrigins.ToString());
        }
    }

    [TestCase("--http1.1", "1.1")]
    [TestCase("--http2", "2")]
    public async Task Https_WhenRead_SpeaksWhatTheClientChooses(string option, string version)
    {
        var answer = await _school.GetAsync("pupil", $"https://{School.Open}/large.bin", option);
        Assert.That((answer.ExitCode, answer.Status, answer.Version, answer.Body.Length), Is.EqualTo((0, 200, version, 8 << 20)), answer.ToString());
    }

    [Test]
    public async Task BlockedSite_ThroughATunnel_IsRefusedByName()
    {
        var answer = await _school.Curl.GetAsync($"https://{School.Auction}/guest-tunnel", _school.Gateway.Address("guest"), _school.Origin.Certificates.AuthorityPath);
        using (Assert.EnterMultipleScope())
        {
            // Unread HTTPS has no place for a page: CONNECT is refused (56) or the handshake fails (35, 60); in no case does the site load.
            Assert.That(answer.ExitCode, Is.AnyOf(35, 56, 60), answer.ToString());
            Assert.That(_school.Origin.Requests, Has.None.Contains("/guest-tunnel"));
        }
    }

    [TestCaseSource(typeof(School), nameof(School.HelpSites))]
    public async Task HelpSite_FromAPupil_IsReachedAndNobodyReadsAlong(string host)
    {
        var proxy = _school.Gateway.Address("pupil");
        var answer = await _school.Curl.GetAsync($"https://{host}/from", proxy, _school.Origin.Certificates.AuthorityPath);
        var read = await _school.Curl.GetAsync($"https://{host}/from", proxy, _school.Authority);
        using (Assert.EnterMultipleScope())
        {
            // The origin's own certificate is what the pupil sees.
            Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 200)), answer.ToString());
            Assert.That(answer.Body, Does.EndWith($"{host} https"));
            Assert.That(read.ExitCode, Is.EqualTo(60), read.ToString());
        }
    }

    [Test]
    public async Task HelpSite_InEvents_LeavesNoTrace()
    {
        var host = School.HelpSites[0];
        await _school.GetAsync("pupil", $"http://{host}/1k");
        Assert.That(await _school.EventsAsync("--host", host), Is.Empty);
    }

    [TestCase("http://{0}/filtergate/", TestName = "PrivateAddress_Plain_IsRefused")]
    [TestCase("https://{0}/filtergate/", TestName = "PrivateAddress_Https_IsRefused")]
    public async Task PrivateAddress(string url)
    {
        // The review page is on loopback too, and no tier may walk to it through the gateway.
        var review = _school.Gateway.Address("review").Authority;
        foreach (var tier in (string[])["pupil", "staff", "guest"])
        {
            var answer = await _school.GetAsync(tier, string.Format(System.Globalization.CultureInfo.InvariantCulture, url, review));
            Assert.That(answer.Status == 403 || answer.ExitCode == 56, $"{tier}: {answer}");
        }
    }

    [Test]
    public async Task OriginWithACertificateOfNobody_IsSaidToBeTheSitesFault()
    {
        // A name that the origin's certificate does not hold, though it answers there.
        var answer = await _school.GetAsync("pupil", $"https://{_school.Origin.Address}/");
        Assert.That((answer.ExitCode, answer.Status), Is.EqualTo((0, 502)), answer.ToString());
        Assert.That(answer.Body, Does.Not.Contain(NginxOrigin.Welcome));
    }
}
