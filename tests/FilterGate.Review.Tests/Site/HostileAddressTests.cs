using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>Whatever stands in the address bar, there is a page: an impossible date, a page past the end, a number that no computer holds, signs that mean something to HTML, SQL or a file system. Every page, by somebody who may see it.</summary>
[TestFixture]
internal sealed class HostileAddressTests
{
    private static readonly string[] Fields =
    [
        "about", "acts", "address", "after", "answers", "at", "before", "by", "category", "class", "day", "days", "device", "done", "for", "from", "group", "page", "query", "return", "show", "since", "site", "state", "still", "text", "tier", "to",
        "trouble", "until", "when", "who",
    ];

    private static readonly string[] Values =
    [
        "", "2026-02-31", "2026-13-45T25:61", "0001-01-01", "9999-12-31T23:59", "between", "week", "-1", "99999999999999999999999999", "1e309", "NaN", "%00", "%ff%fe", "<script>alert(1)</script>", "'; DROP TABLE events;--", "../../../etc/passwd",
        "person:", "person:p401", "device:<b>", "group:nobody", "0190163d-8694-739b-aea5-966c26f8ad91", "concluded-1-99999999999999999999", "\u202Eevil", "AND OR NOT NEAR(\"", "https://elsewhere.example/",
    ];

    private FakeTimeProvider _clock = null!;
    private RunningSite _site = null!;
    private readonly Dictionary<string, Visitor> _visitors = new(StringComparer.Ordinal);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _clock = new FakeTimeProvider(RunningSite.Now);
        var policy = SamplePolicy.With(SampleDay.People);
        _site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds([.. SampleDay.Events()])), () => policy, clock: _clock);
        await SampleDay.FillAsync(_site.Events);
        foreach (var person in (string[])["head", "technician", "t-hill"]) _visitors[person] = await Visitor.SignedInAsync(_site, person, _clock);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var visitor in _visitors.Values) visitor.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    [Test]
    [Category("Slow")]
    public async Task Pages_WhateverIsAsked_Answer()
    {
        var patterns = _site.Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET")).Select(endpoint => endpoint.RoutePattern.RawText!).Where(pattern => !pattern.Contains("**", StringComparison.Ordinal)).ToList();
        Assert.That(patterns, Has.Count.GreaterThan(30));
        var (asked, answered) = (0, 0);
        foreach (var pattern in patterns)
        {
            var part = pattern.IndexOf('{', StringComparison.Ordinal);
            List<string> addresses = part < 0
                ? [.. Values.Select(value => $"{pattern}?{string.Join('&', Fields.Select(field => $"{field}={Escape(value)}"))}"), .. Fields.Select(field => $"{pattern}?{field}=2026-02-31&{field}={Escape("<script>alert(1)</script>")}"), .. Fields.Select(field => $"{pattern}?{field}={new string('9', 3_000)}")]
                : [.. Values.Where(value => value.Length > 0).Select(value => pattern[..part] + Escape(value))];
            foreach (var address in addresses)
                foreach (var (person, visitor) in _visitors)
                {
                    using var answer = await visitor.GetAsync(address);
                    asked++;
                    var text = await answer.Content.ReadAsStringAsync();
                    Assert.That((int)answer.StatusCode, Is.LessThan(500), $"{address} by {person}: {text}");
                    Assert.That(text, Does.Not.Contain("<script>alert").And.Not.Contain("device:<b>"), address);
                    if (answer.Content.Headers.ContentType?.MediaType != "text/html") continue;
                    answered++;
                    Assert.That(text, Does.Contain("<h1").And.Contain("</html>"), address);
                }
        }
        TestContext.Out.WriteLine($"{asked} asked, {answered} pages");
    }

    /// <summary>What is a code already stays one.</summary>
    private static string Escape(string value) => value.StartsWith('%') ? value : Uri.EscapeDataString(value);
}
