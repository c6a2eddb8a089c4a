using System.Net;
using FilterGate.Policy.People;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>While the gateway is down and the school lets its staff past, every page says so.</summary>
public sealed class StaffPastTests
{
    private const string Banner = "<aside class=\"banner unfiltered\"";

    // Whoever looks, signed in or not, whatever they may see.
    [TestCase("dsl", "/")]
    [TestCase("head", "/decide")]
    [TestCase("g-shaw", "/governors")]
    [TestCase("t-hill", "/class")]
    [TestCase("technician", "/log")]
    [TestCase("technician", "/no-such-page")]
    [TestCase("t-hill", "/audit")]
    [TestCase(null, "/sign-in")]
    [TestCase(null, "/")]
    public async Task Banner_IsOnEveryPage_WhileItLasts(string? person, string page)
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        DateTimeOffset? since = null;
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), new ReviewSiteOptions { StaffPastSince = () => since }, clock);
        using var visitor = person is null ? new Visitor(site.Address) : await Visitor.SignedInAsync(site, person, clock);
        Assert.That(await ReadAsync(), Does.Not.Contain(Banner));
        since = RunningSite.Now.AddMinutes(-12);
        Assert.That(WebUtility.HtmlDecode(await ReadAsync()), Does.Contain(Banner).And.Contain("<b>Staff are not filtered.</b> The gateway is down. Since Sun 22 Nov, 13:53 the web of staff passes it unfiltered"));
        site.State.BeginShadow(RunningSite.Now.AddHours(1), "pilot", "tech");
        Assert.That(await ReadAsync(), Does.Contain(Banner).And.Contain("<aside class=\"banner shadow\""), "one does not hide the other");
        since = null;
        Assert.That(await ReadAsync(), Does.Not.Contain(Banner));

        async Task<string> ReadAsync()
        {
            using var response = await visitor.GetAsync(page);
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Test]
    public async Task Banner_InWelsh()
    {
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), options: new ReviewSiteOptions { StaffPastSince = static () => RunningSite.Now });
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Accept-Language", "cy");
        Assert.That(WebUtility.HtmlDecode(await client.GetStringAsync(new Uri(site.Address, "/"))), Does.Contain("<b>Nid yw'r staff yn cael eu hidlo.</b> Mae'r porth i lawr. Ers "));
    }
}
