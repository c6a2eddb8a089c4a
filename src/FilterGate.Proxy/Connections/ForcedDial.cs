using FilterGate.Matching;
using FilterGate.Policy;
using FilterGate.Policy.Search;

namespace FilterGate.Proxy.Connections;

/// <summary>Where a tunnel is connected to instead of its host, so that a search engine or YouTube stays in its safe mode unread.</summary>
internal static class ForcedDial
{
    /// <summary>The safe address of the first name that has one; null for none. Several names that want different ones are several sites' names for one connection, which ends at one of them.</summary>
    public static string? HostFor(Client client, IReadOnlyList<string> names)
    {
        foreach (var name in names)
            if (ForcedSearch.For(client.Tier.Search, name, Seen.Host).DialHost is { } host) return host;
        return null;
    }
}
