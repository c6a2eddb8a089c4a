using System.Collections.Frozen;
using System.Collections.Immutable;
using FilterGate.Matching;

namespace FilterGate.Policy;

/// <summary>What is said of sites, found by host: overrides, emergency blocks. Immutable; safe from any thread.</summary>
/// <remarks>The cost of a look-up goes by the labels of the host, not by how much there is; of one host's entries each is looked at.</remarks>
/// <typeparam name="T">What is said.</typeparam>
internal sealed class SiteIndex<T> where T : class
{
    /// <summary>Asks whether an entry counts for this question.</summary>
    public delegate bool Counts<TState>(T candidate, in TState state);

    private readonly FrozenDictionary<string, (Site Site, T Entry)[]>.AlternateLookup<ReadOnlySpan<char>> _byHost;
    private readonly bool _isEmpty;

    /// <summary>Makes an index. Of one host's entries the order given is kept, those for a part of the site first.</summary>
    /// <param name="entries">What is said, each with its site. A bundle stands for its hosts; one that the catalogue lacks for none.</param>
    /// <param name="bundles">The bundles there are.</param>
    public SiteIndex(IEnumerable<(Site Site, T Entry)> entries, BundleCatalogue bundles)
    {
        var byHost = entries.SelectMany(e => HostsOf(e.Site, bundles), (e, host) => (Host: host, e.Site, e.Entry)).GroupBy(e => e.Host, StringComparer.Ordinal)
            .ToFrozenDictionary(host => host.Key, host => host.OrderByDescending(e => e.Site.Path?.Length ?? 0).Select(e => (e.Site, e.Entry)).ToArray(), StringComparer.Ordinal);
        _isEmpty = byHost.Count == 0;
        _byHost = byHost.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The first entry that covers the address and counts, the longest host first; null for none. No allocation where <paramref name="counts"/> is static.</summary>
    public T? Find<TState>(CanonicalUrl url, Seen seen, in TState state, Counts<TState> counts)
    {
        if (_isEmpty) return null;
        // An address has no parents: 10.20.1.7 is no sub-domain of 1.7.
        var isAddress = url.IsIpLiteral;
        for (var rest = url.Host.AsSpan(); ;)
        {
            if (_byHost.TryGetValue(rest, out var here))
                foreach (var (site, entry) in here)
                    if (site.CoversPath(url, seen) && counts(entry, in state)) return entry;
            var dot = isAddress ? -1 : rest.IndexOf('.');
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
    }

    // A bundle's entries may say "only this host" or "only its sub-domains"; a person who opens a service for an hour opens the hosts with all below them.
    private static IEnumerable<string> HostsOf(Site site, BundleCatalogue bundles)
    {
        if (site.Bundle is null) return site.Host.Length > 0 ? [site.Host] : [];
        return bundles.Find(site.Bundle)?.Entries.Select(e => e.Text.TrimStart('=', '*').TrimStart('.')).Distinct(StringComparer.Ordinal) ?? [];
    }
}
