namespace FilterGate.Safeguarding.Today;

/// <summary>What the acts of an item look like together: whether somebody stumbled or looked for it.</summary>
public enum TodayPattern : byte
{
    /// <summary>Once, by a link, and no more: it may well be an accident.</summary>
    Once = 1,
    /// <summary>Several times.</summary>
    Repeated = 2,
    /// <summary>By searching.</summary>
    SearchLed = 3,
    /// <summary>By an address that was typed or kept as a bookmark.</summary>
    Typed = 4,
    /// <summary>A program of the device, and no person.</summary>
    Background = 5,
}

/// <summary>One part of a score. The parts of an item add up to it.</summary>
/// <param name="Points">How much; below zero for what speaks against a concern.</param>
/// <param name="Words">For what, in plain words: <c>tried 6 times</c>.</param>
public readonly record struct ScorePart(int Points, string Words);

/// <summary>One thing that the lead should look at: the acts of one person (else device, else address) on one subject on one day.</summary>
/// <param name="Who">Whose, in the spelling of an audience (<c>person:p123</c>; <c>group:4b</c> for what many of a group came to together); null for nobody's.</param>
/// <param name="Subject">An alert theme (<c>self-harm</c>), or a category that has none (<c>dating</c>). With <paramref name="Who"/> and the day it names the item.</param>
/// <param name="Title">The subject for people: <c>Self-harm</c>.</param>
/// <param name="Why">One plain sentence: what happened, and how often.</param>
/// <param name="Pattern">Accident, repeated, search-led.</param>
/// <param name="Score">How urgent, from 1; the sum of <paramref name="Parts"/>.</param>
/// <param name="Parts">What the score is made of, the subject first.</param>
public sealed record TodayItem(string? Who, string Subject, string Title, string Why, TodayPattern Pattern, int Score, IReadOnlyList<ScorePart> Parts)
{
    /// <summary>The person, or null.</summary>
    public string? Person { get; init; }
    /// <summary>The device, or null.</summary>
    public string? Device { get; init; }
    /// <summary>The address, or null.</summary>
    public string? Client { get; init; }
    /// <summary>The group, or null.</summary>
    public string? Group { get; init; }
    /// <summary>The tier, or null.</summary>
    public string? Tier { get; init; }
    /// <summary>The categories met, most frequent first.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
    /// <summary>When it began.</summary>
    public required DateTimeOffset First { get; init; }
    /// <summary>The latest of it.</summary>
    public required DateTimeOffset Last { get; init; }
    /// <summary>The ids of its acts, oldest first: all of them.</summary>
    public required IReadOnlyList<Guid> Acts { get; init; }

    /// <summary>True when words of a search made it one.</summary>
    internal bool IsByWords { get; init; }
}

/// <summary>What needs the lead on one day.</summary>
/// <param name="Items">The most urgent first, at most <see cref="TodayOptions.ItemsMax"/>.</param>
/// <param name="LeftOut">Items as urgent as the threshold for which there was no room: the page says so and leads to them.</param>
/// <param name="BelowThreshold">Items that did not reach it: accidents, games, shops.</param>
/// <param name="ActsSeen">How many acts were looked at.</param>
public sealed record TodayList(IReadOnlyList<TodayItem> Items, int LeftOut, int BelowThreshold, int ActsSeen);

/// <summary>How much is shown.</summary>
public sealed record TodayOptions
{
    /// <summary>The defaults.</summary>
    public static TodayOptions Default { get; } = new();

    /// <summary>Most items of a day. Default 10: ten minutes at a minute each.</summary>
    public int ItemsMax { get; init; } = 10;

    /// <summary>The least score that is shown. Default 25: less than one deliberate look for something for adults (30), more than one that may be an accident (15).</summary>
    public int ScoreMin { get; init; } = 25;
}
