using FilterGate.Events;
using FilterGate.Lists;
using FilterGate.Policy;
using FilterGate.Safeguarding.Today;

namespace FilterGate.Safeguarding.Tests.Today;

internal sealed class TodayItemsTests
{
    private static readonly DateTimeOffset Nine = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    [TestCase("self-harm", Intent.Clicked, TodayPattern.Once, 35, TestName = "Of_OnePageOfSelfHarmByALink_IsShown")]
    [TestCase("pornography", Intent.Typed, TodayPattern.Typed, 42, TestName = "Of_OneTypedAddressForAdults_IsShown")]
    [TestCase("pornography", Intent.Searched, TodayPattern.SearchLed, 45, TestName = "Of_OnePageForAdultsFromASearch_IsShown")]
    [TestCase("pornography", Intent.Clicked, TodayPattern.Once, 0, TestName = "Of_OnePageForAdultsByALink_MayBeAnAccident")]
    [TestCase("vpn", Intent.Background, TodayPattern.Background, 0, TestName = "Of_AVpnApp_IsNoPerson")]
    [TestCase("games", Intent.Typed, TodayPattern.Typed, 0, TestName = "Of_AGame_IsNoConcern")]
    [TestCase("advertising", Intent.Searched, TodayPattern.SearchLed, 0, TestName = "Of_AnAdvertisement_IsNoConcern")]
    [TestCase("extremism", Intent.Typed, TodayPattern.Typed, 84, TestName = "Of_ATypedAddressOfExtremism_IsShown")]
    public void Of_OneAct(string category, Intent intent, TodayPattern pattern, int score)
    {
        var items = Of(Blocked("p1", category, intent)).Items;
        Assert.That(items.Select(i => (i.Pattern, i.Score)), Is.EqualTo(score == 0 ? [] : new[] { (pattern, score) }));
    }

    /// <summary>A pilot blocks hardly anything; what a child looked for the lead sees all the same.</summary>
    [Test]
    public void Of_AnActThatShadowModeLetThrough_WeighsAsMuch()
    {
        var act = Blocked("p1", "self-harm", Intent.Typed);
        var letThrough = act with { Kind = EventKind.WouldBlock, Decision = Verdict.LogOnly, ActKind = ActKind.TypedAddress };
        Assert.That(Of(letThrough).Items.Single().Score, Is.EqualTo(Of(act).Items.Single().Score));
        Assert.That(Of(letThrough with { Kind = EventKind.Allow }).Items, Is.Empty, "what the policy allows is no concern");
    }

    [Test]
    public void Of_RepeatedTriesOfOnePersonAndSubject_AreOneItemThatSaysWhy()
    {
        var acts = Enumerable.Range(0, 6).Select(i => Blocked("p1", "pornography", Intent.Clicked, minute: i, host: $"site{i % 3}.example")).ToArray();
        var item = Of(acts).Items.Single();

        Assert.That(item.Acts, Is.EqualTo(acts.Select(a => a.Id)));
        Assert.That(item.Pattern, Is.EqualTo(TodayPattern.Repeated));
        Assert.That(item.Parts, Is.EqualTo([new ScorePart(30, "Content for adults"), new ScorePart(15, "tried 6 times"), new ScorePart(7, "went on after the page that says no"), new ScorePart(9, "3 different sites")]));
        Assert.That(item.Score, Is.EqualTo(61));
        Assert.That(item.Why, Is.EqualTo("Asked for content for adults 6 times. Went on after the page that says no."));
        Assert.That((item.First, item.Last), Is.EqualTo((Nine, Nine.AddMinutes(5))));
    }

    /// <summary>What somebody tried is told as one story; what only looks like noise may be a messenger, and weighs as an accident does.</summary>
    [TestCase("vpn", Reason.WayRound, "OpenVPN: its first packet", 30, "Tried to get round the filter 14 times in 20 minutes, with a VPN.")]
    [TestCase(null, Reason.WayRound, "SSH: its greeting", 30, "Tried to get round the filter 14 times in 20 minutes, with a tunnel.")]
    [TestCase("web-proxies", Reason.NoBypass, null, 15, "Tried to get round the filter 14 times in 20 minutes, with a proxy.")]
    public void Of_OneStoryOfAttempts_SaysHowOftenAndWithWhat(string? category, Reason reason, string? rule, int score, string why)
    {
        var story = Attempt(category, reason, rule);
        var attempts = Attempts.Of(query => new EventPage(query.PartsOf == story.Id ? [.. Enumerable.Range(1, 13).Select(i => story with { Id = Guid.Empty, Time = Nine.AddMinutes(i * 20.0 / 13), ActKind = null, Act = story.Id })] : [], HasMore: false, []), [story]);
        var item = TodayItems.Of([story], ListLoader.ShippedTaxonomy, new TodayOptions { ScoreMin = 1 }, attempts).Items.Single();
        Assert.That((item.Subject, item.Score, item.Why), Is.EqualTo(("circumvention", score, why)));
    }

    /// <summary>An app that tries every minute makes a story a day and more: the stories of somebody are counted with one search, and as each would be alone, also where there are more tries than are read at once.</summary>
    [TestCase(1, 5, 7, 0)]
    [TestCase(3, 900, 700, 1_500)]
    public void Attempts_OfSeveralStories_AreThoseOfEachAlone(int searches, params int[] tries)
    {
        var stories = tries.Select((_, day) => Attempt("vpn", Reason.WayRound, "OpenVPN: its first packet") with { Id = Guid.Empty, Time = Nine.AddDays(day), Person = null, Device = "ipad-14" }).ToList();
        var all = stories.SelectMany((story, day) => Enumerable.Range(1, tries[day]).Select(i => story with { Id = Guid.Empty, Time = story.Time.AddSeconds(20 * i), ActKind = null, Act = story.Id })).Concat(stories).OrderByDescending(e => e.Time).ToList();
        var asked = 0;
        EventPage Search(EventQuery query)
        {
            asked++;
            var found = all.Where(e => e.Time >= query.Since && e.Time < query.Until && (query.PartsOf is null || e.Act == query.PartsOf) && (query.Device is null || e.Device == query.Device)).ToList();
            return new EventPage([.. found.Take(query.Limit)], found.Count > query.Limit, []);
        }

        var together = Attempts.Of(Search, stories);
        Assert.That(asked, Is.EqualTo(searches));
        Assert.That(together, Is.EquivalentTo(stories.ToDictionary(story => story.Id, story => Attempts.Of(Search, [story])[story.Id])));
        Assert.That(stories.Select(story => together[story.Id].Count), Is.EqualTo(tries.Select(count => Math.Min(count + 1, Attempts.CountMax))));
    }

    [TestCase("Unknown and encrypted: the first bytes are neither a beginning that anybody publishes nor text, and as even as noise")]
    [TestCase("Encrypted name (ECH): its ClientHello shows a name that stands for others, and hides the site's own")]
    public void Of_AHiddenConnection_MayBeAnAccident(string rule) =>
        Assert.That(TodayItems.Of([Attempt(null, Reason.WayRound, rule)], ListLoader.ShippedTaxonomy, new TodayOptions { ScoreMin = 1 }).Items.Single().Score, Is.EqualTo(15));

    [Test]
    public void Of_ABlockedPageShownByATranslator_IsWhatItShows()
    {
        var shown = Attempt("self-harm", Reason.CategoryBlock, "embedded self-harm.example");
        Assert.That(Of(shown).Items.Single(), Has.Property(nameof(TodayItem.Subject)).EqualTo("self-harm").And.Property(nameof(TodayItem.Why)).EqualTo("Tried to get round the filter once, with a page that shows other pages."));
        Assert.That(Of(shown with { Category = "games", Intent = Intent.Typed }).Items.Single().Subject, Is.EqualTo("circumvention"));
    }

    [TestCase(1, 0, false, "once")]
    [TestCase(2, 30, false, "twice within a minute or so")]
    [TestCase(14, 20 * 60, false, "14 times in 20 minutes")]
    [TestCase(300, 4 * 3600, false, "300 times in 4 hours")]
    [TestCase(1000, 6 * 3600, true, "more than 1,000 times in 6 hours")]
    public void Words_OfAttempts(int count, int seconds, bool isMore, string words) => Assert.That(new Attempts(count, isMore, Nine, Nine.AddSeconds(seconds)).Words, Is.EqualTo(words));

    private static FilterEvent Attempt(string? category, Reason reason, string? rule) => Blocked("p1", category ?? "games", Intent.Typed) with
    {
        Kind = EventKind.Circumvention, ActKind = ActKind.Circumvention, Category = category, Reason = reason, Rule = rule, Intent = null,
    };

    [Test]
    public void Of_TwoPeopleOrTwoSubjects_AreItemsApart() =>
        Assert.That(Of(Blocked("p1", "self-harm", Intent.Typed), Blocked("p2", "self-harm", Intent.Typed), Blocked("p1", "weapons", Intent.Typed)).Items.Select(i => (i.Who, i.Subject)),
            Is.EquivalentTo(new[] { ("person:p1", "self-harm"), ("person:p2", "self-harm"), ("person:p1", "criminal") }));

    [TestCase("how to hurt myself", "self-harm")]
    [TestCase("How  to HURT-myself?", "self-harm")]
    [TestCase("i don't want to live", "suicide")]
    [TestCase("best free vpn for school", "circumvention")]
    [TestCase("hurt myselfie", null)]
    [TestCase("suicide squad trailer", null)]
    [TestCase("rivers of wales", null)]
    [TestCase("", null)]
    public void Of_AllowedSearch(string words, string? subject) =>
        Assert.That(Of(new FilterEvent { Time = Nine, Kind = EventKind.Search, Decision = Verdict.Allow, Reason = Reason.CategoryAllow, Category = "search-safe", Person = "p1", ActKind = ActKind.Search, Intent = Intent.Searched, SearchWords = words }).Items.Select(i => i.Subject),
            Is.EqualTo(subject is null ? [] : new[] { subject }));

    [Test]
    public void Of_PartsOfPagesAndTests_ArePassedOver()
    {
        var part = Blocked("p1", "pornography", Intent.Background) with { ActKind = null };
        var verification = Blocked("p1", "csam-iwf", Intent.Typed) with { Reason = Reason.Locked, Rule = FilterEvent.VerificationRule };
        Assert.That(Of(part, part, verification), Is.EqualTo(new TodayList([], 0, 0, 0)).Using<TodayList>((a, b) => a.Items.Count == b.Items.Count && a.ActsSeen == b.ActsSeen));
    }

    [Test]
    public void Of_IllegalContent_IsShownHoweverItCame()
    {
        var item = Of(Blocked("p1", "csam-iwf", Intent.Background) with { ActKind = null, Reason = Reason.Locked, Host = null, Url = null }).Items.Single();
        Assert.That((item.Subject, item.Score), Is.EqualTo(("child-abuse", 30)));
    }

    [Test]
    public void Of_MoreThanTen_ShowsTheHighestAndSaysHowManyAreLeft()
    {
        var acts = Enumerable.Range(0, 12).Select(i => Blocked($"p{i}", i < 3 ? "suicide" : "pornography", Intent.Typed)).ToArray();
        var list = Of(acts);
        Assert.That((list.Items.Count, list.LeftOut, list.BelowThreshold, list.ActsSeen), Is.EqualTo((10, 2, 0, 12)));
        Assert.That(list.Items.Take(3).Select(i => i.Subject), Is.All.EqualTo("suicide"));
    }

    [Test]
    public void Of_AnyItem_ScoreIsTheSumOfItsParts()
    {
        var intents = Enum.GetValues<Intent>();
        foreach (var category in ListLoader.ShippedTaxonomy.Categories)
            foreach (var intent in intents)
                for (var tries = 1; tries <= 11; tries += 5)
                {
                    var items = TodayItems.Of(Enumerable.Range(0, tries).Select(i => Blocked("p1", category.Slug, intent, i)), ListLoader.ShippedTaxonomy, new TodayOptions { ScoreMin = 0 }).Items;
                    foreach (var item in items) Assert.That(item.Score, Is.EqualTo(item.Parts.Sum(p => p.Points)).And.GreaterThan(0), $"{category} {intent} {tries}");
                }
    }

    private static TodayList Of(params FilterEvent[] acts) => TodayItems.Of(acts, ListLoader.ShippedTaxonomy);

    private static FilterEvent Blocked(string person, string category, Intent intent, int minute = 0, string host = "site.example") => new()
    {
        Time = Nine.AddMinutes(minute), Kind = EventKind.Block, Decision = Verdict.Block, Reason = Reason.CategoryBlock, Category = category, Person = person, Tier = "pupil",
        Host = host, Url = $"http://{host}/", ActKind = intent == Intent.Typed ? ActKind.TypedAddress : ActKind.BlockedAct, Intent = intent,
    };
}
