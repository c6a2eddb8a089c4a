using System.Collections.Immutable;
using FilterGate.Policy.People;

namespace FilterGate.Policy.TwoKeys;

/// <summary>The roles of a school that hold a key, as the policy spells them.</summary>
public static class Roles
{
    /// <summary>The head: decides what stays open.</summary>
    public const string Head = "head";

    /// <summary>Who looks after the filter: opens for a lesson, applies what the head decided.</summary>
    public const string Technician = "technician";

    /// <summary>The designated safeguarding lead.</summary>
    public const string Lead = "lead";

    /// <summary>Who may authorise guests beside the head.</summary>
    public const string BusinessManager = "business_manager";

    /// <summary>Whom a matter goes to that concerns the head.</summary>
    public const string ChairOfGovernors = "chair_of_governors";

    /// <summary>A teacher: no key, but the first to see what pupils ask for.</summary>
    public const string Teacher = "teacher";

    /// <summary>A governor: counts, never names.</summary>
    public const string Governor = "governor";

    /// <summary>Who checks how the filter is run: settings and the audit, no act of anybody.</summary>
    public const string Auditor = "auditor";

    /// <summary>The roles that are keys.</summary>
    public static ImmutableArray<string> Keys { get; } = [Head, Technician, Lead, BusinessManager, ChairOfGovernors];

    /// <summary>The roles that many may have and that turn nothing.</summary>
    public static ImmutableArray<string> WithoutKeys { get; } = [Teacher, Governor, Auditor];
}

/// <summary>Who has a role without a key: people by id, or everybody of a group.</summary>
/// <param name="People">Ids, where the document names them.</param>
/// <param name="Group">The group, where the document names one instead; null otherwise.</param>
public readonly record struct Members(ImmutableArray<string> People, string? Group)
{
    /// <summary>Nobody.</summary>
    public static Members None { get; } = new([], null);

    /// <summary>True when nobody is named and no group is.</summary>
    public bool IsNone => People.IsDefaultOrEmpty && Group is null;
}

/// <summary>Who holds a key: one person, and whoever stands in.</summary>
/// <param name="Role">One of <see cref="Roles.Keys"/>.</param>
/// <param name="Holder">Id of the person who holds it.</param>
/// <param name="Deputies">Ids of those who stand in, in order; at least one, none of them the holder.</param>
public sealed record ApprovalKey(string Role, string Holder, ImmutableArray<string> Deputies)
{
    /// <summary>The holder, then the deputies.</summary>
    public ImmutableArray<string> People { get; } = [Holder, .. Deputies];
}

/// <summary>The way a request goes. Stored: add, never renumber.</summary>
public enum RequestRoute : byte
{
    /// <summary>A pupil asks: a teacher looks first and passes it on, or says not now.</summary>
    Pupil = 0,

    /// <summary>For one lesson of one class: it ends by itself, and the head is told the same day.</summary>
    Lesson = 1,

    /// <summary>Until a review: one key decides, another applies.</summary>
    ForGood = 2,

    /// <summary>The other way round: a site that ought to be closed.</summary>
    Report = 3,
}

/// <summary>A step of a request that needs somebody's key.</summary>
public enum KeyStep
{
    /// <summary>A pupil's request is passed on, or answered with not now.</summary>
    PassOn,

    /// <summary>A site is opened for a lesson.</summary>
    Open,

    /// <summary>It is decided that a site shall stay open.</summary>
    Decide,

    /// <summary>What was decided is put in force.</summary>
    Apply,
}

/// <summary>Who has had a hand in a request so far, by person's id; null where nobody has or nobody knows.</summary>
/// <param name="Route">The way it goes.</param>
/// <param name="Requester">Who asked. Null for a device whose person is not known.</param>
public sealed record KeyRequest(RequestRoute Route, string? Requester)
{
    /// <summary>The teacher who passed a pupil's request on and so asks for it.</summary>
    public string? PassedOnBy { get; init; }

    /// <summary>Who decided.</summary>
    public string? DecidedBy { get; init; }
}

/// <summary>What is opened for a lesson.</summary>
/// <param name="OpenedBy">Role that opens.</param>
/// <param name="Tells">Role that is told the same day.</param>
/// <param name="Longest">Longest time, over zero, at most <see cref="Approvals.SchoolDay"/>.</param>
public sealed record LessonRule(string OpenedBy, string Tells, TimeSpan Longest);

/// <summary>What stays open.</summary>
/// <param name="DecidedBy">Role that decides.</param>
/// <param name="AppliedBy">Another role, which applies.</param>
/// <param name="Review">Within what time somebody looks again: at most <see cref="Approvals.ReviewLongest"/>.</param>
public sealed record ForGoodRule(string DecidedBy, string AppliedBy, TimeSpan Review);

/// <summary>Who may open what: the keys of the policy's <c>approvals</c>, and the rule that nobody turns two of them for one request. Immutable; safe from any thread.</summary>
/// <remarks>People are known here by the school's own ids. The one who asks, the one who decides and the one who applies are three people; a document in which that could not be is refused when it is read.</remarks>
public sealed class Approvals
{
    /// <summary>Longest opening without a decision: one school day.</summary>
    public static readonly TimeSpan SchoolDay = TimeSpan.FromHours(10);

    /// <summary>Longest time before an opening for good is looked at again: a year.</summary>
    public static readonly TimeSpan ReviewLongest = TimeSpan.FromDays(365);

    /// <summary>Default of <c>lesson.longest</c>: a morning.</summary>
    public static readonly TimeSpan LessonLongestDefault = TimeSpan.FromHours(3);

    /// <summary>Longest look at a blocked site that a document may give, and its default: time to judge a site, not to work with it.</summary>
    public static readonly TimeSpan PreviewLongestMax = TimeSpan.FromMinutes(15);

    /// <summary>What holds for a document without <c>approvals</c>: whoever may change the gateway's state on the box may open a site for a school day, and nothing can be opened for good.</summary>
    public static Approvals Unwritten { get; } = new() { IsWritten = false };

    /// <summary>False for <see cref="Unwritten"/>.</summary>
    public bool IsWritten { get; init; } = true;

    /// <summary>The keys, in the order of the document.</summary>
    public ImmutableArray<ApprovalKey> Keys { get; init; } = [];

    /// <summary>Ids of teachers, where the document names them.</summary>
    public ImmutableArray<string> Teachers { get; init; } = [];

    /// <summary>The group whose members are teachers, where the document names one instead.</summary>
    public string? TeachersGroup { get; init; }

    /// <summary>The governors.</summary>
    public Members Governors { get; init; } = Members.None;

    /// <summary>The auditors.</summary>
    public Members Auditors { get; init; } = Members.None;

    /// <summary>The roles that see what staff did: always the head; in some schools the lead too.</summary>
    public ImmutableArray<string> StaffActsSeenBy { get; init; } = [Roles.Head];

    /// <summary>For a lesson.</summary>
    public LessonRule Lesson { get; init; } = new(Roles.Technician, Roles.Head, LessonLongestDefault);

    /// <summary>For good.</summary>
    public ForGoodRule ForGood { get; init; } = new(Roles.Head, Roles.Technician, ReviewLongest);

    /// <summary>The role that sees a pupil's request first: <see cref="Roles.Teacher"/> or that of a key.</summary>
    public string PupilsGoTo { get; init; } = Roles.Teacher;

    /// <summary>Longest look of a member of staff at a blocked site, at most <see cref="PreviewLongestMax"/>.</summary>
    public TimeSpan PreviewLongest { get; init; } = PreviewLongestMax;

    /// <summary>Whether block pages show reason, category, address and time (<c>block_page: { details: hide }</c> shows only the reference).</summary>
    public bool ShowsDetails { get; init; } = true;

    /// <summary>Answers whether a person is in a group of the policy; without it nobody is.</summary>
    private Func<string, string, bool> IsInGroup { get; init; } = static (_, _) => false;

    /// <summary>The same keys, with somebody who knows which person is in which group.</summary>
    /// <param name="isInGroup">Person's id, group's name.</param>
    public Approvals With(Func<string, string, bool> isInGroup) => new()
    {
        IsWritten = IsWritten, Keys = Keys, Teachers = Teachers, TeachersGroup = TeachersGroup, Governors = Governors, Auditors = Auditors, StaffActsSeenBy = StaffActsSeenBy, Lesson = Lesson, ForGood = ForGood, PupilsGoTo = PupilsGoTo, PreviewLongest = PreviewLongest, ShowsDetails = ShowsDetails, IsInGroup = isInGroup,
    };

    /// <summary>Who is named for a role, the holder of a key first. Of a group nobody is named.</summary>
    public ImmutableArray<string> Holders(string role) => MembersOf(role) is { } members ? members.People : Keys.FirstOrDefault(k => k.Role == role)?.People ?? [];

    /// <summary>True when this person has the role, as its holder, as a deputy, or as one of several.</summary>
    public bool May(string? person, string role) =>
        person is not null && (Holders(role).Contains(person, RosterIds.Comparer) || (MembersOf(role)?.Group is { } group && IsInGroup(person, group)));

    /// <summary>The roles that a person has, in the order of the document, those without a key last.</summary>
    public ImmutableArray<string> RolesOf(string? person) => [.. Keys.Select(k => k.Role).Concat(Roles.WithoutKeys).Where(role => May(person, role))];

    /// <summary>True for somebody who has the key as a deputy and not as its holder.</summary>
    public bool StandsIn(string person, string role) => May(person, role) && !RosterIds.Comparer.Equals(Keys.FirstOrDefault(k => k.Role == role)?.Holder, person);

    /// <summary>The role that takes a step.</summary>
    public string RoleFor(KeyStep step) => step switch
    {
        KeyStep.PassOn => PupilsGoTo,
        KeyStep.Open => Lesson.OpenedBy,
        KeyStep.Decide => ForGood.DecidedBy,
        KeyStep.Apply => ForGood.AppliedBy,
        _ => throw new System.Diagnostics.UnreachableException($"step {step}"),
    };

    /// <summary>Who may take a step of a request, the holder first: everybody with the role who has had no hand in it.</summary>
    public ImmutableArray<string> WhoMay(KeyStep step, KeyRequest request) => [.. Holders(RoleFor(step)).Where(person => WhyNot(step, person, request) is null)];

    /// <summary>Who answers a request next: a pupil's a teacher, one for a lesson the one who opens, one for good the one who decides.</summary>
    public ImmutableArray<string> WhoDecides(KeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return WhoMay(FirstStep(request), request);
    }

    /// <summary>Why this person may not answer the request next, in plain words; null when he may.</summary>
    public string? WhyNotDecide(string? person, KeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return WhyNot(FirstStep(request), person, request);
    }

    /// <summary>Why this person may not take a step, in plain words; null when he may.</summary>
    public string? WhyNot(KeyStep step, string? person, KeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!IsWritten) return step is KeyStep.Decide or KeyStep.Apply ? "The policy has no approvals: nobody can open a site for good. Write approvals: with a head and a technician." : null;
        var role = RoleFor(step);
        if (person is null) return $"Only the {Say(role)} may do this, and nobody knows who you are: your account belongs to no person. Give the person in the roster this account.";
        if (!May(person, role)) return $"Only the {Say(role)} or a deputy may do this ({Named(role)}).";
        // A teacher who passes a pupil's request on asks for it from then on.
        if (IsSame(person, request.Requester) || IsSame(person, request.PassedOnBy)) return "Nobody answers a request of their own. It goes to " + Others(step, request) + ".";
        if (step == KeyStep.Apply && IsSame(person, request.DecidedBy)) return "Who decided does not apply it as well. It goes to " + Others(step, request) + ".";
        return null;
    }

    /// <summary>A role as people say it.</summary>
    public static string Say(string role) => role switch
    {
        Roles.Lead => "online-safety lead",
        _ => role.Replace('_', ' '),
    };

    /// <summary>Every person that the document names, each once.</summary>
    public ImmutableArray<string> Named() => [.. Keys.SelectMany(k => k.People).Concat(Teachers).Concat(Governors.People).Concat(Auditors.People).Distinct(RosterIds.Comparer)];

    private Members? MembersOf(string role) => role switch
    {
        Roles.Teacher => new Members(Teachers, TeachersGroup),
        Roles.Governor => Governors,
        Roles.Auditor => Auditors,
        _ => null,
    };

    private static bool IsSame(string person, string? other) => RosterIds.Comparer.Equals(person, other);

    private static KeyStep FirstStep(KeyRequest request) => request.Route switch
    {
        RequestRoute.Pupil when request.PassedOnBy is null => KeyStep.PassOn,
        RequestRoute.ForGood when request.DecidedBy is null => KeyStep.Decide,
        RequestRoute.ForGood => KeyStep.Apply,
        _ => KeyStep.Open,
    };

    private string Named(string role) => role == Roles.Teacher && TeachersGroup is { } group ? $"the group {group}" : string.Join(", ", Holders(role));

    private string Others(KeyStep step, KeyRequest request)
    {
        var role = RoleFor(step);
        var others = Holders(role).Where(p => !IsSame(p, request.Requester) && !IsSame(p, request.PassedOnBy) && (step != KeyStep.Apply || !IsSame(p, request.DecidedBy))).ToArray();
        return others.Length > 0 ? string.Join(" or ", others) : $"another {Say(role)}";
    }
}
