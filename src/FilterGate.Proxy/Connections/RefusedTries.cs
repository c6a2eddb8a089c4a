using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.WaysRound;

namespace FilterGate.Proxy.Connections;

/// <summary>Puts on record what the rules of the box refused, as the policy says of it and as whose it is: like any other try to get round the filter.</summary>
/// <remarks>Nothing of what is inside the school, nor of what the policy would let pass: the rules refuse that too, and nobody tried to get round anything.</remarks>
internal sealed class RefusedTries(CurrentPolicy policy, NameJudge judge, EventRecorder recorder)
{
    private static readonly List<string> NoNames = [];

    /// <summary>Commits one.</summary>
    /// <param name="refused">What was refused.</param>
    /// <param name="time">When, within a second or two.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EventStoreException">It could not be stored.</exception>
    public Task RecordAsync(RefusedTry refused, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var snapshot = policy.Snapshot;
        if (PortSigns.Find(refused.Protocol, refused.Port) is not { } sign || snapshot.Identify(refused.Client) is not { } client) return Task.CompletedTask;
        var url = CanonicalUrl.ForHost("https", ConnectionTarget.HostOf(refused.Destination), refused.Port);
        var judgement = judge.Judge(snapshot, client, url, Seen.Host, NoNames, new Requests.AskedWith { Sign = sign });
        return judgement.Decision.IsForwarded || judgement.Decision.Reason == Reason.PrivateDestination ? Task.CompletedTask : recorder.CommitRefusedAsync(judgement, client, refused.Protocol, time, cancellationToken);
    }
}
