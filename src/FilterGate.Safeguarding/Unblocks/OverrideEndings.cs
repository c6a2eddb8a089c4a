using System.Globalization;
using FilterGate.Events;
using FilterGate.Policy;
using FilterGate.State;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>Records the end of each override, and of each class session at its bell, as one event, once. A running gateway calls <see cref="RecordAsync"/> every second; it costs one look at an index.</summary>
/// <remarks>
/// The policy ends an override by itself, to the second; this is the record of it. The event's id is derived from the override, and the state remembers that the event is written: so neither a crash
/// between the two nor two gateways at once can repeat it or forget it. An override that ended while the gateway was stopped is recorded at its next start, under the time it ended.
/// </remarks>
public sealed class OverrideEndings(StateStore state, EventStore events, string gateway = "gateway")
{
    /// <summary>Records what has ended.</summary>
    /// <param name="time">Now.</param>
    /// <param name="cancellationToken">Stops between two events; the rest is recorded at the next call.</param>
    /// <returns>How many endings were recorded.</returns>
    /// <exception cref="EventStoreException">An event could not be written; it is tried again at the next call.</exception>
    /// <exception cref="StateStoreException">The state cannot be read or changed.</exception>
    public async Task<int> RecordAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        state.ExpireRequests(time - UnblockDesk.RequestLife, "nobody answered in time");
        var ended = state.UnrecordedEndings(time);
        var usage = ended.Count > 0 ? state.Usage() : null;
        foreach (var ending in ended)
        {
            await events.CommitAsync(
                new FilterEvent
                {
                    Id = EventId.Derive(ending.End, $"{gateway}/override {ending.Id} ended"), Time = ending.End, Gateway = gateway, Kind = EventKind.Override,
                    Tier = ending.Audience.TierName, Group = ending.Audience.Kind == AudienceKind.Group ? ending.Audience.Name : null, Host = ending.Site.Host.Length > 0 ? ending.Site.Host : null,
                    Rule = $"override {ending.Id} ended{Used(usage!.GetValueOrDefault(ending.Id))}",
                },
                giveReference: false, cancellationToken);
            state.MarkEndingRecorded(ending.Id);
        }
        var sessions = state.UnrecordedSessionEndings(time);
        foreach (var session in sessions)
        {
            await events.CommitAsync(
                new FilterEvent
                {
                    Id = EventId.Derive(session.End, $"{gateway}/class session {session.Id} ended"), Time = session.End, Gateway = gateway, Kind = EventKind.Override, Group = session.Class,
                    Host = session.Sites.FirstOrDefault(s => s.Host.Length > 0)?.Host, Rule = $"class session {session.Id} ended{Used(state.SessionUsage(session.Id))}",
                },
                giveReference: false, cancellationToken);
            state.MarkSessionEndingRecorded(session.Id);
        }
        return ended.Count + sessions.Count;
    }

    internal static string Used(OverrideUsage? usage) => usage is null ? "" : string.Create(CultureInfo.InvariantCulture, $" after {usage.Count} uses by {usage.People}");
}
