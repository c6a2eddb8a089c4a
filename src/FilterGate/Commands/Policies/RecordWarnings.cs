using FilterGate.Policy;
using FilterGate.Policy.Documents;

namespace FilterGate.Commands.Policies;

/// <summary>What a school should know of what is recorded of its pupils before a policy is in force, and nothing stops at.</summary>
internal static class RecordWarnings
{
    /// <summary>Phases, years and classes whose answered searches are not recorded; a class not beside its year.</summary>
    public static IEnumerable<PolicyProblem> Of(PolicyDocument document)
    {
        foreach (var group in document.Groups)
        {
            if (group.Kind is not (GroupKind.Phase or GroupKind.Year or GroupKind.Class) || RuleOf(group) != RecordRule.Blocks) continue;
            if (Around(group) is { } around && RuleOf(around) == RecordRule.Blocks) continue;
            yield return new PolicyProblem(
                group.Line, 1, $"of '{group.Name}' only refusals are recorded: a search that an engine answers, also one of a child who wants to hurt itself, is on no record and never on Today; write record: acts under the group or its tier, and tell people that you do", IsWarning: true);
        }

        GroupDocument? Around(GroupDocument group) => document.Groups.FirstOrDefault(g => g.Name == group.Within);

        RecordRule RuleOf(GroupDocument group)
        {
            string? tier = null;
            for (var at = group; at is not null; at = Around(at))
            {
                if (at.Settings.Record is { } rule) return rule;
                tier ??= at.Tier;
            }
            return document.Tiers.FirstOrDefault(t => t.Name == tier)?.Record ?? RecordRule.Blocks;
        }
    }
}
