using System.Globalization;
using FilterGate.Commands;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Running;

/// <summary>Asks the state whether the gateway may be in shadow mode, and says why not.</summary>
internal sealed class ShadowDesk(StateStore state, ShadowRequest request, CommandContext context)
{
    /// <summary>Asks before anything listens. False where it is over as it was said when it began: a restart after its end filters, and does not leave the school without a gateway.</summary>
    /// <exception cref="UserErrorException">It may not be.</exception>
    public bool MayBegin() => Accept(state.MayBeginShadow(request.Until)) != ShadowStart.Over;

    /// <summary>Begins it, on record.</summary>
    /// <exception cref="UserErrorException">It may not be any more.</exception>
    public ShadowRun Begin()
    {
        var (outcome, run) = state.BeginShadow(request.Until, request.Reason, context.Actor);
        return Accept((outcome, run)) == ShadowStart.Begun ? run! : throw new UserErrorException("shadow mode was over before the gateway had started; start it again");
    }

    private ShadowStart Accept((ShadowStart Outcome, ShadowRun? Run) answer) => answer switch
    {
        (ShadowStart.Begun or ShadowStart.Over, _) => answer.Outcome,
        (ShadowStart.InThePast, _) => throw new UserErrorException($"--until {Say(request.Until)} has passed; say when shadow mode is to end, at most 14 days from now"),
        (ShadowStart.ClockSetBack, { } run) => throw new UserErrorException(
            $"the clock says {Say(context.Clock.GetUtcNow())}, and shadow mode was on later than that (it began on {Say(run.Start)}): a clock that is set back must not lengthen it. Put the clock right: timedatectl", ExitCode.Refused),
        (_, { } pilot) => throw new UserErrorException(
            $"this pilot began on {Say(pilot.Mode.Since)}, and shadow mode lasts at most {ShadowMode.LongestSpan.TotalDays:0} days however often it is started: until {Say(pilot.Mode.Since + ShadowMode.LongestSpan)}. "
            + $"Another may begin on {Say(pilot.Ends + ShadowMode.Pause)}, after {ShadowMode.Pause.TotalDays:0} days in which everything is enforced. Start without --shadow: filtergate run", ExitCode.Refused),
        _ => throw new UserErrorException($"--until {Say(request.Until)} is more than {ShadowMode.LongestSpan.TotalDays:0} days away, and shadow mode lasts no longer: until {Say(context.Clock.GetUtcNow() + ShadowMode.LongestSpan)} at the latest", ExitCode.Refused),
    };

    private string Say(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, context.Clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
