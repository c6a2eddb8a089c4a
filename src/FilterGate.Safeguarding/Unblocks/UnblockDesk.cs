using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>How an attempt to open a site ended.</summary>
public enum UnblockOutcome
{
    /// <summary>Done.</summary>
    Done,
    /// <summary>No such request or override.</summary>
    NotFound,
    /// <summary>The request or override has been dealt with already.</summary>
    AlreadyDecided,
    /// <summary>A rule of the house refuses it: a locked list or a category that nothing bypasses (exit 4).</summary>
    RefusedByRule,
    /// <summary>The words of the call are wrong (exit 2).</summary>
    BadRequest,
}

/// <summary>What became of a step, with a sentence for the person who took it.</summary>
public sealed record UnblockResult(UnblockOutcome Outcome, string Message, OverrideRecord? Override = null, UnblockRequest? Request = null);

/// <summary>What people do about a blocked site: ask, approve, refuse, grant, revoke. Each step is an event and an audit row.</summary>
#pragma warning disable CS9113 // read once the steps are written
public sealed class UnblockDesk(StateStore state, EventStore events, TimeProvider clock)
#pragma warning restore CS9113
{
    /// <summary>Longest override without a decided request: one school day (10 hours).</summary>
    public static TimeSpan LongestGrant { get; } = TimeSpan.FromHours(10);

    /// <summary>A person asks from a block page. The reference must be of a block that this client was shown.</summary>
    public Task<UnblockResult> AskAsync(string reference, string clientAddress, string note, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Approves a waiting request for a time.</summary>
    public Task<UnblockResult> ApproveAsync(string reference, TimeSpan duration, string reason, string actor, PolicySnapshot policy, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Refuses a waiting request.</summary>
    public Task<UnblockResult> RefuseAsync(string reference, string reason, string actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Opens a host for a tier without a request.</summary>
    public Task<UnblockResult> GrantAsync(string url, string tier, TimeSpan duration, string reason, string actor, PolicySnapshot policy, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends an override now.</summary>
    public Task<UnblockResult> RevokeAsync(long id, string reason, string actor, CancellationToken cancellationToken) => throw new NotImplementedException();
}
