using FilterGate.Policy;

namespace FilterGate.Proxy;

/// <summary>Whether shadow mode is on just now. Off until it is begun; ends once and stays ended. Safe from any thread.</summary>
/// <remarks>
/// By two clocks, whichever is first: the time of day, and how long the gateway has run. A time of day that is set back, by hand or by a false time server, therefore lengthens nothing.
/// Asked only of what would be refused: an allowed request pays nothing for it.
/// </remarks>
internal sealed class Shadow(TimeProvider clock)
{
    private volatile Pilot? _pilot;

    /// <summary>True while refusals of the policy are lifted.</summary>
    public bool IsOn
    {
        get
        {
            if (_pilot is not { } pilot) return false;
            var now = clock.GetUtcNow();
            if (now < pilot.Mode.Until && clock.GetElapsedTime(pilot.Begun) < pilot.Left) return pilot.Mode.IsOn(now);
            _pilot = null;
            return false;
        }
    }

    /// <summary>Lifts refusals from now on.</summary>
    public void Begin(ShadowMode mode) => _pilot = new Pilot(mode, clock.GetTimestamp(), mode.Until - clock.GetUtcNow());

    /// <summary>The decision as it is carried out.</summary>
    public Decision Apply(in Decision decision) => decision.IsForwarded || !IsOn ? decision : ShadowMode.Lift(in decision);

    private sealed record Pilot(ShadowMode Mode, long Begun, TimeSpan Left);
}
