using System.Globalization;
using FilterGate.EndToEnd.Tests.Fixtures;

namespace FilterGate.EndToEnd.Tests;

/// <summary>A pilot beside the present filter: everything passes and is on record, illegal content is blocked, everybody is told, and a start without it ends it.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class ShadowTests
{
    [Test]
    public async Task Pilot_LetsThroughAndRecords_BlocksIllegalContent_AndEnds()
    {
        await using var school = await School.OpenAsync();
        Assert.That((await school.GetAsync("pupil", $"http://{School.Auction}/1k")).Status, Is.EqualTo(403), "before");
        var tooLong = await school.CommandAsync("run", "--tier-listen", "pupil=127.0.0.1:0", "--shadow", "--until", In(days: 15));
        Assert.That((tooLong.ExitCode, tooLong.Error.Contains("shadow mode lasts no longer", StringComparison.Ordinal)), Is.EqualTo((4, true)), tooLong.Error);

        await school.Gateway.StopAsync();
        await school.StartGatewayAsync("--shadow", "--until", In(days: 1), "--reason", "pilot");
        Assert.That(school.Gateway.Error, Does.Contain("warning: shadow mode until"));
        var plain = await school.GetAsync("pupil", $"http://{School.Auction}/1k");
        var read = await school.GetAsync("pupil", $"https://{School.Auction}/1k");
        var tunnelled = await school.Curl.GetAsync($"https://{School.Auction}/1k", school.Gateway.Address("guest"), school.Origin.Certificates.AuthorityPath);
        var locked = await school.GetAsync("staff", "http://locked.test/forbidden/page");
        var page = await school.Curl.GetAsync(new Uri(school.Gateway.Address("review"), "/coverage").ToString());
        var differences = await school.Curl.GetAsync(new Uri(school.Gateway.Address("review"), "/shadow").ToString());
        using (Assert.EnterMultipleScope())
        {
            Assert.That((plain.Status, read.Status, tunnelled.Status), Is.EqualTo((200, 200, 200)));
            Assert.That(locked.Status, Is.EqualTo(403), locked.ToString());
            Assert.That(page.Body, Does.Contain("Shadow mode.").And.Contain("banner shadow"));
            Assert.That(differences.Body, Does.Contain(School.Auction));
            Assert.That((await school.CommandAsync("doctor")).Output, Does.Contain("RED      shadow mode: on until"));
            Assert.That((await school.CommandAsync("check", School.Auction, "--tier", "pupil")).Output, Does.Contain("the gateway lets it through"));
            Assert.That((await school.CommandAsync("shadow", "--json")).Output, Does.Contain($"\"tier\":\"pupil\",\"host\":\"{School.Auction}\""));
        }
        var events = await school.EventsAsync();
        Assert.That(events.Where(e => e.GetProperty("kind").GetString() == "would-block").Select(e => (e.GetProperty("host").GetString(), e.GetProperty("decision").GetString(), e.GetProperty("reason").GetString())), Has.Some.EqualTo((School.Auction, "log-only", "category-block")));

        await school.Gateway.StopAsync();
        await school.StartGatewayAsync();
        Assert.That((await school.GetAsync("pupil", $"http://{School.Auction}/1k")).Status, Is.EqualTo(403), "a start without it ends it");
        Assert.That((await school.CommandAsync("doctor")).Output, Does.Contain("ok       shadow mode: off"));
    }

    private static string In(int days) => DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
