using System.Globalization;
using FilterGate.Events;

namespace FilterGate.Safeguarding.Today;

/// <summary>How often somebody tried to get round the filter in one story, or in several: an app that tries every minute is one act, with an event for each try.</summary>
/// <param name="Count">How often, from 1.</param>
/// <param name="IsMore">True when there were more than are counted.</param>
/// <param name="First">The first try.</param>
/// <param name="Last">The latest.</param>
public sealed record Attempts(int Count, bool IsMore, DateTimeOffset First, DateTimeOffset Last)
{
    /// <summary>Tries that are counted of one story.</summary>
    public const int CountMax = 1_000;

    /// <summary>A story lasts for at most 12 hours and goes on for half an hour after its last try (<see cref="Events.Acts.FoldingLimits"/>).</summary>
    private static readonly TimeSpan StoryMax = TimeSpan.FromHours(13);

    /// <summary>Tries that are read at once of somebody with several stories.</summary>
    private const int TogetherMax = 2_000;

    /// <summary>Counts the tries of each of these acts that is a story of attempts; the others have no entry. One search for each person, device or address; for those with more tries than are read at once, one for each of their older stories.</summary>
    /// <param name="search">The events.</param>
    /// <param name="acts">The acts.</param>
    public static IReadOnlyDictionary<Guid, Attempts> Of(Func<EventQuery, EventPage> search, IEnumerable<FilterEvent> acts)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentNullException.ThrowIfNull(acts);
        var found = new Dictionary<Guid, Attempts>();
        foreach (var stories in acts.Where(act => act.ActKind == ActKind.Circumvention && WaysRound.Of(act) is not null).GroupBy(act => act.Who, StringComparer.Ordinal))
        {
            if (stories.Key is not null && stories.Count() > 1) AddTogether(search, [.. stories], found);
            foreach (var act in stories.Where(act => !found.ContainsKey(act.Id))) found[act.Id] = Alone(search, act);
        }
        return found;
    }

    private static Attempts Alone(Func<EventQuery, EventPage> search, FilterEvent act)
    {
        var parts = search(new EventQuery { PartsOf = act.Id, Kinds = FilterEvent.AttemptKinds, Since = act.Time, Until = act.Time + StoryMax, Limit = CountMax - 1 });
        return new Attempts(parts.Events.Count + 1, parts.HasMore, act.Time, parts.Events.Count == 0 ? act.Time : parts.Events.Max(e => e.Time));
    }

    /// <summary>Adds the stories of one person, device or address as far back as all of their tries were read.</summary>
    private static void AddTogether(Func<EventQuery, EventPage> search, IReadOnlyList<FilterEvent> stories, Dictionary<Guid, Attempts> found)
    {
        var whose = stories[0];
        var page = search(new EventQuery
        {
            Person = whose.Person, Device = whose.Person is null ? whose.Device : null, Client = whose.Person is null && whose.Device is null ? whose.Client : null,
            Kinds = FilterEvent.AttemptKinds, Since = stories.Min(act => act.Time), Until = stories.Max(act => act.Time) + StoryMax, Limit = TogetherMax,
        });
        var tries = page.Events.Where(e => e.Act is not null).ToLookup(e => e.Act!.Value, e => e.Time);
        foreach (var act in stories)
        {
            if (page.HasMore && act.Time <= page.Events[^1].Time) continue;
            var count = tries[act.Id].Count() + 1;
            found[act.Id] = new Attempts(Math.Min(count, CountMax), count > CountMax, act.Time, tries[act.Id].Append(act.Time).Max());
        }
    }

    /// <summary>The two together.</summary>
    public Attempts And(Attempts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new Attempts(Count + other.Count, IsMore || other.IsMore, First < other.First ? First : other.First, Last > other.Last ? Last : other.Last);
    }

    /// <summary>How often and in which time: <c>14 times in 20 minutes</c>.</summary>
    public string Words => string.Join(' ', Parts.Select(part => string.Format(CultureInfo.InvariantCulture, part.English, part.Number)));

    /// <summary>What <see cref="Words"/> are made of, one part after the other: English with a place for its number, so that another language can put its own there.</summary>
    public IEnumerable<(string English, double Number)> Parts
    {
        get
        {
            if (Count == 1) return [("once", 1)];
            var span = Last - First;
            return
            [
                IsMore ? ("more than {0:N0} times", Count) : Count == 2 ? ("twice", 2) : ("{0:N0} times", Count),
                span < TimeSpan.FromSeconds(90) ? ("within a minute or so", 1) : span < TimeSpan.FromMinutes(90) ? ("in {0:0} minutes", Math.Round(span.TotalMinutes)) : ("in {0:0} hours", Math.Round(span.TotalHours)),
            ];
        }
    }
}
