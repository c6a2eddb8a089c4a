using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Safeguarding.Today;

namespace FilterGate.Safeguarding.Tests.Today;

/// <summary>Thousands of refused requests are noise; one child in trouble is the signal.</summary>
internal sealed class SampleWeekTests
{
    private static readonly Lazy<SampleWeek> Made = new(SampleWeek.Make);

    private static Dictionary<DateOnly, TodayList> Lists => Made.Value.Days.ToDictionary(d => d.Key, d => TodayItems.Of(d.Value, ListLoader.ShippedTaxonomy));

    [Test]
    public void Of_EachDay_FindsEveryConcerningActInAtMostTenItems()
    {
        var (week, lists) = (Made.Value, Lists);
        TestContext.Out.WriteLine($"{week.Requests} requests, {week.Refused} refused, {week.Days.Values.Sum(d => d.Count(e => e.ActKind is not null))} acts, {week.Concerning.Count} of them concerning");
        foreach (var (day, list) in lists)
        {
            TestContext.Out.WriteLine($"{day:ddd}: {list.Items.Count} items, {list.LeftOut} left out, {list.BelowThreshold} below");
            foreach (var item in list.Items) TestContext.Out.WriteLine($"  {item.Score,4} {item.Who} {item.Why} [{string.Join("; ", item.Parts.Select(p => $"{p.Points} {p.Words}"))}]");
        }

        Assert.That(week.Concerning.Where(c => !lists[c.Day].Items.Any(i => i.Acts.Contains(c.Act))).Select(c => $"{c.Day}: {c.What}"), Is.Empty, "every concerning act is found");
        Assert.That(lists.Values.Select(l => l.Items.Count), Is.All.LessThanOrEqualTo(10));
        Assert.That(lists.Values.Select(l => l.LeftOut), Is.All.Zero, "nothing urgent is left out");
    }

    [Test]
    public void Of_EachDay_IsMostlyWhatIsConcerning()
    {
        var found = Lists.SelectMany(l => l.Value.Items, (l, item) => (l.Key, item)).ToArray();
        var concerning = Made.Value.Concerning.Select(c => c.Act).ToHashSet();
        var others = found.Where(f => !f.item.Acts.Any(concerning.Contains)).Select(f => $"{f.Key}: {f.item.Who} {f.item.Why}").ToArray();
        Assert.That(others, Has.Length.LessThanOrEqualTo(5), string.Join('\n', others));
    }

    [Test]
    public void Of_TheClassAtTheMuseum_IsOneItem()
    {
        var wednesday = Lists[new DateOnly(2026, 11, 25)];
        var item = wednesday.Items.Single(i => i.Who == "group:class-2");
        Assert.That(item.Acts, Has.Count.EqualTo(24));
        Assert.That(item.Why, Is.EqualTo("24 of class-2 came to crime and weapons within an hour: a lesson, or a dare."));
        Assert.That(item.Parts.Sum(p => p.Points), Is.EqualTo(item.Score));
    }

    [Test]
    public void Of_Patterns_TellAccidentRepetitionAndSearchApart()
    {
        TodayPattern Of(int day, string who) => Lists[new DateOnly(2026, 11, 23).AddDays(day)].Items.Single(i => i.Who == who).Pattern;
        Assert.That(Of(0, "person:p101"), Is.EqualTo(TodayPattern.SearchLed));
        Assert.That(Of(1, "device:ipad-160"), Is.EqualTo(TodayPattern.Typed));
        Assert.That(Of(2, "person:p088"), Is.EqualTo(TodayPattern.Once));
    }

    /// <summary>Whoever signs in nowhere is found by the device, and nothing of the device's is put on a person.</summary>
    [Test]
    public void Of_PupilsKnownByDeviceOnly_AreItemsOfTheirDevices()
    {
        var byDevice = Lists.SelectMany(day => day.Value.Items).Where(item => item.Who?.StartsWith("device:", StringComparison.Ordinal) == true).ToList();
        Assert.That(byDevice, Has.Count.GreaterThanOrEqualTo(13));
        Assert.That(byDevice, Is.All.Matches<TodayItem>(item => item!.Person is null && item.Who == $"device:{item.Device}" && item.Group?.StartsWith("class-", StringComparison.Ordinal) == true));
        Assert.That(Lists.SelectMany(day => day.Value.Items).Where(item => item.Who?.StartsWith("person:", StringComparison.Ordinal) == true), Is.All.Matches<TodayItem>(item => item!.Who == $"person:{item.Person}"));
    }

    [Test]
    public void Of_AnyOrder_IsTheSame()
    {
        var day = Made.Value.Days[new DateOnly(2026, 11, 24)];
        var shuffled = day.ToArray();
        new Random(7).Shuffle(shuffled);
        string[] Words(IEnumerable<FilterEvent> events) => [.. TodayItems.Of(events, ListLoader.ShippedTaxonomy).Items.Select(i => $"{i.Who} {i.Score} {i.Why}")];
        Assert.That(Words(shuffled), Is.EqualTo(Words(day)));
    }

    [Test]
    public void Of_EveryItem_IsExplained() =>
        Assert.That(Lists.Values.SelectMany(l => l.Items), Is.All.Matches<TodayItem>(i => i!.Score == i.Parts.Sum(p => p.Points) && i.Why.Length > 10 && i.Parts.Count > 0 && i.Acts.Count > 0));
}
