using System.Collections.Immutable;

namespace FilterGate.Policy.Documents;

/// <summary>Whom the names of a rule's <c>who</c> mean: a group those within it too, a tier every group that has it. For comparing rules while a document is read.</summary>
/// <remarks>Nothing is known of people here: a client is in a tier alone, or in a group and no narrower one, and one list of names covers another when it means all of these that the other means. The groups may still have mistakes; a circle is walked once.</remarks>
internal sealed class WhoIsMeant
{
    private readonly string[] _tiers;

    /// <summary>By group: every name that means a client who is in it and in no narrower one.</summary>
    private readonly Dictionary<string, HashSet<string>> _meantBy = new(StringComparer.Ordinal);

    public WhoIsMeant(string[] tiers, ImmutableArray<GroupDocument> groups)
    {
        _tiers = tiers;
        var byName = groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            string? tier = null;
            for (var at = group; at is not null && names.Add(at.Name); at = at.Within is { } around ? byName.GetValueOrDefault(around) : null) tier ??= at.Tier;
            if (tier is not null) names.Add(tier);
            _meantBy[group.Name] = names;
        }
    }

    /// <summary>True when the earlier names miss nobody whom the later ones mean. No names mean everybody.</summary>
    public bool Covers(ImmutableArray<string> earlier, ImmutableArray<string> later) =>
        earlier.IsEmpty || (_tiers.All(tier => !(later.IsEmpty || later.Contains(tier)) || earlier.Contains(tier)) && _meantBy.Values.All(client => !(later.IsEmpty || later.Any(client.Contains)) || earlier.Any(client.Contains)));

    /// <summary>A clause that says how the first of the later names is covered which does not stand among the earlier ones; empty where each does.</summary>
    public string SayHow(ImmutableArray<string> earlier, ImmutableArray<string> later)
    {
        foreach (var name in later.Except(earlier))
            if (_meantBy.TryGetValue(name, out var client) && earlier.FirstOrDefault(client.Contains) is { } around) return _tiers.Contains(around) ? $" ({name} has the tier {around})" : $" ({name} is within {around})";
        return "";
    }
}
