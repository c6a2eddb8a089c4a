using FilterGate.Events;
using FilterGate.Proxy.Tests.Fixtures;

namespace FilterGate.Proxy.Tests.Requests;

/// <summary>The gateway's own pages for devices, byte by byte: downloads, the check, its four tests and the result that is kept.</summary>
internal sealed class DevicePagesTests
{
    private const string Own = "filtergate.internal";

    [TestCase("/certificate", "application/x-x509-ca-cert", "filtergate-ca.cer")]
    [TestCase("/certificate.pem", "application/x-pem-file", "filtergate-ca.pem")]
    [TestCase("/certificate.mobileconfig", "application/x-apple-aspen-config", "filtergate.mobileconfig")]
    public async Task Download_IsWhatItsNameSays(string path, string type, string name)
    {
        await using var gateway = await TestGateway.StartAsync();
        var answer = await GetAsync(gateway, $"http://{Own}{path}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Status, answer["Content-Type"]), Is.EqualTo((200, type)));
            Assert.That(answer["Content-Disposition"], Does.Contain(name));
            Assert.That(answer.Body, Does.Not.Contain("PRIVATE"));
        }
    }

    [Test]
    public async Task Certificates_NamesEveryKindOfDevice()
    {
        await using var gateway = await TestGateway.StartAsync();
        var page = await GetAsync(gateway, $"http://{Own}/certificates");
        Assert.That(page.Body, Does.Contain("iPad").And.Contain("Windows").And.Contain("Chromebook").And.Contain("Android").And.Contain("Certificate Trust Settings"));
        Assert.That((await GetAsync(gateway, $"http://{Own}/certificate/next")).Status, Is.EqualTo(404), "nothing follows");
    }

    [TestCase("pupil", "On for Google", "illegal=closed-by-demonstration", "adult=closed")]
    [TestCase("staff", "Off for this group", "illegal=closed-by-demonstration", "adult=closed")]
    [TestCase("guest", "On for Google", "illegal=closed-by-demonstration", "adult=closed")]
    public async Task Check_FromOpeningToKept_IsWhatHappened(string tier, string search, params string[] said)
    {
        await using var gateway = await TestGateway.StartAsync();
        var page = await GetAsync(gateway, $"http://{Own}/check", tier);
        Assert.That(page.Body, Does.Contain(search).And.Contain("//adult.check.filtergate.internal/").And.Not.Contain("<script"));
        // The browser loads the stylesheet over TLS, in a tier that tunnels too, and the frames in clear text.
        Assert.That((await TlsClient.GetAsync(gateway, tier, $"{Own}:443", Request($"/check/trusted.css", Own))).Body, Does.Contain(".trusted.ca"));
        foreach (var test in new[] { "illegal", "terrorism", "adult", "language" })
        {
            var answer = await GetAsync(gateway, $"http://{test}.check.{Own}/", tier);
            Assert.That((answer.Status, answer.Body.Contains("OPEN", StringComparison.Ordinal)), Is.EqualTo((200, test == "terrorism")), test);
        }

        var kept = await PostAsync(gateway, tier);
        Assert.That((kept.Status, kept.Body.Contains("The result is kept", StringComparison.Ordinal)), Is.EqualTo((200, true)));
        var stored = (await gateway.EventsAsync(1)).Single(e => e.Kind == EventKind.Check);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Body, Does.Contain(stored.Reference!));
            Assert.That(stored.Rule!.Split(' '), Is.SupersetOf(said.Concat(["certificate=trusted", "next=none", "terrorism=open", "language=closed"])), "a list that is not there closes nothing, and that is said");
            Assert.That((stored.Tier, stored.Client, stored.Url, stored.Host), Is.EqualTo((tier, "127.0.0.1", (string?)null, (string?)null)));
        }
        Assert.That((await PostAsync(gateway, tier)).Status, Is.EqualTo(429), "a button that is held down is no flood");
    }

    [Test]
    public async Task Check_WithoutTheStylesheetOverTls_KeepsUntrusted()
    {
        await using var gateway = await TestGateway.StartAsync();
        await GetAsync(gateway, $"http://{Own}/check");
        Assert.That((await GetAsync(gateway, $"http://{Own}/check/trusted.css")).Status, Is.EqualTo(404), "in clear text it proves nothing");
        await PostAsync(gateway);
        var stored = (await gateway.EventsAsync(1)).Single();
        Assert.That(stored.Rule, Does.Contain("certificate=untrusted").And.Contain("adult=not-tried"), "what the gateway did not see is not claimed");
    }

    [TestCase("Sec-Fetch-Site: cross-site\r\n", 403)]
    [TestCase("Origin: http://elsewhere.test\r\n", 403)]
    [TestCase("Sec-Fetch-Site: same-origin\r\n", 200)]
    public async Task Keep_FromAnotherSite_IsRefused(string header, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await PostAsync(gateway, header: header)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Check_ATierThatOpensAll_SaysOpen()
    {
        await using var gateway = await TestGateway.StartAsync("school: T\ntiers: { pupil: { tls: intercept, uncategorised: allow }, staff: { allow: [hate-speech], uncategorised: allow }, guest: { tls: tunnel } }\n");
        Assert.That((await GetAsync(gateway, $"http://language.check.{Own}/", "staff")).Body, Does.Contain("OPEN"));
        Assert.That((await GetAsync(gateway, $"http://language.check.{Own}/", "pupil")).Body, Does.Contain("Closed."));
    }

    /// <summary>What a test says is what would become of sites that the lists in force have: a policy that closes a category of which there is no list stops nothing.</summary>
    [TestCase("", "has any such site", "adult=not-listed", TestName = "Check_NoListOfTheCategory_SaysOpenAndWhy")]
    [TestCase("", "Closed.", "adult=closed", "adult/domains pornography one.test", TestName = "Check_AList_IsTried")]
    [TestCase("own_allow: [one.test]", "Closed.", "adult=closed", "adult/domains pornography *.one.test", "more/domains pornography two.test,three.test/path", TestName = "Check_PathsAndSubDomains_AreTried")]
    [TestCase("lists: { fetched: allow }", "OPEN", "language=open", "own/domains hate-speech one.test", "fetched/domains hate-speech two.test", TestName = "Check_OneOfTwoListsOpened_SaysOpen")]
    [TestCase("own_allow: [one.test]", "Closed.", "language=closed", "own/domains hate-speech one.test,two.test", TestName = "Check_OneSiteOpened_SaysNothingOfItsList")]
    [TestCase("warn: [hate-speech]", "Warns first.", "language=warned", "own/domains hate-speech one.test", TestName = "Check_AWarnedCategory_SaysSo")]
    public async Task Check_IsOfTheListsInForce(string keys, string says, string kept, params string[] lists)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Policy.Publish(TestGateway.Compile(
            $"school: T\ntiers: {{ pupil: {{ tls: intercept, uncategorised: allow, {keys} }} }}\n",
            TestGateway.ListsOf([.. lists.Select(list => list.Split(' ')).Select(words => (words[0], words[1], words[2].Split(',')))])));
        var test = kept.Split('=')[0];
        await GetAsync(gateway, $"http://{Own}/check");
        var answer = await GetAsync(gateway, $"http://{test}.check.{Own}/", "pupil");
        Assert.That(answer.Body, Does.Contain(says));
        Assert.That(answer.Body, Does.Not.Contain("one.test").And.Not.Contain("two.test"), "which sites were tried is nobody's business");
        await PostAsync(gateway);
        Assert.That((await gateway.EventsAsync(1)).Single(e => e.Kind == EventKind.Check).Rule!.Split(' '), Does.Contain(kept));
    }

    [TestCase("notfiltergate.internal")]
    [TestCase("filtergate.internal.test")]
    [TestCase("adult.check.filtergate.internal.test")]
    public async Task Neighbours_AreNotOurs(string host)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await GetAsync(gateway, $"http://{host}/check")).Body, Does.Not.Contain("Check this device"));
    }

    [TestCase("other.filtergate.internal")]
    [TestCase("filtergate.internal")]
    public async Task OwnNames_AreNeverDialled(string host)
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.That((await TlsClient.GetAsync(gateway, "guest", $"{host}:443", Request("/nothing", host))).Status, Is.EqualTo(404));
        Assert.That(gateway.LookedUp, Is.Empty);
    }

    private static string Request(string path, string host) => $"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n";

    private static Task<RawAnswer> GetAsync(TestGateway gateway, string url, string tier = "pupil") => gateway.AskAsync($"GET {url} HTTP/1.1\r\nHost: {new Uri(url).Host}\r\nAccept: text/html\r\n\r\n", tier);

    private static Task<RawAnswer> PostAsync(TestGateway gateway, string tier = "pupil", string header = "") =>
        gateway.AskAsync($"POST http://{Own}/check/result HTTP/1.1\r\nHost: {Own}\r\n{header}Content-Length: 0\r\n\r\n", tier);
}
