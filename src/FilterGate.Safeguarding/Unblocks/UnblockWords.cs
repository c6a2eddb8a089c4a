using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
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
    /// <summary>A rule of the house refuses it: a locked list, a category that nothing bypasses, somebody else's key (exit 4).</summary>
    RefusedByRule,
    /// <summary>The words of the call are wrong (exit 2).</summary>
    BadRequest,
}

/// <summary>What became of a step, with a sentence for the person who took it.</summary>
public sealed record UnblockResult(UnblockOutcome Outcome, string Message, OverrideRecord? Override = null, UnblockRequest? Request = null)
{
    /// <summary>Every override that the step made, <see cref="Override"/> first.</summary>
    public IReadOnlyList<OverrideRecord> Overrides { get; init; } = Override is null ? [] : [Override];
}

/// <summary>What somebody asks from a block page.</summary>
/// <param name="Reference">The reference on the page, in any spelling.</param>
/// <param name="Client">Source address, as events have it.</param>
/// <param name="Note">Why; cut to <see cref="UnblockDesk.WordsLengthMax"/> characters, control characters removed. May be empty.</param>
public sealed record UnblockAsk(string Reference, string Client, string Note)
{
    /// <summary>For a lesson or for good, as staff choose; null for what the tier is offered: a pupil's request goes to a teacher.</summary>
    public RequestRoute? Route { get; init; }

    /// <summary>The class or group it is for, or null for the tier that was blocked.</summary>
    public string? Group { get; init; }

    /// <summary>Until when it is needed, or null.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What somebody asks or reports at the gateway's own name, without a block page.</summary>
/// <param name="Address">The address, as typed.</param>
/// <param name="Note">Why.</param>
public sealed record SiteAsk(string Address, string Note)
{
    /// <summary><see cref="RequestRoute.Report"/> for a site that ought to be closed; else as <see cref="UnblockAsk.Route"/>.</summary>
    public RequestRoute? Route { get; init; }

    /// <inheritdoc cref="UnblockAsk.Group"/>
    public string? Group { get; init; }

    /// <inheritdoc cref="UnblockAsk.Until"/>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>How a request is opened, or a site without one.</summary>
public sealed record Opening
{
    /// <summary>Why; must not be blank.</summary>
    public required string Reason { get; init; }

    /// <summary>What: null for what was asked or decided.</summary>
    public Site? Site { get; init; }

    /// <summary>Other hosts that the page needs; at most <see cref="UnblockDesk.AlsoMax"/>.</summary>
    public IReadOnlyList<Site> Also { get; init; } = [];

    /// <summary>For whom: null for whom it was asked or decided.</summary>
    public Audience? Audience { get; init; }

    /// <summary>Until when; null for what was asked or decided. Rounded up to a whole second.</summary>
    public DateTimeOffset? End { get; init; }
}
