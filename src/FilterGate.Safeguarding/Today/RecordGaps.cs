using FilterGate.Policy;

namespace FilterGate.Safeguarding.Today;

/// <summary>Somebody of whom only refusals are on record.</summary>
/// <param name="Name">A tier, or the title of a group.</param>
/// <param name="IsOutsideGroups">True for a tier some of whose groups record more.</param>
public sealed record RecordGap(string Name, bool IsOutsideGroups)
{
    /// <summary>For people: <c>pupil (outside its groups)</c>.</summary>
    public override string ToString() => IsOutsideGroups ? $"{Name} (outside its groups)" : Name;
}

/// <summary>Of whom only refusals are on record (<see cref="RecordRule.Blocks"/>): what they searched for and an engine answered is nowhere, and no list of what to look at can have it.</summary>
public static class RecordGaps
{
    /// <summary>Tiers and groups of a policy, for people: <c>guest</c>, <c>Class 4B</c>; a tier some of whose groups record more is <c>pupil (outside its groups)</c>. Each once, a group not beside the one around it.</summary>
    public static IReadOnlyList<RecordGap> Of(PolicySnapshot policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var gaps = new List<RecordGap>();
        foreach (var tier in policy.Tiers)
        {
            var groups = policy.Groups.Where(group => group.Tier.Name == tier.Name).ToList();
            var without = groups.FindAll(IsGap);
            if (tier.Record == RecordRule.Blocks) gaps.Add(new RecordGap(tier.Name, without.Count < groups.Count));
            if (tier.Record != RecordRule.Blocks || without.Count < groups.Count) gaps.AddRange(without.Where(group => group.Parent is not { } around || !IsGap(around)).Select(group => new RecordGap(group.Title, IsOutsideGroups: false)));
        }
        return gaps;
    }

    private static bool IsGap(Group group) => group.Tier.Record == RecordRule.Blocks;
}
