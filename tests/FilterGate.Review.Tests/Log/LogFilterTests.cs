using FilterGate.Events;
using FilterGate.Review.Log;
using FilterGate.Review.Site;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace FilterGate.Review.Tests.Log;

[TestFixture]
public sealed class LogFilterTests
{
    private static LogFilter Parse(string query) => LogFilter.Parse(new QueryCollection(QueryHelpers.ParseQuery(query)), RunningSite.School.Tiers, Tongue.English);

    [Test]
    public void Parse_Nothing_IsTodayOfEveryTier()
    {
        var filter = Parse("");
        Assert.Multiple(() =>
        {
            Assert.That((filter.Tier, filter.Show, filter.When, filter.From, filter.To, filter.Before), Is.EqualTo(((string?)null, Show.All, When.Today, (DateTime?)null, (DateTime?)null, (Guid?)null)));
            Assert.That(filter.Problems, Is.Empty);
            Assert.That(filter.Kinds, Is.EqualTo(new[] { EventKind.Block, EventKind.Circumvention, EventKind.Override, EventKind.WouldBlock, EventKind.WouldWarn, EventKind.WouldLimit, EventKind.WouldGetRound }));
        });
    }

    [Test]
    public void Parse_WhatAFormSends_HasNoProblems()
    {
        // A form sends every field, also the empty ones and the times that are not in sight.
        var filter = Parse("?tier=&show=all&when=today&from=&to=");
        Assert.That(filter.Problems, Is.Empty);
        Assert.That(filter.Link(null), Is.EqualTo("/log"));
    }

    [TestCase("?tier=pupil", "/log?tier=pupil")]
    [TestCase("?tier=pupil-ks1&show=blocks", "/log?tier=pupil-ks1&show=blocks")]
    [TestCase("?show=OVERRIDES&when=Hour", "/log?show=overrides&when=hour")]
    [TestCase("?show=encryption", "/log?show=encryption")]
    [TestCase("?show=checks&tier=pupil", "/log?tier=pupil&show=checks")]
    [TestCase("?when=week&from=2026-11-01T00:00", "/log?when=week", TestName = "Link_TimesThatAreNotChosen_AreLeftOut")]
    [TestCase("?when=between&from=2026-11-01T08:30&to=2026-11-02", "/log?when=between&from=2026-11-01T08%3A30&to=2026-11-02T00%3A00")]
    [TestCase("?when=between&to=2026-11-02T10:00:07", "/log?when=between&to=2026-11-02T10%3A00%3A07")]
    [TestCase("?query=show&tier=pupil", "/log?tier=pupil&query=show")]
    [TestCase("?query=hide", "/log")]
    [TestCase("?before=0190163d-8694-739b-aea5-966c26f8ad91&unknown=1", "/log?before=0190163d-8694-739b-aea5-966c26f8ad91")]
    public void Link_OfWhatWasParsed_SaysTheSame(string query, string link)
    {
        var filter = Parse(query);
        Assert.Multiple(() =>
        {
            Assert.That(filter.Problems, Is.Empty);
            Assert.That(filter.Link(filter.Before), Is.EqualTo(link));
            Assert.That(Parse(link["/log".Length..]), Is.EqualTo(filter));
        });
    }

    [TestCase("?tier=nobody", "no tier “nobody”")]
    [TestCase("?tier=PUPIL", "no tier “PUPIL”")]
    [TestCase("?show=2", "“2” is not a choice")]
    [TestCase("?show=blocks,overrides", "is not a choice")]
    [TestCase("?when=fortnight", "today is shown")]
    [TestCase("?when=between", "No time was chosen")]
    [TestCase("?when=between&from=monday&to=2026-11-02", "“monday” is not a time")]
    [TestCase("?when=between&from=0001-01-01T00:00", "is not a time")]
    [TestCase("?when=between&from=9999-12-31T23:59", "is not a time")]
    [TestCase("?when=between&from=2026-11-03&to=2026-11-02", "the other way round")]
    [TestCase("?before=17", "damaged")]
    [TestCase("?before={0190163d-8694-739b-aea5-966c26f8ad91}", "damaged")]
    [TestCase("?tier=pupil&tier=staff", "was given 2 times")]
    public void Parse_WhatMakesNoSense_IsSaidAndReplaced(string query, string problem) =>
        Assert.That(Parse(query).Problems, Has.Some.Contains(problem));

    /// <summary>Every kind of event but what was allowed, what was searched and what people did with the site, which have pages of their own, is in a choice.</summary>
    [Test]
    public void Kinds_OfEveryChoice_AreAllThatTheLogIsFor() =>
        Assert.That(Enum.GetValues<Show>().SelectMany(show => new LogFilter { Show = show }.Kinds).Distinct().Order(), Is.EqualTo(Enum.GetValues<EventKind>().Except([EventKind.Allow, EventKind.Search, EventKind.Audit])));

    [TestCase("tier")]
    [TestCase("show")]
    [TestCase("before")]
    public void Parse_EndlessValue_IsLeftOutAndNotRepeated(string name)
    {
        var filter = Parse($"?{name}={new string('x', 5000)}");
        Assert.That(filter.Problems.Single(), Does.Contain("too long").And.Length.LessThan(100));
    }

    [Test]
    public void Parse_TimesTheWrongWayRound_AreSwapped()
    {
        var filter = Parse("?when=between&from=2026-11-03&to=2026-11-02");
        Assert.That((filter.From, filter.To), Is.EqualTo(((DateTime?)new DateTime(2026, 11, 2), (DateTime?)new DateTime(2026, 11, 3))));
    }

    // London is an hour before UTC from 29 March to 25 October 2026.
    [TestCase("", "2026-11-22T14:05:09Z", "2026-11-22T00:00:00Z", null)]
    [TestCase("", "2026-07-01T00:30:00Z", "2026-06-30T23:00:00Z", null, TestName = "Range_TodayInSummer_BeginsAnHourBeforeUtcsMidnight")]
    [TestCase("", "2026-06-30T23:30:00Z", "2026-06-30T23:00:00Z", null, TestName = "Range_JustAfterSummerMidnight_IsTheNewDay")]
    [TestCase("?when=hour", "2026-11-22T14:05:09Z", "2026-11-22T13:05:09Z", null)]
    [TestCase("?when=yesterday", "2026-11-22T14:05:09Z", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")]
    [TestCase("?when=yesterday", "2026-10-26T09:00:00Z", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z", TestName = "Range_DayTheClocksWentBack_HasTwentyFiveHours")]
    [TestCase("?when=week", "2026-11-22T14:05:09Z", "2026-11-16T00:00:00Z", null)]
    [TestCase("?when=between&from=2026-07-01T09:00&to=2026-07-01T10:00", "2026-11-22T14:05:09Z", "2026-07-01T08:00:00Z", "2026-07-01T09:00:00Z")]
    [TestCase("?when=between&to=2026-11-02", "2026-11-22T14:05:09Z", null, "2026-11-02T00:00:00Z")]
    [TestCase("?when=between&from=2026-10-25T01:30&to=2026-10-25T01:45", "2026-11-22T14:05:09Z", "2026-10-25T00:30:00Z", "2026-10-25T01:45:00Z", TestName = "Range_HourThatComesTwice_IsTakenWhole")]
    [TestCase("?when=between&from=2026-03-29T01:30", "2026-11-22T14:05:09Z", "2026-03-29T01:30:00Z", null, TestName = "Range_HourThatNeverComes_BeginsAfterTheGap")]
    public void Range(string query, string now, string? since, string? until)
    {
        var range = Parse(query).Range(At(now)!.Value, RunningSite.London);
        Assert.That(range, Is.EqualTo((At(since), At(until))));
    }

    private static DateTimeOffset? At(string? time) => time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
}
