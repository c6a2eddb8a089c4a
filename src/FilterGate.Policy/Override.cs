using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>A permission for an audience to reach a site, in force from <paramref name="Start"/> until just before <paramref name="End"/>.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1.</param>
/// <param name="Audience">Whom it is for.</param>
/// <param name="Site">What it opens.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until this instant, to the second.</param>
public sealed record Override(long Id, Audience Audience, Site Site, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>An override of a host, sub-domains included, for a tier.</summary>
    public Override(long id, string tier, string host, DateTimeOffset start, DateTimeOffset end) : this(id, Audience.ForTier(tier), Site.ForHost(host), start, end)
    {
    }

    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && time < End;
}

/// <summary>The overrides granted, immutable. Judged at the question's time, so an override ends by itself without a swap. Safe from any thread.</summary>
public sealed class OverrideTable
{
    private readonly SiteIndex<Override> _index;

    /// <summary>Makes a table; the order does not matter.</summary>
    /// <param name="overrides">All of them.</param>
    /// <param name="bundles">The bundles that they may name; none when null.</param>
    public OverrideTable(IEnumerable<Override> overrides, BundleCatalogue? bundles = null)
    {
        All = [.. overrides];
        _index = new(All.OrderByDescending(o => o.End).ThenBy(o => o.Id).Select(o => (o.Site, o)), bundles ?? BundleCatalogue.Empty);
    }

    /// <summary>No overrides.</summary>
    public static OverrideTable Empty { get; } = new([]);

    /// <summary>All of them, also those whose time has not come or has passed.</summary>
    public ImmutableArray<Override> All { get; }

    /// <summary>The live override that covers the address for the client, or null. Does not allocate; cost by the labels of the host and the overrides of those hosts, not by the number of overrides.</summary>
    /// <remarks>Of several the one for the longest host, then for the longest path, then the one that ends last. An address is covered by an override for itself alone.</remarks>
    public Override? Find(Client client, CanonicalUrl url, Seen seen, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(url);
        return _index.Find(url, seen, (client, time), static (Override candidate, in (Client Client, DateTimeOffset Time) asked) => candidate.IsLive(asked.Time) && asked.Client.IsIn(candidate.Audience));
    }
}
