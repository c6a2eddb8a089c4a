using System.Collections.Frozen;
using System.Net.Sockets;
using FilterGate.Events;
using FilterGate.Events.Acts;
using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;
using FilterGate.Proxy.Acts;

namespace FilterGate.Proxy;

/// <summary>Turns decisions into events and chooses what is kept: refusals and what shadow mode lifted, the first use of an override by somebody on a day, what the policy logs, and what people did, or all, where a tier records that; never an allowed visit to a help site, or noise.</summary>
/// <remarks>
/// A page that shows a reference is sent after its event is committed; all else goes through the bounded queue, which slows traffic rather than lose a row. Requests are folded into acts as they are decided (<see cref="Note"/>), because later ones belong to
/// them; what is allowed and not kept costs a look-up and allocates nothing.
/// </remarks>
internal sealed class EventRecorder(EventStore events, UseCounter uses, ActFolder acts, SearchTerms searches, HeldSearches held, TimeProvider clock)
{
    /// <summary>What pages and devices ask for by themselves.</summary>
    private static readonly FrozenSet<string> Noise = FrozenSet.Create(StringComparer.Ordinal, "advertising", "telemetry", "updates");

    /// <summary>Folds a request that was decided into what its client did. Null where nothing of it is kept. Once for each decision.</summary>
    /// <param name="judgement">The decision.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="signs">What the request shows of itself.</param>
    public KeptAct? Note(in Judgement judgement, Client client, in RequestSigns signs)
    {
        var decision = judgement.Decision;
        var isFirstOfSession = IsFirstOfSession(in judgement, client);
        var isKept = IsKept(in judgement, client, out var isOverride) || isFirstOfSession;
        // Nobody did anything: the device asks, every few minutes.
        var record = decision.Reason == Reason.DeviceProbe ? RecordRule.Blocks : client.Tier.Record;
        if (!isKept && record == RecordRule.Blocks && !ActFolder.MayMatterLater(in signs)) return null;

        FoundSearch search = default;
        var isSearch = !signs.IsTunnel && decision.Locked is null && searches.TryFind(signs.Host, signs.Target, out search);
        var category = decision.Category?.Slug;
        var act = acts.Fold(signs with
        {
            IsRefused = !decision.IsForwarded, IsLifted = decision.Lifted is not null, IsOverride = isOverride, SearchKey = isSearch ? search.Key : 0,
            IsCircumvention = decision.IsWayRound, IsNoise = decision.Reason == Reason.DeviceProbe || (category is not null && Noise.Contains(category)),
        });
        // The first use of an override is a story of its own, whatever it was that used it.
        if (((isOverride && isKept) || isFirstOfSession) && act.Kind is null) act = act with { Kind = ActKind.OverrideUse, Id = act.Id == Guid.Empty ? EventId.Next(signs.Time) : act.Id };
        isKept = isKept || (record switch { RecordRule.Everything => true, RecordRule.Acts => act.Kind is not null, _ => false } && decision.IsForwarded && !judgement.Snapshot.IsNeverRecorded(judgement.Url, judgement.Seen));
        return isKept ? new KeptAct(act) { IsFirstOfSession = isFirstOfSession, SearchWords = isSearch && act.Kind is not null ? search.Words(signs.Target) : null, Referer = signs.Referer is { Length: > 0 } ? signs.Referer : null } : null;
    }

    /// <summary>The same for a tunnel, of which the host alone is seen.</summary>
    public KeptAct? NoteTunnel(in Judgement judgement, Client client) =>
        Note(in judgement, client, new RequestSigns(SignsOfRequests.KeyOf(client), judgement.Url.Host, "/", clock.GetUtcNow()) { IsTunnel = true, Method = "CONNECT" });

    /// <summary>Commits a try that the rules of the box refused before it reached the gateway.</summary>
    /// <exception cref="EventStoreException">It could not be stored.</exception>
    public Task CommitRefusedAsync(Judgement judgement, Client client, ProtocolType protocol, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var method = protocol.ToString().ToUpperInvariant();
        var kept = Note(in judgement, client, new RequestSigns(SignsOfRequests.KeyOf(client), judgement.Url.Host, "/", time) { IsTunnel = true, Method = method });
        return events.CommitAsync(Make(in judgement, client, method, status: null, bytes: null, kept) with { Time = time }, giveReference: false, cancellationToken);
    }

    /// <summary>Notes that a page sends the browser on: where that leads to is the same act.</summary>
    public void NoteRedirect(Client client, KeptAct? act, string host, string target, string location)
    {
        // A search keeps its words, wherever it leads.
        if (act?.Act.Kind is ActKind.Search) return;
        acts.NoteRedirect(SignsOfRequests.KeyOf(client), host, target, location, clock.GetUtcNow());
        if (act is not null) act.IsRedirect = true;
    }

    /// <summary>Commits a refusal and gives it the reference that its page shows.</summary>
    /// <exception cref="EventStoreException">It could not be stored: the caller refuses without a page rather than go on unrecorded.</exception>
    public async Task<FilterEvent> CommitPageAsync(Judgement judgement, Client client, string method, int status, KeptAct? act, CancellationToken cancellationToken) =>
        await events.CommitAsync(Make(judgement, client, method, status, bytes: null, act), giveReference: true, cancellationToken);

    /// <summary>Queues what came of a request that is kept.</summary>
    public ValueTask RecordAsync(Judgement judgement, Client client, string method, int? status, long? bytes, KeptAct? act, CancellationToken cancellationToken)
    {
        if (act is null) return default;
        var made = Make(judgement, client, method, status, bytes, act);
        return act.Act.IsProvisional && made.SearchWords is not null ? held.HoldAsync(SignsOfRequests.KeyOf(client), made, cancellationToken) : events.EnqueueAsync(made, cancellationToken);
    }

    /// <summary>Queues something about TLS that was no decision of the policy: an origin whose certificate cannot be verified.</summary>
    public ValueTask RecordTlsAsync(Judgement judgement, Client client, string method, int? status, string rule, CancellationToken cancellationToken) =>
        events.EnqueueAsync(Make(judgement, client, method, status, bytes: null, kept: null) with { Kind = EventKind.Tls, Rule = rule }, cancellationToken);

    /// <summary>Commits that a client went past a warning, or began a slice of its minutes: the lead sees it among what was allowed.</summary>
    /// <exception cref="EventStoreException">It could not be stored.</exception>
    public async Task CommitContinuedAsync(Judgement judgement, Client client, string method, CancellationToken cancellationToken)
    {
        var decision = judgement.Decision;
        var rule = decision is { Verdict: Verdict.Quota, Category: { } category } ? $"slice of {category.Slug}" : FilterEvent.ContinuedRule;
        await events.CommitAsync(
            Make(judgement with { Decision = decision with { Verdict = Verdict.LogOnly } }, client, method, 303, bytes: null, kept: null) with { Rule = rule }, giveReference: false, cancellationToken);
    }

    /// <summary>Counts a use of what a class session opens; true for the first by somebody on a day, which is an event.</summary>
    private bool IsFirstOfSession(in Judgement judgement, Client client) =>
        judgement.Decision is { Reason: Reason.Lesson, Verdict: Verdict.Allow, RecordId: > 0 and var id } && uses.IsFirstUse(id, SignsOfRequests.KeyOf(client), isSession: true) && !judgement.Snapshot.IsNeverRecordedHere(judgement.Url);

    /// <summary>What is kept whatever the tier records: refusals, what the policy logs, the first use of an override.</summary>
    private bool IsKept(in Judgement judgement, Client client, out bool isOverride)
    {
        var decision = judgement.Decision;
        isOverride = decision.Reason == Reason.Override;
        if (decision.Reason == Reason.ProtectedHelp) uses.CountHelpVisit();
        // The first use of the day by somebody is an event, the later ones are a count.
        if (isOverride && uses.IsFirstUse(decision.OverrideId, SignsOfRequests.KeyOf(client))) return !judgement.Snapshot.IsNeverRecordedHere(judgement.Url);
        return !decision.IsForwarded || decision.Lifted is not null || (decision.Verdict == Verdict.LogOnly && !judgement.Snapshot.IsNeverRecordedHere(judgement.Url));
    }

    private FilterEvent Make(in Judgement judgement, Client client, string method, int? status, long? bytes, KeptAct? kept)
    {
        var (decision, snapshot) = (judgement.Decision, judgement.Snapshot);
        var isLocked = decision.Locked is not null;
        var match = isLocked ? null : MatchThatDecided(judgement);
        var act = kept?.Act ?? default;
        // What only sends the browser on is a part of where that leads to.
        // Each try is one, also where it continues the story of those before it; what a page of such a site loads is not.
        var isAttempt = decision.IsWayRound && (act.Kind == ActKind.Circumvention || act.Sign is ActSign.SameStory or ActSign.Again);
        var isSentOn = kept is { IsRedirect: true } && act.Kind is ActKind.PageView or ActKind.TypedAddress;
        return new FilterEvent
        {
            Id = isSentOn ? Guid.Empty : act.Id, // An empty one is given anew.
            // An act is of the instant at which it was decided, as its id is, however long its answer took.
            Time = isSentOn || act.Id == Guid.Empty ? clock.GetUtcNow() : EventId.TimeOf(act.Id),
            Kind = decision.Reason switch
            {
                Reason.Override => EventKind.Override,
                Reason.TlsPolicy => EventKind.Tls,
                _ when decision.Lifted is { } lifted => isAttempt ? EventKind.WouldGetRound : FilterEvent.KindOfLifted(lifted),
                _ when kept is { IsFirstOfSession: true } => EventKind.Override,
                _ when isAttempt => EventKind.Circumvention,
                _ when !decision.IsForwarded => EventKind.Block,
                _ when act.Kind == ActKind.Search => EventKind.Search,
                _ => EventKind.Allow,
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
            ActKind = isSentOn ? null : act.Kind,
            Act = isSentOn ? act.Id : act.PartOf,
            Intent = kept is null ? null : act.Intent,
            Title = isLocked ? null : kept?.Title?.Read(),
            SearchWords = isLocked ? null : kept?.SearchWords,
            Referer = isLocked ? null : RefererOf(kept?.Referer, snapshot),
        };
    }

    /// <summary>The page that led here, without its query; null for one that is not recorded itself: a help site, and what is on a locked list.</summary>
    private static string? RefererOf(string? sent, PolicySnapshot snapshot)
    {
        if (sent is null || !sent.StartsWith("http", StringComparison.OrdinalIgnoreCase) || !CanonicalUrl.TryParse(sent, out var page, out _)) return null;
        if (snapshot.IsNeverRecorded(page, Seen.Url) || snapshot.Lists.Classify(page, Seen.Url).Locked is not null) return null;
        var text = page.ToString();
        return text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? text[..query] : text;
    }

    /// <summary>What decided, where that is no entry of a list: of a locked hit nothing but whether it was a test.</summary>
    private static string? RuleOf(in Decision decision) => decision switch
    {
        { Locked: { } locked } => locked.IsVerification ? FilterEvent.VerificationRule : null,
        { OverrideId: > 0 and var id } => $"override {id}",
        { Reason: Reason.Lesson, RecordId: > 0 and var id } => $"class session {id}",
        { Cover: { } cover } => $"{FilterEvent.CoverRule}{cover}",
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
