using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Safeguarding.Reviews;

/// <summary>Something to look at, of a day.</summary>
/// <param name="Day">The day, by the school's clock.</param>
/// <param name="Item">What it is; of its acts those that nobody has concluded.</param>
/// <param name="Concluded">How many of its acts somebody has concluded already.</param>
public sealed record WorkItem(DateOnly Day, TodayItem Item, int Concluded)
{
    /// <summary>Names the item as it was seen: day, whose, subject, and the latest act that was shown. What came after it is not concluded with it.</summary>
    public string Key => $"{Day:yyyy-MM-dd}|{Item.Acts[^1]:N}|{Item.Subject}|{Item.Who}";
}

/// <summary>What somebody should look at now: a list that empties.</summary>
/// <remarks>
/// 1. The days since the one that was last called done, that one too, at least since yesterday, at most <see cref="DaysMax"/>. 2. Of each day what was refused, warned of or searched for, and illegal content however it came, as far as the reader
/// may see it. 3. <see cref="TodayItems"/> picks and says why. 4. What somebody has concluded is gone. What is left of older days stays under Review. Reads the stores; safe from any thread.
/// </remarks>
public sealed record Worklist
{
    /// <summary>Days at most.</summary>
    public const int DaysMax = 7;

    /// <summary>Acts of a kind that are looked at of one day; more is said.</summary>
    private const int ActsMax = 3_000;

    /// <summary>What to look at, the youngest day first, the most urgent of a day first.</summary>
    public required IReadOnlyList<WorkItem> Items { get; init; }

    /// <summary>As urgent, and no room for: on Review.</summary>
    public int LeftOut { get; init; }

    /// <summary>Looked at and not urgent.</summary>
    public int BelowThreshold { get; init; }

    /// <summary>Acts that were looked at.</summary>
    public int ActsSeen { get; init; }

    /// <summary>True when a day had more acts than are looked at.</summary>
    public bool IsCut { get; init; }

    /// <summary>The first day.</summary>
    public required DateOnly Since { get; init; }

    /// <summary>Months that could not be read.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Gathers it.</summary>
    /// <param name="search">The events.</param>
    /// <param name="state">What was concluded.</param>
    /// <param name="policy">Times and categories.</param>
    /// <param name="now">Now.</param>
    /// <param name="sees">Which events the reader may see.</param>
    /// <param name="onlyPerson">The one person whose acts all of them are, or null.</param>
    public static Worklist Of(Func<EventQuery, EventPage> search, StateStore state, PolicySnapshot policy, DateTimeOffset now, Func<FilterEvent, bool> sees, string? onlyPerson = null)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(sees);
        var times = policy.Timetable;
        var today = times.DayOf(now);
        var since = today.AddDays(-1);
        if (state.DaysDone(today.AddDays(1 - DaysMax), limit: 1) is [var last] && last.Day < since) since = last.Day;

        var (items, problems) = (new List<WorkItem>(), new HashSet<string>(StringComparer.Ordinal));
        var (leftOut, below, seen, isCut) = (0, 0, 0, false);
        for (var day = today; day >= since; day = day.AddDays(-1))
        {
            var acts = ActsOf(search, new EventQuery { Since = times.StartOf(day), Until = times.StartOf(day.AddDays(1)), Person = onlyPerson }, policy, sees, problems, ref isCut);
            var list = TodayItems.Of(acts, policy.Lists.Taxonomy);
            var concluded = state.ReviewsOf(list.Items.SelectMany(item => item.Acts));
            foreach (var item in list.Items)
            {
                var open = item.Acts.Where(act => !concluded.ContainsKey(act)).ToList();
                if (open.Count > 0) items.Add(new WorkItem(day, item with { Acts = open }, item.Acts.Count - open.Count));
            }
            (leftOut, below, seen) = (leftOut + list.LeftOut, below + list.BelowThreshold, seen + list.ActsSeen);
        }
        return new Worklist { Items = items, LeftOut = leftOut, BelowThreshold = below, ActsSeen = seen, IsCut = isCut, Since = since, Problems = [.. problems] };
    }

    private static List<FilterEvent> ActsOf(Func<EventQuery, EventPage> search, EventQuery ofDay, PolicySnapshot policy, Func<FilterEvent, bool> sees, HashSet<string> problems, ref bool isCut)
    {
        var acts = new Dictionary<Guid, FilterEvent>();
        var locked = policy.Lists.Locked.Feeds.Select(feed => feed.Category.Slug).Distinct(StringComparer.Ordinal);
        EventQuery[] queries =
        [
            ofDay with { Acts = EventQuery.EveryAct, Verdicts = [Verdict.Warn, Verdict.Quota, Verdict.Block], Limit = ActsMax },
            ofDay with { Acts = [ActKind.Search, ActKind.Circumvention], Limit = ActsMax },
            .. locked.Select(category => ofDay with { Kinds = [EventKind.Block], Category = category, Limit = 100 }),
        ];
        foreach (var query in queries)
        {
            var page = search(query);
            isCut |= page.HasMore;
            problems.UnionWith(page.Problems);
            foreach (var e in page.Events)
                if (sees(e)) acts.TryAdd(e.Id, e);
        }
        return [.. acts.Values];
    }
}
