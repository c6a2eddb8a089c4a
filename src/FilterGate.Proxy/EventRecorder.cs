using FilterGate.Events;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Documents;

namespace FilterGate.Proxy;

/// <summary>Turns decisions into events and chooses what is kept: refusals, the first use of an override by somebody on a day, what the policy logs, and all else but help sites and noise where a tier records everything.</summary>
/// <remarks>A page that shows a reference is sent after its event is committed; all else goes through the bounded queue, which slows traffic rather than lose a row.</remarks>
internal sealed class EventRecorder(EventStore events, UseCounter uses, TimeProvider clock)
{
    /// <summary>Commits a refusal and gives it the reference that its page shows.</summary>
    /// <exception cref="EventStoreException">It could not be stored: the caller refuses without a page rather than go on unrecorded.</exception>
    public async Task<FilterEvent> CommitPageAsync(Judgement judgement, Client client, string method, int status, CancellationToken cancellationToken) =>
        await events.CommitAsync(Make(judgement, client, method, status, bytes: null), giveReference: true, cancellationToken);

    /// <summary>Queues what came of a request, where it is kept.</summary>
    public ValueTask RecordAsync(Judgement judgement, Client client, string method, int? status, long? bytes, CancellationToken cancellationToken) =>
        IsKept(in judgement, client) ? events.EnqueueAsync(Make(judgement, client, method, status, bytes), cancellationToken) : default;

    /// <summary>Queues something about TLS that was no decision of the policy: an origin whose certificate cannot be verified.</summary>
    public ValueTask RecordTlsAsync(Judgement judgement, Client client, string method, int? status, string rule, CancellationToken cancellationToken) =>
        events.EnqueueAsync(Make(judgement, client, method, status, bytes: null) with { Kind = EventKind.Tls, Rule = rule }, cancellationToken);

    /// <summary>Commits that a client went past a warning, or began a slice of its minutes: the lead sees it among what was allowed.</summary>
    /// <exception cref="EventStoreException">It could not be stored.</exception>
    public async Task CommitContinuedAsync(Judgement judgement, Client client, string method, CancellationToken cancellationToken)
    {
        var decision = judgement.Decision;
        var rule = decision is { Verdict: Verdict.Quota, Category: { } category } ? $"slice of {category.Slug}" : FilterEvent.ContinuedRule;
        await events.CommitAsync(
            Make(judgement with { Decision = decision with { Verdict = Verdict.LogOnly } }, client, method, 303, bytes: null) with { Rule = rule }, giveReference: false, cancellationToken);
    }

    private bool IsKept(in Judgement judgement, Client client)
    {
        var decision = judgement.Decision;
        if (decision.Reason == Reason.ProtectedHelp) uses.CountHelpVisit();
        // The first use of the day by somebody is an event, the later ones are a count.
        if (decision.Reason == Reason.Override && uses.IsFirstUse(decision.OverrideId, client.Person ?? client.Device ?? client.AddressText)) return true;
        if (!decision.IsForwarded || decision.Verdict == Verdict.LogOnly) return true;
        // Looked up again rather than carried along: few schools record everything, and it costs them a microsecond.
        return client.Tier.Record == RecordRule.Everything && !CategoryRules.IsNeverRecorded(judgement.Snapshot.Lists.Classify(judgement.Url, judgement.Seen), judgement.Snapshot.Lists.Taxonomy);
    }

    private FilterEvent Make(in Judgement judgement, Client client, string method, int? status, long? bytes)
    {
        var (decision, snapshot) = (judgement.Decision, judgement.Snapshot);
        var isLocked = decision.Locked is not null;
        var match = isLocked ? null : MatchThatDecided(judgement);
        return new FilterEvent
        {
            Time = clock.GetUtcNow(),
            Kind = decision.Reason switch
            {
                Reason.Override => EventKind.Override,
                Reason.TlsPolicy => EventKind.Tls,
                _ when decision.IsForwarded => EventKind.Allow,
                _ => EventKind.Block,
            },
            Decision = decision.Verdict,
            Reason = decision.Reason,
            Client = client.AddressText,
            Device = client.Device,
            Person = client.Person,
            Group = client.Group?.Name,
            Tier = client.Tier.Name,
            Method = method,
            Url = isLocked ? null : judgement.Url.ToString(),
            Host = isLocked ? null : judgement.Url.Host,
            Status = status,
            Bytes = bytes,
            Category = decision.Locked?.Category.Slug ?? decision.Category?.Slug,
            List = decision.Locked?.List ?? match?.List,
            Entry = match?.Entry,
            Line = match?.Line,
            ListVersion = match?.Version is { Length: > 0 } version ? version : null,
            EntryId = decision.Locked?.EntryId,
            Rule = RuleOf(in decision),
            PolicyVersion = snapshot.Version,
            ListsVersion = snapshot.Lists.Version,
        };
    }

    /// <summary>What decided, where that is no entry of a list: of a locked hit nothing but whether it was a test.</summary>
    private static string? RuleOf(in Decision decision) => decision switch
    {
        { Locked: { } locked } => locked.IsVerification ? FilterEvent.VerificationRule : null,
        { OverrideId: > 0 and var id } => $"override {id}",
        { Rule: { } rule } => rule,
        { Embedded: { } embedded } => $"embedded {embedded.Host}",
        _ => null,
    };

    /// <summary>The most specific entry of the category that decided, else of any.</summary>
    private static ListMatch? MatchThatDecided(in Judgement judgement)
    {
        ListMatch? first = null;
        foreach (var match in judgement.Snapshot.Lists.Categories.Explain(judgement.Decision.Embedded ?? judgement.Url, judgement.Seen))
        {
            first ??= match;
            if (match.Category == judgement.Decision.Category) return match;
        }

        return first;
    }
}
