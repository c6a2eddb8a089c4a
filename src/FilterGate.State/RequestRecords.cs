using FilterGate.Policy;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.State;

/// <summary>How far a request has come. Stored: add, never renumber.</summary>
public enum RequestStatus
{
    /// <summary>Waits for a first answer: a pupil's for a teacher, one for a lesson for the technician, one for good for the head.</summary>
    Waiting = 0,
    /// <summary>Opened (or, for a report, blocked): the end.</summary>
    Approved = 1,
    /// <summary>Refused: the end.</summary>
    Refused = 2,
    /// <summary>A teacher has passed a pupil's request on and it waits for whoever its new route says.</summary>
    PassedOn = 3,
    /// <summary>The head has decided that it shall be; it waits to be applied.</summary>
    Agreed = 4,
    /// <summary>Taken back by whoever asked: the end.</summary>
    Withdrawn = 5,
    /// <summary>Nobody answered in time: the end.</summary>
    Expired = 6,
}

/// <summary>A step that a request took. Stored: add, never renumber.</summary>
public enum RequestStep
{
    /// <summary>Made.</summary>
    Asked = 0,
    /// <summary>Passed on by a teacher.</summary>
    PassedOn = 1,
    /// <summary>Decided for by the head.</summary>
    Agreed = 2,
    /// <summary>Refused.</summary>
    Refused = 3,
    /// <summary>Opened, or for a report blocked.</summary>
    Applied = 4,
    /// <summary>Taken back.</summary>
    Withdrawn = 5,
    /// <summary>Left without an answer for too long.</summary>
    Expired = 6,
}

/// <summary>What the head decided: what may be opened, for whom, until which review.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who, by id.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">The review date.</param>
/// <param name="Site">What.</param>
/// <param name="Audience">For whom.</param>
public sealed record Agreement(DateTimeOffset At, string By, string Reason, DateTimeOffset Until, Site Site, Audience Audience);

/// <summary>A request to open a site, or a report of one that ought to be closed.</summary>
/// <param name="Reference">The block page's reference, or one of its own, as <c>K7Q4-M2XD</c>.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Client">Source address.</param>
/// <param name="Device">The device, or null.</param>
/// <param name="Tier">The tier that was blocked.</param>
/// <param name="Url">The URL, canonical.</param>
/// <param name="Host">Its host.</param>
/// <param name="Category">The category that blocked, or null.</param>
/// <param name="Note">What the person wrote; at most 500 characters.</param>
/// <param name="Status">How far it has come.</param>
public sealed record UnblockRequest(
    string Reference, DateTimeOffset Time, string Client, string? Device, string Tier, string Url, string Host, string? Category, string Note, RequestStatus Status)
{
    /// <summary>The way it goes; a teacher who passes a pupil's request on changes it.</summary>
    public RequestRoute Route { get; init; }
    /// <summary>Id of who asked, or null where only a device is known.</summary>
    public string? Person { get; init; }
    /// <summary>The group (class) of who asked, or null.</summary>
    public string? Class { get; init; }
    /// <summary>For whom it is wanted; null for the tier that was blocked.</summary>
    public Audience? Audience { get; init; }
    /// <summary>Until when it is wanted; null where nobody said.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>The teacher who passed it on, by id.</summary>
    public string? PassedOnBy { get; init; }
    /// <summary>What the head decided, or null.</summary>
    public Agreement? Agreed { get; init; }
    /// <summary>When it was answered for the last time.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
    /// <summary>Who answered.</summary>
    public string? DecidedBy { get; init; }
    /// <summary>Why.</summary>
    public string? DecisionReason { get; init; }
    /// <summary>The first override that an approval made.</summary>
    public long? OverrideId { get; init; }

    /// <summary>True while somebody still has to answer it.</summary>
    public bool IsOpen => Status is RequestStatus.Waiting or RequestStatus.PassedOn or RequestStatus.Agreed;

    /// <summary>Who has had a hand in it, for the rule that nobody turns two keys.</summary>
    public KeyRequest Keys => new(Route, Person) { PassedOnBy = PassedOnBy, DecidedBy = Agreed?.By };
}

/// <summary>One step of a request.</summary>
public sealed record RequestStepRecord(DateTimeOffset Time, RequestStep Step, string Actor, string? Reason);

/// <summary>An override to be made.</summary>
/// <param name="Audience">For whom.</param>
/// <param name="Site">What it opens.</param>
/// <param name="Start">From when.</param>
/// <param name="End">Until when; for one that is for good, its review date.</param>
public sealed record OverrideDraft(Audience Audience, Site Site, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>True when the end is a review date.</summary>
    public bool IsForGood { get; init; }
}

/// <summary>What somebody has to be told, to be stored with the step that it is about.</summary>
/// <param name="Role">The role that is told.</param>
/// <param name="Text">What: no name and no address of a person.</param>
public sealed record NoticeDraft(string Role, string Text);

/// <summary>What a role has been told.</summary>
public sealed record Notice(long Id, DateTimeOffset Time, string Role, string Text, string? Reference, long? OverrideId, DateTimeOffset? SeenAt, string? SeenBy);

/// <summary>How often an override, or what a class session opens, was used on a day by somebody.</summary>
/// <param name="OverrideId">Which override; with <see cref="IsSession"/> which session.</param>
/// <param name="Day">On which day, in the school's own time.</param>
/// <param name="Who">The person's id, else the device, else the address.</param>
/// <param name="First">First use.</param>
/// <param name="Last">Last use.</param>
/// <param name="Count">How many requests and connections.</param>
public sealed record OverrideUse(long OverrideId, DateOnly Day, string Who, DateTimeOffset First, DateTimeOffset Last, long Count)
{
    /// <summary>True for a class session's.</summary>
    public bool IsSession { get; init; }
}

/// <summary>All uses of an override, or of a class session, together.</summary>
public sealed record OverrideUsage(long OverrideId, long Count, int People, DateTimeOffset Last);
