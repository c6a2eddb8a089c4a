using System.Collections.Immutable;

namespace FilterGate.Policy;

/// <summary>A temporary permission for a tier to reach a host, in force from <paramref name="Start"/> until just before <paramref name="End"/>.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1.</param>
/// <param name="Tier">The tier it is for.</param>
/// <param name="Host">Canonical host; it covers the sub-domains too.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until this instant, to the second.</param>
public sealed record Override(long Id, string Tier, string Host, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && time < End;
}

/// <summary>Overrides by tier and host, immutable. Judged at the question's time, so an override ends by itself without a swap.</summary>
public sealed class OverrideTable(IEnumerable<Override> overrides)
{
    /// <summary>No overrides.</summary>
    public static OverrideTable Empty { get; } = new([]);

    /// <summary>All of them, also those whose time has not come or has passed.</summary>
    public ImmutableArray<Override> All { get; } = [.. overrides];

    /// <summary>The live override that covers the host for the tier, or null. Does not allocate; cost by the labels of the host, not by the number of overrides.</summary>
    public Override? Find(string tier, string canonicalHost, DateTimeOffset time) => throw new NotImplementedException();
}
