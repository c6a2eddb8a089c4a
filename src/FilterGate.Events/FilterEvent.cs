using FilterGate.Policy;

namespace FilterGate.Events;

/// <summary>What kind of thing happened. Stored: add, never renumber.</summary>
public enum EventKind : byte
{
    /// <summary>A request was refused.</summary>
    Block = 1,
    /// <summary>An override was used, granted, revoked or ended.</summary>
    Override = 2,
    /// <summary>A request was forwarded and the policy keeps it.</summary>
    Allow = 3,
    /// <summary>A search.</summary>
    Search = 4,
    /// <summary>An attempt to get round the filter.</summary>
    Circumvention = 5,
    /// <summary>Something about TLS: a refused form, a certificate that could not be verified.</summary>
    Tls = 6,
    /// <summary>Somebody did something about the filter itself.</summary>
    Audit = 7,
    /// <summary>Somebody checked a device at the gateway's own page: what it is to the filter, whether it trusts the authority, how the tests came out.</summary>
    Check = 8,
    /// <summary>Shadow mode let a request through that the policy blocks: its decision is <c>log-only</c>, its reason the policy's.</summary>
    WouldBlock = 9,
    /// <summary>Shadow mode let a request through of which the policy warns first.</summary>
    WouldWarn = 10,
    /// <summary>Shadow mode let a request through for which the policy has minutes a day.</summary>
    WouldLimit = 11,
    /// <summary>Shadow mode let an attempt to get round the filter through.</summary>
    WouldGetRound = 12,
}

/// <summary>One thing that happened, as stored and as <c>events --json</c> shows it.</summary>
public sealed record FilterEvent
{
    /// <summary>The <see cref="Rule"/> of a hit on an address that a locked list's publisher put there to try filters: a test, not an incident.</summary>
    public const string VerificationRule = "verification address";

    /// <summary>The <see cref="Rule"/> of somebody going past a warning; for a slice of the day's minutes it is <c>slice of games</c>.</summary>
    public const string ContinuedRule = "continued";

    /// <summary>The beginning of the <see cref="Rule"/> of a request that came over a connection for another site, which is open (domain fronting); the name of that site follows.</summary>
    public const string CoverRule = "fronting ";

    /// <summary>The kinds of what shadow mode let through.</summary>
    public static IReadOnlyList<EventKind> LiftedKinds { get; } = [EventKind.WouldBlock, EventKind.WouldWarn, EventKind.WouldLimit, EventKind.WouldGetRound];

    /// <summary>The kinds of attempts to get round the filter, refused or let through by shadow mode.</summary>
    public static IReadOnlyList<EventKind> AttemptKinds { get; } = [EventKind.Circumvention, EventKind.WouldGetRound];

    private readonly Guid _id;
    private readonly DateTimeOffset _time;

    /// <summary>Time-ordered and global: a version 7 UUID, made for <see cref="Time"/> by <see cref="EventId.Next"/> unless one is given.</summary>
    /// <remarks>The store sorts and pages by it, so one given by hand must be of the same instant, give or take a few seconds. Storing an id twice stores it once.</remarks>
    public Guid Id { get => _id; init => _id = value; }
    /// <summary>Which gateway.</summary>
    public string Gateway { get; init; } = "gateway";
    /// <summary>When, UTC. The store keeps milliseconds.</summary>
    public required DateTimeOffset Time
    {
        get => _time;
        init
        {
            _time = value;
            if (_id == Guid.Empty) _id = EventId.Next(value);
        }
    }
    /// <summary>What kind.</summary>
    public required EventKind Kind { get; init; }
    /// <summary>The verdict, or null where nothing was decided (audit).</summary>
    public Verdict? Decision { get; init; }
    /// <summary>The reason, or null.</summary>
    public Reason? Reason { get; init; }
    /// <summary>Source address.</summary>
    public string? Client { get; init; }
    /// <summary>Device name.</summary>
    public string? Device { get; init; }
    /// <summary>Person.</summary>
    public string? Person { get; init; }
    /// <summary>Group.</summary>
    public string? Group { get; init; }
    /// <summary>Tier.</summary>
    public string? Tier { get; init; }
    /// <summary>HTTP method; <c>CONNECT</c> for a tunnel.</summary>
    public string? Method { get; init; }
    /// <summary>Canonical URL; null for a locked hit.</summary>
    public string? Url { get; init; }
    /// <summary>Host; null for a locked hit.</summary>
    public string? Host { get; init; }
    /// <summary>Status the client got.</summary>
    public int? Status { get; init; }
    /// <summary>Body bytes the client got.</summary>
    public long? Bytes { get; init; }
    /// <summary>The category that decided.</summary>
    public string? Category { get; init; }
    /// <summary>The list of the most specific matching entry.</summary>
    public string? List { get; init; }
    /// <summary>That entry; for a locked hit null.</summary>
    public string? Entry { get; init; }
    /// <summary>The line of that entry in its list, from 1; null for a locked hit.</summary>
    public int? Line { get; init; }
    /// <summary>Which state of the list that was: a date or a short digest; null where nobody says.</summary>
    public string? ListVersion { get; init; }
    /// <summary>For a locked hit the keyed hash of its entry.</summary>
    public string? EntryId { get; init; }
    /// <summary>The school's own rule, the override (<c>override 12</c>) or the change that this records (<c>override 12 granted until …</c>).</summary>
    public string? Rule { get; init; }
    /// <summary>Policy version in force.</summary>
    public string? PolicyVersion { get; init; }
    /// <summary>Lists version in force.</summary>
    public string? ListsVersion { get; init; }
    /// <summary>The code on the page that was shown, <c>K7Q4-M2XD</c>; the writer gives it to an event that asks for one.</summary>
    /// <remarks>It names this event alone: an event <em>about</em> a reference (an approval) says so in <see cref="Rule"/>.</remarks>
    public string? Reference { get; init; }
    /// <summary>Which act this is, or null for what no person did by itself: a part of a page, an answer to a program, an audit.</summary>
    public ActKind? ActKind { get; init; }
    /// <summary>For a part of an act, the <see cref="Id"/> that the act's own event has (stored or not: a page that was allowed need not be); null for an act itself and where nobody knows.</summary>
    public Guid? Act { get; init; }
    /// <summary>How the person came to it; null where nobody knows.</summary>
    public Intent? Intent { get; init; }
    /// <summary>The page's own title, where its HTTPS was read: plain text, at most 200 characters; null for a locked hit.</summary>
    public string? Title { get; init; }
    /// <summary>The words of a search, as typed; null for a locked hit.</summary>
    public string? SearchWords { get; init; }
    /// <summary>The page that led here, without its query; null for a locked hit.</summary>
    public string? Referer { get; init; }

    /// <summary>What the policy said where shadow mode let the request through; null otherwise.</summary>
    public Verdict? Lifted => Kind switch { EventKind.WouldBlock or EventKind.WouldGetRound => Verdict.Block, EventKind.WouldWarn => Verdict.Warn, EventKind.WouldLimit => Verdict.Quota, _ => null };

    /// <summary>The kind of what shadow mode let through.</summary>
    public static EventKind KindOfLifted(Verdict verdict) => verdict switch { Verdict.Warn => EventKind.WouldWarn, Verdict.Quota => EventKind.WouldLimit, _ => EventKind.WouldBlock };

    /// <summary>Whose it is, in the spelling of an audience: <c>person:p123</c>, else <c>device:ipad-14</c>, else <c>client:10.20.1.7</c>; null for nobody's.</summary>
    public string? Who => WhoOf(Person, Device, Client);

    /// <summary>The same of its parts.</summary>
    internal static string? WhoOf(string? person, string? device, string? client) => person is not null ? $"person:{person}" : device is not null ? $"device:{device}" : client is not null ? $"client:{client}" : null;
}
