using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.Safeguarding.Today;
using FilterGate.State;

namespace FilterGate.Review.Acts;

/// <summary>One act with what was around it: the hour before and after, its parts, and what was concluded.</summary>
public sealed record ContextView
{
    /// <summary>Acts shown around it, each side.</summary>
    private const int AroundMax = 40;

    /// <summary>Parts counted.</summary>
    private const int PartsMax = 200;

    /// <summary>The act.</summary>
    public required ActEntry Act { get; init; }
    /// <summary>The hour before and after of the same person, device or address, the act among them, newest first.</summary>
    public required IReadOnlyList<ActEntry> Around { get; init; }
    /// <summary>True when there was more than is shown.</summary>
    public bool IsMore { get; init; }
    /// <summary>Hosts of its parts, with how many.</summary>
    public required IReadOnlyList<(string Host, int Count, int Refused)> Parts { get; init; }
    /// <summary>Everything that was concluded, newest first.</summary>
    public required IReadOnlyList<ActReview> History { get; init; }
    /// <summary>Now, in school time.</summary>
    public required DateTimeOffset Now { get; init; }
    /// <summary>What could not be read.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
    /// <summary>True to show what stands after the question mark.</summary>
    public bool ShowsQuery { get; init; }

    /// <summary>Why the gateway takes the requests for one act, in a sentence.</summary>
    public Told Folded => Act switch
    {
        { IsLocked: true } => new("Nothing of the address is kept. The entry's id says which line of the list it was."),
        { Event.Intent: Intent.Typed } => new("The browser said that no page led here: the address was typed, or kept as a bookmark."),
        { Event.Intent: Intent.Searched, Words: not null } => new("The address is a search engine's, with the words that were searched for."),
        { Event.Intent: Intent.Searched } => Act.Referer is { } from ? new("The results of a search led here ({0}).", from) : new("The results of a search led here."),
        { Event.Intent: Intent.Clicked } => Act.Referer is { } from ? new("A page led here: {0}.", from) : new("A page led here."),
        { Event.Intent: Intent.Background } => new("A page or a program asked for it by itself."),
        _ => new("Nothing in the request says how the person came to it."),
    };

    internal static ContextView Of(FilterEvent act, Viewer viewer, EventReader events, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        var sight = Sight.Of(viewer, policy);
        var whose = new EventQuery { Acts = EventQuery.EveryAct, Limit = AroundMax };
        whose = act.Person is { } person ? whose with { Person = person } : act.Device is { } device ? whose with { Device = device } : whose with { Client = act.Client ?? "-" };
        var after = events.Search(whose with { Since = act.Time, Until = act.Time.AddHours(1), Limit = 500 });
        var before = events.Search(whose with { Since = act.Time.AddHours(-1), Until = act.Time });
        // Of a busy hour afterwards those are shown that came next.
        var around = after.Events.Where(e => e.Id != act.Id).TakeLast(AroundMax).Append(act).Concat(before.Events.Where(e => e.Id != act.Id)).Where(sight.Sees).OrderByDescending(e => e.Time).ThenByDescending(e => e.Id).ToList();
        var reviews = state.ReviewsOf(around.Select(e => e.Id));
        var parts = events.Search(new EventQuery { PartsOf = act.Id, Since = act.Time.AddHours(-1), Until = act.Time.AddHours(act.ActKind == ActKind.Circumvention ? 13 : 1), Limit = PartsMax });
        return new ContextView
        {
            Act = new ActEntry(act, policy, reviews.GetValueOrDefault(act.Id), Attempts.Of(events.Search, [act]).GetValueOrDefault(act.Id)), Around = [.. around.Select(e => new ActEntry(e, policy, reviews.GetValueOrDefault(e.Id)))],
            IsMore = before.HasMore || after.HasMore || after.Events.Count > AroundMax,
            Parts = [.. parts.Events.Where(e => e.Host is not null).GroupBy(e => e.Host!, StringComparer.Ordinal).Select(host => (host.Key, host.Count(), host.Count(e => e.Decision >= Verdict.Warn))).OrderByDescending(host => host.Item2).Take(20)],
            Problems = [.. after.Problems.Concat(before.Problems).Concat(parts.Problems).Distinct(StringComparer.Ordinal)],
            History = state.ReviewHistory(act.Id), Now = policy.Timetable.ToLocal(now),
        };
    }
}
