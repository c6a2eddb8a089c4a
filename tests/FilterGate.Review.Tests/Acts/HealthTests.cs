using System.Net;
using FilterGate.Safeguarding.Keeping;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Acts;

/// <summary>Whether the filter is healthy, on <i>Today</i>: what each job that nobody sees last did.</summary>
public sealed class HealthTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 22, 3, 40, 0, TimeSpan.Zero);

    private static readonly KeepingStatus Well = new() { LastRun = Night, LastSuccess = Night, IsWhole = true };

    private static IEnumerable<TestCaseData> Rounds()
    {
        TestCaseData Row(string name, KeepingStatus? status, string look, string says) => new TestCaseData(status, look, says).SetName($"NightlyRound_{name}");
        yield return Row("Never", null, "warn", "There was none yet");
        yield return Row("Well", Well, "good", "On Sun 22 Nov, 03:40 all records were as they were written");
        yield return Row("BeforeLastNight", Well with { LastRun = Night.AddDays(-1) }, "good", "On Sat 21 Nov, 03:40");
        yield return Row("MissedTwice", Well with { LastRun = Night.AddDays(-3) }, "warn", "The last was on Thu 19 Nov, 03:40: is the gateway running?");
        yield return Row("CouldNotDropAFile", Well with { Problems = ["2025-10.db cannot be dropped"] }, "warn", "It did not end well on Sun 22 Nov, 03:40: ask the technician.");
        yield return Row("FoundSomethingChanged", Well with { IsWhole = false, Problems = ["2026-11.db is not as it was written"] }, "bad", "records that are not as they were written");
    }

    [TestCaseSource(nameof(Rounds))]
    public async Task NightlyRound(KeepingStatus? status, string look, string says)
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), options: new ReviewSiteOptions { Keeping = () => status }, clock: clock);
        using var lead = await Visitor.SignedInAsync(site, "dsl", clock);
        var page = WebUtility.HtmlDecode(await lead.ReadAsync("/"));
        var line = page.Split("<li class=\"").Single(part => part.Contains("<b>Nightly round</b>", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(line, Does.StartWith(look).And.Contain(says));
            Assert.That(line, Does.Not.Contain(".db"), "names of files are the technician's");
        }
    }
}
