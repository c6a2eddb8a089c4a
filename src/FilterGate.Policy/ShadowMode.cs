namespace FilterGate.Policy;

/// <summary>A pilot: until its end the gateway decides and records every request as ever, and blocks only what steps 1 to 4 refuse. Immutable.</summary>
/// <param name="Since">When the pilot began. At an instant before it everything is enforced: a clock that was set back lengthens nothing.</param>
/// <param name="Until">From this instant on everything is enforced. At most <see cref="LongestSpan"/> after <paramref name="Since"/>.</param>
public sealed record ShadowMode(DateTimeOffset Since, DateTimeOffset Until)
{
    /// <summary>The longest pilot, 14 days: two weeks of a timetable.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(14);

    /// <summary>How long everything is enforced before another pilot may begin, 14 days: pilots in a row would be no filter.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromDays(14);

    /// <summary>True while refusals of the policy are lifted.</summary>
    public bool IsOn(DateTimeOffset time) => Since <= time && time < Until;

    /// <summary>What becomes of a decision while shadow mode is on: a refusal of the policy's own is forwarded and recorded, and says what it was.</summary>
    public static Decision Lift(in Decision decision) =>
        decision.IsForwarded || decision.StandsInShadow ? decision : decision with { Verdict = Verdict.LogOnly, Lifted = decision.Verdict };
}
