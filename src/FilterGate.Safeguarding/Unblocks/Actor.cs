using FilterGate.Policy;

namespace FilterGate.Safeguarding.Unblocks;

/// <summary>Who takes a step: an account of the box, and the person that it belongs to.</summary>
/// <param name="Account">The Unix account, or of the site.</param>
/// <param name="Person">The person's id, or null where nobody knows.</param>
public sealed record Actor(string Account, string? Person)
{
    /// <summary>How audits and events name them: by id where there is one.</summary>
    public string Name => Person ?? Account;

    /// <summary>Somebody who has signed in.</summary>
    public static Actor OfPerson(string id) => new(id, id);

    /// <summary>Somebody at the command line: the roster says whose account it is. An account that is called as a person of the policy's approvals is that person's.</summary>
    public static Actor OfAccount(string account, PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var named = policy.Approvals.Named().FirstOrDefault(id => Policy.People.RosterIds.Comparer.Equals(id, account));
        return new(account, policy.InForce.Roster.FindByAccount(account)?.Id ?? named);
    }
}
