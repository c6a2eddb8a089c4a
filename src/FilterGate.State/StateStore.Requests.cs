using Dapper;
using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;
using FilterGate.Sqlite;
using Microsoft.Data.Sqlite;

namespace FilterGate.State;

/// <summary>Requests and the steps they take. Each step is one transaction with its audit row, and is taken only if the request is still where the caller believes it: of two who answer at once, one is first.</summary>
public sealed partial class StateStore
{
    private const string RequestColumns = """
        reference, time, client, device, tier, url, host, category, note, status, decided_at, decided_by, decision_reason, override_id, route, person, class, audience, until, passed_on_by,
        agreed_at, agreed_by, agreed_reason, agreed_until, agreed_site, agreed_audience
        """;

    private const string IsOpen = "status IN (0, 3, 4)";

    /// <summary>Stores a request. One of the same route, tier, host and audience that is open is not doubled: that one is returned. Neither is a reference that was used before: its request is returned as it stands.</summary>
    /// <param name="request">The request; its status is <see cref="RequestStatus.Waiting"/>.</param>
    /// <param name="tell">Whom to tell, or null.</param>
    public UnblockRequest AddRequest(UnblockRequest request, NoticeDraft? tell = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { Reference = Spell(request.Reference) };
        return Change(connection =>
        {
            // What a teacher has passed on has been asked for too.
            var there = connection.QueryFirstOrDefault<RequestRow>(
                $"""
                SELECT {RequestColumns} FROM requests WHERE reference = @Reference
                OR ({IsOpen} AND tier = @Tier AND host = @Host AND ((route = @Route AND ifnull(audience, '') = ifnull(@audience, '')) OR (@Route = 0 AND passed_on_by IS NOT NULL)))
                ORDER BY reference = @Reference DESC
                """,
                new { request.Reference, request.Tier, request.Host, request.Route, audience = request.Audience?.ToString() });
            if (there is not null) return (false, there.ToRecord());

            connection.Execute(
                """
                INSERT INTO requests (reference, time, client, device, tier, url, host, category, note, status, route, person, class, audience, until)
                VALUES (@Reference, @time, @Client, @Device, @Tier, @Url, @Host, @Category, @Note, @waiting, @Route, @Person, @Class, @audience, @until)
                """,
                new
                {
                    request.Reference, time = Milliseconds(request.Time), request.Client, request.Device, request.Tier, request.Url, request.Host, request.Category, request.Note, waiting = RequestStatus.Waiting,
                    request.Route, request.Person, request.Class, audience = request.Audience?.ToString(), until = Milliseconds(request.Until),
                });
            var who = request.Person ?? request.Client;
            WriteStep(connection, request.Reference, RequestStep.Asked, who, reason: null);
            WriteAudit(connection, who, request.Route == RequestRoute.Report ? "request.report" : "request.ask", $"request {request.Reference}: {request.Host} for {request.Audience?.ToString() ?? request.Tier}", reason: null);
            if (tell is not null) WriteNotice(connection, tell, request.Reference, overrideId: null);
            return (true, FindRequest(connection, request.Reference)!);
        });
    }

    /// <summary>How many requests of this client, or of this person at any client, are open.</summary>
    public int CountWaiting(string client, string? person = null) => Read(connection =>
        connection.ExecuteScalar<int>($"SELECT count(*) FROM requests WHERE {IsOpen} AND (client = @client OR person = @person)", new { client, person }));

    /// <summary>Requests, oldest first; null for every status.</summary>
    public IReadOnlyList<UnblockRequest> Requests(RequestStatus? status = RequestStatus.Waiting, int limit = 1000) => Read<IReadOnlyList<UnblockRequest>>(connection =>
        [.. connection.Query<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE @status IS NULL OR status = @status ORDER BY time, reference LIMIT @limit", new { status, limit }).Select(row => row.ToRecord())]);

    /// <summary>Requests that somebody still has to answer, oldest first.</summary>
    public IReadOnlyList<UnblockRequest> OpenRequests(int limit = 1000) => Read<IReadOnlyList<UnblockRequest>>(connection =>
        [.. connection.Query<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE {IsOpen} ORDER BY time, reference LIMIT @limit", new { limit }).Select(row => row.ToRecord())]);

    /// <summary>Requests for a host or one below it, newest first.</summary>
    public IReadOnlyList<UnblockRequest> RequestsFor(string host, int limit = 20) => Read<IReadOnlyList<UnblockRequest>>(connection =>
        [.. connection.Query<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE host = @host OR substr(host, -length(@host) - 1) = '.' || @host ORDER BY time DESC LIMIT @limit", new { host, limit }).Select(row => row.ToRecord())]);

    /// <summary>A request by its reference, in any spelling, or null.</summary>
    public UnblockRequest? FindRequest(string reference) =>
        CrockfordBase32.TryDecode(reference, out var value) ? Read(connection => FindRequest(connection, CrockfordBase32.Encode(value))) : null;

    /// <summary>The steps of a request, oldest first.</summary>
    public IReadOnlyList<RequestStepRecord> StepsOf(string reference) => CrockfordBase32.TryDecode(reference, out var value)
        ? Read<IReadOnlyList<RequestStepRecord>>(connection => [.. connection.Query<StepRow>("SELECT time, step, actor, reason FROM request_steps WHERE reference = @reference ORDER BY id", new { reference = CrockfordBase32.Encode(value) })
            .Select(row => new RequestStepRecord(Time(row.Time), row.Step, row.Actor, row.Reason))])
        : [];

    /// <summary>Passes a pupil's waiting request on. Null when it does not wait any more; the open one of the same kind when there is one already.</summary>
    /// <param name="reference">The request.</param>
    /// <param name="route">Its new route: for a lesson or for good.</param>
    /// <param name="audience">For whom.</param>
    /// <param name="until">Until when it is wanted, or null.</param>
    /// <param name="reason">Why it is needed.</param>
    /// <param name="actor">The teacher, by id.</param>
    public UnblockRequest? PassOn(string reference, RequestRoute route, Audience audience, DateTimeOffset? until, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (route is not (RequestRoute.Lesson or RequestRoute.ForGood)) throw new ArgumentException("A request is passed on for a lesson or for good.", nameof(route));
        var spelt = Spell(reference);
        return Change<UnblockRequest?>(connection =>
        {
            if (FindRequest(connection, spelt) is not { Status: RequestStatus.Waiting } request) return (false, null);
            var there = connection.QueryFirstOrDefault<RequestRow>(
                $"SELECT {RequestColumns} FROM requests WHERE {IsOpen} AND reference <> @spelt AND route = @route AND tier = @Tier AND host = @Host AND audience = @audience",
                new { spelt, route, request.Tier, request.Host, audience = audience.ToString() });
            if (there is not null) return (false, there.ToRecord());
            connection.Execute(
                "UPDATE requests SET status = @passedOn, route = @route, audience = @audience, until = @until, passed_on_by = @actor WHERE reference = @spelt",
                new { passedOn = RequestStatus.PassedOn, route, audience = audience.ToString(), until = Milliseconds(until), actor, spelt });
            WriteStep(connection, spelt, RequestStep.PassedOn, actor, reason);
            WriteAudit(connection, actor, "request.pass-on", $"request {spelt}: {request.Host} for {audience}", reason);
            return (true, FindRequest(connection, spelt));
        });
    }

    /// <summary>Writes down that the head has decided for an open request for good. False when it is no longer open, or has been decided.</summary>
    public bool Agree(string reference, Agreement agreement, NoticeDraft? tell = null)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        if (string.IsNullOrWhiteSpace(agreement.Reason) || string.IsNullOrWhiteSpace(agreement.By)) throw new ArgumentException("A decision has somebody who took it, and a reason.", nameof(agreement));
        var spelt = Spell(reference);
        return Change(connection =>
        {
            var agreed = connection.Execute(
                """
                UPDATE requests SET status = @status, agreed_at = @at, agreed_by = @By, agreed_reason = @Reason, agreed_until = @until, agreed_site = @site, agreed_audience = @audience
                WHERE reference = @spelt AND status IN (0, 3) AND route = @forGood
                """,
                new
                {
                    status = RequestStatus.Agreed, at = Milliseconds(agreement.At), agreement.By, agreement.Reason, until = Milliseconds(agreement.Until), site = agreement.Site.ToString(),
                    audience = agreement.Audience.ToString(), spelt, forGood = RequestRoute.ForGood,
                }) == 1;
            if (!agreed) return (false, false);
            WriteStep(connection, spelt, RequestStep.Agreed, agreement.By, agreement.Reason);
            WriteAudit(connection, agreement.By, "request.agree", $"request {spelt}: {agreement.Site} for {agreement.Audience} until {agreement.Until.UtcDateTime:yyyy-MM-dd}", agreement.Reason);
            if (tell is not null) WriteNotice(connection, tell, spelt, overrideId: null);
            return (true, true);
        });
    }

    /// <summary>Opens what is asked for, in one transaction: the overrides, the end of the request, its audit rows and the notice. Null when the request is no longer where <paramref name="from"/> says.</summary>
    /// <param name="drafts">What to open; the first one is the request's own.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who.</param>
    /// <param name="reference">The request that it answers, or null for none.</param>
    /// <param name="from">The status that the request must still have.</param>
    /// <param name="tell">Whom to tell, or null.</param>
    /// <exception cref="ArgumentException">An end is not after its start, or a word that must be there is blank.</exception>
    public IReadOnlyList<OverrideRecord>? OpenSites(IReadOnlyList<OverrideDraft> drafts, string reason, string actor, string? reference = null, RequestStatus from = RequestStatus.Waiting, NoticeDraft? tell = null)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (drafts.Count == 0) throw new ArgumentException("There is nothing to open.", nameof(drafts));
        if (drafts.Any(draft => !Audience.TryParse(draft.Audience.ToString(), out _))) throw new ArgumentException("An override is for somebody.", nameof(drafts));
        if (drafts.Any(draft => Milliseconds(draft.End) <= Milliseconds(draft.Start))) throw new ArgumentException("An override ends after it starts.", nameof(drafts));
        var spelt = reference is null ? null : Spell(reference);
        return Change<IReadOnlyList<OverrideRecord>?>(connection =>
        {
            var opened = new List<OverrideRecord>(drafts.Count);
            foreach (var draft in drafts)
            {
                var id = connection.ExecuteScalar<long>(
                    """
                    INSERT INTO overrides (audience, site, start, "end", reason, actor, request_reference, is_for_good)
                    VALUES (@audience, @site, @start, @end, @reason, @actor, @spelt, @isForGood) RETURNING id
                    """,
                    new { audience = draft.Audience.ToString(), site = draft.Site.ToString(), start = Milliseconds(draft.Start), end = Milliseconds(draft.End), reason, actor, spelt, isForGood = draft.IsForGood });
                WriteAudit(
                    connection, actor, spelt is null ? "override.grant" : "request.approve",
                    $"override {id}: {draft.Site} for {draft.Audience} until {Time(Milliseconds(draft.End)):O}" + (spelt is null ? "" : $", request {spelt}"), reason);
                opened.Add(FindOverride(connection, id)!);
            }
            if (spelt is not null)
            {
                // Two people may answer one request at once: whoever marks it first is the one, and the other's overrides are rolled back.
                if (!Finish(connection, spelt, from, RequestStatus.Approved, RequestStep.Applied, reason, actor)) return (false, null);
                connection.Execute("UPDATE requests SET override_id = @id WHERE reference = @spelt", new { id = opened[0].Id, spelt });
            }
            if (tell is not null) WriteNotice(connection, tell, spelt, opened[0].Id);
            return (true, opened);
        });
    }

    /// <summary>Refuses an open request. False when it is not open.</summary>
    public bool Refuse(string reference, string reason, string actor) => End(reference, RequestStatus.Refused, RequestStep.Refused, "request.refuse", reason, actor);

    /// <summary>Takes an open request back. False when it is not open.</summary>
    public bool Withdraw(string reference, string reason, string actor) => End(reference, RequestStatus.Withdrawn, RequestStep.Withdrawn, "request.withdraw", reason, actor);

    /// <summary>Ends a report with what was done about it. False when it is not open.</summary>
    public bool AnswerReport(string reference, string reason, string actor) => End(reference, RequestStatus.Approved, RequestStep.Applied, "request.answer", reason, actor);

    /// <summary>Ends open requests that were made before a time. Nobody's change, so the actor is the gateway.</summary>
    /// <returns>How many.</returns>
    public int ExpireRequests(DateTimeOffset madeBefore, string reason)
    {
        const string late = $"FROM requests WHERE {IsOpen} AND time < @before";
        var before = Milliseconds(madeBefore);
        // Asked each second and nearly never so: no write lock is taken for nothing.
        if (!Read(connection => connection.ExecuteScalar<bool>($"SELECT EXISTS (SELECT 1 {late})", new { before }))) return 0;
        return Change(connection =>
        {
            var references = connection.Query<string>($"SELECT reference {late} LIMIT 1000", new { before }).AsList();
            foreach (var reference in references)
            {
                Finish(connection, reference, from: null, RequestStatus.Expired, RequestStep.Expired, reason, "gateway");
                WriteAudit(connection, "gateway", "request.expire", $"request {reference}", reason);
            }
            return (references.Count > 0, references.Count);
        });
    }

    /// <summary>Moves the end of a live override, with its audit row and notice. Null when it has ended or was revoked.</summary>
    public OverrideRecord? Extend(long id, DateTimeOffset end, string reason, string actor, NoticeDraft? tell = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        return Change<OverrideRecord?>(connection =>
        {
            var moved = connection.Execute(
                """UPDATE overrides SET "end" = @end WHERE id = @id AND revoked_at IS NULL AND "end" > @now AND @end > start""", new { id, end = Milliseconds(end), now = Now() }) == 1;
            if (!moved) return (false, null);
            WriteAudit(connection, actor, "override.extend", $"override {id} until {Time(Milliseconds(end)):O}", reason);
            if (tell is not null) WriteNotice(connection, tell, reference: null, id);
            return (true, FindOverride(connection, id));
        });
    }

    private bool End(string reference, RequestStatus status, RequestStep step, string action, string reason, string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        if (!CrockfordBase32.TryDecode(reference, out var value)) return false;
        var spelt = CrockfordBase32.Encode(value);
        return Change(connection =>
        {
            var ended = Finish(connection, spelt, from: null, status, step, reason, actor);
            if (ended) WriteAudit(connection, actor, action, $"request {spelt}", reason);
            return (ended, ended);
        });
    }

    /// <summary>Ends a request that is still open, or still in one status. False when it is not.</summary>
    private bool Finish(SqliteConnection connection, string spelt, RequestStatus? from, RequestStatus status, RequestStep step, string reason, string actor)
    {
        var finished = connection.Execute(
            $"UPDATE requests SET status = @status, decided_at = @now, decided_by = @actor, decision_reason = @reason WHERE reference = @spelt AND {IsOpen} AND (@from IS NULL OR status = @from)",
            new { status, now = Now(), actor, reason, spelt, from }) == 1;
        if (finished) WriteStep(connection, spelt, step, actor, reason);
        return finished;
    }

    private void WriteStep(SqliteConnection connection, string reference, RequestStep step, string actor, string? reason) =>
        connection.Execute("INSERT INTO request_steps (reference, time, step, actor, reason) VALUES (@reference, @now, @step, @actor, @reason)", new { reference, now = Now(), step, actor, reason });

    private static UnblockRequest? FindRequest(SqliteConnection connection, string spelt) =>
        connection.QueryFirstOrDefault<RequestRow>($"SELECT {RequestColumns} FROM requests WHERE reference = @spelt", new { spelt })?.ToRecord();

    private static string Spell(string reference) =>
        CrockfordBase32.TryDecode(reference, out var value) ? CrockfordBase32.Encode(value) : throw new ArgumentException("Not a reference.", nameof(reference));

    private static long? Milliseconds(DateTimeOffset? time) => time is { } value ? Milliseconds(value) : null;

#pragma warning disable CA1812 // Made by Dapper.
    private sealed class RequestRow
    {
        public string Reference { get; init; } = "";
        public long Time { get; init; }
        public string Client { get; init; } = "";
        public string? Device { get; init; }
        public string Tier { get; init; } = "";
        public string Url { get; init; } = "";
        public string Host { get; init; } = "";
        public string? Category { get; init; }
        public string Note { get; init; } = "";
        public RequestStatus Status { get; init; }
        public long? DecidedAt { get; init; }
        public string? DecidedBy { get; init; }
        public string? DecisionReason { get; init; }
        public long? OverrideId { get; init; }
        public RequestRoute Route { get; init; }
        public string? Person { get; init; }
        public string? Class { get; init; }
        public string? Audience { get; init; }
        public long? Until { get; init; }
        public string? PassedOnBy { get; init; }
        public long? AgreedAt { get; init; }
        public string? AgreedBy { get; init; }
        public string? AgreedReason { get; init; }
        public long? AgreedUntil { get; init; }
        public string? AgreedSite { get; init; }
        public string? AgreedAudience { get; init; }

        public UnblockRequest ToRecord() => new(Reference, StateStore.Time(Time), Client, Device, Tier, Url, Host, Category, Note, Status)
        {
            DecidedAt = StateStore.Time(DecidedAt), DecidedBy = DecidedBy, DecisionReason = DecisionReason, OverrideId = OverrideId,
            Route = Route, Person = Person, Class = Class, Audience = Audience is null ? null : AudienceOf(Audience), Until = StateStore.Time(Until), PassedOnBy = PassedOnBy,
            Agreed = AgreedAt is { } at
                ? new Agreement(StateStore.Time(at), AgreedBy!, AgreedReason!, StateStore.Time(AgreedUntil!.Value), SiteOf(AgreedSite!), AudienceOf(AgreedAudience!)) : null,
        };
    }

    private sealed class StepRow
    {
        public long Time { get; init; }
        public RequestStep Step { get; init; }
        public string Actor { get; init; } = "";
        public string? Reason { get; init; }
    }
#pragma warning restore CA1812
}
