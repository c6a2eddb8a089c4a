using System.Collections.Frozen;
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

/// <summary>Overrides by tier and host, immutable. Judged at the question's time, so an override ends by itself without a swap. Safe from any thread.</summary>
public sealed class OverrideTable
{
    /// <summary>By tier, then by host; of one host the one that ends last stands first.</summary>
    private readonly FrozenDictionary<string, FrozenDictionary<string, Override[]>.AlternateLookup<ReadOnlySpan<char>>> _byTier;

    /// <summary>Makes a table; the order does not matter.</summary>
    public OverrideTable(IEnumerable<Override> overrides)
    {
        All = [.. overrides];
        _byTier = All.GroupBy(o => o.Tier, StringComparer.Ordinal).ToFrozenDictionary(
            tier => tier.Key,
            tier => tier.GroupBy(o => o.Host, StringComparer.Ordinal)
                .ToFrozenDictionary(host => host.Key, host => host.OrderByDescending(o => o.End).ThenBy(o => o.Id).ToArray(), StringComparer.Ordinal)
                .GetAlternateLookup<ReadOnlySpan<char>>(),
            StringComparer.Ordinal);
    }

    /// <summary>No overrides.</summary>
    public static OverrideTable Empty { get; } = new([]);

    /// <summary>All of them, also those whose time has not come or has passed.</summary>
    public ImmutableArray<Override> All { get; }

    /// <summary>The live override that covers the host for the tier, or null. Does not allocate; cost by the labels of the host, not by the number of overrides.</summary>
    /// <remarks>Of several the one for the longest host, then the one that ends last. An address is covered by an override for itself alone.</remarks>
    public Override? Find(string tier, string canonicalHost, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentNullException.ThrowIfNull(canonicalHost);
        if (!_byTier.TryGetValue(tier, out var byHost)) return null;
        // A name's last label is never numeric, so 10.20.1.7 has no parents; neither has [fd00::7].
        var isAddress = canonicalHost is [.., (>= '0' and <= '9') or ']'] && (canonicalHost[^1] == ']' || HasNumericLastLabel(canonicalHost));
        for (var rest = canonicalHost.AsSpan(); ;)
        {
            if (byHost.TryGetValue(rest, out var overrides))
                foreach (var candidate in overrides)
                    if (candidate.IsLive(time)) return candidate;
            var dot = isAddress ? -1 : rest.IndexOf('.');
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
    }

    private static bool HasNumericLastLabel(string host) => !host.AsSpan(host.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9');
}
