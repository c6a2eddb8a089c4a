using System.Collections.Immutable;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;
using FilterGate.Review.Site;

namespace FilterGate.Review.Accounts;

/// <summary>What a person is at the school just now, as policy and roster say; asked anew for each page, so that a change of the policy counts at once.</summary>
/// <param name="Person">Id of the roster.</param>
/// <param name="Name">Their name, or the id where the roster has none.</param>
/// <param name="Roles">The roles that they have, as holder or deputy: <c>head</c>, <c>technician</c>, <c>teacher</c>….</param>
/// <param name="Decides">True when they decide what stays open.</param>
public sealed record Standing(string Person, string Name, ImmutableArray<string> Roles, bool Decides)
{
    /// <summary>The same for this site, where a deputy of the lead is told apart.</summary>
    public SiteRole Is { get; private init; } = SiteRole.Staff;

    /// <summary>Where they go after signing in: what waits for them first.</summary>
    public string Home
    {
        get
        {
            if (Decides) return "/decide";
            foreach (var (need, home) in Homes)
                if (Permissions.Allow(need, Is)) return home;
            return "/account";
        }
    }

    private static readonly (Need Need, string Home)[] Homes = [(Need.Review, "/"), (Need.Teach, "/class"), (Need.Today, "/"), (Need.Governors, "/governors"), (Need.Audit, "/audit")];

    /// <summary>A person's standing, or null for somebody with neither a role nor a place among the staff, or whose time is over.</summary>
    public static Standing? Of(string person, Approvals approvals, Roster roster, DateTimeOffset time)
    {
        var known = roster.FindPerson(person);
        if (known is not null && (known.Role == PersonRole.Pupil || !known.IsCurrent(time))) return null;
        var roles = approvals.RolesOf(person);
        if (roles.IsEmpty && known?.Role != PersonRole.Staff) return null;
        var decides = approvals.May(person, approvals.ForGood.DecidedBy);
        return new Standing(person, known?.Name ?? person, roles, decides) { Is = RolesOf(person, roles, approvals) | (decides ? SiteRole.Decider : SiteRole.Nobody) };
    }

    private static SiteRole RolesOf(string person, ImmutableArray<string> roles, Approvals approvals) => roles.Aggregate(SiteRole.Staff, (sum, role) => sum | role switch
    {
        Policy.TwoKeys.Roles.Lead when approvals.StandsIn(person, role) => SiteRole.Deputy,
        Policy.TwoKeys.Roles.Lead => SiteRole.Lead,
        Policy.TwoKeys.Roles.Head => SiteRole.Head,
        Policy.TwoKeys.Roles.ChairOfGovernors => SiteRole.Chair,
        Policy.TwoKeys.Roles.Governor => SiteRole.Governor,
        Policy.TwoKeys.Roles.Teacher => SiteRole.Teacher,
        Policy.TwoKeys.Roles.Technician => SiteRole.Technician,
        Policy.TwoKeys.Roles.Auditor => SiteRole.Auditor,
        // The business manager's key is turned on the command line; no page asks for it.
        _ => SiteRole.Nobody,
    });
}
