namespace FilterGate.Policy;

/// <summary>How long what happened is kept, by class of event. Written in the policy document, so that a change has a version, an author and a reason like any other.</summary>
/// <remarks>Events are filed by month and a file is dropped once its last event is old enough: the first of a month stays up to 31 days longer.</remarks>
public sealed record Retention
{
    /// <summary>What stands where the document says nothing.</summary>
    public static readonly Retention Default = new();

    /// <summary>The least and the most that a document may say. Evidence is not forgotten within a month, and a record of who looked at whom not within a year.</summary>
    public static readonly TimeSpan AllowedMin = TimeSpan.FromDays(1), AttentionMin = TimeSpan.FromDays(30), AuditMin = TimeSpan.FromDays(365), Max = TimeSpan.FromDays(3650);

    /// <summary>What was allowed: pages and their parts. Default 60 days: long enough for the next half-term's questions, and no diary of a child.</summary>
    public TimeSpan Allowed { get; init; } = TimeSpan.FromDays(60);

    /// <summary>Blocks, searches, attempts to get round the filter; requests to open a site. Default a year, through one round of the yearly review.</summary>
    public TimeSpan Attention { get; init; } = TimeSpan.FromDays(366);

    /// <summary>What people did about the filter: overrides, changes, looks at somebody's history; who was granted access. Default two years.</summary>
    public TimeSpan Audit { get; init; } = TimeSpan.FromDays(731);
}
