using FilterGate.Policy;

namespace FilterGate.Safeguarding.Today;

/// <summary>Of whom only refusals are on record (<see cref="RecordRule.Blocks"/>): what they searched for and an engine answered is nowhere, and no list of what to look at can have it.</summary>
public static class RecordGaps
{
    /// <summary>Tiers and groups of a policy, for people: <c>guest</c>, <c>Class 4B</c>; a tier some of whose groups record more is <c>pupil (outside its groups)</c>. Each once, a group not beside the one around it.</summary>
    public static IReadOnlyList<string> Of(PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var gaps = new List<string>();
        foreach (var tier in policy.Tiers)
        {
            var groups = policy.Groups.Where(group => group.Tier.Name == tier.Name).ToList();
            var without = groups.FindAll(IsGap);
            if (tier.Record == RecordRule.Blocks) gaps.Add(without.Count == groups.Count ? tier.Name : $"{tier.Name} (outside its groups)");
            if (tier.Record != RecordRule.Blocks || without.Count < groups.Count) gaps.AddRange(without.Where(group => group.Parent is not { } around || !IsGap(around)).Select(group => group.Title));
        }
        return gaps;
    }

    private static bool IsGap(Group group) => group.Tier.Record == RecordRule.Blocks;
}
