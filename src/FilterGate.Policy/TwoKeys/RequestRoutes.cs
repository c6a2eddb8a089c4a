using FilterGate.Policy.People;

namespace FilterGate.Policy.TwoKeys;

/// <summary>Who is asked by which route a site is needed.</summary>
public static class RequestRoutes
{
    /// <summary>True for staff: a tier of that name, a person whom the roster has as staff, and whoever holds a key or teaches. Everybody else's requests go to a teacher.</summary>
    /// <param name="policy">The policy in force.</param>
    /// <param name="tier">The tier's name.</param>
    /// <param name="person">The person's id, or null.</param>
    public static bool AreOffered(PolicySnapshot policy, string tier, string? person)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tier);
        return tier.StartsWith("staff", StringComparison.OrdinalIgnoreCase)
            || (person is not null && (policy.InForce.Roster.FindPerson(person)?.Role == PersonRole.Staff || !policy.Approvals.RolesOf(person).IsEmpty));
    }
}
