using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>When an override comes up for review: nobody needs it, or nobody has thought about it for a term.</summary>
public static class OverrideReview
{
    /// <summary>So long without a use, and it comes up.</summary>
    public static TimeSpan UnusedAfter { get; } = TimeSpan.FromDays(30);

    /// <summary>So old, and it comes up however often it is used: a school term.</summary>
    public static TimeSpan OldAfter { get; } = TimeSpan.FromDays(90);

    /// <summary>Why a live override comes up: <c>unused</c>, <c>old</c>, or null.</summary>
    public static string? WhyStale(OverrideRecord granted, OverrideUsage? usage, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(granted);
        // A clock that was set back makes ages negative: nothing is stale then.
        if (now - granted.Start >= OldAfter) return "old";
        return now - (usage?.Last ?? granted.Start) >= UnusedAfter ? "unused" : null;
    }

    /// <summary>Asks for a page of overrides as they stand now.</summary>
    public static OverrideQuery Ask(OverrideShow show, DateTimeOffset now) => new() { Show = show, Time = now, UnusedSince = now - UnusedAfter, OldSince = now - OldAfter };

    /// <summary>Counts what is open now.</summary>
    public static OverrideCounts Count(StateStore state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.CountOverrides(now, now - UnusedAfter, now - OldAfter);
    }
}
