using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FilterGate.Commands;
using FilterGate.Lookup;
using FilterGate.Policy;
using FilterGate.Policy.Documents;
using FilterGate.Settings;
using FilterGate.Tests.Commands;

namespace FilterGate.Tests.Lookup;

/// <summary>Over real HTTP on loopback.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LookupServiceTests
{
    private readonly Workbench _bench = new();
    private readonly HttpClient _client = new();
    private LookupService _service = null!;
    private PolicySnapshot _policy = null!;
    private string _token = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        Directory.CreateDirectory(_bench.Data);
        _policy = Policy("lists");
        _service = await StartAsync(new LookupLimits { AddressesMax = 20, BodyBytesMax = 4096 });
        _token = (await File.ReadAllTextAsync(Path.Combine(_bench.Data, "lookup.token"))).Trim();
        _client.BaseAddress = new Uri($"http://{_service.Address}");
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _client.Dispose();
        await _service.DisposeAsync();
        _bench.Dispose();
    }

    [Test]
    public async Task Get_ListedAddress_NamesCategoriesAndEntries()
    {
        var answer = await GetAsync("/v1/categories?url=" + Uri.EscapeDataString("http://play.games.example/level?secret=word"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keys(answer), Is.EqualTo(new[] { "url", "host", "categories", "uncategorised", "matches", "lists_version", "locked_lists" }));
            Assert.That(Keys(answer.GetProperty("matches")[0]), Is.EqualTo(new[] { "list", "entry", "line", "category", "version" }));
            Assert.That(answer.GetProperty("matches").EnumerateArray().Select(m => m.GetProperty("entry").GetString()), Is.EqualTo(new[] { "play.games.example", "games.example" }));
            Assert.That(answer.GetProperty("categories")[0].GetString(), Is.EqualTo("games"));
            Assert.That(answer.GetProperty("lists_version").GetString(), Is.EqualTo(_policy.Lists.Version));
            Assert.That(answer.GetProperty("locked_lists").GetString(), Is.EqualTo("not consulted"));
        }
    }

    [TestCase("unknown.example")]
    [TestCase("locked-host.test")]
    [TestCase("http://locked.test/forbidden/page")]
    [TestCase("http://iwf-sample.example/album/page1.html")]
    public async Task Get_UnknownOrLocked_IsUncategorised(string address)
    {
        Assume.That(_policy.Lists.Locked.Feeds, Is.Not.Empty, "else there is nothing to give away");
        var answer = await GetAsync("/v1/categories?url=" + Uri.EscapeDataString(address));
        Assert.That((answer.GetProperty("uncategorised").GetBoolean(), answer.GetProperty("categories")[0].GetString(), answer.GetProperty("matches").GetArrayLength()), Is.EqualTo((true, "uncategorised", 0)));
    }

    [TestCase("[\"games.example\",\"unknown.example\",\"head@school.example\"]")]
    [TestCase("{\"urls\":[\"games.example\",\"unknown.example\",\"head@school.example\"]}")]
    public async Task Post_Several_AnswersInOrder(string body)
    {
        using var response = await PostAsync(body);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var results = answer.GetProperty("results").EnumerateArray().ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keys(answer), Is.EqualTo(new[] { "results", "lists_version", "locked_lists" }));
            Assert.That(results.Select(r => string.Join(' ', Keys(r))).Distinct(), Is.EqualTo(new[] { "url host categories uncategorised matches error" }));
            Assert.That(results.Select(r => r.GetProperty("host").GetString()), Is.EqualTo(new[] { "games.example", "unknown.example", null }));
            Assert.That(results.Select(r => r.GetProperty("categories").GetArrayLength()), Is.EqualTo(new[] { 1, 1, 0 }));
            Assert.That(results[2].GetProperty("error").GetString(), Is.EqualTo("looks like an e-mail address; write http:// in front of a URL with a user name"));
        }
    }

    [TestCase("GET", "/v1/categories", null, HttpStatusCode.BadRequest)]
    [TestCase("GET", "/v1/categories?url=", null, HttpStatusCode.BadRequest)]
    [TestCase("GET", "/v1/categories?url=a.example&url=b.example", null, HttpStatusCode.BadRequest)]
    [TestCase("GET", "/v1/categories?url=ftp%3A%2F%2Fa.example", null, HttpStatusCode.BadRequest)]
    [TestCase("DELETE", "/v1/categories", null, HttpStatusCode.MethodNotAllowed)]
    [TestCase("GET", "/v2/categories", null, HttpStatusCode.NotFound)]
    [TestCase("POST", "/v1/categories", "", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "\"games.example\"", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "[1]", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "{\"url\":[]}", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "[\"\\ud800\"]", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "[[[[[[[[]]]]]]]]", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/categories", "[]", HttpStatusCode.OK)]
    public async Task Send_OddRequests_AreAnsweredPlainly(string method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using var response = await _client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(expected));
        if (expected == HttpStatusCode.BadRequest) Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task Post_TooManyOrTooLarge_Is413()
    {
        using var many = await PostAsync(JsonSerializer.Serialize(Enumerable.Repeat("a.example", 21)));
        using var large = await PostAsync($"[\"{new string('a', 5000)}\"]");
        using var whole = await PostAsync(JsonSerializer.Serialize(Enumerable.Repeat("a.example", 20)));
        Assert.That((many.StatusCode, large.StatusCode, whole.StatusCode), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.OK)));
    }

    [TestCase("")]
    [TestCase("Bearer")]
    [TestCase("Bearer wrong")]
    [TestCase("Basic dXNlcjp3b3Jk")]
    public async Task Send_WithoutTheToken_Is401(string authorization)
    {
        foreach (var (path, expected) in new[] { ("/v1/categories?url=games.example", HttpStatusCode.Unauthorized), ("/healthz", HttpStatusCode.OK), ("/openapi.json", HttpStatusCode.OK), ("/other", HttpStatusCode.Unauthorized) })
        {
            using var client = new HttpClient { BaseAddress = _client.BaseAddress };
            if (authorization.Length > 0) client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.That(response.StatusCode, Is.EqualTo(expected), path);
            if (expected == HttpStatusCode.Unauthorized) Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        }
    }

    [Test]
    public async Task Send_MoreThanTheAllowance_Is429WithRetryAfter()
    {
        await using var service = await StartAsync(new LookupLimits { Burst = 5, PerPeriod = 1, Period = TimeSpan.FromMinutes(10) });
        using var client = Client(service);
        using var first = await client.PostAsync(new Uri("/v1/categories", UriKind.Relative), new StringContent("[\"a.example\",\"b.example\",\"c.example\",\"d.example\"]"));
        using var second = await client.GetAsync(new Uri("/v1/categories?url=a.example", UriKind.Relative));
        using var third = await client.GetAsync(new Uri("/v1/categories?url=a.example", UriKind.Relative));
        Assert.That((first.StatusCode, second.StatusCode, third.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests)));
        Assert.That(third.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Get_AfterASwap_SeesTheNewLists()
    {
        var lists = _policy;
        await using var service = await LookupService.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), Token(), () => lists, new LookupLimits(), _ => { }, CancellationToken.None);
        using var client = Client(service);
        Assert.That(await client.GetStringAsync(new Uri("/v1/categories?url=fresh.example", UriKind.Relative)), Does.Contain("\"uncategorised\":true"));
        _bench.Write("other/games/domains", "fresh.example\n");
        lists = Policy("other");
        Assert.That(await client.GetStringAsync(new Uri("/v1/categories?url=fresh.example", UriKind.Relative)), Does.Contain("games/domains").And.Contain(lists.Lists.Version));
    }

    [Test]
    public void OpenApi_Paths_AreTheRoutes()
    {
        var described = Description().GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject(), (p, m) => $"{m.Name.ToUpperInvariant()} {p.Name}");
        var routed = _service.Routes.SelectMany(r => r.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().Single().HttpMethods, (r, m) => $"{m} {r.RoutePattern.RawText}");
        Assert.That(described, Is.EquivalentTo(routed));
    }

    [Test]
    public async Task OpenApi_Schemas_AreTheAnswers()
    {
        var schemas = Description().GetProperty("components").GetProperty("schemas");
        var one = await GetAsync("/v1/categories?url=games.example");
        using var response = await PostAsync("[\"games.example\"]");
        var many = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        using var refused = await _client.GetAsync(new Uri("/v1/categories", UriKind.Relative));
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
        foreach (var (name, answer) in new[] { ("Answer", one), ("Match", one.GetProperty("matches")[0]), ("Answers", many), ("Result", many.GetProperty("results")[0]), ("Problem", problem) })
        {
            Assert.That(Keys(schemas.GetProperty(name).GetProperty("properties")), Is.EqualTo(Keys(answer)), name);
            Assert.That(schemas.GetProperty(name).GetProperty("required").EnumerateArray().Select(k => k.GetString()), Is.EqualTo(Keys(answer)), name);
        }
        Assert.That(Description().GetProperty("info").GetProperty("description").GetString(), Does.Contain("Illegal-content lists are never consulted"));
        Assert.That(schemas.GetProperty("Addresses").GetProperty("maxItems").GetInt32(), Is.EqualTo(new LookupLimits().AddressesMax));
    }

    [TestCase("127.0.0.1", true)]
    [TestCase("::1", true)]
    [TestCase("0.0.0.0", false)]
    [TestCase("::", false)]
    [TestCase("10.20.3.4", false, TestName = "WhyNotHere_PupilsRange_IsRefused")]
    [TestCase("::ffff:10.20.3.4", false, TestName = "WhyNotHere_PupilsRangeAsVersion6_IsRefused")]
    [TestCase("10.20.16.4", false, TestName = "WhyNotHere_GuestsRange_IsRefused")]
    [TestCase("10.20.8.1", true, TestName = "WhyNotHere_StaffAddress_IsTaken")]
    [TestCase("192.0.2.1", true, TestName = "WhyNotHere_OutsideTheNetworks_IsTaken")]
    public void WhyNotHere(string address, bool isTaken) => Assert.That(LookupService.WhyNotHere(IPAddress.Parse(address), _policy), isTaken ? Is.Null : Is.Not.Null.And.Contain("look-up service"));

    [Test]
    public void Token_MadeOnFirstUse_IsTheOwnersAloneAndStays()
    {
        var path = Path.Combine(_bench.Data, "lookup.token");
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(_token, Has.Length.GreaterThanOrEqualTo(43));
        Assert.That((Token().Is(_token), Token().Is(_token[1..]), Token().Is("")), Is.EqualTo((true, false, false)));
    }

    [TestCase("short", UnixFileMode.UserRead, "does not hold a token")]
    [TestCase("long-enough-for-a-token-of-thirty-two-characters", UnixFileMode.UserRead | UnixFileMode.GroupRead, "may be read by others")]
    public void Token_BadFile_IsRefused(string text, UnixFileMode mode, string expected)
    {
        var folder = Path.GetDirectoryName(_bench.Write($"{Guid.NewGuid():N}/lookup.token", text))!;
        File.SetUnixFileMode(Path.Combine(folder, "lookup.token"), mode);
        Assert.That(() => LookupToken.ReadOrMake(folder), Throws.TypeOf<UserErrorException>().With.Message.Contains(expected));
    }

    [Test]
    public void Run_LookupOnAPupilsNetwork_IsExit2BeforeAnythingListens()
    {
        var run = _bench.Run("run", "--listen", "127.0.0.1:0", "--lookup-listen", "0.0.0.0:0", "--lists", Path.Combine(_bench.Root, "lists"));
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain("--lookup-listen 0.0.0.0:0: the look-up service would answer on every network"));
    }

    private LookupToken Token() => LookupToken.ReadOrMake(_bench.Data);

    /// <summary>From this computer's own address on its network, as a device there would ask.</summary>
    [TestCase("pupil", HttpStatusCode.Forbidden)]
    [TestCase("guest", HttpStatusCode.Forbidden)]
    [TestCase("staff", HttpStatusCode.OK)]
    public async Task Get_FromANetworkOfATier(string tier, HttpStatusCode expected)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces().Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback && i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);
        if (own is null) Assert.Ignore("needs an IPv4 address beside loopback");
        var document = PolicyDocument.Parse($"school: S\nnetworks: [{own}/32]\nunknown_clients: {tier}\ntiers: {{ pupil: {{}}, staff: {{}}, guest: {{}} }}\n", _policy.Lists.Taxonomy, out _)!;
        var policy = PolicySnapshot.Compile(document, _policy.Lists, InForce.Nothing);
        await using var service = await LookupService.StartAsync(new IPEndPoint(own, 0), Token(), () => policy, new LookupLimits(), _ => { }, CancellationToken.None);
        using var client = Client(service);
        using var answer = await client.GetAsync(new Uri("/v1/categories?url=games.example", UriKind.Relative));
        Assert.That(answer.StatusCode, Is.EqualTo(expected));
        if (expected == HttpStatusCode.Forbidden) Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("games"));
    }

    private Task<LookupService> StartAsync(LookupLimits limits) => LookupService.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), Token(), () => _policy, limits, _ => { }, CancellationToken.None);

    private HttpClient Client(LookupService service) => new() { BaseAddress = new Uri($"http://{service.Address}"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", _token) } };

    private PolicySnapshot Policy(string lists) => GatewayInputs.Load(_bench.Context("run"), Path.Combine(_bench.Root, lists), state: null).Policy;

    private async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await _client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private Task<HttpResponseMessage> PostAsync(string body) => _client.PostAsync(new Uri("/v1/categories", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));

    private static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    private static JsonElement Description() => JsonDocument.Parse(OpenApi.Document).RootElement;
}
