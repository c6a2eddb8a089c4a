using FilterGate.Policy;

namespace FilterGate.Events;

/// <summary>Which events to find. Null means any.</summary>
public sealed record EventQuery
{
    /// <summary>From this instant on.</summary>
    public DateTimeOffset? Since { get; init; }
    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Only this tier.</summary>
    public string? Tier { get; init; }
    /// <summary>Only this category.</summary>
    public string? Category { get; init; }
    /// <summary>Only these categories; empty for every one.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
    /// <summary>Only this host and its sub-domains.</summary>
    public string? Host { get; init; }
    /// <summary>Only this source address.</summary>
    public string? Client { get; init; }
    /// <summary>Only this person.</summary>
    public string? Person { get; init; }
    /// <summary>Only this device.</summary>
    public string? Device { get; init; }
    /// <summary>Only this group.</summary>
    public string? Group { get; init; }
    /// <summary>Only what these words are in, of URL, title and search words: each whole or as the beginning of a word, in any order; null for any.</summary>
    public string? Text { get; init; }
    /// <summary>Only searches with every word of one of these, in any order; empty for anything. Of <c>kill|hurt</c> one is enough.</summary>
    public IReadOnlyList<string> SearchedFor { get; init; } = [];
    /// <summary>Only acts of these kinds; empty for every event, acts or not. <see cref="EveryAct"/> for all acts.</summary>
    public IReadOnlyList<ActKind> Acts { get; init; } = [];
    /// <summary>Only with this intent.</summary>
    public Intent? Intent { get; init; }
    /// <summary>Only the parts of this act (and not the act's own event).</summary>
    public Guid? PartsOf { get; init; }
    /// <summary>Only these verdicts; empty for every one.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];
    /// <summary>Only these kinds; empty for every kind.</summary>
    public IReadOnlyList<EventKind> Kinds { get; init; } = [];
    /// <summary>Events older than this id (keyset paging, newest first), or null from the newest.</summary>
    public Guid? Before { get; init; }
    /// <summary>Events newer than this id: what came since, for <c>tail</c>.</summary>
    public Guid? After { get; init; }
    /// <summary>At most so many. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Every kind of act there is, for <see cref="Acts"/>.</summary>
    public static IReadOnlyList<ActKind> EveryAct { get; } = Enum.GetValues<ActKind>();
}

/// <summary>A page of events, newest first.</summary>
/// <param name="Events">The events.</param>
/// <param name="HasMore">True when older ones match too: ask again with <see cref="EventQuery.Before"/> the last id.</param>
/// <param name="Problems">Month files that could not be read, in plain words; the others are.</param>
public sealed record EventPage(IReadOnlyList<FilterEvent> Events, bool HasMore, IReadOnlyList<string> Problems);
