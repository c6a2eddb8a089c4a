using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.Review.Site;
using FilterGate.State;

namespace FilterGate.Review.Today;

/// <summary>What the first page shows.</summary>
public sealed record TodayView
{
    /// <summary>Blocks shown as the last ones.</summary>
    public const int LatestMax = 8;

    /// <summary>Now, in school time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The policy in force.</summary>
    public required PolicySnapshot Policy { get; init; }

    /// <summary>What was refused last, newest first, as far as the reader may see it.</summary>
    public IReadOnlyList<FilterEvent> Latest { get; init; } = [];

    /// <summary>Months that cannot be read, or why nothing can.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>True when a list of illegal content other than the demonstration is loaded.</summary>
    public required bool HasLicensedList { get; init; }

    /// <summary>Requests that wait for somebody's answer.</summary>
    public required int RequestsWaiting { get; init; }

    internal static TodayView Of(Viewer viewer, EventStore events, StateStore state, PolicySnapshot policy, DateTimeOffset now)
    {
        var view = new TodayView
        {
            Now = policy.Timetable.ToLocal(now), Policy = policy, RequestsWaiting = state.OpenRequests().Count, HasLicensedList = policy.Lists.Locked.Feeds.Any(feed => !feed.IsDemonstration),
        };
        try
        {
            var page = events.Search(new EventQuery { Kinds = [EventKind.Block, EventKind.Override], Since = now.AddDays(-1), Limit = 50 });
            var sight = Sight.Of(viewer, policy);
            return view with { Latest = viewer.May(Need.Review) ? [.. page.Events.Where(sight.Sees).Take(LatestMax)] : [], Problems = page.Problems };
        }
        catch (EventStoreException problem)
        {
            return view with { Problems = [problem.Message] };
        }
    }
}
