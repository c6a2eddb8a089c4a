using FilterGate.Policy;

namespace FilterGate.Events;

/// <summary>By what events are counted. Combine them: <c>Hour | Category</c> gives a row for each hour and category.</summary>
[Flags]
public enum CountBy
{
    /// <summary>One row for everything.</summary>
    Nothing = 0,
    /// <summary>The UTC hour.</summary>
    Hour = 1,
    /// <summary><see cref="FilterEvent.Who"/>.</summary>
    Who = 2,
    /// <summary>The tier.</summary>
    Tier = 4,
    /// <summary>The group.</summary>
    Group = 8,
    /// <summary>The category that decided.</summary>
    Category = 16,
    /// <summary>The kind of event.</summary>
    Kind = 32,
    /// <summary>The verdict.</summary>
    Verdict = 64,
}

/// <summary>Which events to count, and by what. Null means any.</summary>
/// <param name="Since">From this instant on; whole UTC hours, a part of one counts whole.</param>
/// <param name="Until">Before this instant; likewise.</param>
/// <param name="By">What gets a row of its own.</param>
public sealed record CountQuery(DateTimeOffset Since, DateTimeOffset Until, CountBy By)
{
    /// <summary>Only of this person, device or address, as <see cref="FilterEvent.Who"/> spells it.</summary>
    public string? Who { get; init; }
    /// <summary>Only this tier.</summary>
    public string? Tier { get; init; }
    /// <summary>Only this group.</summary>
    public string? Group { get; init; }
    /// <summary>Only this category.</summary>
    public string? Category { get; init; }
    /// <summary>Only these kinds; empty for every kind.</summary>
    public IReadOnlyList<EventKind> Kinds { get; init; } = [];
    /// <summary>Adds up in <see cref="CountRow.Refused"/> how many were refused: cheaper than a row for each verdict.</summary>
    public bool AddsRefused { get; init; }
    /// <summary>At most so many rows, those with the most acts first, then the most events. Default 1,000.</summary>
    public int Limit { get; init; } = 1_000;
}

/// <summary>A count. What was not counted by is null.</summary>
/// <param name="Events">How many events.</param>
/// <param name="Acts">How many of them are acts.</param>
public sealed record CountRow(long Events, long Acts)
{
    /// <summary>How many of them were refused: a warning, the end of the day's minutes or a block. 0 unless <see cref="CountQuery.AddsRefused"/>.</summary>
    public long Refused { get; init; }
    /// <summary>Beginning of the hour.</summary>
    public DateTimeOffset? Hour { get; init; }
    /// <summary>Whose they are; null also for nobody's.</summary>
    public string? Who { get; init; }
    /// <summary>The tier.</summary>
    public string? Tier { get; init; }
    /// <summary>The group.</summary>
    public string? Group { get; init; }
    /// <summary>The category.</summary>
    public string? Category { get; init; }
    /// <summary>The kind.</summary>
    public EventKind? Kind { get; init; }
    /// <summary>The verdict.</summary>
    public Verdict? Verdict { get; init; }
}

/// <summary>How often a host was met in a period.</summary>
/// <param name="Host">The host.</param>
/// <param name="Events">How many events.</param>
/// <param name="Acts">How many of them are acts.</param>
public sealed record HostCount(string Host, long Events, long Acts);

/// <summary>Counts and what could not be counted.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Problems">Month files that could not be read, in plain words.</param>
public sealed record CountPage<T>(IReadOnlyList<T> Rows, IReadOnlyList<string> Problems);
