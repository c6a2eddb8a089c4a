namespace FilterGate.Network;

/// <summary>Whether the web of staff passes straight to the line, because the gateway is down and the school chose so (<c>when_down</c> of the settings). Not for several threads at once.</summary>
/// <remarks>A start of the gateway is no failure, and one that nobody mends within a day is no accident: what passes begins after the one and ends with the other.</remarks>
/// <param name="box">Says what listens.</param>
/// <param name="clock">The time.</param>
/// <param name="since">Since when it has passed already, where the keeper itself was started anew meanwhile; null for not.</param>
internal sealed class GatewayOutage(NetworkBox box, TimeProvider clock, DateTimeOffset? since)
{
    /// <summary>A start with full lists takes a few seconds, and systemd tries again after one.</summary>
    public static readonly TimeSpan Begins = TimeSpan.FromSeconds(20);

    /// <summary>One day of school. Whoever has not mended it by then has to look: everything is refused until the gateway is back.</summary>
    public static readonly TimeSpan LastsAtMost = TimeSpan.FromHours(10);

    private long? _downAt;
    private long _passesAt = clock.GetTimestamp();

    /// <summary>Since when the web of staff has passed, or had until its time was over; null while the gateway is there.</summary>
    public DateTimeOffset? Since { get; private set; } = since;

    /// <summary>Looks once.</summary>
    /// <param name="plan">What the rules are made of; null where nobody can say.</param>
    /// <returns>True while the web of staff passes.</returns>
    public bool LetsStaffPast(NetworkPlan? plan)
    {
        if (plan is not null && box.TcpListeners().Any(e => e.Port == plan.TransparentPort))
        {
            (_downAt, Since) = (null, null);
            return false;
        }

        if (plan?.StaffWhenDown is not { } choice || plan.StaffNetworks.IsEmpty || !choice.HoldsOn(DateOnly.FromDateTime(clock.GetLocalNow().DateTime))) return false;
        if (Since is null)
        {
            if (clock.GetElapsedTime(_downAt ??= clock.GetTimestamp()) < Begins) return false;
            (Since, _passesAt) = (clock.GetUtcNow(), clock.GetTimestamp());
        }

        // By both clocks: one may be set back meanwhile, and the other begins anew with the keeper.
        return clock.GetElapsedTime(_passesAt) < LastsAtMost && clock.GetUtcNow() - Since < LastsAtMost;
    }
}
