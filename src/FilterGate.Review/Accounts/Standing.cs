using System.Collections.Immutable;
using FilterGate.Policy.People;
using FilterGate.Policy.TwoKeys;

namespace FilterGate.Review.Accounts;

/// <summary>What a person is at the school just now, as policy and roster say; asked anew for each page, so that a change of the policy counts at once.</summary>
/// <param name="Person">Id of the roster.</param>
/// <param name="Name">Their name, or the id where the roster has none.</param>
/// <param name="Roles">The roles that they have, as holder or deputy: <c>head</c>, <c>technician</c>, <c>teacher</c>….</param>
/// <param name="Decides">True when they decide what stays open.</param>
public sealed record Standing(string Person, string Name, ImmutableArray<string> Roles, bool Decides)
{
    /// <summary>Who may read the log of blocks and overrides: it shows what pupils looked for.</summary>
    private static readonly string[] LogReaders = [Policy.TwoKeys.Roles.Head, Policy.TwoKeys.Roles.Lead, Policy.TwoKeys.Roles.Technician];

    /// <summary>True when they may read the log.</summary>
    public bool ReadsLog => Roles.Any(role => LogReaders.Contains(role, StringComparer.Ordinal));

    /// <summary>True for a teacher, who opens sites for a class.</summary>
    public bool Teaches => Roles.Contains(Policy.TwoKeys.Roles.Teacher, StringComparer.Ordinal);

    /// <summary>Where they go after signing in: what waits for them first.</summary>
    public string Home => Decides ? "/decide" : Teaches ? "/class" : ReadsLog ? "/" : "/account";

    /// <summary>A person's standing, or null for somebody with neither a role nor a place among the staff, or whose time is over.</summary>
    public static Standing? Of(string person, Approvals approvals, Roster roster, DateTimeOffset time)
    {
        var known = roster.FindPerson(person);
        if (known is not null && (known.Role == PersonRole.Pupil || !known.IsCurrent(time))) return null;
        var roles = approvals.RolesOf(person);
        if (roles.IsEmpty && known?.Role != PersonRole.Staff) return null;
        return new Standing(person, known?.Name ?? person, roles, approvals.May(person, approvals.ForGood.DecidedBy));
    }
}
