using System.Globalization;
using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;

namespace FilterGate.Safeguarding.Today;

/// <summary>Picks from the acts of a day what the lead should look at first, and says why.</summary>
/// <remarks>
/// 1. The acts of one person (else device, else address) on one subject are one item. 2. The subject has a weight (<see cref="ConcernWeights"/>). 3. How it was come to, how often, after a refusal and on how many sites adds a share of that weight;
/// what may be an accident or was no person takes a share away. 4. Five or more of one group who come to one subject within an hour, none of them more than a few times or by a typed address, are one item: a lesson, or a dare. 5. Who reaches the
/// threshold is shown, the highest score first. Nothing is learnt and nothing is guessed from other days. No input or output; safe from any thread.
/// </remarks>
public static class TodayItems
{
    /// <summary>Who tries again within this time after a refusal has seen the page that says no.</summary>
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(15);

    /// <summary>So many of a group on one subject are one item.</summary>
    private const int TogetherMin = 5;

    /// <summary>Who of them came to it more often is an item of his or her own.</summary>
    private const int TogetherTriesMax = 3;

    /// <summary>Within this time they came to it together.</summary>
    private static readonly TimeSpan TogetherTime = TimeSpan.FromHours(1);

    /// <summary>The most that the shares of a weight add up to, itself included, per cent: searched for, ten times, on after a refusal, on three sites. A test holds it against the scores.</summary>
    internal const int ShareMax = 100 + 50 + 70 + 25 + 30;

    /// <summary>What has to be looked at for the items of a time; everything else that was refused or searched for cannot become one.</summary>
    /// <remarks>Refusals in the categories that weigh enough; whatever the words of a search say; and illegal content however it came. A busy school refuses and searches ten thousand times a day: reading all of it would take a second.</remarks>
    public static IReadOnlyList<EventQuery> Queries(EventQuery ofTime, PolicySnapshot policy, TodayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ofTime);
        ArgumentNullException.ThrowIfNull(policy);
        var taxonomy = policy.Lists.Taxonomy;
        string[] locked = [.. policy.Lists.Locked.Feeds.Select(feed => feed.Category.Slug).Distinct(StringComparer.Ordinal)];
        EventQuery[] queries =
        [
            ofTime with { Acts = EventQuery.EveryAct, Verdicts = [Verdict.Warn, Verdict.Quota, Verdict.Block], Categories = ConcernWeights.Categories((options ?? TodayOptions.Default).ScoreMin, ShareMax, taxonomy).Reaching },
            ofTime with { Acts = EventQuery.EveryAct, Kinds = FilterEvent.LiftedKinds, Categories = ConcernWeights.Categories((options ?? TodayOptions.Default).ScoreMin, ShareMax, taxonomy).Reaching },
            // A tunnel that nobody can name has no category.
            ofTime with { Acts = [ActKind.Circumvention] },
            ofTime with { Acts = EventQuery.EveryAct, SearchedFor = SearchConcerns.Words },
        ];
        return locked.Length == 0 ? queries : [.. queries, ofTime with { Kinds = [EventKind.Block], Categories = locked }];
    }

    /// <summary>What has to be looked at beside what <see cref="Queries"/> found: refusals of the same subjects that weigh too little by themselves, of those people (of everybody where they are many).</summary>
    public static IEnumerable<EventQuery> QueriesBeside(IEnumerable<FilterEvent> found, EventQuery ofTime, Taxonomy taxonomy, TodayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ofTime);
        ArgumentNullException.ThrowIfNull(taxonomy);
        var light = ConcernWeights.Categories((options ?? TodayOptions.Default).ScoreMin, ShareMax, taxonomy).Light;
        foreach (var subject in found.Select(e => (Concern.Of(e, taxonomy)?.Subject, e.Person)).Where(each => each.Subject is not null && light.Contains(each.Subject)).Distinct().GroupBy(each => each.Subject!, StringComparer.Ordinal))
        {
            var query = ofTime with { Acts = EventQuery.EveryAct, Verdicts = [Verdict.Warn, Verdict.Quota, Verdict.Block], Categories = [.. light[subject.Key]] };
            if (subject.Count() > PeopleByThemselves || subject.Any(each => each.Person is null)) yield return query;
            else foreach (var (_, person) in subject) yield return query with { Person = person };
        }
    }

    /// <summary>So many people are asked for one by one.</summary>
    private const int PeopleByThemselves = 4;

    /// <summary>Picks the items of one day.</summary>
    /// <param name="acts">The events of that day, in any order: what is no act is passed over, but for illegal content.</param>
    /// <param name="taxonomy">Names and themes of the categories.</param>
    /// <param name="options">How much is shown.</param>
    /// <param name="attempts">How often each story of attempts was tried; null where nobody has counted: then each is one try.</param>
    public static TodayList Of(IEnumerable<FilterEvent> acts, Taxonomy taxonomy, TodayOptions? options = null, IReadOnlyDictionary<Guid, Attempts>? attempts = null)
    {
        ArgumentNullException.ThrowIfNull(acts);
        ArgumentNullException.ThrowIfNull(taxonomy);
        options ??= TodayOptions.Default;
        var groups = new Dictionary<(string? Who, string Subject), List<Sign>>();
        var seen = 0;
        foreach (var e in acts)
        {
            if (!IsLookedAt(e)) continue;
            seen++;
            if (Concern.Of(e, taxonomy) is not { } concern) continue;
            var key = (e.Who, concern.Subject);
            if (!groups.TryGetValue(key, out var signs)) groups[key] = signs = [];
            signs.Add(new Sign(e, concern));
        }

        var items = Together(groups.Select(g => ItemOf(g.Key.Who, g.Key.Subject, g.Value, attempts)).ToList()).OrderByDescending(i => i.Score).ThenByDescending(i => i.Last).ThenBy(i => i.Who, StringComparer.Ordinal).ToList();
        var urgent = items.Count(i => i.Score >= options.ScoreMin);
        var shown = Math.Min(urgent, options.ItemsMax);
        return new TodayList(items[..shown], urgent - shown, items.Count - urgent, seen);
    }

    /// <summary>The sentence of an item that these events make; null where many made it together.</summary>
    internal static string? WhyOf(IReadOnlyList<FilterEvent> events, Taxonomy taxonomy, IReadOnlyDictionary<Guid, Attempts> attempts) =>
        Of(events, taxonomy, new TodayOptions { ScoreMin = int.MinValue }, attempts).Items is [{ } item] && item.Acts.Count == events.Count ? item.Why : null;

    /// <summary>Acts, and illegal content however it came; a hit that a publisher put there to try filters is a test.</summary>
    private static bool IsLookedAt(FilterEvent e) => (e.ActKind is not null and not ActKind.OverrideUse || e.Reason == Reason.Locked) && e.Rule != FilterEvent.VerificationRule;

    private static TodayItem ItemOf(string? who, string subject, List<Sign> signs, IReadOnlyDictionary<Guid, Attempts>? attempts)
    {
        signs.Sort(static (a, b) => (a.Event.Time, a.Event.Id).CompareTo((b.Event.Time, b.Event.Id)));
        var weightiest = signs.MaxBy(s => s.Concern.Weight)!.Concern;
        var byPerson = signs.FindAll(static s => s.Event.Intent != Intent.Background);
        var hosts = byPerson.Select(s => s.Event.Host).Where(h => h is not null).Distinct(StringComparer.Ordinal).Count();
        var again = TriesAfterRefusal(byPerson);
        var (pattern, how) = PatternOf(byPerson);

        var weight = weightiest.Weight;
        var parts = new List<ScorePart> { new(weight, weightiest.Title) };
        if (pattern == TodayPattern.Background) Add(-70, "a program of the device, no person");
        else if (pattern == TodayPattern.Once && !IsSure(signs[0].Event)) Add(-50, how is null ? "once, and nobody knows how: may be an accident" : "once, by a link: may be an accident");
        if (how is Intent.Searched) Add(50, "came to it by searching");
        if (how is Intent.Typed) Add(40, "typed the address");
        if (RepetitionShare(byPerson.Count) is var share and > 0) Add(share, $"tried {Times(byPerson.Count)}");
        if (again > 0) Add(25, "went on after the page that says no");
        if (hosts > 1) Add(hosts == 2 ? 15 : 30, string.Create(CultureInfo.InvariantCulture, $"{hosts} different sites"));

        var last = signs[^1].Event;
        return new TodayItem(who, subject, weightiest.Title, WaysOf(signs, attempts) ?? WhyOf(signs, byPerson, weightiest, pattern, again), pattern, parts.Sum(p => p.Points), parts)
        {
            Person = last.Person, Device = last.Device, Client = last.Client, Group = last.Group, Tier = last.Tier,
            Categories = [.. signs.Select(s => s.Event.Category).OfType<string>().CountBy(c => c).OrderByDescending(c => c.Value).Select(c => c.Key)],
            First = signs[0].Event.Time, Last = last.Time, Acts = [.. signs.Select(s => s.Event.Id)], IsByWords = signs.Exists(static s => s.Concern.IsByWords),
        };

        void Add(int percent, string words)
        {
            if (weight * percent / 100 is var points and not 0) parts.Add(new ScorePart(points, words));
        }
    }

    /// <summary>The strongest sign of what somebody wanted names the pattern.</summary>
    private static (TodayPattern Pattern, Intent? How) PatternOf(List<Sign> byPerson)
    {
        if (byPerson.Count == 0) return (TodayPattern.Background, Intent.Background);
        if (byPerson.Exists(static s => s.Event.ActKind == ActKind.Search || s.Event.Intent == Intent.Searched)) return (TodayPattern.SearchLed, Intent.Searched);
        if (byPerson.Exists(static s => s.Event.ActKind == ActKind.TypedAddress || s.Event.Intent == Intent.Typed)) return (TodayPattern.Typed, Intent.Typed);
        return (byPerson.Count == 1 ? TodayPattern.Once : TodayPattern.Repeated, byPerson[0].Event.Intent);
    }

    /// <summary>Makes one item of what many of a group came to together.</summary>
    private static List<TodayItem> Together(List<TodayItem> items)
    {
        foreach (var of in items.Where(i => i.Group is not null && i.Pattern is not TodayPattern.Typed and not TodayPattern.Background && i.Acts.Count <= TogetherTriesMax && !i.IsByWords).GroupBy(i => (i.Subject, i.Group)).Where(g => g.Count() >= TogetherMin).ToArray())
        {
            var members = of.OrderBy(i => i.First).ToList();
            for (var from = 0; from < members.Count;)
            {
                var cluster = members.Skip(from).TakeWhile(i => i.First - members[from].First <= TogetherTime).ToList();
                from += cluster.Count;
                if (cluster.Count < TogetherMin) continue;
                items.RemoveAll(cluster.Contains);
                var highest = cluster.MaxBy(i => i.Score)!;
                items.Add(highest with
                {
                    Who = $"group:{of.Key.Group}", Person = null, Device = null, Client = null, Pattern = TodayPattern.Repeated,
                    Why = string.Create(CultureInfo.InvariantCulture, $"{cluster.Count} of {of.Key.Group} came to {Lower(highest.Title)} within an hour: a lesson, or a dare."),
                    Parts = [.. highest.Parts.Take(highest.Parts.Count - 1), highest.Parts[^1] with { Words = highest.Parts[^1].Words + " (the highest of them)" }],
                    First = cluster[0].First, Last = cluster.Max(i => i.Last), Acts = [.. cluster.SelectMany(i => i.Acts)],
                });
            }
        }
        return items;
    }

    private static int RepetitionShare(int tries) => tries switch { <= 1 => 0, 2 => 20, <= 4 => 35, <= 9 => 50, _ => 70 };

    /// <summary>Acts that follow a refusal of the same subject within <see cref="AfterRefusal"/>.</summary>
    private static int TriesAfterRefusal(List<Sign> signs)
    {
        var count = 0;
        for (var i = 1; i < signs.Count; i++)
            if (signs[i - 1].Event.Decision is Verdict.Block && signs[i].Event.Time - signs[i - 1].Event.Time <= AfterRefusal) count++;
        return count;
    }

    /// <summary>A connection that began as a VPN's is no accident of a finger; one that nobody can name may be anything, and a name is hidden by a setting.</summary>
    private static bool IsSure(FilterEvent e) => e.Reason == Reason.WayRound && WaysRound.Of(e) is not (null or WayRound.Hidden or WayRound.HiddenName);

    /// <summary>Attempts to get round the filter, told as one story; null for what is anything else besides.</summary>
    private static string? WaysOf(List<Sign> signs, IReadOnlyDictionary<Guid, Attempts>? attempts)
    {
        var ways = signs.Select(static s => WaysRound.Of(s.Event)).ToList();
        if (ways.Contains(null)) return null;
        var tries = signs.Select(s => attempts?.GetValueOrDefault(s.Event.Id) ?? new Attempts(1, IsMore: false, s.Event.Time, s.Event.Time)).Aggregate(static (all, next) => all.And(next));
        var with = string.Join(" and ", ways.OfType<WayRound>().CountBy(static way => way).OrderByDescending(static way => way.Value).Select(static way => way.Key.Title()));
        return $"Tried to get round the filter {tries.Words}, with {with}.";
    }

    private static string WhyOf(List<Sign> signs, List<Sign> byPerson, Concern concern, TodayPattern pattern, int again)
    {
        var title = Lower(concern.Title);
        var searches = byPerson.Count(static s => s.Event.ActKind == ActKind.Search);
        var visits = byPerson.Count - searches;
        var what = pattern switch
        {
            TodayPattern.Background => $"A program on the device asked for {title} {Times(signs.Count)}; no person did.",
            TodayPattern.Once => $"Came to {title} once, and left it at that.",
            _ when searches > 0 && visits > 0 => $"Searched for {title} {Times(searches)} and asked for such pages {Times(visits)}.",
            _ when searches > 0 => $"Searched for {title} {Times(searches)}.",
            TodayPattern.SearchLed => $"Came to {title} from a search {Times(visits)}.",
            TodayPattern.Typed => $"Asked for {title} {Times(visits)}, by a typed address.",
            _ => $"Asked for {title} {Times(visits)}.",
        };
        return again > 0 ? what + " Went on after the page that says no." : what;
    }

    private static string Lower(string title) => title.Length > 1 && char.IsUpper(title[1]) ? title : char.ToLowerInvariant(title[0]) + title[1..];

    private static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => string.Create(CultureInfo.InvariantCulture, $"{count} times") };

    private sealed record Sign(FilterEvent Event, Concern Concern);
}
