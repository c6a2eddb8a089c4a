using System.Net;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Policy.People;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Shadow;

/// <summary>The banner of a pilot on every page, and the page of what would have been blocked.</summary>
public sealed class ShadowTests
{
    private const string Banner = "<aside class=\"banner shadow\"";

    // Whoever looks, signed in or not, whatever they may see.
    [TestCase("dsl", "/")]
    [TestCase("dsl", "/review")]
    [TestCase("head", "/decide")]
    [TestCase("g-shaw", "/governors")]
    [TestCase("t-hill", "/class")]
    [TestCase("technician", "/log")]
    [TestCase("technician", "/no-such-page")]
    [TestCase("t-hill", "/audit")]
    [TestCase(null, "/sign-in")]
    [TestCase(null, "/")]
    public async Task Banner_IsOnEveryPage_UntilItsEnd(string? person, string page)
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), clock: clock);
        using var visitor = person is null ? new Visitor(site.Address) : await Visitor.SignedInAsync(site, person, clock);
        Assert.That(await ReadAsync(), Does.Not.Contain(Banner));
        site.State.BeginShadow(RunningSite.Now.AddHours(1), "pilot", "tech");
        Assert.That(WebUtility.HtmlDecode(await ReadAsync()), Does.Contain(Banner).And.Contain("Until Sun 22 Nov, 15:05 FilterGate blocks illegal content and little else"));
        clock.Advance(TimeSpan.FromHours(1));
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
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()));
        site.State.BeginShadow(RunningSite.Now.AddHours(1), null, "tech");
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Accept-Language", "cy");
        Assert.That(await client.GetStringAsync(new Uri(site.Address, "/")), Does.Contain("<b>Modd cysgod.</b> Tan "));
    }

    [Test]
    public async Task Page_HasGroupsAndCategories_AndSitesForThoseWhoReadTheLog()
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(Roster.Empty), clock: clock);
        using var technician = await Visitor.SignedInAsync(site, "technician", clock);
        using var auditor = await Visitor.SignedInAsync(site, "a-moss", clock);
        Assert.That(await technician.ReadAsync("/shadow"), Does.Contain("There was no pilot here"));
        site.State.BeginShadow(RunningSite.Now.AddMinutes(15), "before we change over", "tech");
        Assert.That(await technician.ReadAsync("/shadow"), Does.Contain("Nothing was let through that the policy refuses"));
        foreach (var kind in new[] { EventKind.WouldBlock, EventKind.WouldBlock, EventKind.WouldWarn })
        {
            await site.Events.CommitAsync(
                new FilterEvent
                {
                    Time = clock.GetUtcNow(), Kind = kind, Decision = Verdict.LogOnly, Reason = Reason.CategoryBlock, Person = "p123", Tier = "pupil", Host = "play.example", Url = "http://play.example/secret", Category = "games", ActKind = ActKind.PageView,
                },
                giveReference: false);
        }
        clock.Advance(TimeSpan.FromMinutes(1));
        var page = WebUtility.HtmlDecode(await technician.ReadAsync("/shadow"));
        Assert.That(page, Does.Contain("On until Sun 22 Nov, 14:20.").And.Contain("before we change over").And.Contain("<dd>3</dd>").And.Contain("play.example").And.Contain(">games<").And.Not.Contain("no category").And.Not.Contain("p123").And.Not.Contain("secret"));
        Assert.That(await auditor.ReadAsync("/shadow"), Does.Contain(">games<").And.Not.Contain("play.example"));
        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.That(WebUtility.HtmlDecode(await technician.ReadAsync("/shadow")), Does.Contain("Off since Sun 22 Nov, 14:20."));
    }
}
