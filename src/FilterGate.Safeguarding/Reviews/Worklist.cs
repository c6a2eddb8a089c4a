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

    /// <summary>The events that it is made of, those that somebody has concluded too.</summary>
    internal IReadOnlyList<FilterEvent> Events { get; init; } = [];
}

/// <summary>What somebody should look at now: a list that empties.</summary>
/// <remarks>
/// 1. The last <see cref="DaysMax"/> days, today among them, whether any of them was called done or not: what nobody has concluded stays open. 2. What can become an item (<see cref="TodayItems.Queries"/>), as far as the reader may see it, day by day. 3. <see cref="TodayItems"/> picks and says why. 4. What somebody has concluded is gone. What is left of older days stays under Review. Reads the stores; safe from any thread.
/// </remarks>
public sealed record Worklist
{
    /// <summary>Days that it goes back, today among them: over a weekend and a few days' absence.</summary>
    public const int DaysMax = 7;

    /// <summary>Acts of a kind that are looked at; that there were more is said.</summary>
    private const int ActsMax = 10_000;

    /// <summary>What to look at, the youngest day first, the most urgent of a day first.</summary>
    public required IReadOnlyList<WorkItem> Items { get; init; }

    /// <summary>The most urgent of them, whatever their day; all of them in their order where they are no more.</summary>
    public IReadOnlyList<WorkItem> MostUrgent(int most) => Items.Count <= most ? Items : [.. Items.OrderByDescending(item => item.Item.Score).Take(most)];

    /// <summary>The items with how often each story of tries to get round the filter was tried: asked for those that somebody reads, since an app that tries all day makes hundreds of stories a week.</summary>
    public static IReadOnlyList<WorkItem> Told(IReadOnlyList<WorkItem> items, Func<EventQuery, EventPage> search, Matching.Taxonomy taxonomy)
    {
        ArgumentNullException.ThrowIfNull(items);
        var attempts = Attempts.Of(search, items.SelectMany(item => item.Events));
        return [.. items.Select(each => each.Events.Any(e => attempts.ContainsKey(e.Id)) && TodayItems.WhyOf(each.Events, taxonomy, attempts) is { } why ? each with { Item = each.Item with { Why = why } } : each)];
    }

    /// <summary>As urgent, and no room for: on Review.</summary>
    public int LeftOut { get; init; }

    /// <summary>True when there were more acts than are looked at.</summary>
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
        var since = today.AddDays(1 - DaysMax);

        var (acts, problems, isCut) = (new Dictionary<Guid, FilterEvent>(), new HashSet<string>(StringComparer.Ordinal), false);
        var ofTime = new EventQuery { Since = times.StartOf(since), Until = times.StartOf(today.AddDays(1)), Person = onlyPerson, Limit = ActsMax };
        Take(TodayItems.Queries(ofTime, policy));
        Take([.. TodayItems.QueriesBeside(acts.Values, ofTime, policy.Lists.Taxonomy)]);

        void Take(IReadOnlyList<EventQuery> queries)
        {
            foreach (var query in queries)
            {
                var page = search(query);
                isCut |= page.HasMore;
                problems.UnionWith(page.Problems);
                foreach (var e in page.Events)
                    if (sees(e)) acts.TryAdd(e.Id, e);
            }
        }

        // An act is concluded with the time of its id, which may lie a little beside its own.
        var concluded = state.ReviewsBetween(ofTime.Since!.Value.AddMinutes(-5), ofTime.Until!.Value.AddMinutes(5));
        var (items, leftOut) = (new List<WorkItem>(), 0);
        foreach (var day in acts.Values.GroupBy(e => times.DayOf(e.Time)).OrderByDescending(day => day.Key))
        {
            var list = TodayItems.Of(day, policy.Lists.Taxonomy);
            foreach (var item in list.Items)
            {
                var open = item.Acts.Where(act => !concluded.ContainsKey(act)).ToList();
                if (open.Count > 0) items.Add(new WorkItem(day.Key, item with { Acts = open }, item.Acts.Count - open.Count) { Events = [.. item.Acts.Select(act => acts[act])] });
            }
            leftOut += list.LeftOut;
        }
        return new Worklist { Items = items, LeftOut = leftOut, IsCut = isCut, Since = since, Problems = [.. problems] };
    }
}
