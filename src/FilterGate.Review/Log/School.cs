using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Policy;

namespace FilterGate.Review.Log;

/// <summary>What the pages need of the policy in force.</summary>
/// <param name="Name">The school's name.</param>
/// <param name="Tiers">Names of its tiers, strictest first.</param>
/// <param name="CategoryNames">Names for people, by slug.</param>
/// <param name="Overrides">The overrides granted, live or not.</param>
/// <param name="HasLicensedList">True when an illegal-content list other than the demonstration is loaded.</param>
internal sealed record School(string Name, ImmutableArray<string> Tiers, FrozenDictionary<string, string> CategoryNames, ImmutableArray<Override> Overrides, bool HasLicensedList)
{
    /// <summary>Names of groups for people, by their own.</summary>
    public FrozenDictionary<string, string> GroupTitles { get; init; } = FrozenDictionary<string, string>.Empty;

    public static School Of(PolicySnapshot policy) => new(
        policy.School,
        [.. policy.Tiers.Select(tier => tier.Name)],
        policy.Lists.Taxonomy.Categories.ToFrozenDictionary(category => category.Slug, category => category.Name, StringComparer.Ordinal),
        policy.Overrides.All,
        policy.Lists.Locked.Feeds.Any(feed => !feed.IsDemonstration))
    {
        GroupTitles = policy.Groups.ToFrozenDictionary(group => group.Name, group => group.Title, StringComparer.Ordinal),
    };
}
