using System.Collections.Immutable;
using FilterGate.Policy.Documents;
using FilterGate.Policy.TwoKeys;
using FilterGate.Settings;

namespace FilterGate.Commands.Policies;

/// <summary>What a school should know about its keys before a policy is in force, and nothing stops at: the roster may come after the policy.</summary>
internal static class ApprovalWarnings
{
    /// <summary>Compares the keys with the roster, where there is one.</summary>
    public static IEnumerable<PolicyProblem> Of(PolicyDocument document, CommandContext context)
    {
        var approvals = document.Approvals;
        if (!approvals.IsWritten)
        {
            yield return Warning(
                "nobody is named who may approve: whoever may change the gateway's state on its box can open a site for a school day, and nothing can be opened for good; "
                + "write approvals: { head: { holder: ID, deputies: [ID] }, technician: { holder: ID, deputies: [ID] }, teachers: [ID] }");
            yield break;
        }
        using var state = GatewayInputs.OpenStateIfThere(context);
        if (state?.CurrentRoster() is not { People.IsEmpty: false } roster) yield break;
        foreach (var id in approvals.Named().Where(id => roster.FindPerson(id) is null))
            yield return Warning($"approvals names '{id}', and the roster has nobody with this id: see filtergate people list");
        if (approvals is { PupilsGoTo: Roles.Teacher, TeachersGroup: { } teachers } && !roster.People.Any(p => p.IsCurrent(context.Clock.GetUtcNow()) && IsWithin(p.Group, teachers, document.Groups)))
            yield return Warning($"pupils' requests go to the group '{teachers}', and the roster has nobody in it: they would wait for good; see filtergate people import");
    }

    private static bool IsWithin(string? group, string around, ImmutableArray<GroupDocument> groups)
    {
        for (var at = group; at is not null; at = groups.FirstOrDefault(g => g.Name == at)?.Within)
            if (at == around) return true;
        return false;
    }

    private static PolicyProblem Warning(string message) => new(1, 1, message, IsWarning: true);
}
