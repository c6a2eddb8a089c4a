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
    DateTimeOffset? RevokedAt, string? RevokedBy, string? RevokeReason);

/// <summary>How far a request to open a site has come.</summary>
public enum RequestStatus
{
    /// <summary>Waits for an answer.</summary>
    Waiting,
    /// <summary>Opened.</summary>
    Approved,
    /// <summary>Refused.</summary>
    Refused,
}

/// <summary>A request to open a site, made from a block page.</summary>
/// <param name="Reference">The block page's reference, as <c>K7Q4-M2XD</c>.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Client">Source address.</param>
/// <param name="Device">The device, or null.</param>
/// <param name="Tier">The tier that was blocked.</param>
/// <param name="Url">The blocked URL, canonical.</param>
/// <param name="Host">Its host.</param>
/// <param name="Category">The category that blocked, or null.</param>
/// <param name="Note">What the person wrote; at most 500 characters.</param>
/// <param name="Status">How far it has come.</param>
public sealed record UnblockRequest(
    string Reference, DateTimeOffset Time, string Client, string? Device, string Tier, string Url, string Host, string? Category, string Note, RequestStatus Status)
{
    /// <summary>When it was answered.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
    /// <summary>Who answered.</summary>
    public string? DecidedBy { get; init; }
    /// <summary>Why.</summary>
    public string? DecisionReason { get; init; }
    /// <summary>The override that an approval made.</summary>
    public long? OverrideId { get; init; }
}

/// <summary>A policy version as imported.</summary>
public sealed record PolicyVersion(long Number, string Version, string Yaml, DateTimeOffset ImportedAt, string Actor, string Why);

/// <summary>One line of the audit: who changed what, when and why.</summary>
public sealed record AuditEntry(long Id, DateTimeOffset Time, string Actor, string Action, string Subject, string? Reason);
