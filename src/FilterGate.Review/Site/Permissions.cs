using System.Collections.Frozen;
using FilterGate.Review.Accounts;

namespace FilterGate.Review.Site;

/// <summary>What a page or an action asks of somebody. Each endpoint names one where it is mapped; <see cref="Permissions"/> says who has it.</summary>
public enum Need
{
    /// <summary>Nothing: the way in.</summary>
    Nothing,
    /// <summary>An account.</summary>
    SignIn,
    /// <summary>To see what needs somebody today, and whether the filter is healthy.</summary>
    Today,
    /// <summary>To read acts, with their context.</summary>
    Review,
    /// <summary>To say what came of an act, and to close a day.</summary>
    Conclude,
    /// <summary>To read what one person or device did.</summary>
    People,
    /// <summary>To read search words.</summary>
    Searches,
    /// <summary>To take acts away in a file.</summary>
    Export,
    /// <summary>To sign a term's reviews.</summary>
    Sign,
    /// <summary>To read the events as the gateway wrote them; people, pages and search words only with <see cref="People"/>.</summary>
    Log,
    /// <summary>To read requests for sites.</summary>
    Requests,
    /// <summary>To read what is open and closed.</summary>
    Overrides,
    /// <summary>To end an override or lift a block.</summary>
    EndOverrides,
    /// <summary>To close a site for everybody at once.</summary>
    Block,
    /// <summary>To read the policy, and to ask it about an address.</summary>
    Policy,
    /// <summary>To read the state of the lists.</summary>
    Lists,
    /// <summary>To read what is inspected and what is not.</summary>
    Coverage,
    /// <summary>To let an app's host pass unread, or have it read again.</summary>
    PassUnread,
    /// <summary>To read who did what to the filter, and who looked at whom.</summary>
    Audit,
    /// <summary>To see a device's connections as they happen.</summary>
    Watch,
    /// <summary>To read counts without names.</summary>
    Governors,
    /// <summary>To decide what stays open.</summary>
    Decide,
    /// <summary>To open sites for a class.</summary>
    Teach,
}

/// <summary>Who may do what: one row a need. <c>docs/roles.md</c> has the same table for people, and a test holds them together.</summary>
/// <remarks>Whose acts somebody sees within a page is <see cref="Sight"/>'s to say.</remarks>
public static class Permissions
{
    private const SiteRole Everybody = SiteRole.Nobody, Leads = SiteRole.Lead | SiteRole.Deputy, Running = Leads | SiteRole.Head | SiteRole.Technician | SiteRole.Auditor | SiteRole.Trial;

    /// <summary>The table.</summary>
    public static FrozenDictionary<Need, SiteRole> Table { get; } = new Dictionary<Need, SiteRole>
    {
        [Need.Nothing] = Everybody,
        [Need.SignIn] = SiteRole.Staff,
        [Need.Today] = Leads | SiteRole.Head | SiteRole.Chair | SiteRole.Technician | SiteRole.Trial | SiteRole.AtComputer,
        [Need.Review] = Leads | SiteRole.Head | SiteRole.Chair | SiteRole.Trial,
        [Need.Conclude] = Leads | SiteRole.Head | SiteRole.Chair,
        [Need.People] = Leads | SiteRole.Head | SiteRole.Chair | SiteRole.Trial,
        [Need.Searches] = Leads | SiteRole.Head | SiteRole.Chair | SiteRole.Trial,
        [Need.Export] = Leads | SiteRole.Head,
        [Need.Sign] = SiteRole.Head | SiteRole.Chair,
        [Need.Log] = Leads | SiteRole.Head | SiteRole.Technician | SiteRole.Trial,
        [Need.Requests] = Leads | SiteRole.Head | SiteRole.Technician | SiteRole.Teacher,
        [Need.Overrides] = Running,
        [Need.EndOverrides] = SiteRole.Head | SiteRole.Technician,
        [Need.Block] = Leads | SiteRole.Head | SiteRole.Technician,
        [Need.Policy] = Running,
        [Need.Lists] = Running,
        [Need.Coverage] = Running,
        [Need.PassUnread] = SiteRole.Head | SiteRole.Technician,
        [Need.Audit] = SiteRole.Lead | SiteRole.Head | SiteRole.Chair | SiteRole.Auditor,
        [Need.Watch] = SiteRole.Technician,
        [Need.Governors] = Leads | SiteRole.Head | SiteRole.Chair | SiteRole.Governor | SiteRole.Trial,
        [Need.Decide] = SiteRole.Decider,
        [Need.Teach] = SiteRole.Teacher,
    }.ToFrozenDictionary();

    /// <summary>True when somebody with these roles may.</summary>
    public static bool Allow(Need need, SiteRole roles) => Table[need] is var who && (who == Everybody || (who & roles) != SiteRole.Nobody);

    /// <summary>Whom a need is for, in words.</summary>
    public static string Whom(Need need, Tongue tongue) =>
        need == Need.SignIn ? tongue["people who are signed in"] : tongue.List([.. Names.Where(name => (Table[need] & name.Role) != SiteRole.Nobody).Select(name => tongue[name.Words])]);

    /// <summary>The roles that a table for people shows, in its order.</summary>
    internal static (SiteRole Role, string Words)[] Names { get; } =
    [
        (SiteRole.Lead, "the online-safety lead"), (SiteRole.Deputy, "the lead's deputies"), (SiteRole.Head, "the head"), (SiteRole.Chair, "the chair of governors"), (SiteRole.Governor, "governors"),
        (SiteRole.Teacher, "teachers"), (SiteRole.Technician, "the technician"), (SiteRole.Auditor, "auditors"), (SiteRole.Decider, "whoever decides what stays open"),
    ];
}
