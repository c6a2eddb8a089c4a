using FilterGate.EndToEnd.Tests.Fixtures;
using FilterGate.Testing;

namespace FilterGate.EndToEnd.Tests;

/// <summary>Going past a warning and using the minutes of a day, through the real gateway, over HTTPS and across a restart.</summary>
[TestFixture]
[Category("EndToEnd")]
[Category("Slow")]
public sealed class WarnAndQuotaTests
{
    private const string Policy = """
        school: Sample Primary
        networks: [10.20.0.0/16]
        tiers:
          pupil: { uncategorised: warn, continue: 4m, quota: { auctions: 20m/10m } }
          staff: { uncategorised: allow }
          guest: { uncategorised: allow }
        """;

    [Test]
    public async Task WarningAndMinutes_GoneThrough_HoldAcrossARestart()
    {
        await using var school = await School.OpenAsync();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["policy.yaml"], Policy);
        var applied = await school.CommandAsync("policy", "apply", folder["policy.yaml"], "--reason", "warnings and minutes", "--yes");
        Assert.That(applied.ExitCode, Is.Zero, applied.Error);

        const string open = $"https://{School.Open}", auction = $"https://{School.Auction}";
        await Programs.UntilAsync(async () => (await school.GetAsync("pupil", $"{open}/1k")).Status == 403, "the policy is in force");
        var warned = await school.GetAsync("pupil", $"{open}/1k?x=1");
        var forged = await ContinueAsync(open, "/1k", "Sec-Fetch-Site: cross-site");
        var sent = await ContinueAsync(open, "/1k?x=1", "Sec-Fetch-Site: same-origin");
        var opened = await school.GetAsync("pupil", $"{open}/1k?x=1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(warned.Body, Does.Contain("Continue").And.Contain("value=\"/1k?x=1\""));
            Assert.That(forged.Status, Is.EqualTo(403));
            Assert.That(sent.Status, Is.EqualTo(303), sent.ToString());
            Assert.That(sent.Head, Does.Contain($"location: {open}/1k?x=1").IgnoreCase);
            Assert.That(opened.Status, Is.EqualTo(200), "at once: the pass is in force before the browser is sent back");
        }

        var limited = await school.GetAsync("pupil", $"{auction}/1k");
        Assert.That(limited.Body, Does.Contain("You have 20 of 20 minutes").And.Contain("Start 10 minutes"), limited.ToString());
        Assert.That((await ContinueAsync(auction, "/1k")).Status, Is.EqualTo(303));
        Assert.That((await school.GetAsync("pupil", $"{auction}/1k")).Status, Is.EqualTo(200));

        await school.StartGatewayAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await school.GetAsync("pupil", $"{auction}/1k")).Status, Is.EqualTo(200), "the slice goes on");
            Assert.That((await school.GetAsync("pupil", $"{open}/1k")).Status, Is.EqualTo(200), "and so does the warning that was gone past");
            Assert.That((await school.CommandAsync("quota", "list", "--json")).Lines.Count(l => l.Contains("\"minutes\":10", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That((await school.CommandAsync("quota", "show", "127.0.0.1")).Output, Does.Contain("10 min"));
            var rules = (await school.EventsAsync()).Select(e => e.GetProperty("rule").GetString()).ToList();
            Assert.That(rules, Has.One.EqualTo("continued").And.One.EqualTo("slice of auctions"));
        }

        Task<Answer> ContinueAsync(string site, string target, params IEnumerable<string> fields) =>
            school.GetAsync("pupil", $"{site}/.well-known/filtergate/continue", ["--data-urlencode", $"to={target}", .. fields.SelectMany(f => new[] { "-H", f })]);
    }
}
