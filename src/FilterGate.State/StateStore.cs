using FilterGate.Policy;

namespace FilterGate.State;

/// <summary>An override as stored, with who, when and why.</summary>
public sealed record OverrideRecord(
    long Id, string Tier, string Host, DateTimeOffset Start, DateTimeOffset End, string Reason, string Actor, string? RequestReference,
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

/// <summary>What is in force: <c>state.db</c>. Small and precious. Safe from several threads and several processes (WAL, busy time-out 5 s).</summary>
public sealed class StateStore : IDisposable
{
    /// <summary>Opens the database, making or migrating it first.</summary>
    /// <exception cref="StateStoreException">The file cannot be opened, is damaged, or was made by a newer FilterGate: says what to do.</exception>
    public static StateStore Open(string path, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>Changes whenever another connection or process has changed the database (<c>PRAGMA data_version</c>); cheap enough to ask four times a second.</summary>
    public long DataVersion() => throw new NotImplementedException();

    /// <summary>Overrides that are not revoked and have not ended before <paramref name="time"/>, for a policy snapshot.</summary>
    public OverrideTable LiveOverrides(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>All overrides, newest first.</summary>
    public IReadOnlyList<OverrideRecord> Overrides(int limit = 1000) => throw new NotImplementedException();

    /// <summary>One override, or null.</summary>
    public OverrideRecord? FindOverride(long id) => throw new NotImplementedException();

    /// <summary>Grants an override and writes its audit row in one transaction. With a request reference the request is marked approved in the same transaction; null when that request is no longer waiting.</summary>
    public OverrideRecord? Grant(string tier, string host, DateTimeOffset start, DateTimeOffset end, string reason, string actor, string? requestReference = null) => throw new NotImplementedException();

    /// <summary>Ends an override now. False when there is none with this number or it has ended already.</summary>
    public bool Revoke(long id, string reason, string actor) => throw new NotImplementedException();

    /// <summary>Stores a request. A waiting request of the same tier and host is not doubled: the one that waits is returned.</summary>
    public UnblockRequest AddRequest(UnblockRequest request) => throw new NotImplementedException();

    /// <summary>Requests, oldest first; null for every status.</summary>
    public IReadOnlyList<UnblockRequest> Requests(RequestStatus? status = RequestStatus.Waiting, int limit = 1000) => throw new NotImplementedException();

    /// <summary>A request by its reference, in any spelling, or null.</summary>
    public UnblockRequest? FindRequest(string reference) => throw new NotImplementedException();

    /// <summary>Refuses a waiting request. False when it does not wait.</summary>
    public bool Refuse(string reference, string reason, string actor) => throw new NotImplementedException();

    /// <summary>The policy version in force, or null on a new box.</summary>
    public PolicyVersion? CurrentPolicy() => throw new NotImplementedException();

    /// <summary>Imports a document as the version in force; the same version again changes nothing.</summary>
    public PolicyVersion ImportPolicy(string version, string yaml, string actor, string why) => throw new NotImplementedException();

    /// <summary>Writes an audit row.</summary>
    public void Audit(string actor, string action, string subject, string? reason) => throw new NotImplementedException();

    /// <summary>The audit, newest first.</summary>
    public IReadOnlyList<AuditEntry> AuditEntries(int limit = 100) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>The state database cannot be used; the message says what to do.</summary>
public sealed class StateStoreException(string message, Exception? inner = null) : Exception(message, inner);
