using FilterGate.Policy;
using FilterGate.Policy.Passes;
using FilterGate.Proxy.Requests;
using FilterGate.State;

namespace FilterGate.Running;

/// <summary>What the form of a warning, or of the day's minutes, leads to: it is written to the state and put in force before the browser is sent back.</summary>
/// <param name="state">Where it is written.</param>
/// <param name="putInForce">Publishes what the state now says.</param>
/// <param name="clock">The time.</param>
internal sealed class PassDesk(StateStore state, Action putInForce, TimeProvider clock)
{
    /// <summary>Notes that a client goes past a warning, or begins a slice.</summary>
    /// <exception cref="StateStoreException">It could not be written.</exception>
    public Task<PassOutcome> ContinueAsync(PassRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var outcome = request.Decision.Verdict == Verdict.Quota ? StartSlice(request) : PassWarning(request);
        if (outcome == PassOutcome.Granted) putInForce();
        return Task.FromResult(outcome);
    }

    private PassOutcome PassWarning(PassRequest request) =>
        state.PassWarning(request.Client.PassKey, Pass.SiteOf(request.Host), TimeSpan.FromMinutes(request.Client.Tier.ContinueMinutes)) is null ? PassOutcome.TooMany : PassOutcome.Granted;

    private PassOutcome StartSlice(PassRequest request)
    {
        if (request.Decision.Category is not { } category || request.Client.Tier.QuotaOf(category) is not { } rule) return PassOutcome.UsedUp;
        var today = request.Policy.Timetable.DayOf(clock.GetUtcNow());
        return state.StartSlice(request.Client.PassKey, category.Slug, request.Client.Tier.Name, rule, today).Outcome == SliceOutcome.UsedUp ? PassOutcome.UsedUp : PassOutcome.Granted;
    }
}
