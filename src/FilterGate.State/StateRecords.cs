using FilterGate.Policy;

namespace FilterGate.State;

/// <summary>An emergency block as stored, with who, when and why.</summary>
public sealed record EmergencyBlockRecord(
    long Id, Site Site, DateTimeOffset Start, string Reason, string? Nature, string Actor, DateTimeOffset? LiftedAt, string? LiftedBy, string? LiftReason);

/// <summary>A class session as stored, with who, when and why.</summary>
public sealed record SessionRecord(
    long Id, string Class, SessionKind Kind, IReadOnlyList<Site> Sites, DateTimeOffset Start, DateTimeOffset End, string Reason, string Actor, DateTimeOffset? EndedAt, string? EndedBy);

/// <summary>An override as stored, with who, when and why.</summary>
public sealed record OverrideRecord(
    long Id, Audience Audience, Site Site, DateTimeOffset Start, DateTimeOffset End, string Reason, string Actor, string? RequestReference,
    DateTimeOffset? RevokedAt, string? RevokedBy, string? RevokeReason)
{
    /// <summary>True when its end is a review date.</summary>
    public bool IsForGood { get; init; }
}

/// <summary>A policy version as imported.</summary>
public sealed record PolicyVersion(long Number, string Version, string Yaml, DateTimeOffset ImportedAt, string Actor, string Why);

/// <summary>One line of the audit: who changed what, when and why.</summary>
public sealed record AuditEntry(long Id, DateTimeOffset Time, string Actor, string Action, string Subject, string? Reason);
