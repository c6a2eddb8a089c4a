using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>A site that somebody has blocked at once for everybody (step 3). It beats overrides, lessons and own lists, and lasts until it is lifted.</summary>
/// <param name="Id">Its number in <c>state.db</c>, from 1.</param>
/// <param name="Site">What is blocked.</param>
/// <param name="Start">From this instant.</param>
/// <param name="End">Until just before this instant, or null until somebody lifts it.</param>
public sealed record EmergencyBlock(long Id, Site Site, DateTimeOffset Start, DateTimeOffset? End)
{
    /// <summary>True when it is in force at this instant.</summary>
    public bool IsLive(DateTimeOffset time) => Start <= time && !(time >= End);
}

/// <summary>The emergency blocks, immutable. Safe from any thread.</summary>
public sealed class EmergencyBlockTable
{
    private readonly SiteIndex<EmergencyBlock> _index;

    /// <summary>Makes a table; the order does not matter.</summary>
    public EmergencyBlockTable(IEnumerable<EmergencyBlock> blocks)
    {
        All = [.. blocks];
        _index = new(All.OrderBy(b => b.Id).Select(b => (b.Site, b)), BundleCatalogue.Empty);
    }

    /// <summary>No blocks.</summary>
    public static EmergencyBlockTable Empty { get; } = new([]);

    /// <summary>All of them.</summary>
    public ImmutableArray<EmergencyBlock> All { get; }

    /// <summary>The live block that covers the address, or null. Does not allocate.</summary>
    /// <remarks>A block of a part of a site does not hold in a tunnel, where the host alone is seen: to close it there too, block the host.</remarks>
    public EmergencyBlock? Find(CanonicalUrl url, Seen seen, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(url);
        return _index.Find(url, seen, time, static (EmergencyBlock candidate, in DateTimeOffset asked) => candidate.IsLive(asked));
    }
}
