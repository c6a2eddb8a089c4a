using System.Globalization;
using FilterGate.Events;
using FilterGate.Lists.Locked;
using FilterGate.Policy;

namespace FilterGate.Running;

/// <summary>What is recorded of locked feeds: that one came, and that one is late. Never a word of an entry.</summary>
internal static class LockedEvents
{
    /// <summary>A feed was put in force.</summary>
    public static FilterEvent Imported(LockedImport import, string actor) => new()
    {
        Time = import.State.LastSuccess!.Value, Kind = EventKind.Audit, Category = import.Feed.Category, List = import.Feed.List,
        Rule = string.Create(CultureInfo.InvariantCulture, $"locked feed {import.Feed.Name} put in force by {actor}: {import.State.Entries} entries"),
    };

    /// <summary>A feed is late, or cannot be read; a second process that notices the same records nothing more.</summary>
    public static FilterEvent Late(LockedFeedStatus status, LockedFeedHealth health, DateTimeOffset now) => new()
    {
        Id = EventId.Derive(now, $"locked/{status.Feed.Name}/{health}/{status.State?.LastSuccess:O}"),
        Time = now, Kind = EventKind.Audit, Reason = Reason.Locked, Category = status.Feed.Category, List = status.Feed.List, Rule = Says(status, health),
    };

    /// <summary>The same for the log.</summary>
    public static string Says(LockedFeedStatus status, LockedFeedHealth health) => health switch
    {
        LockedFeedHealth.Stale => $"locked feed {status.Feed.Name} is older than {LockedFeedStatus.WarnsAfter.TotalHours} hours; it stays in force",
        LockedFeedHealth.Overdue => $"locked feed {status.Feed.Name} is older than {LockedFeedStatus.AlarmsAfter.TotalHours} hours; it stays in force",
        LockedFeedHealth.Previous => $"locked feed {status.Feed.Name} is broken on disk; the one before it is in force",
        LockedFeedHealth.Broken => $"locked feed {status.Feed.Name} cannot be read from disk",
        LockedFeedHealth.Fresh => $"locked feed {status.Feed.Name} is fresh again",
        LockedFeedHealth.Missing => $"locked feed {status.Feed.Name} has never been in force",
        _ => throw new System.Diagnostics.UnreachableException($"health {health}"),
    };
}
