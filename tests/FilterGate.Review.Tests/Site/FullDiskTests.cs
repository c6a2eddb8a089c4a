using FilterGate.Events;
using FilterGate.Testing;
using Microsoft.Extensions.Time.Testing;

namespace FilterGate.Review.Tests.Site;

/// <summary>The site on a disk that fills up, and on a clock that is set back: what is known is shown, what is not is said, and nothing that was acknowledged is lost.</summary>
internal sealed class FullDiskTests
{
    [Test]
    public async Task DiskFull_WhatNeedsNoRowIsShown_AndWhatCannotBeKeptIsNotDone()
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        Mount? disk = null;
        await using var site = await RunningSite.StartAsync(
            RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), clock: clock, prepare: folder => disk = Mount.Tmpfs(folder, "size=12m,mode=0700"));
        using var mounted = disk;
        await SampleDay.FillAsync(site.Events);
        using var lead = await Visitor.SignedInAsync(site, "dsl", clock);
        var token = Visitor.Token(await lead.ReadAsync("/account"))!;
        using (var before = await ConcludeAsync(lead, token, SampleDay.Worrying)) Assert.That((int)before.StatusCode, Is.EqualTo(302));

        var written = Written(site);
        var filler = Path.Combine(Path.GetDirectoryName(site.StatePath)!, "filler");
        Fill(filler);
        clock.Advance(TimeSpan.FromMinutes(2)); // The same look within a minute needs no row.
        using (var look = await lead.GetAsync("/review"))
        {
            Assert.That((int)look.StatusCode, Is.EqualTo(503));
            Assert.That(await look.Content.ReadAsStringAsync(), Does.Contain("<html").And.Contain("Try again").And.Not.Contain("how to hurt myself"), "a look that cannot be kept does not happen");
        }
        Assert.That((int)(await lead.GetAsync("/governors")).StatusCode, Is.EqualTo(200), "counts need no row");
        using (var refused = await ConcludeAsync(lead, token, SampleDay.WithQuery))
        {
            Assert.That((int)refused.StatusCode, Is.EqualTo(503));
            Assert.That(await refused.Content.ReadAsStringAsync(), Does.Contain("nothing was done").And.Contain("spoke with the class teacher"), "what was typed comes back, to copy");
        }

        File.Delete(filler);
        Assert.That(site.State.ReviewsOf([SampleDay.Worrying.Id, SampleDay.WithQuery.Id]).Keys, Is.EqualTo([SampleDay.Worrying.Id]), "what was acknowledged is there, and what was refused is not");
        Assert.That(await lead.ReadAsync("/review?state=all"), Does.Contain("how to hurt myself"));
        using var after = await ConcludeAsync(lead, token, SampleDay.WithQuery);
        Assert.That((int)after.StatusCode, Is.EqualTo(302), "and it goes on");
        Assert.That(Written(site), Is.SupersetOf(written));
    }

    /// <summary>Two days back: a dead battery, or somebody's hand.</summary>
    [TestCase("/", "a clock was set back")]
    [TestCase("/review?when=week", null)]
    [TestCase("/searches?when=week", null)]
    [TestCase("/person/p402", null)]
    [TestCase("/sites?when=week", null)]
    [TestCase("/log?when=week", null)]
    [TestCase("/governors", null)]
    public async Task ClockSetBack_EachPageAnswers(string address, string? says)
    {
        var clock = new FakeTimeProvider(RunningSite.Now);
        await using var site = await RunningSite.StartAsync(RunningSite.Log(RunningSite.Finds()), () => SamplePolicy.With(SampleDay.People), clock: clock);
        await SampleDay.FillAsync(site.Events);
        using var lead = await Visitor.SignedInAsync(site, "dsl", clock);
        clock.AdjustTime(RunningSite.Now.AddDays(-2));
        using var answer = await lead.GetAsync(address);
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        if (says is not null) Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(says));
    }

    private static Task<HttpResponseMessage> ConcludeAsync(Visitor lead, string token, FilterEvent act) =>
        lead.PostAsync("/review/conclude", ("act", act.Id.ToString("N")), ("conclude", "talk"), ("note", "spoke with the class teacher"), ("return", "/review"), (Visitor.TokenName, token));

    private static List<Guid> Written(RunningSite site) => [.. new EventReader(site.EventsFolder).Search(new EventQuery { Limit = 500 }).Events.Select(e => e.Id)];

    private static void Fill(string path)
    {
        using var file = File.OpenWrite(path);
        var block = new byte[4096];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
