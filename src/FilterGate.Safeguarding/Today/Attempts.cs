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

    /// <summary>Counts the tries of each of these acts that is a story of attempts; the others have no entry. One search for each.</summary>
    /// <param name="search">The events.</param>
    /// <param name="acts">The acts.</param>
    public static IReadOnlyDictionary<Guid, Attempts> Of(Func<EventQuery, EventPage> search, IEnumerable<FilterEvent> acts)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentNullException.ThrowIfNull(acts);
        var found = new Dictionary<Guid, Attempts>();
        foreach (var act in acts)
        {
            if (act.ActKind != ActKind.Circumvention || WaysRound.Of(act) is null) continue;
            var parts = search(new EventQuery { PartsOf = act.Id, Kinds = FilterEvent.AttemptKinds, Since = act.Time, Until = act.Time + StoryMax, Limit = CountMax - 1 });
            found[act.Id] = new Attempts(parts.Events.Count + 1, parts.HasMore, act.Time, parts.Events.Count == 0 ? act.Time : parts.Events.Max(e => e.Time));
        }
        return found;
    }

    /// <summary>The two together.</summary>
    public Attempts And(Attempts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new Attempts(Count + other.Count, IsMore || other.IsMore, First < other.First ? First : other.First, Last > other.Last ? Last : other.Last);
    }

    /// <summary>How often and in which time: <c>14 times in 20 minutes</c>.</summary>
    public string Words
    {
        get
        {
            if (Count == 1) return "once";
            var span = Last - First;
            var time = span < TimeSpan.FromSeconds(90) ? "within a minute or so"
                : span < TimeSpan.FromMinutes(90) ? string.Create(CultureInfo.InvariantCulture, $"in {Math.Round(span.TotalMinutes):0} minutes")
                : string.Create(CultureInfo.InvariantCulture, $"in {Math.Round(span.TotalHours):0} hours");
            return string.Create(CultureInfo.InvariantCulture, $"{(IsMore ? "more than " : "")}{(Count == 2 && !IsMore ? "twice" : $"{Count:N0} times")} {time}");
        }
    }
}
