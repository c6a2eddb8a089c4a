using System.Net;
using FilterGate.Policy.People;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>Every page and action by every role: a row an endpoint. An endpoint that is mapped and has no row fails, and so does a row whose endpoint is gone.</summary>
/// <remarks>A letter a role, as in <see cref="Roles"/>; <c>*</c> is everybody, <c>+</c> everybody who is signed in.</remarks>
[TestFixture(false, Category = "Slow")]
[TestFixture(true)]
public sealed class AccessTests(bool isSecure)
{
    /// <summary>Letter, person. <c>o</c> is nobody: at the computer itself, or over TLS.</summary>
    private static readonly (char Letter, string? Person)[] Roles =
    [
        ('l', "dsl"), ('d', "deputy-dsl"), ('h', "head"), ('c', "chair"), ('g', "g-shaw"), ('t', "t-hill"), ('i', "technician"), ('a', "a-moss"), ('s', "office"), ('o', null),
        // A governor who teaches: what either of them may, and no more.
        ('w', "g-teaches"),
    ];

    /// <summary>Method, pattern, who may, and an address of it where the pattern has parts.</summary>
    private static readonly (string Method, string Pattern, string Who, string? Address)[] Rows =
    [
        ("GET", "/", "ldhci", null),
        ("GET", "/log", "ldhi", null),
        ("GET", "/review", "ldhc", null), ("GET", "/review/act/{id}", "ldhc", "/review/act/none"), ("GET", "/review/acts.csv", "ldh", null),
        ("POST", "/review/conclude", "ldhc", null), ("POST", "/review/undo", "ldhc", null), ("POST", "/review/done", "ldhc", null), ("POST", "/review/views", "ldhc", null),
        ("GET", "/person/{id}", "ldhc", "/person/p401"), ("GET", "/device/{name}", "ldhc", "/device/ipad-14"), ("GET", "/searches", "ldhc", null), ("GET", "/sites", "ldhc", null),
        ("GET", "/review/sign", "hc", null), ("POST", "/review/sign", "hc", null), ("GET", "/governors", "ldhcg", null),
        ("GET", "/decide", "h", null), ("POST", "/decide", "h", null),
        ("GET", "/class", "t", null), ("POST", "/class", "t", null),
        ("GET", "/watch", "i", null), ("POST", "/watch", "i", null), ("GET", "/watch/{id:long}", "i", "/watch/1"), ("POST", "/watch/{id:long}", "i", "/watch/1"),
        ("GET", "/requests", "ldhit", null), ("GET", "/requests/{reference}", "ldhit", "/requests/K7Q4-M2XD"), ("POST", "/requests/{reference}", "ldhit", "/requests/K7Q4-M2XD"),
        ("GET", "/overrides", "ldhia", null), ("POST", "/overrides", "hi", null),
        ("GET", "/blocks", "ldhia", null), ("POST", "/blocks", "ldhi", null), ("GET", "/blocks/{id:long}", "ldhia", "/blocks/1"), ("POST", "/blocks/{id:long}", "hi", "/blocks/1"),
        ("GET", "/policy", "ldhia", null), ("GET", "/policy/history", "ldhia", null), ("GET", "/policy/compare", "ldhia", null), ("GET", "/policy/check", "ldhia", null), ("POST", "/policy/check", "ldhia", null),
        ("GET", "/lists", "ldhia", null), ("GET", "/lists/{source}", "ldhia", "/lists/ut1"), ("GET", "/coverage", "ldhia", null), ("POST", "/coverage", "hi", null), ("GET", "/shadow", "ldhia", null), ("GET", "/audit", "lhca", null),
        ("GET", "/account", "+", null), ("POST", "/account", "+", null), ("POST", "/account/passkey", "+", null), ("POST", "/sign-out", "+", null),
        ("GET", "/sign-in", "*", null), ("POST", "/sign-in", "*", null), ("POST", "/sign-in/passkey", "*", null), ("POST", "/language", "*", null),
        ("GET", "/enrol/{token}", "*", "/enrol/none"), ("POST", "/enrol/{token}", "*", "/enrol/none"), ("POST", "/enrol/{token}/passkey", "*", "/enrol/none/passkey"),
        ("GET", "/favicon.ico", "*", null), ("GET", "/{**path}", "*", "/no-such-page"),
    ];

    /// <summary>Rights that no endpoint is mapped with, and that a page asks for within.</summary>
    private static readonly Need[] AskedWithin = [];

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<char, Visitor> _visitors = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        var roster = new Roster([new Person("office", "O. Ffice", Group: null, PersonRole.Staff)], []);
        var certificate = TestCertificate.Make();
        _site = await RunningSite.StartAsync(
            RunningSite.Log(RunningSite.Finds(Sample.Block(RunningSite.Now))), () => SamplePolicy.With(roster), new ReviewSiteOptions { IsSecure = isSecure, IsInvented = isSecure }, _clock,
            isSecure ? host => host.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate))) : null);
        foreach (var (letter, person) in Roles) _visitors[letter] = person is null ? new Visitor(_site.Address) : await Visitor.SignedInAsync(_site, person, _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var visitor in _visitors.Values) visitor.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    [Test]
    public void Endpoints_AllOfThem_HaveARowAndANeed()
    {
        var assets = SiteAssets.All.Select(asset => asset.Path).ToHashSet(StringComparer.Ordinal);
        var mapped = _site.Endpoints.OfType<RouteEndpoint>().Where(endpoint => !assets.Contains(endpoint.RoutePattern.RawText!)).ToList();
        Assert.That(mapped.Where(endpoint => endpoint.Metadata.GetMetadata<Needed>() is null).Select(endpoint => endpoint.RoutePattern.RawText), Is.Empty, "mapped past the gate");
        Assert.That(Enum.GetValues<Need>().Except(mapped.Select(endpoint => endpoint.Metadata.GetMetadata<Needed>()!.Need)).Except(AskedWithin), Is.Empty, "a right that opens nothing");
        Assert.That(mapped.Select(endpoint => $"{(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST") ? "POST" : "GET")} {endpoint.RoutePattern.RawText}"), Is.EquivalentTo(Rows.Select(row => $"{row.Method} {row.Pattern}")));
    }

    private static IEnumerable<TestCaseData> Cases() =>
        Rows.SelectMany(row => Roles.Select(role => new TestCaseData(row.Method, row.Address ?? row.Pattern, role.Letter, IsFor(row.Who, role.Letter)) { TestName = $"{row.Method} {row.Pattern} by {role.Letter}" }));

    private static IEnumerable<TestCaseData> Forms() =>
        from row in Rows where row.Method == "POST" from role in Roles where IsFor(row.Who, role.Letter)
        select new TestCaseData(row.Address ?? row.Pattern, role.Letter) { TestName = $"POST {row.Pattern} without a token by {role.Letter}" };

    [TestCaseSource(nameof(Cases))]
    public async Task Endpoint_ByRole(string method, string address, char role, bool isAllowed)
    {
        if (role == 'o' && address == "/") isAllowed = !isSecure;
        var visitor = _visitors[role];
        using var answer = method == "GET" ? await visitor.GetAsync(address) : await visitor.PostAsync(address, (Visitor.TokenName, await TokenAsync(visitor, address)));
        var text = await answer.Content.ReadAsStringAsync();
        if (isAllowed)
        {
            Assert.That((int)answer.StatusCode, Is.Not.EqualTo(401).And.Not.EqualTo(405).And.LessThan(500), text);
            // A wrong password is a 403 too, and no matter of roles.
            if (address != "/sign-in") Assert.That((int)answer.StatusCode, Is.Not.EqualTo(403), text);
        }
        else if (role == 'o' && method == "GET") Assert.That(answer.Headers.Location?.ToString(), Does.StartWith("/sign-in?return="));
        else Assert.That((int)answer.StatusCode, Is.EqualTo(role == 'o' ? 400 : 403));
        if (!isAllowed) Assert.That(text, Does.Not.Contain("games.example"));
        // Refusals and the way in too: nobody is to take the sample for the school.
        if (isSecure && method == "GET" && answer.Content.Headers.ContentType?.MediaType == "text/html") Assert.That(text, Does.Contain("class=\"banner invented\""), "marked as invented");
    }

    /// <summary>A form without our token is refused whoever sends it: a page elsewhere cannot act in their name.</summary>
    [TestCaseSource(nameof(Forms))]
    public async Task Endpoint_FormWithoutToken_ChangesNothing(string address, char role)
    {
        using var answer = await _visitors[role].PostAsync(address, ("answer", "approve"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(400));
    }

    /// <summary>Every form of a session has a token that is good for all: the language's of any page. Not of <c>/sign-out</c>, which would end the session for the tests beside.</summary>
    private static async Task<string> TokenAsync(Visitor visitor, string address) => address == "/sign-out" ? "" : Visitor.Token(await visitor.ReadAsync("/account")) ?? Visitor.Token(await visitor.ReadAsync("/sign-in")) ?? "";

    private static bool IsFor(string who, char role) => who switch { "*" => true, "+" => role != 'o', _ => role == 'w' ? who.Contains('g', StringComparison.Ordinal) || who.Contains('t', StringComparison.Ordinal) : who.Contains(role, StringComparison.Ordinal) };
}
