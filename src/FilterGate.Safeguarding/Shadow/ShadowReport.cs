using FilterGate.Events;

namespace FilterGate.Safeguarding.Shadow;

/// <summary>What one group asked for of one category, and what the policy says of it.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Group">The group, or null where the client is in none.</param>
/// <param name="Category">Slug of the category that decided; null where none did: an own entry, a site in no list.</param>
/// <param name="Block">Requests that would have been blocked.</param>
/// <param name="Warn">Requests that a page would have asked about first.</param>
/// <param name="Limit">Requests for which there would have been minutes a day.</param>
/// <param name="Acts">How many of all these are acts: pages and searches, and not what a page brings along.</param>
public sealed record ShadowGroup(string Tier, string? Group, string? Category, long Block, long Warn, long Limit, long Acts)
{
    /// <summary>Every request.</summary>
    public long Requests => Block + Warn + Limit;
}

/// <summary>A site that a tier was let to.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Host">The site's host.</param>
/// <param name="Category">Slug of the category that decided last; null where none did.</param>
/// <param name="Reason">The code of the reason that decided last.</param>
/// <param name="List">The list of the entry, or null.</param>
/// <param name="Requests">How many requests.</param>
/// <param name="Acts">How many of them are acts.</param>
/// <param name="Answered">How many of the newest were answered, with a status below 400. The others the site refused, or another filter on the way to it.</param>
/// <param name="LookedAt">How many those newest are.</param>
public sealed record ShadowSite(string Tier, string Host, string? Category, string? Reason, string? List, long Requests, long Acts, int Answered, int LookedAt);

/// <summary>What FilterGate would have refused in a pilot, and the present filter let through: counts alone, of nobody by name.</summary>
/// <param name="Groups">By tier, group and category, the most used first.</param>
/// <param name="Sites">By tier and site, the most used first.</param>
/// <param name="Problems">Month files that could not be read, in plain words.</param>
public sealed record ShadowReport(IReadOnlyList<ShadowGroup> Groups, IReadOnlyList<ShadowSite> Sites, IReadOnlyList<string> Problems)
{
    private const int RowsMax = 100_000;

    /// <summary>So many of the newest events of a site are looked at for its category and for what was answered: those of its sub-domains are among them.</summary>
    private const int LooksMax = 20;

    /// <summary>Every request.</summary>
    public long Requests => Groups.Sum(group => group.Requests);

    /// <summary>Every act.</summary>
    public long Acts => Groups.Sum(group => group.Acts);

    /// <summary>The categories over all tiers and groups, the most used first.</summary>
    public IReadOnlyList<(string? Category, long Requests, long Acts)> Categories =>
        [.. Groups.GroupBy(group => group.Category, StringComparer.Ordinal).Select(same => (same.Key, Requests: same.Sum(group => group.Requests), Acts: same.Sum(group => group.Acts))).OrderByDescending(each => each.Acts).ThenByDescending(each => each.Requests)];

    /// <summary>Reads it from the counts that the events keep: some tens of milliseconds, however much there was, and a look-up for each site that is shown.</summary>
    /// <param name="events">The events.</param>
    /// <param name="since">From this instant on; whole UTC hours.</param>
    /// <param name="until">Before this instant; likewise.</param>
    /// <param name="sitesMax">At most so many sites.</param>
    public static ShadowReport Of(EventReader events, DateTimeOffset since, DateTimeOffset until, int sitesMax)
    {
        ArgumentNullException.ThrowIfNull(events);
        var counted = events.Count(new CountQuery(since, until, CountBy.Tier | CountBy.Group | CountBy.Category | CountBy.Kind) { Kinds = FilterEvent.LiftedKinds, Limit = RowsMax });
        List<ShadowGroup> groups =
        [
            .. counted.Rows.GroupBy(row => (row.Tier, row.Group, row.Category))
                .Select(same => new ShadowGroup(same.Key.Tier ?? "", same.Key.Group, same.Key.Category, Of(same, EventKind.WouldBlock) + Of(same, EventKind.WouldGetRound), Of(same, EventKind.WouldWarn), Of(same, EventKind.WouldLimit), same.Sum(row => row.Acts)))
                .OrderByDescending(group => group.Acts).ThenByDescending(group => group.Requests).ThenBy(group => group.Tier, StringComparer.Ordinal),
        ];
        var sites = groups.Select(group => group.Tier).Distinct(StringComparer.Ordinal)
            .SelectMany(tier => events.CountHosts(since, until, [tier], FilterEvent.LiftedKinds, sitesMax).Rows.Select(host => (Tier: tier, Count: host)))
            .OrderByDescending(each => each.Count.Acts).ThenByDescending(each => each.Count.Events).ThenBy(each => each.Count.Host, StringComparer.Ordinal).Take(sitesMax);
        return new ShadowReport(groups, [.. sites.Select(each => SiteOf(events, since, until, each.Tier, each.Count))], counted.Problems);
    }

    private static long Of(IEnumerable<CountRow> rows, EventKind kind) => rows.Where(row => row.Kind == kind).Sum(row => row.Events);

    private static ShadowSite SiteOf(EventReader events, DateTimeOffset since, DateTimeOffset until, string tier, HostCount count)
    {
        var looked = events.Search(new EventQuery { Since = since, Until = until, Tier = tier, Host = count.Host, Kinds = FilterEvent.LiftedKinds, Limit = LooksMax }).Events.Where(e => e.Host == count.Host).ToList();
        var newest = looked.FirstOrDefault();
        return new ShadowSite(tier, count.Host, newest?.Category, newest?.Reason is { } reason ? Policy.DecisionCodes.Code(reason) : null, newest?.List, count.Events, count.Acts, looked.Count(e => e.Status < 400), looked.Count);
    }
}
